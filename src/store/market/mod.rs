//! The recorded market: public trades, books, tickers, and the lives of own offers, in a database file of its own, so that
//! neither its size nor its loss ever touches what must survive a crash. SQLite on a thread of its own.
//!
//! Nobody waits for it: what finds no room is handed back to whoever told it. It never decides what is worth keeping.

mod file;
mod handle;
mod read;
mod rows;
#[cfg(test)]
mod tests;
mod write;

pub(in crate::store) use file::read_only;
pub use handle::MarketStore;
pub use read::{Life, MarketReader, Snapshot};
pub use rows::{Limits, OfferChange, OfferEvent, Row, RowKind, Standing, Terms, Totals};

/// File name of the recorded market in the state directory.
pub const FILE: &str = "market.sqlite3";
/// File name of the lock of whoever records.
const LOCK: &str = "market.lock";
