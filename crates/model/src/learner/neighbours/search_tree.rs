//! Exact search of the nearest rows: patterns of answers, and k-d trees below them.
//!
//! J. H. Friedman, J. L. Bentley, R. A. Finkel, "An Algorithm for Finding Best Matches in
//! Logarithmic Expected Time", ACM TOMS 3(3), 1977; the distance to a cell is kept up to date
//! column by column as in S. Arya, D. Mount, "Algorithms for Fast Vector Quantization", 1993.
//!
//! Survey data are mostly yes and no. A k-d tree cuts such a column once and learns little
//! from it. So rows are first grouped by the *pattern* of their columns of two values: what a
//! pattern contributes to the distance is a sum of two table entries, and groups whose pattern
//! alone is too far are never visited. Below each pattern a k-d tree over the other columns
//! ends in packs of [`PACK`] rows, column by column, that are measured at once.
//!
//! **Exact, and ties by row.** What is left out, a cell or a row, is farther than the worst
//! neighbour by more than rounding can explain. Distances that decide are sums in the order of
//! the columns.

use std::cmp::Ordering;
use std::ops::Range;

/// Rows that are measured together.
const PACK: usize = 8;
/// Packs of a leaf, unless its rows are all equal or stand at the largest depth.
const LEAF_PACKS_MAX: usize = 2;
/// Cuts on one path; bounds the recursion. Balanced halves of 2^32 rows need 32 cuts, the
/// rest is for columns with one dominant value.
const DEPTH_MAX: usize = 96;
/// Columns of a pattern at most, in two halves with a table each.
const PATTERN_BITS_MAX: usize = 16;
/// A pattern must have so many rows on average for patterns to be worth a look at all of them.
const ROWS_PER_PATTERN_MIN: usize = 8;
/// Share of a distance that rounding may have added to it.
const ROUNDING: f64 = 1e-10;
/// Fills a pack that has fewer rows.
const NO_ROW: u32 = u32::MAX;

/// One of the nearest rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Neighbour {
    pub(super) distance: f64,
    pub(super) row: u32,
}

/// Rows in the order of the leaves, and what leads to them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SearchTree {
    width: usize,
    /// The columns that make the pattern.
    answers: Vec<Answer>,
    /// All other columns.
    others: Vec<usize>,
    /// By ascending pattern.
    groups: Vec<Group>,
    /// Groups whose patterns have the same high byte.
    families: Vec<Range<usize>>,
    cells: Vec<Cell>,
    /// Index of each row, pack by pack.
    packed_rows: Vec<u32>,
    /// The values of the other columns: in each pack column by column.
    packed_values: Vec<f64>,
}

/// A column of two values.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Answer {
    column: usize,
    values: [f64; 2],
}

/// The rows of one pattern.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Group {
    /// One bit an answer: which of its values.
    pattern: u16,
    /// The cell of all of them.
    root: u32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Cell {
    /// Packs.
    Leaf { start: u32, end: u32 },
    /// Rows at or below `low` stand in the next cell, those at or above `high` in `right`.
    /// `column` counts the columns that are not part of the pattern.
    Cut { column: u32, low: f64, high: f64, right: u32 },
}

impl SearchTree {
    /// Sorts rows of `width` values; their count fits `u32`.
    pub(super) fn new(rows: &[f64], width: usize) -> Self {
        let (answers, patterns) = patterns(rows, width);
        let others = (0..width)
            .filter(|&column| answers.iter().all(|answer| answer.column != column))
            .collect();
        let mut tree = Self {
            width,
            answers,
            others,
            groups: Vec::new(),
            families: Vec::new(),
            cells: Vec::new(),
            packed_rows: Vec::new(),
            packed_values: Vec::new(),
        };
        // The limit on rows keeps the count below u32.
        let mut order: Vec<u32> = (0..patterns.len() as u32).collect();
        order.sort_by_key(|&row| patterns[row as usize]);
        for group in order.chunk_by_mut(|&a, &b| patterns[a as usize] == patterns[b as usize]) {
            let pattern = patterns[group[0] as usize];
            tree.groups.push(Group { pattern, root: tree.cells.len() as u32 });
            tree.grow(rows, group, 0);
        }
        let mut end = 0;
        for family in tree.groups.chunk_by(|left, right| left.pattern >> 8 == right.pattern >> 8) {
            tree.families.push(end..end + family.len());
            end += family.len();
        }
        tree
    }

