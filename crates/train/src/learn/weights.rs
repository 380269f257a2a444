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

/// One weight a class, from its number of rows; a class without rows has no weight and does
/// not count.
pub(super) fn class_weights(kind: ClassWeight, class_rows: &[usize]) -> Vec<f64> {
    let rows: usize = class_rows.iter().sum();
    let classes = class_rows.iter().filter(|&&rows| rows > 0).count() as f64;
    let weight = |&own: &usize| match (kind, own) {
        (ClassWeight::None, _) => 1.0,
        (ClassWeight::Balanced, 0) => 0.0,
        (ClassWeight::Balanced, _) => rows as f64 / (classes * own as f64),
    };
    class_rows.iter().map(weight).collect()
}
