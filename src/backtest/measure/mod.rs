//! What a run has come to: money, time and waits summed up as they pass, figures made of them at the end, and how sure a
//! difference between two runs is.
//!
//! Money is exact integers until it is shown; all else is statistics.

mod bootstrap;
mod figures;
mod tally;
mod waits;

#[cfg(test)]
mod tests;

pub use bootstrap::{Interval, bootstrap_days, bootstrap_units};
pub use figures::{Figures, Regret, regret};
pub use tally::{Point, Standing, Tally};
pub use waits::Waits;
