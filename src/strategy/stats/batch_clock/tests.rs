//! Schedules that are recognised, and prints that prove none.

use proptest::prelude::*;

use super::*;
use crate::domain::{HOUR, MINUTE};

/// A Monday, whole days since 1970.
const ORIGIN: Timestamp = Timestamp::from_millis(20_500 * DAY.get());

/// Batches of three prints, `offset` into every `cycle`, for `span`.
fn batches(cycle: Millis, offset: Millis, span: Millis) -> BatchClock {
    let mut clock = BatchClock::default();
    let mut at = ORIGIN.plus(offset);
    while at.since(ORIGIN).get() < span.get() {
        for print in 0..3 {
            clock.told(at.plus(Millis::seconds(print)), Amount::whole(200));
        }
        at = at.plus(cycle);
    }
    clock
}

#[test]
fn a_schedule_of_twenty_minutes_is_not_taken_for_one_of_ten() {
    let clock = batches(MINUTE.times(20), Millis::seconds(645), DAY.times(2));
    let now = ORIGIN.plus(DAY.times(2));
    let window = clock.window(now).unwrap();
    assert_eq!(window.cycle, MINUTE.times(20));
    let batch = now.plus(Millis::seconds(645));
    assert!(window.opens <= batch && batch < window.closes, "{window:?}");
    assert_eq!(window.closes.since(window.opens), MINUTE);
}

#[test]
fn a_schedule_of_ten_minutes_stays_one_of_ten() {
    let clock = batches(MINUTE.times(10), Millis::seconds(100), DAY.times(2));
    assert_eq!(clock.window(ORIGIN.plus(DAY.times(2))).unwrap().cycle, MINUTE.times(10));
}

#[test]
fn every_second_batch_being_larger_does_not_hide_the_others() {
    let mut clock = BatchClock::default();
    for batch in 0..300_i32 {
        let at = ORIGIN.plus(MINUTE.times(10 * i64::from(batch)));
        clock.told(at, Amount::whole(300 * (1 + batch % 2)));
    }
    assert_eq!(clock.window(ORIGIN.plus(DAY.times(2))).unwrap().cycle, MINUTE.times(10));
}

#[test]
fn a_running_window_is_told_until_it_closes() {
    let clock = batches(MINUTE.times(20), Millis::seconds(645), DAY.times(2));
    let window = clock.window(ORIGIN.plus(DAY.times(2))).unwrap();
    let last = window.closes.minus(Millis::new(1));
    assert_eq!(clock.window(window.opens), Some(window));
    assert_eq!(clock.window(last), Some(window));
    assert_eq!(clock.window(window.closes).unwrap().opens, window.opens.plus(window.cycle));
}

#[test]
fn fewer_than_fifty_events_prove_nothing() {
    let few = batches(MINUTE.times(20), Millis::seconds(645), MINUTE.times(20 * 40));
    assert_eq!(few.window(ORIGIN.plus(DAY)), None);
    // One batch of many prints is one event.
    let mut one = BatchClock::default();
    for print in 0..500 {
        one.told(ORIGIN.plus(Millis::new(print)), Amount::whole(150));
    }
    assert_eq!(one.window(ORIGIN), None);
}

#[test]
fn a_continuous_market_has_no_clock() {
    let clock = batches(Millis::seconds(70), Millis::seconds(0), DAY);
    assert_eq!(clock.window(ORIGIN.plus(DAY)), None);
}

#[test]
fn a_changed_schedule_is_learned_anew_and_an_old_one_forgotten() {
    let mut clock = batches(MINUTE.times(20), Millis::seconds(645), DAY.times(4));
    for batch in 0..(8 * 48) {
        clock.told(ORIGIN.plus(DAY.times(4)).plus(MINUTE.times(30 * batch)), Amount::whole(600));
    }
    let now = ORIGIN.plus(DAY.times(12));
    assert_eq!(clock.window(now).unwrap().cycle, MINUTE.times(30));
    clock.told(now.plus(DAY.times(40)), Amount::whole(150));
    assert_eq!(clock.window(now.plus(DAY.times(40))), None);
}

/// Noise beside the batches, as measured: a fifth of the volume at other times.
#[test]
fn a_fifth_of_the_volume_elsewhere_does_not_hide_the_schedule() {
    let mut clock = BatchClock::default();
    for batch in 0..(3 * 72_i64) {
        let start = ORIGIN.plus(MINUTE.times(20 * batch));
        clock.told(start.plus(Millis::seconds((batch * 397) % 1200)), Amount::whole(200));
        clock.told(start.plus(Millis::seconds(645 + batch % 30)), Amount::whole(800));
    }
    assert_eq!(clock.window(ORIGIN.plus(DAY.times(3))).unwrap().cycle, MINUTE.times(20));
}

proptest! {
    #[test]
    fn any_prints_are_taken_and_the_window_lies_ahead(
        prints in proptest::collection::vec((any::<i64>(), any::<i64>()), 0..200),
        now in any::<i32>(),
    ) {
        let mut clock = BatchClock::default();
        for (at, amount) in prints {
            clock.told(Timestamp::from_millis(at), Amount::from_units(amount));
        }
        let now = Timestamp::from_millis(i64::from(now));
        if let Some(window) = clock.window(now) {
            prop_assert!(window.closes > now);
        }
    }

    #[test]
    fn the_batch_lies_in_the_window_wherever_it_is(offset in 0_i64..1200, later in 0_i64..86_400) {
        let clock = batches(MINUTE.times(20), Millis::seconds(offset), DAY.times(2));
        let now = ORIGIN.plus(DAY.times(2)).plus(Millis::seconds(later));
        let window = clock.window(now).unwrap();
        prop_assert!(window.closes > now);
        prop_assert!(window.opens.since(now).get() <= HOUR.get());
        // The prints of a batch begin at the offset; the window holds them.
        let phase = window.opens.millis().rem_euclid(MINUTE.times(20).get());
        let into = (offset * 1000 - phase).rem_euclid(MINUTE.times(20).get());
        prop_assert!(into < MINUTE.get());
    }
}
