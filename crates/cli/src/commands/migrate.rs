use std::path::{Path, PathBuf};

use clap::Args;
use modelseal_files::{Description, Links, Model};
use modelseal_signing::Fingerprint;
use serde::Serialize;

use crate::failure::Failure;
use crate::files;
use crate::itsdangerous_options::{ReadingOptions, SharedSecret};
use crate::model_options::{SIGNATURE, hashing};
use crate::private_key::PrivateKeyOption;
use crate::voice::{Format, report};

/// Give a file that itsdangerous signed a modern seal
///
/// Verifies the old signature and makes a folder with the value, as a file, and an OpenSSF Model
/// Signing v1.0 signature of the folder, model.sig. Whoever verifies it needs the public key only,
/// and can sign nothing with it.
///
/// It is a folder, not a package of modelseal: a package holds data, and what was signed so far is
/// usually a pickle, which is a program. Sealing one says who made it, not that it is harmless.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: modelseal migrate signed_model.pkl --key-file keys.txt --private-key alice.pem --output model")]
pub(crate) struct Arguments {
    /// The signed file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    private_key: PrivateKeyOption,
    /// The folder to make; it must not exist
    #[arg(long, short, value_name = "FOLDER")]
    output: PathBuf,
    /// The name of the value in it [default: the file's name, without an ending .signed]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    secret: SharedSecret,
    #[command(flatten)]
    reading: ReadingOptions,
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    migrated: &'a Path,
    model: PathBuf,
    signature: PathBuf,
    fingerprint: Fingerprint,
    signed_at: Option<u64>,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let Arguments { file, output, secret, reading, .. } = arguments;
    let key = arguments.private_key.load()?;
    let name = payload_name(arguments)?;
    if std::fs::symlink_metadata(output).is_ok() {
        return Err(Failure::usage(format!("{} exists already", output.display()))
            .with_hint("choose another --output"));
    }
    let Some(folder_name) = output.file_name() else {
        return Err(Failure::usage(format!("{} is no name for a folder", output.display())));
    };
    let failed = |error: std::io::Error| Failure::io("written", output, &error);

    // Made where nobody else can write, and put in its place when it is complete.
    let parent = files::folder_of(output);
    std::fs::create_dir_all(parent).map_err(failed)?;
    let private =
        tempfile::Builder::new().prefix(".modelseal-").tempdir_in(parent).map_err(failed)?;
    let folder = private.path().join(folder_name);
    let payload = folder.join(&name);
    let signer = secret.signer()?;
    let unsigned = files::write_stream(&payload, |sink| {
        reading.unsign(&signer, secret.timestamp, file, sink)
    })?;
    let model = Model::open(&folder, Links::Refuse)?;
    let described = hashing("hash", |hashing| {
        let mut description = Description::default();
        description.ignore.add(SIGNATURE);
        let limits = modelseal_files::Limits::default();
        modelseal_files::describe(&model, &description, hashing, &limits)
    })?;
    let bundle = modelseal_signing::seal(&described.statement, &key)?;
    files::write(&folder.join(SIGNATURE), &bundle)?;
    std::fs::rename(&folder, output).map_err(failed)?;
    files::sync_folder(parent).map_err(failed)?;

    let value = Report {
        migrated: file,
        model: output.clone(),
        signature: output.join(SIGNATURE),
        fingerprint: key.public_key().fingerprint(),
        signed_at: unsigned.seconds(),
    };
    report(format, &value, || {
        format!(
            "verified {} and sealed its value with the key {}\n  model    {}\n  verify   modelseal verify {} --signature {}",
            file.display(),
            value.fingerprint,
            output.join(&name).display(),
            output.display(),
            value.signature.display()
        )
    })
}

/// One clean component, and not the signature's own.
fn payload_name(arguments: &Arguments) -> Result<String, Failure> {
    let name = arguments.name.clone().or_else(|| {
        let name = arguments.file.file_name()?.to_str()?;
        Some(name.strip_suffix(".signed").unwrap_or(name).to_owned())
    });
    let clean = |name: &String| {
        Path::new(name).file_name().is_some_and(|whole| whole == name.as_str()) && name != SIGNATURE
    };
    name.filter(clean).ok_or_else(|| {
        Failure::usage("the value needs a name of its own in the folder, without '/'")
            .with_hint("give one with --name")
    })
}
