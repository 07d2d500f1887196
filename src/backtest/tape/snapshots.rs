//! Book snapshots.

use super::TapeError;
use super::csv::Rows;
use crate::backtest::moment::{Book, Moment, What};
use crate::backtest::numbers::nearest;
use crate::domain::{BookLevel, BookSide, LevelKey, Timestamp};

/// A file of snapshots.
#[derive(Debug)]
pub(super) struct Snapshots {
    rows: Rows,
    ahead: Option<(Timestamp, BookLevel)>,
    before: Option<Timestamp>,
    /// The books stand alone: each judges the offers that stood since the one before.
    judge: bool,
}

impl Snapshots {
    pub(super) fn new(rows: Rows, judge: bool) -> Self {
        Self { rows, ahead: None, before: None, judge }
    }

    pub(super) fn next(&mut self) -> Result<Option<Moment>, TapeError> {
        let mut levels = Vec::new();
        let mut at = None;
        loop {
            let (seen, level) = match self.ahead.take() {
                Some(ahead) => ahead,
                None if !self.rows.advance()? => break,
                None => self.read()?,
            };
            if at.is_some_and(|at| at != seen) {
                self.ahead = Some((seen, level));
                break;
            }
            at = Some(seen);
            levels.push(level);
        }
        let Some(at) = at else { return Ok(None) };
        levels.sort_unstable_by_key(|level| (level.side != BookSide::Offers, level.key));
        let since = self.before.replace(at).filter(|_| self.judge);
        Ok(Some(Moment { at, what: What::Book(Book { levels, real: true, since }) }))
    }

    fn read(&mut self) -> Result<(Timestamp, BookLevel), TapeError> {
        let rows = &mut self.rows;
        let at = rows.time("collected_at_ms")?;
        let (exact, period, count) = (rows.exact("rate")?, rows.days("period")?, rows.count("count")?);
        let signed = rows.amount("amount")?;
        let side = if signed.is_positive() { BookSide::Offers } else { BookSide::Bids };
        let key = LevelKey { rate: nearest(exact), period, exact };
        if !key.rate.is_positive() || !signed.abs().is_positive() {
            return Err(self.rows.wrong("a level needs a rate and an amount"));
        }
        Ok((at, BookLevel { side, key, count, amount: signed.abs() }))
    }
}
