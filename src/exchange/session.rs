//! A socket's state machine: when to connect, what to say, what it hears, whether it can be relied on. Pure: it is told
//! the wire time and what arrives, and is polled for what to do. It never touches a socket, a key or a clock.
//!
//! A driver calls [`Session::timer`] at [`Session::next_timer`] (the first call connects), [`Session::opened`],
//! [`Session::text`] and [`Session::closed`] as things happen, and [`Session::poll`] until nothing is left after each.
//! After [`Output::Close`] it drops the connection and says no more of it.
//!
//! The limits on connections hold for this session alone; several sessions from one address have to be started apart.

mod events;
mod pace;
mod seen;
mod sequence;
mod slots;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::domain::{AccountNews, Candle, Currency, GateVerdict, LinkState, MINUTE, MarketNews, Millis, WireTime};

pub use super::wire::frame::Subscription;
use pace::{ConnectLimit, Pace};
use seen::Seen;
use sequence::Sequence;
use slots::Slots;

/// Channels of one connection (bitfinex-api.md 2.6).
pub const MAX_CHANNELS: usize = 25;
/// Silence after which the exchange is asked whether it is there.
const QUIET: Millis = Millis::seconds(30);
/// Time for its answer.
const PATIENCE: Millis = Millis::seconds(10);
/// Silence of one channel after which it is opened anew; for the account's that takes a new connection.
const CHANNEL_QUIET: Millis = MINUTE;
/// A channel that was refused is asked for again after this long: what is not served today may be tomorrow.
const REFUSED_AGAIN: Millis = MINUTE.times(10);
/// Time for a connection to open, for a request to be answered, for an account's first snapshots to come.
const ANSWER: Millis = Millis::seconds(30);
/// Time for the end of a maintenance to be told.
const MAINTENANCE: Millis = Millis::seconds(150);
/// Good data for so long, and the backoff starts over.
const PROVED: Millis = MINUTE;
/// The pause after a refused key.
const KEY_PAUSE: Millis = MINUTE;

/// What a socket is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// Market data; at most [`MAX_CHANNELS`], see [`split`].
    Public(Vec<Subscription>),
    /// One account.
    Private,
}

/// What the driver shall do, or pass on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Open a connection.
    Connect,
    /// Send this text.
    Send(String),
    /// Sign with a fresh nonce and send [`frame::auth`](super::wire::frame::auth).
    Authenticate,
    /// Drop the connection, and tell nothing more of it.
    Close,
    /// Public news.
    Market(MarketNews),
    /// Candles of a channel, oldest first.
    Candles(String, Vec<Candle>),
    /// Private news.
    Account(AccountNews),
    /// Whether this stream can be relied on has changed.
    Link(LinkState),
    /// What the key may do, as told by the authentication.
    Gate(GateVerdict),
    /// The exchange refused the key; tried again after a minute or more.
    AuthFailed {
        /// Code.
        code: i64,
        /// The exchange's words, cut and cleaned.
        text: String,
    },
    /// A channel is refused on this connection: an unknown symbol, or one channel too many.
    SubscriptionRefused {
        /// Which.
        subscription: Subscription,
        /// Code.
        code: i64,
        /// The exchange's words, cut and cleaned.
        text: String,
    },
    /// Facts may have been lost: read everything anew.
    Resync,
    /// The sequence was broken; the connection is given up.
    Gap,
    /// A message, or rows of one, could not be read.
    Unreadable {
        /// Its beginning, cut and cleaned.
        head: String,
    },
    /// A message that says nothing to us.
    Ignored,
}

/// Where a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Not connected; connects then.
    Waiting(WireTime),
    /// Asked to connect then.
    Connecting(WireTime),
    /// Open since then; the first frame has not come.
    Greeting(WireTime),
    /// In use since then.
    Ready(WireTime),
}

/// What an account's connection must have told before it is up. All four snapshots come even when empty; there is no
/// mark of their end (bitfinex-api.md 6.3).
const AWAITED: [&str; 5] = ["auth", "ws", "fos", "fcs", "fls"];

