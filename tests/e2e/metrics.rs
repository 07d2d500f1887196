//! `/metrics` end to end: no series appears late, whatever happens; and what is said to be earned is what the ledger says.

use std::collections::BTreeSet;

use serde_json::json;

use super::bourse::{Bourse, Lender, MAIN};
use super::child::Process;
use super::daemon::{House, PROFILE};
use super::http;
use super::wait::until;

/// Most series of one account, with all its currencies (DESIGN.md section 7).
const MOST: usize = 500;

/// The series of an exposition, without their values.
fn series(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.rsplit_once(' ').unwrap().0.to_owned()).collect()
}

/// Fails with the names of what came or went.
fn same(before: &BTreeSet<String>, text: &str) {
    let after = series(text);
    let differ: Vec<&String> = before.symmetric_difference(&after).collect();
    assert!(differ.is_empty(), "not there from the start to the end: {differ:#?}");
}

#[test]
fn no_trouble_makes_a_series_that_was_not_there_at_the_start() {
    let mut bourse = Bourse::open(&[Lender { dollars: "1200", ..MAIN }]);
    bourse.hand_offer("main", "200");
    let house = House::build(&bourse, &[MAIN]);
    let daemon = house.start();
    let before = series(&daemon.page("/metrics").1);
    assert!((200..MOST).contains(&before.len()), "{}", before.len());
    let risen = |name: &str, to: f64| {
        until(40, || format!("{name} to rise"), || daemon.metric(name).filter(|value| *value >= to));
    };
    daemon.ready();
    bourse.waits_for_offers("main", "1000");
    bourse.borrow("400");
    risen("yieldsforge_fills_total{account=\"main\",currency=\"USD\"}", 1.0);
    let loan = bourse.books("main").loans()[0];
    bourse.give_back("main", loan);
    // Money that no file speaks of.
    bourse.order(&json!({ "do": "deposit", "account": "main", "currency": "EUR", "amount": "7" }));
    risen("yieldsforge_returns_total{account=\"main\",currency=\"USD\"}", 1.0);
    risen("yieldsforge_unmanaged_currencies{account=\"main\"}", 1.0);
    // A reply that is lost, a call that fails, closed sockets.
    bourse.fault("cut_after_accept");
    bourse.deposit("main", "300");
    risen("yieldsforge_unknown_settled_total{account=\"main\",result=\"done\"}", 1.0);
    bourse.fault("server_fault");
    bourse.disconnect();
    risen("yieldsforge_stream_reconnects_total{stream=\"account\",account=\"main\"}", 1.0);
    daemon.ready();
    // A refused reload, a good one, a key that may do too much and one that may not, maintenance.
    house.write("profiles/plain.toml", &PROFILE.replace("0.01 %/day", "0.01"));
    daemon.reload();
    risen("yieldsforge_config_reloads_total{result=\"refused\"}", 1.0);
    house.write("profiles/plain.toml", &PROFILE.replace("0.025 %/day", "0.026 %/day"));
    daemon.reload();
    risen("yieldsforge_config_reloads_total{result=\"applied\"}", 2.0);
    bourse.order(&json!({ "do": "maintenance", "on": true }));
    until(
        40,
        || "maintenance".to_owned(),
        || (daemon.metric("yieldsforge_exchange_operative") == Some(0.0)).then_some(()),
    );
    bourse.order(&json!({ "do": "maintenance", "on": false }));
    bourse.permit("main", &[("withdraw", "rw")]);
    bourse.disconnect();
    risen("yieldsforge_gate{account=\"main\",verdict=\"refused\"}", 1.0);
    same(&before, &daemon.page("/metrics").1);
}

#[test]
fn days_of_lending_make_no_new_series_and_earn_what_the_ledger_says() {
    let demo = Process::start("demo", &["demo", "--speed", "4320", "--for", "10m"]);
    let address = until(
        30,
        || "the demo to say where it listens".to_owned(),
        || {
            let lines = demo.out.lines();
            let rest = lines.iter().find_map(|line| line.split_once("Metrics: http://"))?.1;
            rest.strip_suffix("/metrics").map(str::to_owned)
        },
    );
    let metrics = || http::get(&address, "/metrics").unwrap().1;
    let before = series(&metrics());
    assert!((400..MOST).contains(&before.len()), "four currencies: {}", before.len());
    let value = |text: &str, name: &str| -> f64 {
        text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok()).unwrap()
    };
    let dollars =
        |text: &str, name: &str| value(text, &format!("yieldsforge_{name}{{account=\"demo\",currency=\"USD\"}}"));
    let text = until(
        240,
        || "fills, returns and two payouts".to_owned(),
        || {
            let text = metrics();
            let twice = value(&text, "process_start_time_seconds") + 1.5 * 86_400.0;
            (dollars(&text, "fills_total") > 2.0
                && dollars(&text, "returns_total") > 2.0
                && dollars(&text, "interest_last_payout_timestamp_seconds") > twice)
                .then_some(text)
        },
    );
    same(&before, &text);
    let (credited, estimated) =
        (dollars(&text, "interest_credited_amount"), dollars(&text, "interest_estimated_amount"));
    // What is earned since the last payout is not in the ledger yet; ticks see an opening and a return a moment late.
    let fits = estimated >= 0.9 * credited && estimated < 4.0 * credited;
    assert!(credited > 0.0 && fits, "credited {credited}, estimated {estimated}");
    let beside = |name: &str| {
        let of = "account=\"demo\",currency=\"USD\"";
        value(&text, &format!("yieldsforge_interest_benchmark_amount{{{of},benchmark=\"{name}\"}}"))
    };
    // At this speed news may be older than the offers on paper, which then miss it: they run, that is all that is sure.
    assert!(beside("frr_bound") > 0.0 && beside("best_offer") >= 0.0 && beside("frr_auto_renew") >= 0.0, "{text}");
    assert!(!text.contains("benchmark=\"shadow\""), "{text}");
}
