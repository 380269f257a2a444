//! ECDSA keys on the curves P-256, P-384 and P-521 (FIPS 186-5): read, written, signing, checking.

mod curve;
mod passphrase;
mod pem;
mod private;
mod public;

pub use curve::Curve;
pub use passphrase::Passphrase;
pub use pem::KeyError;
pub use private::{PrivateKey, SigningKey};
pub(crate) use public::SignatureCheck;
pub use public::{Fingerprint, PublicKey};
