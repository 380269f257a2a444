//! A working directory in which the built program is run, as a user would run it.

#![allow(dead_code, reason = "each test binary uses its own part of the session")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use modelseal_train::data::{survey, write_csv};

/// A temporary directory with a home of its own.
pub(crate) struct Session {
    folder: tempfile::TempDir,
}

/// What a command did.
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Session {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With a small survey, a project for it and a trusted key `alice`.
    pub(crate) fn with_project() -> Self {
        let session = Self::new();
        session.write_survey("survey.csv", 3000);
        session.ok("init survey.csv --target Diabetes_binary");
        session.ok("keys new alice --private-key private/alice.pem");
        session
    }

    /// With a sealed package of that project; returns its file, too.
    pub(crate) fn with_package() -> (Self, PathBuf) {
        let session = Self::with_project();
        session.ok("train");
        session.ok("package --date 2026_11_22");
        session.ok("sign --private-key private/alice.pem");
        let file = session.path("dist/diabetes_binary_model-0.1.0-2026_11_22.zip");
        assert!(file.exists());
        (session, file)
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write_survey(&self, name: &str, rows: usize) {
        let mut csv = Vec::new();
        write_csv(&survey::generate(7, rows), &mut csv).unwrap();
        std::fs::write(self.path(name), csv).unwrap();
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_modelseal"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env_remove("SOURCE_DATE_EPOCH")
            .env_remove("RUST_LOG");
        command
    }

    /// Runs a command line without quotes in it.
    pub(crate) fn run(&self, line: &str) -> Outcome {
        self.run_arguments(&line.split_whitespace().collect::<Vec<_>>())
    }

    pub(crate) fn run_arguments(&self, arguments: &[&str]) -> Outcome {
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        Outcome {
            code: status.code().unwrap(),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn ok(&self, line: &str) -> String {
        let outcome = self.run(line);
        assert_eq!(outcome.code, 0, "modelseal {line}\n{}", outcome.stderr);
        outcome.stdout
    }

    #[track_caller]
    pub(crate) fn json(&self, line: &str) -> serde_json::Value {
        serde_json::from_str(&self.run(&format!("{line} --format json")).stdout).unwrap()
    }

    /// Runs a command that must fail with this code and say this on stderr.
    #[track_caller]
    pub(crate) fn fails(&self, line: &str, code: i32, message: &str) {
        let outcome = self.run(line);
        let stderr = &outcome.stderr;
        assert_eq!(outcome.code, code, "modelseal {line}\n{stderr}");
        assert!(stderr.contains(message), "expected {message:?}, found\n{stderr}");
        assert!(stderr.starts_with("modelseal: error: ") || code == 2, "{stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
    }
}

/// The folder with the real data and the vectors, or nothing, said loudly.
#[allow(clippy::print_stderr, reason = "what is skipped is skipped loudly")]
pub(crate) fn shared() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let folder = std::env::var_os("MODELSEAL_SHARED").map_or_else(|| beside.into(), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    // Straight to stderr: the test runner hides what the print macros write.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED: there is no {}; set MODELSEAL_SHARED to test on the real data",
        folder.display()
    );
    None
}
