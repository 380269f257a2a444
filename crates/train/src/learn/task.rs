use super::FitError;
use crate::data::Matrix;

/// What a learner is fitted to.
#[derive(Debug, Clone, Copy)]
pub struct FitTask<'a> {
    /// Prepared rows; no value is missing.
    pub x: &'a Matrix,
    /// One class index, below `class_count`, a row.
    pub y: &'a [u32],
    /// Classes of the target; each has rows.
    pub class_count: usize,
    /// Seed of everything random in the fit.
    pub seed: u32,
}

impl FitTask<'_> {
    /// Rows of each class, when every label is a class and every class has rows.
    ///
    /// # Errors
    /// [`FitError`] names the row or the class that stands in the way.
    pub fn class_rows(&self) -> Result<Vec<usize>, FitError> {
        let Self { x, y, class_count, .. } = *self;
        if x.row_count() != y.len() {
            return Err(FitError::Length { rows: x.row_count(), classes: y.len() });
        }
        if class_count < 2 {
            return Err(FitError::TooFewClasses(class_count));
        }
        let mut class_rows = vec![0; class_count];
        for (row, &class) in y.iter().enumerate() {
            match class_rows.get_mut(class as usize) {
                Some(rows) => *rows += 1,
                None => return Err(FitError::ClassIndex { row, class, class_count }),
            }
        }
        match class_rows.iter().position(|&rows| rows == 0) {
            Some(class) => Err(FitError::EmptyClass(class)),
            None => Ok(class_rows),
        }
    }

    /// Checks that every value is one that single precision can hold: sums of squares of
    /// such values are finite, and all learners refuse the same data.
    ///
    /// # Errors
    /// [`FitError::NotFinite`] for the first that is not.
    pub fn check_finite(&self) -> Result<(), FitError> {
        for (column, values) in self.x.columns().iter().enumerate() {
            if let Some(row) = values.iter().position(|&value| !(value as f32).is_finite()) {
                return Err(FitError::NotFinite { column, row, value: values[row] });
            }
        }
        Ok(())
    }
}
