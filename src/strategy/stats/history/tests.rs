use proptest::prelude::*;

use super::*;
use crate::domain::{CandleSeries, SECOND};

/// A full hour.
const NOW: Timestamp = Timestamp::from_millis(1_771_200_000_000);
const MINUTES: CandleSeries = History::SERIES[0].0;
const QUARTERS: CandleSeries = History::SERIES[1].0;
const HOURS: CandleSeries = History::SERIES[2].0;

fn ticks(ticks: i64) -> DailyRate {
    DailyRate::from_units(ticks * DailyRate::TICK.units())
}

fn ago(minutes: i64) -> Timestamp {
    NOW.minus(MINUTE.times(minutes))
}

/// `(begins so many widths ago, low, high, volume)`, oldest first.
fn candles(width: Millis, rows: &[(i64, i64, i64, i32)]) -> Vec<Candle> {
    let candle = |&(back, low, high, volume): &(i64, i64, i64, i32)| Candle {
        at: NOW.minus(width.times(back)),
        open: ticks(low),
        close: ticks(high),
        high: ticks(high),
        low: ticks(low),
        volume: Amount::whole(volume),
    };
    rows.iter().map(candle).collect()
}

fn read(series: CandleSeries, rows: &[(i64, i64, i64, i32)]) -> History {
    let mut history = History::default();
    history.read(NOW, series, &candles(series.width, rows));
    history
}

fn print(id: i64, at: Timestamp, rate: i64, amount: i32) -> Print {
    Print { id, at, amount: Amount::whole(amount), taken: true, rate: ticks(rate), period: Days::MIN }
}

fn traded(history: &History, rank: i32) -> Option<DailyRate> {
    history.quantile(NOW, QuantileOf::Trades, Ratio::percent(rank), HOUR)
}

#[test]
fn volume_lies_evenly_over_a_candles_range() {
    // 100 from 1.0 to 2.0 e-4, 100 at 2.0, 200 at 3.0.
    let history = read(MINUTES, &[(30, 10_000, 20_000, 100), (20, 20_000, 20_000, 100), (10, 30_000, 30_000, 200)]);
    let worked = [(0, 10_000), (10, 14_000), (12, 14_800), (25, 20_000), (50, 20_000), (51, 30_000), (100, 30_000)];
    for (rank, rate) in worked {
        assert_eq!(traded(&history, rank), Some(ticks(rate)), "{rank} %");
    }
}

#[test]
fn only_what_is_known_is_answered() {
    let rows = [(30, 10_000, 20_000, 100), (20, 20_000, 20_000, 100), (10, 30_000, 30_000, 200)];
    let mut cold = History::default();
    for (id, row) in (0..).zip(rows) {
        cold.told(ago(40), &print(id, ago(row.0), row.2, row.3));
    }
    assert_eq!(traded(&cold, 50), None, "news since 40 minutes do not make an hour");
    let later = NOW.plus(MINUTE.times(20));
    assert_eq!(cold.quantile(later, QuantileOf::Trades, HALF_OF_IT, HOUR), Some(ticks(20_000)), "lived through");
    assert_eq!(traded(&read(MINUTES, &rows[1..]), 50), None, "two candles prove nothing");
    assert_eq!(traded(&read(MINUTES, &[]), 50), None, "a market without trades");
    assert_eq!(read(HOURS, &rows).quantile(NOW, QuantileOf::Trades, HALF_OF_IT, HOUR), None, "minutes were not read");
}

#[test]
fn a_candle_that_is_forming_is_not_used() {
    let mut history = read(MINUTES, &[(3, 10_000, 10_000, 100), (2, 10_000, 10_000, 100), (1, 10_000, 10_000, 100)]);
    history.read(NOW, MINUTES, &candles(MINUTE, &[(0, 90_000, 90_000, 100_000)]));
    history.told(NOW, &print(1, NOW.plus(SECOND), 90_000, 100));
    assert_eq!(traded(&history, 100), Some(ticks(10_000)));
    let closed = NOW.plus(MINUTE);
    assert_eq!(history.quantile(closed, QuantileOf::Trades, Ratio::ONE, HOUR), Some(ticks(50_000)), "held at 5 times");
}

