//! Ranks: the rate at or below which a given part of a weight lies. Integers, no floats.

use crate::domain::{DailyRate, Ratio};

/// Binary digits behind the point while a weight is cut pro rata.
const SHIFT: u32 = 24;

/// A weight that lies evenly between two rates, or at one when they are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// Lower end in ticks.
    low: i64,
    /// Upper end in ticks.
    high: i64,
    /// Weight, shifted.
    weight: i128,
    /// Weight a tick, shifted; none at a single rate.
    density: i128,
}

impl Span {
    /// Two rates in any order, cut to whole ticks; nothing for a weight that is not positive.
    pub(super) fn new(one: DailyRate, other: DailyRate, weight: i64) -> Option<Self> {
        let tick = DailyRate::TICK.units();
        let (low, high) = (one.min(other).units().div_euclid(tick), one.max(other).units().div_euclid(tick));
        let width = i128::from(high).saturating_sub(i128::from(low));
        let weight = i128::from(Some(weight).filter(|weight| *weight > 0)?) << SHIFT;
        Some(Self { low, high, weight, density: if width > 0 { weight / width } else { 0 } })
    }

    /// The weight at or below `rate` ticks.
    fn below(&self, rate: i64) -> i128 {
        if rate >= self.high {
            self.weight
        } else if rate <= self.low {
            0
        } else {
            self.density * (i128::from(rate) - i128::from(self.low))
        }
    }
}

/// The lowest rate, to a tick, at or below which at least `rank` of the weight lies; nothing without weight. A rank of
/// 0 % is the lowest rate there is, one of 100 % the highest. Up to some thousand spans.
pub(super) fn at_rank(spans: &[Span], rank: Ratio) -> Option<DailyRate> {
    let total: i128 = spans.iter().map(|span| span.weight).sum();
    let wanted = total.saturating_mul(i128::from(rank.ppm()));
    let mut low = spans.iter().map(|span| span.low).min()?;
    let mut high = spans.iter().map(|span| span.high).max()?;
    while low < high {
        let middle = low + (high - low) / 2;
        let below: i128 = spans.iter().map(|span| span.below(middle)).sum();
        if below.saturating_mul(i128::from(Ratio::ONE.ppm())) >= wanted {
            high = middle;
        } else {
            low = middle.saturating_add(1);
        }
    }
    Some(DailyRate::from_units(low.saturating_mul(DailyRate::TICK.units())))
}

/// Weights that each lie at one rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Points {
    /// By rate.
    sorted: Vec<(DailyRate, i64)>,
    total: i128,
}

impl Points {
    /// Weights that are not positive are left out.
    pub(super) fn new(points: impl Iterator<Item = (DailyRate, i64)>) -> Self {
        let mut sorted: Vec<(DailyRate, i64)> = points.filter(|(_, weight)| *weight > 0).collect();
        sorted.sort_unstable();
        let total = sorted.iter().map(|(_, weight)| i128::from(*weight)).sum();
        Self { sorted, total }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.sorted.len()
    }

    /// The lowest rate at or below which at least `rank` of the weight lies.
    pub(super) fn at(&self, rank: Ratio) -> Option<DailyRate> {
        let wanted = self.total.saturating_mul(i128::from(rank.ppm()));
        let mut below = 0_i128;
        let reached = |(_, weight): &&(DailyRate, i64)| {
            below = below.saturating_add(i128::from(*weight));
            below.saturating_mul(i128::from(Ratio::ONE.ppm())) >= wanted
        };
        self.sorted.iter().find(reached).map(|(rate, _)| *rate)
    }
}
