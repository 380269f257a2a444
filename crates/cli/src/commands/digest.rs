use std::path::{Path, PathBuf};

use clap::Args;
use modelseal_files::Description;
use serde::Serialize;

use super::sign::HashOptions;
use crate::failure::Failure;
use crate::model_options::{ModelOptions, NotCovered, hashing};
use crate::voice::{Format, report};

/// Print the root digest of a model: sha256:HEX
///
/// It is the digest of the digests of all files, in the order of their names: what a signature of
/// the model names as its subject. It covers no names, and replaces no signature.
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal digest checkout/")]
pub(crate) struct Arguments {
    /// The file or folder
    #[arg(value_name = "PATH")]
    path: PathBuf,
    #[command(flatten)]
    model: ModelOptions,
    #[command(flatten)]
    hashing: HashOptions,
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    model: &'a Path,
    digest: String,
    files: usize,
    bytes: u64,
    not_covered: NotCovered,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let model = arguments.model.open(&arguments.path)?;
    let (ignore, _) = arguments.model.ignore(&model, None)?;
    let description = Description { ignore, ..arguments.hashing.description() };
    let limits = modelseal_files::Limits::for_large_models();
    let described = hashing("hash", |hashing| {
        modelseal_files::describe(&model, &description, hashing, &limits)
    })?;
    let value = Report {
        model: &arguments.path,
        digest: format!("sha256:{}", described.statement.root_digest()),
        files: described.file_count,
        bytes: described.byte_count,
        not_covered: described.coverage.into(),
    };
    report(format, &value, || value.digest.clone())
}
