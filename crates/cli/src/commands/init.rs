use std::path::{Path, PathBuf};

use clap::Args;
use modelseal_train::data::Table;
use serde_json::json;

use crate::failure::Failure;
use crate::project::draft::Draft;
use crate::project::schema;
use crate::voice::{Format, report};
use crate::{data, files};

/// Look at a CSV file and write the project file for it
///
/// Types, ranges and permitted values are inferred from the data; edit them where you know
/// better.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  modelseal init survey.csv --target Diabetes_binary
  modelseal init --schema > project.schema.json")]
pub(crate) struct Arguments {
    /// The training data: CSV with a header
    #[arg(value_name = "DATA", required_unless_present = "schema")]
    data: Option<PathBuf>,
    /// The column to predict
    #[arg(long, value_name = "COLUMN", required_unless_present = "schema")]
    target: Option<String>,
    /// The project file to write; an existing one is never overwritten
    #[arg(long, default_value = crate::project::FILE_NAME, value_name = "FILE")]
    project: PathBuf,
    /// Print the JSON Schema of project files instead, for editors
    #[arg(long)]
    schema: bool,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    if arguments.schema {
        return report(Format::Json, &schema::schema(), String::new);
    }
    // Both are required without --schema.
    let (Some(path), Some(target)) = (&arguments.data, &arguments.target) else {
        return Err(Failure::usage("DATA and --target are missing"));
    };
    let project = &arguments.project;
    if project.exists() {
        return Err(Failure::new(format!("{} exists already", project.display()))
            .with_hint("edit it, or write another one with --project FILE"));
    }
    let (table, _) = data::read(path)?;
    let draft = draft(&table, path, target, project)?;
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
