//! More rows of rare classes.

use rayon::prelude::*;

use crate::data::Matrix;
use crate::random::Mt19937;

/// Nearest rows of the same class that a new row may lie towards.
pub const NEIGHBOURS: usize = 5;

/// Adds made-up rows until every class has as many as the most frequent one.
///
/// N. V. Chawla et al., "SMOTE: Synthetic Minority Over-sampling Technique", JAIR 16, 2002:
/// a new row lies at a random place between a random row of its class and one of that row's
/// [`NEIGHBOURS`] nearest (fewer when the class has fewer). A class of a single row is left as
/// it is: there is nothing to go towards. New rows stand behind all others, class by class.
/// Distances are taken over the columns as they are. No value may be missing.
pub fn smote(x: &Matrix, y: &[u32], class_count: usize, seed: u32) -> (Matrix, Vec<u32>) {
    let mut rows_of_class = vec![Vec::new(); class_count];
    for (row, &class) in y.iter().enumerate() {
        rows_of_class[class as usize].push(row);
    }
    let largest = rows_of_class.iter().map(Vec::len).max().unwrap_or(0);
    let mut columns = x.columns().to_vec();
    let mut classes = y.to_vec();
    let mut random = Mt19937::new(seed);
    for (class, rows) in (0u32..).zip(&rows_of_class) {
        let missing = largest - rows.len();
        if rows.len() < 2 || missing == 0 {
            continue;
        }
        let near = NEIGHBOURS.min(rows.len() - 1);
        let draws: Vec<usize> =
            (0..missing).map(|_| random.up_to((rows.len() * near) as u64 - 1) as usize).collect();
        let steps: Vec<f64> = (0..missing).map(|_| random.uniform()).collect();
        let neighbours = neighbours(x, rows, near, draws.iter().map(|draw| draw / near));
        for (draw, step) in draws.iter().zip(steps) {
            let from = rows[draw / near];
            let Some(&towards) = neighbours[draw / near].get(draw % near) else { continue };
            for (column, values) in columns.iter_mut().zip(x.columns()) {
                column.push(values[from] + step * (values[towards] - values[from]));
            }
            classes.push(class);
        }
    }
    // The columns grew by one value a new row.
    (Matrix::new(columns).unwrap_or_default(), classes)
}

/// For each asked position in `rows`, its `near` nearest other rows, nearest first, the
/// earlier of equally near ones; nothing for positions that nobody asks for.
fn neighbours(
    x: &Matrix,
    rows: &[usize],
    near: usize,
    asked: impl Iterator<Item = usize>,
) -> Vec<Vec<usize>> {
    let mut is_asked = vec![false; rows.len()];
    for position in asked {
        is_asked[position] = true;
    }
    let width = x.column_count();
    let mut values = Vec::with_capacity(rows.len() * width);
    for &row in rows {
        values.extend(x.columns().iter().map(|column| column[row]));
    }
    let of = |position: usize| &values[position * width..(position + 1) * width];
    (0..rows.len())
        .into_par_iter()
        .map(|position| {
            let mut best: Vec<(f64, usize)> = Vec::with_capacity(near + 1);
            if !is_asked[position] {
                return Vec::new();
            }
            for other in (0..rows.len()).filter(|&other| other != position) {
                let distance: f64 = of(position)
                    .iter()
                    .zip(of(other))
                    .map(|(left, right)| (left - right) * (left - right))
                    .sum();
                if best.len() == near && best.last().is_some_and(|last| distance >= last.0) {
                    continue;
                }
                let place = best.partition_point(|(nearer, _)| *nearer <= distance);
                best.insert(place, (distance, rows[other]));
                best.truncate(near);
            }
            best.into_iter().map(|(_, row)| row).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_rows_lie_between_rows_of_their_class() {
        let x = Matrix::new(vec![
            vec![0.0, 1.0, 2.0, 3.0, 4.0, 100.0, 101.0, 103.0],
            vec![0.0, 1.0, 2.0, 3.0, 4.0, -5.0, -5.0, -5.0],
        ])
        .unwrap();
        let y = [0, 0, 0, 0, 0, 1, 1, 1];
        let (balanced, classes) = smote(&x, &y, 2, 42);
        assert_eq!(classes, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
        assert_eq!(balanced.row_count(), 10);
        assert_eq!(balanced.select_rows(&[0, 1, 2, 3, 4, 5, 6, 7]), x);
        for row in 8..10 {
            let made = balanced.columns()[0][row];
            assert!((100.0..=103.0).contains(&made) && balanced.columns()[1][row] == -5.0);
        }
        assert_eq!(smote(&x, &y, 2, 42).0, balanced);
        // A class of one row has nothing to go towards.
        let (same, _) = smote(&x, &[0, 0, 0, 0, 0, 0, 0, 1], 2, 42);
        assert_eq!(same, x);
    }
}
