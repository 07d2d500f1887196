//! What a tape tells: one thing that has happened in the market, shown when it is over.

use crate::domain::{Amount, BookLevel, Candle, DailyRate, Days, Millis, Print, Ticker, Timestamp};

/// Something that has happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// When it was over: nobody is told of it earlier.
    pub at: Timestamp,
    /// What it was.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Money was borrowed.
    Event(Event),
    /// A whole book. With trades it also judges offers by the snapshot rule.
    Book(Book),
    /// FRR and last rate.
    Ticker(Ticker),
    /// Price of a unit in 1e-8 USD.
    Price(Amount),
}

/// Borrowing of one batch, one minute or one candle.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When it began: who came later than this and [`Event::grace`] had no part in it.
    pub opens: Timestamp,
    /// See `opens`; zero where the prints themselves are known.
    pub grace: Millis,
    /// Trades, oldest first.
    pub prints: Vec<Print>,
    /// The candle that the prints were made of, where only that is known, with the period of its trades.
    pub candle: Option<(Candle, Days)>,
    /// What two-day money cost in it: the volume-weighted rate of its prints, or the candle's close. Nothing when it tells
    /// nothing of two-day money.
    pub price: Option<DailyRate>,
}

/// A book.
#[derive(Debug, Clone, PartialEq)]
pub struct Book {
    /// Its levels.
    pub levels: Vec<BookLevel>,
    /// Recorded or modelled; else made of candles, and no bid in it is anybody's.
    pub real: bool,
    /// The book before this one was seen then: with it the span between them counts as an event of its own.
    pub since: Option<Timestamp>,
}

impl Event {
    /// An event of prints: what two-day money cost is their volume-weighted rate.
    #[must_use]
    pub fn of(opens: Timestamp, prints: Vec<Print>) -> Self {
        let two = || prints.iter().filter(|print| print.period == Days::MIN);
        let volume: i128 = two().map(|print| i128::from(print.amount.units())).sum();
        let paid: i128 = two().map(|print| i128::from(print.amount.units()) * i128::from(print.rate.units())).sum();
        let price = paid.checked_div(volume).and_then(|mean| i64::try_from(mean).ok()).map(DailyRate::from_units);
        Self { opens, grace: Millis::new(0), prints, candle: None, price }
    }
}
