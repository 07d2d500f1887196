//! The exchange's own book-keeping: the truth about what was earned.

use std::collections::BTreeMap;

use super::currency::Currency;
use super::money::{Amount, Total};
use super::time::Timestamp;
use super::wallet::WalletKind;

/// One entry of the ledger (bitfinex-api.md 3.11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    /// Unique for ever: book-keeping is made idempotent by it.
    pub id: i64,
    /// Of what currency.
    pub currency: Currency,
    /// Of which wallet, where told.
    pub wallet: Option<WalletKind>,
    /// When.
    pub at: Timestamp,
    /// What came (or went, below zero); interest is net of the exchange's fee.
    pub amount: Amount,
    /// The wallet's balance after it, rounded down; where told.
    pub balance: Option<Amount>,
    /// The exchange's words.
    pub description: String,
}

/// Interest credited in one currency, as far as the ledger was read: exact sums of payments, each counted once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Credited {
    /// All of it.
    pub total: Total,
    /// When the last payment came.
    pub last: Option<Timestamp>,
    /// By the UTC day of the payment ([`Timestamp::day`]), as far back as was asked for.
    pub by_day: BTreeMap<i64, Total>,
}

impl Credited {
    /// What was credited in the `days` UTC days before the day of `now`, that day not counted.
    #[must_use]
    pub fn before(&self, now: Timestamp, days: i64) -> Total {
        let today = now.day();
        let counted = self.by_day.range(today.saturating_sub(days.max(0))..today);
        counted.fold(Total::ZERO, |sum, (_, paid)| sum.plus_total(*paid))
    }

    /// What was credited on the UTC day of `now` so far.
    #[must_use]
    pub fn today(&self, now: Timestamp) -> Total {
        self.by_day.get(&now.day()).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::time::DAY;
    use super::*;

    #[test]
    fn windows_are_whole_utc_days_and_never_overlap_today() {
        let day = |number: i64| Timestamp::from_millis(number * DAY.get());
        let paid = |dollars: i32| Total::from(Amount::whole(dollars));
        let by_day = BTreeMap::from([
            (100, paid(1)),
            (99, paid(2)),
            (93, paid(4)),
            (92, paid(8)),
            (70, paid(16)),
            (69, paid(32)),
        ]);
        let credited = Credited { total: paid(63), last: Some(day(100)), by_day };
        for now in [day(100), Timestamp::from_millis(day(101).millis() - 1)] {
            assert_eq!(credited.today(now), paid(1));
            assert_eq!(credited.before(now, 1), paid(2));
            assert_eq!(credited.before(now, 7), paid(6));
            assert_eq!(credited.before(now, 30), paid(30));
        }
        assert_eq!((credited.today(day(101)), credited.before(day(101), 1)), (Total::ZERO, paid(1)));
        assert_eq!(credited.before(day(101), -3), Total::ZERO);
    }
}
