//! Which rows are learned from, and which are held out to measure with.
//!
//! Both functions reproduce scikit-learn's `train_test_split` to the row and in the order
//! of the rows (version 1.2 and later draw the same).

use thiserror::Error;

use crate::random::Mt19937;

/// Row indices of the two parts, each in the order in which the rows are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Rows to learn from.
    pub train: Vec<u32>,
    /// Rows to measure with.
    pub test: Vec<u32>,
}

/// Why rows cannot be split.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SplitError {
    /// Not a share of the rows.
    #[error(
        "train_size is {0}; it is the share of the rows to learn from: a number between 0 and 1"
    )]
    TrainSize(f64),
    /// A part would be empty.
    #[error(
        "{rows} row(s) with train_size {train_size} give {train} row(s) to learn from and {test} to measure with; both parts need at least one: add rows or change train_size"
    )]
    TooFewRows {
        /// Rows in all.
        rows: usize,
        /// The share asked for.
        train_size: f64,
        /// Rows of the training part.
        train: usize,
        /// Rows of the hold-out part.
        test: usize,
    },
    /// A class with a single row.
    #[error(
        "class {class} has {rows} row(s); a stratified split needs at least 2 of each class: add rows or set data_split_stratify to false"
    )]
    ClassTooSmall {
        /// Index of the class.
        class: usize,
        /// Its rows.
        rows: usize,
    },
    /// A part smaller than the number of classes.
    #[error(
        "the {part} part has {rows} row(s) for {classes} classes; a stratified split needs one of each: add rows or change train_size"
    )]
    PartTooSmall {
        /// `training` or `hold-out`.
        part: &'static str,
        /// Its rows.
        rows: usize,
        /// Classes with at least one row.
        classes: usize,
    },
}

/// Splits `row_count` rows at random: `floor(train_size * row_count)` to learn from, the
/// rest held out.
///
/// # Errors
/// [`SplitError`] when `train_size` is not inside (0, 1) or a part would be empty.
pub fn plain(row_count: u32, train_size: f64, seed: u32) -> Result<Split, SplitError> {
    let (train_count, test_count) = part_sizes(row_count as usize, train_size)?;
    let order = Mt19937::new(seed).permutation(row_count);
    let (test, train) = order.split_at(test_count);
    Ok(Split { train: train[..train_count].to_vec(), test: test.to_vec() })
}

/// Splits rows so that each class has its share in both parts.
///
/// `y` holds one class index a row. Rows of a class that cannot be shared out evenly are
/// dealt by largest remainder, equal remainders by the generator.
///
/// # Errors
/// [`SplitError`] when `train_size` is not inside (0, 1), a class has a single row, or a
/// part has fewer rows than there are classes.
pub fn stratified(y: &[u32], train_size: f64, seed: u32) -> Result<Split, SplitError> {
    let (train_count, test_count) = part_sizes(y.len(), train_size)?;
    let class_count = y.iter().max().map_or(0, |&largest| largest as usize + 1);
    let mut rows_of_class = vec![Vec::new(); class_count];
    for (row, &class) in (0u32..).zip(y) {
        rows_of_class[class as usize].push(row);
    }
    if let Some(class) = rows_of_class.iter().position(|rows| rows.len() == 1) {
        return Err(SplitError::ClassTooSmall { class, rows: 1 });
    }
    // A class without rows takes no part, as if its number did not exist.
    rows_of_class.retain(|rows| !rows.is_empty());
    let classes = rows_of_class.len();
    for (part, rows) in [("training", train_count), ("hold-out", test_count)] {
        if rows < classes {
            return Err(SplitError::PartTooSmall { part, rows, classes });
        }
    }

    let mut random = Mt19937::new(seed);
    let counts: Vec<usize> = rows_of_class.iter().map(Vec::len).collect();
    let train_counts = share_out(&counts, train_count, &mut random);
    let left: Vec<usize> =
        counts.iter().zip(&train_counts).map(|(all, taken)| all - taken).collect();
    let test_counts = share_out(&left, test_count, &mut random);

    let mut split =
        Split { train: Vec::with_capacity(train_count), test: Vec::with_capacity(test_count) };
    for (mut rows, (train, test)) in
        rows_of_class.into_iter().zip(train_counts.into_iter().zip(test_counts))
    {
        random.shuffle(&mut rows);
        split.train.extend(&rows[..train]);
        split.test.extend(&rows[train..train + test]);
    }
    random.shuffle(&mut split.train);
    random.shuffle(&mut split.test);
    Ok(split)
}

