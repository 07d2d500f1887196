//! Writing rows, and deleting old ones in steps so small that nobody waits for them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::domain::{Amount, BookSide, Currency, DailyRate, Days, HOUR, Millis, Print, Ticker, Timestamp};
use crate::store::error::StoreError;

use super::file::MarketFile;
use super::rows::{Limits, OfferChange, OfferEvent, Row, RowKind, Standing, Totals};

/// Rows of a kind that one step deletes at most.
const STEP: i64 = 1_000;
/// Pages that one step gives back to the system at most.
const PAGES: i64 = 256;
/// When there is too much, the oldest rows of this span are deleted.
const SLICE: Millis = HOUR;

/// Keeps rows in one commit; answers how many of each kind were new.
pub(super) fn rows(file: &mut MarketFile, rows: &[Row]) -> Result<BTreeMap<RowKind, u64>, StoreError> {
    let path = &file.path;
    let fault = |source| StoreError::sqlite("record the market", path, source);
    let tx = file.connection.transaction().map_err(fault)?;
    let mut new = BTreeMap::new();
    for row in rows {
        let added = one(&tx, row).map_err(fault)?;
        if let Some(kind) = row.kind().filter(|_| added > 0) {
            let count: &mut u64 = new.entry(kind).or_default();
            *count = count.saturating_add(1);
        }
    }
    tx.commit().map_err(fault)?;
    Ok(new)
}

fn one(tx: &Transaction<'_>, row: &Row) -> rusqlite::Result<usize> {
    match row {
        Row::Trade(currency, print) => {
            let amount = if print.taken { print.amount.units().saturating_neg() } else { print.amount.units() };
            tx.prepare_cached("INSERT INTO trades VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING")?.execute(
                params![currency.code(), print.id, print.at.millis(), amount, print.rate.units(), print.period.get()],
            )
        }
        Row::Book(currency, at, levels) => {
            let mut text = String::new();
            for level in levels {
                let minus = if level.side == BookSide::Bids { "-" } else { "" };
                let (key, count) = (level.key, level.count);
                let _infallible = writeln!(text, "{},{},{count},{minus}{}", key.exact, key.period.get(), level.amount);
            }
            tx.prepare_cached("INSERT INTO books VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?.execute(params![
                currency.code(),
                at.millis(),
                text
            ])
        }
        Row::Ticker(currency, at, told) => ticker(tx, *currency, *at, told),
        Row::Offer(event) => offer(tx, event),
        Row::Gap(currency, since, until) => tx
            .prepare_cached(
                "INSERT INTO gaps VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET until = max(until, excluded.until)",
            )?
            .execute(params![currency.code(), since.millis(), until.millis()]),
        Row::Complete(currency, until) => tx
            .prepare_cached("INSERT INTO complete VALUES (?1, ?2) ON CONFLICT DO UPDATE SET until = excluded.until")?
            .execute(params![currency.code(), until.millis()]),
    }
}

fn ticker(tx: &Transaction<'_>, currency: Currency, at: Timestamp, told: &Ticker) -> rusqlite::Result<usize> {
    let rate = |rate: Option<DailyRate>| rate.map(DailyRate::units);
    let amount = |amount: Option<Amount>| amount.map(Amount::units);
    let period = |side: Option<(DailyRate, Days)>| side.map(|(_, period)| period.get());
    tx.prepare_cached(
        "INSERT INTO tickers VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
         ON CONFLICT DO NOTHING",
    )?
    .execute(params![
        currency.code(),
        at.millis(),
        rate(told.frr),
        rate(told.bid.map(|(rate, _)| rate)),
        period(told.bid),
        amount(told.bid_size),
        rate(told.offer.map(|(rate, _)| rate)),
        period(told.offer),
        amount(told.offer_size),
        rate(told.day.map(|day| day.change)),
        told.day.map(|day| day.change_ratio.ppm()),
        rate(told.last),
        amount(told.volume),
        rate(told.day.map(|day| day.high)),
        rate(told.day.map(|day| day.low)),
        amount(told.frr_available),
    ])
}

