use super::super::samples::{USD, main_account, view};
use super::*;
use crate::domain::MissingScope;

fn at(seconds: u64) -> WireTime {
    WireTime::from_millis(seconds * 1_000)
}

/// Ticked at 100 s, every 10 s, all well.
fn good() -> AdminState {
    AdminState { view: Some(Arc::new(view())), last_tick: Some(at(100)), ..AdminState::new(at(0), Millis::seconds(10)) }
}

fn changed(change: impl FnOnce(&mut StatusView)) -> AdminState {
    let mut view = view();
    change(&mut view);
    AdminState { view: Some(Arc::new(view)), ..good() }
}

fn faults(state: &AdminState) -> Vec<String> {
    let checks = ready(state, at(101));
    checks.into_iter().filter(|check| check.fault.is_some()).map(|check| check.name).collect()
}

#[test]
fn all_well_is_ready_with_one_line_a_check() {
    let checks = ready(&good(), at(101));
    assert!(all_good(&checks), "{checks:?}");
    let text = render(&checks);
    for line in ["engine: ok", "configuration: ok", "market USD: ok", "account main key: ok", "account main writes: ok"]
    {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert_eq!(text.lines().count(), checks.len());
}

#[test]
fn life_is_a_tick_within_three_periods_whatever_the_exchange_does() {
    assert!(all_good(&live(&good(), at(130))));
    assert!(!all_good(&live(&good(), at(131))));
    let blind = changed(|view| {
        view.operative = false;
        view.market_link = None;
    });
    assert!(all_good(&live(&blind, at(101))) && !all_good(&ready(&blind, at(101))));
    // Before the first tick the start counts; a very fast tick is given seconds.
    let fresh = AdminState::new(at(50), Millis::new(20));
    assert!(all_good(&live(&fresh, at(53))));
    assert!(render(&live(&fresh, at(54))).starts_with("engine: failed: no tick since the start, 4000 ms ago"));
    assert_eq!(faults(&AdminState { started: at(100), ..fresh }), ["decision"]);
}

#[test]
fn each_fault_fails_its_own_check_and_only_that() {
    fn account(view: &mut StatusView) -> &mut AccountStatus {
        view.accounts.get_mut(&main_account()).unwrap()
    }
    let refused = AdminState { config_fault: Some("yieldsforge.toml:3:1: unknown key".to_owned()), ..good() };
    let cases: Vec<(AdminState, &str)> = vec![
        (refused, "configuration"),
        (changed(|view| view.draining = true), "running"),
        (changed(|view| view.operative = false), "exchange"),
        (changed(|view| view.market_link = Some(LinkState::Stale)), "market stream"),
        (changed(|view| view.markets.get_mut(&USD).unwrap().fresh = false), "market USD"),
        (changed(|view| account(view).gate = GateVerdict::Pending), "account main key"),
        (changed(|view| account(view).link = LinkState::Stale), "account main stream"),
        (changed(|view| account(view).synced = false), "account main snapshot"),
        (changed(|view| account(view).currencies.get_mut(&USD).unwrap().unknown_writes = 1), "account main writes"),
        (changed(|view| view.accounts.clear()), "accounts"),
    ];
    for (state, name) in cases {
        assert_eq!(faults(&state), [name]);
    }
}

#[test]
fn a_disabled_account_and_an_unmanaged_currency_need_nothing() {
    let state = changed(|view| {
        let mut off = view.accounts[&main_account()].clone();
        off.enabled = false;
        off.link = LinkState::Down;
        view.accounts.insert(AccountName::new("off").unwrap(), off);
        // The sample holds euros that no file names: nobody lends on their market.
        assert!(view.accounts[&main_account()].currencies.keys().any(|currency| !view.markets.contains_key(currency)));
    });
    assert_eq!(faults(&state), Vec::<String>::new());
}

#[test]
fn paper_accepts_a_key_that_cannot_write_and_nothing_less() {
    let lacking = |paper, missing: &[MissingScope]| {
        faults(&changed(|view| {
            view.paper = paper;
            view.accounts.get_mut(&main_account()).unwrap().gate = GateVerdict::Insufficient(missing.to_vec());
        }))
    };
    assert!(lacking(true, &[MissingScope::FundingWrite]).is_empty());
    assert_eq!(lacking(false, &[MissingScope::FundingWrite]), ["account main key"]);
    assert_eq!(lacking(true, &[MissingScope::FundingWrite, MissingScope::WalletsRead]), ["account main key"]);
    let text = gate_text(&GateVerdict::Refused(vec!["withdraw".to_owned()]));
    assert!(text.contains("withdraw"), "{text}");
}
