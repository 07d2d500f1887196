//! Frames: control messages, snapshots and updates, heartbeats, sequence numbers.

use serde_json::json;

use super::*;
use crate::domain::MINUTE;

const SEQ_ALL: &str = r#"{"event":"conf","flags":65536}"#;

fn subscribe(channel: &str) -> String {
    format!(r#"{{"event":"subscribe","channel":"{channel}","symbol":"fUSD"}}"#)
}

fn busy() -> Desk {
    let mut moves = Vec::new();
    for n in 1..40_i32 {
        let step = format!("0.000{:03}", 200 + n);
        let levels = (0..40).map(|k| offer(&format!("{step}{k:02}"), 2, 300 + n)).collect();
        moves.push((i64::from(n) * 20, vec![Move::Levels(levels), borrow(700, "0.001", 2)]));
    }
    Desk::with_holds(moves, vec![hold(MINUTE.times(3), Some(SECOND.times(50)))])
}

/// The public numbers of all frames that carry one, in order.
pub(super) fn public_numbers(frames: &[Value]) -> Vec<u64> {
    let arrays = frames.iter().filter_map(Value::as_array).filter(|parts| parts[0] != 0 || parts[1] != "n");
    let place = |parts: &Vec<Value>| if parts[0] == 0 && parts[1] != "hb" { parts.len() - 2 } else { parts.len() - 1 };
    arrays.map(|parts| parts[place(parts)].as_u64().unwrap()).collect()
}

/// Every number is one more than the one before; on channel 0 both counters. Answers with how many were seen.
pub(super) fn assert_sequence(frames: &[Value]) -> usize {
    let public = public_numbers(frames);
    assert!(public.iter().copied().eq(1..=public.len() as u64), "{public:?}");
    let mut private = 0;
    for parts in frames.iter().filter_map(Value::as_array).filter(|parts| parts[0] == 0 && parts[1] != "hb") {
        let last = parts[parts.len() - 1].as_u64().unwrap();
        if last != 0 {
            assert_eq!(last, private + u64::from(parts[1] != "n"), "{parts:?}");
            private = last;
        }
    }
    public.len()
}

#[test]
fn a_connection_is_greeted_configured_and_answered() {
    let mut desk = Desk::new(Vec::new());
    let conn = desk.open();
    desk.say(conn, SEQ_ALL);
    desk.say(conn, r#"{"event":"ping","cid":1234}"#);
    desk.say(conn, "no json");
    desk.say(conn, &subscribe("nonsense"));
    desk.say(conn, r#"{"event":"subscribe","channel":"book","symbol":"fXYZ","subId":"b1"}"#);
    desk.say(conn, r#"{"event":"subscribe","channel":"book","symbol":"fUSD","prec":"P7"}"#);
    desk.say(conn, r#"{"event":"subscribe","channel":"book","symbol":"fUSD","len":"26"}"#);
    let frames = desk.take_frames();
    assert_eq!((&frames[0]["version"], &frames[0]["platform"]["status"]), (&json!(2), &json!(1)));
    assert_eq!(frames[1], json!({"event":"conf","status":"OK","flags":65536}));
    assert_eq!((&frames[2]["event"], &frames[2]["cid"]), (&json!("pong"), &json!(1234)));
    let codes: Vec<_> = frames[3..].iter().map(|frame| frame["code"].as_u64().unwrap()).collect();
    assert_eq!(codes, [10000, 10302, 10300, 10011, 10012]);
    assert_eq!(frames[5]["subId"], "b1");
}

#[test]
fn channels_start_with_a_snapshot_and_end_when_told() {
    let mut desk = busy();
    desk.pass(MINUTE);
    let conn = desk.open();
    for channel in ["ticker", "trades", "book"] {
        desk.say(conn, &subscribe(channel));
    }
    desk.say(conn, r#"{"event":"subscribe","channel":"candles","key":"trade:1m:fUSD:p2"}"#);
    desk.say(conn, &subscribe("ticker"));
    let frames = desk.take_frames();
    assert_eq!(frames[1]["currency"], "USD");
    assert_eq!(frames[2][1].as_array().unwrap().len(), 16);
    assert!(frames[4][1][0].as_array().unwrap().len() == 5 && frames[8][1][0].as_array().unwrap().len() == 6);
    assert_eq!(frames[6][1].as_array().unwrap().len(), 25);
    assert_eq!(frames[9]["code"], 10301);
    let book = frames[5]["chanId"].as_u64().unwrap();
    desk.say(conn, &format!(r#"{{"event":"unsubscribe","chanId":{book}}}"#));
    desk.say(conn, &format!(r#"{{"event":"unsubscribe","chanId":{book}}}"#));
    let frames = desk.take_frames();
    assert_eq!((&frames[0]["status"], &frames[1]["code"]), (&json!("OK"), &json!(10401)));
    desk.pass(MINUTE);
    assert!(desk.take_frames().iter().all(|frame| frame[0] != book), "nothing more of it");
}

#[test]
fn the_book_of_updates_equals_the_book_of_the_next_snapshot() {
    let mut desk = busy();
    let conn = desk.open();
    desk.say(conn, r#"{"event":"subscribe","channel":"book","symbol":"fUSD","len":"25"}"#);
    let mut book = std::collections::BTreeMap::new();
    for _ in 0..40 {
        desk.pass(SECOND.times(20));
        for frame in desk.take_frames().iter().filter(|frame| frame.is_array() && frame[1] != "hb") {
            let Some(body) = frame[1].as_array().filter(|body| !body.is_empty()) else { continue };
            let rows = if body[0].is_array() { body.clone() } else { vec![frame[1].clone()] };
            for row in &rows {
                let key = (row[0].to_string(), row[1].as_u64(), row[3].as_f64().unwrap() > 0.0);
                if row[2] == 0 {
                    assert!(row[3] == 1 || row[3] == -1);
                    assert!(book.remove(&key).is_some(), "deletes what is not there: {row}");
                } else {
                    book.insert(key, row.clone());
                }
            }
        }
        let mut rest: Vec<Value> = desk.get("book/fUSD/P0?len=25").as_array().unwrap().clone();
        let mut told: Vec<Value> = book.values().cloned().collect();
        rest.sort_by_key(ToString::to_string);
        told.sort_by_key(ToString::to_string);
        assert_eq!(rest, told);
    }
}

#[test]
fn trades_are_told_as_fte_and_again_as_ftu() {
    let mut desk = busy();
    let conn = desk.open();
    desk.say(conn, &subscribe("trades"));
    desk.pass(SECOND.times(25));
    let frames = desk.take_frames();
    let ids = |kind: &str| {
        let fitting = frames.iter().filter(|frame| frame[1] == kind);
        fitting.map(|frame| frame[2][0].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let (mut executed, mut confirmed) = (ids("fte"), ids("ftu"));
    executed.sort_unstable();
    confirmed.sort_unstable();
    assert!(!executed.is_empty());
    assert_eq!(executed, confirmed);
}

#[test]
fn after_auth_come_all_snapshots_then_the_wallets() {
    let mut desk = Desk::new(Vec::new());
    desk.submit("150", "0.0005", 2);
    let conn = desk.open();
    desk.auth(conn);
    let frames = desk.take_frames();
    let auth = frames.iter().find(|frame| frame["event"] == "auth").unwrap();
    assert_eq!(auth["status"], "OK");
    let caps: Value = match auth["caps"].as_str() {
        Some(text) => serde_json::from_str(text).unwrap(),
        None => auth["caps"].clone(),
    };
    assert!(caps["funding"]["write"] == 1 || caps["funding"]["write"] == "1");
    let own: Vec<&Value> = frames.iter().filter(|frame| frame[0] == 0).collect();
    let kinds: Vec<&str> = own.iter().map(|frame| frame[1].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ps", "ws", "os", "fos", "fcs", "fls", "wu", "bu"]);
    assert_eq!(own[1][2][0][4], Value::Null, "not calculated yet");
    assert_eq!(own[6][2][4], 9_850);
    desk.auth(conn);
    assert_eq!(desk.take_frames()[0]["status"], "FAILED");
}

#[test]
fn wrong_auth_is_refused_with_its_code() {
    let mut desk = Desk::new(Vec::new());
    let conn = desk.open();
    let auth = |key: &str, nonce: &str, secret: &str| {
        let signature = sign(secret, &format!("AUTH{nonce}"));
        format!(
            r#"{{"event":"auth","apiKey":"{key}","authNonce":{nonce},"authPayload":"AUTH{nonce}","authSig":"{signature}"}}"#
        )
    };
    desk.say(conn, &auth("key", "2000", "wrong"));
    desk.say(conn, &auth("nobody", "2001", SECRET));
    desk.say(conn, r#"{"event":"auth","apiKey":"key"}"#);
    let codes: Vec<Value> = desk.take_frames()[1..].iter().map(|frame| frame["code"].clone()).collect();
    assert_eq!(codes, [json!(10100), json!(10100), json!(10111)]);
    desk.nonce = 3_000;
    desk.post("auth/r/wallets", "{}");
    desk.say(conn, &auth("key", "2500", SECRET));
    assert_eq!(desk.take_frames()[0]["msg"], "nonce: small");
    desk.say(conn, &auth("key", "3500", SECRET));
    desk.say(conn, &auth("key", "3501", SECRET));
    assert_eq!(desk.take_frames().last().unwrap()["code"], 11010, "six within fifteen seconds");
}

#[test]
fn a_filter_keeps_out_what_was_not_asked_for() {
    let mut desk = Desk::new(Vec::new());
    let conn = desk.open();
    let signature = sign(SECRET, "AUTH2000");
    desk.nonce = 2_000;
    desk.say(
        conn,
        &format!(
            r#"{{"event":"auth","apiKey":"key","authNonce":"2000","authPayload":"AUTH2000","authSig":"{signature}","filter":["funding","notify"]}}"#
        ),
    );
    desk.submit("150", "0.0005", 2);
    assert_eq!(desk.kinds(), ["fos", "fcs", "fls", "n", "fon"]);
}

#[test]
fn an_offers_life_is_told_event_by_event() {
    let mut desk = Desk::with_holds(
        vec![(30, vec![borrow(150, "0.001", 2)])],
        vec![hold(MINUTE.times(20), Some(MINUTE.times(2)))],
    );
    let conn = desk.open();
    desk.auth(conn);
    desk.kinds();
    desk.submit("150", "0.0005", 2);
    assert_eq!(desk.kinds(), ["n", "fon", "wu"]);
    desk.pass(SECOND.times(40));
    let mut filled = desk.kinds();
    filled.dedup();
    filled.sort();
    filled.dedup();
    let lent = if filled.contains(&"fln".to_owned()) { "fln" } else { "fcn" };
    let mut wanted = vec!["foc", lent, "fte", "ftu", "wu"];
    wanted.sort_unstable();
    assert_eq!(filled, wanted);
    desk.pass(MINUTE.times(60));
    let kinds = desk.kinds();
    assert!(kinds.contains(&"fcc".to_owned()) || kinds.contains(&"flc".to_owned()), "{kinds:?}");
    assert_eq!(kinds.contains(&"fcn".to_owned()), lent == "fln" && kinds.contains(&"flc".to_owned()));
}

#[test]
fn closing_events_are_often_told_twice() {
    let mut desk = Desk::new(Vec::new());
    let conn = desk.open();
    desk.auth(conn);
    let mut twice = 0;
    for _ in 0..30 {
        let id = desk.submit("150", "0.0005", 2);
        desk.kinds();
        desk.post("auth/w/funding/offer/cancel", &format!(r#"{{"id":{id}}}"#));
        twice += usize::from(desk.kinds().iter().filter(|kind| *kind == "foc").count() == 2);
        desk.pass(SECOND.times(2));
    }
    assert!((6..25).contains(&twice), "{twice}");
}

#[test]
fn writes_over_the_socket_are_answered_by_notifications() {
    let mut desk = Desk::new(Vec::new());
    let conn = desk.open();
    desk.say(conn, r#"[0,"fon",null,{}]"#);
    assert_eq!(desk.take_frames()[1]["event"], "error", "not authenticated");
    desk.auth(conn);
    desk.take_frames();
    desk.say(conn, r#"[0,"fon",null,{"type":"LIMIT","symbol":"fUSD","amount":"150","rate":"0.0005","period":2}]"#);
    let id = desk.account().offers().next().unwrap().id;
    let frames = desk.take_frames();
    assert_eq!((&frames[0][2][4][0], &frames[0][2][6]), (&json!(id), &json!("SUCCESS")));
    desk.say(conn, r#"[0,"fon",null,{"type":"LIMIT","symbol":"fUSD","amount":"1","rate":"0.0005","period":2}]"#);
    assert_eq!(desk.take_frames()[0][2][6], "ERROR");
    desk.say(conn, &format!(r#"[0,"foc",null,{{"id":{id}}}]"#));
    assert_eq!(desk.account().offers().count(), 0);
    desk.take_frames();
    desk.say(conn, r#"[0,"calc",null,[["wallet_funding_USD"],["funding_sym_fUSD"]]]"#);
    assert_eq!(desk.kinds(), ["wu", "fiu"]);
}

#[test]
fn numbers_rise_by_one_through_snapshots_events_and_heartbeats() {
    let mut desk = busy();
    let conn = desk.open();
    desk.say(conn, SEQ_ALL);
    for channel in ["ticker", "trades", "book"] {
        desk.say(conn, &subscribe(channel));
    }
    desk.auth(conn);
    for n in 0..60 {
        desk.pass(SECOND.times(17));
        if n % 4 == 0 {
            desk.submit("150", "0.0002", 2);
        }
    }
    let frames = desk.take_frames();
    assert!(frames.iter().any(|frame| frame[1] == "hb") && frames.iter().any(|frame| frame[1] == "n"));
    assert!(assert_sequence(&frames) > 300);
}

#[test]
fn quiet_channels_beat_every_fifteen_seconds() {
    let mut desk = Desk::new(Vec::new());
    let conn = desk.open();
    desk.say(conn, &subscribe("trades"));
    desk.auth(conn);
    desk.take_frames();
    for _ in 0..31 {
        desk.pass(SECOND);
    }
    let beats = desk.take_frames();
    assert_eq!(beats.iter().filter(|frame| frame[1] == "hb" && frame[0] == 0).count(), 2);
    assert_eq!(beats.iter().filter(|frame| frame[1] == "hb" && frame[0] != 0).count(), 2);
}

#[test]
fn twenty_connections_a_minute_and_twentyfive_channels_each() {
    let mut desk = Desk::new(Vec::new());
    let conn = desk.open();
    for period in 2..28 {
        desk.say(conn, &format!(r#"{{"event":"subscribe","channel":"candles","key":"trade:1h:fUSD:p{period}"}}"#));
    }
    assert_eq!(desk.take_frames().last().unwrap()["code"], 10305);
    for _ in 1..20 {
        desk.open();
    }
    assert_eq!(desk.exchange.open(desk.now).unwrap_err().status, 429);
    desk.pass(MINUTE);
    desk.open();
}
