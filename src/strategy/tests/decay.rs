//! Rates that fall by themselves, by example.

use super::*;
use crate::domain::{IdleReason, MINUTE, Millis};

fn decay() -> Decay {
    Decay { every: MINUTE.times(10), by: Fall::Part(Ratio::percent(5)), start: Ratio::percent(20), to: Bottom::Floor }
}

fn decaying(decay: Decay, at: &str) -> Slice {
    Slice { modifiers: Modifiers { decay: Some(decay), ..Modifiers::default() }, ..fixed(at) }
}

/// What is wished with money of these ages in minutes, oldest first.
fn aged(slice: &Slice, ages: &[(i64, i32)], money: i32) -> Vec<(i64, String)> {
    let ages = ages.iter().map(|(minutes, amount)| (MINUTE.times(*minutes), Amount::whole(*amount))).collect();
    let past = Past { ages, ..Past::default() };
    wished(&asked(slice, 0, Amount::whole(money), &market(&Book::default()), &bounds(), &past))
}

#[test]
fn new_money_starts_at_the_top_and_falls_step_by_step() {
    let slice = decaying(decay(), "0.0002");
    assert_eq!(aged(&slice, &[], 1_000), pairs(&[(24_000, "1000")]), "nothing is known of it: it is new");
    for (minutes, ticks) in [(0, 24_000), (9, 24_000), (10, 22_800), (25, 21_660), (600, 10_000)] {
        assert_eq!(aged(&slice, &[(minutes, 1_000)], 1_000), pairs(&[(ticks, "1000")]), "{minutes} minutes");
    }
}

#[test]
fn it_ends_at_the_rule_or_at_a_rate_and_never_under_the_floor() {
    let to = |to| aged(&decaying(Decay { to, ..decay() }, "0.0002"), &[(6_000, 1_000)], 1_000);
    assert_eq!(to(Bottom::Rule), pairs(&[(20_000, "1000")]));
    assert_eq!(to(Bottom::Rate(gross("0.00015"))), pairs(&[(15_000, "1000")]));
    assert_eq!(to(Bottom::Rate(gross("0.00001"))), pairs(&[(10_000, "1000")]), "the floor");
    let lifted = Slice { at_least: Some(Bound::Fixed(gross("0.00018"))), ..decaying(decay(), "0.0002") };
    assert_eq!(aged(&lifted, &[(6_000, 1_000)], 1_000), pairs(&[(18_000, "1000")]), "at_least holds");
}

#[test]
fn a_step_may_be_a_rate() {
    let linear = Decay { by: Fall::Rate(rate("0.00001")), ..decay() };
    assert_eq!(aged(&decaying(linear, "0.0002"), &[(30, 1_000)], 1_000), pairs(&[(21_000, "1000")]));
    assert_eq!(aged(&decaying(linear, "0.0002"), &[(100_000, 1_000)], 1_000), pairs(&[(10_000, "1000")]));
}

#[test]
fn what_starts_under_the_floor_is_not_lifted_to_it() {
    let slice = decaying(decay(), "0.00005");
    let answer = answer(&slice, 0, Amount::whole(1_000), &market(&Book::default()), &bounds());
    assert_eq!(answer.held, [(IdleReason::BelowFloor, Amount::whole(1_000))]);
}

#[test]
fn each_age_has_its_own_rate() {
    let slice = decaying(decay(), "0.0002");
    // 12 steps of 5 %: 0.00024 × 0.54036.
    assert_eq!(aged(&slice, &[(120, 600), (0, 400)], 1_000), pairs(&[(12_968, "600"), (24_000, "400")]));
    // 100 make no offer: old money joins the new, new money the old where there is nothing newer.
    assert_eq!(aged(&slice, &[(120, 100), (0, 900)], 1_000), pairs(&[(24_000, "1000")]));
    assert_eq!(aged(&slice, &[(120, 900), (0, 100)], 1_000), pairs(&[(12_968, "1000")]));
    // Ages that lead to one rate are one offer.
    assert_eq!(aged(&slice, &[(900, 300), (800, 300), (700, 400)], 1_000), pairs(&[(10_000, "1000")]));
    // What is known of more money than there is counts for as much as there is, the oldest first.
    assert_eq!(aged(&slice, &[(120, 600), (0, 400)], 500), pairs(&[(12_968, "500")]));
}

#[test]
fn a_shape_is_laid_around_the_rate_that_has_fallen() {
    let shape = Shape::Ladder([0, 10].map(|step| LadderStep { step: Ratio::percent(step), weight: 1 }).to_vec());
    let mut slice = decaying(decay(), "0.0002");
    slice.modifiers.shape = shape;
    assert_eq!(aged(&slice, &[(10, 1_000)], 1_000), pairs(&[(22_800, "500"), (25_080, "500")]));
}

fn held_up(high: Option<(&str, i64)>, now: &str) -> (i64, Option<DailyRate>) {
    let max_fall = Some(MaxFall { by: Ratio::percent(2), every: MINUTE.times(10) });
    let slice = Slice { modifiers: Modifiers { max_fall, ..Modifiers::default() }, ..fixed(now) };
    let high = high.map(|(text, minutes)| (rate(text), MINUTE.times(minutes)));
    let past = Past { high, ..Past::default() };
    let answer = asked(&slice, 0, Amount::whole(1_000), &market(&Book::default()), &bounds(), &past);
    (wished(&answer)[0].0, answer.high)
}

#[test]
fn a_rate_falls_no_faster_than_it_may() {
    assert_eq!(held_up(None, "0.0001"), (10_000, Some(rate("0.0001"))), "nothing is known: the market's rate counts");
    assert_eq!(held_up(Some(("0.0002", 0)), "0.0001"), (20_000, None));
    assert_eq!(held_up(Some(("0.0002", 10)), "0.0001"), (19_600, None));
    // 0.000196, and half of the next 2 %.
    assert_eq!(held_up(Some(("0.0002", 15)), "0.0001"), (19_404, None));
    assert_eq!(held_up(Some(("0.0002", 10)), "0.000197"), (19_700, Some(rate("0.000197"))), "slow enough");
    assert_eq!(held_up(Some(("0.0002", 0)), "0.0003"), (30_000, Some(rate("0.0003"))), "it may rise at once");
    assert_eq!(held_up(Some(("0.0002", 10_000)), "0.0001").0, 10_000);
}

#[test]
fn a_wild_past_is_survived() {
    let slice = decaying(Decay { every: Millis::new(0), ..decay() }, "0.0002");
    assert_eq!(aged(&slice, &[(-5, 500), (i64::MAX / 100_000, 500)], 1_000).len(), 2);
}
