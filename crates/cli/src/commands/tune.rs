use std::time::Duration;

use clap::Args;
use modelseal_train::experiment::{Experiment, Metric, Search, Tuned};
use serde_json::json;

use super::learners::word;
use crate::failure::Failure;
use crate::fits::Fits;
use crate::options::ProjectOption;
use crate::training::{DecisionArguments, Loaded, Run, budget, decision_text, metric};
use crate::voice::{Format, report};

/// Search for better parameters of a learner
///
/// By default where good candidates are dense (tree-structured Parzen estimator), with every
/// number of boosting rounds at the price of one fit; a candidate that loses to the best on each
/// of the first parts is given up. --search published draws the very candidates of the published
/// walk-through. What is found is printed as it stands in a project file.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  modelseal tune gbc --iterations 20 --optimize auc
  modelseal tune gbc --search published --optimize f1")]
pub(crate) struct Arguments {
    /// The learner [default: the project's, with its parameters]
    #[arg(value_name = "ID")]
    learner: Option<String>,
    /// Candidates to try [default: as the project file says, or 10]
    #[arg(long, value_name = "COUNT")]
    iterations: Option<usize>,
    /// The measure that decides [default: as the project file says, or accuracy]
    #[arg(long, value_parser = metric, value_name = "MEASURE")]
    optimize: Option<Metric>,
    /// How candidates are found: tpe, published [default: as the project file says, or tpe]
    #[arg(long, value_parser = search, value_name = "METHOD")]
    search: Option<Search>,
    /// Stop after this time with what is there: 90s, 10m, 2h
    #[arg(long, value_parser = budget, value_name = "TIME")]
    budget: Option<Duration>,
    /// Take the finished fits of an interrupted run
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    decision: DecisionArguments,
    #[command(flatten)]
    project: ProjectOption,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let loaded = Loaded::read(&arguments.project)?;
    let candidate = super::create::candidate(&loaded, arguments.learner.as_deref())?;
    let failed = |error| loaded.failed(&error);
    let mut experiment = Experiment::new(loaded.task(), loaded.project.setup()).map_err(failed)?;
    let mut options = loaded.project.tune()?;
    options.n_iter = arguments.iterations.unwrap_or(options.n_iter);
    options.optimize = arguments.optimize.unwrap_or(options.optimize);
    options.search = arguments.search.unwrap_or(options.search);
    let fits = Fits::new(loaded.project.root(), arguments.resume)?;
    let mut run = Run::new(fits, arguments.budget);
    let tuned = run
        .with(|hooks| experiment.tune(&candidate, &options, hooks))
        .map_err(|error| run.failed(&loaded, &error))?;
    let decided =
        arguments.decision.decide(&loaded, &mut experiment, &tuned.candidate, &mut run)?;
    let value = json!({
        "learner": candidate.entry.id,
        "optimize": tuned.optimize,
        "trials": tuned.trials,
        "best": tuned.best,
        "original": tuned.original,
        "gain": tuned.gain,
        "is_better": tuned.is_better,
        "parameters": tuned.candidate.values(),
        "decision": decided,
    });
    report(format, &value, || {
        let decision = decided.as_ref().map(|decided| format!("\n{}", decision_text(decided)));
        text(&tuned) + &decision.unwrap_or_default()
    })?;
    run.end()
}

fn search(name: &str) -> Result<Search, String> {
    match name {
        "tpe" => Ok(Search::Tpe),
        "published" => Ok(Search::Published),
        _ => Err("it is tpe or published".to_owned()),
    }
}

fn text(tuned: &Tuned) -> String {
    let metric = tuned.optimize;
    let mut out = format!("{:<12}{:>10}{:>10}\n", "", metric.name(), "Std");
    let mut line = |name: &str, mean: f64, deviation: f64, mark: &str| {
        let number = |value: f64| match value.is_nan() {
            true => "-".to_owned(),
            false => format!("{value:.4}"),
        };
        out += &format!("{name:<12}{:>10}{:>10}{mark}\n", number(mean), number(deviation));
    };
    let original = &tuned.original;
    line("original", original.mean.get(metric), original.deviation.get(metric), "");
    for (position, trial) in tuned.trials.iter().enumerate() {
        let name = format!("candidate {}", position + 1);
        let mark = if tuned.best == Some(position) { "  best" } else { "" };
        match (&trial.result, trial.abandoned_after) {
            (Some(row), _) => line(&name, row.mean.get(metric), row.deviation.get(metric), mark),
            (None, Some(parts)) => {
                let mark = format!("  given up after {parts} parts: worse than the best in each");
                line(&name, f64::NAN, f64::NAN, &mark);
            }
            (None, None) => {
                let why = trial.failure.as_deref().unwrap_or_default();
                line(&name, f64::NAN, f64::NAN, &format!("  failed: {why}"));
            }
        }
    }
    if let Some(gain) = &tuned.gain {
        let verdict = if gain.p < 0.05 { "more than chance" } else { "no more than chance" };
        out += &format!(
            "best minus original: {:+.4} ± {:.4} (95%), p {:.3}: {verdict}\n",
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
        out += &format!("\n    {name}: {}", word(&value));
    }
    out
}
