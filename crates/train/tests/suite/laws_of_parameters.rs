//! What holds for every parameter of every learner.

use modelseal_model::{Limits, Model};
use modelseal_train::learn::{
    LEARNERS, LearnerEntry, ParameterKind, ParameterValue, ParameterValues, learner,
};

use crate::laws::{Sample, assert_predicts};

/// The defaults but for one parameter: each of its words, or the ends of what is tuned.
fn variants(entry: &LearnerEntry) -> Vec<(String, ParameterValues)> {
    let mut variants = Vec::new();
    for spec in entry.parameters {
        let numbers: Vec<f64> = match (spec.kind, spec.tuning) {
            (ParameterKind::Boolean | ParameterKind::Choice(_), _) => {
                (0..=spec.maximum as u32).map(f64::from).collect()
            }
            (_, Some(range)) => vec![range.minimum, range.maximum],
            (_, None) => Vec::new(),
        };
        for number in numbers.into_iter().filter(|&number| number != spec.default) {
            let value = spec.value_of(number);
            let mut values = entry.defaults();
            values.set(spec.name, &value).unwrap();
            variants.push((format!("{} {} {value:?}", entry.id, spec.name), values));
        }
    }
    variants
}

/// Every setting fits and predicts, its model survives its bytes, and threads change nothing.
#[test]
fn every_setting_keeps_the_laws() {
    let pools =
        [1, 3].map(|threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap());
    for sample in [Sample::new(60, 2, 11), Sample::new(60, 3, 12)] {
        for entry in LEARNERS {
            for (what, values) in variants(entry) {
                let fit = || (entry.fit)(&sample.task(), &values, &mut |_, _| {});
                let [one, three] = pools.each_ref().map(|pool| pool.install(fit));
                assert_eq!(one, three, "{what}");
                let fitted = one.unwrap_or_else(|error| panic!("{what}: {error}"));
                assert_predicts(entry, &fitted, &sample.x, sample.class_count);
                let model = sample.model(fitted);
                let encoded = model.encode().unwrap();
                let limits = Limits::default();
                let decoded =
                    Model::decode(&encoded.model_json, &encoded.parameters, &limits).unwrap();
                assert_eq!(decoded.encode().unwrap(), encoded, "{what}");
            }
        }
    }
}

#[test]
fn parameters_are_refused_by_name() {
    let mut knn = learner("knn").unwrap().defaults();
    let word = |word: &str| ParameterValue::Word(word.to_owned());
    knn.set("metric", &word("manhattan")).unwrap();
    assert_eq!(knn.iter().last(), Some(("metric", word("manhattan"))));
    let mut ridge = learner("ridge").unwrap().defaults();
    ridge.set("fit_intercept", &ParameterValue::Boolean(false)).unwrap();
    let set = Some(("fit_intercept", ParameterValue::Boolean(false)));
    assert_eq!(ridge.iter().find(|(name, _)| *name == "fit_intercept"), set);
    let refused = [
        (knn.set("metric", &word("hamming")), "one of minkowski, euclidean, manhattan"),
        (knn.set("metric", &ParameterValue::Number(1.0)), "parameter metric: 1 is not one of"),
        (knn.set("n_neighbors", &word("many")), "\"many\" is not a whole number"),
        (knn.set("n_neighbors", &ParameterValue::Number(0.0)), "from 1 to 10000"),
        (knn.set("n_neighbours", &word("5")), "did you mean \"n_neighbors\"?"),
        (ridge.set("fit_intercept", &ParameterValue::Number(1.0)), "is not true or false"),
        (ridge.set("alpha", &ParameterValue::Number(f64::NAN)), "parameter alpha"),
    ];
    for (result, text) in refused {
        let message = result.unwrap_err().to_string();
        assert!(message.contains(text), "{message}");
    }
    assert!(learner("rdge").unwrap_err().to_string().contains("did you mean \"ridge\"?"));
}
