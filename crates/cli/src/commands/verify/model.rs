//! Any file or folder: the signature first, then every file against it.

use std::path::Path;

use modelseal_files::{Comparing, Comparison, Difference};
use modelseal_signing::{Limits, Statement, Verified};
use serde_json::{Value, json};

use super::Arguments;
use crate::failure::Failure;
use crate::files;
use crate::model_options::{NotCovered, hashing};
use crate::voice::{Format, report, say};

/// Verifies `path`; `check` decides whether the signature's bytes are trusted.
pub(super) fn run(
    arguments: &Arguments,
    path: &Path,
    check: impl FnOnce(&[u8]) -> Result<Verified<Statement>, Failure>,
    format: Format,
) -> Result<(), Failure> {
    let signature = arguments.signature();
    let model = arguments.model.open(path)?;
    let bundle = read_signature(signature)?;
    let statement = check(&bundle).map_err(|failure| failure.about(signature.display()))?;
    let (ignore, own_name) = arguments.model.ignore(&model, Some(signature))?;
    let comparing = Comparing { ignore, ignore_unsigned_files: arguments.ignore_unsigned_files };
    let comparison = hashing("verify", |hashing| {
        let limits = modelseal_files::Limits::for_large_models();
        modelseal_files::compare(&model, &statement, &comparing, hashing, &limits)
    })?;
    let Comparison { differences, coverage, file_count, byte_count } = comparison;
    let not_covered = NotCovered::from(coverage.without_signature(own_name.as_deref()));
    let refused = if !differences.is_empty() {
        Some(differ(path, &differences))
    } else if arguments.require_full_coverage && !not_covered.is_empty() {
        Some(uncovered(path, &not_covered))
    } else {
        None
    };
    let signer = statement.signer();
    let remarks: Vec<String> = statement.remarks().iter().map(ToString::to_string).collect();
    let value = json!({
        "verified": refused.is_none(),
        "model": path,
        "signature": signature,
        "method": arguments.method.to_string(),
        "signed_by": signer.name,
        "fingerprint": signer.fingerprint,
        "cosigned_by": statement.cosigners().iter().map(|it| &it.name).collect::<Vec<_>>(),
        "subject": statement.subject(),
        "root": format!("sha256:{}", statement.root_digest()),
        "files": file_count,
        "bytes": byte_count,
        "differences": differences.iter().map(as_json).collect::<Vec<_>>(),
        "not_covered": not_covered,
        "remarks": remarks,
    });
    if let Some(failure) = refused {
        return Err(failure.with_report(value));
    }
    if format == Format::Text {
        remarks.iter().for_each(|remark| say(&format!("note: {remark}")));
    }
    report(format, &value, || {
        format!(
            "trusted: {}\n{}  files     {file_count} with {byte_count} bytes{not_covered}",
            path.display(),
            std::iter::once(signer)
                .chain(statement.cosigners())
                .map(|signer| format!("  signed by {:?} {}\n", signer.name, signer.fingerprint))
                .collect::<String>(),
        )
    })
}

fn read_signature(path: &Path) -> Result<Vec<u8>, Failure> {
    if matches!(std::fs::metadata(path), Err(error) if error.kind() == std::io::ErrorKind::NotFound)
    {
        return Err(Failure::not_sealed(format!("there is no signature {}", path.display()))
            .with_hint("name it with --signature, or make one with `modelseal sign`"));
    }
    files::read(path, Limits::for_large_models().bundle_bytes_max as u64)
}

fn differ(path: &Path, differences: &[Difference]) -> Failure {
    let what = match differences {
        [_] => "differs in one place from what was signed".to_owned(),
        more => format!("differs in {} places from what was signed", more.len()),
    };
    Failure::tampered(format!("{} {what}", path.display()))
        .with_details(differences.iter().map(ToString::to_string))
        .with_hint("do not use this model: fetch it again from its maker and compare; files that do not belong to it can be left out with --ignore-paths")
}

fn uncovered(path: &Path, not_covered: &NotCovered) -> Failure {
    Failure::tampered(format!("{} holds more than the signature covers", path.display()))
        .with_details(not_covered.lines())
        .with_hint("remove it, or sign the model again with --no-ignore-git-paths; without --require-full-coverage it is only reported")
}

fn as_json(difference: &Difference) -> Value {
    match difference {
        Difference::Missing { name } => json!({"kind": "missing", "name": name}),
        Difference::Extra { name, bytes } => {
            json!({"kind": "extra", "name": name, "bytes": bytes})
        }
        Difference::Changed { name, signed, found } => json!({
            "kind": "changed",
            "name": name,
            "algorithm": found.hash_type().name(),
            "signed": signed.to_string(),
            "found": found.to_string(),
        }),
        Difference::Size { name, signed, found } => {
            json!({"kind": "size", "name": name, "signed": signed, "found": found})
        }
        Difference::Irregular { name, what } => {
            json!({"kind": "irregular", "name": name, "what": what.to_string()})
        }
        other => json!({"kind": "other", "name": other.name(), "what": other.to_string()}),
    }
}
