use std::path::PathBuf;

use clap::Args;
use modelseal_package::DataSource;
use modelseal_train::experiment::{
    Candidate, Decided, Experiment, HoldOut, Leaderboard, Metric, Progress, StepReport, Task,
    Tuned, train_taking,
};
use serde::Serialize;

use crate::build_folder::{self, Trained};
use crate::failure::Failure;
use crate::fits::Fits;
use crate::options::ProjectOption;
use crate::training::{
    Bars, DecisionArguments, Fit, Loaded, Measured, Run, decision_text, hold_out_text, measure,
    preparation_text,
};
use crate::voice::{Format, report};

/// Train the model of a project, as its file says, and measure it on rows that it has not seen
///
/// Sections `compare` and `tune` of the project file choose learner and parameters, `calibrate`
/// and `threshold` what becomes of its scores, and `finalize: true` fits the result on all rows.
/// None of them is needed. The same data, project file and version give the same model, byte for
/// byte.
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal train --project examples/diabetes/modelseal.yaml")]
pub(crate) struct Arguments {
    /// Take the finished fits of an interrupted run
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    decision: DecisionArguments,
    #[command(flatten)]
    project: ProjectOption,
}

#[derive(Debug, Serialize)]
struct Report {
    folder: PathBuf,
    data: DataSource,
    learner: &'static str,
    features: usize,
    preparation: Vec<StepReport>,
    hold_out: HoldOut,
    /// Rows that the model itself was fitted on.
    rows_learned_from: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<Leaderboard>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Decided>,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let mut loaded = Loaded::read(&arguments.project)?;
    let mut run = Run::new(Fits::new(loaded.project.root(), arguments.resume)?, None);
    let result = if is_one_fit(&loaded, &arguments.decision)? {
        let candidate = loaded.project.candidate()?;
        let measured = run.with(|hooks| fit_taking(&mut loaded, &candidate, hooks.progress))?;
        Training::new(&loaded, &candidate, measured, None, None)?
    } else {
        train(&loaded, &arguments.decision, &mut run)?
    };
    // A model of half the work must not replace the one that is there.
    run.end()?;
    let folder = build_folder::save(loaded.project.root(), &result.trained)?;
    let value = Report { folder, data: result.trained.data, ..result.report };
    report(format, &value, || {
        let mut text = String::new();
        if let Some(best) = value.compared.as_ref().and_then(|board| board.rows.first()) {
            text += &format!("compared: {} is the best\n", best.name);
        }
        if let Some(note) = result.tuned {
            text += &note;
        }
        text += &format!(
            "trained {} on {} of {} rows, {} features\n{}{}\n",
            value.learner,
            value.hold_out.n_train,
            value.data.rows,
            value.features,
            preparation_text(&value.preparation),
            hold_out_text(&value.hold_out),
        );
        text += &value.decision.as_ref().map_or_else(String::new, decision_text);
        if value.rows_learned_from > value.hold_out.n_train {
            text += &format!("  finalized on all {} rows\n", value.rows_learned_from);
        }
        text + &format!("  model     {}", value.folder.display())
    })
}

/// What a training gave.
struct Training {
    trained: Trained,
    report: Report,
    /// What tuning gained, for people.
    tuned: Option<String>,
}

impl Training {
    fn new(
        loaded: &Loaded,
        candidate: &Candidate,
        measured: Measured,
        compared: Option<Leaderboard>,
        tuned: Option<String>,
    ) -> Result<Self, Failure> {
        let trained = trained(loaded, candidate, &measured)?;
        let Measured { pipeline, hold_out, decided } = measured;
        let report = Report {
            folder: PathBuf::new(),
            data: trained.data.clone(),
            learner: candidate.entry.name,
            features: pipeline.features.len(),
            preparation: pipeline.reports,
            hold_out,
            rows_learned_from: pipeline.row_count,
            compared,
            decision: decided,
        };
        Ok(Self { trained, report, tuned })
    }
}

/// Whether the project asks for nothing but one fit of one learner.
fn is_one_fit(loaded: &Loaded, decision: &DecisionArguments) -> Result<bool, Failure> {
    let sections = &loaded.project.sections;
    let is_one = sections.compare.is_none() && sections.tune.is_none() && !sections.finalize;
    Ok(is_one && decision.options(loaded)?.is_none())
}

