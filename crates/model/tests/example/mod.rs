//! A small model with an input of every type.

#![allow(dead_code, reason = "each test binary uses its own part of the example")]

use modelseal_model::{
    Category, Class, GradientBoosting, Imputation, InputField, InputKind, LEAF, Learner, Limits,
    Model, Node, Normalization, Output, Schema, Transform, Trees,
};

pub(crate) fn leaf(value: f64) -> Node {
    Node { feature: LEAF, child: 0, value }
}

pub(crate) fn split(feature: u32, child: u32) -> Node {
    Node { feature, child, value: 25.0 }
}

pub(crate) fn boosting() -> GradientBoosting {
    let nodes = vec![split(0, 1), leaf(-1.0), leaf(1.0), split(1, 4), leaf(0.5), leaf(-0.5)];
    let trees = Trees::new(vec![0, 3, 6], nodes, 2, &Limits::default()).unwrap();
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
    let features = vec!["BMI".into(), "GenHlth".into()];
    let learner = Learner::GradientBoosting(boosting());
    Model::new(schema, features, transforms, learner, &Limits::default()).unwrap()
}

pub(crate) fn impute() -> Transform {
    Transform::Impute { method: Imputation::Mean, fill: vec![29.0, 2.5] }
}

pub(crate) fn model() -> Model {
    from(schema(), vec![impute()])
}

pub(crate) fn with_scaling() -> Model {
    let normalize = Transform::Normalize {
        method: Normalization::Zscore,
        center: vec![29.0, 2.5],
        scale: vec![7.0, 1.0],
    };
    from(schema(), vec![impute(), normalize])
}
