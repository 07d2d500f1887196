//! How it ends: gracefully, or not at all begun, each with its exit code.

use yieldsforge::domain::Amount;

use super::bourse::{Bourse, Lender, MAIN};
use super::child::Process;
use super::daemon::House;

#[test]
fn term_leaves_or_cancels_as_configured() {
    let mut bourse = Bourse::open(&[Lender { dollars: "1200", ..MAIN }]);
    let hand = bourse.hand_offer("main", "200");
    let house = House::build(&bourse, &[MAIN]);
    let mut daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    daemon.process.signal("TERM");
    assert_eq!(daemon.process.ended().code(), Some(0));
    let left = bourse.books("main").offers();
    assert_eq!(left.len(), 1, "left in the book");

    house.main_file("[shutdown]\noffers = \"cancel\"\n");
    let mut daemon = house.serve();
    assert_eq!(bourse.books("main").offers(), left, "known again, and not placed anew");
    daemon.process.signal("TERM");
    assert_eq!(daemon.process.ended().code(), Some(0));
    let books = bourse.books("main");
    assert!(books.offers().is_empty());
    assert_eq!(books.hand_offers(), [(hand, Amount::whole(200))]);
    assert_eq!(books.writes("submit").len(), 1);
    books.check();
}

#[test]
fn a_write_under_way_is_waited_for_and_nothing_new_leaves() {
    let mut bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[MAIN]);
    let mut daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    // The exchange takes the next offer and never answers.
    bourse.fault("hang_after_accept");
    bourse.deposit("main", "300");
    bourse.waits_for_offers("main", "1300");
    daemon.process.signal("TERM");
    bourse.deposit("main", "500");
    assert_eq!(daemon.process.ended().code(), Some(0));
    let books = bourse.books("main");
    assert_eq!(books.writes("submit").len(), 2, "what came after the stop lies idle");
    // The next start knows both, and nothing is unknown.
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1800");
    assert_eq!(daemon.metric("yieldsforge_unknown_writes{account=\"main\",currency=\"USD\"}"), Some(0.0));
    bourse.books("main").check();
}

#[test]
fn a_second_daemon_keeps_off_the_state_directory() {
    let mut bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[MAIN]);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    let mut second = house.launch();
    assert_eq!(second.ended().code(), Some(75), "{:?}", second.err.lines());
    daemon.ready();
    assert_eq!(bourse.books("main").writes("submit").len(), 1);
}

#[test]
fn what_is_wrong_at_the_start_has_its_exit_code() {
    let bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[MAIN]);
    let ends = |code: i32, said: &[&str]| {
        let mut daemon = house.launch();
        assert_eq!(daemon.ended().code(), Some(code));
        let log = daemon.err.lines().join("\n");
        assert!(said.iter().all(|said| log.contains(said)), "{said:?}: {log}");
    };
    house.write("profiles/plain.toml", "[limits]\nflor = \"1 %/year\"\n");
    ends(78, &["profiles/plain.toml:2:1", "did you mean `floor`?"]);
    house.write("profiles/plain.toml", super::daemon::PROFILE);
    std::fs::remove_file(house.path("keys/main.age")).unwrap();
    ends(77, &["main", "keys/main.age"]);
    house.key(&MAIN, MAIN.secret);
    std::fs::remove_file(house.path("identity.txt")).unwrap();
    ends(77, &["identity.txt"]);
    let mut usage = Process::start("usage", &["run", "--confg", "x"]);
    assert_eq!(usage.ended().code(), Some(64));
}
