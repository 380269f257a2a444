//! `sign` and `verify` on any file and any folder, as a user types it.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test stops at the first broken assumption")]

mod session;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use modelseal_signing::PrivateKey;

use session::Session;

/// With the keys `alice` and `bob` in files, and a folder `model`.
fn session() -> Session {
    let session = Session::new();
    for name in ["alice", "bob"] {
        let key = PrivateKey::generate().unwrap();
        let private = session.path(format!("{name}.pem"));
        fs::write(&private, key.to_pkcs8_pem().unwrap()).unwrap();
        fs::set_permissions(&private, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(session.path(format!("{name}.pub.pem")), key.public_key().to_pem()).unwrap();
    }
    fs::create_dir_all(session.path("model/sub")).unwrap();
    fs::write(session.path("model/weights.bin"), [7; 100_000]).unwrap();
    fs::write(session.path("model/sub/config.json"), "{}").unwrap();
    session
}

const VERIFY: &str = "verify model --public-key alice.pub.pem --signature model.sig";

#[test]
fn exit_codes_tell_reasons_apart() {
    let session = session();
    session.fails(VERIFY, 12, "there is no signature model.sig");
    session.ok("sign model --private-key alice.pem");
    session.ok(VERIFY);
    session.ok("verify model --public_key bob.pub.pem --public_key alice.pub.pem");
    session.fails("verify model --public-key bob.pub.pem", 11, "not trusted");
    session.fails("verify absent --public-key alice.pub.pem", 1, "absent cannot be read");
    session.fails("verify model --public-key absent.pem", 1, "absent.pem cannot be read");
    session.fails("verify model --public-key alice.pub.pem --keyring k.json", 2, "--keyring");
    session.fails(&format!("{VERIFY} --ignore-paths model"), 2, "leaves out the whole model");
    session.fails(&format!("{VERIFY} --ignore-paths elsewhere"), 2, "does not lie in the model");
    fs::write(session.path("model.sig"), "{}").unwrap();
    session.fails(VERIFY, 10, "mediaType");
}

#[test]
fn every_difference_is_told_to_people_and_machines() {
    let session = session();
    session.ok("sign model --private-key alice.pem");
    fs::write(session.path("model/weights.bin"), [8; 100_000]).unwrap();
    fs::remove_file(session.path("model/sub/config.json")).unwrap();
    fs::write(session.path("model/\u{1b}[31mevil.py"), "import os").unwrap();
    for name in ["weights.bin was changed", "sub/config.json is missing", "evil.py is not signed"] {
        session.fails(VERIFY, 10, name);
    }
    session.fails(VERIFY, 10, "\\u{1b}");
    let json = session.json(VERIFY);
    let kinds: Vec<&str> = json["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|difference| difference["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["extra", "missing", "changed"]);
    assert_eq!((&json["verified"], &json["exit_code"]), (&false.into(), &10.into()));
    assert_eq!(json["not_covered"]["empty_folders"][0], "sub");
}

#[test]
fn what_is_not_covered_is_told_and_can_be_refused() {
    let session = session();
    let full = format!("{VERIFY} --require-full-coverage");
    session.ok("sign model --private-key alice.pem");
    session.ok(&full);
    fs::create_dir(session.path("model/.git")).unwrap();
    fs::write(session.path("model/.git/payload.pkl"), "import os").unwrap();
    assert!(session.ok(VERIFY).contains("NOT COVERED: .git is ignored, with 1 file(s)"));
    session.fails(&full, 10, ".git is ignored");
    // The signer left it out, so the signature lists it among what is ignored.
    session.ok(&format!("{VERIFY} --no-ignore-git-paths"));
}

#[test]
fn a_signature_never_changes_what_it_signs() {
    let session = session();
    // In the model, by a detour: it is left out of itself.
    session.ok("sign model --private-key alice.pem --signature model/../model/sub/../model.sig");
    let line = "verify model --public-key alice.pub.pem --signature model/model.sig";
    session.ok(&format!("{line} --require-full-coverage"));
    // Again, in place of the earlier one: the same bytes.
    let first = fs::read(session.path("model/model.sig")).unwrap();
    session.ok("sign model --private-key alice.pem --signature model/model.sig");
    assert_eq!(fs::read(session.path("model/model.sig")).unwrap(), first);
    // Another name for it is a file that nobody signed.
    fs::rename(session.path("model/model.sig"), session.path("model/other.sig")).unwrap();
    let line = "verify model --public-key alice.pub.pem --signature model/other.sig";
    session.ok(line);
    for place in ["model/weights.bin", "model", "alice.pem"] {
        let line = format!("sign model --private-key alice.pem --signature {place}");
        session.fails(&line, 2, "");
    }
    assert_eq!(fs::read(session.path("model/weights.bin")).unwrap(), [7; 100_000]);
    let line = "sign model/weights.bin --private-key alice.pem --signature model/weights.bin";
    session.fails(line, 2, "are one file");
}

#[test]
fn hashes_shards_and_dialects() {
    let session = session();
    for options in [
        "--hash blake2b",
        "--hash blake3",
        "--shard-size 30000",
        "--hash blake3 --shard_size 70000",
        "--compat python",
    ] {
        for model in ["model", "model/weights.bin"] {
            session.ok(&format!("sign {model} --private-key alice.pem {options}"));
            session.ok(&format!("verify {model} --public-key alice.pub.pem"));
        }
    }
    session.fails("sign model --private-key alice.pem --shard-size 0", 2, "--shard-size");
    let root = session.ok("digest model");
    assert!(root.starts_with("sha256:") && root.trim_end().len() == 71, "{root}");
    let json = session.json("sign model --private-key alice.pem");
    assert_eq!(json["root"], root.trim_end());
}

#[test]
fn a_package_with_a_signature_named_is_a_file() {
    let (session, file) = Session::with_package();
    let file = file.to_str().unwrap();
    let line = format!("sign {file} --private-key private/alice.pem --signature package.sig");
    session.ok(&line);
    session.ok(&format!("verify {file} --signature package.sig --keyring keyring.json"));
    session.ok(&format!("verify {file} --keyring keyring.json"));
}
