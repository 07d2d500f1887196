//! From prints to fill events: the prints of one batch, or of one minute where no batch clock is known, and for every
//! period class and lot the rate up to which an offer would have been filled by them.
//!
//! An offer of period p counts as filled by a print of a shorter or equal period at a strictly higher rate: the borrower
//! would have taken the cheaper offer first. What printed at the very rate, or for a longer period, counts for nothing.
//!
//! A few prints far above all others of their event are slips: nobody could have relied on being lent there, and one of them
//! would be waited for, for days. A market that really jumps begins its next batch there.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Amount, DailyRate, MINUTE, Print, Timestamp, Total};

use super::batch_clock::BatchClock;
use super::numbers::{amount, rate, units};
use super::parameters::{LOTS, PERIODS, Parameters};

/// Most different rates that one event keeps, highest first: far more than a batch has.
const RATES: usize = 2_048;
/// Most ids that one event keeps to know a print again.
const IDS: usize = 8_192;

/// Prints more than so many times dearer than the next cheaper one stand apart.
pub(super) const APART: f64 = 5.0;
/// They are slips where there are at least so many cheaper ones to each.
const CHEAPER: u32 = 4;

/// What the prints of one batch or minute say.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Event {
    /// Its first print.
    pub(super) at: Timestamp,
    /// Eligible volume by period class, in units of the currency.
    pub(super) volume: [f64; PERIODS.len()],
    /// The rate per day below which an offer would have been filled, by period class and lot.
    pub(super) filled: [[Option<f64>; LOTS]; PERIODS.len()],
    /// The mean rate per day of two-day money, weighted with its volume.
    pub(super) mean: Option<f64>,
}

/// The prints of one event, summed up by rate.
#[derive(Debug, Clone, PartialEq)]
struct Open {
    at: Timestamp,
    until: Timestamp,
    rates: BTreeMap<DailyRate, Lent>,
    prints: [u32; PERIODS.len()],
    seen: BTreeSet<i64>,
}

/// What was lent at one rate.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Lent {
    /// By the class that they are new to: 2 days, 3 to 30, 31 to 120.
    prints: [u32; PERIODS.len()],
    volumes: [Total; PERIODS.len()],
}

impl Lent {
    fn add(&mut self, other: &Self) {
        for (sum, more) in self.prints.iter_mut().zip(other.prints) {
            *sum = sum.saturating_add(more);
        }
        for (sum, more) in self.volumes.iter_mut().zip(other.volumes) {
            *sum = sum.plus_total(more);
        }
    }
}

/// Builds the events of one currency.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Events {
    open: Option<Open>,
    /// Everything before this belongs to events that are over.
    over: Option<Timestamp>,
}

impl Events {
    /// Takes a print. Answers the event that it ends, if it does. A print told twice is one print; one of an event that
    /// is over comes too late.
    pub(super) fn told(&mut self, print: &Print, clock: &BatchClock, lots: Lots) -> Option<Event> {
        let class = PERIODS.iter().position(|period| print.period.get() <= *period)?;
        if !print.amount.abs().is_positive()
            || !print.rate.is_positive()
            || self.over.is_some_and(|over| print.at < over)
        {
            return None;
        }
        let ended = self.pass(print.at, lots);
        let open = self.open.get_or_insert_with(|| Open::at(print.at, clock));
        open.take(print, class);
        ended
    }

    /// Time passes. Answers the event that is over by now.
    pub(super) fn pass(&mut self, now: Timestamp, lots: Lots) -> Option<Event> {
        let open = self.open.take_if(|open| now >= open.until)?;
        self.over = Some(open.until);
        Some(open.close(lots))
    }
}

/// What an offer must find above its rate, in units of 1e-8, and what an event must have to say anything.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Lots {
    /// Sizes, smallest first.
    pub(super) sizes: [Amount; LOTS],
    prints_least: u32,
    volume_least: f64,
}

impl Lots {
    /// For a currency whose unit costs `usd_price` dollars.
    pub(super) fn of(usd_price: f64, parameters: &Parameters) -> Self {
        let sizes = parameters.lots_usd.map(|dollars| amount(dollars / usd_price.max(1e-12)));
        let [smallest, ..] = parameters.lots_usd;
        let volume_least = parameters.lots_least * smallest / usd_price.max(1e-12);
        Self { sizes, prints_least: parameters.prints_least, volume_least }
    }

