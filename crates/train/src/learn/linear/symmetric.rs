//! Symmetric matrices of all pairs of columns.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use super::dot;
use crate::learn::FitError;

/// Steps of the eigenvalue iteration before it is given up; a few a column are usual.
const STEPS_MAX: usize = 100_000;

/// Eigenvalues with their vectors of length 1.
#[derive(Debug, Clone)]
pub(in crate::learn) struct Eigen {
    /// Largest first.
    pub(in crate::learn) values: Vec<f64>,
    /// In the order of the values.
    pub(in crate::learn) vectors: Vec<Vec<f64>>,
}

/// The products of all pairs of columns, times `scale`.
pub(in crate::learn) fn gram(columns: &[Vec<f64>], scale: f64) -> DMatrix<f64> {
    let count = columns.len();
    let mut products = DMatrix::zeros(count, count);
    for left in 0..count {
        for right in left..count {
            let product = dot(&columns[left], &columns[right]) * scale;
            products[(left, right)] = product;
            products[(right, left)] = product;
        }
    }
    products
}

/// Eigenvalues and vectors of a symmetric matrix.
///
/// # Errors
/// [`FitError::Undetermined`] when the iteration does not settle.
pub(in crate::learn) fn eigen(matrix: DMatrix<f64>) -> Result<Eigen, FitError> {
    let count = matrix.nrows();
    if count == 0 {
        return Ok(Eigen { values: Vec::new(), vectors: Vec::new() });
    }
    let found = SymmetricEigen::try_new(matrix, f64::EPSILON, STEPS_MAX).ok_or_else(|| {
        FitError::Undetermined("the eigenvalues of the covariance do not settle".to_owned())
    })?;
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&left, &right| found.eigenvalues[right].total_cmp(&found.eigenvalues[left]));
    Ok(Eigen {
        values: order.iter().map(|&place| found.eigenvalues[place]).collect(),
        vectors: order
            .iter()
            .map(|&place| found.eigenvectors.column(place).iter().copied().collect())
            .collect(),
    })
}

impl Eigen {
    /// The inverse of the matrix times a vector; directions whose value is not above `least`
    /// are left out.
    pub(in crate::learn) fn solve(&self, vector: &[f64], least: f64) -> Vec<f64> {
        let mut solution = vec![0.0; vector.len()];
        for (value, direction) in self.values.iter().zip(&self.vectors) {
            if *value > least {
                super::add_scaled(&mut solution, dot(direction, vector) / value, direction);
            }
        }
        solution
    }
}

/// Solves `matrix * x = right` for a positive definite matrix, several right sides at once;
/// of a matrix that is not, the smallest of the nearest solutions.
pub(in crate::learn) fn solve(
    matrix: DMatrix<f64>,
    right_sides: &[Vec<f64>],
) -> Result<Vec<Vec<f64>>, FitError> {
    match matrix.clone().cholesky() {
        Some(factor) => {
            let solved = |right: &Vec<f64>| factor.solve(&DVector::from_column_slice(right));
            Ok(right_sides.iter().map(|right| solved(right).iter().copied().collect()).collect())
        }
        None => {
            let eigen = eigen(matrix)?;
            let largest = eigen.values.first().copied().unwrap_or(0.0);
            let least = largest * f64::EPSILON * eigen.values.len() as f64;
            Ok(right_sides.iter().map(|right| eigen.solve(right, least)).collect())
        }
    }
}
