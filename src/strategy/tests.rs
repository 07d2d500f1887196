//! Examples and properties of a slice's answer. Shared builders for the tests beside this file.

mod amounts;
mod bids;
mod by_book;
mod decay;
mod examples;
mod invariants;
mod looking_back;
mod nasty;
mod periods;
mod shapes;
mod sharing;

use std::sync::LazyLock;

use super::stats::{History, QuantileOf};
use super::*;
use crate::domain::{
    Amount, Book, BookLevel, BookSide, Currency, DailyRate, Days, Decimal, LevelKey, Ratio, Rounding, Timestamp,
};

/// A market that nobody has watched.
static NO_PAST: LazyLock<History> = LazyLock::new(History::default);

/// A rate from its text.
fn rate(text: &str) -> DailyRate {
    DailyRate::parse(text, Rounding::Nearest).unwrap()
}

fn gross(text: &str) -> RateSpec {
    RateSpec { rate: rate(text), net: false }
}

fn bound(text: &str) -> Bound {
    Bound::Fixed(gross(text))
}

/// Offers of `(rate in ticks, period, amount in whole units)`.
fn book(levels: &[(i64, u16, i32)]) -> Book {
    let mut book = Book::default();
    for &(ticks, period, amount) in levels {
        let rate = DailyRate::from_units(ticks * DailyRate::TICK.units());
        let key = LevelKey { rate, period: Days::new(period), exact: Decimal::from_units(ticks, 8) };
        book.apply(&BookLevel { side: BookSide::Offers, key, count: 1, amount: Amount::whole(amount) });
    }
    book
}

fn market(book: &Book) -> MarketView<'_> {
    MarketView {
        now: Timestamp::from_millis(1_771_200_000_000),
        currency: Currency::USD,
        book,
        frr: rate("0.0002"),
        last: rate("0.00018"),
        usd_price: Amount::whole(1),
        own: &[],
        history: &NO_PAST,
        adaptive: None,
    }
}

fn bounds() -> Bounds {
    Bounds {
        floor: rate("0.0001"),
        ceiling: None,
        max_period: Days::new(30),
        min_offer: Amount::whole(150),
        max_offer: None,
        max_offers: 20,
        fee: Ratio::percent(15),
    }
}

/// The same with bids of `(rate in ticks, period, amount in whole units)`.
fn with_bids(mut book: Book, levels: &[(i64, u16, i32)]) -> Book {
    for &(ticks, period, amount) in levels {
        let rate = DailyRate::from_units(ticks * DailyRate::TICK.units());
        let key = LevelKey { rate, period: Days::new(period), exact: Decimal::from_units(ticks, 8) };
        book.apply(&BookLevel { side: BookSide::Bids, key, count: 1, amount: Amount::whole(amount) });
    }
    book
}

/// Rates in ticks and amounts of what is wished.
fn wished(answer: &Answer) -> Vec<(i64, String)> {
    let ticks = |wish: &Wish| wish.effective.units() / DailyRate::TICK.units();
    answer.wishes.iter().map(|wish| (ticks(wish), wish.amount.to_string())).collect()
}

/// As written, for comparing.
fn pairs(list: &[(i64, &str)]) -> Vec<(i64, String)> {
    list.iter().map(|(ticks, amount)| (*ticks, (*amount).to_owned())).collect()
}

/// The answer of a slice without a past.
fn answer(slice: &Slice, index: usize, money: Amount, market: &MarketView<'_>, bounds: &Bounds) -> Answer {
    asked(slice, index, money, market, bounds, &Past::default())
}

/// The slice's answer with what is remembered of its money.
fn asked(slice: &Slice, index: usize, money: Amount, market: &MarketView<'_>, bounds: &Bounds, past: &Past) -> Answer {
    super::answer(slice, index, money, market, &Others::of(market.book, market.own), bounds, past)
}

fn slice(rule: RateRule) -> Slice {
    Slice::plain("core", rule)
}

fn fixed(text: &str) -> Slice {
    slice(RateRule::Fixed { at: gross(text) })
}

fn depth(amount: i32) -> Slice {
    slice(RateRule::Depth { amount: Quantity::Own(Amount::whole(amount)) })
}

fn spread(from: i32, to: i32, offers: u16) -> Slice {
    let (from, to) = (Quantity::Own(Amount::whole(from)), Quantity::Own(Amount::whole(to)));
    slice(RateRule::Spread { from, to, offers })
}

fn frr(offset: Offset, placed: FrrAs) -> Slice {
    slice(RateRule::Frr { offset, placed })
}
