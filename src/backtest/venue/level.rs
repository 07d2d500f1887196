//! What two-day money costs, as borrowers who think of going elsewhere see it: it moves with the market.

use crate::backtest::numbers::{days, per_day};
use crate::domain::{DailyRate, Timestamp};

/// How fast it follows: half-life in days (three hours, strategy.md 3.3).
const HALF_LIFE: f64 = 0.125;

/// A mean of the logarithm of what each event's two-day money cost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct MovingLevel {
    mean: Option<(f64, Timestamp)>,
}

impl MovingLevel {
    /// Two-day money cost this much.
    pub fn seen(&mut self, at: Timestamp, price: DailyRate) {
        let now = per_day(price).max(1e-9).ln();
        let mean = self.mean.map_or(now, |(mean, then)| {
            let part = 1.0 - 0.5_f64.powf(days(at.since(then)) / HALF_LIFE);
            mean + (now - mean) * part.clamp(0.0, 1.0)
        });
        self.mean = Some((mean, at));
    }

    /// Rate per day; nothing before anything was seen.
    #[must_use]
    pub fn get(&self) -> Option<f64> {
        self.mean.map(|(mean, _)| mean.exp())
    }
}
