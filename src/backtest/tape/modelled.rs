//! The modelled market as a tape: the background runs by itself (`exchange::sim::market::model`), its bites become prints,
//! the prints of a batch one event.

use std::collections::VecDeque;

use super::{Tape, TapeError};
use crate::backtest::moment::{Book, Event, Moment, What};
use crate::backtest::numbers::nearest;
use crate::domain::{BookLevel, BookSide, Currency, LevelKey, Millis, Print, Ticker, Timestamp};
use crate::exchange::sim::market::MarketProfile;
use crate::exchange::sim::market::model::{Eaten, ModelledMarket, Passed};

/// Prints nearer than this to the one before belong to its event: a batch and its stragglers.
const BELONGS: Millis = Millis::seconds(30);
/// A book is shown at the first look after a batch, then every so often …
const SHOWN_EVERY: Millis = Millis::seconds(280);
/// … and once more this long after a batch: shortly before the next, when the engine moves its offers.
const BEFORE_NEXT: Millis = Millis::seconds(1_020);

/// One seed's market.
#[derive(Debug)]
pub struct Modelled {
    currency: Currency,
    market: ModelledMarket,
    end: Timestamp,
    eaten: Vec<Eaten>,
    /// Prints of the event that is going on.
    prints: Vec<Print>,
    next_id: i64,
    batch: Timestamp,
    shown: Timestamp,
    out: VecDeque<Moment>,
}

impl Modelled {
    /// The market of `seed` from `start` to `end`.
    #[must_use]
    pub fn new(seed: u64, profile: MarketProfile, start: Timestamp, end: Timestamp) -> Self {
        let currency = profile.currency();
        let market = ModelledMarket::new(seed, profile, start);
        let long_ago = Timestamp::from_millis(0);
        Self {
            currency,
            market,
            end,
            eaten: Vec::new(),
            prints: Vec::new(),
            next_id: 1,
            batch: start,
            shown: long_ago,
            out: VecDeque::new(),
        }
    }

    fn step(&mut self) {
        self.eaten.clear();
        let passed = self.market.pass(&mut self.eaten);
        let over = self.prints.last().is_some_and(|last| passed.at.since(last.at) >= BELONGS);
        if over {
            self.close();
        }
        for bite in &self.eaten {
            let (at, amount, rate, period) = (passed.at, bite.amount, bite.rate, bite.period);
            self.prints.push(Print { id: self.next_id, at, amount, taken: true, rate, period });
            self.next_id = self.next_id.saturating_add(1);
        }
        self.batch = if passed.batch { passed.at } else { self.batch };
        self.hourly(&passed);
        // While a batch goes on nobody's picture of the book is whole.
        if passed.looked && self.prints.is_empty() && self.is_due(passed.at) {
            self.shown = passed.at;
            let levels = self.levels();
            self.out.push_back(Moment { at: passed.at, what: What::Book(Book { levels, real: true, since: None }) });
        }
    }

    /// The event is over: told of when nothing can belong to it any more.
    fn close(&mut self) {
        let prints = std::mem::take(&mut self.prints);
        let (Some(first), Some(last)) = (prints.first(), prints.last()) else { return };
        let (opens, at) = (first.at, last.at.plus(BELONGS));
        self.out.push_back(Moment { at, what: What::Event(Event::of(opens, prints)) });
    }

    fn hourly(&mut self, passed: &Passed) {
        let Some((frr, price)) = passed.hour else { return };
        let ticker = Ticker { frr: Some(nearest(frr)), ..Ticker::default() };
        self.out.push_back(Moment { at: passed.at, what: What::Ticker(ticker) });
        if self.currency != Currency::USD {
            self.out.push_back(Moment { at: passed.at, what: What::Price(price) });
        }
    }

    fn is_due(&self, at: Timestamp) -> bool {
        let before_next = self.batch.plus(BEFORE_NEXT);
        at.since(self.shown) >= SHOWN_EVERY
            || (self.shown < self.batch && at > self.batch)
            || (at >= before_next && self.shown < before_next)
    }

    /// The book, each side ascending by rate.
    fn levels(&self) -> Vec<BookLevel> {
        let level = |level: crate::exchange::sim::market::Level| BookLevel {
            side: level.side,
            key: LevelKey { rate: nearest(level.rate), period: level.period, exact: level.rate },
            count: level.count,
            amount: level.amount,
        };
        let mut levels: Vec<BookLevel> = self.market.levels().map(level).collect();
        levels.sort_unstable_by_key(|level| (level.side != BookSide::Offers, level.key));
        levels
    }
}

impl Tape for Modelled {
    fn next(&mut self) -> Result<Option<Moment>, TapeError> {
        while self.out.is_empty() && self.market.due() < self.end {
            self.step();
        }
        if self.out.is_empty() {
            self.close();
        }
        // What happens in a step is told in the order of time: an event that has just closed comes before what closed it.
        Ok(self.out.pop_front())
    }
}
