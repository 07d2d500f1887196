//! A recording is played as what was recorded, and what is no recording is left as it is.

use super::*;
use crate::backtest::moment::What;
use crate::backtest::tape::{Recorded, Tape as _};
use crate::domain::{
    Amount, BookLevel, BookSide, DailyRate, Days, Decimal, LevelKey, MINUTE, Print, Rounding, Ticker, Timestamp,
};
use crate::store::market::{MarketStore, Row};

const START: Timestamp = Timestamp::from_millis(1_784_505_600_000);

fn rate(text: &str) -> DailyRate {
    DailyRate::parse(text, Rounding::Nearest).unwrap()
}

fn offer(text: &str) -> BookLevel {
    let key = LevelKey { rate: rate(text), period: Days::MIN, exact: Decimal::parse(text).unwrap() };
    BookLevel { side: BookSide::Offers, key, count: 3, amount: Amount::whole(5) }
}

async fn record(dir: &Path) {
    let (store, _) = MarketStore::open(dir, START).await.unwrap();
    let mut rows = Vec::new();
    for minute in 0..3_i64 {
        let at = START.plus(MINUTE.times(minute));
        let print =
            Print { id: minute, at, amount: Amount::whole(100), taken: true, rate: rate("0.0002"), period: Days::MIN };
        rows.push(Row::Trade(Currency::USD, print));
        rows.push(Row::Book(Currency::USD, at, vec![offer("0.00021"), offer("0.00022")]));
        rows.push(Row::Ticker(Currency::USD, at, Ticker { frr: Some(rate("0.0003")), ..Ticker::default() }));
    }
    store.write(rows).unwrap();
    store.close().await;
}

#[tokio::test]
async fn the_recorders_database_is_a_tape_by_its_path_or_its_folder() {
    let dir = TempDir::new().unwrap();
    record(dir.path()).await;
    for path in [dir.path().to_owned(), dir.path().join(FILE)] {
        let tapes = Tapes::of(std::slice::from_ref(&path), Currency::USD).unwrap();
        let [played] = tapes.paths.as_slice() else { panic!("{:?}", tapes.paths) };
        assert!(played.ends_with(FILE), "it has the database's name: {}", played.display());
        let mut tape = Recorded::open(played, Currency::USD).unwrap();
        let kinds = tape.kinds();
        assert!(kinds.trades && kinds.books && kinds.frr, "{kinds:?}");
        let (mut prints, mut books, mut tickers) = (Vec::new(), 0, 0);
        while let Some(moment) = tape.next().unwrap() {
            match moment.what {
                What::Event(event) => prints.extend(event.prints.iter().map(|print| (print.id, print.at))),
                What::Book(book) => books += book.levels.len(),
                What::Ticker(ticker) => tickers += usize::from(ticker.frr == Some(rate("0.0003"))),
                What::Price(_) => {}
            }
        }
        let recorded: Vec<_> = (0..3).map(|minute| (minute, START.plus(MINUTE.times(minute)))).collect();
        assert_eq!((prints, books, tickers), (recorded, 6, 3));
        let folder = played.clone();
        drop(tapes);
        assert!(!folder.exists(), "it goes when the run is over");
    }
}

#[tokio::test]
async fn what_is_no_database_is_played_as_it_is_and_an_empty_one_says_what_is_missing() {
    let dir = TempDir::new().unwrap();
    let csv = dir.path().join("fUSD-trades.csv");
    fs::write(&csv, "id,mts,amount,rate,period\n").unwrap();
    let paths = [csv, dir.path().to_owned(), dir.path().join("nothing")];
    assert_eq!(Tapes::of(&paths, Currency::USD).unwrap().paths, paths);
    record(dir.path()).await;
    let tapes = Tapes::of(&[dir.path().join(FILE)], Currency::from_name("BTC").unwrap()).unwrap();
    let error = Recorded::open(&tapes.paths[0], Currency::from_name("BTC").unwrap()).unwrap_err().to_string();
    assert!(error.contains("no candles, trades or book"), "{error}");
}
