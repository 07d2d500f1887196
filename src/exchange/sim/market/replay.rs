//! Plays a recorded market back: levels from each book snapshot until the next, the highs and volumes of recorded hours,
//! the recorded FRR.
//!
//! What lies between is modelled: when in the hour the batches come and how they share its volume, what returns to the book
//! after a batch (the same snapshot's offers; a bid that was hit stays hit until the next snapshot), the depth beyond the 25
//! recorded levels (as much as the hour's volume must have found below its high), requests for longer periods, holds,
//! prices, and the FRR where none was recorded. Where candles stand without a book, the book is modelled on top of them.
//! Bids that recorded offers cross are ghosts ([`super::is_ghost`]). Pure: it is given texts, never files.

mod plan;
mod recording;

pub use plan::{Plan, plan_recordings};
pub use recording::{Recording, RecordingError};

use self::recording::{Candle, FrrPoint, Snapshot};
use super::model::{Guide, ModelledMarket};
use super::numbers::{amount, decimal, float, per_day, units};
use super::profile::MarketProfile;
use super::random::Random;
use super::{Background, Hold, Level, Move, Remaining};
use crate::domain::{Amount, BookSide, Currency, DailyRate, Days, Decimal, HOUR, Millis, Timestamp};

/// Stream of random numbers for what is made of an hour.
const HOURS: u64 = 4;
/// Share of an hour's volume that comes in batches (strategy.md 1.2; the rest are the prints between).
const BATCH_SHARE: f64 = 0.95;
/// Levels that stand for the depth beyond the recorded ones.
const DEEP_LEVELS: i32 = 6;
/// An FRR older than this is no longer the FRR.
const FRR_HOLDS: Millis = Millis::new(2 * HOUR.get());

/// A recorded market of one currency.
#[derive(Debug, Clone)]
pub struct ReplayedMarket {
    seed: u64,
    profile: MarketProfile,
    recording: Recording,
    end: Option<Timestamp>,
    /// Snapshots and FRR points already played.
    snapshot: usize,
    frr: usize,
    model: ModelledMarket,
    eaten: bool,
    now: Timestamp,
}

impl ReplayedMarket {
    /// Plays `recording` from `start` on. Where it begins later, its first snapshot holds from `start`.
    #[must_use]
    pub fn new(seed: u64, currency: Currency, recording: Recording, start: Timestamp) -> Self {
        let usual = MarketProfile::of(currency, Amount::whole(1));
        let anchor = recorded_anchor(&recording).unwrap_or(usual.anchor);
        // The recording has its own level and its own spikes.
        let profile = MarketProfile { anchor, level_sigma: 0.0, spikes: 0.0, ..usual };
        let snapshot = recording.book.partition_point(|one| one.at <= start).saturating_sub(1);
        let frr = recording.frr.partition_point(|one| one.at <= start).saturating_sub(1);
        let model = ModelledMarket::new(seed, profile.clone(), start);
        let end = recording.span().map(|span| span.to);
        Self { seed, profile, recording, end, snapshot, frr, model, eaten: false, now: start }
    }

    /// When the recording ended, once it has: from then on its last snapshot holds and all else is modelled.
    #[must_use]
    pub fn ended(&self) -> Option<Timestamp> {
        self.end.filter(|end| self.now >= *end)
    }

    /// The snapshot that holds: the one last played, or the first.
    fn holding(&self) -> Option<&Snapshot> {
        self.recording.book.get(self.snapshot.saturating_sub(1))
    }

    /// The candle of the hour in which `at` lies.
    fn candle(&self, at: Timestamp) -> Option<&Candle> {
        let after = self.recording.candles.partition_point(|candle| candle.opens <= at);
        let last = self.recording.candles.get(after.checked_sub(1)?)?;
        (at < last.opens.plus(HOUR)).then_some(last)
    }

    /// The recorded levels and the depth beyond them. `left` are the bids that still stand, when they matter.
    fn levels(&self, at: Timestamp, left: Option<&[Level]>) -> Vec<Level> {
        let Some(snapshot) = self.holding() else { return Vec::new() };
        let mut levels = snapshot.levels.clone();
        if let Some(left) = left {
            levels.retain_mut(|level| level.side == BookSide::Offers || still_bid(level, left));
        }
        levels.extend(self.deep(at, &snapshot.levels));
        levels
    }

