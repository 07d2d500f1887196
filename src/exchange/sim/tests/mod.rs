//! The exchange from outside: requests and frames in, replies and frames out, under a scripted background.

mod faults;
mod matching;
mod money;
mod past;
mod rest;
mod socket;

use std::collections::VecDeque;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha384;

use super::api::{AccountSetup, Command, ConnId, Fate, Frame, Permission, Reply, Request};
use super::faults::FaultDeck;
use super::market::{Background, Hold, Level, Move, Remaining};
use super::{Account, Setup, SimExchange};
use crate::domain::{
    Amount, BookSide, Currency, DAY, DailyRate, Days, Decimal, HOUR, Millis, Moment, Rounding, SECOND, Timestamp,
    WireTime,
};

/// 2026-07-01 00:00 UTC.
const START: i64 = 1_782_864_000_000;
const SECRET: &str = "secret";

/// A background that does what it was told, when it was told.
#[derive(Debug)]
struct Script {
    currency: Currency,
    moves: VecDeque<(Timestamp, Vec<Move>)>,
    holds: VecDeque<Hold>,
}

impl Background for Script {
    fn currency(&self) -> Currency {
        self.currency
    }
    fn next(&self) -> Timestamp {
        self.moves.front().map_or(Timestamp::from_millis(i64::MAX), |(at, _)| *at)
    }
    fn step(&mut self, remaining: Remaining<'_>) -> Vec<Move> {
        assert!(self.next() <= remaining.now, "asked before its time");
        self.moves.pop_front().map(|(_, moves)| moves).unwrap_or_default()
    }
    fn hold(&mut self, period: Days, _rate: DailyRate) -> Hold {
        self.holds.pop_front().unwrap_or(Hold { returned_after: period.span(), used_after: None })
    }
}

fn rate(text: &str) -> DailyRate {
    DailyRate::parse(text, Rounding::Nearest).unwrap()
}

fn usd(units: i32) -> Amount {
    Amount::whole(units)
}

fn level(side: BookSide, rate: &str, period: u16, amount: i32) -> Level {
    Level { side, rate: Decimal::parse(rate).unwrap(), period: Days::new(period), count: 1, amount: usd(amount) }
}

fn offer(rate: &str, period: u16, amount: i32) -> Level {
    level(BookSide::Offers, rate, period, amount)
}

fn bid(rate: &str, period: u16, amount: i32) -> Level {
    level(BookSide::Bids, rate, period, amount)
}

fn borrow(amount: i32, limit: &str, period: u16) -> Move {
    Move::Borrow { amount: usd(amount), limit: rate(limit), period: Days::new(period) }
}

fn lender_rights() -> Vec<Permission> {
    [("account", true, false), ("history", true, false), ("funding", true, true), ("wallets", true, false)]
        .into_iter()
        .chain([("withdraw", false, false), ("orders", false, false)])
        .map(|(scope, read, write)| Permission { scope: scope.to_owned(), read, write })
        .collect()
}

fn lender(funds: i32) -> AccountSetup {
    AccountSetup {
        name: "main".to_owned(),
        key: "key".to_owned(),
        secret: SECRET.to_owned(),
        permissions: lender_rights(),
        wallets: vec![("funding".to_owned(), Currency::USD, usd(funds))],
        offers: Vec::new(),
        auto_renew: Vec::new(),
    }
}

/// An exchange with its clock and its client.
struct Desk {
    exchange: SimExchange,
    now: Moment,
    nonce: u64,
    frames: Vec<(ConnId, String)>,
    closes: Vec<ConnId>,
}

impl Desk {
    fn build(seed: u64, account: AccountSetup, script: Script, faults: FaultDeck) -> Self {
        let start = Timestamp::from_millis(START);
        let exchange = SimExchange::new(Setup {
            seed,
            start,
            accounts: vec![account],
            markets: vec![Box::new(script)],
            faults,
            rate_limit_scale: 1,
        });
        let now = Moment { market: start, wire: WireTime::default() };
        Self { exchange, now, nonce: 1_000, frames: Vec::new(), closes: Vec::new() }
    }

