//! What must survive a crash: writes recorded before they leave, own offers, nonce ceilings, the interest ledger; and
//! the lock that keeps a second daemon off the state directory. SQLite on a thread of its own.
//!
//! It never decides anything, never reads a clock and never holds a secret: keys appear as fingerprints only. Paper
//! actions and paper offers are no business of these tables (negative offer ids are refused by the schema).

mod actions;
mod database;
mod earned;
mod error;
mod handle;
mod learned;
mod ledger;
mod lock;
pub mod market;
pub mod requests;

#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod tests;

pub use earned::{DayRow, EarnedReader, LedgerRead, Purse};
pub use error::StoreError;
pub use handle::Store;
pub use ledger::InterestRow;
pub use lock::StateLock;
