use super::mean;
use crate::data::Matrix;

/// A column that another one makes superfluous.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Collinear {
    /// The column to drop.
    pub column: usize,
    /// The column that is kept in its stead.
    pub kept: usize,
    /// Their correlation.
    pub correlation: f64,
}

/// Finds columns that say nearly the same as another one, by the rule of the published
/// experiments.
///
/// Pearson's correlation `r` of all columns and of the class index. The group of a column is
/// all columns whose *signed* correlation with it is at least `threshold`, itself included:
/// r = -0.99 is no reason to drop a column. Of a group only the member with the largest signed
/// correlation with the class stays, the first of equal ones. What any group drops is dropped,
/// so a chain a~b, b~c may lose more than a rule that looks at pairs. A constant column has no
/// correlation and stays. No value may be missing.
pub fn collinear(train: &Matrix, y: &[u32], threshold: f64) -> Vec<Collinear> {
    let columns: Vec<Option<Vec<f64>>> =
        train.columns().iter().map(|column| unit(column)).collect();
    let classes: Vec<f64> = y.iter().map(|&class| f64::from(class)).collect();
    let with_class: Vec<f64> = match unit(&classes) {
        Some(classes) => columns
            .iter()
            .map(|column| column.as_deref().map_or(f64::NAN, |column| dot(column, &classes)))
            .collect(),
        None => vec![f64::NAN; columns.len()],
    };
    let count = columns.len();
    let mut correlations = vec![f64::NAN; count * count];
    for (left, column) in columns.iter().enumerate() {
        for (right, other) in columns.iter().enumerate().take(left + 1) {
            if let (Some(column), Some(other)) = (column, other) {
                let correlation = if left == right { 1.0 } else { dot(column, other) };
                correlations[left * count + right] = correlation;
                correlations[right * count + left] = correlation;
            }
        }
    }
    let mut dropped: Vec<Option<Collinear>> = vec![None; count];
    for column in 0..count {
        let group = (0..count).filter(|other| correlations[column * count + other] >= threshold);
        let kept = group.clone().fold(None, |best: Option<usize>, member| match best {
            Some(best) if with_class[member] > with_class[best] => Some(member),
            Some(best) => Some(best),
            None => Some(member),
        });
        let Some(kept) = kept else { continue };
        for member in group.filter(|&member| member != kept) {
            dropped[member].get_or_insert(Collinear {
                column: member,
                kept,
                correlation: correlations[member * count + kept],
            });
        }
    }
    dropped.into_iter().flatten().collect()
}

/// The column with mean 0 and length 1; `None` when it is constant.
fn unit(column: &[f64]) -> Option<Vec<f64>> {
    let center = mean(column)?;
    let mut distances: Vec<f64> = column.iter().map(|value| value - center).collect();
    let length = dot(&distances, &distances).sqrt();
    if !(length > 0.0 && length.is_finite()) {
        return None;
    }
    for distance in &mut distances {
        *distance /= length;
    }
    Some(distances)
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_go_and_opposites_stay() {
        let base = [1.0, 2.0, 3.0, 4.0, 6.0, 5.0];
        let y = [0, 0, 0, 1, 1, 1];
        let columns = vec![
            base.to_vec(),
            base.iter().map(|value| value * 2.0 + 1.0).collect(),
            base.iter().map(|value| -value).collect(),
            vec![7.0; 6],
            vec![1.0, 5.0, 2.0, 2.0, 6.0, 1.0],
        ];
        let train = Matrix::new(columns).unwrap();
        let found = collinear(&train, &y, 0.9);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].column, found[0].kept), (1, 0));
        assert!((found[0].correlation - 1.0).abs() < 1e-12);
        assert_eq!(collinear(&train, &[0; 6], 0.9).len(), 1);
    }
}
