//! What a slice may say beside its rate and period rule. Every rule takes every one of these. Built by `config` only.

use crate::domain::{DailyRate, Millis, Ratio};

use super::profile::{Quantity, RateSpec};

/// All of a slice's modifiers; by default none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Modifiers {
    /// How the money is cut into offers around the rule's rate.
    pub shape: Shape,
    /// The rate falls while the money lies free.
    pub decay: Option<Decay>,
    /// The rule's rate may not fall faster.
    pub max_fall: Option<MaxFall>,
    /// Borrowers' bids that pay enough are taken.
    pub take_bids: Option<TakeBids>,
    /// The depths of `depth` and `spread` follow how much of the money is lent.
    pub follow_use: Option<FollowUse>,
}

/// How the money is cut into offers around the rule's rate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Shape {
    /// At the rule's own rates, in equal parts.
    #[default]
    Equal,
    /// Amounts that grow by a factor, the cheapest being the smallest.
    Geometric {
        /// Each amount is this many times the one before; at least 1.
        factor: Ratio,
        /// The first amount.
        first: Quantity,
        /// How much dearer each offer is than the one before.
        step: Ratio,
    },
    /// At steps relative to the rule's rate, cheapest first; at least one.
    Ladder(Vec<LadderStep>),
    /// A ladder that is wider while the flash return rate is far from what was lent lately.
    Widening {
        /// As wide as it is at least.
        steps: Vec<LadderStep>,
        /// The steps at both ends move outwards by this part of the share by which the rate is off what was lent.
        by: Ratio,
        /// They count as no further apart than this part of what was lent.
        most: Ratio,
        /// How far back what was lent counts.
        window: Millis,
    },
    /// At evenly spaced depths among the others' offers that are no cheaper than the rule's rate.
    ByDepth {
        /// Depth of the cheapest, counted from the rule's rate.
        from: Quantity,
        /// Depth of the dearest.
        to: Quantity,
        /// How many; at least 1.
        offers: u16,
    },
}

/// One step of a ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LadderStep {
    /// Above the rule's rate, or below it when negative; above −100 %.
    pub step: Ratio,
    /// Its part of the money is this over the sum of all; at least 1.
    pub weight: u32,
}

/// The rate starts at or above the rule's and falls with the age of the money: how long it has been free, whatever
/// became of the offers that it stood in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decay {
    /// One step down each time the money has been free for so long.
    pub every: Millis,
    /// How far down.
    pub by: Fall,
    /// The start: this much above the rule's rate.
    pub start: Ratio,
    /// Where it ends.
    pub to: Bottom,
}

/// One step down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fall {
    /// This part of the rate that was reached.
    Part(Ratio),
    /// This much per day.
    Rate(DailyRate),
}

/// Where a decay ends; never under the floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bottom {
    /// At the floor.
    Floor,
    /// At the rule's rate.
    Rule,
    /// At this rate.
    Rate(RateSpec),
}

/// However fast the market falls, the rule's rate falls by no more than this in that time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxFall {
    /// Part of the rate.
    pub by: Ratio,
    /// In this time.
    pub every: Millis,
}

/// Bids of borrowers are taken when they pay enough and their period is one that the period rule would give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakeBids {
    /// What they must pay.
    pub at_least: BidWorth,
}

/// What a bid must pay to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BidWorth {
    /// What the slice's rule asks for.
    Rule,
    /// This rate.
    Rate(RateSpec),
}

/// Depths rise while more than the target is lent and sink while less is: once a cycle, within bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowUse {
    /// The part of the slice's money that should be lent, over a cycle.
    pub target: Ratio,
    /// By how much the depths change at a time.
    pub adjust: Ratio,
    /// How often.
    pub cycle: Millis,
    /// Least and most of what is written.
    pub within: (Ratio, Ratio),
}
