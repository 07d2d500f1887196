//! What is learned of one currency's market: from prints, book and candles to a decision, in memory of a fixed size.
//!
//! A print costs what it takes to sum it up; a fill event costs the buckets it hits; a decision is made once a cycle, just
//! before a batch, and holds until the next: in between the same market gives the same quote.

use crate::domain::{Amount, Book, Candle, CandleSeries, DailyRate, Days, HOUR, Millis, Print, SECOND, Timestamp};

use crate::strategy::others::{Others, best_of_others};

use super::batch_clock::{BatchClock, Window};
use super::bids::Bids;
use super::choice::{Asked, Waits};
use super::depth::{Trust, Volumes};
use super::events::{Event, Events, Lots};
use super::hold::HoldDays;
use super::level::Level;
use super::look::Seen;
use super::numbers::{days, fade, rate, span_days, units};
use super::parameters::{LOTS, PERIODS, Parameters};
use super::seeds::Seeds;
use super::wait::{BUCKETS, Wait, relative};

/// A decision for a batch is made this long before it opens: offers can still be moved then.
const BEFORE_BATCH: Millis = Millis::seconds(90);
/// Nobody watched for this long: the time does not count as waited.
const UNWATCHED: Millis = Millis::seconds(900);
/// The book's requests are looked at this often at most.
const LOOK_EVERY: Millis = Millis::seconds(10);
/// What is told of the past counts while less than this was watched.
const SEEDS_UNTIL: Millis = HOUR.times(2);
/// The count of a week, fading: its half-life in days is a week times the logarithm of two.
pub(super) const WEEK: f64 = 7.0;

/// The learned state of one currency's market.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    pub(super) parameters: Parameters,
    /// The buckets' relative rates.
    pub(super) grid: Vec<f64>,
    pub(super) lots: Option<Lots>,
    pub(super) events: Events,
    pub(super) level: Level,
    /// None before anything was watched.
    pub(super) waits: Option<Box<Waits>>,
    pub(super) volumes: [Volumes; PERIODS.len()],
    pub(super) trust: Trust,
    pub(super) bids: Bids,
    /// Mean over a month of what two-day offers yield per day, and when it was last told.
    pub(super) short: Option<(f64, f64)>,
    /// The long mean of yields and when it was worked out, days.
    pub(super) long_mean: Option<(f64, f64)>,
    /// Fill events, and those of a week, fading.
    pub(super) fills: f64,
    pub(super) week: f64,
    /// Days since 1970: watched since, last event, last tick.
    pub(super) since: Option<f64>,
    pub(super) last_event: f64,
    pub(super) looked: Option<Timestamp>,
    pub(super) seeds: Seeds,
    /// Seeds are taken until then; nothing before the first tick.
    pub(super) seeds_until: Option<Timestamp>,
    /// How long loans last, by the account that knows most of it.
    pub(super) lasting: HoldDays,
    pub(super) frozen: Option<Frozen>,
    /// An event was learned since then.
    pub(super) told: bool,
    /// What was asked of it since then.
    pub(super) asked: Asked,
    pub(super) queue: Option<Snapshot>,
    /// The best offer of others where hardly anything is lent, and when it was looked at.
    pub(super) dead: Option<(Timestamp, DailyRate)>,
    pub(super) probe: Option<Probe>,
}

/// The market as it was when it was last decided on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frozen {
    pub(super) at: Timestamp,
    pub(super) level: f64,
    pub(super) best: Option<f64>,
    /// The batch it was decided for.
    pub(super) batch: Option<Timestamp>,
    pub(super) cycle: f64,
}

/// The queue as it stood just before a batch.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Snapshot {
    /// Without our own offers.
    pub(super) queue: Others,
    pub(super) visible: DailyRate,
    pub(super) until: Timestamp,
}

/// What was forecast of a batch, to be held against what comes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Probe {
    pub(super) window: Window,
    pub(super) rate: f64,
    pub(super) depth: Option<f64>,
    pub(super) tape: f64,
}

impl Default for Learned {
    fn default() -> Self {
        Self::new(&Parameters::default())
    }
}

