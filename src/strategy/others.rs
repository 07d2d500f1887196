//! The offers of the other lenders: the public book without our own, so that a rule does not chase itself.

use std::collections::BTreeMap;

use crate::domain::{Amount, Book, DailyRate, Days, Total};

/// The other lenders' offers that could serve a two-day request: of every period, cheapest first.
///
/// The exchange shows only the cheap end of its book. What lies beyond the last level is unknown, never "nothing".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Others {
    levels: Vec<Level>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Level {
    rate: DailyRate,
    period: Days,
    /// The sum of all levels up to this one: many depths are asked for.
    upto: Total,
}

impl Others {
    /// Takes our own offers, as [`MarketView::own`](super::MarketView::own), out of the levels they stand in. An own
    /// offer that the book does not show (hidden, or dearer than what is visible) changes nothing.
    #[must_use]
    pub fn of(book: &Book, own: &[(DailyRate, Days, Amount)]) -> Self {
        let mut all = Vec::with_capacity(book.len());
        let mut upto = Total::ZERO;
        for (rate, period, amount) in levels(book, own) {
            upto = upto.plus(amount);
            all.push(Level { rate, period, upto });
        }
        Self { levels: all }
    }

    /// The cheapest rate, where there is any offer.
    pub(super) fn best(&self) -> Option<DailyRate> {
        self.levels.first().map(|level| level.rate)
    }

    /// What stands at `rate` or cheaper: all that is served before an offer that joins there.
    pub(super) fn upto(&self, rate: DailyRate) -> Total {
        let cheaper = self.levels.partition_point(|level| level.rate <= rate);
        cheaper.checked_sub(1).and_then(|last| self.levels.get(last)).map_or(Total::ZERO, |level| level.upto)
    }

    /// The cheapest rate of an offer that could serve a request for `period`.
    pub(super) fn best_for(&self, period: Days) -> Option<DailyRate> {
        self.levels.iter().find(|level| level.period >= period).map(|level| level.rate)
    }

    /// The rate that lies `deep` in, counted from the offers at `from` and dearer; as [`Others::at_depth`].
    pub(super) fn beyond(&self, from: DailyRate, deep: Amount) -> Option<DailyRate> {
        let cheaper = self.levels.partition_point(|level| level.rate < from);
        let before =
            cheaper.checked_sub(1).and_then(|last| self.levels.get(last)).map_or(Total::ZERO, |level| level.upto);
        let reached = self.levels.partition_point(|level| level.upto <= before.plus(deep));
        let last = self.levels.last().filter(|level| level.rate >= from);
        self.levels.get(reached).or(last).map(|level| level.rate)
    }

    /// The rate that lies `deep` in: of the first level at which the running sum exceeds `deep`. Where the visible
    /// offers are not that deep, the last visible rate: the highest that is known to stand in the book, since nothing
    /// may be inferred about what lies beyond. `None` only without any offer.
    pub(super) fn at_depth(&self, deep: Amount) -> Option<DailyRate> {
        let reached = self.levels.partition_point(|level| level.upto <= Total::from(deep));
        self.levels.get(reached).or(self.levels.last()).map(|level| level.rate)
    }
}

/// The cheapest offer that could serve a two-day request and is not ours; `own` as in
/// [`MarketView::own`](super::MarketView::own).
#[must_use]
pub fn best_of_others(book: &Book, own: &[(DailyRate, Days, Amount)]) -> Option<DailyRate> {
    levels(book, own).next().map(|(rate, ..)| rate)
}

/// The levels without our own offers, cheapest first.
fn levels(book: &Book, own: &[(DailyRate, Days, Amount)]) -> impl Iterator<Item = (DailyRate, Days, Amount)> {
    let mut sums: BTreeMap<(DailyRate, Days), Total> = BTreeMap::new();
    for &(rate, period, amount) in own {
        let sum = sums.entry((rate, period)).or_default();
        *sum = sum.plus(amount);
    }
    // Both run by rate, then by period: they are gone through side by side.
    let mut own = sums.into_iter();
    let mut ours = own.next();
    book.offers().filter(|(key, _)| key.period >= Days::MIN).filter_map(move |(key, amount)| {
        let place = (key.rate, key.period);
        while ours.as_ref().is_some_and(|(stands, _)| *stands < place) {
            ours = own.next();
        }
        let here = ours.as_mut().filter(|(stands, _)| *stands == place);
        let left = here.map_or(amount, |(_, ours)| take(ours, amount));
        left.is_positive().then_some((key.rate, key.period, left))
    })
}

/// What is left of a level after as much of `ours` as stands in it, which is then used up.
fn take(ours: &mut Total, level: Amount) -> Amount {
    let taken = ours.at_least_zero().min(level);
    *ours = ours.minus(taken);
    level.less(taken)
}
