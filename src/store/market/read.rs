//! Reading the recorded market, beside whoever records or after him. Everything comes in the order of time.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};

use crate::domain::{Amount, Currency, DailyRate, DayOfRates, Days, Print, Ratio, Ticker, Timestamp};
use crate::store::error::StoreError;

use super::FILE;
use super::file::{MIGRATIONS, read_only};
use super::write;

/// A book as it was at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// When.
    pub at: Timestamp,
    /// Its levels, one a line: `rate,period,count,amount`, bids (below zero) first, best first.
    pub levels: String,
}

/// A step in the life of an own offer, as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub account: String,
    /// Which; below zero on paper.
    pub offer: i64,
    /// What befell it: `created`, `filled`, `cancelled`, `gone`.
    pub change: String,
    /// What was offered or taken.
    pub amount: Amount,
    /// What of it is still open, where known.
    pub rest: Option<Amount>,
    /// The slice that wished it.
    pub slice: Option<String>,
    /// The exchange's name of how its rate is meant.
    pub kind: Option<String>,
    /// Rate per day, or the distance from the FRR.
    pub rate: Option<DailyRate>,
    /// Period.
    pub period: Option<Days>,
    /// What stood before it, where known, as a decimal text.
    pub ahead: Option<String>,
}

/// An open recording.
#[derive(Debug)]
pub struct MarketReader {
    connection: Connection,
    path: PathBuf,
}

type Span = (Timestamp, Timestamp);

