//! What a signature does not cover: said every time, because anything may stand there.

use crate::IgnoredPath;

/// What of a model nobody vouches for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Ignored paths that exist; never the signature file itself.
    pub ignored: Vec<IgnoredPath>,
    /// Folders without any file: no signature lists folders.
    pub empty_folders: Vec<String>,
    /// Empty files of a model signed by shards, which lists none of them.
    pub empty_files: Vec<String>,
    /// Files that are not signed, when that was allowed.
    pub unsigned: Vec<String>,
}

impl Coverage {
    /// Whether everything in the model is covered.
    pub fn is_full(&self) -> bool {
        let Self { ignored, empty_folders, empty_files, unsigned } = self;
        ignored.is_empty()
            && empty_folders.is_empty()
            && empty_files.is_empty()
            && unsigned.is_empty()
    }

    /// Takes the signature file out of the ignored paths: it covers itself.
    pub fn without_signature(mut self, signature: Option<&str>) -> Self {
        self.ignored.retain(|ignored| Some(ignored.path.as_str()) != signature);
        self
    }
}
