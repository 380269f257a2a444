//! A model against what was signed: every difference, not only the first.

use std::collections::BTreeMap;

use modelseal_signing::{FileDigest, Method, Resource, Statement, Verified};

use crate::coverage::Coverage;
use crate::hash::{Part, hash};
use crate::model::Found;
use crate::walk::walk;
use crate::{FilesError, Hashing, Ignore, Irregular, Limits, Links, Model};

/// How a model is compared.
#[derive(Clone, Debug, Default)]
pub struct Comparing {
    /// Paths that may hold unsigned files, besides those that the statement names. A signed file is
    /// compared wherever it lies.
    pub ignore: Ignore,
    /// Unsigned files are listed in the coverage, and are no difference.
    pub ignore_unsigned_files: bool,
}

/// What a comparison found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Everything that differs, sorted by name. The model is what was signed if this is empty.
    pub differences: Vec<Difference>,
    /// What nobody vouches for.
    pub coverage: Coverage,
    /// Number of files that were compared.
    pub file_count: usize,
    /// Number of bytes that were compared.
    pub byte_count: u64,
}

/// One difference between a model and what was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// A signed file that is not there.
    Missing {
        /// Its name.
        name: String,
    },
    /// A file that is not signed.
    Extra {
        /// Its name.
        name: String,
        /// Its size, in bytes.
        bytes: u64,
    },
    /// A file, or a shard of it, with other contents.
    Changed {
        /// Its name; of a shard, with the range.
        name: String,
        /// The digest that was signed.
        signed: FileDigest,
        /// The digest that was found.
        found: FileDigest,
    },
    /// A file, signed by shards, of another size.
    Size {
        /// Its name.
        name: String,
        /// The size that was signed, in bytes.
        signed: u64,
        /// The size that was found, in bytes.
        found: u64,
    },
    /// Something else than a regular file.
    Irregular {
        /// Its name.
        name: String,
        /// What it is.
        what: Irregular,
    },
}

impl Difference {
    /// The name of the file.
    pub fn name(&self) -> &str {
        match self {
            Self::Missing { name }
            | Self::Extra { name, .. }
            | Self::Changed { name, .. }
            | Self::Size { name, .. }
            | Self::Irregular { name, .. } => name,
        }
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing { name } => write!(f, "{name} is missing"),
            Self::Extra { name, bytes } => write!(f, "{name} is not signed ({bytes} bytes)"),
            Self::Changed { name, signed, found } => {
                write!(
                    f,
                    "{name} was changed: its {} is {found}, signed is {signed}",
                    found.hash_type()
                )
            }
            Self::Size { name, signed, found } => {
                write!(f, "{name} has {found} bytes, signed are {signed}")
            }
            Self::Irregular { name, what } => write!(f, "{name} is {what}"),
        }
    }
}

/// Compares `model` with `statement`.
///
/// A model of one file may be signed under the name `.` or under its own name.
///
/// # Errors
/// [`FilesError`] when the model cannot be read, or changes meanwhile. Differences are no errors.
pub fn compare(
    model: &Model,
    statement: &Verified<Statement>,
    comparing: &Comparing,
    hashing: Hashing<'_>,
    limits: &Limits,
) -> Result<Comparison, FilesError> {
    let links = links(model, statement);
    let mut ignore = comparing.ignore.clone();
    statement.ignore_paths().iter().for_each(|path| ignore.add(path));
    let listing = walk(model, links, &ignore, limits)?;
    let mut there: BTreeMap<String, Found> =
        listing.files.into_iter().map(|found| (found.name.clone(), found)).collect();
    let mut irregular: BTreeMap<String, Irregular> = listing.irregular.into_iter().collect();

    let mut differences = Vec::new();
    let mut pairs = Pairs::default();
    for (path, resources) in by_path(statement) {
        let name = if model.is_file() && path == "." { model.name() } else { path };
        let found = match (there.remove(name), irregular.remove(name)) {
            (Some(found), _) => Some(Ok(found)),
            (None, Some(what)) => Some(Err(what)),
            (None, None) if model.is_file() => None,
            // Signed files are compared also where unsigned ones are ignored.
            (None, None) => model.find(name, links)?,
        };
        match found {
            None => differences.push(Difference::Missing { name: name.to_owned() }),
            Some(Err(what)) => {
                differences.push(Difference::Irregular { name: name.to_owned(), what });
            }
            Some(Ok(found)) => differences.extend(pairs.add(found, resources)),
        }
    }
    let digests =
        hash(model, &pairs.files, &pairs.parts, statement.serialization().hash_type, hashing)?;
    for (resource, found) in pairs.resources.iter().zip(digests) {
        let signed = resource.digest();
        if signed != found {
            let name = resource.name();
            let name = if model.is_file() {
                name.replacen('.', model.name(), usize::from(resource.path() == "."))
            } else {
                name.into_owned()
            };
            differences.push(Difference::Changed { name, signed, found });
        }
    }

    let mut coverage = Coverage {
        ignored: listing.ignored,
        empty_folders: listing.empty_folders,
        ..Coverage::default()
    };
    let by_shards = matches!(statement.serialization().method, Method::Shards { .. });
    for (name, Found { size, .. }) in there {
        if by_shards && size == 0 {
            coverage.empty_files.push(name);
        } else if comparing.ignore_unsigned_files {
            coverage.unsigned.push(name);
        } else {
            differences.push(Difference::Extra { name, bytes: size });
        }
    }
    for (name, what) in irregular {
        if comparing.ignore_unsigned_files {
            coverage.unsigned.push(name);
        } else {
            differences.push(Difference::Irregular { name, what });
        }
    }
    coverage.unsigned.sort_unstable();
    differences.sort_by(|a, b| a.name().cmp(b.name()));
    let byte_count = pairs.parts.iter().map(|part| part.range.end - part.range.start).sum();
    Ok(Comparison { differences, coverage, file_count: pairs.files.len(), byte_count })
}

/// Links are followed when both sides say so: the one who signed, and the one who verifies.
pub(crate) fn links(model: &Model, statement: &Statement) -> Links {
    if statement.serialization().allow_symlinks { model.links() } else { Links::Refuse }
}

/// The resources of every signed file, its shards in order.
pub(crate) fn by_path(statement: &Statement) -> BTreeMap<&str, Vec<&Resource>> {
    let mut paths: BTreeMap<&str, Vec<&Resource>> = BTreeMap::new();
    for resource in statement.resources() {
        paths.entry(resource.path()).or_default().push(resource);
    }
    for resources in paths.values_mut() {
        resources.sort_by_key(|resource| resource.range().map(|range| range.start));
    }
    paths
}

/// Files that are there, beside what was signed about them.
#[derive(Default)]
struct Pairs<'a> {
    files: Vec<Found>,
    parts: Vec<Part>,
    resources: Vec<&'a Resource>,
}

impl<'a> Pairs<'a> {
    /// Adds a file, unless its size already tells that it differs.
    fn add(&mut self, found: Found, resources: Vec<&'a Resource>) -> Option<Difference> {
        let ranges: Vec<_> =
            resources.iter().map(|it| it.range().unwrap_or(0..found.size)).collect();
        // The statement's shards leave no gap: the last one ends where the file ended.
        let signed = ranges.last().map_or(0, |range| range.end);
        if signed != found.size {
            return Some(Difference::Size { name: found.name, signed, found: found.size });
        }
        let file = self.files.len();
        self.parts.extend(ranges.into_iter().map(|range| Part { file, range }));
        self.resources.extend(resources);
        self.files.push(found);
        None
    }
}
