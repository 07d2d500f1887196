//! What a user would expect of the rules and bounds that look at the recent past, worked by hand.

use super::*;
use crate::domain::{Candle, DAY, HOUR, IdleReason, MINUTE, Millis};
use crate::strategy::stats::QUARTER;

const MONEY: Amount = Amount::whole(1_000);

/// Candles of `(begins so many widths ago, low, high, volume)`, rates in ticks, of all widths that are kept.
pub(super) fn past(width: Millis, rows: &[(i64, i64, i64, i32)]) -> History {
    let now = market(&Book::default()).now;
    let tick = |ticks: i64| DailyRate::from_units(ticks * DailyRate::TICK.units());
    let mut past = History::default();
    for (series, _) in History::SERIES {
        let rows = rows.iter().filter(|_| series.width == width);
        let candles: Vec<Candle> = rows
            .map(|&(back, low, high, volume)| Candle {
                at: now.minus(width.times(back)),
                open: tick(low),
                close: tick(high),
                high: tick(high),
                low: tick(low),
                volume: Amount::whole(volume),
            })
            .collect();
        past.read(now, series, &candles);
    }
    past
}

/// Half an hour of the best offer, `(minutes, rate in ticks)` one after the other until now.
pub(super) fn offered(stretches: &[(i64, i64)]) -> History {
    let now = market(&Book::default()).now;
    let mut past = History::default();
    let mut back: i64 = stretches.iter().map(|(minutes, _)| minutes).sum();
    for &(minutes, ticks) in stretches {
        for _ in 0..minutes {
            past.offered(now.minus(MINUTE.times(back)), Some(DailyRate::from_units(ticks * DailyRate::TICK.units())));
            back -= 1;
        }
    }
    past.offered(now, None);
    past
}

/// The rate that a rule asks, or why it holds.
fn asked(slice: &Slice, book: &Book, past: &History) -> Result<DailyRate, IdleReason> {
    let answer = answer(slice, 0, MONEY, &MarketView { history: past, ..market(book) }, &bounds());
    assert_eq!(answer.total(), crate::domain::Total::from(MONEY));
    match (answer.wishes.as_slice(), answer.held.as_slice()) {
        ([wish], []) => Ok(wish.rate),
        ([], [(reason, _)]) => Err(*reason),
        _ => panic!("{answer:?}"),
    }
}

fn best(below: &str) -> Slice {
    slice(RateRule::Best { below: rate(below), race_floor: Ratio::percent(85) })
}

fn quantile(rank: i32, window: Millis, of: QuantileOf) -> Slice {
    slice(RateRule::Quantile(Quantile { rank: Ratio::percent(rank), window, of }))
}

fn candle_high(nth: u16, factor: i32) -> Slice {
    slice(RateRule::CandleHigh { nth, candle: QUARTER, window: DAY, factor: Ratio::percent(factor) })
}

fn effective(hold: i64, hits: u16) -> Slice {
    slice(RateRule::Effective { window: HOUR.times(48), hold: HOUR.times(hold), hits })
}

fn average() -> Slice {
    let factor = Ratio::percent(105);
    slice(RateRule::Average { short: MINUTE.times(3), long: MINUTE.times(30), factor })
}

/// Three minutes at 1.6 e-4, in a quarter of an hour each: their median is that.
pub(super) fn calm() -> History {
    past(MINUTE, &[(40, 16_000, 16_000, 500), (20, 16_000, 16_000, 500), (10, 16_000, 16_000, 500)])
}

#[test]
fn best_stands_a_tick_under_the_others_and_not_under_itself() {
    let others = book(&[(15_000, 2, 500), (18_000, 30, 500)]);
    assert_eq!(asked(&best("0.00000001"), &others, &calm()), Ok(rate("0.00014999")));
    assert_eq!(asked(&best("0.000001"), &others, &calm()), Ok(rate("0.000149")));
    let with_ours = book(&[(14_999, 2, 1_000), (15_000, 2, 500)]);
    let view = MarketView { own: &[(rate("0.00014999"), Days::MIN, MONEY)], history: &calm(), ..market(&with_ours) };
    let again = answer(&best("0.00000001"), 0, MONEY, &view, &bounds());
    assert_eq!(again.wishes[0].rate, rate("0.00014999"), "it stays where it stands");
}

#[test]
fn best_joins_no_race_and_no_slip() {
    // 85 % of 1.6 e-4 are 1.36 e-4.
    for cheapest in [1, 13_000, 13_600, 13_601] {
        let raced = book(&[(cheapest, 2, 500), (15_000, 2, 500)]);
        assert_eq!(asked(&best("0.00000001"), &raced, &calm()), Ok(rate("0.000136")), "{cheapest}");
    }
    let wall = book(&[(13_700, 2, 4_500_000), (15_000, 2, 500)]);
    assert_eq!(asked(&best("0.00000001"), &wall, &calm()), Ok(rate("0.00013699")), "a wall is a price like others");
}

