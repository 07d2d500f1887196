//! How long borrowers keep our money, by what took it: learned from own loans, with a prior worth a few of them.
//!
//! Loans that are still open count with the time they have been out and not as returned: without them only short loans
//! would be seen. What is lent on paper teaches nothing, since nobody knows when it would have come back.

use std::collections::VecDeque;

use crate::domain::{Days, Millis, Timestamp};

use super::checkpoint::{Pack, Unpack};
use super::numbers::span_days;
use super::parameters::{PERIODS, Parameters};

/// Most taken bids whose loans are known again.
const TAKEN: usize = 256;
/// A loan opens within this many milliseconds of the fill that made it.
const OPENS_WITHIN: i64 = 10_000;

/// Expected holds in days: offers of 2, 30 and 120 days, and bids taken.
pub type HoldDays = [f64; PERIODS.len() + 1];

/// What was learned of one account's loans in one currency.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Holds {
    /// By class: days that returned loans were out, and how many they were.
    closed: [(f64, f64); PERIODS.len() + 1],
    /// Fills of offers that took a bid: when, for how long. Their loans are of a class of their own.
    taken: VecDeque<(Timestamp, Days)>,
}

impl Holds {
    /// An offer that took a bid was filled.
    pub fn bid_taken(&mut self, at: Timestamp, period: Days) {
        self.taken.push_back((at, period));
        if self.taken.len() > TAKEN {
            self.taken.pop_front();
        }
    }

    /// A loan came back after it was out for so long.
    pub fn returned(&mut self, opened: Timestamp, period: Days, held: Millis) {
        let class = self.class(opened, period);
        if let Some((exposure, closures)) = self.closed.get_mut(class) {
            *exposure += span_days(held).max(0.0);
            *closures += 1.0;
        }
    }

    /// Expected holds by class; `open` are the loans that are out: when opened, their period, and for how long.
    #[must_use]
    pub fn expected(&self, open: impl Iterator<Item = (Timestamp, Days, Millis)>, parameters: &Parameters) -> HoldDays {
        let mut sums = self.closed;
        for (opened, period, out) in open {
            if let Some((exposure, _)) = sums.get_mut(self.class(opened, period)) {
                *exposure += span_days(out).max(0.0);
            }
        }
        let mut expected = parameters.hold;
        for ((exposure, closures), days) in sums.into_iter().zip(&mut expected) {
            *days = (exposure + parameters.hold_prior * *days) / (closures + parameters.hold_prior);
        }
        expected
    }

    /// How many loans have come back.
    #[must_use]
    pub fn closures(&self) -> f64 {
        self.closed.iter().map(|(_, closures)| closures).sum()
    }

    /// The class of a loan: that of bids, or that of its period.
    fn class(&self, opened: Timestamp, period: Days) -> usize {
        let near = |at: &Timestamp| opened.since(*at).get().abs() <= OPENS_WITHIN;
        if self.taken.iter().any(|(at, of)| *of == period && near(at)) {
            return PERIODS.len();
        }
        match period.get() {
            ..8 => 0,
            8..60 => 1,
            60.. => 2,
        }
    }

    /// As bytes.
    #[must_use]
    pub fn checkpoint(&self) -> Vec<u8> {
        let mut pack = Pack::new();
        for (exposure, closures) in self.closed {
            pack.number(exposure);
            pack.number(closures);
        }
        pack.list(self.taken.iter(), |pack, (at, period)| {
            pack.signed(at.millis());
            pack.whole(u64::from(period.get()));
        });
        pack.done()
    }

    /// From bytes; nothing for what cannot be read.
    #[must_use]
    pub fn restore(bytes: &[u8]) -> Option<Self> {
        let mut unpack = Unpack::new(bytes)?;
        let mut holds = Self::default();
        for class in &mut holds.closed {
            *class = (unpack.number()?, unpack.number()?);
        }
        let taken = unpack.list(|unpack| {
            let at = Timestamp::from_millis(unpack.signed()?);
            Some((at, Days::new(u16::try_from(unpack.whole()?).ok()?)))
        })?;
        holds.taken = taken.into();
        unpack.end().map(|()| holds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DAY;

    fn day(day: i64) -> Timestamp {
        Timestamp::default().plus(DAY.times(day))
    }

    #[test]
    fn twenty_loans_weigh_as_much_as_the_prior_and_open_ones_lengthen_it() {
        let parameters = Parameters { hold_prior: 20.0, ..Parameters::default() };
        let mut holds = Holds::default();
        for (days, prior) in holds.expected(std::iter::empty(), &parameters).iter().zip(parameters.hold) {
            assert!((days - prior).abs() < 1e-12);
        }
        for _ in 0..20 {
            holds.returned(day(1), Days::MIN, Millis::new(DAY.get() / 5));
        }
        let [two, thirty, ..] = holds.expected(std::iter::empty(), &parameters);
        assert!((two - f64::midpoint(0.88, 0.2)).abs() < 1e-9);
        assert!((thirty - 8.9).abs() < 1e-9);
        let open = [(day(3), Days::MIN, DAY), (day(3), Days::MAX, DAY.times(50))];
        let [two, _, long, _] = holds.expected(open.into_iter(), &parameters);
        assert!((two - (4.0 + 17.6 + 1.0) / 40.0).abs() < 1e-9);
        assert!((long - (20.0 * 16.9 + 50.0) / 20.0).abs() < 1e-9);
    }

    #[test]
    fn loans_of_bids_are_their_own_class_and_survive_a_checkpoint() {
        let parameters = Parameters { hold_prior: 20.0, ..Parameters::default() };
        let mut holds = Holds::default();
        holds.bid_taken(day(5), Days::MAX);
        holds.returned(day(5), Days::MAX, DAY.times(100));
        holds.returned(day(9), Days::MAX, DAY);
        let [.., long, bid] = holds.expected(std::iter::empty(), &parameters);
        assert!((bid - (20.0 * 29.5 + 100.0) / 21.0).abs() < 1e-9);
        assert!((long - (20.0 * 16.9 + 1.0) / 21.0).abs() < 1e-9);
        assert_eq!(Holds::restore(&holds.checkpoint()), Some(holds.clone()));
        let mut cut = holds.checkpoint();
        cut.pop();
        assert_eq!(Holds::restore(&cut), None);
        assert_eq!(Holds::restore(b"nonsense"), None);
    }
}
