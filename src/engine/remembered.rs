//! A bounded memory of ids: what closed stays closed, however late or often it is told of.

use std::collections::{BTreeSet, VecDeque};

/// How many closed ids are remembered, so that a late or doubled event cannot bring one back.
const REMEMBERED: usize = 4_096;
/// A bounded memory of ids, oldest forgotten first.
#[derive(Debug, Clone)]
pub(super) struct Remembered<T> {
    ids: BTreeSet<T>,
    order: VecDeque<T>,
}

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self { ids: BTreeSet::new(), order: VecDeque::new() }
    }
}

impl<T: Ord + Copy> Remembered<T> {
    /// Answers whether it was new.
    pub(super) fn insert(&mut self, id: T) -> bool {
        if !self.ids.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }

    pub(super) fn contains(&self, id: &T) -> bool {
        self.ids.contains(id)
    }
}
