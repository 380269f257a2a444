use clap::Args;
use modelseal_train::experiment::{Candidate, CrossValidated, Experiment, Metric};

use crate::failure::Failure;
use crate::fits::Fits;
use crate::options::ProjectOption;
use crate::project::learner;
use crate::table::{Cell, Table};
use crate::training::{Loaded, Run, with_folds};
use crate::voice::{Format, has_colour, report, write_document};

/// Cross-validate one learner, part by part
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal create lightgbm")]
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
    project: ProjectOption,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let loaded = Loaded::read(&arguments.project)?;
    let candidate = candidate(&loaded, arguments.learner.as_deref())?;
    let setup = with_folds(loaded.project.setup(), arguments.folds);
    let failed = |error| loaded.failed(&error);
    let mut experiment = Experiment::new(loaded.task(), setup).map_err(failed)?;
    let mut run = Run::new(Fits::new(loaded.project.root(), arguments.resume), None);
    let created = run.with(|hooks| experiment.create(&candidate, hooks)).map_err(failed)?;
    let row = &created.cross_validated;
    match format {
        Format::Json => report(format, row, String::new),
        Format::Text => {
            write_document(&format!("{}\n{}", row.name, table(row, Some(4)).text(has_colour())))
        }
        Format::Csv => write_document(&table(row, None).csv()),
        Format::Markdown => write_document(&table(row, Some(4)).markdown()),
    }
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
        Some(digits) => format!("{value:.digits$}"),
        None => value.to_string(),
    };
    let names = Metric::ALL.map(Metric::name);
    let mut table = names.into_iter().fold(Table::default().words("part"), Table::numbers);
    let mut line = |name: &str, value: &dyn Fn(Metric) -> f64| {
        let mut cells = vec![Cell::new(name)];
        cells.extend(Metric::ALL.map(|metric| Cell::new(number(value(metric)))));
        table.row(cells);
    };
    for (part, fold) in row.folds.iter().enumerate() {
        line(&part.to_string(), &|metric| fold.scores.get(metric));
    }
    line("Mean", &|metric| row.mean.get(metric));
    line("Std", &|metric| row.deviation.get(metric));
    table
}
