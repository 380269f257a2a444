//! A project file in the making: inferred from a table, written with a comment on each section.

use std::fmt::Write;

use modelseal_model::{Category, Class, InputField, InputKind};
use modelseal_train::data::{Summary, SummaryKind, Table};
use modelseal_train::learn::LEARNERS;
use modelseal_train::learn::gradient_boosting::Parameters;

use crate::failure::Failure;

/// Distinct texts of a column that still become a category; above, it is free text.
const CATEGORIES_MAX: usize = 50;

/// Distinct values of a target that still are classes; above, it is a quantity.
const CLASSES_MAX: usize = 100;

/// What a project file will say.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) qualified_name: String,
    pub(crate) display_name: String,
    pub(crate) description: String,
    /// Path of the data, relative to the project file.
    pub(crate) source: String,
    pub(crate) target: String,
    pub(crate) synthetic: bool,
    pub(crate) inputs: Vec<InputField>,
    /// Columns that are no inputs, and why.
    pub(crate) left_out: Vec<(String, String)>,
    pub(crate) output: String,
    pub(crate) classes: Vec<Class>,
}

/// What `modelseal train` can do beside one fit, ready to be uncommented.
const TRAINING: &str = "
# What `modelseal train` does beside one fit, each only when it is asked for.
# compare: {include: [gbc, lightgbm, lr], sort: AUC}   # the best of these is trained
# tune: {n_iter: 20, optimize: AUC}                    # better parameters for it
# calibrate: isotonic                                  # or sigmoid
# threshold: recall>=0.8                               # or f1, or a probability
# finalize: true                                       # the model learns from all rows
";

impl Draft {
    /// Infers inputs and classes from a table.
    pub(crate) fn infer(table: &Table, source: String, target: &str) -> Result<Self, Failure> {
        let target_column = table.column(target).map_err(|error| {
            let names: Vec<&str> =
                table.columns().iter().take(50).map(|column| column.name.as_str()).collect();
            Failure::usage(format!("--target: {error}"))
                .with_hint(format!("the columns are {}", names.join(", ")))
        })?;
        let classes = classes(&target_column.summary())?;
        let mut inputs: Vec<InputField> = Vec::new();
        let mut left_out = Vec::new();
        for column in table.columns().iter().filter(|column| column.name != target) {
            match kind(&column.summary()) {
                Ok(kind) => inputs.push(InputField {
                    name: unused(&identifier(&column.name), &inputs),
                    feature: column.name.clone(),
                    kind,
                    required: false,
                    description: String::new(),
                }),
                Err(why) => left_out.push((column.name.clone(), why)),
            }
        }
        if inputs.is_empty() {
            return Err(Failure::usage("no column beside the target can be an input".to_owned())
                .with_hint("every column is constant, empty or free text; see the data"));
        }
        let output = identifier(target);
        Ok(Self {
            qualified_name: qualified_name(&output),
            display_name: format!("Model of {target}"),
            description: format!("Predicts {target}."),
            source,
            target: target.to_owned(),
            synthetic: false,
            inputs,
            left_out,
            output,
            classes,
        })
    }

    /// The text of the project file.
    pub(crate) fn render(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "# A modelseal project. Paths are relative to this file.\n")?;
        writeln!(out, "model:")?;
        writeln!(out, "  # Name in URLs and file names: lower-case letters, digits and _.")?;
        writeln!(out, "  qualified_name: {}", self.qualified_name)?;
        writeln!(out, "  display_name: {}", quote(&self.display_name))?;
        writeln!(out, "  description: {}", quote(&self.description))?;
        writeln!(out, "  # Raise it when inputs or outputs change: MAJOR.MINOR.PATCH.")?;
        writeln!(out, "  version: 0.1.0\n")?;

        writeln!(out, "data:")?;
        writeln!(out, "  source: {}", quote(&self.source))?;
        writeln!(out, "  # The column to predict.")?;
        writeln!(out, "  target: {}", quote(&self.target))?;
        if self.synthetic {
            writeln!(
                out,
                "  # Made up by a generator: not about people. The package says so, too."
            )?;
            writeln!(out, "  synthetic: true")?;
        }
        writeln!(
            out,
            "  # New names for columns whose own are unclear; inputs then name the new ones."
        )?;
        writeln!(out, "  # columns: {{HighBP: HighBloodPressure}}\n")?;

