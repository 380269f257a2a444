//! Folders as they are found in the wild, and as an attacker makes them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at the first fault")]

use std::fs;
use std::num::NonZeroUsize;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;

use modelseal_files::{
    Comparing, Comparison, Coverage, Described, Description, Difference, FilesError, GIT_PATHS,
    Hashing, Ignore, Irregular, Limits, Links, Model, ReadError, VerifiedModel, compare, describe,
};
use modelseal_signing::{
    Digest, HashType, Keyring, Method, PrivateKey, Statement, TrustedKey, Verified, seal, verify,
};

fn hashing(threads: usize) -> Hashing<'static> {
    Hashing { threads: NonZeroUsize::new(threads).unwrap(), progress: &|_| () }
}

fn open(path: &Path) -> Model {
    Model::open(path, Links::Refuse).unwrap()
}

fn description() -> Description {
    Description { ignore: Ignore::from_iter(GIT_PATHS), ..Description::default() }
}

fn describe_folder(path: &Path) -> Result<Described, FilesError> {
    describe(&open(path), &description(), hashing(2), &Limits::default())
}

fn signed(statement: &Statement) -> Verified<Statement> {
    let key = PrivateKey::generate().unwrap();
    let mut keyring = Keyring::new();
    keyring.add(TrustedKey::new("alice", key.public_key())).unwrap();
    let bundle = seal(statement, &key).unwrap();
    let limits = modelseal_signing::Limits::default();
    verify(&bundle, &keyring, jiff::Timestamp::now(), &limits).unwrap()
}

fn sign(path: &Path) -> Verified<Statement> {
    signed(&describe_folder(path).unwrap().statement)
}

fn check(path: &Path, statement: &Verified<Statement>) -> Comparison {
    compare(&open(path), statement, &Comparing::default(), hashing(2), &Limits::default()).unwrap()
}

/// A folder with what a checkout of a model has.
fn checkout() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    write("config.json", b"{}");
    write("model.safetensors", &[7; 300_000]);
    write("onnx/model.onnx", b"onnx");
    write("line\nbreak: \u{e9}\u{65e5}.bin", b"odd");
    write("empty.bin", b"");
    write(".hidden", b"dot");
    write(".git/config", b"[core]");
    write(".git/objects/00/11", b"blob");
    write(".gitattributes", b"*.bin lfs");
    write("sub/.gitignore", b"counts");
    folder
}

#[test]
fn every_file_is_listed_once_and_in_the_order_of_the_specification() {
    let folder = checkout();
    let Described { statement, coverage, file_count, byte_count } =
        describe_folder(folder.path()).unwrap();
    let names: Vec<_> = statement.resources().iter().map(|it| it.name().into_owned()).collect();
    assert_eq!(
        names,
        [
            ".hidden",
            "config.json",
            "empty.bin",
            "line\nbreak: \u{e9}\u{65e5}.bin",
            "model.safetensors",
            "onnx/model.onnx",
            "sub/.gitignore",
        ]
    );
    assert_eq!((file_count, byte_count), (7, 300_000 + 2 + 4 + 3 + 3 + 6));
    let ignored: Vec<_> =
        coverage.ignored.iter().map(|it| (it.path.as_str(), it.file_count)).collect();
    assert_eq!(ignored, [(".git", 2), (".gitattributes", 1)]);
    assert_eq!(statement.ignore_paths(), GIT_PATHS);
    assert_eq!(statement.resources()[1].digest(), Digest::of(b"{}").into());
}

#[test]
fn every_difference_is_reported_at_once() {
    let folder = checkout();
    let statement = sign(folder.path());
    let at = |name: &str| folder.path().join(name);
    fs::write(at("config.json"), b"[]").unwrap();
    fs::remove_file(at("empty.bin")).unwrap();
    fs::write(at("onnx/evil.py"), b"import os").unwrap();
    fs::remove_file(at(".hidden")).unwrap();
    symlink("config.json", at(".hidden")).unwrap();
    fs::remove_dir_all(at("sub")).unwrap();
    fs::create_dir(at("hollow")).unwrap();
    let Comparison { differences, coverage, .. } = check(folder.path(), &statement);
    let (signed, found) = (Digest::of(b"{}").into(), Digest::of(b"[]").into());
    assert_eq!(
        differences,
        [
            Difference::Irregular { name: ".hidden".into(), what: Irregular::Link },
            Difference::Changed { name: "config.json".into(), signed, found },
            Difference::Missing { name: "empty.bin".into() },
            Difference::Extra { name: "onnx/evil.py".into(), bytes: 9 },
            Difference::Missing { name: "sub/.gitignore".into() },
        ]
    );
    assert_eq!(coverage.empty_folders, ["hollow"]);
    assert!(!coverage.is_full());
}

