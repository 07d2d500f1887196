//! The checker: it sees what the exchange's auditor sees, what passes the exchange's door, and the configuration, and
//! nothing of the daemon. Every accepted write is held against the money rules as they are written, with its own
//! arithmetic.
//!
//! What the daemon cannot know yet is no fault of its: two spans of grace, each as short as the machinery allows.

pub(crate) mod money;
pub(crate) mod purse;
pub(crate) mod terms;
pub(crate) mod writes;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;
use yieldsforge::domain::{Currency, OfferId};
use yieldsforge::engine::{AccountPolicy, LendPolicy, Policy};
use yieldsforge::exchange::bitfinex::client::Transport;
use yieldsforge::exchange::sim::SimExchange;
use yieldsforge::exchange::sim::api::Frame;
use yieldsforge::exchange::sim::audit::{Actor, Audit, Verdict, Write};
use yieldsforge::exchange::sim::faults::Fault;

use super::lane::Packet;
use super::plan::Plan;
use super::policies::account;
use purse::Purse;
use writes::Unknown;

/// From the decision of a submit to its arrival: it may wait 10 s for its turn, and is a second on the wire.
/// Milliseconds.
pub(crate) const PIPELINE: i64 = 12_000;
/// From a fact at the exchange to a decision that minds it: a socket that fell silent is given up after 40 s, a lost frame
/// is noticed with the next heartbeat, 43 s later at most, and a frame may be 5 s late; then the pipeline.
pub(crate) const KNOWN: i64 = PIPELINE + 50_000;
/// What had left before the daemon died still arrives, one way over the wire.
const ON_THE_WIRE: i64 = 2_000;

/// A broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) rule: &'static str,
    pub(crate) at: i64,
    pub(crate) detail: String,
}

/// A violation now.
pub(crate) fn broken(rule: &'static str, at: i64, detail: impl Into<String>) -> Violation {
    Violation { rule, at, detail: detail.into() }
}

/// The checker.
#[derive(Debug)]
pub(crate) struct Checker {
    policies: VecDeque<(i64, Policy)>,
    /// The first configuration is not in force any more: offers may stand that another one wished.
    edited: bool,
    pub(crate) purses: BTreeMap<Currency, Purse>,
    /// Faults that make AVAILABLE on the wire differ from the truth.
    stale_available: bool,
    /// Offers that the daemon may cancel.
    ours: BTreeSet<i64>,
    orphaned: BTreeSet<i64>,
    /// Of what every offer is.
    offers: BTreeMap<i64, Currency>,
    lost_at: Option<i64>,
    /// Since when the daemon has been told that its key can do too much.
    told_bad: Option<i64>,
    draining: Option<i64>,
    unknown: Vec<Unknown>,
    /// When the open offers were last read in full.
    read_at: i64,
    /// Accepted writes of the key, and submits among them.
    pub(crate) accepted: u64,
    pub(crate) submits: u64,
    /// A running sum over everything that the auditor said: equal for equal runs.
    pub(crate) digest: u64,
}

impl Checker {
    /// With what the user has written.
    pub(crate) fn new(plan: &Plan, policy: &Policy) -> Self {
        Self {
            policies: VecDeque::from([(i64::MIN, policy.clone())]),
            edited: false,
            purses: plan.lent.iter().map(|one| (one.currency, Purse::default())).collect(),
            stale_available: plan.faults.chances.iter().any(|(fault, _)| *fault == Fault::StaleAvailable),
            ours: BTreeSet::new(),
            orphaned: BTreeSet::new(),
            offers: BTreeMap::new(),
            lost_at: None,
            told_bad: None,
            draining: None,
            unknown: Vec::new(),
            read_at: i64::MIN,
            accepted: 0,
            submits: 0,
            digest: 0,
        }
    }

    /// The user changed the configuration.
    pub(crate) fn policy(&mut self, at: i64, policy: &Policy) {
        self.edited = true;
        self.policies.push_back((at, policy.clone()));
    }

    /// The user asked to take these offers under management.
    pub(crate) fn adopted(&mut self, ids: &[OfferId]) {
        self.ours.extend(ids.iter().map(|id| id.0));
    }

    /// The database is lost: nothing that stands is the daemon's any more.
    pub(crate) fn database_lost(&mut self, at: i64) {
        self.orphaned = std::mem::take(&mut self.ours);
        self.lost_at = Some(at);
        self.unknown.clear();
        self.purses.values_mut().for_each(|purse| purse.amounts.clear());
    }

    /// The daemon is gone; the next one asks anew what its key may do.
    pub(crate) fn daemon_died(&mut self) {
        self.told_bad = None;
        self.draining = None;
    }

    /// The user told the daemon to stop.
    pub(crate) fn drained(&mut self, at: i64) {
        self.draining = Some(at);
    }

