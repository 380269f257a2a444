//! Forests: many trees, each on its own random draw.
//!
//! Seeds and draws are those of scikit-learn's `RandomForestClassifier` and
//! `ExtraTreesClassifier`: equal seeds give equal trees. Trees know nothing of each other, so
//! they grow on all threads of the pool that the caller runs in (`rayon`), and stand in the
//! model in the order of their seeds: the number of threads changes no bit.

pub mod extra_trees;
pub mod random_forest;
mod sampling;

pub use sampling::ForestClassWeight;

use modelseal_model::ClassShares;
use rayon::prelude::*;
use sampling::{Sample, Sampling};

use super::cart::{CountedRows, GrownTree, Stop, TreesBuilder, Xorshift, normalize, seed_from};
use super::{FitError, FitTask, WithImportances};
use crate::random::Mt19937;

/// Trees that grow between two reports of progress, for each thread.
const TREES_A_REPORT: usize = 4;

/// What to grow.
struct Plan {
    tree_count: usize,
    bootstrap: bool,
    class_weight: ForestClassWeight,
    stop: Stop,
}

/// Grows a forest.
fn fit(
    task: &FitTask<'_>,
    plan: &Plan,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<WithImportances<ClassShares>, FitError> {
    let column_count = task.x.column_count();
    let mut builder = TreesBuilder::new(task.class_count);
    let mut importances = vec![0.0; column_count];
    let mut done = 0;
    grow_all(task, plan, &mut |tree| {
        builder.push_shares(tree)?;
        let of_tree = tree.importances(plan.stop.criterion, task.class_count, column_count);
        importances.iter_mut().zip(of_tree).for_each(|(sum, importance)| *sum += importance);
        done += 1;
        progress(done, plan.tree_count as u64);
        Ok(())
    })?;
    normalize(&mut importances);
    Ok(WithImportances { model: ClassShares { trees: builder.finish(column_count)? }, importances })
}

/// Grows a forest and hands out each tree as a forest of its own.
fn fit_trees(
    task: &FitTask<'_>,
    plan: &Plan,
    take: &mut dyn FnMut(ClassShares),
) -> Result<(), FitError> {
    grow_all(task, plan, &mut |tree| {
        let mut builder = TreesBuilder::new(task.class_count);
        builder.push_shares(tree)?;
        take(ClassShares { trees: builder.finish(task.x.column_count())? });
        Ok(())
    })
}

/// Hands out all trees in the order of their seeds.
fn grow_all(
    task: &FitTask<'_>,
    plan: &Plan,
    take: &mut dyn FnMut(&GrownTree) -> Result<(), FitError>,
) -> Result<(), FitError> {
    let class_rows = task.class_rows()?;
    let rows = CountedRows::new(task)?;
    let sampling = Sampling::new(plan.class_weight, plan.bootstrap, task.y, &class_rows);
    let mut random = Mt19937::new(task.seed);
    let seeds: Vec<u32> = (0..plan.tree_count).map(|_| seed_from(&mut random)).collect();
    for seeds in seeds.chunks(rayon::current_num_threads() * TREES_A_REPORT) {
        let grow = |&seed: &u32| {
            let Sample { draws, class_weights } = sampling.sample(task.y, task.class_count, seed);
            let mut random = Xorshift::from_twister(&mut Mt19937::new(seed));
            rows.grow(draws.as_deref(), class_weights.as_deref(), &plan.stop, &mut random)
        };
        let trees: Vec<GrownTree> = seeds.par_iter().map(grow).collect();
        trees.iter().try_for_each(&mut *take)?;
    }
    Ok(())
}

/// Declares the module of one kind of forest: what is common to both is written once.
macro_rules! declare_forest {
    ($Variant:ident, $splitter:ident, $bootstrap:literal, $what:literal) => {
        use modelseal_model::{ClassShares, Learner};

        use crate::learn::cart::{Criterion, MaxFeatures, Splitter, Stop};
        use crate::learn::declare::declare_parameters;
        use crate::learn::forest::{ForestClassWeight, Plan};
        use crate::learn::{FitError, FitTask, ParameterValues, WithImportances};

        declare_parameters! {
            #[doc = concat!("Parameters of ", $what, ".")]
            pub struct Parameters {
                n_estimators: usize = 100, 1..=10000,
                    "Trees of the forest.";
                criterion: Criterion = Gini, choice, tune,
                    "What a split makes smaller.";
                max_depth: usize = 511, 1..=511, tune 4..=24,
                    "Splits on the longest path; the default is the limit of a model, in practice none.";
                min_samples_split: usize = 2, 2..=1000000000,
                    "Rows that a node needs to be split.";
                min_samples_leaf: usize = 1, 1..=1000000000, tune log 1..=50,
                    "Rows that each side of a split needs.";
                max_features: MaxFeatures = Sqrt, choice, tune,
                    "How many columns, drawn at random, a node looks at.";
                min_impurity_decrease: f64 = 0.0, 0.0..=1.0,
                    "What a split must gain: the decrease of the impurity, times the node's share of the rows.";
                bootstrap: bool = $bootstrap, choice,
                    "Whether each tree gets its own draw of rows, with replacement, instead of all rows.";
                class_weight: ForestClassWeight = None, choice,
                    "How much the rows of a class count.";
            }
        }

        /// Fits a forest to a task, for the table of learners.
        ///
        /// # Errors
        /// [`FitError`]; see [`fit`].
        pub fn fit_task(
            task: &FitTask<'_>,
            values: &ParameterValues,
            progress: &mut dyn FnMut(u64, u64),
        ) -> Result<Learner, FitError> {
            let fitted = fit(task, &Parameters::from_values(values)?, progress)?;
            Ok(Learner::$Variant(fitted.model))
        }

        /// Fits a forest on the threads of the current pool; the same bits on any number of
        /// them. `progress` is told trees done and trees in all.
        ///
        /// # Errors
        /// [`FitError`]; nothing is fitted when a parameter, a value or a label is out of
        /// bounds.
        pub fn fit(
            task: &FitTask<'_>,
            parameters: &Parameters,
            progress: &mut dyn FnMut(u64, u64),
        ) -> Result<WithImportances<ClassShares>, FitError> {
            super::fit(task, &parameters.plan(task)?, progress)
        }

        /// Fits a forest and hands out each tree as a learner of its own: the scores of the
        /// forest are the mean of theirs. No more than a few trees are in memory.
        ///
        /// # Errors
        /// As [`fit`].
        pub fn fit_parts(
            task: &FitTask<'_>,
            values: &ParameterValues,
            take: &mut dyn FnMut(Learner),
        ) -> Result<(), FitError> {
            let plan = Parameters::from_values(values)?.plan(task)?;
            super::fit_trees(task, &plan, &mut |tree| take(Learner::$Variant(tree)))
        }

        impl Parameters {
            /// How many trees, on which rows, and how they grow.
            fn plan(&self, task: &FitTask<'_>) -> Result<Plan, FitError> {
                self.validate()?;
                let stop = Stop {
                    splitter: Splitter::$splitter,
                    criterion: self.criterion,
                    max_depth: self.max_depth,
                    split_rows_min: self.min_samples_split,
                    leaf_rows_min: self.min_samples_leaf,
                    column_count_max: self.max_features.count(task.x.column_count()),
                    impurity_decrease_min: self.min_impurity_decrease,
                };
                let &Self { n_estimators: tree_count, bootstrap, class_weight, .. } = self;
                Ok(Plan { tree_count, bootstrap, class_weight, stop })
            }
        }
    };
}

use declare_forest;
