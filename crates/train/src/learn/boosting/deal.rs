//! Step 3, the split: the rows of a node to its two sides.

use rayon::prelude::*;

use super::PARALLEL_ROWS_MIN;

/// Rows that one thread deals at a time.
const BLOCK_ROWS: usize = 1 << 14;

/// Brings the rows of the left side to the front, all in unchanged order, and returns how
/// many there are. `scratch` has room for as many rows.
pub(in crate::learn) fn deal(
    rows: &mut [u32],
    scratch: &mut [u32],
    is_left: impl Fn(u32) -> bool + Sync,
) -> usize {
    let scratch = &mut scratch[..rows.len()];
    if rows.len() < PARALLEL_ROWS_MIN {
        let left = deal_block(rows, scratch, &is_left);
        let right = rows.len() - left;
        rows[left..].copy_from_slice(&scratch[..right]);
        return left;
    }
    let blocks = rows.par_chunks_mut(BLOCK_ROWS).zip(scratch.par_chunks_mut(BLOCK_ROWS));
    let lefts: Vec<usize> =
        blocks.map(|(rows, scratch)| deal_block(rows, scratch, &is_left)).collect();
    let mut end = 0;
    for (block, &left) in lefts.iter().enumerate() {
        let start = block * BLOCK_ROWS;
        rows.copy_within(start..start + left, end);
        end += left;
    }
    let mut rest = &mut rows[end..];
    for (scratch, left) in scratch.chunks(BLOCK_ROWS).zip(lefts) {
        let (right, behind) = rest.split_at_mut(scratch.len() - left);
        right.copy_from_slice(&scratch[..right.len()]);
        rest = behind;
    }
    end
}

/// Brings the rows of the left side to the front of `rows` and the others to the front of
/// `scratch`; returns how many go left.
fn deal_block(rows: &mut [u32], scratch: &mut [u32], is_left: &impl Fn(u32) -> bool) -> usize {
    // Without branches, since no predictor guesses the side of a row: each row is written to
    // both sides, and the next one overwrites it where it does not belong.
    let (mut left, mut right) = (0, 0);
    for place in 0..rows.len() {
        let row = rows[place];
        let goes_left = is_left(row);
        rows[left] = row;
        scratch[right] = row;
        left += usize::from(goes_left);
        right += usize::from(!goes_left);
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_on_both_sides() {
        for count in [0, 1, 1000, PARALLEL_ROWS_MIN as u32 + 77] {
            let all: Vec<u32> = (0..count).collect();
            let (mut rows, mut scratch) = (all.clone(), vec![0; all.len()]);
            let is_left = |row: u32| row.wrapping_mul(2_654_435_761) >> 30 == 1;
            let left = deal(&mut rows, &mut scratch, is_left);
            let (expected, right): (Vec<u32>, Vec<u32>) =
                all.iter().partition(|&&row| is_left(row));
            assert_eq!((&rows[..left], &rows[left..]), (&expected[..], &right[..]));
        }
    }
}
