//! Rows that stand apart from the others.
//!
//! F. T. Liu, K. M. Ting, Z.-H. Zhou, "Isolation Forest", ICDM 2008: random trees separate a
//! lonely row from the rest after few splits. Draws are those of scikit-learn's
//! `IsolationForest`, so a seed removes the same rows here as there.

use rayon::prelude::*;

use super::quantile::quantile;
use crate::data::Matrix;
use crate::random::Mt19937;

/// Trees of a forest.
const TREE_COUNT: usize = 100;
/// Rows that each tree is grown from, when there are as many.
const SAMPLE_ROWS_MAX: usize = 256;
/// Largest number of the generator that the trees' own generators are seeded with.
const SEED_MAX: u64 = (1 << 31) - 2;
/// Columns whose values differ by no more are constant, in single precision.
const CONSTANT_MAX: f32 = 1e-7;
/// Rows that one thread scores at a time: their values stay in its cache.
const BLOCK_ROWS: usize = 128;

/// A fitted isolation forest.
///
/// Each tree is a complete one, root first and the children of node `i` at `2i + 1` and
/// `2i + 2`: all rows take the same number of steps, without a branch. Where the grown tree
/// ends early, the missing nodes send every row to the left.
#[derive(Debug, Clone, PartialEq)]
pub struct IsolationForest {
    depth: u32,
    sample_rows: usize,
    /// Column and largest value of the left side, tree by tree.
    splits: Vec<(u32, f32)>,
    /// Lengths of the paths, tree by tree: edges to the leaf, and those to be expected below.
    paths: Vec<f64>,
}

/// Expected edges from the root to a row in a binary search tree of `rows` random rows: what
/// is added below a leaf that several rows share.
pub fn average_path(rows: usize) -> f64 {
    match rows {
        0 | 1 => 0.0,
        2 => 1.0,
        rows => {
            let rows = rows as f64;
            // The Euler-Mascheroni constant, in double precision.
            2.0 * (libm::log(rows - 1.0) + 0.577_215_664_901_532_9) - 2.0 * (rows - 1.0) / rows
        }
    }
}

/// The rows that stay when the share `outliers` of the rows that are easiest to isolate goes:
/// those whose score is not below that quantile of all scores. Rows at the threshold stay.
pub fn inliers(train: &Matrix, outliers: f64, seed: u32) -> Vec<u32> {
    let scores = IsolationForest::fit(train, seed).scores(train);
    let mut sorted = scores.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let Some(threshold) = quantile(&sorted, outliers) else { return Vec::new() };
    (0u32..).zip(&scores).filter(|(_, score)| **score >= threshold).map(|(row, _)| row).collect()
}

impl IsolationForest {
    /// Grows the trees. No value may be missing.
    pub fn fit(train: &Matrix, seed: u32) -> Self {
        let rows = train.row_count();
        let sample_rows = rows.min(SAMPLE_ROWS_MAX);
        // ceil(log2(rows)): no deeper than a balanced tree.
        let depth = sample_rows.max(2).next_power_of_two().trailing_zeros();
        let columns: Vec<Vec<f32>> = train
            .columns()
            .iter()
            .map(|column| column.iter().map(|&value| value as f32).collect())
            .collect();
        let mut random = Mt19937::new(seed);
        // The draws are below 2^31.
        let seeds: Vec<u32> = (0..TREE_COUNT).map(|_| random.up_to(SEED_MAX) as u32).collect();
        let trees: Vec<Tree> = seeds
            .into_par_iter()
            .map(|seed| {
                let tree_seed = Mt19937::new(seed).up_to(SEED_MAX) as u32;
                let sample = sample(rows, sample_rows, &mut Mt19937::new(seed));
                Tree::grow(&columns, sample, depth, tree_seed)
            })
            .collect();
        let splits = trees.iter().flat_map(|tree| tree.splits.iter().copied()).collect();
        let paths = trees.iter().flat_map(|tree| tree.paths.iter().copied()).collect();
        Self { depth, sample_rows, splits, paths }
    }

