//! What the training commands share: the project's data, its task, and the model at the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::ProgressBar;
use modelseal_model::{CalibrationMethod, InputField, Limits, Model, Schema};
use modelseal_package::DataSource;
use modelseal_train::data::Table;
use modelseal_train::experiment::{
    Candidate, Decided, DecisionOptions, DropReason, Experiment, HoldOut, Hooks, Metric, Pipeline,
    Progress, Scores, Setup, StepReport, Task, ThresholdRule, TrainError,
};
use serde_json::json;

use crate::build_folder::Trained;
use crate::data;
use crate::failure::{Exit, Failure};
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
        let Fit { candidate, pipeline, hold_out, decided } = fit;
        let Pipeline { features, kept, transforms, learner, decision, reports, row_count } =
            pipeline;
        for feature in features.iter().filter(|feature| feature.is_empty) {
            voice::say(&format!("note: column {:?} has no value to learn from", feature.name));
        }
        let mut metrics = json!({
            "hold_out": hold_out,
            "rows_learned_from": row_count,
            "setup": self.project.setup(),
            "preparation": reports,
            "learner": { "id": candidate.entry.id, "parameters": candidate.values() },
        });
        if let Some(decided) = decided {
            metrics["decision"] = json!({
                "chosen_on": "training rows, each by a fit that had not learned from it",
                "threshold": decided.threshold,
                "calibration": decided.calibration,
                "before": decided.before,
                "after": decided.after,
            });
        }
        let mut metrics = serde_json::to_vec_pretty(&metrics)
            .map_err(|error| Failure::new(format!("the metrics cannot be written: {error}")))?;
        metrics.push(b'\n');
        let input = |&position: &usize| self.schema.inputs.get(position).cloned();
        let inputs: Vec<InputField> = kept.iter().filter_map(input).collect();
        let schema = Schema { inputs, output: self.schema.output.clone() };
        let names = features.iter().map(|feature| feature.name.clone()).collect();
        let (transforms, learner) = (transforms.to_vec(), learner.clone());
        let model = Model::new(schema, names, transforms, learner, &Limits::default())
            .and_then(|model| model.with_decision(decision.clone()))
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
    pub(crate) pipeline: &'a Pipeline,
    /// Measured on rows that took no part in a fit of the same candidate.
    pub(crate) hold_out: &'a HoldOut,
    /// Calibration and threshold, when they were asked for.
    pub(crate) decided: Option<&'a Decided>,
}

/// What a long run needs from its caller: a clock, an end, a memory, a progress bar.
pub(crate) struct Run {
    started: Instant,
    budget: Option<Duration>,
    fits: Fits,
    bars: Bars,
    interrupted: Arc<AtomicBool>,
}

impl Run {
    pub(crate) fn new(fits: Fits, budget: Option<Duration>) -> Self {
        let interrupted = Arc::default();
        watch_signals(Arc::clone(&interrupted));
        Self { started: Instant::now(), budget, fits, bars: Bars::default(), interrupted }
    }

    /// Runs `work` with hooks that lead here.
    pub(crate) fn with<T>(&mut self, work: impl FnOnce(&mut Hooks<'_>) -> T) -> T {
        let (started, budget, interrupted) = (self.started, self.budget, &self.interrupted);
        let mut hooks = Hooks {
            progress: &mut self.bars,
            clock: &|| started.elapsed(),
            should_stop: &|| {
                interrupted.load(Ordering::Relaxed)
                    || budget.is_some_and(|budget| started.elapsed() > budget)
            },
            ledger: Some(&self.fits),
        };
        let outcome = work(&mut hooks);
        self.bars.finish();
        outcome
    }

    /// An error of the training; that it was stopped, when that is why.
    pub(crate) fn failed(&self, loaded: &Loaded, error: &TrainError) -> Failure {
        if self.is_interrupted() { Failure::interrupted() } else { loaded.failed(error) }
    }

    fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// After everything was reported: a failure, when somebody stopped the run.
    pub(crate) fn end(&self) -> Result<(), Failure> {
        if self.is_interrupted() { Err(Failure::interrupted()) } else { Ok(()) }
    }
}

/// The first signal stops the run after the fits that are under way, the second one at once.
fn watch_signals(interrupted: Arc<AtomicBool>) {
    std::thread::spawn(move || {
        // Without a runtime signals end the process by themselves, as they did before.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            modelseal_serve::shutdown_signal().await;
            interrupted.store(true, Ordering::Relaxed);
            voice::say("stopping after the fits under way; once more to stop at once");
            modelseal_serve::shutdown_signal().await;
            std::process::exit(Exit::Interrupted.code().into());
        });
    });
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

