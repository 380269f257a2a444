use std::fmt::Write;

use clap::Args;
use modelseal_model::{Calibration, InputField, InputKind, Model};
use modelseal_package::{
    Contents, Limits, PackageError, PackageErrorKind, PackageId, UnverifiedPackage,
};
use modelseal_signing::Fingerprint;
use serde_json::{Number, Value, json};

use crate::clock;
use crate::failure::Failure;
use crate::options::{PackageArgument, ProjectOption, TrustOption, read_package};
use crate::voice::{Format, report, visible};

/// Show what is in a package, and whether its seal is trusted
///
/// Looks into packages that nobody vouches for, too, and says so first.
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal inspect dist/diabetes_risk_model-0.1.0-2026_11_22.zip")]
pub(crate) struct Arguments {
    #[command(flatten)]
    package: PackageArgument,
    #[command(flatten)]
    trust: TrustOption,
    #[command(flatten)]
    project: ProjectOption,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let (file, id) = arguments.package.resolve(&arguments.project)?;
    let limits = Limits::default();
    let package = read_package(&file, &limits)?;
    let seal = match arguments.trust.load(&arguments.project) {
        Err(failure) => Seal::Unchecked(failure.message().to_owned()),
        Ok(keyring) => match package.clone().verify(&id, &keyring, clock::now(), &limits) {
            Ok(verified) => {
                let signers = std::iter::once(verified.signer()).chain(verified.cosigners());
                let signers: Vec<String> = signers
                    .map(|signer| format!("{:?} {}", signer.name, signer.fingerprint))
                    .collect();
                Seal::Trusted(signers.join(" and "))
            }
            Err(error) if error.kind() == PackageErrorKind::NotSealed => Seal::Absent,
            Err(error) => Seal::Refused(error.to_string()),
        },
    };
    let claims = claimed_keys(&package, &limits);
    let contents = package.dangerously_open_without_verification(&limits)?;
    let model = contents.model()?;
    report(format, &as_json(&id, &seal, &claims, &contents, &model), || {
        as_text(&id, &seal, &claims, &contents, &model)
    })
}

/// The keys that the seals name, the first one first: `None` for a seal that names none or cannot
/// be read. Whether they made them is said by [`Seal`] alone.
fn claimed_keys(package: &UnverifiedPackage, limits: &Limits) -> Vec<Option<Fingerprint>> {
    match package.claimed_seals(limits) {
        Ok(seals) => seals.into_iter().map(|seal| seal.claimed_key).collect(),
        Err(PackageError::NotSealed) => Vec::new(),
        Err(_) => vec![None],
    }
}

/// What is known about the seal of the package that is shown.
enum Seal {
    Trusted(String),
    Refused(String),
    Absent,
    /// No keyring to check it against.
    Unchecked(String),
}

impl Seal {
    fn word(&self) -> &'static str {
        match self {
            Self::Trusted(_) => "trusted",
            Self::Refused(_) => "refused",
            Self::Absent => "absent",
            Self::Unchecked(_) => "unchecked",
        }
    }

    fn detail(&self) -> &str {
        match self {
            Self::Trusted(detail) | Self::Refused(detail) | Self::Unchecked(detail) => detail,
            Self::Absent => "nobody has sealed this package",
        }
    }
}

fn as_json(
    id: &PackageId,
    seal: &Seal,
    claims: &[Option<Fingerprint>],
    contents: &Contents,
    model: &Model,
) -> Value {
    json!({
        "package": id,
        "claimed_keys": claims,
        "sequence": contents.manifest().sequence,
        "expires_at": contents.manifest().expires_at,
        "seal": { "status": seal.word(), "detail": seal.detail() },
        "manifest": contents.manifest(),
        "schema": model.schema(),
        "features": model.features(),
        "learner": model.learner().id(),
        "decision": {
            "calibration": model.decision().calibration.as_ref().map(Calibration::method),
            "threshold": model.decision().threshold,
        },
        "metrics": metrics(contents),
    })
}

