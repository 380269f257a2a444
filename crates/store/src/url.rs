//! Reading the URL of a store.

use std::path::{Component, Path, PathBuf};

use crate::StoreError;

/// What a store's URL names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Location {
    /// A folder, absolute.
    Folder(PathBuf),
    /// The memory of this process.
    Memory,
}

/// Reads `file:///absolute`, `file://./relative` (to `base`) and `memory:`.
pub(crate) fn parse(url: &str, base: &Path) -> Result<Location, StoreError> {
    let bad = |why: &str| StoreError::Url { url: url.to_owned(), why: why.to_owned() };
    if url == "memory:" {
        return Ok(Location::Memory);
    }
    let (scheme, rest) =
        url.split_once("://").ok_or_else(|| bad("it has no scheme such as file://"))?;
    if scheme != "file" {
        return Err(bad("only file:// and memory: can be used by this version"));
    }
    let relative = rest == "." || rest.starts_with("./") || rest.starts_with("../");
    if !relative && !rest.starts_with('/') {
        return Err(bad("a host has no place in it; write file:///folder or file://./folder"));
    }
    let folder = std::path::absolute(base.join(rest)).map_err(|_| bad("the folder is empty"))?;
    Ok(Location::Folder(without_dots(&folder)))
}

/// The path without `.` and `..`: object stores know neither. A folder that is reached through a
/// link is resolved first, so that `..` means what the operating system takes it for.
fn without_dots(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean = clean.canonicalize().unwrap_or(clean);
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_folders_and_memory() {
        let at = |url| parse(url, Path::new("/project"));
        assert_eq!(at("file:///models").unwrap(), Location::Folder("/models".into()));
        assert_eq!(at("file://./store").unwrap(), Location::Folder("/project/store".into()));
        assert_eq!(at("file://../store").unwrap(), Location::Folder("/store".into()));
        assert_eq!(at("file:///a/./b/../c").unwrap(), Location::Folder("/a/c".into()));
        assert_eq!(at("memory:").unwrap(), Location::Memory);
    }

    #[test]
    fn says_what_is_wrong() {
        for (url, why) in [
            ("models", "no scheme"),
            ("file://server/models", "a host"),
            ("ftp://server/models", "only file://"),
        ] {
            let message = parse(url, Path::new("/project")).unwrap_err().to_string();
            assert!(message.contains(why), "{message}");
        }
    }
}
