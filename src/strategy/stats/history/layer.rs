//! Candles of one width over a fixed span of the past.

use std::collections::VecDeque;

use crate::domain::{Amount, Candle, Millis, Print, Timestamp};

/// One interval in which something was traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    /// Number of the interval since 1970.
    index: i64,
    candle: Candle,
    /// The exchange has told the whole of it: prints of it are in it already.
    whole: bool,
}

/// Candles of one width, oldest first; intervals without a trade have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layer {
    width: Millis,
    kept: Millis,
    entries: VecDeque<Entry>,
    /// From when on nothing is missing: what was read reaches back to there, or news have come since then.
    known_from: Option<Timestamp>,
}

impl Layer {
    /// Candles of `width`, kept for `kept`.
    pub(super) const fn new(width: Millis, kept: Millis) -> Self {
        Self { width, kept, entries: VecDeque::new(), known_from: None }
    }

    pub(super) const fn width(&self) -> Millis {
        self.width
    }

    fn index(&self, at: Timestamp) -> i64 {
        at.millis().div_euclid(self.width.get().max(1))
    }

    fn start(&self, index: i64) -> Timestamp {
        Timestamp::from_millis(index.saturating_mul(self.width.get()))
    }

    /// The oldest interval that is kept at `now`.
    fn oldest(&self, now: Timestamp) -> i64 {
        self.index(now.minus(self.kept))
    }

    /// Adds a print. False when its interval had been told whole before: then it is in there already.
    pub(super) fn add(&mut self, now: Timestamp, print: &Print) -> bool {
        self.known_from.get_or_insert(now);
        let index = self.index(print.at);
        let rate = print.rate;
        let at = self.start(index);
        let candle = Candle { at, open: rate, close: rate, high: rate, low: rate, volume: print.amount };
        let mut added = true;
        self.place(now, Entry { index, candle, whole: false }, |known| {
            added = !known.whole;
            if added {
                absorb(&mut known.candle, &candle);
            }
        });
        added
    }

    /// Takes in candles that the exchange has told whole, oldest first; what is still forming at `now` is left out.
    /// Where prints have told more than the candle (it was summed up too early), what they told stays.
    pub(super) fn read(&mut self, now: Timestamp, candles: &[Candle]) {
        for candle in candles {
            let index = self.index(candle.at);
            if self.start(index).plus(self.width) <= now && candle.volume.is_positive() && candle.low.is_positive() {
                self.put(now, Entry { index, candle: *candle, whole: true });
            }
        }
        let reached = now.minus(self.kept);
        self.known_from = Some(self.known_from.map_or(reached, |known| known.min(reached)));
    }

    /// Sums up the candles of a finer layer: what it knows better than the prints that were seen here.
    pub(super) fn fold(&mut self, now: Timestamp, finer: &Self) {
        let mut entry: Option<Entry> = None;
        for candle in finer.entries.iter().map(|fine| fine.candle) {
            let index = self.index(candle.at);
            match &mut entry {
                Some(open) if open.index == index => absorb(&mut open.candle, &candle),
                _ => {
                    let next = Entry { index, candle: Candle { at: self.start(index), ..candle }, whole: false };
                    if let Some(done) = entry.replace(next) {
                        self.put(now, done);
                    }
                }
            }
        }
        if let Some(done) = entry {
            self.put(now, done);
        }
    }

    /// Puts a summed-up candle in, unless more was known of its interval.
    fn put(&mut self, now: Timestamp, new: Entry) {
        self.place(now, new, |known| {
            if !known.whole && new.candle.volume >= known.candle.volume {
                known.candle = new.candle;
            }
            known.whole |= new.whole;
        });
    }

    /// Puts in the entry of an interval, or hands the one that is there to `change`. At the new end this takes constant
    /// time. What is too old is dropped.
    fn place(&mut self, now: Timestamp, new: Entry, change: impl FnOnce(&mut Entry)) {
        let index = new.index;
        let oldest = self.oldest(now);
        while self.entries.front().is_some_and(|entry| entry.index < oldest) {
            self.entries.pop_front();
        }
        if index < oldest {
            return;
        }
        let newer = self.entries.iter().rev().take_while(|entry| entry.index > index).count();
        let place = self.entries.len().saturating_sub(newer);
        let here = place.checked_sub(1).and_then(|last| self.entries.get_mut(last));
        match here.filter(|entry| entry.index == index) {
            Some(known) => change(known),
            None => self.entries.insert(place, new),
        }
    }

    /// True when nothing of the last `span` is missing.
    pub(super) fn knows(&self, now: Timestamp, span: Millis) -> bool {
        self.known_from.is_some_and(|from| from <= now.minus(span))
    }

    /// The closed candles of the last `span`, oldest first: those whose interval has ended at `now`.
    pub(super) fn closed(&self, now: Timestamp, span: Millis) -> impl Iterator<Item = &Candle> {
        let end = self.index(now);
        let begin = end.saturating_sub(span.get().div_euclid(self.width.get().max(1)));
        let from = self.entries.partition_point(|entry| entry.index < begin);
        self.entries.iter().skip(from).take_while(move |entry| entry.index < end).map(|entry| &entry.candle)
    }
}

/// Takes a later candle into an earlier one.
pub(super) fn absorb(known: &mut Candle, next: &Candle) {
    known.close = next.close;
    known.high = known.high.max(next.high);
    known.low = known.low.min(next.low);
    known.volume = known.volume.checked_add(next.volume).unwrap_or(Amount::MAX);
}
