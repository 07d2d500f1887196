//! What a user sees, from views that hold what is to be seen.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::domain::{
    AccountName, Amount, Currency, DAY, DailyRate, Days, HOUR, IdleReason, LentId, LentKind, LinkState, OfferId,
    OfferKind, Ratio, SECOND, Timestamp, Total, WireTime,
};
use crate::engine::{Benchmark, BenchmarkStatus, CurrencyStatus, LoanView, MarketStatus, OfferView, StatusView};
use crate::telemetry::health::AdminState;
use crate::telemetry::samples::{account, scores};
use crate::telemetry::status::status;

const AT: Timestamp = Timestamp::from_millis(1_790_000_000_000);

fn rate(millionths_per_day: i64) -> DailyRate {
    DailyRate::from_units(millionths_per_day * 1_000_000)
}

fn offer(id: i64, own: bool, dollars: i32, at: i64) -> OfferView {
    OfferView {
        id: OfferId(id),
        own,
        slice: if own { "core".to_owned() } else { String::new() },
        amount: Amount::whole(dollars),
        rate: rate(at),
        kind: OfferKind::Limit,
        period: Days::MIN,
        created: AT.minus(HOUR.times(3)),
    }
}

fn loan(id: i64, days_left: i64) -> LoanView {
    let period = Days::new(30);
    LoanView {
        id: LentId { kind: LentKind::Credit, id },
        amount: Amount::whole(1_000),
        rate: rate(200),
        period,
        opened: AT.plus(DAY.times(days_left)).minus(period.span()),
        slice: "core".to_owned(),
    }
}

fn dollars() -> CurrencyStatus {
    CurrencyStatus {
        known: true,
        profile: Some("steady".to_owned()),
        balance: Amount::whole(2_500),
        lent: Amount::whole(2_000),
        offered: Amount::whole(300),
        foreign: Amount::whole(150),
        idle: BTreeMap::from([(IdleReason::Keep, Amount::whole(50)), (IdleReason::BelowMinimum, Amount::UNIT)]),
        lent_rate: Some(rate(200)),
        fee: Ratio::percent(15),
        maturity_millidays: 5_500,
        offers: vec![offer(11, true, 300, 300), offer(12, false, 150, 180)],
        loans: vec![loan(22, 9), loan(21, 2)],
        ..CurrencyStatus::default()
    }
}

fn state(currencies: BTreeMap<Currency, CurrencyStatus>) -> AdminState {
    let market = MarketStatus {
        frr: Some(rate(210)),
        last: None,
        best_offer: Some(rate(200)),
        best_bid: Some((rate(150), Days::MAX)),
        usd_price: Some(Amount::whole(1)),
        fresh: false,
    };
    let account = account(currencies);
    let view = StatusView {
        at: AT,
        generation: 3,
        operative: true,
        market_link: Some(LinkState::Up),
        markets: BTreeMap::from([(Currency::USD, market)]),
        accounts: BTreeMap::from([(AccountName::new("main").unwrap(), account)]),
        ..StatusView::default()
    };
    AdminState {
        view: Some(Arc::new(view)),
        last_tick: Some(WireTime::from_millis(90_000)),
        ..AdminState::new(WireTime::from_millis(0), SECOND.times(10))
    }
}

fn shown(state: &AdminState) -> String {
    render(&status(state, WireTime::from_millis(95_000)), Paint::none())
}

/// The only line that begins so.
fn line<'a>(text: &'a str, begins: &str) -> &'a str {
    let mut lines = text.lines().filter(|line| line.trim_start().starts_with(begins));
    let found = lines.next().unwrap_or_else(|| panic!("no {begins:?} in\n{text}"));
    assert_eq!(lines.next(), None, "{text}");
    found.trim()
}

/// The cells of the line that begins so.
fn cells<'a>(text: &'a str, begins: &str) -> Vec<&'a str> {
    line(text, begins).split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

#[test]
fn the_balance_is_split_and_every_part_has_its_share() {
    let text = shown(&state(BTreeMap::from([(Currency::USD, dollars())])));
    assert!(line(&text, "USD by profile").ends_with("2,500.00 in the Funding wallet"), "{text}");
    assert_eq!(cells(&text, "lent  ")[1..3], ["2,000.00", "80.0 %"]);
    assert!(line(&text, "lent  ").ends_with("at 0.02000 %/day = 7.30 %/year before the fee, 5 d 12 h left on average"));
    assert_eq!(cells(&text, "offered"), ["offered", "300.00", "12.0 %", "in 1 offer"]);
    assert_eq!(cells(&text, "by hand"), ["by hand", "150.00", "6.0 %", "in 1 offer, left alone"]);
    assert_eq!(cells(&text, "idle"), ["idle", "50.00", "2.0 %"]);
    assert_eq!(cells(&text, "keep"), ["keep", "50.00", "2.0 %"]);
    assert!(!text.contains("below_minimum"), "a hundred millionth is no line: {text}");
    let apr = "net APR      4.96 %/year on the whole balance, 6.20 %/year on what is lent, after the fee of 15 %";
    assert_eq!(line(&text, "net APR"), apr);
    assert!(line(&text, "earned").ends_with("- (the ledger was not read yet)"), "{text}");
}

