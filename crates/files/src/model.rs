//! A model on disk: a file or a folder, held by a handle, so that what is walked, opened and hashed
//! lies below the very folder that was named, whatever happens to the path meanwhile.

use std::fmt;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, FileType, Mode, OFlags};

use crate::FilesError;

/// Whether links are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Links {
    /// A link anywhere is an error: it can lead outside the model, and can lead elsewhere tomorrow.
    #[default]
    Refuse,
    /// A link to a file of the same model is read through, under the link's name. Links that leave
    /// the model, and links to folders, stay errors.
    FollowInside,
}

/// Something that is not a regular file or a folder with a name in UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Irregular {
    /// A symbolic link where none is allowed.
    Link,
    /// A link to a folder: what is behind it would be loaded, but not signed.
    LinkToFolder,
    /// A link that leaves the model, or leads to nothing.
    LinkOutside,
    /// A named pipe: reading it may wait forever.
    Pipe,
    /// A socket.
    Socket,
    /// A block or character device.
    Device,
    /// A name that is not UTF-8, which no signature can hold.
    NotUtf8,
    /// A file stands where a folder was expected, or the other way round.
    OtherType,
}

impl fmt::Display for Irregular {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Link => "a symbolic link",
            Self::LinkToFolder => "a symbolic link to a folder",
            Self::LinkOutside => "a symbolic link that leaves the model or leads to nothing",
            Self::Pipe => "a named pipe",
            Self::Socket => "a socket",
            Self::Device => "a device",
            Self::NotUtf8 => "a name that is not UTF-8",
            Self::OtherType => "not a regular file",
        })
    }
}

/// A model to be signed or compared.
#[derive(Debug)]
pub struct Model {
    path: PathBuf,
    name: String,
    links: Links,
    root: Root,
}

#[derive(Debug)]
pub(crate) enum Root {
    File(File),
    Folder(OwnedFd),
}

/// A regular file of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Relative to the model, `/` between components. For a model of one file, its own name.
    pub(crate) name: String,
    /// Where it is opened: `name`, or what a link leads to.
    pub(crate) at: String,
    pub(crate) size: u64,
}

const READ: OFlags =
    OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC).union(OFlags::NONBLOCK);

impl Model {
    /// Opens the file or folder at `path`.
    ///
    /// # Errors
    /// [`FilesError::Root`] for a link (unless links are followed), pipe, socket or device;
    /// [`FilesError::Io`].
    pub fn open(path: &Path, links: Links) -> Result<Self, FilesError> {
        let failed = |error: rustix::io::Errno| FilesError::io(path, error);
        // Without the slash at the end, with which the system would follow a link.
        let plain: PathBuf = path.components().collect();
        let here = rustix::fs::CWD;
        let mut named = plain.clone();
        let stat = rustix::fs::statat(here, &plain, AtFlags::SYMLINK_NOFOLLOW).map_err(failed)?;
        let mut kind = FileType::from_raw_mode(stat.st_mode);
        if kind == FileType::Symlink && links == Links::FollowInside {
            named = std::fs::canonicalize(&plain).map_err(|error| FilesError::io(path, error))?;
            let stat =
                rustix::fs::statat(here, &named, AtFlags::SYMLINK_NOFOLLOW).map_err(failed)?;
            kind = FileType::from_raw_mode(stat.st_mode);
        }
        let open = |flags| rustix::fs::openat(here, &named, flags, Mode::empty()).map_err(failed);
        let root = match kind {
            FileType::Directory => Root::Folder(open(READ | OFlags::DIRECTORY)?),
            FileType::RegularFile => Root::File(File::from(open(READ)?)),
            other => {
                return Err(FilesError::Root { path: path.to_owned(), what: irregular(other) });
            }
        };
        if let Root::File(file) = &root {
            check_regular(file).map_err(|error| FilesError::io(path, error))?;
        }
        // `.` and `..` have no name of their own.
        let whole = match plain.file_name() {
            Some(_) => plain.clone(),
            None => std::fs::canonicalize(&plain).map_err(|error| FilesError::io(path, error))?,
        };
        let name = match whole.file_name() {
            None => "model".to_owned(),
            Some(name) => name.to_str().map(str::to_owned).ok_or_else(|| FilesError::Root {
                path: path.to_owned(),
                what: Irregular::NotUtf8,
            })?,
        };
        Ok(Self { path: plain, name, links, root })
    }