impl MarketReader {
    /// Opens the recording in a state directory.
    ///
    /// # Errors
    /// [`StoreError::Io`] when there is none, else as SQLite says.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        Self::open_file(&dir.join(FILE))
    }

    /// Opens a recording by the path of its file.
    ///
    /// # Errors
    /// As [`MarketReader::open`].
    pub fn open_file(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { connection: read_only(path, MIGRATIONS.len())?, path: path.to_owned() })
    }

    /// Everything of `table` in a span (its end not included), each row handed to `take`; the first error of `take` ends it.
    fn each<E: From<StoreError>>(
        &self,
        sql: &str,
        (currency, (from, to)): (Currency, Span),
        mut take: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<Result<(), E>>,
    ) -> Result<(), E> {
        let fault = |source| E::from(StoreError::sqlite("read the recorded market", &self.path, source));
        let mut statement = self.connection.prepare(sql).map_err(fault)?;
        let mut rows = statement.query(params![currency.code(), from.millis(), to.millis()]).map_err(fault)?;
        while let Some(row) = rows.next().map_err(fault)? {
            take(row).map_err(fault)??;
        }
        Ok(())
    }

    /// The currencies of which anything is recorded.
    ///
    /// # Errors
    /// As SQLite says.
    pub fn currencies(&self) -> Result<Vec<Currency>, StoreError> {
        let sql = "SELECT currency FROM complete UNION SELECT DISTINCT currency FROM tickers
                   UNION SELECT DISTINCT currency FROM books UNION SELECT DISTINCT currency FROM offers ORDER BY 1";
        let read = || -> rusqlite::Result<Vec<String>> {
            self.connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
        };
        let codes = read().map_err(|source| StoreError::sqlite("read the recorded market", &self.path, source))?;
        Ok(codes.iter().filter_map(|code| Currency::from_code(code).ok()).collect())
    }

    /// Trades, by time and id.
    ///
    /// # Errors
    /// As SQLite says, and as `take` does.
    pub fn trades<E: From<StoreError>>(
        &self,
        currency: Currency,
        span: Span,
        mut take: impl FnMut(Print) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT id, at, amount, rate, period FROM trades INDEXED BY trades_by_time
                   WHERE currency = ?1 AND at >= ?2 AND at < ?3 ORDER BY at, id";
        self.each(sql, (currency, span), |row| Ok(take(write::print(row, 0)?)))
    }

    /// Books.
    ///
    /// # Errors
    /// As SQLite says, and as `take` does.
    pub fn books<E: From<StoreError>>(
        &self,
        currency: Currency,
        span: Span,
        mut take: impl FnMut(Snapshot) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT at, levels FROM books WHERE currency = ?1 AND at >= ?2 AND at < ?3 ORDER BY at";
        self.each(sql, (currency, span), |row| {
            Ok(take(Snapshot { at: Timestamp::from_millis(row.get(0)?), levels: row.get(1)? }))
        })
    }

    /// Tickers.
    ///
    /// # Errors
    /// As SQLite says, and as `take` does.
    pub fn tickers<E: From<StoreError>>(
        &self,
        currency: Currency,
        span: Span,
        mut take: impl FnMut(Timestamp, Ticker) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT at, frr, bid, bid_period, bid_size, offer, offer_period, offer_size, change, change_ratio,
                          last, volume, high, low, frr_available
                   FROM tickers WHERE currency = ?1 AND at >= ?2 AND at < ?3 ORDER BY at";
        self.each(sql, (currency, span), |row| {
            let rate = |column: usize| -> rusqlite::Result<Option<DailyRate>> {
                Ok(row.get::<_, Option<i64>>(column)?.map(DailyRate::from_units))
            };
            let amount = |column: usize| -> rusqlite::Result<Option<Amount>> {
                Ok(row.get::<_, Option<i64>>(column)?.map(Amount::from_units))
            };
            let days = |column: usize| -> rusqlite::Result<Option<Days>> {
                Ok(row.get::<_, Option<u16>>(column)?.map(Days::new))
            };
            let ticker = Ticker {
                frr: rate(1)?,
                bid: rate(2)?.zip(days(3)?),
                bid_size: amount(4)?,
                offer: rate(5)?.zip(days(6)?),
                offer_size: amount(7)?,
                last: rate(10)?,
                volume: amount(11)?,
                day: day_of_rates((rate(8)?, row.get(9)?, rate(12)?, rate(13)?)),
                frr_available: amount(14)?,
            };
            Ok(take(Timestamp::from_millis(row.get(0)?), ticker))
        })
    }

    /// The lives of own offers.
    ///
    /// # Errors
    /// As SQLite says, and as `take` does.
    pub fn offers<E: From<StoreError>>(
        &self,
        currency: Currency,
        span: Span,
        mut take: impl FnMut(Life) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT at, account, offer, change, amount, rest, slice, type, rate, period, ahead FROM offers
                   WHERE currency = ?1 AND at >= ?2 AND at < ?3 ORDER BY at, rowid";
        self.each(sql, (currency, span), |row| {
            Ok(take(Life {
                at: Timestamp::from_millis(row.get(0)?),
                account: row.get(1)?,
                offer: row.get(2)?,
                change: row.get(3)?,
                amount: Amount::from_units(row.get(4)?),
                rest: row.get::<_, Option<i64>>(5)?.map(Amount::from_units),
                slice: row.get(6)?,
                kind: row.get(7)?,
                rate: row.get::<_, Option<i64>>(8)?.map(DailyRate::from_units),
                period: row.get::<_, Option<u16>>(9)?.map(Days::new),
                ahead: row.get(10)?,
            }))
        })
    }

    /// Spans of trades that are missing, by their beginning; the last is what has not been recorded yet.
    ///
    /// # Errors
    /// As SQLite says.
    pub fn gaps(&self, currency: Currency) -> Result<Vec<Span>, StoreError> {
        let read = || -> rusqlite::Result<Vec<Span>> {
            let sql = "SELECT since, until FROM gaps WHERE currency = ?1
                       UNION ALL SELECT until, ?2 FROM complete WHERE currency = ?1 ORDER BY 1";
            let time = |row: &rusqlite::Row<'_>, column: usize| -> rusqlite::Result<Timestamp> {
                Ok(Timestamp::from_millis(row.get(column)?))
            };
            let mut statement = self.connection.prepare(sql)?;
            statement.query_map(params![currency.code(), i64::MAX], |row| Ok((time(row, 0)?, time(row, 1)?)))?.collect()
        };
        read().map_err(|source| StoreError::sqlite("read the recorded market", &self.path, source))
    }
}

type ToldRate = Option<DailyRate>;

fn day_of_rates((change, ppm, high, low): (ToldRate, Option<i64>, ToldRate, ToldRate)) -> Option<DayOfRates> {
    Some(DayOfRates { change: change?, change_ratio: Ratio::from_ppm(ppm?), high: high?, low: low? })
}
