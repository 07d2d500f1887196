//! Fills worked by hand.

use super::*;
use crate::domain::{BookLevel, BookSide};
use crate::domain::{Candle, HOUR, LevelKey, Millis, Print, Timestamp};
use proptest::prelude::*;

fn rate(millionths: i64) -> DailyRate {
    DailyRate::from_units(millionths * 1_000_000)
}

fn print(millionths: i64, period: u16, usd: i32) -> Print {
    let at = Timestamp::from_millis(1_000);
    Print { id: 1, at, amount: Amount::whole(usd), taken: true, rate: rate(millionths), period: Days::new(period) }
}

/// Five prints of one batch: 150 at 150, 300 at 160, 200 for 30 days at 170, 400 at 180, 250 at 200 (rates in 1e-6 a day).
fn five() -> Vec<Demand> {
    let prints = [print(150, 2, 150), print(160, 2, 300), print(170, 30, 200), print(180, 2, 400), print(200, 2, 250)];
    demand(FillModel::Prints, &Event::of(Timestamp::from_millis(1_000), prints.to_vec()))
}

fn lot(millionths: i64, period: u16, usd: i32) -> Lot {
    Lot { rate: rate(millionths), period: Days::new(period), amount: Amount::whole(usd) }
}

fn whole(amounts: &[Amount]) -> Vec<i64> {
    amounts.iter().map(|amount| amount.units() / 100_000_000).collect()
}

#[test]
fn prints_take_only_what_was_borrowed_strictly_above() {
    let least = Amount::whole(150);
    let take = |lots: &[Lot]| whole(&taken(&five(), lots, least));
    assert_eq!(take(&[lot(200, 2, 150)]), [0], "at the top nothing is certain");
    assert_eq!(take(&[lot(199, 2, 150)]), [150], "250 were borrowed above");
    assert_eq!(take(&[lot(199, 2, 500)]), [250], "a part of it");
    assert_eq!(
        take(&[lot(199, 2, 150), lot(199, 2, 150)]),
        [150, 0],
        "100 are left, and too little to take a part of 150"
    );
    assert_eq!(take(&[lot(155, 2, 900), lot(179, 2, 150)]), [900, 0], "950 above for two days, the own 900 go first");
    assert_eq!(take(&[lot(165, 2, 700)]), [650], "what went for 30 days may have wanted 30 days");
    assert_eq!(take(&[lot(165, 30, 850)]), [850], "an offer for 30 days serves both");
}

#[test]
fn the_fill_level_is_where_the_amount_is_reached() {
    let level = |period, usd| fill_level(&five(), Days::new(period), Amount::whole(usd)).map(DailyRate::units);
    assert_eq!(level(2, 250), Some(200_000_000));
    assert_eq!(level(2, 251), Some(180_000_000));
    assert_eq!(level(2, 700), Some(160_000_000));
    assert_eq!(level(30, 700), Some(170_000_000));
    assert_eq!(level(30, 2_000), None);
}

#[test]
fn candles_are_strict_or_middle_or_touched() {
    let candle = Candle {
        at: Timestamp::from_millis(0),
        open: rate(150),
        close: rate(200),
        high: rate(800),
        low: rate(100),
        volume: Amount::whole(10_000),
    };
    let event = Event { opens: candle.at, grace: HOUR, prints: vec![], candle: Some((candle, Days::MIN)), price: None };
    for (model, expected) in [(FillModel::Strict, 200), (FillModel::Middle, 400), (FillModel::Touch, 800)] {
        let demands = demand(model, &event);
        assert_eq!(demands, [Demand { rate: rate(expected), period: Days::MIN, amount: Amount::whole(500) }]);
    }
    assert_eq!(event.grace, Millis::new(3_600_000));
}

#[test]
fn the_queue_is_used_up_before_us() {
    let level = |millionths, usd| BookLevel {
        side: BookSide::Offers,
        key: LevelKey { rate: rate(millionths), period: Days::MIN, exact: rate(millionths).to_decimal() },
        count: 1,
        amount: Amount::whole(usd),
    };
    let mut queue = Queue::behind(&[level(150, 400), level(160, 300), level(170, 5_000)], rate(160));
    // 150 + 300 at 160 or under: 700 stood before us.
    assert_eq!(queue.advance(&five(), rate(160), Days::MIN), Amount::ZERO);
    assert_eq!(queue.advance(&five(), rate(160), Days::MIN), Amount::whole(200), "450 more, 250 were left");
    assert_eq!(queue.advance(&five(), rate(160), Days::MIN), Amount::whole(450));
}

proptest! {
    #[test]
    fn never_more_is_taken_than_was_borrowed_and_dearer_never_takes_more(
        prints in prop::collection::vec((1_i64..300, 2_u16..121, 1_i32..5_000), 0..20),
        mut lots in prop::collection::vec((1_i64..300, 2_u16..121, 150_i32..5_000), 0..12),
    ) {
        let demands: Vec<Demand> = prints
            .iter()
            .map(|(r, p, usd)| Demand { rate: rate(*r), period: Days::new(*p), amount: Amount::whole(*usd) })
            .collect();
        lots.sort_unstable();
        let lots: Vec<Lot> = lots.into_iter().map(|(r, p, usd)| lot(r, p, usd)).collect();
        let taken = taken(&demands, &lots, Amount::whole(150));
        let total: i64 = taken.iter().map(|one| one.units()).sum();
        prop_assert!(total <= demands.iter().map(|one| one.amount.units()).sum());
        for (lot, part) in lots.iter().zip(&taken) {
            prop_assert!(*part <= lot.amount);
            let above: i64 = demands.iter().filter(|d| d.rate > lot.rate).map(|d| d.amount.units()).sum();
            prop_assert!(part.units() <= above);
        }
    }
}
