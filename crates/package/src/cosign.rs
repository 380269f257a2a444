//! Further seals, and renewed ones: another key over the very statement that was sealed first.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use modelseal_signing::{
    FileDigest, Fingerprint, KeyState, Keyring, SigningKey, Statement, TrustedKey, Verified,
};

use crate::archive::{COSIGN_COUNT_MAX, MANIFEST_JSON};
use crate::package::other_package;
use crate::{FileEntry, Limits, Manifest, PackageError, PackageId, UnverifiedPackage};

impl UnverifiedPackage {
    /// Adds a seal by `key` to a package that is sealed already: the archive with one seal more.
    ///
    /// What is there must verify as `id` with one seal that counts: nobody is led to vouch for
    /// bytes that were changed after the first seal. How many seals the keyring demands does not
    /// matter here, since this is how they come together.
    ///
    /// # Errors
    /// Those of [`UnverifiedPackage::verify`]; [`PackageError::SealedAlready`],
    /// [`PackageError::TooManySeals`], and [`PackageError::NotActive`] when readers with this
    /// keyring would not count the seal.
    pub fn cosign(
        &self,
        id: &PackageId,
        key: &dyn SigningKey,
        keyring: &Keyring,
        now: Timestamp,
        limits: &Limits,
    ) -> Result<Bytes, PackageError> {
        let one_seal = keyring.satisfied_by_one();
        self.clone().verify(id, &one_seal, now, limits)?.model()?;
        let fingerprint = key.public_key().fingerprint();
        check_active(&fingerprint, keyring)?;
        let mut seals = self.seals(limits)?;
        if seals.iter().any(|(other, _)| *other == fingerprint) {
            return Err(PackageError::SealedAlready { key: fingerprint });
        }
        let found = self.entries.cosigns().len();
        if found >= COSIGN_COUNT_MAX {
            return Err(PackageError::TooManySeals { found });
        }
        let statement = self.verify_seals(id, &one_seal, now, limits)?;
        let seal = modelseal_signing::seal(&statement, key)?;
        seals.push((fingerprint, seal.into()));
        self.under(seals)
    }

    /// Renews the seals without looking at the sealed files: the archive with a seal by `key`
    /// over the same statement, in place of those by other keys of the same owner; when there are
    /// none, in place of those by keys that are not active any more. `None` when there is nothing
    /// to renew.
    ///
    /// The statement holds the digest of every file, and its signature is checked. So files that
    /// were changed in the store stay refused under the new seal, too.
    ///
    /// # Errors
    /// [`PackageError`] when the seals there are do not suffice under `keyring`, or would not
    /// afterwards; [`PackageError::NotActive`].
    pub fn reseal(
        &self,
        id: &PackageId,
        key: &dyn SigningKey,
        keyring: &Keyring,
        now: Timestamp,
        limits: &Limits,
    ) -> Result<Option<Bytes>, PackageError> {
        let statement = self.verify_seals(id, keyring, now, limits)?;
        self.entries.check_canonical(&self.archive)?;
        let fingerprint = key.public_key().fingerprint();
        let owner = check_active(&fingerprint, keyring)?;
        let mut seals = self.seals(limits)?;
        let others = seals.iter().map(|(other, _)| *other).filter(|other| *other != fingerprint);
        let mut others: Vec<&TrustedKey> =
            others.filter_map(|other| keyring.find(&other)).collect();
        let has_mine = others.iter().any(|key| key.owner() == owner);
        others.retain(|key| match has_mine {
            true => key.owner() == owner,
            false => key.terms.state != KeyState::Active,
        });
        let replaced: Vec<Fingerprint> =
            others.into_iter().map(|key| key.public_key.fingerprint()).collect();
        if replaced.is_empty() {
            return Ok(None);
        }
        let goes = |(key, _): &(Fingerprint, Bytes)| *key == fingerprint || replaced.contains(key);
        // In the place of the first that goes, so that a first seal is renewed as the first.
        let place = seals.iter().position(goes).unwrap_or_default();
        seals.retain(|seal| !goes(seal));
        seals.insert(place, (fingerprint, modelseal_signing::seal(&statement, key)?.into()));
        let archive = self.under(seals)?;
        Self::read(archive.clone(), limits)?.verify_seals(id, keyring, now, limits)?;
        Ok(Some(archive))
    }

