//! `modelseal.yaml`, the one file that describes a project.
//!
//! Every mistake in it is an error that names file, line and key, before any work begins.

use std::path::{Path, PathBuf};

use modelseal_model::{CalibrationMethod, Category, Class, InputField, InputKind, Output, Schema};
use modelseal_package::PackageId;
use modelseal_train::experiment::{
    Candidate, DecisionOptions, Metric, Setup, ThresholdRule, TuneOptions,
};
use modelseal_train::learn::{LEARNERS, ParameterValue};
use serde::Deserialize;
use serde_saphyr::{Location, Spanned};

use crate::failure::Failure;
use crate::files;
use scalar::{Pairs, Text};

pub(crate) mod draft;
mod scalar;
pub(crate) mod schema;

/// The name that every command looks for in the working directory.
pub(crate) const FILE_NAME: &str = "modelseal.yaml";

/// Bytes of a project file. Stops a mistaken path to a data set from being parsed as YAML.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// A project file, and where it lies: its paths are relative to its folder.
#[derive(Debug)]
pub(crate) struct Project {
    /// The project file.
    pub(crate) path: PathBuf,
    /// Its sections.
    pub(crate) sections: Sections,
}

/// The sections of a project file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sections {
    pub(crate) model: ModelSection,
    pub(crate) data: DataSection,
    /// How rows are split and prepared; names and defaults of the published walk-through.
    pub(crate) setup: Option<Spanned<Setup>>,
    #[serde(default)]
    pub(crate) learner: LearnerSection,
    /// Which learners `train` compares before it trains the best of them.
    pub(crate) compare: Option<Spanned<CompareSection>>,
    /// How `train` and `tune` search for better parameters.
    pub(crate) tune: Option<Spanned<TuneOptions>>,
    /// How probabilities are calibrated: sigmoid or isotonic.
    pub(crate) calibrate: Option<CalibrationMethod>,
    /// Where the line between two classes is drawn: a rule or a probability.
    pub(crate) threshold: Option<Spanned<Text>>,
    /// Whether `train` fits the model on all rows in the end.
    #[serde(default)]
    pub(crate) finalize: bool,
    pub(crate) inputs: Vec<InputSection>,
    pub(crate) output: OutputSection,
    #[serde(default)]
    pub(crate) store: StoreSection,
    #[serde(default)]
    pub(crate) keys: KeysSection,
}

/// What the model is called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelSection {
    pub(crate) qualified_name: Spanned<String>,
    #[serde(default)]
    pub(crate) display_name: String,
    #[serde(default)]
    pub(crate) description: String,
    pub(crate) version: Spanned<String>,
}

/// Where the training data is and what in it is to be predicted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DataSection {
    pub(crate) source: PathBuf,
    pub(crate) target: String,
    /// New names for columns: name in the file, name in this project.
    #[serde(default)]
    pub(crate) columns: Pairs<String>,
    /// The data was made up by a generator.
    #[serde(default)]
    pub(crate) synthetic: bool,
}

/// Which learner, with the parameters that differ from its defaults.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LearnerSection {
    /// The published short identifier; gradient boosting when nothing is said.
    pub(crate) id: Option<Spanned<String>>,
    pub(crate) parameters: Pairs<Spanned<ParameterValue>>,
}

/// Learners to compare, under the names of the published function.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CompareSection {
    /// Identifiers of the learners; all, when none is named.
    pub(crate) include: Vec<String>,
    /// Identifiers of learners that are left out.
    pub(crate) exclude: Vec<String>,
    /// The measure that decides.
    pub(crate) sort: Option<Metric>,
}

/// The learner of a project file that names none.
const LEARNER_DEFAULT: &str = "gbc";

/// One field of a prediction request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InputSection {
    pub(crate) name: Spanned<String>,
    /// The column that the field fills; by default the one of the same name.
    pub(crate) column: Option<Spanned<String>>,
    #[serde(rename = "type")]
    pub(crate) kind: InputType,
    pub(crate) range: Option<Spanned<[f64; 2]>>,
    pub(crate) values: Option<Spanned<Pairs<f64>>>,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default)]
    pub(crate) description: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InputType {
    Integer,
    Number,
    Boolean,
    Category,
}

/// The field that a prediction returns.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutputSection {
    pub(crate) name: Spanned<String>,
    /// Label of each class, and the value that stands for it in the data.
    pub(crate) classes: Spanned<Pairs<Text>>,
    #[serde(default)]
    pub(crate) description: String,
}

/// Where packages are published.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StoreSection {
    pub(crate) url: String,
}

impl Default for StoreSection {
    fn default() -> Self {
        Self { url: "file://./store".to_owned() }
    }
}

