//! What is known of one currency's market, and whether it can be relied on.

use crate::domain::{
    Amount, Book, BookLevel, Currency, DailyRate, Days, HOUR, MarketNews, Millis, Print, Ticker, Timestamp,
};
use crate::strategy::best_of_others;
use crate::strategy::stats::{BatchClock, History, HoldDays, Learned, Parameters};

use super::view::MarketStatus;

/// A price of the exchange's `calc/fx` counts for this long (money rule 2).
const PRICE_COUNTS: Millis = HOUR.times(6);
/// A move of the best offer by this many parts per million brings the next decision forward.
const LARGE_MOVE_PPM: i128 = 50_000;
/// Re-pricing is done this long before a batch opens at the earliest …
const REPRICE_BEFORE: Millis = Millis::seconds(90);
/// … and this long before it at the latest: a cancel and a submit must be through before the batch (strategy.md 3.7).
const REPRICE_UNTIL: Millis = Millis::seconds(15);
/// Without a known batch clock offers are moved no more often than this.
const REPRICE_EVERY: Millis = Millis::seconds(600);

/// One currency's market.
#[derive(Debug, Clone, Default)]
pub(super) struct Market {
    ticker: Option<Ticker>,
    book: Book,
    /// A whole book has come since the stream last came up.
    book_whole: bool,
    last_print: Option<DailyRate>,
    usd_price: Option<(Amount, Timestamp)>,
    clock: BatchClock,
    history: History,
    decided_best: Option<DailyRate>,
    /// What the adaptive rule knows of it.
    learned: Learned,
}

impl Market {
    /// One that knows nothing yet.
    pub(super) fn tuned(parameters: &Parameters) -> Self {
        Self { learned: Learned::new(parameters), ..Self::default() }
    }

    /// One that begins with what an earlier run learned; nothing for what cannot be read or is too old.
    pub(super) fn recall(bytes: &[u8], at: Timestamp, parameters: &Parameters) -> Option<Self> {
        let (learned, clock) = Learned::restore(bytes, at, parameters)?;
        Some(Self { clock, learned, ..Self::default() })
    }

    /// What is learned, for the next start.
    pub(super) fn checkpoint(&self, at: Timestamp) -> Option<Vec<u8>> {
        self.learned.checkpoint(at, &self.clock)
    }

    /// What the adaptive rule knows of it.
    pub(super) fn learned(&self) -> &Learned {
        &self.learned
    }

    /// Own loans last so long, as far as is known.
    pub(super) fn lasting(&mut self, holds: &HoldDays) {
        self.learned.lasting(holds);
    }

    /// Time passes; while the book cannot be relied on nobody watches.
    pub(super) fn learn(&mut self, currency: Currency, at: Timestamp, own: &[(DailyRate, Days, Amount)]) {
        if let Some(price) = self.usd_price(currency, at) {
            self.learned.priced(price);
        }
        if self.book_whole && !self.book.is_empty() {
            self.learned.tick(at, &self.clock, &self.book, own);
        }
    }

    /// Takes in public news of this currency. Answers whether it is reason enough to reconsider at once.
    pub(super) fn apply(&mut self, at: Timestamp, news: &MarketNews) -> bool {
        match news {
            MarketNews::Ticker(_, ticker) => {
                self.ticker = Some(*ticker);
                false
            }
            MarketNews::Book(_, levels) => {
                self.book = Book::from_levels(levels);
                self.book_whole = true;
                true
            }
            MarketNews::Level(_, level) => self.level(level),
            MarketNews::Prints(_, prints) => {
                self.prints(at, prints);
                false
            }
            MarketNews::UsdPrice(_, price) => {
                self.usd_price = price.is_positive().then_some((*price, at));
                false
            }
            MarketNews::Candles(_, series, candles) => {
                self.learned.candles(*series, candles);
                self.history.read(at, *series, candles);
                // A rule that could not tell its rate may be able to now.
                true
            }
            MarketNews::Operative(_) => false,
        }
    }

