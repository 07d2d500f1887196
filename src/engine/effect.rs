//! What the engine wants done.

use std::sync::Arc;

use crate::domain::{AccountName, ActionId, Currency, Intent, OfferId};
use crate::planner::Approved;

use super::note::Note;
use super::view::StatusView;

/// A wish to the shell.
#[derive(Debug)]
pub enum Effect {
    /// Record, then send. All acts of one step are recorded in one commit before the first byte leaves.
    Act(Approved<Intent>),
    /// Remember for the next start.
    Remember(Memory),
    /// Write down what is learned, in the place of what was written under the same names.
    Keep(Vec<Kept>),
    /// Read the whole account by REST; with the past when unknown writes are to be settled.
    ReadAccount {
        /// Whose.
        account: AccountName,
        /// Also offers/hist, trades/hist, loans/hist, credits/hist.
        history: bool,
    },
    /// Ask for the available balance: the wallet row was null.
    ReadAvailable {
        /// Whose.
        account: AccountName,
        /// Of what.
        currency: Currency,
    },
    /// Something worth a log line or a metric.
    Note(Note),
    /// The view for `/status`, `/readyz`, `explain` and the gauges; at most one a step.
    View(Arc<StatusView>),
}

/// What is learned, as bytes under a name: `market/USD`, `holds/main/USD`, `scores/main/USD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Of what it is.
    pub name: String,
    /// A versioned checkpoint; unreadable bytes make a cold start, never an error.
    pub bytes: Vec<u8>,
}

/// Facts for the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Memory {
    /// A submit turned out to be this offer.
    Opened {
        /// Whose.
        account: AccountName,
        /// The submit.
        action: ActionId,
        /// The offer.
        offer: OfferId,
    },
    /// An action is settled: accepted or not executed.
    Settled {
        /// Which.
        action: ActionId,
        /// Whether the exchange did it.
        accepted: bool,
    },
    /// An own offer is gone.
    Closed {
        /// Whose.
        account: AccountName,
        /// Which.
        offer: OfferId,
    },
    /// An offer was taken under management.
    Adopted {
        /// Whose.
        account: AccountName,
        /// Which.
        offer: OfferId,
    },
}
