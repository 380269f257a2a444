/// A fitted model of trees, and what each column contributed to it.
#[derive(Debug, Clone, PartialEq)]
pub struct WithImportances<M> {
    /// The model.
    pub model: M,
    /// One number a column; they sum to 1, or are all 0 when no tree has a split. What they
    /// measure is the affair of the learner: impurity that was taken away, or splits.
    pub importances: Vec<f64>,
}