    fn level(&mut self, level: &BookLevel) -> bool {
        if !self.book_whole {
            return false;
        }
        self.book.apply(level);
        let (Some(before), Some(now)) = (self.decided_best, self.book.best_offer(Days::MIN)) else { return false };
        let span = i128::from(now.units()).saturating_sub(i128::from(before.units())).abs();
        span.saturating_mul(1_000_000) > i128::from(before.units().max(1)).saturating_mul(LARGE_MOVE_PPM)
    }

    fn prints(&mut self, at: Timestamp, prints: &[Print]) {
        for print in prints {
            self.history.told(at, print);
            self.last_print = Some(print.rate);
            self.clock.told(print.at, print.amount);
            self.learned.told(print, &self.clock);
        }
    }

    /// The stream is not to be relied on: what it told no longer counts, until it tells it again.
    pub(super) fn forget_stream(&mut self) {
        self.ticker = None;
        self.book_whole = false;
        self.decided_best = None;
    }

    /// A decision was made on this book.
    pub(super) fn decided(&mut self) {
        self.decided_best = self.book.best_offer(Days::MIN);
    }

    /// Looks at the best offer that is not one of `own`, as [`MarketView::own`](crate::strategy::MarketView::own).
    pub(super) fn look(&mut self, at: Timestamp, own: &[(DailyRate, Days, Amount)]) {
        let best = if self.book_whole { best_of_others(&self.book, own) } else { None };
        self.history.offered(at, best);
    }

    pub(super) fn history(&self) -> &History {
        &self.history
    }

    pub(super) fn book(&self) -> &Book {
        &self.book
    }

    pub(super) fn frr(&self) -> Option<DailyRate> {
        self.ticker.and_then(|ticker| ticker.frr).filter(|frr| frr.is_positive())
    }

    /// Rate per day of the last trade: the newest print, else what the ticker says.
    pub(super) fn last(&self) -> Option<DailyRate> {
        let last = self.ticker.and_then(|ticker| ticker.last);
        self.last_print.or(last).filter(|rate| rate.is_positive() && self.ticker.is_some())
    }

    /// One unit in 1e-8 USD; exactly one dollar for dollars.
    pub(super) fn usd_price(&self, currency: Currency, at: Timestamp) -> Option<Amount> {
        if currency == Currency::USD {
            return Some(Amount::whole(1));
        }
        self.usd_price.filter(|(_, read)| at.since(*read) <= PRICE_COUNTS).map(|(price, _)| price)
    }

    /// Everything that a decision needs, or nothing (money rule 4).
    pub(super) fn fresh(&self, currency: Currency, at: Timestamp) -> Option<(DailyRate, DailyRate, Amount)> {
        if !self.book_whole || self.book.is_empty() {
            return None;
        }
        Some((self.frr()?, self.last()?, self.usd_price(currency, at)?))
    }

    /// True when offers may be moved now: shortly before the next batch where its clock is known, else now and then.
    pub(super) fn may_reprice(&self, at: Timestamp, last_moved: Option<Timestamp>) -> bool {
        match self.clock.window(at) {
            Some(batch) => at >= batch.opens.minus(REPRICE_BEFORE) && at <= batch.opens.minus(REPRICE_UNTIL),
            None => last_moved.is_none_or(|moved| at.since(moved) >= REPRICE_EVERY),
        }
    }

    pub(super) fn show(&self, currency: Currency, at: Timestamp) -> MarketStatus {
        MarketStatus {
            frr: self.frr(),
            last: self.last(),
            best_offer: self.book.best_offer(Days::MIN),
            best_bid: self.book.bids().next().map(|(key, _)| (key.rate, key.period)),
            usd_price: self.usd_price(currency, at),
            fresh: self.fresh(currency, at).is_some(),
        }
    }
}