    /// The last component of its path.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is a single file.
    pub fn is_file(&self) -> bool {
        matches!(self.root, Root::File(_))
    }

    /// Whether links are followed.
    pub fn links(&self) -> Links {
        self.links
    }

    pub(crate) fn root(&self) -> &Root {
        &self.root
    }

    /// The path of a file of the model, for messages.
    pub(crate) fn path_of(&self, name: &str) -> PathBuf {
        if self.is_file() { self.path.clone() } else { self.path.join(name) }
    }

    /// The name, relative to the model, of a path given by a person; `.` is the model itself. Its
    /// folder must exist.
    ///
    /// # Errors
    /// [`FilesError::Outside`], also when its folder does not exist.
    pub fn relative(&self, path: &Path) -> Result<String, FilesError> {
        let outside = || FilesError::Outside { path: path.to_owned(), model: self.path.clone() };
        let model = std::fs::canonicalize(&self.path).map_err(|_| outside())?;
        let written = std::path::absolute(path).map_err(|_| outside())?;
        // The folder as it is on disk, so that no detour through `..` or a link hides where the
        // path leads; the last component as it is written, since it need not exist.
        let (folder, last) = written.parent().zip(written.file_name()).ok_or_else(outside)?;
        let folder = std::fs::canonicalize(folder).map_err(|_| outside())?;
        let whole = folder.join(last);
        let inner = whole.strip_prefix(&model).map_err(|_| outside())?;
        let components = inner.components().map(|component| match component {
            std::path::Component::Normal(name) => name.to_str().ok_or_else(outside),
            _ => Err(outside()),
        });
        let components = components.collect::<Result<Vec<&str>, _>>()?;
        Ok(if components.is_empty() { ".".to_owned() } else { components.join("/") })
    }

    /// Finds a file by its signed name, without following links unless that was asked for.
    /// `None` when nothing has that name.
    pub(crate) fn find(
        &self,
        name: &str,
        links: Links,
    ) -> Result<Option<Result<Found, Irregular>>, FilesError> {
        let folder = match &self.root {
            Root::File(file) => {
                let failed = |error| FilesError::io(&self.path, error);
                let size = file.metadata().map_err(failed)?.len();
                let name = self.name.clone();
                return Ok(Some(Ok(Found { at: name.clone(), name, size })));
            }
            Root::Folder(folder) => folder,
        };
        let (parents, last) = name.rsplit_once('/').unwrap_or(("", name));
        let folder = match open_folder(folder.as_fd(), parents) {
            Ok(folder) => folder,
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            // A file or a link stands where a folder was.
            Err(rustix::io::Errno::NOTDIR | rustix::io::Errno::LOOP | rustix::io::Errno::MLINK) => {
                return Ok(Some(Err(Irregular::OtherType)));
            }
            Err(error) => return Err(FilesError::io(self.path_of(name), error)),
        };
        let stat = match rustix::fs::statat(&folder, last, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(error) => return Err(FilesError::io(self.path_of(name), error)),
        };
        let size = u64::try_from(stat.st_size).unwrap_or(0);
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {
                Ok(Some(Ok(Found { name: name.to_owned(), at: name.to_owned(), size })))
            }
            FileType::Symlink if links == Links::FollowInside => {
                self.follow(name, folder.as_fd(), last).map(Some)
            }
            FileType::Directory => Ok(Some(Err(Irregular::OtherType))),
            other => Ok(Some(Err(irregular(other)))),
        }
    }

    /// What a link in the model leads to, read as text: its target must be relative, stay in the
    /// model, and pass through no other link.
    pub(crate) fn follow(
        &self,
        name: &str,
        folder: BorrowedFd<'_>,
        last: &str,
    ) -> Result<Result<Found, Irregular>, FilesError> {
        let Root::Folder(root) = &self.root else { return Ok(Err(Irregular::Link)) };
        let target = rustix::fs::readlinkat(folder, last, Vec::new())
            .map_err(|error| FilesError::io(self.path_of(name), error))?;
        let Some(at) = target.to_str().ok().and_then(|target| join(name, target)) else {
            return Ok(Err(Irregular::LinkOutside));
        };
        let (parents, last) = at.rsplit_once('/').unwrap_or(("", &at));
        let found = open_folder(root.as_fd(), parents)
            .and_then(|folder| rustix::fs::statat(folder, last, AtFlags::SYMLINK_NOFOLLOW));
        let Ok(stat) = found else { return Ok(Err(Irregular::LinkOutside)) };
        let size = u64::try_from(stat.st_size).unwrap_or(0);
        Ok(match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Ok(Found { name: name.to_owned(), at, size }),
            FileType::Directory => Err(Irregular::LinkToFolder),
            // A link to a link: one step is followed, no chain.
            FileType::Symlink => Err(Irregular::Link),
            other => Err(irregular(other)),
        })
    }

    /// Opens a file that was found, once more without following any link on the way. `last_folder`
    /// is kept from call to call: files come folder by folder.
    pub(crate) fn open_file(
        &self,
        found: &Found,
        last_folder: &mut LastFolder,
    ) -> Result<(File, Metadata), FilesError> {
        let failed = |error: io::Error| FilesError::io(self.path_of(&found.name), error);
        let file = match &self.root {
            Root::File(file) => file.try_clone().map_err(failed)?,
            Root::Folder(root) => {
                let (parents, last) = found.at.rsplit_once('/').unwrap_or(("", &found.at));
                let folder =
                    last_folder.get(root, parents).map_err(|error| failed(error.into()))?;
                let file = rustix::fs::openat(folder, last, READ, Mode::empty());
                File::from(file.map_err(|error| failed(error.into()))?)
            }
        };
        let metadata = check_regular(&file).map_err(failed)?;
        Ok((file, metadata))
    }
}

