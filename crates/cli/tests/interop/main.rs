//! The reference implementation of OpenSSF Model Signing verifies what we sign, and we verify what
//! it signs.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests stop loudly and skip loudly")]

#[path = "../session/mod.rs"]
mod session;

mod certificates;
mod folders;

use std::io::{Cursor, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use modelseal_signing::{Curve, PrivateKey};
use serde_json::{Value, json};

use session::Session;

/// A Python that has the package `model-signing`.
struct Reference {
    python: String,
}

impl Reference {
    /// Nothing, said loudly, where there is none.
    fn find() -> Option<Self> {
        let python = std::env::var("MODELSEAL_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let probe = Command::new(&python).args(["-c", "import model_signing"]).output();
        if probe.is_ok_and(|probe| probe.status.success()) {
            return Some(Self { python });
        }
        // Straight to stderr: the test runner hides what the print macros write.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: {python} has no model_signing; pip install model-signing pyopenssl"
        );
        None
    }

    /// Does all jobs in one process: for each, nothing or why it failed.
    fn run(&self, jobs: &[Value]) -> Vec<Option<String>> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/reference.py");
        let mut process = Command::new(&self.python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        serde_json::to_writer(process.stdin.take().unwrap(), jobs).unwrap();
        let results = serde_json::from_reader(process.stdout.take().unwrap()).unwrap();
        assert!(process.wait().unwrap().success());
        results
    }

    /// Does jobs that must all succeed.
    #[track_caller]
    fn succeed(&self, jobs: &[Value]) {
        for (job, result) in jobs.iter().zip(self.run(jobs)) {
            assert_eq!(result, None, "{job}");
        }
    }
}

/// A key pair in files.
struct Keys {
    private: PathBuf,
    public: PathBuf,
}

impl Keys {
    fn new(folder: &Path, curve: Curve) -> Self {
        let key = PrivateKey::generate_on(curve).unwrap();
        let [private, public] =
            ["key", "pub"].map(|kind| folder.join(format!("{curve}.{kind}.pem")));
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(&private).unwrap();
        file.write_all(key.to_pkcs8_pem().unwrap().as_bytes()).unwrap();
        std::fs::write(&public, key.public_key().to_pem()).unwrap();
        Self { private, public }
    }

    fn sign(&self, session: &Session, model: &Path, signature: &Path, more: &[&str]) {
        let (model, signature) = (model.to_str().unwrap(), signature.to_str().unwrap());
        let key = self.private.to_str().unwrap();
        let mut line = vec!["sign", model, "--private-key", key, "--signature", signature];
        line.extend(more);
        let outcome = session.run_arguments(&line);
        assert_eq!(outcome.code, 0, "{line:?}\n{}", outcome.stderr);
    }

    /// The exit code.
    fn verify(&self, session: &Session, model: &Path, signature: &Path) -> i32 {
        let (model, signature) = (model.to_str().unwrap(), signature.to_str().unwrap());
        let key = self.public.to_str().unwrap();
        let line = ["verify", model, "--public-key", key, "--signature", signature];
        let outcome = session.run_arguments(&line);
        if outcome.code != 0 {
            eprintln!("{line:?}\n{}", outcome.stderr);
        }
        outcome.code
    }

    fn their_sign(&self, model: &Path, signature: &Path) -> Value {
        json!({"do": "sign", "model": model, "signature": signature, "private_key": self.private})
    }

    fn their_verify(&self, model: &Path, signature: &Path) -> Value {
        json!({"do": "verify", "model": model, "signature": signature, "public_key": self.public})
    }
}

/// A folder with files in folders, hidden and empty ones, and what git keeps.
fn checkout(session: &Session) -> PathBuf {
    let folder = session.path("checkout");
    for (name, bytes) in [
        ("config.json", &b"{}"[..]),
        ("a-b", b"1"),
        ("a.txt", b"2"),
        ("a/b", b"3"),
        ("empty.bin", b""),
        ("deep/er/weights.bin", &[7; 200_000]),
        (".hidden", b"4"),
        (".git/HEAD", b"ref"),
        (".gitattributes", b"5"),
        ("deep/.gitignore", b"6"),
        ("with space: m\u{f6}del\n.txt", b"7"),
    ] {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    folder
}

#[test]
fn folders_and_files_on_three_curves_in_both_directions() {
    let Some(reference) = Reference::find() else { return };
    let session = Session::new();
    let folder = checkout(&session);
    let file = folder.join("deep/er/weights.bin");
    let keys = Curve::ALL.map(|curve| Keys::new(&session.path("."), curve));
    let (mut verify, mut sign, mut ours) = (Vec::new(), Vec::new(), Vec::new());
    for (index, keys) in keys.iter().enumerate() {
        for (model, what, more) in
            [(&folder, "folder", &[][..]), (&file, "file", &["--compat", "python"])]
        {
            let [by_us, by_them] =
                ["us", "them"].map(|who| session.path(format!("{index}.{what}.{who}.sig")));
            keys.sign(&session, model, &by_us, more);
            verify.push(keys.their_verify(model, &by_us));
            sign.push(keys.their_sign(model, &by_them));
            ours.push((keys, model, by_us));
            ours.push((keys, model, by_them));
        }
    }
    reference.succeed(&verify);
    // Inside the model, too: each side leaves out its own signature.
    let inside = folder.join("model.sig");
    keys[0].sign(&session, &folder, &inside, &[]);
    reference.succeed(&[keys[0].their_verify(&folder, &inside)]);
    std::fs::remove_file(&inside).unwrap();
    reference.succeed(&sign);
    for (keys, model, signature) in &ours {
        assert_eq!(keys.verify(&session, model, signature), 0, "{}", signature.display());
    }

    // One byte changed, one file more: everybody refuses.
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[100_000] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let refused = reference.run(&verify);
    assert!(refused.iter().all(Option::is_some), "{refused:?}");
    for (keys, model, signature) in &ours {
        assert_eq!(keys.verify(&session, model, signature), 10, "{}", signature.display());
    }
}

#[test]
fn the_unpacked_package_verifies_with_the_reference_tool() {
    let Some(reference) = Reference::find() else { return };
    let (session, file) = Session::with_package();
    session.ok("keys new bob --private-key private/bob.pem --curve p384");
    session.ok("cosign --private-key private/bob.pem");
    let folder = session.path("unpacked");
    let archive = std::fs::read(&file).unwrap();
    zip::ZipArchive::new(Cursor::new(archive)).unwrap().extract(&folder).unwrap();
    session.ok("keys export alice --output alice.pub.pem");
    session.ok("keys export bob --output bob.pub.pem");
    let mut cosigned = std::fs::read_dir(folder.join("cosign")).unwrap();
    let further = cosigned.next().unwrap().unwrap().path();

    // By its command line, as a person would: each seal with the key that made it.
    let verify = || {
        [(folder.join("model.sig"), "alice.pub.pem"), (further.clone(), "bob.pub.pem")].map(
            |(signature, public)| {
                Command::new(&reference.python)
                    .args(["-m", "model_signing", "verify", "key", "--signature"])
                    .arg(signature)
                    .arg("--public_key")
                    .arg(session.path(public))
                    .arg(&folder)
                    .output()
                    .unwrap()
            },
        )
    };
    for accepted in verify() {
        assert!(accepted.status.success(), "{}", String::from_utf8_lossy(&accepted.stderr));
    }

    let parameters = folder.join("parameters.safetensors");
    let mut bytes = std::fs::read(&parameters).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&parameters, bytes).unwrap();
    for refused in verify() {
        assert!(!refused.status.success(), "the reference accepts a changed file");
    }
}
