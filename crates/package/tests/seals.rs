//! Several seals on one package, renewed seals, and packages that end.

#![allow(clippy::unwrap_used, reason = "a test stops at the first broken assumption")]

mod fixture;

use bytes::Bytes;
use fixture::{draft, id, key, now, sealed, unsealed};
use jiff::Timestamp;
use modelseal_package::{
    COSIGN_COUNT_MAX, FreshnessError, Limits, PackageError, PackageErrorKind, Seen,
    UnverifiedPackage, VerifiedPackage, pack,
};
use modelseal_signing::{
    Curve, KeyState, Keyring, PrivateKey, Revocation, SealError, SigningKey, TrustedKey,
};

fn read(archive: &Bytes) -> UnverifiedPackage {
    UnverifiedPackage::read(archive.clone(), &Limits::default()).unwrap()
}

fn verify(archive: &Bytes, keyring: &Keyring) -> Result<VerifiedPackage, PackageError> {
    read(archive).verify(&id(), keyring, now(), &Limits::default())
}

fn cosign(archive: &Bytes, key: &dyn SigningKey, keyring: &Keyring) -> Result<Bytes, PackageError> {
    read(archive).cosign(&id(), key, keyring, now(), &Limits::default())
}

fn reseal(
    archive: &Bytes,
    key: &dyn SigningKey,
    keyring: &Keyring,
) -> Result<Option<Bytes>, PackageError> {
    read(archive).reseal(&id(), key, keyring, now(), &Limits::default())
}

fn named(name: &str, key: &PrivateKey) -> TrustedKey {
    TrustedKey::new(name, key.public_key())
}

fn two_required() -> (PrivateKey, Keyring) {
    let bob = PrivateKey::generate_on(Curve::P384).unwrap();
    let mut keyring = fixture::keyring(&key());
    keyring.add(named("bob", &bob)).unwrap();
    keyring.require_seals(2).unwrap();
    (bob, keyring)
}

#[test]
fn two_owners_seal_together() {
    let (bob, keyring) = two_required();
    let error = verify(&sealed(), &keyring).unwrap_err();
    assert_eq!(error.kind(), PackageErrorKind::Untrusted);
    let fingerprint = key().public_key().fingerprint();
    assert_eq!(
        error.to_string(),
        format!(
            "model.sig: the keyring demands seals by 2 owners; sealed by \"alice\" ({fingerprint}); 1 missing"
        )
    );
    let both = cosign(&sealed(), &bob, &keyring).unwrap();
    let package = verify(&both, &keyring).unwrap();
    assert_eq!(
        (package.signer().name.as_str(), package.cosigners()[0].name.as_str()),
        ("alice", "bob")
    );
    package.model().unwrap();
    // The order of sealing shows in the archive; the seals themselves are the same.
    let other = read(&unsealed()).seal(&id(), &bob, &Limits::default()).unwrap();
    verify(&cosign(&other, &key(), &keyring).unwrap(), &keyring).unwrap();
    // One key counts once.
    let error = cosign(&both, &bob, &keyring).unwrap_err();
    assert!(matches!(error, PackageError::SealedAlready { .. }), "{error}");
    let error = cosign(&both, &key(), &keyring).unwrap_err();
    assert!(matches!(error, PackageError::SealedAlready { .. }), "{error}");
}

/// After a rotation one person has two keys that verify: they are one owner still.
#[test]
fn two_keys_of_one_owner_count_once() {
    let next = PrivateKey::generate().unwrap();
    let (_, mut keyring) = two_required();
    let mut trusted = named("alice-2", &next);
    trusted.terms.owner = Some("alice".to_owned());
    keyring.add(trusted).unwrap();
    let both = cosign(&sealed(), &next, &keyring).unwrap();
    let error = verify(&both, &keyring).unwrap_err().to_string();
    assert!(error.contains("demands seals by 2 owners") && error.ends_with("1 missing"), "{error}");
}

#[test]
fn strangers_and_retired_keys_do_not_cosign() {
    let (bob, mut keyring) = two_required();
    let stranger = PrivateKey::generate().unwrap();
    let error = cosign(&sealed(), &stranger, &keyring).unwrap_err();
    assert!(matches!(error, PackageError::NotActive { .. }), "{error}");
    let day = "2030-01-01T00:00:00Z".parse().unwrap();
    keyring.retire("bob", day, modelseal_signing::LastActive::Keep).unwrap();
    let error = cosign(&sealed(), &bob, &keyring).unwrap_err();
    assert!(matches!(error, PackageError::NotActive { .. }), "{error}");
    let error = cosign(&unsealed(), &key(), &keyring).unwrap_err();
    assert!(matches!(error, PackageError::NotSealed), "{error}");
}

