//! Any file or folder: walked, hashed, described, signed, the signature beside it.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use modelseal_files::{Described, Description};
use modelseal_signing::{Dialect, HashType, Limits, Method, Statement, peek};
use serde::Serialize;

use super::{Arguments, Signed};
use crate::failure::Failure;
use crate::files;
use crate::model_options::{NotCovered, hashing};
use crate::voice::{Format, report};

/// How a model is hashed.
#[derive(Debug, Clone, Args)]
pub(crate) struct HashOptions {
    /// The hash; every verifier knows sha256, blake3 is the fastest
    #[arg(long, value_enum, default_value_t, value_name = "HASH")]
    pub(crate) hash: Hash,
    /// Sign parts of so many bytes, not whole files: a large file is then hashed on all cores, with
    /// any hash
    #[arg(long, alias = "shard_size", value_name = "BYTES", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) shard_size: Option<u64>,
    /// Write as another program does where the specification leaves no room: the Python reference
    /// calls a single file `.` and refuses other names
    #[arg(long, value_enum, value_name = "PROGRAM")]
    pub(crate) compat: Option<Compat>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Hash {
    #[default]
    Sha256,
    Blake2b,
    Blake3,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compat {
    /// `model_signing` 1.1
    Python,
}

impl HashOptions {
    /// A description that leaves nothing out yet.
    pub(crate) fn description(&self) -> Description {
        Description {
            method: match self.shard_size {
                None => Method::Files,
                Some(shard_bytes) => Method::Shards { shard_bytes },
            },
            hash_type: match self.hash {
                Hash::Sha256 => HashType::Sha256,
                Hash::Blake2b => HashType::Blake2b,
                Hash::Blake3 => HashType::Blake3,
            },
            dialect: match self.compat {
                None => Dialect::Specification,
                Some(Compat::Python) => Dialect::Python,
            },
            ..Description::default()
        }
    }
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    model: &'a Path,
    signature: PathBuf,
    method: String,
    signed_by: String,
    root: String,
    files: usize,
    bytes: u64,
    not_covered: NotCovered,
}

pub(super) fn run(
    arguments: &Arguments,
    path: &Path,
    sign: impl FnOnce(&Statement) -> Result<Signed, Failure>,
    format: Format,
) -> Result<(), Failure> {
    let signature = arguments.signature();
    let model = arguments.model.open(path)?;
    let (ignore, own_name) = arguments.model.ignore(&model, Some(signature))?;
    check_place(signature)?;
    let description = Description { ignore, ..arguments.hashing.description() };
    let described = hashing("hash", |hashing| {
        modelseal_files::describe(
            &model,
            &description,
            hashing,
            &modelseal_files::Limits::for_large_models(),
        )
    })?;
    let Described { statement, coverage, file_count, byte_count } = described;
    let Signed { bundle, signer } = sign(&statement)?;
    files::write(signature, &bundle)?;
    let not_covered = NotCovered::from(coverage.without_signature(own_name.as_deref()));
    let value = Report {
        model: path,
        signature: signature.to_owned(),
        method: arguments.method.to_string(),
        signed_by: signer,
        root: format!("sha256:{}", statement.root_digest()),
        files: file_count,
        bytes: byte_count,
        not_covered,
    };
    report(format, &value, || {
        format!(
            "signed {} with {}\n  signature {}\n  files     {} with {} bytes{}",
            path.display(),
            value.signed_by,
            signature.display(),
            value.files,
            value.bytes,
            value.not_covered
        )
    })
}

/// A signature takes the place of nothing but an earlier signature: a wrong path must not cost a
/// file of the model.
fn check_place(signature: &Path) -> Result<(), Failure> {
    let refused = |what: &str| {
        Failure::usage(format!("the signature would replace {}, {what}", signature.display()))
            .with_hint("choose another --signature, or move that file away")
    };
    match std::fs::symlink_metadata(signature) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::io("read", signature, &error)),
        Ok(metadata) if !metadata.is_file() => Err(refused("which is not a regular file")),
        Ok(metadata) if metadata.len() == 0 => Ok(()),
        Ok(_) => {
            let limits = Limits::for_large_models();
            let earlier = files::read(signature, limits.bundle_bytes_max as u64)
                .ok()
                .filter(|bytes| peek(bytes, &limits).is_ok());
            earlier.map(drop).ok_or_else(|| refused("which is not a signature"))
        }
    }
}
