//! Learners that see each class as a normal distribution, and the moments they share.

pub mod linear_discriminant;
pub mod naive_bayes;
pub mod quadratic_discriminant;

use super::FitTask;
use super::linear::mean;

/// One class: its share of the rows, and its columns.
struct ClassColumns {
    share: f64,
    means: Vec<f64>,
    /// Column by column, the distance of the class's rows from the class's mean.
    centred: Vec<Vec<f64>>,
}

impl ClassColumns {
    /// Number of rows.
    fn row_count(&self) -> usize {
        self.centred.first().map_or(0, Vec::len)
    }
}

/// The classes of a checked task, in order.
fn by_class(task: &FitTask<'_>, class_rows: &[usize]) -> Vec<ClassColumns> {
    let row_count = task.y.len() as f64;
    let mut classes: Vec<ClassColumns> = class_rows
        .iter()
        .map(|&rows| ClassColumns {
            share: rows as f64 / row_count,
            means: Vec::with_capacity(task.x.column_count()),
            centred: Vec::with_capacity(task.x.column_count()),
        })
        .collect();
    for column in task.x.columns() {
        for (class, &rows) in classes.iter_mut().zip(class_rows) {
            class.centred.push(Vec::with_capacity(rows));
        }
        for (&value, &y) in column.iter().zip(task.y) {
            if let Some(values) = classes[y as usize].centred.last_mut() {
                values.push(value);
            }
        }
        for class in &mut classes {
            if let Some(values) = class.centred.last_mut() {
                let mean = mean(values);
                values.iter_mut().for_each(|value| *value -= mean);
                class.means.push(mean);
            }
        }
    }
    classes
}
