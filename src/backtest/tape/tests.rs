//! Tapes from files of a few lines, and the modelled one.

use std::path::PathBuf;

use super::*;
use crate::backtest::moment::What;
use crate::domain::{Amount, BookSide, Currency, DAY, DailyRate, Days, HOUR, Timestamp};
use crate::exchange::sim::market::MarketProfile;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn all(tape: &mut dyn Tape) -> Vec<Moment> {
    std::iter::from_fn(|| tape.next().unwrap()).collect()
}

fn rate(text: &str) -> DailyRate {
    DailyRate::parse(text, crate::domain::Rounding::Nearest).unwrap()
}

const CANDLES: &str = "mts,open,close,high,low,volume\n\
    3600000,0.0002,0.00022,0.0003,0.00019,1000\n\
    7200000,0.00022,0.00025,0.00025,0.0002,2000\n";

#[test]
fn an_hour_is_told_of_when_it_has_closed() {
    let folder = folder(&[("fUSD-1h-p2_x.csv", CANDLES)]);
    let mut tape = Recorded::open(folder.path(), Currency::USD).unwrap();
    assert!(tape.kinds().candles && !tape.kinds().books);
    assert_eq!(tape.begins(), Some(Timestamp::from_millis(7_200_000)));
    let moments = all(&mut tape);
    let (first, rest) = moments.split_first().unwrap();
    assert_eq!(first.at.millis(), 7_200_000);
    let What::Event(event) = &first.what else { panic!("{first:?}") };
    let prints: Vec<(i64, Amount)> = event.prints.iter().map(|print| (print.rate.units(), print.amount)).collect();
    let parts = [(200, 460), (190, 50), (300, 50), (220, 440)].map(|(r, usd)| (r * 1_000_000, Amount::whole(usd)));
    assert_eq!(prints, parts);
    assert!(
        event.prints.iter().all(|print| print.at < first.at && print.at > event.opens && print.period == Days::MIN)
    );
    assert_eq!(event.price, Some(rate("0.00022")));
    // The stand-in of the FRR, and a thin book whose best offer is the last rate.
    let What::Ticker(ticker) = &rest[0].what else { panic!("{rest:?}") };
    assert_eq!(ticker.frr.unwrap().units() / 1_000_000, 374, "1.7 times 0.00022");
    let What::Book(book) = &rest[1].what else { panic!("{rest:?}") };
    assert!(!book.real);
    assert_eq!(book.levels.iter().filter(|l| l.side == BookSide::Offers).map(|l| l.key.rate).min(), event.price);
    assert_eq!(moments.len(), 6);
}

#[test]
fn trades_of_a_batch_are_one_event_and_books_and_tickers_come_at_their_time() {
    let trades = "id,mts,amount,rate,period\n1,100000,-150,0.00015,2\n2,100000,-300,0.00016,2\n3,125000,-200,0.0002,30\n\
        4,200000,-150,0.00017,2\n";
    let book = "collected_at_ms,rate,period,count,amount\n160000,0.0003,120,1,-5000\n160000,0.00018,2,2,700\n";
    let ticker = "collected_at_ms,frr,bid\n90000,0.0004,1\n";
    let other = "mts,open,close,high,low,volume\n0,1,1,1,1,1\n";
    let folder = folder(&[
        ("fUSD-trades_x.csv", trades),
        ("fUSD-book-P0-25_x.csv", book),
        ("fUSD-ticker_x.csv", ticker),
        ("fUSD-1h-p2_x.csv", CANDLES),
        ("fUST-1h-p2_x.csv", other),
        ("notes.csv", "a,b\n1,2\n"),
    ]);
    let mut tape = Recorded::open(folder.path(), Currency::USD).unwrap();
    assert!(!tape.kinds().candles, "trades say more");
    assert_eq!(tape.left_out().len(), 1);
    let moments = all(&mut tape);
    let times: Vec<i64> = moments.iter().map(|moment| moment.at.millis()).collect();
    assert_eq!(times, [90_000, 155_000, 160_000, 230_000]);
    let What::Event(event) = &moments[1].what else { panic!("{moments:?}") };
    assert_eq!((event.prints.len(), event.opens.millis(), event.grace.get()), (3, 100_000, 0));
    // 150 at 150 and 300 at 160, two-day money alone.
    assert_eq!(event.price.unwrap().units(), 156_666_666);
    let What::Book(book) = &moments[2].what else { panic!("{moments:?}") };
    assert!(book.real && book.since.is_none());
}

