//! From a rule's rate to one that may leave: the slice's own bounds, the ceiling, the exchange's digits, the floor, and
//! a last look at whether the number can be believed.

use crate::domain::{DailyRate, Days, IdleReason, OfferKind, Ratio, Rounding};

use super::others::Others;
use super::period::period;
use super::profile::{Bound, Offset, Slice};
use super::rules::Quote;
use super::view::{Bounds, MarketView};

/// The exchange refuses FRR offers whose delta is larger than this part of the FRR (bitfinex-api.md 2.5).
const MAX_DELTA: Ratio = Ratio::percent(30);
/// A rate farther than this factor from both FRR and last trade is not believed (money rule 2).
const MAX_DEVIATION: i128 = 10;

/// A rate that may be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Priced {
    /// Limit or FRR with delta.
    pub(super) kind: OfferKind,
    /// As it would be sent: rate per day, or delta.
    pub(super) rate: DailyRate,
    /// What it would earn per day if matched now.
    pub(super) effective: DailyRate,
    /// What the rule itself answered.
    pub(super) raw: DailyRate,
    /// Its period.
    pub(super) period: Days,
}

/// Prices one quote: `at_least` lifts, `at_most` and the ceiling lower, then the digits, the floor, the deviation.
///
/// An FRR offer whose bound decides is placed as a limit offer at that bound: a bound is the number of the moment, and an
/// offer that went on following the FRR would leave it at the next hour. `days` is the period where it is settled already,
/// `range` that of the slice at this moment.
///
/// # Errors
/// [`IdleReason::BelowFloor`] or [`IdleReason::Deviation`].
pub(super) fn price(
    quote: &Quote,
    slice: &Slice,
    days: Option<Days>,
    market: &MarketView<'_>,
    bounds: &Bounds,
    range: Range,
) -> Result<Priced, IdleReason> {
    let (kind, rate, effective) = match follow(quote, market.frr, range) {
        Some((delta, effective)) => {
            range.above_floor(effective)?;
            (quote.kind, delta, effective)
        }
        None => range.limit(quote.raw).map(|rate| (OfferKind::Limit, rate, rate))?,
    };
    if !(near(effective, market.frr) || near(effective, market.last)) {
        return Err(IdleReason::Deviation);
    }
    // A bound that takes from the rate takes from what the rule lends for it: the long period was for the rule's rate.
    let picked = quote.period.filter(|_| effective >= quote.raw.outbound(Rounding::Down));
    let period = match days {
        Some(days) => days.min(bounds.max_period).max(Days::MIN),
        None => period(&slice.period, picked, effective, bounds.max_period, bounds.fee),
    };
    Ok(Priced { kind, rate, effective, raw: quote.raw, period })
}

/// Delta and effective rate of an offer that follows the FRR; nothing for a limit offer, or where a bound decides.
fn follow(quote: &Quote, frr: DailyRate, range: Range) -> Option<(DailyRate, DailyRate)> {
    let most = frr.times(MAX_DELTA, Rounding::Down).outbound(Rounding::Down);
    let least = match quote.kind {
        OfferKind::Limit => return None,
        OfferKind::FrrDeltaFixed => DailyRate::from_units(most.units().saturating_neg()),
        // The exchange takes no negative delta where the loan floats on (bitfinex-api.md 3.4).
        OfferKind::FrrDeltaVariable => DailyRate::ZERO,
    };
    let delta = quote.raw.checked_sub(frr)?.outbound(Rounding::Down).min(most).max(least);
    let effective = frr.checked_add(delta)?;
    (range.bounded(effective) == effective).then_some((delta, effective))
}

/// True when `rate` lies within a factor of ten of `reference`; never for a reference that is no rate.
pub(super) fn near(rate: DailyRate, reference: DailyRate) -> bool {
    let (rate, reference) = (i128::from(rate.units()), i128::from(reference.units()));
    reference > 0 && rate * MAX_DEVIATION >= reference && rate <= reference * MAX_DEVIATION
}

/// A bound as a rate per day; nothing is guessed where it cannot be told.
fn told(bound: Bound, market: &MarketView<'_>, others: &Others, fee: Ratio) -> Result<DailyRate, IdleReason> {
    match bound {
        Bound::Fixed(spec) => Ok(spec.gross(fee)),
        Bound::Frr(offset) => {
            let distance = match offset {
                Offset::Relative(ratio) => market.frr.times(ratio, Rounding::Down),
                Offset::Absolute(rate) => rate,
            };
            let rate = market.frr.checked_add(distance).filter(|_| market.frr.is_positive());
            rate.ok_or(IdleReason::StaleData)
        }
        Bound::Quantile(quantile) => {
            let rate = market.history.quantile(market.now, quantile.of, quantile.rank, quantile.window);
            rate.ok_or(IdleReason::StaleData)
        }
        Bound::Best { below, .. } => {
            others.best().and_then(|best| best.checked_sub(below)).ok_or(IdleReason::StaleData)
        }
    }
}

