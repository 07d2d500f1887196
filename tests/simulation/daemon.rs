//! The daemon without its runtime: the real engine, and around it what the shell's tasks do, in virtual time. The twin of
//! `app::{engine_task, clerk, writer, door}`; its reader, its questions and its sockets are in the files beside.

use std::collections::VecDeque;
use std::sync::Arc;

use yieldsforge::app::turnstile::Turnstile;
use yieldsforge::domain::{
    AccountNews, Action, ActionResult, Currency, GateVerdict, Intent, MarketNews, Millis, Moment, Refusal, Timestamp,
};
use yieldsforge::engine::{Body, Effect, Engine, Input, Policy, StatusView};
use yieldsforge::exchange::bitfinex::budget::Ticket;
use yieldsforge::exchange::bitfinex::client::Transport;
use yieldsforge::exchange::sim::api::ConnId;
use yieldsforge::exchange::wire::call::Call;
use yieldsforge::exchange::wire::write::write_result;
use yieldsforge::exchange::wire::{WireError, decode};

use super::asker::Asker;
use super::canary::Doctor;
use super::dice::Dice;
use super::lane::{Lane, Leaves, Packet, Who};
use super::links::Link;
use super::memory::Memory;
use super::policies::account;
use super::reader::{Errand, Reader};
use super::trail::{Trail, since_start};

/// How long a submit may wait for its turn, as in `app::writer`.
const PATIENCE: Millis = Millis::seconds(10);

/// What the daemon does to the world.
#[derive(Debug)]
pub(crate) enum Out {
    /// A request leaves.
    Request(Packet),
    /// A connection is wanted; by link, with the number of the attempt.
    Open(usize, u64),
    /// A text leaves on a connection.
    Text(ConnId, String),
    /// A connection is dropped.
    Close(ConnId),
}

/// A running daemon.
#[derive(Debug)]
pub(crate) struct Daemon {
    /// One more with every start.
    pub(crate) number: u32,
    pub(crate) memory: Memory,
    pub(crate) view: Arc<StatusView>,
    /// Writes decided so far.
    pub(crate) acts: u64,
    /// Ticks so far.
    pub(crate) ticks: u64,
    /// It has died in the middle of something.
    pub(crate) dead: bool,
    pub(crate) out: Vec<Out>,
    pub(super) now: Moment,
    pub(super) lane: Lane,
    pub(super) reader: Reader,
    pub(super) asker: Asker,
    pub(super) links: [Link; 2],
    /// What REST and the socket last said of the key.
    voices: (GateVerdict, GateVerdict),
    pub(super) currencies: Vec<Currency>,
    pub(super) doctor: Doctor,
    engine: Engine,
    seq: u64,
    acting: VecDeque<Intent>,
    writing: bool,
    turnstile: Turnstile,
    dice: Dice,
    dies: i64,
}

/// What a start is given.
#[derive(Debug)]
pub(crate) struct Birth {
    pub(crate) number: u32,
    pub(crate) now: Moment,
    pub(crate) memory: Memory,
    pub(crate) policy: Policy,
    /// What its sockets listen to.
    pub(crate) currencies: Vec<Currency>,
    pub(crate) seed: u64,
    pub(crate) dies: i64,
    pub(crate) doctor: Doctor,
}

impl Daemon {
    /// Starts: what the store remembers, then the policy, then the world.
    pub(crate) fn start(birth: Birth, trail: &mut Trail) -> Self {
        let Birth { number, now, mut memory, policy, currencies, seed, dies, doctor } = birth;
        let restored = doctor.restored(memory.restore(now.market));
        let seed = seed ^ (u64::from(number) << 32);
        let mut daemon = Self {
            number,
            view: Arc::default(),
            acts: 0,
            ticks: 0,
            dead: false,
            out: Vec::new(),
            now,
            lane: Lane::new(now, memory.ceiling),
            memory,
            reader: Reader::new(now.market),
            asker: Asker::new(now.market, &currencies),
            links: [Link::market(&currencies, seed), Link::account(seed)],
            voices: (GateVerdict::Pending, GateVerdict::Good),
            currencies,
            doctor,
            engine: Engine::new(),
            seq: 0,
            acting: VecDeque::new(),
            writing: false,
            turnstile: Turnstile::default(),
            dice: Dice::new(seed, 7),
            dies,
        };
        daemon.step(Body::Restored(Box::new(restored)), trail);
        daemon.take_policy(policy, trail);
        daemon
    }

