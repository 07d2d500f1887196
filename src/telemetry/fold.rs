//! Repeats folded: the same complaint at most once a minute, with the number of those left out. Pure: told the time.

use std::collections::BTreeMap;

use crate::domain::{MINUTE, Millis, WireTime};

/// How often the same line may be written.
const EVERY: Millis = MINUTE;
/// Different lines remembered; beyond it the oldest is forgotten, which at worst writes a line too many.
const MOST: usize = 256;

/// Remembers what was written when.
#[derive(Debug, Default)]
pub struct Folder {
    seen: BTreeMap<String, Seen>,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    written: WireTime,
    folded: u64,
}

impl Folder {
    /// Whether a line of this `key` may be written now: `Some` with the number of repeats left out since the last one,
    /// `None` when it is to be left out (and counted).
    pub fn admit(&mut self, key: &str, now: WireTime) -> Option<u64> {
        if let Some(seen) = self.seen.get_mut(key) {
            if now.since(seen.written) < EVERY {
                seen.folded = seen.folded.saturating_add(1);
                return None;
            }
            let folded = seen.folded;
            *seen = Seen { written: now, folded: 0 };
            return Some(folded);
        }
        if self.seen.len() >= MOST {
            let oldest = self.seen.iter().min_by_key(|(_, seen)| seen.written).map(|(key, _)| key.clone());
            oldest.and_then(|key| self.seen.remove(&key));
        }
        self.seen.insert(key.to_owned(), Seen { written: now, folded: 0 });
        Some(0)
    }

    /// Forgets what is older than a minute, and answers how many repeats of each were left out and never told.
    pub fn overdue(&mut self, now: WireTime) -> Vec<(String, u64)> {
        let mut untold = Vec::new();
        self.seen.retain(|key, seen| {
            let keep = now.since(seen.written) < EVERY;
            if !keep && seen.folded > 0 {
                untold.push((key.clone(), seen.folded));
            }
            keep
        });
        untold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> WireTime {
        WireTime::from_millis(seconds * 1_000)
    }

    #[test]
    fn the_first_is_written_repeats_are_counted_and_told_a_minute_later() {
        let mut folder = Folder::default();
        assert_eq!(folder.admit("a", at(0)), Some(0));
        assert_eq!(folder.admit("a", at(1)), None);
        assert_eq!(folder.admit("b", at(1)), Some(0), "another line is not folded");
        assert_eq!(folder.admit("a", at(59)), None);
        assert_eq!(folder.admit("a", at(60)), Some(2));
        assert_eq!(folder.admit("a", at(61)), None);
        assert_eq!(folder.admit("a", at(200)), Some(1));
    }

    #[test]
    fn what_was_left_out_is_told_even_when_it_stops() {
        let mut folder = Folder::default();
        for second in [0, 1, 2] {
            folder.admit("a", at(second));
        }
        folder.admit("b", at(2));
        assert_eq!(folder.overdue(at(59)), vec![]);
        assert_eq!(folder.overdue(at(70)), vec![("a".to_owned(), 2)]);
        assert_eq!(folder.overdue(at(500)), vec![]);
    }

    #[test]
    fn memory_is_bounded() {
        let mut folder = Folder::default();
        for number in 0..10_000_u64 {
            assert_eq!(folder.admit(&number.to_string(), at(number)), Some(0));
        }
        assert!(folder.seen.len() <= MOST);
    }
}
