//! Offers to lend, and the trades that fill them.

use super::action::Submit;
use super::currency::Currency;
use super::money::Amount;
use super::rate::DailyRate;
use super::time::{Days, Timestamp};

/// The exchange's id of an offer. A space of its own: never compare with the id of a loan or credit.
/// Negative ids are paper offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OfferId(pub i64);

impl std::fmt::Display for OfferId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let paper = if self.0 < 0 { " on paper" } else { "" };
        write!(out, "{}{paper}", self.0)
    }
}

/// How an offer's rate is meant (bitfinex-api.md 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OfferKind {
    /// A fixed rate.
    Limit,
    /// FRR plus a delta until matched, then frozen.
    FrrDeltaFixed,
    /// FRR plus a delta, before and after the match.
    FrrDeltaVariable,
}

impl OfferKind {
    /// The exchange's word.
    #[must_use]
    pub const fn wire(self) -> &'static str {
        match self {
            Self::Limit => "LIMIT",
            Self::FrrDeltaFixed => "FRRDELTAFIX",
            Self::FrrDeltaVariable => "FRRDELTAVAR",
        }
    }

    /// From the exchange's word.
    #[must_use]
    pub fn from_wire(text: &str) -> Option<Self> {
        [Self::Limit, Self::FrrDeltaFixed, Self::FrrDeltaVariable].into_iter().find(|kind| kind.wire() == text)
    }
}

/// What state an offer is in. Amounts are never taken from the status text (bitfinex-api.md 7.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OfferStatus {
    /// Rests in the book.
    Active,
    /// Rests with what is left of it.
    PartiallyFilled,
    /// Taken whole.
    Executed,
    /// Cancelled; the filled part is original − remaining.
    Canceled,
    /// Any other word, `EXPIRED` among them: closed when it comes by a closing event, else treated as resting.
    Other,
}

/// An offer of ours, or of the account's owner, as the exchange tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its id.
    pub id: OfferId,
    /// What it offers.
    pub currency: Currency,
    /// When it was created; some replies cut it to whole seconds.
    pub created: Timestamp,
    /// When the exchange last changed it.
    pub updated: Timestamp,
    /// What is left of it; zero when executed. Negative amounts ask to borrow and never count as lending.
    pub amount: Amount,
    /// What it was at creation: with the tag, our only way to know it again (money rule 7).
    pub original: Amount,
    /// How its rate is meant.
    pub kind: OfferKind,
    /// Rate per day for a limit offer, else the offset from the FRR per day (the wire shows 0 for a plain FRR offer).
    pub rate: DailyRate,
    /// The effective rate of an FRR offer, where told.
    pub real_rate: Option<DailyRate>,
    /// Period in days.
    pub period: Days,
    /// Not shown in the public book.
    pub hidden: bool,
    /// Made, or to be made again, by the exchange's auto-renew.
    pub renew: bool,
    /// State.
    pub status: OfferStatus,
}

impl Offer {
    /// An offer as a submit makes it when nothing of it is taken at once.
    #[must_use]
    pub fn placed(id: OfferId, submit: &Submit, at: Timestamp) -> Self {
        Self {
            id,
            currency: submit.currency,
            created: at,
            updated: at,
            amount: submit.amount,
            original: submit.amount,
            kind: submit.kind,
            rate: submit.rate,
            real_rate: None,
            period: submit.period,
            hidden: submit.hidden,
            renew: false,
            status: OfferStatus::Active,
        }
    }
}

/// An execution of one of the account's offers: the only link between an offer and what was lent by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FundingTrade {
    /// Id, the same in `fte` and `ftu`: count it once.
    pub id: i64,
    /// What was lent.
    pub currency: Currency,
    /// When.
    pub at: Timestamp,
    /// The offer that it filled.
    pub offer: OfferId,
    /// Amount lent (its sign is dropped).
    pub amount: Amount,
    /// Rate per day.
    pub rate: DailyRate,
    /// Period in days.
    pub period: Days,
}
