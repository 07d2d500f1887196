//! The recorded market on a real disk: once each, in order, beside a reader, within its limits.

use std::collections::BTreeMap;
use std::path::Path;

use tempfile::TempDir;

use super::OfferChange::{Cancelled, Created, Filled, Gone};
use super::*;
use crate::domain::{
    AccountName, Amount, BookLevel, BookSide, Currency, DAY, DailyRate, DayOfRates, Days, Decimal, HOUR, LevelKey,
    Millis, OfferId, OfferKind, Print, Ratio, Rounding, Ticker, Timestamp, Total,
};
use crate::store::StoreError;

const USD: Currency = Currency::USD;
const ALWAYS: (Timestamp, Timestamp) = (Timestamp::from_millis(0), Timestamp::from_millis(i64::MAX));

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_784_505_600_000 + seconds * 1_000)
}

fn trade(id: i64, seconds: i64) -> Row {
    let rate = DailyRate::from_units(200_000_000 + id);
    let amount = Amount::whole(100);
    Row::Trade(USD, Print { id, at: at(seconds), amount, taken: id % 2 == 0, rate, period: Days::MIN })
}

fn book(seconds: i64, levels: usize) -> Row {
    let level = |number: usize| {
        let text = format!("0.000{number:012}7");
        let exact = Decimal::parse(&text).unwrap();
        let key =
            LevelKey { rate: DailyRate::from_decimal(exact, Rounding::Nearest).unwrap(), period: Days::MIN, exact };
        let side = if number == 0 { BookSide::Bids } else { BookSide::Offers };
        BookLevel { side, key, count: 3, amount: Amount::whole(5) }
    };
    Row::Book(USD, at(seconds), (0..levels).map(level).collect())
}

/// What a store has done with some rows when it is closed.
async fn kept(dir: &Path, rows: Vec<Row>) -> (Standing, BTreeMap<RowKind, u64>) {
    let (store, standing) = MarketStore::open(dir, at(0)).await.unwrap();
    store.write(rows).unwrap();
    (standing, store.close().await.rows.clone())
}

fn trades(dir: &Path) -> Vec<(i64, bool)> {
    let mut found = Vec::new();
    let take = |print: Print| -> Result<(), StoreError> {
        found.push((print.id, print.taken));
        Ok(())
    };
    MarketReader::open(dir).unwrap().trades(USD, ALWAYS, take).unwrap();
    found
}

