//! A recording of one currency, from the text of CSV files. Reads no file: it is given the text.
//!
//! Layouts, each with its header line: book `collected_at_ms,rate,period,count,amount` (amount under zero is a bid), candles
//! `mts,open,close,high,low,volume`, tickers and stats by the names of the columns that are used.

use thiserror::Error;

use super::super::Level;
use crate::domain::{Amount, BookSide, DailyRate, Days, Decimal, HOUR, Rounding, Timestamp};
use crate::exchange::sim::api::Span;

/// Why a text is no recording. Lines count from 1, the header.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RecordingError {
    /// The text does not begin with the header that its kind needs.
    #[error("line 1: no column `{column}` in the header; expected a CSV text with `{columns}`")]
    Header {
        /// The missing column.
        column: &'static str,
        /// All that are needed.
        columns: &'static str,
    },
    /// A field is missing, no number, or out of range.
    #[error("line {line}: `{text}` is no good {column}; correct or remove the line")]
    Field {
        /// Where.
        line: usize,
        /// Which column.
        column: &'static str,
        /// What stands there.
        text: String,
    },
    /// Times must not go back.
    #[error("line {line}: earlier than the line before; sort the text by time")]
    Order {
        /// Where.
        line: usize,
    },
    /// Nothing but the header.
    #[error("no rows")]
    Empty,
}

/// The levels of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Snapshot {
    pub(super) at: Timestamp,
    pub(super) levels: Vec<Level>,
}

/// One hour of two-day prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candle {
    pub(super) opens: Timestamp,
    pub(super) open: DailyRate,
    pub(super) close: DailyRate,
    pub(super) high: DailyRate,
    pub(super) volume: Amount,
}

/// The FRR at one moment, and what waited at it where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrrPoint {
    pub(super) at: Timestamp,
    pub(super) frr: Decimal,
    pub(super) waiting: Option<Amount>,
}

/// What was recorded of one currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recording {
    pub(super) book: Vec<Snapshot>,
    pub(super) candles: Vec<Candle>,
    pub(super) frr: Vec<FrrPoint>,
}

impl Recording {
    /// Adds book snapshots.
    ///
    /// # Errors
    /// [`RecordingError`] with the line that is wrong; nothing is added then.
    pub fn with_book(mut self, text: &str) -> Result<Self, RecordingError> {
        const COLUMNS: [&str; 5] = ["collected_at_ms", "rate", "period", "count", "amount"];
        for row in rows(text, COLUMNS, "collected_at_ms,rate,period,count,amount")? {
            let [at, rate, period, count, amount] = row?;
            let (at, period) = (at.time()?, period.days()?);
            let rate = rate.rate_exact()?;
            let signed = amount.amount()?;
            let side = if signed.is_positive() { BookSide::Offers } else { BookSide::Bids };
            let count = count.parse(|text| text.parse::<u32>().ok().filter(|count| *count > 0))?;
            let level = Level { side, rate, period, count, amount: amount.positive(signed.abs())? };
            match self.book.last_mut() {
                Some(last) if last.at == at => last.levels.push(level),
                Some(last) if last.at > at => return Err(RecordingError::Order { line: amount.line }),
                Some(_) | None => self.book.push(Snapshot { at, levels: vec![level] }),
            }
        }
        if self.book.is_empty() { Err(RecordingError::Empty) } else { Ok(self) }
    }

    /// Adds hourly candles of two-day prints.
    ///
    /// # Errors
    /// As [`Recording::with_book`].
    pub fn with_candles(mut self, text: &str) -> Result<Self, RecordingError> {
        const COLUMNS: [&str; 5] = ["mts", "open", "close", "high", "volume"];
        for row in rows(text, COLUMNS, "mts,open,close,high,low,volume")? {
            let [at, open, close, high, volume] = row?;
            let amount = volume.amount()?;
            let candle = Candle {
                opens: at.time()?,
                open: open.rate()?,
                close: close.rate()?,
                high: high.rate()?,
                volume: if amount == Amount::ZERO { amount } else { volume.positive(amount)? },
            };
            if self.candles.last().is_some_and(|last| last.opens >= candle.opens) {
                return Err(RecordingError::Order { line: at.line });
            }
            self.candles.push(candle);
        }
        if self.candles.is_empty() { Err(RecordingError::Empty) } else { Ok(self) }
    }

    /// Adds the FRR and what waits at it from tickers.
    ///
    /// # Errors
    /// As [`Recording::with_book`].
    pub fn with_tickers(mut self, text: &str) -> Result<Self, RecordingError> {
        const COLUMNS: [&str; 3] = ["collected_at_ms", "frr", "frr_amount_available"];
        let mut points = Vec::new();
        for row in rows(text, COLUMNS, "collected_at_ms,frr,…,frr_amount_available")? {
            let [at, frr, waiting] = row?;
            let waiting = Some(waiting.amount()?).filter(|amount| amount.is_positive());
            points.push(FrrPoint { at: at.time()?, frr: frr.rate_exact()?, waiting });
        }
        self.frr.extend(in_order(points)?);
        self.frr.sort_by_key(|point| point.at);
        Ok(self)
    }

