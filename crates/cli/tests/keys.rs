//! The life of keys, as processes: rotation, renewal, revocation, several owners, a sealed
//! keyring, and readers that never go back.

#![allow(clippy::unwrap_used, reason = "a test stops at the first broken assumption")]

mod session;

use session::Session;

const PACKAGE: &str = "diabetes_binary_model-0.1.0-2026_11_22";

fn copy(session: &Session, from: &str, to: &str) {
    std::fs::copy(session.path(from), session.path(to)).unwrap();
}

fn state_of(session: &Session, name: &str) -> String {
    let list = session.json("keys list");
    let keys = list["keys"].as_array().unwrap();
    let key = keys.iter().find(|key| key["name"] == name).unwrap();
    key["state"].as_str().unwrap().to_owned()
}

/// What the maker rotates, a reader with an older keyring goes on reading.
#[test]
fn a_rotation_loses_no_reader() {
    let (session, _) = Session::with_package();
    session.ok("push");
    copy(&session, "keyring.json", "first.json");

    // The next key is handed out ahead: readers believe it before it seals.
    session.ok("keys new alice-2 --owner alice --next --private-key private/alice-2.pem");
    assert_eq!(state_of(&session, "alice-2"), "next");
    copy(&session, "keyring.json", "ahead.json");
    session.fails("reseal --private-key private/alice-2.pem", 11, "is not an active key");

    let report = session.json("keys activate alice-2 --retire-days 90");
    assert_eq!(report["version"], 3);
    assert_eq!(
        ["alice", "alice-2"].map(|name| state_of(&session, name)),
        ["verify-only", "active"]
    );
    session.ok("verify");

    let status = session.json("keys status");
    assert_eq!(status["packages"][0]["on_old_key"], true);
    assert!(status["warnings"][0].as_str().unwrap().contains("hangs on an old key"));
    let before = std::fs::read(session.path(format!("store/{PACKAGE}.zip"))).unwrap();
    let renewed = session.json("reseal --private-key private/alice-2.pem");
    assert_eq!(renewed["renewed"][0], PACKAGE);
    let after = std::fs::read(session.path(format!("store/{PACKAGE}.zip"))).unwrap();
    assert_ne!(before, after);
    let again = session.json("reseal --private-key private/alice-2.pem");
    assert_eq!(again["unchanged"][0], PACKAGE);
    assert!(session.json("keys status")["packages"][0]["on_old_key"] == false);

    // Old seal and new, old keyrings and new.
    let stored = format!("store/{PACKAGE}.zip");
    for (keyring, old, new) in [("first.json", 0, 11), ("ahead.json", 0, 0), ("keyring.json", 0, 0)]
    {
        let verify = |file: &str| session.run(&format!("verify {file} --keyring {keyring}")).code;
        assert_eq!(verify(&format!("dist/{PACKAGE}.zip")), old, "{keyring}, the old seal");
        assert_eq!(verify(&stored), new, "{keyring}, the new seal");
    }

    // The old key ends.
    session.ok("keys retire alice --days 0");
    session.fails(&format!("verify dist/{PACKAGE}.zip"), 11, "was valid until");
    session.ok(&format!("verify {stored}"));
    session.ok("pull diabetes_binary_model --output fetched");

    // And is revoked in the end; nothing leads back.
    session.fails("keys activate alice", 1, "only a next key becomes active");
    session.fails("keys revoke alice-2 --reason stolen", 1, "is the last active key");
    session.ok("keys revoke alice-2 --reason stolen --leave-none-active");
    session.fails(&format!("verify {stored}"), 11, "stolen");
    let status = session.ok("keys status --without-store");
    assert!(status.contains("no key can seal now"), "{status}");
}

#[test]
fn one_command_rotates() {
    let (session, _) = Session::with_package();
    session.ok("push");
    let report = session.json("keys rotate alice --private-key private/alice-2.pem --curve p384");
    assert_eq!(report["keys"][1]["name"], "alice-2");
    assert_eq!(report["keys"][1]["owner"], "alice");
    assert_eq!(
        ["alice", "alice-2"].map(|name| state_of(&session, name)),
        ["verify-only", "active"]
    );
    session.ok("package --date 2026_11_23");
    session.ok("sign --private-key private/alice-2.pem");
    session.ok("verify");
    session.ok(&format!("verify dist/{PACKAGE}.zip"));
    // A half-finished rotation leaves nothing: the file of the key exists already.
    let keyring = std::fs::read(session.path("keyring.json")).unwrap();
    session.fails("keys rotate alice-2 --private-key private/alice.pem", 1, "exists already");
    assert_eq!(std::fs::read(session.path("keyring.json")).unwrap(), keyring);
}

