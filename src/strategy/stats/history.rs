//! The market's recent past, for the rules that look back: what two-day money was lent at, and what others asked.
//!
//! **Trades** are kept as candles in three layers: minutes for 12 hours, quarters of an hour for 7 days, hours for 30
//! days; some 2,100 candles, whatever happens. They count loans of exactly two days: the rules price the two-day offer,
//! and who borrowed for longer need not have wanted it (strategy.md 3.2). They are made of prints as they come, each
//! once, and of the exchange's own candles of the past ([`History::read`]), which also mend what was missed while the
//! stream was down. A question about a window takes the finest layer whose candles are few enough: minutes up to 3
//! hours, quarters up to 3 days, hours beyond. Borrowing comes in a batch of a minute every 20, so a quarter is mostly
//! one batch and little is lost. Candles that are still forming are never used.
//!
//! **Offers**: the cheapest two-day offer of others, weighted by how long it stood, as means of minutes for a day. No
//! exchange tells the past of its book, so this begins anew with every start.
//!
//! **Bad prints** (1e-8 or 7 % a day have been seen): rates are held within [`FAR`] times the window's own median,
//! by volume; a high beyond that does not count at all. Fewer than [`LEAST`] candles prove nothing.
//!
//! What is not known is not answered: neither an empty window, nor one that was neither read nor lived through.

mod layer;
mod offers;
mod rank;

use std::collections::BTreeSet;

use crate::domain::{
    Amount, Candle, CandleSeries, DAY, DailyRate, Days, HOUR, MINUTE, Millis, Print, Ratio, Rounding, Timestamp,
};

use layer::Layer;
use offers::Offers;
use rank::{Points, Span, at_rank};

/// Rates are held within so many times the median.
const FAR: i64 = 5;
/// A window with fewer candles than this proves nothing.
const LEAST: usize = 3;
/// Ids of prints that are remembered: one trade is told of twice within seconds.
const IDS: usize = 2_048;
/// Longest windows that minutes, then quarters, answer.
const BY_MINUTES: Millis = HOUR.times(3);
const BY_QUARTERS: Millis = DAY.times(3);
/// Of the time of a window of offers at least this much must have been seen …
const SEEN: Ratio = Ratio::percent(15);
/// … but this is enough for any.
const SEEN_ENOUGH: Millis = MINUTE.times(30);

/// A quarter of an hour.
pub const QUARTER: Millis = MINUTE.times(15);

/// What a quantile is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QuantileOf {
    /// The money that was lent: each candle's volume, spread evenly over its range.
    Trades,
    /// The highs of the hours, each counting once.
    Candles,
    /// The best offer of others, by how long it stood.
    BestOffer,
}

impl QuantileOf {
    /// The shortest and the longest window that can be answered.
    #[must_use]
    pub const fn windows(self) -> (Millis, Millis) {
        match self {
            Self::Trades => (HOUR, DAY.times(30)),
            Self::Candles => (HOUR.times(6), DAY.times(30)),
            Self::BestOffer => (MINUTE.times(10), DAY),
        }
    }
}

/// One currency's past. Memory of a fixed size; a print takes constant time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    minutes: Layer,
    quarters: Layer,
    hours: Layer,
    offers: Offers,
    /// Ids of the latest prints; all up to the first are taken for known.
    ids: BTreeSet<i64>,
    ids_up_to: i64,
}

impl Default for History {
    fn default() -> Self {
        Self {
            minutes: Layer::new(MINUTE, HOUR.times(12)),
            quarters: Layer::new(QUARTER, DAY.times(7)),
            hours: Layer::new(HOUR, DAY.times(30)),
            offers: Offers::new(DAY),
            ids: BTreeSet::new(),
            ids_up_to: i64::MIN,
        }
    }
}

impl History {
    /// The candles that it wants read, with how many of each: the finest first. It knows what to do with no others.
    pub const SERIES: [(CandleSeries, u32); 3] =
        [(two_days(MINUTE), 12 * 60), (two_days(QUARTER), 7 * 24 * 4), (two_days(HOUR), 30 * 24)];

    /// The longest window that candles of `width` can answer, by [`History::highs`]: of a quarter, half an hour, an
    /// hour; none of other widths.
    #[must_use]
    pub fn longest(width: Millis) -> Option<Millis> {
        match width {
            QUARTER | HALF => Some(DAY.times(7)),
            HOUR => Some(DAY.times(30)),
            _ => None,
        }
    }

    /// Takes a print at market time `now`. True when it is new: of one trade both news may come, and a stream that
    /// comes back tells the last ones again.
    pub fn told(&mut self, now: Timestamp, print: &Print) -> bool {
        if print.id <= self.ids_up_to || !self.ids.insert(print.id) {
            return false;
        }
        if self.ids.len() > IDS
            && let Some(oldest) = self.ids.pop_first()
        {
            self.ids_up_to = oldest;
        }
        let good = print.rate.is_positive() && print.amount.is_positive() && print.period == Days::MIN;
        if good && self.minutes.add(now, print) {
            self.quarters.add(now, print);
            self.hours.add(now, print);
        }
        true
    }

