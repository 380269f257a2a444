//! Reading a keyring file, strictly: every unknown or repeated member is refused.

use jiff::Timestamp;

use super::{
    FORMAT, HmacKey, HmacScheme, KeyState, Keyring, KeyringError, REQUIRED_SEALS_MAX, Revocation,
    SecretSource, Terms, TrustedKey, VERSION_MAX,
};
use crate::error::excerpt;
use crate::json::{self, Members, Value};
use crate::{Limits, PublicKey};

impl Keyring {
    /// Reads a keyring file.
    ///
    /// # Errors
    /// [`KeyringError`] with the first fault.
    pub fn from_json(bytes: &[u8], limits: &Limits) -> Result<Self, KeyringError> {
        let bytes_max = limits.keyring_bytes_max;
        if bytes.len() > bytes_max {
            return Err(KeyringError::TooLarge { bytes: bytes.len(), bytes_max });
        }
        let mut file = json::parse("keyring", bytes, limits)?.object()?;
        let format = file.take("format")?.text()?;
        if format != FORMAT {
            return Err(KeyringError::Format { found: excerpt(&format) });
        }
        let version = read_number(&mut file, "version", 0, VERSION_MAX)?;
        let required_seals = read_number(&mut file, "required_seals", 1, REQUIRED_SEALS_MAX)?;
        let keys = file.take("keys")?.list()?;
        let hmac_keys = file.take_optional("hmac_keys").map_or(Ok(Vec::new()), Value::list)?;
        file.finish()?;
        let (count, count_max) = (keys.len() + hmac_keys.len(), limits.keyring_key_count_max);
        if count > count_max {
            return Err(KeyringError::TooManyKeys { count, count_max });
        }
        // At most 16, so it fits.
        let required_seals = required_seals as usize;
        let mut keyring = Self { version, required_seals, ..Self::default() };
        for key in keys {
            keyring.add_within(read_key(key.object()?)?, limits)?;
        }
        for key in hmac_keys {
            keyring.add_hmac_within(read_hmac_key(key.object()?)?, limits)?;
        }
        Ok(keyring)
    }
}

fn read_number(
    file: &mut Members,
    name: &'static str,
    min: u64,
    max: u64,
) -> Result<u64, KeyringError> {
    let found = file.take(name)?.natural()?;
    if (min..=max).contains(&found) {
        Ok(found)
    } else {
        Err(KeyringError::Number { at: name, min, max, found })
    }
}

fn read_key(mut entry: Members) -> Result<TrustedKey, KeyringError> {
    let name = entry.take("name")?.text()?;
    let pem = entry.take("public_key")?.text()?;
    let public_key = PublicKey::from_pem(&pem)
        .map_err(|source| KeyringError::Key { name: excerpt(&name), source })?;
    let terms = read_terms(&name, &mut entry)?;
    entry.finish()?;
    Ok(TrustedKey { name, public_key, terms })
}

fn read_hmac_key(mut entry: Members) -> Result<HmacKey, KeyringError> {
    let name = entry.take("name")?.text()?;
    let kind = entry.take("kind")?;
    let at = kind.at.clone();
    let kind = kind.text()?;
    if kind != "itsdangerous" {
        let (expected, found) = ("itsdangerous".to_owned(), excerpt(&kind));
        return Err(KeyringError::Word { at, expected, found });
    }
    let secret =
        match (optional_text(&mut entry, "key_file")?, optional_text(&mut entry, "key_env")?) {
            (Some(path), None) => SecretSource::File(path),
            (None, Some(variable)) => SecretSource::Environment(variable),
            _ => return Err(KeyringError::Secret { name: excerpt(&name) }),
        };
    let scheme = HmacScheme {
        salt: optional_text(&mut entry, "salt")?,
        digest: optional_text(&mut entry, "digest")?,
        derivation: optional_text(&mut entry, "derivation")?,
        separator: optional_text(&mut entry, "separator")?,
    };
    let terms = read_terms(&name, &mut entry)?;
    entry.finish()?;
    Ok(HmacKey { name, secret, scheme, terms })
}

fn read_terms(name: &str, entry: &mut Members) -> Result<Terms, KeyringError> {
    let state = entry.take("state")?;
    let at = state.at.clone();
    let state = state.text()?;
    let revoked = entry.take_optional("revoked").map(read_revocation).transpose()?;
    let state = match (state.as_str(), revoked) {
        ("next", None) => KeyState::Next,
        ("active", None) => KeyState::Active,
        ("verify-only", None) => KeyState::VerifyOnly,
        ("revoked", Some(revocation)) => KeyState::Revoked(revocation),
        ("next" | "active" | "verify-only" | "revoked", _) => {
            return Err(KeyringError::Revocation { name: excerpt(name) });
        }
        (found, _) => {
            let expected = "next, active, verify-only, revoked".to_owned();
            return Err(KeyringError::Word { at, expected, found: excerpt(found) });
        }
    };
    Ok(Terms {
        state,
        owner: optional_text(entry, "owner")?,
        not_before: entry.take_optional("not_before").map(read_time).transpose()?,
        not_after: entry.take_optional("not_after").map(read_time).transpose()?,
        comment: optional_text(entry, "comment")?,
    })
}

fn read_revocation(value: Value) -> Result<Revocation, KeyringError> {
    let mut revoked = value.object()?;
    let at = read_time(revoked.take("at")?)?;
    let reason = revoked.take("reason")?.text()?;
    let after = revoked.take_optional("after").map(read_time).transpose()?;
    revoked.finish()?;
    Ok(Revocation { at, reason, after })
}

fn optional_text(entry: &mut Members, name: &str) -> Result<Option<String>, KeyringError> {
    Ok(entry.take_optional(name).map(Value::text).transpose()?)
}

fn read_time(value: Value) -> Result<Timestamp, KeyringError> {
    let at = value.at.clone();
    let text = value.text()?;
    text.parse().map_err(|_| KeyringError::Time { at, found: excerpt(&text) })
}
