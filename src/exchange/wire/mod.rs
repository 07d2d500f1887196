//! The exchange's JSON text to our values and back: every layout of `auth/…`, of the public calls and of the websocket, by
//! index. Pure. It never goes through a float, never fails a message for one bad row, and never keeps or shows a secret.

use crate::domain::{Amount, DailyRate, Days, Rounding, Timestamp};

pub mod account;
pub mod call;
pub mod error;
pub mod frame;
pub mod gate;
mod json;
pub mod market;
mod quick;
pub mod reading;
pub mod write;

pub use error::{WireError, decode, head};
pub use json::{Items, Json};
pub(super) use quick::book_update;

/// Rows that could be read, and the number of those that could not: one bad row is never fatal for the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows<T> {
    /// What was read, in the order of the wire.
    pub rows: Vec<T>,
    /// Rows that could not be read.
    pub dropped: u32,
}

/// A row that does not have its layout, or holds a number out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadRow;

/// Reads an array of rows. `read` answers `None` for rows that are knowingly left out (other kinds of row in one list).
///
/// # Errors
/// [`WireError::Shape`] when this is no array at all.
pub fn rows<'a, T>(
    what: &'static str,
    json: Json<'a>,
    read: impl Fn(Json<'a>) -> Result<Option<T>, BadRow>,
) -> Result<Rows<T>, WireError> {
    let items = json.items().ok_or_else(|| WireError::shape(what, json))?;
    let mut out = Rows { rows: Vec::new(), dropped: 0 };
    for item in items {
        match read(item) {
            Ok(Some(row)) => out.rows.push(row),
            Ok(None) => {}
            Err(BadRow) => out.dropped = out.dropped.saturating_add(1),
        }
    }
    Ok(out)
}

/// Inbound amount: to the nearest (money rule 3).
fn amount(json: Json<'_>) -> Option<Amount> {
    Amount::from_decimal(json.decimal()?, Rounding::Nearest).ok()
}

/// Inbound balance: down (money rule 3).
fn balance(json: Json<'_>) -> Option<Amount> {
    Amount::from_decimal(json.decimal()?, Rounding::Down).ok()
}

/// Inbound rate per day: to the nearest (money rule 3).
fn rate(json: Json<'_>) -> Option<DailyRate> {
    DailyRate::from_decimal(json.decimal()?, Rounding::Nearest).ok()
}

fn time(json: Json<'_>) -> Option<Timestamp> {
    json.int().map(Timestamp::from_millis)
}

fn days(json: Json<'_>) -> Option<Days> {
    json.int().and_then(|days| u16::try_from(days).ok()).map(Days::new)
}

#[cfg(test)]
mod tests;