/// A seal that somebody adds without being trusted is no decoration: it is refused.
#[test]
fn foreign_swapped_and_renamed_seals_are_refused() {
    let (bob, keyring) = two_required();
    let both = cosign(&sealed(), &bob, &keyring).unwrap();
    let only_alice = fixture::keyring(&key());
    let error = verify(&both, &only_alice).unwrap_err();
    assert!(matches!(error, PackageError::Seal(SealError::UnknownKey { .. })), "{error}");
    // The name of a further seal is the key's: another name is another key.
    let text = bob.public_key().fingerprint().to_string();
    let other = format!("{}{}", if text.starts_with('0') { '1' } else { '0' }, &text[1..]);
    let renamed =
        replaced(&both, format!("cosign/{text}").as_bytes(), format!("cosign/{other}").as_bytes());
    let error = verify(&renamed, &keyring).unwrap_err();
    assert!(matches!(error, PackageError::CosignName { .. }), "{error}");
    // A further seal of another package.
    let mut draft = draft();
    draft.sequence = 2;
    let second = pack(draft, &Limits::default()).unwrap();
    let second = read(&second).seal(&id(), &bob, &Limits::default()).unwrap();
    let seal_of = |archive: &Bytes| -> Vec<u8> {
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(archive.clone())).unwrap();
        let mut bytes = Vec::new();
        std::io::copy(&mut zip.by_name("model.sig").unwrap(), &mut bytes).unwrap();
        bytes
    };
    let cosigned = |name: &str, seal: &[u8]| {
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(sealed())).unwrap();
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored)
            .unix_permissions(0o644);
        for position in 0..zip.len() {
            writer.raw_copy_file(zip.by_index_raw(position).unwrap()).unwrap();
        }
        writer.start_file(name, options).unwrap();
        std::io::Write::write_all(&mut writer, seal).unwrap();
        Bytes::from(writer.finish().unwrap().into_inner())
    };
    let error = verify(&cosigned(&format!("cosign/{text}.sig"), &seal_of(&second)), &keyring);
    let error = error.unwrap_err();
    assert!(matches!(error, PackageError::Seal(SealError::OtherStatement { .. })), "{error}");
    // The first seal a second time.
    let alice = key().public_key().fingerprint();
    let error = verify(&cosigned(&format!("cosign/{alice}.sig"), &seal_of(&sealed())), &keyring);
    let error = error.unwrap_err();
    assert!(matches!(error, PackageError::Seal(SealError::SealedTwice { .. })), "{error}");
    for name in ["cosign/x.sig", "cosign/", "cosign", "../x", "model.sig2"] {
        let archive = cosigned(name, b"{}");
        let outcome = UnverifiedPackage::read(archive, &Limits::default());
        assert!(
            outcome.unwrap_err().to_string().contains("expected cosign/FINGERPRINT.sig"),
            "{name}"
        );
    }
}

fn replaced(archive: &Bytes, old: &[u8], new: &[u8]) -> Bytes {
    let mut bytes = archive.to_vec();
    for start in 0..bytes.len() - old.len() {
        if &bytes[start..start + old.len()] == old {
            bytes[start..start + old.len()].copy_from_slice(new);
        }
    }
    bytes.into()
}

#[test]
fn every_flipped_bit_of_a_cosigned_package_is_refused() {
    let (bob, keyring) = two_required();
    let both = cosign(&sealed(), &bob, &keyring).unwrap();
    for position in 0..both.len() {
        let mut flipped = both.to_vec();
        flipped[position] ^= 1 << (position % 8);
        let outcome = UnverifiedPackage::read(flipped.into(), &Limits::default())
            .and_then(|package| package.verify(&id(), &keyring, now(), &Limits::default()));
        assert!(outcome.is_err(), "byte {position} was not noticed");
    }
}

#[test]
fn the_number_of_seals_has_a_limit() {
    let mut keyring = fixture::keyring(&key());
    let mut archive = sealed();
    for index in 0..=COSIGN_COUNT_MAX {
        let next = PrivateKey::generate().unwrap();
        keyring.add(named(&format!("key {index}"), &next)).unwrap();
        match cosign(&archive, &next, &keyring) {
            Ok(more) => archive = more,
            Err(error) => {
                assert!(matches!(error, PackageError::TooManySeals { found: COSIGN_COUNT_MAX }));
                assert_eq!(index, COSIGN_COUNT_MAX);
                keyring.require_seals(COSIGN_COUNT_MAX + 1).unwrap();
                assert_eq!(verify(&archive, &keyring).unwrap().cosigners().len(), COSIGN_COUNT_MAX);
                return;
            }
        }
    }
    panic!("there was no limit");
}

