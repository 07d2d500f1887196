//! The rate rules, one file each: a slice's rule and the market make quotes, before any bound or rounding.

pub(super) mod adaptive;
mod average;
mod best;
mod candle_high;
mod depth;
mod effective;
mod expected;
mod fixed;
mod frr;
mod quantile;
mod spread;

use crate::domain::{Amount, DailyRate, Days, IdleReason, OfferKind, Ratio, Rounding};

use super::others::Others;
use super::profile::{Quantity, RateRule, Slice};
use super::stats::Prospect;
use super::view::{Bounds, MarketView};

/// What a rule answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quote {
    /// How it is to be placed.
    pub(super) kind: OfferKind,
    /// Rate per day; for an FRR offer what it would earn now, delta included.
    pub(super) raw: DailyRate,
    /// The period that goes with it, from a rule that picks one; it counts where the slice has no period rule of its own.
    pub(super) period: Option<Days>,
    /// What is expected of it, from a rule that forecasts.
    pub(super) expected: Option<Prospect>,
    /// In as few offers as may be: what is hardly ever lent need not come back in parts.
    pub(super) whole: bool,
}

impl Quote {
    /// The same at another rate, of which nothing is forecast.
    pub(super) fn moved(self, raw: DailyRate) -> Self {
        Self { raw, expected: self.expected.filter(|_| raw == self.raw), ..self }
    }

    pub(super) const fn limit(raw: DailyRate) -> Self {
        Self { kind: OfferKind::Limit, raw, period: None, expected: None, whole: false }
    }
}

/// The quotes of a slice's rule for `rungs` offers, cheapest first: exactly `rungs` of them for a spread, else one. Depths
/// count `depth` times.
/// The adaptive rule cuts the money itself: it is asked by [`adaptive::parts`] and not here.
///
/// # Errors
/// The reason to hold when the rule has nothing to go by; there is never a default price.
pub(super) fn quotes(
    slice: &Slice,
    rungs: u16,
    depth: Ratio,
    market: &MarketView<'_>,
    others: &Others,
    bounds: &Bounds,
) -> Result<Vec<Quote>, IdleReason> {
    match slice.rate {
        RateRule::Fixed { at } => Ok(vec![fixed::quote(at, bounds.fee)]),
        RateRule::Frr { offset, placed } => {
            frr::quote(offset, placed, slice.allow_below_floor_after_match, market.frr).map(|quote| vec![quote])
        }
        RateRule::Depth { amount } => depth::quote(amount, depth, market, others).map(|quote| vec![quote]),
        RateRule::Spread { from, to, .. } => spread::quotes(from, to, rungs, depth, market, others),
        RateRule::Best { below, race_floor } => best::quote(below, race_floor, market, others).map(|quote| vec![quote]),
        RateRule::Quantile(quantile) => quantile::quote(quantile, market).map(|quote| vec![quote]),
        RateRule::Expected { of, window, least_chance } => {
            expected::quote(of, window, least_chance, market).map(|quote| vec![quote])
        }
        RateRule::CandleHigh { nth, candle, window, factor } => {
            let high = candle_high::High { nth, candle, window, factor };
            candle_high::quote(high, market, bounds.min_offer).map(|quote| vec![quote])
        }
        RateRule::Effective { window, hold, hits } => {
            effective::quote(window, hold, hits, market, bounds.min_offer).map(|quote| vec![quote])
        }
        RateRule::Average { short, long, factor } => {
            average::quote(short, long, factor, market, others).map(|quote| vec![quote])
        }
        RateRule::Adaptive => Err(IdleReason::StrategyHold),
    }
}

/// A depth in the lend entry's own currency, `factor` times what is written.
pub(super) fn depth_of(quantity: Quantity, factor: Ratio, market: &MarketView<'_>) -> Result<Amount, IdleReason> {
    let amount = quantity.resolve(Some(market.usd_price), Rounding::Down).ok_or(IdleReason::StaleData)?;
    Ok(amount.share(factor, Rounding::Down))
}
