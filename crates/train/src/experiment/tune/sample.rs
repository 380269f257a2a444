//! Which candidates a seed draws.

use crate::random::Mt19937;

/// `count` distinct numbers below `total`, all of them in order when there are no more.
///
/// Drawn as the published search does: uniform numbers until enough are distinct, then in
/// the order in which CPython walks a set of them.
pub(super) fn sample(total: u64, count: usize, seed: u32) -> Vec<u64> {
    if total <= count as u64 {
        return (0..total).collect();
    }
    let mut random = Mt19937::new(seed);
    let mut set = NumberSet::default();
    while set.len < count {
        set.insert(random.up_to(total - 1));
    }
    set.slots.into_iter().flatten().collect()
}

/// A set of numbers that is walked in the order of CPython's `set` (Objects/setobject.c, 3.7
/// and later): open addressing, some slots in a row, then a jump.
struct NumberSet {
    slots: Vec<Option<u64>>,
    len: usize,
}

/// Slots of an empty set.
const SLOTS_MIN: usize = 8;
/// Slots that are tried one after the other before a jump.
const PROBES: usize = 9;

impl Default for NumberSet {
    fn default() -> Self {
        Self { slots: vec![None; SLOTS_MIN], len: 0 }
    }
}

impl NumberSet {
    fn insert(&mut self, number: u64) {
        let place = self.place(number);
        if self.slots[place].is_some() {
            return;
        }
        self.slots[place] = Some(number);
        self.len += 1;
        let mask = self.slots.len() - 1;
        // Never more than three fifths full.
        if self.len * 5 >= mask * 3 {
            let room = if self.len > 50_000 { self.len * 2 } else { self.len * 4 };
            let slot_count = (room + 1).next_power_of_two().max(SLOTS_MIN);
            let old = std::mem::replace(&mut self.slots, vec![None; slot_count]);
            for number in old.into_iter().flatten() {
                let place = self.place(number);
                self.slots[place] = Some(number);
            }
        }
    }

    /// Where the number stands, or the free slot where it belongs.
    fn place(&self, number: u64) -> usize {
        let mask = self.slots.len() - 1;
        // A number below 2^61 - 1 is its own hash; the cast keeps the low bits, which count.
        let mut place = number as usize & mask;
        let mut perturbation = number as usize;
        loop {
            let last = if place + PROBES <= mask { place + PROBES } else { place };
            for slot in place..=last {
                if self.slots[slot].is_none_or(|other| other == number) {
                    return slot;
                }
            }
            perturbation >>= 5;
            place = (place * 5 + 1 + perturbation) & mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published draws of seed 42 for gradient boosting, linear ridge and naive Bayes.
    #[test]
    fn draws_are_the_published_ones() {
        let boosting = [
            21_081_788, 56_882_282, 93_410_762, 65_682_867, 13_315_092, 91_090_292, 26_735_830,
            96_319_575, 35_788_921, 56_755_036,
        ];
        assert_eq!(sample(106_029_000, 10, 42), boosting);
        assert_eq!(
            sample(1998, 10, 42),
            [1724, 1126, 1095, 1638, 1130, 1294, 1459, 1044, 121, 860]
        );
        assert_eq!(sample(28, 10, 42), [6, 7, 10, 14, 18, 19, 20, 22, 23, 25]);
        assert_eq!(sample(3, 10, 42), [0, 1, 2]);
    }

    #[test]
    fn many_draws_are_distinct() {
        let mut drawn = sample(100_000, 5_000, 1);
        assert_eq!(drawn.len(), 5_000);
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), 5_000);
    }
}
