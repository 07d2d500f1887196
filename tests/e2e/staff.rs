//! Accounts, keys and currencies that come and go while the daemon runs.

use serde_json::json;

use super::bourse::{Bourse, Lender, MAIN};
use super::daemon::House;
use super::wait::until;

const SECOND: Lender =
    Lender { name: "second", key: "key-of-the-second-account", secret: "secret-of-the-second-account", dollars: "700" };

#[test]
fn an_account_comes_and_leaves_and_comes_again() {
    let mut bourse = Bourse::open(&[MAIN, SECOND]);
    let house = House::build(&bourse, &[MAIN]);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    let placed = bourse.books("main").offers();

    house.account(&SECOND, "");
    house.key(&SECOND, SECOND.secret);
    daemon.reload();
    bourse.waits_for_offers("second", "700");
    daemon.ready();
    assert_eq!(daemon.metric("yieldsforge_gate{account=\"second\",verdict=\"good\"}"), Some(1.0));

    std::fs::remove_file(house.path("accounts/second.toml")).unwrap();
    daemon.reload();
    until(30, || "the account to leave".to_owned(), || daemon.logged("account_left").pop());
    assert!(bourse.books("second").offers().is_empty());
    daemon.ready();
    until(
        30,
        || "it to be shown no more".to_owned(),
        || daemon.status()["accounts"].get("second").is_none().then_some(()),
    );
    // Whoever comes after it is not served with its key.
    let (before, calls) = (bourse.books("second").count("last_nonce"), bourse.books("main").count("last_nonce"));
    bourse.deposit("main", "500");
    bourse.waits_for_offers("main", "1500");
    assert!(bourse.books("main").count("last_nonce") > calls);
    assert_eq!(bourse.books("second").count("last_nonce"), before, "nobody signs with the key any more");

    house.account(&SECOND, "");
    daemon.reload();
    bourse.waits_for_offers("second", "700");
    daemon.ready();
    assert!(bourse.books("main").offers().contains(&placed[0]), "nobody else lost his place");
    bourse.books("main").check();
    bourse.books("second").check();
}

#[test]
fn an_account_whose_key_file_is_gone_leaves_and_the_others_go_on() {
    let mut bourse = Bourse::open(&[MAIN, SECOND]);
    let house = House::build(&bourse, &[MAIN, SECOND]);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    bourse.waits_for_offers("second", "700");

    std::fs::remove_file(house.path("keys/main.age")).unwrap();
    daemon.reload();
    until(30, || "the account to leave".to_owned(), || daemon.logged("account_left").pop());
    daemon.unready("account main key", "keys/main.age");
    assert!(bourse.books("main").offers().is_empty());
    bourse.deposit("main", "500");
    bourse.deposit("second", "500");
    bourse.waits_for_offers("second", "1200");
    assert!(bourse.books("main").offers().is_empty(), "an account without a key lends nothing");

    // A file that is no key is as good as none.
    house.write("keys/main.age", "age-encryption.org/v1\nnonsense");
    daemon.reload();
    daemon.unready("account main key", "keys/main.age");
    house.key(&MAIN, MAIN.secret);
    daemon.reload();
    bourse.waits_for_offers("main", "1500");
    daemon.ready();
    bourse.books("main").check();
    bourse.books("second").check();
}

#[test]
fn a_key_that_is_replaced_is_used_from_then_on() {
    let mut bourse = Bourse::open(&[MAIN, SECOND]);
    let house = House::build(&bourse, &[MAIN]);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    // The other key belongs to other money: what is lent from then on shows whose key it is.
    house.key(&Lender { name: "main", ..SECOND }, SECOND.secret);
    daemon.reload();
    bourse.waits_for_offers("second", "700");
    daemon.ready();
    assert_eq!(daemon.logged("key_replaced").len(), 1);
    let (old, new) = (bourse.books("main").count("last_nonce"), bourse.books("second").count("last_nonce"));
    bourse.deposit("second", "300");
    bourse.waits_for_offers("second", "1000");
    assert!(bourse.books("second").count("last_nonce") > new);
    assert_eq!(bourse.books("main").count("last_nonce"), old, "the old key signs nothing any more");
    bourse.books("second").check();
}

#[test]
fn one_key_in_two_accounts_is_refused_at_a_reload_too() {
    let mut bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[MAIN]);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    house.account(&SECOND, "");
    house.key(&Lender { name: "second", ..MAIN }, MAIN.secret);
    daemon.reload();
    daemon.unready("configuration", "accounts main and second have the same API key");
    assert!(daemon.status()["accounts"].get("second").is_none());
    std::fs::remove_file(house.path("accounts/second.toml")).unwrap();
    daemon.reload();
    daemon.ready();
    assert_eq!(bourse.books("main").writes("cancel").len(), 0);
}

#[test]
fn a_currency_that_is_new_is_listened_to_and_lent() {
    let mut bourse = Bourse::open(&[MAIN]);
    bourse.order(&json!({ "do": "deposit", "account": "main", "currency": "UST", "amount": "800" }));
    let house = House::build(&bourse, &[MAIN]);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    let placed = bourse.books("main").offers();
    let path = house.path("accounts/main.toml");
    let text = std::fs::read_to_string(&path).unwrap() + "\n[[lend]]\ncurrency = \"USDT\"\nprofile = \"plain\"\n";
    house.write("accounts/main.toml", &text);
    daemon.reload();
    bourse.waits_for_offers("main", "1800");
    daemon.ready();
    assert!(bourse.books("main").offers().contains(&placed[0]));
    let told = daemon.logged("reloaded").pop().unwrap()["message"].as_str().unwrap().to_owned();
    assert!(told.contains("accounts/main.toml: lend 2: currency \"USDT\" (new)"), "{told}");
}

#[test]
fn the_log_and_the_tick_change_without_a_restart() {
    let mut bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[MAIN]);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    let main = std::fs::read_to_string(house.path("yieldsforge.toml")).unwrap();
    house.write("yieldsforge.toml", &main.replace("tick = \"1s\"", "tick = \"2s\"").replace("\"json\"", "\"text\""));
    daemon.reload();
    let told = until(
        30,
        || "the reload in the new form".to_owned(),
        || daemon.process.err.lines().into_iter().find(|line| line.contains("reloaded") && !line.starts_with('{')),
    );
    assert!(told.contains("engine.tick \"1s\" -> \"2s\""), "{told}");
    daemon.ready();
}
