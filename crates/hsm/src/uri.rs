//! Which key: PKCS #11 URIs (RFC 7512).

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use zeroize::Zeroizing;

/// Bytes of a URI. Stops a mistaken file's contents from being searched for attributes.
const BYTES_MAX: usize = 4096;

/// A URI that names one private key. Text is UTF-8; what is left out fits everything.
///
/// Stricter than the RFC where that protects: an attribute that is not known here is refused, since
/// ignoring it would choose among more keys than was meant, and so is `pin-source=|command`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Pkcs11Uri {
    pub(crate) token: Option<String>,
    pub(crate) manufacturer: Option<String>,
    pub(crate) serial: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) slot_id: Option<u64>,
    pub(crate) object: Option<String>,
    pub(crate) id: Option<Vec<u8>>,
    pub(crate) module_path: Option<PathBuf>,
    pub(crate) module_name: Option<String>,
    pin: Option<PinSource>,
}

/// Where the PIN is.
#[derive(Clone, PartialEq, Eq)]
pub enum PinSource {
    /// In a file: its first line.
    File(PathBuf),
    /// In the URI: everybody who can list processes sees it.
    Value(Zeroizing<String>),
}

impl Pkcs11Uri {
    /// Where the URI says that the PIN is.
    pub fn pin(&self) -> Option<&PinSource> {
        self.pin.as_ref()
    }

    fn set(&mut self, name: &str, value: Vec<u8>) -> Result<(), UriError> {
        let name_of = || name.to_owned();
        if value.is_empty() && name != "id" {
            return Err(UriError::Empty { name: name_of() });
        }
        let text = |value: Vec<u8>| {
            let text = String::from_utf8(value).map_err(|_| UriError::Text { name: name_of() })?;
            // A file name or a label ends at a NUL for some, and goes on for others.
            if text.contains('\0') { Err(UriError::Text { name: name_of() }) } else { Ok(text) }
        };
        let fresh = match name {
            "token" => self.token.replace(text(value)?).is_none(),
            "manufacturer" => self.manufacturer.replace(text(value)?).is_none(),
            "serial" => self.serial.replace(text(value)?).is_none(),
            "model" => self.model.replace(text(value)?).is_none(),
            "slot-id" => {
                let number = text(value)?.parse().map_err(|_| UriError::SlotId)?;
                self.slot_id.replace(number).is_none()
            }
            "object" => self.object.replace(text(value)?).is_none(),
            "id" => self.id.replace(value).is_none(),
            "type" if value == b"private" => true,
            "type" => return Err(UriError::Type),
            "module-path" => {
                let path = PathBuf::from(text(value)?);
                if !path.is_absolute() {
                    return Err(UriError::ModulePath);
                }
                self.module_path.replace(path).is_none()
            }
            "module-name" => {
                let module = text(value)?;
                if module.contains('/') || module.starts_with('.') {
                    return Err(UriError::ModuleName);
                }
                self.module_name.replace(module).is_none()
            }
            "pin-source" => self.pin.replace(pin_source(&text(value)?)?).is_none(),
            "pin-value" => {
                let pin = PinSource::Value(Zeroizing::new(text(value)?));
                self.pin.replace(pin).is_none()
            }
            _ => return Err(UriError::Unknown { name: crate::uri::excerpt(name) }),
        };
        if fresh { Ok(()) } else { Err(UriError::Twice { name: name_of() }) }
    }
}

/// `file:/path`, `file:///path` or an absolute path.
fn pin_source(text: &str) -> Result<PinSource, UriError> {
    let path = match text.strip_prefix("file:") {
        Some(rest) => rest.strip_prefix("//").unwrap_or(rest),
        None => text,
    };
    if path.starts_with('/') { Ok(PinSource::File(path.into())) } else { Err(UriError::PinSource) }
}