#[test]
fn revoking_by_date_goes_by_the_date_under_the_seal() {
    let (session, _) = Session::with_package();
    session.ok("keys new bob --private-key private/bob.pem");
    copy(&session, "keyring.json", "before.json");
    let said = session.run_arguments(&[
        "keys",
        "revoke",
        "alice",
        "--reason",
        "left",
        "--after",
        "2026-11-22T00:00:00Z",
    ]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stderr.contains("can still seal with an earlier date"), "{}", said.stderr);
    session.ok("verify");
    session.ok("package --date 2026_11_23");
    session.ok("sign --private-key private/alice.pem --keyring before.json");
    session.fails("verify", 11, "is revoked for seals after 2026-11-22T00:00:00Z (left)");
    session.ok("keys revoke alice --reason stolen");
    session.fails(&format!("verify dist/{PACKAGE}.zip"), 11, "was revoked on");
}

/// Whoever seals learns of it before the readers do.
#[test]
fn a_key_that_seals_no_more_is_refused_when_sealing() {
    let (session, file) = Session::with_package();
    let sealed = std::fs::read(&file).unwrap();
    let sign = "sign --private-key private/alice.pem";
    session.ok("keys new bob --next --private-key private/bob.pem");
    let next = session.run("sign --private-key private/bob.pem");
    assert_eq!(next.code, 0, "{}", next.stderr);
    assert!(next.stderr.contains("is a next key"), "{}", next.stderr);
    session.ok(sign);
    assert_eq!(std::fs::read(&file).unwrap(), sealed);

    copy(&session, "keyring.json", "before.json");
    session.ok("keys activate bob");
    session.ok("keys retire alice --days 5");
    session.fails(sign, 2, "is verify-only in ./keyring.json");
    session.ok("keys revoke alice --reason stolen");
    session.fails(sign, 2, "is revoked in ./keyring.json");
    session.fails(&format!("{sign} --keyring keyring.json"), 2, "is revoked in keyring.json");
    assert_eq!(std::fs::read(&file).unwrap(), sealed, "a refusal changes nothing");

    // Whom readers trust is theirs to say: an unknown key seals, and so does any without a keyring.
    session.ok(&format!("{sign} --keyring before.json"));
    session.ok("keys new carol --no-keyring --private-key private/carol.pem --public-key c.pem");
    session.ok("sign --private-key private/carol.pem");
    std::fs::remove_file(session.path("keyring.json")).unwrap();
    session.ok(sign);
    session.fails(&format!("{sign} --keyring absent.json"), 1, "absent.json");
}

#[test]
fn inspect_shows_sequence_end_and_every_claimed_key() {
    let session = Session::with_project();
    session.ok("keys new bob --private-key private/bob.pem");
    session.ok("train");
    session.ok("package --date 2026_11_22 --sequence 7 --valid-days 30");
    assert_eq!(session.json("inspect")["claimed_keys"], serde_json::json!([]));
    session.ok("sign --private-key private/alice.pem");
    session.ok("cosign --private-key private/bob.pem");
    let list = session.json("keys list");
    let keys = list["keys"].as_array().unwrap();
    let keys: Vec<_> = keys.iter().map(|key| &key["fingerprint"]).collect();
    let shown = session.json("inspect");
    assert_eq!(shown["claimed_keys"], serde_json::json!(keys));
    assert_eq!(shown["sequence"], 7);
    let end = shown["expires_at"].as_str().unwrap();
    let text = session.ok("inspect");
    for line in ["sequence     7", &format!("expires      {end}")] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    for key in keys {
        assert!(text.contains(&format!("claimed key  {}", key.as_str().unwrap())), "{text}");
    }
    assert!(text.contains("TRUSTED: \"alice\"") && text.contains("and \"bob\""), "{text}");
}

