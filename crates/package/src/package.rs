//! From bytes to a verified package.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use jiff::Timestamp;
use modelseal_model::Model;
use modelseal_signing::{
    FileDigest, Keyring, Resource, Serialization, Signer, SigningKey, Statement, UnverifiedSeal,
};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::archive::{COSIGN, Entries, MANIFEST_JSON, METRICS_JSON, MODEL_SIG};
use crate::{FileEntry, Limits, Manifest, PackageError, PackageId};

/// An archive with the entries of a package. Nobody has checked what is in them.
#[derive(Debug, Clone)]
pub struct UnverifiedPackage {
    pub(crate) archive: Bytes,
    pub(crate) entries: Entries,
}

/// The contents of a package, taken from bytes in memory that do not change any more.
#[derive(Debug, Clone)]
pub struct Contents {
    manifest: Manifest,
    entries: Entries,
    limits: Limits,
}

/// A package whose every byte, name, version and date a trusted key has sealed.
///
/// Only [`UnverifiedPackage::verify`] makes one.
#[derive(Debug, Clone)]
pub struct VerifiedPackage {
    contents: Contents,
    signer: Signer,
    cosigners: Vec<Signer>,
}

impl UnverifiedPackage {
    /// Finds the entries of an archive, without looking into them.
    ///
    /// # Errors
    /// [`PackageError::Archive`] when it has other entries than a package, in another order,
    /// compressed, or is not an archive.
    pub fn read(archive: Bytes, limits: &Limits) -> Result<Self, PackageError> {
        let entries = Entries::read(&archive, limits.archive_bytes_max)?;
        Ok(Self { archive, entries })
    }

    /// Verifies the package that `id` names.
    ///
    /// In this order, and nothing is parsed before it is verified: the seal's signature and its
    /// key; the seal's subject against `id`; the digest of every file; every byte of the
    /// archive around them; the manifest against all of that. What the result hands out are
    /// the very bytes that were digested.
    ///
    /// # Errors
    /// The first reason to refuse, see [`PackageError::kind`].
    pub fn verify(
        self,
        id: &PackageId,
        keyring: &Keyring,
        now: Timestamp,
        limits: &Limits,
    ) -> Result<VerifiedPackage, PackageError> {
        let files = self.entries.files();
        let mut read = None;
        let bundles = self.bundles()?;
        let sealed = modelseal_signing::verify_canonical(
            &bundles,
            keyring,
            now,
            &limits.signing,
            |statement| -> Result<_, PackageError> {
                check_statement(statement, id, &files)?;
                self.entries.check_canonical(&self.archive)?;
                let manifest = read_manifest(&self.entries, &files, limits)?;
                Ok(Some(read.insert(manifest).created_at))
            },
        )?;
        self.check_cosign_names(limits)?;
        let (signer, cosigners) = (sealed.signer().clone(), sealed.cosigners().to_vec());
        let Some(manifest) = read else { return Err(PackageError::NotSealed) };
        let contents = self.into_contents(manifest, limits)?;
        if contents.manifest.id != *id {
            return Err(PackageError::OtherManifest {
                expected: id.clone(),
                found: Box::new(contents.manifest.id),
            });
        }
        match contents.manifest.expires_at {
            Some(expires_at) if now > expires_at => Err(PackageError::Expired { expires_at, now }),
            _ => Ok(VerifiedPackage { contents, signer, cosigners }),
        }
    }

    /// Seals the package, which must be `id`: the archive with a seal by `key` in place of all
    /// earlier ones.
    ///
    /// # Errors
    /// [`PackageError`] when the package would be refused even under a trusted seal: a
    /// signature is a promise.
    pub fn seal(
        &self,
        id: &PackageId,
        key: &dyn SigningKey,
        limits: &Limits,
    ) -> Result<Bytes, PackageError> {
        let contents = self.check_contents(limits)?;
        if contents.manifest.id != *id {
            return Err(PackageError::OtherManifest {
                expected: id.clone(),
                found: Box::new(contents.manifest.id),
            });
        }
        let mut statement = Statement::builder(contents.manifest.id.to_string())
            .ignore_path(COSIGN)
            .ignore_path(MODEL_SIG);
        for file in self.entries.files() {
            statement = statement.resource(file.name, file.sha256);
        }
        let statement = statement.build()?;
        let seal = modelseal_signing::seal(&statement, key)?;
        Ok(self.entries.with_seals(seal.into(), BTreeMap::new()).write()?)
    }

    /// What the seals claim, the first one first, for people to look at: nothing of it is checked.
    ///
    /// # Errors
    /// [`PackageError::NotSealed`], or [`PackageError::Seal`] when one cannot be read.
    pub fn claimed_seals(&self, limits: &Limits) -> Result<Vec<UnverifiedSeal>, PackageError> {
        let peek = |seal| Ok(modelseal_signing::peek(seal, &limits.signing)?);
        self.bundles()?.into_iter().map(peek).collect()
    }

    /// The contents without any proof of where they come from.
    ///
    /// For looking at a package on one's own machine. Whoever could write the file decides what
    /// the model answers; never serve what this returns.
    ///
    /// # Errors
    /// [`PackageError`] when the contents do not agree with each other.
    pub fn dangerously_open_without_verification(
        self,
        limits: &Limits,
    ) -> Result<Contents, PackageError> {
        self.entries.check_canonical(&self.archive)?;
        let manifest = read_manifest(&self.entries, &self.entries.files(), limits)?;
        self.into_contents(manifest, limits)
    }