    /// Takes candles that the exchange was asked for, oldest first, at market time `now`. An empty answer is one too:
    /// nothing was traded. Series that nobody here wants change nothing.
    pub fn read(&mut self, now: Timestamp, series: CandleSeries, candles: &[Candle]) {
        if series.from != Days::MIN || series.to != Days::MIN {
            return;
        }
        if series.width == MINUTE {
            self.minutes.read(now, candles);
            self.quarters.fold(now, &self.minutes);
            self.hours.fold(now, &self.minutes);
        } else if series.width == QUARTER {
            self.quarters.read(now, candles);
        } else if series.width == HOUR {
            self.hours.read(now, candles);
        }
    }

    /// From `now` on `best` is the cheapest two-day offer of others; nothing where that is not known.
    pub fn offered(&mut self, now: Timestamp, best: Option<DailyRate>) {
        self.offers.stands(now, best);
    }

    /// What was seen in the last `window`, by its rates: to ask for several ranks of it.
    #[must_use]
    pub fn by_rank(&self, now: Timestamp, of: QuantileOf, window: Millis) -> Option<Ranks> {
        let by = match of {
            QuantileOf::Trades => spread(self.layer(window), now, window).map(By::Spread),
            QuantileOf::Candles => {
                let known = self.hours.knows(now, window).then(|| self.hours.closed(now, window))?;
                let highs = Points::new(known.map(|candle| (candle.high, 1)));
                (highs.count() >= LEAST).then_some(By::Each(highs))
            }
            QuantileOf::BestOffer => {
                let minutes = self.seen(now, window)?;
                let held = Held::around(minutes.at(HALF_OF_IT)?);
                Some(By::Held(minutes, held))
            }
        };
        by.map(Ranks)
    }

    /// The rate at or below which `rank` of what was seen in the last `window` lies, to a tick.
    #[must_use]
    pub fn quantile(&self, now: Timestamp, of: QuantileOf, rank: Ratio, window: Millis) -> Option<DailyRate> {
        self.by_rank(now, of, window)?.at(rank)
    }

    /// The volume-weighted median of what was lent lately: in the last 6 hours, else (thin currencies) the last 3 days,
    /// else the last 30.
    #[must_use]
    pub fn median(&self, now: Timestamp) -> Option<DailyRate> {
        let windows = [HOUR.times(6), BY_QUARTERS, DAY.times(30)];
        windows.into_iter().find_map(|window| self.quantile(now, QuantileOf::Trades, HALF_OF_IT, window))
    }

    /// The highs of the closed candles of `width` in the last `window`, highest first, as far as they can be believed:
    /// of candles in which at least `lot` was lent, and not beyond five times the median of those highs. Nothing
    /// where the window is not known or has no candle of that width.
    #[must_use]
    pub fn highs(&self, now: Timestamp, width: Millis, window: Millis, lot: Amount) -> Option<Vec<DailyRate>> {
        let (_, believed) = self.believed(now, width, window, lot)?;
        let mut highs: Vec<DailyRate> = believed.into_iter().map(|(_, high)| high).collect();
        highs.sort_unstable_by(|one, other| other.cmp(one));
        (!highs.is_empty()).then_some(highs)
    }

    /// The high of every closed hour of the last `window`, oldest first; nothing for an hour that has none which counts
    /// by [`History::highs`]. Nothing at all where the window is not known.
    #[must_use]
    pub fn hourly(&self, now: Timestamp, window: Millis, lot: Amount) -> Option<Vec<Option<DailyRate>>> {
        let (begins, believed) = self.believed(now, HOUR, window, lot)?;
        let hours = usize::try_from(window.get().div_euclid(HOUR.get())).ok()?;
        let mut highs = vec![None; hours];
        for (index, high) in believed {
            let hour = usize::try_from(index.saturating_sub(begins)).ok();
            if let Some(place) = hour.and_then(|hour| highs.get_mut(hour)) {
                *place = Some(high);
            }
        }
        Some(highs)
    }

    /// The number of the first interval of `width` in the window, and those intervals whose high can be believed, oldest
    /// first.
    fn believed(
        &self,
        now: Timestamp,
        width: Millis,
        window: Millis,
        lot: Amount,
    ) -> Option<(i64, Vec<(i64, DailyRate)>)> {
        let layer = if width == HOUR { &self.hours } else { &self.quarters };
        let parts = width.get().checked_div(layer.width().get()).filter(|parts| *parts > 0)?;
        if !layer.knows(now, window) {
            return None;
        }
        // The running candle of `width` is left out as a whole, and so is what its window only touches.
        let ends = now.millis().div_euclid(width.get());
        let begins = ends.saturating_sub(window.get().div_euclid(width.get()));
        let mut candles: Vec<Candle> = Vec::new();
        let reach = window.plus(layer.width().times(parts));
        for part in layer.closed(now, reach) {
            let index = part.at.millis().div_euclid(width.get());
            if index < begins || index >= ends {
                continue;
            }
            let at = Timestamp::from_millis(index.saturating_mul(width.get()));
            match candles.last_mut().filter(|last| last.at == at) {
                Some(last) => layer::absorb(last, part),
                None => candles.push(Candle { at, ..*part }),
            }
        }
        candles.retain(|candle| candle.volume >= lot);
        let mut highs: Vec<DailyRate> = candles.iter().map(|candle| candle.high).collect();
        highs.sort_unstable_by(|one, other| other.cmp(one));
        let far = highs.get(highs.len() / 2).map(|median| DailyRate::from_units(median.units().saturating_mul(FAR)));
        candles.retain(|candle| far.is_some_and(|far| candle.high <= far));
        let index = |candle: &Candle| candle.at.millis().div_euclid(width.get());
        Some((begins, candles.iter().map(|candle| (index(candle), candle.high)).collect()))
    }

