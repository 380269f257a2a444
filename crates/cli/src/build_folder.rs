//! What `train` leaves for `package`: one folder a trained model, and a file that names the last.
//!
//! Each model has a folder of its own, named after its digest and complete before `latest`
//! names it: an interrupted training leaves the model that was there before.

use std::fs;
use std::path::{Path, PathBuf};

use modelseal_model::{EncodedModel, Limits, Model};
use modelseal_package::DataSource;
use modelseal_signing::DigestStream;

use crate::failure::Failure;
use crate::files;

/// A trained model that is not packaged yet.
#[derive(Debug)]
pub(crate) struct Trained {
    pub(crate) model: EncodedModel,
    pub(crate) metrics: Vec<u8>,
    pub(crate) data: DataSource,
}

/// Bytes of the file that names the latest model.
const LATEST_BYTES_MAX: u64 = 256;

/// Bytes of `data.json`.
const DATA_BYTES_MAX: u64 = 64 << 10;

/// Writes a trained model and names it as the latest; returns its folder.
pub(crate) fn save(root: &Path, trained: &Trained) -> Result<PathBuf, Failure> {
    let build = root.join("build");
    let _occupied = files::occupy(&build)?;
    let data = serde_json::to_vec_pretty(&trained.data)
        .map_err(|error| Failure::new(format!("the data source cannot be written: {error}")))?;
    let mut digest = DigestStream::new();
    for part in [&trained.model.model_json, &trained.model.parameters, &trained.metrics, &data] {
        digest.update(part);
    }
    let name: String = digest.finish().to_string().chars().take(16).collect();
    let folder = build.join(&name);
    for (file, bytes) in [
        ("model.json", &trained.model.model_json),
        ("parameters.safetensors", &trained.model.parameters),
        ("metrics.json", &trained.metrics),
        ("data.json", &data),
    ] {
        files::write(&folder.join(file), bytes)?;
    }
    files::write(&build.join("latest"), name.as_bytes())?;
    remove_others(&build, &name);
    Ok(folder)
}

/// Reads the latest trained model.
pub(crate) fn load(root: &Path) -> Result<Trained, Failure> {
    let build = root.join("build");
    let latest = build.join("latest");
    if !latest.exists() {
        return Err(Failure::new(format!("there is no trained model in {}", build.display()))
            .with_hint("run `modelseal train` first"));
    }
    let limits = Limits::default();
    let folder = build.join(files::read_text(&latest, LATEST_BYTES_MAX)?.trim());
    let model = EncodedModel {
        model_json: files::read(&folder.join("model.json"), limits.model_json_bytes_max as u64)?,
        parameters: files::read(
            &folder.join("parameters.safetensors"),
            limits.parameters_bytes_max as u64,
        )?,
    };
    Model::decode(&model.model_json, &model.parameters, &limits).map_err(|error| {
        Failure::new(format!("{}: {error}", folder.display()))
            .with_hint("run `modelseal train` again")
    })?;
    let metrics_bytes_max = modelseal_package::Limits::default().metrics_bytes_max as u64;
    let metrics = files::read(&folder.join("metrics.json"), metrics_bytes_max)?;
    let data_file = folder.join("data.json");
    let data = serde_json::from_slice(&files::read(&data_file, DATA_BYTES_MAX)?)
        .map_err(|error| Failure::new(format!("{}: {error}", data_file.display())))?;
    Ok(Trained { model, metrics, data })
}

/// The files of a model's folder.
const FILES: [&str; 4] = ["model.json", "parameters.safetensors", "metrics.json", "data.json"];

/// Earlier models are of no use any more. That one cannot be removed is no reason to fail.
fn remove_others(build: &Path, keep: &str) {
    for entry in fs::read_dir(build).into_iter().flatten().flatten() {
        if entry.file_name() != keep && is_ours(&entry) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Whether a folder has the name and exactly the files that [`save`] gives one, or was left by
/// one that was killed: whatever else a person keeps beside it is theirs.
fn is_ours(entry: &fs::DirEntry) -> bool {
    let name = entry.file_name();
    let is_digest = name.len() == 16
        && name.to_str().is_some_and(|name| {
            name.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        });
    let Ok(files) = fs::read_dir(entry.path()) else { return false };
    let names: Vec<_> = files.flatten().map(|file| file.file_name()).collect();
    let has_unfinished = names.iter().any(|name| files::is_unfinished(name));
    if is_digest && has_unfinished {
        let is_known = |name: &std::ffi::OsString| {
            files::is_unfinished(name) || FILES.iter().any(|file| name == file)
        };
        return names.iter().all(is_known);
    }
    is_digest
        && names.len() == FILES.len()
        && FILES.iter().all(|file| names.iter().any(|name| name == file))
}
