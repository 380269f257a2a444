use std::path::PathBuf;

use clap::Args;
use modelseal_train::experiment::{Decided, Experiment, HoldOut};
use serde::Serialize;

use crate::build_folder;
use crate::failure::Failure;
use crate::fits::Fits;
use crate::options::ProjectOption;
use crate::training::{
    DecisionArguments, Fit, Loaded, Measured, Run, decision_text, hold_out_text, measure,
};
use crate::voice::{Format, report};

/// Fit the project's learner on all rows: the model to ship
///
/// No row is left to measure it with, so the package carries the measures of the same learner
/// fitted on the training part. `modelseal package` packages it.
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal finalize && modelseal package")]
pub(crate) struct Arguments {
    #[command(flatten)]
    decision: DecisionArguments,
    #[command(flatten)]
    project: ProjectOption,
}

#[derive(Debug, Serialize)]
struct Report {
    folder: PathBuf,
    learner: &'static str,
    rows: usize,
    hold_out: HoldOut,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Decided>,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let loaded = Loaded::read(&arguments.project)?;
    let candidate = loaded.project.candidate()?;
    let failed = |error| loaded.failed(&error);
    let mut experiment = Experiment::new(loaded.task(), loaded.project.setup()).map_err(failed)?;
    let mut run = Run::new(Fits::new(loaded.project.root(), false)?, None);
    let measured = measure(&loaded, &mut experiment, &candidate, &arguments.decision, &mut run)?;
    let Measured { hold_out, decided, .. } = measured;
    let mut pipeline = run
        .with(|hooks| experiment.finalize(&candidate, hooks.progress))
        .map_err(|error| run.failed(&loaded, &error))?;
    pipeline.decision = decided.as_ref().map(|it| it.decision.clone()).unwrap_or_default();
    let trained = loaded.trained(Fit {
        candidate: &candidate,
        pipeline: &pipeline,
        hold_out: &hold_out,
        decided: decided.as_ref(),
    })?;
    let folder = build_folder::save(loaded.project.root(), &trained)?;
    let value = Report {
        folder,
        learner: candidate.entry.name,
        rows: pipeline.row_count,
        hold_out,
        decision: decided,
    };
    report(format, &value, || {
        format!(
            "fitted {} on all {} rows; measured before that on the rows held out:\n{}\n{}  model     {}",
            value.learner,
            value.rows,
            hold_out_text(&value.hold_out),
            value.decision.as_ref().map_or_else(String::new, decision_text),
            value.folder.display()
        )
    })
}
