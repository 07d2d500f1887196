//! The keys that stand beside a slice's rate and period rule.

use super::Kind::{Band, Decay, MaxFall, Period, Release, Shape, Share, Span, TakeBids, Word};
use super::Scope::Profile;
use super::{Key, key, open};

/// `trend`.
pub(super) const TREND: Key = open(
    Profile,
    "slice[].trend",
    Word(&["rising", "stable", "falling"]),
    "always",
    "\"rising\"",
    "it has its share only while the best offer of others trends so",
)
.more(
    "By its mean over 10 minutes and over an hour: more than 1 % apart is a trend; stable where too little was seen, as after \
     a restart. While the trend is another its offers make room for those of other slices, and its loans count against these. In each \
     trend the shares sum to at most 100 %.",
);

/// `period`.
pub(super) const PERIOD: Key = key(
    Profile,
    "slice[].period",
    Period,
    "2",
    "fixed, or the longest whose rate is reached; below the first step 2 days",
)
.more(
    "By rate: { by_rate = [[\"0.06 %/day\", 30], [\"0.12 %/day\", 120]] }; with interpolate = true also the days \
     between the steps, or with jump = \"200 %\" none of them unless the rate is above the median that was lent at in \
     window = \"24h\" by more than that. By rank in the past: { by_rank = [[\"85 %\", 30], [\"95 %\", 120]], window = \
     \"30d\", of = \"trades\" }, the longest with so much of it below the rate. Where the past cannot tell, 2 days. In pools, each a share of the slice's money, what it has lent counted: { pools = [[\"50 %\", 2], \
     [\"35 %\", 30], [\"15 %\", 120]] }. The rule adaptive picks its own where none is written.",
);

/// `shape`.
pub(super) const SHAPE: Key =
    key(Profile, "slice[].shape", Shape, "\"equal\"", "how its money is cut into offers around the rule's rate").more(
        "A ladder of steps from the rule's rate: { ladder = [\"0 %\", \"+30 %\"], offers = 5 }, which may have easing = \
         \"in\", \"out\" or \"in-out\", or each step by itself, and weights = [1, 2, 3]. Growing amounts: { geometric = \
         \"1.4\", first = \"300 USD\", step = \"+10 %\" }. At depths counted from the rule's rate: { by_depth = [\"5000 \
         USD\", \"50000 USD\"], offers = 5 }. A ladder may be wider while the market is unusual: with widen = \"50 %\" both \
         steps at its ends move outwards by half of the share by which the FRR is off the median that was lent at in window = \
         \"24h\"; it counts as most = \"100 %\" at most. With the FRR a fifth above it, \"-2 %\" and \"+2 %\" are -12 % and \
         +12 %. Less money makes fewer offers, each of the exchange's minimum at least.",
    );

/// `release`.
pub(super) const RELEASE: Key = open(
    Profile,
    "slice[].release",
    Release,
    "always offered",
    "\"0.05 %/day\"",
    "a reserve: not offered until the market pays this",
)
.more(
    "Or, for a jump of the FRR: { frr_above_middle = \"0.01 %/day\" }, while it is more than that above the middle of the best \
     bid, of any period, and the best offer of others.",
);

/// `decay`.
pub(super) const DECAY: Key = open(
    Profile,
    "slice[].decay",
    Decay,
    "none",
    "{ every = \"10m\", by = \"5 %\", start = \"+20 %\", to = \"floor\" }",
    "starts above the rule's rate and falls while the money is free",
)
.more(
    "What counts is how long the money has been free, not how long an offer stands: money that comes back starts at the top \
     again. by is a part of the rate or a rate; to is \"floor\" (the default), \"rule\" or a rate. Offers are moved \
     no more often than the market's batches allow. After a restart all money is new.",
);

/// `max_fall`.
pub(super) const MAX_FALL: Key = open(
    Profile,
    "slice[].max_fall",
    MaxFall,
    "none",
    "{ by = \"2 %\", every = \"10m\" }",
    "the rule's rate falls no faster, even if the market does",
)
.more("A short hole in the book is sat out. After a restart the rate of that moment counts.");

/// `take_bids`.
pub(super) const TAKE_BIDS: Key = open(
    Profile,
    "slice[].take_bids",
    TakeBids,
    "none",
    "{ at_least = \"0.03 %/day\" }",
    "meets borrowers' bids that pay this, at their rate and period",
)
.more(
    "Or { at_least = \"rule\" }: what the rule asks for. Only for periods that the period rule would give at that rate, \
     within max_period and min_liquid. A bid that another lender's offer should have matched is a ghost and left alone; one \
     that does not take ours within 30 seconds is left alone for 6 hours.",
);

/// `target_use`.
pub(super) const TARGET_USE: Key = open(
    Profile,
    "slice[].rate.target_use",
    Share,
    "depths as written",
    "\"98 %\"",
    "depth and spread: the part of the money that should be lent; depths rise while more is, and sink while less is",
)
.more("After a restart depths begin as written.");

/// `adjust`.
pub(super) const ADJUST: Key =
    key(Profile, "slice[].rate.adjust", Share, "\"10 %\"", "depth and spread with target_use: by how much at a time");

/// `cycle`.
pub(super) const CYCLE: Key =
    key(Profile, "slice[].rate.cycle", Span("10m", "30d"), "\"8h\"", "depth and spread with target_use: how often");

/// `within`.
pub(super) const WITHIN: Key = open(
    Profile,
    "slice[].rate.within",
    Band,
    "[\"10 %\", \"1000 %\"]",
    "[\"10 %\", \"1000 %\"]",
    "depth and spread with target_use: least and most of what is written",
);
