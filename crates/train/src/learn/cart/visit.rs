//! Step 2: the order in which a node looks at columns, and the random numbers behind it.
//!
//! Columns are drawn without replacement. A column that was found constant in a node is
//! constant below it too and is not looked at again there. The order matters even when a
//! node looks at all columns: of equally good cuts the first one wins. Drawn exactly as
//! scikit-learn draws (`tree/_splitter.pyx`), so that ties fall the same way.

use crate::random::Mt19937;

/// The largest number of [`Xorshift`]: 2^31 - 1.
const DRAW_MAX: u32 = 0x7fff_ffff;

/// A generator of one word: G. Marsaglia, "Xorshift RNGs", Journal of Statistical Software
/// 8(14), 2003.
#[derive(Debug, Clone)]
pub(crate) struct Xorshift(u32);

impl Xorshift {
    /// The generator of a tree that is seeded by `random`: one draw.
    pub(crate) fn from_twister(random: &mut Mt19937) -> Self {
        Self::new(seed_from(random))
    }

    /// The generator of this seed.
    pub(crate) fn new(seed: u32) -> Self {
        // 0 would stay 0 for ever.
        Self(if seed == 0 { 1 } else { seed })
    }

    fn next(&mut self) -> u32 {
        let mut word = self.0;
        word ^= word << 13;
        word ^= word >> 17;
        word ^= word << 5;
        self.0 = word;
        word & DRAW_MAX
    }

    /// A number of `low..high`.
    pub(crate) fn below(&mut self, low: usize, high: usize) -> usize {
        low + self.next() as usize % (high - low)
    }

    /// A number from `low` to `high`.
    pub(super) fn uniform(&mut self, low: f64, high: f64) -> f64 {
        (high - low) * f64::from(self.next()) / f64::from(DRAW_MAX) + low
    }
}

/// A seed for a tree (numpy: `randint(2**31 - 1)`).
pub(crate) fn seed_from(random: &mut Mt19937) -> u32 {
    // At most 2^31 - 2.
    random.up_to(u64::from(DRAW_MAX) - 1) as u32
}

/// The columns of a tree, as nodes draw them.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    order: Vec<u32>,
    /// Known constants of the nodes on the current path, in front.
    constants: Vec<u32>,
}

/// One node's draws.
pub(crate) struct Visit<'a> {
    columns: &'a mut Columns,
    visits_max: usize,
    known: usize,
    visited: usize,
    found: usize,
    drawn: usize,
    /// Behind the columns that are still to be drawn.
    end: usize,
    /// Where the last drawn column stands.
    place: usize,
}

impl Columns {
    pub(crate) fn new(count: usize) -> Self {
        // Models have fewer features than u32 can count.
        let order: Vec<u32> = (0..count as u32).collect();
        Self { constants: order.clone(), order }
    }

    /// Starts the draws of a node of which `known` columns are known to be constant.
    pub(crate) fn visit(&mut self, known: usize, visits_max: usize) -> Visit<'_> {
        let end = self.order.len();
        Visit { columns: self, visits_max, known, visited: 0, found: 0, drawn: 0, end, place: 0 }
    }
}

impl Visit<'_> {
    /// The next column to look at. Goes on past `visits_max` until one varies.
    pub(crate) fn next(&mut self, random: &mut Xorshift) -> Option<usize> {
        while self.end > self.known + self.found
            && (self.visited < self.visits_max || self.visited <= self.found + self.drawn)
        {
            self.visited += 1;
            let place = random.below(self.drawn, self.end - self.found);
            if place < self.known {
                // A constant column that was known before uses up a visit.
                self.columns.order.swap(self.drawn, place);
                self.drawn += 1;
                continue;
            }
            self.place = place + self.found;
            return Some(self.columns.order[self.place] as usize);
        }
        None
    }

    /// Tells whether the column of the last [`Visit::next`] is constant in the node.
    pub(crate) fn tell(&mut self, is_constant: bool) {
        if is_constant {
            self.columns.order.swap(self.place, self.known + self.found);
            self.found += 1;
        } else {
            self.end -= 1;
            self.columns.order.swap(self.end, self.place);
        }
    }

    /// Ends the draws; returns how many columns are now known to be constant.
    pub(crate) fn finish(self) -> usize {
        let Columns { order, constants } = self.columns;
        let all = self.known + self.found;
        // Sibling nodes rely on the order of what was known before.
        order[..self.known].copy_from_slice(&constants[..self.known]);
        constants[self.known..all].copy_from_slice(&order[self.known..all]);
        all
    }
}