#[test]
fn best_holds_without_a_book_or_without_trades() {
    let others = book(&[(15_000, 2, 500)]);
    assert_eq!(asked(&best("0.00000001"), &Book::default(), &calm()), Err(IdleReason::StaleData));
    assert_eq!(asked(&best("0.00000001"), &others, &History::default()), Err(IdleReason::StaleData));
    let thin = past(HOUR, &[(400, 16_000, 16_000, 50), (300, 16_000, 16_000, 50), (20, 16_000, 16_000, 50)]);
    assert_eq!(asked(&best("0.00000001"), &others, &thin), Ok(rate("0.00014999")), "the trades of a month will do");
}

#[test]
fn quantile_ranks_the_money_that_was_lent() {
    // 1,000 from 1.0 to 2.0 e-4, 500 at 2.4, 500 at 3.0: half of it up to 2.0, three quarters up to 2.4.
    let past = past(MINUTE, &[(40, 10_000, 20_000, 1_000), (20, 24_000, 24_000, 500), (9, 30_000, 30_000, 500)]);
    let at = |rank| asked(&quantile(rank, HOUR, QuantileOf::Trades), &Book::default(), &past);
    for (rank, text) in [(25, "0.00015"), (50, "0.0002"), (75, "0.00024"), (100, "0.0003")] {
        assert_eq!(at(rank), Ok(rate(text)), "{rank} %");
    }
    let floor = answer(
        &quantile(0, HOUR, QuantileOf::Trades),
        0,
        MONEY,
        &MarketView { history: &past, ..market(&Book::default()) },
        &Bounds { floor: rate("0.00011"), ..bounds() },
    );
    assert_eq!(floor.held, [(IdleReason::BelowFloor, MONEY)]);
}

#[test]
fn quantile_of_highs_and_of_offers() {
    let hours = past(HOUR, &[(9, 1, 18_000, 500), (7, 1, 20_000, 5), (5, 1, 22_000, 5), (3, 1, 30_000, 5)]);
    let highs = quantile(60, DAY, QuantileOf::Candles);
    assert_eq!(asked(&highs, &Book::default(), &hours), Ok(rate("0.00022")), "2.4 hours of four");
    let offers = offered(&[(30, 15_000), (10, 25_000)]);
    for (rank, text) in [(50, "0.00015"), (75, "0.00015"), (76, "0.00025")] {
        let rule = quantile(rank, HOUR, QuantileOf::BestOffer);
        assert_eq!(asked(&rule, &Book::default(), &offers), Ok(rate(text)), "{rank} %");
    }
}

#[test]
fn expected_weighs_a_rate_against_its_chance() {
    // 1,000 from 1.0 to 2.0 e-4, 500 at 2.4, 500 at 3.0: 3.0 × 25 % = 0.75, 2.4 × 45 % = 1.08 (the lowest rank at
    // which it stands is 55 %), 2.0 × 50 % = 1.0, 1.4 × 80 % = 1.12, 1.0 × 100 %; 1.5 × 75 % = 1.125 is the best, as
    // 1.6 × 70 % = 1.12.
    let past = past(MINUTE, &[(40, 10_000, 20_000, 1_000), (20, 24_000, 24_000, 500), (9, 30_000, 30_000, 500)]);
    let at = |percent, of| {
        let least_chance = Ratio::percent(percent);
        asked(&slice(RateRule::Expected { of, window: HOUR, least_chance }), &Book::default(), &past)
    };
    assert_eq!(at(40, QuantileOf::Trades), Ok(rate("0.00015")));
    assert_eq!(at(90, QuantileOf::Trades), Ok(rate("0.00012")), "1.2 × 90 %");
    assert_eq!(at(40, QuantileOf::BestOffer), Err(IdleReason::StaleData), "nobody looked at the book");
    let none = answer(
        &slice(RateRule::Expected { of: QuantileOf::Trades, window: HOUR, least_chance: Ratio::percent(40) }),
        0,
        MONEY,
        &market(&Book::default()),
        &bounds(),
    );
    assert_eq!(none.held, [(IdleReason::StaleData, MONEY)], "without a past nothing is guessed");
    // Half an hour at 1.5 and ten minutes at 2.5: 75 % and 25 %. At the rank of 80 % stands 2.5: 2.5 × 20 % = 0.5 < 1.5.
    let offers = offered(&[(30, 15_000), (10, 25_000)]);
    let rule = RateRule::Expected { of: QuantileOf::BestOffer, window: HOUR, least_chance: Ratio::percent(10) };
    assert_eq!(asked(&slice(rule), &Book::default(), &offers), Ok(rate("0.00015")));
}

#[test]
fn candle_high_takes_the_nth_that_counts() {
    let rows = [(50, 1, 30_000, 200), (40, 1, 20_000, 200), (30, 1, 25_000, 200), (20, 1, 90_000, 149)];
    let past = past(QUARTER, &rows);
    let at = |nth, factor| asked(&candle_high(nth, factor), &Book::default(), &past);
    assert_eq!(at(1, 100), Ok(rate("0.0003")), "149 dollars are no offer's worth");
    assert_eq!(at(2, 99), Ok(rate("0.0002475")));
    assert_eq!(at(4, 99), Err(IdleReason::StaleData), "there are three");
}

