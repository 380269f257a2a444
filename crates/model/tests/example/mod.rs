//! A small model with an input of every type.

#![allow(dead_code, reason = "each test binary uses its own part of the example")]

use modelseal_model::{
    Category, Class, GradientBoosting, Imputation, InputField, InputKind, InvalidModel, LEAF,
    Learner, Limits, Model, Node, Normalization, Output, Schema, Transform, Trees,
};

pub(crate) fn leaf(value: f64) -> Node {
    Node { feature: LEAF, child: 0, value }
}

pub(crate) fn split(feature: u32, child: u32) -> Node {
    Node { feature, child, value: 25.0 }
}

pub(crate) fn boosting() -> GradientBoosting {
    boosting_of(2)
}

fn boosting_of(column_count: usize) -> GradientBoosting {
    let nodes = vec![split(0, 1), leaf(-1.0), leaf(1.0), split(1, 4), leaf(0.5), leaf(-0.5)];
    let trees = Trees::new(vec![0, 3, 6], nodes, column_count, &Limits::default()).unwrap();
    GradientBoosting { initial: vec![0.25], trees }
}

pub(crate) fn schema() -> Schema {
    let input = |name: &str, feature: &str, kind| InputField {
        name: name.into(),
        feature: feature.into(),
        kind,
        required: false,
        description: String::new(),
    };
    let category = |label: &str, number| Category { label: label.into(), number };
    let class = |label: &str, value: &str| Class { label: label.into(), value: value.into() };
    Schema {
        inputs: vec![
            input("bmi", "BMI", InputKind::Integer { minimum: Some(15), maximum: Some(60) }),
            input(
                "health",
                "GenHlth",
                InputKind::Category { values: vec![category("GOOD", 1.0), category("POOR", 5.0)] },
            ),
        ],
        output: Output {
            name: "risk".into(),
            classes: vec![class("LOW", "0"), class("HIGH", "1")],
            description: String::new(),
        },
    }
}

pub(crate) fn from(schema: Schema, transforms: Vec<Transform>) -> Model {
    try_from(schema, transforms, &Limits::default()).unwrap()
}

pub(crate) fn try_from(
    schema: Schema,
    transforms: Vec<Transform>,
    limits: &Limits,
) -> Result<Model, InvalidModel> {
    let features = vec!["BMI".into(), "GenHlth".into()];
    let columns: Option<usize> = transforms.iter().find_map(|transform| match transform {
        Transform::OneHot { levels } => Some(levels.iter().map(|it| it.len().max(1)).sum()),
        _ => None,
    });
    let learner = Learner::GradientBoosting(boosting_of(columns.unwrap_or(2).max(2)));
    Model::new(schema, features, transforms, learner, limits)
}

pub(crate) fn impute() -> Transform {
    Transform::Impute { method: Imputation::Mean, fill: vec![29.0, 2.5] }
}

pub(crate) fn model() -> Model {
    from(schema(), vec![impute()])
}

/// `GenHlth` as two columns, of which the trees see the first.
pub(crate) fn with_words() -> Model {
    from(schema(), vec![impute(), one_hot(vec![vec![], vec![1.0, 5.0]])])
}

pub(crate) fn one_hot(levels: Vec<Vec<f64>>) -> Transform {
    Transform::OneHot { levels }
}

pub(crate) fn with_scaling() -> Model {
    let normalize = Transform::Normalize {
        method: Normalization::Zscore,
        center: vec![29.0, 2.5],
        scale: vec![7.0, 1.0],
    };
    from(schema(), vec![impute(), normalize])
}
