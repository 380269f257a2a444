use std::path::{Path, PathBuf};

use clap::Args;
use modelseal_train::data::Table;
use serde_json::json;

use crate::failure::Failure;
use crate::project::draft::Draft;
use crate::voice::{Format, report};
use crate::{data, files};

/// Look at a CSV file and write the project file for it
///
/// Types, ranges and permitted values are inferred from the data; edit them where you know
/// better.
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal init survey.csv --target Diabetes_binary")]
pub(crate) struct Arguments {
    /// The training data: CSV with a header
    #[arg(value_name = "DATA")]
    data: PathBuf,
    /// The column to predict
    #[arg(long, value_name = "COLUMN")]
    target: String,
    /// The project file to write; an existing one is never overwritten
    #[arg(long, default_value = crate::project::FILE_NAME, value_name = "FILE")]
    project: PathBuf,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let project = &arguments.project;
    if project.exists() {
        return Err(Failure::new(format!("{} exists already", project.display()))
            .with_hint("edit it, or write another one with --project FILE"));
    }
    let (table, _) = data::read(&arguments.data)?;
    let draft = draft(&table, &arguments.data, &arguments.target, project)?;
    files::write(project, draft.render().as_bytes())?;
    let left_out: Vec<&String> = draft.left_out.iter().map(|(column, _)| column).collect();
    let value = json!({
        "project": project,
        "qualified_name": draft.qualified_name,
        "rows": table.row_count(),
        "inputs": draft.inputs.len(),
        "classes": draft.classes,
        "left_out": left_out,
    });
    report(format, &value, || {
        let mut text = format!(
            "wrote {}: {} rows, {} inputs, {} classes of {}",
            project.display(),
            table.row_count(),
            draft.inputs.len(),
            draft.classes.len(),
            draft.target
        );
        for (column, why) in &draft.left_out {
            text += &format!("\n  left out  {column}: {why}");
        }
        text + "\n  next      look through it, then `modelseal train`"
    })
}

/// The draft of a project file at `project` for data at `path`.
pub(super) fn draft(
    table: &Table,
    path: &Path,
    target: &str,
    project: &Path,
) -> Result<Draft, Failure> {
    Draft::infer(table, relative_to(path, project), target)
}

/// The path of the data as the project file should name it: relative when it lies below the
/// project's folder, else absolute, so that the file means the same from everywhere.
fn relative_to(path: &Path, project: &Path) -> String {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (path, project) = (absolute(path), absolute(project));
    let root = project.parent().unwrap_or(&project);
    path.strip_prefix(root).unwrap_or(&path).display().to_string()
}
