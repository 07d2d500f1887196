//! The recorder's desk: hears, keeps the books in mind, and hands rows to the disk once a second.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{MissedTickBehavior, interval};

use crate::app::clock::HouseClock;
use crate::app::grumbles::Grumbles;
use crate::config::Recorder as Settings;
use crate::domain::{Currency, DAY, LinkState, MarketNews, Millis, SECOND, Timestamp, WireTime};
use crate::exchange::bitfinex::calls::Rest;
use crate::exchange::clock::Clock;
use crate::store::StoreError;
use crate::store::market::{Limits, MarketStore, Row, RowKind, Totals};
use crate::telemetry::record;

use super::answers::{self, Asked, answered};
use super::lives::Lives;
use super::tape::Tape;
use super::{Heard, Scribe, channel};

/// Rows go to the disk this often, in real time …
const BEAT: Duration = Duration::from_secs(1);
/// … or when there are so many.
const BATCH: usize = 512;
/// A book that is due and cannot be had yet is looked for again after this, in real time.
const HAIR: Duration = Duration::from_millis(50);
/// Rows that wait for the database to be opened.
const WAITING: usize = 8_192;
/// Writes that may be on their way when the disk refuses one, in real time.
const ON_THE_WAY: Millis = Millis::seconds(60);
/// The schedule of the batches is learned from the trades of so long ago.
const LEARN: Millis = DAY.times(3);
/// Old rows are looked for this often, in real time.
const TEND: Millis = SECOND.times(60);
/// A database that could not be opened is tried again after this.
const REOPEN: Millis = SECOND.times(60);

/// Where and how it is recorded.
#[derive(Debug)]
pub(in crate::app) struct Place {
    /// The state directory.
    pub(in crate::app) directory: PathBuf,
    /// What is kept, as configured now.
    pub(in crate::app) settings: watch::Receiver<Settings>,
    /// Public calls.
    pub(in crate::app) rest: Rest,
    /// The time.
    pub(in crate::app) clock: Arc<HouseClock>,
    /// Where complaints go.
    pub(in crate::app) grumbles: Grumbles,
    /// Shows how the recording stands.
    pub(in crate::app) shown: watch::Sender<Arc<Totals>>,
}

/// The desk.
pub(in crate::app) struct Desk {
    pub(super) place: Place,
    scribe: Scribe,
    heard: mpsc::Receiver<Heard>,
    pub(super) store: Option<MarketStore>,
    reopen: WireTime,
    pub(super) link: LinkState,
    pub(super) tapes: BTreeMap<Currency, Tape>,
    lives: Lives,
    /// Up to when the trades were complete when the database was opened.
    pub(super) left: BTreeMap<Currency, Timestamp>,
    pub(super) rows: Vec<Row>,
    pub(super) asked: Option<Asked>,
    counted: Totals,
    tended: WireTime,
}

impl Desk {
    /// A desk and its scribe.
    pub(in crate::app) fn new(place: Place) -> (Self, Scribe) {
        let (scribe, heard) = channel();
        let desk = Self {
            place,
            scribe: scribe.clone(),
            heard,
            store: None,
            reopen: WireTime::default(),
            link: LinkState::Down,
            tapes: BTreeMap::new(),
            lives: Lives::default(),
            left: BTreeMap::new(),
            rows: Vec::new(),
            asked: None,
            counted: Totals::default(),
            tended: WireTime::default(),
        };
        (desk, scribe)
    }

    /// Works until it is closed.
    pub(in crate::app) async fn run(mut self) {
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let done = loop {
            let now = self.place.clock.now().market;
            let due = self.tapes.values().map(|tape| tape.book_due(now)).min().filter(|_| self.link == LinkState::Up);
            let pause = due.map_or(BEAT, |due| self.place.clock.real(due.since(now))).clamp(HAIR, BEAT);
            tokio::select! {
                heard = self.heard.recv() => match heard {
                    Some(Heard::Close(done)) => break Some(done),
                    Some(heard) => self.hear(heard),
                    None => break None,
                },
                _ = beat.tick() => self.beat().await,
                answer = answered(&mut self.asked) => self.answer(answer),
                () = tokio::time::sleep(pause) => self.keep_books(),
            }
            if self.rows.len() >= BATCH {
                self.flush();
            }
        };
        self.close(done).await;
    }

