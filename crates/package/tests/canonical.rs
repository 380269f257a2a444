//! The bytes of a package follow from its contents, today and under every later version.

#![allow(clippy::unwrap_used, reason = "a test stops at the first broken assumption")]

mod fixture;

use fixture::{draft, sealed, unsealed};
use modelseal_package::{Limits, pack};
use modelseal_signing::Digest;
use proptest::prelude::*;

/// Packages are compared with what this version would write. If this test fails after an
/// update, packages sealed before it would be refused: keep the bytes, not the update.
#[test]
fn the_bytes_of_version_1_never_change() {
    assert_eq!(
        Digest::of(&unsealed()).to_string(),
        "af8ae9e8fd0c4deff0460cd84da4235dc9baf962c864f448831965de03888200"
    );
    assert_eq!(
        Digest::of(&sealed()).to_string(),
        "72b969b81f35ab8c35f23881af5a8abf9878be9574df4a025208b780bd27c1ba"
    );
}

#[test]
fn sealing_again_gives_the_same_bytes() {
    assert_eq!(sealed(), sealed());
    let limits = Limits::default();
    let again = modelseal_package::UnverifiedPackage::read(sealed(), &limits).unwrap();
    assert_eq!(again.seal(&fixture::id(), &fixture::key(), &limits).unwrap(), sealed());
}

/// What other tools see: an ordinary archive.
#[test]
fn an_ordinary_zip_tool_lists_and_extracts_it() {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(sealed())).unwrap();
    let folder = tempfile::tempdir().unwrap();
    archive.extract(folder.path()).unwrap();
    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        ["manifest.json", "metrics.json", "model.json", "model.sig", "parameters.safetensors"]
    );
}

proptest! {
    /// Reading never panics and never allocates by what the bytes claim.
    #[test]
    fn arbitrary_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let limits = Limits::default();
        prop_assert!(modelseal_package::UnverifiedPackage::read(bytes.into(), &limits).is_err());
    }

    /// Bytes written over a package, at any place, either are the same bytes or are refused.
    #[test]
    fn overwritten_bytes_are_refused(
        start in 0_usize..4000,
        bytes in proptest::collection::vec(any::<u8>(), 1..40),
    ) {
        let original = sealed();
        let mut changed = original.to_vec();
        let start = start % changed.len();
        for (offset, byte) in bytes.into_iter().enumerate() {
            if let Some(place) = changed.get_mut(start + offset) {
                *place = byte;
            }
        }
        prop_assume!(changed != original);
        let limits = Limits::default();
        let key = fixture::key();
        let outcome = modelseal_package::UnverifiedPackage::read(changed.into(), &limits)
            .and_then(|package| package.verify(&fixture::id(), &fixture::keyring(&key), fixture::now(), &limits));
        prop_assert!(outcome.is_err());
    }

    /// Any metrics and description come back as they went in.
    #[test]
    fn contents_survive(description in ".{0,200}", accuracy in 0.0_f64..1.0) {
        let mut draft = draft();
        draft.details.description = description.clone();
        draft.metrics = serde_json::to_vec(&serde_json::json!({ "accuracy": accuracy })).unwrap();
        let limits = Limits::default();
        let archive = pack(draft.clone(), &limits).unwrap();
        let contents = modelseal_package::UnverifiedPackage::read(archive, &limits)
            .and_then(|package| package.dangerously_open_without_verification(&limits))
            .unwrap();
        prop_assert_eq!(&contents.manifest().details.description, &description);
        prop_assert_eq!(contents.metrics(), draft.metrics.as_slice());
    }
}
