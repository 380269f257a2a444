//! Which files a model consists of.

use std::path::PathBuf;

use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};

use crate::model::{Found, Root, irregular};
use crate::{FilesError, Ignore, Irregular, Limits, Links, Model};

/// What a walk found; every list is sorted by name.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) files: Vec<Found>,
    /// What is there and can be neither signed nor trusted.
    pub(crate) irregular: Vec<(String, Irregular)>,
    /// Ignored paths that exist.
    pub(crate) ignored: Vec<IgnoredPath>,
    /// Folders without a file anywhere below them.
    pub(crate) empty_folders: Vec<String>,
}

/// An ignored path that exists: anything may stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredPath {
    /// Relative to the model.
    pub path: String,
    /// Number of files, links and whatever else is not a folder, there and below.
    pub file_count: usize,
}

/// Lists all of a model but what is ignored.
pub(crate) fn walk(
    model: &Model,
    links: Links,
    ignore: &Ignore,
    limits: &Limits,
) -> Result<Listing, FilesError> {
    let mut walk = Walk { model, links, ignore, limits, seen: 0, listing: Listing::default() };
    match model.root() {
        Root::File(_) => {
            if let Some(Ok(found)) = model.find(model.name(), links)? {
                walk.listing.files.push(found);
            }
        }
        Root::Folder(folder) => {
            walk.folder(folder.as_fd(), "", 0)?;
        }
    }
    let Listing { files, irregular, ignored, empty_folders } = &mut walk.listing;
    files.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    irregular.sort_unstable();
    ignored.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    empty_folders.sort_unstable();
    Ok(walk.listing)
}

struct Walk<'a> {
    model: &'a Model,
    links: Links,
    ignore: &'a Ignore,
    limits: &'a Limits,
    seen: usize,
    listing: Listing,
}

impl Walk<'_> {
    /// Lists one folder and everything below it; says whether anything but folders was there.
    fn folder(
        &mut self,
        folder: BorrowedFd<'_>,
        path: &str,
        depth: usize,
    ) -> Result<bool, FilesError> {
        let mut has_files = false;
        for (raw, kind) in self.entries(folder, path, depth)? {
            let Ok(last) = std::str::from_utf8(&raw) else {
                let name = join(path, &String::from_utf8_lossy(&raw));
                self.listing.irregular.push((name, Irregular::NotUtf8));
                has_files = true;
                continue;
            };
            let name = join(path, last);
            if name.len() > self.limits.signing.name_bytes_max {
                let bytes_max = self.limits.signing.name_bytes_max;
                return Err(FilesError::NameTooLong { path: self.path(&name), bytes_max });
            }
            let failed = |error: rustix::io::Errno| FilesError::io(self.path(&name), error);
            if self.ignore.names(&name) {
                let file_count = match kind {
                    FileType::Directory => {
                        let below = open(folder, last).map_err(failed)?;
                        self.count(below.as_fd(), &name, depth + 1)?
                    }
                    _ => 1,
                };
                self.listing.ignored.push(IgnoredPath { path: name, file_count });
                has_files = true;
                continue;
            }
            match kind {
                FileType::Directory => {
                    let below = open(folder, last).map_err(failed)?;
                    if self.folder(below.as_fd(), &name, depth + 1)? {
                        has_files = true;
                    } else {
                        self.listing.empty_folders.push(name);
                    }
                    continue;
                }
                FileType::RegularFile => {
                    let stat = rustix::fs::statat(folder, last, AtFlags::SYMLINK_NOFOLLOW)
                        .map_err(failed)?;
                    let size = u64::try_from(stat.st_size).unwrap_or(0);
                    self.listing.files.push(Found { at: name.clone(), name, size });
                }
                FileType::Symlink if self.links == Links::FollowInside => {
                    match self.model.follow(&name, folder, last)? {
                        Ok(found) => self.listing.files.push(found),
                        Err(what) => self.listing.irregular.push((name, what)),
                    }
                }
                other => self.listing.irregular.push((name, irregular(other))),
            }
            has_files = true;
        }
        Ok(has_files)
    }

    /// Counts what is below an ignored folder, so that a report can say how much nobody checked.
    fn count(
        &mut self,
        folder: BorrowedFd<'_>,
        path: &str,
        depth: usize,
    ) -> Result<usize, FilesError> {
        let mut count = 0;
        for (raw, kind) in self.entries(folder, path, depth)? {
            if kind == FileType::Directory {
                let name = join(path, &String::from_utf8_lossy(&raw));
                let below = rustix::fs::openat(folder, raw.as_slice(), FOLDER, Mode::empty())
                    .map_err(|error| FilesError::io(self.path(&name), error))?;
                count += self.count(below.as_fd(), &name, depth + 1)?;
            } else {
                count += 1;
            }
        }
        Ok(count)
    }

    /// The names in one folder and what they are, within the limits.
    fn entries(
        &mut self,
        folder: BorrowedFd<'_>,
        path: &str,
        depth: usize,
    ) -> Result<Vec<(Vec<u8>, FileType)>, FilesError> {
        let here = self.path(path);
        let failed = |error: rustix::io::Errno| FilesError::io(&here, error);
        if depth > self.limits.depth_max {
            let depth_max = self.limits.depth_max;
            return Err(FilesError::TooDeep { path: self.path(path), depth_max });
        }
        let mut entries = Vec::new();
        for entry in Dir::read_from(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            self.seen += 1;
            if self.seen > self.limits.entry_count_max {
                let count_max = self.limits.entry_count_max;
                return Err(FilesError::TooMany { path: self.model.path().to_owned(), count_max });
            }
            let kind = match entry.file_type() {
                // Some file systems do not say it here.
                FileType::Unknown => {
                    let stat =
                        rustix::fs::statat(folder, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW)
                            .map_err(failed)?;
                    FileType::from_raw_mode(stat.st_mode)
                }
                kind => kind,
            };
            entries.push((name.to_vec(), kind));
        }
        Ok(entries)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.model.path().join(name)
    }
}

const FOLDER: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

fn open(folder: BorrowedFd<'_>, name: &str) -> rustix::io::Result<rustix::fd::OwnedFd> {
    rustix::fs::openat(folder, name, FOLDER, Mode::empty())
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}
