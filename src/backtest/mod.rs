//! What a profile would have earned: the daemon's own engine on a virtual clock, over a tape of the market, beside the habits of
//! other lenders and perfect foresight.
//!
//! A [`tape`] tells moments in the order of time, each when it is over; so no rule can see what is still to come. Every
//! [`lender`] meets every moment in one pass: profiles by the very [`crate::engine::Engine`], habits by small policies. Each has an
//! account at a [`venue`] of its own, where a [`fill`] model says what the market would have taken from him, and where all meet
//! the same borrowers. [`measure`] sums up, [`report`] shows.
//!
//! Why not the whole embedded exchange: it speaks JSON over sockets and lets a lender change the market, both of which it should,
//! and neither of which a year in seconds can afford. The venue keeps its law of holds, its fee, minimum and interest.
//!
//! What it is worth: strategy.md 4.4 and 5.6 say what counts as evidence. A modelled market is a model; candles leave open
//! who was filled; no back-test knows what a lender's own presence changes beyond the volume he takes.
//!
//! Memory does not grow with the tape, but for the days of the books and the oracle's events.

pub mod benchmarks;
pub mod fill;
pub mod lender;
pub mod measure;
pub mod moment;
mod numbers;
pub mod report;
mod run;
pub mod tape;
pub mod venue;

#[cfg(test)]
mod tests;

pub use run::{BacktestError, Kind, Plan, Row, Unit, UnitResult, run};
