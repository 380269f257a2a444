//! One large BLAKE3 input on several threads: its tree, cut into subtrees of one size, each hashed
//! on its own, and merged (BLAKE3 paper, section 2.1 and 5.3).

use crate::FileDigest;
use blake3::Hasher;
use blake3::hazmat::{
    ChainingValue, HasherExt as _, Mode, left_subtree_len, merge_subtrees_non_root,
    merge_subtrees_root,
};

/// Bytes of a subtree but the last: a power of two. Large enough that merging costs nothing, small
/// enough that a file of some megabytes already keeps several threads busy.
const SUBTREE_BYTES: u64 = 4 << 20;

/// A subtree in the making.
#[derive(Clone, Debug)]
pub struct Blake3Subtree(Hasher);

/// What is left of a subtree when it is hashed.
#[derive(Clone, Copy, Debug)]
pub struct Blake3SubtreeValue(ChainingValue);

impl Blake3Subtree {
    /// Bytes of every subtree but the last. An input of no more bytes is hashed as a whole.
    pub const BYTES: u64 = SUBTREE_BYTES;

    /// The subtree with this index among those of the input, from 0.
    pub fn new(index: u64) -> Self {
        let mut hasher = Hasher::new();
        hasher.set_input_offset(index * SUBTREE_BYTES);
        Self(hasher)
    }

    /// Appends `bytes`; all calls together [`Self::BYTES`] at most.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The value of the bytes appended, at least one.
    pub fn finish(self) -> Blake3SubtreeValue {
        Blake3SubtreeValue(self.0.finalize_non_root())
    }

    /// The digest of an input of `bytes` bytes, more than [`Self::BYTES`], from the values of all
    /// its subtrees in their order.
    pub fn merge(subtrees: &[Blake3SubtreeValue], bytes: u64) -> FileDigest {
        let (left, right) = halves(subtrees, bytes);
        FileDigest::Blake3(*merge_subtrees_root(&left, &right, Mode::Hash).as_bytes())
    }
}

fn value(subtrees: &[Blake3SubtreeValue], bytes: u64) -> ChainingValue {
    if let [only] = subtrees {
        return only.0;
    }
    let (left, right) = halves(subtrees, bytes);
    merge_subtrees_non_root(&left, &right, Mode::Hash)
}

fn halves(subtrees: &[Blake3SubtreeValue], bytes: u64) -> (ChainingValue, ChainingValue) {
    let left_bytes = left_subtree_len(bytes);
    let count = usize::try_from(left_bytes / SUBTREE_BYTES).unwrap_or(usize::MAX);
    let (left, right) = subtrees.split_at(count.min(subtrees.len()));
    (value(left, left_bytes), value(right, bytes - left_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the hash of the whole, at lengths around every border.
    #[test]
    fn subtrees_give_the_digest_of_the_whole() {
        let subtree = usize::try_from(SUBTREE_BYTES).unwrap();
        let input: Vec<u8> = (0..5 * subtree + 1).map(|at| (at % 251) as u8).collect();
        for length in [
            subtree + 1,
            2 * subtree - 1,
            2 * subtree,
            2 * subtree + 1,
            3 * subtree + 1024,
            4 * subtree,
            5 * subtree + 1,
        ] {
            let input = &input[..length];
            let values: Vec<Blake3SubtreeValue> = (0..)
                .zip(input.chunks(subtree))
                .map(|(index, chunk)| {
                    let mut hasher = Blake3Subtree::new(index);
                    hasher.update(chunk);
                    hasher.finish()
                })
                .collect();
            let expected = FileDigest::Blake3(*blake3::hash(input).as_bytes());
            assert_eq!(Blake3Subtree::merge(&values, length as u64), expected, "{length}");
        }
    }
}