    /// All seals, the first one first, without any check.
    ///
    /// # Errors
    /// [`PackageError::NotSealed`].
    pub(crate) fn bundles(&self) -> Result<Vec<&[u8]>, PackageError> {
        let first = self.entries.seal().ok_or(PackageError::NotSealed)?;
        let cosigns = self.entries.cosigns().values();
        Ok(std::iter::once(first).chain(cosigns).map(|seal| seal.as_ref()).collect())
    }

    /// Checks that each further seal is by the key in its name. For seals that are verified.
    pub(crate) fn check_cosign_names(&self, limits: &Limits) -> Result<(), PackageError> {
        for (key, seal) in self.entries.cosigns() {
            if modelseal_signing::peek(seal, &limits.signing)?.claimed_key != Some(*key) {
                return Err(PackageError::CosignName { key: *key });
            }
        }
        Ok(())
    }

    /// All seals with their keys, the first one first. For seals that are verified.
    fn seals(&self, limits: &Limits) -> Result<Vec<(Fingerprint, Bytes)>, PackageError> {
        let first = self.entries.seal().ok_or(PackageError::NotSealed)?;
        let key = modelseal_signing::peek(first, &limits.signing)?.claimed_key;
        // A verified seal in canonical form names its key.
        let key = key.ok_or(modelseal_signing::SealError::NotCanonical)?;
        let cosigns = self.entries.cosigns().iter().map(|(key, seal)| (*key, seal.clone()));
        Ok(std::iter::once((key, first.clone())).chain(cosigns).collect())
    }

    fn under(&self, seals: Vec<(Fingerprint, Bytes)>) -> Result<Bytes, PackageError> {
        let mut seals = seals.into_iter();
        let (_, first) = seals.next().ok_or(PackageError::NotSealed)?;
        Ok(self.entries.with_seals(first, seals.collect::<BTreeMap<_, _>>()).write()?)
    }

    /// Verifies the seals, and of the files the manifest only, for its date: whose seals the
    /// package has, and NOT that its files are what was sealed.
    ///
    /// # Errors
    /// As [`UnverifiedPackage::verify`], for the seals.
    pub fn verify_seals(
        &self,
        id: &PackageId,
        keyring: &Keyring,
        now: Timestamp,
        limits: &Limits,
    ) -> Result<Verified<Statement>, PackageError> {
        let sealed_at = |statement: &Statement| {
            if statement.subject() != id.to_string() {
                return Err(other_package(id, statement.subject()));
            }
            let bytes = self.entries.manifest();
            let found = FileEntry::of(MANIFEST_JSON, bytes);
            let resources = statement.resources().iter();
            let mut sealed = resources.filter(|resource| resource.path() == MANIFEST_JSON);
            match sealed.next().map(|resource| resource.digest()) {
                Some(FileDigest::Sha256(expected)) if expected == found.sha256 => {
                    Ok(Some(Manifest::parse(bytes, limits)?.created_at))
                }
                Some(FileDigest::Sha256(expected)) => {
                    let (file, found) = (found.name, found.sha256);
                    Err(PackageError::Digest { file, expected, found })
                }
                _ => Err(PackageError::OtherSerialization),
            }
        };
        let bundles = self.bundles()?;
        let verified = modelseal_signing::verify_canonical(
            &bundles,
            keyring,
            now,
            &limits.signing,
            sealed_at,
        )?;
        self.check_cosign_names(limits)?;
        Ok(verified)
    }
}

/// The owner of an active key.
fn check_active(key: &Fingerprint, keyring: &Keyring) -> Result<String, PackageError> {
    let trusted = keyring.find(key).filter(|trusted| trusted.terms.state == KeyState::Active);
    trusted.map(|trusted| trusted.owner().to_owned()).ok_or(PackageError::NotActive { key: *key })
}
