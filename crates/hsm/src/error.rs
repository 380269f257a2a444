//! Why a key in a token cannot be used.

use std::path::PathBuf;

use modelseal_signing::KeyError;

/// Why a key in a token cannot be used. Messages never hold a PIN.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HsmError {
    /// The URI names no module.
    #[error("the URI names no PKCS#11 module")]
    NoModule,
    /// No file of that name where modules are kept.
    #[error("there is no PKCS#11 module {name:?} in {}", folders.join(", "))]
    ModuleNotFound {
        /// As the URI has it.
        name: String,
        /// Where it was looked for.
        folders: Vec<&'static str>,
    },
    /// The library cannot be loaded, or does not start.
    #[error("the PKCS#11 module {} cannot be loaded: {reason}", path.display())]
    Module {
        /// Its file.
        path: PathBuf,
        /// In the words of the system or of the module.
        reason: String,
    },
    /// Not exactly one token fits.
    #[error("expected one token that fits the URI, found {found}; tokens: {}", list(tokens))]
    Token {
        /// How many fit.
        found: usize,
        /// What there is.
        tokens: Vec<String>,
    },
    /// The token wants a PIN.
    #[error("the token {token:?} needs a PIN")]
    PinMissing {
        /// Its label.
        token: String,
    },
    /// The token refused the PIN.
    #[error("the token {token:?} refuses the PIN: {reason}")]
    Pin {
        /// Its label.
        token: String,
        /// In the words of the token.
        reason: String,
    },
    /// Not exactly one key fits.
    #[error("expected one elliptic curve private key that fits the URI, found {found}")]
    Key {
        /// How many fit.
        found: usize,
    },
    /// Another curve.
    #[error("expected a key on the curve P-256, P-384 or P-521, found the curve {found}")]
    Curve {
        /// The object identifier's DER in hexadecimal digits.
        found: String,
    },
    /// The public half is not in the token, so that nobody could check a signature.
    #[error("the token holds no public key beside the private one")]
    NoPublicKey,
    /// The public half is none.
    #[error("the public key in the token: {0}")]
    PublicKey(#[source] KeyError),
    /// The token failed.
    #[error("the token cannot {action}: {reason}")]
    Device {
        /// What was asked of it.
        action: &'static str,
        /// In the words of the token.
        reason: String,
    },
}

impl HsmError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoModule | Self::ModuleNotFound { .. } | Self::Module { .. } => {
                "name the module's file: '...?module-path=/usr/lib/softhsm/libsofthsm2.so'"
            }
            Self::Token { .. } => "name one with token=, serial= or slot-id=",
            Self::PinMissing { .. } => "give it when asked, or in a file: 'pin-source=file:/path'",
            Self::Pin { .. } => "check the PIN; tokens lock themselves after a few wrong ones",
            Self::Key { .. } => {
                "name one with object= or id=; 'pkcs11-tool --list-objects' shows them"
            }
            Self::Curve { .. } | Self::PublicKey(_) => {
                "make one with 'pkcs11-tool --keypairgen --key-type EC:prime256v1'"
            }
            Self::NoPublicKey => {
                "write the public key into the token, with the same id as the private one"
            }
            Self::Device { .. } => "check that the token is connected and not locked",
        }
    }
}

fn list(tokens: &[String]) -> String {
    if tokens.is_empty() { "none".to_owned() } else { tokens.join(", ") }
}
