//! The account's reader: everything that is asked with the key, one call after the other. The twin of `app::reader`.

use std::collections::VecDeque;

use yieldsforge::domain::{AccountNews, Currency, DAY, GateVerdict, HOUR, MINUTE, Millis, Timestamp};
use yieldsforge::engine::Body;
use yieldsforge::exchange::bitfinex::client::Transport;
use yieldsforge::exchange::wire::call::Call;
use yieldsforge::exchange::wire::reading::AccountReading;
use yieldsforge::exchange::wire::{self, decode};

use super::daemon::Daemon;
use super::lane::Who;
use super::policies::account;
use super::trail::Trail;

/// As in `app::reader`.
const PAST: Millis = DAY;
const LEDGER_PAST: Millis = DAY.times(3);
const GATE_EVERY: Millis = HOUR;
const LEDGER_EVERY: Millis = MINUTE.times(30);
const REVOKED_AFTER: u32 = 3;
const RECHECK: Millis = Millis::seconds(30);

/// What it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Errand {
    /// The whole account.
    Account {
        /// With the past.
        history: bool,
    },
    /// The available balance of a currency.
    Available(Currency),
    /// What the key may do.
    Gate,
    /// The ledger, then auto-renew.
    Ledger,
}

/// What it is at.
#[derive(Debug)]
enum Job {
    Account(Box<AccountReading>),
    Available(Currency),
    Gate,
    Ledger(usize),
    AutoRenew(usize),
}

/// The reader.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) errands: VecDeque<Errand>,
    job: Option<Job>,
    gate: Timestamp,
    ledger: Timestamp,
    strikes: u32,
    known: bool,
}

impl Reader {
    /// Asks for everything at the start.
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { errands: VecDeque::new(), job: None, gate: now, ledger: now, strikes: 0, known: false }
    }

    /// When it has something to do by itself.
    pub(crate) fn due(&self) -> Timestamp {
        if self.job.is_some() { Timestamp::from_millis(i64::MAX) } else { self.gate.min(self.ledger) }
    }
}

impl Daemon {
    /// Begins the next errand.
    pub(super) fn read(&mut self, trail: &mut Trail) -> bool {
        if self.reader.job.is_some() {
            return false;
        }
        let now = self.now.market;
        let errand = if self.reader.gate <= now {
            Errand::Gate
        } else if self.reader.ledger <= now {
            Errand::Ledger
        } else {
            match self.reader.errands.pop_front() {
                Some(errand) => errand,
                None => return false,
            }
        };
        let job = match errand {
            Errand::Account { history } => {
                Job::Account(Box::new(AccountReading::new(now, history.then(|| now.minus(PAST)))))
            }
            Errand::Available(currency) => Job::Available(currency),
            Errand::Gate => {
                self.reader.gate = now.plus(GATE_EVERY);
                Job::Gate
            }
            Errand::Ledger => Job::Ledger(0),
        };
        self.go_on(job, trail);
        true
    }

    /// Makes the next call of a job, or ends it.
    fn go_on(&mut self, job: Job, trail: &mut Trail) {
        let now = self.now.market;
        let currency = |at: usize| self.currencies.get(at).copied();
        let (job, call) = match job {
            Job::Account(reading) => {
                let Some(call) = reading.next_call() else {
                    let snapshot = AccountNews::Snapshot(Box::new(reading.finish(now)));
                    return self.tell(snapshot, trail);
                };
                (Job::Account(reading), call)
            }
            Job::Available(currency) => (Job::Available(currency), Call::available(currency)),
            Job::Gate => (Job::Gate, Call::permissions()),
            Job::Ledger(at) => match currency(at) {
                Some(one) => (Job::Ledger(at), Call::interest_ledger(one, now.minus(LEDGER_PAST), now)),
                None => return self.go_on(Job::AutoRenew(0), trail),
            },
            Job::AutoRenew(at) => {
                let Some(one) = currency(at) else {
                    self.reader.ledger = now.plus(LEDGER_EVERY);
                    return;
                };
                (Job::AutoRenew(at), Call::auto_status(one))
            }
        };
        self.reader.job = Some(job);
        self.lane.ask(Who::Reader, Some(call));
    }

    /// The reply to the call of the job.
    pub(super) fn read_on(&mut self, transport: Transport, trail: &mut Trail) {
        let Some(job) = self.reader.job.take() else { return };
        let reply = match transport {
            Transport::Reply { status, body } => Some((status, body)),
            Transport::NotSent(_) | Transport::Lost(..) => None,
        };
        match job {
            Job::Account(mut reading) => match reply.map(|(status, body)| reading.reply(status, &body)) {
                Some(Ok(())) => self.go_on(Job::Account(reading), trail),
                Some(Err(_)) | None => self.tell(AccountNews::SnapshotFailed, trail),
            },
            Job::Available(currency) => {
                let amount =
                    reply.and_then(|(status, body)| decode(status, &body).and_then(wire::account::available).ok());
                let news = amount.map_or(AccountNews::Resync, |amount| AccountNews::Available(currency, amount));
                self.tell(news, trail);
            }
            Job::Gate => self.gate_answered(reply, trail),
            Job::Ledger(at) => {
                if let Some((status, body)) = reply {
                    let rows = decode(status, &body).and_then(wire::account::ledger);
                    assert!(rows.is_err() || rows.is_ok_and(|rows| rows.dropped == 0), "{body}");
                }
                self.go_on(Job::Ledger(at + 1), trail);
            }
            Job::AutoRenew(at) => {
                let on =
                    reply.and_then(|(status, body)| decode(status, &body).and_then(wire::account::auto_renew).ok());
                if let (Some(on), Some(currency)) = (on, self.currencies.get(at).copied()) {
                    self.tell(AccountNews::AutoRenew(currency, on), trail);
                }
                self.go_on(Job::AutoRenew(at + 1), trail);
            }
        }
    }

    fn gate_answered(&mut self, reply: Option<(u16, String)>, trail: &mut Trail) {
        let soon = self.now.market.plus(RECHECK);
        let Some((status, body)) = reply else {
            self.reader.gate = soon;
            if !self.reader.known {
                self.heard(GateVerdict::Pending, trail);
            }
            return;
        };
        match decode(status, &body).and_then(wire::gate::permissions) {
            Ok(scopes) => {
                self.reader.known = true;
                self.reader.strikes = 0;
                self.heard(wire::gate::gate(&scopes), trail);
            }
            Err(error) => {
                let revoked = error.is_key_failure();
                self.reader.strikes = if revoked { self.reader.strikes + 1 } else { 0 };
                self.reader.gate = soon;
                let gone = self.reader.strikes >= REVOKED_AFTER;
                if revoked || !self.reader.known {
                    self.heard(if gone { GateVerdict::Revoked } else { GateVerdict::Pending }, trail);
                }
            }
        }
    }

    fn tell(&mut self, news: AccountNews, trail: &mut Trail) {
        self.step(Body::Account(account(), news), trail);
    }
}