#[test]
fn what_the_money_would_have_earned_otherwise_stands_beside_what_it_did() {
    let units = |hundredths: i64| Total::from(Amount::from_units(hundredths * 1_000_000));
    let best = BenchmarkStatus {
        since: AT.minus(DAY.times(3)),
        interest: units(123),
        own_interest: units(150),
        net: Some(rate(100)),
        own_net: Some(rate(120)),
        utilisation: Some(Ratio::from_ppm(815_500)),
        ..BenchmarkStatus::default()
    };
    let begun = BenchmarkStatus { profile: Some("ladder".to_owned()), since: AT, ..BenchmarkStatus::default() };
    let benchmarks = BTreeMap::from([(Benchmark::BestOffer, best), (Benchmark::Shadow, begun)]);
    let text = shown(&state(BTreeMap::from([(Currency::USD, CurrencyStatus { benchmarks, ..dollars() })])));
    let heads = ["on paper", "earned", "this account", "net APR", "this account", "was lent", "for"];
    assert_eq!(cells(&text, "on paper"), heads);
    let row = ["best_offer", "1.2300", "1.5000", "3.65 %/year", "4.38 %/year", "81.5 %", "3 d 0 h"];
    assert_eq!(cells(&text, "best_offer"), row, "{text}");
    assert_eq!(cells(&text, "shadow: ladder")[3..6], ["-", "-", "-"], "{text}");
}

#[test]
fn forecasts_are_told_beside_what_came() {
    let none = shown(&state(BTreeMap::from([(Currency::USD, dollars())])));
    assert!(!none.contains("forecasts"), "{none}");
    let forecasts = scores();
    let text = shown(&state(BTreeMap::from([(Currency::USD, CurrencyStatus { forecasts, ..dollars() })])));
    let words = "forecasts: of 10 waits 70 % were within the half expected and 90 % within nine in ten; squared error of 4 \
                 fills 0.125; 2 loans lasted 80 % of what was expected";
    assert_eq!(line(&text, "forecasts"), words);
}

#[test]
fn offers_come_cheapest_first_and_loans_by_what_is_left() {
    let text = shown(&state(BTreeMap::from([(Currency::USD, dollars())])));
    let rate = "0.03000 %/day = 10.95 %/year";
    assert_eq!(cells(&text, "11 "), ["11", "300.00", rate, "50 %", "2 d", "3 h 0 min", "core"]);
    assert_eq!(cells(&text, "12 ")[3..], ["-10 %", "2 d", "3 h 0 min", "by hand"]);
    assert!(text.find("\n    12 ") < text.find("\n    11 "), "{text}");
    assert_eq!(cells(&text, "21 ")[3..], ["30 d", "2 d 0 h", "core", "credit"]);
    assert!(text.find("\n    21 ") < text.find("\n    22 "), "{text}");
}

#[test]
fn what_is_not_known_is_never_a_zero() {
    let empty = CurrencyStatus { profile: Some("steady".to_owned()), ..CurrencyStatus::default() };
    let text = shown(&state(BTreeMap::from([(Currency::USD, empty)])));
    assert!(line(&text, "USD by profile").ends_with("- in the Funding wallet"), "{text}");
    for part in ["lent", "offered", "idle"] {
        assert_eq!(cells(&text, part), [part, "-", "-"], "{text}");
    }
    assert!(line(&text, "net APR").contains("- on the whole balance, - on what is lent"), "{text}");
    // The market's last trade is not known either.
    assert_eq!(cells(&text, "USD  ")[2], "-", "{text}");
    assert!(line(&text, "USD  ").ends_with("not known well enough to lend"), "{text}");
}

#[test]
fn the_first_lines_say_what_is_wrong() {
    let mut refused = state(BTreeMap::new());
    refused.reloads = 2;
    refused.config_fault = Some("profiles/steady.toml:2:9: what is this".to_owned());
    let text = shown(&refused);
    assert!(text.starts_with("yieldsforge ") && text.contains("(live), NOT READY; process "), "{text}");
    assert!(text.lines().next().unwrap().ends_with("up 1 min, decided 5 s ago"), "{text}");
    assert!(line(&text, "! configuration").contains("profiles/steady.toml:2:9"), "{text}");
    assert!(
        line(&text, "configuration:").ends_with("the last of 2 reloads was refused, nothing has changed"),
        "{text}"
    );
    let silent = AdminState::new(WireTime::from_millis(0), SECOND);
    assert!(shown(&silent).contains("nothing decided yet"));
}

#[test]
fn a_long_list_ends_with_what_it_left_out() {
    let mut many = dollars();
    many.offers = (1..=30).map(|id| offer(100 + id, true, 10, 300 + id)).collect();
    let text = shown(&state(BTreeMap::from([(Currency::USD, many)])));
    assert_eq!(line(&text, "and "), "and 5 more: --json shows all");
    assert!(text.contains("\n    125 ") && !text.contains("\n    126 "), "{text}");
}

#[test]
fn money_that_nobody_lends_is_named() {
    let crumbs = CurrencyStatus { known: true, balance: Amount::whole(3), ..CurrencyStatus::default() };
    let tether = Currency::from_code("UST").unwrap();
    let text = shown(&state(BTreeMap::from([(tether, crumbs), (Currency::USD, dollars())])));
    assert_eq!(line(&text, "not lent, no"), "not lent, no [[lend]] names it: 3.0000 USDT");
}