/// What is wrong with the keyring is not said of the signature.
#[test]
fn a_refused_keyring_is_not_taken_for_the_signature() {
    let session = Session::new();
    std::fs::write(session.path("model.bin"), "weights").unwrap();
    session.ok("keys new alice --private-key alice.pem --keyring keyring.json");
    session.ok("sign model.bin --private-key alice.pem");
    std::fs::write(session.path("bad.json"), "{").unwrap();
    for keyring in ["bad.json", "absent.json"] {
        let refused = session.run(&format!("verify model.bin --keyring {keyring}"));
        assert!(refused.stderr.starts_with("modelseal: error: the keyring "), "{}", refused.stderr);
    }
    session.ok("keys revoke alice --reason lost --leave-none-active --keyring keyring.json");
    let refused = session.run("verify model.bin --keyring keyring.json");
    assert_eq!(refused.code, 11);
    assert_eq!(refused.stderr.matches("model.sig").count(), 1, "{}", refused.stderr);
}

#[test]
fn two_owners() {
    let (session, _) = Session::with_package();
    session.fails("keys require 2", 2, "active keys of 1 owner(s)");
    session.ok("keys new bob --private-key private/bob.pem --curve p521");
    session.ok("keys require 2");
    session.fails("verify", 11, "demands seals by 2 owners; sealed by \"alice\"");
    session.fails("push", 11, "1 missing");
    session.fails("cosign --private-key private/alice.pem", 11, "has sealed this package already");
    session.ok("cosign --private-key private/bob.pem");
    let report = session.json("verify");
    assert_eq!(report["sealed_by"], "alice");
    session.ok("push");
    session.fails("cosign --private-key private/bob.pem", 11, "has sealed this package already");
    // Alice's next key is still alice.
    copy(&session, "keyring.json", "before.json");
    session.ok("keys rotate alice --private-key private/alice-2.pem");
    let sign = format!("sign dist/{PACKAGE}.zip --private-key private/alice.pem");
    session.ok(&format!("{sign} --keyring before.json"));
    session.ok("cosign --private-key private/alice-2.pem");
    session.fails("verify", 11, "1 missing");
}

#[test]
fn a_sealed_keyring() {
    let (session, _) = Session::with_package();
    session.ok("keys new root --private-key root.pem --public-key root.pub.pem --no-keyring");
    session.ok("keys new other --private-key other.pem --public-key other.pub.pem --no-keyring");
    session.fails("verify --keyring-root root.pub.pem", 12, "is not sealed");
    let sealed = session.json("keys seal --private-key root.pem");
    assert_eq!(sealed["keys"][0]["name"], "alice");
    session.ok("verify --keyring-root root.pub.pem");
    session.fails("verify --keyring-root other.pub.pem", 11, "not trusted");
    // Every change needs the root key again.
    copy(&session, "keyring.json", "v1.json");
    copy(&session, "keyring.json.sig", "v1.json.sig");
    let changed = session.run("keys new bob --private-key private/bob.pem");
    assert_eq!(changed.code, 0);
    session.fails("verify --keyring-root root.pub.pem", 10, "was changed after it was sealed");
    session.ok("keys seal --private-key root.pem");

    // The version never goes back for whoever remembers it.
    session.ok("verify --keyring-root root.pub.pem --state state.json");
    let older = "verify --keyring v1.json --keyring-root root.pub.pem";
    session.ok(older);
    session.fails(
        &format!("{older} --state state.json"),
        11,
        "the keyring has the version 1, but the version 2 was seen before",
    );
    // The project file can ask for all of it.
    let yaml = std::fs::read_to_string(session.path("modelseal.yaml")).unwrap();
    let keys = "keys:\n  keyring: keyring.json\n  root: other.pub.pem\n  state: state.json\n";
    let yaml = yaml.split("\nkeys:").next().unwrap().to_owned() + "\n" + keys;
    std::fs::write(session.path("modelseal.yaml"), yaml).unwrap();
    session.fails("verify", 11, "not trusted");
}

