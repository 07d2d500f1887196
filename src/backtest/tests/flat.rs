//! What a run remembers: as much at the end of a long tape as at the end of a short one. Foresight alone remembers every event,
//! and the books have a figure for each day.

use super::profiles::{beside_rules, rules};
use crate::backtest::benchmarks::habits;
use crate::backtest::fill::FillModel;
use crate::backtest::lender::{ByEngine, ByPolicy, Lender};
use crate::backtest::measure::Tally;
use crate::backtest::tape::{Modelled, Tape};
use crate::backtest::venue::{Terms, Venue};
use crate::domain::{AccountName, Amount, Currency, DAY, HOUR, Ratio, Timestamp};
use crate::exchange::sim::market::{MarketProfile, Refinancing};

const START: Timestamp = Timestamp::from_millis(1_771_200_000_000);
/// The longest window is 30 days: from then on what is learned takes the place of what is forgotten.
const SHORT: i64 = 40;
const LONG: i64 = 80;

/// All that somebody has in mind, but for the books, and for the ids of what is over: of these the last 4,096 are kept.
fn mind(lender: &dyn Lender) -> String {
    without(&without(&format!("{lender:?}"), "Tally {"), "Remembered {")
}

/// The text without what `begins` so, up to its closing brace.
fn without(text: &str, begins: &str) -> String {
    let mut kept = String::new();
    let mut pieces = text.split(begins);
    kept.push_str(pieces.next().unwrap());
    for piece in pieces {
        let mut depth = 1;
        let ends = piece.char_indices().find(|(_, letter)| {
            depth += i32::from(*letter == '{') - i32::from(*letter == '}');
            depth == 0
        });
        kept.push_str(&piece[ends.unwrap().0..]);
    }
    kept
}

#[test]
fn what_is_remembered_does_not_grow_with_the_tape() {
    let (short, long) = (START.plus(DAY.times(SHORT)), START.plus(DAY.times(LONG)));
    let terms = Terms {
        currency: Currency::USD,
        amount: Amount::whole(5_000),
        fee: Ratio::percent(15),
        fills: FillModel::Prints,
        refinancing: Refinancing::Mild,
        seed: 1,
        usd_price: Amount::whole(1),
    };
    let venue = || Venue::new(terms, Tally::new(START, long));
    let mut all: Vec<(String, Box<dyn Lender>)> = Vec::new();
    let chosen = ["adaptive", "quantile", "mixed"];
    for profile in rules().into_iter().chain(beside_rules()).filter(|profile| chosen.contains(&profile.name.as_str())) {
        let name = AccountName::new("test").unwrap();
        all.push((profile.name.clone(), Box::new(ByEngine::new(profile, HOUR, name, venue()))));
    }
    assert_eq!(all.len(), chosen.len());
    for habit in habits(true) {
        all.push((habit.name.to_owned(), Box::new(ByPolicy::new(habit.policy, venue()))));
    }
    for (_, lender) in &mut all {
        lender.deposit(START);
    }
    let mut tape = Modelled::new(1, MarketProfile::usd(), START, long);
    let mut then: Option<Vec<usize>> = None;
    while let Some(moment) = tape.next().unwrap() {
        for (_, lender) in &mut all {
            lender.moment(&moment);
        }
        if then.is_none() && moment.at >= short {
            then = Some(all.iter().map(|(_, lender)| mind(lender.as_ref()).len()).collect());
        }
    }
    for ((name, lender), then) in all.iter().zip(then.unwrap()) {
        let now = mind(lender.as_ref()).len();

        assert!(now < then + then / 5 + 2_000, "{name}: {then} letters after {SHORT} days, {now} after {LONG}");
    }
}
