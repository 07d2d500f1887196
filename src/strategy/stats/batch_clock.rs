//! The batch clock: borrowing arrives in batches, by an undocumented schedule that is learned and never hard-coded.
//!
//! For every candidate cycle a circular histogram of the printed volume is kept, in bins of ten seconds, decaying with
//! a half-life of two days. A cycle fits when its best minute holds more than half of the volume. A schedule of twenty
//! minutes also looks like one of ten (every second window being empty), so the shortest cycle that fits is not enough:
//! a longer one is taken instead when it explains the volume almost as well, which a schedule that really is the
//! shorter one cannot do (its longer cycles have several equal peaks).
//!
//! All of it is integer arithmetic: the same prints give the same clock on every machine.

use std::cell::Cell;

use crate::domain::{Amount, DAY, Millis, Timestamp};

use super::checkpoint::{Pack, Unpack};

/// Width of a bin.
const BIN: Millis = Millis::seconds(10);
/// Length of the window that a batch must fall in, in bins: a minute.
const WINDOW: usize = 6;
/// Candidate cycles in bins: 10, 20, 30 and 60 minutes.
const CYCLES: [usize; 4] = [60, 120, 180, 360];
/// The histograms decay in steps of a sixteenth of the half-life of two days.
const STEP: Millis = Millis::new(DAY.get() / 8);
/// 2^(-1/16) in millionths.
const STEP_FACTOR: u128 = 957_603;
const MILLION: u128 = 1_000_000;
/// After this many steps without a print nothing is left that counts: twenty days.
const STEPS_FORGOTTEN: i64 = 160;
/// Prints within this span of the first of them are one event (a batch, or a minute of a continuous market).
const EVENT: Millis = Millis::seconds(60);
/// Fewer events than this prove nothing; decayed as the volume is, in millionths.
const EVENTS_LEAST: u128 = 50 * MILLION;
/// A longer cycle is taken when it explains at least this many percent of what the shorter one does.
const LONGER_EXPLAINS: u128 = 80;

/// When the next batch is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First moment of the window.
    pub opens: Timestamp,
    /// First moment after it.
    pub closes: Timestamp,
    /// The length of the schedule's cycle.
    pub cycle: Millis,
}

/// Learns the schedule of the batches from the prints of one currency.
///
/// A print costs constant time (a decay of the 720 bins, every three hours, aside).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchClock {
    /// One histogram a candidate, volume in units of 1e-8.
    histograms: [Vec<u128>; 4],
    /// Volume in every histogram.
    total: u128,
    /// Events in millionths, decayed.
    events: u128,
    /// When the running event began.
    event_began: Option<Timestamp>,
    /// Up to when the decay has been applied; whole steps since 1970.
    decayed: Option<i64>,
    /// What fits, from when it was asked for until the next print: it is asked for far more often than anything is printed.
    found: Cell<Found>,
}

impl Default for BatchClock {
    fn default() -> Self {
        Self {
            histograms: CYCLES.map(|bins| vec![0; bins]),
            total: 0,
            events: 0,
            event_began: None,
            decayed: None,
            found: Cell::new(Found::NotAsked),
        }
    }
}

impl BatchClock {
    /// Takes one print: `amount` lent at market time `at`. The sign is dropped, zero counts for nothing. Prints older
    /// than the newest one count as if they were as new.
    pub fn told(&mut self, at: Timestamp, amount: Amount) {
        let volume = u128::from(amount.units().unsigned_abs());
        if volume == 0 {
            return;
        }
        self.decay(at);
        self.found.set(Found::NotAsked);
        let bin = at.millis().div_euclid(BIN.get());
        for histogram in &mut self.histograms {
            let phase = phase_of(bin, histogram.len());
            if let Some(slot) = histogram.get_mut(phase) {
                *slot = slot.saturating_add(volume);
            }
        }
        self.total = self.total.saturating_add(volume);
        if self.event_began.is_none_or(|began| at.since(began) >= EVENT) {
            self.event_began = Some(at);
            self.events = self.events.saturating_add(MILLION);
        }
    }

    /// The window of the batch that is running at `now`, or else of the next one; nothing while no schedule has been
    /// recognised.
    #[must_use]
    pub fn window(&self, now: Timestamp) -> Option<Window> {
        if self.events < EVENTS_LEAST {
            return None;
        }
        let fit = self.fit()?;
        let cycle = BIN.times(fit.bins);
        let length = BIN.times(i64::try_from(WINDOW).ok()?);
        let start = BIN.times(fit.phase);
        // The last window that opened at or before now; when it has closed, the one after it.
        let since = now.millis().saturating_sub(start.get()).rem_euclid(cycle.get());
        let last = now.minus(Millis::new(since));
        let opens = if since < length.get() { last } else { last.plus(cycle) };
        Some(Window { opens, closes: opens.plus(length), cycle })
    }