    /// 10 000 USD in the wallet, an FRR of 0.0004, and these moves at these seconds.
    fn new(moves: Vec<(i64, Vec<Move>)>) -> Self {
        Self::with_holds(moves, Vec::new())
    }

    fn with_holds(moves: Vec<(i64, Vec<Move>)>, holds: Vec<Hold>) -> Self {
        Self::build(7, lender(10_000), script(moves, holds), FaultDeck::default())
    }

    fn pass(&mut self, span: Millis) {
        self.now = Moment { market: self.now.market.plus(span), wire: self.now.wire.plus(span) };
        self.exchange.advance(self.now);
        self.collect();
    }

    fn collect(&mut self) {
        for out in self.exchange.outgoing() {
            match out.frame {
                Frame::Text(text) => self.frames.push((out.conn, text)),
                Frame::Close => self.closes.push(out.conn),
            }
        }
    }

    fn account(&self) -> &Account {
        self.exchange.books().account("main").unwrap()
    }

    fn command(&mut self, command: Command) -> String {
        let answer = self.exchange.command(self.now, command).unwrap();
        self.collect();
        answer
    }

    fn get(&mut self, path: &str) -> Value {
        let reply = self.raw(&Request {
            method: "GET",
            path: &format!("v2/{path}"),
            nonce: None,
            key: None,
            signature: None,
            body: "",
        });
        serde_json::from_str(&reply.body).unwrap()
    }

    fn raw(&mut self, request: &Request<'_>) -> Reply {
        let reply = self.exchange.request(self.now, request);
        self.collect();
        reply
    }

    fn signed(&mut self, path: &str, body: &str, secret: &str) -> Reply {
        self.nonce += 1;
        let nonce = self.nonce.to_string();
        let signature = sign(secret, &format!("/api/v2/{path}{nonce}{body}"));
        self.raw(&Request {
            method: "POST",
            path: &format!("v2/{path}"),
            nonce: Some(&nonce),
            key: Some("key"),
            signature: Some(&signature),
            body,
        })
    }

    fn post(&mut self, path: &str, body: &str) -> Value {
        let reply = self.signed(path, body, SECRET);
        assert!(matches!(reply.fate, Fate::Send(_)), "{reply:?}");
        serde_json::from_str(&reply.body).unwrap()
    }

    /// Code and text of a refusal, in either of its shapes.
    fn refused(&mut self, path: &str, body: &str) -> String {
        let reply = self.post(path, body);
        if reply[0] == "error" {
            return reply[2].as_str().unwrap().to_owned();
        }
        assert_ne!(reply[6], "SUCCESS", "{reply}");
        reply[7].as_str().unwrap().to_owned()
    }

    fn submit(&mut self, amount: &str, at: &str, period: u16) -> i64 {
        let body = format!(
            r#"{{"type":"LIMIT","symbol":"fUSD","amount":"{amount}","rate":"{at}","period":{period},"flags":0}}"#
        );
        self.submit_body(&body)
    }

    fn submit_body(&mut self, body: &str) -> i64 {
        let reply = self.post("auth/w/funding/offer/submit", body);
        assert_eq!(reply[6], "SUCCESS", "{reply}");
        let row = if reply[4][0].is_array() { &reply[4][0] } else { &reply[4] };
        row[0].as_i64().unwrap()
    }

    fn open(&mut self) -> ConnId {
        let conn = self.exchange.open(self.now).unwrap();
        self.collect();
        conn
    }

    fn say(&mut self, conn: ConnId, text: &str) {
        self.exchange.receive(self.now, conn, text);
        self.collect();
    }

    fn auth(&mut self, conn: ConnId) {
        self.nonce += 1;
        let nonce = self.nonce;
        let signature = sign(SECRET, &format!("AUTH{nonce}"));
        self.say(
            conn,
            &format!(
                r#"{{"event":"auth","apiKey":"key","authNonce":"{nonce}","authPayload":"AUTH{nonce}","authSig":"{signature}"}}"#
            ),
        );
    }

