//! The shared secrets that a keyring names: which one signs, and which of them verify.
//!
//! The keyring says where a secret lies, how a signature is made with it, and under which terms it
//! counts; nothing of it is taken from the file that is verified.

use std::path::Path;

use modelseal_signing::itsdangerous::{Separator, Settings, Signer};
use modelseal_signing::{HmacKey, KeyState, Keyring, SecretSource};

use crate::failure::Failure;
use crate::files;
use crate::itsdangerous_options::{keys_of_file, keys_of_variable};

/// What of a keyring `--method itsdangerous` uses.
pub(crate) struct SharedKeys<'a> {
    /// Newest first, never empty.
    keys: Vec<&'a HmacKey>,
    keyring: &'a Path,
}

impl<'a> SharedKeys<'a> {
    /// The shared secrets of a keyring that lies at `path`, or only the one called `name`.
    pub(crate) fn of(
        keyring: &'a Keyring,
        path: &'a Path,
        name: Option<&str>,
    ) -> Result<Self, Failure> {
        let all = keyring.hmac_keys().iter().rev();
        let keys: Vec<_> = all.filter(|key| name.is_none_or(|name| key.name == name)).collect();
        if !keys.is_empty() {
            return Ok(Self { keys, keyring: path });
        }
        let names: Vec<_> = keyring.hmac_keys().iter().map(|key| key.name.as_str()).collect();
        let what = match name {
            Some(name) => format!("{} names no shared secret {name:?}", path.display()),
            None => format!("{} names no shared secret", path.display()),
        };
        Err(Failure::usage(what).with_hint(match names.as_slice() {
            [] => {
                "add one with `modelseal keys import NAME --key-file FILE` or --key-env".to_owned()
            }
            names => format!("it names {}", names.join(", ")),
        }))
    }

    /// Newest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'a HmacKey> {
        self.keys.iter().copied()
    }

    /// Signs and verifies as `key` says.
    pub(crate) fn signer(&self, key: &HmacKey) -> Result<Signer, Failure> {
        let settings = settings(key)?;
        let keys = match &key.secret {
            SecretSource::File(path) => keys_of_file(&files::folder_of(self.keyring).join(path)),
            SecretSource::Environment(name) => keys_of_variable(name),
        };
        let keys = keys.map_err(|failure| failure.about(format!("the secret {:?}", key.name)))?;
        Ok(Signer::new(&keys, settings))
    }

    /// The newest one that signs now.
    pub(crate) fn signing(&self) -> Result<&'a HmacKey, Failure> {
        let refusal = |key: &HmacKey| match &key.terms.state {
            KeyState::Active => {
                key.terms.check(crate::clock::now()).err().map(|error| error.to_string())
            }
            state => Some(format!("is {}, not active", state.word())),
        };
        if let Some(key) = self.iter().find(|key| refusal(key).is_none()) {
            return Ok(key);
        }
        let why = |key: &HmacKey| format!("{:?} {}", key.name, refusal(key).unwrap_or_default());
        Err(Failure::usage("no shared secret of the keyring signs now")
            .with_details(self.iter().map(why))
            .with_hint("name an active one with --key, or add one with `modelseal keys import`"))
    }
}

/// What the reference leaves out has its default.
fn settings(key: &HmacKey) -> Result<Settings, Failure> {
    let (scheme, default) = (&key.scheme, Settings::default());
    let about = |error: String| Failure::new(format!("the secret {:?}: {error}", key.name));
    Ok(Settings {
        salt: scheme.salt.clone().map_or(default.salt, String::into_bytes),
        separator: match &scheme.separator {
            Some(text) => text.parse::<Separator>().map_err(|error| about(error.to_string()))?,
            None => default.separator,
        },
        derivation: match &scheme.derivation {
            Some(word) => word.parse().map_err(about)?,
            None => default.derivation,
        },
        hash: match &scheme.digest {
            Some(word) => word.parse().map_err(about)?,
            None => default.hash,
        },
    })
}
