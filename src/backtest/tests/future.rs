//! No rule sees the future: two recordings are the same until a moment and differ wildly from then on. What everybody had
//! done and thought before it must be the same to the byte, whichever of them is played.
//!
//! Nothing is left out at the edge. A fill model may judge an offer by what comes after it was made (`snapshot` by the next
//! book), but it tells so only when that is over, at a time of its own. Perfect foresight alone sees everything, which is its
//! purpose; it is not asked here.

use std::path::{Path, PathBuf};

use super::plan;
use super::profiles::{beside_rules, rules};
use super::tapes::{SLOT, candles, folder, recording};
use crate::backtest::benchmarks::habits;
use crate::backtest::fill::FillModel;
use crate::backtest::lender::{ByEngine, ByPolicy, Lender};
use crate::backtest::measure::Tally;
use crate::backtest::moment::{Moment, What};
use crate::backtest::tape::{Recorded, Tape};
use crate::backtest::venue::{Terms, Venue};
use crate::backtest::{Plan, Unit, run};
use crate::domain::{AccountName, Amount, Currency, HOUR, MINUTE, Millis, Ratio, Timestamp};
use crate::exchange::sim::market::Refinancing;

/// Everybody by his name, as he stands at a moment: every offer, loan and thought.
type States = Vec<(String, String)>;

/// The recordings play from here.
const FROM: Timestamp = Timestamp::from_millis(HOUR.get());
/// What is planted has had this long to tell when it is looked for.
const LATER: Millis = HOUR.times(8);
/// The first planted slot of a recording of trades and books.
const PLANTED: i32 = 72;
/// So far over the market that it may have lent nothing.
const FAR: [&str; 1] = ["frr-auto-renew"];

fn terms(fills: FillModel, usd: i32) -> Terms {
    Terms {
        currency: Currency::USD,
        amount: Amount::whole(usd),
        fee: Ratio::percent(15),
        fills,
        refinancing: Refinancing::Adverse,
        seed: 3,
        usd_price: Amount::whole(1),
    }
}

/// Everybody, with his money.
fn everybody(terms: Terms, books: bool) -> Vec<(String, Box<dyn Lender>)> {
    let venue = || Venue::new(terms, Tally::new(FROM, FROM.plus(HOUR.times(96))));
    let mut all: Vec<(String, Box<dyn Lender>)> = Vec::new();
    for profile in rules().into_iter().chain(beside_rules()) {
        let name = AccountName::new("test").unwrap();
        all.push((profile.name.clone(), Box::new(ByEngine::new(profile, MINUTE, name, venue()))));
    }
    for habit in habits(books) {
        all.push((habit.name.to_owned(), Box::new(ByPolicy::new(habit.policy, venue()))));
    }
    for (_, lender) in &mut all {
        lender.deposit(FROM);
    }
    all
}

/// Everybody at two moments, when all is over that was to be told until then.
fn states(path: &Path, terms: Terms, moments: [Timestamp; 2]) -> [States; 2] {
    let mut tape = Recorded::open(path, terms.currency).unwrap();
    let mut all = everybody(terms, tape.kinds().books);
    let mut ahead = tape.next().unwrap();
    moments.map(|until| {
        while let Some(moment) = ahead.take_if(|moment| moment.at <= until) {
            for (_, lender) in &mut all {
                lender.moment(&moment);
            }
            ahead = tape.next().unwrap();
        }
        // News of nothing: time passes for everybody, who goes on deciding on what he knows.
        let nothing = Moment { at: until, what: What::Price(terms.usd_price) };
        let told = all.iter_mut().map(|(name, lender)| {
            lender.moment(&nothing);
            (name.clone(), format!("{lender:?}"))
        });
        told.collect()
    })
}

/// What the venue's books count. They come last: the engine has others.
fn counted(state: &str, what: &str) -> u64 {
    let books = state.rsplit("Tally {").next().unwrap();
    let (_, count) = books.split_once(&format!(" {what}: ")).unwrap();
    count.split(',').next().unwrap().parse().unwrap()
}

