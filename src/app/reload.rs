//! SIGHUP: adopt requests are taken, the configuration is read again, and swapped as one value or refused whole.

use std::fmt;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use crate::config::{self, Config, Diagnostics, Mode};
use crate::engine::Body;
use crate::exchange::clock::Clock;
use crate::store::requests::{adopt_requests_wait, take_adopt_requests};
use crate::telemetry::health::AdminState;
use crate::telemetry::record;

use super::clock::HouseClock;
use super::inbox::Inbox;

/// How the configuration is read again.
pub struct Reread(Box<dyn Fn() -> Result<Config, Diagnostics> + Send + Sync>);

impl Reread {
    /// By this.
    pub fn new(read: impl Fn() -> Result<Config, Diagnostics> + Send + Sync + 'static) -> Self {
        Self(Box::new(read))
    }
}

impl fmt::Debug for Reread {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Reread")
    }
}

/// The task that obeys SIGHUP.
#[derive(Debug)]
pub struct Reloading {
    /// How to read.
    pub reread: Reread,
    /// What is in force.
    pub config: Config,
    /// Where the new policy goes.
    pub inbox: Inbox,
    /// Where a refusal shows.
    pub shown: watch::Sender<AdminState>,
    /// The time.
    pub clock: Arc<HouseClock>,
}

impl Reloading {
    /// Obeys until the end of the process; without signals it waits.
    pub async fn run(mut self, mut hangup: mpsc::Receiver<()>) {
        while hangup.recv().await.is_some() {
            self.adopt().await;
            self.reload().await;
        }
        std::future::pending::<()>().await;
    }

    async fn adopt(&self) {
        let directory = &self.config.settings.state_directory;
        if self.config.settings.mode == Mode::Paper {
            if adopt_requests_wait(directory) {
                tracing::warn!(
                    event = "adopt_waits",
                    "adopt requests wait for a live run: paper mode manages no real offer"
                );
            }
            return;
        }
        match take_adopt_requests(directory) {
            Ok(requests) => {
                for fault in requests.bad {
                    tracing::error!(event = "adopt_refused", "{fault}");
                }
                for (account, ids) in requests.good {
                    self.inbox.urgent(Body::Adopt(account, ids)).await;
                }
            }
            Err(error) => tracing::error!(event = "adopt_refused", "adopt requests could not be taken: {error}"),
        }
    }

    async fn reload(&mut self) {
        let fault = match (self.reread.0)() {
            Ok(new) => match self.refusal(&new) {
                None => return self.take(new).await,
                Some(why) => why,
            },
            Err(diagnostics) => diagnostics.to_string(),
        };
        record::config_refused();
        tracing::error!(event = "reload_refused", "the configuration was not reloaded, nothing has changed: {fault}");
        let first = fault.lines().next().unwrap_or_default().to_owned();
        self.shown.send_modify(|shown| shown.config_fault = Some(first));
    }

    /// What only a restart can change.
    fn refusal(&self, new: &Config) -> Option<String> {
        let change = config::difference(&self.config, new);
        if !change.restart_only.is_empty() {
            return Some(format!("only a restart can change {}", change.restart_only.join(", ")));
        }
        let moved =
            self.config.accounts.iter().find(|(name, file)| new.accounts.get(*name).is_some_and(|n| n.key != file.key));
        if let Some((name, _)) = moved {
            return Some(format!(
                "the key of account {name} lies elsewhere; this release takes new keys at a restart only"
            ));
        }
        let added = new.accounts.keys().find(|name| !self.config.accounts.contains_key(*name));
        if let Some(name) = added {
            return Some(format!("account {name} is new; this release takes new accounts at a restart only"));
        }
        if let Some(currency) = new.policy.currencies().difference(&self.config.policy.currencies()).next() {
            return Some(format!("{currency} is new; this release takes new currencies at a restart only"));
        }
        None
    }

    /// An account whose key file is gone leaves: it submits nothing more and cancels its own offers with the key that is
    /// still in memory (DESIGN.md section 7).
    fn off_without_key(new: &mut Config) {
        for (name, file) in &new.accounts {
            if !file.key.is_file()
                && let Some(account) = new.policy.accounts.get_mut(name)
            {
                account.enabled = false;
                let path = file.key.display();
                tracing::error!(account = %name, event = "account_off", "account {name} is off: its key file is gone: {path}");
            }
        }
    }

    async fn take(&mut self, mut new: Config) {
        new.policy.generation = self.config.policy.generation.saturating_add(1);
        Self::off_without_key(&mut new);
        record::initialise(&new.policy);
        applied(&new, &self.clock);
        tracing::info!(event = "reloaded", generation = new.policy.generation, "the configuration was reloaded");
        self.inbox.urgent(Body::Policy(Arc::new(new.policy.clone()))).await;
        self.shown.send_modify(|shown| shown.config_fault = None);
        self.config = new;
    }
}

/// A configuration was taken over.
pub(super) fn applied(config: &Config, clock: &HouseClock) {
    record::config_applied(clock.now().market, hash(config));
}

/// Tells one policy from another in the metrics; no secret is in it.
fn hash(config: &Config) -> u32 {
    use sha2::{Digest as _, Sha256};
    let policy = crate::engine::Policy { generation: 0, ..config.policy.clone() };
    let digest = Sha256::digest(format!("{policy:?}").as_bytes());
    digest.iter().take(4).fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}
