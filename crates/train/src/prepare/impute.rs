use modelseal_model::{Imputation, Transform};
use serde::{Deserialize, Serialize};

use super::mean;
use super::quantile::{quantile, sorted};
use crate::data::Matrix;

/// What replaces a missing number: a word, or the number itself.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumericImputation {
    /// The mean of the training values that are present.
    #[default]
    Mean,
    /// Their median: the middle one, or the mean of the two in the middle.
    Median,
    /// The most frequent of them, the smallest of equally frequent ones.
    Mode,
    /// This number.
    #[serde(untagged)]
    Constant(f64),
}

/// A fitted imputation.
#[derive(Debug, Clone, PartialEq)]
pub struct Fill {
    /// The step itself.
    pub transform: Transform,
    /// Columns in which every value is missing. They carry nothing: they are filled with the
    /// given constant, else with 0.
    pub empty_columns: Vec<usize>,
}

/// Fits the replacement of missing values. A nominal column, whose numbers stand for words, takes
/// its most frequent value whatever the method: between two words there is nothing.
pub fn impute(train: &Matrix, method: NumericImputation, is_nominal: &[bool]) -> Fill {
    let fill = |(column, &is_nominal): (&Vec<f64>, &bool)| match method {
        _ if is_nominal => mode(column),
        NumericImputation::Mean => mean(column),
        NumericImputation::Median => quantile(&sorted(column), 0.5),
        NumericImputation::Mode => mode(column),
        NumericImputation::Constant(number) => {
            (!column.iter().all(|value| value.is_nan())).then_some(number)
        }
    };
    let fills: Vec<Option<f64>> = train.columns().iter().zip(is_nominal).map(fill).collect();
    let (name, nothing) = match method {
        NumericImputation::Mean => (Imputation::Mean, 0.0),
        NumericImputation::Median => (Imputation::Median, 0.0),
        NumericImputation::Mode => (Imputation::Mode, 0.0),
        NumericImputation::Constant(number) => (Imputation::Constant, number),
    };
    Fill {
        empty_columns: (0..fills.len()).filter(|&column| fills[column].is_none()).collect(),
        transform: Transform::Impute {
            method: name,
            fill: fills.into_iter().map(|fill| fill.unwrap_or(nothing)).collect(),
        },
    }
}

fn mode(column: &[f64]) -> Option<f64> {
    let sorted = sorted(column);
    let mut best: Option<(usize, f64)> = None;
    for equal in sorted.chunk_by(|left, right| left == right) {
        if best.is_none_or(|(count, _)| equal.len() > count) {
            best = Some((equal.len(), equal[0]));
        }
    }
    best.map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_method_fills_with_its_own_number() {
        let numbers = vec![4.0, 1.0, f64::NAN, 1.0, 4.0, 10.0];
        let train = Matrix::new(vec![numbers.clone(), vec![f64::NAN; 6], numbers]).unwrap();
        let fill = |method| {
            let fitted = impute(&train, method, &[false, false, true]);
            assert_eq!(fitted.empty_columns, [1]);
            match fitted.transform {
                Transform::Impute { fill, .. } => fill,
                _ => panic!("not an imputation"),
            }
        };
        assert_eq!(fill(NumericImputation::Mean), [4.0, 0.0, 1.0]);
        assert_eq!(fill(NumericImputation::Median), [4.0, 0.0, 1.0]);
        assert_eq!(fill(NumericImputation::Mode), [1.0, 0.0, 1.0]);
        assert_eq!(fill(NumericImputation::Constant(-1.5)), [-1.5, -1.5, 1.0]);
    }

    #[test]
    fn the_option_is_a_word_or_a_number() {
        let read = |json: &str| serde_json::from_str::<NumericImputation>(json);
        assert_eq!(read("\"median\"").unwrap(), NumericImputation::Median);
        assert_eq!(read("0").unwrap(), NumericImputation::Constant(0.0));
        assert_eq!(serde_json::to_string(&NumericImputation::Constant(-1.5)).unwrap(), "-1.5");
        assert!(read("\"drop\"").is_err());
    }
}
