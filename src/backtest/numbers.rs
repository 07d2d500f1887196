//! The border between exact money and the statistics of this room (`f64`). Only this file converts.

use crate::domain::{Amount, DAY, DailyRate, Decimal, Millis, Rounding};

/// An integer as a float.
#[expect(clippy::cast_precision_loss, reason = "statistics only; nothing exact is made of it")]
pub(super) fn float(value: i64) -> f64 {
    value as f64
}

/// A sum as a float.
#[expect(clippy::cast_precision_loss, reason = "statistics only; nothing exact is made of it")]
pub(super) fn float_of_sum(value: i128) -> f64 {
    value as f64
}

/// A count as a float.
pub(super) fn count(value: usize) -> f64 {
    float(i64::try_from(value).unwrap_or(i64::MAX))
}

/// The nearest integer; saturates.
#[expect(clippy::cast_possible_truncation, reason = "a float cast saturates, which is what is wanted")]
pub(super) fn integer(value: f64) -> i64 {
    value.round() as i64
}

/// A place in a list for a float from zero on.
pub(super) fn place(value: f64) -> usize {
    usize::try_from(integer(value.floor())).unwrap_or(0)
}

/// An amount in units of the currency.
pub(super) fn units(amount: Amount) -> f64 {
    float(amount.units()) / 1e8
}

/// A rate in percent a year.
pub(super) fn apr(rate: DailyRate) -> f64 {
    per_day(rate) * 36_500.0
}

/// A rate per day.
pub(super) fn per_day(rate: DailyRate) -> f64 {
    float(rate.units()) * 1e-12
}

/// A rate per day, at least one unit.
pub(super) fn daily(rate: f64) -> DailyRate {
    DailyRate::from_units(integer(rate.clamp(0.0, 1.0) * 1e12).max(1))
}

/// A rate as it came, rounded to nearest; the smallest there is for what is no rate.
pub(super) fn nearest(rate: Decimal) -> DailyRate {
    DailyRate::from_decimal(rate, Rounding::Nearest).unwrap_or(DailyRate::from_units(1))
}

/// A span in days.
pub(super) fn days(span: Millis) -> f64 {
    float(span.get()) / float(DAY.get())
}

/// A quotient; zero where there is nothing to divide by.
pub(super) fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