    /// Levels between the dearest recorded two-day offer and the hour's high, as large as a batch must have found.
    fn deep(&self, at: Timestamp, levels: &[Level]) -> Vec<Level> {
        let two = || levels.iter().filter(|l| l.side == BookSide::Offers && l.period == Days::MIN);
        let dearest = two().map(|level| per_day(level.rate)).fold(0.0, f64::max);
        let (top, wanted) = match self.candle(at) {
            Some(candle) => (rate(candle.high), units(candle.volume) / 3.0),
            None => (self.profile.anchor * self.profile.reach.exp(), self.profile.demand * self.profile.batch_chance),
        };
        let missing = wanted - two().map(|level| units(level.amount)).sum::<f64>();
        if dearest <= 0.0 || top <= dearest || missing <= 0.0 {
            return Vec::new();
        }
        let part = |step: i32| (top / dearest).powf(f64::from(step) / f64::from(DEEP_LEVELS));
        let weight = f64::from(DEEP_LEVELS * (DEEP_LEVELS + 1) / 2);
        let deep = (1..=DEEP_LEVELS).map(|step| Level {
            side: BookSide::Offers,
            rate: decimal(dearest * part(step), 14),
            period: Days::MIN,
            count: 1,
            amount: amount(missing * f64::from(step) / weight),
        });
        deep.filter(|level| per_day(level.rate) > dearest).collect()
    }

    /// What is known of the step at `at`.
    fn guide(&self, at: Timestamp, remaining: &[Level]) -> Guide {
        let candle = self.candle(at);
        let batch = candle.map(|candle| self.batch(at, candle));
        let high = candle.map(|candle| candle.high);
        if self.recording.book.is_empty() {
            // A single print may be anything: lows of 1e-8 exist.
            let least = 0.3 * self.profile.anchor;
            let low = |candle: &Candle| rate(candle.open.min(candle.close)).max(least).min(rate(candle.high) / 1.05);
            let floor = candle.map(low);
            return Guide { floor, best: None, batch, high };
        }
        let of = |levels: &[Level]| {
            let offers = levels.iter().filter(|level| level.side == BookSide::Offers);
            offers.map(|level| per_day(level.rate)).min_by(f64::total_cmp)
        };
        let best = of(remaining).or_else(|| self.holding().and_then(|one| of(&one.levels)));
        let best = best.unwrap_or(self.profile.anchor);
        Guide { floor: Some(best), best: Some(best), batch, high }
    }

    /// How far and how much the batch of this third of the hour goes: the three share the hour's volume, and one of them, by
    /// lot, makes its high.
    fn batch(&self, at: Timestamp, candle: &Candle) -> (f64, f64) {
        let hour = u64::try_from(candle.opens.millis()).unwrap_or(0);
        let third = at.since(candle.opens).get().saturating_mul(3).div_euclid(HOUR.get());
        let mut random = Random::at(self.seed, HOURS, hour);
        let pick = random.between(0.0, 3.0).floor();
        let weights = [0, 1, 2].map(|_| random.lognormal(1.0, 0.6));
        let lower = [0, 1, 2].map(|_| (-0.12 * random.normal().abs()).exp());
        let of =
            |parts: [f64; 3]| parts.into_iter().zip(0_i64..).find(|(_, at)| *at == third).map_or(1.0, |(part, _)| part);
        let share = of(weights) / weights.iter().sum::<f64>();
        let high = rate(candle.high);
        let makes_high = (pick - float(third)).abs() < 0.5;
        let to = if makes_high { high } else { (high * of(lower)).max(rate(candle.close)).min(high) };
        (to, BATCH_SHARE * share * units(candle.volume))
    }

    /// The recorded FRR, where it is known at `at`.
    fn recorded_frr(&self, at: Timestamp) -> Option<&FrrPoint> {
        let played = self.recording.frr.get(..self.frr)?.last()?;
        (at.since(played.at) <= FRR_HOLDS).then_some(played)
    }

