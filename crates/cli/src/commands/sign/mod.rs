//! `modelseal sign`: one module a method, one for packages, one for everything else.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use modelseal_hsm::Pkcs11Uri;

use crate::failure::Failure;
use crate::itsdangerous_options::SharedSecret;
use crate::model_options::{ModelOptions, is_package};
use crate::options::{PackageArgument, ProjectOption};
use crate::private_key::PassphraseOption;
use crate::voice::Format;

mod certificate;
mod itsdangerous;
mod key;
mod model;
mod package;
mod pkcs11;

pub(super) use model::HashOptions;
pub(super) use package::seal;

/// Sign a model: any file, any folder, or a package of modelseal
///
/// Any file or folder gets an OpenSSF Model Signing v1.0 signature in a file of its own, which the
/// reference tool verifies, too. A package (a file *.zip, unless --signature is given) keeps its
/// seal inside: its every byte, its name, version and date are signed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  modelseal sign model.onnx --private-key alice.pem --signature model.onnx.sig
  modelseal sign checkout/ --private-key alice.pem --signature checkout.sig
  modelseal sign --private-key alice.pem              the newest package of the project")]
pub(crate) struct Arguments {
    /// The file, folder or package [default: the newest package of the project in dist/]
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// What signs
    #[arg(long, value_enum, default_value_t, value_name = "METHOD")]
    method: Method,
    /// Where the signature goes; an earlier one is replaced [default: model.sig]
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    /// The private key: PEM, mode 0600
    #[arg(long, alias = "private_key", value_name = "FILE")]
    private_key: Option<PathBuf>,
    /// Where the signed file of --method itsdangerous goes [default: PATH.signed]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The key of --method pkcs11, as RFC 7512 names it; the PIN is asked for, or in a file:
    /// 'pkcs11:token=models;object=signer?module-path=/usr/lib/m.so&pin-source=file:/run/pin'
    #[arg(long, alias = "pkcs11_uri", value_name = "URI")]
    pkcs11_uri: Option<Pkcs11Uri>,
    #[command(flatten)]
    passphrase: PassphraseOption,
    #[command(flatten)]
    certificate: certificate::CertificateOptions,
    #[command(flatten)]
    model: ModelOptions,
    #[command(flatten)]
    hashing: HashOptions,
    #[command(flatten)]
    project: ProjectOption,
    /// The keyring: of --method itsdangerous it says which secret signs and where it lies; for a
    /// package, which keys no longer seal [default for packages: as the project file says]
    #[arg(long, value_name = "FILE")]
    keyring: Option<PathBuf>,
    /// The secret's name in the keyring, of --method itsdangerous [default: the newest active one]
    #[arg(long, value_name = "NAME")]
    key: Option<String>,
    #[command(flatten)]
    secret: SharedSecret,
}

/// What vouches for a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Method {
    /// An ECDSA key in a file
    #[default]
    Key,
    /// An ECDSA key in a file, with a certificate that says whose it is
    Certificate,
    /// An ECDSA key in a hardware token, through PKCS#11; with a certificate if there is one
    Pkcs11,
    /// A secret that signer and verifier share, as Python's itsdangerous does
    Itsdangerous,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "key",
            Self::Certificate => "certificate",
            Self::Pkcs11 => "pkcs11",
            Self::Itsdangerous => "itsdangerous",
        })
    }
}

/// A signature, and who made it.
struct Signed {
    bundle: Vec<u8>,
    signer: String,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    if arguments.method == Method::Itsdangerous {
        return itsdangerous::run(arguments, format);
    }
    let method = arguments.method.to_string();
    arguments.secret.refuse_if_given(&method)?;
    refuse_key_name(arguments.key.as_deref(), &method)?;
    match (&arguments.path, arguments.method) {
        (Some(path), method) if !is_package(path, arguments.signature.as_deref()) => match method {
            Method::Pkcs11 => model::run(arguments, path, pkcs11::signer(arguments)?, format),
            Method::Certificate => {
                model::run(arguments, path, certificate::signer(arguments)?, format)
            }
            _ => model::run(arguments, path, key::signer(arguments)?, format),
        },
        _ => package::run(arguments, format),
    }
}

/// Only a shared secret is named; a private key is a file or lies in a token.
pub(super) fn refuse_key_name(name: Option<&str>, method: &str) -> Result<(), Failure> {
    match name {
        None => Ok(()),
        Some(_) => Err(Failure::usage(format!("--key has no meaning with --method {method}"))
            .with_hint("it belongs to --method itsdangerous")),
    }
}

impl Arguments {
    fn package(&self) -> PackageArgument {
        PackageArgument { package: self.path.clone() }
    }

    fn signature(&self) -> &Path {
        self.signature.as_deref().unwrap_or_else(|| Path::new(crate::model_options::SIGNATURE))
    }
}
