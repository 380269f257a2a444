//! Options about any file or folder that `sign`, `verify` and `digest` share.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use modelseal_files::{Coverage, FilesError, GIT_PATHS, Hashing, Ignore, Links, Model};
use serde::Serialize;

use crate::failure::Failure;
use crate::voice;

/// Where a signature is when nothing else is said; the reference's default.
pub(crate) const SIGNATURE: &str = "model.sig";

/// Which files belong to a model.
#[derive(Debug, Clone, Args)]
pub(crate) struct ModelOptions {
    /// A file or folder of the model that is left out; may be repeated
    #[arg(long, alias = "ignore_paths", value_name = "PATH")]
    ignore_paths: Vec<PathBuf>,
    /// Leave out .git, .gitattributes, .github and .gitignore at the model's root; the default
    #[arg(long, alias = "ignore_git_paths", overrides_with = "no_ignore_git_paths")]
    ignore_git_paths: bool,
    /// Take .git, .gitattributes, .github and .gitignore as files of the model
    #[arg(long, alias = "no_ignore_git_paths")]
    no_ignore_git_paths: bool,
    /// Follow links to files of the same model; links to elsewhere and to folders stay errors
    #[arg(long, alias = "allow_symlinks")]
    allow_symlinks: bool,
}

impl ModelOptions {
    pub(crate) fn open(&self, path: &Path) -> Result<Model, Failure> {
        let links = if self.allow_symlinks { Links::FollowInside } else { Links::Refuse };
        Ok(Model::open(path, links)?)
    }

    /// What is left out of the model; and the signature's name in the model, if it lies there.
    pub(crate) fn ignore(
        &self,
        model: &Model,
        signature: Option<&Path>,
    ) -> Result<(Ignore, Option<String>), Failure> {
        let mut ignore = Ignore::nothing();
        if !self.no_ignore_git_paths && !model.is_file() {
            GIT_PATHS.iter().for_each(|path| ignore.add(*path));
        }
        for path in &self.ignore_paths {
            match model.relative(path)?.as_str() {
                "." => {
                    return Err(Failure::usage(format!(
                        "--ignore-paths {} leaves out the whole model",
                        path.display()
                    ))
                    .with_hint("name a file or folder inside it"));
                }
                inside => ignore.add(inside),
            }
        }
        let own_name = match signature.map(|signature| model.relative(signature)) {
            // A signature of a folder that does not exist cannot be written either.
            None | Some(Err(_)) => None,
            Some(Ok(name)) if name == "." => {
                return Err(Failure::usage("the signature and the model are one file")
                    .with_hint("choose another --signature"));
            }
            Some(Ok(name)) => Some(name),
        };
        own_name.iter().for_each(|name| ignore.add(name));
        Ok((ignore, own_name))
    }
}

/// Whether a path is taken as a package, by its name alone: what is in a file, an attacker decides.
/// Whoever names a signature means the file as it is.
pub(crate) fn is_package(path: &Path, signature: Option<&Path>) -> bool {
    signature.is_none()
        && path.extension().is_some_and(|extension| extension == "zip")
        && !path.is_dir()
}

/// Runs `work` on all cores, with a bar while it takes long.
pub(crate) fn hashing<T>(
    what: &str,
    work: impl FnOnce(Hashing<'_>) -> Result<T, FilesError>,
) -> Result<T, Failure> {
    let bar = voice::bytes(what);
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let result = work(Hashing { threads, progress: &|bytes| bar.inc(bytes) });
    bar.finish_and_clear();
    Ok(result?)
}

/// What nobody vouches for, as it is reported.
#[derive(Debug, Serialize)]
pub(crate) struct NotCovered {
    ignored: Vec<Ignored>,
    empty_folders: Vec<String>,
    empty_files: Vec<String>,
    unsigned_files: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Ignored {
    path: String,
    files: usize,
}

impl From<Coverage> for NotCovered {
    fn from(coverage: Coverage) -> Self {
        let ignored = coverage.ignored.into_iter();
        Self {
            ignored: ignored
                .map(|ignored| Ignored { path: ignored.path, files: ignored.file_count })
                .collect(),
            empty_folders: coverage.empty_folders,
            empty_files: coverage.empty_files,
            unsigned_files: coverage.unsigned,
        }
    }
}

impl NotCovered {
    pub(crate) fn is_empty(&self) -> bool {
        self.lines().next().is_none()
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        let ignored = self.ignored.iter().map(|Ignored { path, files }| {
            format!("{} is ignored, with {files} file(s)", voice::visible(path))
        });
        let each = |names: &[String], what: &'static str| {
            let lines: Vec<String> =
                names.iter().map(|name| format!("{} {what}", voice::visible(name))).collect();
            lines
        };
        ignored
            .chain(each(&self.empty_folders, "is an empty folder, which nothing signs"))
            .chain(each(&self.empty_files, "is an empty file, which shards do not sign"))
            .chain(each(&self.unsigned_files, "is not signed"))
    }
}

impl fmt::Display for NotCovered {
    /// Lines for people, after the lines of a report; nothing when all is covered.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines().try_for_each(|line| write!(f, "\n  NOT COVERED: {line}"))
    }
}
