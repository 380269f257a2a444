//! From scores to probabilities, the same bits on every machine (`libm`).
//!
//! A caller may send numbers so large that sums of products overflow. Probabilities stay
//! probabilities: what is infinitely likelier gets everything, and scores that are no
//! numbers say nothing.

/// The logistic function.
pub(crate) fn sigmoid(score: f64) -> f64 {
    if score.is_nan() {
        return 0.5;
    }
    1.0 / (1.0 + libm::exp(-score))
}

/// The exponentials of the scores, divided by their sum.
pub(super) fn softmax(mut scores: Vec<f64>) -> Vec<f64> {
    // Subtracting the largest score keeps every exponential finite.
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for score in &mut scores {
        *score = if largest.is_finite() {
            // An exponential of what is no number counts as none.
            libm::exp(*score - largest).max(0.0)
        } else {
            f64::from(u8::from(*score == largest || largest == f64::NEG_INFINITY))
        };
    }
    let total: f64 = scores.iter().sum();
    for score in &mut scores {
        *score /= total;
    }
    scores
}

/// Probabilities from one score a class: of two classes the logistic function of the
/// second's (the first's is its negative), of more the softmax.
pub(super) fn logistic(scores: Vec<f64>) -> Vec<f64> {
    match scores.as_slice() {
        [_, log_odds] => {
            let second = sigmoid(*log_odds);
            vec![1.0 - second, second]
        }
        _ => softmax(scores),
    }
}

/// One score a class from what a binary learner computes once: the second's log odds. What is
/// no number becomes 0, which says nothing.
pub(super) fn per_class(mut scores: Vec<f64>) -> Vec<f64> {
    for score in scores.iter_mut().filter(|score| score.is_nan()) {
        *score = 0.0;
    }
    match scores.as_slice() {
        [second] => vec![-second, *second],
        _ => scores,
    }
}

/// From the logarithms of each class's share times its density to scores that also rank rows:
/// of two classes the log odds, of more the logarithms of the probabilities.
pub(super) fn posterior(mut scores: Vec<f64>) -> Vec<f64> {
    if let [first, second] = *scores.as_slice() {
        return per_class(vec![second - first]);
    }
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        return softmax(scores).into_iter().map(libm::log).collect();
    }
    let total: f64 = scores.iter().map(|score| libm::exp(score - largest)).sum();
    let all = largest + libm::log(total);
    scores.iter_mut().for_each(|score| *score -= all);
    scores
}
