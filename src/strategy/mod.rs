//! What to wish for: a slice of a profile and a view of the market make wished offers, or the reason to hold.
//!
//! One file a rate rule. Nothing in here knows of live offers, limits on the account, or the wire: it answers what
//! should be open, never what to do.
//!
//! The way of a coin: [`targets`] gives every slice its share; [`answer`] asks the slice's rule for a rate (`rules`),
//! keeps it inside the user's bounds (`price`), finds the period (`period`), and cuts the money into offers (`split`).

mod answer;
mod others;
mod period;
mod price;
mod profile;
mod rules;
mod shares;
mod split;
pub mod stats;
mod view;

#[cfg(test)]
mod tests;

pub use answer::answer;
pub use profile::{FrrAs, Measure, Offset, PeriodRule, Profile, ProfileLimits, Quantity, RateRule, RateSpec, Slice};
pub use shares::{Shares, SliceMoney, targets};
pub use view::{AdaptiveView, Answer, Bounds, Declined, MarketView, Why, Wish};
