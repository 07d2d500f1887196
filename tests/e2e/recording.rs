//! What is recorded beside lending and alone, and what the report says.

use std::fs;

use super::bourse::{Bourse, Lender, MAIN};
use super::commands::run;
use super::daemon::House;
use super::wait::until;

#[test]
fn the_daemon_records_the_market_and_the_lives_of_its_offers() {
    let mut bourse = Bourse::open(&[Lender { dollars: "1000", ..MAIN }]);
    let house = House::build(&bourse, &[MAIN]);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    bourse.borrow("400");
    let rows = |kind: &str, least: f64| {
        let series = format!("yieldsforge_recorder_rows_total{{kind=\"{kind}\"}}");
        until(30, || format!("{series} to reach {least}"), || daemon.metric(&series).filter(|rows| *rows >= least));
    };
    for (kind, least) in [("offer", 2.0), ("trade", 1.0), ("book", 1.0), ("ticker", 1.0)] {
        rows(kind, least);
    }
    assert!(daemon.metric("yieldsforge_recorder_size_bytes") > Some(0.0));
    assert!(daemon.metric("yieldsforge_recorder_oldest_timestamp_seconds") > Some(1e9));
    // Beside the daemon: what it keeps can be read, and nobody else records there.
    let offers = run(&house, &["export", "--what", "offers", "--currency", "USD"], "").ended(0, "");
    let lives: Vec<Vec<&str>> = offers.out.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(lives[0].join(","), "mts,account,offer,event,amount,rest,rate,period,type,slice,ahead");
    let (created, filled) = (&lives[1], &lives[2]);
    assert_eq!((created[1], created[3], created[7], created[8], created[9]), ("main", "created", "2", "LIMIT", "all"));
    assert_eq!((created[6], created[10]), ("0.00025", "0"), "the cheapest of all");
    assert_eq!((filled[2], filled[3], filled[4]), (created[2], "filled", "400"));
    assert!(filled[5].starts_with("599.99") || filled[5].starts_with("600"), "{filled:?}");
    let trades = run(&house, &["export", "--what", "trades", "--currency", "USDT"], "").ended(0, "");
    assert_eq!(trades.out, "id,mts,amount,rate,period\n", "tether is not lent");
    run(&house, &["record", "--for", "1s"], "").ended(75, "another yieldsforge");
    run(&house, &["report"], "").ended(0, "no interest was credited");
    run(&house, &["report", "mian"], "").ended(64, "no account mian");
    // Switched off and on again by reloads.
    house.main_file("[recorder]\nenabled = false\n");
    daemon.reload();
    until(30, || "the recording to end".to_owned(), || (!daemon.logged("recorder_off").is_empty()).then_some(()));
    run(&house, &["record", "--for", "1s"], "").ended(0, "trades");
    house.main_file("");
    daemon.reload();
    let size = || daemon.metric("yieldsforge_recorder_size_bytes").filter(|bytes| *bytes > 0.0);
    until(30, || "the recording to begin again".to_owned(), size);
}

#[test]
fn without_key_or_account_the_market_is_recorded_until_a_signal_or_the_end_of_its_time() {
    let mut bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[]);
    let folder = house.path("").to_str().unwrap().to_owned();
    let mut recorder =
        super::child::Process::start("record", &["record", "--config", &folder, "--currency", "USD,UST"]);
    assert!(recorder.out.line(0).starts_with("recording USD, UST into "), "{}", recorder.out.line(0));
    let plain = recorder.out.line(1);
    assert!(plain.contains(" books, ") && !plain.contains('\u{1b}'), "{plain}");
    bourse.order(
        &serde_json::json!({ "do": "borrow", "currency": "USD", "amount": "5000", "limit": "1 %/day", "period": 2 }),
    );
    // A line every ten seconds.
    until(
        40,
        || "the borrower's trade".to_owned(),
        || recorder.out.lines().iter().any(|line| line.starts_with("3 trades,")).then_some(()),
    );
    recorder.signal("INT");
    assert!(recorder.ended().success());
    let data = house.path("data");
    run(&house, &["export", "--to-dir", data.to_str().unwrap()], "").ended(0, "fUSD-book-P0-100_");
    let trades =
        fs::read_dir(data.join("trades")).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    assert!(trades.into_iter().any(|text| text.contains(",-5000,0.0003,2\n")), "taken at the best offer");
    run(&house, &["export"], "").ended(64, "--to-dir");
    run(&house, &["record", "--for", "1s", "--currency", "usd"], "").ended(64, "no currency");
    run(&house, &["record", "--for", "2s"], "").ended(0, "0 gaps");
}