#[test]
fn bad_prints_hardly_move_a_quantile_and_no_high() {
    let rows: Vec<(i64, i64, i64, i32)> = (1..50).rev().map(|back| (back, 14_000, 16_000, 1_000)).collect();
    let mut history = read(MINUTES, &rows);
    let clean = traded(&history, 50).unwrap();
    // 1e-8 and 7 % a day, each with as much as a whole minute.
    history.read(NOW, MINUTES, &candles(MINUTE, &[(51, 1, 1, 1_000), (50, 7_000_000, 7_000_000, 1_000)]));
    assert_eq!(traded(&history, 50), Some(clean));
    assert_eq!(traded(&history, 0), Some(ticks(3_200)), "a fifth of the median");
    assert_eq!(traded(&history, 100), Some(ticks(80_000)), "five times it");
    let quarters =
        read(QUARTERS, &[(4, 1, 16_000, 500), (3, 1, 20_000, 500), (2, 1, 7_000_000, 500), (1, 9, 18_000, 500)]);
    let highs = quarters.highs(NOW, QUARTER, HOUR, Amount::whole(150)).unwrap();
    assert_eq!(highs, [20_000, 18_000, 16_000].map(ticks));
}

#[test]
fn highs_count_where_a_lot_was_lent_and_fold_to_longer_candles() {
    let rows = [(8, 1, 50, 200), (7, 1, 80, 200), (4, 1, 30, 200), (3, 1, 99, 149), (2, 1, 20, 200), (1, 1, 25, 200)];
    let history = read(QUARTERS, &rows);
    let highs = |width, window| history.highs(NOW, width, window, Amount::whole(150)).map(|h| h.len());
    let rates = |width| history.highs(NOW, width, HOUR.times(2), Amount::whole(150)).unwrap();
    assert_eq!(rates(QUARTER), [80, 50, 30, 25, 20].map(ticks), "the thin one does not count");
    assert_eq!(rates(HALF), [99, 80, 25].map(ticks), "with its neighbour it does");
    assert_eq!(highs(QUARTER, HOUR), Some(3));
    assert_eq!(highs(HOUR, HOUR.times(2)), None, "hours were not read");
    assert_eq!(read(HOURS, &[(1, 1, 5, 9)]).highs(NOW, HOUR, DAY, Amount::ZERO), Some(vec![ticks(5)]));
}

#[test]
fn half_hours_are_whole_or_not_there() {
    let history = read(QUARTERS, &[(3, 1, 30, 200), (2, 1, 20, 200), (1, 1, 90, 200)]);
    let at = NOW.minus(QUARTER);
    let highs = history.highs(at, HALF, HOUR, Amount::ZERO).unwrap();
    assert_eq!(highs, [ticks(30)], "a quarter of the running half hour is closed, the half hour is not");
}

#[test]
fn the_highs_of_the_hours_count_once_each() {
    let history = read(HOURS, &[(5, 1, 10, 9_000), (4, 1, 20, 1), (3, 1, 30, 1), (2, 1, 40, 1)]);
    let high = |rank| history.quantile(NOW, QuantileOf::Candles, Ratio::percent(rank), DAY);
    assert_eq!([high(30), high(60), high(80)], [20, 30, 40].map(|rate| Some(ticks(rate))));
}

#[test]
fn the_median_widens_for_thin_currencies() {
    let mut history = read(QUARTERS, &[(2, 1, 1, 1), (1, 2, 2, 1)]);
    assert_eq!(history.median(NOW), None, "two candles prove nothing");
    history.read(
        NOW,
        HOURS,
        &candles(HOUR, &[(600, 10_000, 10_000, 5), (500, 12_000, 12_000, 5), (400, 14_000, 14_000, 5)]),
    );
    assert_eq!(history.median(NOW), Some(ticks(12_000)));
    history.read(NOW, QUARTERS, &candles(QUARTER, &[(9, 8_000, 8_000, 5), (8, 9_000, 9_000, 5), (7, 9_500, 9_500, 5)]));
    assert_eq!(history.median(NOW), Some(ticks(9_000)), "the last hours come first");
}

