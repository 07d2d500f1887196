//! Who serves which account: tasks are started for a new key, ended for one that is gone, and started anew for one that
//! was replaced. An account that leaves keeps its tasks, and its key in memory, until its own offers are gone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::domain::{AccountName, GateVerdict, LinkState, Stream};
use crate::engine::{AccountStatus, Body, StatusView};
use crate::exchange::bitfinex::budget::LaneId;
use crate::exchange::bitfinex::calls::Lane;
use crate::exchange::bitfinex::connects::Connects;

use super::accounts::{Build, Desk};
use super::keyring::Keys;
use super::roster::Roster;
use super::supervisor::Supervisor;
use super::{GRACE, RunError};

/// Tells one key from another without keeping it.
type Print = [u8; 32];

/// One account that is served.
#[derive(Debug)]
struct Served {
    /// Of its key, the secret included.
    print: Print,
    /// Of its key's name at the exchange alone, by which nonces count.
    id: Print,
    /// No submit leaves any more.
    closing: CancellationToken,
    /// Its tasks end.
    end: CancellationToken,
    tasks: TaskTracker,
    /// Since this generation of the policy it only winds itself down.
    leaves_since: Option<u64>,
}

/// Keys that a reload brings, each with its lane ready. Nothing runs yet: this is what can fail.
#[derive(Debug, Default)]
pub(super) struct Hires(Vec<Hire>);

#[derive(Debug)]
struct Hire {
    name: AccountName,
    print: Print,
    id: Print,
    lane: Arc<Lane>,
}

/// Everybody who serves an account.
#[derive(Debug)]
pub(super) struct Staff {
    build: Build,
    connects: Arc<Connects>,
    roster: Roster,
    served: BTreeMap<AccountName, Served>,
    lanes: u32,
}

impl Staff {
    /// Nobody yet.
    pub(super) fn new(build: Build, roster: Roster) -> Self {
        let connects = Arc::new(Connects::private());
        Self { build, connects, roster, served: BTreeMap::new(), lanes: 0 }
    }

    /// What is to be started for `keys`: those that nobody serves yet, or not with this key.
    ///
    /// # Errors
    /// When the store does not know how far a key's nonces went; [`RunError::KeyInUse`] when another account is still
    /// served with one of the keys.
    pub(super) async fn prepare(&mut self, config: &Config, keys: &Keys) -> Result<Hires, RunError> {
        let mut hires = Hires::default();
        for (name, key) in &keys.read {
            let (print, id) = (print(&[key.id().as_bytes(), key.secret()]), print(&[key.id().as_bytes()]));
            let holder = self.served.iter().find(|(other, one)| *other != name && one.id == id);
            if let Some((holder, one)) = holder {
                let file = config.accounts.get(name).map(|account| account.key.clone()).unwrap_or_default();
                let (account, holder, leaves) = (name.clone(), holder.clone(), one.leaves_since.is_some());
                return Err(RunError::KeyInUse { file, account, holder, leaves });
            }
            let serves = self.served.get(name).is_some_and(|one| one.print == print && one.leaves_since.is_none());
            if !serves {
                self.lanes = self.lanes.wrapping_add(1);
                let lane = self.build.lane(LaneId(self.lanes), key).await?;
                hires.0.push(Hire { name: name.clone(), print, id, lane });
            }
        }
        Ok(hires)
    }

    /// From now on no submit leaves for accounts that `config` does not have or whose key cannot be read: before the
    /// engine is told of the policy with this generation.
    pub(super) fn give_notice(&mut self, config: &Config, keys: &Keys) {
        for (name, one) in &mut self.served {
            let stays = config.accounts.contains_key(name) && keys.read.contains_key(name);
            if !stays && one.leaves_since.is_none() {
                one.closing.cancel();
                one.leaves_since = Some(config.policy.generation);
                tracing::warn!(
                    account = %name,
                    event = "account_leaves",
                    "account {name} leaves: its own offers are cancelled, loans run out by themselves, then its key is dropped"
                );
            }
        }
    }

    /// Starts whom `hires` brings, after those that they replace have ended. The engine knows their accounts by now.
    ///
    /// # Errors
    /// An address of the exchange; none that was used before.
    pub(super) async fn start(&mut self, hires: Hires, tasks: &mut Supervisor) -> Result<(), RunError> {
        for Hire { name, print, id, lane } in hires.0 {
            if self.served.contains_key(&name) {
                tracing::info!(account = %name, event = "key_replaced", "account {name} is served with another key");
                self.dismiss(&name).await;
            }
            let (closing, end) = (self.build.closing.child_token(), self.build.serving.child_token());
            let desk = Desk {
                name: name.clone(),
                lane,
                connects: Arc::clone(&self.connects),
                closing: closing.clone(),
                end: end.clone(),
                tasks: TaskTracker::new(),
            };
            let served = Served { print, id, closing, end, tasks: desk.tasks.clone(), leaves_since: None };
            let ways = self.build.account(&desk, tasks)?;
            self.roster.enter(name.clone(), ways);
            // Somebody serves it from now on: what it has open is shown, and is not forgotten when it leaves at once.
            self.build.inbox.urgent(Body::Link(Stream::Account(name.clone()), LinkState::Down)).await;
            self.served.insert(name, served);
        }
        Ok(())
    }

