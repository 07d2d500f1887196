//! What the recorder knows of one currency: which trades are missing, the book as it stands, when it is to be kept next.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::domain::{
    Amount, BookLevel, BookSide, Currency, DailyRate, Days, LevelKey, MINUTE, Millis, Print, Ticker, Timestamp, Total,
    WireTime,
};
use crate::store::market::Row;
use crate::strategy::stats::BatchClock;

/// The book is kept this long before a batch opens …
const BEFORE: Millis = Millis::seconds(35);
/// … and this long after it has closed …
const AFTER: Millis = Millis::seconds(60);
/// … and this often while no schedule is known.
const UNSCHEDULED: Millis = MINUTE.times(10);
/// Tickers are kept this often, and when the FRR changes.
const TICKERS: Millis = MINUTE.times(5);
/// Levels of a side that are kept.
const LEVELS: usize = 100;

/// Trades that are missing from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hole {
    pub(super) since: Timestamp,
    pub(super) tries: u32,
    pub(super) not_before: WireTime,
}

/// One currency.
#[derive(Debug, Default)]
pub(super) struct Tape {
    /// All trades up to then are kept.
    pub(super) complete: Option<Timestamp>,
    pub(super) hole: Option<Hole>,
    /// Unknown until a whole one came, and after news of it were missed.
    book: Option<[BTreeMap<LevelKey, (u32, Amount)>; 2]>,
    clock: BatchClock,
    kept: Option<Timestamp>,
    frr: Option<DailyRate>,
    ticked: Option<Timestamp>,
}

impl Tape {
    /// Learns the schedule of the batches.
    pub(super) fn learn(&mut self, print: &Print) {
        self.clock.told(print.at, print.amount);
    }

    /// Trades may have been missed since the last moment that is known to be complete; `margin` before it, for what was
    /// on its way. Answers from when on.
    pub(super) fn tear(&mut self, margin: Millis) -> Option<Timestamp> {
        let since = self.complete.map(|complete| complete.minus(margin));
        let before = self.hole.map(|hole| hole.since);
        let since = [since, before].into_iter().flatten().min()?;
        self.hole = Some(Hole { since, tries: 0, not_before: WireTime::default() });
        self.complete = Some(since);
        Some(since)
    }

    pub(super) fn take_book(&mut self, levels: &[BookLevel]) {
        self.book = Some(Default::default());
        for level in levels {
            self.take_level(level);
        }
    }

    pub(super) fn take_level(&mut self, level: &BookLevel) {
        let Some([bids, offers]) = &mut self.book else { return };
        let side = if level.side == BookSide::Bids { bids } else { offers };
        if level.count == 0 {
            side.remove(&level.key);
        } else {
            side.insert(level.key, (level.count, level.amount));
        }
    }

    pub(super) fn forget_book(&mut self) {
        self.book = None;
    }

    /// What stands before an offer in the queue.
    pub(super) fn ahead(&self, rate: DailyRate, period: Days) -> Option<Total> {
        let [_, offers] = self.book.as_ref()?;
        let before = offers.iter().filter(|(key, _)| key.period >= period && key.rate <= rate);
        Some(before.map(|(_, (_, amount))| *amount).sum())
    }

    /// When the book is to be kept next; `now` at the first time.
    pub(super) fn book_due(&self, now: Timestamp) -> Timestamp {
        let Some(kept) = self.kept else { return now };
        let Some(window) = self.clock.window(now) else { return kept.plus(UNSCHEDULED) };
        let cycle = |at: Timestamp, count: i64| at.plus(window.cycle.times(count));
        let (opens, closes) = (window.opens.minus(BEFORE), window.closes.plus(AFTER));
        let moments = [cycle(closes, -1), opens, closes, cycle(opens, 1), cycle(closes, 1)];
        // Later than the last one by more than a hair, since the learned window may move by a bin.
        let next = moments.into_iter().filter(|at| *at > kept.plus(BEFORE)).min();
        next.unwrap_or(kept.plus(UNSCHEDULED)).max(kept)
    }

    /// The book as a row; nothing while it is not known.
    pub(super) fn book_row(&mut self, currency: Currency, at: Timestamp) -> Option<Row> {
        let [bids, offers] = self.book.as_ref()?;
        let level = |side| {
            move |(key, (count, amount)): (&LevelKey, &(u32, Amount))| BookLevel {
                side,
                key: *key,
                count: *count,
                amount: *amount,
            }
        };
        let bids = bids.iter().rev().take(LEVELS).map(level(BookSide::Bids));
        let levels = bids.chain(offers.iter().take(LEVELS).map(level(BookSide::Offers))).collect();
        self.kept = Some(at);
        Some(Row::Book(currency, at, levels))
    }

    /// A book that was asked for instead, as a row.
    pub(super) fn asked_row(&mut self, currency: Currency, at: Timestamp, mut levels: Vec<BookLevel>) -> Row {
        levels.sort_by(|one, other| match (one.side, other.side) {
            (BookSide::Bids, BookSide::Bids) => other.key.cmp(&one.key),
            (BookSide::Offers, BookSide::Offers) => one.key.cmp(&other.key),
            (BookSide::Bids, BookSide::Offers) => Ordering::Less,
            (BookSide::Offers, BookSide::Bids) => Ordering::Greater,
        });
        self.kept = Some(at);
        Row::Book(currency, at, levels)
    }

    /// The ticker as a row, when it is time or the FRR has moved.
    pub(super) fn ticker_row(&mut self, currency: Currency, at: Timestamp, ticker: Ticker) -> Option<Row> {
        let due = self.ticked.is_none_or(|last| at.since(last) >= TICKERS);
        if !due && ticker.frr == self.frr {
            return None;
        }
        (self.ticked, self.frr) = (Some(at), ticker.frr);
        Some(Row::Ticker(currency, at, ticker))
    }

    /// The book could not be had at its moment: not again before the next one.
    pub(super) fn book_missed(&mut self, at: Timestamp) {
        self.kept = Some(at);
    }
}
