//! AdaBoost: small trees, each on rows that weigh the more the more the trees before erred.
//!
//! J. Zhu, H. Zou, S. Rosset, T. Hastie, "Multi-class AdaBoost", Statistics and Its Interface
//! 2(3), 2009: algorithm 2 (SAMME) and algorithm 4 (SAMME.R), with the details of
//! scikit-learn's `AdaBoostClassifier`. The latter is the default, as there up to 1.5 and in the
//! published experiment; 1.6 gave it up. Trees are stumps: one split each.
//!
//! Equal rows of one class always weigh the same, so they are learned from as one.

use modelseal_model::{AdaBoost, LEAF, Learner};

use super::cart::{
    self, Criterion, GrownTree, Item, OneClass, Rows, Splitter, Stop, TreesBuilder, Xorshift,
    normalize, seed_from,
};
use super::declare::{declare_choice, declare_parameters};
use super::{FitError, FitTask, ParameterValues, WithImportances};
use crate::random::Mt19937;

declare_choice! {
    /// What a tree says, and how rows are weighed.
    pub enum Algorithm {
        Samme = "SAMME", "Each tree says one class and counts by its error.";
        SammeR = "SAMME.R", "Each tree says the logarithms of its class shares; all count the same.";
    }
}

declare_parameters! {
    /// Parameters of AdaBoost.
    pub struct Parameters {
        n_estimators: usize = 50, 1..=10000, tune 10..=300,
            "Trees; fewer when one of them makes no error, or is no better than guessing.";
        learning_rate: f64 = 1.0, 0.0000001..=10.0, tune log 0.05..=2.0,
            "Factor on the weight of each tree.";
        algorithm: Algorithm = SammeR, choice,
            "What a tree says, and how rows are weighed.";
    }
}

/// Splits of a tree on one path.
const DEPTH: usize = 1;

