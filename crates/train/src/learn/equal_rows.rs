//! Which rows are equal, told by one number a row: trees and boosting learn from each once.

/// The group of each row, and the first row of each group; groups in the order of their
/// first rows.
pub(super) fn group_equal(keys: &[u64]) -> (Vec<u32>, Vec<u32>) {
    // An open table from keys to groups, at most half full; 0 is an empty slot.
    let bits = (2 * keys.len()).max(2).next_power_of_two().trailing_zeros();
    let mask = (1usize << bits) - 1;
    let mut slots = vec![0u32; 1 << bits];
    let mut first: Vec<u32> = Vec::new();
    let mut groups = Vec::with_capacity(keys.len());
    for (row, &key) in (0u32..).zip(keys) {
        let mut slot = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - bits)) as usize;
        let group = loop {
            match slots[slot] {
                0 => {
                    first.push(row);
                    slots[slot] = first.len() as u32;
                    break first.len() as u32 - 1;
                }
                taken if keys[first[taken as usize - 1] as usize] == key => break taken - 1,
                _ => slot = (slot + 1) & mask,
            }
        };
        groups.push(group);
    }
    (groups, first)
}