fn as_text(
    id: &PackageId,
    seal: &Seal,
    claims: &[Option<Fingerprint>],
    contents: &Contents,
    model: &Model,
) -> String {
    let mut text = String::new();
    let manifest = contents.manifest();
    let named = (manifest.id != *id).then(|| format!("the file says it is {id}"));
    // Writing to a string cannot fail.
    let mut row = |name: &str, value: &dyn std::fmt::Display| {
        let _ = writeln!(text, "  {name:<12} {}", visible(&value.to_string()));
    };
    row("seal", &format_args!("{}: {}", seal.word().to_uppercase(), seal.detail()));
    for claim in claims {
        match claim {
            Some(key) => row("claimed key", key),
            None => row("claimed key", &"none that can be read"),
        }
    }
    if let Some(named) = named {
        row("WARNING", &named);
    }
    row("model", &manifest.details.display_name);
    row("created", &manifest.created_at);
    row("sequence", &manifest.sequence);
    match manifest.expires_at {
        Some(end) => row("expires", &end),
        None => row("expires", &"never"),
    }
    if let Some(data) = &manifest.data {
        let kind = if data.synthetic { ", synthetic" } else { "" };
        row(
            "data",
            &format_args!("{}, {} rows{kind}, sha256 {}", data.name, data.rows, data.sha256),
        );
    }
    row("learner", &model.learner().id());
    if let Some(calibration) = &model.decision().calibration {
        let method = serde_json::to_value(calibration.method()).unwrap_or_default();
        row("calibrated", &method.as_str().unwrap_or_default());
    }
    if let Some(threshold) = model.decision().threshold {
        let positive = model.schema().output.classes.last();
        let label = positive.map_or("", |class| class.label.as_str());
        row("threshold", &format_args!("{label} from a probability of {threshold:.4} on"));
    }
    row("features", &model.features().len());
    for file in &manifest.files {
        row("file", &format_args!("{:<24} {:>9} bytes  {}", file.name, file.size, file.sha256));
    }
    for input in &model.schema().inputs {
        row("input", &describe(input));
    }
    let labels: Vec<&str> =
        model.schema().output.classes.iter().map(|class| class.label.as_str()).collect();
    row("output", &format_args!("{}: {}", model.schema().output.name, labels.join(" | ")));
    if let Some(Value::Object(hold_out)) = metrics(contents).get("hold_out") {
        for (name, value) in hold_out {
            if let Some(number) = value.as_number() {
                row("hold-out", &format_args!("{name:<24} {}", short(number)));
            }
        }
    }
    // What the package says it is; the file's name is checked by the seal.
    format!("{}\n{text}", manifest.id)
}

fn metrics(contents: &Contents) -> Value {
    // That it is a JSON object was checked when the package was opened.
    serde_json::from_slice(contents.metrics()).unwrap_or_default()
}

/// Counts as they are, measures with four digits.
fn short(number: &Number) -> String {
    match number.as_f64() {
        Some(measure) if number.is_f64() => format!("{measure:.4}"),
        _ => number.to_string(),
    }
}

fn describe(input: &InputField) -> String {
    let kind = match &input.kind {
        InputKind::Integer { minimum, maximum } => format!("integer{}", range(minimum, maximum)),
        InputKind::Number { minimum, maximum } => format!("number{}", range(minimum, maximum)),
        InputKind::Boolean => "true or false".to_owned(),
        InputKind::Category { values } => {
            let labels: Vec<&str> = values.iter().map(|value| value.label.as_str()).collect();
            labels.join(" | ")
        }
    };
    let required = if input.required { ", required" } else { "" };
    format!("{:<24} {kind}{required}", input.name)
}

fn range<T: std::fmt::Display>(minimum: &Option<T>, maximum: &Option<T>) -> String {
    match (minimum, maximum) {
        (Some(low), Some(high)) => format!(" {low}..{high}"),
        (Some(low), None) => format!(" from {low}"),
        (None, Some(high)) => format!(" up to {high}"),
        (None, None) => String::new(),
    }
}
