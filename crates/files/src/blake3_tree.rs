//! One large BLAKE3 input on several threads: its tree, cut into subtrees of one size, each hashed
//! on its own, and merged (BLAKE3 paper, section 2.1 and 5.3).

use blake3::Hasher;
use blake3::hazmat::{
    HasherExt as _, Mode, left_subtree_len, merge_subtrees_non_root, merge_subtrees_root,
};
use modelseal_signing::FileDigest;

pub(crate) use blake3::hazmat::ChainingValue;

/// Bytes of a subtree but the last: a power of two. Large enough that merging costs nothing, small
/// enough that a file of some megabytes already keeps several threads busy.
pub(crate) const SUBTREE_BYTES: u64 = 4 << 20;

/// A subtree in the making.
pub(crate) struct Subtree(Hasher);

impl Subtree {
    /// One that starts `offset` bytes, a multiple of [`SUBTREE_BYTES`], behind the input's start.
    pub(crate) fn at(offset: u64) -> Self {
        let mut hasher = Hasher::new();
        hasher.set_input_offset(offset);
        Self(hasher)
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(&self) -> ChainingValue {
        self.0.finalize_non_root()
    }
}

/// The digest of an input of more than [`SUBTREE_BYTES`] bytes from the values of its subtrees, in
/// their order.
pub(crate) fn merge(subtrees: &[ChainingValue], bytes: u64) -> FileDigest {
    let (left, right) = halves(subtrees, bytes);
    FileDigest::Blake3(*merge_subtrees_root(&left, &right, Mode::Hash).as_bytes())
}

fn value(subtrees: &[ChainingValue], bytes: u64) -> ChainingValue {
    if let [only] = subtrees {
        return *only;
    }
    let (left, right) = halves(subtrees, bytes);
    merge_subtrees_non_root(&left, &right, Mode::Hash)
}

fn halves(subtrees: &[ChainingValue], bytes: u64) -> (ChainingValue, ChainingValue) {
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
            let mut offset = 0;
            let values: Vec<ChainingValue> = input
                .chunks(subtree)
                .map(|chunk| {
                    let mut hasher = Subtree::at(offset);
                    hasher.update(chunk);
                    offset += chunk.len() as u64;
                    hasher.finish()
                })
                .collect();
            let expected = FileDigest::Blake3(*blake3::hash(input).as_bytes());
            assert_eq!(merge(&values, length as u64), expected, "{length}");
        }
    }
}
