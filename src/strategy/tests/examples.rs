//! What a user would expect of each rule, by example.

use super::*;
use crate::domain::{IdleReason, OfferKind};

const MONEY: Amount = Amount::whole(1000);

/// 100 each at 1.0, 1.5, 2.0, 2.5 e-4; the third for 30 days.
fn plain_book() -> Book {
    book(&[(10_000, 2, 100), (15_000, 2, 100), (20_000, 30, 100), (25_000, 2, 100)])
}

fn one(answer: &Answer) -> &Wish {
    assert_eq!((answer.wishes.len(), &answer.held), (1, &Vec::new()), "{answer:?}");
    &answer.wishes[0]
}

fn held(answer: &Answer) -> IdleReason {
    assert_eq!((answer.wishes.len(), answer.held.len()), (0, 1), "{answer:?}");
    answer.held[0].0
}

#[test]
fn fixed_asks_what_was_written_and_counts_the_fee_of_a_net_rate() {
    let book = plain_book();
    let plain = answer(&fixed("0.0003"), 2, MONEY, &market(&book), &bounds());
    let wish = one(&plain);
    assert_eq!((wish.slice, wish.amount, wish.rate), (2, MONEY, rate("0.0003")));
    assert_eq!((wish.kind, wish.period, wish.effective), (OfferKind::Limit, Days::MIN, wish.rate));
    assert_eq!((wish.why.rule, wish.why.best_offer), ("fixed", Some(rate("0.0001"))));
    let net = slice(RateRule::Fixed { at: RateSpec { rate: rate("0.00017"), net: true } });
    assert_eq!(one(&answer(&net, 0, MONEY, &market(&book), &bounds())).rate, rate("0.0002"));
}

#[test]
fn a_price_rounds_down_but_not_under_the_floor() {
    let book = plain_book();
    let asked = |text: &str, bounds: &Bounds| answer(&fixed(text), 0, MONEY, &market(&book), bounds);
    assert_eq!(one(&asked("0.000200009", &bounds())).rate, rate("0.0002"));
    let between = Bounds { floor: rate("0.000200004"), ..bounds() };
    assert_eq!(one(&asked("0.000200004", &between)).rate, rate("0.00020001"), "the floor itself may be asked");
    assert_eq!(held(&asked("0.000200003", &between)), IdleReason::BelowFloor);
    let shut = Bounds { ceiling: Some(rate("0.000200008")), ..between };
    assert_eq!(held(&asked("0.000200008", &shut)), IdleReason::BelowFloor, "no rate of eight decimals lies between");
}

#[test]
fn nothing_is_ever_lent_for_nothing() {
    let book = plain_book();
    let free = Bounds { floor: DailyRate::ZERO, ..bounds() };
    assert_eq!(held(&answer(&fixed("0"), 0, MONEY, &market(&book), &free)), IdleReason::BelowFloor);
}

#[test]
fn at_least_lifts_at_most_and_the_ceiling_lower() {
    let book = plain_book();
    let with = |slice: Slice, bounds: Bounds| one(&answer(&slice, 0, MONEY, &market(&book), &bounds)).rate;
    let lifted = Slice { at_least: Some(bound("0.0004")), ..fixed("0.00005") };
    assert_eq!(with(lifted.clone(), bounds()), rate("0.0004"), "waits there, even from below the floor");
    assert_eq!(with(lifted, Bounds { ceiling: Some(rate("0.00035")), ..bounds() }), rate("0.00035"));
    assert_eq!(with(Slice { at_most: Some(bound("0.0003")), ..fixed("0.0005") }, bounds()), rate("0.0003"));
    let low = Slice { at_most: Some(bound("0.00009")), ..fixed("0.0005") };
    assert_eq!(held(&answer(&low, 0, MONEY, &market(&book), &bounds())), IdleReason::BelowFloor);
}

#[test]
fn frr_as_a_limit_takes_relative_and_absolute_offsets() {
    let book = Book::default();
    let asked = |offset| one(&answer(&frr(offset, FrrAs::Limit), 0, MONEY, &market(&book), &bounds())).rate;
    assert_eq!(asked(Offset::Relative(Ratio::percent(5))), rate("0.00021"));
    assert_eq!(asked(Offset::Relative(Ratio::percent(-10))), rate("0.00018"));
    assert_eq!(asked(Offset::Absolute(rate("0.0001"))), rate("0.0003"));
}

#[test]
fn frr_deltas_are_absolute_and_within_thirty_percent() {
    let book = Book::default();
    let asked = |offset, placed| {
        let slice = Slice { allow_below_floor_after_match: true, ..frr(offset, placed) };
        let answer = answer(&slice, 0, MONEY, &market(&book), &bounds());
        (one(&answer).kind, one(&answer).rate, one(&answer).effective)
    };
    let fix = OfferKind::FrrDeltaFixed;
    let relative = Offset::Relative(Ratio::percent(10));
    assert_eq!(asked(relative, FrrAs::DeltaFixed), (fix, rate("0.00002"), rate("0.00022")));
    let far = Offset::Absolute(rate("0.001"));
    assert_eq!(asked(far, FrrAs::DeltaFixed), (fix, rate("0.00006"), rate("0.00026")));
    let low = Offset::Absolute(rate("-0.001"));
    assert_eq!(asked(low, FrrAs::DeltaFixed), (fix, rate("-0.00006"), rate("0.00014")));
    let variable = OfferKind::FrrDeltaVariable;
    assert_eq!(asked(low, FrrAs::DeltaVariable), (variable, DailyRate::ZERO, rate("0.0002")));
}

