use std::path::PathBuf;

use clap::Args;
use indicatif::ProgressBar;
use modelseal_model::{Limits, Model};
use modelseal_package::DataSource;
use modelseal_train::data::Table;
use modelseal_train::experiment::{self, Fitted, HoldOut, Progress, Task};
use serde::Serialize;
use serde_json::json;

use crate::build_folder::{self, Trained};
use crate::data;
use crate::failure::Failure;
use crate::options::ProjectOption;
use crate::project::Project;
use crate::voice::{self, Format, report};

/// Train the model of a project and measure it on rows that it has not seen
///
/// The same data, project file and version give the same model, byte for byte.
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal train --project examples/diabetes/modelseal.yaml")]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: ProjectOption,
}

#[derive(Debug, Serialize)]
struct Report {
    folder: PathBuf,
    data: DataSource,
    features: usize,
    hold_out: HoldOut,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let project = arguments.project.load()?;
    let (table, data) = read_data(&project)?;
    let (trained, fitted) = fit(&project, &table, data)?;
    let folder = build_folder::save(project.root(), &trained)?;
    let value = Report {
        folder,
        data: trained.data,
        features: fitted.features.len(),
        hold_out: fitted.hold_out,
    };
    report(format, &value, || {
        format!(
            "trained on {} of {} rows, {} features\n{}\n  model     {}",
            value.hold_out.n_train,
            value.data.rows,
            value.features,
            metrics_text(&value.hold_out),
            value.folder.display()
        )
    })
}

/// Reads the data of a project, with its columns renamed.
pub(super) fn read_data(project: &Project) -> Result<(Table, DataSource), Failure> {
    let section = &project.sections.data;
    let path = project.root().join(&section.source);
    let (mut table, sha256) = data::read(&path)?;
    let names = section.columns.0.iter().cloned().collect();
    table.rename_columns(&names).map_err(|error| {
        Failure::usage(format!("{}: data.columns: {error}", project.path.display()))
    })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let rows = table.row_count() as u64;
    Ok((table, DataSource { name, sha256, rows, synthetic: section.synthetic }))
}

/// Trains the model of a project.
pub(super) fn fit(
    project: &Project,
    table: &Table,
    data: DataSource,
) -> Result<(Trained, Fitted), Failure> {
    let schema = project.schema()?;
    let (setup, parameters) = (project.setup(), project.parameters()?);
    let task = Task {
        table,
        inputs: &schema.inputs,
        target: &project.sections.data.target,
        classes: &schema.output.classes,
    };
    let mut bars = Bars { current: None };
    let fitted = experiment::train(&task, &setup, &parameters, &mut bars)
        .map_err(|error| Failure::new(error.to_string()).about(project.path.display()))?;
    bars.finish();
    for feature in fitted.features.iter().filter(|feature| feature.is_empty) {
        voice::say(&format!("note: column {:?} has no value in the training rows", feature.name));
    }
    let metrics = json!({
        "hold_out": fitted.hold_out,
        "setup": setup,
        "learner": { "id": fitted.learner.id(), "parameters": parameters },
    });
    let mut metrics = serde_json::to_vec_pretty(&metrics)
        .map_err(|error| Failure::new(format!("the metrics cannot be written: {error}")))?;
    metrics.push(b'\n');
    let features = fitted.features.iter().map(|feature| feature.name.clone()).collect();
    let (transforms, learner) = (fitted.transforms.clone(), fitted.learner.clone());
    let model = Model::new(schema, features, transforms, learner, &Limits::default())
        .map_err(|error| Failure::new(format!("the trained model is not valid: {error}")))?;
    let model = model
        .encode()
        .map_err(|error| Failure::new(format!("the trained model cannot be written: {error}")))?;
    Ok((Trained { model, metrics, data }, fitted))
}

/// The measures as two lines of a table.
pub(super) fn metrics_text(hold_out: &HoldOut) -> String {
    let measures = [
        ("accuracy", hold_out.accuracy),
        ("AUC", hold_out.auc),
        ("recall", hold_out.recall),
        ("precision", hold_out.precision),
        ("F1", hold_out.f1),
        ("kappa", hold_out.kappa),
        ("MCC", hold_out.mcc),
    ];
    let names: String = measures.iter().map(|(name, _)| format!("{name:>10}")).collect();
    let values: String = measures.iter().map(|(_, value)| format!("{value:>10.4}")).collect();
    format!("  hold-out{names}\n  {:>8}{values}", format!("{} rows", hold_out.n_test))
}

/// One progress bar at a time, for the step that is under way.
struct Bars {
    current: Option<(String, ProgressBar)>,
}

impl Bars {
    fn finish(&mut self) {
        if let Some((_, bar)) = self.current.take() {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bars {
    fn step(&mut self, name: &str, done: u64, total: u64) {
        if self.current.as_ref().is_none_or(|(current, _)| current != name) {
            self.finish();
            self.current = Some((name.to_owned(), voice::bar(name, total)));
        }
        if let Some((_, bar)) = &self.current {
            bar.set_position(done);
        }
    }
}