    /// A new configuration was accepted.
    pub(crate) fn take_policy(&mut self, policy: Policy, trail: &mut Trail) {
        let policy = self.doctor.policy(policy);
        self.step(Body::Policy(Arc::new(policy)), trail);
    }

    /// It no longer dies by itself.
    pub(crate) fn calm(&mut self) {
        self.dies = 0;
    }

    /// Time has come to `now`.
    pub(crate) fn at(&mut self, now: Moment) {
        self.now = now;
    }

    /// Told something at `now`.
    pub(crate) fn told(&mut self, now: Moment, body: Body, trail: &mut Trail) {
        self.now = now;
        self.step(body, trail);
    }

    /// Does all that is due at `now`.
    pub(crate) fn work(&mut self, now: Moment, trail: &mut Trail) {
        self.now = now;
        loop {
            let mut worked = false;
            worked |= self.serve_links(trail);
            while let Some(who) = self.lane.overdue(now) {
                self.answered(who, Transport::Lost(yieldsforge::domain::UnknownCause::Timeout, String::new()), trail);
                worked = true;
            }
            worked |= self.ask_market() | self.read(trail) | self.write(trail) | self.leave(trail);
            if self.engine.next_wakeup() <= now.market && self.ticked_before(now.market) {
                self.step(Body::Tick, trail);
                self.ticks += 1;
                worked = true;
            }
            if !worked || self.dead {
                return;
            }
        }
    }

    /// The first tick comes after everything that is told at the start; no two ticks at one moment.
    fn ticked_before(&self, now: Timestamp) -> bool {
        self.view.at < now
    }

    /// When something is due, in milliseconds since the start.
    pub(crate) fn due(&self) -> i64 {
        let wakeup = self.engine.next_wakeup().max(self.view.at.plus(Millis::new(1)));
        let market = [wakeup, self.reader.due(), self.asker.due()].into_iter().map(since_start);
        let links = self.links.iter().filter_map(Link::due);
        market.chain(links).chain(self.lane.due(self.now)).min().unwrap_or(i64::MAX)
    }

    /// The reply to a request, or that there is none.
    pub(crate) fn reply(&mut self, now: Moment, ticket: Ticket, transport: Transport, trail: &mut Trail) {
        self.now = now;
        if let Some(who) = self.lane.over(ticket) {
            if let Transport::Reply { status, body } = &transport
                && decode(*status, body) == Err(WireError::RateLimited)
            {
                self.lane.limited(now);
            }
            self.answered(who, transport, trail);
        }
    }

    fn answered(&mut self, who: Who, transport: Transport, trail: &mut Trail) {
        match who {
            Who::Writer(intent) => {
                let result = match transport {
                    Transport::Reply { status, body } => write_result(status, &body, &intent.action),
                    Transport::NotSent(why) => ActionResult::Refused(Refusal::NotSent, why),
                    Transport::Lost(cause, _words) => ActionResult::Unknown(cause),
                };
                self.written(*intent, result, trail);
            }
            Who::Reader => self.read_on(transport, trail),
            Who::Asker => self.market_answered(transport, trail),
            Who::Socket => {}
        }
    }

    /// What became of a write is told; while the exchange blocks us the engine decides none.
    fn written(&mut self, intent: Intent, result: ActionResult, trail: &mut Trail) {
        self.writing = false;
        let result = self.doctor.outcome(result);
        self.turnstile.ended(self.now.market, &intent, &result);
        if matches!(result, ActionResult::Refused(Refusal::Permission, _)) {
            self.reader.errands.push_back(Errand::Gate);
        }
        self.step(Body::Outcome(intent.account.clone(), intent.id, result), trail);
        if let Some(left) = self.lane.blocked(self.now) {
            let until = self.now.market.plus(left);
            self.step(Body::Throttled(intent.account, until), trail);
        }
    }

