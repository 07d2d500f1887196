//! What was expected of an offer, and how well that has held: a forecast is kept and scored.
//!
//! Waits are scored when an offer is filled, or given up after it had waited longer than was expected of nine in ten. A
//! forecast says only the mean; the bands are those of a wait without memory of that mean. An offer that takes a request is
//! not to wait at all: of it only whether it was taken within a cycle is scored. Holds are scored when a loan
//! comes back, as sums of what was expected and what was.

use crate::domain::{Amount, Millis, Ratio, Rounding, Timestamp};

use super::checkpoint::{Pack, Unpack};
use super::choice::{Hit, Prospect};

/// ln 2 and ln 10 in parts per million: within these parts of the mean lie half and nine tenths of the waits.
const BANDS: [i64; 2] = [693_147, 2_302_585];

/// How well the forecasts of one account and currency have held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scores {
    /// Waits scored.
    pub waits: u64,
    /// Of these, within the time in which one in two was expected.
    pub within_half: u64,
    /// Of these, within the time in which nine in ten were expected.
    pub within_most: u64,
    /// Forecasts of a fill within one cycle that were scored.
    pub fills: u64,
    /// The sum of their squared errors, in parts per million: the Brier score times their number.
    pub squared_errors: u64,
    /// Holds scored.
    pub holds: u64,
    /// What was expected of these in all.
    pub hold_expected: Millis,
    /// What it was.
    pub held: Millis,
}

impl Scores {
    /// An offer was filled, first, after `waited`.
    pub fn filled(&mut self, forecast: &Prospect, waited: Millis) {
        self.fill(forecast, waited <= forecast.cycle);
        if forecast.hit == Hit::Bid {
            return;
        }
        self.waits = self.waits.saturating_add(1);
        let [half, most] = BANDS.map(|part| band(forecast.wait, part));
        self.within_half = self.within_half.saturating_add(u64::from(waited <= half));
        self.within_most = self.within_most.saturating_add(u64::from(waited <= most));
    }

    /// An offer was given up unfilled after `waited`. What was given up early says nothing.
    pub fn given_up(&mut self, forecast: &Prospect, waited: Millis) {
        if waited > forecast.cycle {
            self.fill(forecast, false);
        }
        let [_, most] = BANDS.map(|part| band(forecast.wait, part));
        if forecast.hit == Hit::Offer && waited > most {
            self.waits = self.waits.saturating_add(1);
        }
    }

    fn fill(&mut self, forecast: &Prospect, filled: bool) {
        let came = if filled { Ratio::ONE.ppm() } else { 0 };
        let error = forecast.fill.ppm().saturating_sub(came).unsigned_abs();
        self.fills = self.fills.saturating_add(1);
        self.squared_errors = self.squared_errors.saturating_add(error.saturating_mul(error) / 1_000_000);
    }

    /// A loan came back.
    pub fn returned(&mut self, expected: Millis, held: Millis) {
        self.holds = self.holds.saturating_add(1);
        self.hold_expected = self.hold_expected.plus(expected);
        self.held = self.held.plus(held);
    }

