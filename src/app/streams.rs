//! What the sockets tell, passed on to the engine; and what of the market has to be asked for.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::domain::{
    AccountName, AccountNews, Currency, HOUR, LinkState, MINUTE, MarketNews, Millis, SECOND, Stream, Timestamp,
};
use crate::engine::{Body, Policy, StatusView};
use crate::exchange::bitfinex::calls::Rest;
use crate::exchange::bitfinex::socket::SocketEvent;
use crate::exchange::clock::Clock;
use crate::exchange::session::Output;
use crate::exchange::wire::call::Call;
use crate::exchange::wire::{self, WireError};
use crate::telemetry::labels::StreamEvent;
use crate::telemetry::record;

use super::clock::HouseClock;
use super::door::Door;
use super::engine_task::Errand;
use super::grumbles::Grumbles;
use super::inbox::Inbox;
use super::recorder::Scribe;
use super::requests;

/// Prices are asked for this often, and after a failure this soon.
const PRICES_EVERY: Millis = HOUR;
const PRICES_AGAIN: Millis = SECOND.times(30);
/// The platform's status: now and then, and often while it is down (bitfinex-api.md 4.1).
const STATUS_EVERY: Millis = MINUTE.times(5);
const STATUS_WHILE_DOWN: Millis = SECOND.times(10);

/// Passes on what the market's sockets tell. With several of them the market is up when all are.
#[derive(Debug)]
pub struct MarketEar {
    /// Where news go for those who lend; none where nobody does.
    pub inbox: Option<Inbox>,
    /// Who writes them down.
    pub scribe: Scribe,
    /// The time.
    pub clock: Arc<HouseClock>,
    /// The link of each socket.
    pub links: Vec<LinkState>,
    /// Where complaints go.
    pub grumbles: Grumbles,
}

impl MarketEar {
    /// Listens until the sockets have ended. Events carry the socket's number.
    pub async fn run(mut self, mut events: mpsc::Receiver<(usize, SocketEvent)>) {
        while let Some((socket, event)) = events.recv().await {
            match event {
                SocketEvent::Told(output) => self.told(socket, output).await,
                SocketEvent::Trouble(why) => trouble(&self.grumbles, &Stream::Market, &why),
            }
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "common() matches the rest by name")]
    async fn told(&mut self, socket: usize, output: Output) {
        let now = self.clock.now().market;
        record::stream_message(&Stream::Market, now);
        match output {
            Output::Market(news) => {
                self.scribe.market(now, &news);
                if let Some(inbox) = &self.inbox {
                    inbox.news(Body::Market(news)).await;
                }
            }
            Output::Link(state) => {
                if socket >= self.links.len() {
                    self.links.resize(socket.saturating_add(1), LinkState::Down);
                }
                if let Some(link) = self.links.get_mut(socket) {
                    *link = state;
                }
                let all = self.links.iter().copied().max_by_key(|link| match link {
                    LinkState::Up => 0,
                    LinkState::Stale => 1,
                    LinkState::Down => 2,
                });
                let all = all.unwrap_or(LinkState::Down);
                self.scribe.link(all);
                // In order with the news of this stream: what was told before the link fell must not come after it.
                if let Some(inbox) = &self.inbox {
                    inbox.news(Body::Link(Stream::Market, all)).await;
                }
            }
            Output::SubscriptionRefused { subscription, code, text } => {
                let (channel, topic) = (subscription.channel(), subscription.topic());
                tracing::error!(
                    event = "subscription_refused",
                    "{channel} {topic}: {code} {text}; is the currency lent at the exchange?"
                );
            }
            other => common(&self.grumbles, &Stream::Market, &other),
        }
    }
}

/// Passes on what an account's socket tells.
#[derive(Debug)]
pub struct AccountEar {
    /// Whose.
    pub account: AccountName,
    /// Where news go.
    pub inbox: Inbox,
    /// The gate's door.
    pub door: Door,
    /// To have the gate looked at when the socket's authentication fails.
    pub errands: mpsc::Sender<Errand>,
    /// Where complaints go.
    pub grumbles: Grumbles,
    /// The time.
    pub clock: Arc<HouseClock>,
}

impl AccountEar {
    /// Listens until the socket has ended.
    pub async fn run(self, mut events: mpsc::Receiver<SocketEvent>) {
        let stream = Stream::Account(self.account.clone());
        while let Some(event) = events.recv().await {
            match event {
                SocketEvent::Told(output) => self.told(&stream, output).await,
                SocketEvent::Trouble(why) => trouble(&self.grumbles, &stream, &why),
            }
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "common() matches the rest by name")]
    async fn told(&self, stream: &Stream, output: Output) {
        record::stream_message(stream, self.clock.now().market);
        let news = |news| Body::Account(self.account.clone(), news);
        match output {
            Output::Account(told) => self.inbox.urgent(news(told)).await,
            Output::Resync => self.inbox.urgent(news(AccountNews::Resync)).await,
            Output::Market(told) => self.inbox.urgent(Body::Market(told)).await,
            Output::Link(state) => self.inbox.urgent(Body::Link(stream.clone(), state)).await,
            Output::Gate(verdict) => {
                if self.door.heard_caps(verdict).await {
                    let _reader_busy = self.errands.try_send(Errand::Gate);
                }
            }
            Output::AuthFailed { code, text } => {
                let shared = if code == 10_114 { "; another program seems to use the key" } else { "" };
                self.grumbles.warn(
                    self.account.as_str(),
                    "auth_failed",
                    &format!("the socket's authentication failed: {code} {text}{shared}"),
                );
                let _reader_busy = self.errands.try_send(Errand::Gate);
            }
            other => common(&self.grumbles, stream, &other),
        }
    }
}

