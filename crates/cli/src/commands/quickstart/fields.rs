//! Plain names and words for the survey's columns, and an example request.

use modelseal_model::{Category, Class, InputField, InputKind};
use modelseal_train::data::{ColumnValues, Table, survey};
use serde_json::{Map, Value, json};

use crate::project::draft::Draft;

/// Column, public name, description.
const FIELDS: [(&str, &str, &str); 21] = [
    ("HighBP", "high_blood_pressure", "Told by a professional that blood pressure is high."),
    ("HighChol", "high_cholesterol", "Told by a professional that cholesterol is high."),
    ("CholCheck", "cholesterol_checked", "Cholesterol checked in the last five years."),
    ("BMI", "body_mass_index", "Body mass index, kg/m²."),
    ("Smoker", "smoker", "Smoked at least 100 cigarettes in life."),
    ("Stroke", "stroke", "Ever had a stroke."),
    (
        "HeartDiseaseorAttack",
        "heart_disease_or_attack",
        "Coronary heart disease or a heart attack.",
    ),
    ("PhysActivity", "physical_activity", "Physical activity in the last 30 days, work aside."),
    ("Fruits", "fruits", "Fruit at least once a day."),
    ("Veggies", "vegetables", "Vegetables at least once a day."),
    ("HvyAlcoholConsump", "heavy_alcohol_consumption", "Heavy consumption of alcohol."),
    ("AnyHealthcare", "any_healthcare", "Any kind of health care coverage."),
    (
        "NoDocbcCost",
        "no_doctor_because_of_cost",
        "Did not see a doctor in the last year because of cost.",
    ),
    ("GenHlth", "general_health", "General health, in the person's own judgement."),
    ("MentHlth", "mental_health", "Days of the last 30 on which mental health was not good."),
    ("PhysHlth", "physical_health", "Days of the last 30 on which physical health was not good."),
    ("DiffWalk", "difficulty_walking", "Serious difficulty walking or climbing stairs."),
    ("Sex", "male", "Male."),
    ("Age", "age", "Age group."),
    ("Education", "education", "Level of education, 1 (none) to 6 (college graduate)."),
    ("Income", "income", "Income of the household, US dollars a year."),
];

const GENERAL_HEALTH: [&str; 5] = ["EXCELLENT", "VERY_GOOD", "GOOD", "FAIR", "POOR"];

const AGE: [&str; 13] = [
    "EIGHTEEN_TO_TWENTY_FOUR",
    "TWENTY_FIVE_TO_TWENTY_NINE",
    "THIRTY_TO_THIRTY_FOUR",
    "THIRTY_FIVE_TO_THIRTY_NINE",
    "FORTY_TO_FORTY_FOUR",
    "FORTY_FIVE_TO_FORTY_NINE",
    "FIFTY_TO_FIFTY_FOUR",
    "FIFTY_FIVE_TO_FIFTY_NINE",
    "SIXTY_TO_SIXTY_FOUR",
    "SIXTY_FIVE_TO_SIXTY_NINE",
    "SEVENTY_TO_SEVENTY_FOUR",
    "SEVENTY_FIVE_TO_SEVENTY_NINE",
    "EIGHTY_OR_OLDER",
];

const INCOME: [&str; 8] = [
    "LESS_THAN_10K",
    "BETWEEN_10K_AND_15K",
    "BETWEEN_15K_AND_20K",
    "BETWEEN_20K_AND_25K",
    "BETWEEN_25K_AND_35K",
    "BETWEEN_35K_AND_50K",
    "BETWEEN_50K_AND_75K",
    "SEVENTY_FIVE_THOUSAND_OR_MORE",
];

/// Gives plain names to a draft whose data has the columns of the survey, real or synthetic.
pub(super) fn describe(draft: &mut Draft) {
    let has = |column: &str| draft.inputs.iter().any(|input| input.feature == column);
    if draft.target != survey::TARGET || !FIELDS.iter().all(|(column, ..)| has(column)) {
        return;
    }
    for input in &mut draft.inputs {
        let Some((column, name, description)) =
            FIELDS.iter().find(|(column, ..)| *column == input.feature)
        else {
            continue;
        };
        input.name = (*name).to_owned();
        input.description = (*description).to_owned();
        let words: &[&str] = match *column {
            "GenHlth" => &GENERAL_HEALTH,
            "Age" => &AGE,
            "Income" => &INCOME,
            _ => continue,
        };
        let category = |(label, number): (&&str, u32)| Category {
            label: (*label).to_owned(),
            number: number.into(),
        };
        input.kind = InputKind::Category { values: words.iter().zip(1..).map(category).collect() };
    }
    let class = |label: &str, value: &str| Class { label: label.into(), value: value.into() };
    draft.qualified_name = "diabetes_risk_model".to_owned();
    draft.display_name = "Diabetes Risk Model".to_owned();
    draft.description = if draft.synthetic {
        "Shows how modelseal works, on a SYNTHETIC survey in the shape of the BRFSS 2015 diabetes indicators. Not about people, no medical advice.".to_owned()
    } else {
        "Predicts the risk of diabetes from answers to the BRFSS 2015 health survey. No medical advice.".to_owned()
    };
    draft.output = "diabetes_risk".to_owned();
    draft.classes = vec![class("NO_DIABETES", "0"), class("DIABETES", "1")];
}

/// Inputs that an example shows: the four of the published diabetes model.
const SHOWN: [&str; 4] = ["body_mass_index", "general_health", "age", "income"];

/// Inputs that an example shows of other data.
const SHOWN_MAX: usize = 5;

/// A request that the model accepts, with values of the first row; what it leaves out is
/// imputed.
pub(super) fn example(draft: &Draft, table: &Table) -> Value {
    let published: Vec<&InputField> =
        draft.inputs.iter().filter(|input| SHOWN.contains(&input.name.as_str())).collect();
    let shown = if published.len() == SHOWN.len() {
        published
    } else {
        draft.inputs.iter().take(SHOWN_MAX).collect()
    };
    let pairs = shown.into_iter().map(|input| (input.name.clone(), first_value(input, table)));
    pairs.collect::<Map<String, Value>>().into()
}

fn first_value(input: &InputField, table: &Table) -> Value {
    let Ok(column) = table.column(&input.feature) else {
        return Value::Null;
    };
    let number = match &column.values {
        ColumnValues::Text { levels, codes } => {
            let level = codes.first().and_then(|&code| levels.get(code as usize));
            return level.cloned().map_or(Value::Null, Value::String);
        }
        ColumnValues::Numeric(numbers) => numbers.first().copied().unwrap_or(f64::NAN),
    };
    match &input.kind {
        _ if number.is_nan() => Value::Null,
        InputKind::Integer { .. } => json!(number as i64),
        InputKind::Number { .. } => json!(number),
        InputKind::Boolean => json!(number == 1.0),
        InputKind::Category { values } => {
            let value = values.iter().find(|value| value.number == number);
            value.map_or(Value::Null, |value| json!(value.label))
        }
    }
}
