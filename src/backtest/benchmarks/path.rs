//! The market's moving level over the whole tape, for asking how long a borrower would have kept a loan.

use crate::backtest::numbers::days;
use crate::domain::{Millis, Timestamp};
use crate::exchange::sim::market::{Need, Refinancing};

/// Steps in a block: where the hazard is the same all over a block, it is passed at once.
const BLOCK: usize = 64;

/// The level from each time on.
#[derive(Debug, Default)]
pub(super) struct Path {
    steps: Vec<(Timestamp, f64)>,
    /// Lowest and highest level of each full block.
    blocks: Vec<(f64, f64)>,
}

impl Path {
    /// The level is this from now on.
    pub(super) fn push(&mut self, at: Timestamp, level: f64) {
        self.steps.push((at, level));
        if self.steps.len().is_multiple_of(BLOCK) {
            let block = self.steps.iter().rev().take(BLOCK);
            self.blocks
                .push(block.fold((f64::MAX, 0.0), |(low, high), (_, level)| (low.min(*level), high.max(*level))));
        }
    }

    /// How long a loan made at `at` at `rate` per day lasts: as the venue reckons, the level of each step counts for the time
    /// since the step before.
    pub(super) fn lasts(
        &self,
        at: Timestamp,
        rate: f64,
        longest: Millis,
        need: &Need,
        refinancing: Refinancing,
    ) -> Millis {
        let wanted = need.wanted.min(longest);
        if refinancing == Refinancing::None {
            return wanted;
        }
        let ends = at.plus(wanted);
        let (mut patience, mut since) = (need.patience, at);
        let mut place = self.steps.partition_point(|(then, _)| *then <= at);
        while let Some((then, level)) = self.steps.get(place).filter(|(then, _)| *then < ends) {
            if let Some((last, hazard)) = self.whole_block(place, rate, refinancing)
                && last < ends
                && patience > hazard * days(last.since(since))
            {
                patience -= hazard * days(last.since(since));
                since = last;
                place = place.saturating_add(BLOCK);
                continue;
            }
            patience -= refinancing.hazard(rate / level) * days(then.since(since));
            since = *then;
            if patience <= 0.0 {
                return then.since(at);
            }
            place = place.saturating_add(1);
        }
        wanted
    }

    /// When a block begins at `place` and the hazard is the same all over it: its last step's time, and that hazard.
    fn whole_block(&self, place: usize, rate: f64, refinancing: Refinancing) -> Option<(Timestamp, f64)> {
        if !place.is_multiple_of(BLOCK) {
            return None;
        }
        let (low, high) = self.blocks.get(place / BLOCK)?;
        let (hazard, lowest) = (refinancing.hazard(rate / low), refinancing.hazard(rate / high));
        let same = (hazard - lowest).abs() < 1e-12;
        let last = self.steps.get(place.saturating_add(BLOCK).saturating_sub(1))?.0;
        same.then_some((last, hazard))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::MINUTE;

    #[test]
    fn blocks_change_nothing() {
        let level = |step: i64| 0.000_2 * (1.0 + 0.3 * (crate::backtest::numbers::float(step) / 400.0).sin());
        let time = |step: i64| Timestamp::from_millis(0).plus(MINUTE.times(10 * step));
        let mut path = Path::default();
        (0..4_000).for_each(|step| path.push(time(step), level(step)));
        let slow = |at: i64, rate: f64, need: &Need, refinancing: Refinancing| {
            let mut patience = need.patience;
            for step in at + 1..4_000 {
                if time(step).since(time(at)) >= need.wanted {
                    break;
                }
                patience -= refinancing.hazard(rate / level(step)) / 144.0;
                if patience <= 0.0 {
                    return time(step).since(time(at));
                }
            }
            need.wanted
        };
        let longest = MINUTE.times(1_000_000);
        let mut early = 0;
        for (event, at) in (0..60).zip((0..3_000).step_by(50)) {
            let need = Need { wanted: MINUTE.times(9_000), ..Need::of(3, event, 0, false) };
            for rate in [0.000_15, 0.000_26, 0.000_31, 0.000_7] {
                for refinancing in [Refinancing::Mild, Refinancing::Adverse, Refinancing::None] {
                    let lasts = path.lasts(time(at), rate, longest, &need, refinancing);
                    assert_eq!(lasts, slow(at, rate, &need, refinancing), "{at} {rate} {refinancing:?}");
                    early += i32::from(lasts < need.wanted);
                }
            }
        }
        assert!(early > 100, "{early} of 720");
    }
}