    /// The frames so far, read; then forgotten.
    fn take_frames(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.frames).iter().map(|(_, text)| serde_json::from_str(text).unwrap()).collect()
    }

    /// Types of the account's messages, without heartbeats.
    fn kinds(&mut self) -> Vec<String> {
        let frames = self.take_frames();
        let own = frames.iter().filter(|frame| frame[0] == 0 && frame[1] != "hb");
        own.map(|frame| frame[1].as_str().unwrap().to_owned()).collect()
    }

    /// Balance = available + offers + loans + credits, always.
    fn assert_conserved(&self) {
        let state = self.account().state(Currency::USD, DailyRate::ZERO);
        let sum = state.available.units() + state.offered.units() + state.lent.units();
        assert_eq!(state.balance.units(), sum);
        assert!(state.available.units() >= 0, "{state:?}");
    }
}

fn script(moves: Vec<(i64, Vec<Move>)>, holds: Vec<Hold>) -> Script {
    let start = Timestamp::from_millis(START);
    let frr = vec![Move::Frr(Decimal::parse("0.0004").unwrap()), Move::FrrWaiting(usd(1_000_000))];
    let first = std::iter::once((start, frr));
    let rest = moves.into_iter().map(|(second, moves)| (start.plus(SECOND.times(second)), moves));
    Script { currency: Currency::USD, moves: first.chain(rest).collect(), holds: holds.into() }
}

fn sign(secret: &str, payload: &str) -> String {
    let mut mac = Hmac::<Sha384>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(payload.as_bytes());
    let digest = mac.finalize().into_bytes();
    let nibbles = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.map(|nibble| char::from_digit(nibble.into(), 16).unwrap()).collect()
}

fn hold(returned_after: Millis, used_after: Option<Millis>) -> Hold {
    Hold { returned_after, used_after }
}

#[test]
fn time_runs_through_the_script_and_never_back() {
    let mut desk = Desk::new(vec![(60, vec![Move::Frr(Decimal::parse("0.0005").unwrap())])]);
    assert_eq!(desk.exchange.next_event(), Timestamp::from_millis(START + 60_000));
    desk.pass(HOUR);
    assert_eq!(desk.exchange.frr(Currency::USD), rate("0.0005"));
    desk.exchange.advance(Moment::default());
    assert!(desk.exchange.next_event() > desk.now.market);
    desk.pass(DAY);
}

/// A day of the modelled market with a lender who asks the best rate every quarter of an hour.
#[test]
fn a_day_of_the_modelled_market_adds_up() {
    let start = Timestamp::from_millis(START);
    let profile = super::market::MarketProfile::usd();
    let setup = Setup {
        seed: 5,
        start,
        accounts: vec![lender(50_000)],
        markets: vec![Box::new(super::market::model::ModelledMarket::new(5, profile, start))],
        faults: FaultDeck::default(),
        rate_limit_scale: 1,
    };
    let now = Moment { market: start, wire: WireTime::default() };
    let exchange = SimExchange::new(setup);
    let mut desk = Desk { exchange, now, nonce: 1_000, frames: Vec::new(), closes: Vec::new() };
    let conn = desk.open();
    desk.say(conn, r#"{"event":"conf","flags":65536}"#);
    for channel in ["book", "trades", "ticker"] {
        desk.say(conn, &format!(r#"{{"event":"subscribe","channel":"{channel}","symbol":"fUSD"}}"#));
    }
    desk.auth(conn);
    for minute in 0..1_440 {
        desk.pass(SECOND.times(60));
        if minute % 15 == 0 {
            let ask = desk.get("ticker/fUSD")[4].to_string();
            let rate = DailyRate::parse(&ask, Rounding::Nearest).unwrap().outbound(Rounding::Down);
            let offer = super::api::HandOffer { currency: Currency::USD, amount: usd(1_000), rate, period: 2 };
            // Once all money is out, the exchange refuses.
            let _ = desk.exchange.command(desk.now, Command::PlaceOffer { account: "main".to_owned(), offer });
        }
        desk.assert_conserved();
    }
    desk.pass(HOUR.times(2));
    assert!(desk.account().lent_out(Currency::USD) > Amount::ZERO);
    assert!(desk.account().interest(Currency::USD) > Amount::ZERO);
    let frames = desk.take_frames();
    assert!(socket::assert_sequence(&frames) > 1_000);
}