impl FromStr for Pkcs11Uri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        if text.len() > BYTES_MAX {
            return Err(UriError::TooLong { bytes: text.len() });
        }
        let rest = text.strip_prefix("pkcs11:").ok_or(UriError::Scheme)?;
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        let mut uri = Self::default();
        for (part, separator, is_query) in [(Some(path), ';', false), (query, '&', true)] {
            let attributes = part.into_iter().flat_map(|part| part.split(separator));
            for attribute in attributes.filter(|attribute| !attribute.is_empty()) {
                let (name, value) = attribute
                    .split_once('=')
                    .ok_or_else(|| UriError::NoValue { name: excerpt(attribute) })?;
                // `pin-value` among the path's attributes would be shown where the RFC says that
                // it is not.
                if is_query
                    != ["module-path", "module-name", "pin-source", "pin-value"].contains(&name)
                {
                    return Err(UriError::Unknown { name: excerpt(name) });
                }
                uri.set(name, decode(name, value, is_query)?)?;
            }
        }
        Ok(uri)
    }
}

impl fmt::Debug for Pkcs11Uri {
    /// Which key, and never the PIN.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs11Uri")
            .field("token", &self.token)
            .field("serial", &self.serial)
            .field("slot_id", &self.slot_id)
            .field("object", &self.object)
            .field("id", &self.id)
            .field("module_path", &self.module_path)
            .field("module_name", &self.module_name)
            .finish_non_exhaustive()
    }
}

/// Percent-decodes a value of the characters that RFC 7512 section 2.3 allows.
fn decode(name: &str, value: &str, is_query: bool) -> Result<Vec<u8>, UriError> {
    let refused = || UriError::Characters { name: name.to_owned() };
    let digit = |byte: u8| (byte as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        let common = byte.is_ascii_alphanumeric() || b"-._~:[]@!$'()*+,=".contains(&byte);
        let other: &[u8] = if is_query { b"/?|" } else { b"&" };
        bytes.push(match byte {
            b'%' => {
                let high = rest.next().and_then(digit).ok_or_else(refused)?;
                let low = rest.next().and_then(digit).ok_or_else(refused)?;
                high << 4 | low
            }
            byte if common || other.contains(&byte) => byte,
            _ => return Err(refused()),
        });
    }
    Ok(bytes)
}

/// The beginning of text from a URI, without what could be a secret behind it.
fn excerpt(text: &str) -> String {
    text.split('=').next().unwrap_or_default().chars().take(40).collect()
}

/// A URI that is none, or that this version does not understand. No message holds a value: one of
/// them could be a PIN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UriError {
    /// Another scheme.
    #[error("expected a URI that begins with \"pkcs11:\"")]
    Scheme,
    /// Too long to be one.
    #[error("the URI has {bytes} bytes; at most {BYTES_MAX} are allowed")]
    TooLong {
        /// Its bytes.
        bytes: usize,
    },
    /// A name without a value.
    #[error("{name:?}: expected NAME=VALUE")]
    NoValue {
        /// The beginning of the attribute.
        name: String,
    },
    /// A value of no characters.
    #[error("{name} is empty")]
    Empty {
        /// The attribute.
        name: String,
    },
    /// An attribute that is not known here, or in the wrong part of the URI.
    #[error(
        "{name:?} is not known here; before '?' stand token, manufacturer, serial, model, slot-id, object, id, type, \
         behind it module-path, module-name, pin-source, pin-value, joined by '&'"
    )]
    Unknown {
        /// The attribute.
        name: String,
    },
    /// An attribute twice: readers would disagree which one counts.
    #[error("{name} is given twice (a PIN has one source)")]
    Twice {
        /// The attribute.
        name: String,
    },
    /// A character that must be percent-encoded.
    #[error("{name} has a character that must be written as %XX")]
    Characters {
        /// The attribute.
        name: String,
    },
    /// Not text.
    #[error("{name} is no UTF-8 text, or holds a NUL")]
    Text {
        /// The attribute.
        name: String,
    },
    /// Not a number.
    #[error("slot-id is no number")]
    SlotId,
    /// Another kind of object.
    #[error("expected type=private: a private key signs")]
    Type,
    /// A relative path: what is loaded would depend on the folder.
    #[error("module-path is no absolute path")]
    ModulePath,
    /// A path in the place of a name.
    #[error("module-name is no plain name; module-path takes a path")]
    ModuleName,
    /// A command, a relative path, or something else.
    #[error("pin-source takes an absolute path or file:/path; commands are not run")]
    PinSource,
}