    /// The configurations that a write arriving at `at` may go by, newest last.
    fn in_force(&mut self, at: i64) -> impl Iterator<Item = &Policy> {
        while self.policies.get(1).is_some_and(|(since, _)| *since <= at - PIPELINE) {
            self.policies.pop_front();
        }
        self.policies.iter().map(|(_, policy)| policy)
    }

    /// The entries for a currency that a write arriving at `at` may go by; none where it may not be lent at all.
    fn entries(&mut self, at: i64, currency: Currency) -> Vec<(AccountPolicy, LendPolicy)> {
        self.in_force(at)
            .filter_map(|policy| policy.accounts.get(&account()))
            .filter(|account| account.enabled)
            .filter_map(|account| Some((account.clone(), account.lend.get(&currency)?.clone())))
            .collect()
    }

    /// Holds what has just happened against the rules.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub(crate) fn step(&mut self, at: i64, sim: &SimExchange, audits: &[Audit]) -> Result<(), Violation> {
        for (currency, purse) in &mut self.purses {
            purse.look(at, sim, *currency);
        }
        for audit in audits {
            self.mix(audit);
            let Audit::Write(write) = audit else { continue };
            if let (Write::Submit { currency, .. }, Verdict::Accepted(Some(id))) = (&write.write, &write.verdict) {
                self.offers.insert(*id, *currency);
            }
            match (write.by, &write.verdict) {
                (Actor::Api, Verdict::Accepted(id)) => self.written(at, write, *id)?,
                (Actor::Api, Verdict::Refused(code, text)) => self.refused(at, write, *code, text)?,
                (Actor::Hand | Actor::AutoRenew, Verdict::Accepted(_)) => self.by_hand(at, write),
                (Actor::Hand | Actor::AutoRenew, Verdict::Refused(..)) => {}
            }
        }
        Ok(())
    }

    fn by_hand(&mut self, at: i64, write: &yieldsforge::exchange::sim::audit::WriteAudit) {
        if let Write::Submit { currency, amount, .. } = &write.write
            && let Some(purse) = self.purses.get_mut(currency)
        {
            purse.hand.push_back((at, *amount));
        }
    }

    fn mix(&mut self, audit: &Audit) {
        for byte in format!("{audit:?}").bytes() {
            self.digest = (self.digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }

    /// A frame reaches the daemon: an authentication says what the key may do.
    pub(crate) fn frame(&mut self, at: i64, frame: &Frame) {
        let Frame::Text(text) = frame else { return };
        if ["[0,\"fon\"", "[0,\"fou\"", "[0,\"fos\"", "[0,\"foc\""].iter().any(|kind| text.starts_with(kind)) {
            self.told_of_offers(text);
        }
        if !text.starts_with("{\"event\":\"auth\"") {
            return;
        }
        let Ok(reply) = serde_json::from_str::<Value>(text) else { return };
        let caps = match &reply["caps"] {
            Value::String(text) => serde_json::from_str(text).unwrap_or(Value::Null),
            other => other.clone(),
        };
        if let Value::Object(scopes) = caps {
            let rows = scopes.iter().map(|(name, rights)| (name.as_str(), &rights["read"], &rights["write"]));
            self.told_of_key(at, false, rows.map(|(name, read, write)| (name, truth(read), truth(write))));
        }
    }

    /// A reply reaches the daemon: the permissions may be among them.
    pub(crate) fn answered(&mut self, at: i64, packet: &Packet, transport: &Transport) {
        let Transport::Reply { status: 200, body } = transport else { return };
        if packet.path != "auth/r/permissions" || at > packet.left + super::lane::TIMEOUT {
            return;
        }
        let Ok(Value::Array(rows)) = serde_json::from_str::<Value>(body) else { return };
        let rows = rows.iter().map(|row| (row[0].as_str().unwrap_or("?"), truth(&row[1]), truth(&row[2])));
        self.told_of_key(at, true, rows);
    }

    /// What the key may do, by the full list or by the socket's, which is shorter and clears nothing.
    fn told_of_key<'a>(&mut self, at: i64, full: bool, rows: impl Iterator<Item = (&'a str, bool, bool)>) {
        let bad = rows
            .filter(|(name, read, write)| {
                (name.contains("withdraw") && (*read || *write)) || (*write && *name != "funding")
            })
            .count();
        if bad > 0 {
            self.told_bad = self.told_bad.or(Some(at));
        } else if full {
            self.told_bad = None;
        }
    }
}

fn truth(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false)) && value != &Value::from(0) && value != &Value::from("0")
}

/// An audit in one line.
pub(crate) fn short(audit: &Audit) -> String {
    match audit {
        Audit::Write(write) => {
            let state = write.after.as_ref().or(write.before.as_ref()).map(|state| {
                format!(
                    " [balance {} available {} offered {} lent {} in {} offers]",
                    state.balance,
                    state.available,
                    state.offered,
                    state.lent,
                    state.offers.len()
                )
            });
            format!("exchange: {:?} {:?}: {:?}{}", write.by, write.write, write.verdict, state.unwrap_or_default())
        }
        other => format!("exchange: {other:?}"),
    }
}
