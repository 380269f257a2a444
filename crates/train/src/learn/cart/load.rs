//! What takes part in a tree, and what it weighs.

use super::Weight;

/// A group of equal rows in a tree.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Item<L> {
    /// Index of the group.
    pub(crate) group: u32,
    /// What its rows weigh.
    pub(crate) load: L,
}

/// The weight of a group of rows, class by class.
pub(crate) trait Load: Copy + Default {
    /// What a row weighs.
    type Weight: Weight;

    /// How many of the rows take part, however often each was drawn.
    fn rows(self) -> u32;

    /// Adds to one number a class.
    fn add_to(self, weights: &mut [Self::Weight]);

    /// Of two classes, both weights.
    fn pair(self) -> [Self::Weight; 2];

    /// Whether [`Load::flags`] says anything.
    const HAS_FLAGS: bool = false;

    /// One bit a column of two values, as [`super::Rows::flag_of`] numbers them: whether the
    /// rows have the larger one.
    fn flags(self) -> u32 {
        0
    }
}

/// Rows of one class.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct OneClass<T> {
    pub(crate) class: u32,
    /// What the rows weigh together.
    pub(crate) weight: T,
    pub(crate) rows: u32,
}

/// Rows of two classes: half as many items where rows repeat, and no class to ask for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TwoClasses<T> {
    /// What the rows of each class weigh together.
    pub(crate) weights: [T; 2],
    pub(crate) rows: u32,
}

/// The same in little memory, for trees that do not ask for rows: what a column of two values
/// says is at hand.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Flagged {
    weights: [u16; 2],
    flags: u32,
}

impl OneClass<u32> {
    /// With one weight a class, where rows were only counted.
    pub(crate) fn weighed(self, class_weights: &[f64]) -> OneClass<f64> {
        let Self { class, weight, rows } = self;
        OneClass { class, weight: f64::from(weight) * class_weights[class as usize], rows }
    }
}

impl TwoClasses<u32> {
    /// With one weight a class, where rows were only counted.
    pub(crate) fn weighed(self, class_weights: &[f64]) -> TwoClasses<f64> {
        let [first, second] = self.weights.map(f64::from);
        let weights = [first * class_weights[0], second * class_weights[1]];
        TwoClasses { weights, rows: self.rows }
    }

    /// In little memory; `None` when the rows are too many.
    pub(crate) fn flagged(self, flags: u32) -> Option<Flagged> {
        let [first, second] = self.weights.map(u16::try_from);
        Some(Flagged { weights: [first.ok()?, second.ok()?], flags })
    }
}

impl<T: Weight> Load for OneClass<T> {
    type Weight = T;

    fn rows(self) -> u32 {
        self.rows
    }

    #[inline]
    fn add_to(self, weights: &mut [T]) {
        weights[self.class as usize] += self.weight;
    }

    #[inline]
    fn pair(self) -> [T; 2] {
        let zero = T::default();
        if self.class == 0 { [self.weight, zero] } else { [zero, self.weight] }
    }
}

impl<T: Weight> Load for TwoClasses<T> {
    type Weight = T;

    fn rows(self) -> u32 {
        self.rows
    }

    #[inline]
    fn add_to(self, weights: &mut [T]) {
        for (sum, weight) in weights.iter_mut().zip(self.weights) {
            *sum += weight;
        }
    }

    #[inline]
    fn pair(self) -> [T; 2] {
        self.weights
    }
}

impl Load for Flagged {
    type Weight = u32;

    /// How often rows were drawn, which is as good where one row is enough.
    fn rows(self) -> u32 {
        let [first, second] = self.pair();
        first + second
    }

    #[inline]
    fn add_to(self, weights: &mut [u32]) {
        for (sum, weight) in weights.iter_mut().zip(self.pair()) {
            *sum += weight;
        }
    }

    #[inline]
    fn pair(self) -> [u32; 2] {
        self.weights.map(u32::from)
    }

    const HAS_FLAGS: bool = true;

    #[inline]
    fn flags(self) -> u32 {
        self.flags
    }
}