        writeln!(out, "# How rows are split and prepared. These are the defaults.")?;
        writeln!(out, "setup:")?;
        writeln!(out, "  session_id: 42               # seed of everything random")?;
        writeln!(out, "  train_size: 0.7              # the rest measures the model")?;
        writeln!(
            out,
            "  data_split_stratify: true    # both parts get the same share of each class"
        )?;
        writeln!(out, "  numeric_imputation: mean     # what replaces a missing number")?;
        writeln!(out, "  normalize: true")?;
        writeln!(out, "  normalize_method: zscore     # or minmax, maxabs, robust")?;
        writeln!(out, "  # What else can be asked for:")?;
        writeln!(
            out,
            "  # max_encoding_ohe: 0              # words stay numbers: not one column each"
        )?;
        writeln!(out, "  # remove_multicollinearity: true   # columns that repeat another one go")?;
        writeln!(out, "  # remove_outliers: true            # training rows that stand apart go")?;
        writeln!(
            out,
            "  # fix_imbalance: true              # rows are made up until classes are even"
        )?;
        writeln!(
            out,
            "  # feature_selection: true          # the most useful fifth of the columns stays"
        )?;
        writeln!(out, "  # fold: 10                         # parts of the cross-validation\n")?;

        writeln!(out, "learner:")?;
        let ids: Vec<&str> = LEARNERS.iter().map(|entry| entry.id).collect();
        writeln!(out, "  # One of {}.", ids.join(", "))?;
        writeln!(out, "  # `modelseal compare` ranks them.")?;
        writeln!(out, "  id: gbc                      # gradient boosting")?;
        writeln!(out, "  # parameters:")?;
        for spec in Parameters::SPECS {
            let parameter = format!("{}: {}", spec.name, spec.default);
            writeln!(out, "  #   {parameter:<24} # {}", spec.description)?;
        }

        out.push_str(TRAINING);
        writeln!(
            out,
            "\n# What a caller may send. Whatever is left out of a request is imputed, unless"
        )?;
        writeln!(out, "# `required: true`. Ranges bind callers, not the training data.")?;
        writeln!(out, "inputs:")?;
        self.inputs.iter().try_for_each(|input| write_input(out, input))?;
        for (column, why) in &self.left_out {
            writeln!(out, "  # {}: left out, {why}", quote(column))?;
        }

        writeln!(out, "\n# What comes back: for each class its label, and its value in the data.")?;
        writeln!(out, "# Of two classes the second is the positive one.")?;
        writeln!(out, "output:")?;
        writeln!(out, "  name: {}", self.output)?;
        writeln!(out, "  classes:")?;
        for class in &self.classes {
            writeln!(out, "    {}: {}", quote(&class.label), quote(&class.value))?;
        }

        writeln!(out, "\n# Where packages are published: file:///folder or file://./folder.")?;
        writeln!(out, "store:")?;
        writeln!(out, "  url: file://./store\n")?;
        writeln!(
            out,
            "# The public keys whose seals are trusted. Private keys have no place in a project."
        )?;
        writeln!(out, "keys:")?;
        writeln!(out, "  keyring: keyring.json")
    }
}

fn write_input(out: &mut String, input: &InputField) -> std::fmt::Result {
    writeln!(out, "  - name: {}", input.name)?;
    if input.feature != input.name {
        writeln!(out, "    column: {}", quote(&input.feature))?;
    }
    let range = |low: &dyn std::fmt::Display, high: &dyn std::fmt::Display| {
        format!("    range: [{low}, {high}]\n")
    };
    match &input.kind {
        InputKind::Boolean => writeln!(out, "    type: boolean")?,
        InputKind::Integer { minimum, maximum } => {
            writeln!(out, "    type: integer")?;
            if let (Some(low), Some(high)) = (minimum, maximum) {
                out.push_str(&range(low, high));
            }
        }
        InputKind::Number { minimum, maximum } => {
            writeln!(out, "    type: number")?;
            if let (Some(low), Some(high)) = (minimum, maximum) {
                out.push_str(&range(low, high));
            }
        }
        InputKind::Category { values } => {
            writeln!(out, "    type: category")?;
            writeln!(out, "    values:")?;
            for Category { label, number } in values {
                writeln!(out, "      {}: {number}", quote(label))?;
            }
        }
    }
    if !input.description.is_empty() {
        writeln!(out, "    description: {}", quote(&input.description))?;
    }
    Ok(())
}

