//! From a model to the statement about it that is signed.

use modelseal_signing::{Dialect, HashType, Method, SealError, Serialization, Statement};

use crate::coverage::Coverage;
use crate::hash::{Part, hash};
use crate::model::Found;
use crate::walk::walk;
use crate::{FilesError, Hashing, Ignore, Limits, Links, Model};

/// How a model is described.
#[derive(Clone, Debug, Default)]
pub struct Description {
    /// Whole files or parts of them.
    pub method: Method,
    /// The hash.
    pub hash_type: HashType,
    /// Whose way of writing.
    pub dialect: Dialect,
    /// What is left out; all of it stands in the statement.
    pub ignore: Ignore,
}

/// A statement that is ready to be signed.
#[derive(Clone, Debug)]
pub struct Described {
    /// The statement.
    pub statement: Statement,
    /// What it leaves out.
    pub coverage: Coverage,
    /// Number of files that it covers.
    pub file_count: usize,
    /// Number of bytes that it covers.
    pub byte_count: u64,
}

/// Walks and hashes `model`.
///
/// A single file is called by its name; in the Python dialect, `.`.
///
/// # Errors
/// [`FilesError`]: whatever cannot be signed is an error, all of it named at once.
pub fn describe(
    model: &Model,
    description: &Description,
    hashing: Hashing<'_>,
    limits: &Limits,
) -> Result<Described, FilesError> {
    let Description { method, hash_type, dialect, ignore } = description;
    let listing = walk(model, model.links(), ignore, limits)?;
    if !listing.irregular.is_empty() {
        return Err(refuse_irregular(model, &listing.irregular));
    }
    let parts = parts(model, &listing.files, *method, limits)?;
    let digests = hash(model, &listing.files, &parts, *hash_type, hashing)?;
    let serialization = Serialization {
        method: *method,
        hash_type: *hash_type,
        allow_symlinks: model.links() == Links::FollowInside,
        ignore_paths: ignore.paths().map(str::to_owned).collect(),
    };
    let mut builder =
        Statement::builder(model.name()).serialization(serialization).dialect(*dialect);
    for (Part { file, range }, digest) in parts.into_iter().zip(digests) {
        let path = match dialect {
            Dialect::Python if model.is_file() => ".",
            _ => &listing.files[file].name,
        };
        builder = match method {
            Method::Files => builder.resource(path, digest),
            Method::Shards { .. } => builder.shard(path, range, digest),
        };
    }
    let statement = builder.build_within(&limits.signing)?;
    let file_count = listing.files.len();
    let byte_count = listing.files.iter().map(|found| found.size).sum();
    let empty_files = match method {
        Method::Files => Vec::new(),
        Method::Shards { .. } => {
            listing.files.into_iter().filter(|found| found.size == 0).collect()
        }
    };
    let coverage = Coverage {
        ignored: listing.ignored,
        empty_folders: listing.empty_folders,
        empty_files: empty_files.into_iter().map(|found| found.name).collect(),
        unsigned: Vec::new(),
    };
    Ok(Described { statement, coverage, file_count, byte_count })
}

/// Whole files, or shards; an empty file has no shards.
fn parts(
    model: &Model,
    files: &[Found],
    method: Method,
    limits: &Limits,
) -> Result<Vec<Part>, FilesError> {
    let shard_bytes = match method {
        Method::Files => u64::MAX,
        Method::Shards { shard_bytes } => shard_bytes.max(1),
    };
    let count = |found: &Found| match method {
        Method::Files => 1,
        Method::Shards { .. } => found.size.div_ceil(shard_bytes),
    };
    // Before the list is made: shards of one byte would fill the memory.
    let found = files.iter().map(count).fold(0, u64::saturating_add);
    let found = usize::try_from(found).unwrap_or(usize::MAX);
    let count_max = limits.signing.resource_count_max;
    if found == 0 {
        return Err(FilesError::Empty { path: model.path().to_owned() });
    }
    if found > count_max {
        return Err(SealError::ResourceCount { found, count_max }.into());
    }
    let mut parts = Vec::with_capacity(found);
    for (file, found) in files.iter().enumerate() {
        for index in 0..count(found) {
            let start = index.saturating_mul(shard_bytes);
            let end = start.saturating_add(shard_bytes).min(found.size);
            parts.push(Part { file, range: start..end });
        }
    }
    Ok(parts)
}

fn refuse_irregular(model: &Model, irregular: &[(String, crate::Irregular)]) -> FilesError {
    const SHOWN_MAX: usize = 5;
    let mut found: Vec<String> =
        irregular.iter().take(SHOWN_MAX).map(|(name, what)| format!("{name} is {what}")).collect();
    if irregular.len() > SHOWN_MAX {
        found.push(format!("and {} more", irregular.len() - SHOWN_MAX));
    }
    FilesError::Irregular { path: model.path().to_owned(), found }
}
