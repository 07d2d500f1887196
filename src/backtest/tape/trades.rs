//! Public trades: those of one batch, or of one minute where they come singly, are one event.

use super::TapeError;
use super::csv::Rows;
use crate::backtest::moment::{Event, Moment, What};
use crate::domain::{MINUTE, Millis, Print};

/// Trades nearer than this to the one before belong to its event …
const BELONGS: Millis = Millis::seconds(30);
/// … unless the event has been going on for this long.
const LONGEST: Millis = MINUTE;

/// A file of trades.
#[derive(Debug)]
pub(super) struct Trades {
    rows: Rows,
    ahead: Option<Print>,
    prints: Vec<Print>,
}

impl Trades {
    pub(super) fn new(rows: Rows) -> Self {
        Self { rows, ahead: None, prints: Vec::new() }
    }

    pub(super) fn next(&mut self) -> Result<Option<Moment>, TapeError> {
        loop {
            let print = match self.ahead.take() {
                Some(print) => print,
                None if !self.rows.advance()? => return Ok(self.close()),
                None => self.read()?,
            };
            let first = self.prints.first().map_or(print.at, |first| first.at);
            let last = self.prints.last().map_or(print.at, |last| last.at);
            if print.at.since(last) >= BELONGS || print.at.since(first) >= LONGEST {
                self.ahead = Some(print);
                return Ok(self.close());
            }
            self.prints.push(print);
        }
    }

    fn read(&mut self) -> Result<Print, TapeError> {
        let rows = &mut self.rows;
        let at = rows.time("mts")?;
        let (id, signed) = (rows.id("id")?, rows.amount("amount")?);
        let (amount, taken) = (signed.abs(), !signed.is_positive());
        Ok(Print { id, at, amount, taken, rate: rows.rate("rate")?, period: rows.days("period")? })
    }

    /// The event is told of when nothing can belong to it any more.
    fn close(&mut self) -> Option<Moment> {
        let prints = std::mem::take(&mut self.prints);
        let (opens, last) = (prints.first()?.at, prints.last()?.at);
        Some(Moment { at: last.plus(BELONGS), what: What::Event(Event::of(opens, prints)) })
    }
}
