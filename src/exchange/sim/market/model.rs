//! The modelled market: lenders, borrowers, FRR and price of one currency, seeded and clockless.
//!
//! What it shows, after strategy.md section 1: a batch of borrowing every 20 minutes that sweeps the cheap end of the book,
//! and the crowd that undercuts itself back between batches; large lenders deeper down; few long offers; the standing
//! 120-day bid that switches between two rates, ghost bids; an FRR far above the market; a slow level, a within-day
//! component, spikes. The constants stand in `profile`, `climate`, `demand`, `hold`, `schedule` and in the two files of
//! this room, each with its source. It is no forecast: frequency of spikes and behaviour of bids in them are guesses.
//!
//! Inside, statistics are `f64`; amounts and rates leave as exact integers and decimals. The same seed and the same calls
//! give the same moves from the same binary. Every step draws from its own generators, so what lenders do changes the
//! book, never the weather, the batches or the holds that others draw.

mod alone;
mod bids;
mod line;
mod offers;

pub use self::alone::{Eaten, Passed};

use self::bids::Bids;
use self::line::Remains;
use self::offers::Offers;
use super::climate::{Climate, Conditions};
use super::demand::{self, Appetite};
use super::hold;
use super::numbers::{amount, daily, float, long_decimal};
use super::profile::MarketProfile;
use super::random::Random;
use super::schedule::{Due, Schedule};
use super::{Background, Hold, Level, Move, Remaining};
use crate::domain::{Currency, DAY, DailyRate, Days, Millis, Timestamp};

/// How long a market with a past has run: the longest usual window, and a day more.
const PAST: Millis = DAY.times(2);
/// Streams of random numbers: one for what happens to everybody, one for the book, one for holds.
const WEATHER: u64 = 1;
const BOOK: u64 = 2;
const HOLDS: u64 = 3;

/// What a recording knows of a step; the model does the rest. Rates per day.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Guide {
    /// Where undercutting ends.
    pub(super) floor: Option<f64>,
    /// The best offer of a recorded book, which then stands instead of the modelled one.
    pub(super) best: Option<f64>,
    /// How far a batch goes, and how much it takes.
    pub(super) batch: Option<(f64, f64)>,
    /// No two-day print above it.
    pub(super) high: Option<DailyRate>,
}

/// A modelled market of one currency.
#[derive(Debug, Clone)]
pub struct ModelledMarket {
    seed: u64,
    profile: MarketProfile,
    steps: u64,
    holds: u64,
    schedule: Schedule,
    climate: Climate,
    offers: Offers,
    bids: Bids,
    appetite: Appetite,
    batch_comes: bool,
    last_step: Timestamp,
    announced: bool,
}

impl ModelledMarket {
    /// A market that begins at `start`, at its usual level.
    #[must_use]
    pub fn new(seed: u64, profile: MarketProfile, start: Timestamp) -> Self {
        let seed = seed ^ currency_seed(profile.currency);
        let mut random = Random::at(seed, WEATHER, 0);
        let schedule = Schedule::new(start, &mut random);
        let climate = Climate::new(start, &mut random);
        let now = climate.conditions(&profile);
        let appetite = demand::appetite(&now, &profile, &mut random);
        let mut book = Random::at(seed, BOOK, 0);
        let bids = Bids::new(&now, &profile, &mut book);
        let offers = Offers::new(&now, &bids.lines(), &profile, &mut book);
        Self {
            seed,
            profile,
            steps: 0,
            holds: 0,
            schedule,
            climate,
            offers,
            bids,
            appetite,
            batch_comes: true,
            last_step: start,
            announced: false,
        }
    }

    /// A market that has run for two days when the exchange opens at `start`: its book is in order, and its tape holds
    /// what the rules that look back want to know.
    #[must_use]
    pub fn with_past(seed: u64, profile: MarketProfile, start: Timestamp) -> Self {
        Self::new(seed, profile, start.minus(PAST))
    }

    /// What is left of our levels becomes the state; unless they were never shown.
    fn notice(&mut self, levels: &[Level]) {
        if self.announced {
            let remains = Remains::new(levels);
            self.offers.notice(&remains);
            self.bids.notice(&remains);
        }
    }

    /// Lenders look at the book: some leave, some join, bids change.
    fn look(&mut self, now: &Conditions, at: Timestamp, random: &mut Random) {
        let since = self.schedule.since_batch(at);
        let hours = float(at.since(self.last_step).get().max(0)) / 3_600_000.0;
        self.bids.look(now, hours, &self.profile, random);
        let aim = aim(now, &self.appetite, since, random);
        self.offers.look(now, aim, since, &self.profile, random);
        self.offers.drop_crossed(&self.bids.lines());
        self.bids.show_ghosts(self.offers.best());
    }