/// A slice's own bound, in the exchange's digits.
#[derive(Debug, Clone, Copy)]
struct Edge {
    rate: DailyRate,
    /// The part of a rate by which it moves it at most.
    within: Option<Ratio>,
    /// It follows the offers in the book, which every bid stands under.
    by_book: bool,
}

impl Edge {
    /// Rounded as asked; but what is to stand under the best offer is rounded down to there.
    fn of(bound: Bound, rate: DailyRate, rounding: Rounding) -> Self {
        match bound {
            Bound::Best { within, .. } => Self { rate: rate.outbound(Rounding::Down), within, by_book: true },
            Bound::Fixed(_) | Bound::Frr(_) | Bound::Quantile(_) => {
                Self { rate: rate.outbound(rounding), within: None, by_book: false }
            }
        }
    }

    /// `rate`, or this bound where it is near enough.
    fn moved(self, rate: DailyRate) -> DailyRate {
        let apart = self.rate.checked_sub(rate).map(DailyRate::abs);
        let near = self.within.is_none_or(|part| apart.is_some_and(|apart| apart <= rate.times(part, Rounding::Down)));
        if near { self.rate } else { rate }
    }
}

/// Between which rates an offer of this slice may stand, in the exchange's digits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    /// The gross floor as it was computed; above zero.
    exact_floor: DailyRate,
    /// The floor rounded up; at least one tick, so that nothing is ever lent for nothing.
    floor: DailyRate,
    /// `at_least`, rounded up.
    lowest: Option<Edge>,
    /// `at_most`, rounded down.
    highest: Option<Edge>,
    /// The ceiling, rounded down.
    ceiling: Option<DailyRate>,
}

impl Range {
    /// # Errors
    /// [`IdleReason::StaleData`] when a bound cannot be told.
    pub(super) fn of(
        slice: &Slice,
        market: &MarketView<'_>,
        others: &Others,
        bounds: &Bounds,
    ) -> Result<Self, IdleReason> {
        let edge = |bound: Option<Bound>, rounding| {
            let told = |bound| told(bound, market, others, bounds.fee).map(|rate| Edge::of(bound, rate, rounding));
            bound.map(told).transpose()
        };
        Ok(Self {
            exact_floor: bounds.floor.max(DailyRate::from_units(1)),
            floor: bounds.floor.outbound(Rounding::Up).max(DailyRate::TICK),
            lowest: edge(slice.at_least, Rounding::Up)?,
            highest: edge(slice.at_most, Rounding::Down)?,
            ceiling: bounds.ceiling.map(|rate| rate.outbound(Rounding::Down)),
        })
    }

    /// The same for bids.
    pub(super) fn for_bids(self) -> Self {
        let fixed = |edge: Option<Edge>| edge.filter(|edge| !edge.by_book);
        Self { lowest: fixed(self.lowest), highest: fixed(self.highest), ..self }
    }

    /// `at_least` lifts, `at_most` and the ceiling lower.
    fn bounded(self, rate: DailyRate) -> DailyRate {
        let lifted = self.lowest.map_or(rate, |edge| rate.max(edge.moved(rate)));
        let lowered = self.highest.map_or(lifted, |edge| lifted.min(edge.moved(lifted)));
        self.ceiling.map_or(lowered, |ceiling| lowered.min(ceiling))
    }

    /// The limit rate for `raw`. A rate at or above the floor that only rounding would push under it stands at the
    /// floor; one below the floor is not lifted: the floor is no price.
    pub(super) fn limit(self, raw: DailyRate) -> Result<DailyRate, IdleReason> {
        let bounded = self.bounded(raw);
        if bounded < self.exact_floor {
            return Err(IdleReason::BelowFloor);
        }
        // All bounds stand in the exchange's digits, so neither rounding down can pass under `lowest`, nor the floor,
        // which `bounded` has reached, over `highest`.
        Ok(bounded.outbound(Rounding::Down).max(self.floor))
    }

    fn above_floor(self, effective: DailyRate) -> Result<(), IdleReason> {
        if effective >= self.floor { Ok(()) } else { Err(IdleReason::BelowFloor) }
    }
}