    /// These and `other` together.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        Self {
            waits: self.waits.saturating_add(other.waits),
            within_half: self.within_half.saturating_add(other.within_half),
            within_most: self.within_most.saturating_add(other.within_most),
            fills: self.fills.saturating_add(other.fills),
            squared_errors: self.squared_errors.saturating_add(other.squared_errors),
            holds: self.holds.saturating_add(other.holds),
            hold_expected: self.hold_expected.plus(other.hold_expected),
            held: self.held.plus(other.held),
        }
    }

    /// The shares of waits within the two bands; nothing before any was scored.
    #[must_use]
    pub fn coverage(&self) -> Option<(Ratio, Ratio)> {
        Some((part(self.within_half, self.waits)?, part(self.within_most, self.waits)?))
    }

    /// The mean squared error of the forecast of a fill within one cycle: 0 is perfect, 0.25 what a coin is worth.
    #[must_use]
    pub fn brier(&self) -> Option<Ratio> {
        let mean = self.squared_errors.checked_div(self.fills)?;
        i64::try_from(mean).ok().map(Ratio::from_ppm)
    }

    /// What loans lasted, as a part of what was expected.
    #[must_use]
    pub fn hold_ratio(&self) -> Option<Ratio> {
        let of = |span: Millis| u64::try_from(span.get()).unwrap_or(0);
        part(of(self.held), of(self.hold_expected))
    }

    /// As bytes.
    #[must_use]
    pub fn checkpoint(&self) -> Vec<u8> {
        let mut pack = Pack::new();
        for count in [self.waits, self.within_half, self.within_most, self.fills, self.squared_errors, self.holds] {
            pack.whole(count);
        }
        pack.signed(self.hold_expected.get());
        pack.signed(self.held.get());
        pack.done()
    }

    /// From bytes; nothing for what cannot be read.
    #[must_use]
    pub fn restore(bytes: &[u8]) -> Option<Self> {
        let mut unpack = Unpack::new(bytes)?;
        let scores = Self {
            waits: unpack.whole()?,
            within_half: unpack.whole()?,
            within_most: unpack.whole()?,
            fills: unpack.whole()?,
            squared_errors: unpack.whole()?,
            holds: unpack.whole()?,
            hold_expected: Millis::new(unpack.signed()?),
            held: Millis::new(unpack.signed()?),
        };
        unpack.end().map(|()| scores)
    }
}

/// A part of a mean, in parts per million.
fn band(mean: Millis, ppm: i64) -> Millis {
    let span = Amount::from_units(mean.get()).share(Ratio::from_ppm(ppm), Rounding::Up);
    Millis::new(span.units())
}

fn part(of: u64, whole: u64) -> Option<Ratio> {
    let ppm = u128::from(of).saturating_mul(1_000_000).checked_div(u128::from(whole))?;
    Some(Ratio::from_ppm(i64::try_from(ppm).unwrap_or(i64::MAX)))
}

/// An offer that a forecast was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// What was expected.
    pub expected: Prospect,
    /// When it was decided.
    pub at: Timestamp,
    /// Its first fill was scored.
    pub filled: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DailyRate, Days, HOUR};

    #[test]
    fn waits_fall_into_bands_and_fills_into_a_brier_score() {
        let cycle = Millis::seconds(1_200);
        let forecast = Prospect {
            hit: Hit::Offer,
            period: Days::MIN,
            rate: DailyRate::ZERO,
            wait: HOUR,
            fill: Ratio::percent(30),
            cycle,
            hold: HOUR.times(21),
            stratum: 0,
            net: DailyRate::ZERO,
        };
        let mut scores = Scores::default();
        assert_eq!((scores.coverage(), scores.brier(), scores.hold_ratio()), (None, None, None));
        scores.filled(&forecast, Millis::seconds(600)); // within the cycle: error 0.7
        scores.filled(&forecast, Millis::seconds(2_600)); // over 0.693 h, under 2.3 h: error 0.3
        scores.given_up(&forecast, Millis::seconds(60)); // says nothing
        scores.given_up(&forecast, HOUR.times(3)); // longer than nine in ten
        assert_eq!(scores.coverage(), Some((Ratio::from_ppm(333_333), Ratio::from_ppm(666_666))));
        assert_eq!(scores.brier(), Some(Ratio::from_ppm((490_000 + 90_000 + 90_000) / 3)));
        // An offer that takes a request is to be taken at once: it has no wait to be right about.
        let waits = scores.waits;
        let bid = Prospect { hit: Hit::Bid, wait: Millis::new(0), fill: Ratio::ONE, ..forecast };
        scores.filled(&bid, Millis::seconds(2));
        scores.given_up(&bid, HOUR);
        assert_eq!((scores.waits, scores.fills), (waits, 5));
        assert_eq!(scores.brier(), Some(Ratio::from_ppm((490_000 + 90_000 + 90_000 + 1_000_000) / 5)));
        scores.returned(HOUR.times(20), HOUR.times(10));
        assert_eq!(scores.hold_ratio(), Some(Ratio::percent(50)));
        assert_eq!(Scores::restore(&scores.checkpoint()), Some(scores));
    }
}
