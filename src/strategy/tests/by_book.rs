//! Bounds that follow the cheapest offer of the others, worked by hand: it stands at 1.5 e-4.

use proptest::prelude::*;

use super::*;
use crate::domain::{IdleReason, OfferKind};

const MONEY: Amount = Amount::whole(1_000);

fn best(within: Option<i32>) -> Bound {
    Bound::Best { below: DailyRate::TICK, within: within.map(Ratio::percent) }
}

fn offers() -> Book {
    book(&[(15_000, 2, 500), (18_000, 30, 500)])
}

/// The one rate that is asked, or why nothing is.
fn asked(slice: &Slice, book: &Book, bounds: &Bounds) -> Result<DailyRate, IdleReason> {
    let answer = answer(slice, 0, MONEY, &market(book), bounds);
    match (answer.wishes.as_slice(), answer.held.as_slice()) {
        ([wish], []) => Ok(wish.rate),
        ([], [(reason, _)]) => Err(*reason),
        _ => panic!("{answer:?}"),
    }
}

#[test]
fn an_upper_bound_comes_down_to_the_book() {
    let at_most = |within, asks| asked(&Slice { at_most: Some(best(within)), ..fixed(asks) }, &offers(), &bounds());
    assert_eq!(at_most(None, "0.00014"), Ok(rate("0.00014")), "what is cheaper stays");
    assert_eq!(at_most(None, "0.0004"), Ok(rate("0.00014999")));
    // 0.00017645 less 15 % are 0.0001499825, 0.00017646 less 15 % 0.000149991.
    assert_eq!(at_most(Some(15), "0.00017645"), Ok(rate("0.00014999")));
    assert_eq!(at_most(Some(15), "0.00017646"), Ok(rate("0.00017646")), "the market is another one");
}

#[test]
fn a_lower_bound_goes_up_with_the_book() {
    let at_least = |within, asks| asked(&Slice { at_least: Some(best(within)), ..fixed(asks) }, &offers(), &bounds());
    assert_eq!(at_least(None, "0.00016"), Ok(rate("0.00016")), "what is dearer stays");
    assert_eq!(at_least(None, "0.0001"), Ok(rate("0.00014999")));
    // Of rates from 0.001 on the exchange takes fewer digits: still under the best.
    let dear = book(&[(120_000, 2, 500)]);
    let lifted = Slice { at_least: Some(best(None)), ..fixed("0.001") };
    assert_eq!(asked(&lifted, &dear, &bounds()), Ok(rate("0.0011999")));
    // 0.00013636 and 10 % are 0.000149996, 0.00013635 and 10 % 0.000149985.
    assert_eq!(at_least(Some(10), "0.00013636"), Ok(rate("0.00014999")));
    assert_eq!(at_least(Some(10), "0.00013635"), Ok(rate("0.00013635")));
}

#[test]
fn it_guesses_no_book_and_does_not_follow_itself() {
    let clamped = Slice { at_least: Some(best(None)), at_most: Some(best(Some(15))), ..fixed("0.00016") };
    assert_eq!(asked(&clamped, &Book::default(), &bounds()), Err(IdleReason::StaleData));
    let ours = book(&[(14_999, 2, 1_000), (15_000, 2, 500)]);
    let view = MarketView { own: &[(rate("0.00014999"), Days::MIN, MONEY)], ..market(&ours) };
    assert_eq!(answer(&clamped, 0, MONEY, &view, &bounds()).wishes[0].rate, rate("0.00014999"));
}

#[test]
fn limits_hold_whatever_the_book_says() {
    let slip = book(&[(1, 2, 500)]);
    let at_most = |within| Slice { at_most: Some(best(within)), ..fixed("0.0002") };
    assert_eq!(asked(&at_most(None), &slip, &bounds()), Err(IdleReason::BelowFloor));
    assert_eq!(asked(&at_most(Some(15)), &slip, &bounds()), Ok(rate("0.0002")), "a slip is far away");
    let ceiling = Bounds { ceiling: Some(rate("0.00016")), ..bounds() };
    assert_eq!(asked(&at_most(Some(15)), &offers(), &ceiling), Ok(rate("0.00016")), "and a ceiling is one");
    // An offer that follows the FRR of 2.0 e-4 is a limit offer where the bound decides, and one that it does not reach.
    let frr = |within| Slice { at_most: Some(best(within)), ..frr(Offset::Relative(Ratio::ZERO), FrrAs::DeltaFixed) };
    let kind = |within| answer(&frr(within), 0, MONEY, &market(&offers()), &bounds()).wishes[0].kind;
    assert_eq!((kind(Some(30)), kind(Some(20))), (OfferKind::Limit, OfferKind::FrrDeltaFixed));
}

#[test]
fn bids_are_taken_by_the_rules_own_rate() {
    let book = with_bids(book(&[(20_000, 2, 500)]), &[(16_000, 2, 400)]);
    let modifiers = Modifiers { take_bids: Some(TakeBids { at_least: BidWorth::Rule }), ..Modifiers::default() };
    let clamped = Slice { at_least: Some(best(None)), at_most: Some(best(Some(15))), modifiers, ..fixed("0.00015") };
    let answer = answer(&clamped, 0, MONEY, &market(&book), &bounds());
    assert_eq!(wished(&answer), pairs(&[(16_000, "400"), (19_999, "600")]));
}

proptest! {
    /// Where it moves a rate at all it moves it no farther than it may.
    #[test]
    fn a_rate_moves_within_its_part_or_not_at_all(
        ticks in 10_000_i64..200_000,
        cheapest in 10_000_i64..200_000,
        part in 1_i32..100,
        up in any::<bool>(),
    ) {
        let rate = DailyRate::from_units(ticks * DailyRate::TICK.units());
        let rule = slice(RateRule::Fixed { at: RateSpec { rate, net: false } });
        let bound = Some(best(Some(part)));
        let slice = if up { Slice { at_least: bound, ..rule } } else { Slice { at_most: bound, ..rule } };
        let asked = asked(&slice, &book(&[(cheapest, 2, 500)]), &Bounds { floor: DailyRate::TICK, ..bounds() });
        let under = DailyRate::from_units((cheapest - 1) * DailyRate::TICK.units()).outbound(Rounding::Down);
        let apart = (i128::from(under.units()) - i128::from(rate.units())).abs() * 100;
        let near = apart <= i128::from(rate.units()) * i128::from(part);
        let moves = near && (under > rate) == up;
        prop_assert_eq!(asked, Ok(if moves { under } else { rate.outbound(Rounding::Down) }));
    }
}
