//! Periods between steps, pools of periods, and depths that follow the use of the money.

use proptest::prelude::*;

use super::looking_back::{calm, past};
use super::*;
use crate::domain::{HOUR, MINUTE};

#[test]
fn days_lie_evenly_between_the_points() {
    let points = vec![(gross("0.0003"), Days::new(20)), (gross("0.0006"), Days::new(120))];
    let days = |text: &str| {
        let slice = Slice { period: PeriodRule::Curve(points.clone()), ..fixed(text) };
        let long = Bounds { max_period: Days::MAX, ..bounds() };
        answer(&slice, 0, Amount::whole(1_000), &market(&Book::default()), &long).wishes[0].period.get()
    };
    assert_eq!(["0.00029", "0.0003", "0.00045", "0.0006", "0.0007"].map(days), [2, 20, 70, 120, 120]);
    assert_eq!(days("0.000301"), 20, "whole days, rounded down");
    // The classic ramp from two days.
    let ramp = PeriodRule::Curve(vec![(gross("0.0001"), Days::MIN), (gross("0.0002"), Days::new(60))]);
    let slice = Slice { period: ramp, ..fixed("0.00015") };
    let long = Bounds { max_period: Days::MAX, ..bounds() };
    let answer = answer(&slice, 0, Amount::whole(1_000), &market(&Book::default()), &long);
    assert_eq!(answer.wishes[0].period.get(), 31);
}

fn pools() -> Slice {
    let parts = [(50, 2), (35, 30), (15, 120)];
    let pools = parts.map(|(percent, days)| (Ratio::percent(percent), Days::new(days))).to_vec();
    Slice { period: PeriodRule::Pools(pools), ..fixed("0.0002") }
}

/// Days and amounts that are wished with what is lent already.
fn pooled(money: i32, lent: &[(u16, i32)]) -> Vec<(u16, String)> {
    let lent = lent.iter().map(|(days, amount)| (Days::new(*days), Amount::whole(*amount))).collect();
    let long = Bounds { max_period: Days::MAX, ..bounds() };
    let past = Past { lent, ..Past::default() };
    let answer = asked(&pools(), 0, Amount::whole(money), &market(&Book::default()), &long, &past);
    answer.wishes.iter().map(|wish| (wish.period.get(), wish.amount.to_string())).collect()
}

fn told(list: &[(u16, &str)]) -> Vec<(u16, String)> {
    list.iter().map(|(days, amount)| (*days, (*amount).to_owned())).collect()
}

#[test]
fn pools_share_the_money_by_period() {
    assert_eq!(pooled(10_000, &[]), told(&[(2, "5000"), (30, "3500"), (120, "1500")]));
    assert_eq!(pooled(900, &[]), told(&[(2, "450"), (30, "450")]), "135 make no offer");
    assert_eq!(pooled(100, &[]), []);
}

#[test]
fn what_is_lent_counts_in_its_pool() {
    assert_eq!(pooled(5_000, &[(2, 5_000)]), told(&[(30, "3500"), (120, "1500")]));
    // Seven days count in the first pool that is as long: thirty.
    assert_eq!(pooled(5_000, &[(2, 1_500), (7, 3_500)]), told(&[(2, "3500"), (120, "1500")]));
    // One pool has more than its share: the others share what there is.
    assert_eq!(pooled(2_000, &[(2, 8_000)]), told(&[(30, "1400"), (120, "600")]));
}

#[test]
fn a_bid_that_is_met_counts_in_its_pool() {
    let take_bids = Some(TakeBids { at_least: BidWorth::Rate(gross("0.00025")) });
    let slice = Slice { modifiers: Modifiers { take_bids, ..Modifiers::default() }, ..pools() };
    let book = with_bids(Book::default(), &[(30_000, 30, 3_500)]);
    let long = Bounds { max_period: Days::MAX, ..bounds() };
    let answer = answer(&slice, 0, Amount::whole(10_000), &market(&book), &long);
    let all: Vec<_> = answer.wishes.iter().map(|wish| (wish.period.get(), wish.amount.to_string())).collect();
    assert_eq!(all, told(&[(30, "3500"), (2, "5000"), (120, "1500")]));
}

