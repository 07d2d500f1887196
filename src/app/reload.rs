//! SIGHUP: the configuration and the keys are read again, and swapped as one value or refused whole; then adopt requests
//! are taken, which may be for an account that has just come. What can fail is done before anything changes.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

use crate::config::{self, Config, Mode};
use crate::engine::{Body, Policy};
use crate::exchange::clock::Clock;
use crate::store::requests::{adopt_requests_wait, take_adopt_requests};
use crate::telemetry::brief;
use crate::telemetry::health::AdminState;
use crate::telemetry::log::{self, LogControl};
use crate::telemetry::record;

use super::clock::HouseClock;
use super::inbox::Inbox;
use super::keyring::Keys;
use super::market::Wires;
use super::notifiers::Notifiers;
use super::staff::{Hires, Staff};
use super::supervisor::Supervisor;
use super::{RunError, systemd, wire_span};

/// How the configuration and the keys are read again; an error tells in full what is wrong.
pub struct Reread(Box<dyn Fn() -> Result<(Config, Keys), String> + Send + Sync>);

impl Reread {
    /// By this.
    pub fn new(read: impl Fn() -> Result<(Config, Keys), String> + Send + Sync + 'static) -> Self {
        Self(Box::new(read))
    }
}

impl fmt::Debug for Reread {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Reread")
    }
}

/// Who is told of a configuration.
#[derive(Debug)]
pub(super) struct Outward {
    pub(super) inbox: Inbox,
    pub(super) shown: watch::Sender<AdminState>,
    pub(super) clock: Arc<HouseClock>,
    pub(super) policy: watch::Sender<Arc<Policy>>,
    pub(super) recorder: watch::Sender<config::Recorder>,
    pub(super) log: Option<LogControl>,
}

/// What a configuration governs, and the one in force.
#[derive(Debug)]
pub(super) struct House {
    pub(super) reread: Reread,
    pub(super) config: Config,
    pub(super) staff: Staff,
    pub(super) market: Wires,
    pub(super) notifiers: Notifiers,
    pub(super) outward: Outward,
}

impl House {
    /// Puts the first configuration into force.
    ///
    /// # Errors
    /// The store, or an address of the exchange.
    pub(super) async fn open(&mut self, keys: Keys, tasks: &mut Supervisor) -> Result<(), RunError> {
        let config = self.config.clone();
        let hires = self.staff.prepare(&config, &keys).await?;
        self.put_in_force(config, &keys, hires, tasks).await
    }

    /// Obeys a SIGHUP.
    ///
    /// # Errors
    /// None for a configuration that is refused; only what ends the daemon.
    pub(super) async fn reload(&mut self, tasks: &mut Supervisor) -> Result<(), RunError> {
        systemd::reloading();
        let verdict = match self.rehearse().await {
            Ok((new, keys, hires)) => {
                let changes = config::difference(&self.config, &new).words();
                let generation = new.policy.generation;
                self.put_in_force(new, &keys, hires, tasks).await?;
                tracing::info!(event = "reloaded", generation, "the configuration was reloaded: {changes}");
                Ok(changes)
            }
            Err(fault) => {
                record::config_refused();
                tracing::error!(
                    event = "reload_refused",
                    "the configuration was not reloaded, nothing has changed: {fault}"
                );
                Err(fault)
            }
        };
        self.adopt().await;
        self.outward.shown.send_modify(|shown| {
            shown.reloads = shown.reloads.saturating_add(1);
            (shown.config_changes, shown.config_fault) = match verdict {
                Ok(changes) => (Some(changes), None),
                Err(fault) => (None, Some(fault)),
            };
        });
        systemd::ready();
        Ok(())
    }

    /// Tells the status in the log.
    pub(super) fn tell(&self) {
        let lines = brief::lines(&self.outward.shown.borrow(), self.outward.clock.wire());
        for line in lines {
            tracing::info!(event = "status", "{line}");
        }
    }

    /// Everything of a reload that can fail; nothing has changed when it does.
    async fn rehearse(&mut self) -> Result<(Config, Keys, Hires), String> {
        let (mut new, keys) = (self.reread.0)()?;
        let change = config::difference(&self.config, &new);
        if !change.restart_only.is_empty() {
            return Err(format!("only a restart can change {}", change.restart_only.join(", ")));
        }
        log::check_filter(&new.settings.log.filter).map_err(|error| error.to_string())?;
        let hires = self.staff.prepare(&new, &keys).await.map_err(|error| error.to_string())?;
        new.policy.generation = self.config.policy.generation.saturating_add(1);
        Ok((new, keys, hires))
    }

    /// The swap. Whoever leaves is stopped first, then the engine is told, then whoever is new starts.
    async fn put_in_force(
        &mut self,
        mut new: Config,
        keys: &Keys,
        hires: Hires,
        tasks: &mut Supervisor,
    ) -> Result<(), RunError> {
        self.staff.give_notice(&new, keys);
        switch_off(&mut new, keys);
        record::initialise(&new.policy);
        record::config_applied(self.outward.clock.now().market, hash(&new));
        let policy = Arc::new(new.policy.clone());
        self.outward.policy.send_replace(Arc::clone(&policy));
        self.outward.recorder.send_replace(new.settings.recorder);
        let tick = wire_span(&self.outward.clock, new.settings.tick);
        self.outward.shown.send_modify(|shown| {
            shown.tick_period = tick;
            shown.without_key = Arc::new(keys.unreadable.clone());
        });
        if let Some(log) = &self.outward.log
            && let Err(error) = log.set(&new.settings.log.filter, log_format(new.settings.log.format))
        {
            tracing::error!(event = "log_unchanged", "the log stays as it was: {error}");
        }
        self.config = new;
        self.notifiers.put_in_force(&self.config, keys, tasks);
        self.outward.inbox.urgent(Body::Policy(policy)).await;
        self.staff.start(hires, tasks).await?;
        self.market.listen(&self.config.policy.currencies(), tasks).await?;
        Ok(())
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
                    self.outward.inbox.urgent(Body::Adopt(account, ids)).await;
                }
            }
            Err(error) => tracing::error!(event = "adopt_refused", "adopt requests could not be taken: {error}"),
        }
    }
}

/// An account whose key cannot be read is off: it submits nothing more, and cancels its own offers with the key that may
/// still be in memory (DESIGN.md section 7).
fn switch_off(config: &mut Config, keys: &Keys) {
    for (name, why) in &keys.unreadable {
        if let Some(account) = config.policy.accounts.get_mut(name) {
            account.enabled = false;
            tracing::error!(account = %name, event = "account_off", "account {name} is off, its key cannot be read: {why}");
        }
    }
}

/// The log's form in the words of those who write it.
#[must_use]
pub const fn log_format(format: config::LogFormat) -> log::LogFormat {
    match format {
        config::LogFormat::Auto => log::LogFormat::Auto,
        config::LogFormat::Text => log::LogFormat::Text,
        config::LogFormat::Journald => log::LogFormat::Journald,
        config::LogFormat::Json => log::LogFormat::Json,
    }
}

/// Tells one policy from another in the metrics; no secret is in it.
fn hash(config: &Config) -> u32 {
    use sha2::{Digest as _, Sha256};
    let policy = crate::engine::Policy { generation: 0, ..config.policy.clone() };
    let digest = Sha256::digest(format!("{policy:?}").as_bytes());
    digest.iter().take(4).fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests;
