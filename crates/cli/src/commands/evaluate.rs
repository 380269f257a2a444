use clap::Args;
use modelseal_train::experiment::Experiment;
use serde_json::json;

use crate::failure::Failure;
use crate::fits::Fits;
use crate::options::ProjectOption;
use crate::training::{
    DecisionArguments, Loaded, Measured, Run, decision_text, hold_out_text, measure,
};
use crate::voice::{Format, report};

/// Measure the project's learner on the rows held out, without keeping the model
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  modelseal evaluate
  modelseal evaluate --threshold-for 'recall>=0.8'")]
pub(crate) struct Arguments {
    #[command(flatten)]
    decision: DecisionArguments,
    #[command(flatten)]
    project: ProjectOption,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let loaded = Loaded::read(&arguments.project)?;
    let candidate = loaded.project.candidate()?;
    let failed = |error| loaded.failed(&error);
    let mut experiment = Experiment::new(loaded.task(), loaded.project.setup()).map_err(failed)?;
    let mut run = Run::new(Fits::new(loaded.project.root(), false)?, None);
    let measured = measure(&loaded, &mut experiment, &candidate, &arguments.decision, &mut run)?;
    let Measured { hold_out, decided, .. } = &measured;
    let value = json!({ "learner": candidate.entry.id, "hold_out": hold_out, "decision": decided });
    report(format, &value, || {
        let mut text =
            format!("{}\n{}\n  confusion", candidate.entry.name, hold_out_text(hold_out));
        for (class, counts) in loaded.schema.output.classes.iter().zip(&hold_out.confusion) {
            let counts: String = counts.iter().map(|count| format!("{count:>10}")).collect();
            text += &format!("\n    {:<20}{counts}", class.label);
        }
        let decision = decided.as_ref().map(|decided| format!("\n{}", decision_text(decided)));
        text + &decision.unwrap_or_default()
    })
}
