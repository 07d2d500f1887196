//! What to wish for: a slice of a profile and a view of the market make wished offers, or the reason to hold.
//!
//! One file a rate rule. Nothing in here knows of live offers, limits on the account, or the wire: it answers what
//! should be open, never what to do.

mod profile;
mod view;

pub use profile::{FrrAs, Measure, Offset, PeriodRule, Profile, ProfileLimits, Quantity, RateRule, RateSpec, Slice};
pub use view::{Answer, Bounds, MarketView, Why, Wish};