impl Learned {
    /// Knowing nothing.
    #[must_use]
    pub fn new(parameters: &Parameters) -> Self {
        Self {
            grid: (0..BUCKETS).map(|bucket| relative(bucket, parameters)).collect(),
            parameters: *parameters,
            lots: None,
            events: Events::default(),
            level: Level::default(),
            waits: None,
            volumes: Default::default(),
            trust: Trust::default(),
            bids: Bids::default(),
            short: None,
            long_mean: None,
            fills: 0.0,
            week: 0.0,
            since: None,
            last_event: 0.0,
            looked: None,
            seeds: Seeds::default(),
            seeds_until: None,
            lasting: HoldDays::prior(parameters),
            frozen: None,
            told: false,
            asked: Asked::default(),
            queue: None,
            dead: None,
            probe: None,
        }
    }

    /// The parameters it works with.
    #[must_use]
    pub const fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Own loans last so long, as far as is known.
    pub fn lasting(&mut self, holds: &HoldDays) {
        self.lasting.clone_from(holds);
    }

    /// One unit of the currency costs this many units of 1e-8 USD. Without it nothing is learned of fills.
    pub fn priced(&mut self, usd_price: Amount) {
        if usd_price.is_positive() {
            let new = self.lots.is_none();
            self.lots = Some(Lots::of(units(usd_price), &self.parameters));
            if new {
                self.sow();
            }
        }
    }

    /// Takes a public trade.
    pub fn told(&mut self, print: &Print, clock: &BatchClock) {
        if let Some(event) = self.lots.and_then(|lots| self.events.told(print, clock, lots)) {
            self.event(&event);
        }
    }

    /// Takes candles of the past: hourly ones of 2, 30 and 120 days are what a cold start begins with.
    pub fn candles(&mut self, series: CandleSeries, candles: &[Candle]) {
        if self.seeds.told(series, candles) {
            self.sow();
        }
    }

    /// Begins anew from the candles, unless there is something better: a memory, or the market itself.
    fn sow(&mut self) {
        let open = self.seeds_until.is_none_or(|until| self.looked.is_some_and(|looked| looked < until));
        if !open {
            return self.seeds.clear();
        }
        let Some(lots) = self.lots else { return };
        let events = self.seeds.events(lots, &self.parameters);
        let Some(first) = events.first() else { return };
        let start = days(first.at) - span_days(HOUR);
        (self.level, self.short, self.long_mean, self.frozen) = (Level::default(), None, None, None);
        (self.fills, self.week, self.last_event) = (0.0, 0.0, start);
        self.since = Some(start);
        self.waits = Some(Box::new(std::array::from_fn(|_| std::array::from_fn(|_| Wait::since(start)))));
        for event in &events {
            self.event(event);
        }
        if self.bids.is_new(&self.parameters) {
            self.bids.forget_seeds();
            for best in self.seeds.long_rates() {
                self.bids.seed(span_days(HOUR), best, &self.parameters);
            }
        }
    }

    /// How long own loans last, as far as the market was told.
    #[must_use]
    pub const fn lasts(&self) -> &HoldDays {
        &self.lasting
    }

    /// Learns from what a batch, a minute or an hour of candles says.
    fn event(&mut self, event: &Event) {
        self.told = true;
        let now = days(event.at);
        let Some([[Some(top), ..], ..]) = Some(event.filled).filter(|_| self.waits.is_some()) else {
            return self.fills_of_others(event, now);
        };
        let before =
            self.frozen.map(|frozen| frozen.level).or(self.level.beside(None, &self.parameters)).unwrap_or(top);
        self.hit(event, now, before);
        let clip = self.parameters.clip.exp();
        let near = |rate: f64| rate.clamp(before / clip, before * clip);
        let mean = event.mean.unwrap_or(top).min(top);
        self.level.told(now, near(top), near(mean), &self.parameters);
        self.fills += 1.0;
        self.week = self.week * fade(now - self.last_event, WEEK * std::f64::consts::LN_2) + 1.0;
        self.last_event = self.last_event.max(now);
        self.score(event);
    }

    /// An event that says nothing about two-day offers.
    fn fills_of_others(&mut self, event: &Event, now: f64) {
        if let Some(before) = self.frozen.map(|frozen| frozen.level) {
            self.hit(event, now, before);
        }
        self.score(event);
    }

    fn hit(&mut self, event: &Event, now: f64, before: f64) {
        let Some(waits) = &mut self.waits else { return };
        let clip = self.parameters.clip;
        for (tables, filled) in waits.iter_mut().zip(event.filled) {
            for (table, filled) in tables.iter_mut().zip(filled) {
                if let Some(filled) = filled {
                    let level = (filled / before).ln().clamp(-clip, clip).exp();
                    table.hit(now, level, &self.parameters);
                }
            }
        }
    }

