//! Seals of any model, not only of packages: a file or a folder, of any size, on disk.
//!
//! ```text
//! path ─open─▶ Model ─describe─▶ Statement ─seal─▶ bundle                         to sign
//! path ─open─▶ Model ─compare(Verified<Statement>)─▶ every difference, coverage   to verify
//! path ─open─▶ VerifiedModel ─read(name)─▶ verified bytes                         to use
//! ```
//!
//! Cryptography is the signing crate's; this crate finds the files, hashes them, and says what is
//! and what is not as it was signed. It knows no keys, no clock and no environment.
//!
//! What it relies on, and holds to:
//!
//! - A model is reached through a handle of its folder, component by component, following no link
//!   unless that was asked for. What was listed and what is hashed lie below that folder.
//! - Every file is opened once, and must then be a regular file. A file whose size or date changes
//!   while it is read is an error, not a digest.
//! - Memory does not grow with the size of files: each thread owns a buffer.
//! - Results do not depend on the number of threads.
//! - What a signature does not cover is reported every time, see [`Coverage`].
//!
//! ```
//! use std::num::NonZeroUsize;
//!
//! use modelseal_files::{Comparing, Description, Hashing, Limits, Links, Model, compare, describe};
//! use modelseal_signing::{Keyring, PrivateKey, TrustedKey, seal, verify};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # std::fs::write(folder.path().join("weights.bin"), b"1234")?;
//! let hashing = Hashing { threads: NonZeroUsize::MIN, progress: &|_bytes| () };
//! let limits = Limits::default();
//! let model = Model::open(folder.path(), Links::Refuse)?;
//! let described = describe(&model, &Description::default(), hashing, &limits)?;
//! let key = PrivateKey::generate()?;
//! let bundle = seal(&described.statement, &key)?;
//!
//! let mut keyring = Keyring::new();
//! keyring.add(TrustedKey::new("alice", key.public_key()))?;
//! let now = jiff::Timestamp::now();
//! let verified = verify(&bundle, &keyring, now, &modelseal_signing::Limits::default())?;
//! let comparison = compare(&model, &verified, &Comparing::default(), hashing, &limits)?;
//! assert!(comparison.differences.is_empty() && comparison.coverage.is_full());
//! # Ok(())
//! # }
//! ```
//!
//! Deliberately absent: following links out of the model, globs, a cache of digests, Windows.

mod compare;
mod coverage;
mod error;
mod hash;
mod ignore;
mod limits;
mod model;
mod statement;
mod verified;
mod walk;

pub use compare::{Comparing, Comparison, Difference, compare};
pub use coverage::Coverage;
pub use error::FilesError;
pub use hash::Hashing;
pub use ignore::{GIT_PATHS, Ignore};
pub use limits::Limits;
pub use model::{Irregular, Links, Model};
pub use statement::{Described, Description, describe};
pub use verified::{ReadError, VerifiedModel};
pub use walk::IgnoredPath;