/// The type of an input, or why the column cannot be one.
fn kind(summary: &Summary) -> Result<InputKind, String> {
    match &summary.kind {
        SummaryKind::Numeric { range: None, .. } => Err("it has no values".to_owned()),
        SummaryKind::Numeric { range: Some((low, high)), .. } if low == high => {
            Err(format!("it is always {low}"))
        }
        SummaryKind::Numeric { distinct: Some(distinct), .. } if distinct == &[0.0, 1.0] => {
            Ok(InputKind::Boolean)
        }
        // Whole numbers up to 2^53 are exact; larger ones are kept as plain numbers.
        SummaryKind::Numeric { range: Some((low, high)), all_integers: true, .. }
            if low.abs().max(high.abs()) <= 9_007_199_254_740_992.0 =>
        {
            Ok(InputKind::Integer { minimum: Some(*low as i64), maximum: Some(*high as i64) })
        }
        SummaryKind::Numeric { range: Some((low, high)), .. } => {
            Ok(InputKind::Number { minimum: Some(*low), maximum: Some(*high) })
        }
        SummaryKind::Text { levels, level_count: 1 } => {
            Err(format!("it is always {:?}", levels[0]))
        }
        SummaryKind::Text { level_count, .. } if *level_count > CATEGORIES_MAX => {
            Err(format!("it is text with {level_count} different values"))
        }
        SummaryKind::Text { levels, .. } => {
            let numbered = levels.iter().zip(0_u32..);
            let category = |(label, number): (&String, u32)| Category {
                label: label.clone(),
                number: number.into(),
            };
            Ok(InputKind::Category { values: numbered.map(category).collect() })
        }
    }
}

fn classes(summary: &Summary) -> Result<Vec<Class>, Failure> {
    let no_target = |why: String| {
        Failure::usage(format!("--target: the column {:?} {why}", summary.name))
            .with_hint("a classifier needs a column with 2 to 100 different values, none missing")
    };
    if summary.missing_count > 0 {
        let rows = summary.missing_count;
        return Err(no_target(format!("has no value in {rows} of {} rows", summary.row_count)));
    }
    let values: Vec<String> = match &summary.kind {
        SummaryKind::Numeric { distinct: Some(distinct), .. } => {
            distinct.iter().map(ToString::to_string).collect()
        }
        SummaryKind::Text { levels, level_count } if *level_count == levels.len() => levels.clone(),
        _ => return Err(no_target("has too many different values".to_owned())),
    };
    if !(2..=CLASSES_MAX).contains(&values.len()) {
        return Err(no_target(format!("has {} different value(s)", values.len())));
    }
    Ok(values.into_iter().map(|value| Class { label: value.clone(), value }).collect())
}

/// A column's name as a field's name: `BodyMass index` becomes `body_mass_index`.
fn identifier(column: &str) -> String {
    let mut name = String::new();
    let mut previous = ' ';
    for character in column.chars() {
        if character.is_ascii_alphanumeric() {
            let starts_word = character.is_ascii_uppercase()
                && (previous.is_ascii_lowercase() || previous.is_ascii_digit());
            if starts_word && !name.ends_with('_') {
                name.push('_');
            }
            name.push(character.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
        previous = character;
    }
    let name = name.trim_end_matches('_');
    match name.chars().next() {
        None => "column".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("column_{name}"),
        Some(_) => name.chars().take(120).collect(),
    }
}

fn qualified_name(output: &str) -> String {
    format!("{output}_model")
}

/// The name itself, or with a number behind it when an input has it already.
fn unused(name: &str, inputs: &[InputField]) -> String {
    let taken = |name: &str| inputs.iter().any(|input| input.name == name);
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
}

/// A YAML scalar: as it is when it is a plain word, else in double quotes, as in JSON.
fn quote(text: &str) -> String {
    // Words that some YAML reader takes for something else than a text.
    const RESERVED: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|other| other.is_ascii_alphanumeric() || other == '_')
        && !RESERVED.contains(&text.to_ascii_lowercase().as_str());
    if plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns_become_names_of_fields() {
        for (column, name) in [
            ("BMI", "bmi"),
            ("HighBP", "high_bp"),
            ("HeartDiseaseorAttack", "heart_diseaseor_attack"),
            ("Diabetes_binary", "diabetes_binary"),
            ("mean radius", "mean_radius"),
            ("2nd class (%)", "column_2nd_class"),
            ("größe", "gr_e"),
            ("", "column"),
        ] {
            assert_eq!(identifier(column), name, "{column}");
        }
    }

    /// Whatever the table holds, what is written can be read.
    #[test]
    fn the_written_file_is_a_valid_project() {
        use crate::project::Project;
        use modelseal_train::data::{CsvLimits, read_csv};
        let csv = "id,price,sold,colour,note,\"odd: \"\"name\"\" #1\",always\n\
                   1,2.5,0,red,,1,7\n2,3.5,1,\"blue: #\",,2,7\n3,,1,yes,,3,7\n";
        let table = read_csv(csv.as_bytes(), "a.csv", &CsvLimits::default(), &mut |_| {}).unwrap();
        for target in ["sold", "colour"] {
            let draft = Draft::infer(&table, "data/a.csv".into(), target).unwrap();
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("modelseal.yaml");
            std::fs::write(&path, draft.render()).unwrap();
            let project = Project::load(&path).unwrap();
            let schema = project.schema().unwrap();
            assert_eq!(schema.inputs, draft.inputs);
            assert_eq!(schema.output.classes, draft.classes);
            assert_eq!(project.sections.data.target, target);
        }
    }
}
