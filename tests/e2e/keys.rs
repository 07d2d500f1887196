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
