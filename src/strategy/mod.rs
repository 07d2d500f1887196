//! What to wish for: a slice of a profile and a view of the market make wished offers, or the reason to hold.
//!
//! One file a rate rule. Nothing in here knows of live offers, limits on the account, or the wire: it answers what
//! should be open, never what to do.
//!
//! The way of a coin: [`targets`] gives every slice its share; [`answer`] asks the slice's rule for a rate (`rules`), meets
//! the bids that pay enough (`bids`), tells the money apart by age and period (`lots`), lets the rate fall with the age
//! (`decay`), lays the offers around it (`shape`), keeps each inside the user's bounds (`price`), finds its period
//! (`period`), and cuts what is too large (`split`). What has to be remembered from one answer to the next is handed in
//! ([`Past`]).

mod answer;
mod bids;
mod decay;
mod liquid;
mod lots;
mod modifiers;
mod others;
mod past;
mod period;
mod price;
mod profile;
mod rules;
mod shape;
mod shares;
mod split;
pub mod stats;
mod trend;
mod view;

#[cfg(test)]
mod tests;

pub use answer::answer;
pub use liquid::keep_liquid;
pub use modifiers::{BidWorth, Bottom, Decay, Fall, FollowUse, LadderStep, MaxFall, Modifiers, Shape, TakeBids};
pub use others::{Others, best_of_others};
pub use past::Past;
pub use profile::{
    Bound, FrrAs, Measure, Offset, PeriodRule, Profile, ProfileLimits, Quantile, Quantity, RateRule, RateSpec, Release,
    Slice,
};
pub use shares::{Shares, SliceMoney, targets};
pub use trend::Trend;
pub use view::{AdaptiveView, Answer, Bounds, Declined, MarketView, Why, Wish};
