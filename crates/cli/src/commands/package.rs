use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use modelseal_package::{Details, Draft, Limits, PackageId, pack};
use serde::Serialize;

use crate::build_folder;
use crate::failure::Failure;
use crate::options::{ProjectOption, dist};
use crate::project::Project;
use crate::voice::{Format, report};
use crate::{clock, files};

/// Put the trained model into a package, still without a seal
///
/// The package carries the date in its name. It is today's (UTC), that of SOURCE_DATE_EPOCH
/// when it is set, or the one given; the same date gives the same bytes.
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal package --date 2026_11_22 --valid-days 90")]
pub(crate) struct Arguments {
    /// The day of the package
    #[arg(long, value_name = "YYYY_MM_DD", value_parser = PackageId::parse_date)]
    date: Option<jiff::civil::Date>,
    /// Days from its making until readers refuse the package [default: never]
    #[arg(long, value_name = "DAYS")]
    valid_days: Option<u32>,
    /// Counts up from release to release: a reader that follows the model's name never goes back
    /// [default: seconds from 1970 to the making of the package]
    #[arg(long, value_name = "NUMBER")]
    sequence: Option<u64>,
    #[command(flatten)]
    project: ProjectOption,
}

#[derive(Debug, Serialize)]
struct Report {
    package: PackageId,
    file: PathBuf,
    size: usize,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let project = arguments.project.load()?;
    let created_at = match arguments.date {
        Some(date) => clock::midnight(date)?,
        None => clock::build_time()?,
    };
    let expires_at =
        arguments.valid_days.map(|days| clock::days_after(created_at, days)).transpose()?;
    let sequence = arguments.sequence.unwrap_or_else(|| default_sequence(created_at));
    let (package, file, size) = make_within(&project, created_at, sequence, expires_at)?;
    let value = Report { package, file, size };
    report(format, &value, || {
        format!(
            "packaged {} ({} bytes)\n  file     {}",
            value.package,
            value.size,
            value.file.display()
        )
    })
}

/// Packages the latest trained model of a project: identifier, file and size in bytes.
pub(super) fn make(
    project: &Project,
    created_at: Timestamp,
) -> Result<(PackageId, PathBuf, usize), Failure> {
    make_within(project, created_at, default_sequence(created_at), None)
}

/// The time of making counts up by itself, needs no register, and is the same for the same
/// `SOURCE_DATE_EPOCH`.
fn default_sequence(created_at: Timestamp) -> u64 {
    created_at.as_second().unsigned_abs()
}

fn make_within(
    project: &Project,
    created_at: Timestamp,
    sequence: u64,
    expires_at: Option<Timestamp>,
) -> Result<(PackageId, PathBuf, usize), Failure> {
    let trained = build_folder::load(project.root())?;
    let section = &project.sections.model;
    let date = clock::day(created_at);
    let id = PackageId::new(&section.qualified_name.value, &section.version.value, date)
        .map_err(|error| Failure::usage(error.to_string()))?;
    let draft = Draft {
        id: id.clone(),
        created_at,
        sequence,
        expires_at,
        details: Details {
            display_name: section.display_name.clone(),
            description: section.description.clone(),
        },
        data: Some(trained.data),
        model: trained.model,
        metrics: trained.metrics,
    };
    let archive = pack(draft, &Limits::default())?;
    let file = dist(project).join(id.file_name());
    files::write(&file, &archive)?;
    Ok((id, file, archive.len()))
}