    /// The levels, if they are not those that were shown last.
    fn announcement(&mut self) -> Option<Move> {
        let changed = self.offers.take_changed() | self.bids.take_changed();
        if !changed && self.announced {
            return None;
        }
        self.announced = true;
        Some(Move::Levels(self.offers.levels().chain(self.bids.levels()).collect()))
    }

    fn borrowers(&mut self, due: Due, now: &Conditions, guide: &Guide, random: &mut Random) -> Vec<Move> {
        let mut moves = Vec::new();
        if due.batch == Some(0) {
            self.batch_comes = random.chance(self.profile.batch_chance);
            self.appetite = demand::appetite(now, &self.profile, random);
            if let Some((to, volume)) = guide.batch {
                self.appetite = Appetite { from: self.appetite.from.min(to), to, volume };
                self.batch_comes = true;
            }
        }
        if let Some(part) = due.batch.filter(|_| self.batch_comes) {
            moves.extend(demand::batch(part, &self.appetite, random));
            if part == 0 {
                moves.extend(demand::longer(now, &self.profile, random));
            }
        } else if due.look {
            let best = guide.best.unwrap_or_else(|| self.offers.best());
            let batch_volume = guide.batch.map_or(self.profile.demand, |(_, volume)| volume);
            moves.extend(demand::between(best, batch_volume, now, &self.profile, random));
        }
        for one in &mut moves {
            if let (Move::Borrow { limit, period: Days::MIN, .. }, Some(high)) = (one, guide.high) {
                *limit = high.min(*limit);
            }
        }
        moves
    }

    /// What changes by the hour.
    fn hourly(&self) -> [Move; 3] {
        [
            Move::Frr(long_decimal(self.climate.frr(&self.profile))),
            Move::FrrWaiting(amount(self.climate.frr_waiting(&self.profile))),
            Move::UsdPrice(amount(self.climate.usd_price(&self.profile))),
        ]
    }

    /// One step, with what is known of it from a recording.
    pub(super) fn advance(&mut self, remaining: Remaining<'_>, guide: &Guide) -> (Vec<Move>, Due) {
        let at = remaining.now.max(self.schedule.next());
        self.steps = self.steps.saturating_add(1);
        let mut weather = Random::at(self.seed, WEATHER, self.steps);
        let mut book = Random::at(self.seed, BOOK, self.steps);
        let due = self.schedule.take(at, &mut weather);
        self.climate.advance(at, &self.profile, &mut weather);
        let mut now = self.climate.conditions(&self.profile);
        now.floor = guide.floor.unwrap_or(now.floor);
        let mut moves = Vec::new();
        if guide.best.is_none() {
            self.notice(remaining.levels);
            if due.look && self.announced {
                self.look(&now, at, &mut book);
            }
            moves.extend(self.announcement());
        }
        if due.hour {
            moves.extend(self.hourly());
        }
        moves.extend(self.borrowers(due, &now, guide, &mut weather));
        self.last_step = at;
        (moves, due)
    }
}

impl Background for ModelledMarket {
    fn currency(&self) -> Currency {
        self.profile.currency
    }

    fn next(&self) -> Timestamp {
        self.schedule.next()
    }

    fn step(&mut self, remaining: Remaining<'_>) -> Vec<Move> {
        self.advance(remaining, &Guide::default()).0
    }

    fn hold(&mut self, period: Days, rate: DailyRate) -> Hold {
        self.holds = self.holds.saturating_add(1);
        let mut random = Random::at(self.seed, HOLDS, self.holds);
        // Against the slow level of what two-day money costs, prints included: half the reach over the anchor.
        let level = self.climate.conditions(&self.profile).anchor * (self.profile.reach / 2.0).exp();
        let over = float(rate.units()) / float(daily(level).units());
        hold::draw(&mut random, period, over, self.profile.refinancing)
    }
}

/// Where the crowd wants the best offer so many seconds after a batch: the sawtooth of 1.2 (7.6 % just after, 6.3 % after
/// two minutes, 6.0 % after five, 5.5 % before the next).
fn aim(now: &Conditions, last: &Appetite, since_batch: i64, random: &mut Random) -> f64 {
    let seconds = float(since_batch);
    let gap = (last.to / now.floor).ln().max(0.0);
    let part = 0.72 * (-seconds / 40.0).exp() + 0.36 * (-seconds / 450.0).exp();
    now.floor * (gap * part + 0.015 * random.normal().abs()).exp()
}

/// Lets one seed give every currency its own market.
fn currency_seed(currency: Currency) -> u64 {
    currency
        .code()
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

#[cfg(test)]
mod calibration;
#[cfg(test)]
mod tests;