/// Everything that the project file asks for.
fn train(
    loaded: &Loaded,
    decision: &DecisionArguments,
    run: &mut Run,
) -> Result<Training, Failure> {
    let failed = |error| loaded.failed(&error);
    let mut experiment = Experiment::new(loaded.task(), loaded.project.setup()).map_err(failed)?;
    let mut candidate = loaded.project.candidate()?;
    let compared = compare(loaded, &mut experiment, run)?;
    if let Some(best) = compared.as_ref().and_then(|board| board.rows.first()) {
        // The learner of the project keeps the parameters that the project gives it.
        if best.id != candidate.entry.id {
            candidate = crate::project::learner(&best.id)?;
        }
    }
    let mut note = None;
    if loaded.project.sections.tune.is_some() {
        let options = loaded.project.tune()?;
        let tuned = run
            .with(|hooks| experiment.tune(&candidate, &options, hooks))
            .map_err(|error| run.failed(loaded, &error))?;
        note = Some(gain_text(&tuned, options.optimize));
        candidate = tuned.candidate;
    }
    let mut measured = measure(loaded, &mut experiment, &candidate, decision, run)?;
    if loaded.project.sections.finalize {
        let decision = measured.pipeline.decision;
        measured.pipeline = run
            .with(|hooks| experiment.finalize(&candidate, hooks.progress))
            .map_err(|error| run.failed(loaded, &error))?;
        measured.pipeline.decision = decision;
    }
    Training::new(loaded, &candidate, measured, compared, note)
}

/// The leaderboard, when the project file asks for one.
fn compare(
    loaded: &Loaded,
    experiment: &mut Experiment<'_>,
    run: &mut Run,
) -> Result<Option<Leaderboard>, Failure> {
    let Some((ids, sort)) = loaded.project.compare()? else { return Ok(None) };
    let board = run
        .with(|hooks| experiment.compare(&ids, sort, hooks))
        .map_err(|error| run.failed(loaded, &error))?;
    run.end()?;
    super::compare::warn(&board);
    if board.rows.is_empty() {
        let reasons: Vec<&str> = board.failed.iter().map(|failed| failed.reason.as_str()).collect();
        return Err(Failure::new(format!("no learner could be fitted: {}", reasons.join("; "))));
    }
    Ok(Some(board))
}

fn gain_text(tuned: &Tuned, metric: Metric) -> String {
    let gain = tuned.gain.as_ref().map_or_else(String::new, |gain| {
        format!(": {} {:+.4}, p {:.3}", metric.name(), gain.difference, gain.p)
    });
    let outcome = if tuned.is_better { "better parameters found" } else { "the original stays" };
    format!("tuned on {} candidates, {outcome}{gain}\n", tuned.trials.len())
}

/// Fits one learner, as it is, on the training part and measures on the rest. The table is
/// used up: afterwards, `loaded` has none.
pub(super) fn fit(
    loaded: &mut Loaded,
    candidate: &Candidate,
) -> Result<(Trained, Measured), Failure> {
    let mut bars = Bars::default();
    let measured = fit_taking(loaded, candidate, &mut bars)?;
    bars.finish();
    Ok((trained(loaded, candidate, &measured)?, measured))
}

fn fit_taking(
    loaded: &mut Loaded,
    candidate: &Candidate,
    progress: &mut dyn Progress,
) -> Result<Measured, Failure> {
    let table = std::mem::take(&mut loaded.table);
    let Task { inputs, target, classes, .. } = loaded.task();
    let task = Task { table, inputs, target, classes };
    let (pipeline, hold_out) = train_taking(task, &loaded.project.setup(), candidate, progress)
        .map_err(|error| loaded.failed(&error))?;
    Ok(Measured { pipeline, hold_out, decided: None })
}

fn trained(
    loaded: &Loaded,
    candidate: &Candidate,
    measured: &Measured,
) -> Result<Trained, Failure> {
    let Measured { pipeline, hold_out, decided } = measured;
    loaded.trained(Fit { candidate, pipeline, hold_out, decided: decided.as_ref() })
}