    /// Checks everything but the seal: layout, manifest, digests and the model itself.
    pub(crate) fn check_contents(&self, limits: &Limits) -> Result<Contents, PackageError> {
        let contents = self.clone().dangerously_open_without_verification(limits)?;
        contents.model()?;
        Ok(contents)
    }

    fn into_contents(self, manifest: Manifest, limits: &Limits) -> Result<Contents, PackageError> {
        let metrics = self.entries.metrics();
        let not_metrics = |why: String| PackageError::File { file: METRICS_JSON, why };
        if metrics.len() > limits.metrics_bytes_max {
            return Err(not_metrics(too_many_bytes(metrics.len(), limits.metrics_bytes_max)));
        }
        // Only its form is of interest here: nothing of it is kept in memory.
        serde_json::from_slice::<JsonObject>(metrics)
            .map_err(|error| not_metrics(error.to_string()))?;
        Ok(Contents { manifest, entries: self.entries, limits: limits.clone() })
    }
}

/// Checks that the statement is about `id` and lists exactly `files`, with their digests.
pub(crate) fn check_statement(
    statement: &Statement,
    id: &PackageId,
    files: &[FileEntry],
) -> Result<(), PackageError> {
    if statement.subject() != id.to_string() {
        return Err(other_package(id, statement.subject()));
    }
    let resources = statement.resources();
    let digest_of = |name: &str| {
        let resource = resources.iter().find(|resource| resource.path() == name);
        resource.map(Resource::digest)
    };
    // The statement's names are unique; so equal counts and each one found means equal sets.
    let all_there = files.iter().all(|file| digest_of(&file.name).is_some());
    if resources.len() != files.len() || !all_there {
        return Err(PackageError::OtherFiles {
            sealed: list(resources.iter().map(Resource::path)),
            found: list(files.iter().map(|file| file.name.as_str())),
        });
    }
    let ignored = statement.ignore_paths();
    if ignored != [COSIGN, MODEL_SIG] {
        return Err(PackageError::OtherFiles {
            sealed: format!("all but {}", list(ignored.iter().map(String::as_str))),
            found: format!("nothing that may be left out but {COSIGN}, {MODEL_SIG}"),
        });
    }
    let ignore_paths = ignored.to_vec();
    if *statement.serialization() != (Serialization { ignore_paths, ..Serialization::default() }) {
        return Err(PackageError::OtherSerialization);
    }
    for file in files {
        match digest_of(&file.name) {
            Some(FileDigest::Sha256(expected)) if expected == file.sha256 => {}
            Some(FileDigest::Sha256(expected)) => {
                let (file, found) = (file.name.clone(), file.sha256);
                return Err(PackageError::Digest { file, expected, found });
            }
            _ => return Err(PackageError::OtherSerialization),
        }
    }
    Ok(())
}

/// Reads the manifest and checks that it describes the other entries.
fn read_manifest(
    entries: &Entries,
    files: &[FileEntry],
    limits: &Limits,
) -> Result<Manifest, PackageError> {
    let manifest = Manifest::parse(entries.manifest(), limits)?;
    let others = files.iter().filter(|file| file.name != MANIFEST_JSON);
    if !manifest.files.iter().eq(others) {
        let why = "its list of files is not that of the archive".to_owned();
        return Err(PackageError::File { file: MANIFEST_JSON, why });
    }
    Ok(manifest)
}

impl Contents {
    /// What the package says about itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// `metrics.json`: one JSON object.
    pub fn metrics(&self) -> &[u8] {
        self.entries.metrics()
    }

    /// Decodes the model.
    ///
    /// # Errors
    /// [`PackageError::Model`] when the model is malformed or exceeds a limit.
    pub fn model(&self) -> Result<Model, PackageError> {
        let (description, parameters) = (self.entries.model(), self.entries.parameters());
        Ok(Model::decode(description, parameters, &self.limits.model)?)
    }

    /// Every file but the seal, in archive order: name and bytes.
    pub fn files(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        self.entries.sealed().map(|(name, bytes)| (name, bytes.as_ref()))
    }
}

impl VerifiedPackage {
    /// What was verified.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// The trusted key that sealed it; of several, the first that counts.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// The trusted keys that sealed it beside the first.
    pub fn cosigners(&self) -> &[Signer] {
        &self.cosigners
    }
}

impl std::ops::Deref for VerifiedPackage {
    type Target = Contents;

    fn deref(&self) -> &Contents {
        &self.contents
    }
}

/// A JSON object whose members are looked at and dropped.
struct JsonObject;

impl<'de> Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = JsonObject;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonObject, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(JsonObject)
            }
        }

        deserializer.deserialize_map(Members)
    }
}

pub(crate) fn other_package(expected: &PackageId, sealed: &str) -> PackageError {
    PackageError::OtherPackage {
        expected: expected.clone(),
        sealed: sealed.chars().take(300).collect(),
    }
}

pub(crate) fn too_many_bytes(found: usize, max: usize) -> String {
    format!("it has {found} bytes, the limit is {max}")
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.take(16).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}