/// The files are not read: they may even be damaged, and stay refused as before.
#[test]
fn a_renewed_seal_says_what_the_old_one_said() {
    let new = PrivateKey::generate_on(Curve::P521).unwrap();
    let mut keyring = fixture::keyring(&key());
    let mut trusted = named("alice-2", &new);
    trusted.terms.owner = Some("alice".to_owned());
    trusted.terms.state = KeyState::Next;
    keyring.add(trusted).unwrap();
    let error = reseal(&sealed(), &new, &keyring).unwrap_err();
    assert!(matches!(error, PackageError::NotActive { .. }), "a next key seals nothing: {error}");
    keyring.activate("alice-2", "2030-01-01T00:00:00Z".parse().unwrap()).unwrap();

    let renewed = reseal(&sealed(), &new, &keyring).unwrap().unwrap();
    assert_eq!(verify(&renewed, &keyring).unwrap().signer().name, "alice-2");
    let direct = read(&unsealed()).seal(&id(), &new, &Limits::default()).unwrap();
    assert_eq!(renewed, direct, "a renewed package is the one that the new key would have sealed");
    assert_eq!(reseal(&renewed, &new, &keyring).unwrap(), None, "there is nothing left to renew");

    // One bit of the parameters, with its checksum, in the store: the renewed seal refuses it.
    let good = 1.0_f64.to_le_bytes();
    let place = sealed().windows(8).rposition(|window| window == good).unwrap();
    let mut damaged = sealed().to_vec();
    damaged[place] ^= 1;
    let error = reseal(&damaged.into(), &new, &keyring).unwrap_err();
    assert!(matches!(error, PackageError::Archive(_)), "{error}");
}

#[test]
fn renewing_keeps_the_seals_of_others_and_the_number_demanded() {
    let (bob, mut keyring) = two_required();
    let both = cosign(&sealed(), &bob, &keyring).unwrap();
    let new = PrivateKey::generate().unwrap();
    let mut trusted = named("bob-2", &new);
    trusted.terms.owner = Some("bob".to_owned());
    trusted.terms.state = KeyState::Next;
    keyring.add(trusted).unwrap();
    let day: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
    keyring.activate("bob-2", day).unwrap();
    let renewed = reseal(&both, &new, &keyring).unwrap().unwrap();
    let package = verify(&renewed, &keyring).unwrap();
    assert_eq!(
        (package.signer().name.as_str(), package.cosigners()[0].name.as_str()),
        ("alice", "bob-2")
    );
    // Alice's key goes, too; then Bob's new key alone must not take the place of both.
    keyring.retire("alice", day, modelseal_signing::LastActive::Keep).unwrap();
    let error = reseal(&both, &new, &keyring).map(|renewed| renewed.is_some());
    assert!(matches!(error, Ok(true)), "alice's seal stays: she is another owner");
    // One seal does not suffice before, so nothing is renewed.
    let error = reseal(&sealed(), &new, &keyring).unwrap_err();
    assert!(matches!(error, PackageError::Seal(SealError::TooFewSeals { .. })), "{error}");
}

#[test]
fn what_was_sealed_after_a_moment_is_refused_by_the_date_under_the_seal() {
    // The package was made on 2026-11-22.
    let revoked_after = |after: Option<&str>| {
        let after = after.map(|after| after.parse().unwrap());
        let mut keyring = Keyring::new();
        let mut trusted = named("alice", &key());
        let reason = "left the company".to_owned();
        trusted.terms.state = KeyState::Revoked(Revocation { at: now(), reason, after });
        keyring.add(trusted).unwrap();
        verify(&sealed(), &keyring).map(drop)
    };
    revoked_after(Some("2026-11-22T00:00:00Z")).unwrap();
    let error = revoked_after(Some("2026-11-21T23:59:59Z")).unwrap_err();
    assert_eq!(error.kind(), PackageErrorKind::Untrusted);
    let message = error.to_string();
    assert!(message.contains("is revoked for seals after 2026-11-21T23:59:59Z (left the company); this one was made on 2026-11-22"), "{message}");
    assert!(revoked_after(None).unwrap_err().to_string().contains("was revoked on"));
    // A bare bundle covers no time.
    let mut keyring = Keyring::new();
    let mut trusted = named("alice", &key());
    let (reason, after) = ("left".to_owned(), Some("2030-01-01T00:00:00Z".parse().unwrap()));
    trusted.terms.state = KeyState::Revoked(Revocation { at: now(), reason, after });
    keyring.add(trusted).unwrap();
    let statement = Keyring::statement("x", b"x").unwrap();
    let bundle = modelseal_signing::seal(&statement, &key()).unwrap();
    let limits = modelseal_signing::Limits::default();
    let error = modelseal_signing::verify(&bundle, &keyring, now(), &limits).unwrap_err();
    assert!(error.to_string().ends_with("and this one says no time"), "{error}");
}

