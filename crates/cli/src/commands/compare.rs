use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use modelseal_train::experiment::{CrossValidated, Experiment, Leaderboard, Metric};
use modelseal_train::learn::LEARNERS;

use crate::failure::Failure;
use crate::files;
use crate::fits::Fits;
use crate::options::ProjectOption;
use crate::project::learner;
use crate::training::{Loaded, Run, budget, metric, preparation_text, with_folds};
use crate::voice::{self, Format, report};

/// Cross-validate learners on the training part and rank them
///
/// Preparation is fitted anew on every part, so nothing leaks from the rows that measure. Each
/// learner is tested against the best one: a large p says that the difference is noise.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  modelseal compare
  modelseal compare --models gbc,lightgbm,lr --sort AUC --budget 10m
  modelseal compare --resume --csv leaderboard.csv")]
pub(crate) struct Arguments {
    /// The learners [default: all]
    #[arg(long, value_delimiter = ',', value_name = "ID,...")]
    models: Vec<String>,
    /// Parts of the cross-validation [default: as the project file says]
    #[arg(long, value_name = "COUNT")]
    folds: Option<u32>,
    /// The measure to rank by
    #[arg(long, default_value = "accuracy", value_parser = metric, value_name = "MEASURE")]
    sort: Metric,
    /// Stop after this time with what is there: 90s, 10m, 2h
    #[arg(long, value_parser = budget, value_name = "TIME")]
    budget: Option<Duration>,
    /// Take the finished fits of an interrupted run
    #[arg(long)]
    resume: bool,
    /// Also write the table as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    #[command(flatten)]
    project: ProjectOption,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let loaded = Loaded::read(&arguments.project)?;
    let setup = with_folds(loaded.project.setup(), arguments.folds);
    let ids: Vec<&str> = if arguments.models.is_empty() {
        LEARNERS.iter().map(|entry| entry.id).collect()
    } else {
        arguments.models.iter().map(String::as_str).collect()
    };
    ids.iter().try_for_each(|id| learner(id).map(drop))?;
    let failed = |error| loaded.failed(&error);
    let mut experiment = Experiment::new(loaded.task(), setup).map_err(failed)?;
    let fits = Fits::new(loaded.project.root(), arguments.resume);
    let mut run = Run::new(fits, arguments.budget);
    let leaderboard =
        run.with(|hooks| experiment.compare(&ids, arguments.sort, hooks)).map_err(failed)?;
    for leak in &leaderboard.leaks {
        voice::say(&format!(
            "warning: column {:?} alone has an AUC of {:.4}: does it know the answer?",
            leak.column, leak.auc
        ));
    }
    if let Some(path) = &arguments.csv {
        files::write(path, csv(&leaderboard).as_bytes())?;
    }
    report(format, &leaderboard, || text(&leaderboard))
}

/// The table for people: the best of each column has a star.
fn text(leaderboard: &Leaderboard) -> String {
    let mut out = String::new();
    if let Some(reports) = leaderboard.preparation.first() {
        out += &preparation_text(reports);
    }
    out += &format!("{:<33}", "");
    for metric in Metric::ALL {
        out += &format!("{:>9} ", metric.name());
    }
    out += &format!("{:>9}{:>9}  vs best (p)\n", "fit s", "predict s");
    for row in &leaderboard.rows {
        out += &format!("{:<9}{:<24}", row.id, short(&row.name));
        for metric in Metric::ALL {
            let value = row.mean.rounded().get(metric);
            let best = leaderboard.rows.iter().map(|row| row.mean.rounded().get(metric));
            let star = if best.fold(f64::MIN, f64::max) == value { '*' } else { ' ' };
            out += &format!("{value:>9.4}{star}");
        }
        out += &format!("{:>9.3}{:>9.3}  {}\n", row.fit_seconds, row.predict_seconds, versus(row));
    }
    for failed in &leaderboard.failed {
        out += &format!("{:<9}{:<24}{}\n", failed.id, short(&failed.name), failed.reason);
    }
    out += "* best of its column; p: probability of such a difference by chance alone";
    out
}

fn versus(row: &CrossValidated) -> String {
    row.versus_best.as_ref().map_or_else(
        || "best".to_owned(),
        |test| format!("{:+.4} (p {:.3})", test.difference, test.p),
    )
}

fn short(name: &str) -> String {
    name.chars().take(23).collect()
}

fn csv(leaderboard: &Leaderboard) -> String {
    let mut out = "id,name".to_owned();
    for metric in Metric::ALL {
        out += &format!(",{0},{0} std", metric.name());
    }
    out += ",fit seconds,predict seconds,difference to best,p\n";
    for row in &leaderboard.rows {
        out += &format!("{},{}", row.id, row.name);
        for metric in Metric::ALL {
            out += &format!(",{},{}", row.mean.get(metric), row.deviation.get(metric));
        }
        out += &format!(",{},{}", row.fit_seconds, row.predict_seconds);
        out += &match &row.versus_best {
            Some(test) => format!(",{},{}\n", test.difference, test.p),
            None => ",,\n".to_owned(),
        };
    }
    out
}