/// What stands between the learner and an answer.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct DecisionArguments {
    /// Calibrate the probabilities: sigmoid or isotonic [default: as the project file says]
    #[arg(long, value_parser = calibration, value_name = "METHOD")]
    calibrate: Option<CalibrationMethod>,
    /// Where to draw the line between two classes: recall>=0.8, f1, 0.3 [default: as the
    /// project file says]
    #[arg(long, value_name = "RULE")]
    threshold_for: Option<ThresholdRule>,
}

impl DecisionArguments {
    /// What was asked for, on the command line or in the project file; none when nothing was.
    pub(crate) fn options(&self, loaded: &Loaded) -> Result<Option<DecisionOptions>, Failure> {
        let from_file = loaded.project.decision()?;
        let options = DecisionOptions {
            calibrate: self.calibrate.or(from_file.calibrate),
            threshold: self.threshold_for.or(from_file.threshold),
        };
        Ok((options != DecisionOptions::default()).then_some(options))
    }

    /// Finds calibration and threshold for a learner, when they were asked for.
    pub(crate) fn decide(
        &self,
        loaded: &Loaded,
        experiment: &mut Experiment<'_>,
        candidate: &Candidate,
        run: &mut Run,
    ) -> Result<Option<Decided>, Failure> {
        let Some(options) = self.options(loaded)? else { return Ok(None) };
        let decided = run.with(|hooks| experiment.decide(candidate, &options, hooks));
        decided.map(Some).map_err(|error| run.failed(loaded, &error))
    }
}

/// A learner fitted on the training part, with what stands between it and an answer.
pub(crate) struct Measured {
    pub(crate) pipeline: Pipeline,
    pub(crate) hold_out: HoldOut,
    pub(crate) decided: Option<Decided>,
}

/// Fits a learner on the training part, decides, and measures on the rows held out.
pub(crate) fn measure(
    loaded: &Loaded,
    experiment: &mut Experiment<'_>,
    candidate: &Candidate,
    decision: &DecisionArguments,
    run: &mut Run,
) -> Result<Measured, Failure> {
    let decided = decision.decide(loaded, experiment, candidate, run)?;
    let mut pipeline = run
        .with(|hooks| experiment.fit(candidate, hooks.progress))
        .map_err(|error| run.failed(loaded, &error))?;
    pipeline.decision = decided.as_ref().map(|it| it.decision.clone()).unwrap_or_default();
    let hold_out = experiment.evaluate(&pipeline);
    Ok(Measured { pipeline, hold_out, decided })
}

/// What calibration and threshold change, two lines of measures.
pub(crate) fn decision_text(decided: &Decided) -> String {
    let line = |name: &str, scores: &Scores| {
        let mut out = format!("  {name:<12}");
        for metric in Metric::every() {
            let value = scores.get(metric);
            let text = if value.is_nan() { "-".to_owned() } else { format!("{value:.4}") };
            out += &format!("{text:>10}");
        }
        out + "\n"
    };
    let names: String = Metric::every().map(|metric| format!("{:>10}", metric.name())).collect();
    let mut out = "on training rows, each by a fit that had not learned from it:\n".to_owned();
    out += &format!("  {:<12}{names}\n", "");
    out += &line("before", &decided.before);
    out += &line("after", &decided.after);
    if let Some(threshold) = decided.threshold {
        out += &format!("  threshold {threshold:.4}\n");
    }
    out
}

fn calibration(name: &str) -> Result<CalibrationMethod, String> {
    match name {
        "sigmoid" => Ok(CalibrationMethod::Sigmoid),
        "isotonic" => Ok(CalibrationMethod::Isotonic),
        _ => Err("it is sigmoid or isotonic".to_owned()),
    }
}

/// The measures as two lines of a table.
pub(crate) fn hold_out_text(hold_out: &HoldOut) -> String {
    let mut measures = vec![
        ("accuracy", hold_out.accuracy),
        ("AUC", hold_out.auc),
        ("recall", hold_out.recall),
        ("precision", hold_out.precision),
        ("F1", hold_out.f1),
        ("kappa", hold_out.kappa),
        ("MCC", hold_out.mcc),
    ];
    measures.extend(hold_out.log_loss.map(|value| ("log loss", value)));
    measures.extend(hold_out.brier.map(|value| ("Brier", value)));
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
        if report.columns.1 > report.columns.0 {
            let (before, after) = report.columns;
            parts.push(format!("{after} columns made of {before}"));
        } else if report.columns.1 < report.columns.0 {
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
        let names: Vec<&str> = Metric::every().map(Metric::name).collect();
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
