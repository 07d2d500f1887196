//! From prints to fill events: the prints of one batch, or of one minute where no batch clock is known, and for every
//! period class and lot the rate up to which an offer would have been filled by them.
//!
//! An offer of period p counts as filled by a print of a shorter or equal period at a strictly higher rate: the borrower
//! would have taken the cheaper offer first. What printed at the very rate, or for a longer period, counts for nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Amount, DailyRate, MINUTE, Print, Timestamp, Total};

use super::batch_clock::BatchClock;
use super::numbers::{amount, rate, units};
use super::parameters::{LOTS, PERIODS, Parameters};

/// Most different rates that one event keeps, highest first: far more than a batch has.
const RATES: usize = 2_048;
/// Most ids that one event keeps to know a print again.
const IDS: usize = 8_192;

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
    /// By rate the volume of each class that it is new to: 2 days, 3 to 30, 31 to 120.
    rates: BTreeMap<DailyRate, [Total; PERIODS.len()]>,
    prints: [u32; PERIODS.len()],
    seen: BTreeSet<i64>,
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
        let volumes = self.rates.entry(print.rate).or_default();
        if let Some(volume) = volumes.get_mut(class) {
            *volume = volume.plus(print.amount.abs());
        }
        for count in self.prints.iter_mut().skip(class) {
            *count = count.saturating_add(1);
        }
        if self.rates.len() > RATES {
            // Only the top says what would have been filled; the volume of the cheapest is kept.
            if let (Some((_, cheapest)), Some(mut next)) = (self.rates.pop_first(), self.rates.first_entry()) {
                for (sum, more) in next.get_mut().iter_mut().zip(cheapest) {
                    *sum = sum.plus_total(more);
                }
            }
        }
    }

    /// What two-day money cost.
    fn mean(&self) -> Option<f64> {
        let two = self.rates.iter().map(|(level, [two, ..])| (rate(*level), units(two.clamp_amount())));
        let (paid, volume) = two.fold((0.0, 0.0), |(paid, sum), (rate, volume)| (paid + rate * volume, sum + volume));
        (volume > 0.0).then(|| paid / volume)
    }

    fn close(self, lots: Lots) -> Event {
        let mut event = Event {
            at: self.at,
            volume: [0.0; PERIODS.len()],
            filled: [[None; LOTS]; PERIODS.len()],
            mean: self.mean(),
        };
        let classes = event.volume.iter_mut().zip(event.filled.iter_mut()).zip(self.prints);
        for (class, ((volume, filled), prints)) in classes.enumerate() {
            let mut above = Total::ZERO;
            for (level, volumes) in self.rates.iter().rev() {
                above = volumes.iter().take(class + 1).fold(above, |sum, more| sum.plus_total(*more));
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