#[test]
fn pools_and_ages_cut_the_same_money() {
    let decay = crate::strategy::Decay {
        every: crate::domain::HOUR,
        by: Fall::Part(Ratio::percent(50)),
        start: Ratio::percent(100),
        to: Bottom::Floor,
    };
    let slice = Slice { modifiers: Modifiers { decay: Some(decay), ..Modifiers::default() }, ..pools() };
    let past = Past { ages: vec![(crate::domain::HOUR, Amount::whole(6_000))], ..Past::default() };
    let long = Bounds { max_period: Days::MAX, ..bounds() };
    let money = Amount::whole(10_000);
    let answer = asked(&slice, 0, money, &market(&Book::default()), &long, &past);
    // The oldest goes to the shortest pool.
    assert_eq!(wished(&answer), pairs(&[(20_000, "5000"), (20_000, "1000"), (40_000, "2500"), (40_000, "1500")]));
    let days: Vec<u16> = answer.wishes.iter().map(|wish| wish.period.get()).collect();
    assert_eq!(days, [2, 30, 30, 120]);
}

#[test]
fn depths_count_as_many_times_as_they_are_told() {
    let book = book(&[(10_000, 2, 100), (15_000, 2, 100), (20_000, 30, 100), (25_000, 2, 100)]);
    let asked = |slice: &Slice, percent| {
        let past = Past { depth: Ratio::percent(percent), ..Past::default() };
        let answer = asked(slice, 0, Amount::whole(1_000), &market(&book), &bounds(), &past);
        wished(&answer).into_iter().map(|(ticks, _)| ticks).collect::<Vec<_>>()
    };
    assert_eq!(
        (asked(&depth(100), 100), asked(&depth(100), 200), asked(&depth(100), 50)),
        (vec![15_000], vec![20_000], vec![10_000])
    );
    assert_eq!(asked(&spread(100, 200, 2), 50), [10_000, 15_000]);
}

/// The period of an offer at a fixed rate after this past.
fn days_after(past: &History, period: &PeriodRule, text: &str) -> u16 {
    let slice = Slice { period: period.clone(), ..fixed(text) };
    let long = Bounds { max_period: Days::MAX, ..bounds() };
    let view = MarketView { history: past, ..market(&NOBODY) };
    answer(&slice, 0, Amount::whole(1_000), &view, &long).wishes[0].period.get()
}

/// A book without offers.
static NOBODY: LazyLock<Book> = LazyLock::new(Book::default);

fn by_rank(steps: &[(i32, u16)]) -> PeriodRule {
    let steps = steps.iter().map(|(percent, days)| (Ratio::percent(*percent), Days::new(*days))).collect();
    PeriodRule::ByRank { steps, window: HOUR, of: QuantileOf::Trades }
}

fn after_jump(percent: i32, steps: &[(RateSpec, u16)]) -> PeriodRule {
    let steps = steps.iter().map(|(rate, days)| (*rate, Days::new(*days))).collect();
    PeriodRule::AfterJump { steps, jump: Ratio::percent(percent), window: HOUR }
}

#[test]
fn a_rank_is_passed_when_so_much_went_for_less() {
    // 1,000 from 1.0 to 2.0 e-4, 500 at 2.4, 500 at 3.0: half of it up to 2.0, three quarters up to 2.4.
    let seen = past(MINUTE, &[(40, 10_000, 20_000, 1_000), (20, 24_000, 24_000, 500), (9, 30_000, 30_000, 500)]);
    let rule = by_rank(&[(50, 7), (75, 120)]);
    let days = |text| days_after(&seen, &rule, text);
    assert_eq!(["0.00015", "0.0002", "0.00020001", "0.00024", "0.00024001"].map(days), [2, 2, 7, 7, 120]);
    // Where all of it was lent at one rate, that rate is not dear.
    let flat = |text| days_after(&calm(), &rule, text);
    assert_eq!(["0.00016", "0.00016001"].map(flat), [2, 120]);
    // Of rates from 0.001 on the exchange takes fewer digits.
    let dear = past(MINUTE, &[(40, 120_000, 120_000, 9), (20, 120_000, 120_000, 9), (9, 120_000, 120_000, 9)]);
    assert_eq!(["0.0012", "0.0012001"].map(|text| days_after(&dear, &rule, text)), [2, 120]);
    assert_eq!(days_after(&History::default(), &rule, "0.0009"), 2, "without a past, short");
}

