use modelseal_model::Transform;

use crate::data::Matrix;

/// Fits one column for each value that a column of words takes, the smallest first; columns that
/// are not `is_spread` stay as they are. No value may be missing.
///
/// What was not seen here is no level: later it gives zeros only, as with `handle_unknown` of
/// scikit-learn's `OneHotEncoder`. No level is left out, as in the published experiments.
pub fn one_hot(train: &Matrix, is_spread: &[bool]) -> Transform {
    let levels = train.columns().iter().zip(is_spread).map(|(column, &is_spread)| {
        let mut levels = if is_spread { column.clone() } else { Vec::new() };
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        levels
    });
    Transform::OneHot { levels: levels.collect() }
}

/// What [`restrict`](super::restrict) does to this step: the levels that are left of the columns
/// that are left, and the positions of these columns. `kept` is ascending.
pub(super) fn restricted(levels: &[Vec<f64>], kept: &[usize]) -> (Vec<Vec<f64>>, Vec<usize>) {
    let origins: Vec<(usize, Option<f64>)> = levels
        .iter()
        .enumerate()
        .flat_map(|(column, levels)| {
            let stays = levels.is_empty().then_some((column, None));
            stays.into_iter().chain(levels.iter().map(move |&level| (column, Some(level))))
        })
        .collect();
    let (mut left, mut columns): (Vec<Vec<f64>>, Vec<usize>) = (Vec::new(), Vec::new());
    for &(column, level) in kept.iter().map(|&position| &origins[position]) {
        if columns.last() != Some(&column) {
            columns.push(column);
            left.push(Vec::new());
        }
        if let (Some(levels), Some(level)) = (left.last_mut(), level) {
            levels.push(level);
        }
    }
    (left, columns)
}

#[cfg(test)]
mod tests {
    use super::super::{apply, restrict};
    use super::*;

    #[test]
    fn levels_become_columns_and_go_one_by_one() {
        let train = Matrix::new(vec![vec![5.0, 6.0, 7.0], vec![2.0, 9.0, 2.0], vec![1.0; 3]]);
        let fitted = one_hot(train.as_ref().unwrap(), &[false, true, true]);
        let Transform::OneHot { levels } = &fitted else { panic!("not one-hot") };
        assert_eq!(levels, &[vec![], vec![2.0, 9.0], vec![1.0]]);
        let seen_later = Matrix::new(vec![vec![5.0, 6.0], vec![9.0, 3.0], vec![1.0, 2.0]]).unwrap();
        let mut spread = seen_later.clone();
        apply(&fitted, &mut spread);
        let expected = [vec![5.0, 6.0], vec![0.0, 0.0], vec![1.0, 0.0], vec![1.0, 0.0]];
        assert_eq!(spread.columns(), expected);
        for row in 0..2 {
            let mut values: Vec<f64> = seen_later.columns().iter().map(|it| it[row]).collect();
            fitted.apply(&mut values);
            assert_eq!(values, expected.each_ref().map(|column| column[row]));
        }
        // Whatever is left of the columns, it is left of the step.
        for kept in [&[0, 1, 2, 3][..], &[2], &[0, 3], &[1, 3], &[0]] {
            let (step, before) = restrict(&fitted, kept);
            let mut some = seen_later.select_columns(&before);
            apply(&step, &mut some);
            assert_eq!(some, spread.select_columns(kept), "{kept:?}");
        }
    }
}
