//! Perfect foresight (strategy.md section 6): what one lot would have earned for someone who knew every event and what every
//! borrower needs.
//!
//! `V(n) = max(V(n+1), max over p, r of r d(n,p,r) + V(first event after the return and the redeploy time))`, with `d` the time for
//! which this event's borrower would have kept it, at the rates 1, 0.9, 0.8, 0.65 and 0.5 times the fill level, and every real
//! bid of the book that stood at the event. One lot keeps to one place of every event, as slots are the borrowers' own; the figure is
//! the mean of the first few places. It bounds a policy of the same fill model but for the grid of rates, and but for the luck of
//! meeting now this place and now that, which no policy can choose.
//!
//! It remembers every event and every change of the best bids: some hundred bytes each, 1 MB for a year of hourly candles and 25 for
//! one of modelled batches. Nothing else in a run grows with the tape but the earnings of the days.

use super::path::Path;
use crate::backtest::fill::{FillModel, demand, fill_level};
use crate::backtest::moment::{Moment, What};
use crate::backtest::numbers::{days, float, per_day};
use crate::backtest::venue::{MovingLevel, REDEPLOY, Terms, is_ghost};
use crate::domain::{BookSide, DailyRate, Days, HOUR, Millis, Timestamp};
use crate::exchange::sim::market::Need;

/// Periods that it offers, and rates against the fill level.
const PERIODS: [Days; 3] = [Days::MIN, Days::new(30), Days::MAX];
const RATES: [f64; 5] = [1.0, 0.9, 0.8, 0.65, 0.5];
/// Rates of a winsorised oracle are cut at so many times the median level of the last seven days.
const WINSOR: f64 = 5.0;
/// Places of an event, each of which is solved for by itself.
const PLACES: u32 = 3;
/// An event that pays less than this part of the level is nobody's wish who knows the next.
const POOR: f64 = 0.6;

/// What it may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Two-day offers.
    TwoDays,
    /// All periods, and bids.
    Full,
    /// The same, with rates cut at five times the usual level: where a spike dominates, the others mean nothing.
    Winsorised,
}

/// What foresight would have earned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Foresight {
    /// Percent a year, after the fee.
    pub net_apr: f64,
    /// Before it.
    pub gross_apr: f64,
}

/// An event as it is remembered.
#[derive(Debug, Clone, Copy)]
struct Chance {
    number: u64,
    /// An offer must have stood then.
    stood: Timestamp,
    at: Timestamp,
    /// Fill levels by period, per day; zero for none.
    levels: [f64; 3],
    /// Best real bids of 30 days at most, and of 120: rate per day and period.
    bids: [(f64, Days); 2],
    /// Where rates are cut.
    cap: f64,
}

/// The memory, and the foresight made of it.
#[derive(Debug)]
pub struct Oracle {
    terms: Terms,
    from: Timestamp,
    chances: Vec<Chance>,
    path: Path,
    level: MovingLevel,
    number: u64,
    bids: [(f64, Days); 2],
    bid_at: u64,
    week: std::collections::VecDeque<(Timestamp, f64)>,
    median: (Timestamp, f64),
}

impl Oracle {
    /// Remembers what happens from `from` on.
    #[must_use]
    pub fn new(terms: Terms, from: Timestamp) -> Self {
        Self {
            terms,
            from,
            chances: Vec::new(),
            path: Path::default(),
            level: MovingLevel::default(),
            number: 0,
            bids: [(0.0, Days::MIN); 2],
            bid_at: 0,
            week: std::collections::VecDeque::new(),
            median: (Timestamp::default(), f64::MAX),
        }
    }

    /// A moment.
    pub fn moment(&mut self, moment: &Moment) {
        let at = moment.at;
        match &moment.what {
            What::Event(event) => {
                self.number = self.number.saturating_add(1);
                self.seen(at, event.price);
                let demands = demand(self.terms.fills, event);
                let least = self.terms.least();
                let level = |period| fill_level(&demands, period, least).map_or(0.0, per_day);
                self.chance(event.opens.plus(event.grace), at, PERIODS.map(level));
            }
            What::Book(book) => {
                if let Some(since) = book.since {
                    self.number = self.number.saturating_add(1);
                    let offers = book.levels.iter().filter(|level| level.side == BookSide::Offers);
                    let best = offers.map(|level| level.key.rate).min();
                    self.seen(at, best);
                    if self.terms.fills == FillModel::Snapshot {
                        let stood = since.plus(Millis::new(10 * 60_000));
                        self.chance(stood, at, [best.map_or(0.0, per_day); 3]);
                    }
                }
                if book.real {
                    let best = |least: u16, most: u16| {
                        let bids = book.levels.iter().filter(|bid| bid.side == BookSide::Bids);
                        let bids = bids.filter(|bid| (least..=most).contains(&bid.key.period.get()));
                        let bids = bids.filter(|bid| !is_ghost(bid, &book.levels));
                        let best = bids.max_by_key(|bid| bid.key.rate);
                        best.map_or((0.0, Days::MIN), |bid| (per_day(bid.key.rate), bid.key.period))
                    };
                    let bids = [best(2, 30), best(31, 120)];
                    // A bid can be taken as soon as it is seen; the same one by the same borrower is the same chance.
                    if bids != self.bids || self.bid_at != self.number {
                        (self.bids, self.bid_at) = (bids, self.number);
                        self.chance(at, at, [0.0; 3]);
                    }
                }
            }
            What::Ticker(_) | What::Price(_) => {}
        }
    }

