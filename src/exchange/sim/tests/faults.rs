//! Every fault, and what stays true under each.

use serde_json::json;

use super::super::faults::Fault;
use super::socket::{assert_sequence, public_numbers};
use super::*;
use crate::domain::MINUTE;

const OFFER: &str = r#"{"type":"LIMIT","symbol":"fUSD","amount":"150","rate":"0.0005","period":2,"flags":0}"#;
const SUBMIT: &str = "auth/w/funding/offer/submit";

fn arm(desk: &mut Desk, fault: Fault) {
    desk.command(Command::Fault(fault));
}

/// A connection with sequence numbers, a book, and the account.
fn listening(moves: Vec<(i64, Vec<Move>)>) -> (Desk, ConnId) {
    let mut desk = Desk::new(moves);
    let conn = desk.open();
    desk.say(conn, r#"{"event":"conf","flags":65536}"#);
    desk.say(conn, r#"{"event":"subscribe","channel":"book","symbol":"fUSD"}"#);
    desk.auth(conn);
    (desk, conn)
}

#[test]
fn an_executed_write_may_lose_its_answer() {
    for (fault, fate, status) in [
        (Fault::FaultAfterAccept, Fate::Send(Millis::new(0)), 502),
        (Fault::HangAfterAccept, Fate::Hang, 200),
        (Fault::CutAfterAccept, Fate::Cut, 200),
    ] {
        let mut desk = Desk::new(Vec::new());
        arm(&mut desk, fault);
        assert_eq!(desk.signed("auth/r/wallets", "{}", SECRET).status, 200, "reads are no occasion");
        let reply = desk.signed(SUBMIT, OFFER, SECRET);
        assert_eq!((reply.fate, reply.status), (fate, status), "{fault:?}");
        assert_eq!(desk.account().offers().count(), 1, "{fault:?} executes");
        desk.submit("150", "0.0005", 2);
        desk.assert_conserved();
    }
}

#[test]
fn what_is_stopped_on_the_way_in_is_not_executed() {
    for (fault, status, text) in [
        (Fault::ServerFault, None, "<html>"),
        (Fault::RateLimit, Some(429), "RAT"),
        (Fault::NonceSmall, Some(500), "nonce: small"),
        (Fault::Maintenance, None, "maintenance"),
        (Fault::KeyRevoked, Some(500), "apikey: invalid"),
    ] {
        let mut desk = Desk::new(Vec::new());
        arm(&mut desk, fault);
        let reply = desk.signed(SUBMIT, OFFER, SECRET);
        assert!(status.is_none_or(|status| status == reply.status), "{fault:?} {reply:?}");
        assert!(reply.status >= 400, "{fault:?}");
        assert!(reply.body.to_uppercase().contains(&text.to_uppercase()), "{fault:?} {}", reply.body);
        assert_eq!(desk.account().offers().count(), 0, "{fault:?}");
    }
}

#[test]
fn maintenance_is_told_and_ends() {
    let (mut desk, conn) = listening(Vec::new());
    desk.take_frames();
    arm(&mut desk, Fault::Maintenance);
    assert_eq!(desk.get("platform/status"), json!([0]));
    assert_eq!(desk.take_frames()[0]["code"], 20060);
    desk.say(conn, &format!("[0,\"fon\",null,{OFFER}]"));
    assert_eq!(desk.take_frames()[0][2][6], "ERROR");
    desk.pass(MINUTE.times(3));
    assert!(desk.take_frames().iter().any(|frame| frame["code"] == 20061));
    assert_eq!(desk.get("platform/status"), json!([1]));
    desk.command(Command::Maintenance(true));
    let late = desk.open();
    assert_eq!(desk.take_frames().last().unwrap()["platform"]["status"], 0);
    desk.auth(late);
    assert_eq!(desk.take_frames()[0]["code"], 11000);
    desk.pass(HOUR);
    assert_eq!(desk.get("platform/status"), json!([0]), "the operator's maintenance ends when he says so");
    desk.command(Command::Maintenance(false));
    assert_eq!(desk.get("platform/status"), json!([1]));
}

#[test]
fn permissions_change_under_a_running_key() {
    let mut changed = 0;
    for _ in 0..4 {
        let mut desk = Desk::new(Vec::new());
        arm(&mut desk, Fault::PermissionChanged);
        let rows = desk.post("auth/r/permissions", "{}");
        let write = |scope: &str| {
            let row = rows.as_array().unwrap().iter().find(|row| row[0] == scope).unwrap();
            row[2] == 1 || row[2] == "1"
        };
        changed += usize::from(write("withdraw") || !write("funding"));
    }
    assert_eq!(changed, 4);
}

#[test]
fn lost_frames_and_gaps_show_in_the_numbers_and_nothing_else_does() {
    for (fault, gaps) in
        [(Fault::Drop, 1), (Fault::SequenceGap, 1), (Fault::Duplicate, 0), (Fault::Reorder, 0), (Fault::Delay, 0)]
    {
        let moves =
            (1..8).map(|n| (i64::from(n) * 10, vec![Move::Levels(vec![offer("0.0002", 2, 300 + n)])])).collect();
        let (mut desk, _) = listening(moves);
        desk.pass(SECOND.times(25));
        arm(&mut desk, fault);
        desk.pass(SECOND.times(60));
        let seen = public_numbers(&desk.take_frames());
        let breaks = seen.windows(2).filter(|pair| pair[1] != pair[0] + 1).count();
        assert_eq!(breaks, gaps, "{fault:?} {seen:?}");
    }
}

#[test]
fn under_a_storm_of_harmless_faults_the_numbers_stay_whole() {
    let moves = (1..50).map(|n| (i64::from(n) * 10, vec![Move::Levels(vec![offer("0.0002", 2, 300 + n)])])).collect();
    let (mut desk, conn) = listening(moves);
    let chances = [Fault::Duplicate, Fault::Reorder, Fault::Delay].map(|fault| (fault, 200_000)).to_vec();
    desk.command(Command::Faults(FaultDeck { chances }));
    desk.say(conn, r#"{"event":"subscribe","channel":"trades","symbol":"fUSD"}"#);
    for _ in 0..50 {
        desk.pass(SECOND.times(10));
        desk.exchange
            .command(
                desk.now,
                Command::Borrow { currency: Currency::USD, amount: usd(9), limit: rate("0.1"), period: 2 },
            )
            .unwrap();
        desk.collect();
    }
    assert!(assert_sequence(&desk.take_frames()) > 100);
}

#[test]
fn a_dropped_frame_is_missing_and_a_duplicate_is_there_twice() {
    let moves = vec![(10, vec![Move::Levels(vec![offer("0.0002", 2, 300)])])];
    for (fault, copies) in [(Fault::Drop, 0), (Fault::Duplicate, 2)] {
        let (mut desk, _) = listening(moves.clone());
        desk.take_frames();
        arm(&mut desk, fault);
        desk.pass(SECOND.times(11));
        let rows = desk.take_frames().iter().filter(|frame| frame[1] == json!([0.0002, 2, 1, 300])).count();
        assert_eq!(rows, copies, "{fault:?}");
    }
}

#[test]
fn reordered_events_change_places() {
    let (mut desk, _) = listening(Vec::new());
    desk.take_frames();
    arm(&mut desk, Fault::Reorder);
    desk.submit("150", "0.0005", 2);
    let own: Vec<String> = desk.kinds();
    assert_eq!(own[..2], ["fon", "n"]);
}

#[test]
fn a_stalled_connection_is_silent_and_a_closed_one_is_told() {
    let (mut desk, conn) = listening(Vec::new());
    arm(&mut desk, Fault::Stall);
    desk.pass(MINUTE);
    desk.take_frames();
    desk.say(conn, r#"{"event":"ping"}"#);
    desk.pass(MINUTE);
    assert_eq!((desk.take_frames().len(), desk.closes.len()), (0, 0));
    let (mut desk, conn) = listening(Vec::new());
    arm(&mut desk, Fault::Disconnect);
    desk.pass(MINUTE);
    assert_eq!(desk.closes, [conn]);
    let other = desk.open();
    desk.command(Command::Disconnect);
    assert_eq!(desk.closes, [conn, other]);
}

#[test]
fn late_frames_and_replies_keep_their_order() {
    let moves = (1..20).map(|n| (i64::from(n), vec![Move::Levels(vec![offer("0.0002", 2, 300 + n)])])).collect();
    let (mut desk, _) = listening(moves);
    desk.command(Command::Faults(FaultDeck { chances: vec![(Fault::Delay, 300_000)] }));
    let (mut last, mut late) = (0, 0);
    for _ in 0..25 {
        desk.now = Moment { market: desk.now.market.plus(SECOND), wire: desk.now.wire.plus(SECOND) };
        desk.exchange.advance(desk.now);
        for out in desk.exchange.outgoing() {
            let arrives = desk.now.wire.plus(out.after).millis();
            assert!(arrives >= last);
            last = arrives;
            late += usize::from(out.after > Millis::new(0));
        }
    }
    assert!(late > 0);
    arm(&mut desk, Fault::Delay);
    let reply = desk.signed("auth/r/wallets", "{}", SECRET);
    assert!(matches!(reply.fate, Fate::Send(delay) if delay > Millis::new(0)));
}

#[test]
fn garbage_is_no_json() {
    let (mut desk, _) = listening(vec![(10, vec![Move::Levels(vec![offer("0.0002", 2, 300)])])]);
    arm(&mut desk, Fault::Garbage);
    let reply = desk.signed("auth/r/wallets", "{}", SECRET);
    assert!(serde_json::from_str::<Value>(&reply.body).is_err());
    desk.frames.clear();
    arm(&mut desk, Fault::Garbage);
    desk.pass(SECOND.times(11));
    assert!(desk.frames.iter().any(|(_, text)| serde_json::from_str::<Value>(text).is_err()));
}

#[test]
fn available_may_be_null_or_stale_for_a_while_and_the_truth_decides() {
    let available = |desk: &mut Desk| {
        let rows = desk.post("auth/r/wallets", "{}");
        rows[0][4].as_f64()
    };
    let mut desk = Desk::new(Vec::new());
    arm(&mut desk, Fault::NullAvailable);
    assert_eq!(available(&mut desk), None);
    assert_eq!(available(&mut desk), None);
    desk.pass(SECOND.times(31));
    assert!((0..9).any(|_| available(&mut desk).is_some()));
    let mut desk = Desk::new(Vec::new());
    arm(&mut desk, Fault::StaleAvailable);
    available(&mut desk);
    desk.submit("9000", "0.0005", 2);
    assert!((0..9).find_map(|_| available(&mut desk)).unwrap() > 9_999.0, "still shows what is gone");
    let body = OFFER.replace("\"150\"", "\"9000\"");
    assert_eq!(desk.refused(SUBMIT, &body), "Invalid offer: not enough USD balance available in deposit wallet");
    desk.pass(SECOND.times(31));
    assert!((0..9).find_map(|_| available(&mut desk)).unwrap() <= 1_000.0);
}

#[test]
fn histories_may_lag_behind() {
    let mut desk = Desk::new(vec![(30, vec![borrow(150, "0.001", 2)])]);
    desk.submit("150", "0.0005", 2);
    desk.pass(SECOND.times(31));
    arm(&mut desk, Fault::LateHistory);
    assert_eq!(desk.post("auth/r/funding/trades/fUSD/hist", "{}"), json!([]));
    assert_eq!(desk.post("auth/r/funding/trades/fUSD/hist", "{}").as_array().unwrap().len(), 1);
}

#[test]
fn faults_never_change_the_market() {
    let run = |chances: Vec<(Fault, u32)>| {
        let moves = (1..60).map(|n| (n * 60, vec![borrow(300, "0.0009", 2)])).collect();
        let mut desk = Desk::build(11, lender(10_000), script(moves, Vec::new()), FaultDeck { chances });
        let offer = super::super::api::HandOffer {
            currency: Currency::USD,
            amount: usd(5_000),
            rate: rate("0.0003"),
            period: 2,
        };
        desk.command(Command::PlaceOffer { account: "main".to_owned(), offer });
        for _ in 0..70 {
            desk.pass(MINUTE);
            desk.raw(&Request {
                method: "GET",
                path: "v2/ticker/fUSD",
                nonce: None,
                key: None,
                signature: None,
                body: "",
            });
        }
        desk.account().lent().map(|lent| (lent.id, lent.amount, lent.rate, lent.opened)).collect::<Vec<_>>()
    };
    assert_eq!(
        run(Vec::new()),
        run(vec![(Fault::ServerFault, 300_000), (Fault::Garbage, 300_000), (Fault::Delay, 300_000)])
    );
}
