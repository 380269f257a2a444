//! Which paths a signature leaves out.

use std::collections::BTreeSet;

/// What git keeps at the root of a checkout, left out by default as the reference does: it is not
/// part of the model, and differs between checkouts of one version.
pub const GIT_PATHS: [&str; 4] = [".git", ".gitattributes", ".github", ".gitignore"];

/// Paths, relative to the model, that are left out with everything below them. They are taken
/// literally: `*` is a letter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignore {
    paths: BTreeSet<String>,
}

impl Ignore {
    /// Nothing is left out.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Leaves out `path` and everything below it.
    pub fn add(&mut self, path: impl Into<String>) {
        self.paths.insert(path.into());
    }

    /// The paths, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str)
    }

    /// Whether exactly this path is named.
    pub(crate) fn names(&self, path: &str) -> bool {
        self.paths.contains(path)
    }
}

impl<P: Into<String>> FromIterator<P> for Ignore {
    fn from_iter<I: IntoIterator<Item = P>>(paths: I) -> Self {
        Self { paths: paths.into_iter().map(Into::into).collect() }
    }
}
