//! How trades that were missed are had, or told to be a gap; no exchange, its answers are made here.

use tempfile::TempDir;
use tokio::sync::watch;

use super::answers::{Answer, PAGE};
use super::tape::{Hole, Tape};
use super::*;
use crate::app::clock::HouseClock;
use crate::app::grumbles::Grumbles;
use crate::config::Recorder;
use crate::domain::{Amount, Currency, DAY, DailyRate, Days, HOUR, Millis, Print, SECOND, WireTime};
use crate::exchange::bitfinex::calls::Rest;
use crate::exchange::bitfinex::client::{RestClient, Timeouts};
use crate::exchange::bitfinex::tls::Tls;
use crate::exchange::clock::Clock;
use crate::store::market::Row;

const USD: Currency = Currency::USD;
const ORIGIN: Timestamp = Timestamp::from_millis(1_784_505_600_000);

fn print(id: i64, at: Timestamp) -> Print {
    Print { id, at, amount: Amount::whole(1_000), taken: true, rate: DailyRate::TICK, period: Days::MIN }
}

/// A desk whose trades of dollars are missing since then, its stream being up.
fn desk(folder: &TempDir, since: Timestamp) -> Desk {
    let clock = HouseClock::scaled(Some(ORIGIN), 1);
    let nowhere = "http://127.0.0.1:1";
    let client = RestClient::new(nowhere, nowhere, &Tls::loopback_only().unwrap(), Timeouts::default()).unwrap();
    let shared: Arc<dyn Clock> = Arc::<HouseClock>::clone(&clock);
    let place = Place {
        directory: folder.path().to_owned(),
        settings: watch::channel(Recorder { enabled: true, keep: DAY, max_size: 1 }).1,
        rest: Rest::new(client, shared),
        grumbles: Grumbles::new(Arc::clone(&clock)),
        clock,
        shown: watch::Sender::new(Arc::default()),
    };
    let (mut desk, _scribe) = Desk::new(place);
    let mut tape = Tape::default();
    tape.complete = Some(since);
    tape.hole = Some(Hole { since, tries: 0, not_before: WireTime::default() });
    desk.tapes.insert(USD, tape);
    desk.link = LinkState::Up;
    desk
}

fn page(first: i64, many: u32, at: impl Fn(i64) -> Timestamp) -> Vec<Print> {
    (first..first + i64::from(many)).map(|id| print(id, at(id))).collect()
}

fn gaps(desk: &Desk) -> Vec<(Timestamp, Timestamp)> {
    let gap = |row: &Row| if let Row::Gap(_, since, until) = row { Some((*since, *until)) } else { None };
    desk.rows.iter().filter_map(gap).collect()
}

#[tokio::test]
async fn pages_are_asked_for_until_one_is_not_full() {
    let folder = TempDir::new().unwrap();
    let (since, asked) = (ORIGIN.minus(HOUR), ORIGIN);
    let mut desk = desk(&folder, since);
    let second = |id: i64| since.plus(SECOND.times(id));
    desk.answer(Answer::Trades(USD, (since, asked), Ok(page(0, PAGE, second))));
    let reached = second(i64::from(PAGE) - 1);
    let tape = &desk.tapes[&USD];
    assert_eq!((tape.hole.map(|hole| hole.since), tape.complete), (Some(reached), Some(reached)));
    // An answer to a question that is none any more changes nothing.
    desk.answer(Answer::Trades(USD, (since, asked), Ok(Vec::new())));
    assert_eq!(desk.tapes[&USD].complete, Some(reached));
    desk.answer(Answer::Trades(USD, (reached, asked), Ok(page(9_000, 3, |_| reached))));
    let tape = &desk.tapes[&USD];
    assert_eq!((tape.hole, tape.complete, gaps(&desk)), (None, Some(asked), vec![]));
    let trades = desk.rows.iter().filter(|row| matches!(row, Row::Trade(..))).count();
    assert_eq!(trades, usize::try_from(PAGE).unwrap() + 3);
}

#[tokio::test]
async fn a_moment_that_fills_a_page_is_passed_over_as_a_gap() {
    let folder = TempDir::new().unwrap();
    let since = ORIGIN.minus(HOUR);
    let mut desk = desk(&folder, since);
    desk.answer(Answer::Trades(USD, (since, ORIGIN), Ok(page(0, PAGE, |_| since))));
    let next = since.plus(Millis::new(1));
    assert_eq!(desk.tapes[&USD].hole.map(|hole| hole.since), Some(next));
    assert_eq!(gaps(&desk), [(since, next)]);
}

#[tokio::test]
async fn what_came_while_the_stream_fell_leaves_the_rest_open() {
    let folder = TempDir::new().unwrap();
    let since = ORIGIN.minus(HOUR);
    let mut desk = desk(&folder, since);
    desk.link = LinkState::Down;
    desk.answer(Answer::Trades(USD, (since, ORIGIN), Ok(Vec::new())));
    assert_eq!(desk.tapes[&USD].hole.map(|hole| hole.since), Some(ORIGIN));
}

#[tokio::test]
async fn what_cannot_be_had_is_asked_for_again_and_again_and_then_a_gap() {
    let folder = TempDir::new().unwrap();
    let since = ORIGIN.minus(HOUR);
    let mut desk = desk(&folder, since);
    let mut waits = Vec::new();
    while let Some(hole) = desk.tapes[&USD].hole {
        waits.push(hole.not_before);
        assert!(waits.len() < 100 && gaps(&desk).is_empty());
        desk.answer(Answer::Trades(USD, (since, ORIGIN), Err("no".to_owned())));
    }
    assert!(waits.len() > 10 && waits[1] > waits[0] && waits[2] > waits[1], "{waits:?}");
    assert_eq!((gaps(&desk), desk.tapes[&USD].complete), (vec![(since, ORIGIN)], Some(ORIGIN)));
}

#[tokio::test]
async fn what_a_run_begins_with_is_a_gap_or_what_was_missed_since_the_last() {
    for (left, gap, missing) in [
        (None, vec![(0, 0)], None),
        (Some(HOUR), vec![], Some(HOUR)),
        (Some(DAY.times(40)), vec![(40, 30)], Some(DAY.times(30))),
    ] {
        // A store of its own: that of the last case may not have closed yet.
        let folder = TempDir::new().unwrap();
        let mut desk = desk(&folder, ORIGIN);
        desk.open_now().await.unwrap();
        desk.tapes.insert(USD, Tape::default());
        desk.left = left.map(|ago| (USD, ORIGIN.minus(ago))).into_iter().collect();
        desk.begin();
        let near = |at: Option<Timestamp>, ago: Option<Millis>| match (at, ago) {
            (Some(at), Some(ago)) => ORIGIN.minus(ago).since(at).get().abs() < 60_000,
            (at, ago) => at.is_none() && ago.is_none(),
        };
        let tape = &desk.tapes[&USD];
        assert!(near(tape.hole.map(|hole| hole.since), missing), "{left:?}: {tape:?}");
        assert_eq!(gaps(&desk).len(), gap.len(), "{left:?}");
        let days =
            |at: Timestamp| if at == Timestamp::default() { 0 } else { (ORIGIN.since(at).get() + 1_000) / DAY.get() };
        let told: Vec<(i64, i64)> = gaps(&desk).into_iter().map(|(since, until)| (days(since), days(until))).collect();
        assert!(told.iter().zip(&gap).all(|(told, gap)| told.0 == gap.0 && (told.1 - gap.1).abs() <= 1), "{told:?}");
        if let Some(store) = desk.store.take() {
            store.close().await;
        }
    }
}
