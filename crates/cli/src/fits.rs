//! Finished fits of a comparison, one small file each: what an interrupted run leaves for the
//! next one.

use std::fs::File;
use std::path::{Path, PathBuf};

use modelseal_train::experiment::{FoldResult, Ledger};

use crate::failure::Failure;
use crate::files;

/// Bytes of one file.
const FIT_BYTES_MAX: u64 = 64 << 10;

/// A folder of fits. The name of a file is the digest of everything that decides its contents,
/// so a fit of other data, settings or another version is never mistaken for this one.
#[derive(Debug)]
pub(crate) struct Fits {
    folder: PathBuf,
    /// Whether fits of earlier runs count.
    resume: bool,
    /// Held as long as fits are written.
    _occupied: File,
}

impl Fits {
    /// The fits of the project in the folder `root`.
    pub(crate) fn new(root: &Path, resume: bool) -> Result<Self, Failure> {
        let folder = root.join("build").join("fits");
        let occupied = files::occupy(&folder)?;
        Ok(Self { folder, resume, _occupied: occupied })
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.json"))
    }
}

impl Ledger for Fits {
    fn get(&self, key: &str) -> Option<Vec<FoldResult>> {
        if !self.resume {
            return None;
        }
        // A file that cannot be read costs one fit, no more.
        let bytes = files::read(&self.path(key), FIT_BYTES_MAX).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    fn put(&self, key: &str, results: &[FoldResult]) {
        if let Ok(bytes) = serde_json::to_vec(results) {
            // A full disk must not end a comparison; it only cannot be resumed.
            let _ = files::write(&self.path(key), &bytes);
        }
    }
}
