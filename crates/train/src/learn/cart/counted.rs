//! Rows that count by how often they were drawn and by their class, for trees and forests.

use super::grow::{GrownTree, grow};
use super::load::{Flagged, Item, OneClass, TwoClasses};
use super::rows::Rows;
use super::visit::Xorshift;
use super::{Stop, code_columns};
use crate::learn::{FitError, FitTask};

/// The rows of a task, coded and merged once for all trees.
///
/// Of two classes, equal rows are one item whatever their classes; of more, equal rows of
/// one class are.
pub(crate) struct CountedRows<'a> {
    rows: Rows,
    flags: Vec<u32>,
    /// The class of each row.
    y: &'a [u32],
}

impl<'a> CountedRows<'a> {
    /// Codes and merges the rows of a task whose classes were checked.
    pub(crate) fn new(task: &FitTask<'a>) -> Result<Self, FitError> {
        let FitTask { x, y, class_count, .. } = *task;
        let columns = code_columns(x)?;
        let mut rows = if class_count == 2 {
            Rows::from_columns(columns, &vec![0; y.len()], 1)
        } else {
            Rows::from_columns(columns, y, class_count)
        };
        rows.class_count = class_count;
        Ok(Self { flags: rows.flags(), rows, y })
    }

    /// Grows a tree on rows that were drawn so often, or on each once; each counts once or as
    /// its class weighs.
    pub(crate) fn grow(
        &self,
        draws: Option<&[u32]>,
        class_weights: Option<&[f64]>,
        stop: &Stop,
        random: &mut Xorshift,
    ) -> GrownTree {
        if self.rows.class_count != 2 {
            let mut items = self.items(draws);
            let Some(weights) = class_weights else {
                return grow(&self.rows, &mut items, stop, random);
            };
            let mut items = map_loads(&items, |load| load.weighed(weights));
            return grow(&self.rows, &mut items, stop, random);
        }
        let mut items = self.items_of_two(draws);
        if let Some(weights) = class_weights {
            let mut items = map_loads(&items, |load| load.weighed(weights));
            return grow(&self.rows, &mut items, stop, random);
        }
        if stop.split_rows_min <= 2
            && stop.leaf_rows_min <= 1
            && let Some(mut items) = self.flagged(&items)
        {
            return grow(&self.rows, &mut items, stop, random);
        }
        grow(&self.rows, &mut items, stop, random)
    }

    fn flagged(&self, items: &[Item<TwoClasses<u32>>]) -> Option<Vec<Item<Flagged>>> {
        let flagged = |&Item { group, load }: &Item<TwoClasses<u32>>| {
            Some(Item { group, load: load.flagged(self.flags[group as usize])? })
        };
        items.iter().map(flagged).collect()
    }

    fn items_of_two(&self, draws: Option<&[u32]>) -> Vec<Item<TwoClasses<u32>>> {
        let mut items: Vec<Item<TwoClasses<u32>>> = (0..self.rows.group_count() as u32)
            .map(|group| Item { group, load: TwoClasses::default() })
            .collect();
        for (row, (&group, &class)) in self.rows.groups.iter().zip(self.y).enumerate() {
            let count = draws.map_or(1, |draws| draws[row]);
            let load = &mut items[group as usize].load;
            load.weights[class as usize] += count;
            load.rows += u32::from(count > 0);
        }
        items.retain(|item| item.load.rows > 0);
        items
    }

    fn items(&self, draws: Option<&[u32]>) -> Vec<Item<OneClass<u32>>> {
        let mut items: Vec<Item<OneClass<u32>>> = (0u32..)
            .zip(&self.rows.classes)
            .map(|(group, &class)| Item { group, load: OneClass { class, weight: 0, rows: 0 } })
            .collect();
        for (row, &group) in self.rows.groups.iter().enumerate() {
            let count = draws.map_or(1, |draws| draws[row]);
            let load = &mut items[group as usize].load;
            load.weight += count;
            load.rows += u32::from(count > 0);
        }
        items.retain(|item| item.load.rows > 0);
        items
    }
}

fn map_loads<L: Copy, M>(items: &[Item<L>], load: impl Fn(L) -> M) -> Vec<Item<M>> {
    items.iter().map(|item| Item { group: item.group, load: load(item.load) }).collect()
}
