//! The name of a package: model, version and date, as they stand in its file name.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use semver::Version;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Which package: `diabetes_risk_model-0.1.0-2026_11_22`.
///
/// Ordered by name, then version (semantic versioning, precedence), then date: of one name,
/// the greatest is the newest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageId {
    name: String,
    version: Version,
    date: Date,
}

/// Why a text is not the name of a package.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    /// The qualified name.
    #[error(
        "{0:?} is not a model's qualified name; use lower-case letters, digits and `_`, starting with a letter, at most 128"
    )]
    Name(String),
    /// The version.
    #[error(
        "{0:?} is not a version; write MAJOR.MINOR.PATCH, such as 0.1.0, without build metadata"
    )]
    Version(String),
    /// The date.
    #[error("{0:?} is not a date; write YYYY_MM_DD, such as 2026_11_22")]
    Date(String),
    /// The whole text.
    #[error(
        "{0:?} is not the name of a package; expected NAME-VERSION-DATE, such as diabetes_risk_model-0.1.0-2026_11_22"
    )]
    Form(String),
}

impl PackageId {
    /// Joins the three parts.
    ///
    /// # Errors
    /// [`IdError`] when the name or the version is not usable in a file name.
    pub fn new(name: &str, version: &str, date: Date) -> Result<Self, IdError> {
        let mut bytes = name.bytes();
        let starts_well = bytes.next().is_some_and(|first| first.is_ascii_lowercase());
        let goes_on_well = bytes
            .all(|other| other.is_ascii_lowercase() || other.is_ascii_digit() || other == b'_');
        if !starts_well || !goes_on_well || name.len() > 128 {
            return Err(IdError::Name(name.to_owned()));
        }
        let parsed = Version::parse(version).ok().filter(|parsed| parsed.build.is_empty());
        match parsed {
            Some(version_parsed) if version.len() <= 64 => {
                Ok(Self { name: name.to_owned(), version: version_parsed, date })
            }
            _ => Err(IdError::Version(version.to_owned())),
        }
    }

    /// Reads a date as it stands in an identifier: `2026_11_22`.
    ///
    /// # Errors
    /// [`IdError::Date`] for every other form, and for days that do not exist.
    pub fn parse_date(text: &str) -> Result<Date, IdError> {
        let bad = || IdError::Date(text.to_owned());
        let digits = text.len() == 10
            && text.bytes().enumerate().all(|(position, byte)| match position {
                4 | 7 => byte == b'_',
                _ => byte.is_ascii_digit(),
            });
        if !digits {
            return Err(bad());
        }
        text.replace('_', "-").parse().map_err(|_| bad())
    }

    /// The newest of a model among file names; names of other models and other files are
    /// passed over.
    pub fn newest<'a>(name: &str, file_names: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let ids = file_names.into_iter().filter_map(|file| Self::from_file_name(file).ok());
        ids.filter(|id| id.name == name).max()
    }

    /// The model's qualified name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The model's version.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// The day of the package.
    pub fn date(&self) -> Date {
        self.date
    }

    /// Version and date, as one release of the model: `0.1.0-2026_11_22`.
    pub fn release(&self) -> String {
        format!("{}-{}", self.version, format_date(self.date))
    }

    /// The name of the package's file: the identifier and `.zip`.
    pub fn file_name(&self) -> String {
        format!("{self}.zip")
    }

    /// The identifier that a file name stands for.
    ///
    /// # Errors
    /// [`IdError`] when it does not end in `.zip` or is not `NAME-VERSION-DATE`.
    pub fn from_file_name(file_name: &str) -> Result<Self, IdError> {
        file_name.strip_suffix(".zip").ok_or_else(|| IdError::Form(file_name.to_owned()))?.parse()
    }
}

fn format_date(date: Date) -> String {
    format!("{:04}_{:02}_{:02}", date.year(), date.month(), date.day())
}

impl fmt::Display for PackageId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{}", self.name, self.release())
    }
}

impl FromStr for PackageId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        // A version may hold hyphens (`1.0.0-rc.1`), a name and a date may not.
        let form = || IdError::Form(text.chars().take(300).collect());
        let (name, rest) = text.split_once('-').ok_or_else(form)?;
        let (version, date) = rest.rsplit_once('-').ok_or_else(form)?;
        Self::new(name, version, Self::parse_date(date)?)
    }
}

impl TryFrom<String> for PackageId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<PackageId> for String {
    fn from(id: PackageId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for text in ["diabetes_risk_model-0.1.0-2026_11_22", "m-1.0.0-rc.1-2024_02_29"] {
            let id: PackageId = text.parse().unwrap();
            assert_eq!(id.to_string(), text);
            assert_eq!(PackageId::from_file_name(&format!("{text}.zip")).unwrap(), id);
        }
    }

    #[test]
    fn refuses_other_forms() {
        for text in [
            "",
            "model",
            "model-0.1.0",
            "Model-0.1.0-2026_11_22",
            "../model-0.1.0-2026_11_22",
            "model-0.1-2026_11_22",
            "model-0.1.0+build-2026_11_22",
            "model-0.1.0-2026-11-22",
            "model-0.1.0-2026_13_22",
            "model-0.1.0-2023_02_29",
            "model-0.1.0-+026_11_22",
        ] {
            assert!(text.parse::<PackageId>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_greatest_is_the_newest() {
        let newest = |ids: &[&str]| {
            ids.iter().map(|id| id.parse::<PackageId>().unwrap()).max().unwrap().to_string()
        };
        assert_eq!(
            newest(&["m-0.10.0-2026_01_01", "m-0.9.0-2026_12_31", "m-0.10.0-rc.1-2026_12_31"]),
            "m-0.10.0-2026_01_01"
        );
        assert_eq!(newest(&["m-1.0.0-2026_01_01", "m-1.0.0-2025_12_31"]), "m-1.0.0-2026_01_01");
    }
}
