//! Sums over rows, in a fixed order of eight lanes that processors add at once.

use crate::data::Matrix;

const LANES: usize = 8;

/// The sum of the products of two slices.
pub(in crate::learn) fn dot(left: &[f64], right: &[f64]) -> f64 {
    let (left_chunks, left_rest) = left.as_chunks::<LANES>();
    let (right_chunks, right_rest) = right.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for (left, right) in left_chunks.iter().zip(right_chunks) {
        for lane in 0..LANES {
            lanes[lane] += left[lane] * right[lane];
        }
    }
    let rest: f64 = left_rest.iter().zip(right_rest).map(|(left, right)| left * right).sum();
    join(lanes) + rest
}

/// The sum of a slice.
pub(in crate::learn) fn sum(values: &[f64]) -> f64 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            lanes[lane] += chunk[lane];
        }
    }
    join(lanes) + rest.iter().sum::<f64>()
}

/// The mean of a slice that is not empty: the first value plus the mean distance from it, so
/// that a constant column has exactly its own value.
pub(in crate::learn) fn mean(values: &[f64]) -> f64 {
    let first = values[0];
    let distances: Vec<f64> = values.iter().map(|value| value - first).collect();
    first + sum(&distances) / values.len() as f64
}

/// Adds `factor` times `values` to `total`.
pub(in crate::learn) fn add_scaled(total: &mut [f64], factor: f64, values: &[f64]) {
    for (total, value) in total.iter_mut().zip(values) {
        *total += factor * value;
    }
}

/// All rows, one after another.
pub(in crate::learn) fn row_major(x: &Matrix) -> Vec<f64> {
    let mut rows = Vec::with_capacity(x.row_count() * x.column_count());
    for row in 0..x.row_count() {
        rows.extend(x.columns().iter().map(|column| column[row]));
    }
    rows
}

fn join(lanes: [f64; LANES]) -> f64 {
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}
