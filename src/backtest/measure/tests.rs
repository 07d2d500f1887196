//! Figures by hand.

use super::*;
use crate::domain::{Amount, DAY, DailyRate, Days, HOUR, MINUTE, Ratio, Timestamp};

const FROM: Timestamp = Timestamp::from_millis(1_767_225_600_000);

#[test]
fn half_the_money_for_half_the_time() {
    let amount = Amount::whole(1_000);
    let mut tally = Tally::new(FROM, FROM.plus(DAY.times(40)));
    tally.stands(Standing::new(amount));
    tally.freed(FROM, amount);
    tally.pass(FROM.plus(DAY.times(20)));
    let mut standing = Standing::new(amount);
    standing.lend(Amount::whole(500), DailyRate::from_units(200_000_000), Days::new(30), Ratio::percent(15));
    tally.lent(FROM.plus(DAY.times(20)), Amount::whole(500), DailyRate::from_units(200_000_000));
    tally.stands(standing);
    tally.pass(FROM.plus(DAY.times(99)));
    let figures = Figures::of(tally, amount);
    // 500 × 0.0002 × 20 days × 0.85 = 1.7 on 1 000 in 40 days.
    assert!((figures.net_apr - 1.7 / 1_000.0 / 40.0 * 36_500.0).abs() < 1e-9, "{}", figures.net_apr);
    assert!((figures.utilisation - 0.25).abs() < 1e-9);
    assert!((figures.gross_rate - 7.3).abs() < 1e-9);
    assert!(figures.shares.iter().zip([0.0, 0.0, 1.0, 0.0]).all(|(share, expected)| (share - expected).abs() < 1e-12));
    assert_eq!(figures.daily.len(), 40);
    assert!((figures.daily[39] - 0.5 * 7.3 * 0.85).abs() < 1e-9 && figures.daily[0].abs() < 1e-12);
    // The worst 30 days are the first: ten of them earn.
    assert!((figures.worst.unwrap() - 0.5 * 7.3 * 0.85 / 3.0).abs() < 1e-9);
    assert!(figures.waits.0.unwrap() > 25_000.0, "twenty days are 28 800 minutes");
    let regret = regret(&figures, 10.0, Ratio::percent(15));
    assert!((regret.idle - 0.75 * 10.0 * 0.85).abs() < 1e-9);
    assert!((regret.idle + regret.price - (10.0 * 0.85 - figures.net_apr)).abs() < 1e-9, "the parts are the whole");
}

#[test]
fn nothing_before_or_after_the_window_counts() {
    let amount = Amount::whole(1_000);
    let mut tally = Tally::new(FROM, FROM.plus(DAY));
    let mut standing = Standing::new(amount);
    standing.lend(amount, DailyRate::from_units(100_000_000), Days::MIN, Ratio::ZERO);
    tally.stands(standing);
    tally.pass(FROM.minus(DAY));
    tally.pass(FROM.plus(DAY.times(3)));
    tally.billed(amount, DailyRate::from_units(100_000_000), HOUR, Ratio::ZERO);
    let figures = Figures::of(tally, amount);
    assert!((figures.net_apr - 3.65).abs() < 1e-9 && (figures.utilisation - 1.0).abs() < 1e-9);
    assert_eq!(figures.worst, None);
}

#[test]
fn waits_are_weighted_by_money() {
    let mut waits = Waits::default();
    waits.add(MINUTE.times(10), Amount::whole(900));
    waits.add(HOUR.times(50), Amount::whole(100));
    let (half, most) = (waits.quantile(0.5).unwrap(), waits.quantile(0.95).unwrap());
    assert!((10.0..12.0).contains(&half) && (3_000.0..3_400.0).contains(&most), "{half} {most}");
    assert_eq!(Waits::default().quantile(0.5), None);
}

#[test]
fn intervals_cover_and_repeat() {
    let wave: Vec<f64> = (0..200).map(|day| 1.0 + (f64::from(day) * 0.7).sin()).collect();
    let interval = bootstrap_days(&wave, 3).unwrap();
    assert!(interval.low < 1.0 && 1.0 < interval.high && interval.low > 0.7, "{interval:?}");
    assert_eq!(bootstrap_days(&wave, 3), Some(interval));
    assert_ne!(bootstrap_days(&wave, 4), Some(interval));
    assert_eq!(bootstrap_days(&wave[..9], 3), None);
    let years = bootstrap_units(&[0.2, 0.3, 0.25, 0.4, 0.1, 0.3], 1).unwrap();
    assert!(years.low > 0.1 && years.high < 0.4 && (years.mean - 0.258_333).abs() < 1e-3, "{years:?}");
    assert_eq!(bootstrap_units(&[1.0; 4], 1), None);
    let steady = bootstrap_units(&[0.5; 6], 1).unwrap();
    assert!((steady.low - 0.5).abs() < 1e-12 && (steady.high - 0.5).abs() < 1e-12);
}
