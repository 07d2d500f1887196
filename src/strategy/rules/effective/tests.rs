use proptest::prelude::*;

use super::*;
use crate::domain::DAY;

fn tick(ticks: i64) -> DailyRate {
    DailyRate::from_units(ticks * DailyRate::TICK.units())
}

/// Highs in ticks; zero where an hour has none.
fn highs(ticks: &[i64]) -> Vec<Option<DailyRate>> {
    ticks.iter().map(|&ticks| (ticks > 0).then(|| tick(ticks))).collect()
}

fn of(ticks: &[i64], hold: Millis, hits: usize) -> Option<i64> {
    best(&highs(ticks), hold, hits).map(|rate| rate.units() / DailyRate::TICK.units())
}

#[test]
fn what_is_worth_the_wait_depends_on_how_long_it_is_lent_for() {
    // Six hours. 100 is reached in all of them: every start waits half an hour. 120 is reached in the second and the
    // sixth: starts wait 1.5, 0.5, 3.5, 2.5, 1.5, 0.5 hours, 10 / 6 = 1.667 in the mean.
    let market = [100, 120, 100, 100, 100, 120];
    // 100 × 6 / 6.5 = 92.3 < 120 × 6 / 7.667 = 93.9; 100 × 5 / 5.5 = 90.9 > 120 × 5 / 6.667 = 90.0.
    assert_eq!(of(&market, HOUR.times(6), 1), Some(120));
    assert_eq!(of(&market, HOUR.times(5), 1), Some(100));
    assert_eq!(of(&market, HOUR.times(6), 3), Some(100), "two hours are no three");
    assert_eq!(of(&market, HOUR.times(6), 7), None);
}

#[test]
fn what_earns_the_same_is_taken_at_the_lower_rate() {
    // In two hours: 100 waits 0.5; 130 is reached in the second, its starts wait 1.5 and 0.5, one hour in the mean.
    // 100 × H / (H + 0.5) = 130 × H / (H + 1) for H = 70 / 60 hours.
    let hold = Millis::new(70 * 60_000);
    assert_eq!(of(&[100, 130], hold, 1), Some(100));
    assert_eq!(of(&[100, 130], hold.plus(Millis::new(1)), 1), Some(130));
}

#[test]
fn hours_after_the_last_hit_have_waited_to_the_end() {
    // 200 is reached in the first of four hours only: 0.5, then 3, 2 and 1 hours to the end, 1.625 in the mean. 150 in
    // the first and the fourth: 0.5, 2.5, 1.5, 0.5, 1.25 in the mean. With H = 2: 400 / 3.625 = 110 > 300 / 3.25 = 92 >
    // 200 / 2.5 = 80.
    assert_eq!(of(&[200, 100, 100, 150], HOUR.times(2), 1), Some(200));
    assert_eq!(of(&[200, 100, 100, 150], HOUR.times(2), 2), Some(150));
    // An hour in which nothing was lent is waited through.
    assert_eq!(of(&[0, 0, 0, 100], HOUR, 1), Some(100));
    assert_eq!(of(&[0, 0], HOUR, 1), None);
    assert_eq!(of(&[], HOUR, 1), None);
}

/// The same, one start at a time: rate, and the waits' sum in half hours.
fn slowly(highs: &[Option<DailyRate>], hold: Millis, hits: usize) -> Option<DailyRate> {
    let rates: BTreeSet<DailyRate> = highs.iter().flatten().copied().collect();
    let mut found: Option<(DailyRate, i128)> = None;
    for rate in rates {
        let reaches = |high: &Option<DailyRate>| high.is_some_and(|high| high >= rate);
        if highs.iter().filter(|high| reaches(high)).count() < hits {
            continue;
        }
        let wait = |start: usize| match highs[start..].iter().position(reaches) {
            Some(distance) => 2 * distance + 1,
            None => 2 * (highs.len() - start),
        };
        let waited: usize = (0..highs.len()).map(wait).sum();
        let cycle = i128::try_from(waited).unwrap() * i128::from(HOUR.get() / 2)
            + i128::from(hold.get()) * i128::try_from(highs.len()).unwrap();
        let better = found.is_none_or(|(best, its)| i128::from(rate.units()) * its > i128::from(best.units()) * cycle);
        if better {
            found = Some((rate, cycle));
        }
    }
    found.map(|(rate, _)| rate)
}

proptest! {
    #[test]
    fn cutting_gaps_finds_what_every_start_by_itself_finds(
        ticks in proptest::collection::vec(prop_oneof![1 => Just(0_i64), 4 => 9_000_i64..30_000, 2 => 10_000_i64..10_010], 0..90),
        hours in 1_i64..200,
        hits in 1_usize..8,
    ) {
        let highs = highs(&ticks);
        prop_assert_eq!(best(&highs, HOUR.times(hours), hits), slowly(&highs, HOUR.times(hours), hits));
    }

    /// The longer it is lent for, the dearer it may be waited for.
    #[test]
    fn a_longer_hold_never_asks_for_less(
        ticks in proptest::collection::vec(0_i64..30_000, 1..60),
        one in 1_i64..100,
        other in 1_i64..100,
    ) {
        let of = |days: i64| best(&highs(&ticks), DAY.times(days), 1);
        prop_assert!(of(one.min(other)) <= of(one.max(other)));
    }
}

#[test]
fn a_month_of_any_rates_is_no_matter() {
    let month: Vec<Option<DailyRate>> =
        (0..720).map(|hour| Some(DailyRate::from_units(i64::MAX - hour % 97))).collect();
    assert!(best(&month, DAY.times(120), 5).is_some());
    assert_eq!(best(&month, DAY.times(120), 5), slowly(&month, DAY.times(120), 5));
}
