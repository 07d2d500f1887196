//! The key gate's door for one account: what was last heard of the key's permissions, told to the engine and kept where
//! the writer looks before each submit.

use tokio::sync::watch;

use crate::domain::{AccountName, AccountNews, GateVerdict};
use crate::engine::Body;

use super::inbox::Inbox;

/// One account's door. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Door {
    account: AccountName,
    inbox: Inbox,
    open: watch::Sender<bool>,
}

impl Door {
    /// Shut until the exchange has said that the key is good.
    #[must_use]
    pub fn new(account: AccountName, inbox: Inbox) -> Self {
        Self { account, inbox, open: watch::Sender::new(false) }
    }

    /// For the writer.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<bool> {
        self.open.subscribe()
    }

    /// A verdict was heard. The door shuts before the engine is told.
    pub async fn heard(&self, verdict: GateVerdict) {
        self.open.send_replace(verdict == GateVerdict::Good);
        self.inbox.urgent(Body::Account(self.account.clone(), AccountNews::Gate(verdict))).await;
    }
}
