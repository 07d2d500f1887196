//! The newsdesk: looks at the house for all notifiers and hands what is worth telling to their couriers. It waits for
//! nobody, and nobody who lends waits for it: what it cannot keep up with is dropped and counted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};

use crate::domain::{AccountName, Currency, DAY, GateVerdict, HOUR, Millis, Timestamp};
use crate::engine::{AccountStatus, Note, StatusView};
use crate::exchange::clock::Clock;
use crate::notify::{Earned, Idle, Kind, Look, Message, Post, Tells, Watcher, daily};
use crate::store::{Store, StoreError};
use crate::telemetry::health::{self, AdminState};
use crate::telemetry::labels::NotifyOutcome;
use crate::telemetry::record;

use super::clock::HouseClock;

/// How many notes may wait.
const NOTES: usize = 1_024;
/// Between two looks, in real time.
const LOOK: Duration = Duration::from_secs(1);
/// The ledger is read anew within this time after a start; only then the day's earnings are told …
const SETTLED: Millis = Millis::seconds(10);
/// … unless it takes longer than this.
const OVERDUE: Millis = HOUR;

/// Where the engine's notes are dropped. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ear {
    notes: mpsc::Sender<Note>,
    lost: Arc<AtomicU64>,
}

impl Ear {
    /// Passes on what notifiers are told one by one, without waiting.
    pub fn hear(&self, note: &Note) {
        let told = matches!(note, Note::Filled { .. } | Note::Returned { .. });
        if told && self.notes.try_send(note.clone()).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A notifier that is on.
#[derive(Debug, Clone)]
pub(super) struct Subscriber {
    pub(super) kind: Kind,
    pub(super) tells: Tells,
    pub(super) post: Post,
}

/// All of them by name.
pub(super) type Subscribers = BTreeMap<String, Subscriber>;

/// The task.
#[derive(Debug)]
pub(super) struct Newsdesk {
    subscribers: watch::Receiver<Arc<Subscribers>>,
    watchers: BTreeMap<String, Watcher>,
    notes: mpsc::Receiver<Note>,
    lost: Arc<AtomicU64>,
    shown: watch::Receiver<AdminState>,
    store: Store,
    clock: Arc<HouseClock>,
    ready_since: Option<Timestamp>,
    /// The day whose earnings could not be summed up, as far as that was told.
    unsummed: Option<Timestamp>,
}

impl Newsdesk {
    /// A desk, and the ear that brings it notes.
    pub(super) fn new(
        subscribers: watch::Receiver<Arc<Subscribers>>,
        shown: watch::Receiver<AdminState>,
        store: Store,
        clock: Arc<HouseClock>,
    ) -> (Self, Ear) {
        let (ear, notes) = mpsc::channel(NOTES);
        let lost = Arc::new(AtomicU64::new(0));
        let ear = Ear { notes: ear, lost: Arc::clone(&lost) };
        let watchers = BTreeMap::new();
        (Self { subscribers, watchers, notes, lost, shown, store, clock, ready_since: None, unsummed: None }, ear)
    }

    /// Works for ever.
    pub(super) async fn run(mut self) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                Ok(()) = self.subscribers.changed() => self.take_over().await,
                _ = looks.tick() => self.look().await,
                Some(note) = self.notes.recv() => {
                    let at = self.clock.now().market;
                    self.watchers.values_mut().for_each(|watcher| watcher.note(&note, at));
                }
            }
        }
    }

    /// The notifiers have changed. Whoever stays keeps what he knows.
    async fn take_over(&mut self) {
        let subscribers = Arc::clone(&self.subscribers.borrow_and_update());
        let at = self.clock.now().market;
        self.watchers.retain(|name, _| subscribers.contains_key(name));
        for (name, subscriber) in subscribers.iter() {
            if let Some(watcher) = self.watchers.get_mut(name) {
                watcher.change(subscriber.tells.clone(), at);
                continue;
            }
            let told = self.store.told(name.clone()).await.unwrap_or_else(|error| {
                tracing::warn!(event = "notify_forgot", "when {name} told the earnings last is not known: {error}");
                None
            });
            self.watchers.insert(name.clone(), Watcher::new(subscriber.tells.clone(), told, at));
        }
    }

    async fn look(&mut self) {
        let lost = self.lost.swap(0, Ordering::Relaxed);
        if self.watchers.is_empty() {
            return;
        }
        let subscribers = Arc::clone(&self.subscribers.borrow());
        let state = self.shown.borrow().clone();
        let now = self.clock.now();
        let look = sight(&state, now.market, &health::ready(&state, now.wire));
        self.ready_since = self.ready_since.or(Some(now.market)).filter(|_| look.faults.is_empty());
        for (name, watcher) in &mut self.watchers {
            let Some(subscriber) = subscribers.get(name) else { continue };
            if subscriber.tells.loan_made || subscriber.tells.loan_returned {
                record::notifications(subscriber.kind.label(), NotifyOutcome::Dropped, lost);
            }
            for message in watcher.look(&look) {
                hand_over(name, subscriber, message);
            }
        }
        // Before the engine has heard of a policy it shows no account.
        if let Some(view) = state.view.as_ref().filter(|view| view.generation > 0) {
            self.daily(now.market, view, &subscribers).await;
        }
    }

    /// Tells the day's earnings where they are due. That they are told is remembered before they leave: rather lost in a
    /// crash than told at every start.
    async fn daily(&mut self, at: Timestamp, view: &StatusView, subscribers: &Subscribers) {
        let settled = self.ready_since.is_some_and(|since| at.since(since) >= SETTLED);
        for (name, watcher) in &mut self.watchers {
            let due = watcher.daily_due(at).filter(|due| settled || at.since(*due) >= OVERDUE);
            let (Some(due), Some(subscriber)) = (due, subscribers.get(name)) else { continue };
            let message = match earned(&self.store, view, due).await {
                Ok(earned) => daily(due, view.paper, &earned),
                Err(error) => {
                    // Tried again at the next look, told once.
                    if self.unsummed.replace(due) != Some(due) {
                        tracing::error!(event = "notify_daily", "earnings could not be summed up for {name}: {error}");
                    }
                    continue;
                }
            };
            watcher.daily_told(due);
            if let Err(error) = self.store.record_told(name.clone(), due).await {
                tracing::warn!(event = "notify_forgot", "that {name} told the earnings is not remembered: {error}");
            }
            hand_over(name, subscriber, message);
        }
    }
}

