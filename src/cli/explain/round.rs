//! One decision without a daemon: the account and its market are read over REST, the very engine is told of them, and what
//! it wishes is shown. Nothing it wishes leaves: the lanes cannot write, and acts and memories are dropped.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::app::clock::HouseClock;
use crate::app::keyring::{Keyring, Keys};
use crate::cli::say::Failure;
use crate::cli::{exit, signed};
use crate::config::Config;
use crate::domain::{
    AccountName, AccountNews, Currency, DAY, GateVerdict, LinkState, MarketNews, Stream, Timestamp, WireTime,
};
use crate::engine::{Body, Effect, Engine, Input, Note, Policy, Restored, StatusView};
use crate::exchange::bitfinex::calls::{Lane, Rest};
use crate::exchange::clock::Clock as _;
use crate::exchange::wire::call::Call;
use crate::exchange::wire::reading::AccountReading;
use crate::exchange::wire::{Json, WireError, account, gate, market};
use crate::store::Store;
use crate::strategy::Slice;
use crate::strategy::stats::History;
use crate::telemetry::health::AdminState;
use crate::telemetry::note;
use crate::telemetry::status::{Status, status};

/// A reading asks for more readings at most this often before the decision is shown as it is.
const TICKS: usize = 4;
/// Levels of the book, as many as the daemon listens to.
const LEVELS: u16 = 250;
/// The last trades: the engine learns the pace of the batches from them.
const TRADES: u32 = 125;

/// What one round came to.
pub(super) struct Decided {
    /// As a daemon would show it.
    pub(super) status: Status,
    /// What a live daemon would do at once, in words.
    pub(super) acts: Vec<String>,
    /// What could not be read, with the exit code that it deserves.
    pub(super) failures: Vec<Failure>,
}

/// Decides once for these accounts of `config`.
pub(super) async fn decide(
    config: &Config,
    keys: &Keyring,
    only: Option<&AccountName>,
    store: &Store,
    restored: Restored,
    clock: &Arc<HouseClock>,
) -> Result<Decided, Failure> {
    let rest = signed::rest(&config.settings, clock)?;
    let keys = keys.read(config).map_err(|error| Failure::new(exit::KEY, error))?;
    let mut round = Round {
        engine: Engine::new(),
        seq: 0,
        clock: Arc::clone(clock),
        lanes: BTreeMap::new(),
        view: None,
        acts: Vec::new(),
        failures: Vec::new(),
    };
    let policy = policy(config, &keys, only);
    for (number, (name, key)) in (0_u32..).zip(&keys.read) {
        if policy.accounts.get(name).is_some_and(|account| account.enabled) {
            round.lanes.insert(name.clone(), signed::lane(&rest, store, number, key).await?);
        }
    }
    round.tell(Body::Restored(Box::new(restored)));
    round.tell(Body::Policy(Arc::new(policy.clone())));
    round.read_market(&rest, &policy).await;
    for (name, account) in &policy.accounts {
        round.greet(name, account.lend.keys().copied()).await;
    }
    round.ticks().await;
    Ok(round.shown(keys, only))
}

/// The policy of those that are asked about. As in the daemon, an account whose key cannot be read is off.
fn policy(config: &Config, keys: &Keys, only: Option<&AccountName>) -> Policy {
    let mut policy = config.policy.clone();
    policy.accounts.retain(|name, _| only.is_none_or(|wanted| wanted == name));
    for (name, account) in &mut policy.accounts {
        account.enabled &= keys.read.contains_key(name);
    }
    policy
}

struct Round {
    engine: Engine,
    seq: u64,
    clock: Arc<HouseClock>,
    lanes: BTreeMap<AccountName, Lane>,
    view: Option<Arc<StatusView>>,
    acts: Vec<String>,
    failures: Vec<Failure>,
}

impl Round {
    /// Tells the engine; answers what it wants read.
    fn tell(&mut self, body: Body) -> Vec<Effect> {
        self.seq = self.seq.wrapping_add(1);
        let input = Input { seq: self.seq, at: self.now(), body };
        let mut reads = Vec::new();
        for effect in self.engine.step(&input) {
            match effect {
                Effect::ReadAccount { .. } | Effect::ReadAvailable { .. } => reads.push(effect),
                Effect::View(view) => self.view = Some(view),
                Effect::Note(told @ (Note::Submitting { .. } | Note::Cancelling { .. } | Note::Refused { .. })) => {
                    self.acts.push(note::line(&told).text);
                }
                // Nothing leaves and nothing is remembered: this is the only place that acts come to.
                Effect::Act(_) | Effect::Remember(_) | Effect::Keep(_) | Effect::Note(_) => {}
            }
        }
        reads
    }

    fn now(&self) -> Timestamp {
        self.clock.now().market
    }

    async fn read_market(&mut self, rest: &Rest, policy: &Policy) {
        match public(rest, &Call::platform_status(), market::platform_status).await {
            Ok(operative) => drop(self.tell(Body::Market(MarketNews::Operative(operative)))),
            // The rest would fail for the same reason.
            Err(failure) => return self.failures.push(failure),
        }
        self.tell(Body::Link(Stream::Market, LinkState::Up));
        for currency in policy.currencies() {
            let lent = policy.accounts.values().filter_map(|account| account.lend.get(&currency));
            let looks_back = lent.flat_map(|lend| &lend.profile.slices).any(Slice::looks_back);
            if let Err(failure) = self.read_currency(rest, currency, looks_back).await {
                let text = format!("market {currency}: {}", failure.text);
                self.failures.push(Failure { text, ..failure });
            }
        }
    }