/// A socket's state machine.
#[derive(Debug, Clone)]
pub struct Session {
    private: bool,
    phase: Phase,
    link: LinkState,
    pace: Pace,
    sequence: Sequence,
    slots: Slots,
    awaited: BTreeSet<&'static str>,
    seen: BTreeMap<Currency, Seen>,
    heard: WireTime,
    account_heard: WireTime,
    pinged: Option<WireTime>,
    pings: u64,
    up_since: Option<WireTime>,
    maintenance: Option<WireTime>,
    outputs: VecDeque<Output>,
}

/// Groups of subscriptions that fit one connection each.
#[must_use]
pub fn split(subscriptions: &[Subscription]) -> Vec<Vec<Subscription>> {
    place(&[], subscriptions)
}

/// What each connection carries when `wanted` is wanted and `carried` is carried: what stays wanted stays where it is,
/// what is new goes where there is room, and only then to further connections.
#[must_use]
pub fn place(carried: &[Vec<Subscription>], wanted: &[Subscription]) -> Vec<Vec<Subscription>> {
    let keep = |of: &Vec<Subscription>| of.iter().filter(|one| wanted.contains(one)).cloned().collect();
    let mut placed: Vec<Vec<Subscription>> = carried.iter().map(keep).collect();
    for one in wanted {
        if placed.iter().any(|of| of.contains(one)) {
            continue;
        }
        match placed.iter_mut().find(|of| of.len() < MAX_CHANNELS) {
            Some(room) => room.push(one.clone()),
            None => placed.push(vec![one.clone()]),
        }
    }
    placed
}

impl Session {
    /// A session that is not connected; `seed` spreads its reconnects.
    #[must_use]
    pub fn new(role: Role, seed: u64) -> Self {
        let (private, subscriptions) = match role {
            Role::Public(subscriptions) => (false, subscriptions),
            Role::Private => (true, Vec::new()),
        };
        let limit = if private {
            ConnectLimit { count: 5, within: Millis::seconds(15) }
        } else {
            ConnectLimit { count: 20, within: MINUTE }
        };
        let mut session = Self {
            private,
            phase: Phase::Waiting(WireTime::default()),
            link: LinkState::Down,
            pace: Pace::new(limit, seed),
            sequence: Sequence::default(),
            slots: Slots::default(),
            awaited: AWAITED.into(),
            seen: BTreeMap::new(),
            heard: WireTime::default(),
            account_heard: WireTime::default(),
            pinged: None,
            pings: 0,
            up_since: None,
            maintenance: None,
            outputs: VecDeque::new(),
        };
        session.want(subscriptions, WireTime::default());
        session
    }