#[test]
fn candle_high_passes_bad_prints_over() {
    let mut rows: Vec<_> = (1..20).map(|back| (back + 10, 15_000, 20_000 + back, 5_000)).rev().collect();
    rows.push((2, 1, 7_000_000, 5_000));
    assert_eq!(asked(&candle_high(1, 100), &Book::default(), &past(QUARTER, &rows)), Ok(rate("0.00020019")));
}

#[test]
fn effective_weighs_a_rate_against_the_wait_for_it() {
    // 48 hours: 1.5 e-4 in all of them, but 1.8 in every sixth, and once a bad print of 7 % and a thin hour at 9.
    let high = |back: i64| match back {
        20 => (7_000_000, 500),
        10 => (90_000, 149),
        back if back % 6 == 1 => (18_000, 500),
        _ => (15_000, 500),
    };
    let rows: Vec<_> = (1..=48).rev().map(|back| (back, 1, high(back).0, high(back).1)).collect();
    let past = past(HOUR, &rows);
    let at = |hold, hits| asked(&effective(hold, hits), &Book::default(), &past);
    // 1.8 waits 3 hours in the mean, 1.5 half an hour and 1/24: 2 of 48 starts wait an hour longer. With a hold of 12
    // hours 1.8 × 12 / 15 = 1.44 > 1.5 × 12 / 12.54 = 1.435; with 11 hours 1.414 < 1.429.
    assert_eq!((at(12, 5), at(11, 5)), (Ok(rate("0.00018")), Ok(rate("0.00015"))));
    assert_eq!(at(12, 8), Ok(rate("0.00018")));
    assert_eq!(at(12, 9), Ok(rate("0.00015")), "eight hours are no nine");
    assert_eq!(at(12, 47), Err(IdleReason::StaleData), "two hours do not count");
    assert_eq!(asked(&effective(12, 1), &Book::default(), &History::default()), Err(IdleReason::StaleData));
}

#[test]
fn average_rises_with_the_market_and_sits_dips_out() {
    let dear = book(&[(22_000, 2, 500)]);
    let cheap = book(&[(14_000, 2, 500)]);
    // Three of thirty minutes at 2.0, before at 1.0: long 1.1, short 2.0 e-4; times 105 %.
    let rising = offered(&[(27, 10_000), (3, 20_000)]);
    assert_eq!(asked(&average(), &dear, &rising), Ok(rate("0.000231")), "the offer of the moment is dearer");
    assert_eq!(asked(&average(), &cheap, &rising), Ok(rate("0.00021")));
    // The other way round: long 1.9, short 1.0.
    let falling = offered(&[(27, 20_000), (3, 10_000)]);
    assert_eq!(asked(&average(), &cheap, &falling), Ok(rate("0.0001995")));
    assert_eq!(asked(&average(), &Book::default(), &falling), Err(IdleReason::StaleData));
    assert_eq!(asked(&average(), &cheap, &offered(&[(4, 20_000)])), Err(IdleReason::StaleData), "just started");
}

#[test]
fn average_holds_a_slip_of_the_book_within_reach() {
    // One minute of 30 at 7 %: it counts as five times the median of 1.0, long (29 + 5) / 30 = 1.1333, short 7 / 3.
    let slipped = offered(&[(29, 10_000), (1, 7_000_000)]);
    assert_eq!(asked(&average(), &book(&[(10_000, 2, 500)]), &slipped), Ok(rate("0.00024499")));
}

#[test]
fn bounds_follow_the_frr_and_ranks() {
    // FRR is 2.0 e-4.
    let book = Book::default();
    let frr = |percent| Some(Bound::Frr(Offset::Relative(Ratio::percent(percent))));
    let none = History::default();
    let at_least = |bound, asks: &str| Slice { at_least: bound, ..fixed(asks) };
    let at_most = |bound, asks: &str| Slice { at_most: bound, ..fixed(asks) };
    assert_eq!(asked(&at_least(frr(5), "0.00015"), &book, &none), Ok(rate("0.00021")));
    assert_eq!(asked(&at_least(frr(5), "0.00022"), &book, &none), Ok(rate("0.00022")));
    assert_eq!(asked(&at_most(frr(-10), "0.0002"), &book, &none), Ok(rate("0.00018")));
    let more = Some(Bound::Frr(Offset::Absolute(rate("0.00005"))));
    assert_eq!(asked(&at_most(more, "0.0003"), &book, &none), Ok(rate("0.00025")));
    let median = Quantile { rank: Ratio::percent(50), window: HOUR, of: QuantileOf::Trades };
    let median = Some(Bound::Quantile(median));
    assert_eq!(asked(&at_least(median, "0.00012"), &book, &calm()), Ok(rate("0.00016")));
    assert_eq!(asked(&at_most(median, "0.0002"), &book, &calm()), Ok(rate("0.00016")));
    assert_eq!(asked(&at_most(median, "0.0002"), &book, &none), Err(IdleReason::StaleData), "nothing is guessed");
    let crossed = Slice { at_least: frr(5), ..at_most(median, "0.0002") };
    assert_eq!(asked(&crossed, &book, &calm()), Ok(rate("0.00016")), "at_most holds");
}
