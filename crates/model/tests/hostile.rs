//! Loaded data cannot misbehave: whatever the two byte strings hold, decoding ends, refuses or
//! gives a model whose predictions end.

#![allow(clippy::unwrap_used, reason = "a test stops at the first broken assumption")]

mod example;

use example::{boosting, leaf, model, split};
use modelseal_model::{DecodeError, LEAF, Limits, Model, Node, Trees};
use proptest::prelude::*;

#[track_caller]
fn refuses(starts: &[u32], nodes: &[Node], why: &str) {
    let error = Trees::new(starts.to_vec(), nodes.to_vec(), 2, &Limits::default()).unwrap_err();
    assert!(error.to_string().contains(why), "expected {why:?}, found {error}");
}

#[test]
fn trees_that_could_loop_or_leave_the_array_are_refused() {
    let one_tree = [split(0, 1), leaf(1.0), leaf(2.0)];
    assert!(Trees::new(vec![0, 3], one_tree.to_vec(), 2, &Limits::default()).is_ok());
    refuses(&[], &one_tree, "must start at node 0");
    refuses(&[1, 3], &one_tree, "must start at node 0");
    refuses(&[0, 4], &one_tree, "the last entry must be the number of nodes");
    refuses(&[0, 0, 3], &one_tree, "at least one node");
    refuses(&[0, 2, 1, 3], &one_tree, "at least one node");
    refuses(&[0, 3], &[split(0, 0), leaf(1.0), leaf(2.0)], "must stand behind it");
    refuses(&[0, 3], &[split(0, 2), leaf(1.0), leaf(2.0)], "must stand behind it");
    refuses(&[0, 3], &[split(0, u32::MAX), leaf(1.0), leaf(2.0)], "must stand behind it");
    refuses(&[0, 3], &[split(2, 1), leaf(1.0), leaf(2.0)], "looks at feature 2 of 2");
    refuses(&[0, 3], &[split(0, 1), leaf(f64::NAN), leaf(2.0)], "not a finite number");
    refuses(&[0, 2], &[leaf(1.0), leaf(2.0)], "no split leads to it");
    let shared = [split(0, 1), split(1, 3), split(1, 3), leaf(1.0), leaf(2.0)];
    refuses(&[0, 5], &shared, "two splits lead to it");
    // Into the next tree: its own walk would then start in the middle.
    let crossing = [split(0, 1), split(0, 3), leaf(1.0), leaf(1.0), leaf(1.0)];
    refuses(&[0, 3, 5], &crossing, "must stand behind it in its own tree");
    refuses(&[0, 1], &[Node { feature: LEAF, child: 1, value: 0.0 }], "a leaf with the child 1");
}

#[test]
fn a_chain_of_nodes_is_bounded() {
    // A split at every even place, whose right child is the next split.
    let depth = 600;
    let chain: Vec<Node> = (0..2 * depth + 1)
        .map(
            |index| {
                if index % 2 == 0 && index < 2 * depth { split(0, index + 1) } else { leaf(0.0) }
            },
        )
        .collect();
    let error = Trees::new(vec![0, 2 * depth + 1], chain, 1, &Limits::default()).unwrap_err();
    assert!(error.to_string().contains("the limit is 512"), "{error}");
}

#[test]
fn limits_hold_before_anything_is_parsed() {
    let encoded = model().encode().unwrap();
    let limits = Limits { model_json_bytes_max: 10, ..Limits::default() };
    let error = Model::decode(&encoded.model_json, &encoded.parameters, &limits).unwrap_err();
    assert!(matches!(error, DecodeError::TooLarge { file: "model.json", max: 10, .. }), "{error}");
    for limits in [
        Limits { parameters_bytes_max: 10, ..Limits::default() },
        Limits { feature_count_max: 1, ..Limits::default() },
        Limits { class_count_max: 1, ..Limits::default() },
        Limits { category_count_max: 1, ..Limits::default() },
        Limits { tree_count_max: 0, ..Limits::default() },
        Limits { tree_depth_max: 1, ..Limits::default() },
    ] {
        let outcome = Model::decode(&encoded.model_json, &encoded.parameters, &limits);
        assert!(outcome.unwrap_err().to_string().contains("limit"), "{limits:?}");
    }
}

