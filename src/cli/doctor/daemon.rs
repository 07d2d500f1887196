//! What the running daemon says of itself.

use crate::cli::{asking, exit};
use crate::config::Config;
use crate::domain::{Amount, GateVerdict, IdleReason, Rounding};
use crate::telemetry::labels;
use crate::telemetry::status::{Account, CurrencyReport, Status};

use super::accounts::{MOVE, competes};
use super::finding::Finding;

/// Asks it.
pub(super) async fn look(config: &Config) -> Vec<Finding> {
    let status = match asking::status(config.settings.listen).await {
        Ok(status) => status,
        Err(why) => {
            let todo = "look at its log; without it this command cannot look at keys and money";
            let detail = format!("one holds the state directory, but {why}");
            return vec![Finding::bad("daemon", detail, todo, exit::OTHER)];
        }
    };
    let mut findings = vec![daemon(&status)];
    for name in config.accounts.keys() {
        if let Some(account) = status.accounts.get(name.as_str()) {
            findings.extend(examine(name.as_str(), account, status.paper));
        } else {
            let detail = format!("the running daemon does not serve account {name}");
            let todo = "reload it (SIGHUP) or restart it; its log says why an account is off";
            findings.push(Finding::warning(format!("key of {name}"), detail, todo));
        }
    }
    findings
}

fn daemon(status: &Status) -> Finding {
    if status.ready {
        return Finding::good("daemon", format!("yieldsforge {} runs and serves; it was asked", status.version));
    }
    let detail = format!("yieldsforge {} runs and is not ready: {}", status.version, status.faults.join("; "));
    Finding::warning("daemon", detail, "see the lines below and /readyz; after a start it needs some seconds")
}

fn examine(name: &str, account: &Account, paper: bool) -> Vec<Finding> {
    let check = format!("key of {name}");
    let is = |verdict: &GateVerdict| account.gate == labels::verdict(verdict);
    let todo = "edit the key's permissions at Bitfinex: https://setting.bitfinex.com/api";
    let mut findings = vec![if is(&GateVerdict::Good) {
        Finding::good(check, &account.gate_detail)
    } else if is(&GateVerdict::Pending) || asking::serves(account, paper) {
        Finding::warning(check, &account.gate_detail, todo)
    } else {
        Finding::bad(check, &account.gate_detail, todo, exit::KEY)
    }];
    let lent = account.currencies.iter().filter(|(_, report)| report.profile.is_some());
    findings.extend(lent.flat_map(|(code, report)| currency(format!("{code} of {name}"), code, report)));
    findings
}

fn currency(check: String, code: &str, report: &CurrencyReport) -> Vec<Finding> {
    let (Some(balance), Some(lent), Some(foreign)) =
        (&report.balance_amount, &report.lent_amount, &report.foreign_amount)
    else {
        let detail = "the daemon knows nothing of this money yet";
        return vec![Finding::warning(check, detail, "see /readyz: the account must have been read once")];
    };
    let some = |text: &str| Amount::parse(text, Rounding::Down).is_ok_and(Amount::is_positive);
    let idle = |reason: IdleReason| report.idle_amounts.get(&reason.to_string()).filter(|amount| some(amount));
    let mut findings = Vec::new();
    if idle(IdleReason::AutoRenew).is_some() {
        findings.push(competes(check.clone()));
    }
    if some(foreign) {
        let ids: Vec<String> =
            report.offers.iter().filter(|offer| !offer.own).map(|offer| offer.id.to_string()).collect();
        let detail = format!("{foreign} {code} lie in offers not placed by yieldsforge");
        let todo = format!("they are left alone; to have them managed: yieldsforge adopt ACCOUNT {}", ids.join(" "));
        findings.push(Finding::warning(check.clone(), detail, todo));
    }
    if report.unknown_writes > 0 {
        let detail = format!("the outcome of {} writes is unknown", report.unknown_writes);
        findings.push(Finding::warning(check.clone(), detail, "wait: it settles itself within a few minutes"));
    }
    // A rest beside what is lent or offered is ordinary.
    let offered = report.offered_amount.as_ref();
    let works = [Some(lent), offered, Some(&report.in_flight_amount)].into_iter().flatten().any(|at| some(at));
    if let Some(amount) = idle(IdleReason::BelowMinimum).filter(|_| !works) {
        let detail = format!("{amount} {code} are less than the exchange's least offer");
        findings.push(Finding::warning(check.clone(), detail, "put more into the Funding wallet, or leave it"));
    }
    if !some(balance) {
        let todo = format!("if there is {code} in the Exchange wallet, {MOVE}");
        findings.push(Finding::warning(check.clone(), "the Funding wallet is empty", todo));
    }
    if findings.is_empty() {
        let detail = format!("{balance} in the Funding wallet, {lent} lent");
        findings.push(Finding::good(check, detail));
    }
    findings
}
