//! The stop: no new offers, and a while for what is under way to end. Accounts that were leaving before go on leaving:
//! after the stop nobody would cancel their offers any more.

use std::sync::Arc;

use tokio::sync::watch;

use crate::domain::GateVerdict;
use crate::engine::{AccountStatus, Body, StatusView};

use super::GRACE;
use super::inbox::Inbox;

/// Waits until what is on its way has ended, until the offers of accounts that leave are gone, and until all own offers
/// are gone if `cancel` asks for that; no longer than the grace.
pub(super) async fn drain(inbox: &Inbox, mut view: watch::Receiver<Arc<StatusView>>, cancel: bool) {
    inbox.urgent(Body::Drain { cancel }).await;
    let settled = view.wait_for(|view| view.draining && is_settled(view, cancel));
    let in_time = tokio::time::timeout(GRACE, settled).await.is_ok();
    if !in_time {
        tracing::warn!(
            event = "stop_grace",
            "some writes are not settled after {} s; they are looked for at the next start",
            GRACE.as_secs()
        );
    }
    let last = Arc::clone(&view.borrow());
    for (name, left) in remains(&last, cancel) {
        tracing::error!(
            account = %name,
            event = "offers_remain",
            "{left} own offers of account {name} were to be cancelled and are still open at the exchange: start again \
             with the account enabled = false and its key in place, or cancel them by hand"
        );
    }
}

/// Nothing is under way, and nothing that can go is still to go.
fn is_settled(view: &StatusView, cancel: bool) -> bool {
    view.accounts.values().all(|account| {
        // With such a key nothing can be cancelled: it is not waited for.
        let can_go = !matches!(account.gate, GateVerdict::Revoked | GateVerdict::Insufficient(_));
        account.writes_under_way == 0 && !(can_go && to_go(view, account, cancel) > 0)
    })
}

/// Own offers that are to go and have not gone. What a live run left is not paper mode's to cancel.
fn to_go(view: &StatusView, account: &AccountStatus, cancel: bool) -> usize {
    if !view.paper && (cancel || !account.enabled) { account.own_open_offers() } else { 0 }
}

/// Accounts with offers that should have gone, and how many.
fn remains(view: &StatusView, cancel: bool) -> Vec<(&str, usize)> {
    let left = view.accounts.iter().map(|(name, account)| (name.as_str(), to_go(view, account, cancel)));
    left.filter(|(_, count)| *count > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AccountName, Amount, Currency, DailyRate, Days, LinkState, OfferId, OfferKind, Timestamp};
    use crate::engine::{CurrencyStatus, OfferView};

    fn account(enabled: bool, gate: GateVerdict, own: &[bool]) -> AccountStatus {
        let offer = |own: &bool| OfferView {
            id: OfferId(7),
            own: *own,
            slice: String::new(),
            amount: Amount::whole(500),
            rate: DailyRate::TICK,
            kind: OfferKind::Limit,
            period: Days::MIN,
            created: Timestamp::default(),
        };
        let usd = CurrencyStatus { offers: own.iter().map(offer).collect(), ..CurrencyStatus::default() };
        let currencies = [(Currency::USD, usd)].into();
        AccountStatus { enabled, gate, link: LinkState::Up, synced: true, writes_under_way: 0, currencies }
    }

    fn view(accounts: &[(&str, AccountStatus)]) -> StatusView {
        let named = |(name, account): &(&str, AccountStatus)| (AccountName::new(*name).unwrap(), account.clone());
        StatusView { draining: true, accounts: accounts.iter().map(named).collect(), ..StatusView::default() }
    }

    #[test]
    fn offers_of_an_account_that_leaves_are_seen_out_whatever_becomes_of_the_others() {
        let stays = ("stays", account(true, GateVerdict::Good, &[true]));
        let leaves = view(&[stays.clone(), ("leaves", account(false, GateVerdict::Good, &[true, false]))]);
        assert!(!is_settled(&leaves, false), "its own offer is to go");
        assert_eq!(remains(&leaves, false), [("leaves", 1)]);
        let left = view(&[stays.clone(), ("leaves", account(false, GateVerdict::Good, &[false]))]);
        assert!(is_settled(&left, false) && remains(&left, false).is_empty(), "what is foreign stays");
        assert!(!is_settled(&left, true), "asked to, everybody's go");
        assert_eq!(remains(&left, true), [("stays", 1)]);
        let paper = StatusView { paper: true, ..leaves };
        assert!(is_settled(&paper, false) && remains(&paper, false).is_empty());
    }

    #[test]
    fn what_no_key_can_cancel_is_told_but_not_waited_for() {
        let revoked = view(&[("gone", account(false, GateVerdict::Revoked, &[true]))]);
        assert!(is_settled(&revoked, false));
        assert_eq!(remains(&revoked, false), [("gone", 1)]);
        let mut under_way = account(false, GateVerdict::Good, &[]);
        under_way.writes_under_way = 1;
        assert!(!is_settled(&view(&[("gone", under_way)]), false));
    }
}
