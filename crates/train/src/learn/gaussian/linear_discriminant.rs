//! Linear discriminant analysis: normal classes of one covariance.
//!
//! R. A. Fisher, "The Use of Multiple Measurements in Taxonomic Problems", Annals of Eugenics
//! 7, 1936; the automatic shrinkage is that of O. Ledoit, M. Wolf, "A Well-conditioned
//! Estimator for Large-dimensional Covariance Matrices", Journal of Multivariate Analysis
//! 88(2), 2004. The three solvers are those of scikit-learn's `LinearDiscriminantAnalysis`.

use modelseal_model::{Learner, Linear, LogLinear};
use nalgebra::DMatrix;

use super::{ClassColumns, by_class};
use crate::learn::declare::{declare_choice, declare_parameters};
use crate::learn::linear::{add_scaled, check, dot, eigen, gram, solve};
use crate::learn::{FitError, FitTask, ParameterValues};

/// Directions in which the scaled rows of all classes deviate by less than this are left out.
const DEVIATION_MIN: f64 = 1e-4;

declare_choice! {
    /// How the covariance is estimated and inverted.
    pub enum Solver {
        Svd = "svd", "Pooled over the classes, in the directions in which rows deviate; no shrinkage.";
        Lsqr = "lsqr", "The mean of the classes' covariances, shrunk.";
        Eigen = "eigen", "The same covariance as `lsqr`, and the same answer.";
    }
}

declare_choice! {
    /// How much of the identity stands in for the covariance; not with `svd`.
    pub enum Shrinkage {
        None = "none", "Nothing.";
        Auto = "auto", "As much as Ledoit and Wolf's formula says.";
        Fixed = "fixed", "As much as `shrinkage_share` says.";
    }
}

declare_parameters! {
    /// Parameters of linear discriminant analysis.
    pub struct Parameters {
        solver: Solver = Svd, choice,
            "How the covariance is estimated and inverted.";
        shrinkage: Shrinkage = None, choice,
            "How much of the identity stands in for the covariance; not with svd.";
        shrinkage_share: f64 = 0.1, 0.0..=1.0,
            "The share of the identity when shrinkage is fixed.";
        unbiased: bool = true, choice,
            "With svd, whether the covariance is divided by the rows less the classes (scikit-learn up to 1.2), or by the rows (1.9).";
    }
}

/// Fits linear discriminant analysis.
///
/// # Errors
/// [`FitError`] when a parameter, a value or a label is out of bounds.
pub fn fit(
    task: &FitTask<'_>,
    values: &ParameterValues,
    _: &mut dyn FnMut(u64, u64),
) -> Result<Learner, FitError> {
    let parameters = Parameters::from_values(values)?;
    let class_rows = check(task)?;
    let classes = by_class(task, &class_rows);
    let borders = match parameters.solver {
        Solver::Svd => pooled(&classes, task.y.len(), parameters.unbiased)?,
        Solver::Lsqr | Solver::Eigen => shrunk(&classes, &parameters)?,
    };
    let linear = match borders.as_slice() {
        // One output: how much the second class is ahead of the first.
        [(first, first_constant), (second, second_constant)] => Linear {
            weights: second.iter().zip(first).map(|(second, first)| second - first).collect(),
            intercepts: vec![second_constant - first_constant],
        },
        _ => Linear {
            weights: borders.iter().flat_map(|(weights, _)| weights).copied().collect(),
            intercepts: borders.iter().map(|(_, constant)| *constant).collect(),
        },
    };
    Ok(Learner::LinearDiscriminant(LogLinear { linear }))
}

/// Weights and constant of one class.
type Border = (Vec<f64>, f64);

