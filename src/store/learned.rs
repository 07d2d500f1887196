//! What is learned, as bytes under a name: written over every hour, told to the next start.
//!
//! What the bytes mean is the business of whoever learned; bytes that it cannot read any more are replaced in time.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use crate::domain::Timestamp;
use crate::engine::Kept;

use super::database::Database;
use super::error::StoreError;

/// The table's step of the schema.
pub(super) const TABLE: &str = "
    -- Versioned checkpoints of what is learned of markets and own loans; `at` in milliseconds since 1970 UTC.
    CREATE TABLE learned (
        name  TEXT PRIMARY KEY,
        at    INTEGER NOT NULL,
        state BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
";

/// Writes each in the place of what was kept under its name, in one commit.
pub(super) fn keep(database: &mut Database, at: Timestamp, kept: &[Kept]) -> Result<(), StoreError> {
    database.write("write down what is learned", |tx| {
        let mut statement = tx.prepare_cached(
            "INSERT INTO learned (name, at, state) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET at = excluded.at, state = excluded.state",
        )?;
        kept.iter().try_for_each(|one| statement.execute(params![one.name, at.millis(), one.bytes]).map(|_rows| ()))
    })
}

/// All of it by name.
pub(super) fn kept(connection: &Connection) -> rusqlite::Result<BTreeMap<String, Vec<u8>>> {
    let mut statement = connection.prepare("SELECT name, state FROM learned")?;
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}
