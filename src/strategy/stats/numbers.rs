//! The border between statistics (`f64`) and exact amounts, rates and times. Only this file converts; what leaves is
//! rounded down.

use crate::domain::{Amount, DAY, DailyRate, Millis, Ratio, Timestamp};

/// An integer as a float.
#[expect(clippy::cast_precision_loss, reason = "statistics only; nothing exact is made of it")]
fn float(value: i64) -> f64 {
    value as f64
}

/// The integer below; saturates, and is zero for what is no number.
#[expect(clippy::cast_possible_truncation, reason = "a float cast saturates, which is what is wanted")]
fn below(value: f64) -> i64 {
    value.floor() as i64
}

/// A whole number that is not negative as an index.
pub(super) fn index(value: f64) -> usize {
    usize::try_from(below(value)).unwrap_or(0)
}

/// A count as a float.
pub(super) fn count(value: usize) -> f64 {
    float(i64::try_from(value).unwrap_or(i64::MAX))
}

/// A moment in days since 1970.
pub(super) fn days(at: Timestamp) -> f64 {
    float(at.millis()) / float(DAY.get())
}

/// A span in days.
pub(super) fn span_days(span: Millis) -> f64 {
    float(span.get()) / float(DAY.get())
}

/// Days as a span, rounded down; at most about a thousand years.
pub(super) fn span(days: f64) -> Millis {
    Millis::new(below((days * float(DAY.get())).clamp(-3.2e13, 3.2e13)))
}

/// A rate per day.
pub(super) fn rate(rate: DailyRate) -> f64 {
    float(rate.units()) * 1e-12
}

/// A rate per day, rounded down to what we can write; never negative. One that came from [`rate`] comes back as it was.
pub(super) fn daily(rate: f64) -> DailyRate {
    DailyRate::from_units(below((rate * 1e12 + 1e-3).clamp(0.0, 9e18)))
}

/// An amount in units of its currency.
pub(super) fn units(amount: Amount) -> f64 {
    float(amount.units()) / 1e8
}

/// Units of a currency as an amount, rounded down.
pub(super) fn amount(units: f64) -> Amount {
    Amount::from_units(below((units * 1e8).clamp(0.0, 9e18)))
}

/// A share or probability between 0 and 1, rounded down to parts per million.
pub(super) fn ratio(share: f64) -> Ratio {
    Ratio::from_ppm(below((share * 1e6).clamp(0.0, 1e6)))
}

/// A ratio as a float.
pub(super) fn share(ratio: Ratio) -> f64 {
    float(ratio.ppm()) / 1e6
}

/// What is left of one after `days` with this half-life.
pub(super) fn fade(days: f64, half_life: f64) -> f64 {
    (-days.max(0.0) / half_life).exp2()
}
