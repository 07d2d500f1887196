//! Hourly candles: each hour is told of when it has closed, as the prints that it must have had.
//!
//! Of an hour its first, last, lowest and highest rate and its volume are known. Its prints are made of them: nearly all of the
//! volume at the first and the last rate, little of it at the lowest and at the highest (`high` and `low` are single prints,
//! often tiny). Which of them an offer meets is the fill model's to say, not these prints'.

use super::TapeError;
use super::csv::Rows;
use crate::backtest::moment::{Event, Moment, What};
use crate::domain::{Candle, Days, HOUR, Millis, Print, Rounding};

/// Whoever came this long after the hour began is taken to have stood through it (strategy.md 4.2: a latency of ten minutes).
const GRACE: Millis = Millis::new(10 * 60_000);
/// When in the hour its four prints were, in half minutes, and what part of its volume each is, in percent. No minute of any
/// cycle has half of the volume: of an hour nobody knows when in it was borrowed, and none may be taken for a batch.
const PRINTS: [(i64, i32); 4] = [(2, 46), (50, 5), (90, 5), (119, 44)];
/// Half a minute.
const STEP: Millis = Millis::seconds(30);

/// A file of candles of one series.
#[derive(Debug)]
pub(super) struct Candles {
    rows: Rows,
    /// Period of its trades: the `p` of the file's name, else two days.
    period: Days,
    next_id: i64,
}

impl Candles {
    pub(super) fn new(rows: Rows) -> Self {
        let name = rows.path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let period = name.split(['-', '_', '.']).find_map(|part| Days::valid(part.strip_prefix('p')?.parse().ok()?));
        Self { rows, period: period.unwrap_or(Days::MIN), next_id: 1 }
    }

    /// For how long was lent what they tell of.
    pub(super) const fn period(&self) -> Days {
        self.period
    }

    pub(super) fn next(&mut self) -> Result<Option<Moment>, TapeError> {
        if !self.rows.advance()? {
            return Ok(None);
        }
        let rows = &mut self.rows;
        let at = rows.time("mts")?;
        let (open, close, high, low) = (rows.rate("open")?, rows.rate("close")?, rows.rate("high")?, rows.rate("low")?);
        let candle = Candle { at, open, close, high, low, volume: rows.amount("volume")?.abs() };
        if high < open.max(close) || low > open.min(close) {
            return Err(self.rows.wrong("the high is not the highest or the low not the lowest of its rates"));
        }
        let mut prints = Vec::new();
        for ((step, percent), rate) in PRINTS.into_iter().zip([open, low, high, close]) {
            let amount = candle.volume.share(crate::domain::Ratio::percent(percent), Rounding::Down);
            if amount.is_positive() {
                prints.push(Print {
                    id: self.next_id,
                    at: at.plus(STEP.times(step)),
                    amount,
                    taken: true,
                    rate,
                    period: self.period,
                });
                self.next_id = self.next_id.saturating_add(1);
            }
        }
        let price = (self.period == Days::MIN).then_some(close);
        let event = Event { opens: at, grace: GRACE, prints, candle: Some((candle, self.period)), price };
        Ok(Some(Moment { at: at.plus(HOUR), what: What::Event(event) }))
    }
}
