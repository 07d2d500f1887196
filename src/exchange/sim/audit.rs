//! What an auditor of the embedded exchange sees: every write with the account's exact state before and after, every
//! fill, return and payout. Never on the wire.

use crate::domain::{Amount, Currency, DailyRate, Days, LentId, OfferKind, Timestamp};

/// Who wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// The account's key, over REST or the websocket.
    Api,
    /// The account's owner or the operator, by hand.
    Hand,
    /// The exchange's own auto-renew.
    AutoRenew,
}

/// What was to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// A new offer.
    Submit {
        /// Currency.
        currency: Currency,
        /// Amount; negative asks to borrow.
        amount: Amount,
        /// Rate per day, or the offset from the FRR.
        rate: DailyRate,
        /// How the rate is meant.
        kind: OfferKind,
        /// Period.
        period: Days,
        /// Hidden from the public book.
        hidden: bool,
    },
    /// The end of an offer.
    Cancel {
        /// Its id.
        offer: i64,
    },
    /// The end of every offer of a currency, or of all.
    CancelAll {
        /// Only this one.
        currency: Option<Currency>,
    },
    /// Auto-renew switched.
    AutoRenew {
        /// Currency.
        currency: Currency,
        /// On or off.
        on: bool,
    },
    /// A write that could not even be read, or that a lender never makes (transfer, close, keep).
    Other {
        /// The endpoint.
        path: String,
    },
}

/// What the exchange made of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Done; with the offer's id where there is one.
    Accepted(Option<i64>),
    /// Not done: code and text as on the wire.
    Refused(u32, String),
}

/// An open offer as an auditor sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfferState {
    /// Id.
    pub id: i64,
    /// What is left of it.
    pub amount: Amount,
    /// What it was.
    pub original: Amount,
    /// Rate per day at which it stands now: for an FRR offer FRR + offset.
    pub rate: DailyRate,
    /// How its rate is meant.
    pub kind: OfferKind,
    /// Period.
    pub period: Days,
    /// Who placed it.
    pub by: Actor,
}

/// The exact state of an account's funding wallet in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FundingState {
    /// Everything in it.
    pub balance: Amount,
    /// Truly available: neither offered nor lent, whatever the wire shows.
    pub available: Amount,
    /// In open offers.
    pub offered: Amount,
    /// In loans and credits.
    pub lent: Amount,
    /// Open offers.
    pub offers: Vec<OfferState>,
}

/// One write with its surroundings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteAudit {
    /// Market time.
    pub at: Timestamp,
    /// Account name.
    pub account: String,
    /// Who.
    pub by: Actor,
    /// What.
    pub write: Write,
    /// What became of it.
    pub verdict: Verdict,
    /// The state before, where the write concerns one currency.
    pub before: Option<FundingState>,
    /// The state after, fills at submission included.
    pub after: Option<FundingState>,
}

/// Something an auditor is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audit {
    /// A write.
    Write(WriteAudit),
    /// An offer was filled, wholly or in part.
    Fill {
        /// Market time.
        at: Timestamp,
        /// Account name.
        account: String,
        /// Currency.
        currency: Currency,
        /// Which offer.
        offer: i64,
        /// What became of the money.
        lent: LentId,
        /// How much.
        amount: Amount,
        /// Rate per day of the loan; the FRR of the moment for one that follows it.
        rate: DailyRate,
        /// Period of the loan.
        period: Days,
    },
    /// A loan became a credit: not a return.
    Moved {
        /// Market time.
        at: Timestamp,
        /// Account name.
        account: String,
        /// The record that vanished.
        from: LentId,
        /// The record that took its place.
        to: LentId,
    },
    /// Lent money came back.
    Returned {
        /// Market time.
        at: Timestamp,
        /// Account name.
        account: String,
        /// Currency.
        currency: Currency,
        /// Which.
        lent: LentId,
        /// How much.
        amount: Amount,
        /// True when its period was over, false for an early return.
        expired: bool,
    },
    /// Interest was paid.
    Payout {
        /// Market time.
        at: Timestamp,
        /// Account name.
        account: String,
        /// Currency.
        currency: Currency,
        /// Net of the fee.
        amount: Amount,
        /// The ledger row.
        row: i64,
    },
}