    /// Appends the cells of these rows, parents before children, left before right.
    fn grow(&mut self, rows: &[f64], order: &mut [u32], depth: usize) {
        let Self { width, others, .. } = self;
        let at = |row: u32, column: usize| rows[row as usize * *width + others[column]];
        let cut = (order.len() > LEAF_PACKS_MAX * PACK && depth < DEPTH_MAX)
            .then(|| widest_column(order, others.len(), at))
            .flatten();
        let Some(column) = cut else {
            self.pack(rows, order);
            return;
        };
        // By value, then by index: the same cells from the same rows.
        order.sort_unstable_by(|&left, &right| {
            at(left, column).total_cmp(&at(right, column)).then(left.cmp(&right))
        });
        let middle = border_near_middle(order, |row| at(row, column));
        let cell = self.cells.len();
        self.cells.push(Cell::Cut {
            column: column as u32,
            low: at(order[middle - 1], column),
            high: at(order[middle], column),
            right: 0,
        });
        let (left, right) = order.split_at_mut(middle);
        self.grow(rows, left, depth + 1);
        let behind = self.cells.len() as u32;
        if let Cell::Cut { right, .. } = &mut self.cells[cell] {
            *right = behind;
        }
        self.grow(rows, right, depth + 1);
    }

    /// Appends a leaf.
    fn pack(&mut self, rows: &[f64], order: &[u32]) {
        let start = (self.packed_rows.len() / PACK) as u32;
        for pack in order.chunks(PACK) {
            let filled = |place: usize| pack.get(place).copied();
            self.packed_rows.extend((0..PACK).map(|place| filled(place).unwrap_or(NO_ROW)));
            for &column in &self.others {
                let value = |row: u32| rows[row as usize * self.width + column];
                self.packed_values
                    .extend((0..PACK).map(|place| filled(place).map_or(f64::INFINITY, value)));
            }
        }
        let end = (self.packed_rows.len() / PACK) as u32;
        self.cells.push(Cell::Leaf { start, end });
    }

    /// The `count` nearest of `rows`, which are those that the tree was made of, nearest
    /// first; `cost` is one column's part of the distance.
    pub(super) fn nearest(
        &self,
        rows: &[f64],
        row: &[f64],
        count: usize,
        cost: impl Fn(f64, f64) -> f64 + Copy,
    ) -> Vec<Neighbour> {
        let mut search = Search {
            tree: self,
            rows,
            row: &row[..self.width],
            others: self.others.iter().map(|&column| row[column]).collect(),
            cost,
            parts: vec![0.0; self.others.len()],
            count,
            found: Vec::with_capacity(count + 1),
        };
        search.visit_groups();
        search.found
    }
}

/// The columns of two values that make the pattern, and the pattern of each row.
fn patterns(rows: &[f64], width: usize) -> (Vec<Answer>, Vec<u16>) {
    let mut candidates: Vec<Answer> =
        (0..width).filter_map(|column| answer(rows, width, column)).collect();
    // Those whose values are farthest apart say most.
    let gap = |answer: &Answer| answer.values[1] / 2.0 - answer.values[0] / 2.0;
    candidates.sort_by(|left, right| gap(right).total_cmp(&gap(left)));
    candidates.truncate(PATTERN_BITS_MAX);
    let count = rows.len() / width;
    let mut patterns = vec![0u16; count];
    let mut answers: Vec<Answer> = Vec::new();
    for answer in candidates {
        // What says most ends up in the highest bit.
        let with: Vec<u16> = patterns
            .iter()
            .zip(rows.chunks_exact(width))
            .map(|(pattern, row)| pattern << 1 | u16::from(row[answer.column] == answer.values[1]))
            .collect();
        let mut occurs = vec![false; 1 << (answers.len() + 1)];
        with.iter().for_each(|&pattern| occurs[usize::from(pattern)] = true);
        let pattern_count = occurs.into_iter().filter(|occurs| *occurs).count();
        if pattern_count * ROWS_PER_PATTERN_MIN > count {
            break;
        }
        patterns = with;
        answers.push(answer);
    }
    answers.reverse();
    (answers, patterns)
}