#[tokio::test]
async fn a_trade_is_kept_once_and_comes_in_its_order() {
    let dir = TempDir::new().unwrap();
    let rows = vec![trade(3, 2), trade(1, 1), trade(2, 1), trade(3, 2), Row::Complete(USD, at(5))];
    let (before, counts) = kept(dir.path(), rows).await;
    assert_eq!((before, counts), (Standing::default(), [(RowKind::Trade, 3)].into()));
    let (standing, counts) = kept(dir.path(), vec![trade(2, 1), trade(4, 9), Row::Complete(USD, at(3))]).await;
    assert_eq!(standing.complete, [(USD, at(5))].into());
    assert_eq!(standing.trades.iter().map(|(_, print)| print.id).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(counts, [(RowKind::Trade, 1)].into());
    assert_eq!(trades(dir.path()), [(1, false), (2, true), (3, false), (4, true)]);
    // What was said to be complete can be taken back.
    assert_eq!(MarketReader::open(dir.path()).unwrap().gaps(USD).unwrap(), [(at(3), ALWAYS.1)]);
}

#[tokio::test]
async fn only_one_records_and_others_read_meanwhile() {
    let dir = TempDir::new().unwrap();
    assert!(matches!(MarketReader::open(dir.path()), Err(StoreError::Io { .. })), "there is nothing yet");
    let (store, _) = MarketStore::open(dir.path(), at(0)).await.unwrap();
    assert!(matches!(MarketStore::open(dir.path(), at(0)).await, Err(StoreError::Held { .. })));
    let day = DayOfRates { change_ratio: Ratio::from_ppm(-494_600), high: DailyRate::TICK, ..DayOfRates::default() };
    let ticker = Ticker { frr: Some(DailyRate::TICK), day: Some(day), ..Ticker::default() };
    store.write(vec![Row::Ticker(USD, at(1), ticker), book(1, 3)]).unwrap();
    let mut totals = store.totals();
    while totals.rows.len() < 2 {
        tokio::task::yield_now().await;
        totals = store.totals();
    }
    let reader = MarketReader::open(dir.path()).unwrap();
    assert_eq!(reader.currencies().unwrap(), [USD]);
    let (mut tickers, mut books) = (Vec::new(), Vec::new());
    reader
        .tickers(USD, ALWAYS, |at, ticker| -> Result<(), StoreError> {
            tickers.push((at, ticker));
            Ok(())
        })
        .unwrap();
    reader
        .books(USD, ALWAYS, |book| -> Result<(), StoreError> {
            books.push(book);
            Ok(())
        })
        .unwrap();
    assert_eq!(tickers, [(at(1), ticker)]);
    let levels = "0.0000000000000007,2,3,-5\n0.0000000000000017,2,3,5\n0.0000000000000027,2,3,5\n";
    assert_eq!(books, [Snapshot { at: at(1), levels: levels.to_owned() }], "rates to the last digit");
    assert_eq!(totals.oldest, Some(at(1)));
    store.close().await;
}

#[tokio::test]
async fn the_life_of_an_offer_tells_what_is_left_and_how_it_ended() {
    let event = |change, seconds, offer, amount| {
        let terms =
            Terms { slice: "core".to_owned(), kind: OfferKind::Limit, rate: DailyRate::TICK, period: Days::MIN };
        let created = change == Created;
        Row::Offer(OfferEvent {
            at: at(seconds),
            account: AccountName::new("main").unwrap(),
            currency: USD,
            offer: OfferId(offer),
            change,
            amount: Amount::whole(amount),
            terms: created.then_some(terms),
            ahead: created.then_some(Total::from(Amount::whole(7))),
        })
    };
    let dir = TempDir::new().unwrap();
    let rows = vec![
        event(Created, 1, 5, 300),
        event(Filled, 2, 5, 100),
        event(Created, 3, 6, 200),
        event(Filled, 4, 5, 200),
        event(Gone, 5, 5, 0),
        event(Cancelled, 6, 6, 0),
        event(Gone, 7, 6, 0),
        event(Created, 8, 7, 150),
        event(Gone, 9, 7, 0),
        event(Filled, 10, 99, 1),
        event(Gone, 11, 99, 0),
    ];
    kept(dir.path(), rows).await;
    let mut lives = Vec::new();
    let take = |life: Life| -> Result<(), StoreError> {
        lives.push((life.offer, life.change, life.rest.map(|rest| rest.to_string()).unwrap_or_default()));
        Ok(())
    };
    MarketReader::open(dir.path()).unwrap().offers(USD, ALWAYS, take).unwrap();
    let told: Vec<(i64, &str, &str)> =
        lives.iter().map(|(id, change, rest)| (*id, change.as_str(), rest.as_str())).collect();
    assert_eq!(
        told,
        [
            (5, "created", "300"),
            (5, "filled", "200"),
            (6, "created", "200"),
            (5, "filled", "0"),
            (6, "cancelled", "0"),
            (7, "created", "150"),
            (7, "gone", "0"),
            (99, "filled", ""),
            (99, "gone", "0"),
        ]
    );
}

/// Steps until nothing is left to delete; answers the totals.
async fn tended(store: &MarketStore, now: Timestamp, limits: Limits) -> usize {
    for steps in 1..500 {
        let before = store.totals();
        store.tend(now, limits);
        // Totals are made anew by every step.
        while std::sync::Arc::ptr_eq(&before, &store.totals()) {
            tokio::task::yield_now().await;
        }
        assert_eq!(store.totals().fault, None);
        if !store.totals().more_to_delete {
            return steps;
        }
    }
    panic!("it never ends");
}

#[tokio::test]
async fn what_is_old_goes_in_small_steps_and_leaves_a_gap() {
    let dir = TempDir::new().unwrap();
    let (store, _) = MarketStore::open(dir.path(), at(0)).await.unwrap();
    let mut rows: Vec<Row> = (0..2_500).map(|id| trade(id, id)).collect();
    rows.extend([trade(9_000, 90_000), Row::Complete(USD, at(90_000)), Row::Gap(USD, at(10), at(20))]);
    store.write(rows).unwrap();
    while store.totals().rows.is_empty() {
        tokio::task::yield_now().await;
    }
    let limits = Limits { keep: DAY, max_size: 1 << 40 };
    assert!(tended(&store, at(88_000), limits).await > 2, "a thousand rows a step");
    assert_eq!(trades(dir.path()).first(), Some(&(1_600, true)));
    let gaps = MarketReader::open(dir.path()).unwrap().gaps(USD).unwrap();
    assert_eq!(gaps, [(Timestamp::default(), at(1_600)), (at(90_000), ALWAYS.1)]);
    store.close().await;
}

#[tokio::test]
async fn what_is_too_much_goes_from_its_oldest_and_the_file_shrinks() {
    let dir = TempDir::new().unwrap();
    let (store, _) = MarketStore::open(dir.path(), at(0)).await.unwrap();
    for hour in 0..100_i64 {
        let mut rows = vec![book(hour * 3_600, 200), trade(hour, hour * 3_600), Row::Complete(USD, at(hour * 3_600))];
        rows.extend((1..5).map(|minute| book(hour * 3_600 + minute * 60, 200)));
        while let Err(again) = store.write(rows) {
            rows = again;
            tokio::task::yield_now().await;
        }
    }
    while store.totals().rows.get(&RowKind::Book) != Some(&500) {
        tokio::task::yield_now().await;
    }
    let size = |path: &Path| std::fs::metadata(path.join(FILE)).unwrap().len();
    let max_size = 1_000_000;
    tended(&store, at(100 * 3_600), Limits { keep: DAY.times(400), max_size }).await;
    let oldest = store.totals().oldest.unwrap();
    store.close().await;
    assert!(oldest > at(0) && oldest.since(at(0)) < HOUR.times(99), "{oldest:?}");
    assert!(size(dir.path()) < 2 * max_size && size(dir.path()) > max_size / 2, "{}", size(dir.path()));
    assert_eq!(trades(dir.path()).last(), Some(&(99, false)), "the newest stays");
    assert!(Millis::new(1) < oldest.since(at(0)));
}
