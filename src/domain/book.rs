//! The public funding book: aggregated levels, keyed as the exchange keys them.

use std::collections::BTreeMap;

use super::decimal::Decimal;
use super::money::{Amount, Total};
use super::rate::DailyRate;
use super::time::Days;

/// Which side of the book. In funding books a positive amount is an offer (bitfinex-api.md 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BookSide {
    /// Offers to lend.
    Offers,
    /// Bids of borrowers.
    Bids,
}

/// A level's identity: the canonical decimal of its rate with period and side, never the rounded rate, since rates
/// made from the FRR carry 16 digits (money rule 3). Ordered by rate, then period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LevelKey {
    /// Rate per day, rounded to nearest for use and order.
    pub rate: DailyRate,
    /// Period in days.
    pub period: Days,
    /// The rate exactly as it came.
    pub exact: Decimal,
}

/// A level, or the news of one: `count` of zero deletes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookLevel {
    /// Side.
    pub side: BookSide,
    /// Identity.
    pub key: LevelKey,
    /// Number of offers in it; 0 deletes.
    pub count: u32,
    /// Sum of the level, always positive.
    pub amount: Amount,
}

/// One currency's book.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    offers: BTreeMap<LevelKey, Amount>,
    bids: BTreeMap<LevelKey, Amount>,
}

impl Book {
    /// A book from a snapshot's levels.
    #[must_use]
    pub fn from_levels(levels: &[BookLevel]) -> Self {
        let mut book = Self::default();
        for level in levels {
            book.apply(level);
        }
        book
    }

    /// Sets or deletes one level. Applying it twice equals once.
    pub fn apply(&mut self, level: &BookLevel) {
        let side = match level.side {
            BookSide::Offers => &mut self.offers,
            BookSide::Bids => &mut self.bids,
        };
        if level.count == 0 {
            side.remove(&level.key);
        } else {
            side.insert(level.key, level.amount);
        }
    }

    /// Offers, cheapest first.
    pub fn offers(&self) -> impl Iterator<Item = (&LevelKey, Amount)> {
        self.offers.iter().map(|(key, amount)| (key, *amount))
    }

    /// Bids, dearest first.
    pub fn bids(&self) -> impl Iterator<Item = (&LevelKey, Amount)> {
        self.bids.iter().rev().map(|(key, amount)| (key, *amount))
    }

    /// The cheapest offer that could serve a request for `period`: of that period or longer.
    #[must_use]
    pub fn best_offer(&self, period: Days) -> Option<DailyRate> {
        self.offers.keys().find(|key| key.period >= period).map(|key| key.rate)
    }

    /// The dearest bid that an offer of `period` could serve: of that period or shorter.
    #[must_use]
    pub fn best_bid(&self, period: Days) -> Option<DailyRate> {
        self.bids.keys().rev().find(|key| key.period <= period).map(|key| key.rate)
    }

    /// The rate that lies `deep` into the offers of `period` and longer: the first level at which their running sum
    /// exceeds `deep`. `None` when the visible book is not that deep, which is no statement about the market beyond.
    #[must_use]
    pub fn rate_at_depth(&self, deep: Amount, period: Days) -> Option<DailyRate> {
        let mut sum = Total::ZERO;
        for (key, amount) in self.offers().filter(|(key, _)| key.period >= period) {
            sum = sum.plus(amount);
            if sum > Total::from(deep) {
                return Some(key.rate);
            }
        }
        None
    }

    /// The queue of offers of `period` and longer, summed up once for many questions.
    #[must_use]
    pub fn queue(&self, period: Days) -> Queue {
        let mut sum = Total::ZERO;
        let mut steps: Vec<(DailyRate, Total)> = Vec::with_capacity(self.offers.len());
        for (key, amount) in self.offers().filter(|(key, _)| key.period >= period) {
            sum = sum.plus(amount);
            match steps.last_mut().filter(|(rate, _)| *rate == key.rate) {
                Some(last) => last.1 = sum,
                None => steps.push((key.rate, sum)),
            }
        }
        Queue { steps }
    }

    /// Number of levels on both sides.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offers.len().saturating_add(self.bids.len())
    }

    /// True without any level.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.offers.is_empty() && self.bids.is_empty()
    }
}

/// Who stands in the queue of one period, by rate: see [`Book::queue`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Each rate with the sum of all offers up to it.
    steps: Vec<(DailyRate, Total)>,
}

impl Queue {
    /// Sum of the offers that are strictly cheaper than `rate`: who is served before us.
    #[must_use]
    pub fn before(&self, rate: DailyRate) -> Total {
        let cheaper = self.steps.partition_point(|(step, _)| *step < rate);
        cheaper.checked_sub(1).and_then(|last| self.steps.get(last)).map_or(Total::ZERO, |(_, sum)| *sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Rounding;

    fn level(side: BookSide, rate: &str, period: u16, count: u32, amount: i32) -> BookLevel {
        let exact = Decimal::parse(rate).unwrap();
        let rate = DailyRate::from_decimal(exact, Rounding::Nearest).unwrap();
        BookLevel {
            side,
            key: LevelKey { rate, period: Days::new(period), exact },
            count,
            amount: Amount::whole(amount),
        }
    }

    #[test]
    fn levels_of_one_rate_differ_by_period_and_by_far_digits() {
        let mut book = Book::from_levels(&[
            level(BookSide::Offers, "0.00014901101069876116", 2, 1, 10),
            level(BookSide::Offers, "0.00014901101069876117", 2, 1, 20),
            level(BookSide::Offers, "0.000149", 30, 1, 5),
        ]);
        assert_eq!(book.len(), 3);
        book.apply(&level(BookSide::Offers, "1.4901101069876116e-4", 2, 0, 1));
        assert_eq!(book.len(), 2);
    }

    #[test]
    fn depth_counts_offers_of_the_period_and_longer() {
        let book = Book::from_levels(&[
            level(BookSide::Offers, "0.0001", 2, 1, 100),
            level(BookSide::Offers, "0.0002", 30, 1, 100),
            level(BookSide::Offers, "0.0003", 2, 1, 100),
            level(BookSide::Bids, "0.0004", 120, 1, 100),
        ]);
        let two = Days::MIN;
        assert_eq!(book.rate_at_depth(Amount::ZERO, two), book.best_offer(two));
        assert_eq!(book.rate_at_depth(Amount::whole(100), two).unwrap().units(), 200_000_000);
        assert_eq!(book.rate_at_depth(Amount::whole(99), Days::new(30)).unwrap().units(), 200_000_000);
        assert_eq!(book.rate_at_depth(Amount::whole(100), Days::new(30)), None);
        assert_eq!(book.best_bid(Days::new(30)), None);
        for (period, rate, before) in [(2, 300, 200), (2, 301, 300), (2, 100, 0), (2, 101, 100), (30, 900, 100)] {
            let queue = book.queue(Days::new(period));
            assert_eq!(queue.before(DailyRate::from_units(rate * 1_000_000)), Total::from(Amount::whole(before)));
        }
    }
}
