//! The nearest training rows; the search itself is part of the model.

use modelseal_model::{
    Learner, Limits, Metric as ModelMetric, NeighbourSettings, NeighbourWeights, Neighbours,
};

use super::declare::{declare_choice, declare_parameters};
use super::linear::row_major;
use super::{FitError, FitTask, ParameterValues};

declare_choice! {
    /// How much each neighbour's class counts.
    pub enum Weights {
        Uniform = "uniform", "All alike.";
        Distance = "distance", "By 1 over its distance; neighbours at distance 0 count alone.";
    }
}

declare_choice! {
    /// How far two rows are from each other.
    pub enum Metric {
        Minkowski = "minkowski", "Of order 2: the same as `euclidean`.";
        Euclidean = "euclidean", "The root of the sum of squared differences.";
        Manhattan = "manhattan", "The sum of absolute differences.";
    }
}

declare_parameters! {
    /// Parameters of nearest neighbours.
    pub struct Parameters {
        n_neighbors: usize = 5, 1..=10000, tune log 3..=300,
            "How many neighbours are asked; all of them, when there are fewer rows.";
        weights: Weights = Uniform, choice, tune,
            "How much each neighbour's class counts.";
        metric: Metric = Minkowski, choice, tune,
            "How far two rows are from each other.";
    }
}

/// Fits nearest neighbours: takes the training rows into the model and sorts them.
///
/// # Errors
/// [`FitError`] when a parameter, a value or a label is out of bounds, or there are more rows
/// than a model may hold.
pub fn fit(
    task: &FitTask<'_>,
    values: &ParameterValues,
    _: &mut dyn FnMut(u64, u64),
) -> Result<Learner, FitError> {
    let parameters = Parameters::from_values(values)?;
    task.class_rows()?;
    task.check_finite()?;
    let settings = NeighbourSettings {
        neighbour_count: parameters.n_neighbors.min(task.y.len()),
        weights: match parameters.weights {
            Weights::Uniform => NeighbourWeights::Uniform,
            Weights::Distance => NeighbourWeights::Distance,
        },
        metric: match parameters.metric {
            Metric::Minkowski | Metric::Euclidean => ModelMetric::Euclidean,
            Metric::Manhattan => ModelMetric::Manhattan,
        },
    };
    let (rows, classes) = (row_major(task.x), task.y.to_vec());
    let limits = Limits::default();
    Neighbours::new(settings, task.class_count, rows, classes, &limits)
        .map(Learner::Neighbours)
        .map_err(|error| FitError::Undetermined(error.to_string()))
}
