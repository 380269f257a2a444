use std::path::PathBuf;

use clap::Args;
use modelseal_train::experiment::{Experiment, HoldOut};
use serde::Serialize;

use crate::build_folder;
use crate::failure::Failure;
use crate::options::ProjectOption;
use crate::training::{Bars, Fit, Loaded, hold_out_text};
use crate::voice::{Format, report};

/// Fit the project's learner on all rows: the model to ship
///
/// No row is left to measure it with, so the package carries the measures of the same learner
/// fitted on the training part. `modelseal package` packages it.
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal finalize && modelseal package")]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: ProjectOption,
}

#[derive(Debug, Serialize)]
struct Report {
    folder: PathBuf,
    learner: &'static str,
    rows: usize,
    hold_out: HoldOut,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let loaded = Loaded::read(&arguments.project)?;
    let candidate = loaded.project.candidate()?;
    let failed = |error| loaded.failed(&error);
    let experiment = Experiment::new(loaded.task(), loaded.project.setup()).map_err(failed)?;
    let mut bars = Bars::default();
    let measured = experiment.fit(&candidate, &mut bars).map_err(failed)?;
    let hold_out = experiment.evaluate(&measured);
    let pipeline = experiment.finalize(&candidate, &mut bars).map_err(failed)?;
    bars.finish();
    let trained = loaded.trained(Fit::of(&candidate, &pipeline, &hold_out))?;
    let folder = build_folder::save(loaded.project.root(), &trained)?;
    let value =
        Report { folder, learner: candidate.entry.name, rows: pipeline.row_count, hold_out };
    report(format, &value, || {
        format!(
            "fitted {} on all {} rows; measured before that on the rows held out:\n{}\n  model     {}",
            value.learner,
            value.rows,
            hold_out_text(&value.hold_out),
            value.folder.display()
        )
    })
}
