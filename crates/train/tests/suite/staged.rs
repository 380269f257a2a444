//! One fit of many rounds holds every fit of fewer.

use modelseal_train::learn::staged::{StagedScores, first_rounds};
use modelseal_train::learn::{FitTask, ParameterValue, learner};

use crate::boosting::mixed_rows;
use crate::reference::fit;

#[test]
fn earlier_rounds_are_fits_of_so_many_rounds() {
    for (id, class_count, draw) in [
        ("gbc", 2, None),
        ("gbc", 3, None),
        ("lightgbm", 2, Some("feature_fraction")),
        ("lightgbm", 3, None),
    ] {
        let (x, y) = mixed_rows(5, 200, class_count as u32);
        let task = FitTask { x: &x, y: &y, class_count, seed: 7 };
        let of = |rounds: f64| {
            let mut parameters = learner(id).unwrap().defaults();
            parameters.set("n_estimators", &ParameterValue::Number(rounds)).unwrap();
            if let Some(draw) = draw {
                parameters.set(draw, &ParameterValue::Number(0.5)).unwrap();
            }
            fit(id, &task, &parameters)
        };
        let all = of(12.0);
        let mut staged = StagedScores::new(&all, &x).unwrap();
        assert_eq!(staged.round_count(), 12);
        let mut row = Vec::new();
        for rounds in [1, 4, 5, 12] {
            let expected = of(rounds as f64);
            assert_eq!(first_rounds(&all, rounds).unwrap(), Some(expected.clone()), "{id}");
            staged.advance_to(rounds);
            for index in 0..x.row_count() {
                x.read_row(index, &mut row);
                assert_eq!(staged.scores(index), expected.scores(&row), "{id}, {rounds} rounds");
            }
        }
        assert_eq!(first_rounds(&all, 13).unwrap(), None);
    }
}

#[test]
fn other_learners_have_no_rounds() {
    let (x, y) = mixed_rows(5, 50, 2);
    let task = FitTask { x: &x, y: &y, class_count: 2, seed: 7 };
    let fitted = fit("nb", &task, &learner("nb").unwrap().defaults());
    assert!(StagedScores::new(&fitted, &x).is_none());
    assert_eq!(first_rounds(&fitted, 1).unwrap(), None);
}
