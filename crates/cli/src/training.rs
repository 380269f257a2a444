//! What the training commands share: the project's data, its task, and the model at the end.

use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use modelseal_model::{InputField, Learner, Limits, Model, Schema, Transform};
use modelseal_package::DataSource;
use modelseal_train::data::Table;
use modelseal_train::experiment::{
    Candidate, DropReason, FittedFeature, HoldOut, Hooks, Metric, Pipeline, Progress, Setup,
    StepReport, Task, TrainError,
};
use serde_json::json;

use crate::build_folder::Trained;
use crate::data;
use crate::failure::Failure;
use crate::fits::Fits;
use crate::options::ProjectOption;
use crate::project::Project;
use crate::voice::{self, visible};

/// A project with its data in memory.
pub(crate) struct Loaded {
    pub(crate) project: Project,
    pub(crate) schema: Schema,
    pub(crate) table: Table,
    pub(crate) data: DataSource,
}

impl Loaded {
    /// Reads project file and data.
    pub(crate) fn read(option: &ProjectOption) -> Result<Self, Failure> {
        let project = option.load()?;
        let section = &project.sections.data;
        let path = project.root().join(&section.source);
        let (mut table, sha256) = data::read(&path)?;
        let names = section.columns.0.iter().cloned().collect();
        table.rename_columns(&names).map_err(|error| {
            Failure::usage(format!("{}: data.columns: {error}", project.path.display()))
        })?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let rows = table.row_count() as u64;
        let data = DataSource { name, sha256, rows, synthetic: section.synthetic };
        Self::new(project, table, data)
    }

    /// Joins a project and data that are in memory already.
    pub(crate) fn new(project: Project, table: Table, data: DataSource) -> Result<Self, Failure> {
        let schema = project.schema()?;
        Ok(Self { project, schema, table, data })
    }

    pub(crate) fn task(&self) -> Task<'_> {
        Task {
            table: &self.table,
            inputs: &self.schema.inputs,
            target: &self.project.sections.data.target,
            classes: &self.schema.output.classes,
        }
    }

    /// An error of the training, about this project.
    pub(crate) fn failed(&self, error: &TrainError) -> Failure {
        Failure::new(error.to_string()).about(self.project.path.display())
    }

    /// The model of a fit, ready to be packaged.
    pub(crate) fn trained(&self, fit: Fit<'_>) -> Result<Trained, Failure> {
        let Fit { candidate, features, kept, transforms, learner, reports, hold_out, row_count } =
            fit;
        for feature in features.iter().filter(|feature| feature.is_empty) {
            voice::say(&format!("note: column {:?} has no value to learn from", feature.name));
        }
        let metrics = json!({
            "hold_out": hold_out,
            "rows_learned_from": row_count,
            "setup": self.project.setup(),
            "preparation": reports,
            "learner": { "id": candidate.entry.id, "parameters": candidate.values() },
        });
        let mut metrics = serde_json::to_vec_pretty(&metrics)
            .map_err(|error| Failure::new(format!("the metrics cannot be written: {error}")))?;
        metrics.push(b'\n');
        let input = |&position: &usize| self.schema.inputs.get(position).cloned();
        let inputs: Vec<InputField> = kept.iter().filter_map(input).collect();
        let schema = Schema { inputs, output: self.schema.output.clone() };
        let names = features.iter().map(|feature| feature.name.clone()).collect();
        let (transforms, learner) = (transforms.to_vec(), learner.clone());
        let model = Model::new(schema, names, transforms, learner, &Limits::default())
            .map_err(|error| Failure::new(format!("the trained model is not valid: {error}")))?;
        let model = model.encode().map_err(|error| {
            Failure::new(format!("the trained model cannot be written: {error}"))
        })?;
        Ok(Trained { model, metrics, data: self.data.clone() })
    }
}

/// A finished fit, and what is known of it.
pub(crate) struct Fit<'a> {
    pub(crate) candidate: &'a Candidate,
    pub(crate) features: &'a [FittedFeature],
    /// Positions of the features among the project's inputs.
    pub(crate) kept: &'a [usize],
    pub(crate) transforms: &'a [Transform],
    pub(crate) learner: &'a Learner,
    pub(crate) reports: &'a [StepReport],
    /// Measured on rows that took no part in a fit of the same candidate.
    pub(crate) hold_out: &'a HoldOut,
    /// Rows that were learned from.
    pub(crate) row_count: usize,
}

impl<'a> Fit<'a> {
    pub(crate) fn of(candidate: &'a Candidate, fit: &'a Pipeline, hold_out: &'a HoldOut) -> Self {
        Self {
            candidate,
            features: &fit.features,
            kept: &fit.kept,
            transforms: &fit.transforms,
            learner: &fit.learner,
            reports: &fit.reports,
            hold_out,
            row_count: fit.row_count,
        }
    }
}

