//! A real token: SoftHSM 2 with keys that OpenSC's pkcs11-tool made. Without them the tests are
//! skipped, loudly.
//!
//! SoftHSM reads its configuration from the environment, so the tests of a token run in a child
//! process that has it: they are ignored here, and run by `with_a_real_token`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "tests may stop at the first fault"
)]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use modelseal_hsm::{HsmError, TokenKey};
use modelseal_signing::{
    Curve, Digest, Keyring, Limits, SigningKey as _, Statement, TrustedKey, seal, verify,
};

const CURVES: [(&str, &str, Curve); 3] = [
    ("secp256r1", "01", Curve::P256),
    ("secp384r1", "02", Curve::P384),
    ("secp521r1", "03", Curve::P521),
];

/// A module with two tokens and seven keys, configured by a file; nothing where there is none.
fn make_token() -> Option<(PathBuf, tempfile::TempDir)> {
    let places = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
        "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    ];
    let module = std::env::var_os("MODELSEAL_SOFTHSM")
        .map(PathBuf::from)
        .or_else(|| places.iter().map(PathBuf::from).find(|path| path.is_file()));
    let tools = ["softhsm2-util", "pkcs11-tool"]
        .map(|tool| Command::new(tool).arg("--help").output().is_ok());
    let (Some(module), [true, true]) = (module, tools) else {
        // Straight to stderr: the test runner hides what the print macros write.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: no SoftHSM (Debian: softhsm2 opensc; MODELSEAL_SOFTHSM names the module)"
        );
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("tokens")).unwrap();
    let configuration = folder.path().join("softhsm2.conf");
    let tokens = folder.path().join("tokens");
    std::fs::write(&configuration, format!("directories.tokendir = {}\n", tokens.display()))
        .unwrap();
    let run = |tool: &str, arguments: &[&str]| {
        let output = Command::new(tool)
            .args(arguments)
            .env("SOFTHSM2_CONF", &configuration)
            .output()
            .unwrap();
        assert!(output.status.success(), "{tool}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let init = |label| {
        let pins = ["--so-pin", "12345678", "--pin", "1234"];
        run("softhsm2-util", &[&["--init-token", "--free", "--label", label], &pins[..]].concat());
    };
    init("models");
    init("others");
    let library = module.to_str().unwrap();
    let keygen = |kind: &str, id: &str, label: &str| {
        run(
            "pkcs11-tool",
            &[
                "--module",
                library,
                "--token-label",
                "models",
                "--login",
                "--pin",
                "1234",
                "--keypairgen",
                "--key-type",
                kind,
                "--id",
                id,
                "--label",
                label,
                "--usage-sign",
            ],
        );
    };
    for (curve, id, _) in CURVES {
        keygen(&format!("EC:{curve}"), id, curve);
    }
    keygen("EC:secp256k1", "04", "bitcoin");
    keygen("EC:prime256v1", "05", "twin");
    keygen("EC:prime256v1", "06", "twin");
    Some((module, folder))
}

#[test]
fn with_a_real_token() {
    let Some((module, folder)) = make_token() else { return };
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--test-threads=1", "token_"])
        .env("SOFTHSM2_CONF", folder.path().join("softhsm2.conf"))
        .env("MODELSEAL_SOFTHSM", module)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("4 passed"), "{text}");
}

fn open(attributes: &str, pin: Option<&str>) -> Result<TokenKey, HsmError> {
    let module = std::env::var("MODELSEAL_SOFTHSM").unwrap();
    let uri = format!("pkcs11:{attributes}?module-path={module}").parse().unwrap();
    TokenKey::open(&uri, pin)
}

#[test]
#[ignore = "run by with_a_real_token"]
fn token_seals_verify_on_every_curve() {
    let statement = Statement::builder("model").resource("a", Digest::of(b"a")).build().unwrap();
    for (label, id, curve) in CURVES {
        for wanted in
            [format!("object={label}"), format!("id=%{id}"), format!("id=%{id};type=private")]
        {
            let key = open(&format!("token=models;{wanted}"), Some("1234")).unwrap();
            assert_eq!((key.token(), key.public_key().curve()), ("models", curve));
            let bundle = seal(&statement, &key).unwrap();
            let mut keyring = Keyring::new();
            keyring.add(TrustedKey::new("token", key.public_key())).unwrap();
            let now = "2026-11-24T12:00:00Z".parse().unwrap();
            let verified = verify(&bundle, &keyring, now, &Limits::default()).unwrap();
            assert_eq!(verified.get(), &statement);
        }
    }
}

#[test]
#[ignore = "run by with_a_real_token"]
fn token_must_be_one() {
    let refused = open("object=secp256r1;token=absent", Some("1234")).unwrap_err();
    assert!(refused.to_string().contains("found 0; tokens: \"models\" (serial "), "{refused}");
    let refused = open("object=secp256r1", Some("1234")).unwrap_err();
    assert!(matches!(refused, HsmError::Token { found: 2, .. }), "{refused}");
}

#[test]
#[ignore = "run by with_a_real_token"]
fn token_keys_must_be_one_on_a_known_curve() {
    let refused = |wanted: &str| open(&format!("token=models;{wanted}"), Some("1234")).unwrap_err();
    assert!(matches!(refused("object=absent"), HsmError::Key { found: 0 }));
    assert!(matches!(refused("object=twin"), HsmError::Key { found: 2 }));
    assert!(matches!(refused("object=bitcoin"), HsmError::Curve { .. }));
    assert!(open("token=models;object=twin;id=%05", Some("1234")).is_ok());
}

#[test]
#[ignore = "run by with_a_real_token"]
fn token_pins_are_asked_for_and_checked_and_never_shown() {
    let missing = open("token=models;id=%01", None).unwrap_err();
    assert!(matches!(missing, HsmError::PinMissing { .. }), "{missing}");
    let wrong = open("token=models;id=%01", Some("98765432")).unwrap_err();
    assert!(matches!(wrong, HsmError::Pin { .. }), "{wrong}");
    assert!(!format!("{wrong} {wrong:?}").contains("98765432"));
    let key = open("token=models;id=%01", Some("1234")).unwrap();
    assert!(!format!("{key:?}").contains("1234\""));
}

#[test]
fn modules_that_are_none_are_named() {
    let open = |query: &str| {
        TokenKey::open(&format!("pkcs11:token=a?{query}").parse().unwrap(), None).unwrap_err()
    };
    assert!(matches!(open(""), HsmError::NoModule));
    assert!(matches!(open("module-name=absent"), HsmError::ModuleNotFound { .. }));
    let refused = open("module-path=/absent/module.so").to_string();
    assert!(
        refused.starts_with("the PKCS#11 module /absent/module.so cannot be loaded"),
        "{refused}"
    );
}
