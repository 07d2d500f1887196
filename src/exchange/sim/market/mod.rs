//! The background of the embedded exchange: lenders and borrowers who are not ours, modelled or replayed. Pure, seeded.
//!
//! [`model`] makes a market whose constants come from the measured one; [`replay`] plays recorded books back and models
//! only what lies between them; [`StillMarket`] does not move at all. Money leaves these rooms as exact amounts and rates; inside, statistics use `f64`.

mod climate;
mod demand;
mod hold;
pub mod model;
mod numbers;
mod profile;
mod random;
pub mod replay;
mod schedule;
mod still;
#[cfg(test)]
mod testbook;

pub use hold::{Need, Refinancing};
pub use profile::MarketProfile;
pub use random::Random;
pub use still::StillMarket;

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

/// One currency's background.
pub trait Background: Send + std::fmt::Debug {
    /// Whose background this is.
    fn currency(&self) -> Currency;
    /// When it wants to move next. Never earlier than the last step.
    fn next(&self) -> Timestamp;
    /// What it does when market time has reached [`Background::next`], in order; afterwards `next` is later.
    fn step(&mut self, remaining: Remaining<'_>) -> Vec<Move>;
    /// Draws how long the borrower of a loan made now keeps it.
    fn hold(&mut self, period: Days, rate: DailyRate) -> Hold;
}

/// Whether a bid is a ghost: shown, though an offer among `levels` would have served it long ago. In 31 % of the
/// recorded dollar books a two-day bid stood at or above the best two-day offer and never matched (strategy.md 1.6); an
/// exchange that matches offers against bids leaves such a bid alone. Judge against the levels last announced, not
/// against what a batch has left of them.
#[must_use]
pub fn is_ghost(bid: &Level, levels: &[Level]) -> bool {
    let rate = numbers::per_day(bid.rate);
    bid.side == BookSide::Bids
        && levels
            .iter()
            .any(|l| l.side == BookSide::Offers && l.period >= bid.period && numbers::per_day(l.rate) <= rate)
}