    /// What to do next; ask until nothing is left.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// True while the stream can be relied on.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.link == LinkState::Up
    }

    /// Changes what a public session listens to; channels that stay are not touched. What exceeds [`MAX_CHANNELS`] is
    /// refused.
    pub fn set_subscriptions(&mut self, now: WireTime, subscriptions: Vec<Subscription>) {
        if self.private {
            return;
        }
        self.want(subscriptions, now);
        self.settle(now);
    }

    fn want(&mut self, mut subscriptions: Vec<Subscription>, now: WireTime) {
        for subscription in subscriptions.split_off(subscriptions.len().min(MAX_CHANNELS)) {
            let text = "more channels than one connection takes".into();
            self.outputs.push_back(Output::SubscriptionRefused { subscription, code: 10_305, text });
        }
        let connected = matches!(self.phase, Phase::Ready(_)) && self.maintenance.is_none();
        let frames = self.slots.want(subscriptions, connected, now);
        self.send(frames);
    }

    /// The connection is open.
    pub fn opened(&mut self, now: WireTime) {
        self.phase = Phase::Greeting(now);
        self.heard = now;
    }

    /// A text frame came.
    pub fn text(&mut self, now: WireTime, text: &str) {
        if matches!(self.phase, Phase::Waiting(_) | Phase::Connecting(_)) {
            return;
        }
        self.heard = now;
        self.pinged = None;
        self.read(now, text);
    }

    /// The connection could not be opened, or ended.
    pub fn closed(&mut self, now: WireTime) {
        if !matches!(self.phase, Phase::Waiting(_)) {
            self.down(now, Millis::new(0));
        }
    }

    /// Time has come to `now`.
    pub fn timer(&mut self, now: WireTime) {
        match self.phase {
            Phase::Waiting(at) => {
                if at <= now {
                    self.phase = Phase::Connecting(now);
                    self.pace.connected(now);
                    self.outputs.push_back(Output::Connect);
                }
            }
            Phase::Connecting(_) | Phase::Greeting(_) | Phase::Ready(_) => {
                if self.overdue().is_some_and(|at| at <= now) {
                    self.give_up(now, Millis::new(0));
                    return;
                }
                let silent = self.slots.deadlines(ANSWER, CHANNEL_QUIET).1;
                if silent.is_some_and(|at| at <= now) && self.maintenance.is_none() {
                    let before = WireTime::from_millis(now.millis().saturating_sub(60_000));
                    let frames = self.slots.ask_again(before, now);
                    self.send(frames);
                }
                if self.maintenance.is_none() {
                    let mut frames = self.slots.renew_torn(CHANNEL_QUIET, now);
                    frames.extend(self.slots.ask_refused(REFUSED_AGAIN, now));
                    self.send(frames);
                }
                if self.pinged.is_none() && self.is_open() && self.heard.plus(QUIET) <= now {
                    self.pinged = Some(now);
                    self.pings = self.pings.saturating_add(1);
                    self.outputs.push_back(Output::Send(super::wire::frame::ping(self.pings)));
                }
            }
        }
    }

    /// When [`Session::timer`] is due.
    #[must_use]
    pub fn next_timer(&self) -> Option<WireTime> {
        if let Phase::Waiting(at) = self.phase {
            return Some(at);
        }
        let ping = (self.pinged.is_none() && self.is_open()).then(|| self.heard.plus(QUIET));
        let silent = self.slots.deadlines(ANSWER, CHANNEL_QUIET).1.filter(|_| self.maintenance.is_none());
        let refused = self.slots.refused_until(REFUSED_AGAIN).filter(|_| self.maintenance.is_none());
        let torn = self.slots.torn_until(CHANNEL_QUIET).filter(|_| self.maintenance.is_none());
        [self.overdue(), ping, silent, refused, torn].into_iter().flatten().min()
    }

    fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Greeting(_) | Phase::Ready(_))
    }

    /// When the connection is to be given up unless something comes.
    fn overdue(&self) -> Option<WireTime> {
        let phase = match self.phase {
            Phase::Waiting(_) => None,
            Phase::Connecting(since) | Phase::Greeting(since) => Some(since.plus(ANSWER)),
            Phase::Ready(since) => match self.maintenance {
                Some(began) => Some(began.plus(MAINTENANCE)),
                None if self.private && self.awaited.is_empty() => Some(self.account_heard.plus(CHANNEL_QUIET)),
                None if self.private => Some(since.plus(ANSWER)),
                None => self.slots.deadlines(ANSWER, CHANNEL_QUIET).0,
            },
        };
        let pong = self.pinged.map(|at| at.plus(PATIENCE));
        [phase, pong].into_iter().flatten().min()
    }

    /// Drops the connection by our own will.
    fn give_up(&mut self, now: WireTime, at_least: Millis) {
        self.outputs.push_back(Output::Close);
        self.down(now, at_least);
    }

    fn down(&mut self, now: WireTime, at_least: Millis) {
        self.phase = Phase::Waiting(self.pace.next(now, at_least));
        self.sequence = Sequence::default();
        self.slots.reset();
        self.awaited = AWAITED.into();
        self.pinged = None;
        self.maintenance = None;
        self.set_link(LinkState::Down);
    }

    fn set_link(&mut self, link: LinkState) {
        if link != LinkState::Up {
            self.up_since = None;
        }
        if self.link != link {
            self.link = link;
            self.outputs.push_back(Output::Link(link));
        }
    }

    /// Up as soon as everything that was asked for has come.
    fn settle(&mut self, now: WireTime) {
        let settled = if self.private { self.awaited.is_empty() } else { self.slots.settled() };
        if settled && matches!(self.phase, Phase::Ready(_)) && self.maintenance.is_none() && !self.is_up() {
            self.up_since = Some(now);
            self.set_link(LinkState::Up);
            if self.private {
                self.resync();
            }
        }
    }

    fn resync(&mut self) {
        if !self.outputs.contains(&Output::Resync) {
            self.outputs.push_back(Output::Resync);
        }
    }

    fn send(&mut self, frames: Vec<String>) {
        self.outputs.extend(frames.into_iter().map(Output::Send));
    }
}

#[cfg(test)]
mod tests;
