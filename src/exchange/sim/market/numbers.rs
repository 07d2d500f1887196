//! The border between the model's statistics (`f64`) and exact amounts and rates. Only this file converts.

use crate::domain::{Amount, DailyRate, Decimal, Rounding};

/// The exchange's own ceiling: prints of exactly 7 % per day exist (strategy.md 1.1).
pub(super) const MAX_RATE: f64 = 0.07;
/// Decimals of a rate that somebody made out of a percentage per year: 16 significant digits at usual rates.
const LONG_DIGITS: u8 = 19;

/// An integer as a float, for statistics.
#[expect(clippy::cast_precision_loss, reason = "statistics only; nothing exact is made of it")]
pub(super) fn float(value: i64) -> f64 {
    value as f64
}

/// The nearest integer; saturates, and is zero for what is no number.
#[expect(clippy::cast_possible_truncation, reason = "a float cast saturates, which is what is wanted")]
pub(super) fn integer(value: f64) -> i64 {
    value.round() as i64
}

/// An amount of so many units of the currency, at least 1e-8.
pub(super) fn amount(units: f64) -> Amount {
    Amount::from_units(integer(units * 1e8).max(1))
}

/// An amount in units of the currency, for statistics.
pub(super) fn units(amount: Amount) -> f64 {
    float(amount.units()) / 1e8
}

/// A rate per day with so many decimals; at least one of the last, at most [`MAX_RATE`].
pub(super) fn decimal(rate: f64, digits: u8) -> Decimal {
    let scale = 10_f64.powi(i32::from(digits));
    Decimal::from_units(integer(rate.clamp(0.0, MAX_RATE) * scale).max(1), digits)
}

/// A rate per day as it looks when made from a percentage per year: 16 digits.
pub(super) fn long_decimal(rate: f64) -> Decimal {
    decimal(rate, LONG_DIGITS)
}

/// A rate per day as our fixed-point rate, at least one unit.
pub(super) fn daily(rate: f64) -> DailyRate {
    DailyRate::from_units(integer(rate.clamp(0.0, MAX_RATE) * 1e12).max(1))
}

/// A rate per day as a float, for statistics.
pub(super) fn per_day(rate: Decimal) -> f64 {
    DailyRate::from_decimal(rate, Rounding::Nearest).map_or(f64::MAX, |rate| float(rate.units()) * 1e-12)
}

/// Percent per year, simple interest over 365 days, as a rate per day.
pub(super) const fn apr(percent: f64) -> f64 {
    percent / 36_500.0
}
