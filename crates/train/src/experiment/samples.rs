//! The numbers that a run works on, and how they are dealt.

use modelseal_model::Class;

use super::{Setup, Task, TrainError, features, labels};
use crate::data::{Matrix, Packed, Table};
use crate::split::{self, Split};

/// Rows of numbers and their classes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Samples {
    /// One column an input, NaN where a value is missing.
    pub(super) x: Matrix,
    /// Whether the numbers of a column stand for words of the table; their order then says
    /// nothing. Empty once the rows are prepared.
    pub(super) is_nominal: Vec<bool>,
    /// One class index a row.
    pub(super) y: Vec<u32>,
    /// Classes of the target.
    pub(super) class_count: usize,
}

/// The same in little memory.
pub(super) struct PackedSamples {
    pub(super) x: Packed,
    pub(super) y: Vec<u32>,
    pub(super) class_count: usize,
}

impl PackedSamples {
    pub(super) fn new(samples: Samples) -> Self {
        let Samples { x, y, class_count, .. } = samples;
        Self { x: Packed::new(x), y, class_count }
    }
}

impl Samples {
    pub(super) fn read(task: &Task<'_>) -> Result<Self, TrainError> {
        if task.inputs.is_empty() {
            return Err(TrainError::NoInputs);
        }
        let y = labels::read(task.table, task.target, task.classes)?;
        let x = features::read(task.table, task.inputs)?;
        let is_nominal = features::are_nominal(task.table, task.inputs);
        Ok(Self { x, is_nominal, y, class_count: task.classes.len() })
    }

    /// The same from a table that is not needed any more, in the memory that it takes.
    pub(super) fn take(task: Task<'_, Table>) -> Result<Self, TrainError> {
        if task.inputs.is_empty() {
            return Err(TrainError::NoInputs);
        }
        let y = labels::read(&task.table, task.target, task.classes)?;
        let is_nominal = features::are_nominal(&task.table, task.inputs);
        let x = features::take(task.table, task.inputs)?;
        Ok(Self { x, is_nominal, y, class_count: task.classes.len() })
    }

    /// The rows to learn from and those that are held out. Each column is freed once its rows
    /// are dealt, so that no second copy of all of them exists.
    pub(super) fn into_parts(self, split: &Split) -> (Self, Self) {
        let Self { x, is_nominal, y, class_count } = self;
        let (train, test): (Vec<_>, Vec<_>) = x
            .into_columns()
            .into_iter()
            .map(|column| (pick(&column, &split.train), pick(&column, &split.test)))
            .unzip();
        let part = |columns, rows: &[u32]| Self {
            // The columns of a part have one length.
            x: Matrix::new(columns).unwrap_or_default(),
            is_nominal: is_nominal.clone(),
            y: pick(&y, rows),
            class_count,
        };
        (part(train, &split.train), part(test, &split.test))
    }

    /// The rows of these indices, in their order.
    pub(super) fn select(&self, rows: &[u32]) -> Self {
        Self {
            x: self.x.select_rows(rows),
            is_nominal: self.is_nominal.clone(),
            y: pick(&self.y, rows),
            class_count: self.class_count,
        }
    }

    /// Which rows are learned from and which are held out. Every class is learned from.
    pub(super) fn deal(&self, classes: &[Class], setup: &Setup) -> Result<Split, TrainError> {
        let split = if setup.data_split_stratify {
            split::stratified(&self.y, setup.train_size, setup.session_id)
        } else {
            // A table has fewer rows than u32 can count.
            split::plain(self.y.len() as u32, setup.train_size, setup.session_id)
        }?;
        let mut is_learned = vec![false; self.class_count];
        for &row in &split.train {
            is_learned[self.y[row as usize] as usize] = true;
        }
        match is_learned.iter().position(|is_learned| !is_learned) {
            Some(class) => Err(TrainError::EmptyClass(classes[class].label.clone())),
            None => Ok(split),
        }
    }
}

/// The values of these rows, in their order.
fn pick<T: Copy>(values: &[T], rows: &[u32]) -> Vec<T> {
    rows.iter().map(|&row| values[row as usize]).collect()
}
