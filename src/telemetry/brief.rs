//! The state of the daemon in few words: a line for `systemctl status`, and a few more for the log when an operator asks.

use crate::domain::{AccountName, Currency, Total, WireTime};
use crate::engine::{CurrencyStatus, StatusView};

use super::health::{self, AdminState, Check};
use super::labels;

/// One line that says whether money is being lent, and by which of the `checks` of readiness not: `STATUS=` of systemd.
#[must_use]
pub fn headline(state: &AdminState, checks: &[Check]) -> String {
    let faults = health::faults(checks);
    let paper = if state.view.as_ref().is_some_and(|view| view.paper) { " on paper" } else { "" };
    match faults.as_slice() {
        [] => format!("lending{paper}: {}", state.view.as_deref().map(money).unwrap_or_default()),
        [only] => format!("not ready: {only}"),
        [first, more @ ..] => format!("not ready: {first} (and {} more, see /readyz)", more.len()),
    }
}

/// By currency, over all accounts: what share is lent and offered.
fn money(view: &StatusView) -> String {
    let mut sums = std::collections::BTreeMap::<Currency, [Total; 3]>::new();
    for (currency, status) in view.accounts.values().flat_map(|account| &account.currencies) {
        if status.profile.is_some() {
            let [balance, lent, offered] = sums.entry(*currency).or_default();
            *balance = balance.plus(status.balance);
            *lent = lent.plus(status.lent);
            *offered = offered.plus(status.offered);
        }
    }
    let told = sums.into_iter().map(|(currency, [balance, lent, offered])| {
        let share = |part: Total| part.units().saturating_mul(100).checked_div(balance.units());
        match (share(lent), share(offered)) {
            (Some(lent), Some(offered)) => format!("{currency} {lent} % lent, {offered} % offered"),
            _ => format!("{currency} wallet empty"),
        }
    });
    told.collect::<Vec<_>>().join("; ")
}

/// Everything in a few lines: the headline, each account, each currency.
#[must_use]
pub fn lines(state: &AdminState, now: WireTime) -> Vec<String> {
    let mut lines = vec![headline(state, &health::ready(state, now))];
    let Some(view) = &state.view else { return lines };
    for (name, account) in &view.accounts {
        let off = if account.enabled { "" } else { ", not enabled" };
        lines.push(format!(
            "account {name}: key {}, stream {}, {} writes under way{off}",
            labels::verdict(&account.gate),
            labels::link(account.link),
            account.writes_under_way
        ));
        lines.extend(account.currencies.iter().map(|(code, status)| currency(name, *code, status)));
    }
    lines
}

fn currency(name: &AccountName, code: Currency, status: &CurrencyStatus) -> String {
    let rate = status.lent_rate.map_or_else(String::new, |rate| format!(" at {rate}"));
    let idle: Vec<String> = status.idle.iter().map(|(reason, amount)| format!("{amount} {reason}")).collect();
    let idle = if idle.is_empty() { "none".to_owned() } else { idle.join(", ") };
    format!(
        "account {name} {code}: balance {}, lent {}{rate} in {} loans, offered {} in {} offers, foreign {}, idle: {idle}",
        status.balance,
        status.lent,
        status.loans.len(),
        status.offered,
        status.offers.iter().filter(|offer| offer.own).count(),
        status.foreign,
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::telemetry::samples;

    #[test]
    fn it_says_what_is_wrong_or_what_is_lent() {
        let now = WireTime::from_millis(1_000);
        let fresh = AdminState::new(now, crate::domain::SECOND);
        let headline = |state: &AdminState| headline(state, &health::ready(state, now));
        assert!(headline(&fresh).starts_with("not ready: "), "{}", headline(&fresh));
        let view = Arc::new(samples::view());
        let good = AdminState { view: Some(view), last_tick: Some(now), ..fresh };
        let line = headline(&good);
        assert!(line.starts_with("lending") && line.contains(" % lent, "), "{line}");
        let all = lines(&good, now);
        assert!(all.len() > 2 && all.iter().any(|line| line.contains("idle: ")), "{all:?}");
        let refused = AdminState { config_fault: Some("accounts/main.toml:3:1: no".to_owned()), ..good };
        assert!(headline(&refused).contains("accounts/main.toml:3:1"));
    }
}
