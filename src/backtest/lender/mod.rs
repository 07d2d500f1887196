//! Who lends in a run: the daemon's own engine with a profile, or a small policy of its own for comparison. All of them meet
//! the same moments, in one pass over the tape.

mod by_engine;
mod by_policy;
mod own_levels;

#[cfg(test)]
mod tests;

pub use by_engine::ByEngine;
pub use by_policy::{ByPolicy, Policy, Quote};

use super::measure::Tally;
use super::moment::Moment;
use crate::domain::Timestamp;

/// A lender.
pub trait Lender: std::fmt::Debug + Send {
    /// His money comes.
    fn deposit(&mut self, at: Timestamp);
    /// Something happened in the market; before that, everything of his own until then.
    fn moment(&mut self, moment: &Moment);
    /// The end: his books.
    fn end(self: Box<Self>, at: Timestamp) -> Tally;
}
