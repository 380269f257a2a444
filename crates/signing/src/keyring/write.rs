//! Writing a keyring file: indented, members in fixed order. Equal keyrings give equal text.

use std::fmt::Write as _;

use super::{FORMAT, HmacKey, KeyState, Keyring, Revocation, SecretSource, Terms, TrustedKey};
use crate::json::quote;

impl Keyring {
    /// The file's text, with a line feed at the end.
    pub fn to_json(&self) -> String {
        let keys = list(self.keys.iter().map(write_key).collect());
        let hmac_keys = match self.hmac_keys.as_slice() {
            [] => String::new(),
            keys => format!(",\n  \"hmac_keys\": {}", list(keys.iter().map(write_hmac).collect())),
        };
        format!(
            "{{\n  \"format\": {},\n  \"version\": {},\n  \"required_seals\": {},\n  \"keys\": {keys}{hmac_keys}\n}}\n",
            quote(FORMAT),
            self.version,
            self.required_seals,
        )
    }
}

fn list(entries: Vec<String>) -> String {
    match entries.as_slice() {
        [] => "[]".to_owned(),
        entries => format!("[\n{}\n  ]", entries.join(",\n")),
    }
}

/// The members of one object, in the order of the calls.
struct Object(String);

impl Object {
    fn new(name: &str) -> Self {
        Self(format!("    {{\n      \"name\": {}", quote(name)))
    }

    fn raw(&mut self, name: &str, value: &str) {
        // Writing to a String cannot fail.
        let _ = write!(self.0, ",\n      \"{name}\": {value}");
    }

    fn text(&mut self, name: &str, value: &str) {
        self.raw(name, &quote(value));
    }

    fn optional(&mut self, name: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.text(name, &value.to_string());
        }
    }

    fn terms(&mut self, terms: &Terms) {
        self.text("state", terms.state.word());
        self.optional("owner", terms.owner.as_ref());
        self.optional("not_before", terms.not_before);
        self.optional("not_after", terms.not_after);
        if let KeyState::Revoked(Revocation { at, reason, after }) = &terms.state {
            let after = after.map_or_else(String::new, |after| {
                format!(",\n        \"after\": {}", quote(&after.to_string()))
            });
            let (at, reason) = (quote(&at.to_string()), quote(reason));
            let members = format!("\n        \"at\": {at},\n        \"reason\": {reason}{after}");
            self.raw("revoked", &format!("{{{members}\n      }}"));
        }
        self.optional("comment", terms.comment.as_ref());
    }

    fn finish(self) -> String {
        self.0 + "\n    }"
    }
}

fn write_key(key: &TrustedKey) -> String {
    let mut object = Object::new(&key.name);
    object.terms(&key.terms);
    object.text("public_key", &key.public_key.to_pem());
    object.finish()
}

fn write_hmac(key: &HmacKey) -> String {
    let mut object = Object::new(&key.name);
    object.text("kind", "itsdangerous");
    object.terms(&key.terms);
    match &key.secret {
        SecretSource::File(path) => object.text("key_file", path),
        SecretSource::Environment(variable) => object.text("key_env", variable),
    }
    object.optional("salt", key.scheme.salt.as_ref());
    object.optional("digest", key.scheme.digest.as_ref());
    object.optional("derivation", key.scheme.derivation.as_ref());
    object.optional("separator", key.scheme.separator.as_ref());
    object.finish()
}
