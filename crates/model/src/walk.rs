//! Many rows through one tree after another.
//!
//! One row at a time waits for memory at every node, and for the next guess of a branch at
//! every leaf. Here all rows of a block take one step, then the next one; the steps of
//! different rows do not wait for each other. Each row takes the way that [`Trees::leaf`]
//! takes.

use crate::{LEAF, Node, Trees};

/// Rows that are walked together: what is known of them stays in a cache of the processor.
const BLOCK_ROWS: usize = 4096;

/// Calls `add` with the number of each row, the index of a tree, and the value of the leaf
/// that the row reaches in it: for each row, tree after tree. `rows` holds `width` prepared
/// values a row.
///
/// # Panics
/// When `width` is less than the number of features.
pub(crate) fn walk(
    trees: &Trees,
    rows: &[f64],
    width: usize,
    mut add: impl FnMut(usize, usize, f64),
) {
    let width = width.max(1);
    let mut open = Vec::with_capacity(BLOCK_ROWS);
    let mut reached = Vec::with_capacity(BLOCK_ROWS);
    for (block, rows) in rows.chunks(BLOCK_ROWS * width).enumerate() {
        let rows = Trees::single_precision(rows);
        let count = rows.len() / width;
        for (tree, &root) in trees.starts()[..trees.len()].iter().enumerate() {
            reached.clear();
            reached.resize(count, root);
            open.clear();
            if trees.nodes()[root as usize].feature != LEAF {
                // A block has fewer rows than u32 can count.
                open.extend(0..count as u32);
            }
            while !open.is_empty() {
                step(trees.nodes(), &rows, width, &mut open, &mut reached);
            }
            for (row, &leaf) in reached.iter().enumerate() {
                add(block * BLOCK_ROWS + row, tree, trees.nodes()[leaf as usize].value);
            }
        }
    }
}

/// One step of all rows that have not reached a leaf; those that now have are taken out.
fn step(nodes: &[Node], rows: &[f32], width: usize, open: &mut Vec<u32>, reached: &mut [u32]) {
    let mut kept = 0;
    for place in 0..open.len() {
        let row = open[place] as usize;
        let node = nodes[reached[row] as usize];
        let goes_left = f64::from(rows[row * width + node.feature as usize]) <= node.value;
        let next = node.child + u32::from(!goes_left);
        reached[row] = next;
        // Without a branch: a row that is done is overwritten by the next one.
        open[kept] = row as u32;
        kept += usize::from(nodes[next as usize].feature != LEAF);
    }
    open.truncate(kept);
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first broken assumption")]
mod tests {
    use super::*;
    use crate::Limits;

    #[test]
    fn many_rows_take_the_way_of_one() {
        let leaf = |value| Node { feature: LEAF, child: 0, value };
        let split = |feature, child, value| Node { feature, child, value };
        let nodes = vec![
            split(0, 1, 0.5),
            leaf(1.0),
            split(1, 3, -0.1),
            leaf(2.0),
            leaf(3.0),
            leaf(4.0),
            split(1, 7, 0.3),
            leaf(5.0),
            leaf(6.0),
        ];
        let trees = Trees::new(vec![0, 5, 6, 9], nodes, 2, &Limits::default()).unwrap();
        // Over the border of a block, and with numbers that no comparison holds for.
        let values: Vec<f64> = (0..2 * (BLOCK_ROWS + 7))
            .map(|at| if at % 11 == 0 { f64::NAN } else { (at * 37 % 19) as f64 / 19.0 - 0.3 })
            .collect();
        let mut found = vec![Vec::new(); values.len() / 2];
        walk(&trees, &values, 2, |row, tree, value| found[row].push((tree, value)));
        for (row, found) in values.chunks_exact(2).zip(found) {
            let row = Trees::single_precision(row);
            let expected: Vec<_> = (0..3).map(|tree| (tree, trees.leaf(tree, &row))).collect();
            assert_eq!(found, expected);
        }
    }
}