/// What is still open follows from what was known of the offer before.
fn offer(tx: &Transaction<'_>, event: &OfferEvent) -> rusqlite::Result<usize> {
    let before: Option<(String, Option<i64>)> = tx
        .prepare_cached(
            "SELECT change, rest FROM offers WHERE account = ?1 AND offer = ?2 ORDER BY rowid DESC LIMIT 1",
        )?
        .query_row(params![event.account.as_str(), event.offer.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let open = before.as_ref().and_then(|(_, rest)| *rest);
    let ended = before.is_none_or(|(change, rest)| {
        rest == Some(0) || matches!(OfferChange::from_label(&change), Some(OfferChange::Cancelled | OfferChange::Gone))
    });
    let rest = match event.change {
        OfferChange::Created => Some(event.amount.units()),
        OfferChange::Filled => open.map(|open| open.saturating_sub(event.amount.units()).max(0)),
        // How it ended is known, or nothing of it is.
        OfferChange::Gone if ended => return Ok(0),
        OfferChange::Cancelled | OfferChange::Gone => Some(0),
    };
    let terms = event.terms.as_ref();
    tx.prepare_cached("INSERT INTO offers VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)")?.execute(
        params![
            event.at.millis(),
            event.account.as_str(),
            event.currency.code(),
            event.offer.0,
            event.change.label(),
            event.amount.units(),
            rest,
            terms.map(|terms| terms.slice.as_str()),
            terms.map(|terms| terms.kind.wire()),
            terms.map(|terms| terms.rate.units()),
            terms.map(|terms| terms.period.get()),
            event.ahead.map(|ahead| ahead.to_string()),
        ],
    )
}

/// What earlier runs left.
pub(super) fn standing(file: &MarketFile, since: Timestamp) -> Result<Standing, StoreError> {
    let read = |connection: &Connection| -> rusqlite::Result<Standing> {
        let mut standing = Standing::default();
        let mut marks = connection.prepare("SELECT currency, until FROM complete")?;
        let mut rows = marks.query([])?;
        while let Some(row) = rows.next()? {
            if let Ok(currency) = Currency::from_code(&row.get::<_, String>(0)?) {
                standing.complete.insert(currency, Timestamp::from_millis(row.get(1)?));
            }
        }
        let mut trades = connection
            .prepare("SELECT currency, id, at, amount, rate, period FROM trades WHERE at >= ?1 ORDER BY at, id")?;
        let mut rows = trades.query([since.millis()])?;
        while let Some(row) = rows.next()? {
            if let Ok(currency) = Currency::from_code(&row.get::<_, String>(0)?) {
                standing.trades.push((currency, print(row, 1)?));
            }
        }
        Ok(standing)
    };
    read(&file.connection).map_err(|source| StoreError::sqlite("read what was recorded", &file.path, source))
}

/// A trade whose id stands in column `first`.
pub(super) fn print(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Print> {
    let amount = Amount::from_units(row.get(first.saturating_add(2))?);
    Ok(Print {
        id: row.get(first)?,
        at: Timestamp::from_millis(row.get(first.saturating_add(1))?),
        amount: amount.abs(),
        taken: amount < Amount::ZERO,
        rate: DailyRate::from_units(row.get(first.saturating_add(3))?),
        period: Days::new(row.get(first.saturating_add(4))?),
    })
}

/// One step of deleting; answers whether another may be needed.
pub(super) fn tend(file: &mut MarketFile, now: Timestamp, limits: Limits) -> Result<bool, StoreError> {
    let MarketFile { connection, path, .. } = file;
    let fault = |source| StoreError::sqlite("delete old rows", path, source);
    let old = now.minus(limits.keep);
    let mut deleted = delete(connection, old, true).map_err(fault)?;
    if deleted == 0
        && used(connection).map_err(fault)? > limits.max_size
        && let Some(oldest) = oldest(connection).map_err(fault)?
    {
        deleted = delete(connection, oldest.plus(SLICE), false).map_err(fault)?;
    }
    give_back(connection).map_err(fault)?;
    Ok(deleted > 0)
}

/// Gives unused pages back to the system. Each page is a step of the statement.
fn give_back(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
    let mut pages = statement.query([])?;
    while pages.next()?.is_some() {}
    Ok(())
}

/// Deletes a step's worth of rows before `until`; the lives of own offers only when they are told to be old.
fn delete(connection: &mut Connection, until: Timestamp, lives: bool) -> rusqlite::Result<usize> {
    let tx = connection.transaction()?;
    let bounds = params![until.millis(), STEP];
    // From here on these trades are missing.
    tx.execute(
        "INSERT INTO gaps SELECT currency, 0, ?1 FROM complete
            WHERE EXISTS (SELECT 1 FROM trades WHERE trades.at < ?1 LIMIT 1)
         ON CONFLICT DO UPDATE SET until = max(until, excluded.until)",
        [until.millis()],
    )?;
    let mut deleted = tx.execute(
        "DELETE FROM trades WHERE (currency, id) IN
            (SELECT currency, id FROM trades WHERE at < ?1 ORDER BY at LIMIT ?2)",
        bounds,
    )?;
    let tables: &[&str] = if lives { &["books", "tickers", "offers"] } else { &["books", "tickers"] };
    for table in tables {
        let sql = format!(
            "DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE at < ?1 ORDER BY at LIMIT ?2)"
        );
        deleted = deleted.saturating_add(tx.execute(&sql, bounds)?);
    }
    tx.execute("DELETE FROM gaps WHERE since > 0 AND until < ?1", [until.millis()])?;
    tx.commit()?;
    Ok(deleted)
}

/// Bytes that hold something.
fn used(connection: &Connection) -> rusqlite::Result<u64> {
    let number = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
    let used = number("page_count")?.saturating_sub(number("freelist_count")?).saturating_mul(number("page_size")?);
    Ok(u64::try_from(used).unwrap_or(0))
}

fn oldest(connection: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    let sql = "SELECT min(at) FROM (SELECT min(at) AS at FROM trades UNION ALL SELECT min(at) FROM books
               UNION ALL SELECT min(at) FROM tickers)";
    let at: Option<i64> = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(at.map(Timestamp::from_millis))
}

/// How the database stands; what cannot be told stays as it was.
pub(super) fn look(file: &MarketFile, totals: &mut Totals) {
    totals.size = file.size();
    if let Ok(at) = oldest(&file.connection) {
        totals.oldest = at;
    }
}
