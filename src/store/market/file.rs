//! The file: opening it to write, and beside a writer to read.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::store::database::{make_private, migrate};
use crate::store::error::StoreError;
use crate::store::lock::StateLock;

use super::{FILE, LOCK};

/// How long another process may hold us up.
const BUSY: Duration = Duration::from_secs(5);

/// One step a version; steps are only ever added.
pub(super) const MIGRATIONS: &[&str] = &["
    -- Money: integers of 1e-8; rates: integers of 1e-12 per day; times: milliseconds since 1970 UTC.
    CREATE TABLE trades (
        currency TEXT NOT NULL,
        id       INTEGER NOT NULL,
        at       INTEGER NOT NULL,
        amount   INTEGER NOT NULL,  -- below zero: a borrower took an offer
        rate     INTEGER NOT NULL,
        period   INTEGER NOT NULL,
        PRIMARY KEY (currency, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX trades_by_time ON trades (at);

    CREATE TABLE books (
        currency TEXT NOT NULL,
        at       INTEGER NOT NULL,
        levels   TEXT NOT NULL      -- one a line, as exported: rate,period,count,amount (below zero: a bid)
    ) STRICT;
    CREATE UNIQUE INDEX books_by_time ON books (at, currency);

    CREATE TABLE tickers (
        currency      TEXT NOT NULL,
        at            INTEGER NOT NULL,
        frr           INTEGER,
        bid           INTEGER,
        bid_period    INTEGER,
        bid_size      INTEGER,
        offer         INTEGER,
        offer_period  INTEGER,
        offer_size    INTEGER,
        change        INTEGER,
        change_ratio  INTEGER,     -- in millionths
        last          INTEGER,
        volume        INTEGER,
        high          INTEGER,
        low           INTEGER,
        frr_available INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX tickers_by_time ON tickers (at, currency);

    CREATE TABLE offers (
        at       INTEGER NOT NULL,
        account  TEXT NOT NULL,
        currency TEXT NOT NULL,
        offer    INTEGER NOT NULL,  -- below zero: on paper
        change   TEXT NOT NULL CHECK (change IN ('created', 'filled', 'cancelled', 'gone')),
        amount   INTEGER NOT NULL,
        rest     INTEGER,           -- what of it is still open after this, where known
        slice    TEXT,
        type     TEXT,
        rate     INTEGER,
        period   INTEGER,
        ahead    TEXT
    ) STRICT;
    CREATE INDEX offers_by_time ON offers (at);
    CREATE INDEX offers_by_id ON offers (account, offer);

    CREATE TABLE gaps (
        currency TEXT NOT NULL,
        since    INTEGER NOT NULL,  -- 0: from the beginning
        until    INTEGER NOT NULL,
        PRIMARY KEY (currency, since)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE complete (
        currency TEXT PRIMARY KEY,
        until    INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
"];

/// An open database with the lock of whoever records.
#[derive(Debug)]
pub(super) struct MarketFile {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    // Last, so that it is let go after the connection is shut.
    _lock: StateLock,
}

impl MarketFile {
    /// Takes the recorder's lock in `dir`, then opens and migrates the database, which is made (0600) if it is not there.
    pub(super) fn open(dir: &Path) -> Result<Self, StoreError> {
        let lock = StateLock::take_named(dir, LOCK)?;
        let path = dir.join(FILE);
        make_private(&path)?;
        let fault = |doing| {
            let path = path.clone();
            move |source| StoreError::sqlite(doing, &path, source)
        };
        let mut connection = Connection::open(&path).map_err(fault("open"))?;
        connection.busy_timeout(BUSY).map_err(fault("configure"))?;
        configure(&connection).map_err(fault("configure"))?;
        migrate(&mut connection, &path, MIGRATIONS)?;
        Ok(Self { connection, path, _lock: lock })
    }

    /// Bytes on disk, the log that is not written back yet included.
    pub(super) fn size(&self) -> u64 {
        let log = self.path.with_extension("sqlite3-wal");
        let files = [self.path.as_path(), log.as_path()];
        files.iter().filter_map(|path| Some(std::fs::metadata(path).ok()?.len())).sum()
    }
}

/// Losing the last second in a power cut is borne: it is a gap like another, and filled like one.
fn configure(connection: &Connection) -> rusqlite::Result<()> {
    // Before the first table; later it changes nothing.
    connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL;")?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |_row| Ok(()))?;
    connection.query_row("PRAGMA journal_size_limit = 4194304", [], |_row| Ok(()))?;
    connection.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -512;")
}

/// Opens a database of ours to read it beside whoever writes it. Nothing is made or changed.
///
/// # Errors
/// When it is not there, cannot be read, or was written by a newer program.
pub(in crate::store) fn read_only(path: &Path, known: usize) -> Result<Connection, StoreError> {
    let fault = |source| StoreError::sqlite("open", path, source);
    std::fs::metadata(path).map_err(StoreError::io("open", path))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(path, flags).map_err(fault)?;
    connection.busy_timeout(BUSY).map_err(fault)?;
    let version = |connection: &Connection| connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0));
    let (connection, found) = match version(&connection) {
        Ok(found) => (connection, found),
        // A log that nobody holds cannot be joined without writing beside it; then nobody writes, and the file is whole.
        Err(_no_log) => {
            let still =
                Connection::open_with_flags(format!("file:{}?immutable=1", encoded(path)), flags).map_err(fault)?;
            let found = version(&still).map_err(fault)?;
            (still, found)
        }
    };
    let known = i64::try_from(known).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::Newer { path: path.to_owned(), found, known });
    }
    Ok(connection)
}

/// A path as a URI has it.
fn encoded(path: &Path) -> String {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte);
    let text = path.to_string_lossy();
    text.bytes().map(|byte| if safe(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
