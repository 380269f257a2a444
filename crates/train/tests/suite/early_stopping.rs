//! Boosting ends when rows that were held back are predicted no better.

use modelseal_model::Learner;
use modelseal_train::data::Matrix;
use modelseal_train::learn::staged::{StagedScores, first_rounds};
use modelseal_train::learn::{FitTask, ParameterValue, learner};
use modelseal_train::metrics::log_loss;
use modelseal_train::split;

use crate::boosting::mixed_rows;
use crate::reference::fit;

const ROUNDS: usize = 150;
const PATIENCE: usize = 4;

/// The loss on the held-back rows after each round of the fit that never stops.
fn losses(fitted: &Learner, x: &Matrix, y: &[u32], class_count: usize) -> Vec<f64> {
    let mut staged = StagedScores::new(fitted, x).unwrap();
    (1..=ROUNDS)
        .map(|round| {
            staged.advance_to(round);
            let probabilities: Vec<f64> =
                (0..y.len()).flat_map(|row| fitted.probabilities_of(staged.scores(row))).collect();
            log_loss(y, &probabilities, class_count)
        })
        .collect()
}

/// The rules of the references, by hand on the losses of the fit that never stops.
fn expected_rounds(id: &str, losses: &[f64], class_count: usize) -> usize {
    if id == "gbc" {
        let factor = if class_count == 2 { 2.0 } else { 1.0 };
        let mut history = [f64::INFINITY; PATIENCE];
        for (round, loss) in losses.iter().map(|loss| loss * factor).enumerate() {
            if history.iter().all(|earlier| loss + 1e-4 >= *earlier) {
                return round + 1;
            }
            history[round % PATIENCE] = loss;
        }
        return losses.len();
    }
    let mut best = 0;
    for (round, loss) in losses.iter().enumerate() {
        if *loss < losses[best] {
            best = round;
        } else if round - best >= PATIENCE {
            break;
        }
    }
    best + 1
}

#[test]
fn rounds_end_by_the_references_rules() {
    for (id, patience) in [("gbc", "n_iter_no_change"), ("lightgbm", "early_stopping_rounds")] {
        for class_count in [2, 3] {
            let (x, y) = mixed_rows(8, 400, class_count as u32);
            let task = FitTask { x: &x, y: &y, class_count, seed: 42 };
            let mut parameters = learner(id).unwrap().defaults();
            parameters.set("n_estimators", &ParameterValue::Number(ROUNDS as f64)).unwrap();
            parameters.set("validation_fraction", &ParameterValue::Number(0.25)).unwrap();
            let split = split::stratified(&y, 0.75, 42).unwrap();
            let pick =
                |rows: &[u32]| -> Vec<u32> { rows.iter().map(|&row| y[row as usize]).collect() };
            let (x_left, y_left) = (x.select_rows(&split.train), pick(&split.train));
            let left = FitTask { x: &x_left, y: &y_left, class_count, seed: 42 };
            let all = fit(id, &left, &parameters);
            parameters.set(patience, &ParameterValue::Number(PATIENCE as f64)).unwrap();
            let stopped = fit(id, &task, &parameters);

            let x_held = x.select_rows(&split.test);
            let losses = losses(&all, &x_held, &pick(&split.test), class_count);
            let rounds = expected_rounds(id, &losses, class_count);
            assert!(rounds < ROUNDS, "{id}, {class_count} classes: nothing was stopped");
            let expected = first_rounds(&all, rounds).unwrap();
            assert_eq!(Some(stopped), expected, "{id}, {class_count} classes, {rounds} rounds");
        }
    }
}
