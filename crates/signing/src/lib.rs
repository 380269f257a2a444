//! Seals: who vouches for which bytes.
//!
//! Bytes and keys go in; a [`Verified`] value or the reason for a refusal comes out. The crate
//! knows no files, no clock and no environment: callers pass bytes and a [`jiff::Timestamp`].
//!
//! A seal is an OpenSSF Model Signing v1.0 signature, three layers deep:
//!
//! ```text
//! sigstore bundle v0.3 (JSON)                              `seal::bundle`, `seal::envelope`
//!   └─ DSSE envelope: base64 payload and signatures        `seal::bundle`, `seal::envelope`
//!        └─ in-toto Statement v1: names and digests        `seal::statement`
//! ```
//!
//! Only the payload bytes are signed. They are checked exactly as they arrive and parsed
//! afterwards: nothing that an attacker wrote into a statement is looked at before its signature
//! holds. The order of all checks is in [`verify`].
//!
//! ```
//! use modelseal_signing::{Digest, Keyring, Limits, PrivateKey, Statement, TrustedKey, seal, verify};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = PrivateKey::generate()?;
//! let statement = Statement::builder("iris").resource("model.json", Digest::of(b"{}")).build()?;
//! let bundle = seal(&statement, &key)?;
//!
//! let mut keyring = Keyring::new();
//! keyring.add(TrustedKey::new("alice", key.public_key()))?;
//! let verified = verify(&bundle, &keyring, jiff::Timestamp::now(), &Limits::default())?;
//! assert_eq!(verified.signer().name, "alice");
//! assert_eq!(verified.get(), &statement);
//! # Ok(())
//! # }
//! ```
//!
//! A verified value cannot be made by hand, so a function that asks for one cannot be given
//! anything else:
//!
//! ```compile_fail,E0451
//! use modelseal_signing::{Statement, Verified};
//!
//! fn forge(value: Statement) -> Verified<Statement> {
//!     Verified { value, signer: todo!(), cosigners: Vec::new(), remarks: Vec::new() }
//! }
//! ```
//!
//! Formats of releases before 1.0 are refused unless [`OldFormats`] lets them in. Deliberately absent: reading files, and sigstore's certificates for minutes with their
//! transparency logs.

mod blake3_tree;
mod certificate;
mod digest;
mod error;
pub mod itsdangerous;
mod json;
mod key;
mod keyring;
mod limits;
mod name;
mod seal;

pub use blake3_tree::{Blake3Subtree, Blake3SubtreeValue};
pub use certificate::{Certificate, CertificateError, CertificateTrust, Identity, UsageProblem};
pub use digest::{Digest, DigestStream, FileDigest, FileHasher, HashType, HexError};
pub use error::{SealError, SealErrorKind};
pub use json::JsonFault;
pub use key::{Curve, Fingerprint, KeyError, Passphrase, PrivateKey, PublicKey, SigningKey};
pub use keyring::{
    HmacKey, HmacScheme, KeyState, Keyring, KeyringError, LastActive, Revocation,
    SealedKeyringError, SecretSource, Terms, TermsError, TrustedKey,
};
pub use limits::{Limits, OldFormats};
pub use name::NameProblem;
pub use seal::builder::StatementBuilder;
pub use seal::bundle::{UnverifiedSeal, peek, seal, seal_with_certificate};
pub use seal::serialization::{Dialect, Method, Serialization, ShardProblem};
pub use seal::statement::{Resource, Statement};
pub use seal::verify::{
    Remark, Signer, Verified, verify, verify_all, verify_canonical, verify_with_certificates,
};
