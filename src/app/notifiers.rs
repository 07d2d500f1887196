//! Who is told: a courier for each notifier of the configuration, started, changed and ended with it. One whose contact
//! cannot be used is off, loudly; the others go on.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use reqwest::{Client, Url};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Notifier, NotifyKind};
use crate::exchange::bitfinex::client::{Timeouts, plain};
use crate::exchange::bitfinex::tls::{self, Protocol, Tls, TlsError};
use crate::exchange::clock::{Clock, duration};
use crate::notify::{Channel, Courier, Kind, Pace, Report, Tells, Verdict};
use crate::secrets::Contact;
use crate::store::Store;
use crate::telemetry::health::{self, AdminState};
use crate::telemetry::labels::NotifyOutcome;
use crate::telemetry::record;

use super::RunError;
use super::clock::HouseClock;
use super::keyring::Keys;
use super::newsdesk::{Ear, Newsdesk, Subscriber, Subscribers};
use super::supervisor::Supervisor;

/// A courier at work.
struct Running {
    notifier: Notifier,
    contact: Arc<Contact>,
    end: CancellationToken,
    /// A ping has no messages.
    subscriber: Option<Subscriber>,
}

/// All couriers.
pub(super) struct Notifiers {
    client: Client,
    clock: Arc<HouseClock>,
    shown: watch::Receiver<AdminState>,
    running: BTreeMap<String, Running>,
    subscribers: watch::Sender<Arc<Subscribers>>,
}

impl fmt::Debug for Notifiers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.running.keys()).finish()
    }
}

impl Notifiers {
    /// Nobody is told anything yet; the newsdesk is opened, and its ear answered.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub(super) fn open(
        tls: &Tls,
        store: Store,
        shown: watch::Receiver<AdminState>,
        clock: Arc<HouseClock>,
        tasks: &mut Supervisor,
    ) -> Result<(Self, Ear), RunError> {
        let client = plain(tls, Timeouts::default())?;
        let subscribers = watch::Sender::new(Arc::default());
        let (desk, ear) = Newsdesk::new(subscribers.subscribe(), shown.clone(), store, Arc::clone(&clock));
        tasks.start("newsdesk", desk.run());
        Ok((Self { client, clock, shown, running: BTreeMap::new(), subscribers }, ear))
    }

    /// From now on these are told. A courier whose channel has not changed keeps what waits in its queue.
    pub(super) fn put_in_force(&mut self, config: &Config, keys: &Keys, tasks: &mut Supervisor) {
        let mut before = std::mem::take(&mut self.running);
        let mut off = 0_usize;
        for (name, notifier) in &config.notify {
            let contact = keys.contacts.get(name).cloned().unwrap_or_else(|| Err("it was not read".to_owned()));
            let started = contact.and_then(|contact| match before.remove(name) {
                Some(running) if running.contact == contact && same_channel(&running.notifier, notifier) => {
                    Ok(running.changed(notifier))
                }
                other => {
                    if let Some(running) = other {
                        running.end();
                        tracing::info!(event = "notifier_changed", notifier = name, "notifier {name} goes another way");
                    }
                    self.start(name, notifier, contact, tasks)
                }
            });
            match started {
                Ok(running) => drop(self.running.insert(name.clone(), running)),
                Err(why) => {
                    off = off.saturating_add(1);
                    tracing::error!(
                        event = "notifier_off",
                        notifier = name,
                        "notifier {name} is off, its contact cannot be used: {why}"
                    );
                }
            }
        }
        before.values().for_each(Running::end);
        record::notifiers_off(off);
        let subscribers = self.running.iter().filter_map(|(name, one)| Some((name.clone(), one.subscriber.clone()?)));
        self.subscribers.send_replace(Arc::new(subscribers.collect()));
    }

    fn start(
        &self,
        name: &str,
        notifier: &Notifier,
        contact: Arc<Contact>,
        tasks: &mut Supervisor,
    ) -> Result<Running, String> {
        let kind = kind(notifier.kind);
        let channel = Channel::new(kind, Arc::clone(&contact), notifier.template.clone(), judged)
            .map_err(|error| format!("{}: {error}", notifier.contact.display()))?;
        let report = report(name.to_owned(), kind);
        let courier = Courier::new(self.client.clone(), channel, Pace::default(), self.clock.unix_micros(), report);
        let end = CancellationToken::new();
        let task = format!("notifier {name}");
        let subscriber = if kind == Kind::Ping {
            let (shown, clock) = (self.shown.clone(), Arc::clone(&self.clock));
            let well = move || health::all_good(&health::ready(&shown.borrow(), clock.wire()));
            tasks.start_until(&end, task, courier.ping(duration(notifier.every), well, end.clone()));
            None
        } else {
            let (post, bringing) = courier.open(end.clone());
            tasks.start_until(&end, task, bringing);
            Some(Subscriber { kind, tells: tells(notifier), post })
        };
        Ok(Running { notifier: notifier.clone(), contact, end, subscriber })
    }
}