    /// The mean best offer of others over the last `short` and the last `long`, whole minutes only, weighted by time.
    #[must_use]
    pub fn averages(&self, now: Timestamp, short: Millis, long: Millis) -> Option<(DailyRate, DailyRate)> {
        let held = Held::around(self.seen(now, long)?.at(HALF_OF_IT)?);
        let mean = |span| mean(self.offers.closed(now, span).map(|(rate, seen)| (held.rate(rate), seen)));
        Some((mean(short)?, mean(long)?))
    }

    /// The minutes of the last `window` by their rates; nothing where too little was seen.
    fn seen(&self, now: Timestamp, window: Millis) -> Option<Points> {
        let seen: i64 = self.offers.closed(now, window).map(|(_, seen)| seen).sum();
        let share = i128::from(window.get()) * i128::from(SEEN.ppm()) / i128::from(Ratio::ONE.ppm());
        let enough = i128::from(seen) >= share.min(i128::from(SEEN_ENOUGH.get()));
        enough.then(|| Points::new(self.offers.closed(now, window)))
    }

    /// The layer that answers for a window.
    fn layer(&self, window: Millis) -> &Layer {
        if window <= BY_MINUTES {
            &self.minutes
        } else if window <= BY_QUARTERS {
            &self.quarters
        } else {
            &self.hours
        }
    }
}

const HALF: Millis = MINUTE.times(30);
const HALF_OF_IT: Ratio = Ratio::percent(50);

const fn two_days(width: Millis) -> CandleSeries {
    CandleSeries { width, from: Days::MIN, to: Days::MIN }
}

/// What was seen in a window, by its rates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranks(By);

#[derive(Debug, Clone, PartialEq, Eq)]
enum By {
    /// Money, spread over the ranges of candles.
    Spread(Vec<Span>),
    /// Each by itself.
    Each(Points),
    /// Each by itself, held within reach of the median.
    Held(Points, Held),
}

impl Ranks {
    /// The rate at or below which `rank` of it lies, to a tick.
    #[must_use]
    pub fn at(&self, rank: Ratio) -> Option<DailyRate> {
        match &self.0 {
            By::Spread(spans) => at_rank(spans, rank),
            By::Each(points) => points.at(rank),
            By::Held(points, held) => points.at(rank).map(|rate| held.rate(rate)),
        }
    }
}

/// A layer's candles, each volume spread evenly over the candle's range.
fn spread(layer: &Layer, now: Timestamp, window: Millis) -> Option<Vec<Span>> {
    if !layer.knows(now, window) {
        return None;
    }
    let closes = Points::new(layer.closed(now, window).map(|candle| (candle.close, candle.volume.units())));
    if closes.count() < LEAST {
        return None;
    }
    let held = Held::around(closes.at(HALF_OF_IT)?);
    let spread = |candle: &Candle| {
        let (low, high) = (candle.low.min(candle.high), candle.high.max(candle.low));
        Span::new(held.rate(low), held.rate(high), candle.volume.units())
    };
    Some(layer.closed(now, window).filter_map(spread).collect())
}

/// The mean of rates by their weights, rounded down.
fn mean(rates: impl Iterator<Item = (DailyRate, i64)>) -> Option<DailyRate> {
    let (mut sum, mut weight) = (0_i128, 0_i128);
    for (rate, part) in rates {
        sum = sum.saturating_add(i128::from(rate.units()).saturating_mul(i128::from(part)));
        weight = weight.saturating_add(i128::from(part));
    }
    i64::try_from(sum.checked_div(weight)?).ok().map(DailyRate::from_units)
}

/// Where rates are held against bad prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Held {
    least: DailyRate,
    most: DailyRate,
}

impl Held {
    fn around(median: DailyRate) -> Self {
        let least = median.times(Ratio::from_ppm(Ratio::ONE.ppm() / FAR), Rounding::Down);
        Self { least, most: DailyRate::from_units(median.units().saturating_mul(FAR)) }
    }

    fn rate(self, rate: DailyRate) -> DailyRate {
        rate.max(self.least).min(self.most)
    }
}

#[cfg(test)]
mod tests;
