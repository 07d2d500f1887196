//! Replays of small texts of our own, and of the recorded data where they are.

use proptest::prelude::*;

use super::super::testbook::{TestBook, possible};
use super::*;
use crate::domain::DAY;
use crate::exchange::sim::market::is_ghost;

/// A full hour, 2026-07-20 00:00 UTC.
const HOUR_0: i64 = 1_784_505_600_000;
const HEADER: &str = "collected_at_ms,rate,period,count,amount\n";

fn at(minutes: i64) -> i64 {
    HOUR_0 + minutes * 60_000
}

/// Two snapshots, 90 minutes apart, with a ghost and a real bid.
fn book() -> String {
    let snapshot = |time: i64, best: &str| {
        let bids = format!("{time},0.00028082191780821917,120,1,-5000.5\n{time},0.0002395,2,1,-50100\n");
        format!("{bids}{time},{best},2,3,450.25\n{time},0.00018,2,1,1000\n{time},0.00025,30,1,500\n")
    };
    format!("{HEADER}{}{}", snapshot(at(0), "0.00015"), snapshot(at(90), "0.00017"))
}

fn candles() -> String {
    let row = |hour: i64, high: &str| format!("{},0.00015,0.00018,{high},1e-08,300000\n", at(60 * hour));
    format!("mts,open,close,high,low,volume\n{}{}{}", row(0, "0.00022"), row(1, "0.00021"), row(2, "0.0003"))
}

fn start() -> Timestamp {
    Timestamp::from_millis(HOUR_0)
}

fn market(recording: Recording) -> ReplayedMarket {
    ReplayedMarket::new(1, Currency::USD, recording, start())
}

fn run(market: &mut ReplayedMarket, minutes: i64, mut look: impl FnMut(Timestamp, &[Move], &TestBook)) -> TestBook {
    let mut book = TestBook::default();
    while market.next() < Timestamp::from_millis(at(minutes)) {
        let now = market.next();
        let moves = book.step(market);
        assert!(moves.iter().all(possible), "{moves:?}");
        look(now, &moves, &book);
    }
    book
}

#[test]
fn snapshots_hold_until_the_next_and_the_last_for_good() {
    let mut market = market(Recording::default().with_book(&book()).unwrap());
    let mut shown = Vec::new();
    run(&mut market, 240, |now, moves, _| {
        for one in moves {
            if let Move::Levels(levels) = one {
                let best = levels.iter().filter(|l| l.side == BookSide::Offers).map(|l| l.rate).min().unwrap();
                shown.push((now.millis(), best.to_string()));
            }
        }
    });
    assert_eq!(shown[0], (at(0), "0.00015".to_owned()));
    assert!(shown.iter().all(|(now, best)| best == if *now < at(90) { "0.00015" } else { "0.00017" }), "{shown:?}");
    assert!(shown.iter().any(|(now, _)| *now == at(90)));
    assert!(shown.iter().filter(|(now, _)| *now > at(91)).count() >= 3, "what batches ate comes back");
    assert_eq!(market.ended(), Some(Timestamp::from_millis(at(90))));
}

#[test]
fn the_end_is_told_once_it_is_reached() {
    let mut market = market(Recording::default().with_book(&book()).unwrap());
    run(&mut market, 60, |_, _, _| ());
    assert_eq!(market.ended(), None);
}

#[test]
fn candles_fix_high_and_volume_of_their_hours() {
    let recording = Recording::default().with_book(&book()).unwrap().with_candles(&candles()).unwrap();
    let mut market = market(recording);
    let mut hours = [(0.0, 0_i64); 3];
    run(&mut market, 180, |now, moves, _| {
        let hour = usize::try_from((now.millis() - HOUR_0) / 3_600_000).unwrap();
        for one in moves {
            if let Move::Borrow { amount, limit, period: Days::MIN } = one {
                hours[hour].0 += units(*amount);
                hours[hour].1 = hours[hour].1.max(limit.units());
            }
        }
    });
    for ((volume, high), expected) in hours.into_iter().zip([220_000_000, 210_000_000, 300_000_000]) {
        assert!((high - expected).abs() <= 1, "{high}");
        // The batches have 95 % of the hour's volume; the requests between are few, and one of them may be large.
        assert!((0.949..1.6).contains(&(volume / 300_000.0)), "{volume}");
    }
}

#[test]
fn candles_alone_carry_a_modelled_book() {
    let mut market = market(Recording::default().with_candles(&candles()).unwrap());
    let book = run(&mut market, 179, |_, _, book| assert!(!book.levels.is_empty()));
    let highest = book.prints.iter().filter(|p| p.period == 2).map(|p| p.apr).fold(0.0, f64::max);
    assert!((6.0..=0.0003 * 36_500.0 + 0.01).contains(&highest), "{highest}");
    assert_eq!(market.ended(), None);
}