/// A seal that does not count stops nothing if the others suffice: two of three go on working
/// when one key is stolen.
#[test]
fn the_seals_that_count_suffice() {
    let (bob, mut keyring) = two_required();
    let carol = PrivateKey::generate().unwrap();
    keyring.add(named("carol", &carol)).unwrap();
    let three = cosign(&cosign(&sealed(), &bob, &keyring).unwrap(), &carol, &keyring).unwrap();
    let stolen = Revocation { at: now(), reason: "stolen".to_owned(), after: None };
    keyring.revoke("alice", stolen.clone(), modelseal_signing::LastActive::Keep).unwrap();
    let package = verify(&three, &keyring).unwrap();
    let mut signers = vec![package.signer().name.as_str()];
    signers.extend(package.cosigners().iter().map(|signer| signer.name.as_str()));
    signers.sort_unstable();
    assert_eq!(signers, ["bob", "carol"]);
    keyring.revoke("bob", stolen, modelseal_signing::LastActive::Keep).unwrap();
    let error = verify(&three, &keyring).unwrap_err().to_string();
    assert!(error.contains("sealed by \"carol\"") && error.contains("1 missing"), "{error}");
    assert!(error.matches("was revoked on").count() == 2, "{error}");
}

fn at(sequence: u64, id: &str, expires_at: Option<&str>) -> Bytes {
    let mut draft = draft();
    draft.id = id.parse().unwrap();
    draft.sequence = sequence;
    draft.expires_at = expires_at.map(|time| time.parse().unwrap());
    let archive = pack(draft, &Limits::default()).unwrap();
    read(&archive).seal(&id.parse().unwrap(), &key(), &Limits::default()).unwrap()
}

#[test]
fn a_package_ends_when_it_says() {
    let package = at(1, "toy-0.1.0-2026_11_22", Some("2026-11-23T00:00:00Z"));
    let keyring = fixture::keyring(&key());
    let on = |time: &str| {
        read(&package).verify(&id(), &keyring, time.parse().unwrap(), &Limits::default())
    };
    assert!(on("2026-11-23T00:00:00Z").is_ok());
    let error = on("2026-11-23T00:00:01Z").unwrap_err();
    assert_eq!(error.kind(), PackageErrorKind::Untrusted);
    assert!(error.to_string().contains("was accepted until 2026-11-23T00:00:00Z"), "{error}");
}

#[test]
fn a_reader_that_follows_a_name_never_goes_back() {
    let keyring = fixture::keyring(&key());
    let manifest = |sequence, id: &str| {
        let archive = at(sequence, id, None);
        let package = read(&archive)
            .verify(&id.parse().unwrap(), &keyring, now(), &Limits::default())
            .unwrap();
        package.manifest().clone()
    };
    let [old, new] = ["toy-0.1.0-2026_11_22", "toy-0.2.0-2026_11_22"];
    let mut seen = Seen::new();
    seen.see_newest(&manifest(5, new)).unwrap();
    seen.see_newest(&manifest(5, new)).unwrap();
    // The same number twice: the greater identifier is the newer.
    let error = seen.see_newest(&manifest(5, old)).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{old} has the sequence 5, but {new} with the sequence 5 was seen before")
    );
    let error = seen.see_newest(&manifest(4, new)).unwrap_err();
    assert!(matches!(error, FreshnessError::PackageRollback { sequence: 4, seen_sequence: 5, .. }));
    // An older version that was published later goes on.
    seen.see_newest(&manifest(6, old)).unwrap();
    seen.see_newest(&manifest(1, "other-0.1.0-2026_11_22")).unwrap();
    seen.see_keyring(3).unwrap();
    let again = Seen::from_json(seen.to_json().unwrap().as_bytes()).unwrap();
    assert_eq!(again, seen);
    let error = seen.see_keyring(2).unwrap_err().to_string();
    assert_eq!(error, "the keyring has the version 2, but the version 3 was seen before");
    for broken in
        ["", "{}", "[]", "{\"format\":\"modelseal-state-v2\",\"keyring_version\":1,\"models\":{}}"]
    {
        assert!(matches!(Seen::from_json(broken.as_bytes()), Err(FreshnessError::State { .. })));
    }
}
