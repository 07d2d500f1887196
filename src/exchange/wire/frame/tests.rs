use super::*;
use crate::domain::OfferId;
use proptest::prelude::*;

fn data(text: &str) -> Data<'_> {
    match read(text) {
        Some(Frame::Data(data)) => data,
        other => panic!("{text}: {other:?}"),
    }
}

fn event(text: &str) -> Event {
    match read(text) {
        Some(Frame::Event(event)) => event,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn events_are_read_with_what_they_name() {
    let info = r#"{"event":"info","version":2,"serverId":"x","platform":{"status":1}}"#;
    assert_eq!(event(info), Event::Info { version: Some(2), code: None, operative: Some(true) });
    let notice = r#"{"event":"info","code":20060,"msg":"x"}"#;
    assert_eq!(event(notice), Event::Info { version: None, code: Some(20_060), operative: None });
    let subscribed =
        r#"{"event":"subscribed","channel":"book","chanId":106275,"symbol":"fBTC","len":"25","currency":"BTC"}"#;
    assert_eq!(event(subscribed), Event::Subscribed { chan: 106_275, channel: "book".into(), topic: "fBTC".into() });
    let candles = r#"{"event":"subscribed","channel":"candles","chanId":5,"key":"trade:1h:fUSD:p2"}"#;
    assert!(matches!(event(candles), Event::Subscribed { topic, .. } if topic == "trade:1h:fUSD:p2"));
    let refused =
        r#"{"event":"error","channel":"book","symbol":"fXYZ","prec":"P0","msg":"symbol: invalid","code":10300}"#;
    assert_eq!(
        event(refused),
        Event::Error { code: 10_300, text: "symbol: invalid".into(), channel: "book".into(), topic: "fXYZ".into() }
    );
    let auth = r#"{"event":"auth","status":"OK","chanId":0,"userId":269312,"caps":{"funding":{"read":1,"write":1}}}"#;
    assert!(matches!(event(auth), Event::AuthOk(Some(scopes)) if scopes.len() == 1 && scopes[0].write));
    for status in ["FAILED", "FAIL"] {
        let text = format!(r#"{{"event":"auth","status":"{status}","chanId":0,"code":10100,"msg":"apikey: invalid"}}"#);
        assert_eq!(event(&text), Event::AuthFailed { code: 10_100, text: "apikey: invalid".into() });
    }
    assert_eq!(event(r#"{"event":"something new"}"#), Event::Other);
    assert_eq!(event(r#"{"event":"conf","status":"OK","flags":65536}"#), Event::Conf { ok: true });
    for text in ["", "7", "[]", "[7]", "{}", r#"{"event":5}"#, r#"["x",[]]"#, r#"{"event":"subscribed"}"#, "[0,\"wu\"]"]
    {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn numbers_stand_where_the_kind_of_frame_has_them() {
    let numbers = |text| {
        let data = data(text);
        (data.numbers().public, data.numbers().auth, data.is_numbered())
    };
    assert_eq!(numbers("[232949,[1,2],17]"), (Some(17), None, true));
    assert_eq!(numbers(r#"[204928,"hb",127]"#), (Some(127), None, true));
    assert_eq!(numbers(r#"[7,"cs",-5,9]"#), (Some(9), None, true));
    assert_eq!(numbers(r#"[0,"hb",4]"#), (Some(4), None, true));
    assert_eq!(numbers(r#"[0,"wu",["funding"],31,5]"#), (Some(31), Some(5), true));
    assert_eq!(numbers(r#"[0,"n",[1,"fon-req",null],5]"#), (None, Some(5), false));
    assert_eq!(numbers(r#"[0,"n",[1,"ucm-x",null],31,5]"#), (Some(31), Some(5), true));
    assert_eq!(numbers("[7,[1]]"), (None, None, true));
}

fn market(subscription: &Subscription, text: &str) -> Told<ChannelNews> {
    channel(subscription, &data(text)).unwrap()
}

#[test]
fn snapshots_are_told_from_updates_by_their_first_element() {
    let book = Subscription::Book(Currency::USD);
    let levels = |text| match market(&book, text).news.as_slice() {
        [ChannelNews::Market(MarketNews::Book(_, levels))] => Some(levels.len()),
        _ => None,
    };
    assert_eq!(levels("[7,[[0.000081,15,1,-10],[0.000081,30,1,-0.1135]],1]"), Some(2));
    assert_eq!(levels("[7,[],1]"), Some(0));
    let update = market(&book, "[7,[0.000081,15,0,-1],1]");
    assert!(matches!(update.news.as_slice(), [ChannelNews::Market(MarketNews::Level(_, level))] if level.count == 0));
    assert_eq!(market(&book, "[7,[0.000081,15],1]").dropped, 1);
    assert_eq!(market(&book, "[7,\"cs\",123,1]"), Told::NOTHING);
    assert!(channel(&book, &data("[7,5,1]")).is_err());

    let trades = Subscription::Trades(Currency::USD);
    let snapshot = market(&trades, "[7,[[2,20,1,0.1,2],[1,10,-1,0.1,2]],1]");
    let [ChannelNews::Market(MarketNews::Prints(_, prints))] = snapshot.news.as_slice() else { panic!("prints") };
    assert_eq!(prints.iter().map(|print| print.id).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(market(&trades, r#"[7,"ftu",[1,10,-1,0.1,2],1]"#).news.len(), 1);

    let ticker = Subscription::Ticker(Currency::USD);
    assert_eq!(market(&ticker, "[7,[[0.1,0.2,2,5]]]"), market(&ticker, "[7,[0.1,0.2,2,5]]"));
    assert_eq!(market(&Subscription::Candles("k".into()), "[7,[1,2,3,4,5,6]]").news.len(), 1);
    assert_eq!(market(&Subscription::Candles("k".into()), "[7,[[1,2,3,4,5,6],[1]]]").dropped, 1);
}

#[test]
fn account_frames_become_news_and_the_rest_tells_nothing() {
    let told = |text: &str| account(&data(text)).unwrap();
    let offer =
        r#"[41238934,"fUST",1575293959000,1575294374000,500,500,"LIMIT",null,null,0,"CANCELED",null,null,null,0.02,2]"#;
    for (kind, change) in [("fon", Change::Set), ("fou", Change::Set), ("foc", Change::Closed)] {
        let text = format!(r#"[0,"{kind}",{offer},5,6]"#);
        assert!(
            matches!(told(&text).news.as_slice(), [AccountNews::Offer(c, o)] if *c == change && o.id == OfferId(41_238_934))
        );
    }
    let lent = r#"[2995444,"fUSD",1,1575298742000,1575298742000,1000,0,"ACTIVE",null,null,null,0.002,7,1575298742000]"#;
    for (kind, list, change) in [
        ("fln", LentKind::Loan, Change::Set),
        ("flu", LentKind::Loan, Change::Set),
        ("flc", LentKind::Loan, Change::Closed),
        ("fcn", LentKind::Credit, Change::Set),
        ("fcu", LentKind::Credit, Change::Set),
        ("fcc", LentKind::Credit, Change::Closed),
    ] {
        let text = format!(r#"[0,"{kind}",{lent}]"#);
        assert!(matches!(told(&text).news.as_slice(), [AccountNews::Lent(c, l)] if *c == change && l.id.kind == list));
    }
    let wallet = told(r#"[0,"wu",["funding","USD",1157.82924067,0,9.99999883788405e-7,null,null],1,2]"#);
    assert!(matches!(wallet.news.as_slice(), [AccountNews::Wallet(w)] if w.available.unwrap().units() == 99));
    let unknown = told(r#"[0,"ws",[["funding","USD",1157.82924067,0,null,null,null]],1,0]"#);
    assert!(matches!(unknown.news.as_slice(), [AccountNews::Wallet(w)] if w.available.is_none()));
    assert_eq!(told(&format!(r#"[0,"fos",[{offer},[1]]]"#)).dropped, 1);
    for quiet in [r#"[0,"bu",[1,2]]"#, r#"[0,"ps",[]]"#, r#"[0,"hb"]"#, r#"[0,"brand new",{}]"#, r#"[0,"n",[1,"x"]]"#] {
        assert_eq!(told(quiet), Told::NOTHING, "{quiet}");
    }
    assert!(account(&data(r#"[0,"fls",null]"#)).is_err());
}

#[test]
fn what_leaves_is_what_the_reference_shows() {
    let usd = Currency::USD;
    assert_eq!(conf(), r#"{"event":"conf","flags":65536}"#);
    assert_eq!(
        subscribe(&Subscription::Book(usd), 250),
        r#"{"event":"subscribe","channel":"book","symbol":"fUSD","prec":"P0","freq":"F0","len":"250"}"#
    );
    assert_eq!(
        subscribe(&Subscription::Trades(usd), 250),
        r#"{"event":"subscribe","channel":"trades","symbol":"fUSD"}"#
    );
    assert_eq!(
        subscribe(&Subscription::Candles("trade:1h:fUSD:a30:p2:p30".into()), 0),
        r#"{"event":"subscribe","channel":"candles","key":"trade:1h:fUSD:a30:p2:p30"}"#
    );
    assert_eq!(
        auth("K", "1700000000000002", "59e3"),
        r#"{"event":"auth","apiKey":"K","authNonce":"1700000000000002","authPayload":"AUTH1700000000000002","authSig":"59e3"}"#
    );
    assert_eq!(
        (ping(5), unsubscribe(7)),
        (r#"{"event":"ping","cid":5}"#.into(), r#"{"event":"unsubscribe","chanId":7}"#.into())
    );
}

/// Valid frames to be spoilt.
const VALID: [&str; 8] = [
    r#"[0,"wu",["funding","USD",1157.82924067,0,9.99999883788405e-7,null,null],12,3]"#,
    r#"[0,"fcs",[[26223578,"fUST",1,1575052261000,1575296187000,350,0,"ACTIVE",null,null,null,0,30,1575052261000]],2,0]"#,
    r#"[0,"n",[1591137597114,"fon-req",null,null,[813944405,null,null,null,886.7740565],null,"SUCCESS","x"],3]"#,
    "[106275,[[0.000081,15,1,-10],[0.00009,2,4,12.5]],5]",
    "[106275,[0.00014901101069876116,2,1,25000],6]",
    r#"[12,"fte",[133323543,1574694605000,-59.84,0.00023647,2],7]"#,
    r#"{"event":"auth","status":"OK","chanId":0,"caps":{"funding":{"read":1,"write":1}}}"#,
    "[1,[0.00031,0.00024,30,3939629.6177260396,0.00019012,2,307776.15,-5.823e-05,-0.2344,0.00019016,122156333.4],8]",
];

fn try_all(text: &str) {
    let Some(Frame::Data(data)) = read(text) else { return };
    let (_, _) = (data.numbers(), account(&data));
    let usd = Currency::USD;
    for sub in [
        Subscription::Ticker(usd),
        Subscription::Trades(usd),
        Subscription::Book(usd),
        Subscription::Candles("k".into()),
    ] {
        let _ = channel(&sub, &data);
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        try_all(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_spoilt_message_makes_it_panic(
        which in 0..VALID.len(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), prop_oneof![
            Just("["), Just("]"), Just(","), Just("null"), Just("\""), Just("-"), Just("1e999"), Just("9"), Just("{"),
            Just("\\"), Just(""), Just("é"), Just("[]"), Just("18446744073709551616"),
        ]), 0..6),
    ) {
        let mut text = VALID[which].to_owned();
        for (at, with) in edits {
            let at = at.index(text.len().max(1)).min(text.len());
            if text.is_char_boundary(at) {
                let end = (at + 1..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(at);
                text.replace_range(at..end, with);
            }
        }
        try_all(&text);
    }
}
