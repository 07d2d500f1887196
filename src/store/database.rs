//! The database file: opening, migrating, checking. One connection, used by one thread.

use std::fs::{OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::error::StoreError;
use super::lock::StateLock;

/// File name of the database in the state directory.
pub(super) const FILE: &str = "yieldsforge.db";

/// How long a user's own `sqlite3` shell may hold us up.
const BUSY: Duration = Duration::from_secs(5);

/// One step a version: the schema's version is the number of steps taken. Steps are only ever added.
pub(super) const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE counters (
        name  TEXT PRIMARY KEY,
        value INTEGER NOT NULL
    ) STRICT;
    INSERT INTO counters VALUES ('next_action', 1);

    -- Money: integers of 1e-8; rates: integers of 1e-12 per day; times: milliseconds since 1970 UTC.
    CREATE TABLE intents (
        id           INTEGER PRIMARY KEY,
        account      TEXT NOT NULL,
        currency     TEXT NOT NULL,
        kind         TEXT NOT NULL CHECK (kind IN ('submit', 'cancel')),
        amount       INTEGER CHECK (amount > 0),
        rate         INTEGER,
        type         TEXT,
        period       INTEGER,
        hidden       INTEGER,
        cancel_offer INTEGER CHECK (cancel_offer > 0),
        slice        TEXT NOT NULL,
        decided_at   INTEGER NOT NULL,
        state        TEXT NOT NULL DEFAULT 'sent' CHECK (state IN ('sent', 'accepted', 'refused')),
        made_offer   INTEGER
    ) STRICT;
    CREATE INDEX intents_unsettled ON intents (id) WHERE state = 'sent';
    CREATE INDEX intents_by_time ON intents (decided_at);

    CREATE TABLE own_offers (
        account   TEXT NOT NULL,
        offer     INTEGER NOT NULL CHECK (offer > 0),
        slice     TEXT NOT NULL,
        opened_at INTEGER NOT NULL,
        closed_at INTEGER,
        PRIMARY KEY (account, offer)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX own_offers_open ON own_offers (account, offer) WHERE closed_at IS NULL;

    CREATE TABLE nonces (
        fingerprint TEXT PRIMARY KEY,
        ceiling     INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE interest (
        account     TEXT NOT NULL,
        ledger      INTEGER NOT NULL,
        currency    TEXT NOT NULL,
        at          INTEGER NOT NULL,
        amount      INTEGER NOT NULL,
        balance     INTEGER NOT NULL,
        description TEXT NOT NULL,
        PRIMARY KEY (account, ledger)
    ) STRICT, WITHOUT ROWID;
",
    "
    -- What is known of each UTC day: for how long, the balance x time in days, interest as the daemon reckoned it.
    CREATE TABLE days (
        account      TEXT NOT NULL,
        currency     TEXT NOT NULL,
        day          INTEGER NOT NULL,
        known_ms     INTEGER NOT NULL,
        balance_days INTEGER NOT NULL,
        estimated    INTEGER,
        PRIMARY KEY (account, currency, day)
    ) STRICT, WITHOUT ROWID;

    -- How far the exchange's ledger was read: back to its first row (1), and up to when.
    CREATE TABLE ledger_read (
        account  TEXT NOT NULL,
        currency TEXT NOT NULL,
        whole    INTEGER NOT NULL,
        until    INTEGER,
        PRIMARY KEY (account, currency)
    ) STRICT, WITHOUT ROWID;
",
    super::learned::TABLE,
];

/// An open database with the lock on its directory.
#[derive(Debug)]
pub(super) struct Database {
    connection: Connection,
    path: PathBuf,
    // Last, so that it is let go after the connection is shut.
    _lock: StateLock,
}

impl Database {
    /// Locks `dir`, then opens, checks and migrates its database, which is made (0600) if it is not there.
    pub(super) fn open(dir: &Path) -> Result<Self, StoreError> {
        let lock = StateLock::take(dir)?;
        let path = dir.join(FILE);
        make_private(&path)?;
        let fault = |doing| {
            let path = path.clone();
            move |source| StoreError::sqlite(doing, &path, source)
        };
        let mut connection = Connection::open(&path).map_err(fault("open"))?;
        connection.busy_timeout(BUSY).map_err(fault("configure"))?;
        migrate(&mut connection, &path, MIGRATIONS)?;
        configure(&connection).map_err(fault("configure"))?;
        let verdict: String =
            connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(fault("check"))?;
        if verdict != "ok" {
            return Err(StoreError::Damaged { path, detail: verdict });
        }
        Ok(Self { connection, path, _lock: lock })
    }

    /// One transaction: all of `work` or nothing of it, on the disk when this returns.
    pub(super) fn write<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let path = &self.path;
        let fault = |source| StoreError::sqlite(doing, path, source);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault)?;
        let done = work(&transaction).map_err(fault)?;
        transaction.commit().map_err(fault)?;
        Ok(done)
    }

    /// Reads.
    pub(super) fn read<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        work(&self.connection).map_err(|source| StoreError::sqlite(doing, &self.path, source))
    }

    /// Shuts the database in order: the log is written back, the lock let go.
    pub(super) fn close(self) -> Result<(), StoreError> {
        let Self { connection, path, _lock } = self;
        connection.close().map_err(|(_, source)| StoreError::sqlite("close", &path, source))
    }
}

/// Only the owner may read; SQLite gives its -wal and -shm files the mode of the database.
pub(super) fn make_private(path: &Path) -> Result<(), StoreError> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(StoreError::io("open", path))?;
    file.set_permissions(Permissions::from_mode(0o600)).map_err(StoreError::io("protect", path))
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA journal_mode = WAL", [], |_row| Ok(()))?;
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;")
}

/// Takes the steps that the file has not seen yet, each in its own transaction. A newer file is left untouched.
pub(super) fn migrate(connection: &mut Connection, path: &Path, steps: &[&str]) -> Result<(), StoreError> {
    let fault = |source| StoreError::sqlite("migrate", path, source);
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(fault)?;
    let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    let Some(missing) = usize::try_from(found).ok().and_then(|done| steps.get(done..)) else {
        return Err(StoreError::Newer { path: path.to_owned(), found, known });
    };
    for (step, version) in missing.iter().zip(found.saturating_add(1)..) {
        let transaction = connection.transaction().map_err(fault)?;
        transaction.execute_batch(step).map_err(fault)?;
        transaction.pragma_update(None, "user_version", version).map_err(fault)?;
        transaction.commit().map_err(fault)?;
    }
    Ok(())
}
