//! How sure a difference is: intervals by resampling, seeded.

use crate::backtest::numbers::{count, place};
use crate::exchange::sim::market::Random;

/// Resamples.
const DRAWS: usize = 2_000;
/// Mean length of a block of days (strategy.md 4.4: three to seven).
const BLOCK: f64 = 5.0;
/// Streams of random numbers.
const UNITS: u64 = 21;
const DAYS: u64 = 22;

/// A mean with the middle 95 % of its resampled values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The mean.
    pub mean: f64,
    /// 2.5 %.
    pub low: f64,
    /// 97.5 %.
    pub high: f64,
}

/// Of differences that are independent, one a year or week; nothing for fewer than five.
#[must_use]
pub fn bootstrap_units(differences: &[f64], seed: u64) -> Option<Interval> {
    let number = differences.len();
    (number >= 5).then(|| {
        let mut random = Random::at(seed, UNITS, 0);
        interval(differences, || {
            let pick = |random: &mut Random| differences.get(place(random.uniform() * count(number))).copied();
            (0..number).filter_map(|_| pick(&mut random)).sum::<f64>() / count(number)
        })
    })
}

/// Of daily differences, which hang together: the stationary block bootstrap. Nothing for fewer than ten days.
#[must_use]
pub fn bootstrap_days(differences: &[f64], seed: u64) -> Option<Interval> {
    let number = differences.len();
    (number >= 10).then(|| {
        let mut random = Random::at(seed, DAYS, 0);
        interval(differences, || {
            let mut at = 0;
            let mut sum = 0.0;
            for day in 0..number {
                let fresh = random.chance(1.0 / BLOCK) || day == 0;
                at = if fresh { place(random.uniform() * count(number)) } else { at.saturating_add(1) };
                at = if at >= number { 0 } else { at };
                sum += differences.get(at).copied().unwrap_or_default();
            }
            sum / count(number)
        })
    })
}

fn interval(differences: &[f64], mut draw: impl FnMut() -> f64) -> Interval {
    let mean = differences.iter().sum::<f64>() / count(differences.len().max(1));
    let mut draws: Vec<f64> = (0..DRAWS).map(|_| draw()).collect();
    draws.sort_by(f64::total_cmp);
    let at = |share: f64| draws.get(place(share * count(DRAWS))).copied().unwrap_or(mean);
    Interval { mean, low: at(0.025), high: at(0.975) }
}