#[test]
fn an_frr_offer_counts_at_frr_plus_delta() {
    let book = Book::default();
    let plain = frr(Offset::Relative(Ratio::ZERO), FrrAs::DeltaFixed);
    let asked = |slice: &Slice, bounds: &Bounds| answer(slice, 0, MONEY, &market(&book), bounds);
    let dear = Bounds { floor: rate("0.00021"), ..bounds() };
    assert_eq!(held(&asked(&plain, &dear)), IdleReason::BelowFloor);
    let capped = Bounds { ceiling: Some(rate("0.00019")), ..bounds() };
    let wish = one(&asked(&plain, &capped)).clone();
    assert_eq!((wish.kind, wish.rate), (OfferKind::Limit, rate("0.00019")), "a bound is a fixed number");
    let lifted = Slice { at_least: Some(bound("0.0003")), ..plain };
    let wish = one(&asked(&lifted, &bounds())).clone();
    assert_eq!((wish.kind, wish.rate), (OfferKind::Limit, rate("0.0003")));
}

#[test]
fn floating_after_the_match_needs_the_users_word_and_an_frr() {
    let book = Book::default();
    let variable = frr(Offset::Relative(Ratio::ZERO), FrrAs::DeltaVariable);
    assert_eq!(held(&answer(&variable, 0, MONEY, &market(&book), &bounds())), IdleReason::StrategyHold);
    let none = MarketView { frr: DailyRate::ZERO, ..market(&book) };
    let plain = frr(Offset::Relative(Ratio::ZERO), FrrAs::Limit);
    assert_eq!(held(&answer(&plain, 0, MONEY, &none, &bounds())), IdleReason::StaleData);
}

#[test]
fn depth_counts_the_others_and_stays_in_the_visible_book() {
    let book = plain_book();
    let asked = |deep| one(&answer(&depth(deep), 0, MONEY, &market(&book), &bounds())).rate;
    assert_eq!(asked(0), rate("0.0001"));
    assert_eq!(asked(100), rate("0.00015"));
    assert_eq!(asked(250), rate("0.0002"), "offers of longer periods serve two days too");
    assert_eq!(asked(1_000_000), rate("0.00025"), "the last visible level");
    let own = [(rate("0.0001"), Days::MIN, Amount::whole(60)), (rate("0.00015"), Days::MIN, Amount::whole(500))];
    let view = MarketView { own: &own, ..market(&book) };
    assert_eq!(one(&answer(&depth(50), 0, MONEY, &view, &bounds())).rate, rate("0.0002"));
}

#[test]
fn depth_in_dollars_is_converted_or_holds() {
    let book = plain_book();
    let dollars = slice(RateRule::Depth { amount: Quantity::Usd(Amount::whole(6000)) });
    let dear = MarketView { usd_price: Amount::whole(60), ..market(&book) };
    assert_eq!(one(&answer(&dollars, 0, MONEY, &dear, &bounds())).rate, rate("0.00015"));
    let unknown = MarketView { usd_price: Amount::ZERO, ..market(&book) };
    assert_eq!(held(&answer(&dollars, 0, MONEY, &unknown, &bounds())), IdleReason::StaleData);
}

#[test]
fn without_an_offer_of_anybody_else_depth_holds() {
    let empty = Book::default();
    assert_eq!(held(&answer(&depth(1), 0, MONEY, &market(&empty), &bounds())), IdleReason::StaleData);
    let ours = book(&[(10_000, 2, 100)]);
    let own = [(rate("0.0001"), Days::MIN, Amount::whole(100))];
    let alone = MarketView { own: &own, ..market(&ours) };
    assert_eq!(held(&answer(&depth(1), 0, MONEY, &alone, &bounds())), IdleReason::StaleData);
}

#[test]
fn spread_stands_at_even_depths_and_with_less_money_on_fewer_rungs() {
    let book = plain_book();
    let rates = |money| {
        let answer = answer(&spread(0, 300, 4), 0, Amount::whole(money), &market(&book), &bounds());
        answer.wishes.iter().map(|wish| wish.rate).collect::<Vec<_>>()
    };
    let all = [rate("0.0001"), rate("0.00015"), rate("0.0002"), rate("0.00025")];
    assert_eq!(rates(1000), all);
    assert_eq!(rates(301), [all[0], all[3]]);
    assert_eq!(rates(299), [all[0]]);
    assert_eq!(rates(149), []);
}

