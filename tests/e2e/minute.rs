//! What takes a minute by the exchange's own rules: its block after too many calls, a socket that falls silent, a key that
//! is no longer known. All of it is waiting, so the three wait together.

use yieldsforge::domain::Amount;

use super::bourse::{Bourse, MAIN};
use super::daemon::House;
use super::wait::until;

#[test]
fn a_block_a_silence_and_a_revoked_key() {
    std::thread::scope(|scope| {
        let all = [a_block_is_sat_out, sockets_that_fall_silent_are_replaced, a_revoked_key_stops_its_account];
        let running = all.map(|one| scope.spawn(one));
        let ended = running.map(std::thread::ScopedJoinHandle::join);
        assert!(ended.iter().all(Result::is_ok), "see above");
    });
}

/// After a 429 nothing is asked until the block is over; then it goes on by itself.
fn a_block_is_sat_out() {
    let mut bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[MAIN]);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    bourse.fault("rate_limit");
    bourse.deposit("main", "500");
    until(
        30,
        || "the money to be idle for the block".to_owned(),
        || (daemon.idle("main", "rate_limited") >= Amount::whole(499)).then_some(()),
    );
    let before = bourse.books("main");
    assert_eq!(before.count("calls_while_blocked"), 0);
    until(
        100,
        || "the money to be offered after the block".to_owned(),
        || {
            let books = bourse.books("main");
            assert_eq!(books.count("calls_while_blocked"), 0, "a call during the block prolongs it");
            (books.writes("submit").len() > before.writes("submit").len()).then_some(())
        },
    );
    let books = bourse.books("main");
    books.check();
    assert!(books.dollars("offered") > Amount::whole(1_499));
    assert_eq!(
        daemon.metric("yieldsforge_exchange_requests_total{endpoint=\"submit\",outcome=\"rate_limited\"}"),
        Some(1.0)
    );
}

/// Both sockets stay open and say nothing more, not even pongs. What happened meanwhile is found out.
fn sockets_that_fall_silent_are_replaced() {
    let mut bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[MAIN]);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    let before = bourse.books("main").count("sockets_opened");
    // A silent socket says nothing, so the second of them strikes the other one.
    bourse.fault("stall");
    bourse.fault("stall");
    bourse.borrow("400");
    for labels in ["stream=\"market\",account=\"\"", "stream=\"account\",account=\"main\""] {
        let series = format!("yieldsforge_stream_reconnects_total{{{labels}}}");
        until(80, || format!("{series} to rise"), || (daemon.metric(&series) > Some(0.0)).then_some(()));
    }
    // It was not to be relied on, and is again.
    let told = || daemon.logged("stream").iter().map(|line| line["message"].to_string()).collect::<Vec<_>>();
    for stream in ["market", "account"] {
        let what = || format!("the {stream} stream to be down and up again: {:?}", told());
        until(60, what, || {
            let lines = told();
            let at = |state| lines.iter().rposition(|line| line.contains(&format!("the {stream} stream is {state}")));
            (at("down").is_some() && at("down") < at("up")).then_some(())
        });
    }
    daemon.ready_within(60);
    assert!(bourse.books("main").count("sockets_opened") >= before + 2);
    until(
        30,
        || "the fill that nobody told to be found".to_owned(),
        || (daemon.metric("yieldsforge_fills_total{account=\"main\",currency=\"USD\"}") == Some(1.0)).then_some(()),
    );
    let books = bourse.books("main");
    books.check();
    assert_eq!((books.writes("submit").len(), books.writes("cancel").len()), (1, 0), "the rest of the offer stays");
}

/// The account stops, the process lives.
fn a_revoked_key_stops_its_account() {
    let mut bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[MAIN]);
    let mut daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    bourse.order(&serde_json::json!({ "do": "revoke", "account": "main" }));
    bourse.disconnect();
    daemon.unready("account main key", "failed");
    bourse.deposit("main", "500");
    daemon.unready_within(120, "account main key", "does not know the key any more");
    assert_eq!(daemon.status()["accounts"]["main"]["gate"], "revoked");
    let books = bourse.books("main");
    assert_eq!((books.writes("submit").len(), books.writes("cancel").len()), (1, 0));
    assert!(daemon.process.lives());
}
