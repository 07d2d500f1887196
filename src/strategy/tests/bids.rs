//! Bids of borrowers: which are met, and which are ghosts.

use super::*;
use crate::domain::OfferKind;

const MONEY: Amount = Amount::whole(1_000);

/// Asks 0.0002 for up to 30 days, and takes bids of 0.00025.
fn taker() -> Slice {
    let take_bids = Some(TakeBids { at_least: BidWorth::Rate(gross("0.00025")) });
    let period = PeriodRule::Fixed(Days::new(30));
    Slice { period, modifiers: Modifiers { take_bids, ..Modifiers::default() }, ..fixed("0.0002") }
}

/// A two-day offer that proves nothing about 30 days.
fn offers() -> Book {
    book(&[(15_000, 2, 10_000)])
}

/// Rate in ticks, days and amount of the bids that are met.
fn met(slice: &Slice, view: &MarketView<'_>, past: &Past) -> Vec<(i64, u16, String)> {
    let answer = asked(slice, 0, MONEY, view, &bounds(), past);
    let meets = answer.wishes.iter().filter(|wish| wish.meets_bid);
    let told = meets.map(|wish| {
        assert_eq!((wish.kind, wish.rate, wish.why.rule), (OfferKind::Limit, wish.effective, "take_bids"));
        (wish.rate.units() / DailyRate::TICK.units(), wish.period.get(), wish.amount.to_string())
    });
    told.collect()
}

fn met_in(book: &Book) -> Vec<(i64, u16, String)> {
    met(&taker(), &market(book), &Past::default())
}

#[test]
fn a_bid_that_pays_enough_is_met_and_the_rest_is_offered() {
    let book = with_bids(offers(), &[(30_000, 30, 400), (24_999, 30, 400)]);
    let answer = answer(&taker(), 0, MONEY, &market(&book), &bounds());
    assert_eq!(wished(&answer), pairs(&[(30_000, "400"), (20_000, "600")]));
    let days: Vec<u16> = answer.wishes.iter().map(|wish| wish.period.get()).collect();
    assert_eq!(days, [30, 30]);
    assert!(answer.wishes[0].meets_bid && !answer.wishes[1].meets_bid);
    let enough = with_bids(offers(), &[(30_000, 14, 5_000), (26_000, 30, 5_000)]);
    assert_eq!(met_in(&enough), [(30_000, 14, "1000".to_owned())], "the dearest first");
}

#[test]
fn a_bid_that_should_have_matched_is_a_ghost() {
    let bid = [(30_000, 14, 5_000)];
    let ghost = |levels: &[(i64, u16, i32)]| met_in(&with_bids(book(levels), &bid)).is_empty();
    assert!(ghost(&[(30_000, 14, 1)]), "an offer of its period at its rate");
    assert!(ghost(&[(29_000, 120, 1)]), "an offer of a longer period under its rate");
    assert!(!ghost(&[(15_000, 13, 10_000)]), "an offer for too few days could not serve it");
    assert!(!ghost(&[(30_001, 14, 10_000)]), "a dearer one neither");
    // Our own offer proves nothing.
    let ours = with_bids(book(&[(29_000, 30, 100)]), &bid);
    let own = [(rate("0.00029"), Days::new(30), Amount::whole(100))];
    let view = MarketView { own: &own, ..market(&ours) };
    assert_eq!(met(&taker(), &view, &Past::default()).len(), 1);
}

#[test]
fn a_bid_that_failed_us_is_left_alone() {
    let book = with_bids(offers(), &[(30_000, 14, 5_000), (28_000, 14, 5_000)]);
    let past = Past { failed_bids: vec![(rate("0.0003"), Days::new(14))], ..Past::default() };
    assert_eq!(met(&taker(), &market(&book), &past), [(28_000, 14, "1000".to_owned())]);
}

