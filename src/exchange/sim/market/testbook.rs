//! A tiny exchange for the tests of this room: it only lets borrowers eat.

use super::numbers::{float, per_day};
use super::{Background, Level, Move, Remaining};
use crate::domain::{Amount, BookSide, Days, Decimal, Timestamp};

/// A print.
#[derive(Debug, Clone, Copy)]
pub(super) struct Eaten {
    pub(super) at: Timestamp,
    /// Percent a year.
    pub(super) apr: f64,
    pub(super) usd: f64,
    /// Days asked for.
    pub(super) period: u16,
}

/// Background levels, one own offer, and what happened.
#[derive(Debug, Default)]
pub(super) struct TestBook {
    pub(super) levels: Vec<Level>,
    pub(super) own: Option<(f64, Amount)>,
    pub(super) prints: Vec<Eaten>,
    pub(super) frr: Vec<Decimal>,
    pub(super) prices: Vec<Amount>,
    pub(super) waiting: Vec<Amount>,
}

impl TestBook {
    /// One step of the market; the moves, after they have happened.
    pub(super) fn step(&mut self, market: &mut dyn Background) -> Vec<Move> {
        let now = market.next();
        let moves = market.step(Remaining { levels: &self.levels, now });
        assert!(market.next() > now, "next() must advance");
        for one in &moves {
            self.apply(one, now);
        }
        moves
    }

    fn apply(&mut self, one: &Move, at: Timestamp) {
        match one {
            Move::Levels(levels) => self.levels.clone_from(levels),
            Move::Borrow { amount, limit, period } => {
                self.levels.sort_by(|a, b| per_day(a.rate).total_cmp(&per_day(b.rate)));
                let (mut left, limit) = (*amount, float(limit.units()) * 1e-12);
                for index in 0..self.levels.len() {
                    let before = per_day(self.levels[index].rate).min(limit);
                    if *period == Days::MIN {
                        self.eat_own(before, &mut left, at);
                    }
                    let level = &mut self.levels[index];
                    if level.side == BookSide::Offers && level.period >= *period && per_day(level.rate) <= limit {
                        let taken = left.min(level.amount);
                        level.amount = level.amount.less(taken);
                        left = left.less(taken);
                        self.prints.push(print(at, per_day(level.rate), taken, period.get()));
                    }
                }
                if *period == Days::MIN {
                    self.eat_own(limit, &mut left, at);
                }
                self.levels.retain(|level| level.amount.is_positive());
                self.prints.retain(|print| print.usd > 0.0);
            }
            Move::Frr(rate) => self.frr.push(*rate),
            Move::UsdPrice(price) => self.prices.push(*price),
            Move::FrrWaiting(amount) => self.waiting.push(*amount),
        }
    }

    /// The own two-day offer is served before what is dearer than it.
    fn eat_own(&mut self, up_to: f64, left: &mut Amount, at: Timestamp) {
        if let Some((rate, own)) = self.own.filter(|(rate, _)| *rate < up_to) {
            let taken = own.min(*left);
            *left = left.less(taken);
            self.prints.push(print(at, rate, taken, 2));
            let rest = own.less(taken);
            self.own = rest.is_positive().then_some((rate, rest));
        }
    }

    /// The best offer in percent a year.
    pub(super) fn best(&self) -> Option<f64> {
        let offers = self.levels.iter().filter(|level| level.side == BookSide::Offers);
        offers.map(|level| per_day(level.rate) * 36_500.0).min_by(f64::total_cmp)
    }
}

fn print(at: Timestamp, rate: f64, amount: Amount, period: u16) -> Eaten {
    Eaten { at, apr: rate * 36_500.0, usd: super::numbers::units(amount), period }
}

/// The value at this share of the sorted values.
pub(super) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = float(i64::try_from(sorted.len()).unwrap() - 1);
    sorted[usize::try_from(super::numbers::integer(share * last)).unwrap()]
}

/// No move may carry what no exchange would show.
pub(super) fn possible(one: &Move) -> bool {
    let fits = |period: Days| Days::valid(period.get()).is_some();
    match one {
        Move::Levels(levels) => levels.iter().all(|level| {
            let rate = per_day(level.rate);
            level.count > 0 && level.amount.is_positive() && fits(level.period) && rate > 0.0 && rate <= 0.0701
        }),
        Move::Borrow { amount, limit, period } => amount.is_positive() && limit.is_positive() && fits(*period),
        Move::Frr(rate) => !rate.is_negative() && !rate.is_zero(),
        Move::FrrWaiting(amount) | Move::UsdPrice(amount) => amount.is_positive(),
    }
}
