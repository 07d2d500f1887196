//! The adaptive rule in the engine: it learns from what the market tells, decides, is scored, and gets over a restart.

use super::desk::*;
use crate::domain::*;
use crate::engine::*;
use crate::strategy::{PeriodRule, RateRule};

fn adaptive() -> Policy {
    let mut profile = profile();
    profile.limits.max_offer = None;
    profile.slices[0].rate = RateRule::Adaptive;
    profile.slices[0].period = PeriodRule::Adaptive;
    policy(profile, |_, _| {})
}

/// Ten days of hours that lent from 0.02 to 0.025 % a day.
fn candles(desk: &mut Desk) {
    let two = CandleSeries { width: HOUR, from: Days::MIN, to: Days::MIN };
    let candle = |hour: i64| Candle {
        at: desk.at.minus(HOUR.times(241 - hour)),
        open: rate("0.0002"),
        close: rate("0.00019"),
        // Once a day somebody pays so much that money could be locked up for it.
        high: rate(if hour % 24 == 12 { "0.0006" } else { "0.00025" }),
        low: rate("0.00018"),
        volume: Amount::whole(5_000_000),
    };
    let hours = (0..240).map(candle).collect();
    desk.feed(Body::Market(MarketNews::Candles(Currency::USD, two, hours)));
}

fn ready(restored: Restored) -> Desk {
    Desk::ready(adaptive(), restored, snapshot("2000", "2000", vec![], vec![]))
}

fn first(desk: &mut Desk) -> (Intent, Submit) {
    let acts = desk.tick(1);
    let submit = submit_of(&acts[0]).clone();
    (acts[0].clone(), submit)
}

#[test]
fn warm_from_candles_it_quotes_within_what_was_lent_and_explains_itself() {
    let mut desk = ready(Restored::default());
    candles(&mut desk);
    let (_, submit) = first(&mut desk);
    // The geometric mean of 0.02 and 0.025 is 0.02236.
    assert!(submit.rate > rate("0.0002") && submit.rate < rate("0.000224"), "{submit:?}");
    let slice = &desk.usd().decisions[0];
    assert!(slice.weighed.len() > 1, "the next best are told too: {slice:?}");
    let expected = slice.candidates[0].why.expected.expect("a forecast");
    assert!(expected.wait <= HOUR.times(2) && expected.hold > HOUR && expected.net < expected.rate);
}

#[test]
fn knowing_nothing_it_stands_a_tick_before_the_best() {
    let mut desk = ready(Restored::default());
    let (_, submit) = first(&mut desk);
    assert_eq!(submit.rate, rate("0.00018999"));
    assert_eq!(submit.period, Days::MIN);
}

/// A desk whose first offer the exchange has accepted.
fn offered() -> (Desk, Submit, Offer) {
    let mut desk = ready(Restored::default());
    candles(&mut desk);
    let (intent, submit) = first(&mut desk);
    let placed = Offer { rate: submit.rate, period: submit.period, ..offer(7, submit.amount, submit.amount, desk.at) };
    desk.accept(&intent, Some(placed.clone()));
    (desk, submit, placed)
}

#[test]
fn a_fill_is_scored_and_a_return_teaches() {
    let (mut desk, submit, placed) = offered();
    desk.at = desk.at.plus(MINUTE);
    let taken = Offer { amount: Amount::ZERO, status: OfferStatus::Executed, ..placed };
    desk.private(AccountNews::Offer(Change::Closed, taken));
    let loan = Lent { period: submit.period, ..lent(LentKind::Loan, 70, submit.amount, desk.at) };
    desk.private(AccountNews::Lent(Change::Set, loan.clone()));
    desk.tick(1);
    let scores = desk.usd().forecasts;
    assert_eq!((scores.waits, scores.fills, scores.holds), (1, 1, 0));
    assert_eq!(scores.within_most, 1, "a minute is soon");
    desk.at = desk.at.plus(HOUR);
    desk.private(AccountNews::Lent(Change::Closed, Lent { status: LentStatus::Closed, ..loan }));
    desk.tick(11);
    assert_eq!(desk.usd().forecasts.holds, 1);
    assert!(desk.usd().forecasts.held >= HOUR);
}

#[test]
fn an_offer_taken_in_two_parts_makes_two_loans_that_teach_and_one_wait() {
    let (mut desk, submit, placed) = offered();
    let half = Amount::from_units(submit.amount.units() / 2);
    let rest = submit.amount.less(half);
    let parts = [(half, Change::Set, OfferStatus::PartiallyFilled), (rest, Change::Closed, OfferStatus::Executed)];
    let mut loans = Vec::new();
    for (id, (part, change, status)) in (70..).zip(parts) {
        desk.at = desk.at.plus(MINUTE);
        let left = if change == Change::Set { rest } else { Amount::ZERO };
        desk.private(AccountNews::Offer(change, Offer { amount: left, status, ..placed.clone() }));
        let loan = Lent { period: submit.period, ..lent(LentKind::Loan, id, part, desk.at) };
        desk.private(AccountNews::Lent(Change::Set, loan.clone()));
        loans.push(loan);
    }
    desk.at = desk.at.plus(HOUR);
    for loan in loans {
        desk.private(AccountNews::Lent(Change::Closed, Lent { status: LentStatus::Closed, ..loan }));
    }
    desk.tick(11);
    let scores = desk.usd().forecasts;
    assert_eq!((scores.waits, scores.holds), (1, 2));
}

#[test]
fn what_is_learned_is_kept_by_the_hour_and_a_new_start_is_warm() {
    let mut desk = ready(Restored::default());
    candles(&mut desk);
    let warm = first(&mut desk).1.rate;
    assert!(desk.kept.is_empty(), "not at once");
    desk.tick(3_601);
    assert!(desk.kept.contains_key("market/USD") && desk.kept.contains_key("holds/main/USD"), "{:?}", desk.kept.keys());
    let kept = std::mem::take(&mut desk.kept);
    let mut again = Desk::new();
    again.at = desk.at.plus(MINUTE);
    again.feed(Body::Restored(Box::new(Restored { next_action: 99, kept, ..Restored::default() })));
    again.start(adaptive(), snapshot("2000", "2000", vec![], vec![]));
    let rate = first(&mut again).1.rate;
    assert!((rate.units() - warm.units()).abs() < warm.units() / 10, "{rate} after {warm}");
    assert!(!again.notes.iter().any(|note| matches!(note, Note::Forgotten { .. })));
}

#[test]
fn what_cannot_be_read_is_told_and_learned_anew() {
    let kept = [("market/USD".to_owned(), vec![1, 2, 3]), ("scores/main/USD".to_owned(), vec![9])].into();
    let desk = ready(Restored { kept, ..Restored::default() });
    let told = desk.notes.iter().filter(|note| matches!(note, Note::Forgotten { .. })).count();
    assert_eq!(told, 2);
}

#[test]
fn a_stop_writes_down_what_is_learned() {
    let mut desk = ready(Restored::default());
    candles(&mut desk);
    desk.tick(1);
    desk.feed(Body::Drain { cancel: false });
    desk.tick(1);
    assert!(desk.kept.contains_key("market/USD"));
}
