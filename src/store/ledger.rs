//! Nonce ceilings, interest credited, and when messages were due: numbers that only ever grow.

use rusqlite::{OptionalExtension, params};

use crate::domain::{AccountName, Amount, Credited, Currency, Timestamp, Total};

use super::actions::integer;
use super::database::Database;
use super::earned::{DayRow, LedgerRead};
use super::error::StoreError;

/// One interest payment as the exchange's ledger tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterestRow {
    /// The ledger's id: one payment is counted once.
    pub ledger: i64,
    /// In what.
    pub currency: Currency,
    /// When it was credited.
    pub at: Timestamp,
    /// How much, after the exchange's fee.
    pub amount: Amount,
    /// The wallet's balance after it.
    pub balance: Amount,
    /// The exchange's words.
    pub description: String,
}

/// The ceiling stored for a key; zero when there is none.
pub(super) fn nonce_ceiling(database: &Database, fingerprint: &str) -> Result<u64, StoreError> {
    database.read("read a nonce ceiling", |connection| {
        let ceiling: Option<i64> = connection
            .query_row("SELECT ceiling FROM nonces WHERE fingerprint = ?1", [fingerprint], |row| row.get(0))
            .optional()?;
        let ceiling = ceiling.unwrap_or(0);
        u64::try_from(ceiling).map_err(|_negative| rusqlite::Error::IntegralValueOutOfRange(0, ceiling))
    })
}

/// Raises the ceiling of a key; a lower one than stored changes nothing.
pub(super) fn store_nonce_ceiling(database: &mut Database, fingerprint: &str, to: u64) -> Result<(), StoreError> {
    database.write("store a nonce ceiling", |tx| {
        tx.execute(
            "INSERT INTO nonces VALUES (?1, ?2)
             ON CONFLICT DO UPDATE SET ceiling = max(ceiling, excluded.ceiling)",
            params![fingerprint, integer(to)?],
        )
        .map(|_rows| ())
    })
}

/// Adds payments; those known by their ledger id are passed over. Answers how many were new.
pub(super) fn record_interest(
    database: &mut Database,
    account: &AccountName,
    rows: &[InterestRow],
) -> Result<usize, StoreError> {
    database.write("record interest", |tx| {
        let mut statement = tx.prepare_cached(
            "INSERT INTO interest (account, ledger, currency, at, amount, balance, description)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
        )?;
        rows.iter().try_fold(0_usize, |new, row| {
            let added = statement.execute(params![
                account.as_str(),
                row.ledger,
                row.currency.code(),
                row.at.millis(),
                row.amount.units(),
                row.balance.units(),
                row.description,
            ])?;
            Ok(new.saturating_add(added))
        })
    })
}

/// How far the ledger of a currency was read.
pub(super) fn ledger_read(
    database: &Database,
    account: &AccountName,
    currency: Currency,
) -> Result<LedgerRead, StoreError> {
    database.read("read how far the ledger is known", |connection| {
        let sql = "SELECT whole, until FROM ledger_read WHERE account = ?1 AND currency = ?2";
        let known = connection.query_row(sql, [account.as_str(), currency.code()], |row| {
            let until = row.get::<_, Option<i64>>(1)?.map(Timestamp::from_millis);
            Ok(LedgerRead { whole: row.get(0)?, until })
        });
        Ok(known.optional()?.unwrap_or_default())
    })
}

/// Remembers how far the ledger of a currency was read; what was known before stays known.
pub(super) fn record_ledger_read(
    database: &mut Database,
    account: &AccountName,
    currency: Currency,
    read: LedgerRead,
) -> Result<(), StoreError> {
    database.write("remember how far the ledger is known", |tx| {
        tx.execute(
            "INSERT INTO ledger_read VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET
                whole = max(whole, excluded.whole), until = max(ifnull(until, 0), excluded.until)",
            params![account.as_str(), currency.code(), read.whole, read.until.map(Timestamp::millis)],
        )
        .map(|_rows| ())
    })
}

/// Adds to what is known of days.
pub(super) fn record_days(
    database: &mut Database,
    rows: &[(AccountName, Currency, i64, DayRow)],
) -> Result<(), StoreError> {
    database.write("record balances", |tx| {
        let mut statement = tx.prepare_cached(
            "INSERT INTO days VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET
                known_ms = known_ms + excluded.known_ms,
                balance_days = balance_days + excluded.balance_days,
                estimated = CASE WHEN excluded.estimated IS NULL THEN estimated
                                 ELSE ifnull(estimated, 0) + excluded.estimated END",
        )?;
        rows.iter().try_for_each(|(account, currency, day, row)| {
            let estimated = row.estimated.map(Amount::units);
            statement
                .execute(params![
                    account.as_str(),
                    currency.code(),
                    day,
                    row.known_ms,
                    row.balance_days.units(),
                    estimated
                ])
                .map(|_rows| ())
        })
    })
}

/// What was credited to an account in one currency after `from`, up to and with `to`.
pub(super) fn interest_between(
    database: &Database,
    account: &AccountName,
    currency: Currency,
    (from, to): (Timestamp, Timestamp),
) -> Result<Total, StoreError> {
    database.read("sum up interest", |connection| {
        let mut statement = connection.prepare_cached(
            "SELECT amount FROM interest WHERE account = ?1 AND currency = ?2 AND at > ?3 AND at <= ?4",
        )?;
        let mut rows = statement.query(params![account.as_str(), currency.code(), from.millis(), to.millis()])?;
        let mut total = Total::ZERO;
        while let Some(row) = rows.next()? {
            total = total.plus(Amount::from_units(row.get(0)?));
        }
        Ok(total)
    })
}

/// When the message of this name was due that was told last.
pub(super) fn told(database: &Database, name: &str) -> Result<Option<Timestamp>, StoreError> {
    database.read("read what was told", |connection| {
        let at: Option<i64> = connection
            .query_row("SELECT value FROM counters WHERE name = ?1", [counter(name)], |row| row.get(0))
            .optional()?;
        Ok(at.map(Timestamp::from_millis))
    })
}

/// Remembers that; an earlier time than is known changes nothing.
pub(super) fn record_told(database: &mut Database, name: &str, due: Timestamp) -> Result<(), StoreError> {
    database.write("remember what was told", |tx| {
        tx.execute(
            "INSERT INTO counters VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = max(value, excluded.value)",
            params![counter(name), due.millis()],
        )
        .map(|_rows| ())
    })
}

/// Numbers of messages stand beside others of the house.
fn counter(name: &str) -> String {
    format!("told:{name}")
}

/// Everything credited to an account in one currency; by days from that of `since` on.
pub(super) fn credited(
    database: &Database,
    account: &AccountName,
    currency: Currency,
    since: Timestamp,
) -> Result<Credited, StoreError> {
    database.read("sum up interest", |connection| {
        let mut statement =
            connection.prepare_cached("SELECT amount, at FROM interest WHERE account = ?1 AND currency = ?2")?;
        // Summed here: a sum of SQLite's own ends at the range of one amount.
        let mut rows = statement.query([account.as_str(), currency.code()])?;
        let mut credited = Credited::default();
        while let Some(row) = rows.next()? {
            let (amount, at) = (Amount::from_units(row.get(0)?), Timestamp::from_millis(row.get(1)?));
            credited.total = credited.total.plus(amount);
            credited.last = credited.last.max(Some(at));
            if at.day() >= since.day() {
                let day = credited.by_day.entry(at.day()).or_default();
                *day = day.plus(amount);
            }
        }
        Ok(credited)
    })
}
