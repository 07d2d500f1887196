//! The request budget: what may leave when. Pure: told the time, it keeps the queue and says who is next.
//!
//! The exchange counts by IP address, so one budget serves the whole process (bitfinex-api.md 2.6): a bucket of 20
//! requests refilled by one a second, and the documented cap a minute of each endpoint. Both count in market time,
//! which is the exchange's; a 429 silences everything for 60 s of *wire* time and a little more. Each key is a lane in
//! which one call at a time is under way, since the exchange wants its nonces in order. Writes go before queued reads.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::domain::{MINUTE, Millis, Moment, SECOND, Timestamp, WireTime};

/// Requests that may leave at once after a rest.
pub const BURST: u32 = 20;
/// How long everything is silent after a 429.
pub const BLOCK: Millis = MINUTE;
/// The most that is added to [`BLOCK`], so that several daemons do not come back at once.
pub const BLOCK_JITTER: Millis = Millis::new(5_000);
/// One request costs this much of the bucket, which is counted in milliseconds of refill.
const COST: i64 = SECOND.get();
const FULL: i64 = COST * BURST as i64;

/// Who goes first among those that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// Writes, and the authentication of a socket.
    First,
    /// Reads.
    Later,
}

/// The number of a key: its calls go one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneId(pub u32);

/// A wish to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// The endpoint's label and its cap a minute; `None` for what is no request (a socket's authentication), which only
    /// wants the lane.
    pub endpoint: Option<(&'static str, u32)>,
    /// Who goes first.
    pub urgency: Urgency,
    /// The key's lane; `None` for public calls.
    pub lane: Option<LaneId>,
}

/// A place in the queue, then a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

/// When to ask again, unless a call ends before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// After this much market time.
    Market(Millis),
    /// After this much wire time: all is silent until then.
    Wire(Millis),
}

/// The budget of one IP address.
#[derive(Debug, Clone)]
pub struct Budget {
    level: i64,
    seen: Timestamp,
    departures: BTreeMap<&'static str, VecDeque<Timestamp>>,
    blocked_until: WireTime,
    queue: BTreeMap<(Urgency, Ticket), Ask>,
    under_way: BTreeMap<Ticket, Option<LaneId>>,
    busy: BTreeSet<LaneId>,
    tickets: u64,
}

impl Budget {
    /// A full bucket.
    #[must_use]
    pub fn new(now: Moment) -> Self {
        Self {
            level: FULL,
            seen: now.market,
            departures: BTreeMap::new(),
            blocked_until: WireTime::default(),
            queue: BTreeMap::new(),
            under_way: BTreeMap::new(),
            busy: BTreeSet::new(),
            tickets: 0,
        }
    }

    /// Queues up.
    pub fn enqueue(&mut self, ask: Ask) -> Ticket {
        self.tickets = self.tickets.saturating_add(1);
        let ticket = Ticket(self.tickets);
        self.queue.insert((ask.urgency, ticket), ask);
        ticket
    }

    /// The next one that may leave now, if any: from now on it is under way.
    pub fn poll(&mut self, now: Moment) -> Option<Ticket> {
        self.refill(now.market);
        let place =
            self.queue.iter().find(|(_, ask)| self.delay(ask, now) == Some(Delay::None)).map(|(place, _)| *place)?;
        let ask = self.queue.remove(&place)?;
        if let Some((label, _)) = ask.endpoint {
            self.level -= COST;
            self.departures.entry(label).or_default().push_back(now.market);
        }
        self.busy.extend(ask.lane);
        self.under_way.insert(place.1, ask.lane);
        Some(place.1)
    }

    /// The call is over, or whoever asked has gone: its place or its lane is free.
    pub fn done(&mut self, ticket: Ticket) {
        if let Some(lane) = self.under_way.remove(&ticket) {
            if let Some(lane) = lane {
                self.busy.remove(&lane);
            }
        } else {
            self.queue.retain(|(_, waiting), _| *waiting != ticket);
        }
    }

    /// The exchange said 429 (or 11010): silence for [`BLOCK`] and `jitter`, of which at most [`BLOCK_JITTER`] counts.
    pub fn limited(&mut self, now: WireTime, jitter: Millis) {
        self.blocked_until = self.blocked_until.max(now.plus(BLOCK).plus(jitter.min(BLOCK_JITTER)));
    }

    /// When the next of the queue may leave; `None` when nobody waits, or all wait for a call under way.
    #[must_use]
    pub fn wait(&self, now: Moment) -> Option<Wait> {
        let mut soonest: Option<Wait> = None;
        for ask in self.queue.values() {
            match self.delay(ask, now) {
                None => {}
                Some(Delay::None) => return Some(Wait::Market(Millis::new(0))),
                Some(Delay::Blocked(span)) => soonest = soonest.or(Some(Wait::Wire(span))),
                Some(Delay::Budget(span)) => {
                    soonest = match soonest {
                        Some(Wait::Market(other)) => Some(Wait::Market(other.min(span))),
                        _ => Some(Wait::Market(span)),
                    }
                }
            }
        }
        soonest
    }

    /// Requests that could leave at once: for the metric. Zero while all is silent.
    #[must_use]
    pub fn left(&self, now: Moment) -> u32 {
        if now.wire < self.blocked_until {
            return 0;
        }
        u32::try_from(self.level_at(now.market) / COST).unwrap_or(0)
    }

    /// How long the silence after a 429 still lasts.
    #[must_use]
    pub fn blocked(&self, now: WireTime) -> Option<Millis> {
        (now < self.blocked_until).then(|| self.blocked_until.since(now))
    }

    /// Calls that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// `None`: until a call of its lane ends.
    fn delay(&self, ask: &Ask, now: Moment) -> Option<Delay> {
        if ask.lane.is_some_and(|lane| self.busy.contains(&lane)) {
            return None;
        }
        let Some((label, cap)) = ask.endpoint else { return Some(Delay::None) };
        if let Some(span) = self.blocked(now.wire) {
            return Some(Delay::Blocked(span));
        }
        let bucket = COST.saturating_sub(self.level_at(now.market));
        let span = bucket.max(self.cap_delay(label, cap, now.market).get());
        Some(if span > 0 { Delay::Budget(Millis::new(span)) } else { Delay::None })
    }

    /// Until the window of a minute has room under `cap`. A cap of zero is taken as one.
    fn cap_delay(&self, label: &'static str, cap: u32, now: Timestamp) -> Millis {
        let Some(past) = self.departures.get(label) else { return Millis::new(0) };
        let cap = usize::try_from(cap.max(1)).unwrap_or(usize::MAX);
        let Some(index) = past.len().checked_sub(cap) else { return Millis::new(0) };
        // When this one leaves the window, `cap - 1` are left in it. The bound of the window counts as in it.
        past.get(index)
            .map_or(Millis::new(0), |at| Millis::new(at.plus(MINUTE).since(now).get().saturating_add(1).max(0)))
    }

    fn level_at(&self, now: Timestamp) -> i64 {
        self.level.saturating_add(now.since(self.seen).get().max(0)).min(FULL)
    }

    fn refill(&mut self, now: Timestamp) {
        self.level = self.level_at(now);
        let back = now < self.seen;
        self.seen = now;
        for past in self.departures.values_mut() {
            if back {
                // The clock was set back: what lies in the future left just now, or an endpoint would wait for hours.
                for at in past.iter_mut() {
                    *at = (*at).min(now);
                }
            }
            while past.front().is_some_and(|at| now.since(*at) > MINUTE) {
                past.pop_front();
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delay {
    None,
    Blocked(Millis),
    Budget(Millis),
}

#[cfg(test)]
mod tests;
