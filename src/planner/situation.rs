//! What the planner is told, and what it answers.

use std::collections::BTreeSet;

use crate::domain::{
    AccountName, ActionId, Amount, Book, Currency, DailyRate, Days, Intent, OfferId, OfferKind, Timestamp, Total,
};
use crate::strategy::{Bounds, Why, Wish};

use super::approved::Approved;

/// An own offer that is open, as the planner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveOffer {
    /// Id.
    pub id: OfferId,
    /// The slice that wished it, by its index in the profile; `None` for adopted ones, which serve any slice.
    pub slice: Option<usize>,
    /// What is left of it.
    pub amount: Amount,
    /// What it was.
    pub original: Amount,
    /// How its rate is meant.
    pub kind: OfferKind,
    /// Rate per day, or offset from the FRR, as sent.
    pub rate: DailyRate,
    /// What it would earn per day if matched now.
    pub effective: DailyRate,
    /// Period.
    pub period: Days,
    /// Whether it stands, goes or comes.
    pub standing: Standing,
}

/// Whether an offer can still be decided upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It rests in the book.
    Open,
    /// A cancel for it is on its way or unknown.
    Going,
    /// Its submit is on its way or unknown: it has no id yet.
    Coming,
}

/// How much may still be committed (money rule 1), before anything new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Headroom {
    /// Rule 1a against `BALANCE − keep − unreleased reserve`: what may be added if everything doubtful is true.
    pub exposure: Total,
    /// Rule 1a against `max_lent`, where there is one.
    pub max_lent: Option<Total>,
    /// What is left under both limits counting only what is certain: negative when offers have to go. What is late or
    /// doubled must not cancel a good offer.
    pub certain: Total,
    /// Rule 1b: AVAILABLE less the submits that it does not reflect yet.
    pub available: Amount,
}

/// What may be done in this round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Licence {
    /// New offers may be placed.
    pub submit: bool,
    /// Offers may be moved for a better place.
    pub reprice: bool,
    /// Offers may be cancelled because a limit is broken.
    pub enforce: bool,
    /// How many writes may leave.
    pub writes: usize,
}

/// One account's currency, and what it wishes.
#[derive(Debug, Clone)]
pub struct Situation<'a> {
    /// Whose.
    pub account: &'a AccountName,
    /// Of what.
    pub currency: Currency,
    /// Market time.
    pub now: Timestamp,
    /// What should be open, all slices together.
    pub wishes: &'a [Wish],
    /// Names of the profile's slices, by index.
    pub slices: &'a [String],
    /// Own offers that are open.
    pub live: &'a [LiveOffer],
    /// The public book.
    pub book: &'a Book,
    /// What may still be committed.
    pub headroom: Headroom,
    /// Limits of the profile and the exchange.
    pub bounds: Bounds,
    /// Most own offers open in this currency.
    pub max_offers: u16,
    /// FRR per day.
    pub frr: DailyRate,
    /// Last trade per day.
    pub last: DailyRate,
    /// Original amounts that a new offer must not repeat (money rule 7).
    pub taken: &'a BTreeSet<Amount>,
    /// What may be done now.
    pub licence: Licence,
    /// The number of the first action of this plan.
    pub first_action: u64,
}

/// Which limit said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Money rule 1a: lent + offered + on its way over BALANCE − keep − reserve.
    Exposure,
    /// Money rule 1b: more than AVAILABLE.
    Available,
    /// Over `max_lent`.
    MaxLent,
    /// Under the floor.
    Floor,
    /// Over the ceiling.
    Ceiling,
    /// Outside the period bounds.
    Period,
    /// Under the exchange's minimum.
    Minimum,
    /// Too far from FRR and last trades.
    Deviation,
    /// No tag left that is unique.
    Tag,
}

impl Rule {
    /// All rules, for initialising the metric.
    pub const ALL: [Self; 9] = [
        Self::Exposure,
        Self::Available,
        Self::MaxLent,
        Self::Floor,
        Self::Ceiling,
        Self::Period,
        Self::Minimum,
        Self::Deviation,
        Self::Tag,
    ];

    /// The word in metrics and logs.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Exposure => "exposure",
            Self::Available => "available",
            Self::MaxLent => "max_lent",
            Self::Floor => "floor",
            Self::Ceiling => "ceiling",
            Self::Period => "period",
            Self::Minimum => "minimum",
            Self::Deviation => "deviation",
            Self::Tag => "tag",
        }
    }
}

/// Why an own offer is cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CancelReason {
    /// Its rate or period strayed from the wish by more than the tolerance.
    Reprice,
    /// A limit was tightened, or is broken by the market.
    Limit,
    /// Nobody wishes it any more.
    Unwished,
    /// The account is being wound down, or the daemon stops with `offers = "cancel"`.
    Leaving,
}

/// A cancel that may leave.
#[derive(Debug, PartialEq, Eq)]
pub struct PlannedCancel {
    /// What leaves.
    pub intent: Approved<Intent>,
    /// Why.
    pub reason: CancelReason,
    /// The offer's effective rate per day.
    pub from: DailyRate,
    /// The wish's, where there is one.
    pub to: Option<DailyRate>,
}

/// A submit that may leave.
#[derive(Debug, PartialEq, Eq)]
pub struct PlannedSubmit {
    /// What leaves.
    pub intent: Approved<Intent>,
    /// The numbers behind it.
    pub why: Why,
}

/// A limit that said no, with its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitBreach {
    /// Which rule.
    pub rule: Rule,
    /// The numbers.
    pub detail: String,
}

/// What should leave now.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// First these.
    pub cancels: Vec<PlannedCancel>,
    /// Then these.
    pub submits: Vec<PlannedSubmit>,
    /// What a limit refused. Each is a defect in what came before the limits, or a market that moved between.
    pub breaches: Vec<LimitBreach>,
    /// Wished, but waiting for money that is not available yet or for the write budget.
    pub waiting: Amount,
    /// Wished, but too small for an offer of its own.
    pub too_small: Amount,
    /// Wished, but the count of open offers is at its limit.
    pub over_cap: Amount,
}

impl Plan {
    /// True when nothing is to be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cancels.is_empty() && self.submits.is_empty()
    }
}

/// The number of an action by its place in the plan.
pub(super) fn action_id(first: u64, offset: usize) -> ActionId {
    ActionId(first.saturating_add(u64::try_from(offset).unwrap_or(u64::MAX)))
}
