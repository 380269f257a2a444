//! PEM text (RFC 7468) in front of the keys: finds the one block that matters and says what a wrong
//! one is.

use p256::pkcs8::der::SecretDocument;

use crate::error::excerpt;

/// A key that cannot be used. Messages never hold key material.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No complete PEM block.
    #[error("expected a PEM block (-----BEGIN ...), found none that is complete")]
    NoPem,
    /// A block, but of another kind.
    #[error("expected {expected}, found {found}")]
    WrongKind {
        /// The kind of key that is accepted here.
        expected: &'static str,
        /// What the block holds.
        found: String,
    },
    /// The right kind of block with contents that are no key.
    #[error("expected {expected}, found a block whose contents are damaged")]
    Damaged {
        /// The kind of key that is accepted here.
        expected: &'static str,
    },
    /// A key under a passphrase, where none was given.
    #[error("the private key is encrypted (ENCRYPTED PRIVATE KEY) and needs its passphrase")]
    Encrypted,
    /// The wrong passphrase, or an empty one for a new key.
    #[error("the passphrase does not open the private key, or is empty")]
    Passphrase,
    /// Another way of encrypting than PBES2 with AES.
    #[error(
        "expected a private key encrypted with PBES2 (AES, and scrypt or PBKDF2 with SHA-2), found another way of encrypting"
    )]
    Encryption,
    /// A key derivation that would take too much memory or time.
    #[error("the file asks for {asked} to open the private key, which is more than is allowed")]
    TooCostly {
        /// What the file asks for.
        asked: String,
    },
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes for a new key: {0}")]
    NoRandomness(String),
    /// A device that holds a key failed or gave something else than a signature.
    #[error("the device that holds the key: {0}")]
    Device(String),
    /// A signature that its own public key refuses.
    #[error(
        "the new signature does not fit the public key: the key, its device or this computer is faulty"
    )]
    BadSignature,
    /// A correct key that could not be written as DER, or could not sign: a defect of a library.
    #[error("the cryptography library could not {0}")]
    Library(&'static str),
}

impl KeyError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoPem | Self::Damaged { .. } => {
                "check that the file is complete and is the PEM file of a key"
            }
            Self::WrongKind { .. } => {
                "use an ECDSA key on the curve P-256, P-384 or P-521; make one with \
                 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256'"
            }
            Self::Encrypted => "give the passphrase by prompt, file or environment",
            Self::Passphrase => {
                "check the passphrase, its keyboard layout, and that it is of this key"
            }
            Self::Encryption | Self::TooCostly { .. } => {
                "encrypt the key again, for instance with 'openssl pkcs8 -topk8 -v2 aes-256-cbc -scrypt'"
            }
            Self::NoRandomness(_) => "try again when the system has finished starting",
            Self::BadSignature => {
                "try again; if it happens twice, do not trust this key or this computer"
            }
            Self::Device(_) => "check that the device is connected, unlocked and holds this key",
            Self::Library(_) => "report this as a defect, with the kind of key",
        }
    }
}

/// The first block of `text` that is not `EC PARAMETERS` (which `openssl ecparam -genkey` writes
/// before the key): its label and its DER contents, wiped when dropped. Text before and after is
/// ignored.
pub(crate) fn first_block<'a>(
    text: &'a str,
    expected: &'static str,
) -> Result<(&'a str, SecretDocument), KeyError> {
    const BEGIN: &str = "-----BEGIN ";
    let mut rest = text;
    loop {
        let start = rest.find(BEGIN).ok_or(KeyError::NoPem)?;
        let block = &rest[start..];
        let (label, _) = block[BEGIN.len()..].split_once("-----").ok_or(KeyError::NoPem)?;
        let end_line = format!("-----END {label}-----");
        let end = block.find(&end_line).ok_or(KeyError::NoPem)? + end_line.len();
        if label == "EC PARAMETERS" {
            rest = &block[end..];
            continue;
        }
        if block[..end].contains("Proc-Type: 4,ENCRYPTED") {
            return Err(KeyError::WrongKind {
                expected,
                found: format!("an encrypted {}", excerpt(label)),
            });
        }
        return match SecretDocument::from_pem(&block[..end]) {
            Ok((_, contents)) => Ok((label, contents)),
            // OpenSSH wraps at 70 characters, which the strict decoder refuses: the label still
            // tells.
            Err(_) if kind_of_label(label).is_some() => Err(wrong_kind(label, &[], expected)),
            Err(_) => Err(KeyError::Damaged { expected }),
        };
    }
}

/// The error for a block that is no usable key.
pub(crate) fn wrong_kind(label: &str, contents: &[u8], expected: &'static str) -> KeyError {
    let found = match (kind_of_label(label), algorithm(contents)) {
        (Some(kind), _) => kind.to_owned(),
        (None, Some(name)) if SUPPORTED.contains(&name) && expected.contains(label) => {
            return KeyError::Damaged { expected };
        }
        (None, Some(algorithm)) => format!("{algorithm} ({})", excerpt(label)),
        (None, None) if expected.contains(label) => return KeyError::Damaged { expected },
        (None, None) => format!("a PEM block labelled {:?}", excerpt(label)),
    };
    KeyError::WrongKind { expected, found }
}

fn kind_of_label(label: &str) -> Option<&'static str> {
    Some(match label {
        "ENCRYPTED PRIVATE KEY" => "an encrypted private key",
        "RSA PRIVATE KEY" | "RSA PUBLIC KEY" => "an RSA key",
        "DSA PRIVATE KEY" => "a DSA key",
        "OPENSSH PRIVATE KEY" => "a private key in the format of OpenSSH",
        "CERTIFICATE" => "a certificate",
        "CERTIFICATE REQUEST" => "a certificate request",
        _ => return None,
    })
}

const SUPPORTED: [&str; 3] = [
    "an ECDSA key on the curve P-256",
    "an ECDSA key on the curve P-384",
    "an ECDSA key on the curve P-521",
];

/// Finds the DER of a known object identifier near the start. For messages only: nothing is decided
/// by it.
fn algorithm(contents: &[u8]) -> Option<&'static str> {
    // Curves before the bare algorithms: a key on a curve names both.
    const KNOWN: [(&[u8], &str); 10] = [
        (b"\x06\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07", SUPPORTED[0]),
        (b"\x06\x05\x2B\x81\x04\x00\x22", SUPPORTED[1]),
        (b"\x06\x05\x2B\x81\x04\x00\x23", SUPPORTED[2]),
        (b"\x06\x05\x2B\x81\x04\x00\x0A", "an ECDSA key on the curve secp256k1"),
        (
            b"\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01",
            "an elliptic curve key on a curve that is not known here",
        ),
        (b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01", "an RSA key"),
        (b"\x06\x03\x2B\x65\x70", "an Ed25519 key"),
        (b"\x06\x03\x2B\x65\x71", "an Ed448 key"),
        (b"\x06\x03\x2B\x65\x6E", "an X25519 key"),
        (b"\x06\x07\x2A\x86\x48\xCE\x38\x04\x01", "a DSA key"),
    ];
    let found =
        KNOWN.iter().find(|(oid, _)| contents.windows(oid.len()).any(|window| window == *oid));
    found.map(|(_, name)| *name)
}