#[test]
fn a_signed_file_is_compared_wherever_it_lies() {
    let folder = checkout();
    let statement = sign(folder.path());
    fs::write(folder.path().join("config.json"), b"[]").unwrap();
    fs::write(folder.path().join("extra"), b"").unwrap();
    // Ignoring it excuses it from nothing; ignoring the unsigned one does.
    let comparing = Comparing {
        ignore: Ignore::from_iter(["config.json", "onnx", "extra"]),
        ignore_unsigned_files: false,
    };
    let Comparison { differences, coverage, .. } =
        compare(&open(folder.path()), &statement, &comparing, hashing(1), &Limits::default())
            .unwrap();
    assert!(matches!(&*differences, [Difference::Changed { name, .. }] if name == "config.json"));
    assert!(coverage.ignored.iter().any(|it| it.path == "extra"));
    // Nor does allowing unsigned files.
    fs::remove_file(folder.path().join(".hidden")).unwrap();
    let comparing = Comparing { ignore_unsigned_files: true, ..Comparing::default() };
    let Comparison { differences, coverage, .. } =
        compare(&open(folder.path()), &statement, &comparing, hashing(1), &Limits::default())
            .unwrap();
    assert_eq!(differences.len(), 2, "{differences:?}");
    assert_eq!(coverage.unsigned, ["extra"]);
}

