//! The moving level of the market: quotes are made relative to it, never in absolute rates.
//!
//! The mean of the logarithm of the tops of batches, forgetting with a half-life of hours, mixed with the best offer. A
//! slow one beside it stands for the median of a month. What two-day money cost on average within a day stands beside both:
//! borrowers compare what they pay with that.

use super::checkpoint::{Pack, Unpack};
use super::numbers::fade;
use super::parameters::Parameters;

/// The level of one currency.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Level {
    log: Option<f64>,
    slow: Option<f64>,
    /// What two-day money cost: the premium of a loan is reckoned over it.
    day: Option<f64>,
    /// When it was last told, in days.
    at: f64,
}

impl Level {
    /// The top of a batch at `now` days and what its money cost on average, rates per day.
    pub(super) fn told(&mut self, now: f64, top: f64, mean: f64, parameters: &Parameters) {
        let (log, passed) = (top.ln(), now - self.at);
        let moved = |log: f64, old: Option<f64>, half_life: f64| match old {
            None => log,
            Some(old) => {
                let kept = fade(passed, half_life);
                old * kept + log * (1.0 - kept)
            }
        };
        self.log = Some(moved(log, self.log, parameters.level_half_life));
        self.slow = Some(moved(log, self.slow, parameters.slow_half_life));
        self.day = Some(moved(mean.ln(), self.day, parameters.day_half_life));
        self.at = self.at.max(now);
    }

    /// The level beside this best offer, per day.
    pub(super) fn beside(&self, best: Option<f64>, parameters: &Parameters) -> Option<f64> {
        let log = self.log?;
        let best = best.filter(|best| *best > 0.0).map_or(log, f64::ln);
        // One odd offer must not carry the level away.
        let best = best.clamp(log - parameters.clip, log + parameters.clip);
        Some((log * (1.0 - parameters.ask_weight) + best * parameters.ask_weight).exp())
    }

    /// The level of a month, per day.
    pub(super) fn slow(&self) -> Option<f64> {
        self.slow.map(f64::exp)
    }

    /// What two-day money cost of late, per day.
    pub(super) fn day(&self) -> Option<f64> {
        self.day.map(f64::exp)
    }

    /// `days` were not watched.
    pub(super) fn pause(&mut self, days: f64) {
        self.at += days;
    }

    pub(super) fn pack(&self, pack: &mut Pack) {
        pack.maybe(self.log);
        pack.maybe(self.slow);
        pack.maybe(self.day);
        pack.number(self.at);
    }

    pub(super) fn unpack(unpack: &mut Unpack<'_>) -> Option<Self> {
        let mut level = Self::default();
        unpack.maybe(&mut level.log)?;
        unpack.maybe(&mut level.slow)?;
        unpack.maybe(&mut level.day)?;
        level.at = unpack.number()?;
        Some(level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_it_is_news_after_a_half_life_and_the_best_offer_has_its_weight() {
        let parameters = Parameters::default();
        let mut level = Level::default();
        assert_eq!(level.beside(Some(1e-4), &parameters), None);
        level.told(10.0, 1e-4, 1e-4, &parameters);
        level.told(10.0 + 3.0 / 24.0, 4e-4, 1e-4, &parameters);
        assert!((level.day().unwrap() / 1e-4 - 1.0).abs() < 1e-9, "a dear top is not what money cost");
        // Half way between the logarithms of 1 and 4 is 2.
        assert!((level.beside(None, &parameters).unwrap() / 2e-4 - 1.0).abs() < 1e-9);
        let beside = level.beside(Some(1e-4), &parameters).unwrap();
        assert!((beside / (2e-4 * 0.5_f64.powf(0.15)) - 1.0).abs() < 1e-9);
        // A wall at next to nothing moves it by no more than the clip.
        let odd = level.beside(Some(1e-8), &parameters).unwrap();
        assert!((odd / (2e-4 * (-1.5_f64 * 0.15).exp()) - 1.0).abs() < 1e-9);
    }
}
