//! Parts of the training rows for cross-validation.
//!
//! Reproduces scikit-learn's `StratifiedKFold` without shuffling, to the row (version 1.0 and
//! later deal the same).

use thiserror::Error;

use crate::split::Split;

/// Why rows cannot be dealt.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FoldError {
    /// Fewer than two parts.
    #[error("fold is {0}; cross-validation needs at least 2 parts")]
    TooFew(usize),
    /// A class that cannot stand in every part.
    #[error(
        "class {class} has {rows} row(s) in the training part, fewer than the {folds} parts of the cross-validation; set fold to at most {rows}, or add rows"
    )]
    ClassTooSmall {
        /// Index of the class.
        class: usize,
        /// Its rows.
        rows: usize,
        /// Parts asked for.
        folds: usize,
    },
}

/// Deals rows to `count` parts so that each has its share of every class; each is held out
/// once. Rows keep their order.
///
/// Each class is dealt in runs: its first rows to the first part, and so on. How many go to
/// part `i` is the number of its rows among the positions i, i + count, i + 2 count, ... of all
/// rows sorted by class, classes in the order in which they first appear.
///
/// # Errors
/// [`FoldError`] when there are fewer than two parts, or a class has fewer rows than there are
/// parts: some part would then be measured without it.
pub fn stratified(y: &[u32], count: usize) -> Result<Vec<Split>, FoldError> {
    if count < 2 {
        return Err(FoldError::TooFew(count));
    }
    let class_count = y.iter().max().map_or(0, |&largest| largest as usize + 1);
    let mut class_rows = vec![0; class_count];
    let mut appearance = Vec::new();
    for &class in y {
        if class_rows[class as usize] == 0 {
            appearance.push(class as usize);
        }
        class_rows[class as usize] += 1;
    }
    for (class, &rows) in class_rows.iter().enumerate() {
        if rows > 0 && rows < count {
            return Err(FoldError::ClassTooSmall { class, rows, folds: count });
        }
    }
    // For each class, the part of each of its rows in order.
    let mut parts_of_class = vec![Vec::new(); class_count];
    let mut start = 0;
    for class in appearance {
        let end = start + class_rows[class];
        for part in 0..count {
            // Positions below `limit` that leave the remainder `part`.
            let dealt = |limit: usize| (limit + count - 1 - part) / count;
            let share = dealt(end) - dealt(start);
            parts_of_class[class].extend(std::iter::repeat_n(part, share));
        }
        start = end;
    }
    let mut next = vec![0; class_count];
    let mut splits = vec![Split { train: Vec::new(), test: Vec::new() }; count];
    for (row, &class) in (0u32..).zip(y) {
        let class = class as usize;
        let held_out = parts_of_class[class][next[class]];
        next[class] += 1;
        for (part, split) in splits.iter_mut().enumerate() {
            let rows = if part == held_out { &mut split.test } else { &mut split.train };
            rows.push(row);
        }
    }
    Ok(splits)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected rows from scikit-learn.
    #[test]
    fn small_cases_equal_the_reference() {
        let y = [1, 0, 0, 1, 0, 0, 0, 1, 1, 0];
        let found = stratified(&y, 4).unwrap();
        assert_eq!(found[0].test, [0, 1, 2]);
        let mut all: Vec<u32> = found.iter().flat_map(|split| split.test.clone()).collect();
        all.sort_unstable();
        assert_eq!(all, (0..10).collect::<Vec<u32>>());
        for split in found {
            assert_eq!(split.train.len() + split.test.len(), 10);
            assert!(split.test.iter().any(|&row| y[row as usize] == 0));
            assert!(split.test.iter().any(|&row| y[row as usize] == 1));
        }
    }

    #[test]
    fn hopeless_folds_are_refused() {
        assert_eq!(stratified(&[0, 1], 1), Err(FoldError::TooFew(1)));
        let error = stratified(&[0, 0, 0, 1, 1], 3).unwrap_err();
        assert_eq!(error, FoldError::ClassTooSmall { class: 1, rows: 2, folds: 3 });
    }
}
