use clap::Args;
use modelseal_train::experiment::{Candidate, CrossValidated, Decided, Experiment, Metric};
use serde::Serialize;

use crate::failure::Failure;
use crate::fits::Fits;
use crate::options::ProjectOption;
use crate::project::learner;
use crate::table::{Cell, Table};
use crate::training::{DecisionArguments, Loaded, Run, decision_text, with_folds};
use crate::voice::{Format, has_colour, report, write_document};

/// Cross-validate one learner, part by part
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  modelseal create lightgbm
  modelseal create gbc --threshold-for 'recall>=0.8' --calibrate isotonic")]
pub(crate) struct Arguments {
    /// The learner [default: the project's, with its parameters]
    #[arg(value_name = "ID")]
    learner: Option<String>,
    /// Parts of the cross-validation [default: as the project file says]
    #[arg(long, value_name = "COUNT")]
    folds: Option<u32>,
    /// Take the finished fits of an interrupted run
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    decision: DecisionArguments,
    #[command(flatten)]
    project: ProjectOption,
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    row: &'a CrossValidated,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'a Decided>,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let loaded = Loaded::read(&arguments.project)?;
    let candidate = candidate(&loaded, arguments.learner.as_deref())?;
    let setup = with_folds(loaded.project.setup(), arguments.folds);
    let mut experiment =
        Experiment::new(loaded.task(), setup).map_err(|error| loaded.failed(&error))?;
    let mut run = Run::new(Fits::new(loaded.project.root(), arguments.resume)?, None);
    let created = run
        .with(|hooks| experiment.create(&candidate, hooks))
        .map_err(|error| run.failed(&loaded, &error))?;
    let decided = arguments.decision.decide(&loaded, &mut experiment, &candidate, &mut run)?;
    let row = &created.cross_validated;
    match format {
        Format::Json => {
            let value = Report { row, decision: decided.as_ref() };
            report(format, &value, String::new)
        }
        Format::Text => {
            let decision = decided.as_ref().map_or_else(String::new, decision_text);
            let table = table(row, Some(4)).text(has_colour());
            write_document(&format!("{}\n{table}{decision}", row.name))
        }
        Format::Csv => write_document(&table(row, None).csv()),
        Format::Markdown => write_document(&table(row, Some(4)).markdown()),
    }?;
    run.end()
}

/// The learner that was named with its defaults, or the project's own.
pub(super) fn candidate(loaded: &Loaded, id: Option<&str>) -> Result<Candidate, Failure> {
    match id {
        Some(id) if id != loaded.project.learner_id() => learner(id),
        _ => loaded.project.candidate(),
    }
}

/// One line a part, then mean and standard deviation.
pub(super) fn table(row: &CrossValidated, digits: Option<usize>) -> Table {
    let number = |value: f64| match digits {
        _ if value.is_nan() => String::new(),
        Some(digits) => format!("{value:.digits$}"),
        None => value.to_string(),
    };
    let names = Metric::every().map(Metric::name);
    let mut table = names.fold(Table::default().words("part"), Table::numbers);
    let mut line = |name: &str, value: &dyn Fn(Metric) -> f64| {
        let mut cells = vec![Cell::new(name)];
        cells.extend(Metric::every().map(|metric| Cell::new(number(value(metric)))));
        table.row(cells);
    };
    for (part, fold) in row.folds.iter().enumerate() {
        line(&part.to_string(), &|metric| fold.scores.get(metric));
    }
    line("Mean", &|metric| row.mean.get(metric));
    line("Std", &|metric| row.deviation.get(metric));
    table
}
