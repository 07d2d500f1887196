use proptest::prelude::*;

use super::*;

/// Rates in ticks at the ranks 0 %, 5 %, 10 % …
fn of(least_chance: i32, ticks: &[i64]) -> Option<i64> {
    let at = |rank: Ratio| {
        let place = usize::try_from(rank.ppm() / STEP).ok()?;
        ticks.get(place).map(|ticks| DailyRate::from_units(ticks * DailyRate::TICK.units()))
    };
    best(Ratio::percent(least_chance), at).map(|rate| rate.units() / DailyRate::TICK.units())
}

#[test]
fn a_dearer_rate_must_make_up_for_its_chance() {
    // 100 × 100 %, 105 × 95 % = 99.75, 112 × 90 % = 100.8, 115 × 85 % = 97.75, 130 × 80 % = 104.
    assert_eq!(of(80, &[100, 105, 112, 115, 130, 900]), Some(130));
    assert_eq!(of(81, &[100, 105, 112, 115, 130, 900]), Some(112), "130 has a chance of 80 %");
    assert_eq!(of(95, &[100, 105, 112, 115, 130, 900]), Some(100));
    assert_eq!(of(100, &[100, 105]), Some(100));
}

#[test]
fn of_what_is_worth_the_same_the_likelier_is_taken() {
    // 90 × 100 % = 100 × 90 %.
    assert_eq!(of(90, &[90, 90, 100]), Some(90));
    assert_eq!(of(90, &[90, 90, 101]), Some(101));
    // Rates at which nothing is earned, and none at all.
    assert_eq!(of(90, &[0, 0, 0]), Some(0));
    assert_eq!(of(90, &[]), None);
}

proptest! {
    #[test]
    fn nothing_else_that_is_likely_enough_is_worth_more(
        mut ticks in proptest::collection::vec(1_i64..5_000_000, 21),
        least_chance in 0_i32..=100,
    ) {
        ticks.sort_unstable();
        let rate = of(least_chance, &ticks).unwrap();
        let chance = |place: usize| 100 - 5 * i64::try_from(place).unwrap();
        let place = ticks.iter().position(|ticks| *ticks == rate).unwrap();
        prop_assert!(chance(place) >= i64::from(least_chance));
        for (other, ticks) in ticks.iter().enumerate().filter(|(other, _)| chance(*other) >= i64::from(least_chance)) {
            prop_assert!(ticks * chance(other) <= rate * chance(place));
        }
    }
}
