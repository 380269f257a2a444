//! How a model becomes a list of digests: whole files or shards, which hash, what is left out.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::error::excerpt;
use crate::json::{JsonFault, Value, quote};
use crate::seal::statement::Resource;
use crate::{HashType, SealError};

/// How the files of a model were hashed.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Serialization {
    /// Whole files or parts of them.
    pub method: Method,
    /// The hash of every resource.
    pub hash_type: HashType,
    /// Whether the signer followed symbolic links. It is read and handed on: whoever opens the
    /// files decides, and refuses links unless told otherwise.
    pub allow_symlinks: bool,
    /// Paths, relative to the model, that the seal does not cover: files with everything under
    /// them. Whoever verifies a folder must say which of them exist, because anything may stand
    /// there.
    pub ignore_paths: Vec<String>,
}

/// What one digest is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Method {
    /// A whole file.
    #[default]
    Files,
    /// A part of a file. Empty files have no parts and are not listed.
    Shards {
        /// Bytes of every part but the last of a file, which may have less. At least 1.
        shard_bytes: u64,
    },
}

impl Method {
    /// The size of shards that the specification gives where nothing else is said.
    pub const SHARD_BYTES_DEFAULT: u64 = 1_000_000_000;
}

/// Whose way of writing a statement follows where the specification and the Python reference
/// differ. Reading accepts both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Dialect {
    /// Model Signing 1.0: order by whole names; a single file is called by its name.
    #[default]
    Specification,
    /// `model_signing` 1.1: order by components of names; a single file is called `.`; the
    /// algorithm of a shard is called `sha256-sharded-1000`.
    Python,
}

/// Why the parts of a file are no shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShardProblem {
    /// The name does not end in a range.
    #[error("does not end in ':START:END' (decimal, without leading zeros)")]
    NoRange,
    /// A part without bytes, or one that ends before it starts.
    #[error("is an empty range")]
    Empty,
    /// Shorter or longer than the seal says shards are.
    #[error("is neither a whole shard of {shard_bytes} bytes nor the last of its file")]
    Length {
        /// Bytes of a whole shard.
        shard_bytes: u64,
    },
    /// The part before it is missing or overlaps with it: bytes in between would not be covered.
    #[error("does not start where the shard before it ends, at {expected}")]
    Gap {
        /// Where it should start.
        expected: u64,
    },
    /// A range where whole files are listed, or none where parts are.
    #[error("has a range where whole files are sealed, or none where shards are")]
    OtherMethod,
}

impl Serialization {
    /// Reads the member `serialization`. Unknown members are refused here: they could change what
    /// the digests mean.
    pub(super) fn parse(value: Value) -> Result<Self, SealError> {
        let mut members = value.object()?;
        let method = members.take("method")?.text()?;
        let hash_type = members.take("hash_type")?;
        let at = hash_type.at.clone();
        let name = hash_type.text()?;
        let hash_type = HashType::from_name(&name)
            .ok_or_else(|| SealError::HashType { at, found: excerpt(&name) })?;
        let shard_size = members.take_optional("shard_size");
        let method = match (method.as_str(), shard_size) {
            ("files", None) => Method::Files,
            ("shards", None) => Method::Shards { shard_bytes: Method::SHARD_BYTES_DEFAULT },
            ("shards", Some(size)) => {
                let at = size.at.clone();
                let shard_bytes = size.natural()?;
                if shard_bytes == 0 {
                    return Err(JsonFault::new(&at, "expected at least 1, found 0").into());
                }
                Method::Shards { shard_bytes }
            }
            ("files", Some(size)) => {
                return Err(JsonFault::new(
                    &size.at,
                    "expected no size where whole files are sealed",
                )
                .into());
            }
            _ => return Err(SealError::Method { found: excerpt(&method) }),
        };
        // Absent means the safe value.
        let allow_symlinks =
            members.take_optional("allow_symlinks").map_or(Ok(false), Value::boolean)?;
        let paths = members.take_optional("ignore_paths").map_or(Ok(Vec::new()), Value::list)?;
        members.finish()?;
        let ignore_paths = paths.into_iter().map(Value::text).collect::<Result<_, _>>()?;
        Ok(Self { method, hash_type, allow_symlinks, ignore_paths })
    }

    /// The member `serialization`, compact and in fixed order.
    pub(super) fn to_json(&self) -> String {
        let method = match self.method {
            Method::Files => r#""method":"files""#.to_owned(),
            Method::Shards { shard_bytes } => {
                format!(r#""method":"shards","shard_size":{shard_bytes}"#)
            }
        };
        let ignore_paths: Vec<String> = self.ignore_paths.iter().map(|path| quote(path)).collect();
        format!(
            r#"{{{method},"hash_type":"{}","allow_symlinks":{},"ignore_paths":[{}]}}"#,
            self.hash_type,
            self.allow_symlinks,
            ignore_paths.join(",")
        )
    }

    /// What the Python reference calls the algorithm of a shard.
    pub(super) fn long_algorithm_name(&self) -> Option<String> {
        match self.method {
            Method::Files => None,
            Method::Shards { shard_bytes } => {
                Some(format!("{}-sharded-{shard_bytes}", self.hash_type))
            }
        }
    }

    /// Checks that every resource fits the method: hashed with the one hash; whole files, or for
    /// each file shards without a gap from its start.
    pub(super) fn check(&self, resources: &[Resource]) -> Result<(), SealError> {
        for resource in resources {
            let found = resource.digest().hash_type();
            if found != self.hash_type {
                let name = excerpt(&resource.name());
                return Err(SealError::OtherHash { name, expected: self.hash_type, found });
            }
            if resource.range().is_some() != matches!(self.method, Method::Shards { .. }) {
                return Err(shard_error(resource, ShardProblem::OtherMethod));
            }
        }
        let Method::Shards { shard_bytes } = self.method else { return Ok(()) };
        let mut files: BTreeMap<&str, Vec<(Range<u64>, &Resource)>> = BTreeMap::new();
        for resource in resources {
            if let Some(range) = resource.range() {
                files.entry(resource.path()).or_default().push((range, resource));
            }
        }
        for shards in files.values_mut() {
            shards.sort_by_key(|(range, _)| (range.start, range.end));
            let last = shards.len() - 1;
            let mut expected = 0;
            for (index, (range, resource)) in shards.iter().enumerate() {
                let refused = |problem| Err(shard_error(resource, problem));
                if range.is_empty() {
                    return refused(ShardProblem::Empty);
                }
                if range.start != expected {
                    return refused(ShardProblem::Gap { expected });
                }
                let length = range.end - range.start;
                if length > shard_bytes || (length < shard_bytes && index < last) {
                    return refused(ShardProblem::Length { shard_bytes });
                }
                expected = range.end;
            }
        }
        Ok(())
    }
}

fn shard_error(resource: &Resource, problem: ShardProblem) -> SealError {
    SealError::Shard { name: excerpt(&resource.name()), problem }
}

/// Takes `PATH:START:END` apart, from the right: paths may hold colons.
pub(super) fn split_shard_name(name: &str) -> Option<(&str, Range<u64>)> {
    let mut parts = name.rsplitn(3, ':');
    let (end, start, path) = (parts.next()?, parts.next()?, parts.next()?);
    // One range has one text.
    let number = |text: &str| text.parse().ok().filter(|number: &u64| number.to_string() == text);
    Some((path, number(start)?..number(end)?))
}