#[test]
fn a_print_counts_once_whatever_tells_it() {
    let mut history = History::default();
    assert!(history.told(NOW, &print(7, ago(5), 10_000, 100)));
    assert!(!history.told(NOW, &print(7, ago(5), 10_000, 100)), "the second news of one trade");
    history.read(NOW, MINUTES, &candles(MINUTE, &[(9, 9_000, 9_000, 50), (5, 10_000, 10_000, 300)]));
    assert!(history.told(NOW, &print(8, ago(5), 10_000, 200)));
    let sum = |layer: &Layer| -> i64 { layer.closed(NOW, HOUR).map(|candle| candle.volume.units()).sum() };
    assert_eq!(sum(&history.minutes), Amount::whole(350).units(), "a minute told whole has all its prints");
    assert_eq!(sum(&history.quarters), sum(&history.minutes));
    let longer = Print { period: Days::new(30), ..print(9, ago(3), 99_000, 100) };
    assert!(history.told(NOW, &longer));
    assert_eq!(sum(&history.minutes), Amount::whole(350).units(), "only two-day money is counted");
}

#[test]
fn an_hour_that_began_before_the_start_is_whole_when_it_ends() {
    let start = NOW.plus(MINUTE.times(37));
    let mut history = History::default();
    history.told(start, &print(1, start, 20_000, 10));
    let minutes = candles(MINUTE, &[(-5, 30_000, 30_000, 700), (-36, 10_000, 10_000, 100)]);
    history.read(start, MINUTES, &minutes);
    history.read(start, HOURS, &candles(HOUR, &[(1, 5_000, 5_000, 900), (0, 9_000, 9_000, 1)]));
    history.told(start, &print(2, start.plus(MINUTE), 20_000, 20));
    let end = NOW.plus(HOUR);
    let hours: Vec<(i64, i64)> =
        history.hours.closed(end, DAY).map(|hour| (hour.volume.units() / 100_000_000, hour.high.units())).collect();
    assert_eq!(hours, [(900, ticks(5_000).units()), (830, ticks(30_000).units())]);
}

#[test]
fn an_offer_counts_by_how_long_it_stood() {
    let mut history = History::default();
    let mut look = |minutes: i64, rate: Option<i64>| history.offered(ago(minutes), rate.map(ticks));
    // 40 minutes at 1.0, 20 at 2.0, both told every minute; then nothing is known.
    for minute in (21..=60).rev() {
        look(minute, Some(10_000));
    }
    for minute in (1..=20).rev() {
        look(minute, Some(20_000));
    }
    look(0, None);
    let rank = |rank| history.quantile(NOW, QuantileOf::BestOffer, Ratio::percent(rank), HOUR);
    assert_eq!((rank(50), rank(66), rank(67)), (Some(ticks(10_000)), Some(ticks(10_000)), Some(ticks(20_000))));
    let averages = history.averages(NOW, MINUTE.times(10), HOUR).unwrap();
    assert_eq!(averages, (ticks(20_000), DailyRate::from_units(133_333_333)));
    assert_eq!(history.averages(NOW.plus(HOUR), MINUTE.times(10), HOUR), None, "nobody has looked since");
    assert_eq!(
        history.quantile(NOW, QuantileOf::BestOffer, HALF_OF_IT, DAY),
        Some(ticks(10_000)),
        "half an hour is enough"
    );
}