    /// One score a row, from -1 (stands apart) towards 0: minus two to the power of minus the
    /// mean path length over that of a random row.
    pub fn scores(&self, matrix: &Matrix) -> Vec<f64> {
        let rows: Vec<u32> = (0..matrix.row_count() as u32).collect();
        let width = matrix.column_count();
        let blocks: Vec<Vec<f64>> = rows
            .par_chunks(BLOCK_ROWS)
            .map(|rows| {
                let mut values = Vec::with_capacity(rows.len() * width);
                for &row in rows {
                    values
                        .extend(matrix.columns().iter().map(|column| column[row as usize] as f32));
                }
                let mut lengths = vec![0.0; rows.len()];
                self.add_paths(&values, width, &mut lengths);
                lengths.iter().map(|&length| self.score(length)).collect()
            })
            .collect();
        blocks.concat()
    }

    /// Adds each tree's path length, in the order of the trees.
    fn add_paths(&self, values: &[f32], width: usize, lengths: &mut [f64]) {
        let leaf_count = 1 << self.depth;
        let split_count = leaf_count - 1;
        let trees = self.splits.chunks_exact(split_count).zip(self.paths.chunks_exact(leaf_count));
        for (splits, paths) in trees {
            for (length, row) in lengths.iter_mut().zip(values.chunks_exact(width.max(1))) {
                let mut node = 0;
                for _ in 0..self.depth {
                    let (column, threshold) = splits[node];
                    node = 2 * node + 1 + usize::from(row[column as usize] > threshold);
                }
                *length += paths[node - split_count];
            }
        }
    }

    fn score(&self, length: f64) -> f64 {
        let expected = TREE_COUNT as f64 * average_path(self.sample_rows);
        if expected > 0.0 { -libm::exp2(-length / expected) } else { -1.0 }
    }
}

/// `count` of `rows` rows without repetition, in ascending order.
fn sample(rows: usize, count: usize, random: &mut Mt19937) -> Vec<u32> {
    // A table has fewer rows than u32 can count.
    let all = 0..rows as u32;
    let share = count as f64 / rows.max(1) as f64;
    let mut drawn: Vec<u32> = if count == rows {
        all.collect()
    } else if share > 0.01 {
        random.choose(&all.collect::<Vec<u32>>(), count)
    } else {
        // Few of many: draw again what was drawn before.
        let mut seen = std::collections::BTreeSet::new();
        while seen.len() < count {
            seen.insert(random.up_to(rows as u64 - 1) as u32);
        }
        seen.into_iter().collect()
    };
    drawn.sort_unstable();
    drawn
}

/// One tree, in the layout of [`IsolationForest`].
struct Tree {
    splits: Vec<(u32, f32)>,
    paths: Vec<f64>,
}

/// A node that may still be split.
struct Open {
    node: usize,
    depth: u32,
    rows: Vec<u32>,
    /// Columns that are known to be constant in it: this many, from the front of the list.
    constant_count: usize,
}

impl Tree {
    fn grow(columns: &[Vec<f32>], sample: Vec<u32>, depth: u32, seed: u32) -> Self {
        let split_count = (1 << depth) - 1;
        let mut tree = Self {
            splits: vec![(0, f32::INFINITY); split_count],
            paths: vec![0.0; split_count + 1],
        };
        let mut draw = ColumnDraw::new(columns.len(), seed);
        let mut open = vec![Open { node: 0, depth: 0, rows: sample, constant_count: 0 }];
        while let Some(node) = open.pop() {
            let split = if node.depth < depth && node.rows.len() > 1 {
                draw.split(columns, &node.rows, node.constant_count)
            } else {
                None
            };
            let Some(split) = split else {
                // Down the left edge to the last level.
                let leaf = ((node.node + 1) << (depth - node.depth)) - 1;
                tree.paths[leaf - split_count] =
                    f64::from(node.depth) + average_path(node.rows.len());
                continue;
            };
            tree.splits[node.node] = (split.column as u32, split.threshold);
            let column = &columns[split.column];
            let (left, right) =
                node.rows.iter().partition(|&&row| column[row as usize] <= split.threshold);
            let child = |side: usize, rows| Open {
                node: 2 * node.node + 1 + side,
                depth: node.depth + 1,
                rows,
                constant_count: split.constant_count,
            };
            // The left one is taken next.
            open.extend([child(1, right), child(0, left)]);
        }
        tree
    }
}

