//! Classification trees, the engine of `dt`, `rf`, `et` and `ada`.
//!
//! L. Breiman, J. Friedman, C. Stone, R. Olshen, "Classification and Regression Trees",
//! 1984, with the details of scikit-learn: the same random draws, the same order of
//! operations. Weights of trees and forests are whole numbers, so that their sums are exact
//! in any order, and ties fall as they do there.
//!
//! The steps, one file each:
//!
//! 1. `columns`, `rows`, `counted`: values become codes in their order, equal rows become one.
//! 2. `visit`: which columns a node looks at, and in which order.
//! 3. `cells`, `impurity`, `search`: the weight of each class by value, and the best cut.
//! 4. `grow`: node after node, and what each column contributed.
//! 5. `builder`: trees and the numbers of their leaves as a model holds them.

mod builder;
mod cells;
mod columns;
mod counted;
mod grow;
mod impurity;
mod load;
mod rows;
mod search;
mod visit;

pub(crate) use builder::TreesBuilder;
pub(crate) use columns::{Codes, Column, single_precision};
pub(crate) use counted::CountedRows;
pub(crate) use grow::{GrownTree, grow, normalize};
pub use impurity::Criterion;
pub(crate) use load::{Item, OneClass};
pub(crate) use rows::Rows;
pub(crate) use visit::{Columns, Xorshift, seed_from};

use std::ops::{AddAssign, Sub};

use super::declare::declare_choice;
use columns::code_columns;

/// What a row weighs: a whole number where rows are only counted, else any.
pub(crate) trait Weight:
    Copy + Default + PartialEq + AddAssign + Sub<Output = Self> + Into<f64>
{
    /// Whether sums are exact in any order.
    const IS_EXACT: bool;
}

impl Weight for u32 {
    const IS_EXACT: bool = true;
}

impl Weight for f64 {
    const IS_EXACT: bool = false;
}

/// How the cut of a column is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Splitter {
    /// The best one.
    Best,
    /// A random one: P. Geurts, D. Ernst, L. Wehenkel, "Extremely randomized trees", Machine
    /// Learning 63(1), 2006.
    Random,
}

/// What a node must have to be split, and how it is split.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stop {
    pub(crate) splitter: Splitter,
    pub(crate) criterion: Criterion,
    /// Splits on the longest path.
    pub(crate) max_depth: usize,
    /// Rows that a node needs.
    pub(crate) split_rows_min: usize,
    /// Rows that each side needs.
    pub(crate) leaf_rows_min: usize,
    /// Columns that a node looks at.
    pub(crate) column_count_max: usize,
    /// What a split must gain, as a share of all rows.
    pub(crate) impurity_decrease_min: f64,
}

declare_choice! {
    /// How many columns a node looks at.
    pub enum MaxFeatures {
        All = "all", "All of them.";
        Sqrt = "sqrt", "The square root of their number, rounded down.";
        Log2 = "log2", "The binary logarithm of their number, rounded down.";
    }
}

impl MaxFeatures {
    /// Of `columns` columns, at least one.
    pub(crate) fn count(self, columns: usize) -> usize {
        match self {
            Self::All => columns,
            Self::Sqrt => columns.isqrt(),
            Self::Log2 => columns.checked_ilog2().unwrap_or(0) as usize,
        }
        .max(1)
    }
}
