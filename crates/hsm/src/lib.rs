//! Keys that never leave their device: ECDSA keys in a hardware security module (HSM), a smart card
//! or a token, used through PKCS#11 (OASIS PKCS #11 version 2.40).
//!
//! ```no_run
//! use modelseal_hsm::{Pkcs11Uri, TokenKey};
//! use modelseal_signing::{Statement, seal};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let statement: Statement = todo!();
//! let uri: Pkcs11Uri =
//!     "pkcs11:token=models;object=signer?module-path=/usr/lib/softhsm/libsofthsm2.so".parse()?;
//! let key = TokenKey::open(&uri, Some("1234"))?;
//! let bundle = seal(&statement, &key)?;
//! # Ok(())
//! # }
//! ```
//!
//! The token computes ECDSA over a digest (`CKM_ECDSA`): the message is hashed here, with the hash
//! of the key's curve. What comes back is checked against the public key before a seal is made of
//! it.
//!
//! A module is a shared library: opening one runs its code in this process. Which one is loaded is
//! decided by whoever writes the URI, and by nothing else. Servers do not need this crate, and do
//! not have it.

mod error;
mod key;
mod uri;

pub use error::HsmError;
pub use key::TokenKey;
pub use uri::{PinSource, Pkcs11Uri, UriError};
