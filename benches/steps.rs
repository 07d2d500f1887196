//! How long the core takes, from the text of a message to its effects (DESIGN.md section 8): percentiles over 10^5 steps,
//! the best of five runs. `cargo bench --bench steps`. Nothing is asserted: a figure is for people, a bar is not a test.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a benchmark is for people")]
#![expect(clippy::disallowed_methods, reason = "whoever measures time reads the clock")]
#![expect(clippy::wildcard_imports, clippy::wildcard_enum_match_arm, reason = "it speaks the core's whole vocabulary")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use yieldsforge::domain::*;
use yieldsforge::engine::*;
use yieldsforge::exchange::session::{Output, Role, Session};
use yieldsforge::exchange::wire::frame::Subscription;
use yieldsforge::strategy::*;

const START: i64 = 1_790_000_000_000;
const STEPS: usize = 100_000;
const RUNS: usize = 5;
const BOOK: i64 = 250;
const OFFERS: i64 = 40;

/// The market's session and the engine, fed with texts.
struct Desk {
    session: Session,
    engine: Engine,
    seq: u64,
    number: u64,
    at: i64,
}

impl Desk {
    /// A book of 250 levels, three slices, 40 live offers.
    fn set() -> Self {
        let channels = vec![Subscription::Ticker(Currency::USD), Subscription::Book(Currency::USD)];
        let session = Session::new(Role::Public(channels), 1);
        let mut desk = Self { session, engine: Engine::new(), seq: 0, number: 0, at: START };
        let own = (1..=OFFERS).map(|id| (OfferId(id), OwnRecord { slice: slice_of(id).to_owned() }));
        let own = BTreeMap::from([(main_account(), own.collect())]);
        desk.step(Body::Restored(Box::new(Restored { next_action: 1, own, ..Restored::default() })));
        desk.step(Body::Policy(Arc::new(policy())));
        desk.session.timer(WireTime::from_millis(10_000));
        desk.session.opened(WireTime::from_millis(10_000));
        desk.say(r#"{"event":"info","version":2,"platform":{"status":1}}"#);
        desk.say(r#"{"event":"conf","status":"OK","flags":65536}"#);
        desk.say(r#"{"event":"subscribed","channel":"ticker","chanId":1,"symbol":"fUSD"}"#);
        desk.say(r#"{"event":"subscribed","channel":"book","chanId":2,"symbol":"fUSD"}"#);
        desk.data("[1,[0.0003,0.0002,2,1000,0.00019,2,1000,0,0,0.0002,100,0,0,null,null,1000]");
        let mut levels = String::from("[2,[");
        for level in 0..BOOK {
            let _infallible = write!(levels, "[{},2,3,25000.5],", Decimal::parse(&rate_text(level)).unwrap());
        }
        levels.pop();
        levels.push(']');
        desk.data(&levels);
        desk.account();
        desk
    }

    fn account(&mut self) {
        self.step(Body::Account(main_account(), AccountNews::Gate(GateVerdict::Good)));
        self.step(Body::Link(Stream::Account(main_account()), LinkState::Up));
        self.step(Body::Tick);
        let offers: Vec<Offer> = (1..=OFFERS).map(offer).collect();
        let wallet = Wallet {
            kind: WalletKind::Funding,
            currency: Currency::USD,
            balance: Amount::whole(40_140),
            available: Some(Amount::whole(140)),
        };
        let at = Timestamp::from_millis(self.at);
        let reading = AccountSnapshot {
            started: at,
            ended: at,
            lent: Vec::new(),
            offers,
            wallets: vec![wallet],
            history: None,
            dropped_rows: 0,
        };
        self.step(Body::Account(main_account(), AccountNews::Snapshot(Box::new(reading))));
    }

    /// A data frame without its end: the sequence number comes after it.
    fn data(&mut self, frame: &str) {
        self.number += 1;
        let text = format!("{frame},{}]", self.number);
        self.say(&text);
    }

    fn say(&mut self, text: &str) {
        self.session.text(WireTime::from_millis(10_001), text);
        while let Some(output) = self.session.poll() {
            match output {
                Output::Market(news) => drop(self.step(Body::Market(news))),
                Output::Link(state) => drop(self.step(Body::Link(Stream::Market, state))),
                _ => {}
            }
        }
    }

    fn step(&mut self, body: Body) -> Vec<Effect> {
        self.seq += 1;
        black_box(self.engine.step(&Input { seq: self.seq, at: Timestamp::from_millis(self.at), body }))
    }

    /// The status of the dollars after a tick, and how many actions it brought.
    fn decided(&mut self) -> (CurrencyStatus, usize) {
        let effects = self.step(Body::Tick);
        let acts = effects.iter().filter(|effect| matches!(effect, Effect::Act(_))).count();
        let view =
            effects.into_iter().find_map(|effect| if let Effect::View(view) = effect { Some(view) } else { None });
        (view.unwrap().accounts[&main_account()].currencies[&Currency::USD].clone(), acts)
    }
}

fn main_account() -> AccountName {
    AccountName::new("main").unwrap()
}

fn slice_of(id: i64) -> &'static str {
    ["near", "far", "spike"][usize::try_from(id % 3).unwrap()]
}

fn rate_text(level: i64) -> String {
    format!("0.000{:05}", 20_000 + level * 7)
}

fn rate(text: &str) -> DailyRate {
    DailyRate::parse(text, Rounding::Nearest).unwrap()
}

fn offer(id: i64) -> Offer {
    let at = Timestamp::from_millis(START);
    Offer {
        id: OfferId(id),
        currency: Currency::USD,
        created: at,
        updated: at,
        amount: Amount::whole(1_000),
        original: Amount::whole(1_000),
        kind: OfferKind::Limit,
        rate: rate(&rate_text(id * 3)),
        real_rate: None,
        period: Days::MIN,
        hidden: false,
        renew: false,
        status: OfferStatus::Active,
    }
}

fn policy() -> Policy {
    let slice = |name: &str, share, rule| Slice { share: Ratio::percent(share), ..Slice::plain(name, rule) };
    let own = |whole| Quantity::Own(Amount::whole(whole));
    let slices = vec![
        slice("near", 34, RateRule::Spread { from: own(1_000), to: own(400_000), offers: 14 }),
        slice("far", 33, RateRule::Spread { from: own(500_000), to: own(3_000_000), offers: 14 }),
        slice("spike", 33, RateRule::Depth { amount: own(2_000_000) }),
    ];
    let limits = ProfileLimits {
        floor: RateSpec { rate: rate("0.00005"), net: false },
        ceiling: None,
        max_offer: Some(own(1_000)),
        max_period: Days::new(30),
        max_offers: 60,
    };
    let profile = Arc::new(Profile { name: "three".into(), description: String::new(), limits, slices });
    let keep = Measure::Amount(Quantity::Own(Amount::ZERO));
    let lend = LendPolicy { profile, keep, max_lent: None, min_liquid: None, wind_down: None, shadow: None };
    let lend = BTreeMap::from([(Currency::USD, lend)]);
    let account = AccountPolicy { enabled: true, fee: None, active_until: None, lend };
    Policy { generation: 1, paper: false, tick: SECOND.times(10), accounts: [(main_account(), account)].into() }
}

/// Nanoseconds of each step, sorted, of the run with the best 99th percentile.
fn best(mut step: impl FnMut(usize)) -> Vec<u128> {
    let run = |step: &mut dyn FnMut(usize)| {
        let mut took: Vec<u128> = (0..STEPS)
            .map(|number| {
                let began = Instant::now();
                step(number);
                began.elapsed().as_nanos()
            })
            .collect();
        took.sort_unstable();
        took
    };
    (0..RUNS).map(|_| run(&mut step)).min_by_key(|took| took[STEPS * 99 / 100]).unwrap()
}

fn tell(what: &str, took: &[u128]) {
    let at = |share: usize| took[STEPS * share / 1_000];
    println!("{what}: median {} ns, p99 {} ns, p99.9 {} ns", at(500), at(990), at(999));
}

/// An ordinary update of a level that is there, its text ready.
fn update(number: usize, sequence: u64) -> String {
    let level = i64::try_from(number).unwrap() % BOOK;
    format!("[2,[{},2,3,{}.25],{sequence}]", Decimal::parse(&rate_text(level)).unwrap(), 20_000 + number % 9_000)
}

fn main() {
    let mut desk = Desk::set();
    let (usd, acts) = desk.decided();
    println!(
        "{} own offers, {} decisions, {acts} actions at the first tick: {:?}",
        usd.offers.len(),
        usd.decisions.len(),
        usd.decisions
    );
    let clock = Instant::now();
    for _ in 0..STEPS {
        black_box(Instant::now());
    }
    println!(
        "reading the clock: {} ns, in every figure below",
        clock.elapsed().as_nanos() / u128::try_from(STEPS).unwrap()
    );

    let texts: Vec<String> =
        (0..STEPS * RUNS).map(|number| update(number, desk.number + 1 + u64::try_from(number).unwrap())).collect();
    let mut texts = texts.iter();
    tell("a book update, from its text to applied", &best(|_| desk.say(texts.next().unwrap())));
    desk.number += u64::try_from(STEPS * RUNS).unwrap();

    // The same, and everything is reconsidered: three slices wished anew, 40 offers compared with 250 levels.
    let mut number = desk.number;
    let took = best(|count| {
        number += 1;
        desk.at += 100;
        desk.say(&update(count, number));
        desk.step(Body::Tick);
    });
    tell("a book update, decided and planned at once", &took);
}