fn hand_over(name: &str, subscriber: &Subscriber, message: Message) {
    let event = message.event.label();
    if subscriber.post.hand_over(message) {
        tracing::debug!(event = "notify", notifier = name, "told: {event}");
    } else {
        record::notifications(subscriber.kind.label(), NotifyOutcome::Dropped, 1);
        tracing::warn!(event = "notify_dropped", notifier = name, "too many messages wait: {event} is not told");
    }
}

/// What the ledger says of the spans that end when the message was due.
async fn earned(store: &Store, view: &StatusView, due: Timestamp) -> Result<Vec<Earned>, StoreError> {
    let mut rows = Vec::new();
    for (account, status) in &view.accounts {
        for (currency, money) in status.currencies.iter().filter(|(_, money)| money.profile.is_some()) {
            let sum = |days| store.interest_between(account.clone(), *currency, (due.minus(DAY.times(days)), due));
            rows.push(Earned {
                account: account.clone(),
                currency: *currency,
                spans: [sum(1).await?, sum(7).await?, sum(30).await?],
                balance: money.balance,
                lent: money.lent,
                rate: money.lent_rate,
            });
        }
    }
    Ok(rows)
}

/// The house as notifiers see it.
fn sight(state: &AdminState, at: Timestamp, checks: &[health::Check]) -> Look {
    let mut look =
        Look { at, faults: health::faults(checks), config_fault: state.config_fault.clone(), ..Look::default() };
    for (account, why) in state.without_key.iter() {
        look.keys.insert(account.clone(), Some(format!("it cannot be read: {why}")));
    }
    let Some(view) = &state.view else { return look };
    look.paper = view.paper;
    let mut lent = BTreeSet::new();
    for (name, account) in view.accounts.iter().filter(|(_, account)| account.enabled) {
        key(view.paper, name, account, &mut look);
        for (currency, money) in account.currencies.iter().filter(|(_, money)| money.profile.is_some()) {
            lent.insert(*currency);
            let idle = Idle { balance: money.balance, by_reason: money.idle.clone() };
            look.idle.insert((name.clone(), *currency), idle);
        }
    }
    look.rates = rates(view, &lent);
    look
}

/// What the gate has judged; nothing while it waits for the exchange.
fn key(paper: bool, name: &AccountName, account: &AccountStatus, look: &mut Look) {
    if account.gate != GateVerdict::Pending {
        let fault = (!account.gate.serves(paper)).then(|| health::gate_text(&account.gate));
        look.keys.insert(name.clone(), fault);
    }
}

