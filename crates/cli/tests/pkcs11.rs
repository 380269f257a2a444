//! `--method pkcs11`, as a user runs it, with a real token.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests stop and skip loudly")]

mod session;

use std::io::Write as _;
use std::process::{Command, Output};

use session::Session;

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

const LEAF: &str = "\
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning
subjectAltName=email:signer@example.org
";

/// A session with a token `models` that holds the key `signer` on P-521, and its public key in a
/// file; nothing, said loudly, where SoftHSM, OpenSC or OpenSSL is missing.
fn with_token() -> Option<Session> {
    let tools = ["softhsm2-util", "pkcs11-tool", "openssl"];
    let missing = tools.iter().any(|tool| Command::new(tool).arg("--version").output().is_err());
    if missing || !std::path::Path::new(MODULE).is_file() {
        // Straight to stderr: the test runner hides what the print macros write.
        let _ = writeln!(std::io::stderr(), "SKIPPED: no {MODULE}, pkcs11-tool or openssl");
        return None;
    }
    let session = Session::new();
    std::fs::create_dir(session.path("tokens")).unwrap();
    let tokens = session.path("tokens");
    let configuration = format!("directories.tokendir = {}\n", tokens.display());
    std::fs::write(session.path("softhsm2.conf"), configuration).unwrap();
    let run = |line: &str| {
        let mut words = line.split(' ');
        let output = Command::new(words.next().unwrap())
            .args(words)
            .current_dir(session.path(""))
            .env("SOFTHSM2_CONF", session.path("softhsm2.conf"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    };
    run("softhsm2-util --init-token --free --label models --so-pin 12345678 --pin 1234");
    let tool = format!("pkcs11-tool --module {MODULE} --token-label models --login --pin 1234");
    run(&format!(
        "{tool} --keypairgen --key-type EC:secp521r1 --id 01 --label signer --usage-sign"
    ));
    run(&format!("{tool} --read-object --type pubkey --id 01 --output-file signer.der"));
    run("openssl pkey -pubin -inform DER -in signer.der -out signer.pub.pem");
    // A certificate for the token's key, without the private key that a request would need.
    run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.crt -subj /CN=root",
    );
    run("openssl req -new -key root.key -subj /CN=signer -out signer.csr");
    std::fs::write(session.path("leaf.ext"), LEAF).unwrap();
    run(
        "openssl x509 -req -in signer.csr -force_pubkey signer.pub.pem -CA root.crt -CAkey root.key -CAcreateserial -extfile leaf.ext -days 30 -out signer.crt",
    );
    std::fs::create_dir(session.path("model")).unwrap();
    std::fs::write(session.path("model/weights"), "weights").unwrap();
    Some(session)
}

fn sign(session: &Session, uri: &str, more: &[&str]) -> Output {
    let arguments =
        ["sign", "model", "--method", "pkcs11", "--pkcs11-uri", uri, "--signature", "model.sig"];
    let mut command = session.command(&[&arguments[..], more].concat());
    command.env("SOFTHSM2_CONF", session.path("softhsm2.conf")).output().unwrap()
}

#[test]
fn a_key_in_a_token_seals_as_any_key() {
    let Some(session) = with_token() else { return };
    let pin = session.path("pin");
    std::fs::write(&pin, "1234\n").unwrap();
    let uri = |key: &str, pin: &str| format!("pkcs11:{key}?module-path={MODULE}{pin}");
    let from_file = format!("&pin-source=file:{}", pin.display());
    let key = "token=models;object=signer";

    let output = sign(&session, &uri(key, &from_file), &[]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("others on this machine may read the secret in it"), "{stderr}");
    std::fs::set_permissions(&pin, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();

    let output = sign(&session, &uri(key, &from_file), &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("in the token \"models\""));
    let verify = "verify model --signature model.sig --public-key signer.pub.pem";
    assert!(session.ok(verify).starts_with("trusted: model"));
    let with_certificate = ["--signing-certificate", "signer.crt"];
    let output = sign(&session, &uri(key, &from_file), &with_certificate);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    session.ok("verify model --signature model.sig --method certificate --certificate-chain root.crt --identity signer@example.org");
    let output = sign(&session, &uri(key, &from_file), &[]);
    assert!(output.status.success());

    std::fs::write(session.path("model/weights"), "other weights").unwrap();
    session.fails(verify, 10, "weights");

    let output = sign(&session, &uri(key, "&pin-value=1234"), &[]);
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("warning: others on this machine"));
    for (key, pin, code, message) in [
        (key, "&pin-value=0000", 1, "refuses the PIN"),
        (key, "", 1, "needs a PIN"),
        ("token=models;object=absent", "&pin-value=1234", 1, "found 0"),
        ("token=absent", "&pin-value=1234", 1, "tokens: \"models\""),
        ("token=a;token=b", "", 2, "token is given twice"),
    ] {
        let output = sign(&session, &uri(key, pin), &[]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        assert!(stderr.contains(message) && !stderr.contains("0000"), "{stderr}");
    }
}

#[test]
fn the_uri_is_needed() {
    let session = Session::new();
    std::fs::write(session.path("model"), "weights").unwrap();
    session.fails("sign model --method pkcs11", 2, "--pkcs11-uri is missing");
}
