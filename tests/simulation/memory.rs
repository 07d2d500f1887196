//! The store, in memory: what is recorded before it leaves, what became of it, what a new start is told. It outlives the
//! daemon, unless the database is lost with it. The twin of `store::actions`.

use std::collections::BTreeMap;

use yieldsforge::domain::{AccountName, Action, ActionId, DAY, Intent, OfferId, Timestamp};
use yieldsforge::engine::{Kept, Memory as Fact, OwnRecord, Restored};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Sent,
    Settled,
}

/// What lies on the disk.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    next_action: u64,
    intents: BTreeMap<ActionId, (Intent, State)>,
    /// With the slice, and whether it is open.
    own: BTreeMap<(AccountName, OfferId), (String, bool)>,
    /// Of the key's nonces.
    pub(crate) ceiling: u64,
    /// What is learned, by name.
    kept: BTreeMap<String, Vec<u8>>,
}

impl Default for Memory {
    fn default() -> Self {
        Self { next_action: 1, intents: BTreeMap::new(), own: BTreeMap::new(), ceiling: 0, kept: BTreeMap::new() }
    }
}

impl Memory {
    /// Records a plan; nothing of it may leave before.
    pub(crate) fn record(&mut self, plan: &[Intent]) {
        for intent in plan {
            assert!(intent.id.0 >= self.next_action, "action {} is used again", intent.id);
            self.intents.insert(intent.id, (intent.clone(), State::Sent));
        }
        if let Some(last) = plan.iter().map(|intent| intent.id.0).max() {
            self.next_action = last + 1;
        }
    }

    /// Applies what the engine wants remembered.
    pub(crate) fn remember(&mut self, fact: &Fact) {
        match fact {
            Fact::Opened { account, action, offer } => {
                let slice = self.intents.get(action).map(|(intent, _)| intent.slice.clone()).unwrap_or_default();
                self.settle(*action);
                self.own.entry((account.clone(), *offer)).or_insert((slice, true));
            }
            Fact::Settled { action, .. } => self.settle(*action),
            Fact::Closed { account, offer } => {
                self.own.entry((account.clone(), *offer)).or_default().1 = false;
            }
            Fact::Adopted { account, offer } => {
                self.own.entry((account.clone(), *offer)).or_default().1 = true;
            }
        }
    }

    fn settle(&mut self, action: ActionId) {
        if let Some((_, state)) = self.intents.get_mut(&action) {
            *state = State::Settled;
        }
    }

    /// What is learned.
    pub(crate) fn keep(&mut self, kept: Vec<Kept>) {
        self.kept.extend(kept.into_iter().map(|one| (one.name, one.bytes)));
    }

    /// What a start at `now` is told.
    pub(crate) fn restore(&mut self, now: Timestamp) -> Restored {
        let yesterday = now.minus(DAY);
        self.intents.retain(|_, (intent, state)| *state == State::Sent || intent.at > yesterday);
        let mut own: BTreeMap<AccountName, BTreeMap<OfferId, OwnRecord>> = BTreeMap::new();
        for ((account, offer), (slice, _)) in self.own.iter().filter(|(_, (_, open))| *open) {
            own.entry(account.clone()).or_default().insert(*offer, OwnRecord { slice: slice.clone() });
        }
        let intents = self.intents.values();
        let submits = |intent: &&Intent| matches!(intent.action, Action::Submit(_)) && intent.at > yesterday;
        Restored {
            next_action: self.next_action,
            own,
            unsettled: intents.clone().filter(|(_, state)| *state == State::Sent).map(|(one, _)| one.clone()).collect(),
            recent: intents.map(|(intent, _)| intent).filter(submits).cloned().collect(),
            kept: self.kept.clone(),
        }
    }
}
