//! Money that a borrower holds: loans (not yet used in a position) and credits (used in one). Both are lent.

use super::currency::Currency;
use super::money::Amount;
use super::rate::DailyRate;
use super::time::{Days, Timestamp};

/// Which of the exchange's two lists a record stands in. Each has an id space of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LentKind {
    /// Taken by a borrower, not (yet) used.
    Loan,
    /// Backs a position.
    Credit,
}

/// Identity of lent money: the list and the id in it. A loan that becomes a credit gets a new one. Negative ids are paper
/// loans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LentId {
    /// The list.
    pub kind: LentKind,
    /// The id in that list.
    pub id: i64,
}

impl std::fmt::Display for LentId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list = match self.kind {
            LentKind::Loan => "loan",
            LentKind::Credit => "credit",
        };
        let paper = if self.id < 0 { " on paper" } else { "" };
        write!(out, "{list} {}{paper}", self.id)
    }
}

/// Which side of a record the account is on; only lenders' records count as lent (bitfinex-api.md 3.0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The account lends (wire 1).
    Lender,
    /// The account is both (wire 0).
    Both,
    /// The account borrows (wire −1).
    Borrower,
}

/// Whether a record's rate is fixed or follows the FRR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RateType {
    /// `FIXED`.
    Fixed,
    /// `VAR`: follows the FRR; the wire shows rate 0.
    Variable,
    /// Not told, as in old records.
    Unknown,
}

/// Whether lent money is still out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LentStatus {
    /// Lent.
    Active,
    /// `CLOSED (used)`: the loan became a credit. Not a return of money.
    ClosedUsed,
    /// Closed for any other reason: the money comes back.
    Closed,
}

/// A loan or a credit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lent {
    /// Identity.
    pub id: LentId,
    /// What is lent.
    pub currency: Currency,
    /// The account's side.
    pub side: Side,
    /// When this record was made.
    pub created: Timestamp,
    /// When the exchange last changed it.
    pub updated: Timestamp,
    /// How much is lent.
    pub amount: Amount,
    /// State.
    pub status: LentStatus,
    /// Fixed or following the FRR.
    pub rate_type: RateType,
    /// Rate per day; 0 on FRR records, then the ticker's FRR stands for it.
    pub rate: DailyRate,
    /// Period in days, counted from `opened`.
    pub period: Days,
    /// Start of the lending; survives the move between loan and credit.
    pub opened: Timestamp,
    /// Last payout, if any.
    pub last_payout: Option<Timestamp>,
    /// The position that a credit backs.
    pub pair: Option<String>,
}

impl Lent {
    /// When the period ends, at the latest.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.opened.plus(self.period.span())
    }

    /// True when the account is the lender of this record and the money is out.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.side != Side::Borrower && self.status == LentStatus::Active
    }

    /// True when both are one lending that moved between the lists: same opening (±1 s), amount, rate, period
    /// (bitfinex-api.md 7.4), and not the same record.
    #[must_use]
    pub fn is_same_lending(&self, other: &Self) -> bool {
        self.id.kind != other.id.kind
            && self.currency == other.currency
            && self.amount == other.amount
            && self.rate == other.rate
            && self.period == other.period
            && self.opened.since(other.opened).get().abs() <= 1_000
    }
}
