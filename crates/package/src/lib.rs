//! The sealed model package: one archive, one seal over every byte of it.
//!
//! ```text
//! bytes ──read──▶ UnverifiedPackage ──verify(id, keyring, now)──▶ VerifiedPackage ──model()──▶ Model
//! ```
//!
//! [`UnverifiedPackage`] has no way to hand out a model: the only road to one leads through
//! [`UnverifiedPackage::verify`], or through an escape whose name nobody writes by accident.
//!
//! ```compile_fail
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use modelseal_package::{Limits, UnverifiedPackage};
//! let package = UnverifiedPackage::read(Vec::new().into(), &Limits::default())?;
//! let model = package.model()?; // no such method: nobody has checked these bytes
//! # Ok(()) }
//! ```
//!
//! Nor can a verified package be made by hand:
//!
//! ```compile_fail
//! # fn forge(contents: modelseal_package::Contents, signer: modelseal_signing::Signer) {
//! let package = modelseal_package::VerifiedPackage { contents, signer }; // private fields
//! # }
//! ```
//!
//! The format, byte by byte, is described in `docs/format.md`.

mod archive;
mod build;
mod cosign;
mod error;
mod freshness;
mod id;
mod limits;
mod manifest;
mod package;

pub use archive::{
    ArchiveError, COSIGN, COSIGN_COUNT_MAX, MANIFEST_JSON, METRICS_JSON, MODEL_JSON, MODEL_SIG,
    PARAMETERS_SAFETENSORS,
};
pub use build::{Draft, pack};
pub use error::{PackageError, PackageErrorKind};
pub use freshness::{FreshnessError, Seen};
pub use id::{IdError, PackageId};
pub use limits::Limits;
pub use manifest::{DataSource, Details, FileEntry, Manifest};
pub use package::{Contents, UnverifiedPackage, VerifiedPackage};