#[test]
fn a_bid_that_was_hit_stays_hit_and_ghosts_are_told_apart() {
    let mut market = market(Recording::default().with_book(&book()).unwrap());
    let mut book = TestBook::default();
    book.step(&mut market);
    let long =
        |book: &TestBook| book.levels.iter().find(|l| l.side == BookSide::Bids && l.period == Days::MAX).copied();
    assert!(!is_ghost(&long(&book).unwrap(), &book.levels));
    let short = book.levels.iter().find(|l| l.side == BookSide::Bids && l.period == Days::MIN).unwrap();
    assert!(is_ghost(short, &book.levels));
    let hit = book.levels.iter().position(|l| l.side == BookSide::Bids && l.period == Days::MAX).unwrap();
    book.levels[hit].amount = Amount::whole(7);
    let mut restocked = 0;
    while market.next() < Timestamp::from_millis(at(90)) {
        let moves = book.step(&mut market);
        restocked += moves.iter().filter(|one| matches!(one, Move::Levels(_))).count();
        assert_eq!(long(&book).unwrap().amount, Amount::whole(7));
    }
    assert!(restocked >= 3);
    book.step(&mut market);
    assert_eq!(long(&book).unwrap().amount.to_string(), "5000.5");
}

#[test]
fn the_recorded_frr_is_played_and_the_modelled_one_only_without_it() {
    let tickers = format!(
        "collected_at_ms,frr,bid,frr_amount_available\n{},0.00030946575342465755,0.00027,250503059.8\n{},0.00031,0.00027,1\n",
        at(2),
        at(62)
    );
    let stats = format!("mts,frr_raw,frr_daily\n{},1e-6,0.0005\n{},1e-6,0.0004\n", at(30), at(60 * 6));
    let recording = Recording::default().with_book(&book()).unwrap().with_tickers(&tickers).unwrap();
    let mut market = market(recording.with_stats(&stats).unwrap());
    let mut rates = Vec::new();
    run(&mut market, 60 * 10, |now, moves, _| {
        for one in moves {
            if let Move::Frr(rate) = one {
                rates.push(((now.millis() - HOUR_0) / 60_000, rate.to_string()));
            }
        }
    });
    let said = |minute: i64| rates.iter().find(|(at, _)| *at == minute).map(|(_, rate)| rate.as_str());
    assert_eq!(said(2), Some("0.00030946575342465755"));
    assert_eq!(said(62), Some("0.00031"));
    assert_eq!(said(360), Some("0.0004"), "stats fill what tickers leave");
    assert_eq!((said(30), said(60), said(120)), (None, None, None), "no model where there is a record");
    assert!(said(0).is_some() && said(240).is_some(), "modelled where there is none: {rates:?}");
}

#[test]
fn errors_name_the_line_and_the_column() {
    let book = |rows: &str| Recording::default().with_book(&format!("{HEADER}{rows}"));
    let field = |rows: &str| match book(rows) {
        Err(RecordingError::Field { line, column, .. }) => (line, column),
        other => panic!("{other:?}"),
    };
    assert_eq!(field("5,0.0001,2,1,150\n5,x,2,1,150"), (3, "rate"));
    assert_eq!(field("5,0.0001,121,1,150"), (2, "period"));
    assert_eq!(field("5,0.0001,2,0,150"), (2, "count"));
    assert_eq!(field("5,0.0001,2,1,0"), (2, "amount"));
    assert_eq!(field("5,-0.0001,2,1,1"), (2, "rate"));
    assert_eq!(field("5,0.0001,2,1"), (2, "amount"));
    assert_eq!(book("6,0.0001,2,1,150\n\n5,0.0001,2,1,150"), Err(RecordingError::Order { line: 4 }));
    assert_eq!(book(""), Err(RecordingError::Empty));
    let header = Recording::default().with_book("rate,period,count,amount\n").unwrap_err();
    assert!(header.to_string().contains("collected_at_ms"), "{header}");
    let twice = "mts,open,close,high,low,volume\n5,1,1,1,1,1\n5,1,1,1,1,1\n";
    assert_eq!(Recording::default().with_candles(twice), Err(RecordingError::Order { line: 3 }));
}

