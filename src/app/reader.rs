//! One account's reader: everything that is asked of the exchange with its key, one call after the other.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::domain::{AccountName, AccountNews, Currency, DAY, GateVerdict, HOUR, LedgerRow, MINUTE, Millis, Timestamp};
use crate::engine::{Body, Policy};
use crate::exchange::bitfinex::calls::Lane;
use crate::exchange::bitfinex::client::Transport;
use crate::exchange::clock::Clock;
use crate::exchange::wire::call::Call;
use crate::exchange::wire::reading::AccountReading;
use crate::exchange::wire::{self, WireError, decode};
use crate::store::{InterestRow, LedgerRead, Store, StoreError};
use crate::telemetry::health::AdminState;

use super::clock::HouseClock;
use super::door::Door;
use super::earnings::{self, DAYS_SHOWN};
use super::engine_task::Errand;
use super::grumbles::Grumbles;
use super::inbox::Inbox;
use super::ledger_pages::LedgerPages;
use super::requests;

/// How far back the past is read to settle unknown writes.
const PAST: Millis = DAY;
/// How far before the last payment that is known the ledger is read: payments may be booked late.
const LEDGER_PAST: Millis = DAY.times(3);
/// Permissions are checked this often (DESIGN.md section 7).
const GATE_EVERY: Millis = HOUR;
/// The ledger and auto-renew are read this often.
const LEDGER_EVERY: Millis = MINUTE.times(30);
/// A key that the exchange does not know is asked for this many times before it counts as revoked …
const REVOKED_AFTER: u32 = 3;
/// … this far apart, in real time.
const RECHECK: Duration = Duration::from_secs(30);

/// An account's reader.
#[derive(Debug)]
pub struct Reader {
    /// Whose.
    pub account: AccountName,
    /// The key's lane.
    pub lane: Arc<Lane>,
    /// Where news go.
    pub inbox: Inbox,
    /// The gate's door.
    pub door: Door,
    /// The policy in force: which currencies the account lends.
    pub policy: watch::Receiver<Arc<Policy>>,
    /// Where interest is kept.
    pub store: Store,
    /// Where interest is shown.
    pub shown: watch::Sender<AdminState>,
    /// Where complaints go.
    pub grumbles: Grumbles,
    /// The time.
    pub clock: Arc<HouseClock>,
}

/// When what is due next.
struct Agenda {
    gate: Timestamp,
    ledger: Timestamp,
    strikes: u32,
    known: bool,
}

