//! The public book as it is shown: precisions, windows, and what changed between two of them.

use std::cmp::Ordering;
use std::sync::Arc;

use super::board::{Market, PublicLevel};
use super::ledger::Account;
use super::number::{self, Habit};
use crate::domain::{Amount, BookSide, DailyRate, Decimal, LevelKey, Rounding};

/// How rates are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Precision {
    /// As they are.
    Exact,
    /// Summed up at so many significant digits.
    Digits(u32),
    /// Offer by offer.
    Raw,
}

impl Precision {
    /// `P0` to `P4`, `R0`.
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "P0" => Some(Self::Exact),
            "P1" => Some(Self::Digits(4)),
            "P2" => Some(Self::Digits(3)),
            "P3" => Some(Self::Digits(2)),
            "P4" => Some(Self::Digits(1)),
            "R0" => Some(Self::Raw),
            _ => None,
        }
    }
}

/// A line of the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    key: LevelKey,
    /// Of a raw line; zero else.
    id: i64,
    text: Arc<str>,
    count: u32,
    amount: Amount,
}

impl Line {
    fn row(&self, side: BookSide) -> String {
        let amount = if side == BookSide::Offers { number::amount(self.amount) } else { number::minus(self.amount) };
        if self.id == 0 {
            format!("[{},{},{},{amount}]", self.text, self.key.period.get(), self.count)
        } else {
            format!("[{},{},{},{amount}]", self.id, self.key.period.get(), self.text)
        }
    }

    fn gone(&self, side: BookSide) -> String {
        let one = if side == BookSide::Offers { "1" } else { "-1" };
        if self.id == 0 {
            format!("[{},{},0,{one}]", self.text, self.key.period.get())
        } else {
            format!("[{},{},0,{one}]", self.id, self.key.period.get())
        }
    }

    fn order(&self) -> (LevelKey, i64) {
        (self.key, self.id)
    }
}

/// What a subscriber sees: so many lines of each side, best first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Window {
    bids: Vec<Line>,
    offers: Vec<Line>,
}

impl Window {
    pub(super) fn new(market: &Market, accounts: &[Account], precision: Precision, len: usize) -> Self {
        match precision {
            Precision::Exact => Self {
                bids: market.book.bids.iter().take(len).map(line).collect(),
                offers: market.book.offers.iter().take(len).map(line).collect(),
            },
            Precision::Digits(digits) => Self {
                bids: summed(&market.book.bids, digits, Rounding::Down, len),
                offers: summed(&market.book.offers, digits, Rounding::Up, len),
            },
            Precision::Raw => raw(market, accounts, len),
        }
    }

    /// All rows: bids first, then offers.
    pub(super) fn rows(&self) -> Vec<String> {
        let bids = self.bids.iter().map(|line| line.row(BookSide::Bids));
        bids.chain(self.offers.iter().map(|line| line.row(BookSide::Offers))).collect()
    }

    /// What turns `self` into `new`: lines that came or changed, and lines that left.
    pub(super) fn changes(&self, new: &Self) -> Vec<String> {
        let mut rows = Vec::new();
        difference(&self.bids, &new.bids, BookSide::Bids, &mut rows);
        difference(&self.offers, &new.offers, BookSide::Offers, &mut rows);
        rows
    }
}

fn line(level: &PublicLevel) -> Line {
    Line { key: level.key, id: 0, text: level.text.clone(), count: level.count, amount: level.amount }
}

fn summed(levels: &[PublicLevel], digits: u32, rounding: Rounding, len: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for level in levels {
        let rate = significant(level.key.rate, digits, rounding);
        let exact: Decimal = rate.to_decimal();
        let key = LevelKey { rate, period: level.key.period, exact };
        if let Some(known) = lines.iter_mut().rev().find(|known| known.key == key) {
            known.count = known.count.saturating_add(level.count);
            known.amount = known.amount.checked_add(level.amount).unwrap_or(Amount::MAX);
            continue;
        }
        let text = Arc::from(number::decimal(exact, Habit::Script));
        lines.push(Line { key, id: 0, text, count: level.count, amount: level.amount });
    }
    if rounding == Rounding::Down {
        lines.sort_by_key(|line| std::cmp::Reverse(line.order()));
    } else {
        lines.sort_by_key(Line::order);
    }
    lines.truncate(len);
    lines
}

