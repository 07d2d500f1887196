//! Earnings read beside the daemon or without one: payments, daily balances, and how far the ledger was read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::domain::{AccountName, Amount, Currency, Timestamp};

use super::database::{FILE, MIGRATIONS};
use super::error::StoreError;
use super::ledger::InterestRow;
use super::market::read_only;

/// Whose, and in what.
pub type Purse = (AccountName, Currency);

/// What is known of one UTC day of a purse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DayRow {
    /// Milliseconds of the day in which the balance was known.
    pub known_ms: i64,
    /// The balance times the milliseconds it stood, divided by those of a day.
    pub balance_days: Amount,
    /// Interest that the daemon reckoned with, after the fee; unknown in paper mode and while it did not run.
    pub estimated: Option<Amount>,
}

/// How far the exchange's ledger was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LedgerRead {
    /// Back to its first row.
    pub whole: bool,
    /// Up to then.
    pub until: Option<Timestamp>,
}

/// The books of a state directory, to be read only.
#[derive(Debug)]
pub struct EarnedReader {
    connection: Connection,
    path: PathBuf,
    /// False for a database of an older version, which knows payments only.
    has_days: bool,
}

impl EarnedReader {
    /// Opens them; a daemon may be writing.
    ///
    /// # Errors
    /// [`StoreError::Io`] when there are none, else as SQLite says.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(FILE);
        let connection = read_only(&path, MIGRATIONS.len())?;
        let sql = "SELECT count(*) FROM sqlite_schema WHERE name IN ('days', 'ledger_read')";
        let tables: i64 = connection
            .query_row(sql, [], |row| row.get(0))
            .map_err(|error| StoreError::sqlite("read", &path, error))?;
        Ok(Self { connection, path, has_days: tables == 2 })
    }

    /// All payments, oldest first.
    ///
    /// # Errors
    /// As SQLite says.
    pub fn payments(&self) -> Result<Vec<(AccountName, InterestRow)>, StoreError> {
        let sql = "SELECT account, currency, ledger, at, amount, balance, description FROM interest
                   ORDER BY at, ledger, account";
        let read = || -> rusqlite::Result<Vec<(AccountName, InterestRow)>> {
            let mut payments = Vec::new();
            let mut statement = self.connection.prepare(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let Some((account, currency)) = purse(row)? else { continue };
                let payment = InterestRow {
                    ledger: row.get(2)?,
                    currency,
                    at: Timestamp::from_millis(row.get(3)?),
                    amount: Amount::from_units(row.get(4)?),
                    balance: Amount::from_units(row.get(5)?),
                    description: row.get(6)?,
                };
                payments.push((account, payment));
            }
            Ok(payments)
        };
        read().map_err(|source| StoreError::sqlite("read payments", &self.path, source))
    }

    /// What is known of each UTC day ([`Timestamp::day`]).
    ///
    /// # Errors
    /// As SQLite says.
    pub fn days(&self) -> Result<BTreeMap<Purse, BTreeMap<i64, DayRow>>, StoreError> {
        let mut days: BTreeMap<Purse, BTreeMap<i64, DayRow>> = BTreeMap::new();
        let sql = "SELECT account, currency, day, known_ms, balance_days, estimated FROM days";
        self.each(sql, |purse, row| {
            let told = DayRow {
                known_ms: row.get(3)?,
                balance_days: Amount::from_units(row.get(4)?),
                estimated: row.get::<_, Option<i64>>(5)?.map(Amount::from_units),
            };
            days.entry(purse).or_default().insert(row.get(2)?, told);
            Ok(())
        })?;
        Ok(days)
    }

    /// How far each purse's ledger was read.
    ///
    /// # Errors
    /// As SQLite says.
    pub fn ledgers(&self) -> Result<BTreeMap<Purse, LedgerRead>, StoreError> {
        let mut ledgers = BTreeMap::new();
        self.each("SELECT account, currency, whole, until FROM ledger_read", |purse, row| {
            let until = row.get::<_, Option<i64>>(3)?.map(Timestamp::from_millis);
            ledgers.insert(purse, LedgerRead { whole: row.get(2)?, until });
            Ok(())
        })?;
        Ok(ledgers)
    }

    fn each(
        &self,
        sql: &str,
        mut take: impl FnMut(Purse, &rusqlite::Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        if !self.has_days {
            return Ok(());
        }
        let mut read = || -> rusqlite::Result<()> {
            let mut statement = self.connection.prepare(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                if let Some(purse) = purse(row)? {
                    take(purse, row)?;
                }
            }
            Ok(())
        };
        read().map_err(|source| StoreError::sqlite("read earnings", &self.path, source))
    }
}

/// Whose row it is; nothing for a name that could not be ours.
fn purse(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<Purse>> {
    let (account, currency): (String, String) = (row.get(0)?, row.get(1)?);
    Ok(AccountName::new(&account).ok().zip(Currency::from_code(&currency).ok()))
}
