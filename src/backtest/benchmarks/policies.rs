//! The habits of other lenders (strategy.md 4.3).

use super::Memory;
use crate::backtest::lender::{Policy, Quote};
use crate::backtest::numbers::{count, daily, days, per_day, place};
use crate::domain::{DailyRate, Days, Millis, OfferKind};

/// A habit by its name.
#[derive(Debug)]
pub struct Habit {
    /// In tables.
    pub name: &'static str,
    /// What it does.
    pub words: &'static str,
    /// The policy.
    pub policy: Box<dyn Policy>,
}

/// All habits; those that need bids only where the tape has `books`.
#[must_use]
pub fn habits(books: bool) -> Vec<Habit> {
    fn one(name: &'static str, words: &'static str, policy: impl Policy + 'static) -> Habit {
        Habit { name, words, policy: Box::new(policy) }
    }
    let mut all = vec![
        one("frr-auto-renew", "at the FRR, two days, again and again", Frr),
        one("best-offer", "a tick under the best offer, two days", BestOffer),
        one("last-close", "at the last rate, two days", LastClose),
        one("best-spread", "five lots from the best offer to 20 % above it", Spread),
        one("cascade", "from 1.5 times the last rate down to it, half-life two hours", Cascade),
        one("quantile-ladder", "at 30, 60 and 80 % of the day's hourly highs", QuantileLadder),
        one("candle-high", "at the day's third highest hour, 120 days above 0.05 %/day", CandleHigh),
    ];
    if books {
        all.push(one("long-bid", "always the best 120-day bid", Bid { place: 1, period: Days::MAX }));
        all.push(one("month-bid", "always the best 30-day bid", Bid { place: 0, period: Days::new(30) }));
    }
    all
}

#[derive(Debug)]
struct Frr;

impl Policy for Frr {
    fn quote(&self, memory: &Memory, _rung: usize, _free_for: Millis) -> Option<Quote> {
        memory.frr.then_some(Quote { rate: DailyRate::ZERO, period: Days::MIN, kind: OfferKind::FrrDeltaFixed })
    }
}

#[derive(Debug)]
struct BestOffer;

impl Policy for BestOffer {
    fn quote(&self, memory: &Memory, _rung: usize, _free_for: Millis) -> Option<Quote> {
        let under = memory.best?.checked_sub(DailyRate::TICK)?;
        Some(Quote::limit(under, Days::MIN))
    }
}

#[derive(Debug)]
struct LastClose;

impl Policy for LastClose {
    fn quote(&self, memory: &Memory, _rung: usize, _free_for: Millis) -> Option<Quote> {
        Some(Quote::limit(memory.last?, Days::MIN))
    }
}

#[derive(Debug)]
struct Spread;

impl Policy for Spread {
    fn rungs(&self) -> usize {
        5
    }

    fn quote(&self, memory: &Memory, rung: usize, _free_for: Millis) -> Option<Quote> {
        let over = 1.0 + 0.05 * count(rung);
        Some(Quote::limit(daily(per_day(memory.best?) * over), Days::MIN))
    }
}

#[derive(Debug)]
struct Cascade;

impl Policy for Cascade {
    fn quote(&self, memory: &Memory, _rung: usize, free_for: Millis) -> Option<Quote> {
        let over = 1.0 + 0.5 * 0.5_f64.powf(days(free_for) * 12.0);
        Some(Quote::limit(daily(per_day(memory.last?) * over), Days::MIN))
    }
}

#[derive(Debug)]
struct QuantileLadder;

impl Policy for QuantileLadder {
    fn rungs(&self) -> usize {
        3
    }

    fn quote(&self, memory: &Memory, rung: usize, _free_for: Millis) -> Option<Quote> {
        let share = [0.3, 0.6, 0.8].get(rung).copied().unwrap_or(0.3);
        let highs = memory.highs();
        let rank = share * count(highs.len().checked_sub(1)?);
        Some(Quote::limit(*highs.get(place(rank + 0.5))?, Days::MIN))
    }
}

#[derive(Debug)]
struct CandleHigh;

impl Policy for CandleHigh {
    fn quote(&self, memory: &Memory, _rung: usize, _free_for: Millis) -> Option<Quote> {
        let highs = memory.highs();
        let rate = *highs.get(highs.len().checked_sub(3)?)?;
        let long = per_day(rate) > 0.000_5;
        Some(Quote::limit(rate, if long { Days::MAX } else { Days::MIN }))
    }
}

#[derive(Debug)]
struct Bid {
    /// Of the memory's bids.
    place: usize,
    period: Days,
}

impl Policy for Bid {
    fn quote(&self, memory: &Memory, _rung: usize, _free_for: Millis) -> Option<Quote> {
        let bid = memory.bids.get(self.place).copied().flatten()?;
        Some(Quote::limit(bid, self.period))
    }
}
