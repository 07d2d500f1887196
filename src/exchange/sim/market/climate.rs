//! The weather of the market: the slow level, the within-day component, spikes, the FRR, the price in dollars.
//!
//! It runs on its own stream of random numbers, so no lender can change it.

use super::numbers::{MAX_RATE, float};
use super::profile::MarketProfile;
use super::random::Random;
use crate::domain::Timestamp;

/// Half-life of the slow level, hours (strategy.md 5.1: 30 days).
const LEVEL_HALF_LIFE: f64 = 720.0;
/// Half-life of the within-day component, hours, such that the best offer's autocorrelation comes to the measured 0.77, 0.47
/// and 0.27 at 1, 3 and 6 h (1.4) although what lies under `LIFT_FROM` of it does not show.
const FAST_HALF_LIFE: f64 = 4.2;
/// How the within-day component lifts the offers once it is above `LIFT_FROM`: soon by `LIFT_STEP`, then by `LIFT_SLOPE`. Fitted
/// to the books, whose best two-day offer has a hard lower end (5 % quantile 5.2 %, 25 % 5.5 %), a step from the median of
/// 6.0 % to the 75 % quantile of 7.7 %, and a longer upper end (95 % 9.3 %, 99 % 12 %).
const LIFT_FROM: f64 = 0.0;
const LIFT_STEP: f64 = 0.2;
const LIFT_SLOPE: f64 = 0.2;
const FAST_NOISE: f64 = 0.04;
/// A spike multiplies the reach of batches by a Pareto number (5.1 gives their count; size and decay are guesses there too:
/// crash-day average 153 % a year falling to 46 % the next day, 1.3).
const SPIKE_LEAST: f64 = 1.5;
const SPIKE_ALPHA: f64 = 1.8;
const SPIKE_MOST: f64 = 60.0;
/// Lenders follow a spike with this part of its log size.
const SPIKE_FOLLOW: f64 = 0.6;
/// The FRR follows with a lag of weeks (1.7: an average over a stock of 75-day loans): time constant in hours.
const FRR_LAG: f64 = 480.0;
/// Hourly noise of the FRR: tickers of 2026-09-05 move by some 0.03 % an hour.
const FRR_NOISE: f64 = 0.000_5;
const WAITING_HALF_LIFE: f64 = 240.0;
const WAITING_SIGMA: f64 = 0.4;
const PEG_HALF_LIFE: f64 = 12.0;
const HOURS_PER_YEAR: f64 = 8_760.0;

/// What holds at one moment. Rates per day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Conditions {
    /// The usual lowest two-day offer at the slow level.
    pub(super) anchor: f64,
    /// Where undercutting ends now.
    pub(super) floor: f64,
    /// The log size of the spike, zero in quiet times.
    pub(super) spike: f64,
    /// The within-day component, standard normal.
    pub(super) fast: f64,
}

/// The state of the weather.
#[derive(Debug, Clone)]
pub(super) struct Climate {
    at: Timestamp,
    level: f64,
    fast: f64,
    spike: f64,
    spike_half_life: f64,
    frr: f64,
    waiting: f64,
    price: f64,
}

impl Climate {
    /// Begins at the profile's usual level.
    pub(super) fn new(start: Timestamp, random: &mut Random) -> Self {
        Self {
            at: start,
            level: 0.0,
            fast: random.normal(),
            spike: 0.0,
            spike_half_life: 12.0,
            frr: 0.0,
            waiting: WAITING_SIGMA * random.normal(),
            price: 0.0,
        }
    }

    /// Moves on to `now`.
    pub(super) fn advance(&mut self, now: Timestamp, profile: &MarketProfile, random: &mut Random) {
        let hours = float(now.since(self.at).get().max(0)) / 3_600_000.0;
        self.at = self.at.max(now);
        self.level = revert(self.level, hours, LEVEL_HALF_LIFE, profile.level_sigma, random);
        self.fast = revert(self.fast, hours, FAST_HALF_LIFE, 1.0, random);
        self.waiting = revert(self.waiting, hours, WAITING_HALF_LIFE, WAITING_SIGMA, random);
        self.price = if profile.pegged {
            revert(self.price, hours, PEG_HALF_LIFE, profile.price_sigma, random)
        } else {
            self.price + profile.price_sigma * (hours / 24.0).sqrt() * random.normal()
        };
        self.spike *= 0.5_f64.powf(hours / self.spike_half_life);
        let (arrives, size) = (random.uniform(), random.pareto(SPIKE_LEAST, SPIKE_ALPHA).min(SPIKE_MOST).ln());
        let half_life = 3.0 * 12_f64.powf(random.uniform());
        if arrives < profile.spikes * hours / HOURS_PER_YEAR && size > self.spike {
            self.spike = size;
            self.spike_half_life = half_life;
        }
        self.frr += (self.level + 0.3 * self.spike - self.frr) * (1.0 - (-hours / FRR_LAG).exp())
            + FRR_NOISE * hours.sqrt() * random.normal();
    }

    /// What holds now.
    pub(super) fn conditions(&self, profile: &MarketProfile) -> Conditions {
        let anchor = profile.anchor * self.level.exp();
        let over = (self.fast - LIFT_FROM).max(0.0);
        let fast = LIFT_STEP * (1.0 - (-2.5 * over).exp()) + LIFT_SLOPE * over + FAST_NOISE * self.fast.min(0.0);
        let lift = fast + SPIKE_FOLLOW * self.spike;
        Conditions { anchor, floor: (anchor * lift.exp()).min(0.9 * MAX_RATE), spike: self.spike, fast: self.fast }
    }

    /// The FRR per day: far above the best offer (1.7).
    pub(super) fn frr(&self, profile: &MarketProfile) -> f64 {
        profile.anchor * profile.frr_over * self.frr.exp()
    }

    /// The amount waiting at the FRR; a spike draws on it.
    pub(super) fn frr_waiting(&self, profile: &MarketProfile) -> f64 {
        profile.frr_waiting * (self.waiting - self.spike).exp()
    }

    /// The price of a unit in USD.
    pub(super) fn usd_price(&self, profile: &MarketProfile) -> f64 {
        profile.usd_price * self.price.exp()
    }
}

/// One step of an Ornstein-Uhlenbeck process around zero, exact for any span.
fn revert(value: f64, hours: f64, half_life: f64, sigma: f64, random: &mut Random) -> f64 {
    let keep = 0.5_f64.powf(hours / half_life);
    value * keep + sigma * (1.0 - keep * keep).max(0.0).sqrt() * random.normal()
}
