//! The key gate while the daemon runs.

use serde_json::json;

use super::bourse::{Bourse, Lender, MAIN};
use super::daemon::House;
use super::wait::until;

const SECOND: Lender =
    Lender { name: "second", key: "key-of-the-second-account", secret: "secret-of-the-second-account", dollars: "700" };

#[test]
fn a_key_that_gains_a_permission_is_given_up_and_the_others_go_on() {
    let mut bourse = Bourse::open(&[MAIN, SECOND]);
    let hand = bourse.hand_offer("main", "200");
    let house = House::build(&bourse, &[MAIN, SECOND]);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "800");
    bourse.waits_for_offers("second", "700");

    bourse.permit("main", &[("withdraw", "w")]);
    bourse.disconnect();
    let line = daemon.unready("account main key", "withdraw");
    until(30, || format!("own offers to go: {line}"), || bourse.books("main").offers().is_empty().then_some(()));
    bourse.deposit("main", "500");
    bourse.deposit("second", "500");
    bourse.waits_for_offers("second", "1200");
    let books = bourse.books("main");
    assert_eq!((books.writes("submit").len(), books.writes("cancel").len()), (1, 1), "its only writes: own offers go");
    assert_eq!(books.hand_offers().len(), 1);
    assert_eq!(books.hand_offers()[0].0, hand);
    let errors = daemon.logged("gate").into_iter().filter(|line| line["level"] == "ERROR");
    assert_eq!(errors.count(), 1, "one line says it");
    assert_eq!(daemon.metric("yieldsforge_gate{account=\"main\",verdict=\"refused\"}"), Some(1.0));

    // Good again, it resumes.
    bourse.permit("main", &[]);
    bourse.disconnect();
    bourse.waits_for_offers("main", "1300");
    daemon.ready();
    bourse.books("main").check();
    bourse.books("second").check();
}

#[test]
fn a_key_that_may_withdraw_at_the_start_never_writes() {
    let mut bourse = Bourse::open(&[MAIN, SECOND]);
    bourse.permit("main", &[("ui_withdraw", "r")]);
    let house = House::build(&bourse, &[MAIN, SECOND]);
    let daemon = house.start();
    daemon.unready("account main key", "ui_withdraw");
    bourse.waits_for_offers("second", "700");
    let books = bourse.books("main");
    assert!(books.writes("submit").is_empty() && books.writes("cancel").is_empty(), "{}", books.0);
    assert_eq!(daemon.status()["accounts"]["main"]["gate"], json!("refused"));
}

#[test]
fn a_program_that_shares_the_key_is_named() {
    let mut bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[MAIN]);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    // Somebody else's nonce was higher: what we ask next is refused for ours.
    let named = || {
        let events = ["auth_failed", "reading_failed", "gate_unreachable"];
        events
            .into_iter()
            .flat_map(|event| daemon.logged(event))
            .any(|line| line["message"].as_str().unwrap().contains("another program seems to use the key"))
    };
    bourse.fault("nonce_small");
    bourse.disconnect();
    until(60, || "the other program to be named".to_owned(), || named().then_some(()));
    bourse.deposit("main", "500");
    bourse.waits_for_offers("main", "1500");
    daemon.ready();
}
