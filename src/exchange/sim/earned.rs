//! What an account has earned so far, paid out or not: for comparing accounts at any moment.

use super::SimExchange;
use crate::domain::{Amount, Currency, LentId, Total};

impl SimExchange {
    /// Interest of an account in a currency after the fee: what the ledger shows, and what has accrued since the last
    /// payout. Zero for an account that is not there.
    pub fn earned(&mut self, account: &str, currency: Currency) -> Amount {
        let Some(index) = self.books().accounts().iter().position(|known| known.name() == account) else {
            return Amount::ZERO;
        };
        let now = self.core.now;
        let open: Vec<LentId> =
            self.core.account(index).map(|known| known.lent.keys().copied().collect()).unwrap_or_default();
        for id in open {
            self.core.accrue(index, id, now);
        }
        let Some(known) = self.core.account(index) else { return Amount::ZERO };
        let pot = known.pots.get(&currency).copied().unwrap_or_default() / super::interest::POT_UNIT;
        let unpaid = Amount::from_units(i64::try_from(pot).unwrap_or(i64::MAX));
        Total::from(known.interest(currency)).plus(unpaid).clamp_amount()
    }
}