    /// The writer: one act at a time.
    fn write(&mut self, trail: &mut Trail) -> bool {
        if self.writing {
            return false;
        }
        let Some(intent) = self.acting.pop_front() else { return false };
        self.writing = true;
        if self.lane.blocked(self.now).is_some() {
            let result = ActionResult::Refused(Refusal::RateLimited, "the exchange's block still holds".into());
            self.written(intent, result, trail);
            return true;
        }
        let call = match &intent.action {
            Action::Submit(submit) => Call::submit(submit),
            Action::Cancel(cancel) => Call::cancel(cancel),
        };
        self.lane.ask(Who::Writer(Box::new(intent)), Some(call));
        true
    }

    /// Whatever may leave, leaves. A submit looks at the door of the key gate at the last moment.
    fn leave(&mut self, trail: &mut Trail) -> bool {
        let mut worked = false;
        let (open, turnstile, now) = (self.verdict() == GateVerdict::Good, self.turnstile.clone(), self.now.market);
        let stale = |intent: &Intent| matches!(intent.action, Action::Submit(_)) && now.since(intent.at) > PATIENCE;
        let may = |who: &Who| match who {
            Who::Writer(intent) => turnstile.forbids(intent, open).is_none() && !stale(intent),
            Who::Reader | Who::Asker | Who::Socket => true,
        };
        while let Some(admitted) = self.lane.admit(self.now, &mut self.memory.ceiling, may) {
            worked = true;
            match admitted {
                Ok(Leaves::Packet(packet)) => self.out.push(Out::Request(packet)),
                Ok(Leaves::Auth(text)) => self.send_auth(text),
                Err(Who::Writer(intent)) => {
                    let why = "forbidden meanwhile".to_owned();
                    self.written(*intent, ActionResult::Refused(Refusal::NotSent, why), trail);
                    return true;
                }
                Err(Who::Reader | Who::Asker | Who::Socket) => {}
            }
        }
        worked
    }

    /// The permissions were read by REST: they overrule what the socket said before.
    pub(super) fn heard(&mut self, verdict: GateVerdict, trail: &mut Trail) {
        self.voices = (self.doctor.verdict(verdict), GateVerdict::Good);
        self.step(Body::Account(account(), AccountNews::Gate(self.verdict())), trail);
    }

    /// The socket's authentication told what it knows: it can only shut the door.
    pub(super) fn heard_caps(&mut self, verdict: GateVerdict, trail: &mut Trail) {
        self.voices.1 = self.doctor.verdict(verdict);
        if self.voices.1 != GateVerdict::Good {
            self.reader.errands.push_back(Errand::Gate);
        }
        self.step(Body::Account(account(), AccountNews::Gate(self.verdict())), trail);
    }

    /// The worse of the two.
    fn verdict(&self) -> GateVerdict {
        if self.voices.0 == GateVerdict::Good { self.voices.1.clone() } else { self.voices.0.clone() }
    }

    /// One step of the engine, and what it wants.
    pub(super) fn step(&mut self, body: Body, trail: &mut Trail) {
        let Some(body) = self.doctor.body(body) else { return };
        self.seq += 1;
        let input = Input { seq: self.seq, at: self.now.market, body };
        let effects = self.engine.step(&input);
        let acts = effects.iter().any(|effect| matches!(effect, Effect::Act(_) | Effect::Remember(_)));
        if acts && self.dice.per_million(self.dies) {
            self.dead = true;
            trail.line(since_start(self.now.market), "the daemon dies between a decision and its record");
        }
        if self.dead {
            return;
        }
        let mut plan = Vec::new();
        for effect in effects {
            match effect {
                Effect::Act(intent) => plan.push(intent.into_inner()),
                Effect::Remember(fact) => self.memory.remember(&fact),
                Effect::Keep(kept) => self.memory.keep(kept),
                Effect::ReadAccount { history, .. } => self.reader.errands.push_back(Errand::Account { history }),
                Effect::ReadAvailable { currency, .. } => self.reader.errands.push_back(Errand::Available(currency)),
                Effect::Note(note) => trail.line(since_start(self.now.market), format_args!("{note:?}")),
                Effect::View(view) => self.view = view,
            }
        }
        self.acts += u64::try_from(plan.len()).unwrap();
        self.memory.record(&plan);
        self.acting.extend(plan);
    }

    /// Public news.
    pub(super) fn market(&mut self, news: MarketNews, trail: &mut Trail) {
        self.step(Body::Market(news), trail);
    }
}
