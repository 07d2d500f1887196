//! How long money lay free before it was lent, in a histogram that does not grow.

use crate::backtest::numbers::{count, float, place, units};
use crate::domain::{Amount, MINUTE, Millis};

/// Bins a factor of 1.1 apart, from one minute on: up to some 100 days.
const BINS: usize = 126;
const STEP: f64 = 1.1;

/// Waits, weighted by amount.
#[derive(Debug, Clone, PartialEq)]
pub struct Waits {
    bins: Vec<f64>,
}

impl Default for Waits {
    fn default() -> Self {
        Self { bins: vec![0.0; BINS] }
    }
}

impl Waits {
    /// So much waited for so long.
    pub fn add(&mut self, wait: Millis, amount: Amount) {
        let minutes = float(wait.get().max(0)) / float(MINUTE.get());
        let bin = if minutes < 1.0 { 0 } else { place(minutes.ln() / STEP.ln()).saturating_add(1) };
        if let Some(sum) = self.bins.get_mut(bin.min(BINS.saturating_sub(1))) {
            *sum += units(amount);
        }
    }

    /// Takes another's waits in.
    pub fn merge(&mut self, other: &Self) {
        for (sum, more) in self.bins.iter_mut().zip(&other.bins) {
            *sum += more;
        }
    }

    /// The wait in minutes that this share of the money did not exceed; nothing when nothing was lent.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let total: f64 = self.bins.iter().sum();
        let mut sum = 0.0;
        for (bin, weight) in self.bins.iter().enumerate() {
            sum += weight;
            if total > 0.0 && sum >= share * total {
                return Some(STEP.powf(count(bin)));
            }
        }
        None
    }

    /// Shares of the money by the upper end of each wait in minutes.
    pub fn shares(&self) -> impl Iterator<Item = (f64, f64)> {
        let total: f64 = self.bins.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        self.bins.iter().enumerate().map(move |(bin, weight)| (STEP.powf(count(bin)), weight / total))
    }
}
