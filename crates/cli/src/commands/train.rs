use std::path::PathBuf;

use clap::Args;
use modelseal_package::DataSource;
use modelseal_train::experiment::{Candidate, Fitted, HoldOut, StepReport, train_learner};
use serde::Serialize;

use crate::build_folder::{self, Trained};
use crate::failure::Failure;
use crate::options::ProjectOption;
use crate::training::{Bars, Fit, Loaded, hold_out_text, preparation_text};
use crate::voice::{Format, report};

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
    learner: &'static str,
    features: usize,
    preparation: Vec<StepReport>,
    hold_out: HoldOut,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let loaded = Loaded::read(&arguments.project)?;
    let candidate = loaded.project.candidate()?;
    let (trained, fitted) = fit(&loaded, &candidate)?;
    let folder = build_folder::save(loaded.project.root(), &trained)?;
    let value = Report {
        folder,
        data: trained.data,
        learner: candidate.entry.name,
        features: fitted.features.len(),
        preparation: fitted.reports,
        hold_out: fitted.hold_out,
    };
    report(format, &value, || {
        format!(
            "trained {} on {} of {} rows, {} features\n{}{}\n  model     {}",
            value.learner,
            value.hold_out.n_train,
            value.data.rows,
            value.features,
            preparation_text(&value.preparation),
            hold_out_text(&value.hold_out),
            value.folder.display()
        )
    })
}

/// Fits on the training part and measures on the rest.
pub(super) fn fit(loaded: &Loaded, candidate: &Candidate) -> Result<(Trained, Fitted), Failure> {
    let mut bars = Bars::default();
    let fitted = train_learner(&loaded.task(), &loaded.project.setup(), candidate, &mut bars)
        .map_err(|error| loaded.failed(&error))?;
    bars.finish();
    let trained = loaded.trained(Fit {
        candidate,
        features: &fitted.features,
        kept: &fitted.kept,
        transforms: &fitted.transforms,
        learner: &fitted.learner,
        reports: &fitted.reports,
        hold_out: &fitted.hold_out,
        row_count: fitted.hold_out.n_train,
    })?;
    Ok((trained, fitted))
}