#[test]
fn books_alone_judge_from_one_to_the_next() {
    let book = "collected_at_ms,rate,period,count,amount\n0,0.0002,2,1,500\n100,0.0003,2,1,-5\n100,0.0004,2,1,500\n";
    let folder = folder(&[("fUSD-book-x.csv", book)]);
    let mut tape = Recorded::open(&folder.path().join("fUSD-book-x.csv"), Currency::USD).unwrap();
    let books: Vec<(i64, Option<i64>)> = all(&mut tape)
        .iter()
        .filter_map(|moment| match &moment.what {
            What::Book(book) => Some((moment.at.millis(), book.since.map(Timestamp::millis))),
            What::Event(_) | What::Ticker(_) | What::Price(_) => None,
        })
        .collect();
    assert_eq!(books, [(0, None), (100, Some(0))]);
}

#[test]
fn errors_name_the_file_and_the_line() {
    let told = |text: &str| {
        let folder = folder(&[("fUSD-1h-p2_x.csv", text)]);
        let path: PathBuf = folder.path().join("fUSD-1h-p2_x.csv");
        let opened = Recorded::open(&path, Currency::USD);
        let error = match opened {
            Err(error) => error,
            Ok(mut tape) => loop {
                match tape.next() {
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("no error in {text}"),
                    Err(error) => break error,
                }
            },
        };
        error.to_string().rsplit('/').next().unwrap().to_owned()
    };
    let header = "mts,open,close,high,low,volume\n";
    assert_eq!(
        told(&format!("{header}0,0.1,x,0.1,0.1,1\n")),
        "fUSD-1h-p2_x.csv:2: `x` is no good close; correct or remove the line"
    );
    let back = told(&format!("{header}7200000,1,1,1,1,1\n\n3600000,1,1,1,1,1\n"));
    assert_eq!(back, "fUSD-1h-p2_x.csv:4: earlier than the line before; sort the file by time");
    assert!(told(&format!("{header}0,0.2,0.2,0.1,0.1,1\n")).contains("the high is not the highest"));
    assert!(told("a,b\n").contains("no candles, trades or book here"));
}

#[test]
fn the_modelled_market_is_told_in_order_and_repeats() {
    let start = Timestamp::from_millis(1_767_225_600_000);
    let tape = |seed| all(&mut Modelled::new(seed, MarketProfile::usd(), start, start.plus(DAY.times(2))));
    let moments = tape(3);
    assert_eq!(moments, tape(3));
    assert_ne!(moments, tape(4));
    assert!(moments.windows(2).all(|pair| pair[0].at <= pair[1].at));
    let (mut large, mut books) = (0, 0);
    for moment in &moments {
        match &moment.what {
            What::Event(event) => {
                assert!(event.prints.iter().all(|print| print.at < moment.at && print.at >= event.opens));
                let window = (event.opens.millis() / 1_000).rem_euclid(1_200);
                large += i32::from(event.prints.len() > 15 && (620..650).contains(&window));
            }
            What::Book(_) => books += 1,
            What::Ticker(_) | What::Price(_) => {}
        }
    }
    assert!((130..=144).contains(&large), "a batch every 20 minutes: {large}");
    assert!((500..2_000).contains(&books), "{books}");
    let tickers = moments.iter().filter(|moment| matches!(moment.what, What::Ticker(_))).count();
    assert!((47..=49).contains(&tickers), "{tickers}");
    assert_eq!(HOUR.times(24), DAY);
}