    /// True while somebody winds himself down.
    pub(super) fn somebody_leaves(&self) -> bool {
        self.served.values().any(|one| one.leaves_since.is_some())
    }

    /// Dismisses those that have nothing left to do, as `view` shows it: their keys are dropped.
    pub(super) async fn see_off(&mut self, view: &StatusView) {
        let done: BTreeSet<AccountName> = self
            .served
            .iter()
            .filter(|(name, one)| {
                let told = one.leaves_since.is_some_and(|since| view.generation >= since);
                told && has_left(view.paper, view.accounts.get(*name))
            })
            .map(|(name, _)| name.clone())
            .collect();
        for name in done {
            self.dismiss(&name).await;
            let left = view.accounts.get(&name).map_or(0, AccountStatus::own_open_offers);
            if left > 0 {
                tracing::error!(
                    account = %name,
                    event = "account_left",
                    "account {name} has left; {left} of its own offers are still open at the exchange, and its key \
                     may not cancel them: do it by hand"
                );
            } else {
                tracing::info!(account = %name, event = "account_left", "account {name} has left: its key is dropped");
            }
        }
    }

    /// Ends an account's tasks: a write under way is waited for, then the key is gone from memory.
    async fn dismiss(&mut self, name: &AccountName) {
        let Some(one) = self.served.remove(name) else { return };
        one.closing.cancel();
        // First that they may end, then what makes the writer end: no act can come any more.
        one.end.cancel();
        self.roster.leave(name);
        one.tasks.close();
        // A stop does not wait for it twice: its own grace comes.
        let ended = self.build.closing.run_until_cancelled(one.tasks.wait());
        if !matches!(timeout(GRACE, ended).await, Ok(Some(()))) {
            tracing::warn!(account = %name, event = "account_slow", "a call for account {name} is still under way");
        }
        self.build.inbox.urgent(Body::Link(Stream::Account(name.clone()), LinkState::Down)).await;
        self.build.inbox.urgent(Body::Retired(name.clone())).await;
    }
}

/// Nothing of its own is open or on its way; with a key that is revoked, or may not read or cancel, nothing can be done
/// about it.
fn has_left(paper: bool, account: Option<&AccountStatus>) -> bool {
    account.is_none_or(|account| {
        // What a live run left open is not paper mode's to cancel.
        let gone = (paper || account.synced && account.own_open_offers() == 0) && account.writes_under_way == 0;
        gone || matches!(account.gate, GateVerdict::Revoked | GateVerdict::Insufficient(_))
    })
}

fn print(parts: &[&[u8]]) -> Print {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testing::{Folder, keys, name};
    use crate::secrets::ApiKey;

    /// Somebody who is served with this key, without tasks.
    fn served(id: &str) -> Served {
        Served {
            print: print(&[id.as_bytes(), b"secret"]),
            id: print(&[id.as_bytes()]),
            closing: CancellationToken::new(),
            end: CancellationToken::new(),
            tasks: TaskTracker::new(),
            leaves_since: None,
        }
    }

    #[tokio::test]
    async fn a_key_that_somebody_else_is_served_with_is_refused_until_he_has_left() {
        let folder = Folder::new();
        folder.account("other", "other");
        let (build, _outlet, _policy) = folder.build().await;
        let mut staff = Staff::new(build, Roster::default());
        staff.served.insert(name("main"), served("one"));
        let config = folder.load();
        // Swapped, and moved while its old account leaves or gets another one: each would be two lanes for a while.
        for moved in [keys(&[("main", "two"), ("other", "one")]), keys(&[("other", "one")])] {
            let refused = staff.prepare(&config, &moved).await.unwrap_err().to_string();
            assert!(refused.contains("keys/other.age: account other has the API key that account main"), "{refused}");
        }
        staff.give_notice(&config, &keys(&[("other", "one")]));
        let refused = staff.prepare(&config, &keys(&[("other", "one")])).await.unwrap_err().to_string();
        assert!(refused.contains("is still served with while it leaves"), "{refused}");
        // Another secret is the same key all the same, and its own account may have it back.
        let mut other_secret = Keys::default();
        other_secret.read.insert(name("other"), ApiKey::new("one", "another-secret").unwrap());
        assert!(staff.prepare(&config, &other_secret).await.is_err());
        assert_eq!(staff.prepare(&config, &keys(&[("main", "one")])).await.unwrap().0.len(), 1);
        staff.dismiss(&name("main")).await;
        assert_eq!(staff.prepare(&config, &keys(&[("other", "one")])).await.unwrap().0.len(), 1);
    }
}