fn significant(rate: DailyRate, digits: u32, rounding: Rounding) -> DailyRate {
    let mut step = 1_i64;
    let most = 10_i64.saturating_pow(digits);
    while rate.units() / step >= most {
        step = step.saturating_mul(10);
    }
    let units = Amount::from_units(rate.units()).scale_by(1, step, rounding).units();
    DailyRate::from_units(units.saturating_mul(step))
}

/// Offers one by one. A background level stands for one offer under the place where it queues.
fn raw(market: &Market, accounts: &[Account], len: usize) -> Window {
    let background = |entry: &super::board::Entry| Line {
        key: entry.key,
        id: entry.chunks.first().map_or(1, |chunk| i64::try_from(chunk.place).unwrap_or(1).max(1)),
        text: entry.text.clone(),
        count: 1,
        amount: entry.total,
    };
    let mut offers: Vec<Line> = market.offers.iter().map(background).collect();
    let frr = market.frr_rate();
    let own = accounts.iter().flat_map(Account::offers);
    for offer in own.filter(|offer| offer.currency == market.currency && !offer.hidden) {
        let rate = offer.effective(frr);
        let exact = rate.to_decimal();
        let key = LevelKey { rate, period: offer.period, exact };
        let text = Arc::from(number::decimal(exact, Habit::Script));
        offers.push(Line { key, id: offer.id, text, count: 1, amount: offer.amount });
    }
    offers.sort_by_key(Line::order);
    offers.truncate(len);
    let mut bids: Vec<Line> = market.bids.iter().map(background).collect();
    bids.sort_by_key(|line| std::cmp::Reverse(line.order()));
    bids.truncate(len);
    Window { bids, offers }
}

/// Merges two sides that are sorted the same way.
fn difference(old: &[Line], new: &[Line], side: BookSide, rows: &mut Vec<String>) {
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(was), Some(is)) => {
                let order = was.order().cmp(&is.order());
                if side == BookSide::Offers { order } else { order.reverse() }
            }
        };
        match order {
            Ordering::Less => rows.extend(old.next().map(|line| line.gone(side))),
            Ordering::Greater => rows.extend(new.next().map(|line| line.row(side))),
            Ordering::Equal => {
                if let (Some(was), Some(is)) = (old.next(), new.next())
                    && (was.amount, was.count) != (is.amount, is.count)
                {
                    rows.push(is.row(side));
                }
            }
        }
    }
}

impl Market {
    /// The ticker's 16 fields, and the extra one of the single ticker where `extra`.
    pub(super) fn ticker(&mut self, now: crate::domain::Timestamp, extra: bool) -> String {
        let day = self.tape.day(now);
        let last = self.tape.last().map(|print| print.rate);
        let change = last.unwrap_or_default().units().saturating_sub(day.first.units());
        let relative = Amount::from_units(change).scale_by(10_000, day.first.units(), Rounding::Nearest).units();
        let best = |levels: &[PublicLevel]| {
            let (rate, period) = levels.first().map_or(("null".into(), "null".to_owned()), |level| {
                (level.text.to_string(), level.key.period.get().to_string())
            });
            let size = levels.iter().take(25).map(|level| level.amount).sum::<crate::domain::Total>().clamp_amount();
            format!("{rate},{period},{}", number::amount(size))
        };
        let frr = self.frr.map_or_else(|| "null".to_owned(), |frr| number::decimal(frr, Habit::Snake));
        format!(
            "{frr},{},{},{},{},{},{},{},{},null,null,{}{}",
            best(&self.book.bids),
            best(&self.book.offers),
            number::units(change, u32::from(DailyRate::SCALE), Habit::Snake),
            number::units(relative, 4, Habit::Script),
            last.map_or_else(|| "null".to_owned(), number::rate),
            number::amount(day.volume.clamp_amount()),
            number::units(day.high.units(), u32::from(DailyRate::SCALE), Habit::Snake),
            number::units(day.low.units(), u32::from(DailyRate::SCALE), Habit::Snake),
            number::amount(self.frr_waiting),
            if extra { format!(",{}", now.millis()) } else { String::new() },
        )
    }
}
