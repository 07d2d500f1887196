//! `rate = { … }` of a slice.

use serde::Deserialize;

use super::Leaf;

/// How a slice finds its rate: the rule's name and the keys of all rules.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct RawRate {
    /// The rule's name.
    pub(in crate::config) rule: Option<Leaf>,
    /// `fixed`: the rate.
    pub(in crate::config) at: Option<Leaf>,
    /// `frr`: distance.
    pub(in crate::config) offset: Option<Leaf>,
    /// `frr`: how the offer is placed.
    #[serde(rename = "as")]
    pub(in crate::config) placed: Option<Leaf>,
    /// `frr` as `delta-variable`: the user's consent.
    pub(in crate::config) allow_below_floor_after_match: Option<Leaf>,
    /// `depth`: how deep.
    pub(in crate::config) amount: Option<Leaf>,
    /// `spread`: depth of the cheapest offer.
    pub(in crate::config) from: Option<Leaf>,
    /// `spread`: depth of the dearest offer.
    pub(in crate::config) to: Option<Leaf>,
    /// `spread`: how many.
    pub(in crate::config) offers: Option<Leaf>,
    /// `depth`, `spread`: the part of the money that should be lent; the depths follow.
    pub(in crate::config) target_use: Option<Leaf>,
    /// With `target_use`: by how much.
    pub(in crate::config) adjust: Option<Leaf>,
    /// With `target_use`: how often.
    pub(in crate::config) cycle: Option<Leaf>,
    /// With `target_use`: how far.
    pub(in crate::config) within: Option<Leaf>,
    /// `best`: how far under the best offer.
    pub(in crate::config) below: Option<Leaf>,
    /// `best`: against a race.
    pub(in crate::config) race_floor: Option<Leaf>,
    /// `quantile`: the rank.
    pub(in crate::config) rank: Option<Leaf>,
    /// `expected`: the least chance.
    pub(in crate::config) least_chance: Option<Leaf>,
    /// `quantile`, `expected`, `candle_high`, `effective`: how far back.
    pub(in crate::config) window: Option<Leaf>,
    /// `quantile`, `expected`: what is ranked.
    pub(in crate::config) of: Option<Leaf>,
    /// `candle_high`: which one.
    pub(in crate::config) nth: Option<Leaf>,
    /// `candle_high`: length of a candle.
    pub(in crate::config) candle: Option<Leaf>,
    /// `effective`: how long loans last.
    pub(in crate::config) hold: Option<Leaf>,
    /// `effective`: how often a rate must have been reached.
    pub(in crate::config) hits: Option<Leaf>,
    /// `candle_high`, `average`: part of it.
    pub(in crate::config) factor: Option<Leaf>,
    /// `average`: the short window.
    pub(in crate::config) short: Option<Leaf>,
    /// `average`: the long window.
    pub(in crate::config) long: Option<Leaf>,
}
