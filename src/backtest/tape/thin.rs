//! A thin book for recordings without one: a convention, made of what has already happened.

use crate::backtest::moment::Book;
use crate::domain::{Amount, BookLevel, BookSide, DailyRate, Days, LevelKey, Ratio, Rounding};

/// Levels of the made book: how far over the last rate, in thousandths, and what part of the volume of the last hour or batch
/// stands there, in thousandths. The 25 recorded levels reach 1.15 times the best and hold some 36 000 USD within 1.2 times
/// it, against 3 M USD an hour.
const OFFERS: [(i64, i64); 8] = [(0, 1), (10, 1), (20, 2), (50, 3), (100, 5), (150, 20), (200, 100), (350, 300)];
/// A bid far under it, so that no side is empty.
const BID: i64 = 700;

/// A book around `last`, the rate of the last trade.
pub(super) fn book(last: DailyRate, volume: Amount) -> Book {
    let level = |side, thousandths: i64, amount: Amount| {
        let rate = last.times(Ratio::from_ppm(thousandths.saturating_mul(1_000)), Rounding::Down).max(DailyRate::TICK);
        let key = LevelKey { rate, period: Days::MIN, exact: rate.to_decimal() };
        BookLevel { side, key, count: 1, amount: amount.max(Amount::whole(1)) }
    };
    let mut levels: Vec<BookLevel> = OFFERS
        .iter()
        .map(|(over, part)| {
            level(BookSide::Offers, over.saturating_add(1_000), volume.scale_by(*part, 1_000, Rounding::Down))
        })
        .collect();
    levels.push(level(BookSide::Bids, BID, volume.scale_by(1, 1_000, Rounding::Down)));
    Book { levels, real: false, since: None }
}
