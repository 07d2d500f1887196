//! The FRR: from tickers and stats, or a stand-in.

use super::TapeError;
use super::csv::Rows;
use crate::backtest::moment::{Moment, What};
use crate::backtest::numbers::{daily, days, per_day};
use crate::domain::{DailyRate, HOUR, Ticker, Timestamp};

/// The stand-in over the level that it follows, and how slowly it follows, days: the FRR is an average over a stock of loans
/// of some 75 days and stands far above the market (strategy.md 1.7: close/FRR 0.33 to 0.43 since 2022, 0.82 to 0.97 before
/// 2021). Between the two.
const OVER: f64 = 1.7;
const LAG: f64 = 20.0;

/// A file of tickers or of stats.
#[derive(Debug)]
pub(super) struct Frr {
    rows: Rows,
    stats: bool,
}

impl Frr {
    pub(super) fn new(rows: Rows, stats: bool) -> Self {
        Self { rows, stats }
    }

    pub(super) fn next(&mut self) -> Result<Option<Moment>, TapeError> {
        if !self.rows.advance()? {
            return Ok(None);
        }
        let (time, rate) = if self.stats { ("mts", "frr_daily") } else { ("collected_at_ms", "frr") };
        let at = self.rows.time(time)?;
        let ticker = Ticker { frr: Some(self.rows.rate(rate)?), ..Ticker::default() };
        Ok(Some(Moment { at, what: What::Ticker(ticker) }))
    }
}

/// The FRR where nobody recorded it: 1.7 times a mean of what two-day money has cost, that follows over 20 days.
#[derive(Debug, Default)]
pub(super) struct StandIn {
    mean: Option<(f64, Timestamp)>,
    told: Option<Timestamp>,
}

impl StandIn {
    /// Money cost this much at `at`; answers with a ticker once an hour.
    pub(super) fn seen(&mut self, at: Timestamp, price: DailyRate) -> Option<Moment> {
        let now = per_day(price).max(1e-9).ln();
        let mean = self.mean.map_or(now, |(mean, then)| {
            let part = 1.0 - (-days(at.since(then)) / LAG).exp();
            mean + (now - mean) * part.clamp(0.0, 1.0)
        });
        self.mean = Some((mean, at));
        if self.told.is_some_and(|told| at.since(told) < HOUR) {
            return None;
        }
        self.told = Some(at);
        let ticker = Ticker { frr: Some(daily(OVER * mean.exp())), last: Some(price), ..Ticker::default() };
        Some(Moment { at, what: What::Ticker(ticker) })
    }
}