/// The last trade or the FRR, whichever is higher, of markets that are fresh.
fn rates(view: &StatusView, lent: &BTreeSet<Currency>) -> BTreeMap<Currency, crate::domain::DailyRate> {
    let markets = view.markets.iter().filter(|(currency, market)| market.fresh && lent.contains(*currency));
    markets.filter_map(|(currency, market)| Some((*currency, market.last.max(market.frr)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testing::Folder;
    use crate::domain::{Amount, DailyRate, Days, IdleReason, LinkState, OfferId, WireTime};
    use crate::engine::{CurrencyStatus, MarketStatus};

    fn name(text: &str) -> AccountName {
        AccountName::new(text).unwrap()
    }

    #[test]
    fn an_ear_that_nobody_listens_to_holds_nobody_up_and_counts() {
        let (notes, mut heard) = mpsc::channel(NOTES);
        let ear = Ear { notes, lost: Arc::default() };
        let filled = Note::Filled {
            account: name("main"),
            currency: Currency::USD,
            offer: OfferId(1),
            amount: Amount::UNIT,
            rate: DailyRate::TICK,
            period: Days::MIN,
            waited: HOUR,
        };
        for _ in 0..NOTES + 7 {
            ear.hear(&filled);
            ear.hear(&Note::Operative(true));
        }
        assert_eq!(ear.lost.load(Ordering::Relaxed), 7);
        assert_eq!(std::iter::from_fn(|| heard.try_recv().ok()).count(), NOTES);
    }

    fn account(enabled: bool, gate: GateVerdict) -> AccountStatus {
        let idle = [(IdleReason::BelowFloor, Amount::whole(5))].into();
        let dollars =
            CurrencyStatus { profile: Some("p".into()), balance: Amount::whole(9), idle, ..Default::default() };
        let euros = CurrencyStatus { balance: Amount::whole(3), ..CurrencyStatus::default() };
        let currencies = [(Currency::USD, dollars), (Currency::from_code("EUR").unwrap(), euros)].into();
        AccountStatus { enabled, gate, link: LinkState::Up, synced: true, writes_under_way: 0, currencies }
    }

    #[test]
    fn only_what_is_lent_by_enabled_accounts_is_seen() {
        let rate = |units| Some(DailyRate::from_units(units));
        let market = |fresh| MarketStatus { frr: rate(5), last: rate(7), fresh, ..MarketStatus::default() };
        let (euro, tether) = (Currency::from_code("EUR").unwrap(), Currency::from_code("UST").unwrap());
        let mut view = StatusView {
            accounts: [
                (name("good"), account(true, GateVerdict::Good)),
                (name("off"), account(false, GateVerdict::Revoked)),
                (name("waits"), account(true, GateVerdict::Pending)),
                (name("wide"), account(true, GateVerdict::Refused(vec!["withdraw".into()]))),
            ]
            .into(),
            markets: [(Currency::USD, market(true)), (euro, market(true)), (tether, market(true))].into(),
            ..StatusView::default()
        };
        let mut state = AdminState::new(WireTime::default(), Millis::seconds(1));
        state.without_key = Arc::new([(name("lost"), "keys/lost.age: there is no such file".to_owned())].into());
        state.view = Some(Arc::new(view.clone()));
        let look = sight(&state, Timestamp::default(), &[]);
        let keys: Vec<(&str, bool)> = look.keys.iter().map(|(name, fault)| (name.as_str(), fault.is_some())).collect();
        assert_eq!(keys, [("good", false), ("lost", true), ("wide", true)]);
        let idle: Vec<(&str, &str)> = look.idle.keys().map(|(name, code)| (name.as_str(), code.code())).collect();
        assert_eq!(idle, [("good", "USD"), ("waits", "USD"), ("wide", "USD")]);
        assert_eq!(look.rates, [(Currency::USD, DailyRate::from_units(7))].into(), "the higher of both");
        view.markets.insert(Currency::USD, market(false));
        state.view = Some(Arc::new(view));
        assert!(sight(&state, Timestamp::default(), &[]).rates.is_empty(), "what is stale is not believed");
    }

    #[tokio::test]
    async fn a_day_whose_earnings_could_not_be_summed_up_is_told_later() {
        let folder = Folder::new();
        let (build, ..) = folder.build().await;
        let subscribers = watch::Sender::new(Arc::default());
        let (mut desk, _ear) = Newsdesk::new(
            subscribers.subscribe(),
            build.shown.subscribe(),
            build.store.clone(),
            Arc::clone(&build.clock),
        );
        let (post, mut queue) = Post::open();
        let tells = Tells { daily_at: Some(Millis::new(0)), ..Tells::default() };
        let one = Subscriber { kind: Kind::Webhook, tells: tells.clone(), post };
        let all: Subscribers = [("phone".to_owned(), one)].into();
        let at = desk.clock.now().market;
        desk.watchers.insert("phone".into(), Watcher::new(tells, Some(Timestamp::default()), at));
        desk.ready_since = Some(at.minus(SETTLED));
        let view =
            StatusView { accounts: [(name("main"), account(true, GateVerdict::Good))].into(), ..Default::default() };
        build.store.close().await.unwrap();
        desk.daily(at, &view, &all).await;
        assert!(queue.try_recv().is_err());
        assert!(desk.watchers["phone"].daily_due(at).is_some(), "it is due still");
        desk.store = Folder::new().build().await.0.store;
        desk.daily(at, &view, &all).await;
        assert!(queue.try_recv().is_ok());
        assert_eq!(desk.watchers["phone"].daily_due(at), None, "told once");
    }
}
