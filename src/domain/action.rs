//! What we do to the exchange, and what may become of it.

use super::currency::Currency;
use super::money::Amount;
use super::names::AccountName;
use super::offer::{Offer, OfferId, OfferKind};
use super::rate::DailyRate;
use super::time::{Days, Timestamp};

/// Our own number of an action, rising for ever over restarts: the key of its record in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionId(pub u64);

impl std::fmt::Display for ActionId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

/// A new offer, exactly as it leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submit {
    /// What to lend.
    pub currency: Currency,
    /// How much, tag included; above zero always (a negative amount would borrow).
    pub amount: Amount,
    /// Rate per day for a limit offer, else the offset from the FRR; already in the exchange's digits.
    pub rate: DailyRate,
    /// How the rate is meant.
    pub kind: OfferKind,
    /// Period.
    pub period: Days,
    /// Not shown in the public book.
    pub hidden: bool,
}

impl Submit {
    /// True when `offer` is this submit's, by content: there is no client id on funding offers (money rule 7).
    #[must_use]
    pub fn made(&self, offer: &Offer) -> bool {
        self.currency == offer.currency
            && self.amount == offer.original
            && self.kind == offer.kind
            && self.period == offer.period
            && (self.kind != OfferKind::Limit || self.rate == offer.rate)
    }
}

/// The end of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancel {
    /// Of what currency; for accounting.
    pub currency: Currency,
    /// Which.
    pub offer: OfferId,
}

/// A write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A new offer.
    Submit(Submit),
    /// The end of one.
    Cancel(Cancel),
}

impl Action {
    /// The currency that it concerns.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        match self {
            Self::Submit(submit) => submit.currency,
            Self::Cancel(cancel) => cancel.currency,
        }
    }
}

/// An action with its number: recorded before it leaves (money rule 6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Its number.
    pub id: ActionId,
    /// Whose.
    pub account: AccountName,
    /// What.
    pub action: Action,
    /// Market time of the decision.
    pub at: Timestamp,
    /// The slice that wished it, by name; empty for cancels that no slice wished.
    pub slice: String,
}

/// Why the exchange refused a write; by code and text together, never by status alone (bitfinex-api.md 2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// Under the exchange's minimum offer.
    Minimum,
    /// More than is available.
    Balance,
    /// Too many open offers on the account.
    OfferCap,
    /// FRR offset over 30 %.
    FrrOffset,
    /// The offer to cancel is gone: filled or cancelled. Not an error.
    NotFound,
    /// Rate limit: not executed.
    RateLimited,
    /// Maintenance: not executed.
    Maintenance,
    /// The key may not do this, or is no key any more.
    Permission,
    /// A malformed request: a bug of ours.
    Malformed,
    /// Never left us (no connection, or the writer is shut).
    NotSent,
    /// Any other definite refusal.
    Other,
}

/// Why nobody knows what became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnknownCause {
    /// No reply in time.
    Timeout,
    /// The connection was cut after bytes had left.
    Cut,
    /// 5xx without an error array, or a page of the CDN.
    ServerFault,
    /// A reply that cannot be read.
    Unreadable,
    /// 10114, 10008 or 11000 on a write: it may belong to another request.
    Doubtful,
    /// The process ended between sending and reply.
    Restart,
}

/// The outcome of an action: accepted or refused only on definite evidence (money rule 6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionResult {
    /// The exchange took it. For a submit with the offer as the reply showed it, if it did.
    Accepted(Option<Box<Offer>>),
    /// The exchange definitely did not do it; with its words, cut and cleaned.
    Refused(Refusal, String),
    /// Nobody knows.
    Unknown(UnknownCause),
}
