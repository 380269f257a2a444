//! A synthetic health survey.
//!
//! **These are not people.** Every row is drawn from the few lines of arithmetic below. The
//! table has the shape of a public set of diabetes indicators (BRFSS 2015, half of the rows
//! with diabetes): the same 22 columns, the same ranges of values, similar shares and
//! similar dependencies, so that examples, tests and a first try need no download. Nothing
//! in it says anything about health, and a model trained on it must not be used on anybody.
//!
//! How a row comes about: age, sex, social standing and constitution are drawn; answers
//! follow from them with noise; the risk of diabetes is a logistic function of the answers;
//! rows are drawn until both halves of the table are full.

use super::{Column, ColumnValues, Table};
use crate::random::Mt19937;

/// Rows of the public table, and of this one unless asked otherwise.
pub const ROWS_DEFAULT: usize = 70_692;

/// The column that says whether a row has diabetes (1) or not (0).
pub const TARGET: &str = "Diabetes_binary";

/// All columns, target first, in the order of the public table.
pub const COLUMNS: [&str; 22] = [
    TARGET,
    "HighBP",
    "HighChol",
    "CholCheck",
    "BMI",
    "Smoker",
    "Stroke",
    "HeartDiseaseorAttack",
    "PhysActivity",
    "Fruits",
    "Veggies",
    "HvyAlcoholConsump",
    "AnyHealthcare",
    "NoDocbcCost",
    "GenHlth",
    "MentHlth",
    "PhysHlth",
    "DiffWalk",
    "Sex",
    "Age",
    "Education",
    "Income",
];

/// Draws `row_count` rows; the first half (rounded up) of them by number, not by position,
/// is without diabetes, the other half with.
///
/// Equal arguments give equal tables on every machine.
pub fn generate(seed: u32, row_count: usize) -> Table {
    let mut random = Mt19937::new(seed);
    let mut columns = vec![Vec::with_capacity(row_count); COLUMNS.len()];
    let mut wanted = [row_count - row_count / 2, row_count / 2];
    while wanted != [0, 0] {
        let (answers, risk) = respondent(&mut random);
        let diabetes = usize::from(random.uniform() < risk);
        // A full half takes no more, so the other one keeps its own distribution.
        if wanted[diabetes] == 0 {
            continue;
        }
        wanted[diabetes] -= 1;
        columns[0].push(diabetes as f64);
        for (column, answer) in columns[1..].iter_mut().zip(answers) {
            column.push(answer);
        }
    }
    let columns = COLUMNS
        .into_iter()
        .zip(columns)
        .map(|(name, values)| Column {
            name: name.to_owned(),
            values: ColumnValues::Numeric(values),
        })
        .collect();
    Table::of_equal_columns(row_count, columns)
}

/// One row without its target, in the order of [`COLUMNS`], and its risk of diabetes.
fn respondent(random: &mut Mt19937) -> ([f64; 21], f64) {
    let male = flag(random, 0.46);
    let age = step(8.6 + 2.9 * normal(random), 1.0, 13.0);
    let years = (age - 8.6) / 2.9;
    let standing = normal(random);
    let frailty = normal(random) + 0.35 * years - 0.55 * standing;

    let education = step(4.95 + 0.75 * standing + 0.65 * normal(random), 1.0, 6.0);
    let income = step(6.2 + 2.1 * standing + 1.6 * normal(random), 1.0, 8.0);
    let insured = flag(random, logistic(3.6 + 0.8 * years + 0.5 * standing));
    let cost_barrier =
        flag(random, logistic(-1.6 - 0.5 * years - 0.7 * standing + 0.3 * frailty - insured));
    let smoker = flag(random, logistic(-0.2 + 0.3 * male + 0.15 * years - 0.35 * standing));
    let active = flag(random, logistic(1.0 + 0.4 * standing - 0.35 * frailty));
    let fruits = flag(random, logistic(0.65 - 0.4 * male + 0.2 * standing + 0.15 * years));
    let veggies = flag(random, logistic(1.55 - 0.3 * male + 0.35 * standing));
    let drinker = flag(random, logistic(-3.0 - 0.2 * years - 0.25 * frailty));

    // Body mass leans to the right: the exponential of a normal number.
    let stoutness = normal(random) + 0.25 * frailty - 0.3 * active - 0.12 * years;
    let body_mass =
        step(libm::exp(3.37 + 0.2 * stoutness + 0.02 * stoutness * stoutness), 12.0, 98.0);
    let weight = (body_mass - 29.8) / 7.1;

    let pressure = flag(random, logistic(0.25 + 0.85 * years + 0.5 * weight + 0.3 * frailty));
    let cholesterol = flag(random, logistic(-0.2 + 0.5 * years + 0.2 * weight + 0.5 * pressure));
    let checked = flag(random, logistic(3.6 + 0.6 * years + 0.5 * insured + 0.4 * pressure));
    let heart =
        flag(random, logistic(-2.7 + 0.7 * years + 0.55 * frailty + 0.5 * pressure + 0.4 * male));
    let stroke =
        flag(random, logistic(-3.6 + 0.45 * years + 0.55 * frailty + 0.5 * pressure + 0.6 * heart));
    let health = step(
        2.7 + 0.6 * frailty + 0.2 * weight + 0.2 * pressure + 0.4 * heart + 0.75 * normal(random),
        1.0,
        5.0,
    );
    let ill_days = days(random, -12.0 + 6.0 * (health - 2.0) + 4.0 * frailty);
    let low_days = days(random, -12.0 + 4.0 * (health - 2.0) - 4.0 * years + 3.0 * frailty);
    let walks_badly = flag(
        random,
        logistic(-2.7 + 0.75 * (health - 2.0) + 0.06 * ill_days + 0.45 * years + 0.4 * weight),
    );

    let score = 0.68 * (health - 2.8)
        + 0.55 * weight
        + 0.78 * pressure
        + 0.6 * cholesterol
        + 0.46 * years
        + 1.2 * checked
        + 0.25 * male
        + 0.25 * heart
        + 0.15 * stroke
        + 0.12 * walks_badly
        - 0.7 * drinker
        - 0.08 * (income - 5.7)
        - 0.005 * ill_days;
    let answers = [
        pressure,
        cholesterol,
        checked,
        body_mass,
        smoker,
        stroke,
        heart,
        active,
        fruits,
        veggies,
        drinker,
        insured,
        cost_barrier,
        health,
        low_days,
        ill_days,
        walks_badly,
        male,
        age,
        education,
        income,
    ];
    (answers, logistic(score - 2.0))
}

/// Bad days of the last thirty: mostly none, some days, or all of them; people round to
/// fives when there are many.
fn days(random: &mut Mt19937, tendency: f64) -> f64 {
    let count = tendency + 14.0 * normal(random);
    if count > 8.0 { step(count / 5.0, 2.0, 6.0) * 5.0 } else { step(count, 0.0, 8.0) }
}

/// The nearest whole number inside the bounds.
fn step(value: f64, lowest: f64, highest: f64) -> f64 {
    value.round().clamp(lowest, highest)
}

/// 1 with this probability, else 0.
fn flag(random: &mut Mt19937, probability: f64) -> f64 {
    f64::from(random.uniform() < probability)
}

fn logistic(score: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-score))
}

/// About normally distributed, mean 0 and variance 1: the sum of twelve uniform numbers less
/// six. Additions alone, so the bits are the same everywhere.
fn normal(random: &mut Mt19937) -> f64 {
    (0..12).map(|_| random.uniform()).sum::<f64>() - 6.0
}