/// The handle of the folder that was last opened.
#[derive(Debug, Default)]
pub(crate) struct LastFolder(Option<(String, OwnedFd)>);

impl LastFolder {
    fn get<'a>(&'a mut self, root: &'a OwnedFd, path: &str) -> rustix::io::Result<BorrowedFd<'a>> {
        if path.is_empty() {
            return Ok(root.as_fd());
        }
        let known = self.0.take().filter(|(last, _)| last == path);
        let folder = match known {
            Some(known) => known,
            None => (path.to_owned(), open_folder(root.as_fd(), path)?),
        };
        Ok(self.0.insert(folder).1.as_fd())
    }
}

/// Opens a folder component by component, following no link.
pub(crate) fn open_folder(root: BorrowedFd<'_>, path: &str) -> rustix::io::Result<OwnedFd> {
    let flags = READ | OFlags::DIRECTORY;
    let mut folder = rustix::fs::openat(root, ".", flags, Mode::empty())?;
    for component in path.split('/').filter(|component| !component.is_empty()) {
        folder = rustix::fs::openat(&folder, component, flags, Mode::empty())?;
    }
    Ok(folder)
}

/// Joins a link's target to the folder of the link: the name in the model, or nothing when it leaves
/// the model.
fn join(link: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return None;
    }
    let mut path: Vec<&str> = link.split('/').collect();
    path.pop();
    for component in target.split('/') {
        match component {
            "" | "." => {}
            ".." => drop(path.pop()?),
            name => path.push(name),
        }
    }
    (!path.is_empty()).then(|| path.join("/"))
}

/// What was opened may not be what was listed: somebody may have put a pipe there meanwhile.
fn check_regular(file: &File) -> io::Result<Metadata> {
    let metadata = file.metadata()?;
    if metadata.is_file() {
        Ok(metadata)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
    }
}

pub(crate) fn irregular(kind: FileType) -> Irregular {
    match kind {
        FileType::Symlink => Irregular::Link,
        FileType::Fifo => Irregular::Pipe,
        FileType::Socket => Irregular::Socket,
        FileType::BlockDevice | FileType::CharacterDevice => Irregular::Device,
        _ => Irregular::OtherType,
    }
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn a_link_is_read_as_text_and_stays_inside() {
        for (link, target, at) in [
            ("a", "b", Some("b")),
            ("sub/a", "../b", Some("b")),
            ("sub/a", "./c//d", Some("sub/c/d")),
            ("a", "../b", None),
            ("sub/a", "../../b", None),
            ("a", "/etc/passwd", None),
            ("a", ".", None),
        ] {
            assert_eq!(join(link, target).as_deref(), at, "{link} -> {target}");
        }
    }
}
