//! The world of a seed: one clock, the wire, the exchange, the daemon, the account's owner, the checker. Nothing sleeps:
//! time jumps to whatever is next.

use std::collections::{BTreeMap, BTreeSet};

use yieldsforge::domain::{Moment, Timestamp, UnknownCause, WireTime};
use yieldsforge::engine::Policy;
use yieldsforge::exchange::bitfinex::client::Transport;
use yieldsforge::exchange::sim::api::{Command, ConnId, Fate, Frame, Request};
use yieldsforge::exchange::sim::market::model::ModelledMarket;
use yieldsforge::exchange::sim::{Setup, SimExchange};

use super::canary::Doctor;
use super::checker::{Checker, Violation};
use super::daemon::{Birth, Daemon, Out};
use super::dice::Dice;
use super::lane::{Packet, TIMEOUT};
use super::memory::Memory;
use super::owner::Owner;
use super::plan::{KEY, Plan, START};
use super::policies;
use super::trail::Trail;

/// The exchange is asked for heartbeats this often, in milliseconds; it says one on each channel quiet for 15 s.
const PULSE: i64 = 28_000;

/// Something on its way.
#[derive(Debug)]
enum Event {
    /// A request reaches the exchange.
    Arrives(u32, Packet),
    /// A reply, or the end of a connection, reaches the daemon.
    Answered(u32, Packet, Transport),
    /// A connection is asked for at the exchange.
    Opens(u32, usize, u64),
    /// The answer to that reaches the daemon.
    Opened(u32, usize, u64, Option<ConnId>),
    /// A text reaches the exchange.
    Says(ConnId, String),
    /// The exchange notices that a connection is gone.
    Closes(ConnId),
    /// A frame reaches the daemon.
    Frame(ConnId, Frame),
}

/// The world.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) plan: Plan,
    /// Milliseconds since the start; both clocks.
    pub(crate) at: i64,
    pub(crate) sim: SimExchange,
    pub(crate) daemon: Option<Daemon>,
    /// What lies on the disk while no daemon runs.
    pub(crate) disk: Memory,
    pub(crate) policy: Policy,
    pub(crate) checker: Checker,
    pub(crate) trail: Trail,
    pub(crate) doctor: Doctor,
    pub(crate) dice: Dice,
    pub(crate) births: u32,
    /// The wire loses requests.
    pub(crate) rough: bool,
    pub(crate) owner: Owner,
    events: BTreeMap<(i64, u64), Event>,
    serial: u64,
    pulse: i64,
    /// What one connection carries stays in order, either way.
    arrived: BTreeMap<ConnId, i64>,
    said: BTreeMap<ConnId, i64>,
    gone: BTreeSet<ConnId>,
}

impl World {
    /// As the seed begins.
    pub(crate) fn new(plan: Plan, doctor: Doctor, aloud: bool) -> Self {
        let start = Timestamp::from_millis(START);
        let markets = plan.lent.iter().map(|one| {
            let model = ModelledMarket::new(plan.seed, one.market.clone(), start);
            Box::new(model) as Box<dyn yieldsforge::exchange::sim::market::Background>
        });
        let sim = SimExchange::new(Setup {
            seed: plan.seed,
            start,
            accounts: vec![plan.account()],
            markets: markets.collect(),
            faults: plan.faults.clone(),
            rate_limit_scale: 1,
        });
        let policy = policies::first(&plan, &mut Dice::new(plan.seed, 2));
        let checker = Checker::new(&plan, &policy);
        let owner = Owner::new(&plan);
        let dice = Dice::new(plan.seed, 3);
        let mut world = Self {
            at: 0,
            sim,
            daemon: None,
            disk: Memory::default(),
            policy,
            checker,
            trail: Trail::new(aloud),
            doctor,
            dice,
            births: 0,
            rough: true,
            owner,
            events: BTreeMap::new(),
            serial: 0,
            pulse: 0,
            arrived: BTreeMap::new(),
            said: BTreeMap::new(),
            gone: BTreeSet::new(),
            plan,
        };
        world.start_daemon();
        world
    }

    /// Both clocks now.
    pub(crate) fn now(&self) -> Moment {
        Moment {
            market: Timestamp::from_millis(START + self.at),
            wire: WireTime::from_millis(u64::try_from(self.at).unwrap()),
        }
    }