/// A column, if it has two values.
fn answer(rows: &[f64], width: usize, column: usize) -> Option<Answer> {
    let mut values = rows.iter().skip(column).step_by(width).copied();
    let first = values.next()?;
    let other = values.find(|&value| value != first)?;
    let is_either = values.all(|value| value == first || value == other);
    is_either.then_some(Answer { column, values: [first.min(other), first.max(other)] })
}

/// The column with the largest distance between its extremes, `None` when all rows are equal.
fn widest_column(order: &[u32], width: usize, at: impl Fn(u32, usize) -> f64) -> Option<usize> {
    let mut lowest: Vec<f64> = vec![f64::INFINITY; width];
    let mut highest: Vec<f64> = vec![f64::NEG_INFINITY; width];
    for &row in order {
        for column in 0..width {
            let value = at(row, column);
            lowest[column] = lowest[column].min(value);
            highest[column] = highest[column].max(value);
        }
    }
    let mut widest = None;
    let mut spread = 0.0;
    for column in 0..width {
        // Half of each, so that the difference of two huge numbers stays finite.
        let half = highest[column] / 2.0 - lowest[column] / 2.0;
        if half > spread || (widest.is_none() && highest[column] > lowest[column]) {
            (widest, spread) = (Some(column), half);
        }
    }
    widest
}

/// The position nearest to the middle at which sorted values change.
fn border_near_middle(order: &[u32], value: impl Fn(u32) -> f64) -> usize {
    let middle = order.len() / 2;
    let changes = |&position: &usize| value(order[position - 1]) < value(order[position]);
    let below = (1..=middle).rev().find(changes);
    let above = (middle + 1..order.len()).find(changes);
    match (below, above) {
        (Some(below), Some(above)) if middle - below > above - middle => above,
        (Some(below), _) => below,
        (None, Some(above)) => above,
        // Not for a column whose extremes differ; a cut in the middle would be right as well.
        (None, None) => middle,
    }
}

/// What a pattern adds to the distance, from the costs of its low and of its high byte.
#[inline]
fn distance([low, high]: &[Vec<f64>; 2], pattern: u16) -> f64 {
    let distance = low[usize::from(pattern & 0xff)] + high[usize::from(pattern >> 8)];
    // What cannot be compared comes last.
    if distance.is_nan() { f64::INFINITY } else { distance }
}

/// One search under way.
struct Search<'a, C> {
    tree: &'a SearchTree,
    rows: &'a [f64],
    row: &'a [f64],
    /// The values of the columns that are not part of the pattern.
    others: Vec<f64>,
    cost: C,
    /// For each of these columns, its part of the distance to the present cell.
    parts: Vec<f64>,
    count: usize,
    /// Nearest first.
    found: Vec<Neighbour>,
}