impl Running {
    fn changed(mut self, notifier: &Notifier) -> Self {
        self.notifier = notifier.clone();
        if let Some(subscriber) = &mut self.subscriber {
            subscriber.tells = tells(notifier);
        }
        self
    }

    fn end(&self) {
        self.end.cancel();
    }
}

/// Counts what became of a message, and says so when it did not arrive.
fn report(name: String, kind: Kind) -> Report {
    Arc::new(move |verdict| match verdict {
        Verdict::Sent => record::notifications(kind.label(), NotifyOutcome::Sent, 1),
        Verdict::Dropped(many) => record::notifications(kind.label(), NotifyOutcome::Dropped, *many),
        Verdict::Failed(why) => {
            record::notifications(kind.label(), NotifyOutcome::Failed, 1);
            tracing::error!(event = "notify_failed", notifier = name, "{} {name} was not reached: {why}", kind.label());
        }
    })
}

/// The house's rule for addresses, told without the address.
fn judged(text: &str) -> Result<Url, String> {
    tls::address(text, Protocol::Rest).map_err(|error| match error {
        TlsError::Address { why, .. } => why,
        TlsError::Roots(_) | TlsError::Setup(_) => "it cannot be judged".to_owned(),
    })
}

/// True when messages go the same way.
fn same_channel(one: &Notifier, other: &Notifier) -> bool {
    (one.kind, &one.template, one.every) == (other.kind, &other.template, other.every)
}

const fn kind(kind: NotifyKind) -> Kind {
    match kind {
        NotifyKind::Webhook => Kind::Webhook,
        NotifyKind::Telegram => Kind::Telegram,
        NotifyKind::Discord => Kind::Discord,
        NotifyKind::Slack => Kind::Slack,
        NotifyKind::Ntfy => Kind::Ntfy,
        NotifyKind::Ping => Kind::Ping,
    }
}

fn tells(notifier: &Notifier) -> Tells {
    Tells {
        loan_made: notifier.loan_made,
        loan_returned: notifier.loan_returned,
        idle_after: notifier.idle_after,
        key_refused: notifier.key_refused,
        not_ready_after: notifier.not_ready_after,
        reload_refused: notifier.reload_refused,
        daily_at: notifier.daily_at,
        rate_above: notifier.rate_above,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::telemetry::labels::NOTIFIER_KINDS;

    #[test]
    fn the_metrics_know_every_kind() {
        assert_eq!(Kind::ALL.map(Kind::label).into_iter().collect::<BTreeSet<_>>(), NOTIFIER_KINDS.into());
    }

    #[test]
    fn an_address_is_never_repeated() {
        for bad in ["http://example.org/hook", "https://me:hook@example.org/", "hook", "ftp://hook/"] {
            let why = judged(bad).unwrap_err();
            assert!(!why.contains("hook"), "{bad}: {why}");
        }
        assert!(judged("http://127.0.0.1:1/hook").is_ok() && judged("https://example.org/hook").is_ok());
    }
}