    async fn read_currency(&mut self, rest: &Rest, currency: Currency, looks_back: bool) -> Result<(), Failure> {
        let ticker = public(rest, &Call::ticker(currency), market::ticker).await?;
        self.tell(Body::Market(MarketNews::Ticker(currency, ticker)));
        let book = public(rest, &Call::book(currency, LEVELS), market::book).await?;
        self.tell(Body::Market(MarketNews::Book(currency, book.rows)));
        let prints = public(rest, &Call::trades(currency, None, TRADES), market::prints).await?;
        self.tell(Body::Market(MarketNews::Prints(currency, prints.rows)));
        for (series, limit) in History::SERIES.into_iter().filter(|_| looks_back) {
            let asked = self.now();
            let candles = public(rest, &Call::series(currency, series, limit), market::candles).await?;
            let closed = candles.rows.into_iter().filter(|candle| series.is_closed(candle.at, asked)).collect();
            self.tell(Body::Market(MarketNews::Candles(currency, series, closed)));
        }
        if currency != Currency::USD {
            let price = public(rest, &Call::usd_price(currency), market::usd_price).await?;
            self.tell(Body::Market(MarketNews::UsdPrice(currency, price)));
        }
        Ok(())
    }

    /// What the key may do, and what competes.
    async fn greet(&mut self, name: &AccountName, currencies: impl Iterator<Item = Currency>) {
        let Some(lane) = self.lanes.get(name) else { return };
        let (mut news, mut failed) = (Vec::new(), None);
        match signed::ask(lane, &Call::permissions(), gate::permissions).await {
            Ok(scopes) => news.push(AccountNews::Gate(gate::gate(&scopes))),
            Err(failure) => {
                let revoked = failure.code == exit::KEY;
                news.push(AccountNews::Gate(if revoked { GateVerdict::Revoked } else { GateVerdict::Pending }));
                failed = Some(failure);
            }
        }
        let reachable = failed.is_none();
        for currency in currencies {
            // Undocumented, so a failure is borne, as in the daemon.
            if let Ok(on) = signed::ask(lane, &Call::auto_status(currency), account::auto_renew).await {
                news.push(AccountNews::AutoRenew(currency, on));
            }
        }
        self.fail(name, failed);
        if reachable {
            self.tell(Body::Link(Stream::Account(name.clone()), LinkState::Up));
        }
        for told in news {
            self.tell(Body::Account(name.clone(), told));
        }
    }

    fn fail(&mut self, name: &AccountName, failure: Option<Failure>) {
        self.failures
            .extend(failure.map(|failure| Failure { text: format!("account {name}: {}", failure.text), ..failure }));
    }

    /// Ticks until the engine has read all it wants.
    async fn ticks(&mut self) {
        for _ in 0..TICKS {
            self.acts.clear();
            let mut wanted = self.tell(Body::Tick);
            if wanted.is_empty() {
                return;
            }
            while let Some(read) = wanted.pop() {
                wanted.extend(self.read(read).await);
            }
        }
    }

    async fn read(&mut self, read: Effect) -> Vec<Effect> {
        let (name, told) = match read {
            Effect::ReadAccount { account, history } => {
                let Some(lane) = self.lanes.get(&account) else { return Vec::new() };
                let told = snapshot(lane, &self.clock, history).await;
                (account, told)
            }
            Effect::ReadAvailable { account, currency } => {
                let Some(lane) = self.lanes.get(&account) else { return Vec::new() };
                let told = signed::ask(lane, &Call::available(currency), account::available).await;
                (account, told.map(|amount| AccountNews::Available(currency, amount)))
            }
            Effect::Act(_) | Effect::Remember(_) | Effect::Keep(_) | Effect::Note(_) | Effect::View(_) => {
                return Vec::new();
            }
        };
        match told {
            Ok(news) => self.tell(Body::Account(name, news)),
            Err(failure) => {
                self.fail(&name, Some(failure));
                self.tell(Body::Account(name, AccountNews::SnapshotFailed))
            }
        }
    }

    fn shown(self, keys: Keys, only: Option<&AccountName>) -> Decided {
        let started = WireTime::from_millis(0);
        let unreadable = keys.unreadable.into_iter().filter(|(name, _)| only.is_none_or(|wanted| wanted == name));
        let state = AdminState {
            view: self.view,
            last_tick: Some(started),
            without_key: Arc::new(unreadable.collect()),
            ..AdminState::new(started, crate::domain::SECOND)
        };
        Decided { status: status(&state, started), acts: self.acts, failures: self.failures }
    }
}

async fn public<T>(
    rest: &Rest,
    call: &Call,
    read: impl FnOnce(Json<'_>) -> Result<T, WireError>,
) -> Result<T, Failure> {
    signed::told(rest.call(call).await.transport, read)
}

/// The whole account, read as the daemon reads it.
async fn snapshot(lane: &Lane, clock: &HouseClock, history: bool) -> Result<AccountNews, Failure> {
    let started = clock.now().market;
    let mut reading = AccountReading::new(started, history.then(|| started.minus(DAY)));
    while let Some(call) = reading.next_call() {
        signed::replied(lane.call(&call).await.transport, |status, body| reading.reply(status, body))?;
    }
    Ok(AccountNews::Snapshot(Box::new(reading.finish(clock.now().market))))
}
