//! The requests of borrowers: which of them are real, how often good ones come, and from what rate on one is taken.
//!
//! A displayed request need not match anything. It counts as real only after its amount has fallen while its level
//! stayed, and stops being real while an offer that would serve it stands in the book untouched. The distribution of the
//! best real long request over time says what patience is worth: the reservation rate of a seeker whose waiting room
//! pays.

use std::collections::BTreeMap;

use crate::domain::{Amount, Book, DailyRate, Days, LevelKey};

use super::checkpoint::{Pack, Unpack};
use super::numbers::{count, fade, index, rate};
use super::parameters::Parameters;

/// Bins of the best long request's rate.
const BINS: usize = 300;
/// The rate per day of the first bin.
const FIRST: f64 = 1e-5;
/// Distance of two bins in the logarithm.
const STEP: f64 = 0.02;
/// Days of the longest period.
const LONGEST: usize = 120;
/// Halvings of the interval in which the long mean is looked for.
const HALVINGS: u32 = 40;

/// A request in the book.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Seen {
    amount: Amount,
    real: bool,
}

/// A request that can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) rate: DailyRate,
    pub(super) period: Days,
    pub(super) amount: Amount,
}

/// What was seen of the requests of one currency.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bids {
    seen: BTreeMap<LevelKey, Seen>,
    /// By the rate of the best real long request: time in days, fading, and its sum weighted with the rate.
    time: Vec<(f64, f64)>,
    /// Time in which there was none.
    without: f64,
    /// When the book was last looked at, days.
    at: Option<f64>,
    /// Days watched in all.
    watched: f64,
}

impl Default for Bids {
    fn default() -> Self {
        Self { seen: BTreeMap::new(), time: vec![(0.0, 0.0); BINS], without: 0.0, at: None, watched: 0.0 }
    }
}

impl Bids {
    /// Looks at the book at `now` days.
    pub(super) fn look(&mut self, now: f64, book: &Book, parameters: &Parameters) {
        // What was so since the last look is known by what could be taken then.
        let passed = self.at.map_or(0.0, |at| (now - at).max(0.0));
        self.pass(passed, self.best_long(parameters), parameters);
        self.watched += passed;
        self.at = Some(now);
        let cheapest = cheapest(book);
        let mut seen = BTreeMap::new();
        for (key, amount) in book.bids() {
            let before = self.seen.get(key);
            let fell = before.is_some_and(|before| amount < before.amount);
            let serves = cheapest.get(usize::from(key.period.get())).copied().flatten();
            let stands_untouched = serves.is_some_and(|offer| offer <= key.rate);
            let real = !stands_untouched && (fell || before.is_some_and(|before| before.real));
            seen.insert(*key, Seen { amount, real });
        }
        self.seen = seen;
    }

    /// The stream was away: what stood in the book is not known any more.
    pub(super) fn pause(&mut self) {
        self.at = None;
        self.seen.clear();
    }

    /// What candles stood for is forgotten; they come again.
    pub(super) fn forget_seeds(&mut self) {
        *self = Self { seen: std::mem::take(&mut self.seen), at: self.at, watched: self.watched, ..Self::default() };
    }

    /// True while too little was watched to know the requests.
    pub(super) fn is_new(&self, parameters: &Parameters) -> bool {
        self.watched < parameters.bid_history
    }

    /// An hour of a long candle stands for the best request while too little was watched.
    pub(super) fn seed(&mut self, days: f64, best: f64, parameters: &Parameters) {
        if self.is_new(parameters) {
            self.pass(days, Some(best), parameters);
        }
    }

    fn pass(&mut self, days: f64, best: Option<f64>, parameters: &Parameters) {
        if days <= 0.0 {
            return;
        }
        let left = fade(days, parameters.long_half_life);
        for (time, weighted) in &mut self.time {
            *time *= left;
            *weighted *= left;
        }
        self.without *= left;
        match best.and_then(|best| Some((best, self.time.get_mut(bin(best))?))) {
            Some((best, (time, weighted))) => {
                *time += days;
                *weighted += days * best;
            }
            None => self.without += days,
        }
    }

    /// The rate per day of the best real long request.
    fn best_long(&self, parameters: &Parameters) -> Option<f64> {
        let long = |(key, seen): &(&LevelKey, &Seen)| seen.real && key.period.get() > parameters.long_period;
        self.seen.iter().rev().find(long).map(|(key, _)| rate(key.rate))
    }

    /// The requests that can be taken now, dearest first.
    pub(super) fn real(&self) -> impl Iterator<Item = Request> {
        let real = self.seen.iter().rev().filter(|(_, seen)| seen.real);
        real.map(|(key, seen)| Request { rate: key.rate, period: key.period, amount: seen.amount })
    }

    /// The long mean of the yield of a free dollar, future requests among it: the rate at which taking a request and
    /// waiting for a better one are worth the same (strategy study, equation 10). `short` is what two-day offers
    /// yield, `hold` the days a request of a rate lasts, `cycle` the days between two moments in which a dollar is free.
    pub(super) fn long_mean(&self, short: f64, hold: impl Fn(f64) -> f64, cycle: f64) -> f64 {
        let all = self.without + self.time.iter().map(|(time, _)| time).sum::<f64>();
        if all <= 0.0 || cycle <= 0.0 {
            return short;
        }
        let one = |(time, weighted): &(f64, f64)| {
            let rate = weighted / time;
            (rate, time * hold(rate))
        };
        let seen: Vec<(f64, f64)> = self.time.iter().filter(|(time, _)| *time > 0.0).map(one).collect();
        let (mut low, mut high) = (short, seen.iter().map(|(rate, _)| *rate).fold(short, f64::max));
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            let hoped: f64 = seen.iter().map(|(rate, days)| days * (rate - middle).max(0.0)).sum();
            if short + hoped / cycle / all > middle { low = middle } else { high = middle }
        }
        low
    }

    pub(super) fn pack(&self, pack: &mut Pack) {
        pack.list(self.time.iter(), |pack, (time, weighted)| {
            pack.number(*time);
            pack.number(*weighted);
        });
        pack.number(self.without);
        pack.number(self.watched);
    }

    pub(super) fn unpack(unpack: &mut Unpack<'_>) -> Option<Self> {
        let time = unpack.list_of(BINS, |unpack| Some((unpack.number()?, unpack.number()?)))?;
        Some(Self { time, without: unpack.number()?, watched: unpack.number()?, ..Self::default() })
    }
}

/// From which rate a request is taken (strategy study, equation 11): near the long mean, as far as the loan outlasts the
/// present; near the present yield, as far as it does not. `left` is the part of an excess left over the loan.
pub(super) fn reservation(long_mean: f64, now: f64, left: f64) -> f64 {
    (1.0 - left) * long_mean + left * now
}

/// By days of a request, the cheapest offer that could serve it: the book is long, and every request is held against it.
fn cheapest(book: &Book) -> [Option<DailyRate>; LONGEST + 1] {
    let mut cheapest = [None; LONGEST + 1];
    let mut served = 0;
    for (key, _) in book.offers() {
        let period = usize::from(key.period.get()).min(LONGEST);
        if let Some(new) = cheapest.get_mut(served..=period) {
            new.fill(Some(key.rate));
            served = period + 1;
        }
        if served > LONGEST {
            break;
        }
    }
    cheapest
}

fn bin(rate: f64) -> usize {
    index(((rate / FIRST).ln() / STEP + 0.5).clamp(0.0, count(BINS) - 1.0))
}

#[cfg(test)]
mod tests;