struct Split {
    column: usize,
    threshold: f32,
    constant_count: usize,
}

/// Draws columns without repetition until one is not constant: a Fisher-Yates shuffle that
/// remembers, along the path from the root, which columns are constant.
struct ColumnDraw {
    columns: Vec<usize>,
    constant: Vec<usize>,
    state: u32,
}

impl ColumnDraw {
    fn new(column_count: usize, seed: u32) -> Self {
        let state = Mt19937::new(seed).up_to(SEED_MAX) as u32;
        Self {
            columns: (0..column_count).collect(),
            constant: (0..column_count).collect(),
            // The shift register would stay at zero for ever.
            state: state.max(1),
        }
    }

    /// 31 bits of a shift register: G. Marsaglia, "Xorshift RNGs", 2003.
    fn next(&mut self) -> u32 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 17;
        self.state ^= self.state << 5;
        self.state & 0x7fff_ffff
    }

    /// A random column that is not constant in these rows, cut at a random place.
    fn split(&mut self, columns: &[Vec<f32>], rows: &[u32], known: usize) -> Option<Split> {
        let end = self.columns.len();
        let (mut drawn, mut found) = (0, 0);
        let mut split = None;
        while known + found < end && split.is_none() {
            let place = drawn + self.next() as usize % (end - found - drawn);
            if place < known {
                self.columns.swap(drawn, place);
                drawn += 1;
                continue;
            }
            let place = place + found;
            let column = self.columns[place];
            let (low, high) = range(&columns[column], rows);
            if high <= low + CONSTANT_MAX {
                self.columns.swap(place, known + found);
                found += 1;
            } else {
                self.columns.swap(end - 1, place);
                split = Some((column, self.threshold(low, high)));
            }
        }
        // Constant columns stand in front, in the order in which they were found.
        self.columns[..known].copy_from_slice(&self.constant[..known]);
        self.constant[known..known + found].copy_from_slice(&self.columns[known..known + found]);
        split.map(|(column, threshold)| Split { column, threshold, constant_count: known + found })
    }

    /// A uniform number from `low` to below `high`, as the largest single that is not above
    /// it: comparing singles with either is the same.
    fn threshold(&mut self, low: f32, high: f32) -> f32 {
        let (from, to) = (f64::from(low), f64::from(high));
        let exact = (to - from) * f64::from(self.next()) / f64::from(0x7fff_ffff_u32) + from;
        if exact >= to {
            return low;
        }
        let single = exact as f32;
        if f64::from(single) > exact { single.next_down() } else { single }
    }
}

fn range(column: &[f32], rows: &[u32]) -> (f32, f32) {
    rows.iter()
        .map(|&row| column[row as usize])
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lonely_row_is_found() {
        let mut random = Mt19937::new(1);
        let mut columns: Vec<Vec<f64>> =
            (0..3).map(|_| (0..400).map(|_| random.uniform()).collect()).collect();
        columns.push(vec![1.0; 400]);
        columns[0][17] = 9.0;
        columns[1][17] = -9.0;
        let matrix = Matrix::new(columns).unwrap();
        let scores = IsolationForest::fit(&matrix, 42).scores(&matrix);
        let lowest = (0..400).min_by(|&left, &right| scores[left].total_cmp(&scores[right]));
        assert_eq!(lowest, Some(17));
        assert_eq!(inliers(&matrix, 0.05, 42).len(), 380);
        assert_eq!(inliers(&matrix, 0.05, 42), inliers(&matrix, 0.05, 42));
        assert_ne!(inliers(&matrix, 0.05, 42), inliers(&matrix, 0.05, 43));
    }

    #[test]
    fn equal_rows_all_stay() {
        for rows in [0, 1, 5] {
            let matrix = Matrix::new(vec![vec![2.0; rows]]).unwrap();
            assert_eq!(inliers(&matrix, 0.05, 1).len(), rows);
        }
    }
}
