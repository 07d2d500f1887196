//! Rates that fall by themselves: `decay` with the age of the money, `max_fall` no faster than the user allows.
//!
//! A rate that decays starts at or above the rule's and is never lifted by it: money whose rule answers less than the
//! floor is held as without it.

use crate::domain::{DailyRate, Millis, Ratio, Rounding};

use super::modifiers::{Bottom, Decay, Fall, MaxFall};
use super::view::Bounds;

/// Steps after which a rate has fallen as far as it ever will, whatever the step.
const MOST_STEPS: i64 = 10_000;

/// The rate of money of `age`, from the rule's rate of this moment. Falls step by step, so that an offer need not be moved
/// in between.
#[must_use]
pub(super) fn decayed(raw: DailyRate, age: Millis, decay: &Decay, bounds: &Bounds) -> DailyRate {
    let start = raw.times(above(decay.start), Rounding::Down);
    let end = match decay.to {
        Bottom::Floor => bounds.floor,
        Bottom::Rule => raw,
        Bottom::Rate(spec) => spec.gross(bounds.fee).max(bounds.floor),
    };
    let end = end.min(start);
    let steps = (age.get().max(0) / decay.every.get().max(1)).min(MOST_STEPS);
    match decay.by {
        Fall::Part(part) => fall(start, end, part, steps),
        Fall::Rate(rate) => {
            let whole = i128::from(rate.units()).saturating_mul(i128::from(steps));
            let whole = DailyRate::from_units(i64::try_from(whole).unwrap_or(i64::MAX));
            start.checked_sub(whole).unwrap_or(end).max(end)
        }
    }
}

/// The lowest that the rule's rate may be now: `high` was its rate `ago`, and it may have fallen evenly since, by the
/// part that is allowed in each span.
#[must_use]
pub(super) fn least(raw: DailyRate, high: Option<(DailyRate, Millis)>, max_fall: &MaxFall) -> DailyRate {
    let Some((high, ago)) = high.filter(|(high, _)| *high > raw) else { return raw };
    let (span, ago) = (max_fall.every.get().max(1), ago.get().max(0));
    let reached = fall(high, raw, max_fall.by, (ago / span).min(MOST_STEPS));
    // Evenly within a span.
    let next = reached.times(max_fall.by.complement(), Rounding::Down);
    let way =
        i128::from(reached.units()).saturating_sub(i128::from(next.units())).saturating_mul(i128::from(ago % span));
    let way = DailyRate::from_units(i64::try_from(way / i128::from(span)).unwrap_or(0));
    reached.checked_sub(way).unwrap_or(raw).max(raw)
}

/// `steps` times down by `part`, to `end` at most.
fn fall(start: DailyRate, end: DailyRate, part: Ratio, steps: i64) -> DailyRate {
    let mut rate = start;
    for _ in 0..steps {
        let next = rate.times(part.complement(), Rounding::Down);
        if next <= end || next == rate {
            return next.max(end);
        }
        rate = next;
    }
    rate.max(end)
}

/// 100 % and `ratio` on top.
pub(super) fn above(ratio: Ratio) -> Ratio {
    Ratio::from_ppm(Ratio::ONE.ppm().saturating_add(ratio.ppm()))
}
