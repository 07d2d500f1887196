use proptest::prelude::*;

use super::*;
use crate::domain::{BookLevel, BookSide, Decimal, Rounding};

/// Percent a year as a rate per day.
fn apr(percent: f64) -> f64 {
    percent / 36_500.0
}

fn level(side: BookSide, rate: &str, period: u16, amount: i32) -> BookLevel {
    let exact = Decimal::parse(rate).unwrap();
    let rate = DailyRate::from_decimal(exact, Rounding::Nearest).unwrap();
    let key = LevelKey { rate, period: Days::new(period), exact };
    BookLevel { side, key, count: 1, amount: Amount::whole(amount) }
}

#[test]
fn the_worked_example_of_the_long_mean() {
    // 62 % of the time a request of 10.25 %, else one of 6.6 %; two-day offers yield 8.03 %, loans of requests last 29.5
    // days, and a dollar is free every 0.88 + 0.0375 + 0.014 days. Time is told in steps far below the half-life.
    let parameters = Parameters { long_half_life: 1e9, ..Parameters::default() };
    let mut bids = Bids::default();
    for step in 0..100_u32 {
        let best = if step % 50 < 31 { 10.25 } else { 6.6 };
        bids.pass(0.1, Some(apr(best)), &parameters);
    }
    let mean = bids.long_mean(apr(8.03), |_| 29.5, 0.88 + 0.0375 + 0.014);
    assert!((mean / apr(10.14) - 1.0).abs() < 5e-4, "{}", mean * 36_500.0);
    let least = reservation(mean, apr(8.03), parameters.left_of_excess(29.5));
    assert!((parameters.left_of_excess(29.5) - 0.113).abs() < 5e-4);
    assert!((least / apr(9.90) - 1.0).abs() < 5e-4, "{}", least * 36_500.0);
    assert!(apr(10.25) > least && apr(9.1) < least && apr(6.6) < least);
}

#[test]
fn without_requests_the_long_mean_is_what_short_offers_yield() {
    let mut bids = Bids::default();
    assert!((bids.long_mean(2e-4, |_| 29.5, 1.0) - 2e-4).abs() < 1e-12);
    bids.pass(3.0, None, &Parameters::default());
    assert!((bids.long_mean(2e-4, |_| 29.5, 1.0) - 2e-4).abs() < 1e-9);
}

#[test]
fn a_request_is_real_once_its_amount_has_fallen() {
    let parameters = Parameters::default();
    let mut bids = Bids::default();
    let mut book = Book::from_levels(&[
        level(BookSide::Bids, "0.00028", 120, 8_000_000),
        level(BookSide::Bids, "0.00024", 2, 50_100),
        level(BookSide::Offers, "0.00015", 2, 10_000),
    ]);
    bids.look(1.0, &book, &parameters);
    assert_eq!(bids.real().count(), 0, "nothing is known of it yet");
    book.apply(&level(BookSide::Bids, "0.00028", 120, 7_990_000));
    bids.look(1.1, &book, &parameters);
    let real: Vec<_> = bids.real().collect();
    assert_eq!(real.len(), 1);
    assert_eq!((real[0].period, real[0].amount), (Days::MAX, Amount::whole(7_990_000)));
    // It grows again and stays real; the two-day one has stood above the best offer untouched all the time.
    book.apply(&level(BookSide::Bids, "0.00028", 120, 9_000_000));
    book.apply(&level(BookSide::Bids, "0.00024", 2, 40_000));
    bids.look(1.2, &book, &parameters);
    assert_eq!(bids.real().count(), 1, "a ghost, even when its amount is changed");
    // An offer of 120 days below it would have matched: then it is none either.
    book.apply(&level(BookSide::Offers, "0.0002", 120, 1_000));
    bids.look(1.3, &book, &parameters);
    assert_eq!(bids.real().count(), 0);
    // The stream went away: all is to be proved again.
    bids.pause();
    bids.look(2.0, &Book::default(), &parameters);
    assert_eq!(bids.real().count(), 0);
}

proptest! {
    #[test]
    fn the_long_mean_lies_between_short_offers_and_the_best_request(
        short in 1e-5_f64..1e-3, seen in proptest::collection::vec((0.01_f64..5.0, 1e-5_f64..3e-3), 1..40),
        hold in 1.0_f64..120.0, cycle in 0.1_f64..5.0,
    ) {
        let mut bids = Bids::default();
        for (days, rate) in &seen {
            bids.pass(*days, Some(*rate), &Parameters::default());
        }
        let best = seen.iter().map(|(_, rate)| *rate).fold(short, f64::max);
        let mean = bids.long_mean(short, |_| hold, cycle);
        prop_assert!(mean >= short * (1.0 - 1e-9) && mean <= best * (1.0 + 1e-6), "{} {} {}", short, mean, best);
    }
}

proptest! {
    #[test]
    fn the_cheapest_offer_by_days_is_that_of_the_book(
        offers in proptest::collection::vec((1_i32..500, 1_u16..=120), 0..40),
    ) {
        let levels: Vec<BookLevel> = offers
            .into_iter()
            .map(|(rate, days)| level(BookSide::Offers, &format!("0.000{rate:03}"), days, 100))
            .collect();
        let book = Book::from_levels(&levels);
        for (days, offer) in (0..).zip(cheapest(&book)) {
            prop_assert_eq!(offer, book.best_offer(Days::new(days)), "{} days", days);
        }
    }
}
