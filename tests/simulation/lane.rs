//! The daemon's way out: the real request budget, nonces and signatures; one signed call at a time. The twin of
//! `exchange::bitfinex::{calls, queue, client}`.

use std::collections::BTreeMap;

use secrecy::SecretString;
use yieldsforge::domain::{Intent, Millis, Moment};
use yieldsforge::exchange::bitfinex::budget::{Ask, Budget, LaneId, Ticket, Urgency, Wait};
use yieldsforge::exchange::bitfinex::nonce::NonceSource;
use yieldsforge::exchange::bitfinex::signer::Signer;
use yieldsforge::exchange::wire::call::{Call, Method};
use yieldsforge::exchange::wire::frame;

use super::plan::{KEY, SECRET};

/// From the first byte to the last of the reply, as the real client waits.
pub(crate) const TIMEOUT: i64 = 10_000;
/// How long the lane is kept for a socket's authentication.
const AUTHENTICATING: i64 = 10_000;
const LANE: LaneId = LaneId(1);

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    /// The writer, with what it writes.
    Writer(Box<Intent>),
    /// The account's reader.
    Reader,
    /// The market's questions.
    Asker,
    /// The private socket, to authenticate.
    Socket,
}

/// A request as it leaves.
#[derive(Debug, Clone)]
pub(crate) struct Packet {
    pub(crate) ticket: Ticket,
    /// When, in milliseconds since the start.
    pub(crate) left: i64,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) body: String,
    /// Nonce and signature of a signed one.
    pub(crate) signed: Option<(String, String)>,
}

/// What may leave now.
#[derive(Debug)]
pub(crate) enum Leaves {
    /// A request.
    Packet(Packet),
    /// The authentication of the private socket.
    Auth(String),
}

/// The way out.
#[derive(Debug)]
pub(crate) struct Lane {
    budget: Budget,
    nonces: NonceSource,
    signer: Signer,
    waiting: BTreeMap<Ticket, (Who, Option<Call>)>,
    under_way: BTreeMap<Ticket, (Who, i64)>,
}

impl Lane {
    /// With the stored ceiling of nonces.
    pub(crate) fn new(now: Moment, ceiling: u64) -> Self {
        Self {
            budget: Budget::new(now),
            nonces: NonceSource::new(ceiling),
            signer: Signer::new(KEY, &SecretString::from(SECRET)),
            waiting: BTreeMap::new(),
            under_way: BTreeMap::new(),
        }
    }

    /// Queues up.
    pub(crate) fn ask(&mut self, who: Who, call: Option<Call>) {
        let endpoint = call.as_ref().map(|call| (call.endpoint.label(), call.endpoint.per_minute()));
        let first = call.as_ref().is_none_or(|call| call.endpoint.is_write());
        let signed = call.as_ref().is_none_or(|call| call.authenticated);
        let urgency = if first { Urgency::First } else { Urgency::Later };
        let ticket = self.budget.enqueue(Ask { endpoint, urgency, lane: signed.then_some(LANE) });
        self.waiting.insert(ticket, (who, call));
    }

    /// How long the exchange's block still holds.
    pub(crate) fn blocked(&self, now: Moment) -> Option<Millis> {
        self.budget.blocked(now.wire)
    }

    /// The exchange said that there were too many requests.
    pub(crate) fn limited(&mut self, now: Moment) {
        self.budget.limited(now.wire, Millis::new(i64::try_from(now.wire.millis() % 5_000).unwrap()));
    }

    /// The next to leave. `may` is asked at the last moment; who may not is handed back instead.
    pub(crate) fn admit(
        &mut self,
        now: Moment,
        ceiling: &mut u64,
        may: impl Fn(&Who) -> bool,
    ) -> Option<Result<Leaves, Who>> {
        let ticket = self.budget.poll(now)?;
        let (who, call) = self.waiting.remove(&ticket)?;
        if !may(&who) {
            self.budget.done(ticket);
            return Some(Err(who));
        }
        let at = i64::try_from(now.wire.millis()).unwrap();
        let Some(call) = call else {
            let nonce = self.nonce(now, ceiling);
            self.under_way.insert(ticket, (who, at + AUTHENTICATING));
            return Some(Ok(Leaves::Auth(frame::auth(KEY, &nonce.to_string(), &self.signer.socket(nonce)))));
        };
        let signed = call.authenticated.then(|| {
            let nonce = self.nonce(now, ceiling);
            (nonce.to_string(), self.signer.rest(&call.path, nonce, &call.body))
        });
        self.under_way.insert(ticket, (who, at + TIMEOUT));
        let method = if call.method == Method::Get { "GET" } else { "POST" };
        Some(Ok(Leaves::Packet(Packet { ticket, left: at, method, path: call.path, body: call.body, signed })))
    }

    fn nonce(&mut self, now: Moment, ceiling: &mut u64) -> u64 {
        let issued = self.nonces.next(u64::try_from(now.market.millis()).unwrap() * 1_000).unwrap();
        if let Some(above) = issued.persist {
            *ceiling = above;
            self.nonces.stored(above);
        }
        issued.nonce
    }

    /// The call is over; who had asked, unless it was given up before.
    pub(crate) fn over(&mut self, ticket: Ticket) -> Option<Who> {
        self.budget.done(ticket);
        self.under_way.remove(&ticket).map(|(who, _)| who)
    }

    /// The first call whose time is up.
    pub(crate) fn overdue(&mut self, now: Moment) -> Option<Who> {
        let at = i64::try_from(now.wire.millis()).unwrap();
        let late = self.under_way.iter().find(|(_, (_, until))| *until <= at).map(|(ticket, _)| *ticket)?;
        self.over(late)
    }

    /// The private socket no longer waits for its authentication.
    pub(crate) fn drop_socket(&mut self) {
        let mine: Vec<Ticket> = self
            .waiting
            .iter()
            .map(|(ticket, (who, _))| (ticket, who))
            .chain(self.under_way.iter().map(|(ticket, (who, _))| (ticket, who)))
            .filter(|(_, who)| **who == Who::Socket)
            .map(|(ticket, _)| *ticket)
            .collect();
        for ticket in mine {
            self.waiting.remove(&ticket);
            self.over(ticket);
        }
    }

    /// When something is due here, in milliseconds.
    pub(crate) fn due(&self, now: Moment) -> Option<i64> {
        let at = i64::try_from(now.wire.millis()).unwrap();
        let turn = self.budget.wait(now).map(|wait| match wait {
            Wait::Market(span) | Wait::Wire(span) => at + span.get(),
        });
        let late = self.under_way.values().map(|(_, until)| *until).min();
        [turn, late].into_iter().flatten().min()
    }
}
