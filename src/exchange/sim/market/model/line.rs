//! One level of the modelled book, and what the exchange says is left of the levels it was given.

use std::cmp::Ordering;

use super::super::numbers::{decimal, long_decimal, units};
use super::super::random::Random;
use super::super::{Level, profile::MarketProfile};
use crate::domain::{Amount, BookSide, Days, Decimal, Rounding};

/// A level with its rate as a float beside it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    pub(super) level: Level,
    pub(super) rate: f64,
}

impl Line {
    pub(super) fn new(side: BookSide, exact: Decimal, period: Days, amount: Amount) -> Self {
        let rate = super::super::numbers::per_day(exact);
        Self { level: Level { side, rate: exact, period, count: 1, amount }, rate }
    }

    /// In units of the currency.
    pub(super) fn size(&self) -> f64 {
        units(self.level.amount)
    }

    /// True for an offer that a bid would be served by.
    pub(super) fn crosses(&self, bid: &Self) -> bool {
        self.level.period >= bid.level.period && self.rate <= bid.rate
    }

    /// What the exchange says of this line; nothing when it is gone.
    pub(super) fn left(mut self, remains: &Remains) -> Option<Self> {
        let left = remains.of(&self.level)?;
        if left.amount < self.level.amount {
            self.level.amount = left.amount;
            self.level.count = self.level.count.min(left.count).max(1);
        }
        self.level.amount.is_positive().then_some(self)
    }
}

/// The remaining levels, ordered for looking up.
#[derive(Debug)]
pub(super) struct Remains(Vec<Level>);

impl Remains {
    pub(super) fn new(levels: &[Level]) -> Self {
        let mut sorted = levels.to_vec();
        sorted.sort_unstable_by(order);
        Self(sorted)
    }

    fn of(&self, level: &Level) -> Option<&Level> {
        let at = self.0.binary_search_by(|other| order(other, level)).ok()?;
        self.0.get(at)
    }
}

/// Any order that tells levels apart will do.
fn order(a: &Level, b: &Level) -> Ordering {
    a.rate.cmp(&b.rate).then(a.period.cmp(&b.period)).then(a.side.cmp(&b.side))
}

/// A rate as some lender writes it: round, made from a percentage a year (16 digits), or with the bots' decimals. Books: 54 %
/// of the visible offers have more than 8 decimals.
pub(super) fn written(rate: f64, profile: &MarketProfile, random: &mut Random) -> Decimal {
    let style = random.uniform();
    if style < 0.12 {
        decimal(round(rate, 3), 14)
    } else if style < 0.50 {
        long_decimal(round(rate * 36_500.0, 4) / 36_500.0)
    } else {
        decimal(rate, profile.digits.saturating_add(if style < 0.65 { 2 } else { 0 }))
    }
}

/// To so many significant digits.
pub(super) fn round(value: f64, digits: i32) -> f64 {
    if value <= 0.0 {
        return value;
    }
    let step = 10_f64.powf(value.log10().floor() - f64::from(digits - 1));
    (value / step).round() * step
}

/// A whole number of units for large lenders, cents for the others, every digit for interest left to lie.
pub(super) fn written_amount(size: f64, profile: &MarketProfile, random: &mut Random) -> Amount {
    let style = random.uniform();
    let step = profile.lot / 150.0;
    let size = size.max(profile.lot);
    let rounded = if style < 0.4 { (size / step).round() * step } else { size };
    let exact = super::super::numbers::amount(rounded);
    if style < 0.7 { cents(exact) } else { exact }
}

fn cents(amount: Amount) -> Amount {
    let cents = amount.to_decimal().to_units(4, Rounding::Nearest).unwrap_or(1).max(1);
    Amount::from_decimal(Decimal::from_units(cents, 4), Rounding::Nearest).unwrap_or(amount)
}
