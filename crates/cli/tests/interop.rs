//! The reference implementation of OpenSSF Model Signing verifies what we seal.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests stop loudly and skip loudly")]

mod session;

use std::io::Cursor;
use std::io::Write as _;
use std::process::Command;

use session::Session;

/// A Python that has the package `model-signing`, or nothing, said loudly.
fn reference() -> Option<String> {
    let python = std::env::var("MODELSEAL_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let probe = Command::new(&python).args(["-c", "import model_signing"]).output();
    if probe.is_ok_and(|probe| probe.status.success()) {
        return Some(python);
    }
    // Straight to stderr: the test runner hides what the print macros write.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED: {python} has no model_signing; pip install model-signing pyopenssl"
    );
    None
}

#[test]
fn the_unpacked_package_verifies_with_the_reference_tool() {
    let Some(python) = reference() else { return };
    let (session, file) = Session::with_package();
    let folder = session.path("unpacked");
    let archive = std::fs::read(&file).unwrap();
    zip::ZipArchive::new(Cursor::new(archive)).unwrap().extract(&folder).unwrap();
    let keyring: serde_json::Value =
        serde_json::from_slice(&std::fs::read(session.path("keyring.json")).unwrap()).unwrap();
    let public = session.path("alice.pub.pem");
    std::fs::write(&public, keyring["keys"][0]["public_key"].as_str().unwrap()).unwrap();

    let verify = || {
        Command::new(&python)
            .args(["-m", "model_signing", "verify", "key", "--signature"])
            .arg(folder.join("model.sig"))
            .arg("--public_key")
            .arg(&public)
            .arg(&folder)
            .output()
            .unwrap()
    };
    let accepted = verify();
    assert!(accepted.status.success(), "{}", String::from_utf8_lossy(&accepted.stderr));

    let parameters = folder.join("parameters.safetensors");
    let mut bytes = std::fs::read(&parameters).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&parameters, bytes).unwrap();
    assert!(!verify().status.success(), "the reference accepts a changed file");
}
