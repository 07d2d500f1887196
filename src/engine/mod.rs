//! The core: told the time and the news, it answers with wishes. Its only doors are `step`, `next_wakeup`, `digest`.
//!
//! It reads no clock, no file, no socket and no random source; the same inputs give the same effects in every run.

mod effect;
mod input;
mod note;
mod policy;
mod view;

pub use effect::{Effect, Memory};
pub use input::{Body, Input, OwnRecord, Restored};
pub use note::{CancelReason, Note, Outcome, Rule};
pub use policy::{AccountPolicy, LendPolicy, Policy};
pub use view::{AccountStatus, CurrencyStatus, LoanView, MarketStatus, OfferView, StatusView};
