//! Which columns are worth keeping.

use crate::data::Matrix;

/// All columns, the one of the highest score first; of equal scores the earlier column. A score
/// that is no number counts least.
pub fn ranking(scores: &[f64]) -> Vec<usize> {
    let rank = |score: f64| if score.is_nan() { f64::NEG_INFINITY } else { score };
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&left, &right| rank(scores[right]).total_cmp(&rank(scores[left])));
    order
}

/// The `count` columns of the highest scores, in the order of the columns.
pub fn best_columns(scores: &[f64], count: usize) -> Vec<usize> {
    let mut best = ranking(scores);
    best.truncate(count);
    best.sort_unstable();
    best
}

/// The F statistic of each column: its variance between the classes over that within them.
///
/// R. A. Fisher, "Statistical Methods for Research Workers", 1925 (analysis of variance).
/// Infinite for a column that is constant within each class, NaN for a constant column.
pub fn anova_f(train: &Matrix, y: &[u32], class_count: usize) -> Vec<f64> {
    train.columns().iter().map(|column| column_f(column, y, class_count)).collect()
}

fn column_f(column: &[f64], y: &[u32], class_count: usize) -> f64 {
    let Some(&origin) = column.first() else { return f64::NAN };
    // Distances from the first value: no loss for numbers far from zero.
    let (mut counts, mut sums) = (vec![0.0; class_count], vec![0.0; class_count]);
    for (value, &class) in column.iter().zip(y) {
        counts[class as usize] += 1.0;
        sums[class as usize] += value - origin;
    }
    let rows = column.len() as f64;
    let mean = sums.iter().sum::<f64>() / rows;
    let class_mean =
        |class: usize| if counts[class] > 0.0 { sums[class] / counts[class] } else { 0.0 };
    let between: f64 = (0..class_count)
        .map(|class| counts[class] * (class_mean(class) - mean) * (class_mean(class) - mean))
        .sum();
    let means: Vec<f64> = (0..class_count).map(class_mean).collect();
    let within: f64 = column
        .iter()
        .zip(y)
        .map(|(value, &class)| value - origin - means[class as usize])
        .map(|distance| distance * distance)
        .sum();
    let classes = counts.iter().filter(|&&count| count > 0.0).count() as f64;
    (between / (classes - 1.0)) / (within / (rows - classes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_keep_their_order() {
        assert_eq!(best_columns(&[1.0, 5.0, f64::NAN, 5.0, 7.0], 2), [1, 4]);
        assert_eq!(best_columns(&[1.0, f64::NAN], 5), [0, 1]);
        assert_eq!(best_columns(&[f64::NAN, 0.0], 1), [1]);
    }

    /// Two groups of means 2 and 5, each with squares 2: F = 13.5 / 1.
    #[test]
    fn f_by_hand() {
        let train = Matrix::new(vec![
            vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            vec![1.0; 6],
            vec![1.0, 1.0, 1.0, 2.0, 2.0, 2.0],
        ])
        .unwrap();
        let found = anova_f(&train, &[0, 0, 0, 1, 1, 1], 2);
        assert_eq!(found[0], 13.5);
        assert!(found[1].is_nan() && found[2] == f64::INFINITY);
    }
}
