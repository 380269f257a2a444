use clap::Args;
use modelseal_train::experiment::Experiment;
use serde_json::json;

use crate::failure::Failure;
use crate::options::ProjectOption;
use crate::training::{Bars, Loaded, hold_out_text};
use crate::voice::{Format, report};

/// Measure the project's learner on the rows held out, without keeping the model
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal evaluate")]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: ProjectOption,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let loaded = Loaded::read(&arguments.project)?;
    let candidate = loaded.project.candidate()?;
    let failed = |error| loaded.failed(&error);
    let experiment = Experiment::new(loaded.task(), loaded.project.setup()).map_err(failed)?;
    let mut bars = Bars::default();
    let pipeline = experiment.fit(&candidate, &mut bars).map_err(failed)?;
    bars.finish();
    let hold_out = experiment.evaluate(&pipeline);
    let value = json!({ "learner": candidate.entry.id, "hold_out": hold_out });
    report(format, &value, || {
        let mut text =
            format!("{}\n{}\n  confusion", candidate.entry.name, hold_out_text(&hold_out));
        for (class, counts) in loaded.schema.output.classes.iter().zip(&hold_out.confusion) {
            let counts: String = counts.iter().map(|count| format!("{count:>10}")).collect();
            text += &format!("\n    {:<20}{counts}", class.label);
        }
        text
    })
}