/// What every stream may tell of itself.
fn common(grumbles: &Grumbles, stream: &Stream, output: &Output) {
    match output {
        Output::Gap => record::stream_event(stream, StreamEvent::Gap),
        Output::Unreadable { head } => {
            record::stream_event(stream, StreamEvent::Unreadable);
            grumbles.warn(name(stream), "unreadable", &format!("a message could not be read: {head}"));
        }
        Output::Connect
        | Output::Send(_)
        | Output::Authenticate
        | Output::Close
        | Output::Market(_)
        | Output::Candles(..)
        | Output::Account(_)
        | Output::Link(_)
        | Output::Gate(_)
        | Output::AuthFailed { .. }
        | Output::SubscriptionRefused { .. }
        | Output::Resync
        | Output::Ignored => {}
    }
}

/// Whose stream, for the log.
fn name(stream: &Stream) -> &str {
    match stream {
        Stream::Market => "market",
        Stream::Account(account) => account.as_str(),
    }
}

fn trouble(grumbles: &Grumbles, stream: &Stream, why: &str) {
    record::stream_event(stream, StreamEvent::Reconnect);
    grumbles.warn(name(stream), "stream_trouble", &format!("the stream broke: {why}; it connects again"));
}

/// Asks for what no socket tells: prices in dollars and the platform's status.
#[derive(Debug)]
pub struct MarketAsker {
    /// Public calls.
    pub rest: Rest,
    /// Where news go.
    pub inbox: Inbox,
    /// The policy in force: what is lent.
    pub policy: watch::Receiver<Arc<Policy>>,
    /// To see whether the exchange says that it is down.
    pub view: watch::Receiver<Arc<StatusView>>,
    /// Where complaints go.
    pub grumbles: Grumbles,
    /// The time.
    pub clock: Arc<HouseClock>,
}

impl MarketAsker {
    /// Asks until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let _stopped = stop.run_until_cancelled(self.ask()).await;
    }

    async fn ask(mut self) {
        let now = self.clock.now().market;
        let (mut prices, mut status) = (now, now);
        loop {
            let now = self.clock.now().market;
            if status <= now {
                let down = !self.view.borrow().operative;
                self.platform_status(down).await;
                status = now.plus(if down { STATUS_WHILE_DOWN } else { STATUS_EVERY });
            }
            if prices <= now {
                prices = self.prices(now).await;
            }
            let next = prices.min(status);
            let pause = self.clock.real(next.since(self.clock.now().market));
            tokio::select! {
                () = tokio::time::sleep(pause.max(std::time::Duration::from_millis(1))) => {}
                // A currency that is new has no price yet.
                Ok(()) = self.policy.changed() => prices = self.clock.now().market,
            }
        }
    }

    /// Answers when they are due again.
    async fn prices(&self, now: Timestamp) -> Timestamp {
        let mut failed = false;
        let currencies = self.policy.borrow().currencies();
        for currency in currencies.into_iter().filter(|currency| *currency != Currency::USD) {
            match self.call(&Call::usd_price(currency), wire::market::usd_price).await {
                Ok(price) => self.inbox.news(Body::Market(MarketNews::UsdPrice(currency, price))).await,
                Err(why) => {
                    failed = true;
                    self.grumbles.warn("market", "price_failed", &format!("price of {currency}: {why}"));
                }
            }
        }
        now.plus(if failed { PRICES_AGAIN } else { PRICES_EVERY })
    }

    /// Maintenance ends when the status says so twice in a row (bitfinex-api.md 2.7); it begins at once.
    async fn platform_status(&self, down: bool) {
        let operative = self.call(&Call::platform_status(), wire::market::platform_status).await;
        match operative {
            Ok(true) if down => {
                tokio::time::sleep(self.clock.real(STATUS_WHILE_DOWN)).await;
                if self.call(&Call::platform_status(), wire::market::platform_status).await == Ok(true) {
                    self.inbox.urgent(Body::Market(MarketNews::Operative(true))).await;
                }
            }
            Ok(operative) => self.inbox.urgent(Body::Market(MarketNews::Operative(operative))).await,
            // Out of reach is the streams' business; only its own word means maintenance.
            Err(why) => self.grumbles.warn("market", "status_failed", &format!("platform status: {why}")),
        }
    }

    async fn call<T>(
        &self,
        call: &Call,
        read: impl FnOnce(wire::Json<'_>) -> Result<T, WireError>,
    ) -> Result<T, String> {
        requests::public(&self.rest, call, read).await
    }
}