    fn seen(&mut self, at: Timestamp, price: Option<DailyRate>) {
        let Some(price) = price else { return };
        self.level.seen(at, price);
        let Some(level) = self.level.get() else { return };
        self.path.push(at, level);
        if self.week.back().is_none_or(|(last, _)| at.since(*last) >= HOUR) {
            self.week.push_back((at, level));
        }
        while self.week.front().is_some_and(|(first, _)| days(at.since(*first)) > 7.0) {
            self.week.pop_front();
        }
        if days(at.since(self.median.0)) >= 0.5 {
            let mut levels: Vec<f64> = self.week.iter().map(|(_, level)| *level).collect();
            levels.sort_by(f64::total_cmp);
            self.median = (at, levels.get(levels.len() / 2).copied().unwrap_or(f64::MAX));
        }
    }

    fn chance(&mut self, stood: Timestamp, at: Timestamp, levels: [f64; 3]) {
        let poor = self.level.get().unwrap_or(0.0) * POOR;
        let traded = levels.iter().any(|level| *level > 0.0);
        let bids = self.bids.map(|bid| if traded { (0.0, Days::MIN) } else { bid });
        let worth = levels.iter().chain(bids.iter().map(|(rate, _)| rate)).any(|rate| *rate > poor);
        if at >= self.from && worth {
            let cap = self.median.1 * WINSOR;
            self.chances.push(Chance { number: self.number, stood, at, levels, bids, cap });
        }
    }

    /// What foresight would have earned until `to`.
    #[must_use]
    pub fn solve(&self, to: Timestamp, reach: Reach) -> Foresight {
        let sum: f64 = (0..PLACES).map(|place| self.lot(to, reach, place)).sum();
        let length = days(to.since(self.from)).max(f64::MIN_POSITIVE);
        let gross = sum / f64::from(PLACES) / length * 36_500.0;
        let kept = 1.0 - float(self.terms.fee.ppm()) / 1e6;
        Foresight { net_apr: gross * kept, gross_apr: gross }
    }

    /// What one lot earns that meets the borrower of this place in every event, in rate × days.
    fn lot(&self, to: Timestamp, reach: Reach, borrower: u32) -> f64 {
        // Worth of being free from each chance on, in rate × days; backwards.
        let mut worth = vec![0.0_f64; self.chances.len().saturating_add(1)];
        for (place, chance) in self.chances.iter().enumerate().rev() {
            let mut best = worth.get(place.saturating_add(1)).copied().unwrap_or(0.0);
            if chance.at < to {
                best = best.max(self.best(chance, to, reach, &worth, borrower));
            }
            if let Some(slot) = worth.get_mut(place) {
                *slot = best;
            }
        }
        worth.first().copied().unwrap_or(0.0)
    }

    /// The best that can be made of a chance.
    fn best(&self, chance: &Chance, to: Timestamp, reach: Reach, worth: &[f64], borrower: u32) -> f64 {
        let mut best = 0.0_f64;
        let place = u64::from(borrower);
        let cut = |rate: f64| if reach == Reach::Winsorised { rate.min(chance.cap) } else { rate };
        let periods = if reach == Reach::TwoDays { 1 } else { PERIODS.len() };
        let need = Need::of(self.terms.seed, chance.number, place, false);
        for (period, level) in PERIODS.iter().zip(chance.levels).take(periods).filter(|(_, level)| *level > 0.0) {
            let longest = need.wanted.min(period.span());
            for part in RATES {
                let rate = cut(level) * part;
                let lasts = self.path.lasts(chance.at, rate, period.span(), &need, self.terms.refinancing);
                best = best.max(self.earn(chance.at, to, rate, lasts, worth));
                // Nobody keeps it for longer if it costs less.
                if lasts >= longest {
                    break;
                }
            }
        }
        if reach != Reach::TwoDays {
            let need = Need::of(self.terms.seed, chance.number, place, true);
            for (rate, period) in chance.bids.into_iter().filter(|(rate, _)| *rate > 0.0) {
                let rate = cut(rate);
                let lasts = self.path.lasts(chance.at, rate, period.span(), &need, self.terms.refinancing);
                best = best.max(self.earn(chance.at, to, rate, lasts, worth));
            }
        }
        best
    }

    /// Lends at `rate` for so long, and goes on from there.
    fn earn(&self, at: Timestamp, to: Timestamp, rate: f64, lasts: Millis, worth: &[f64]) -> f64 {
        let back = at.plus(lasts);
        let billed = if back >= to { to.since(at) } else { lasts.max(HOUR) };
        let free = back.plus(REDEPLOY);
        let next = self.chances.partition_point(|chance| chance.stood < free);
        rate * days(billed) + worth.get(next).copied().unwrap_or(0.0)
    }
}
