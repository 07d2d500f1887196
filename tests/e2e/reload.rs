//! SIGHUP: taken as a whole, or refused as a whole.

use yieldsforge::domain::Amount;

use super::bourse::{Bourse, Lender, MAIN};
use super::daemon::{House, PROFILE};
use super::wait::until;

#[test]
fn a_broken_profile_is_refused_and_the_old_policy_stays_in_force() {
    let mut bourse = Bourse::open(&[Lender { dollars: "1200", ..MAIN }]);
    let house = House::build(&bourse, &[MAIN]);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1200");
    let placed = bourse.books("main").offers();
    let generation = daemon.status()["generation"].clone();

    house.write("profiles/plain.toml", &PROFILE.replace("0.01 %/day", "0.01"));
    daemon.reload();
    daemon.unready("configuration", "profiles/plain.toml:2:9");
    assert_eq!(daemon.metric("yieldsforge_config_last_reload_successful"), Some(0.0));
    assert_eq!(daemon.status()["generation"], generation);
    bourse.deposit("main", "300");
    bourse.waits_for_offers("main", "1500");
    assert!(bourse.books("main").offers().contains(&placed[0]), "by the policy that was in force before");

    house.write("profiles/plain.toml", &PROFILE.replace("0.01 %/day", "0.02 %/day"));
    daemon.reload();
    daemon.ready();
    until(
        30,
        || "the new policy".to_owned(),
        || (daemon.status()["generation"] == generation.as_u64().unwrap() + 1).then_some(()),
    );
    assert_eq!(daemon.metric("yieldsforge_config_last_reload_successful"), Some(1.0));
    let books = bourse.books("main");
    books.check();
    assert_eq!((books.writes("submit").len(), books.writes("cancel").len()), (2, 0), "places in the queue survive");
}

#[test]
fn what_only_a_restart_can_change_is_named() {
    let mut bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[MAIN]);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    let main = std::fs::read_to_string(house.path("yieldsforge.toml")).unwrap();
    house.write("yieldsforge.toml", &main.replace("mode = \"live\"", "mode = \"paper\""));
    daemon.reload();
    daemon.unready("configuration", "mode");
    house.write("yieldsforge.toml", &main);
    daemon.reload();
    daemon.ready();
    assert_eq!(bourse.books("main").writes("cancel").len(), 0);
}

#[test]
fn a_disabled_account_cancels_its_own_offers_and_no_others() {
    let mut bourse = Bourse::open(&[Lender { dollars: "1200", ..MAIN }]);
    let hand = bourse.hand_offer("main", "200");
    let house = House::build(&bourse, &[MAIN]);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    bourse.borrow("400");
    house.account(&MAIN, "enabled = false");
    daemon.reload();
    until(30, || "own offers to go".to_owned(), || bourse.books("main").offers().is_empty().then_some(()));
    daemon.unready("accounts", "no account is enabled");
    let books = bourse.books("main");
    assert_eq!(books.hand_offers(), [(hand, Amount::whole(200))]);
    assert_eq!(books.dollars("lent"), Amount::whole(400), "loans run out by themselves");
    until(
        30,
        || "the money to be idle for it".to_owned(),
        || (daemon.idle("main", "disabled") > Amount::whole(599)).then_some(()),
    );
    books.check();

    house.account(&MAIN, "");
    daemon.reload();
    bourse.waits_for_offers("main", "600");
    daemon.ready();
    bourse.books("main").check();
}

#[test]
fn an_account_whose_file_is_gone_leaves() {
    let mut bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[MAIN]);
    let mut daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    std::fs::remove_file(house.path("accounts/main.toml")).unwrap();
    daemon.reload();
    until(30, || "own offers to go".to_owned(), || bourse.books("main").offers().is_empty().then_some(()));
    assert!(daemon.process.lives());
    let books = bourse.books("main");
    books.check();
    assert_eq!(books.writes("submit").len(), 1);
}

#[test]
fn a_storm_of_reloads_over_half_written_files_leaves_every_place_in_the_queue() {
    let mut bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[MAIN]);
    let mut daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    let placed = bourse.books("main").offers();
    let whole = PROFILE.replace("0.01 %/day", "0.012 %/day");
    for round in 0..40 {
        match round % 4 {
            // Cut in the middle, as an editor leaves it while it writes; gone; good; good and changed.
            0 => house.write("profiles/plain.toml", &whole[..whole.len() / 2]),
            1 => std::fs::remove_file(house.path("profiles/plain.toml")).unwrap(),
            2 => house.write("profiles/plain.toml", PROFILE),
            _ => house.write("profiles/plain.toml", &whole),
        }
        daemon.reload();
    }
    daemon.reload();
    until(
        30,
        || format!("the last word to hold: {:?}", daemon.logged("reload_refused").last()),
        || (daemon.metric("yieldsforge_config_last_reload_successful") == Some(1.0)).then_some(()),
    );
    daemon.ready();
    assert!(daemon.process.lives());
    bourse.deposit("main", "500");
    bourse.waits_for_offers("main", "1500");
    let books = bourse.books("main");
    books.check();
    assert!(books.offers().contains(&placed[0]), "it was never touched");
    assert_eq!(books.writes("cancel").len(), 0);
}
