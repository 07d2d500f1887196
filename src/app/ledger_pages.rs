//! How the exchange's ledger is read page by page, newest first, until nothing older is left.

use crate::domain::{Millis, Timestamp};
use crate::exchange::wire::call::LEDGER_LIMIT;

/// The way back through the ledger.
#[derive(Debug)]
pub(super) struct LedgerPages {
    until: Timestamp,
    limit: u32,
}

impl LedgerPages {
    /// From `until` back.
    pub(super) const fn new(until: Timestamp) -> Self {
        Self { until, limit: LEDGER_LIMIT }
    }

    /// Up to when the next page is asked for.
    pub(super) const fn until(&self) -> Timestamp {
        self.until
    }

    /// A page came: so many rows, the oldest that could be read being of then. Answers whether there may be more.
    pub(super) fn more(&mut self, rows: usize, oldest: Option<Timestamp>) -> bool {
        let full = u32::try_from(rows).unwrap_or(u32::MAX) >= self.limit;
        let Some(oldest) = oldest.filter(|_| full) else { return false };
        // Rows of one moment may be cut by a page: it is read again, unless it is a page by itself.
        self.until = if oldest < self.until { oldest } else { self.until.minus(Millis::new(1)) };
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever the times, no row is missed, as long as no moment has more rows than a page.
        #[test]
        fn nothing_is_missed_and_it_ends(gaps in proptest::collection::vec((0_i64..3, 1_usize..4), 0..60), limit in 4_u32..9) {
            let mut ledger = Vec::new();
            let mut at = 1_000;
            for (gap, rows) in gaps {
                at += gap + 1;
                (0..rows).for_each(|_| ledger.push((ledger.len(), Timestamp::from_millis(at))));
            }
            ledger.reverse();
            let mut pages = LedgerPages { until: Timestamp::from_millis(5_000), limit };
            let mut seen = BTreeSet::new();
            for turn in 0.. {
                prop_assert!(turn < 500, "it never ends");
                let fits = ledger.iter().filter(|(_, at)| *at <= pages.until());
                let page: Vec<_> = fits.take(usize::try_from(limit).unwrap()).collect();
                seen.extend(page.iter().map(|(id, _)| *id));
                if !pages.more(page.len(), page.iter().map(|(_, at)| *at).min()) {
                    break;
                }
            }
            prop_assert_eq!(seen.len(), ledger.len());
        }
    }

    #[test]
    fn a_moment_that_fills_a_page_does_not_stop_the_way_back() {
        let mut pages = LedgerPages { until: Timestamp::from_millis(10), limit: 2 };
        assert!(pages.more(2, Some(Timestamp::from_millis(7))));
        assert!(pages.more(2, Some(Timestamp::from_millis(7))));
        assert_eq!(pages.until(), Timestamp::from_millis(6));
        assert!(!pages.more(1, Some(Timestamp::from_millis(5))));
        assert!(!pages.more(2, None), "rows that cannot be read show no way");
    }
}
