//! What is learned from the market's prints, online: memory of a fixed size, the same in every run.
//!
//! Nothing in here prices an offer; it tells the rules and the engine when and where.

mod batch_clock;
mod history;

pub use batch_clock::{BatchClock, Window};
pub use history::{History, QUARTER, QuantileOf};