impl<C: Fn(f64, f64) -> f64 + Copy> Search<'_, C> {
    /// Looks into all groups: that of the row's own pattern, and then ring after ring until
    /// there are enough neighbours; then all that are in reach, those of the nearer half first,
    /// since they shrink the reach.
    fn visit_groups(&mut self) {
        let (low, high) = self.tree.answers.split_at(self.tree.answers.len().min(8));
        let costs = [self.pattern_costs(low), self.pattern_costs(high)];
        let own = self.tree.answers.iter().enumerate().fold(0, |pattern, (bit, answer)| {
            let value = self.row[answer.column];
            pattern | u16::from(value - answer.values[0] > answer.values[1] - value) << bit
        });
        let mut done = f64::NEG_INFINITY;
        if let Ok(place) = self.tree.groups.binary_search_by_key(&own, |group| group.pattern) {
            self.visit(self.tree.groups[place].root as usize, distance(&costs, own));
        }
        let skipped = self.found.first().map(|_| own);
        while self.found.len() < self.count && done < f64::INFINITY {
            let distances = self.tree.groups.iter().map(|group| distance(&costs, group.pattern));
            let until = distances.filter(|&distance| distance > done).fold(f64::INFINITY, f64::min);
            self.visit_ring(&costs, skipped, done, until);
            done = until;
        }
        let half = self.found.last().map_or(0.0, |worst| worst.distance / 2.0);
        if half > done {
            self.visit_ring(&costs, skipped, done, half);
            done = half;
        }
        self.visit_ring(&costs, skipped, done, f64::INFINITY);
    }

    /// Looks into the groups that are farther than `done`, at most `until` away, and in reach.
    fn visit_ring(&mut self, costs: &[Vec<f64>; 2], skipped: Option<u16>, done: f64, until: f64) {
        for family in &self.tree.families {
            let groups = &self.tree.groups[family.clone()];
            // None of them is nearer than what they have in common.
            let common = costs[1][usize::from(groups[0].pattern >> 8)];
            if common > until || !self.is_in_reach(common * (1.0 - ROUNDING)) {
                continue;
            }
            for group in groups {
                let distance = distance(costs, group.pattern);
                if distance > done
                    && distance <= until
                    && self.is_in_reach(distance * (1.0 - ROUNDING))
                    && Some(group.pattern) != skipped
                {
                    self.visit(group.root as usize, distance);
                }
            }
        }
    }

    /// What each pattern of these answers adds to the distance; at most 8 of them.
    fn pattern_costs(&self, answers: &[Answer]) -> Vec<f64> {
        let mut costs = Vec::with_capacity(1 << answers.len());
        costs.push(0.0);
        for answer in answers {
            let value = self.row[answer.column];
            let [low, high] = answer.values.map(|other| (self.cost)(value, other));
            let half = costs.len();
            for place in 0..half {
                let cost: f64 = costs[place];
                costs.push(cost + high);
                costs[place] = cost + low;
            }
        }
        costs
    }

    /// Looks into a cell that is `distance` away.
    fn visit(&mut self, cell: usize, distance: f64) {
        match self.tree.cells[cell] {
            Cell::Leaf { start, end } => {
                // Without the parts of the other columns, which every row has anew.
                let pattern = distance - self.parts.iter().sum::<f64>();
                for pack in start as usize..end as usize {
                    self.measure(pack, pattern);
                }
            }
            Cell::Cut { column, low, high, right } => {
                let column = column as usize;
                let value = self.others[column];
                let (left, right) = (cell + 1, right as usize);
                // The half on the row's own side of the gap first: it shrinks the reach.
                let is_left = value - low < high - value;
                let (near, near_edge, far, far_edge) =
                    if is_left { (left, low, right, high) } else { (right, high, left, low) };
                let is_inside = if is_left { value <= low } else { value >= high };
                let near_part = if is_inside { 0.0 } else { (self.cost)(value, near_edge) };
                self.visit_part(near, column, near_part, distance);
                self.visit_part(far, column, (self.cost)(value, far_edge), distance);
            }
        }
    }

    /// Looks into one half of a cell, unless it is out of reach.
    fn visit_part(&mut self, cell: usize, column: usize, part: f64, distance: f64) {
        let before = self.parts[column];
        // A cell inside of another one is never nearer than it.
        let part = part.max(before);
        let distance = distance + (part - before);
        if self.is_in_reach(distance * (1.0 - ROUNDING)) {
            self.parts[column] = part;
            self.visit(cell, distance);
            self.parts[column] = before;
        }
    }

    fn is_in_reach(&self, distance: f64) -> bool {
        self.found.len() < self.count
            || self.found.last().is_none_or(|worst| {
                // Also when either is no number: then nothing may be left out.
                !matches!(distance.partial_cmp(&worst.distance), Some(Ordering::Greater))
            })
    }

    /// Measures the rows of a pack, roughly and all at once, and those in reach exactly.
    fn measure(&mut self, pack: usize, pattern: f64) {
        let width = self.others.len();
        let values = &self.tree.packed_values[pack * width * PACK..(pack + 1) * width * PACK];
        let mut distances = [pattern; PACK];
        let (columns, _) = values.as_chunks::<PACK>();
        for (&value, column) in self.others.iter().zip(columns) {
            for (distance, &other) in distances.iter_mut().zip(column) {
                *distance += (self.cost)(value, other);
            }
        }
        let rows = &self.tree.packed_rows[pack * PACK..(pack + 1) * PACK];
        for (&row, distance) in rows.iter().zip(distances) {
            if row != NO_ROW && self.is_in_reach(distance * (1.0 - ROUNDING)) {
                self.take(row);
            }
        }
    }

    /// Takes a row among the nearest, if it belongs there.
    fn take(&mut self, row: u32) {
        let width = self.tree.width;
        let values = &self.rows[row as usize * width..(row as usize + 1) * width];
        let costs = self.row.iter().zip(values).map(|(&left, &right)| (self.cost)(left, right));
        let near = Neighbour { distance: costs.sum(), row };
        let comes_before = |other: &Neighbour| {
            other.distance.total_cmp(&near.distance).then(other.row.cmp(&near.row)).is_lt()
        };
        if self.found.len() == self.count && self.found.last().is_some_and(comes_before) {
            return;
        }
        let place = self.found.partition_point(comes_before);
        self.found.insert(place, near);
        self.found.truncate(self.count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every answer against all distances, sorted.
    #[test]
    fn equals_brute_force() {
        let mut state = 1u64;
        let mut random = |values: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((state >> 33) % values) as f64
        };
        let kinds: [&[u64]; 8] = [
            &[3],
            &[1000, 1000],
            &[2, 2, 2, 2, 2],
            &[4, 4, 4, 4, 4, 4, 4],
            &[1, 1, 1],
            &[2, 50, 2, 7, 2, 1000],
            &[2, 2, 3],
            &[2; 20],
        ];
        for values in kinds {
            let width = values.len();
            let rows: Vec<f64> =
                (0..300).flat_map(|_| values).map(|&values| random(values) * 0.7).collect();
            let tree = SearchTree::new(&rows, width);
            for (count, shift) in [(1, 0.25), (7, 0.0), (7, -3.5), (300, 0.25), (7, 1e200)] {
                let row: Vec<f64> =
                    values.iter().map(|&values| random(values) * 0.7 + shift).collect();
                let cost = |left: f64, right: f64| (left - right) * (left - right);
                let mut all: Vec<(f64, u32)> = rows
                    .chunks_exact(width)
                    .zip(0..)
                    .map(|(other, index)| {
                        (row.iter().zip(other).map(|(&a, &b)| cost(a, b)).sum(), index)
                    })
                    .collect();
                all.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
                let found: Vec<(f64, u32)> = tree
                    .nearest(&rows, &row, count, cost)
                    .iter()
                    .map(|near| (near.distance, near.row))
                    .collect();
                assert_eq!(found, all[..count], "{values:?}, {count} neighbours");
            }
        }
    }

    #[test]
    fn patterns_are_those_of_columns_of_two_values() {
        let rows: Vec<f64> = (0..64u32)
            .flat_map(|row| [row % 2, row, row / 2 % 2, row % 3, row / 4 % 2 * 5])
            .map(f64::from)
            .collect();
        let tree = SearchTree::new(&rows, 5);
        // Three would leave 8 rows a pattern: just enough.
        assert_eq!(tree.answers.iter().map(|it| it.column).collect::<Vec<_>>(), [2, 0, 4]);
        assert_eq!((tree.others.as_slice(), tree.groups.len()), ([1, 3].as_slice(), 8));
    }
}
