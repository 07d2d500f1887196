//! The offers of the other lenders: the public book without our own, so that a rule does not chase itself.

use std::collections::BTreeMap;

use crate::domain::{Amount, DailyRate, Days, Total};

use super::view::MarketView;

/// The other lenders' offers that could serve a two-day request: of every period, cheapest first.
///
/// The exchange shows only the cheap end of its book. What lies beyond the last level is unknown, never "nothing".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Others {
    /// Each level's rate, and the sum of all levels up to it: many depths are asked for.
    levels: Vec<(DailyRate, Total)>,
}

impl Others {
    /// Takes our own offers out of the levels they stand in. An own offer that the book does not show (hidden, or
    /// dearer than what is visible) changes nothing.
    pub(super) fn of(market: &MarketView<'_>) -> Self {
        let mut own: BTreeMap<(DailyRate, Days), Total> = BTreeMap::new();
        for &(rate, period, amount) in market.own {
            let sum = own.entry((rate, period)).or_default();
            *sum = sum.plus(amount);
        }
        // Both run by rate, then by period: they are gone through side by side.
        let mut own = own.into_iter();
        let mut ours = own.next();
        let mut levels = Vec::with_capacity(market.book.len());
        let mut sum = Total::ZERO;
        for (key, amount) in market.book.offers().filter(|(key, _)| key.period >= Days::MIN) {
            let place = (key.rate, key.period);
            while ours.as_ref().is_some_and(|(stands, _)| *stands < place) {
                ours = own.next();
            }
            let here = ours.as_mut().filter(|(stands, _)| *stands == place);
            let left = here.map_or(amount, |(_, ours)| take(ours, amount));
            if left.is_positive() {
                sum = sum.plus(left);
                levels.push((key.rate, sum));
            }
        }
        Self { levels }
    }

    /// The cheapest rate, where there is any offer.
    pub(super) fn best(&self) -> Option<DailyRate> {
        self.levels.first().map(|(rate, _)| *rate)
    }

    /// The rate that lies `deep` in: of the first level at which the running sum exceeds `deep`. Where the visible
    /// offers are not that deep, the last visible rate: the highest that is known to stand in the book, since nothing
    /// may be inferred about what lies beyond. `None` only without any offer.
    pub(super) fn at_depth(&self, deep: Amount) -> Option<DailyRate> {
        let reached = self.levels.partition_point(|(_, sum)| *sum <= Total::from(deep));
        self.levels.get(reached).or(self.levels.last()).map(|(rate, _)| *rate)
    }
}

/// What is left of a level after as much of `ours` as stands in it, which is then used up.
fn take(ours: &mut Total, level: Amount) -> Amount {
    let taken = ours.at_least_zero().min(level);
    *ours = ours.minus(taken);
    level.less(taken)
}
