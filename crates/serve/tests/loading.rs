//! Nothing is served before all of it is verified, and everything is once it is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests stop there")]

mod fixture;

use std::time::Duration;

use bytes::Bytes;
use fixture::world::{World, quick};
use fixture::{ID, NAME, PREDICTION};
use jiff::Timestamp;
use modelseal_serve::{Patience, ServeError, StateFile, Wanted};
use modelseal_signing::{KeyState, Keyring, PrivateKey, Revocation, Terms, TrustedKey};

/// Refused for the reason given, then the good package arrives.
async fn refuses_then_recovers(world: World, wanted: &str, reason: &str) {
    let running = world.serve(&[wanted], quick()).await;
    let ready = running.until("/api/health/ready", reason).await;
    assert!(ready.starts_with("HTTP/1.1 503") && ready.contains("REFUSING_TRAFFIC"), "{ready}");
    let folder = world.folder.path().to_str().unwrap();
    assert!(!ready.contains(folder) && !ready.contains("file:"), "{ready}");
    running.assert_nothing_is_served().await;

    world.write_keyring(&[("alice", &world.key)]);
    world.put(world.sealed());
    running.until("/api/health/ready", "ACCEPTING_TRAFFIC").await;
    let answer = running.predict(r#"{"body_mass_index":40}"#).await;
    assert!(answer.ends_with(r#"{"diabetes_risk":"DIABETES"}"#), "{answer}");
    assert!(running.get("/openapi.json").await.contains(PREDICTION));
    running.stop().await;
}

#[tokio::test]
async fn a_tampered_package() {
    let world = World::new();
    world.put(fixture::tampered(&world.sealed()));
    refuses_then_recovers(world, ID, &format!("{ID}: parameters.safetensors: its SHA-256 is "))
        .await;
}

#[tokio::test]
async fn an_unsealed_package() {
    let world = World::new();
    world.put(fixture::unsealed(ID, fixture::schema()));
    refuses_then_recovers(world, NAME, &format!("{ID}: the package has no seal")).await;
}

#[tokio::test]
async fn a_seal_of_a_stranger() {
    let world = World::new();
    let stranger = PrivateKey::generate().unwrap();
    world.put(fixture::sealed_by(&stranger, ID));
    let fingerprint = stranger.public_key().fingerprint();
    let reason =
        format!("{ID}: model.sig: the seal names the key {fingerprint}, which is not trusted\"");
    refuses_then_recovers(world, ID, &reason).await;
}

#[tokio::test]
async fn a_package_under_another_name() {
    let world = World::new();
    let other = "diabetes_risk_model-9.0.0-2026_11_22";
    world.put_as(other, world.sealed());
    let running = world.serve(&[NAME], quick()).await;
    running.until("/api/health/ready", &format!("{other}: ")).await;
    running.assert_nothing_is_served().await;
    running.stop().await;
}

#[tokio::test]
async fn no_store() {
    refuses_then_recovers(World::new(), ID, &format!("{ID}: the store ")).await;
}

#[tokio::test]
async fn no_such_model() {
    let world = World::new();
    world.put_as("other-1.0.0-2026_11_22", Bytes::from_static(b"not looked at"));
    let reason = format!("{NAME}: the store has no package of this model");
    refuses_then_recovers(world, NAME, &reason).await;
}

#[tokio::test]
async fn no_keyring() {
    let world = World::new();
    world.put(world.sealed());
    std::fs::remove_file(world.folder.path().join("keyring.json")).unwrap();
    refuses_then_recovers(world, ID, "\"the keyring cannot be read: entity not found\"").await;
}

#[tokio::test]
async fn a_keyring_that_is_something_else() {
    let world = World::new();
    world.put(world.sealed());
    let secret = world.key.to_pkcs8_pem().unwrap();
    std::fs::write(world.folder.path().join("keyring.json"), secret.as_bytes()).unwrap();
    refuses_then_recovers(world, ID, "\"the keyring cannot be used; the log says why\"").await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_keyring_that_is_a_pipe() {
    let world = World::new();
    world.put(world.sealed());
    let keyring = world.folder.path().join("keyring.json");
    std::fs::remove_file(&keyring).unwrap();
    world.pipe("keyring.json");
    let running = world.serve(&[ID], quick()).await;
    running.until("/api/health/ready", "\"the keyring is not a regular file\"").await;
    std::fs::remove_file(&keyring).unwrap();
    world.write_keyring(&[("alice", &world.key)]);
    running.until("/api/health/ready", "ACCEPTING_TRAFFIC").await;
    running.stop().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_store_that_never_answers() {
    let world = World::new();
    std::fs::create_dir(world.folder.path().join("store")).unwrap();
    let pipe = world.pipe(&format!("store/{ID}.zip"));
    let kept = world.folder.path().join("kept");
    std::fs::hard_link(&pipe, &kept).unwrap();
    let patience = Patience { store_max: Duration::from_millis(200), ..Patience::default() };
    let running = world.serve_patiently(&[ID], quick(), patience).await;
    let reason = format!("\"{ID}: the store did not answer within 0.2 s\"");
    running.until("/api/health/ready", &reason).await;
    running.assert_nothing_is_served().await;
    world.put(world.sealed());
    running.until("/api/health/ready", "ACCEPTING_TRAFFIC").await;
    running.stop().await;
    // The test's runtime waits for threads that still open the pipe: a writer releases them.
    std::fs::File::options().read(true).write(true).open(kept).unwrap();
}

/// Over restarts, a service that follows a name goes neither back nor back to an older keyring.
#[tokio::test]
async fn a_service_with_a_state_file_never_goes_back() {
    let mut world = World::new();
    world.state = Some(StateFile::new(world.folder.path().join("state.json")));
    let newer = ID.replace("0.1.0", "0.2.0");
    assert_ne!(newer, ID);
    world.put(world.sealed());
    world.put_as(&newer, fixture::sealed_by(&world.key, &newer));
    let ready = async |world: &World, wanted: &str, reason: &str| {
        let running = world.serve(&[wanted], quick()).await;
        let answer = running.until("/api/health/ready", reason).await;
        running.stop().await;
        answer
    };
    ready(&world, NAME, "ACCEPTING_TRAFFIC").await;
    std::fs::remove_file(world.folder.path().join(format!("store/{newer}.zip"))).unwrap();
    let refused = format!("{newer} with the sequence 1 was seen before");
    ready(&world, NAME, &refused).await;
    // Whoever pins a release goes back on purpose.
    ready(&world, ID, "ACCEPTING_TRAFFIC").await;

    let mut keyring = fixture::keyring(&[("alice", &world.key)]);
    keyring.advance().unwrap();
    let path = world.folder.path().join("keyring.json");
    std::fs::write(&path, keyring.to_json()).unwrap();
    ready(&world, ID, "ACCEPTING_TRAFFIC").await;
    world.write_keyring(&[("alice", &world.key)]);
    ready(&world, ID, "the keyring is older than one that was seen before").await;
    std::fs::write(&path, keyring.to_json()).unwrap();
    std::fs::write(world.folder.path().join("state.json"), "{").unwrap();
    let answer = ready(&world, ID, "the state file cannot be used").await;
    assert!(!answer.contains("state.json"), "{answer}");
}

/// Who signed and why a key was revoked stands in the keyring, and stays there.
#[tokio::test]
async fn refused_keys_without_a_word_of_the_keyring() {
    const WORDS: [&str; 2] = ["Ms Secret", "laptop stolen"];
    let world = World::new();
    let fingerprint = world.key.public_key().fingerprint();
    let stranger = PrivateKey::generate().unwrap();
    // The stranger's seal, under the name of the trusted key.
    let hint = |key: &PrivateKey| key.public_key().fingerprint().to_string();
    let forged = replaced(&fixture::sealed_by(&stranger, ID), &hint(&stranger), &hint(&world.key));
    let trusted = TrustedKey::new(WORDS[0], world.key.public_key());
    let past: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
    let future: Timestamp = "9000-01-01T00:00:00Z".parse().unwrap();
    let reason = WORDS[1].to_owned();
    let revoked = KeyState::Revoked(Revocation { at: past, reason, after: None });
    let under = |terms: Terms| TrustedKey { terms, ..trusted.clone() };
    let cases = [
        (
            under(Terms { state: revoked, ..Terms::default() }),
            world.sealed(),
            format!("the key {fingerprint} was revoked"),
        ),
        (
            under(Terms { not_after: Some(past), ..Terms::default() }),
            world.sealed(),
            format!("the key {fingerprint} is not valid any more"),
        ),
        (
            under(Terms { not_before: Some(future), ..Terms::default() }),
            world.sealed(),
            format!("the key {fingerprint} is not valid yet"),
        ),
        (trusted.clone(), forged, "the signature does not match".to_owned()),
    ];
    for (key, package, reason) in cases {
        let mut keyring = Keyring::new();
        keyring.add(key).unwrap();
        std::fs::write(world.folder.path().join("keyring.json"), keyring.to_json()).unwrap();
        world.put(package);
        let running = world.serve(&[ID], quick()).await;
        let reason = format!("\"{ID}: model.sig: {reason}\"");
        let mut answers = running.until("/api/health/ready", &reason).await;
        answers += &running.get("/api/health/startup").await;
        answers += &running.predict("{}").await;
        for word in WORDS {
            assert!(!answers.contains(word), "{answers}");
        }
        running.stop().await;
    }
}

/// The archive with one text of its seal in place of another of the same length.
fn replaced(archive: &Bytes, old: &str, new: &str) -> Bytes {
    let mut bytes = archive.to_vec();
    let place = bytes.windows(old.len()).position(|window| window == old.as_bytes()).unwrap();
    bytes[place..place + old.len()].copy_from_slice(new.as_bytes());
    bytes.into()
}

#[tokio::test]
async fn all_or_nothing() {
    let world = World::new();
    world.put(world.sealed());
    let running = world.serve(&[ID, "other"], quick()).await;
    let ready = running.until("/api/health/ready", "other: the store has no package").await;
    assert!(!ready.contains(ID), "the good one is not to blame: {ready}");
    running.assert_nothing_is_served().await;
    world
        .put_as("other-1.0.0-2026_11_22", fixture::sealed_by(&world.key, "other-1.0.0-2026_11_22"));
    running.until("/api/health/ready", "ACCEPTING_TRAFFIC").await;
    let metadata = running.get("/api/models/other/metadata").await;
    assert!(metadata.contains(r#""package":"other-1.0.0-2026_11_22""#), "{metadata}");
    running.stop().await;
}

#[tokio::test]
async fn the_newest_release_or_the_one_asked_for() {
    let world = World::new();
    for id in ["m-0.9.0-2026_12_31", "m-0.10.0-2026_01_01", "m-0.10.0-2026_01_02"] {
        world.put_as(id, fixture::sealed_by(&world.key, id));
    }
    for (wanted, expected) in
        [("m", "m-0.10.0-2026_01_02"), ("m-0.9.0-2026_12_31", "m-0.9.0-2026_12_31")]
    {
        let running = world.serve(&[wanted], quick()).await;
        running.until("/api/health/startup", "\"STARTED\"").await;
        let metadata = running.get("/api/models/m/metadata").await;
        assert!(metadata.contains(expected), "{metadata}");
        running.stop().await;
    }
}

#[tokio::test]
async fn one_model_twice_is_refused_before_anything_is_served() {
    let world = World::new();
    let running = world.serve(&[NAME, ID], quick()).await;
    let error = running.done.await.unwrap().unwrap_err();
    assert!(matches!(error, ServeError::DuplicateModel(name) if name == NAME));
    assert!(Wanted::newest("No").is_err());
}
