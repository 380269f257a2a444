use std::time::Duration;

use clap::Args;
use modelseal_train::experiment::{Advice, CrossValidated, Experiment, Leaderboard, Metric};
use modelseal_train::learn::LEARNERS;

use crate::failure::Failure;
use crate::fits::Fits;
use crate::options::ProjectOption;
use crate::project::learner;
use crate::table::{Cell, Table};
use crate::training::{Loaded, Run, budget, metric, preparation_text, with_folds};
use crate::voice::{self, Format, has_colour, report, visible, write_document};

/// Cross-validate learners on the training part and rank them
///
/// Preparation is fitted anew on every part, so nothing leaks from the rows that measure. Each
/// learner is tested against the best one: a large p says that the difference is noise.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  modelseal compare
  modelseal compare --models gbc,lightgbm,lr --sort AUC --budget 10m
  modelseal compare --resume --format csv > leaderboard.csv")]
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
    /// Show log loss and Brier score, too
    #[arg(long)]
    losses: bool,
    /// Take the finished fits of an interrupted run
    #[arg(long)]
    resume: bool,
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
    let fits = Fits::new(loaded.project.root(), arguments.resume)?;
    let mut run = Run::new(fits, arguments.budget);
    let leaderboard = run
        .with(|hooks| experiment.compare(&ids, arguments.sort, hooks))
        .map_err(|error| run.failed(&loaded, &error))?;
    warn(&leaderboard);
    let losses = arguments.losses;
    match format {
        Format::Json => report(format, &leaderboard, String::new),
        Format::Text => write_document(&text(&leaderboard, losses)),
        Format::Csv => write_document(&table(&leaderboard, None, true).csv()),
        Format::Markdown => write_document(&table(&leaderboard, Some(4), losses).markdown()),
    }?;
    run.end()
}

/// Says which columns give the class away, and where all columns would be better than few.
pub(super) fn warn(leaderboard: &Leaderboard) {
    for leak in &leaderboard.leaks {
        voice::say(&format!(
            "warning: column {:?} alone has an AUC of {:.4}: does it know the answer?",
            leak.column, leak.auc
        ));
    }
    if let Some(Advice { id, selected, all }) = &leaderboard.advice {
        voice::say(&format!(
            "advice: with all columns {id} has an AUC of {:.4} and an accuracy of {:.4} on part 0, with \
             the selected ones {:.4} and {:.4}; set feature_selection: false",
            all.auc, all.accuracy, selected.auc, selected.accuracy
        ));
    }
}

/// The leaderboard; the best of each column is marked. `digits` shortens the numbers.
fn table(leaderboard: &Leaderboard, digits: Option<usize>, losses: bool) -> Table {
    let metrics: Vec<Metric> =
        if losses { Metric::every().collect() } else { Metric::ALL.to_vec() };
    let number = |value: f64| {
        Cell::new(match digits {
            _ if value.is_nan() => String::new(),
            Some(digits) => format!("{value:.digits$}"),
            None => value.to_string(),
        })
    };
    let mut table = Table::default().words("id").words("learner");
    for &metric in &metrics {
        table = table.numbers(metric.name());
        if digits.is_none() {
            table = table.numbers(&format!("{} std", metric.name()));
        }
    }
    table = table
        .numbers("fit s")
        .numbers("predict s")
        .numbers("bytes")
        .numbers("vs best")
        .numbers("p");
    let rows = &leaderboard.rows;
    let is_least = |value: f64, other: fn(&CrossValidated) -> f64| {
        value > 0.0 && rows.iter().all(|row| value <= other(row))
    };
    for row in rows {
        let mut cells = vec![Cell::new(&row.id), Cell::new(&row.name)];
        for &metric in &metrics {
            let value = |row: &CrossValidated| metric.oriented(row.mean.rounded().get(metric));
            let best = rows.iter().map(value).fold(f64::MIN, f64::max);
            cells.push(number(row.mean.get(metric)).best(value(row) == best));
            if digits.is_none() {
                cells.push(number(row.deviation.get(metric)));
            }
        }
        let (fit, predict) = (row.fit_seconds, row.predict_seconds);
        cells.push(number(fit).best(is_least(fit, |row| row.fit_seconds)));
        cells.push(number(predict).best(is_least(predict, |row| row.predict_seconds)));
        let is_smallest = rows.iter().all(|other| row.size_bytes <= other.size_bytes);
        cells.push(Cell::new(row.size_bytes.to_string()).best(is_smallest));
        cells.extend(row.versus_best.as_ref().map_or_else(
            || ["best", ""].map(Cell::new),
            |test| [number(test.difference), number(test.p)],
        ));
        table.row(cells);
    }
    table
}

/// The preparation, the table, what failed, and how to read it.
fn text(leaderboard: &Leaderboard, losses: bool) -> String {
    let preparation = leaderboard.preparation.first();
    let mut out = preparation.map_or_else(String::new, |reports| preparation_text(reports));
    out += &table(leaderboard, Some(4), losses).text(has_colour());
    for failed in &leaderboard.failed {
        out += &visible(&format!("{}  {}: {}", failed.id, failed.name, failed.reason));
        out += "\n";
    }
    let mark = if has_colour() { "green" } else { "*" };
    out + &format!(
        "{mark}: best of its column; p: probability of such a difference by chance alone"
    )
}