    /// Adds the FRR from funding stats (`frr_daily`, per day) for times without a ticker within the hour: it has two or three
    /// digits only.
    ///
    /// # Errors
    /// As [`Recording::with_book`].
    pub fn with_stats(mut self, text: &str) -> Result<Self, RecordingError> {
        let mut points = Vec::new();
        for row in rows(text, ["mts", "frr_daily"], "mts,…,frr_daily,…")? {
            let [at, frr] = row?;
            points.push(FrrPoint { at: at.time()?, frr: frr.rate_exact()?, waiting: None });
        }
        let mut points = in_order(points)?;
        let near = |a: Timestamp, b: Timestamp| a.since(b).max(b.since(a)) < HOUR;
        points.retain(|point| !self.frr.iter().any(|known| near(known.at, point.at)));
        self.frr.extend(points);
        self.frr.sort_by_key(|point| point.at);
        Ok(self)
    }

    /// From the first to the last moment of the book and the candles; of the FRR when there is nothing else.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        let book = self.book.first().zip(self.book.last()).map(|(a, b)| (a.at, b.at));
        let candles = self.candles.first().zip(self.candles.last()).map(|(a, b)| (a.opens, b.opens.plus(HOUR)));
        let frr = self.frr.first().zip(self.frr.last()).map(|(a, b)| (a.at, b.at));
        let market = match (book, candles) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (one, other) => one.or(other),
        };
        market.or(frr).map(|(from, to)| Span { from, to })
    }

    /// Number of book snapshots.
    #[must_use]
    pub fn snapshots(&self) -> usize {
        self.book.len()
    }

    /// Number of hours with a candle.
    #[must_use]
    pub fn candles(&self) -> usize {
        self.candles.len()
    }
}

fn in_order(points: Vec<FrrPoint>) -> Result<Vec<FrrPoint>, RecordingError> {
    let back = points.iter().zip(points.iter().skip(1)).position(|(a, b)| a.at > b.at);
    match back {
        // The header, counting from 1, and the later of the two.
        Some(at) => Err(RecordingError::Order { line: at.saturating_add(3) }),
        None if points.is_empty() => Err(RecordingError::Empty),
        None => Ok(points),
    }
}

/// One field with where it stands.
#[derive(Debug, Clone, Copy)]
struct Field<'a> {
    line: usize,
    column: &'static str,
    text: &'a str,
}

impl Field<'_> {
    fn parse<T>(&self, parse: impl Fn(&str) -> Option<T>) -> Result<T, RecordingError> {
        let bad = || RecordingError::Field { line: self.line, column: self.column, text: self.text.to_owned() };
        parse(self.text).ok_or_else(bad)
    }

    fn time(&self) -> Result<Timestamp, RecordingError> {
        self.parse(|text| text.parse().ok().filter(|millis| *millis >= 0).map(Timestamp::from_millis))
    }

    fn days(&self) -> Result<Days, RecordingError> {
        self.parse(|text| text.parse().ok().and_then(Days::valid))
    }

    fn rate_exact(&self) -> Result<Decimal, RecordingError> {
        let possible =
            |rate: &Decimal| DailyRate::from_decimal(*rate, Rounding::Nearest).is_ok_and(DailyRate::is_positive);
        self.parse(|text| Decimal::parse(text).ok().filter(possible))
    }

    fn rate(&self) -> Result<DailyRate, RecordingError> {
        self.parse(|text| DailyRate::parse(text, Rounding::Nearest).ok().filter(|rate| rate.is_positive()))
    }

    fn amount(&self) -> Result<Amount, RecordingError> {
        self.parse(|text| Amount::parse(text, Rounding::Nearest).ok())
    }

    fn positive(&self, amount: Amount) -> Result<Amount, RecordingError> {
        self.parse(|_| Some(amount).filter(|amount| amount.is_positive()))
    }
}

/// The wanted columns of every row, in the order asked for.
fn rows<'a, const N: usize>(
    text: &'a str,
    columns: [&'static str; N],
    all: &'static str,
) -> Result<impl Iterator<Item = Result<[Field<'a>; N], RecordingError>>, RecordingError> {
    let mut lines = text.lines().zip(1_usize..);
    let header: Vec<&str> = lines.next().map_or_else(Vec::new, |(line, _)| line.trim_end().split(',').collect());
    let mut places = [0; N];
    for (place, column) in places.iter_mut().zip(columns) {
        let found = header.iter().position(|name| *name == column);
        *place = found.ok_or(RecordingError::Header { column, columns: all })?;
    }
    let filled = lines.filter(|(line, _)| !line.trim().is_empty());
    Ok(filled.map(move |(text, line)| {
        let mut fields = columns.map(|column| Field { line, column, text: "" });
        for (field, place) in fields.iter_mut().zip(places) {
            field.text = text.trim_end().split(',').nth(place).unwrap_or_default();
        }
        Ok(fields)
    }))
}