    /// Holds the forecast of a batch against it.
    fn score(&mut self, event: &Event) {
        let Some(probe) = self.probe.filter(|probe| probe.window.opens <= event.at && event.at < probe.window.closes)
        else {
            return;
        };
        self.probe = None;
        let [[filled, ..], ..] = event.filled;
        self.batch_over(&probe, event.volume, filled.is_some_and(|filled| filled > probe.rate));
    }

    fn batch_over(&mut self, probe: &Probe, volumes: [f64; PERIODS.len()], filled: bool) {
        let (now, unit) = (days(probe.window.closes), self.unit());
        for (known, volume) in self.volumes.iter_mut().zip(volumes) {
            known.told(now, volume, unit, &self.parameters);
        }
        if let Some(depth) = probe.depth {
            self.trust.told(now, depth, probe.tape, filled, &self.parameters);
        }
    }

    pub(super) fn unit(&self) -> f64 {
        self.lots.map_or(1.0, |lots| lots.sizes.first().map_or(1.0, |smallest| units(*smallest)))
    }

    /// Time passes. The book must be one that can be relied on; while it is not, nobody watches and this is not called.
    /// `own` are our offers in it, as [`MarketView::own`](crate::strategy::MarketView::own): the market is the others.
    pub fn tick(&mut self, now: Timestamp, clock: &BatchClock, book: &Book, own: &[(DailyRate, Days, Amount)]) {
        self.watch(now);
        let ended = self.lots.and_then(|lots| self.events.pass(now, lots));
        if let Some(event) = &ended {
            self.event(event);
        }
        // A batch in which nothing was lent is one too.
        if let Some(probe) = self.probe.take_if(|probe| now >= probe.window.closes.plus(SECOND)) {
            self.batch_over(&probe, [0.0; PERIODS.len()], false);
        }
        if self.looked.is_none_or(|looked| now.since(looked) >= LOOK_EVERY) {
            self.bids.look(days(now), book, &self.parameters);
            self.looked = Some(now);
        }
        let window = clock.window(now);
        let next = window.filter(|window| window.opens > now && window.opens.since(now) <= BEFORE_BATCH);
        let best = best_of_others(book, own);
        self.look_at_dead(now, best);
        let seen = Seen { window, next, book, own, best: best.map(rate) };
        if self.is_due(now, &seen) {
            self.decide_anew(now, &seen);
        }
    }

    /// Opens the gaps at the first look; takes time out in which nobody watched.
    fn watch(&mut self, now: Timestamp) {
        let today = days(now);
        self.seeds_until.get_or_insert(now.plus(SEEDS_UNTIL));
        if self.seeds_until.is_some_and(|until| now >= until) {
            self.seeds.clear();
        }
        if self.waits.is_none() {
            self.since = Some(today);
            self.last_event = today;
            self.waits = Some(Box::new(std::array::from_fn(|_| std::array::from_fn(|_| Wait::since(today)))));
        }
        if let Some(gap) = self.looked.map(|looked| now.since(looked)).filter(|gap| *gap > UNWATCHED) {
            self.pause(span_days(gap));
        }
    }

    /// So many days were not watched.
    pub(super) fn pause(&mut self, gap: f64) {
        self.level.pause(gap);
        self.trust.pause(gap);
        self.volumes.iter_mut().for_each(|volumes| volumes.pause(gap));
        self.waits.iter_mut().flat_map(|waits| waits.iter_mut().flatten()).for_each(|wait| wait.pause(gap));
        self.bids.pause();
        self.last_event += gap;
        self.since = self.since.map(|since| since + gap);
        (self.frozen, self.queue, self.probe) = (None, None, None);
    }

    /// What was learned came from somewhere better than candles: they are not asked for any more.
    pub(super) fn remembered(&mut self) {
        self.seeds_until = Some(Timestamp::default());
    }

    /// Which lot classes there are, for whoever splits money: sizes up to which one class holds.
    #[must_use]
    pub fn sizes(&self) -> [Amount; LOTS] {
        self.lots.map_or([Amount::MAX; LOTS], |lots| lots.sizes)
    }
}

#[cfg(test)]
mod tests;