#[test]
fn a_rung_below_the_floor_holds_its_part_only() {
    let book = plain_book();
    let dear = Bounds { floor: rate("0.00018"), ..bounds() };
    let answer = answer(&spread(0, 300, 4), 0, MONEY, &market(&book), &dear);
    assert_eq!(answer.held, [(IdleReason::BelowFloor, Amount::whole(500))]);
    assert_eq!(answer.wishes.len(), 2);
}

#[test]
fn the_period_follows_the_priced_rate() {
    let book = plain_book();
    let steps = vec![(gross("0.0003"), Days::new(20)), (gross("0.0006"), Days::new(120))];
    let days = |text: &str, max: u16| {
        let slice = Slice { period: PeriodRule::ByRate(steps.clone()), ..fixed(text) };
        let bounds = Bounds { max_period: Days::new(max), ..bounds() };
        one(&answer(&slice, 0, MONEY, &market(&book), &bounds)).period.get()
    };
    assert_eq!((days("0.00029", 120), days("0.0003", 120), days("0.0007", 120)), (2, 20, 120));
    assert_eq!((days("0.0003", 14), days("0.0007", 30)), (14, 30));
    let fixed_days = Slice { period: PeriodRule::Fixed(Days::MAX), ..fixed("0.0003") };
    assert_eq!(one(&answer(&fixed_days, 0, MONEY, &market(&book), &bounds())).period.get(), 30);
}

#[test]
fn a_reserve_waits_until_trades_and_offers_agree() {
    let book = plain_book();
    let reserve =
        Slice { release: Some(Release::Pays(RateSpec { rate: rate("0.000085"), net: true })), ..fixed("0.0003") };
    let asked = |last: &str, own: &[(DailyRate, Days, Amount)]| {
        let view = MarketView { last: rate(last), own, ..market(&book) };
        answer(&reserve, 0, MONEY, &view, &bounds())
    };
    assert_eq!(one(&asked("0.0001", &[])).rate, rate("0.0003"));
    assert_eq!(held(&asked("0.000099", &[])), IdleReason::Reserve);
    let dear = Slice { release: Some(Release::Pays(gross("0.00015"))), ..reserve.clone() };
    let view = MarketView { last: rate("0.0002"), ..market(&book) };
    assert_eq!(held(&answer(&dear, 0, MONEY, &view, &bounds())), IdleReason::Reserve);
    let own = [(rate("0.0001"), Days::MIN, Amount::whole(100))];
    let alone_cheap = MarketView { own: &own, ..view };
    assert_eq!(one(&answer(&dear, 0, MONEY, &alone_cheap, &bounds())).rate, rate("0.0003"));
    let empty = Book::default();
    assert_eq!(held(&answer(&reserve, 0, MONEY, &market(&empty), &bounds())), IdleReason::StaleData);
}

#[test]
fn a_reserve_goes_out_while_the_frr_is_far_above_the_middle_of_the_book() {
    let far = Release::FrrAboveMiddle(rate("0.00005"));
    let reserve = Slice { release: Some(far), ..fixed("0.0003") };
    // Between a bid of 8,000 (another bids less for longer) and an offer of 12,000 lies 10,000.
    let book = with_bids(book(&[(12_000, 2, 500)]), &[(8_000, 2, 100), (7_000, 30, 100)]);
    let asked = |frr: &str| answer(&reserve, 0, MONEY, &MarketView { frr: rate(frr), ..market(&book) }, &bounds());
    assert_eq!(held(&asked("0.00015")), IdleReason::Reserve, "no more than the jump");
    assert_eq!(one(&asked("0.00015001")).rate, rate("0.0003"));
    assert_eq!(held(&asked("0.00008")), IdleReason::Reserve, "under the middle");
    let nobody_bids = super::book(&[(12_000, 2, 500)]);
    let view = MarketView { frr: rate("0.001"), ..market(&nobody_bids) };
    assert_eq!(held(&answer(&reserve, 0, MONEY, &view, &bounds())), IdleReason::Reserve, "there is no middle");
    let nobody_offers = with_bids(Book::default(), &[(8_000, 2, 100)]);
    assert_eq!(held(&answer(&reserve, 0, MONEY, &market(&nobody_offers), &bounds())), IdleReason::StaleData);
}

#[test]
fn a_rate_far_from_both_frr_and_last_is_not_believed() {
    let book = plain_book();
    let asked = |text: &str, view: &MarketView<'_>| {
        let low = Bounds { floor: DailyRate::TICK, ..bounds() };
        answer(&fixed(text), 0, MONEY, view, &low)
    };
    let view = market(&book);
    assert_eq!(one(&asked("0.002", &view)).rate, rate("0.002"), "ten times the FRR");
    assert_eq!(held(&asked("0.0020001", &view)), IdleReason::Deviation);
    assert_eq!(held(&asked("0.00001799", &view)), IdleReason::Deviation);
    let spike = MarketView { last: rate("0.001"), ..view };
    assert_eq!(one(&asked("0.009", &spike)).rate, rate("0.009"), "the trades pay it, the FRR lags");
    let none = MarketView { frr: DailyRate::ZERO, last: DailyRate::ZERO, ..view };
    assert_eq!(held(&asked("0.0002", &none)), IdleReason::Deviation);
}
