//! What the engine is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{
    AccountName, AccountNews, ActionId, ActionResult, Intent, LinkState, MarketNews, OfferId, Stream, Timestamp,
};

use super::policy::Policy;

/// Something that happened, stamped by the one consumer of the queue: `seq` rises by one, `at` never falls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Number of this input.
    pub seq: u64,
    /// Market time.
    pub at: Timestamp,
    /// What happened.
    pub body: Body,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A new policy, already validated.
    Policy(Arc<Policy>),
    /// What the store remembers of earlier runs; comes once, before any news of an account.
    Restored(Box<Restored>),
    /// Public news.
    Market(MarketNews),
    /// Private news of an account.
    Account(AccountName, AccountNews),
    /// A stream came or went.
    Link(Stream, LinkState),
    /// What became of an action.
    Outcome(AccountName, ActionId, ActionResult),
    /// The shell could not send now: writes wait until this market time (request budget or the exchange's block).
    Throttled(AccountName, Timestamp),
    /// Nobody serves this account any more: its key was taken away or replaced. What was known of its money is
    /// forgotten; what is ours and what is unknown is not.
    Retired(AccountName),
    /// The user asks to take these offers under management.
    Adopt(AccountName, Vec<OfferId>),
    /// Stop: no new offers; cancel own offers too if asked.
    Drain {
        /// Cancel own offers.
        cancel: bool,
    },
    /// Time to reconsider.
    Tick,
}

/// What the store remembers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Restored {
    /// The first action number never used.
    pub next_action: u64,
    /// Own offers that were open when last seen, with the slice that wished them.
    pub own: BTreeMap<AccountName, BTreeMap<OfferId, OwnRecord>>,
    /// Actions recorded whose outcome was never recorded: unknown.
    pub unsettled: Vec<Intent>,
    /// Submits of the last day, settled or not, for the uniqueness of tags (money rule 7).
    pub recent: Vec<Intent>,
    /// What was learned, by name.
    pub kept: BTreeMap<String, Vec<u8>>,
}

/// What is remembered of an own offer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnRecord {
    /// The slice that wished it; empty for adopted ones.
    pub slice: String,
}