#[test]
fn steps_after_a_jump_wait_for_it() {
    // The median is 1.6 e-4: half more are 2.4.
    let low = after_jump(50, &[(gross("0.0002"), 30), (gross("0.0003"), 120)]);
    let days = |text| days_after(&calm(), &low, text);
    assert_eq!(["0.0002", "0.00024", "0.00024001", "0.00029", "0.0003"].map(days), [2, 2, 30, 30, 120]);
    // 0.000255 after the fee are 0.0003 before it, above the jump.
    let net = after_jump(50, &[(RateSpec { rate: rate("0.000255"), net: true }, 30)]);
    assert_eq!(["0.00029999", "0.0003"].map(|text| days_after(&calm(), &net, text)), [2, 30]);
    assert_eq!(days_after(&History::default(), &low, "0.0009"), 2, "without a past, short");
}

#[test]
fn bids_are_held_to_the_same_steps() {
    let book = with_bids(book(&[(15_000, 2, 500)]), &[(25_000, 30, 500)]);
    let take_bids = Some(TakeBids { at_least: BidWorth::Rule });
    let met = |period: PeriodRule, past: &History| {
        let modifiers = Modifiers { take_bids, ..Modifiers::default() };
        let slice = Slice { period, modifiers, ..fixed("0.00015") };
        let view = MarketView { history: past, ..market(&book) };
        answer(&slice, 0, Amount::whole(1_000), &view, &bounds()).wishes.iter().any(|wish| wish.meets_bid)
    };
    assert!(met(by_rank(&[(85, 30)]), &calm()), "2.5 is above all of it");
    assert!(!met(by_rank(&[(85, 29)]), &calm()), "for 29 days at most");
    assert!(!met(by_rank(&[(85, 30)]), &History::default()));
    assert!(met(after_jump(50, &[(gross("0.0002"), 30)]), &calm()), "2.5 is more than 2.4");
    assert!(!met(after_jump(60, &[(gross("0.0002"), 30)]), &calm()), "but no more than 2.56");
}

proptest! {
    /// A jump only ever shortens, and a higher rank never lends for longer.
    #[test]
    fn what_is_asked_of_the_past_only_shortens(
        ticks in 10_000_i64..90_000,
        step in 10_000_i64..90_000,
        jump in 1_i32..400,
        one in 0_i32..100,
        other in 0_i32..100,
    ) {
        let rate = |ticks: i64| RateSpec { rate: DailyRate::from_units(ticks * DailyRate::TICK.units()), net: false };
        let days = |period| {
            let slice = Slice { period, ..slice(RateRule::Fixed { at: rate(ticks) }) };
            let past = past(MINUTE, &[(40, 10_000, 20_000, 900), (20, 24_000, 24_000, 500), (9, 30_000, 30_000, 500)]);
            let view = MarketView { history: &past, ..market(&NOBODY) };
            answer(&slice, 0, Amount::whole(1_000), &view, &bounds()).wishes[0].period
        };
        let plain = days(PeriodRule::ByRate(vec![(rate(step), Days::new(30))]));
        prop_assert!(days(after_jump(jump, &[(rate(step), 30)])) <= plain);
        let ranked = |percent| days(by_rank(&[(percent, 30)]));
        prop_assert!(ranked(one.max(other)) <= ranked(one.min(other)));
    }
}