#[test]
fn a_look_stands_for_two_minutes_at_most() {
    let mut history = History::default();
    history.offered(ago(50), Some(ticks(10_000)));
    history.offered(ago(10), Some(ticks(20_000)));
    let seen: i64 = history.offers.closed(NOW, HOUR).map(|(_, seen)| seen).sum();
    assert_eq!(seen, 120_000);
    assert_eq!(history.averages(NOW, MINUTE, HOUR), None, "two minutes of sixty are too few");
}

/// Prints of the last two hours, some of them bad.
fn prints() -> impl Strategy<Value = Vec<Print>> {
    let rate = prop_oneof![20 => 5_000_i64..40_000, 1 => Just(1_i64), 1 => Just(7_000_000_i64)];
    proptest::collection::vec((0_i64..7_200, rate, 1_i32..100_000), 0..80).prop_map(|mut rows| {
        rows.sort_unstable_by_key(|(back, ..)| std::cmp::Reverse(*back));
        (1..)
            .zip(rows)
            .map(|(id, (back, rate, amount))| print(id, NOW.minus(SECOND.times(back)), rate, amount))
            .collect()
    })
}

/// What the exchange would answer for prints.
fn summed(prints: &[Print], width: Millis) -> Vec<Candle> {
    let mut layer = Layer::new(width, DAY);
    for print in prints {
        layer.add(NOW, print);
    }
    layer.closed(NOW, DAY).copied().collect()
}

proptest! {
    /// Told live, told twice, read afterwards or before: the same past.
    #[test]
    fn the_past_is_the_same_however_it_was_learned(prints in prints(), split in 0_usize..80) {
        let minutes = summed(&prints, MINUTE);
        let mut live = History::default();
        live.read(ago(180), MINUTES, &[]);
        for print in &prints {
            live.told(print.at, print);
            live.told(print.at, print);
        }
        let mut late = History::default();
        late.read(NOW, MINUTES, &minutes);
        for print in prints.iter().skip(split) {
            late.told(NOW, print);
        }
        let mut early = History::default();
        for print in prints.iter().skip(split) {
            early.told(NOW, print);
        }
        early.read(NOW, MINUTES, &minutes);
        early.read(NOW, MINUTES, &minutes);
        for history in [&live, &late, &early] {
            for (layer, width) in [(&history.minutes, MINUTE), (&history.quarters, QUARTER), (&history.hours, HOUR)] {
                prop_assert_eq!(layer.closed(NOW, HOUR.times(2)).copied().collect::<Vec<_>>(),
                    summed(&prints, width).into_iter().filter(|candle| candle.at >= ago(120)).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn a_rank_rises_within_what_was_seen(prints in prints(), one in 0_i64..=1_000_000, other in 0_i64..=1_000_000) {
        let mut history = History::default();
        history.read(NOW, MINUTES, &summed(&prints, MINUTE));
        let at = |rank| history.quantile(NOW, QuantileOf::Trades, Ratio::from_ppm(rank), HOUR.times(3));
        let (low, high) = (at(one.min(other)), at(one.max(other)));
        prop_assert_eq!(low.is_some(), high.is_some());
        prop_assert!(low <= high);
        let bounds = (prints.iter().map(|print| print.rate).min(), prints.iter().map(|print| print.rate).max());
        if let (Some(low), Some(high), (Some(least), Some(most))) = (low, high, bounds) {
            prop_assert!(low >= least && high <= most);
        }
    }
}

#[test]
fn memory_does_not_grow() {
    let mut history = History::default();
    for second in 0..200_000_i64 {
        let at = NOW.plus(SECOND.times(second * 30));
        history.told(at, &print(second, at, 10_000, 10));
        history.offered(at, Some(ticks(10_000)));
    }
    let far = NOW.plus(DAY.times(365));
    let count = |layer: &Layer| layer.closed(far, DAY.times(400)).count();
    assert!(count(&history.minutes) <= 722 && count(&history.quarters) <= 674 && count(&history.hours) <= 722);
    assert!(history.ids.len() <= IDS && history.offers.closed(far, DAY.times(400)).count() <= 1_442);
}
