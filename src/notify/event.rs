//! What can be told, of what it is told, and the message that comes of it.

use std::collections::BTreeMap;

use crate::domain::{AccountName, Amount, Currency, DailyRate, IdleReason, Millis, Timestamp};

/// What a message is about: a closed list, each with a switch of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// Offers were taken.
    LoanMade,
    /// Lent money came back.
    LoanReturned,
    /// Money lies idle for too long, or does no more.
    Idle,
    /// A key may not be used, or may again.
    KeyRefused,
    /// Not every account is served, or all are again.
    NotReady,
    /// A changed configuration was refused, or is in force.
    ReloadRefused,
    /// What was earned.
    Daily,
    /// The market pays more than the threshold.
    RateAbove,
}

impl Event {
    /// The word in templates.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::LoanMade => "loan_made",
            Self::LoanReturned => "loan_returned",
            Self::Idle => "idle",
            Self::KeyRefused => "key_refused",
            Self::NotReady => "not_ready",
            Self::ReloadRefused => "reload_refused",
            Self::Daily => "daily",
            Self::RateAbove => "rate_above",
        }
    }
}

/// Whether a message is bad news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// Something is wrong.
    Trouble,
    /// It is right again.
    Over,
    /// Neither.
    News,
}

impl Tone {
    /// The word in templates.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Trouble => "trouble",
            Self::Over => "over",
            Self::News => "news",
        }
    }
}

/// Something to tell a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What it is about.
    pub event: Event,
    /// Whether it is bad.
    pub tone: Tone,
    /// Market time.
    pub at: Timestamp,
    /// Whose, where it is about one account.
    pub account: Option<AccountName>,
    /// One line.
    pub title: String,
    /// The rest; may be empty.
    pub text: String,
}

/// What one notifier tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch that the user has")]
pub struct Tells {
    /// Offers that are taken.
    pub loan_made: bool,
    /// Money that comes back.
    pub loan_returned: bool,
    /// Money that is idle for longer than this.
    pub idle_after: Option<Millis>,
    /// Keys that may not be used.
    pub key_refused: bool,
    /// The daemon, when it was not ready for so long.
    pub not_ready_after: Option<Millis>,
    /// Configurations that are refused.
    pub reload_refused: bool,
    /// Earnings, at this time after midnight UTC.
    pub daily_at: Option<Millis>,
    /// Rates of the market from this on, per day and before the fee.
    pub rate_above: Option<DailyRate>,
}

/// How things stand at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// Market time.
    pub at: Timestamp,
    /// Paper mode.
    pub paper: bool,
    /// Why it is not ready; empty when it is.
    pub faults: Vec<String>,
    /// Why the last reload was refused.
    pub config_fault: Option<String>,
    /// Of each key that the gate has judged, why it may not be used, if so.
    pub keys: BTreeMap<AccountName, Option<String>>,
    /// Money of the currencies that are lent.
    pub idle: BTreeMap<(AccountName, Currency), Idle>,
    /// What each market pays per day.
    pub rates: BTreeMap<Currency, DailyRate>,
}

/// One currency of an account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Idle {
    /// The whole funding wallet.
    pub balance: Amount,
    /// What lies idle, by its one reason.
    pub by_reason: BTreeMap<IdleReason, Amount>,
}
