//! The numbers that a run works on, and how they are dealt.

use super::{Setup, Task, TrainError, features, labels};
use crate::data::{Matrix, Packed};
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

    /// The rows of these indices, in their order.
    pub(super) fn select(&self, rows: &[u32]) -> Self {
        Self {
            x: self.x.select_rows(rows),
            is_nominal: self.is_nominal.clone(),
            y: rows.iter().map(|&row| self.y[row as usize]).collect(),
            class_count: self.class_count,
        }
    }

    /// Which rows are learned from and which are held out. Every class is learned from.
    pub(super) fn deal(&self, task: &Task<'_>, setup: &Setup) -> Result<Split, TrainError> {
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
            Some(class) => Err(TrainError::EmptyClass(task.classes[class].label.clone())),
            None => Ok(split),
        }
    }
}
