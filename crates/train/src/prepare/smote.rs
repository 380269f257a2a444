//! More rows of rare classes.

use modelseal_model::{
    Limits, Metric, NeighbourSettings, NeighbourWeights, Neighbours, NeighboursError,
};
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
///
/// # Errors
/// [`NeighboursError`] when a class has more rows than can be searched, or a value is infinite.
pub fn smote(
    x: &Matrix,
    y: &[u32],
    class_count: usize,
    seed: u32,
) -> Result<(Matrix, Vec<u32>), NeighboursError> {
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
        let neighbours = neighbours(x, rows, near, draws.iter().map(|draw| draw / near))?;
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
    Ok((Matrix::new(columns).unwrap_or_default(), classes))
}

/// For each asked position in `rows`, its `near` nearest other rows, nearest first, the
/// earlier of equally near ones; nothing for positions that nobody asks for.
fn neighbours(
    x: &Matrix,
    rows: &[usize],
    near: usize,
    asked: impl Iterator<Item = usize>,
) -> Result<Vec<Vec<usize>>, NeighboursError> {
    let mut is_asked = vec![false; rows.len()];
    for position in asked {
        is_asked[position] = true;
    }
    let values = |position: usize| x.columns().iter().map(move |column| column[rows[position]]);
    let all = (0..rows.len()).flat_map(values).collect();
    // A row finds itself as well, unless as many equal ones stand before it.
    let settings = NeighbourSettings {
        neighbour_count: near + 1,
        weights: NeighbourWeights::Uniform,
        metric: Metric::Euclidean,
    };
    let search = Neighbours::new(settings, 1, all, vec![0; rows.len()], &Limits::default())?;
    Ok((0..rows.len())
        .into_par_iter()
        .map(|position| {
            if !is_asked[position] {
                return Vec::new();
            }
            let row: Vec<f64> = values(position).collect();
            let others = search.nearest_rows(&row).into_iter().map(|other| other as usize);
            others.filter(|&other| other != position).take(near).map(|other| rows[other]).collect()
        })
        .collect())
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
        let (balanced, classes) = smote(&x, &y, 2, 42).unwrap();
        assert_eq!(classes, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
        assert_eq!(balanced.row_count(), 10);
        assert_eq!(balanced.select_rows(&[0, 1, 2, 3, 4, 5, 6, 7]), x);
        for row in 8..10 {
            let made = balanced.columns()[0][row];
            assert!((100.0..=103.0).contains(&made) && balanced.columns()[1][row] == -5.0);
        }
        assert_eq!(smote(&x, &y, 2, 42).unwrap().0, balanced);
        // A class of one row has nothing to go towards.
        let (same, _) = smote(&x, &[0, 0, 0, 0, 0, 0, 0, 1], 2, 42).unwrap();
        assert_eq!(same, x);
    }

    /// Against all distances, on rows of few values with many equal ones.
    #[test]
    fn neighbours_are_the_nearest_other_rows() {
        let mut random = Mt19937::new(4);
        let columns: Vec<Vec<f64>> =
            (0..3).map(|_| (0..120).map(|_| random.up_to(2) as f64).collect()).collect();
        let x = Matrix::new(columns).unwrap();
        let rows: Vec<usize> = (0..120).filter(|row| row % 3 != 0).collect();
        let found = neighbours(&x, &rows, NEIGHBOURS, 0..rows.len()).unwrap();
        for (own, found) in rows.iter().zip(found) {
            let distance = |row: usize| -> f64 {
                x.columns().iter().map(|column| (column[row] - column[*own]).powi(2)).sum()
            };
            let mut others: Vec<usize> = rows.iter().copied().filter(|row| row != own).collect();
            others.sort_by(|&left, &right| distance(left).total_cmp(&distance(right)));
            assert_eq!(found, others[..NEIGHBOURS]);
        }
    }
}