fn part_sizes(rows: usize, train_size: f64) -> Result<(usize, usize), SplitError> {
    if !(train_size > 0.0 && train_size < 1.0) {
        return Err(SplitError::TrainSize(train_size));
    }
    let train = (train_size * rows as f64).floor() as usize;
    let test = rows - train;
    if train == 0 || test == 0 {
        return Err(SplitError::TooFewRows { rows, train_size, train, test });
    }
    Ok((train, test))
}

/// Shares `draws` out over groups of the given sizes: the floor of the proportional share,
/// then one more to the largest remainders; among equal ones the generator decides.
fn share_out(sizes: &[usize], draws: usize, random: &mut Mt19937) -> Vec<usize> {
    let total: usize = sizes.iter().sum();
    let exact: Vec<f64> =
        sizes.iter().map(|&size| size as f64 / total as f64 * draws as f64).collect();
    let mut shares: Vec<usize> = exact.iter().map(|share| share.floor() as usize).collect();
    let remainders: Vec<f64> = exact.iter().map(|share| share - share.floor()).collect();
    let mut missing = draws.saturating_sub(shares.iter().sum());
    let mut levels = remainders.clone();
    levels.sort_by(|left, right| right.total_cmp(left));
    levels.dedup();
    for level in levels {
        if missing == 0 {
            break;
        }
        let tied: Vec<usize> =
            (0..sizes.len()).filter(|&group| remainders[group] == level).collect();
        let lucky = random.choose(&tied, missing);
        missing -= lucky.len();
        for group in lucky {
            shares[group] += 1;
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected rows drawn with scikit-learn.
    #[test]
    fn small_cases_equal_the_reference() {
        let y = [1, 0, 0, 1, 0, 0, 0, 1, 1, 0];
        let split = stratified(&y, 0.7, 42).unwrap();
        assert_eq!(split.train, [4, 8, 1, 3, 7, 9, 2]);
        assert_eq!(split.test, [6, 5, 0]);
        let split = plain(10, 0.7, 42).unwrap();
        assert_eq!(split.train, [0, 7, 2, 9, 4, 3, 6]);
        assert_eq!(split.test, [8, 1, 5]);
    }

    #[test]
    fn hopeless_splits_are_refused() {
        assert_eq!(plain(10, 1.0, 1), Err(SplitError::TrainSize(1.0)));
        assert!(matches!(plain(10, f64::NAN, 1), Err(SplitError::TrainSize(_))));
        assert!(matches!(plain(1, 0.7, 1), Err(SplitError::TooFewRows { .. })));
        assert!(matches!(stratified(&[], 0.7, 1), Err(SplitError::TooFewRows { .. })));
        assert_eq!(
            stratified(&[0, 0, 1], 0.7, 1),
            Err(SplitError::ClassTooSmall { class: 1, rows: 1 })
        );
        assert!(matches!(
            stratified(&[0, 0, 1, 1], 0.3, 1),
            Err(SplitError::PartTooSmall { part: "training", .. })
        ));
    }

    #[test]
    fn every_row_is_in_one_part() {
        let y: Vec<u32> = (0..101).map(|row| row % 3).collect();
        let split = stratified(&y, 0.63, 7).unwrap();
        let mut rows = [split.train, split.test].concat();
        rows.sort_unstable();
        assert_eq!(rows, (0..101).collect::<Vec<u32>>());
    }
}
