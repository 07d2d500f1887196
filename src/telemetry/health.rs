//! Whether the daemon lives, and whether it does what it is for. Judged from what it was told, one line a check.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use crate::domain::{AccountName, Credited, Currency, GateVerdict, LinkState, Millis, WireTime};
use crate::engine::{AccountStatus, StatusView};

use super::labels;

/// What the admin server shows: one immutable value, replaced by the shell after every step that changes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminState {
    /// The engine's last view; `None` before its first decision.
    pub view: Option<Arc<StatusView>>,
    /// Why the configuration last read was refused, in a line without secrets; `None` while it is in force.
    pub config_fault: Option<String>,
    /// What the last reload changed, in words; `None` when it was refused or there was none.
    pub config_changes: Option<String>,
    /// How many reloads there were, refused ones too: whoever asked for one sees that it was answered.
    pub reloads: u64,
    /// Accounts that are off because their key cannot be read, with file and reason.
    pub without_key: Arc<BTreeMap<AccountName, String>>,
    /// Wire time of the start.
    pub started: WireTime,
    /// Wire time at which the engine last completed a tick.
    pub last_tick: Option<WireTime>,
    /// How often it ticks, in wire time.
    pub tick_period: Millis,
    /// Interest credited so far, as the store sums it up; a currency is missing until its ledger was read.
    pub interest: Arc<BTreeMap<AccountName, BTreeMap<Currency, Credited>>>,
}

impl AdminState {
    /// Before anything is known.
    #[must_use]
    pub fn new(started: WireTime, tick_period: Millis) -> Self {
        Self {
            view: None,
            config_fault: None,
            config_changes: None,
            reloads: 0,
            without_key: Arc::default(),
            started,
            last_tick: None,
            tick_period,
            interest: Arc::default(),
        }
    }
}

/// A fast tick (as in a demo) does not make a busy machine look dead.
const PATIENCE_MIN: Millis = Millis::seconds(3);

/// One check: its name, and why it failed if it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// Why it failed.
    pub fault: Option<String>,
}

impl Check {
    fn new(name: impl Into<String>, good: bool, fault: impl FnOnce() -> String) -> Self {
        Self { name: name.into(), fault: (!good).then(fault) }
    }
}

/// True without a fault.
#[must_use]
pub fn all_good(checks: &[Check]) -> bool {
    checks.iter().all(|check| check.fault.is_none())
}

/// What failed, one line a check: `name: why`.
#[must_use]
pub fn faults(checks: &[Check]) -> Vec<String> {
    checks.iter().filter_map(|check| check.fault.as_ref().map(|why| format!("{}: {why}", check.name))).collect()
}

/// The checks as text, one a line: `name: ok` or `name: failed: why`.
#[must_use]
pub fn render(checks: &[Check]) -> String {
    let mut text = String::new();
    for check in checks {
        // Writing to a string cannot fail.
        let _ = match &check.fault {
            None => writeln!(text, "{}: ok", check.name),
            Some(why) => writeln!(text, "{}: failed: {why}", check.name),
        };
    }
    text
}

/// `/livez`: the engine ticks. An exchange that is away must not fail it: a restart cures nothing there.
#[must_use]
pub fn live(state: &AdminState, now: WireTime) -> Vec<Check> {
    let silent = now.since(state.last_tick.unwrap_or(state.started));
    let patience = state.tick_period.times(3).max(PATIENCE_MIN);
    vec![Check::new("engine", silent <= patience, || {
        let last = if state.last_tick.is_some() { "last tick" } else { "no tick since the start" };
        format!("{last}, {} ms ago; expected within {} ms", silent.get(), patience.get())
    })]
}