/// Rollback and freeze: an older release, though validly sealed, or one that has ended.
#[test]
fn a_reader_that_follows_a_name_never_goes_back() {
    let (session, _) = Session::with_package();
    session.ok("push");
    session.ok("package --date 2026_11_23");
    session.ok("sign --private-key private/alice.pem");
    session.ok("push");
    session.ok("pull diabetes_binary_model --output fetched --state state.json");
    let newest = "diabetes_binary_model-0.1.0-2026_11_23";
    assert!(session.path(format!("fetched/{newest}.zip")).exists());
    // Somebody removes the newest from the store.
    let hidden = session.path(format!("store/{newest}.zip"));
    std::fs::rename(&hidden, session.path("hidden.zip")).unwrap();
    session.ok("pull diabetes_binary_model --output again");
    let rollback = format!(
        "{PACKAGE} has the sequence 1795305600, but {newest} with the sequence 1795392000 was seen before"
    );
    session.fails("pull diabetes_binary_model --output back --state state.json", 11, &rollback);
    assert!(!session.path("back").exists());
    let predict = "predict --from-store diabetes_binary_model --input {} --state state.json";
    session.fails(predict, 11, "was seen before");
    // Whoever names a release gets that one: going back on purpose.
    session.ok(&format!("pull {PACKAGE} --output back --state state.json"));
    // And never another one under its name.
    std::fs::rename(session.path("hidden.zip"), session.path(format!("store/{PACKAGE}.zip")))
        .unwrap();
    session.fails(&format!("pull {PACKAGE} --output back"), 10, "the seal is of");

    std::fs::write(session.path("state.json"), "{}").unwrap();
    session.fails("pull diabetes_binary_model --state state.json", 1, "state.json");

    session.ok("package --date 2020_01_01 --valid-days 30 --sequence 7");
    let ended = "dist/diabetes_binary_model-0.1.0-2020_01_01.zip";
    session.ok(&format!("sign {ended} --private-key private/alice.pem"));
    session.fails(&format!("verify {ended}"), 11, "was accepted until 2020-01-31T00:00:00Z");
    session.fails(&format!("push {ended}"), 11, "was accepted until");
}

#[test]
fn keys_come_and_go_as_files() {
    let session = Session::with_project();
    let pem = session.ok("keys export alice");
    assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----"));
    session.ok("keys export alice --output alice.pub.pem");
    session.fails("keys import again alice.pub.pem", 1, "are one key");
    let line =
        "keys import alice alice.pub.pem --keyring other.json --valid-days 10 --comment ours";
    assert_eq!(session.json(line)["keys"][0]["comment"], "ours");
    let warning = session.json("keys status --without-store --keyring other.json");
    assert!(warning["warnings"][0].as_str().unwrap().contains("ends in 9 days"));
    session.ok("keys import legacy --key-env MODEL_KEY --salt models --keyring other.json");
    session.fails("keys import wrong --key-env not:a-name --keyring other.json", 1, "key_env");
    session.fails("keys import nothing", 2, "required");
    session.fails("keys export bob", 1, "has no public key \"bob\"");
    session.fails("keys import model modelseal.yaml", 1, "PEM");
}

/// A passphrase comes from a file or the environment; without a terminal nobody is asked.
#[cfg(unix)]
#[test]
fn private_keys_under_a_passphrase() {
    use std::os::unix::fs::PermissionsExt;
    let (session, _) = Session::with_package();
    let secret = session.path("passphrase");
    std::fs::write(&secret, "correct horse\n").unwrap();
    std::fs::set_permissions(&secret, PermissionsExt::from_mode(0o644)).unwrap();
    let new = "keys new bob --private-key private/bob.pem --encrypt --passphrase-file passphrase";
    session.fails(new, 1, "has mode 0644");
    assert!(!session.path("private/bob.pem").exists());
    std::fs::set_permissions(&secret, PermissionsExt::from_mode(0o600)).unwrap();
    session.ok(new);
    let pem = std::fs::read_to_string(session.path("private/bob.pem")).unwrap();
    assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"), "{pem}");
    session.ok("sign --private-key private/bob.pem --passphrase-file passphrase");
    session.ok("verify");
    let sign = ["sign", "--private-key", "private/bob.pem"];
    let with = |passphrase: &str| {
        let mut command = session.command(&sign);
        command.env("MODELSEAL_PASSPHRASE", passphrase);
        command.stdin(std::process::Stdio::null()).output().unwrap()
    };
    assert!(with("correct horse").status.success());
    let wrong = with("battery staple");
    assert_eq!(wrong.status.code(), Some(1));
    let said = String::from_utf8(wrong.stderr).unwrap();
    assert!(!said.contains("battery staple") && said.contains("passphrase"), "{said}");
    let asked = session.command(&sign).stdin(std::process::Stdio::null()).output().unwrap();
    assert_eq!(asked.status.code(), Some(2));
    assert!(String::from_utf8(asked.stderr).unwrap().contains("no terminal to ask at"));
}