#[test]
fn descriptions_that_say_more_or_less_are_refused() {
    let encoded = model().encode().unwrap();
    let json = String::from_utf8(encoded.model_json).unwrap();
    let decode =
        |json: &str| Model::decode(json.as_bytes(), &encoded.parameters, &Limits::default());
    assert!(decode(&json).is_ok());
    for (old, new, why) in [
        ("modelseal-model-v1", "modelseal-model-v2", "update modelseal"),
        ("\"format\"", "\"extra\": 1, \"format\"", "unknown field `extra`"),
        ("\"format\"", "\"features\": [], \"format\"", "duplicate field"),
        (
            "\"type\": \"integer\"",
            "\"type\": \"integer\", \"values\": [{\"label\": \"a\", \"number\": 1}]",
            "only a category has values",
        ),
        ("\"feature\": \"BMI\"", "\"feature\": \"age\"", "which the model does not have"),
        ("\"step\": \"impute\"", "\"step\": \"execute\"", "unknown variant `execute`"),
        ("\"id\": \"gbc\"", "\"id\": \"pickle\"", "unknown variant `pickle`"),
    ] {
        let changed = json.replacen(old, new, 1);
        assert_ne!(changed, json, "{old}");
        let error = decode(&changed).unwrap_err().to_string();
        assert!(error.contains(why), "expected {why:?}, found {error}");
    }
}

#[test]
fn arrays_that_nothing_reads_are_refused() {
    let plain = model().encode().unwrap();
    let scaled = example::with_scaling().encode().unwrap();
    let error = Model::decode(&plain.model_json, &scaled.parameters, &Limits::default());
    assert!(error.unwrap_err().to_string().contains("belongs to no part of the model"));
    let error = Model::decode(&scaled.model_json, &plain.parameters, &Limits::default());
    assert!(error.unwrap_err().to_string().contains("is missing"));
}

#[test]
fn models_survive_their_bytes() {
    for model in [model(), example::with_scaling(), example::with_words()] {
        let encoded = model.encode().unwrap();
        let decoded =
            Model::decode(&encoded.model_json, &encoded.parameters, &Limits::default()).unwrap();
        assert_eq!(decoded, model);
        assert_eq!(decoded.encode().unwrap(), encoded);
    }
    assert_eq!(boosting().initial.len(), 1);
}

/// Levels that are no levels, and arrays that do not deal them to the columns.
#[test]
fn levels_that_do_not_fit_are_refused() {
    for (levels, why) in [
        (vec![vec![1.0]], "has 1 values, expected one for each of 2"),
        (vec![vec![1.0, 5.0]; 3], "has 3 values, expected one for each of 2"),
        (vec![vec![], vec![5.0, 1.0]], "column 1 is not ascending"),
        (vec![vec![1.0, 1.0], vec![]], "column 0 is not ascending"),
        (vec![vec![], vec![f64::NAN]], "not a finite number"),
        (vec![vec![], vec![1.0, f64::INFINITY]], "not a finite number"),
    ] {
        let steps = vec![example::impute(), example::one_hot(levels)];
        let error = example::try_from(example::schema(), steps, &Limits::default()).unwrap_err();
        assert!(error.to_string().contains(why), "expected {why:?}, found {error}");
    }
    let encoded = example::with_words().encode().unwrap();
    let decode = |parameters: &[u8], limits: &Limits| {
        Model::decode(&encoded.model_json, parameters, limits).unwrap_err().to_string()
    };
    let limits = Limits { feature_count_max: 2, ..Limits::default() };
    assert!(decode(&encoded.parameters, &limits).contains("columns of a step: found 3"));
    // The array `start`, as the file holds it: `BMI` stays, `GenHlth` has two levels.
    let bytes = |start: [u32; 3]| start.map(u32::to_le_bytes).concat();
    let place = encoded.parameters.windows(12).position(|it| it == bytes([0, 0, 2])).unwrap();
    for start in [[1, 1, 2], [0, 3, 2], [0, 0, 1], [0, 0, 3], [0, u32::MAX, 2], [0, 0, u32::MAX]] {
        let mut changed = encoded.parameters.clone();
        changed[place..place + 12].copy_from_slice(&bytes(start));
        let error = decode(&changed, &Limits::default());
        assert!(error.contains("one_hot.start must begin with 0"), "{start:?}: {error}");
    }
    let json = String::from_utf8(encoded.model_json.clone()).unwrap();
    let extra = json.replacen("\"one_hot\"", "\"one_hot\",\n      \"drop\": \"first\"", 1);
    assert_ne!(extra, json);
    let error = Model::decode(extra.as_bytes(), &encoded.parameters, &Limits::default());
    assert!(error.unwrap_err().to_string().contains("unknown field `drop`"));
}