#[test]
fn a_plan_takes_what_overlaps_and_says_what_it_leaves() {
    let other = format!("{HEADER}{},0.0001,2,1,150\n", at(60 * 24 * 9));
    let files = [
        ("book/fUSD-book-P0-25_a.csv", book()),
        ("book/fBTC-book-P0-25_a.csv", book()),
        ("book/fUSD-book-P0-100_b.csv", other),
        ("candles/fUSD-1h-p2_a.csv", candles()),
        ("candles/fUSD-1h-p30_a.csv", candles()),
        ("book/fETH-book-P0-25-checksum_a.csv", "rate,period,count,amount\n".to_owned()),
        ("tickers/fUST-ticker_a.csv", format!("collected_at_ms,frr,frr_amount_available\n{},0.0003,5\n", at(5))),
        ("README.md", String::new()),
    ];
    let files: Vec<(String, String)> = files.into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
    let plan = plan_recordings(&files);
    let names: Vec<&str> = plan.recordings.iter().map(|(currency, _)| currency.code()).collect();
    assert_eq!(names, ["BTC", "USD"]);
    assert_eq!((plan.recordings[1].1.snapshots(), plan.recordings[1].1.candles()), (2, 3));
    assert_eq!(plan.span.map(|span| span.from.millis()), Some(HOUR_0));
    for left in ["P0-100_b", "p30", "checksum", "UST: left out", "README"] {
        assert_eq!(plan.left_out.iter().filter(|one| one.contains(left)).count(), 1, "{left}: {:?}", plan.left_out);
    }
    assert!(plan_recordings(&[]).recordings.is_empty());
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(mts|collected_at_ms|,|rate|[0-9.e-]{1,9}|\n|é){0,40}") {
        let files = ["fUSD-book-x", "fUSD-1h-p2_x", "fUSD-ticker_x", "fUSD-stats_x"].map(|name| (name.to_owned(), text.clone()));
        prop_assert!(plan_recordings(&files).recordings.len() <= 1);
    }

    #[test]
    fn what_is_written_is_read(rate in 1_i64..70_000_000_000, amount in 1_i64..i64::MAX, period in 2_u16..=120) {
        let (rate, amount) = (Decimal::from_units(rate, 12), Amount::from_units(amount));
        let read = Recording::default().with_book(&format!("{HEADER}7,{rate},{period},2,-{amount}\n")).unwrap();
        let level = Level { side: BookSide::Bids, rate, period: Days::new(period), count: 2, amount };
        prop_assert_eq!(&read.book[0].levels, &vec![level]);
    }
}

/// The files of the recorded data, as the shell would hand them over.
fn recorded() -> Option<Vec<(String, String)>> {
    let folder = std::path::PathBuf::from(std::env::var_os("YIELDSFORGE_DATA")?);
    let mut files = Vec::new();
    for room in ["book", "candles", "tickers", "stats"] {
        for entry in std::fs::read_dir(folder.join(room)).ok()? {
            let path = entry.ok()?.path();
            let name = format!("{room}/{}", path.file_name()?.to_string_lossy());
            files.push((name, std::fs::read_to_string(path).ok()?));
        }
    }
    files.sort();
    Some(files)
}

#[test]
fn the_recorded_weeks_play_from_beginning_to_end() {
    let Some(files) = recorded() else {
        println!("skipped: YIELDSFORGE_DATA names no folder of recordings");
        return;
    };
    let plan = plan_recordings(&files);
    let names: Vec<&str> = plan.recordings.iter().map(|(currency, _)| currency.code()).collect();
    assert_eq!(names, ["BTC", "ETH", "USD"], "{:?}", plan.left_out);
    assert!(plan.left_out.iter().any(|one| one.contains("fUST")));
    let span = plan.span.unwrap();
    for (currency, recording) in plan.recordings {
        assert_eq!(
            (recording.snapshots(), recording.candles()),
            (276, if currency == Currency::USD { 162 } else { 0 })
        );
        let mut market = ReplayedMarket::new(3, currency, recording, span.from);
        let mut book = TestBook::default();
        let (mut steps, mut bare) = (0, 0);
        while market.next() < span.to.plus(DAY) {
            assert!(book.step(&mut market).iter().all(possible));
            steps += 1;
            bare += i32::from(book.best().is_none());
        }
        assert!(bare * 20 < steps, "{currency}: no offers at {bare} of {steps} steps");
        assert!(market.ended().is_some_and(|end| end.since(span.to) <= HOUR));
        if currency == Currency::USD {
            let volume: f64 = book.prints.iter().filter(|print| print.period == 2).map(|print| print.usd).sum();
            let hourly = volume / (23.0 * 24.0);
            assert!((500_000.0..8_000_000.0).contains(&hourly), "{hourly} USD an hour");
        }
    }
}

#[test]
fn every_recorded_week_of_candles_plays() {
    let Some(files) = recorded() else {
        println!("skipped: YIELDSFORGE_DATA names no folder of recordings");
        return;
    };
    let weeks: Vec<_> = files.into_iter().filter(|(name, _)| name.contains("fUSD-1h-p2_")).collect();
    assert_eq!(weeks.len(), 5);
    for (name, text) in weeks {
        let recording = Recording::default().with_candles(&text).unwrap();
        let (span, candles) = (recording.span().unwrap(), recording.candles.clone());
        let mut market = ReplayedMarket::new(3, Currency::USD, recording, span.from);
        let mut book = TestBook::default();
        while market.next() < span.to {
            assert!(book.step(&mut market).iter().all(possible));
        }
        let cap = candles.iter().map(|candle| rate(candle.high)).fold(0.0, f64::max) * 36_500.0;
        let two = || book.prints.iter().filter(|print| print.period == 2);
        assert!(two().count() > 1_000, "{name}");
        assert!(two().all(|print| print.apr <= cap + 0.001), "{name}");
    }
}