    /// The class of a lot of this size.
    pub(super) fn class(&self, size: Amount) -> usize {
        self.sizes.iter().position(|lot| size <= *lot).unwrap_or(LOTS - 1)
    }
}

impl Open {
    /// The event that a print at `at` begins: the running batch, or a minute that ends where the next batch begins.
    fn at(at: Timestamp, clock: &BatchClock) -> Self {
        let minute = at.plus(MINUTE);
        let until = match clock.window(at) {
            Some(window) if window.opens <= at => window.closes,
            Some(window) => minute.min(window.opens),
            None => minute,
        };
        Self { at, until, rates: BTreeMap::new(), prints: [0; PERIODS.len()], seen: BTreeSet::new() }
    }

    fn take(&mut self, print: &Print, class: usize) {
        if self.seen.len() >= IDS || !self.seen.insert(print.id) {
            return;
        }
        let lent = self.rates.entry(print.rate).or_default();
        if let Some((volume, prints)) = lent.volumes.get_mut(class).zip(lent.prints.get_mut(class)) {
            *volume = volume.plus(print.amount.abs());
            *prints = prints.saturating_add(1);
        }
        for count in self.prints.iter_mut().skip(class) {
            *count = count.saturating_add(1);
        }
        if self.rates.len() > RATES {
            // Only the top says what would have been filled; the volume of the cheapest is kept.
            if let (Some((_, cheapest)), Some(mut next)) = (self.rates.pop_first(), self.rates.first_entry()) {
                next.get_mut().add(&cheapest);
            }
        }
    }

    /// What two-day money cost.
    fn mean(&self) -> Option<f64> {
        let two =
            self.rates.iter().map(|(level, Lent { volumes: [two, ..], .. })| (rate(*level), units(two.clamp_amount())));
        let (paid, volume) = two.fold((0.0, 0.0), |(paid, sum), (rate, volume)| (paid + rate * volume, sum + volume));
        (volume > 0.0).then(|| paid / volume)
    }

    /// Forgets the slips: class by class, since long money may well pay many times more than short.
    fn believe(&mut self) {
        for class in 0..PERIODS.len() {
            let prints = |lent: &Lent| lent.prints.get(class).copied().unwrap_or(0);
            let all: u32 = self.rates.values().map(prints).sum();
            let (mut dearer, mut last, mut lowest): (u32, Option<DailyRate>, Option<DailyRate>) = (0, None, None);
            for (level, lent) in self.rates.iter().rev().filter(|(_, lent)| prints(lent) > 0) {
                let apart = last.is_some_and(|last: DailyRate| rate(last) > rate(*level) * APART);
                if apart && dearer.saturating_mul(CHEAPER) <= all.saturating_sub(dearer) {
                    lowest = last;
                }
                dearer = dearer.saturating_add(prints(lent));
                last = Some(*level);
            }
            let Some(lowest) = lowest else { continue };
            for (_, lent) in self.rates.range_mut(lowest..) {
                if let Some(volume) = lent.volumes.get_mut(class) {
                    *volume = Total::ZERO;
                }
            }
        }
    }

    fn close(mut self, lots: Lots) -> Event {
        self.believe();
        let mut event = Event {
            at: self.at,
            volume: [0.0; PERIODS.len()],
            filled: [[None; LOTS]; PERIODS.len()],
            mean: self.mean(),
        };
        let classes = event.volume.iter_mut().zip(event.filled.iter_mut()).zip(self.prints);
        for (class, ((volume, filled), prints)) in classes.enumerate() {
            let mut above = Total::ZERO;
            for (level, lent) in self.rates.iter().rev() {
                above = lent.volumes.iter().take(class + 1).fold(above, |sum, more| sum.plus_total(*more));
                for (level_of, size) in filled.iter_mut().zip(lots.sizes) {
                    if level_of.is_none() && above >= Total::from(size) {
                        *level_of = Some(rate(*level));
                    }
                }
            }
            *volume = units(above.clamp_amount());
            if prints < lots.prints_least || *volume < lots.volume_least {
                *filled = [None; LOTS];
            }
        }
        event
    }
}

#[cfg(test)]
mod tests;