#[test]
fn nothing_but_regular_files_with_names_in_utf8_is_signed() {
    let folder = checkout();
    let at = |name: &str| folder.path().join(name);
    symlink("/etc/hostname", at("link")).unwrap();
    symlink("onnx", at("to-folder")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        at("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"\xff\xfe")), b"").unwrap();
    let error = describe_folder(folder.path()).unwrap_err();
    let FilesError::Irregular { found, .. } = &error else { panic!("{error}") };
    assert_eq!(found.len(), 5, "{error}");
    for what in ["link is a symbolic link", "pipe is a named pipe", "socket is a socket", "UTF-8"] {
        assert!(error.to_string().contains(what), "{what}: {error}");
    }
    for root in ["link", "to-folder", "to-folder/", "pipe"] {
        let error = Model::open(&at(root), Links::Refuse).unwrap_err();
        assert!(matches!(error, FilesError::Root { .. }), "{root}: {error}");
    }
}

#[test]
fn links_are_followed_inside_the_model_only() {
    let folder = checkout();
    let at = |name: &str| folder.path().join(name);
    symlink("../config.json", at("onnx/config.json")).unwrap();
    let model = Model::open(folder.path(), Links::FollowInside).unwrap();
    let described = describe(&model, &description(), hashing(2), &Limits::default()).unwrap();
    assert!(described.statement.serialization().allow_symlinks);
    let statement = signed(&described.statement);
    let same = |model: &Model| {
        compare(model, &statement, &Comparing::default(), hashing(2), &Limits::default()).unwrap()
    };
    assert_eq!(same(&model).differences, []);
    // The verifier decides, too.
    assert_eq!(same(&open(folder.path())).differences.len(), 1);
    // A link that now leads out has the same bytes, and is refused.
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("config.json"), b"{}").unwrap();
    for (target, what) in [
        (outside.path().join("config.json"), Irregular::LinkOutside),
        (Path::new("../../x").to_owned(), Irregular::LinkOutside),
        (Path::new("../sub").to_owned(), Irregular::LinkToFolder),
    ] {
        fs::remove_file(at("onnx/config.json")).unwrap();
        symlink(target, at("onnx/config.json")).unwrap();
        let name = "onnx/config.json".to_owned();
        assert_eq!(same(&model).differences, [Difference::Irregular { name, what }]);
    }
    // A statement that followed no links lets no verifier follow one.
    let plain = checkout();
    let statement = sign(plain.path());
    fs::rename(plain.path().join("config.json"), plain.path().join(".git/config.json")).unwrap();
    symlink(".git/config.json", plain.path().join("config.json")).unwrap();
    let model = Model::open(plain.path(), Links::FollowInside).unwrap();
    let found =
        compare(&model, &statement, &Comparing::default(), hashing(2), &Limits::default()).unwrap();
    assert_eq!(found.differences.len(), 1);
}

#[test]
fn a_single_file_is_known_by_its_name_or_by_a_dot() {
    let folder = checkout();
    let file = folder.path().join("model.safetensors");
    let statement = signed(
        &describe(&open(&file), &Description::default(), hashing(1), &Limits::default())
            .unwrap()
            .statement,
    );
    assert_eq!(statement.resources()[0].name(), "model.safetensors");
    assert_eq!(check(&file, &statement).differences, []);
    let renamed = folder.path().join("other.safetensors");
    fs::copy(&file, &renamed).unwrap();
    assert_eq!(check(&renamed, &statement).differences.len(), 2, "its name is signed");

    let python =
        Description { dialect: modelseal_signing::Dialect::Python, ..Description::default() };
    let statement =
        signed(&describe(&open(&file), &python, hashing(1), &Limits::default()).unwrap().statement);
    assert_eq!(statement.resources()[0].name(), ".");
    assert_eq!(check(&file, &statement).differences, []);
    assert_eq!(check(&renamed, &statement).differences, []);
    fs::write(&renamed, b"other").unwrap();
    assert!(matches!(
        &*check(&renamed, &statement).differences,
        [Difference::Changed { name, .. }] if name == "other.safetensors"
    ));
}

#[test]
fn shards_notice_every_change_but_empty_files_and_say_so() {
    let folder = checkout();
    for hash_type in HashType::ALL {
        let method = Method::Shards { shard_bytes: 70_000 };
        let description = Description { method, hash_type, ..description() };
        let described =
            describe(&open(folder.path()), &description, hashing(2), &Limits::default()).unwrap();
        assert_eq!(described.coverage.empty_files, ["empty.bin"]);
        let statement = signed(&described.statement);
        assert_eq!(check(folder.path(), &statement).differences, []);
        let file = folder.path().join("model.safetensors");
        let whole = fs::read(&file).unwrap();
        let mut bytes = whole.clone();
        bytes[70_001] ^= 1;
        bytes[299_999] ^= 1;
        fs::write(&file, &bytes).unwrap();
        let names: Vec<String> = check(folder.path(), &statement)
            .differences
            .iter()
            .map(|difference| difference.name().to_owned())
            .collect();
        assert_eq!(
            names,
            ["model.safetensors:280000:300000", "model.safetensors:70000:140000"],
            "{hash_type}"
        );
        fs::write(&file, &whole[..280_000]).unwrap();
        assert_eq!(
            check(folder.path(), &statement).differences,
            [Difference::Size {
                name: "model.safetensors".into(),
                signed: 300_000,
                found: 280_000
            }]
        );
        fs::write(&file, whole).unwrap();
    }
}

#[test]
fn results_do_not_depend_on_threads() {
    let folder = checkout();
    // Large enough for a tree of several BLAKE3 subtrees, and for reading ahead.
    let bytes: Vec<u8> = (0..13_000_001_u32).map(|at| (at % 253) as u8).collect();
    fs::write(folder.path().join("large.bin"), &bytes).unwrap();
    for hash_type in HashType::ALL {
        for method in [Method::Files, Method::Shards { shard_bytes: 9_000_000 }] {
            let description = Description { method, hash_type, ..description() };
            let texts: Vec<String> = [1, 2, 3, 16]
                .into_iter()
                .map(|threads| {
                    let model = open(folder.path());
                    let limits = Limits::default();
                    let described =
                        describe(&model, &description, hashing(threads), &limits).unwrap();
                    described.statement.to_json()
                })
                .collect();
            assert!(texts.iter().all(|text| *text == texts[0]), "{hash_type}");
            let whole = modelseal_signing::FileDigest::of(hash_type, &bytes).to_string();
            assert_eq!(texts[0].contains(&whole), method == Method::Files, "{hash_type}");
        }
    }
}

#[test]
fn limits_hold() {
    let folder = checkout();
    let limited = |limits: &Limits| {
        describe(&open(folder.path()), &description(), hashing(1), limits).unwrap_err()
    };
    let error = limited(&Limits { entry_count_max: 5, ..Limits::default() });
    assert!(matches!(error, FilesError::TooMany { .. }), "{error}");
    let error = limited(&Limits { depth_max: 1, ..Limits::default() });
    assert!(matches!(error, FilesError::TooDeep { .. }), "{error}");
    let error = limited(&Limits {
        signing: modelseal_signing::Limits { name_bytes_max: 10, ..Default::default() },
        ..Limits::default()
    });
    assert!(matches!(error, FilesError::NameTooLong { .. }), "{error}");
    let tiny = Description { method: Method::Shards { shard_bytes: 1 }, ..description() };
    let error = describe(&open(folder.path()), &tiny, hashing(1), &Limits::default()).unwrap_err();
    assert!(matches!(error, FilesError::Seal(_)), "{error}");
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(describe_folder(empty.path()), Err(FilesError::Empty { .. })));
}

