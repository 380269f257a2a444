//! Random numbers: the Mersenne Twister, used the way that numpy's `RandomState` uses it.
//!
//! Splits, shuffles and samples of the published experiments are defined by that generator,
//! so a seed gives the same rows here as there. Source: M. Matsumoto, T. Nishimura,
//! "Mersenne Twister: a 623-dimensionally equidistributed uniform pseudo-random number
//! generator", ACM TOMACS 8(1), 1998. Not for secrets.

/// Words of state.
const STATE_WORDS: usize = 624;
/// Distance between the two words that a new word is made of.
const SHIFT_WORDS: usize = 397;

/// MT19937, seeded by one 32-bit number.
#[derive(Clone)]
pub struct Mt19937 {
    state: [u32; STATE_WORDS],
    /// Words of `state` that have been handed out.
    used: usize,
}

impl std::fmt::Debug for Mt19937 {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // 624 words would bury whatever is printed around them.
        out.debug_struct("Mt19937").field("used", &self.used).finish_non_exhaustive()
    }
}

impl Mt19937 {
    /// The generator that `numpy.random.RandomState(seed)` starts with.
    pub fn new(seed: u32) -> Self {
        let mut state = [0; STATE_WORDS];
        let mut previous = seed;
        for (position, word) in (0u32..).zip(&mut state) {
            if position > 0 {
                previous = 1_812_433_253u32
                    .wrapping_mul(previous ^ (previous >> 30))
                    .wrapping_add(position);
            }
            *word = previous;
        }
        Self { state, used: STATE_WORDS }
    }

    /// 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.used == STATE_WORDS {
            self.refill();
        }
        let mut word = self.state[self.used];
        self.used += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    fn refill(&mut self) {
        let state = &mut self.state;
        let mut renew = |position: usize, next: usize, other: usize| {
            let joined = (state[position] & 0x8000_0000) | (state[next] & 0x7fff_ffff);
            let twist = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            state[position] = state[other] ^ (joined >> 1) ^ twist;
        };
        // A circle, walked without a division.
        for position in 0..STATE_WORDS - SHIFT_WORDS {
            renew(position, position + 1, position + SHIFT_WORDS);
        }
        for position in STATE_WORDS - SHIFT_WORDS..STATE_WORDS - 1 {
            renew(position, position + 1, position + SHIFT_WORDS - STATE_WORDS);
        }
        renew(STATE_WORDS - 1, 0, SHIFT_WORDS - 1);
        self.used = 0;
    }

    /// A uniform number in `[0, 1)` with 53 random bits (numpy: `random_sample`).
    pub fn uniform(&mut self) -> f64 {
        let high = f64::from(self.next_u32() >> 5);
        let low = f64::from(self.next_u32() >> 6);
        (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0
    }

    /// A uniform whole number in `0..=largest`: masked draws, those above are thrown away
    /// (numpy: `randint(0, largest + 1)` and the bounded numbers inside `shuffle`).
    pub fn up_to(&mut self, largest: u64) -> u64 {
        if largest == 0 {
            return 0;
        }
        let mask = u64::MAX >> largest.leading_zeros();
        loop {
            let mut draw = u64::from(self.next_u32());
            if largest > u64::from(u32::MAX) {
                draw = draw << 32 | u64::from(self.next_u32());
            }
            if draw & mask <= largest {
                return draw & mask;
            }
        }
    }

    /// `count` numbers in `0..=largest`, those that as many calls of [`Self::up_to`] give.
    pub fn many_up_to(&mut self, largest: u32, count: usize) -> Vec<u32> {
        if largest == 0 {
            return vec![0; count];
        }
        let mask = u32::MAX >> largest.leading_zeros();
        // Without a branch: a draw that is too large is overwritten by the next one.
        let mut drawn = vec![0; count + 1];
        let mut kept = 0;
        while kept < count {
            let draw = self.next_u32() & mask;
            drawn[kept] = draw;
            kept += usize::from(draw <= largest);
        }
        drawn.truncate(count);
        drawn
    }

    /// Shuffles in place: Fisher-Yates from the end (numpy: `shuffle`).
    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            // The draw is at most `last`, which is a usize.
            let other = self.up_to(last as u64) as usize;
            values.swap(last, other);
        }
    }

    /// The numbers `0..count` in random order (numpy: `permutation`).
    pub fn permutation(&mut self, count: u32) -> Vec<u32> {
        let mut numbers: Vec<u32> = (0..count).collect();
        self.shuffle(&mut numbers);
        numbers
    }

    /// `count` of `values` without repetition (numpy: `choice` with `replace=False`): the
    /// front of a permutation, all of it when there are no more.
    pub fn choose<T: Copy>(&mut self, values: &[T], count: usize) -> Vec<T> {
        let mut shuffled = values.to_vec();
        self.shuffle(&mut shuffled);
        shuffled.truncate(count);
        shuffled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first words of seed 5489 are those of the authors' reference program; the other
    /// numbers are numpy's for seed 42 and 0.
    #[test]
    fn equals_the_reference() {
        let mut reference = Mt19937::new(5489);
        assert_eq!(
            [(); 3].map(|()| reference.next_u32()),
            [3_499_211_612, 581_869_302, 3_890_346_734]
        );
        let mut words = Mt19937::new(42);
        assert_eq!([(); 2].map(|()| words.next_u32()), [1_608_637_542, 3_421_126_067]);
        let mut uniform = Mt19937::new(42);
        assert_eq!(
            [(); 2].map(|()| uniform.uniform()),
            [0.374_540_118_847_362_5, 0.950_714_306_409_916_2]
        );
        assert_eq!(Mt19937::new(42).permutation(10), [8, 1, 5, 0, 7, 2, 9, 4, 3, 6]);
        assert_eq!(Mt19937::new(42).up_to(106_029_000 - 1), 65_682_867);
    }

    #[test]
    fn many_draws_are_as_many_single_ones() {
        for largest in [0, 1, 41_999, u32::MAX] {
            let mut one_by_one = Mt19937::new(3);
            let expected: Vec<u32> =
                (0..2000).map(|_| one_by_one.up_to(u64::from(largest)) as u32).collect();
            let mut at_once = Mt19937::new(3);
            assert_eq!(at_once.many_up_to(largest, 2000), expected);
            assert_eq!(at_once.next_u32(), one_by_one.next_u32());
        }
    }

    #[test]
    fn bounds_hold_for_wide_numbers_too() {
        let mut random = Mt19937::new(1);
        for largest in [0, 1, 2, u64::from(u32::MAX), 1 << 40, u64::MAX] {
            assert!((0..100).all(|_| random.up_to(largest) <= largest));
        }
    }
}
