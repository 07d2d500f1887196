//! What the checker has seen of one currency: what the daemon may still believe is among it.

use std::collections::VecDeque;

use yieldsforge::domain::{Amount, Currency, DailyRate};
use yieldsforge::exchange::sim::{SimExchange, WalletName};

use super::super::plan::ACCOUNT;
use super::KNOWN;

/// A price in dollars counts for six hours, and is asked for every hour.
const PRICE_COUNTS: i64 = 6 * 3_600_000 + 600_000;
/// Amounts are unique for a day; the decision lies a little before its arrival.
const TAGS_COUNT: i64 = 86_400_000 - super::PIPELINE;

/// Changes of a value, newest last; the oldest kept is the one in force when the window began.
#[derive(Debug, Clone)]
pub(crate) struct Seen<T>(VecDeque<(i64, T)>);

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T: Copy + PartialEq> Seen<T> {
    fn look(&mut self, at: i64, value: T, window: i64) {
        if self.0.back().is_none_or(|(_, last)| *last != value) {
            self.0.push_back((at, value));
        }
        while self.0.get(1).is_some_and(|(since, _)| *since <= at - window) {
            self.0.pop_front();
        }
    }

    /// Every value that may still be believed.
    pub(crate) fn values(&self) -> impl Iterator<Item = T> {
        self.0.iter().map(|(_, value)| *value)
    }
}

/// One currency.
#[derive(Debug, Default)]
pub(crate) struct Purse {
    pub(crate) balance: Seen<Amount>,
    pub(crate) frr: Seen<DailyRate>,
    pub(crate) last: Seen<DailyRate>,
    pub(crate) price: Seen<Amount>,
    /// Offers by hand or by auto-renew.
    pub(crate) hand: VecDeque<(i64, Amount)>,
    /// Amounts of the daemon's own offers in a day.
    pub(crate) amounts: VecDeque<(i64, Amount)>,
    /// Writes by day.
    pub(crate) writes: Vec<u64>,
}

impl Purse {
    /// What is true now.
    pub(crate) fn look(&mut self, at: i64, sim: &SimExchange, currency: Currency) {
        let balance = sim.books().account(ACCOUNT).map(|one| one.balance(WalletName::Funding, currency));
        self.balance.look(at, balance.unwrap_or_default(), KNOWN);
        self.frr.look(at, sim.frr(currency), KNOWN);
        self.price.look(at, sim.usd_price(currency).unwrap_or_default(), PRICE_COUNTS);
        if let Some(last) = sim.last_trade(currency) {
            self.last.look(at, last, KNOWN);
        }
        while self.hand.front().is_some_and(|(since, _)| *since <= at - KNOWN) {
            self.hand.pop_front();
        }
        while self.amounts.front().is_some_and(|(since, _)| *since <= at - TAGS_COUNT) {
            self.amounts.pop_front();
        }
    }

    /// The largest balance that may still be believed.
    pub(crate) fn most(&self) -> Amount {
        self.balance.values().max().unwrap_or_default()
    }

    /// Counts a write.
    pub(crate) fn count(&mut self, at: i64) {
        let day = usize::try_from(at / 86_400_000).unwrap();
        self.writes.resize(self.writes.len().max(day + 1), 0);
        self.writes[day] += 1;
    }
}