/// `/readyz`: every enabled account is really being served. It may turn false again.
#[must_use]
pub fn ready(state: &AdminState, now: WireTime) -> Vec<Check> {
    let mut checks = live(state, now);
    checks.push(Check {
        name: "configuration".to_owned(),
        fault: state.config_fault.as_ref().map(|why| format!("the last reload was refused: {why}")),
    });
    let Some(view) = &state.view else {
        checks.push(Check::new("decision", false, || "the engine has not decided anything yet".to_owned()));
        return checks;
    };
    checks.push(Check::new("running", !view.draining, || "stopping: no new offers".to_owned()));
    checks.push(Check::new("exchange", view.operative, || "under maintenance".to_owned()));
    let served: Vec<_> = view.accounts.iter().filter(|(_, account)| account.enabled).collect();
    checks.push(Check::new("accounts", !served.is_empty(), || "no account is enabled".to_owned()));
    for (name, why) in state.without_key.iter() {
        let fault = format!("off, it cannot be read: {why}; mend it, or remove the account's file if it is to leave");
        checks.push(Check { name: format!("account {name} key"), fault: Some(fault) });
    }
    market_checks(view, &mut checks);
    for (name, account) in served {
        account_checks(view.paper, name, account, &mut checks);
    }
    checks
}

/// The public stream, and each market that an enabled account lends on.
fn market_checks(view: &StatusView, checks: &mut Vec<Check>) {
    let link = view.market_link.unwrap_or(LinkState::Down);
    checks.push(Check::new("market stream", link == LinkState::Up, || format!("it is {}", labels::link(link))));
    let enabled = view.accounts.values().filter(|account| account.enabled);
    let lent: BTreeSet<Currency> = enabled
        .flat_map(|account| account.currencies.iter().filter(|(_, status)| status.profile.is_some()))
        .map(|(currency, _)| *currency)
        .collect();
    for currency in lent {
        let fresh = view.markets.get(&currency).is_some_and(|market| market.fresh);
        checks.push(Check::new(format!("market {currency}"), fresh, || {
            "book, FRR, last trade or price is missing or too old".to_owned()
        }));
    }
}

fn account_checks(paper: bool, name: &AccountName, account: &AccountStatus, checks: &mut Vec<Check>) {
    let gate = gate_fault(paper, &account.gate);
    checks.push(Check { name: format!("account {name} key"), fault: gate });
    checks.push(Check::new(format!("account {name} stream"), account.link == LinkState::Up, || {
        format!("it is {}", labels::link(account.link))
    }));
    checks.push(Check::new(format!("account {name} snapshot"), account.synced, || {
        "no reading of the account that adds up since its stream came up".to_owned()
    }));
    let unknown: Vec<String> = account
        .currencies
        .iter()
        .filter(|(_, status)| status.unknown_writes > 0)
        .map(|(currency, status)| format!("{} in {currency}", status.unknown_writes))
        .collect();
    checks.push(Check::new(format!("account {name} writes"), unknown.is_empty(), || {
        format!("outcome unknown: {}", unknown.join(", "))
    }));
}

/// Why a verdict keeps the account from being served.
fn gate_fault(paper: bool, verdict: &GateVerdict) -> Option<String> {
    (!verdict.serves(paper)).then(|| gate_text(verdict))
}

/// A verdict in words.
#[must_use]
pub fn gate_text(verdict: &GateVerdict) -> String {
    match verdict {
        GateVerdict::Pending => "the exchange could not be asked yet what the key may do".to_owned(),
        GateVerdict::Good => "the key may do what a lender needs, and no more".to_owned(),
        GateVerdict::Refused(scopes) => {
            format!("the key may do more than a lender needs: {}; make one without these scopes", scopes.join(", "))
        }
        GateVerdict::Insufficient(missing) => {
            let scopes: Vec<_> = missing.iter().map(|scope| labels::missing_scope(*scope)).collect();
            format!("the key lacks {}", scopes.join(", "))
        }
        GateVerdict::Revoked => "the exchange does not know the key any more".to_owned(),
    }
}

#[cfg(test)]
mod tests;