    /// Starts the daemon on what lies on the disk.
    pub(crate) fn start_daemon(&mut self) {
        self.births += 1;
        self.trail.line(self.at, format_args!("the daemon starts, number {}", self.births));
        let birth = Birth {
            number: self.births,
            now: self.now(),
            memory: std::mem::take(&mut self.disk),
            policy: self.policy.clone(),
            currencies: self.plan.lent.iter().map(|one| one.currency).collect(),
            seed: self.plan.seed,
            dies: if self.rough { self.plan.dies } else { 0 },
            doctor: self.doctor,
        };
        self.daemon = Some(Daemon::start(birth, &mut self.trail));
    }

    /// The daemon is no more; what it had sent goes on by itself.
    pub(crate) fn kill_daemon(&mut self) {
        let Some(daemon) = self.daemon.take() else { return };
        self.trail.line(self.at, "the daemon is gone");
        let conns: Vec<ConnId> = daemon.links.iter().filter_map(|link| link.conn).collect();
        for conn in conns {
            self.put(Out::Close(conn), daemon.number);
        }
        self.disk = daemon.memory;
        self.checker.daemon_died();
    }

    /// Lets the world go on until `end`, in milliseconds since the start.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub(crate) fn run_until(&mut self, end: i64) -> Result<(), Violation> {
        loop {
            let next = self.next();
            if next > end {
                self.at = end;
                return Ok(());
            }
            self.at = self.at.max(next);
            self.step()?;
        }
    }

    fn next(&self) -> i64 {
        let event = self.events.keys().next().map_or(i64::MAX, |(at, _)| *at);
        let daemon = self.daemon.as_ref().map_or(i64::MAX, Daemon::due);
        let market = self.sim.next_event().millis().saturating_sub(START);
        event.min(daemon).min(market).min(self.pulse).min(self.owner.next)
    }

    /// Does everything that is due now.
    fn step(&mut self) -> Result<(), Violation> {
        let now = self.now();
        if self.pulse <= self.at {
            self.pulse = self.at + PULSE;
        }
        self.sim.advance(now);
        self.hear();
        while let Some(first) = self.events.first_entry().filter(|first| first.key().0 <= self.at) {
            let event = first.remove();
            self.happen(event);
            self.hear();
        }
        while self.owner.next <= self.at {
            let mut owner = std::mem::take(&mut self.owner);
            owner.act(self);
            self.owner = owner;
        }
        self.work();
        self.check()
    }

    fn check(&mut self) -> Result<(), Violation> {
        let audits = self.sim.take_audit();
        for audit in &audits {
            self.trail.line(self.at, super::checker::short(audit));
        }
        self.checker.step(self.at, &self.sim, &audits)
    }

    /// The daemon does what is due; what it sends gets on its way.
    fn work(&mut self) {
        let now = self.now();
        if let Some(daemon) = &mut self.daemon {
            if daemon.due() <= self.at {
                daemon.work(now, &mut self.trail);
            }
            let (number, dead) = (daemon.number, daemon.dead);
            for out in std::mem::take(&mut daemon.out) {
                self.put(out, number);
            }
            if dead {
                self.kill_daemon();
                self.owner.restart_soon(self.at);
            }
        }
        self.hear();
    }

    /// What the exchange says on its sockets gets on its way.
    fn hear(&mut self) {
        let frames = self.sim.outgoing();
        if frames.is_empty() {
            return;
        }
        // What leaves together comes together.
        let there = self.at + self.latency();
        for outgoing in frames {
            if self.gone.contains(&outgoing.conn) {
                continue;
            }
            let after = there + outgoing.after.get();
            let last = self.arrived.entry(outgoing.conn).or_default();
            let at = after.max(*last);
            *last = at;
            self.schedule(at, Event::Frame(outgoing.conn, outgoing.frame));
        }
    }

    fn latency(&mut self) -> i64 {
        let (low, high) = self.plan.latency;
        self.dice.between(low, high)
    }

    fn schedule(&mut self, at: i64, event: Event) {
        self.serial += 1;
        self.events.insert((at, self.serial), event);
    }

    fn put(&mut self, out: Out, number: u32) {
        let there = self.at + self.latency();
        match out {
            Out::Request(packet) => self.send(number, packet, there),
            Out::Open(link, attempt) => self.schedule(there, Event::Opens(number, link, attempt)),
            Out::Text(conn, text) => {
                let last = self.said.entry(conn).or_default();
                let at = there.max(*last);
                *last = at;
                self.schedule(at, Event::Says(conn, text));
            }
            Out::Close(conn) => {
                self.gone.insert(conn);
                self.schedule(there, Event::Closes(conn));
            }
        }
    }

    /// A request leaves, unless the wire swallows it.
    fn send(&mut self, number: u32, packet: Packet, there: i64) {
        if self.rough && self.dice.per_million(self.plan.unsent) {
            let transport = Transport::NotSent("no connection".to_owned());
            return self.schedule(self.at + 5_000, Event::Answered(number, packet, transport));
        }
        if self.rough && self.dice.per_million(self.plan.lost) {
            let transport = Transport::Lost(UnknownCause::Cut, String::new());
            self.checker.outcome(&packet, there + 3_000, &transport);
            return self.schedule(there + 3_000, Event::Answered(number, packet, transport));
        }
        self.schedule(there, Event::Arrives(number, packet));
    }

    fn happen(&mut self, event: Event) {
        let now = self.now();
        match event {
            Event::Arrives(number, packet) => self.serve(number, packet),
            Event::Answered(number, packet, transport) => {
                self.checker.answered(self.at, &packet, &transport);
                if let Some(daemon) = self.daemon.as_mut().filter(|daemon| daemon.number == number) {
                    daemon.reply(now, packet.ticket, transport, &mut self.trail);
                }
            }
            Event::Opens(number, link, attempt) => {
                let conn = self.sim.open(now).ok();
                let at = self.at + self.latency();
                if let Some(conn) = conn {
                    self.arrived.insert(conn, at);
                }
                self.schedule(at, Event::Opened(number, link, attempt, conn));
            }
            Event::Opened(number, link, attempt, conn) => {
                match self.daemon.as_mut().filter(|daemon| daemon.number == number) {
                    Some(daemon) => {
                        daemon.at(now);
                        daemon.opened(link, attempt, conn, &mut self.trail);
                    }
                    None => conn.into_iter().for_each(|conn| self.put(Out::Close(conn), number)),
                }
            }
            Event::Says(conn, text) => self.sim.receive(now, conn, &text),
            Event::Closes(conn) => self.sim.closed(conn),
            Event::Frame(conn, frame) => {
                if self.gone.contains(&conn) {
                    return;
                }
                if let Some(daemon) = &mut self.daemon {
                    self.checker.frame(self.at, &frame);
                    daemon.at(now);
                    daemon.frame(conn, &frame, &mut self.trail);
                }
            }
        }
    }

    /// The exchange answers a request.
    fn serve(&mut self, number: u32, packet: Packet) {
        let now = self.now();
        let (nonce, signature) = match &packet.signed {
            Some((nonce, signature)) => (Some(nonce.as_str()), Some(signature.as_str())),
            None => (None, None),
        };
        let request = Request {
            method: packet.method,
            path: &packet.path,
            nonce,
            key: nonce.map(|_| KEY),
            signature,
            body: &packet.body,
        };
        let reply = self.sim.request(now, &request);
        let back = self.at + self.latency();
        let (at, transport) = match reply.fate {
            Fate::Send(after) => (back + after.get(), Transport::Reply { status: reply.status, body: reply.body }),
            Fate::Hang => (self.at + 2 * TIMEOUT, Transport::Lost(UnknownCause::Timeout, String::new())),
            Fate::Cut => (back, Transport::Lost(UnknownCause::Cut, String::new())),
        };
        self.checker.served(self.at, &packet);
        self.checker.outcome(&packet, at, &transport);
        self.schedule(at, Event::Answered(number, packet, transport));
    }

    /// The user's edit is accepted: the checker holds it against everything from now on.
    pub(crate) fn take_policy(&mut self, policy: Policy) {
        self.trail.line(self.at, format_args!("the configuration is now {:?}", policy.accounts));
        self.checker.policy(self.at, &policy);
        let now = self.now();
        if let Some(daemon) = &mut self.daemon {
            daemon.at(now);
            daemon.take_policy(policy, &mut self.trail);
        }
    }

    /// The operator of the exchange, or the account's owner on its web page, does something there.
    pub(crate) fn command(&mut self, command: Command) -> bool {
        let words = format!("{command:?}");
        let done = self.sim.command(self.now(), command);
        let how = done.as_ref().map_or_else(Clone::clone, |_| "done".to_owned());
        self.trail.line(self.at, format_args!("by hand: {words}: {how}"));
        done.is_ok()
    }
}
