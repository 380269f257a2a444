use clap::Args;
use modelseal_train::learn::{LEARNERS, LearnerEntry, ParameterKind, ParameterSpec};
use modelseal_train::learn::{ParameterValue, TuningRange};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::project::learner;
use crate::table::{Cell, Table};
use crate::voice::{Format, has_colour, report, write_document};

/// List the learners, or the parameters of one
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  modelseal learners
  modelseal learners gbc
  modelseal learners --format markdown > learners.md")]
pub(crate) struct Arguments {
    /// The learner
    #[arg(value_name = "ID")]
    learner: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let entries: Vec<&LearnerEntry> = match &arguments.learner {
        Some(id) => vec![learner(id)?.entry],
        None => LEARNERS.iter().collect(),
    };
    match (format, &arguments.learner) {
        (Format::Json, _) => {
            let value: Vec<Value> = entries.into_iter().map(json_of).collect();
            report(format, &value, String::new)
        }
        (Format::Markdown, _) => write_document(&markdown(&entries)),
        (Format::Csv, _) => {
            let mut all = parameter_columns(Table::default().words("learner"));
            for entry in entries {
                for spec in entry.parameters {
                    let mut row = vec![Cell::new(entry.id)];
                    row.extend(cells(spec));
                    all.row(row);
                }
            }
            write_document(&all.csv())
        }
        (Format::Text, Some(_)) => {
            let text: String = entries
                .iter()
                .map(|entry| format!("{}\n{}", entry.name, parameters(entry).text(has_colour())))
                .collect();
            write_document(&text)
        }
        (Format::Text, None) => write_document(&list(&entries).text(has_colour())),
    }
}

/// One line a learner.
fn list(entries: &[&LearnerEntry]) -> Table {
    let mut table = Table::default().words("id").words("learner").words("parameters");
    for entry in entries {
        let names: Vec<&str> = entry.parameters.iter().map(|spec| spec.name).collect();
        table.row([entry.id, entry.name, &names.join(", ")].map(Cell::new).into());
    }
    table
}

/// One line a parameter.
fn parameters(entry: &LearnerEntry) -> Table {
    let mut table = parameter_columns(Table::default());
    entry.parameters.iter().for_each(|spec| table.row(cells(spec).into()));
    table
}

fn parameter_columns(table: Table) -> Table {
    ["parameter", "default", "values", "tuned", "meaning"].into_iter().fold(table, Table::words)
}

fn cells(spec: &ParameterSpec) -> [Cell; 5] {
    let tuned = spec.tuning.map_or_else(String::new, |range| tuning_text(spec, range));
    [
        spec.name.to_owned(),
        word(&spec.value_of(spec.default)),
        values_text(spec),
        tuned,
        spec.description.to_owned(),
    ]
    .map(Cell::new)
}

fn values_text(spec: &ParameterSpec) -> String {
    match spec.kind {
        ParameterKind::Integer => format!("whole, {} to {}", spec.minimum, spec.maximum),
        ParameterKind::Number => format!("{} to {}", spec.minimum, spec.maximum),
        ParameterKind::Boolean => "true, false".to_owned(),
        ParameterKind::Choice(words) => words.join(", "),
    }
}

fn tuning_text(spec: &ParameterSpec, range: &TuningRange) -> String {
    let scale = if range.is_logarithmic { ", log" } else { "" };
    match spec.kind {
        ParameterKind::Boolean | ParameterKind::Choice(_) => "all".to_owned(),
        _ => format!("{} to {}{scale}", range.minimum, range.maximum),
    }
}

/// A value as a project file holds it.
pub(super) fn word(value: &ParameterValue) -> String {
    match value {
        ParameterValue::Boolean(value) => value.to_string(),
        ParameterValue::Number(value) => value.to_string(),
        ParameterValue::Word(value) => value.clone(),
    }
}

fn json_of(entry: &LearnerEntry) -> Value {
    let parameters = entry.parameters.iter().map(|spec| {
        let tuning = spec.tuning.map(|range| {
            json!({
                "minimum": spec.value_of(range.minimum),
                "maximum": spec.value_of(range.maximum),
                "logarithmic": range.is_logarithmic,
            })
        });
        let mut value = json!({
            "name": spec.name,
            "default": spec.value_of(spec.default),
            "description": spec.description,
            "tuning": tuning,
        });
        match spec.kind {
            ParameterKind::Integer | ParameterKind::Number => {
                value["minimum"] = json!(spec.minimum);
                value["maximum"] = json!(spec.maximum);
            }
            ParameterKind::Boolean => {}
            ParameterKind::Choice(words) => value["values"] = json!(words),
        }
        value
    });
    json!({ "id": entry.id, "name": entry.name, "parameters": parameters.collect::<Vec<_>>() })
}

/// The page of the documentation.
fn markdown(entries: &[&LearnerEntry]) -> String {
    let mut out = "# Learners\n\nWritten by `modelseal learners --format markdown`, from the \
                   table that also checks project files and bounds the tuner.\n"
        .to_owned();
    for entry in entries {
        out += &format!("\n## `{}`: {}\n\n", entry.id, entry.name);
        out += &if entry.parameters.is_empty() {
            "It has no parameters.\n".to_owned()
        } else {
            parameters(entry).markdown()
        };
    }
    out
}