impl Reader {
    /// Works until `stop` or until nobody can ask any more.
    pub async fn run(self, mut errands: mpsc::Receiver<Errand>, stop: CancellationToken) {
        let now = self.clock.now().market;
        let mut agenda = Agenda { gate: now, ledger: now, strikes: 0, known: false };
        loop {
            let now = self.clock.now().market;
            let due = agenda.gate.min(agenda.ledger);
            let errand = if due <= now {
                if agenda.gate <= now { Errand::Gate } else { Errand::Ledger }
            } else {
                tokio::select! {
                    biased;
                    () = stop.cancelled() => return,
                    errand = errands.recv() => match errand {
                        Some(errand) => errand,
                        None => return,
                    },
                    () = tokio::time::sleep(self.clock.real(due.since(now))) => continue,
                }
            };
            let work = self.errand(errand, &mut agenda);
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = work => {}
            }
        }
    }

    async fn errand(&self, errand: Errand, agenda: &mut Agenda) {
        match errand {
            Errand::Account { history } => self.read_account(history).await,
            Errand::Available(currency) => self.read_available(currency).await,
            Errand::Gate => self.check_gate(agenda).await,
            Errand::Ledger => {
                self.read_ledger().await;
                self.read_auto_renew().await;
                agenda.ledger = self.clock.now().market.plus(LEDGER_EVERY);
            }
        }
    }

    fn currencies(&self) -> BTreeSet<Currency> {
        let policy = self.policy.borrow();
        policy.accounts.get(&self.account).map(|account| account.lend.keys().copied().collect()).unwrap_or_default()
    }

    fn complain(&self, event: &'static str, detail: &str) {
        self.grumbles.warn(self.account.as_str(), event, detail);
    }

    async fn tell(&self, news: AccountNews) {
        self.inbox.urgent(Body::Account(self.account.clone(), news)).await;
    }

    /// Makes a call; the reply's body with its status, or why there is none.
    async fn call(&self, call: &Call) -> Result<(u16, String), String> {
        let answer = self.lane.call(call).await;
        requests::record(call.endpoint, &answer);
        match answer.transport {
            Transport::Reply { status, body } => Ok((status, body)),
            Transport::NotSent(why) => Err(why),
            Transport::Lost(cause, why) => Err(format!("{cause:?}: {why}")),
        }
    }

    async fn read_account(&self, history: bool) {
        let started = self.clock.now().market;
        let mut reading = AccountReading::new(started, history.then(|| started.minus(PAST)));
        while let Some(call) = reading.next_call() {
            let told = match self.call(&call).await {
                Ok((status, body)) => reading.reply(status, &body).map_err(|error| self.failure(&error)),
                Err(why) => Err(why),
            };
            if let Err(why) = told {
                let endpoint = call.endpoint.label();
                self.complain("reading_failed", &format!("reading {endpoint}: {why}; read again"));
                return self.tell(AccountNews::SnapshotFailed).await;
            }
        }
        let snapshot = reading.finish(self.clock.now().market);
        self.tell(AccountNews::Snapshot(Box::new(snapshot))).await;
    }

    fn failure(&self, error: &WireError) -> String {
        if error.is_nonce_failure() {
            return format!("{error}; another program seems to use the key of account {}", self.account);
        }
        error.to_string()
    }

    async fn read_available(&self, currency: Currency) {
        let told = match self.call(&Call::available(currency)).await {
            Ok((status, body)) => {
                decode(status, &body).and_then(wire::account::available).map_err(|error| self.failure(&error))
            }
            Err(why) => Err(why),
        };
        match told {
            Ok(amount) => self.tell(AccountNews::Available(currency, amount)).await,
            Err(why) => {
                self.complain("reading_failed", &format!("available {currency}: {why}"));
                self.tell(AccountNews::Resync).await;
            }
        }
    }

    async fn check_gate(&self, agenda: &mut Agenda) {
        let now = self.clock.now().market;
        agenda.gate = now.plus(GATE_EVERY);
        let soon = self.soon();
        match self.call(&Call::permissions()).await {
            Err(why) => {
                self.complain("gate_unreachable", &format!("permissions: {why}"));
                agenda.gate = now.plus(soon);
                if !agenda.known {
                    self.door.heard(GateVerdict::Pending).await;
                }
            }
            Ok((status, body)) => match decode(status, &body).and_then(wire::gate::permissions) {
                Ok(scopes) => {
                    agenda.known = true;
                    agenda.strikes = 0;
                    self.door.heard(wire::gate::gate(&scopes)).await;
                }
                Err(error) => {
                    let revoked = error.is_key_failure();
                    agenda.strikes = if revoked { agenda.strikes.saturating_add(1) } else { 0 };
                    agenda.gate = now.plus(soon);
                    self.complain("gate_unreachable", &format!("permissions: {}", self.failure(&error)));
                    let verdict =
                        if agenda.strikes >= REVOKED_AFTER { GateVerdict::Revoked } else { GateVerdict::Pending };
                    if revoked || !agenda.known {
                        self.door.heard(verdict).await;
                    }
                }
            },
        }
    }

    /// Half a minute of real time, as the market counts it.
    fn soon(&self) -> Millis {
        let scale = i64::from(self.clock.scale());
        Millis::new(i64::try_from(RECHECK.as_millis()).unwrap_or(i64::MAX)).times(scale)
    }

    async fn read_ledger(&self) {
        let now = self.clock.now().market;
        for currency in &self.currencies() {
            if let Err(why) = self.read_interest(*currency, now).await {
                self.complain("ledger_failed", &format!("ledger {currency}: {why}; read again"));
            }
        }
    }

    /// The newest payments; the first time, page by page back to the first that there was.
    async fn read_interest(&self, currency: Currency, now: Timestamp) -> Result<(), String> {
        let in_words = |error: StoreError| error.to_string();
        let known = self.store.ledger_read(self.account.clone(), currency).await.map_err(in_words)?;
        let since = if known.whole { self.ledger_since(currency, now) } else { Timestamp::default() };
        let (mut pages, mut dropped) = (LedgerPages::new(now), 0_u32);
        loop {
            let (status, body) = self.call(&Call::interest_ledger(currency, since, pages.until())).await?;
            let page = decode(status, &body).and_then(wire::account::ledger).map_err(|error| self.failure(&error))?;
            let count = page.rows.len().saturating_add(usize::try_from(page.dropped).unwrap_or(usize::MAX));
            let oldest = page.rows.iter().map(|row| row.at).min();
            dropped = dropped.saturating_add(page.dropped);
            self.keep(currency, page.rows).await?;
            if !pages.more(count, oldest) {
                break;
            }
        }
        // What could not be read is missing, and what follows is not said to be complete.
        let read = LedgerRead { whole: true, until: (dropped == 0).then_some(now) };
        self.store.record_ledger_read(self.account.clone(), currency, read).await.map_err(in_words)?;
        if dropped == 0 { Ok(()) } else { Err(format!("{dropped} rows could not be read")) }
    }

    /// From the last payment that is known on, so that nothing is missing after a long absence.
    fn ledger_since(&self, currency: Currency, now: Timestamp) -> Timestamp {
        let shown = self.shown.borrow();
        let known = shown.interest.get(&self.account).and_then(|currencies| currencies.get(&currency));
        let last = known.and_then(|credited| credited.last);
        last.unwrap_or(now.minus(DAYS_SHOWN)).min(now).minus(LEDGER_PAST)
    }

    async fn keep(&self, currency: Currency, rows: Vec<LedgerRow>) -> Result<(), String> {
        let rows = rows
            .into_iter()
            .filter(|row| row.currency == currency)
            .map(|row| InterestRow {
                ledger: row.id,
                currency,
                at: row.at,
                amount: row.amount,
                balance: row.balance.unwrap_or_default(),
                description: row.description,
            })
            .collect();
        let account = self.account.clone();
        self.store.record_interest(account, rows).await.map_err(|error| error.to_string())?;
        let now = self.clock.now().market;
        earnings::show(&self.store, &self.shown, &self.account, currency, now).await.map_err(|error| error.to_string())
    }

    /// Undocumented, so a failure is borne: what is not known to be on counts as off (bitfinex-api.md section 10, 15).
    async fn read_auto_renew(&self) {
        for currency in &self.currencies() {
            let Ok((status, body)) = self.call(&Call::auto_status(*currency)).await else { continue };
            if let Ok(on) = decode(status, &body).and_then(wire::account::auto_renew) {
                self.tell(AccountNews::AutoRenew(*currency, on)).await;
            }
        }
    }
}