/// A value that is no level, such as a word that no row was learned with, gives zeros only.
#[test]
fn words_become_columns() {
    let step = example::one_hot(vec![vec![], vec![1.0, 5.0], vec![2.0]]);
    for (row, expected) in [
        ([20.0, 1.0, 2.0], [20.0, 1.0, 0.0, 1.0]),
        ([20.0, 5.0, 7.0], [20.0, 0.0, 1.0, 0.0]),
        ([20.0, 4.0, f64::NAN], [20.0, 0.0, 0.0, 0.0]),
    ] {
        let mut found = row.to_vec();
        step.apply(&mut found);
        assert_eq!(found, expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Any byte of the parameters may be anything: refused, or a model that predicts.
    #[test]
    fn changed_parameters_never_hang_or_panic(
        place in any::<prop::sample::Index>(),
        value in any::<u8>(),
        has_words in any::<bool>(),
        bmi in prop_oneof![any::<f64>(), Just(f64::NAN)],
    ) {
        let model = if has_words { example::with_words() } else { model() };
        let encoded = model.encode().unwrap();
        let mut parameters = encoded.parameters.clone();
        let place = place.index(parameters.len());
        parameters[place] = value;
        if let Ok(model) = Model::decode(&encoded.model_json, &parameters, &Limits::default()) {
            let prediction = model.predict(vec![bmi, 1.0]);
            prop_assert!(prediction.class < 2);
        }
    }

    #[test]
    fn arbitrary_bytes_are_refused(
        json in proptest::collection::vec(any::<u8>(), 0..200),
        parameters in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        prop_assert!(Model::decode(&json, &parameters, &Limits::default()).is_err());
        let encoded = model().encode().unwrap();
        prop_assert!(Model::decode(&encoded.model_json, &parameters, &Limits::default()).is_err());
        prop_assert!(Model::decode(&json, &encoded.parameters, &Limits::default()).is_err());
    }

    /// Any array of nodes: refused, or every walk ends.
    #[test]
    fn arbitrary_nodes_never_hang(
        nodes in proptest::collection::vec(
            (prop_oneof![Just(LEAF), 0_u32..3], 0_u32..12, -2.0_f64..2.0),
            1..12,
        ),
        row in (-2.0_f32..2.0, -2.0_f32..2.0),
    ) {
        let nodes: Vec<Node> =
            nodes.into_iter().map(|(feature, child, value)| Node { feature, child, value }).collect();
        let starts = vec![0, nodes.len() as u32];
        if let Ok(trees) = Trees::new(starts, nodes, 2, &Limits::default()) {
            prop_assert!(trees.leaf(0, &[row.0, row.1]).is_finite());
        }
    }
}

/// Other writings of the same model, and headers that cost memory.
#[test]
fn a_model_has_one_form() {
    let encoded = model().encode().unwrap();
    let decode = |json: &[u8], parameters: &[u8]| {
        Model::decode(json, parameters, &Limits::default()).unwrap_err().to_string()
    };
    let json = String::from_utf8(encoded.model_json.clone()).unwrap();
    for (old, new) in [("  \"format\"", "\"format\""), ("\n}\n", "\n}"), ("15,", "15.0,")] {
        let changed = json.replacen(old, new, 1);
        assert_ne!(changed, json, "{old}");
        decode(changed.as_bytes(), &encoded.parameters);
    }
    let header = |text: &str| {
        let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
        bytes.extend(text.as_bytes());
        let old = u64::from_le_bytes(encoded.parameters[..8].try_into().unwrap()) as usize;
        bytes.extend(&encoded.parameters[8 + old..]);
        bytes
    };
    let old = u64::from_le_bytes(encoded.parameters[..8].try_into().unwrap()) as usize;
    let text = std::str::from_utf8(&encoded.parameters[8..8 + old]).unwrap();
    assert_eq!(header(text), encoded.parameters);
    for changed in [
        text.replacen('{', "{\"__metadata__\":{\"a\":\"b\"},", 1),
        text.replacen('{', "{ ", 1),
        text.replacen("\"dtype\"", "\"extra\":1,\"dtype\"", 1),
    ] {
        let error = decode(&encoded.model_json, &header(&changed));
        assert!(
            error.contains("not written in the one form") || error.contains("safetensors"),
            "{error}"
        );
    }
    let error = decode(&encoded.model_json, &header(&" ".repeat(300 << 10)));
    assert!(error.contains("the limit is 262144"), "{error}");
}

/// Checks of many inputs take time that grows as their number does.
#[test]
fn many_inputs_are_checked_quickly() {
    let mut schema = example::schema();
    let first = schema.inputs[0].clone();
    schema.inputs = (0..50_000)
        .map(|number| modelseal_model::InputField {
            name: format!("i{number}"),
            feature: format!("f{number}"),
            ..first.clone()
        })
        .collect();
    assert_eq!(schema.validate(), Ok(()));
}
