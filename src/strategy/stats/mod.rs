//! What is learned from the market's prints, book and candles, and from own loans, online: memory of a fixed size, the
//! same in every run. Statistics are `f64` in here; what leaves is exact and rounded down.
//!
//! The way of a print: [`BatchClock`] learns when batches come; `events` sums the prints of a batch up; `level` and `wait`
//! learn from it how high the market is and how long an offer waits at which rate; `choice` weighs waits against yields,
//! with the book (`depth`), the requests (`bids`) and the holds of own loans (`hold`). [`Learned`] holds it together for
//! one currency. Nothing in here knows of limits, of slices or of what is live.

mod batch_clock;
mod bids;
mod checkpoint;
mod choice;
mod depth;
mod events;
mod forecasts;
mod history;
mod hold;
mod learned;
mod level;
mod look;
mod memory;
mod numbers;
mod parameters;
mod seeds;
mod wait;

pub use batch_clock::{BatchClock, Window};
pub use choice::{Hit, Prospect, Terms};
pub use forecasts::{Placed, Scores};
pub use history::{History, QUARTER, QuantileOf};
pub use hold::{HoldDays, Holds};
pub use learned::Learned;
pub use look::Advice;
pub use parameters::{LOTS, PERIODS, Parameters};
