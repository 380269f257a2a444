use clap::Args;
use modelseal_train::experiment::{Candidate, CrossValidated, Experiment, Metric};

use crate::failure::Failure;
use crate::fits::Fits;
use crate::options::ProjectOption;
use crate::project::learner;
use crate::training::{Loaded, Run, with_folds};
use crate::voice::{Format, report};

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
    report(format, &created.cross_validated, || text(&created.cross_validated))
}

/// The learner that was named with its defaults, or the project's own.
pub(super) fn candidate(loaded: &Loaded, id: Option<&str>) -> Result<Candidate, Failure> {
    match id {
        Some(id) if id != loaded.project.learner_id() => learner(id),
        _ => loaded.project.candidate(),
    }
}

/// One line a part, then mean and standard deviation.
pub(super) fn text(row: &CrossValidated) -> String {
    let mut out = format!("{}\n{:<6}", row.name, "");
    for metric in Metric::ALL {
        out += &format!("{:>10}", metric.name());
    }
    let mut line = |name: &str, value: &dyn Fn(Metric) -> f64| {
        out += &format!("\n{name:<6}");
        for metric in Metric::ALL {
            out += &format!("{:>10.4}", value(metric));
        }
    };
    for (part, fold) in row.folds.iter().enumerate() {
        line(&part.to_string(), &|metric| fold.scores.get(metric));
    }
    line("Mean", &|metric| row.mean.get(metric));
    line("Std", &|metric| row.deviation.get(metric));
    out
}
