//! What is to be served, and where it comes from.

use std::fmt;
use std::str::FromStr;

use modelseal_package::{IdError, Limits, PackageId};
use modelseal_store::Store;

use crate::Trust;

/// Where packages come from and who is trusted to have sealed them.
#[derive(Debug, Clone)]
pub struct Source {
    /// The store. Nothing that comes out of it is trusted.
    pub store: Store,
    /// The models to serve: all of them or none.
    pub wanted: Vec<Wanted>,
    /// Who is trusted, read afresh at each attempt: adding a key to the keyring needs no restart.
    pub trust: Trust,
    /// Upper bounds on packages, seals and keyring.
    pub limits: Limits,
}

/// A model to serve: `NAME`, the newest release in the store, or `NAME-VERSION-DATE`.
///
/// Pin the release in production, or follow a name with a state file. Seals prove who made a
/// package, not that it is the newest: whoever can delete from the store can bring back any older
/// package that was sealed once. [`Trust::state`] remembers the newest that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    name: String,
    exactly: Option<PackageId>,
}

impl Wanted {
    /// The newest release of a model that the store lists.
    ///
    /// # Errors
    /// [`IdError::Name`] when it is not a qualified name.
    pub fn newest(name: &str) -> Result<Self, IdError> {
        let probe = PackageId::new(name, "0.0.0", jiff::civil::Date::ZERO)?;
        Ok(Self { name: probe.name().to_owned(), exactly: None })
    }

    /// One release and no other.
    pub fn exactly(id: PackageId) -> Self {
        Self { name: id.name().to_owned(), exactly: Some(id) }
    }

    /// The model's qualified name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The release, when it is pinned.
    pub fn release(&self) -> Option<&PackageId> {
        self.exactly.as_ref()
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.exactly {
            Some(id) => write!(out, "{id}"),
            None => out.write_str(&self.name),
        }
    }
}

impl FromStr for Wanted {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        // A qualified name holds no hyphen.
        if text.contains('-') { text.parse().map(Self::exactly) } else { Self::newest(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_and_releases() {
        let newest: Wanted = "diabetes_risk_model".parse().unwrap();
        assert_eq!((newest.name(), newest.release()), ("diabetes_risk_model", None));
        let pinned: Wanted = "m-1.0.0-rc.1-2026_11_22".parse().unwrap();
        assert_eq!((pinned.name(), pinned.to_string().as_str()), ("m", "m-1.0.0-rc.1-2026_11_22"));
        for text in ["", "M", "m-", "m-1.0.0", "../m", "m/x"] {
            assert!(text.parse::<Wanted>().is_err(), "{text:?}");
        }
    }
}
