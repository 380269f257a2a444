//! Replacing a file of a folder by comparison, which object stores call a conditional write.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

/// Replaces the file `name` if it has exactly the bytes `old`; otherwise changes nothing and gives
/// `false`. All processes that replace in this folder do so one after another, and readers see all
/// of one file or all of the other.
///
/// Nothing here waits for another task of this process, so that nobody waits in a circle.
pub(crate) fn replace(folder: &Path, name: &str, old: &[u8], new: &[u8]) -> io::Result<bool> {
    let directory = File::open(folder)?;
    // The operating system releases the lock when the process ends, however it ends.
    directory.lock()?;
    let path = folder.join(name);
    let mut found = Vec::with_capacity(old.len());
    // One byte more is enough to see that it is another file.
    File::open(&path)?.take(old.len() as u64 + 1).read_to_end(&mut found)?;
    if found != old {
        return Ok(false);
    }
    // A name that listings of the store pass over, as they do its other unfinished files.
    let unfinished = folder.join(format!("{name}#0"));
    let mut file = File::create(&unfinished)?;
    file.write_all(new)?;
    file.sync_all()?;
    fs::rename(&unfinished, &path)?;
    // A renamed file survives a power cut only when its folder was written, too.
    directory.sync_all()?;
    Ok(true)
}