/// Offers and loans.
fn account(state: &str) -> &str {
    let venue = state.rsplit("Venue {").next().unwrap();
    let (_, offers) = venue.split_once(" offers: [").unwrap();
    offers.split_once(" next_id: ").unwrap().0
}

/// Plays two recordings that are the same until `planted`. Answers with how many lenders there were, and the names of those
/// who had lent nothing by then.
fn compare(paths: [&Path; 2], planted: Timestamp, terms: Terms) -> (usize, Vec<String>) {
    let moments = [planted.minus(Millis::new(1)), planted.plus(LATER)];
    let [[one, one_later], [other, other_later]] = paths.map(|path| states(path, terms, moments));
    for ((name, one), (_, other)) in one.iter().zip(&other) {
        assert!(one == other, "{name} knew what was to come");
        assert!(counted(one, "submits") > 0, "{name} has made offers: the comparison means something");
    }
    for ((name, one), (_, other)) in one_later.iter().zip(&other_later) {
        assert!(account(one) != account(other), "{name} lends as if nothing had been planted");
    }
    let idle = one.iter().filter(|(_, state)| counted(state, "fills") == 0).map(|(name, _)| name.clone());
    (one.len(), idle.collect())
}

fn far(idle: &[String]) -> bool {
    idle.iter().all(|name| FAR.contains(&name.as_str()))
}

/// When what is planted begins in [`recording`].
fn planted() -> Timestamp {
    FROM.plus(SLOT.times(i64::from(PLANTED)))
}

/// Two recordings of trades, books and tickers, one of them with a planted future.
fn recordings() -> [tempfile::TempDir; 2] {
    [PLANTED, i32::MAX].map(|planted| recording(PLANTED + 25, planted))
}

#[test]
fn no_rule_sees_a_future_that_is_planted_in_candles() {
    let files = [60, 1_000].map(|planted| folder(&[("fUSD-1h-p2_x.csv", candles(72, planted).as_str())]));
    let paths = files.each_ref().map(tempfile::TempDir::path);
    // The candle of hour 60 closes at hour 61: until then nobody may know of it.
    let planted = Timestamp::from_millis(HOUR.times(61).get());
    for fills in [FillModel::Strict, FillModel::Touch] {
        let (lenders, idle) = compare(paths, planted, terms(fills, 8_000));
        assert_eq!(lenders, 40);
        assert!(fills == FillModel::Strict || far(&idle), "{idle:?}");
    }
}

#[test]
fn no_rule_sees_a_future_that_is_planted_in_trades_and_books() {
    let folders = recordings();
    let paths = folders.each_ref().map(tempfile::TempDir::path);
    for fills in [FillModel::Prints, FillModel::Queue] {
        let (lenders, idle) = compare(paths, planted(), terms(fills, 30_000));
        assert_eq!(lenders, 42);
        assert!(far(&idle), "{idle:?}");
    }
}

#[test]
fn no_rule_sees_a_future_that_is_planted_in_books_alone() {
    let folders = recordings();
    let paths = folders.each_ref().map(|folder| folder.path().join("fUSD-book_x.csv"));
    let paths = paths.each_ref().map(PathBuf::as_path);
    let (lenders, idle) = compare(paths, planted(), terms(FillModel::Snapshot, 30_000));
    assert_eq!(lenders, 42);
    assert!(far(&idle), "{idle:?}");
}

#[test]
fn a_run_that_ends_before_is_the_same_whatever_comes_after() {
    let folders = recordings();
    let rows = |to: Option<Timestamp>| {
        let plan = Plan { to, warm_up: HOUR, ..plan() };
        folders.each_ref().map(|folder| {
            let unit = Unit::Data(folder.path().to_path_buf(), 1);
            format!("{:?}", run(&plan, &unit, &|_| ()).unwrap().rows)
        })
    };
    let [one, other] = rows(Some(planted()));
    assert!(one == other, "the run knew what was to come");
    let [one, other] = rows(None);
    assert!(one != other, "what is planted is played");
}
