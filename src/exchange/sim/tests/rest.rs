//! Replies over HTTP: who is let in, what is refused with which words, how rows look.

use serde_json::json;

use super::*;
use crate::domain::MINUTE;

const OFFER: &str = r#"{"type":"LIMIT","symbol":"fUSD","amount":"150","rate":"0.0005","period":2,"flags":0}"#;
const SUBMIT: &str = "auth/w/funding/offer/submit";
const CANCEL: &str = "auth/w/funding/offer/cancel";

#[test]
fn keys_signatures_and_nonces_are_checked() {
    let mut desk = Desk::new(Vec::new());
    let wrong = desk.signed("auth/r/wallets", "{}", "another secret");
    assert_eq!((wrong.status, wrong.body.as_str()), (500, r#"["error",10100,"apikey: digest invalid"]"#));
    let unknown = desk.raw(&Request {
        method: "POST",
        path: "v2/auth/r/wallets",
        nonce: Some("5"),
        key: Some("nobody"),
        signature: Some("00"),
        body: "{}",
    });
    assert_eq!(unknown.body, r#"["error",10100,"apikey: invalid"]"#);
    assert!(desk.post("auth/r/wallets", "")[0].is_array(), "signing nothing and sending nothing works too");
    desk.nonce -= 1;
    let again = desk.signed("auth/r/wallets", "{}", SECRET);
    assert_eq!(again.body, r#"["error",10114,"nonce: small"]"#);
    desk.nonce = 9_007_199_254_740_991;
    assert_eq!(desk.refused("auth/r/wallets", "{}"), "nonce: invalid");
}

#[test]
fn a_wrong_digest_uses_up_no_nonce_and_the_socket_shares_it() {
    let mut desk = Desk::new(Vec::new());
    let conn = desk.open();
    desk.nonce = 5_000;
    desk.auth(conn);
    desk.nonce = 4_000;
    assert_eq!(desk.refused("auth/r/wallets", "{}"), "nonce: small");
    desk.nonce = 6_000;
    desk.signed("auth/r/wallets", "{}", "another secret");
    desk.nonce = 6_000;
    assert!(desk.post("auth/r/wallets", "{}")[0].is_array());
}

#[test]
fn each_scope_opens_its_endpoints_alone() {
    let mut desk = Desk::new(Vec::new());
    let without = |scope: &str| -> Vec<Permission> {
        let kept = |row: &Permission| row.scope != scope;
        let none = Permission { scope: scope.to_owned(), read: false, write: false };
        lender_rights().into_iter().filter(kept).chain([none]).collect()
    };
    let denied = "api_key: permission invalid";
    for (scope, path) in [
        ("funding", SUBMIT),
        ("funding", "auth/r/funding/offers"),
        ("wallets", "auth/r/wallets"),
        ("history", "auth/r/ledgers/hist"),
        ("history", "auth/r/funding/trades/fUSD/hist"),
    ] {
        let permissions = without(scope);
        desk.command(Command::Permissions { account: "main".to_owned(), permissions });
        assert_eq!(desk.refused(path, OFFER), denied, "{path}");
        let rows = desk.post("auth/r/permissions", "{}");
        assert!(rows.as_array().unwrap().iter().any(|row| row[0] == scope), "{rows}");
    }
    desk.command(Command::Revoke { account: "main".to_owned() });
    assert_eq!(desk.refused("auth/r/permissions", "{}"), "apikey: invalid");
    desk.command(Command::Permissions { account: "main".to_owned(), permissions: lender_rights() });
    assert!(desk.post("auth/r/wallets", "{}")[0].is_array(), "good again");
}

#[test]
fn a_submit_answers_with_the_offer_and_a_cancel_frees_it_late() {
    let mut desk = Desk::new(Vec::new());
    let reply = desk.post(SUBMIT, OFFER);
    assert_eq!((&reply[1], &reply[6]), (&json!("fon-req"), &json!("SUCCESS")));
    assert_eq!(reply[7], "Submitting funding offer of 150.0 USD at 0.05000 for 2 days.");
    let open = desk.post("auth/r/funding/offers/fUSD", "{}");
    let row = open[0].as_array().unwrap();
    assert_eq!(row.len(), 21);
    assert_eq!((&row[1], &row[4], &row[6], &row[10]), (&json!("fUSD"), &json!(150), &json!("LIMIT"), &json!("ACTIVE")));
    let id = row[0].as_i64().unwrap();
    assert_eq!(desk.refused(CANCEL, &format!(r#"{{"id":"{id}"}}"#)), "id: invalid");
    let cancelled = desk.post(CANCEL, &format!(r#"{{"id":{id}}}"#));
    assert_eq!((&cancelled[1], &cancelled[4][0]), (&json!("foc-req"), &json!(id)));
    assert_eq!(desk.refused(CANCEL, &format!(r#"{{"id":{id}}}"#)), "Offer not found.");
    let shown = |desk: &mut Desk| (0..9).find_map(|_| desk.post("auth/r/wallets", "{}")[0][4].as_f64()).unwrap();
    assert!(shown(&mut desk) < 9_900.0, "the freed money shows late");
    assert_eq!(desk.post("auth/calc/order/avail", r#"{"symbol":"fUSD","type":"FUNDING"}"#), json!([10_000]));
    desk.pass(SECOND.times(16));
    assert!(shown(&mut desk) > 9_999.9);
    let history = desk.post("auth/r/funding/offers/fUSD/hist", &format!(r#"{{"id":[{id}]}}"#));
    assert_eq!(history[0][10], "CANCELED");
    desk.submit("10000", "0.0005", 2);
}

#[test]
fn offers_are_refused_in_the_exchanges_own_words() {
    let mut desk = Desk::new(Vec::new());
    let mut refused = |field: &str, value: &str| {
        let mut body: Value = serde_json::from_str(OFFER).unwrap();
        body[field] = serde_json::from_str(value).unwrap();
        desk.refused(SUBMIT, &body.to_string())
    };
    assert_eq!(
        refused("amount", r#""149.99999999""#),
        "Invalid offer: incorrect amount, minimum is 150.0 dollar or equivalent in USD"
    );
    assert_eq!(
        refused("amount", r#""10000.00000001""#),
        "Invalid offer: not enough USD balance available in deposit wallet"
    );
    assert_eq!(refused("amount", r#""2e3""#), "amount: invalid");
    assert_eq!(refused("amount", "null"), "amount: invalid");
    assert_eq!(refused("symbol", r#""fusd""#), "symbol: invalid");
    assert_eq!(refused("symbol", r#""USD""#), "symbol: invalid");
    assert_eq!(refused("symbol", r#""fBTC""#), "symbol: invalid", "not traded here");
    assert_eq!(refused("period", "1"), "period: invalid");
    assert_eq!(refused("period", "121"), "period: invalid");
    assert_eq!(refused("period", r#""2""#), "period: invalid");
    assert_eq!(refused("rate", r#""0""#), "rate: invalid");
    assert_eq!(refused("type", r#""MARKET""#), "type: invalid");
    let frr = r#"{"type":"FRRDELTAFIX","symbol":"fUSD","amount":"150","rate":"-0.00012001","period":2,"flags":0}"#;
    assert_eq!(desk.refused(SUBMIT, frr), "FRR offset larger than 30% of FRR, aborting.");
    let frr = r#"{"type":"FRRDELTAVAR","symbol":"fUSD","amount":"150","rate":"0.00012","period":2,"flags":0}"#;
    desk.submit_body(frr);
    assert_eq!(desk.refused("auth/w/funding/offer/cancel/all", r#"{"currency":"usd"}"#), "currency: invalid");
}

#[test]
fn the_minimum_is_dollars_at_todays_price() {
    let usdt = Currency::from_code("UST").unwrap();
    let price = Amount::parse("0.9994", Rounding::Nearest).unwrap();
    let script = Script {
        currency: usdt,
        moves: VecDeque::from([(
            Timestamp::from_millis(START),
            vec![Move::UsdPrice(price), Move::Frr(Decimal::parse("0.0003").unwrap())],
        )]),
        holds: VecDeque::new(),
    };
    let account = AccountSetup { wallets: vec![("funding".to_owned(), usdt, usd(1_000))], ..lender(0) };
    let mut desk = Desk::build(1, account, script, FaultDeck::default());
    let body = |amount: &str| OFFER.replace("fUSD", "fUST").replace("\"150\"", &format!("\"{amount}\""));
    assert!(desk.refused(SUBMIT, &body("150")).ends_with("equivalent in UST"));
    desk.submit_body(&body("150.1"));
    let fx = desk.raw(&Request {
        method: "POST",
        path: "v2/calc/fx",
        nonce: None,
        key: None,
        signature: None,
        body: r#"{"ccy1":"UST","ccy2":"USD"}"#,
    });
    assert_eq!(fx.body, "[0.9994]");
    assert_eq!(desk.get("conf/pub:list:currency:margin,pub:map:currency:sym"), json!([["UST"], [["UST", "USDt"]]]));
}

#[test]
fn open_offers_are_capped() {
    let mut desk = Desk::build(1, lender(100_000), script(Vec::new(), Vec::new()), FaultDeck::default());
    for n in 0..100 {
        desk.submit("150", "0.0005", 2);
        if n % 50 == 49 {
            desk.pass(MINUTE);
        }
    }
    assert_eq!(desk.refused(SUBMIT, OFFER), "Limit: too many active offers");
    let all = desk.post("auth/w/funding/offer/cancel/all", r#"{"currency":"USD"}"#);
    assert_eq!((&all[1], &all[4]), (&json!("foc_all-req"), &Value::Null));
    assert_eq!(desk.account().offers().count(), 0);
    desk.pass(MINUTE);
    let none = desk.post("auth/w/funding/offer/cancel/all", r#"{"currency":"USD"}"#);
    assert_eq!(none[7], "None to cancel");
}

#[test]
fn over_the_limit_everything_is_blocked_for_a_minute_of_wire_time() {
    let mut desk = Desk::new(Vec::new());
    for _ in 0..30 {
        assert_eq!(desk.get("platform/status"), json!([1]));
    }
    let body = desk.get("platform/status").to_string();
    assert!(body.contains("11010") || body.contains("ERR_RATE_LIMIT"), "{body}");
    let reply = desk.signed(SUBMIT, OFFER, SECRET);
    assert_eq!(reply.status, 429);
    assert_eq!(desk.account().offers().count(), 0, "not executed");
    desk.pass(SECOND.times(59));
    assert_eq!(desk.signed("auth/r/wallets", "{}", SECRET).status, 429);
    desk.pass(SECOND.times(61));
    assert_eq!(desk.signed("auth/r/wallets", "{}", SECRET).status, 200);
}

#[test]
fn the_public_side_shows_background_and_account_offers_together() {
    let levels = vec![offer("0.0002", 2, 300), bid("0.0001", 2, 50), offer("0.00020000000000000001", 30, 7)];
    let mut desk = Desk::new(vec![(1, vec![Move::Levels(levels)]), (90, vec![borrow(350, "0.0002", 2)])]);
    desk.pass(SECOND.times(5));
    desk.submit("200", "0.0002", 2);
    desk.submit_body(&OFFER.replace("\"flags\":0", "\"flags\":64"));
    let book = desk.get("book/fUSD/P0?len=25");
    assert_eq!(book[0], json!([0.0001, 2, 1, -50]), "bids first");
    assert_eq!(book[1], json!([0.0002, 2, 2, 500]));
    assert_eq!(book.as_array().unwrap().len(), 3, "hidden offers are absent");
    assert_eq!(desk.get("book/fUSD/P4?len=1").as_array().unwrap().len(), 2);
    assert_eq!(desk.get("book/fUSD/R0?len=100").as_array().unwrap().len(), 4);
    assert_eq!(desk.get("book/fUSD/P9")[2], "prec: invalid");
    assert_eq!(desk.get("book/fUSD/P0?len=50")[2], "len: invalid");
    assert_eq!(desk.get("book/fusd/P0")[2], "symbol: invalid");
    desk.pass(MINUTE.times(2));
    let ticker = desk.get("ticker/fUSD");
    assert_eq!(ticker.as_array().unwrap().len(), 17);
    assert_eq!(
        (&ticker[0], &ticker[1], &ticker[4], &ticker[10]),
        (&json!(0.0004), &json!(0.0001), &json!(0.0002), &json!(350))
    );
    assert_eq!(desk.get("tickers?symbols=fUSD,fBTC")[0].as_array().unwrap().len(), 17);
    let trades = desk.get("trades/fUSD/hist?limit=10");
    assert!(trades.as_array().unwrap().iter().all(|row| row[2].as_f64().unwrap() < 0.0), "borrowers took offers");
    let candle = desk.get("candles/trade:1h:fUSD:a30:p2:p30/last");
    assert_eq!((&candle[1], &candle[5]), (&json!(0.0002), &json!(350)));
    assert_eq!(desk.get("candles/trade:1h:fUSD/hist")[2], "key: invalid");
    assert_eq!(desk.get("funding/stats/fUSD/hist")[0][3], json!(1.09e-6));
}

#[test]
fn what_only_others_may_write_is_refused_and_audited() {
    let mut desk = Desk::new(Vec::new());
    desk.refused("auth/w/funding/close", r#"{"id":1}"#);
    assert!(desk.account().writes().last().is_some());
    assert_eq!(desk.refused("auth/w/transfer", "{}"), "api_key: permission invalid");
    for path in ["auth/r/info/funding/fUSD", "auth/r/info/user", "auth/r/summary"] {
        assert!(desk.post(path, "{}").is_array(), "{path}");
    }
}