#[test]
fn only_periods_that_the_rule_would_give() {
    let book = with_bids(offers(), &[(60_000, 20, 5_000)]);
    let days = |period| met(&Slice { period, ..taker() }, &market(&book), &Past::default()).len();
    assert_eq!((days(PeriodRule::Fixed(Days::new(19))), days(PeriodRule::Fixed(Days::new(20)))), (0, 1));
    let steps = |text: &str| PeriodRule::ByRate(vec![(gross(text), Days::new(30))]);
    assert_eq!((days(steps("0.0007")), days(steps("0.0006"))), (0, 1), "by the bid's own rate");
    let pools =
        |longest| PeriodRule::Pools(vec![(Ratio::percent(50), Days::MIN), (Ratio::percent(50), Days::new(longest))]);
    assert_eq!((days(pools(14)), days(pools(30))), (0, 1));
    let long = with_bids(offers(), &[(60_000, 120, 5_000)]);
    assert!(
        met(&Slice { period: PeriodRule::Fixed(Days::MAX), ..taker() }, &market(&long), &Past::default()).is_empty()
    );
}

#[test]
fn never_under_the_floor_over_the_ceiling_or_beyond_belief() {
    let book = with_bids(offers(), &[(30_000, 14, 5_000)]);
    let with = |bounds: &Bounds| {
        let answer = answer(&taker(), 0, MONEY, &market(&book), bounds);
        answer.wishes.iter().filter(|wish| wish.meets_bid).count()
    };
    assert_eq!(with(&bounds()), 1);
    assert_eq!(with(&Bounds { floor: rate("0.00031"), ..bounds() }), 0);
    assert_eq!(with(&Bounds { ceiling: Some(rate("0.00029")), ..bounds() }), 0);
    assert_eq!(with(&Bounds { max_period: Days::new(13), ..bounds() }), 0);
    // A print of 7 %/day does not make a bid of that size one to be believed.
    let absurd = with_bids(offers(), &[(7_000_000, 14, 5_000)]);
    assert!(met_in(&absurd).is_empty());
    let lifted = Slice { at_least: Some(Bound::Fixed(gross("0.00035"))), ..taker() };
    assert!(met(&lifted, &market(&book), &Past::default()).is_empty());
}

#[test]
fn what_the_rule_asks_for_may_be_the_threshold() {
    let take_bids = Some(TakeBids { at_least: BidWorth::Rule });
    let slice = |at: &str| Slice {
        period: PeriodRule::Fixed(Days::new(30)),
        modifiers: Modifiers { take_bids, ..Modifiers::default() },
        ..fixed(at)
    };
    let book = with_bids(offers(), &[(30_000, 14, 5_000)]);
    let count = |at: &str| met(&slice(at), &market(&book), &Past::default()).len();
    assert_eq!((count("0.0003"), count("0.00031")), (1, 0));
    let net = TakeBids { at_least: BidWorth::Rate(RateSpec { rate: rate("0.00026"), net: true }) };
    let net = Slice { modifiers: Modifiers { take_bids: Some(net), ..Modifiers::default() }, ..slice("0.0002") };
    assert!(met(&net, &market(&book), &Past::default()).is_empty(), "0.0003 leaves 0.000255 after the fee");
}

#[test]
fn a_bid_is_met_within_what_may_be_locked_up_and_what_makes_an_offer() {
    let book = with_bids(offers(), &[(30_000, 14, 5_000), (29_000, 30, 149)]);
    let room = |whole| {
        let past = Past { long_room: Some(Amount::whole(whole)), ..Past::default() };
        met(&taker(), &market(&book), &past)
    };
    assert_eq!(room(300), [(30_000, 14, "300".to_owned())]);
    assert!(room(100).is_empty());
    // The only offer that is allowed is not spent on a part of the money.
    let one = Bounds { max_offers: 1, ..bounds() };
    let small = with_bids(offers(), &[(30_000, 14, 400)]);
    let count =
        |book| answer(&taker(), 0, MONEY, &market(book), &one).wishes.iter().filter(|wish| wish.meets_bid).count();
    assert_eq!((count(&book), count(&small)), (1, 0));
}
