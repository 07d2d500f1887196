//! The key gate's door for one account: what was last heard of the key's permissions, told to the engine and kept where
//! the writer looks before each submit.
//!
//! Two voices tell: the REST permissions, which list every scope, and the socket's `caps`, which list fewer. The first
//! opens the door; the second can only shut it.

use std::sync::{Arc, Mutex, PoisonError};

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
    voices: Arc<Mutex<Voices>>,
}

/// What each voice said last.
#[derive(Debug)]
struct Voices {
    rest: GateVerdict,
    caps: GateVerdict,
}

impl Voices {
    /// The worse of the two: the full list decides, unless the socket objects.
    fn verdict(&self) -> GateVerdict {
        if self.rest == GateVerdict::Good { self.caps.clone() } else { self.rest.clone() }
    }
}

impl Door {
    /// Shut until the exchange has said that the key is good.
    #[must_use]
    pub fn new(account: AccountName, inbox: Inbox) -> Self {
        let voices = Voices { rest: GateVerdict::Pending, caps: GateVerdict::Good };
        Self { account, inbox, open: watch::Sender::new(false), voices: Arc::new(Mutex::new(voices)) }
    }

    /// For the writer.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<bool> {
        self.open.subscribe()
    }

    /// The REST permissions were read: they know all, and overrule what the socket said before.
    pub async fn heard(&self, verdict: GateVerdict) {
        self.tell(|voices| *voices = Voices { rest: verdict, caps: GateVerdict::Good }).await;
    }

    /// The socket's authentication told what it knows. Answers whether the two differ: then the permissions should be
    /// read at once, be it to learn of what was gained or of what was mended.
    pub async fn heard_caps(&self, verdict: GateVerdict) -> bool {
        let mut differ = false;
        self.tell(|voices| {
            differ = voices.rest != verdict;
            voices.caps = verdict;
        })
        .await;
        differ
    }

    /// The door shuts before the engine is told.
    async fn tell(&self, change: impl FnOnce(&mut Voices)) {
        let verdict = {
            let mut voices = self.voices.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut voices);
            voices.verdict()
        };
        self.open.send_replace(verdict == GateVerdict::Good);
        self.inbox.urgent(Body::Account(self.account.clone(), AccountNews::Gate(verdict))).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::inbox::queue;

    #[tokio::test]
    async fn the_socket_can_shut_the_door_but_never_open_it() {
        let (inbox, _outlet) = queue();
        let door = Door::new(AccountName::new("main").unwrap(), inbox);
        let open = door.watch();
        assert!(door.heard_caps(GateVerdict::Good).await, "the whole list is to be read");
        assert!(!*open.borrow(), "nobody has seen the whole list");
        door.heard(GateVerdict::Refused(vec!["eaas_withdraw".into()])).await;
        assert!(door.heard_caps(GateVerdict::Good).await, "it may have been mended");
        assert!(!*open.borrow(), "caps do not list that scope");
        door.heard(GateVerdict::Good).await;
        assert!(*open.borrow());
        assert!(door.heard_caps(GateVerdict::Refused(vec!["withdraw".into()])).await);
        assert!(!*open.borrow());
    }
}
