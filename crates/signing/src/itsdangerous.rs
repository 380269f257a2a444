//! The signatures of Python's itsdangerous 2.x, byte for byte: `Signer` and `TimestampSigner`.
//!
//! ```text
//! signed = value ‖ separator ‖ base64url(HMAC(derived key, value))
//! with a time: value ‖ separator ‖ base64url(seconds) is signed in place of value
//! ```
//!
//! For reading what others have signed, and for leaving it: the key is symmetric, so whoever can
//! verify can also sign, and the text says neither which key nor which algorithm it was made with.
//! All parameters come from the caller, never from the text that is checked.
//!
//! ```
//! use modelseal_signing::itsdangerous::{Reading, SecretKeys, Settings, Signer};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let keys = SecretKeys::new([b"secret-key".to_vec()])?;
//! let signer = Signer::new(&keys, Settings::default());
//! let signed = signer.sign(b"my string", None);
//! assert_eq!(signed, b"my string.wh6tMHxLgJqB6oY1uT73iMlyrOA");
//! let (value, _) = signer.unsign(&signed, &Reading::default())?;
//! assert_eq!(value, b"my string");
//! # Ok(())
//! # }
//! ```

mod error;
mod mac;
mod settings;
mod text;
mod unsign;

use std::io::{self, Read, Write};

use zeroize::Zeroizing;

pub use error::UnsignError;
pub use mac::Hash;
pub use settings::{
    KeyDerivation, SecretKeys, SecretKeysError, Separator, SeparatorError, Settings,
};
pub use unsign::{Reading, Strictness, TAIL_BYTES_MAX, TimeCheck, Unsigned};

/// Bytes that are read at once.
const CHUNK_BYTES: usize = 64 << 10;

/// Signs and verifies with one set of keys and parameters.
///
/// It has no `Debug`: it holds keys. They are wiped from memory when it is dropped.
pub struct Signer {
    settings: Settings,
    /// Derived keys, oldest first, never empty.
    keys: Vec<Zeroizing<Vec<u8>>>,
}

impl Signer {
    /// Derives the keys.
    pub fn new(keys: &SecretKeys, settings: Settings) -> Self {
        let keys = keys.oldest_first().iter().map(|key| settings.derive(key)).collect();
        Self { settings, keys }
    }

    /// Signs `value` with the newest key; with `seconds` since 1970 as `TimestampSigner` does.
    pub fn sign(&self, value: &[u8], seconds: Option<u64>) -> Vec<u8> {
        let mut signed = value.to_vec();
        signed.extend(self.ending(seconds, |mac| mac.update(value)));
        signed
    }

    /// Signs what `source` gives while it is copied into `sink`, in constant memory.
    ///
    /// # Errors
    /// Those of `source` and `sink`.
    pub fn sign_stream(
        &self,
        source: &mut dyn Read,
        sink: &mut dyn Write,
        seconds: Option<u64>,
    ) -> io::Result<()> {
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut copied = Ok(());
        let ending = self.ending(seconds, |mac| {
            copied = loop {
                match source.read(&mut chunk) {
                    Ok(0) => break Ok(()),
                    Ok(count) => {
                        mac.update(&chunk[..count]);
                        if let Err(error) = sink.write_all(&chunk[..count]) {
                            break Err(error);
                        }
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => break Err(error),
                }
            };
        });
        copied?;
        sink.write_all(&ending)
    }

    /// What stands behind the value, which `feed` gives to the MAC.
    fn ending(&self, seconds: Option<u64>, feed: impl FnOnce(&mut dyn mac::Mac)) -> Vec<u8> {
        let separator = self.settings.separator.as_bytes();
        let newest = self.keys.last().map_or(&[][..], |key| key);
        let mut mac = self.settings.hash.mac(newest);
        feed(&mut *mac);
        let mut ending = Vec::new();
        if let Some(seconds) = seconds {
            ending.extend_from_slice(separator);
            ending.extend_from_slice(text::encode_seconds(seconds).as_bytes());
            mac.update(&ending);
        }
        ending.extend_from_slice(separator);
        ending.extend_from_slice(text::encode(&mac.finish()).as_bytes());
        ending
    }
}
