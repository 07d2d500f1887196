//! The background of the embedded exchange: lenders and borrowers who are not ours, modelled or replayed. Pure, seeded.

use crate::domain::{Amount, BookSide, Currency, DailyRate, Days, Decimal, Millis, Timestamp};

/// A background level of one currency's book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Side.
    pub side: BookSide,
    /// Rate per day exactly as it is shown (rates made from the FRR carry 16 digits).
    pub rate: Decimal,
    /// Period.
    pub period: Days,
    /// Number of offers in it.
    pub count: u32,
    /// Sum, above zero.
    pub amount: Amount,
}

/// Something that the background does in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// The background's levels from now on, both sides, replacing all earlier background levels. Levels that stay keep
    /// their place in the queue.
    Levels(Vec<Level>),
    /// A borrower takes eligible offers (of `period` or longer), cheapest first, then earliest, up to `limit`.
    Borrow {
        /// How much he wants.
        amount: Amount,
        /// Highest rate per day he pays.
        limit: DailyRate,
        /// The period he needs.
        period: Days,
    },
    /// The flash return rate per day changes.
    Frr(Decimal),
    /// The amount waiting at the FRR.
    FrrWaiting(Amount),
    /// The price of one unit in 1e-8 USD.
    UsdPrice(Amount),
}

/// How long a borrower keeps what he took, and whether he uses it: drawn at the match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Until he returns it; at most the period.
    pub returned_after: Millis,
    /// When the loan becomes a credit, if it does.
    pub used_after: Option<Millis>,
}

/// The remaining background levels of a currency, as the model sees them before it moves: what batches have eaten is gone.
#[derive(Debug, Clone, Copy)]
pub struct Remaining<'a> {
    /// Levels, in no particular order.
    pub levels: &'a [Level],
    /// Market time.
    pub now: Timestamp,
}

/// A background of one currency: lenders and borrowers who are not ours. It is asked to move when its time has come.
pub trait Background: Send {
    /// Its currency.
    fn currency(&self) -> Currency;
    /// When it next wants to move.
    fn next(&self) -> Timestamp;
    /// Moves; afterwards [`Background::next`] must lie later than `remaining.now`.
    fn step(&mut self, remaining: Remaining<'_>) -> Vec<Move>;
    /// Draws how long a borrower keeps what he just took, and when he uses it.
    fn hold(&mut self, period: Days, rate: DailyRate) -> Hold;
}