#[test]
fn paths_of_people_become_names_in_the_model_by_whatever_road() {
    let folder = checkout();
    let other_road = tempfile::tempdir().unwrap();
    symlink(folder.path(), other_road.path().join("road")).unwrap();
    let model = open(folder.path());
    let at = |path: &str| model.relative(&folder.path().join(path));
    assert_eq!(at("onnx/model.onnx").unwrap(), "onnx/model.onnx");
    assert_eq!(at("onnx/../new").unwrap(), "new");
    assert_eq!(at("../").unwrap_or_default(), "");
    assert_eq!(model.relative(folder.path()).unwrap(), ".");
    let by_road = other_road.path().join("road/onnx/new.sig");
    assert_eq!(model.relative(&by_road).unwrap(), "onnx/new.sig");
    for outside in ["../x", "/etc/passwd"] {
        assert!(matches!(at(outside), Err(FilesError::Outside { .. })), "{outside}");
    }
}

#[test]
fn what_is_handed_out_is_what_was_verified() {
    let folder = checkout();
    let statement = sign(folder.path());
    let model = VerifiedModel::new(open(folder.path()), statement.clone(), Limits::default());
    assert_eq!(model.read("model.safetensors").unwrap(), [7; 300_000]);
    assert_eq!(model.read("empty.bin").unwrap(), b"");
    assert_eq!(model.names().count(), 7);
    assert!(matches!(model.read(".git/config"), Err(ReadError::NotSigned { .. })));
    fs::write(folder.path().join("config.json"), b"[]").unwrap();
    assert!(matches!(model.read("config.json"), Err(ReadError::Differs(_))));
    fs::remove_file(folder.path().join("config.json")).unwrap();
    symlink("empty.bin", folder.path().join("config.json")).unwrap();
    assert!(matches!(model.read("config.json"), Err(ReadError::Differs(_))));
    let small = Limits { read_bytes_max: 1000, ..Limits::default() };
    let model = VerifiedModel::new(open(folder.path()), statement, small);
    let error = model.read("model.safetensors").unwrap_err();
    assert!(matches!(error, ReadError::Files(FilesError::TooLarge { .. })), "{error}");
}

/// Somebody swaps a file between two contents all the time: what is handed out is always the signed
/// one.
#[test]
fn swapping_a_file_between_check_and_use_is_too_late() {
    let folder = checkout();
    let (good, evil) = (vec![1; 100_000], vec![2; 100_000]);
    let file = folder.path().join("model.safetensors");
    fs::write(&file, &good).unwrap();
    let model = VerifiedModel::new(open(folder.path()), sign(folder.path()), Limits::default());
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let beside = folder.path().join(".beside");
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                for contents in [&evil, &good] {
                    fs::write(&beside, contents).unwrap();
                    fs::rename(&beside, &file).unwrap();
                    // Also in place, half way through.
                    fs::write(&file, contents).unwrap();
                }
            }
        });
        let mut handed_out = 0;
        for _ in 0..500 {
            if let Ok(bytes) = model.read("model.safetensors") {
                assert!(bytes == good);
                handed_out += 1;
            }
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        // How many were lucky is up to the scheduler.
        let _ = handed_out;
    });
}

#[test]
fn full_coverage_is_full() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), b"a").unwrap();
    let described = describe_folder(folder.path()).unwrap();
    assert_eq!(described.coverage, Coverage::default());
    fs::write(folder.path().join("model.sig"), b"").unwrap();
    let description = Description { ignore: Ignore::from_iter(["model.sig"]), ..description() };
    let described =
        describe(&open(folder.path()), &description, hashing(1), &Limits::default()).unwrap();
    assert!(!described.coverage.is_full());
    assert!(described.coverage.without_signature(Some("model.sig")).is_full());
}
