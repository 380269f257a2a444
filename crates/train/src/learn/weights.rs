//! How much the rows of a class count.

use super::declare::declare_choice;

declare_choice! {
    /// How much the rows of a class count.
    pub enum ClassWeight {
        None = "none", "Every row counts once.";
        Balanced = "balanced",
            "All classes count alike: a row counts rows / (classes * rows of its class).";
    }
}

/// One weight a class, from its number of rows.
pub(super) fn class_weights(kind: ClassWeight, class_rows: &[usize]) -> Vec<f64> {
    let rows: usize = class_rows.iter().sum();
    let weight = |&own: &usize| match kind {
        ClassWeight::None => 1.0,
        ClassWeight::Balanced => rows as f64 / (class_rows.len() as f64 * own as f64),
    };
    class_rows.iter().map(weight).collect()
}
