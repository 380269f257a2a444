//! Forests: many trees, each on its own random draw.
//!
//! Seeds and draws are those of scikit-learn's `RandomForestClassifier` and
//! `ExtraTreesClassifier`: equal seeds give equal trees. Trees know nothing of each other, so
//! they grow on all threads of the pool that the caller runs in (`rayon`), and stand in the
//! model in the order of their seeds: the number of threads changes no bit.

pub mod extra_trees;
pub mod random_forest;

use modelseal_model::ClassShares;
use rayon::prelude::*;

use super::cart::{CountedRows, GrownTree, Stop, TreesBuilder, Xorshift, normalize, seed_from};
use super::{FitError, FitTask, WithImportances};
use crate::random::Mt19937;

/// Trees that grow between two reports of progress, for each thread.
const TREES_A_REPORT: usize = 4;

/// Grows a forest.
fn fit(
    task: &FitTask<'_>,
    tree_count: usize,
    bootstrap: bool,
    stop: &Stop,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<WithImportances<ClassShares>, FitError> {
    let column_count = task.x.column_count();
    let mut builder = TreesBuilder::new(task.class_count);
    let mut importances = vec![0.0; column_count];
    let mut done = 0;
    grow_all(task, tree_count, bootstrap, stop, &mut |tree| {
        builder.push_shares(tree)?;
        let of_tree = tree.importances(stop.criterion, task.class_count, column_count);
        importances.iter_mut().zip(of_tree).for_each(|(sum, importance)| *sum += importance);
        done += 1;
        progress(done, tree_count as u64);
        Ok(())
    })?;
    normalize(&mut importances);
    Ok(WithImportances { model: ClassShares { trees: builder.finish(column_count)? }, importances })
}

/// Grows a forest and hands out each tree as a forest of its own.
fn fit_trees(
    task: &FitTask<'_>,
    tree_count: usize,
    bootstrap: bool,
    stop: &Stop,
    take: &mut dyn FnMut(ClassShares),
) -> Result<(), FitError> {
    grow_all(task, tree_count, bootstrap, stop, &mut |tree| {
        let mut builder = TreesBuilder::new(task.class_count);
        builder.push_shares(tree)?;
        take(ClassShares { trees: builder.finish(task.x.column_count())? });
        Ok(())
    })
}

/// Hands out all trees in the order of their seeds.
fn grow_all(
    task: &FitTask<'_>,
    tree_count: usize,
    bootstrap: bool,
    stop: &Stop,
    take: &mut dyn FnMut(&GrownTree<u32>) -> Result<(), FitError>,
) -> Result<(), FitError> {
    task.class_rows()?;
    let rows = CountedRows::new(task)?;
    let mut random = Mt19937::new(task.seed);
    let seeds: Vec<u32> = (0..tree_count).map(|_| seed_from(&mut random)).collect();
    for seeds in seeds.chunks(rayon::current_num_threads() * TREES_A_REPORT) {
        let grow = |&seed: &u32| grow_tree(&rows, seed, bootstrap, stop);
        let trees: Vec<GrownTree<u32>> = seeds.par_iter().map(grow).collect();
        trees.iter().try_for_each(&mut *take)?;
    }
    Ok(())
}

fn grow_tree(rows: &CountedRows<'_>, seed: u32, bootstrap: bool, stop: &Stop) -> GrownTree<u32> {
    let draws = bootstrap.then(|| draw(rows.row_count(), seed));
    rows.grow(draws.as_deref(), stop, &mut Xorshift::from_twister(&mut Mt19937::new(seed)))
}

/// How often each row is drawn in as many draws, with replacement, as there are rows.
fn draw(row_count: usize, seed: u32) -> Vec<u32> {
    let mut draws = vec![0; row_count];
    // A table has fewer rows than u32 can count.
    for row in Mt19937::new(seed).many_up_to(row_count as u32 - 1, row_count) {
        draws[row as usize] += 1;
    }
    draws
}

/// Declares the module of one kind of forest: what is common to both is written once.
macro_rules! declare_forest {
    ($Variant:ident, $splitter:ident, $bootstrap:literal, $what:literal) => {
        use modelseal_model::{ClassShares, Learner};

        use crate::learn::cart::{Criterion, MaxFeatures, Splitter, Stop};
        use crate::learn::declare::declare_parameters;
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
            let (trees, stop) = parameters.stop(task)?;
            super::fit(task, trees, parameters.bootstrap, &stop, progress)
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
            let parameters = Parameters::from_values(values)?;
            let (trees, stop) = parameters.stop(task)?;
            super::fit_trees(task, trees, parameters.bootstrap, &stop, &mut |tree| {
                take(Learner::$Variant(tree));
            })
        }

        impl Parameters {
            /// How many trees, and how they grow.
            fn stop(&self, task: &FitTask<'_>) -> Result<(usize, Stop), FitError> {
            let parameters = self;
            parameters.validate()?;
            let stop = Stop {
                splitter: Splitter::$splitter,
                criterion: parameters.criterion,
                max_depth: parameters.max_depth,
                split_rows_min: parameters.min_samples_split,
                leaf_rows_min: parameters.min_samples_leaf,
                column_count_max: parameters.max_features.count(task.x.column_count()),
                impurity_decrease_min: parameters.min_impurity_decrease,
            };
            Ok((parameters.n_estimators, stop))
            }
        }
    };
}

use declare_forest;
