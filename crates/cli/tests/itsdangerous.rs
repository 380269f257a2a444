//! `--method itsdangerous` and the way out of it, as a user runs them.

#![allow(clippy::unwrap_used, reason = "a test stops at the first broken assumption")]

mod session;

use session::Session;

/// Printed in public, with the signature that Python makes of `hello model`.
const KEY: &str = "wjtRFppXQpxTChQnNcQJKGlLHKJBmAHMepfFbqvOoUrnuxIsKdiLCrrypYFQsqcw";
const SIGNED: &str = "hello model.4hCO9psgHccokrO2B0CGaQTrk1Q";
const VERIFY: &str = "verify signed --method itsdangerous --key-file keys.txt";

fn with_keys(keys: &str) -> Session {
    let session = Session::new();
    std::fs::write(session.path("model.pkl"), "hello model").unwrap();
    std::fs::write(session.path("signed"), SIGNED).unwrap();
    write_secret(&session, "keys.txt", keys);
    session
}

fn write_secret(session: &Session, name: &str, contents: &str) {
    std::fs::write(session.path(name), contents).unwrap();
    set_mode(session, name, 0o600);
}

#[cfg(unix)]
fn set_mode(session: &Session, name: &str, mode: u32) {
    std::fs::set_permissions(
        session.path(name),
        std::os::unix::fs::PermissionsExt::from_mode(mode),
    )
    .unwrap();
}

#[test]
fn signs_as_python_does_and_keeps_what_was_verified() {
    let session = with_keys(&format!("{KEY}\n"));
    session.ok("sign model.pkl --method itsdangerous --key-file keys.txt");
    assert_eq!(std::fs::read_to_string(session.path("model.pkl.signed")).unwrap(), SIGNED);
    session.ok("sign model.pkl --method itsdangerous --key-file keys.txt -o out/model");
    assert_eq!(std::fs::read_to_string(session.path("out/model")).unwrap(), SIGNED);

    assert!(session.ok(VERIFY).starts_with("trusted: signed\n  signed with key 1"));
    let report = session.json(&format!("{VERIFY} --payload value"));
    assert_eq!(report["verified"], true);
    assert_eq!(report["method"], "itsdangerous");
    assert_eq!(std::fs::read_to_string(session.path("value")).unwrap(), "hello model");

    for options in ["--salt models", "--digest sha512", "--key-derivation hmac", "--sep |"] {
        session.ok(&format!(
            "sign model.pkl --method itsdangerous --key-file keys.txt {options} -o other"
        ));
        let other = VERIFY.replace("signed", "other");
        session.ok(&format!("{other} {options}"));
        assert!([10, 12].contains(&session.run(&other).code), "{options}");
    }
}

#[test]
fn refusals_have_their_exit_codes_and_leave_no_value() {
    let session = with_keys(&format!("old-key\n{KEY}\n"));
    let with = |contents: &[u8], options: &str, code, message: &str| {
        std::fs::write(session.path("signed"), contents).unwrap();
        session.fails(&format!("{VERIFY} --payload value {options}"), code, message);
        assert!(!session.path("value").exists(), "an unverified value was kept");
    };
    with(
        SIGNED.replace("hello", "jello").as_bytes(),
        "",
        10,
        "does not match: it was made with none of the keys",
    );
    for junk in ["!!!!", "\x01=", "\n=", "\x01"] {
        let longer = format!("{SIGNED}{junk}");
        with(longer.as_bytes(), "", 10, "expected 27 characters of base64url");
    }
    with(b"hello model", "", 12, "there is no signature");
    with(SIGNED.as_bytes(), "--max-age 10", 10, "a time was expected");

    std::fs::write(session.path("signed"), format!("{SIGNED}!!!!")).unwrap();
    session.ok(&format!("{VERIFY} --lenient"));
    std::fs::write(session.path("signed"), SIGNED).unwrap();
    write_secret(&session, "keys.txt", "other-key\n");
    session.fails(VERIFY, 10, "does not match");
}

