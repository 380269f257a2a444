//! The published experiment: its columns, its setup.

use std::collections::BTreeMap;
use std::time::Duration;

use modelseal_model::{Class, InputField};
use modelseal_train::data::Table;
use modelseal_train::experiment::{Hooks, Ledger, Progress, Setup, Task};

use crate::real_data::{classes, input};
use crate::shared::real_survey;

/// Names in the file, and those that the walk-through gives them.
const NAMES: [(&str, &str); 13] = [
    ("Diabetes_binary", "Diabetes"),
    ("HighBP", "HighBloodPressure"),
    ("HighChol", "HighCholesterol"),
    ("CholCheck", "CholesterolChecked"),
    ("HeartDiseaseorAttack", "HeartDiseaseOrHeartAttack"),
    ("PhysActivity", "PhysicalActivity"),
    ("HvyAlcoholConsump", "HeavyAlchoholConsumption"),
    ("NoDocbcCost", "NoDoctorsVisitBecauseOfCost"),
    ("GenHlth", "GeneralHealth"),
    ("MentHlth", "MentalHealth"),
    ("PhysHlth", "PhysicalHealth"),
    ("DiffWalk", "DifficultyWalking"),
    ("Sex", "Sex"),
];

/// The published name of a column of the file.
pub(crate) fn published_name(column: &str) -> &str {
    NAMES.iter().find(|(old, _)| *old == column).map_or(column, |(_, new)| *new)
}

/// The columns that the published experiment selects.
pub(crate) const SELECTED: [&str; 4] = ["BMI", "GeneralHealth", "Age", "Income"];

/// The survey under its published names, with all or some of its columns as inputs.
pub(crate) struct Survey {
    table: Table,
    pub(crate) inputs: Vec<InputField>,
    classes: Vec<Class>,
}

impl Survey {
    pub(crate) fn read(columns: Option<&[&str]>) -> Option<Self> {
        let mut table = real_survey()?;
        let names: BTreeMap<String, String> =
            NAMES.iter().map(|(old, new)| ((*old).to_owned(), (*new).to_owned())).collect();
        table.rename_columns(&names).unwrap();
        let inputs = table
            .columns()
            .iter()
            .map(|column| column.name.as_str())
            .filter(|name| *name != "Diabetes")
            .filter(|name| columns.is_none_or(|columns| columns.contains(name)))
            .map(input)
            .collect();
        Some(Self { table, inputs, classes: classes(["0", "1"]) })
    }

    pub(crate) fn task(&self) -> Task<'_> {
        Task {
            table: &self.table,
            inputs: &self.inputs,
            target: "Diabetes",
            classes: &self.classes,
        }
    }
}

/// The options of the published experiment.
pub(crate) fn setup() -> Setup {
    Setup {
        remove_outliers: true,
        feature_selection: true,
        remove_multicollinearity: true,
        ..Setup::default()
    }
}

/// A clock that stands still: results without times can be compared bit for bit.
pub(crate) fn no_clock() -> Duration {
    Duration::ZERO
}

pub(crate) fn never() -> bool {
    false
}

/// Hooks that only keep results.
pub(crate) fn hooks<'a>(
    progress: &'a mut (dyn Progress + Send),
    ledger: Option<&'a dyn Ledger>,
) -> Hooks<'a> {
    Hooks { progress, clock: &no_clock, should_stop: &never, ledger }
}
