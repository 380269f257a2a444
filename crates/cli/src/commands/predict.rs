use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use modelseal_model::{Model, Record};
use modelseal_package::VerifiedPackage;
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::files;
use crate::options::{PackageArgument, ProjectOption, StoreOption, TrustOption, verify_file};
use crate::voice::{Format, report};

/// Bytes of one record. Stops a mistaken path to a data set from being read as a record.
const RECORD_BYTES_MAX: u64 = 1 << 20;

/// Predict one record with a verified package
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  modelseal predict --input '{\"body_mass_index\": 31, \"general_health\": \"FAIR\"}'
  modelseal predict dist/diabetes_risk_model-0.1.0-2026_11_22.zip --input @record.json
  modelseal predict --from-store diabetes_risk_model --input - < record.json")]
pub(crate) struct Arguments {
    #[command(flatten)]
    package: PackageArgument,
    /// Take the package from the store: NAME-VERSION-DATE, or NAME for the newest
    #[arg(long, value_name = "PACKAGE", conflicts_with = "package")]
    from_store: Option<String>,
    /// The record: JSON, @FILE, or - for standard input
    #[arg(long, value_name = "JSON")]
    input: String,
    /// Show the probability of every class
    #[arg(long)]
    probabilities: bool,
    #[command(flatten)]
    store: StoreOption,
    #[command(flatten)]
    trust: TrustOption,
    #[command(flatten)]
    project: ProjectOption,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let model = verified(arguments)?.model()?;
    let record = Record::from_json(&input(&arguments.input)?)
        .map_err(|error| Failure::new(format!("the input is not a record: {error}")))?;
    let row = model.row(&record).map_err(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Failure::new(format!("the input is refused: {}", errors.join("; ")))
            .with_hint("`modelseal inspect` shows what the model takes")
    })?;
    let value = answer(&model, row, arguments.probabilities);
    report(format, &value, || value.to_string())
}

fn answer(model: &Model, row: Vec<f64>, probabilities: bool) -> Value {
    let prediction = model.predict(row);
    let output = &model.schema().output;
    let mut answer = Map::new();
    answer.insert(output.name.clone(), json!(output.classes[prediction.class].label));
    if probabilities {
        let labels = output.classes.iter().map(|class| class.label.clone());
        let each: Map<String, Value> =
            labels.zip(prediction.probabilities.into_iter().map(Value::from)).collect();
        answer.insert("probabilities".to_owned(), each.into());
    }
    answer.into()
}

fn verified(arguments: &Arguments) -> Result<VerifiedPackage, Failure> {
    if let Some(name) = &arguments.from_store {
        let store = arguments.store.open(&arguments.project)?;
        let trust = arguments.trust.trust(&arguments.project)?;
        return Ok(super::pull::fetch(name, &trust, &store)?.1);
    }
    let keyring = arguments.trust.load(&arguments.project)?;
    let (file, id) = arguments.package.resolve(&arguments.project)?;
    verify_file(&file, &id, &keyring)
}

fn input(argument: &str) -> Result<Vec<u8>, Failure> {
    let from: PathBuf = match argument.strip_prefix('@') {
        Some(file) => file.into(),
        None if argument != "-" => return Ok(argument.as_bytes().to_vec()),
        None => {
            let mut bytes = Vec::new();
            std::io::stdin()
                .take(RECORD_BYTES_MAX)
                .read_to_end(&mut bytes)
                .map_err(|error| Failure::io("read", Path::new("standard input"), &error))?;
            return Ok(bytes);
        }
    };
    files::read(&from, RECORD_BYTES_MAX)
}
