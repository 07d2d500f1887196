//! Which trades were told already: `fte` and `ftu` of one trade share their id, and snapshots repeat trades.

use std::collections::BTreeSet;

/// Ids kept; a busy market prints about a thousand in a minute.
const KEPT: usize = 2_048;

/// Ids that were seen. Bounded: what is older than the oldest kept id counts as seen, for ids only rise.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    ids: BTreeSet<i64>,
    forgotten: Option<i64>,
}

impl Seen {
    /// True the first time that this id comes.
    pub(super) fn is_new(&mut self, id: i64) -> bool {
        if self.forgotten.is_some_and(|last| id <= last) || !self.ids.insert(id) {
            return false;
        }
        if self.ids.len() > KEPT {
            self.forgotten = self.ids.pop_first();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once_even_when_long_forgotten() {
        let mut seen = Seen::default();
        let ids = 1..=5_000_i64;
        assert!(ids.clone().all(|id| seen.is_new(id)));
        assert!(ids.rev().all(|id| !seen.is_new(id)));
        assert!(seen.ids.len() <= KEPT);
    }
}
