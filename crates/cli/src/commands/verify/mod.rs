//! `modelseal verify`: one module a method, one for packages, one for everything else.

use std::path::{Path, PathBuf};

use clap::Args;
use modelseal_package::PackageId;
use modelseal_signing::{Limits, OldFormats};

use super::sign::{Method, refuse_key_name};
use crate::failure::Failure;
use crate::itsdangerous_options::{ReadingOptions, SharedSecret};
use crate::model_options::{ModelOptions, SIGNATURE, is_package};
use crate::options::{PackageArgument, ProjectOption, TrustOption};
use crate::voice::Format;

mod certificate;
mod itsdangerous;
mod key;
mod model;
mod package;

/// Verify a model: any file, any folder, or a package of modelseal
///
/// Names every difference from what was signed, and what the signature does not cover. A package (a
/// file *.zip, unless --signature is given) has its seal inside, and must be what its name says.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 trusted, 10 tampered or malformed, 11 key unknown, expired or revoked,
12 not sealed, 1 could not be read, 2 usage.

Examples:
  modelseal verify model.onnx --signature model.onnx.sig --public-key alice.pub.pem
  modelseal verify checkout/ --signature checkout.sig --keyring keyring.json
  modelseal verify dist/diabetes_risk_model-0.1.0-2026_11_22.zip --keyring keyring.json")]
pub(crate) struct Arguments {
    /// The file, folder or package [default: the newest package of the project in dist/]
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// What must have signed
    #[arg(long, value_enum, default_value_t, value_name = "METHOD")]
    method: Method,
    /// The signature [default: model.sig]
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    /// A public key that is trusted, in PEM, in place of a keyring; may be repeated
    #[arg(long, alias = "public_key", value_name = "FILE", conflicts_with = "keyring")]
    public_key: Vec<PathBuf>,
    #[command(flatten)]
    certificate: certificate::CertificateOptions,
    /// Accept files that are not signed; they are listed
    #[arg(long, alias = "ignore_unsigned_files")]
    ignore_unsigned_files: bool,
    /// Refuse a model of which anything is not covered by the signature
    #[arg(long, alias = "require_full_coverage")]
    require_full_coverage: bool,
    /// Where the value of a file that itsdangerous signed goes, once it is verified
    #[arg(long, value_name = "FILE")]
    payload: Option<PathBuf>,
    /// Accept a signature of Model Signing 0.2, which says less and is signed more weakly
    #[arg(long)]
    accept_v0_2: bool,
    #[command(flatten)]
    model: ModelOptions,
    /// The package that it must be [default: as the file's name says]
    #[arg(long, value_name = "NAME-VERSION-DATE")]
    expect: Option<PackageId>,
    #[command(flatten)]
    trust: TrustOption,
    /// The only secret of the keyring that may have signed, of --method itsdangerous
    #[arg(long, value_name = "NAME")]
    key: Option<String>,
    #[command(flatten)]
    project: ProjectOption,
    #[command(flatten)]
    secret: SharedSecret,
    #[command(flatten)]
    reading: ReadingOptions,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    if arguments.method == Method::Itsdangerous {
        return itsdangerous::run(arguments, format);
    }
    let method = arguments.method.to_string();
    arguments.secret.refuse_if_given(&method)?;
    arguments.reading.refuse_if_given(&method)?;
    refuse_key_name(arguments.key.as_deref(), &method)?;
    match &arguments.path {
        Some(path)
            if arguments.expect.is_none() && !is_package(path, arguments.signature.as_deref()) =>
        {
            // What is wrong with the trust is said of it, and not of the signature.
            if arguments.method == Method::Certificate {
                let trust = certificate::trust(arguments)?;
                let check = |bundle: &[u8]| certificate::check(arguments, &trust, bundle);
                return model::run(arguments, path, check, format);
            }
            // A token holds a key as a file does.
            let keyring = key::keyring(arguments)?;
            model::run(arguments, path, |bundle| key::check(arguments, &keyring, bundle), format)
        }
        _ => package::run(arguments, format),
    }
}

impl Arguments {
    fn package(&self) -> PackageArgument {
        PackageArgument { package: self.path.clone() }
    }

    fn limits(&self) -> Limits {
        let old_formats =
            if self.accept_v0_2 { OldFormats::AcceptModelSigning0_2 } else { OldFormats::Refuse };
        Limits { old_formats, ..Limits::for_large_models() }
    }

    fn signature(&self) -> &Path {
        self.signature.as_deref().unwrap_or_else(|| Path::new(SIGNATURE))
    }
}
