//! The period rule: how many days, from the rate that has been priced. The rate is not computed again.

use crate::domain::{DailyRate, Days, Ratio, Rounding};

use super::profile::PeriodRule;

/// The period for an offer at `effective` per day, never under two days and never over `longest`. `picked` is that of a
/// rate rule that picks one.
///
/// A step of `by_rate` counts as reached in the exchange's digits: a rate that had to be rounded down onto the step's
/// own digits has reached it.
pub(super) fn period(rule: &PeriodRule, picked: Option<Days>, effective: DailyRate, longest: Days, fee: Ratio) -> Days {
    let wanted = match rule {
        PeriodRule::Fixed(days) => *days,
        PeriodRule::ByRate(steps) => steps
            .iter()
            .filter(|(step, _)| effective >= step.gross(fee).outbound(Rounding::Down))
            .map(|(_, days)| *days)
            .max()
            .unwrap_or(Days::MIN),
        PeriodRule::Adaptive => picked.unwrap_or(Days::MIN),
    };
    wanted.min(longest).max(Days::MIN)
}