/// Which keys are trusted. The private key has no place in a project file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct KeysSection {
    pub(crate) keyring: PathBuf,
    /// The public key of the root, under whose seal the keyring must lie.
    pub(crate) root: Option<PathBuf>,
    /// The file that remembers the newest keyring and releases seen.
    pub(crate) state: Option<PathBuf>,
}

impl Default for KeysSection {
    fn default() -> Self {
        Self { keyring: "keyring.json".into(), root: None, state: None }
    }
}

impl Project {
    /// Reads and checks a project file.
    pub(crate) fn load(path: &Path) -> Result<Self, Failure> {
        if !path.exists() {
            return Err(Failure::usage(format!("there is no {}", path.display())).with_hint(
                "`modelseal init DATA.csv --target COLUMN` writes one; `--project FILE` names another",
            ));
        }
        let text = files::read_text(path, FILE_BYTES_MAX)?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, Failure> {
        let sections = serde_saphyr::from_str(text).map_err(|error| {
            let place = at(path, error.location());
            let message = error.without_snippet().to_string();
            Failure::usage(format!("{place}: {message}"))
                .with_hint("`modelseal init` writes a file with every key and a comment on each")
        })?;
        let project = Self { path: path.to_owned(), sections };
        project.check()?;
        Ok(project)
    }

    /// The folder of the project file.
    pub(crate) fn root(&self) -> &Path {
        match self.path.parent() {
            Some(root) if !root.as_os_str().is_empty() => root,
            _ => Path::new("."),
        }
    }

    /// How rows are split and prepared.
    pub(crate) fn setup(&self) -> Setup {
        self.sections.setup.as_ref().map(|setup| setup.value).unwrap_or_default()
    }

    /// The identifier of the learner.
    pub(crate) fn learner_id(&self) -> &str {
        let id = self.sections.learner.id.as_ref();
        id.map_or(LEARNER_DEFAULT, |id| &id.value)
    }

    /// The learner with its parameters: the defaults, and what the file says instead.
    pub(crate) fn candidate(&self) -> Result<Candidate, Failure> {
        let section = &self.sections.learner;
        let place = section.id.as_ref().map_or(Location::UNKNOWN, |id| id.referenced);
        let mut candidate = learner(self.learner_id()).map_err(|failure| {
            let hint = failure.hint().unwrap_or_default().to_owned();
            self.wrong(place, &format!("learner.id: {}", failure.message())).with_hint(hint)
        })?;
        for (name, value) in &section.parameters.0 {
            candidate = candidate.with(name, &value.value).map_err(|error| {
                self.wrong(value.referenced, &format!("learner.parameters: {error}"))
            })?;
        }
        Ok(candidate)
    }

    /// How parameters are searched for; the defaults where the file says nothing.
    pub(crate) fn tune(&self) -> Result<TuneOptions, Failure> {
        let Some(section) = &self.sections.tune else { return Ok(TuneOptions::default()) };
        if section.value.n_iter == 0 {
            return Err(self.wrong(section.referenced, "tune.n_iter: 0 is not at least 1"));
        }
        Ok(section.value)
    }

    /// The learners to compare and the measure that decides, when the file asks for that.
    pub(crate) fn compare(&self) -> Result<Option<(Vec<&'static str>, Metric)>, Failure> {
        let Some(section) = &self.sections.compare else { return Ok(None) };
        let CompareSection { include, exclude, sort } = &section.value;
        for id in include.iter().chain(exclude) {
            learner(id).map_err(|failure| {
                let hint = failure.hint().unwrap_or_default().to_owned();
                self.wrong(section.referenced, &format!("compare: {}", failure.message()))
                    .with_hint(hint)
            })?;
        }
        let is_in = |id: &str| include.is_empty() || include.iter().any(|other| other == id);
        let ids: Vec<&'static str> = LEARNERS
            .iter()
            .map(|entry| entry.id)
            .filter(|id| is_in(id) && !exclude.iter().any(|other| other == id))
            .collect();
        if ids.is_empty() {
            return Err(self.wrong(section.referenced, "compare: every learner is excluded"));
        }
        Ok(Some((ids, sort.unwrap_or(Metric::Accuracy))))
    }

    /// What stands between the learner and an answer.
    pub(crate) fn decision(&self) -> Result<DecisionOptions, Failure> {
        let rule =
            |threshold: &Spanned<Text>| {
                threshold.value.0.parse::<ThresholdRule>().map_err(|error| {
                    self.wrong(threshold.referenced, &format!("threshold: {error}"))
                })
            };
        let threshold = self.sections.threshold.as_ref().map(rule).transpose()?;
        Ok(DecisionOptions { calibrate: self.sections.calibrate, threshold })
    }

    /// The schema that the sections `inputs` and `output` declare.
    pub(crate) fn schema(&self) -> Result<Schema, Failure> {
        let inputs =
            self.sections.inputs.iter().map(|input| self.input(input)).collect::<Result<_, _>>()?;
        let output = &self.sections.output;
        let classes = output.classes.value.0.iter();
        let classes = classes
            .map(|(label, Text(value))| Class { label: label.clone(), value: value.clone() });
        Ok(Schema {
            inputs,
            output: Output {
                name: output.name.value.clone(),
                classes: classes.collect(),
                description: output.description.clone(),
            },
        })
    }

    fn input(&self, input: &InputSection) -> Result<InputField, Failure> {
        let name = &input.name.value;
        let wrong = |location: Location, why: &str| {
            self.wrong(location, &format!("inputs: {name:?}: {why}"))
        };
        let kind = match (input.kind, &input.range, &input.values) {
            (InputType::Integer, range, None) => {
                let whole = |bound: f64, location| {
                    // Beyond 2^53 a bound written as a number is no longer exact.
                    if bound.fract() == 0.0 && bound.abs() <= 9_007_199_254_740_992.0 {
                        Ok(Some(bound as i64))
                    } else {
                        Err(wrong(location, &format!("range: {bound} is not a whole number")))
                    }
                };
                let (minimum, maximum) = match range {
                    None => (None, None),
                    Some(Spanned { value: [low, high], referenced, .. }) => {
                        (whole(*low, *referenced)?, whole(*high, *referenced)?)
                    }
                };
                InputKind::Integer { minimum, maximum }
            }
            (InputType::Number, range, None) => {
                let bounds = range.as_ref().map(|range| (range.value[0], range.value[1])).unzip();
                InputKind::Number { minimum: bounds.0, maximum: bounds.1 }
            }
            (InputType::Boolean, None, None) => InputKind::Boolean,
            (InputType::Category, None, Some(values)) => {
                let category = |(label, number): &(String, f64)| Category {
                    label: label.clone(),
                    number: *number,
                };
                InputKind::Category { values: values.value.0.iter().map(category).collect() }
            }
            (InputType::Category, None, None) => {
                return Err(wrong(
                    input.name.referenced,
                    "a category needs `values`, such as {LOW: 0, HIGH: 1}",
                ));
            }
            (_, Some(range), _) => {
                return Err(wrong(range.referenced, "only an integer or a number has a `range`"));
            }
            (_, None, Some(values)) => {
                return Err(wrong(values.referenced, "only a category has `values`"));
            }
        };
        let feature = input.column.as_ref().map_or(name, |column| &column.value);
        Ok(InputField {
            name: name.clone(),
            feature: feature.clone(),
            kind,
            required: input.required,
            description: input.description.clone(),
        })
    }

    fn check(&self) -> Result<(), Failure> {
        let model = &self.sections.model;
        for (key, field) in [("qualified_name", &model.qualified_name), ("version", &model.version)]
        {
            let (name, version) = match key {
                "version" => ("m", field.value.as_str()),
                _ => (field.value.as_str(), "0.0.0"),
            };
            PackageId::new(name, version, jiff::civil::Date::ZERO)
                .map_err(|error| self.wrong(field.referenced, &format!("model.{key}: {error}")))?;
        }
        if let Some(setup) = &self.sections.setup {
            let train_size = setup.value.train_size;
            if !(train_size > 0.0 && train_size < 1.0) {
                let message = format!("setup.train_size: {train_size} is not between 0 and 1");
                return Err(self.wrong(setup.referenced, &message));
            }
            setup
                .value
                .validate()
                .map_err(|error| self.wrong(setup.referenced, &error.to_string()))?;
        }
        self.candidate()?;
        self.tune()?;
        self.compare()?;
        self.decision()?;
        let schema = self.schema()?;
        schema.validate().map_err(|error| self.wrong(self.place_of(&error), &error.to_string()))
    }

    /// Where the part of the file stands that a schema error is about.
    fn place_of(&self, error: &modelseal_model::SchemaError) -> Location {
        use modelseal_model::SchemaError as E;
        let output = &self.sections.output;
        let named = |name: &str| {
            // The last of that name: of a repeated one, the repetition is the mistake.
            let inputs = self.sections.inputs.iter();
            inputs.map(|input| &input.name).rfind(|input| input.value == name)
        };
        let name = match error {
            E::NoInputs => return output.name.referenced,
            E::TooFewClasses { .. } => return output.classes.referenced,
            E::DuplicateInput(name)
            | E::BadName { name, .. }
            | E::EmptyRange { name, .. }
            | E::NotFinite { name, .. }
            | E::NoCategories(name)
            | E::DuplicateFeature { second: name, .. }
            | E::DuplicateLabel { owner: name, .. } => name,
        };
        named(name).map_or(output.classes.referenced, |name| name.referenced)
    }

    /// An error about a place in the file.
    pub(crate) fn wrong(&self, location: Location, message: &str) -> Failure {
        Failure::usage(format!("{}: {message}", at(&self.path, Some(location))))
    }
}

/// A learner with its defaults; an unknown one is an error that lists those there are.
pub(crate) fn learner(id: &str) -> Result<Candidate, Failure> {
    Candidate::new(id).map_err(|error| {
        let ids: Vec<&str> = LEARNERS.iter().map(|entry| entry.id).collect();
        Failure::usage(error.to_string()).with_hint(format!("the learners are {}", ids.join(", ")))
    })
}

/// `modelseal.yaml:12:3`, as editors understand it.
fn at(path: &Path, location: Option<Location>) -> String {
    match location.filter(|location| *location != Location::UNKNOWN) {
        Some(location) => format!("{}:{}:{}", path.display(), location.line(), location.column()),
        None => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = "\
model:
  qualified_name: toy
  version: 0.1.0
data: {source: data.csv, target: y}
inputs:
  - name: bmi
    column: BMI
    type: integer
    range: [15, 60]
  - {name: health, type: category, values: {GOOD: 1, POOR: 5}}
output: {name: risk, classes: {LOW: 0, HIGH: 1.0}}
";

    fn parse(text: &str) -> Result<Project, Failure> {
        Project::parse(Path::new("modelseal.yaml"), text)
    }

    #[test]
    fn reads_a_minimal_file_with_the_published_defaults() {
        let project = parse(MINIMAL).unwrap();
        let setup = project.setup();
        assert_eq!((setup.session_id, setup.train_size), (42, 0.7));
        let schema = project.schema().unwrap();
        assert_eq!(schema.inputs[0].feature, "BMI");
        assert_eq!(schema.inputs[1].feature, "health");
        assert_eq!(schema.output.classes[0].value, "0");
    }

    /// What is replaced by what, and what the message must say.
    #[test]
    fn mistakes_name_line_and_key() {
        for (old, new, message) in [
            ("version: 0.1.0", "versoin: 0.1.0", "modelseal.yaml:3:3: unknown field `versoin`"),
            ("version: 0.1.0", "version: one", "modelseal.yaml:3:12: model.version: \"one\""),
            (
                "qualified_name: toy",
                "qualified_name: Toy!",
                "modelseal.yaml:2:19: model.qualified_name",
            ),
            (
                "[15, 60]",
                "[60, 15]",
                "modelseal.yaml:6:11: input \"bmi\": the range 60..15 is empty",
            ),
            ("[15, 60]", "[15.5, 60]", "modelseal.yaml:9:12: inputs: \"bmi\": range: 15.5"),
            ("type: integer", "type: integre", "modelseal.yaml:8:"),
            ("name: health", "name: bmi", "modelseal.yaml:10:12: input \"bmi\" is declared twice"),
            (
                ", values: {GOOD: 1, POOR: 5}",
                "",
                "modelseal.yaml:10:12: inputs: \"health\": a category needs `values`",
            ),
            ("LOW: 0, HIGH: 1.0", "LOW: 0", "modelseal.yaml:11:"),
            ("HIGH: 1.0", "LOW: 1.0", "modelseal.yaml:11:"),
            ("data: {", "data: [", "modelseal.yaml:4:"),
            (
                "inputs:",
                "setup: {train_size: 1.5}\ninputs:",
                "modelseal.yaml:5:8: setup.train_size: 1.5",
            ),
            ("inputs:", "tune: {n_iter: 0}\ninputs:", "modelseal.yaml:5:7: tune.n_iter: 0"),
            ("inputs:", "tune: {n_itre: 5}\ninputs:", "modelseal.yaml:5:"),
            (
                "inputs:",
                "compare: {include: [gcb]}\ninputs:",
                "modelseal.yaml:5:10: compare: there is no learner \"gcb\"",
            ),
            ("inputs:", "calibrate: platt\ninputs:", "modelseal.yaml:5:"),
            (
                "inputs:",
                "threshold: recall>0.8\ninputs:",
                "modelseal.yaml:5:12: threshold: \"recall>0.8\" is no rule",
            ),
            ("  version: 0.1.0\n", "", "version"),
        ] {
            let text = MINIMAL.replacen(old, new, 1);
            assert_ne!(text, MINIMAL, "{old}");
            let failure = parse(&text).unwrap_err();
            assert!(
                failure.message().contains(message),
                "expected {message:?}, found {}",
                failure.message()
            );
            assert_eq!(failure.exit(), crate::failure::Exit::Usage);
        }
    }
}