/// One covariance of all classes, in the directions in which rows deviate.
fn pooled(
    classes: &[ClassColumns],
    row_count: usize,
    unbiased: bool,
) -> Result<Vec<Border>, FitError> {
    let width = classes.first().map_or(0, |class| class.means.len());
    let mut all_means = vec![0.0; width];
    for class in classes {
        add_scaled(&mut all_means, class.share, &class.means);
    }
    // Deviations within the classes, divided by their size column by column.
    let mut sizes = Vec::with_capacity(width);
    let mut scaled: Vec<Vec<f64>> = Vec::with_capacity(width);
    for column in 0..width {
        let mut values: Vec<f64> =
            classes.iter().flat_map(|class| &class.centred[column]).copied().collect();
        let size = (dot(&values, &values) / row_count as f64).sqrt();
        let size = if size > 0.0 { size } else { 1.0 };
        values.iter_mut().for_each(|value| *value /= size);
        sizes.push(size);
        scaled.push(values);
    }
    let subtracted = if unbiased { classes.len() } else { 0 };
    let divisor = row_count.saturating_sub(subtracted).max(1) as f64;
    let spread = eigen(gram(&scaled, 1.0 / divisor))?;
    let border = |class: &ClassColumns| {
        let means = class.means.iter().zip(&all_means).zip(&sizes);
        let distance: Vec<f64> = means.map(|((own, all), size)| (own - all) / size).collect();
        let solved = spread.solve(&distance, DEVIATION_MIN * DEVIATION_MIN);
        let weights: Vec<f64> =
            solved.iter().zip(&sizes).map(|(value, size)| value / size).collect();
        let constant =
            libm::log(class.share) - 0.5 * dot(&distance, &solved) - dot(&all_means, &weights);
        (weights, constant)
    };
    Ok(classes.iter().map(border).collect())
}

/// The mean of the classes' covariances, weighted by their shares, each shrunk.
fn shrunk(classes: &[ClassColumns], parameters: &Parameters) -> Result<Vec<Border>, FitError> {
    let width = classes.first().map_or(0, |class| class.means.len());
    let mut covariance = DMatrix::zeros(width, width);
    for class in classes {
        covariance += class_covariance(class, parameters) * class.share;
    }
    let means: Vec<Vec<f64>> = classes.iter().map(|class| class.means.clone()).collect();
    let solved = solve(covariance, &means)?;
    let border = |(class, weights): (&ClassColumns, Vec<f64>)| {
        let constant = libm::log(class.share) - 0.5 * dot(&class.means, &weights);
        (weights, constant)
    };
    Ok(classes.iter().zip(solved).map(border).collect())
}

/// The covariance of one class, divided by its rows, and shrunk.
fn class_covariance(class: &ClassColumns, parameters: &Parameters) -> DMatrix<f64> {
    let count = class.row_count() as f64;
    match parameters.shrinkage {
        Shrinkage::None => gram(&class.centred, 1.0 / count),
        Shrinkage::Fixed => shrink(gram(&class.centred, 1.0 / count), parameters.shrinkage_share),
        Shrinkage::Auto => {
            // On columns of one size, so that their units do not matter.
            let size = |column: &Vec<f64>| {
                let size = (dot(column, column) / count).sqrt();
                if size > 0.0 { size } else { 1.0 }
            };
            let sizes: Vec<f64> = class.centred.iter().map(size).collect();
            let scaled: Vec<Vec<f64>> = (class.centred.iter().zip(&sizes))
                .map(|(column, size)| column.iter().map(|value| value / size).collect())
                .collect();
            let mut covariance = gram(&scaled, 1.0 / count);
            let share = ledoit_wolf(&scaled, &covariance);
            covariance = shrink(covariance, share);
            for left in 0..sizes.len() {
                for right in 0..sizes.len() {
                    covariance[(left, right)] *= sizes[left] * sizes[right];
                }
            }
            covariance
        }
    }
}

/// Mixes a covariance with the identity of the same mean variance.
fn shrink(mut covariance: DMatrix<f64>, share: f64) -> DMatrix<f64> {
    let mean = covariance.trace() / covariance.nrows().max(1) as f64;
    covariance *= 1.0 - share;
    for column in 0..covariance.nrows() {
        covariance[(column, column)] += share * mean;
    }
    covariance
}

/// The share of the identity that is expected to bring the covariance nearest to the truth
/// (Ledoit and Wolf, section 3.2).
fn ledoit_wolf(columns: &[Vec<f64>], covariance: &DMatrix<f64>) -> f64 {
    let (width, count) = (columns.len() as f64, columns.first().map_or(0, Vec::len) as f64);
    if columns.len() < 2 {
        return 0.0;
    }
    let mut lengths = vec![0.0; columns[0].len()];
    for column in columns {
        lengths.iter_mut().zip(column).for_each(|(length, value)| *length += value * value);
    }
    let squares = covariance.iter().map(|value| value * value).sum::<f64>();
    let trace = covariance.trace();
    let mean = trace / width;
    let noise = (dot(&lengths, &lengths) / count - squares) / (width * count);
    let distance = (squares - 2.0 * mean * trace + width * mean * mean) / width;
    let noise = noise.min(distance);
    if noise == 0.0 { 0.0 } else { noise / distance }
}