/// Fits AdaBoost to a task, for the table of learners.
///
/// # Errors
/// [`FitError`]; see [`fit`].
pub fn fit_task(
    task: &FitTask<'_>,
    values: &ParameterValues,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Learner, FitError> {
    let fitted = fit(task, &Parameters::from_values(values)?, progress)?;
    Ok(Learner::AdaBoost(fitted.model))
}

/// Fits AdaBoost. `progress` is told trees done and trees in all.
///
/// When not even the first tree is better than guessing, the model says so: equal
/// probabilities for every row.
///
/// # Errors
/// [`FitError`]; nothing is fitted when a parameter, a value or a label is out of bounds.
pub fn fit(
    task: &FitTask<'_>,
    parameters: &Parameters,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<WithImportances<AdaBoost>, FitError> {
    parameters.validate()?;
    task.class_rows()?;
    let rows = Rows::new(task.x, task.y, task.class_count)?;
    let mut boost = Boost::new(&rows, parameters);
    let mut random = Mt19937::new(task.seed);
    let mut stages: Vec<Stage> = Vec::new();
    for round in 0..parameters.n_estimators {
        let is_last = round + 1 == parameters.n_estimators;
        let seed = seed_from(&mut random);
        let Some(stage) = boost.round(seed, is_last) else { break };
        let is_perfect = stage.error <= 0.0;
        stages.push(stage);
        progress(round as u64 + 1, parameters.n_estimators as u64);
        if is_perfect {
            break;
        }
    }
    boost.finish(stages, task.x.column_count())
}

/// A tree and what it counts.
struct Stage {
    tree: GrownTree,
    weight: f64,
    error: f64,
}

/// Boosting between two rounds.
struct Boost<'a> {
    rows: &'a Rows,
    parameters: &'a Parameters,
    stop: Stop,
    /// The weight of one row of each group; all rows together weigh 1.
    row_weights: Vec<f64>,
    items: Vec<Item<OneClass<f64>>>,
}

impl<'a> Boost<'a> {
    fn new(rows: &'a Rows, parameters: &'a Parameters) -> Self {
        let stop = Stop {
            splitter: Splitter::Best,
            criterion: Criterion::Gini,
            max_depth: DEPTH,
            split_rows_min: 2,
            leaf_rows_min: 1,
            column_count_max: rows.columns.len().max(1),
            impurity_decrease_min: 0.0,
        };
        let weight = 1.0 / rows.row_count() as f64;
        Self {
            rows,
            parameters,
            stop,
            row_weights: vec![weight; rows.group_count()],
            items: Vec::with_capacity(rows.group_count()),
        }
    }

    /// Grows the next tree and weighs the rows anew; `None` when the tree is no better than
    /// guessing.
    fn round(&mut self, seed: u32, is_last: bool) -> Option<Stage> {
        // As in the reference: rows do not vanish.
        self.row_weights.iter_mut().for_each(|weight| *weight = weight.max(f64::EPSILON));
        let groups = (0u32..).zip(self.rows.classes.iter().zip(&self.rows.row_counts));
        self.items.clear();
        self.items.extend(groups.zip(&self.row_weights).map(
            |((group, (&class, &rows)), &weight)| Item {
                group,
                load: OneClass { class, weight: weight * f64::from(rows), rows },
            },
        ));
        let mut random = Xorshift::from_twister(&mut Mt19937::new(seed));
        let tree = cart::grow(self.rows, &mut self.items, &self.stop, &mut random);
        let classes = self.rows.class_count;
        let node_count = tree.nodes.len();
        let said: Vec<usize> = (0..node_count).map(|node| largest(&tree, node, classes)).collect();
        let leaves: Vec<usize> =
            (0..self.rows.group_count()).map(|group| self.leaf(&tree, group)).collect();
        let (mut wrong, mut all) = (0.0, 0.0);
        for (group, &leaf) in leaves.iter().enumerate() {
            let weight = self.row_weights[group] * f64::from(self.rows.row_counts[group]);
            all += weight;
            if said[leaf] != self.rows.classes[group] as usize {
                wrong += weight;
            }
        }
        let error = wrong / all;
        if error <= 0.0 {
            return Some(Stage { tree, weight: 1.0, error: 0.0 });
        }
        let weight = match self.parameters.algorithm {
            Algorithm::Samme => {
                if error >= 1.0 - 1.0 / classes as f64 {
                    return None;
                }
                let odds = libm::log((1.0 - error) / error) + libm::log(classes as f64 - 1.0);
                self.parameters.learning_rate * odds
            }
            Algorithm::SammeR => 1.0,
        };
        if !is_last {
            self.weigh(&tree, &leaves, &said, weight);
        }
        Some(Stage { tree, weight, error })
    }

    /// Rows that the tree gets wrong weigh more.
    fn weigh(&mut self, tree: &GrownTree, leaves: &[usize], said: &[usize], weight: f64) {
        let classes = self.rows.class_count;
        // By leaf and class there are only a few factors.
        let mut factors = vec![1.0; tree.nodes.len() * classes];
        for node in 0..tree.nodes.len() {
            let logs = log_shares(tree, node, classes);
            for class in 0..classes {
                factors[node * classes + class] = match self.parameters.algorithm {
                    Algorithm::Samme if said[node] == class => 1.0,
                    Algorithm::Samme => libm::exp(weight),
                    Algorithm::SammeR => {
                        let others: f64 =
                            (0..classes).filter(|&k| k != class).map(|k| logs[k]).sum();
                        let coded = logs[class] - others / (classes as f64 - 1.0);
                        let share = (classes as f64 - 1.0) / classes as f64;
                        libm::exp(-self.parameters.learning_rate * share * coded)
                    }
                };
            }
        }
        let mut total = 0.0;
        for (group, weight) in self.row_weights.iter_mut().enumerate() {
            *weight *= factors[leaves[group] * classes + self.rows.classes[group] as usize];
            total += *weight * f64::from(self.rows.row_counts[group]);
        }
        self.row_weights.iter_mut().for_each(|weight| *weight /= total);
    }

    /// The leaf of a group.
    fn leaf(&self, tree: &GrownTree, group: usize) -> usize {
        let mut index = 0;
        while tree.nodes[index].feature != LEAF {
            let node = tree.nodes[index];
            let column = &self.rows.columns[node.feature as usize];
            let value = column.values[column.codes.at(group) as usize];
            index = node.child as usize + usize::from(f64::from(value) > node.value);
        }
        index
    }

    /// Turns what each tree says into numbers that are only to be added.
    fn finish(
        &self,
        stages: Vec<Stage>,
        column_count: usize,
    ) -> Result<WithImportances<AdaBoost>, FitError> {
        let classes = self.rows.class_count;
        let others = classes as f64 - 1.0;
        let total: f64 = stages.iter().map(|stage| stage.weight).sum();
        let mut builder = TreesBuilder::new(classes);
        let mut importances = vec![0.0; column_count];
        for stage in &stages {
            let tree = &stage.tree;
            let share = stage.weight / total;
            builder.push(&tree.nodes, |leaf, table| match self.parameters.algorithm {
                Algorithm::Samme => {
                    let said = largest(tree, leaf, classes);
                    let says = |class| if class == said { share } else { -share / others };
                    table.extend((0..classes).map(says));
                }
                Algorithm::SammeR => {
                    let logs = log_shares(tree, leaf, classes);
                    let mean = logs.iter().sum::<f64>() / classes as f64;
                    table.extend(logs.iter().map(|log| share * others * (log - mean)));
                }
            })?;
            let tree_importances = tree.importances(self.stop.criterion, classes, column_count);
            for (sum, importance) in importances.iter_mut().zip(tree_importances) {
                *sum += share * importance;
            }
        }
        if stages.is_empty() {
            let nothing = modelseal_model::Node { feature: LEAF, child: 0, value: 0.0 };
            builder.push(&[nothing], |_, table| table.extend(vec![0.0; classes]))?;
        }
        normalize(&mut importances);
        Ok(WithImportances {
            model: AdaBoost { trees: builder.finish(column_count)? },
            importances,
        })
    }
}

/// The class of the largest weight in a node, of equal ones the first.
fn largest(tree: &GrownTree, node: usize, classes: usize) -> usize {
    let weights = &tree.weights[node * classes..(node + 1) * classes];
    (1..classes).fold(0, |best, class| if weights[class] > weights[best] { class } else { best })
}

/// The logarithms of the class shares in a node, kept away from minus infinity.
fn log_shares(tree: &GrownTree, node: usize, classes: usize) -> Vec<f64> {
    let weights = &tree.weights[node * classes..(node + 1) * classes];
    let total: f64 = weights.iter().sum();
    weights.iter().map(|weight| libm::log((weight / total).max(f64::EPSILON))).collect()
}
