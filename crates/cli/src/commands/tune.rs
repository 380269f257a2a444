use clap::Args;
use modelseal_train::experiment::{Experiment, Metric, Trial, TuneOptions, Tuned};
use modelseal_train::learn::ParameterValue;
use serde_json::json;

use crate::failure::Failure;
use crate::fits::Fits;
use crate::options::ProjectOption;
use crate::training::{Loaded, Run, metric};
use crate::voice::{Format, report};

/// Search for better parameters of a learner, at random from the published lists
///
/// The same seed draws the same candidates as the published walk-through. What is found is
/// printed as it stands in a project file.
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal tune gbc --iterations 10 --optimize f1")]
pub(crate) struct Arguments {
    /// The learner [default: the project's, with its parameters]
    #[arg(value_name = "ID")]
    learner: Option<String>,
    /// Candidates to try
    #[arg(long, default_value_t = 10, value_name = "COUNT")]
    iterations: usize,
    /// The measure that decides
    #[arg(long, default_value = "accuracy", value_parser = metric, value_name = "MEASURE")]
    optimize: Metric,
    /// Take the finished fits of an interrupted run
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    project: ProjectOption,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let loaded = Loaded::read(&arguments.project)?;
    let candidate = super::create::candidate(&loaded, arguments.learner.as_deref())?;
    let failed = |error| loaded.failed(&error);
    let mut experiment = Experiment::new(loaded.task(), loaded.project.setup()).map_err(failed)?;
    let options = TuneOptions {
        n_iter: arguments.iterations,
        optimize: arguments.optimize,
        choose_better: true,
    };
    let mut run = Run::new(Fits::new(loaded.project.root(), arguments.resume), None);
    let tuned = run.with(|hooks| experiment.tune(&candidate, &options, hooks)).map_err(failed)?;
    let value = json!({
        "learner": candidate.entry.id,
        "optimize": tuned.optimize,
        "trials": tuned.trials,
        "best": tuned.best,
        "original": tuned.original,
        "gain": tuned.gain,
        "is_better": tuned.is_better,
        "parameters": tuned.candidate.values(),
    });
    report(format, &value, || text(&tuned))
}

fn text(tuned: &Tuned) -> String {
    let metric = tuned.optimize;
    let mut out = format!("{:<12}{:>10}{:>10}\n", "", metric.name(), "Std");
    let mut line = |name: &str, mean: f64, deviation: f64, mark: &str| {
        out += &format!("{name:<12}{mean:>10.4}{deviation:>10.4}{mark}\n");
    };
    let original = &tuned.original;
    line("original", original.mean.get(metric), original.deviation.get(metric), "");
    for (position, Trial { result, .. }) in tuned.trials.iter().enumerate() {
        let name = format!("candidate {}", position + 1);
        let mark = if tuned.best == Some(position) { "  best" } else { "" };
        match result {
            Some(row) => line(&name, row.mean.get(metric), row.deviation.get(metric), mark),
            None => line(&name, f64::NAN, f64::NAN, "  failed"),
        }
    }
    if let Some(gain) = &tuned.gain {
        out += &format!(
            "best minus original: {:+.4} ± {:.4} (95%), p {:.3}\n",
            gain.difference, gain.margin, gain.p
        );
    }
    out += if tuned.is_better {
        "the best candidate, for modelseal.yaml:\n"
    } else {
        "no candidate is better; the original stays, as in modelseal.yaml:\n"
    };
    out += &format!("learner:\n  id: {}\n  parameters:", tuned.candidate.entry.id);
    for (name, value) in tuned.candidate.values() {
        let value = match value {
            ParameterValue::Boolean(value) => value.to_string(),
            ParameterValue::Number(value) => value.to_string(),
            ParameterValue::Word(value) => value,
        };
        out += &format!("\n    {name}: {value}");
    }
    out
}
