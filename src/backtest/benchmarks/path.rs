//! The market's moving level over the whole tape, for asking how long a borrower would have kept a loan.

use crate::backtest::numbers::days;
use crate::domain::{Millis, Timestamp};
use crate::exchange::sim::market::{Need, Refinancing};

/// The level from each time on.
#[derive(Debug, Default)]
pub(super) struct Path {
    steps: Vec<(Timestamp, f64)>,
}

impl Path {
    /// The level is this from now on.
    pub(super) fn push(&mut self, at: Timestamp, level: f64) {
        self.steps.push((at, level));
    }

    /// How long a loan made at `at` at `rate` per day lasts.
    pub(super) fn lasts(&self, at: Timestamp, rate: f64, longest: Millis, need: &Need, refinancing: Refinancing) -> Millis {
        let wanted = need.wanted.min(longest);
        if refinancing == Refinancing::None {
            return wanted;
        }
        let ends = at.plus(wanted);
        let mut patience = need.patience;
        let mut since = at;
        let first = self.steps.partition_point(|(then, _)| *then <= at);
        for (then, level) in self.steps.iter().skip(first) {
            if *then >= ends {
                break;
            }
            // As the venue does: the level of now, over the time since it was asked last.
            patience -= refinancing.hazard(rate / level) * days(then.since(since));
            since = *then;
            if patience <= 0.0 {
                return then.since(at);
            }
        }
        wanted
    }
}
