use super::*;
use crate::domain::{Change, MissingScope};

mod channels;
mod course;

const INFO: &str = r#"{"event":"info","version":2,"platform":{"status":1}}"#;
const CONF: &str = r#"{"event":"conf","status":"OK","flags":65536}"#;
const CAPS: &str = r#"{"funding":{"read":1,"write":1},"wallets":{"read":1,"write":0},"history":{"read":1,"write":0}}"#;

/// A session with its driver: a clock, and everything that was put out.
struct Driver {
    session: Session,
    now: u64,
}

impl Driver {
    fn new(role: Role) -> Self {
        Self { session: Session::new(role, 7), now: 0 }
    }

    fn public(subscriptions: Vec<Subscription>) -> Self {
        Self::new(Role::Public(subscriptions))
    }

    /// A public session with one open book, channel 7, and sequence numbers from 1 on.
    fn with_book() -> Self {
        let mut driver = Self::public(vec![Subscription::Book(Currency::USD)]);
        driver.connect();
        driver.say(INFO);
        driver.say(CONF);
        driver.say(&subscribed("book", 7));
        driver.say("[7,[[0.0001,2,1,5]],1]");
        assert!(driver.session.is_up());
        driver
    }

    /// An account's session that is up.
    fn with_account() -> Self {
        let mut driver = Self::new(Role::Private);
        driver.connect();
        driver.say(INFO);
        driver.say(CONF);
        driver.say(&format!(r#"{{"event":"auth","status":"OK","chanId":0,"caps":{CAPS}}}"#));
        for (at, tag) in ["ps", "ws", "os", "fos", "fcs"].into_iter().enumerate() {
            driver.say(&format!(r#"[0,"{tag}",[],{},0]"#, at + 1));
            assert!(!driver.session.is_up());
        }
        let outputs = driver.say(r#"[0,"fls",[],6,0]"#);
        assert_eq!(outputs, [Output::Ignored, Output::Link(LinkState::Up), Output::Resync]);
        driver
    }

    fn connect(&mut self) {
        assert_eq!(self.wait_for_timer(), [Output::Connect]);
        self.session.opened(self.at());
    }

    fn at(&self) -> WireTime {
        WireTime::from_millis(self.now)
    }

    fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.session.poll()).collect()
    }

    fn say(&mut self, text: &str) -> Vec<Output> {
        self.session.text(self.at(), text);
        self.outputs()
    }

    fn pass(&mut self, seconds: u64) {
        self.now += seconds * 1_000;
    }

    fn wait_for_timer(&mut self) -> Vec<Output> {
        self.now = self.now.max(self.session.next_timer().unwrap().millis());
        self.session.timer(self.at());
        self.outputs()
    }
}

fn subscribed(channel: &str, chan: i64) -> String {
    format!(r#"{{"event":"subscribed","channel":"{channel}","chanId":{chan},"symbol":"fUSD"}}"#)
}

fn sent(outputs: &[Output]) -> Vec<&str> {
    outputs
        .iter()
        .filter_map(|output| if let Output::Send(text) = output { Some(text.as_str()) } else { None })
        .collect()
}

#[test]
fn a_public_session_asks_for_numbers_then_for_its_channels_and_is_up_when_they_are_open() {
    let usd = Currency::USD;
    let mut driver =
        Driver::public(vec![Subscription::Ticker(usd), Subscription::Trades(usd), Subscription::Trades(usd)]);
    driver.connect();
    let outputs = driver.say(INFO);
    assert_eq!(outputs[0], Output::Market(MarketNews::Operative(true)));
    assert_eq!(
        sent(&outputs),
        [
            r#"{"event":"conf","flags":65536}"#,
            r#"{"event":"subscribe","channel":"ticker","symbol":"fUSD"}"#,
            r#"{"event":"subscribe","channel":"trades","symbol":"fUSD"}"#
        ]
    );
    assert_eq!(driver.say(CONF), []);
    assert_eq!(driver.say(&subscribed("ticker", 5)), []);
    assert_eq!(driver.say(&subscribed("trades", 6)), [Output::Link(LinkState::Up)]);
    assert!(matches!(driver.say("[5,[0.1,0.2,2,5],1]").as_slice(), [Output::Market(MarketNews::Ticker(..))]));
}

#[test]
fn a_trade_is_told_once_and_a_snapshot_oldest_first() {
    let mut driver = Driver::public(vec![Subscription::Trades(Currency::USD)]);
    driver.connect();
    driver.say(INFO);
    driver.say(&subscribed("trades", 6));
    let ids = |outputs: &[Output]| match outputs {
        [Output::Market(MarketNews::Prints(_, prints))] => prints.iter().map(|print| print.id).collect(),
        _ => vec![],
    };
    assert_eq!(ids(&driver.say("[6,[[3,30,1,0.1,2],[2,20,1,0.1,2]]]")), [2, 3]);
    assert_eq!(ids(&driver.say(r#"[6,"fte",[4,40,1,0.1,2]]"#)), [4]);
    assert_eq!(driver.say(r#"[6,"ftu",[4,40,1,0.1,2]]"#), [Output::Ignored]);
    driver.session.closed(driver.at());
    driver.outputs();
    driver.connect();
    driver.say(INFO);
    driver.say(&subscribed("trades", 9));
    assert_eq!(ids(&driver.say("[9,[[5,50,1,0.1,2],[4,40,1,0.1,2],[3,30,1,0.1,2]]]")), [5]);
}

#[test]
fn a_gap_a_repetition_and_a_change_of_order_end_the_connection() {
    for next in ["[7,[0.0001,2,0,1],3]", "[7,[0.0001,2,0,1],1]", r#"[7,"hb",0]"#, r#"[7,"hb"]"#, "[7,[[0.1,2,1,5]],9]"]
    {
        let mut driver = Driver::with_book();
        assert_eq!(
            driver.say(next),
            [Output::Gap, Output::Link(LinkState::Stale), Output::Close, Output::Link(LinkState::Down)],
            "{next}"
        );
        driver.connect();
    }
    let mut driver = Driver::with_book();
    assert!(matches!(driver.say("[7,[0.0001,2,0,1],2]").as_slice(), [Output::Market(MarketNews::Level(..))]));
}

#[test]
fn a_silent_stall_is_noticed_within_45_seconds() {
    for mut driver in [Driver::with_book(), Driver::with_account()] {
        let began = driver.now;
        assert_eq!(sent(&driver.wait_for_timer()), [r#"{"event":"ping","cid":1}"#]);
        assert_eq!(driver.wait_for_timer(), [Output::Close, Output::Link(LinkState::Down)]);
        assert!(driver.now - began <= 45_000, "{}", driver.now - began);
    }
    let mut driver = Driver::with_book();
    driver.wait_for_timer();
    driver.pass(5);
    driver.say(r#"{"event":"pong","cid":1}"#);
    driver.pass(20);
    driver.session.timer(driver.at());
    assert_eq!(driver.outputs(), []);
}

#[test]
fn the_exchanges_notices_are_obeyed() {
    let mut driver = Driver::with_book();
    assert_eq!(driver.say(r#"{"event":"info","code":20051}"#), [Output::Close, Output::Link(LinkState::Down)]);

    let (begins, ends) = (r#"{"event":"info","code":20060}"#, r#"{"event":"info","code":20061}"#);
    let mut driver = Driver::with_book();
    let stale = [Output::Link(LinkState::Stale), Output::Market(MarketNews::Operative(false))];
    assert_eq!(driver.say(begins), stale);
    let outputs = driver.say(ends);
    assert_eq!(outputs[..2], [Output::Market(MarketNews::Operative(true)), Output::Resync]);
    assert_eq!(sent(&outputs).len(), 2);
    assert_eq!(driver.say(&subscribed("book", 8)), [Output::Link(LinkState::Up)]);

    let mut driver = Driver::with_account();
    assert_eq!(driver.say(begins), stale);
    assert_eq!(
        driver.say(ends),
        [Output::Market(MarketNews::Operative(true)), Output::Resync, Output::Close, Output::Link(LinkState::Down)]
    );
}

#[test]
fn a_maintenance_that_does_not_end_is_left_after_150_seconds() {
    let mut driver = Driver::with_book();
    driver.say(r#"{"event":"info","code":20060}"#);
    let began = driver.now;
    while driver.wait_for_timer().first() != Some(&Output::Close) {
        driver.say(r#"{"event":"pong","cid":1}"#);
    }
    assert_eq!(driver.now - began, 150_000);
    // A connection that begins in maintenance asks for nothing until it is over.
    driver.connect();
    let outputs = driver.say(r#"{"event":"info","version":2,"platform":{"status":0}}"#);
    assert_eq!(outputs, [Output::Link(LinkState::Stale), Output::Market(MarketNews::Operative(false))]);
    assert_eq!(sent(&driver.say(r#"{"event":"info","code":20061}"#)).len(), 2);
}

#[test]
fn a_refused_key_is_tried_again_slowly_and_an_overtaken_nonce_at_once() {
    let failed = |code, text: &str| format!(r#"{{"event":"auth","status":"FAILED","code":{code},"msg":"{text}"}}"#);
    for (code, slow) in [(10_100, true), (10_112, true), (10_113, true), (10_114, false), (11_000, false)] {
        let mut driver = Driver::new(Role::Private);
        driver.connect();
        assert_eq!(driver.say(INFO)[2], Output::Authenticate);
        let outputs = driver.say(&failed(code, "apikey: invalid"));
        let told = Output::AuthFailed { code, text: "apikey: invalid".into() };
        let tells = code != 11_000;
        assert_eq!((outputs.contains(&told), outputs.contains(&Output::Close)), (tells, true), "{code}");
        let wait = driver.session.next_timer().unwrap().since(driver.at());
        assert_eq!(wait >= MINUTE, slow, "{code}");
        driver.connect();
        assert_eq!(driver.say(INFO)[2], Output::Authenticate);
    }
}

#[test]
fn caps_pass_the_gate_at_every_authentication() {
    let mut driver = Driver::new(Role::Private);
    driver.connect();
    driver.say(INFO);
    let auth = |caps: &str| format!(r#"{{"event":"auth","status":"OK","caps":{caps}}}"#);
    assert_eq!(driver.say(&auth(CAPS)), [Output::Gate(GateVerdict::Good)]);
    let missing = vec![MissingScope::WalletsRead, MissingScope::HistoryRead];
    assert_eq!(
        driver.say(&auth(r#"{"funding":{"read":1,"write":1}}"#)),
        [Output::Gate(GateVerdict::Insufficient(missing))]
    );
    let outputs = driver.say(&auth(r#"{"ui_withdraw":{"read":0,"write":1}}"#));
    assert_eq!(outputs, [Output::Gate(GateVerdict::Refused(vec!["ui_withdraw".into()]))]);
}

#[test]
fn account_news_comes_through_and_what_cannot_be_read_asks_for_a_new_reading() {
    let mut driver = Driver::with_account();
    let offer = r#"[1,"fUSD",5,6,10,10,"LIMIT",null,null,0,"ACTIVE",null,null,null,0.001,2]"#;
    let outputs = driver.say(&format!(r#"[0,"fon",{offer},7,1]"#));
    assert!(matches!(outputs.as_slice(), [Output::Account(AccountNews::Offer(Change::Set, _))]));
    let trade = r#"[636854,"fUSD",1575282446000,41238905,1000,0.002,7,null]"#;
    assert!(matches!(
        driver.say(&format!(r#"[0,"fte",{trade},8,2]"#)).as_slice(),
        [Output::Account(AccountNews::Trade(_))]
    ));
    assert_eq!(driver.say(&format!(r#"[0,"ftu",{trade},9,3]"#)), [Output::Ignored]);
    assert_eq!(driver.say(r#"[0,"n",[1,"fon-req",null,null,null,null,"SUCCESS","x"],3]"#), [Output::Ignored]);
    for unreadable in [r#"[0,"fou",[1,"fUSD"],10,4]"#, "garbage"] {
        let outputs = driver.say(unreadable);
        assert!(matches!(outputs.as_slice(), [Output::Unreadable { .. }, Output::Resync]), "{outputs:?}");
    }
    assert_eq!(driver.say(r#"[0,"wu",[],12,5]"#)[0], Output::Gap);
}

#[test]
fn what_does_not_answer_is_given_up() {
    // The connection does not open; nothing is said on it; a request is not answered; the snapshots do not come.
    let mut driver = Driver::new(Role::Private);
    assert_eq!(driver.wait_for_timer(), [Output::Connect]);
    assert_eq!(driver.wait_for_timer(), [Output::Close]);
    for frames in [0, 1] {
        for role in [Role::Private, Role::Public(vec![Subscription::Ticker(Currency::USD)])] {
            let mut driver = Driver::new(role);
            driver.connect();
            let began = driver.now;
            for _ in 0..frames {
                driver.say(INFO);
            }
            driver.pass(25);
            if frames > 0 {
                driver.say(r#"{"event":"pong","cid":1}"#);
            }
            while driver.wait_for_timer().first() != Some(&Output::Close) {}
            assert!(driver.now - began <= 45_000);
        }
    }
}

#[test]
fn another_version_of_the_interface_is_not_spoken() {
    let mut driver = Driver::new(Role::Private);
    driver.connect();
    let outputs = driver.say(r#"{"event":"info","version":3,"platform":{"status":1}}"#);
    assert!(matches!(outputs.as_slice(), [Output::Unreadable { .. }, Output::Close]));
    assert!(driver.session.next_timer().unwrap().since(driver.at()) >= MINUTE);
}

#[test]
fn the_backoff_starts_over_only_after_a_minute_of_good_data() {
    let wait_after = |good: u64| {
        let mut driver = Driver::with_book();
        for _ in 0..8 {
            driver.session.closed(driver.at());
            driver.outputs();
            driver.connect();
        }
        driver.say(INFO);
        driver.say(&subscribed("book", 7));
        for second in 0..=good {
            driver.say(&format!(r#"[7,"hb",{second}]"#));
            driver.pass(1);
        }
        driver.session.closed(driver.at());
        driver.session.next_timer().unwrap().since(driver.at()).get()
    };
    assert!(wait_after(59) >= 30_000);
    assert!(wait_after(60) <= 2_000);
}