    pub(super) fn pack(&self, pack: &mut Pack) {
        for histogram in &self.histograms {
            pack.list(histogram.iter(), |pack, volume| pack.wide(*volume));
        }
        pack.wide(self.total);
        pack.wide(self.events);
        for known in [self.event_began.map(Timestamp::millis), self.decayed] {
            pack.whole(u64::from(known.is_some()));
            pack.signed(known.unwrap_or_default());
        }
    }

    pub(super) fn unpack(unpack: &mut Unpack<'_>) -> Option<Self> {
        let mut clock = Self::default();
        for histogram in &mut clock.histograms {
            *histogram = unpack.list_of(histogram.len(), Unpack::wide)?;
        }
        (clock.total, clock.events) = (unpack.wide()?, unpack.wide()?);
        let mut known = || Some((unpack.whole()? == 1, unpack.signed()?));
        let (began, decayed) = (known()?, known()?);
        clock.event_began = began.0.then_some(Timestamp::from_millis(began.1));
        clock.decayed = decayed.0.then_some(decayed.1);
        Some(clock)
    }

    /// The cycle that explains the prints: the shortest that fits, or a longer one that explains nearly as much.
    fn fit(&self) -> Option<Fit> {
        if let Found::Asked(fit) = self.found.get() {
            return fit;
        }
        let fit = self.look();
        self.found.set(Found::Asked(fit));
        fit
    }

    fn look(&self) -> Option<Fit> {
        let mut chosen: Option<Fit> = None;
        for fit in self.histograms.iter().filter_map(|histogram| Fit::best(histogram)) {
            let half = fit.volume.saturating_mul(2) > self.total;
            let better = chosen
                .is_none_or(|shorter| fit.volume.saturating_mul(100) >= shorter.volume.saturating_mul(LONGER_EXPLAINS));
            if half && better {
                chosen = Some(fit);
            }
        }
        chosen
    }

    /// Applies the decay up to `at`, in whole steps.
    fn decay(&mut self, at: Timestamp) {
        let step = at.millis().div_euclid(STEP.get());
        let steps = self.decayed.map_or(0, |decayed| step.saturating_sub(decayed));
        self.decayed = Some(self.decayed.map_or(step, |decayed| decayed.max(step)));
        if steps >= STEPS_FORGOTTEN {
            *self = Self { decayed: self.decayed, ..Self::default() };
            return;
        }
        for _ in 0..steps {
            for slot in self.histograms.iter_mut().flatten() {
                *slot = fade(*slot);
            }
            self.total = fade(self.total);
            self.events = fade(self.events);
        }
    }
}

/// What fits, if it has been asked for since the last print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    NotAsked,
    Asked(Option<Fit>),
}

/// The best window of one histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fit {
    /// Length of the cycle in bins.
    bins: i64,
    /// First bin of the window.
    phase: i64,
    /// Volume in the window.
    volume: u128,
}

impl Fit {
    /// The window with the most volume, the earliest of equals.
    fn best(histogram: &[u128]) -> Option<Self> {
        let bins = i64::try_from(histogram.len()).ok().filter(|bins| *bins > 0)?;
        let mut running: u128 = histogram.iter().cycle().take(WINDOW).sum();
        let (mut phase, mut volume) = (0, running);
        // The window slides on by a bin: one leaves it, one joins.
        let slides = histogram.iter().zip(histogram.iter().cycle().skip(WINDOW));
        for (next, (leaves, joins)) in (1..histogram.len()).zip(slides) {
            running = running.saturating_sub(*leaves).saturating_add(*joins);
            if running > volume {
                (phase, volume) = (next, running);
            }
        }
        Some(Self { bins, phase: i64::try_from(phase).ok()?, volume })
    }
}

fn phase_of(bin: i64, bins: usize) -> usize {
    let length = i64::try_from(bins).unwrap_or(i64::MAX).max(1);
    usize::try_from(bin.rem_euclid(length)).unwrap_or(0)
}

fn fade(volume: u128) -> u128 {
    volume.saturating_mul(STEP_FACTOR) / MILLION
}

#[cfg(test)]
mod tests;