    async fn close(mut self, done: Option<oneshot::Sender<()>>) {
        self.mark();
        self.flush();
        if let Some(store) = self.store.take() {
            let totals = store.close().await;
            self.count(totals);
        }
        if let Some(done) = done {
            let _nobody_waits = done.send(());
        }
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Market(at, news) => self.market(at, news),
            Heard::Link(state) => {
                if state != LinkState::Up {
                    self.mark();
                    for (currency, tape) in &mut self.tapes {
                        tape.forget_book();
                        let torn = if self.link == LinkState::Up { tape.tear(Millis::default()) } else { None };
                        self.rows.extend(torn.map(|since| Row::Complete(*currency, since)));
                    }
                }
                self.link = state;
            }
            Heard::Note(at, note) => {
                let tapes = &self.tapes;
                let event = self.lives.note(at, &note, |submit| {
                    tapes.get(&submit.currency).and_then(|tape| tape.ahead(submit.rate, submit.period))
                });
                self.rows.extend(event.map(Row::Offer));
            }
            Heard::Memory(at, memory) => {
                let event = self.lives.memory(at, &memory);
                self.rows.extend(event.map(Row::Offer));
            }
            Heard::Close(done) => drop(done),
        }
    }

    fn market(&mut self, at: Timestamp, news: MarketNews) {
        match news {
            MarketNews::Ticker(currency, ticker) => {
                let row = self.tapes.entry(currency).or_default().ticker_row(currency, at, ticker);
                self.rows.extend(row);
            }
            MarketNews::Book(currency, levels) => self.tapes.entry(currency).or_default().take_book(&levels),
            MarketNews::Level(currency, level) => self.tapes.entry(currency).or_default().take_level(&level),
            MarketNews::Prints(currency, prints) => {
                let tape = self.tapes.entry(currency).or_default();
                for print in &prints {
                    tape.learn(print);
                }
                self.rows.extend(prints.into_iter().map(|print| Row::Trade(currency, print)));
            }
            MarketNews::Candles(..) | MarketNews::UsdPrice(..) | MarketNews::Operative(_) => {}
        }
    }

    async fn beat(&mut self) {
        let enabled = self.place.settings.borrow().enabled;
        self.scribe.on.store(enabled, Ordering::Relaxed);
        if !enabled {
            return self.rest_now().await;
        }
        self.open().await;
        self.missed();
        self.begin();
        self.keep_books();
        self.mark();
        self.flush();
        self.ask();
        self.tend();
        if let Some(totals) = self.store.as_ref().map(MarketStore::totals) {
            self.count(totals);
        }
    }

    /// Nothing is recorded (any more).
    async fn rest_now(&mut self) {
        if let Some(store) = self.store.take() {
            let totals = store.close().await;
            self.count(totals);
            record::recording(0, None);
            tracing::info!(event = "recorder_off", "nothing is recorded any more (recorder.enabled)");
        }
        self.rows.clear();
        self.asked = None;
        self.left.clear();
        self.counted = Totals::default();
        self.tapes.values_mut().for_each(|tape| *tape = Tape::default());
    }

    async fn open(&mut self) {
        let now = self.place.clock.now();
        if self.store.is_some() || now.wire < self.reopen {
            return;
        }
        if let Err(error) = self.open_now().await {
            self.reopen = now.wire.plus(REOPEN);
            let what = if let StoreError::Held { .. } = error {
                "another `yieldsforge` records there".to_owned()
            } else if let StoreError::Damaged { path, detail } = error {
                format!("{} is damaged ({detail}); move it away to begin a new one", path.display())
            } else {
                error.to_string()
            };
            self.place.grumbles.warn("recorder", "recorder_closed", &format!("nothing is recorded: {what}"));
        }
        self.rows.truncate(WAITING);
    }

    /// Opens the database.
    ///
    /// # Errors
    /// As the store says; it may be tried again.
    pub(in crate::app) async fn open_now(&mut self) -> Result<(), StoreError> {
        let since = self.place.clock.now().market.minus(LEARN);
        let (store, standing) = MarketStore::open(&self.place.directory, since).await?;
        self.store = Some(store);
        self.left = standing.complete;
        for (currency, print) in &standing.trades {
            self.tapes.entry(*currency).or_default().learn(print);
        }
        Ok(())
    }

    /// What found no room on the way here.
    fn missed(&mut self) {
        let scribe = self.scribe.clone();
        let take = |count: &std::sync::atomic::AtomicU64| count.swap(0, Ordering::Relaxed);
        let (trades, books) = (take(&scribe.missed.trades), take(&scribe.missed.books));
        let counts = [
            (RowKind::Trade, trades),
            (RowKind::Ticker, take(&scribe.missed.tickers)),
            (RowKind::Offer, take(&scribe.missed.offers)),
        ];
        for (kind, many) in counts {
            record::recorded(kind.label(), 0, many);
        }
        let links = take(&scribe.missed.links);
        if links > 0 {
            // What lay between is not known; it is as if the stream had fallen.
            let up = scribe.missed.up.load(Ordering::Relaxed);
            self.link = if up { LinkState::Up } else { LinkState::Down };
        }
        if books > 0 || links > 0 {
            self.tapes.values_mut().for_each(Tape::forget_book);
        }
        if trades > 0 || links > 0 {
            self.tear(Millis::default());
        }
    }

    /// Hands the rows over; false when they had to be dropped.
    pub(super) fn flush(&mut self) -> bool {
        let Some(store) = &self.store else {
            self.rows.truncate(WAITING);
            return true;
        };
        if self.rows.is_empty() {
            return true;
        }
        let Err(lost) = store.write(std::mem::take(&mut self.rows)) else { return true };
        lost.iter().filter_map(Row::kind).for_each(|kind| record::recorded(kind.label(), 0, 1));
        self.place.grumbles.warn("recorder", "recorder_slow", "the disk is too slow to record everything");
        self.tear(self.on_the_way());
        false
    }

    /// What may be on its way to the disk, in market time.
    fn on_the_way(&self) -> Millis {
        ON_THE_WAY.times(i64::from(self.place.clock.scale()))
    }

    fn keep_books(&mut self) {
        let now = self.place.clock.now().market;
        for (currency, tape) in &mut self.tapes {
            if tape.book_due(now) > now || self.link != LinkState::Up {
                continue;
            }
            if let Some(row) = tape.book_row(*currency, now) {
                self.rows.push(row);
            } else if self.asked.is_none() {
                tape.book_missed(now);
                self.asked = Some(answers::book(self.place.rest.clone(), *currency));
            }
        }
    }

    fn tend(&mut self) {
        let now = self.place.clock.now();
        let Some(store) = &self.store else { return };
        if store.totals().more_to_delete || now.wire.since(self.tended) >= TEND {
            self.tended = now.wire;
            let settings = *self.place.settings.borrow();
            store.tend(now.market, Limits { keep: settings.keep, max_size: settings.max_size });
        }
    }

    /// Tells the metrics what has become of the rows.
    fn count(&mut self, totals: Arc<Totals>) {
        let risen = |now: &BTreeMap<RowKind, u64>, then: &BTreeMap<RowKind, u64>, kind: RowKind| {
            let of = |counts: &BTreeMap<RowKind, u64>| counts.get(&kind).copied().unwrap_or(0);
            of(now).saturating_sub(of(then))
        };
        for kind in RowKind::ALL {
            let new = risen(&totals.rows, &self.counted.rows, kind);
            let refused = risen(&totals.refused, &self.counted.refused, kind);
            record::recorded(kind.label(), new, refused);
        }
        record::recording(totals.size, totals.oldest);
        if let Some(why) = &totals.fault {
            self.place.grumbles.warn("recorder", "recorder_failed", why);
        }
        let refused = totals.refused != self.counted.refused;
        self.counted = Totals::clone(&totals);
        self.place.shown.send_replace(totals);
        if refused {
            self.tear(self.on_the_way());
        }
    }
}
