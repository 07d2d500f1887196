use super::*;
use crate::domain::{Amount, Book, BookLevel, BookSide, DAY, DailyRate, Days, Decimal, HOUR, LevelKey, Print};
use crate::strategy::stats::{Advice, HoldDays, Terms};

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_400_000).plus(Millis::seconds(second))
}

fn book() -> Book {
    let rate = DailyRate::from_units(150_000_000);
    let key = LevelKey { rate, period: Days::MIN, exact: Decimal::from_units(rate.units(), 12) };
    Book::from_levels(&[BookLevel { side: BookSide::Offers, key, count: 1, amount: Amount::whole(9_000) }])
}

fn learned(hours: i64) -> (Learned, BatchClock, Timestamp) {
    let (mut learned, mut clock) = (Learned::default(), BatchClock::default());
    learned.priced(Amount::whole(1));
    for minute in 0..hours * 60 {
        let now = at(minute * 60);
        learned.tick(now, &clock, &book(), &[]);
        if minute % 20 == 10 {
            for part in 0..4 {
                let rate = DailyRate::from_units((200 + minute % 7 * 5 + part) * 1_000_000);
                let print = Print {
                    id: minute * 10 + part,
                    at: now,
                    amount: Amount::whole(5_000),
                    taken: true,
                    rate,
                    period: Days::MIN,
                };
                clock.told(print.at, print.amount);
                learned.told(&print, &clock);
            }
        }
    }
    (learned, clock, at(hours * 3_600))
}

fn terms() -> Terms<'static> {
    let size = Amount::whole(500);
    let (holds, fee) =
        (Box::leak(Box::new(HoldDays::prior(&Parameters::default()))), crate::domain::Ratio::percent(15));
    Terms { holds, longest: Days::MIN, locks: true, size, lot: size, standing: None, bids: false, fee }
}

#[test]
fn what_was_learned_survives_a_restart() {
    let (before, clock, now) = learned(50);
    let bytes = before.checkpoint(now, &clock).unwrap();
    let later = now.plus(HOUR.times(5));
    let (mut after, restored_clock) = Learned::restore(&bytes, later, &Parameters::default()).unwrap();
    assert_eq!(restored_clock.window(later), clock.window(later));
    after.priced(Amount::whole(1));
    after.tick(later, &restored_clock, &book(), &[]);
    let (Advice::Decided(one), Advice::Decided(other)) = (before.advise(&terms()), after.advise(&terms())) else {
        panic!("both decide");
    };
    let gap = (one[0].rate.units() - other[0].rate.units()).abs();
    assert!(gap < one[0].rate.units() / 20, "{one:?} {other:?}");
    assert!(bytes.len() < 60_000, "{} bytes", bytes.len());
    // Written down again at once it is the same, but for the moment of writing.
    let (same, same_clock) = Learned::restore(&bytes, now, &Parameters::default()).unwrap();
    assert_eq!(same.checkpoint(now, &same_clock).unwrap(), bytes);
}

#[test]
fn what_cannot_be_read_or_is_old_is_nothing() {
    let (before, clock, now) = learned(2);
    let bytes = before.checkpoint(now, &clock).unwrap();
    let read = |bytes: &[u8], at| Learned::restore(bytes, at, &Parameters::default()).is_some();
    assert!(read(&bytes, now));
    assert!(!read(&bytes, now.plus(DAY.times(3))), "candles say more than a memory of three days ago");
    assert!(!read(&bytes, now.minus(HOUR)), "a clock set back");
    for cut in [0, 7, 8, 100, bytes.len() - 1] {
        assert!(!read(&bytes[..cut], now), "cut at {cut}");
    }
    let mut other = bytes.clone();
    other[0] = 99;
    assert!(!read(&other, now), "another version");
    let mut longer = bytes;
    longer.push(0);
    assert!(!read(&longer, now));
}

#[test]
fn nothing_watched_is_nothing_to_write_down() {
    assert_eq!(Learned::default().checkpoint(at(0), &BatchClock::default()), None);
}