    fn next_snapshot(&self) -> Option<Timestamp> {
        self.recording.book.get(self.snapshot).map(|one| one.at)
    }

    fn next_frr(&self) -> Option<Timestamp> {
        self.recording.frr.get(self.frr).map(|one| one.at)
    }

    /// Plays what was recorded up to `at`.
    fn play(&mut self, at: Timestamp) -> Vec<Move> {
        let mut moves = Vec::new();
        let book = self.snapshot;
        let first = usize::from(book == 0 && !self.recording.book.is_empty());
        let due = self.recording.book.partition_point(|one| one.at <= at);
        self.snapshot = due.max(first).max(book);
        if self.snapshot > book {
            self.eaten = false;
            moves.push(Move::Levels(self.levels(at, None)));
        }
        let frr = self.frr;
        self.frr = self.recording.frr.partition_point(|one| one.at <= at).max(frr);
        if let Some(point) = self.recorded_frr(at).filter(|_| self.frr > frr) {
            moves.push(Move::Frr(point.frr));
            moves.extend(point.waiting.map(Move::FrrWaiting));
        }
        moves
    }
}

impl Background for ReplayedMarket {
    fn currency(&self) -> Currency {
        self.profile.currency
    }

    fn next(&self) -> Timestamp {
        let recorded = [self.next_snapshot(), self.next_frr()].into_iter().flatten().filter(|at| *at > self.now);
        recorded.fold(self.model.next(), Timestamp::min)
    }

    fn step(&mut self, remaining: Remaining<'_>) -> Vec<Move> {
        let at = remaining.now.max(self.next());
        self.now = at;
        let mut moves = self.play(at);
        if self.model.next() > at {
            return moves;
        }
        let guide = self.guide(at, remaining.levels);
        let (modelled, due) = self.model.advance(Remaining { levels: remaining.levels, now: at }, &guide);
        // What a batch ate comes back when the lenders look at the book again.
        if due.look && self.eaten {
            self.eaten = false;
            moves.push(Move::Levels(self.levels(at, Some(remaining.levels))));
        }
        self.eaten |= guide.best.is_some() && (due.batch.is_some() || modelled.iter().any(is_borrow));
        let known = self.recorded_frr(at).copied();
        moves.extend(modelled.into_iter().filter(|one| match one {
            Move::Frr(_) => known.is_none(),
            Move::FrrWaiting(_) => known.is_none_or(|point| point.waiting.is_none()),
            Move::Levels(_) | Move::Borrow { .. } | Move::UsdPrice(_) => true,
        }));
        moves
    }

    fn hold(&mut self, period: Days, rate: DailyRate) -> Hold {
        self.model.hold(period, rate)
    }
}

fn is_borrow(one: &Move) -> bool {
    matches!(one, Move::Borrow { .. })
}

/// A bid as far as it is still there.
fn still_bid(level: &mut Level, left: &[Level]) -> bool {
    let same = |l: &&Level| l.side == level.side && l.rate == level.rate && l.period == level.period;
    let Some(found) = left.iter().find(same) else { return false };
    level.amount = level.amount.min(found.amount);
    level.count = level.count.min(found.count).max(1);
    level.amount.is_positive()
}

fn rate(rate: DailyRate) -> f64 {
    per_day(Decimal::from_units(rate.units(), DailyRate::SCALE))
}

/// The usual lowest offer of the recording: the lower quartile of its books' best offers, else the median lower end of its
/// candles.
fn recorded_anchor(recording: &Recording) -> Option<f64> {
    let best = |one: &Snapshot| {
        let offers = one.levels.iter().filter(|level| level.side == BookSide::Offers);
        offers.map(|level| per_day(level.rate)).min_by(f64::total_cmp)
    };
    let mut lows: Vec<f64> = recording.book.iter().filter_map(best).collect();
    let mut part = 4;
    if lows.is_empty() {
        lows = recording.candles.iter().map(|candle| rate(candle.open.min(candle.close))).collect();
        part = 2;
    }
    lows.sort_by(f64::total_cmp);
    lows.get(lows.len() / part).copied()
}

#[cfg(test)]
mod tests;
