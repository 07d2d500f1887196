use super::*;
use crate::domain::{Days, Millis, SECOND};

fn lots() -> Lots {
    Lots::of(1.0, &Parameters::default())
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000).plus(Millis::seconds(second))
}

/// Rates in millionths a day.
fn print(id: i64, second: i64, dollars: i32, millionths: i64, period: u16) -> Print {
    let rate = DailyRate::from_units(millionths * 1_000_000);
    Print { id, at: at(second), amount: Amount::whole(dollars), taken: true, rate, period: Days::new(period) }
}

fn event(prints: &[Print]) -> Event {
    let (mut events, clock) = (Events::default(), BatchClock::default());
    for print in prints {
        assert_eq!(events.told(print, &clock, lots()), None);
    }
    events.pass(at(600), lots()).expect("an event")
}

fn near(level: Option<f64>, millionths: f64) -> bool {
    level.is_some_and(|level| (level / (millionths * 1e-6) - 1.0).abs() < 1e-9)
}

#[test]
fn an_offer_is_filled_below_the_rate_above_which_its_amount_was_lent() {
    let event = event(&[
        print(1, 0, 6_000, 150, 2),
        print(2, 1, 4_000, 200, 2),
        print(3, 2, 400, 250, 2),
        print(4, 3, 200, 300, 2),
    ]);
    // 200 at 300 and 400 at 250 are 600: 500 dollars find a borrower anywhere under 250; 10,000 only under 150.
    let [two, ..] = event.filled;
    assert!(near(two[0], 250.0), "{two:?}");
    assert!(near(two[1], 150.0), "{two:?}");
    assert_eq!(two[2], None, "100,000 dollars were not lent at all");
    assert!((event.volume[0] - 10_600.0).abs() < 1e-6);
    // 6,000 × 150 + 4,000 × 200 + 400 × 250 + 200 × 300 over 10,600.
    assert!(near(event.mean, 1_860_000.0 / 10_600.0), "{:?}", event.mean);
}

#[test]
fn a_few_prints_far_above_the_others_are_slips() {
    let usual = |id: i64| print(id, id, 1_000, 200 + id, 2);
    let many: Vec<Print> = (1..=8).map(usual).collect();
    let with = |more: &[Print]| event(&[&many[..], more].concat());
    let clean = with(&[]);
    let slips = [print(20, 20, 50_000, 70_000, 2), print(21, 21, 1_000, 1_050, 2)];
    assert_eq!(with(&slips), clean, "two to eight");
    let jump = [slips[0], print(21, 21, 1_000, 65_000, 2), print(22, 22, 1_000, 60_000, 2)];
    assert!(near(with(&jump).filled[0][0], 70_000.0), "three to eight are a jump");
    let near_by = with(&[print(20, 20, 1_000, 1_040, 2)]);
    assert!(near(near_by.filled[0][0], 1_040.0), "five times 208");
    // Long money may pay what it likes, and a slip downwards changes nothing.
    let long = with(&[print(20, 20, 1_000, 4_000, 120), print(21, 21, 1_000, 0, 2), print(22, 22, 1_000, 1, 2)]);
    assert!(near(long.filled[2][0], 4_000.0) && near(long.filled[0][0], 208.0), "{long:?}");
}

#[test]
fn longer_offers_serve_shorter_requests_and_never_the_other_way_round() {
    let event = event(&[
        print(1, 0, 1_000, 200, 2),
        print(2, 1, 1_000, 200, 2),
        print(3, 2, 2_000, 300, 30),
        print(4, 3, 1_000, 400, 120),
        print(5, 4, 1_000, 900, 121),
    ]);
    assert!(near(event.filled[0][0], 200.0));
    assert!(near(event.filled[1][0], 300.0));
    assert!(near(event.filled[2][0], 400.0));
    assert!((event.volume[1] - 4_000.0).abs() < 1e-6 && (event.volume[2] - 5_000.0).abs() < 1e-6);
    assert!(near(event.mean, 200.0), "what two-day money cost");
}

#[test]
fn one_print_or_hardly_any_volume_says_nothing_of_levels() {
    assert_eq!(event(&[print(1, 0, 1_000_000, 70_000, 2)]).filled[0], [None; LOTS], "one bad print");
    assert_eq!(event(&[print(1, 0, 150, 200, 2), print(2, 1, 150, 210, 2)]).filled[0], [None; LOTS]);
}

#[test]
fn a_print_told_twice_is_one_and_a_late_one_none() {
    let (mut events, clock) = (Events::default(), BatchClock::default());
    for _ in 0..3 {
        events.told(&print(1, 0, 2_000, 200, 2), &clock, lots());
    }
    events.told(&print(2, 5, 2_000, 200, 2), &clock, lots());
    // A minute later another event begins, and the first is over.
    let first = events.told(&print(3, 65, 2_000, 200, 2), &clock, lots()).expect("the first event");
    assert!((first.volume[0] - 4_000.0).abs() < 1e-6);
    assert_eq!(first.at, at(0));
    events.told(&print(4, 30, 9_000, 900, 2), &clock, lots());
    events.told(&print(5, 66, 2_000, 200, 2), &clock, lots());
    let second = events.pass(at(126), lots()).expect("the second event");
    assert!((second.volume[0] - 4_000.0).abs() < 1e-6, "a print of the first minute counts nowhere any more");
    assert_eq!(events.pass(at(999), lots()), None);
}

#[test]
fn memory_is_bounded_however_many_rates_a_batch_has() {
    let (mut events, clock) = (Events::default(), BatchClock::default());
    for id in 0..20_000_i64 {
        events.told(&print(id, 0, 10, 1_000 + id, 2), &clock, lots());
    }
    let open = events.open.clone().expect("one is open");
    assert!(open.rates.len() <= RATES && open.seen.len() <= IDS);
    let event = events.pass(at(0).plus(MINUTE).plus(SECOND), lots()).expect("an event");
    // Of the 8,192 prints that were taken the top 51 make up 500 dollars with the last.
    assert!((event.volume[0] - 81_920.0).abs() < 1e-6, "nothing of what was taken is lost: {}", event.volume[0]);
}

#[test]
fn with_a_clock_the_prints_of_a_batch_are_one_event() {
    let mut clock = BatchClock::default();
    // A batch at second 630 of every 1200 for two days.
    for cycle in 0..144_i64 {
        clock.told(at(cycle * 1_200 + 630), Amount::whole(1_000));
    }
    let begins = 144 * 1_200 + 630;
    let window = clock.window(at(begins)).expect("a known schedule");
    let mut events = Events::default();
    let first = window.closes.minus(SECOND.times(55));
    for (id, second) in [(1, 0), (2, 20), (3, 50)] {
        let print = Print { at: first.plus(Millis::seconds(second)), ..print(id, 0, 1_000, 200, 2) };
        assert_eq!(events.told(&print, &clock, lots()), None);
    }
    assert_eq!(events.pass(window.closes.minus(SECOND), lots()), None, "the window is still open");
    let event = events.pass(window.closes, lots()).expect("an event");
    assert!((event.volume[0] - 3_000.0).abs() < 1e-6);
}