#[test]
fn a_signature_may_have_an_age() {
    let session = with_keys("a-key\n");
    let arguments =
        ["sign", "model.pkl", "--method", "itsdangerous", "--key-file", "keys.txt", "--timestamp"];
    let sign = |seconds: &str| {
        let mut command = session.command(&[&arguments[..], &["-o", "signed"]].concat());
        assert!(command.env("SOURCE_DATE_EPOCH", seconds).status().unwrap().success());
    };
    sign("1679097060");
    let report = session.json(&format!("{VERIFY} --timestamp"));
    assert_eq!(report["signed_at"], 1_679_097_060);
    session.ok(&format!("{VERIFY} --max-age 10000000000"));
    session.fails(&format!("{VERIFY} --max-age 10"), 11, "seconds old; at most 10 are allowed");
    sign("99999999999");
    session.fails(&format!("{VERIFY} --max-age 10"), 11, "in the future");
}

#[test]
fn keys_come_from_a_private_file_or_the_environment() {
    let session = with_keys(KEY);
    let verify = ["verify", "signed", "--method", "itsdangerous", "--key-env", "MODEL_KEYS"];
    let run = |keys: &str| {
        session.command(&verify).env("MODEL_KEYS", keys).output().unwrap().status.code()
    };
    assert_eq!(run(&format!("older\n{KEY}")), Some(0));
    assert_eq!(run("older"), Some(10));
    session.fails("verify signed --method itsdangerous --key-env ABSENT", 2, "ABSENT");
    session.fails("verify signed --method itsdangerous", 2, "--key-file or --key-env is missing");
    session.fails("verify signed --key-file keys.txt", 2, "--key-file has no meaning");
    session.fails("verify signed --max-age 1 --public-key a", 2, "--max-age has no meaning");
    session.fails(&format!("{VERIFY} --sep A"), 2, "a separator needs");

    write_secret(&session, "keys.txt", "a\n\nb\n");
    session.fails(VERIFY, 1, "key 2 is empty");
    let outcome = {
        write_secret(&session, "keys.txt", "secret-that-nobody-may-see\r\n");
        session.run(VERIFY)
    };
    assert!(!outcome.stderr.contains("secret-that"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("carriage return"), "{}", outcome.stderr);
    #[cfg(unix)]
    {
        set_mode(&session, "keys.txt", 0o640);
        session.fails(VERIFY, 1, "has mode 0640");
    }
}

#[test]
fn a_signed_file_moves_to_a_modern_seal() {
    let session = with_keys(KEY);
    session.ok("keys new alice --private-key alice.pem --keyring keyring.json");
    let migrate = "migrate signed --key-file keys.txt --private-key alice.pem --output model";
    session.ok(&format!("{migrate} --name model.pkl"));
    assert_eq!(std::fs::read_to_string(session.path("model/model.pkl")).unwrap(), "hello model");
    let verify = "verify model --signature model/model.sig --keyring keyring.json";
    let report = session.json(verify);
    assert_eq!(report["verified"], true, "{report}");
    assert_eq!(report["subject"], "model");
    std::fs::write(session.path("model/model.pkl"), "jello model").unwrap();
    session.fails(verify, 10, "model.pkl");

    session.fails(migrate, 2, "model exists already");
    std::fs::write(session.path("signed"), format!("{SIGNED}!!!!")).unwrap();
    session.fails(&migrate.replace("output model", "output again"), 10, "expected 27 characters");
    assert!(!session.path("again").exists());
    let left: Vec<_> = std::fs::read_dir(session.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(".modelseal-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// The keyring says which secret, where, how, and for how long; its signature is Python's.
#[test]
fn a_keyring_names_the_secrets() {
    let session = with_keys("unused\n");
    write_secret(&session, "first.txt", KEY);
    write_secret(&session, "second.txt", "another secret\n");
    let import = "keys import --keyring trust/keyring.json";
    session.ok(&format!("{import} first --key-file ../first.txt"));
    session.ok(&format!(
        "{import} second --key-file ../second.txt --salt models --digest sha512 \
         --key-derivation hmac --separator |"
    ));
    let verify = "verify signed --method itsdangerous --keyring trust/keyring.json";
    assert!(session.ok(verify).contains("signed with the secret \"first\""));
    session.ok(&format!("{verify} --key first"));
    // With the separator of the second there is no signature at all.
    session.fails(&format!("{verify} --key second"), 12, "no separator");

    // Without a name the newest signs, as the same parameters by hand do.
    let sign = "sign model.pkl --method itsdangerous --keyring trust/keyring.json";
    assert_eq!(session.json(&format!("{sign} -o other"))["key"], "second");
    session.ok("verify other --method itsdangerous --key-file second.txt --salt models --digest sha512 --key-derivation hmac --sep |");
    session.ok(&format!("{} --key second", verify.replace("signed", "other")));
    session.ok(&format!("{sign} --key first -o again"));
    assert_eq!(std::fs::read_to_string(session.path("again")).unwrap(), SIGNED);

    // No second source for what the keyring says; names must be known; tampering stays tampering.
    session.fails(&format!("{verify} --key-file first.txt"), 2, "--key-file has no meaning");
    session.fails(&format!("{sign} --salt a"), 2, "--salt has no meaning");
    session.fails(&format!("{verify} --key third"), 2, "it names first, second");
    session.fails("verify signed --key first --public-key a", 2, "--key has no meaning");
    std::fs::write(session.path("signed"), SIGNED.replace("hello", "jello")).unwrap();
    session.fails(verify, 10, "none of the 2 secrets of the keyring fits");
}

#[test]
fn a_secret_counts_under_the_terms_of_the_keyring() {
    let session = with_keys("unused\n");
    write_secret(&session, "first.txt", KEY);
    write_secret(&session, "second.txt", "another secret\n");
    session.ok("keys import first --key-file first.txt --keyring keyring.json");
    session.ok("keys import second --key-file second.txt --keyring keyring.json");
    let verify = "verify signed --method itsdangerous --keyring keyring.json --payload value";
    let sign = "sign model.pkl --method itsdangerous --keyring keyring.json -o new";
    session.ok(verify);
    std::fs::remove_file(session.path("value")).unwrap();

    session.ok("keys retire first --days 1 --keyring keyring.json");
    session.ok(&verify.replace(" --payload value", ""));
    session.fails(&format!("{sign} --key first"), 2, "\"first\" is verify-only, not active");
    session.ok("keys retire first --days 0 --keyring keyring.json");
    session.fails(verify, 11, "was valid until");
    session.ok("keys revoke first --reason leaked --keyring keyring.json");
    session.fails(verify, 11, "leaked");
    session.fails(&format!("{verify} --key first"), 11, "leaked");
    assert!(!session.path("value").exists(), "a value that nobody trusts was kept");

    // A secret that is gone: of a revoked key it is missed by nobody, of a trusted one it is.
    session.ok(sign);
    std::fs::remove_file(session.path("first.txt")).unwrap();
    session.ok(&verify.replace("signed", "new"));
    session.fails(verify, 10, "does not match");
    std::fs::remove_file(session.path("second.txt")).unwrap();
    session.fails(verify, 1, "second.txt");
}

#[test]
fn a_secret_is_revoked_by_the_time_under_the_signature() {
    let session = with_keys("unused\n");
    session.ok("keys import old --key-env MODEL_KEYS --keyring keyring.json");
    let run = |line: &str, seconds: &str| {
        let mut command = session.command(&line.split_whitespace().collect::<Vec<_>>());
        let output =
            command.env("MODEL_KEYS", KEY).env("SOURCE_DATE_EPOCH", seconds).output().unwrap();
        output.status.code().unwrap()
    };
    let signed = |seconds: &str| {
        let sign = "sign model.pkl --method itsdangerous --keyring keyring.json --timestamp";
        assert_eq!(run(&format!("{sign} -o at{seconds}"), seconds), 0);
    };
    signed("1700000000");
    signed("1700000002");
    session.ok("keys revoke old --reason left --after 2023-11-14T22:13:21Z --leave-none-active \
         --keyring keyring.json");
    let verify = |line: &str| {
        run(&format!("verify {line} --method itsdangerous --keyring keyring.json"), "0")
    };
    assert_eq!(verify("at1700000000 --timestamp"), 0);
    assert_eq!(verify("at1700000002 --timestamp"), 11);
    assert_eq!(verify("at1700000000"), 11, "no time was asked for, so none counts");
    assert_eq!(verify("signed"), 11, "it has no time");
}
