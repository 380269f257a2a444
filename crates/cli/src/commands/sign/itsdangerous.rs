//! `--method itsdangerous`: the file with a signature of Python's itsdangerous at its end.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Arguments;
use crate::failure::Failure;
use crate::voice::{Format, report};
use crate::{clock, files};

#[derive(Debug, Serialize)]
struct Report<'a> {
    file: &'a Path,
    signed: PathBuf,
    method: String,
    signed_at: Option<u64>,
}

pub(super) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let Some(path) = &arguments.path else {
        return Err(Failure::usage("the file to sign is missing").with_hint("see --help"));
    };
    if arguments.signature.is_some() {
        return Err(Failure::usage("--signature has no meaning with --method itsdangerous")
            .with_hint(
                "the signature stands at the end of the signed file: name it with --output",
            ));
    }
    let signed_at = match arguments.secret.timestamp {
        true => Some(u64::try_from(clock::build_time()?.as_second()).unwrap_or(0)),
        false => None,
    };
    let signer = arguments.secret.signer()?;
    let failed = |error: std::io::Error| Failure::io("read", path, &error);
    let mut source = files::open(path).map_err(failed)?;
    let output = arguments.output.clone().unwrap_or_else(|| {
        let mut name = path.clone().into_os_string();
        name.push(".signed");
        name.into()
    });
    files::write_stream(&output, |sink| {
        signer.sign_stream(&mut source, sink, signed_at).map_err(failed)
    })?;
    let value =
        Report { file: path, signed: output, method: arguments.method.to_string(), signed_at };
    report(format, &value, || {
        format!(
            "signed {} as itsdangerous does\n  signed   {}",
            path.display(),
            value.signed.display()
        )
    })
}
