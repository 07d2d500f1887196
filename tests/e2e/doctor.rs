//! `doctor`: each finding, caused and found.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::bourse::{Bourse, Lender, MAIN};
use super::commands::run;
use super::daemon::House;
use super::keyring::settle;
use super::wait::until;

/// Runs it: the exit code and its findings.
fn examine(house: &House) -> (i32, Vec<Value>) {
    let said = run(house, &["doctor", "--json"], "");
    let findings = said.json().as_array().unwrap().clone();
    (said.code, findings)
}

/// Fails unless there is this verdict on this check with these words in it; every complaint says what to do.
fn found(findings: &[Value], check: &str, verdict: &str, words: &str) {
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let fits = |finding: &Value| {
        let said = format!("{} {}", text(finding, "detail"), text(finding, "do"));
        finding["check"] == check && finding["verdict"] == verdict && said.contains(words)
    };
    assert!(findings.iter().any(fits), "no {verdict} {check} with {words:?} in {findings:#?}");
}

fn chmod(house: &House, name: &str, mode: u32) {
    fs::set_permissions(house.path(name), fs::Permissions::from_mode(mode)).unwrap();
}

/// A house whose files are as closed as they should be.
fn sound(bourse: &Bourse, lenders: &[Lender]) -> House {
    let house = House::build(bourse, lenders);
    chmod(&house, "state", 0o700);
    house
}

#[test]
fn all_is_good_when_it_is() {
    let bourse = Bourse::open(&[MAIN]);
    let house = sound(&bourse, &[MAIN]);
    let (code, findings) = examine(&house);
    for check in ["configuration", "file modes", "identity", "state directory", "exchange", "clock", "daemon"] {
        found(&findings, check, "good", "");
    }
    found(&findings, "key of main", "good", "no more");
    found(&findings, "USD of main", "good", "1000");
    assert_eq!(code, 0, "{findings:#?}");
    let told = run(&house, &["doctor"], "").ended(0, "good     clock");
    assert!(!told.out.contains("->"), "{}", told.out);
}

#[test]
fn files_that_others_may_touch_are_found_with_their_mending() {
    let bourse = Bourse::open(&[MAIN]);
    let house = sound(&bourse, &[MAIN]);
    chmod(&house, "keys/main.age", 0o666);
    chmod(&house, "state", 0o755);
    let (code, findings) = examine(&house);
    found(&findings, "file modes", "warning", "chmod go-w");
    found(&findings, "state directory", "warning", "chmod 700");
    assert_eq!(code, 1);
    chmod(&house, "identity.txt", 0o640);
    let (code, findings) = examine(&house);
    found(&findings, "identity", "bad", "chmod 600");
    assert_eq!(code, 77);
    chmod(&house, "identity.txt", 0o600);
    house.write("keys/main.age", "not an age file");
    let (code, findings) = examine(&house);
    found(&findings, "key of main", "bad", "account main is off");
    assert_eq!(code, 77);
    house.write("yieldsforge.toml", "mood = \"good\"\n");
    let (code, findings) = examine(&house);
    found(&findings, "configuration", "bad", "yieldsforge.toml:1");
    assert_eq!((code, findings.len()), (78, 1));
}

#[test]
fn the_exchange_may_be_away_or_of_another_time() {
    let mut bourse = Bourse::open(&[MAIN]);
    let house = sound(&bourse, &[MAIN]);
    bourse.order(&json!({ "do": "maintenance", "on": true }));
    let (_, findings) = examine(&house);
    found(&findings, "exchange", "warning", "maintenance");
    bourse.order(&json!({ "do": "maintenance", "on": false }));
    bourse.order(&json!({ "do": "time", "forward": "1 h" }));
    let (code, findings) = examine(&house);
    found(&findings, "clock", "bad", "behind the exchange's");
    assert_eq!(code, 1);
    drop(bourse);
    let (code, findings) = examine(&house);
    found(&findings, "exchange", "bad", "hosting providers");
    assert_eq!(code, 69);
}

#[test]
fn what_the_account_lacks_and_what_competes_is_found() {
    let mut bourse = Bourse::open(&[Lender { dollars: "", ..MAIN }]);
    let house = sound(&bourse, &[MAIN]);
    let (code, findings) = examine(&house);
    found(&findings, "USD of main", "warning", "deposit what you want to lend");
    assert_eq!(code, 1);
    bourse.order(
        &json!({ "do": "deposit", "account": "main", "wallet": "exchange", "currency": "USD", "amount": "700" }),
    );
    let (_, findings) = examine(&house);
    found(&findings, "USD of main", "warning", "700 USD lie in the Exchange wallet");
    bourse.deposit("main", "100");
    let (_, findings) = examine(&house);
    found(&findings, "USD of main", "warning", "no offer under 150");
    bourse.deposit("main", "900");
    let hand = bourse.hand_offer("main", "200");
    let (code, findings) = examine(&house);
    found(&findings, "USD of main", "warning", &format!("yieldsforge adopt main {hand}"));
    assert_eq!(code, 1);
    bourse.order(&json!({ "do": "auto_renew", "account": "main", "currency": "USD", "on": true }));
    let (code, findings) = examine(&house);
    found(&findings, "USD of main", "bad", "auto-renew is on");
    assert_eq!(code, 1);
    bourse.permit("main", &[("withdraw", "w")]);
    let (code, findings) = examine(&house);
    found(&findings, "key of main", "bad", "withdraw");
    assert_eq!(code, 77);
    house.account(&Lender { name: "twin", ..MAIN }, "");
    house.key(&Lender { name: "twin", ..MAIN }, MAIN.secret);
    found(&examine(&house).1, "key of twin", "bad", "same API key");
}

#[test]
fn a_running_daemon_tells_of_too_little_money() {
    let mut bourse = Bourse::open(&[Lender { dollars: "100", ..MAIN }]);
    let house = sound(&bourse, &[MAIN]);
    settle(&house);
    let daemon = house.serve();
    until(30, || "it to be idle".to_owned(), || daemon.idle("main", "below_minimum").is_positive().then_some(()));
    let (code, findings) = examine(&house);
    found(&findings, "USD of main", "warning", "least offer");
    assert_eq!(code, 1);
    bourse.deposit("main", "400");
    let offered = || daemon.dollars("main")["offers"].as_array().is_some_and(|offers| !offers.is_empty()).then_some(());
    until(30, || "the daemon to know of its offer".to_owned(), offered);
    found(&examine(&house).1, "USD of main", "good", "500");
}

#[test]
fn a_running_daemon_is_asked_instead_of_the_exchange() {
    let mut bourse = Bourse::open(&[MAIN]);
    bourse.hand_offer("main", "200");
    let house = sound(&bourse, &[MAIN]);
    settle(&house);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "800");
    let (code, findings) = examine(&house);
    found(&findings, "daemon", "good", "it was asked");
    found(&findings, "key of main", "good", "");
    found(&findings, "USD of main", "warning", "not placed by yieldsforge");
    assert_eq!(code, 1);
    bourse.deposit("main", "0.5");
    until(30, || "the rest to be idle".to_owned(), || daemon.idle("main", "below_minimum").is_positive().then_some(()));
    let (_, findings) = examine(&house);
    assert!(findings.iter().all(|finding| !finding.to_string().contains("least offer")), "a rest is ordinary");
    bourse.permit("main", &[("withdraw", "w")]);
    bourse.disconnect();
    daemon.unready("account main key", "withdraw");
    let (code, findings) = examine(&house);
    found(&findings, "daemon", "warning", "not ready");
    found(&findings, "key of main", "bad", "withdraw");
    assert_eq!(code, 77);
}