/// What a long run needs from its caller: a clock, an end, a memory, a progress bar.
pub(crate) struct Run {
    started: Instant,
    budget: Option<Duration>,
    fits: Fits,
    bars: Bars,
}

impl Run {
    pub(crate) fn new(fits: Fits, budget: Option<Duration>) -> Self {
        Self { started: Instant::now(), budget, fits, bars: Bars::default() }
    }

    /// Runs `work` with hooks that lead here.
    pub(crate) fn with<T>(&mut self, work: impl FnOnce(&mut Hooks<'_>) -> T) -> T {
        let (started, budget) = (self.started, self.budget);
        let mut hooks = Hooks {
            progress: &mut self.bars,
            clock: &|| started.elapsed(),
            should_stop: &|| budget.is_some_and(|budget| started.elapsed() > budget),
            ledger: Some(&self.fits),
        };
        let outcome = work(&mut hooks);
        self.bars.finish();
        outcome
    }
}

/// One progress bar at a time, for the step that is under way.
#[derive(Default)]
pub(crate) struct Bars {
    current: Option<(String, ProgressBar)>,
}

impl Bars {
    pub(crate) fn finish(&mut self) {
        if let Some((_, bar)) = self.current.take() {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bars {
    fn step(&mut self, name: &str, done: u64, total: u64) {
        if self.current.as_ref().is_none_or(|(current, _)| current != name) {
            self.finish();
            self.current = Some((name.to_owned(), voice::bar(name, total)));
        }
        if let Some((_, bar)) = &self.current {
            bar.set_position(done);
        }
    }
}

/// The measures as two lines of a table.
pub(crate) fn hold_out_text(hold_out: &HoldOut) -> String {
    let measures = [
        ("accuracy", hold_out.accuracy),
        ("AUC", hold_out.auc),
        ("recall", hold_out.recall),
        ("precision", hold_out.precision),
        ("F1", hold_out.f1),
        ("kappa", hold_out.kappa),
        ("MCC", hold_out.mcc),
    ];
    let names: String = measures.iter().map(|(name, _)| format!("{name:>10}")).collect();
    let values: String = measures.iter().map(|(_, value)| format!("{value:>10.4}")).collect();
    format!("  hold-out{names}\n  {:>8}{values}", format!("{} rows", hold_out.n_test))
}

/// What the preparation did, one line a step that changed something, below it the columns that
/// went, each with the reason.
pub(crate) fn preparation_text(reports: &[StepReport]) -> String {
    let mut text = String::new();
    for report in reports {
        let mut parts = Vec::new();
        if report.rows.0 != report.rows.1 {
            parts.push(format!("{} of {} rows kept", report.rows.1, report.rows.0));
        }
        if report.rows.1 > report.rows.0 {
            parts = vec![format!("{} rows made up", report.rows.1 - report.rows.0)];
        }
        if report.columns.0 != report.columns.1 {
            parts.push(format!("{} of {} columns kept", report.columns.1, report.columns.0));
        }
        if report.filled > 0 {
            parts.push(format!("{} values filled", report.filled));
        }
        if parts.is_empty() {
            continue;
        }
        text += &format!("  {:<26} {}\n", report.step, parts.join(", "));
        for dropped in report.dropped.iter().take(DROPPED_SHOWN_MAX) {
            let (column, why) = (visible(&dropped.column), visible(&why(&dropped.why)));
            text += &format!("  {:<26} - {column}: {why}\n", "");
        }
        let more = report.dropped.len().saturating_sub(DROPPED_SHOWN_MAX);
        if more > 0 {
            text += &format!("  {:<26} - {more} more; --format json names all\n", "");
        }
    }
    text
}

/// Columns that went by one step and are named in a text.
const DROPPED_SHOWN_MAX: usize = 30;

fn why(reason: &DropReason) -> String {
    match reason {
        DropReason::Collinear { with, correlation } => {
            format!("says what {with} says (correlation {correlation:.3})")
        }
        DropReason::NotSelected { rank, score: Some(score) } => {
            format!("rank {rank} by usefulness ({score:.0})")
        }
        DropReason::NotSelected { rank, score: None } => format!("rank {rank} by usefulness"),
    }
}

/// A measure by its published name, for the command line.
pub(crate) fn metric(name: &str) -> Result<Metric, String> {
    Metric::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Metric::ALL.iter().map(|metric| metric.name()).collect();
        format!("there is no measure {name:?}; there are {}", names.join(", "))
    })
}

/// A time such as `90s`, `10m` or `2h`.
pub(crate) fn budget(text: &str) -> Result<Duration, String> {
    let bad = || format!("{text:?} is not a time; write 90s, 10m or 2h");
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(bad)?;
    let seconds: u64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(bad()),
    };
    let number: u64 = number.parse().map_err(|_| bad())?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(bad)
}

/// The setup of a project with another number of folds.
pub(crate) fn with_folds(setup: Setup, folds: Option<u32>) -> Setup {
    Setup { fold: folds.unwrap_or(setup.fold), ..setup }
}
