//! The accounts that are served now, and the ways to their tasks. It changes with a reload; whoever sends looks here each
//! time, so that nobody keeps a way to an account that has left.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::domain::{AccountName, Intent};
use crate::planner::Approved;

use super::engine_task::Errand;

/// The ways to one account's tasks.
#[derive(Debug, Clone)]
pub struct Ways {
    /// To its writer.
    pub acts: mpsc::Sender<Approved<Intent>>,
    /// To its reader.
    pub errands: mpsc::Sender<Errand>,
}

/// The ways by account. Cheap to clone; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Roster(Arc<Mutex<BTreeMap<AccountName, Ways>>>);

impl Roster {
    /// The ways to an account's tasks; none for one that is off.
    #[must_use]
    pub fn ways(&self, account: &AccountName) -> Option<Ways> {
        self.lock().get(account).cloned()
    }

    /// An account is served from now on.
    pub fn enter(&self, account: AccountName, ways: Ways) {
        self.lock().insert(account, ways);
    }

    /// An account is served no more: nothing new reaches its tasks.
    pub fn leave(&self, account: &AccountName) {
        self.lock().remove(account);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<AccountName, Ways>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
