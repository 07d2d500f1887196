//! The rate rules, one file each: a slice's rule and the market make quotes, before any bound or rounding.

pub(super) mod adaptive;
mod depth;
mod fixed;
mod frr;
mod spread;

use crate::domain::{Amount, DailyRate, Days, IdleReason, OfferKind, Ratio, Rounding};

use super::others::Others;
use super::profile::{Quantity, RateRule, Slice};
use super::stats::Prospect;
use super::view::MarketView;

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
}

impl Quote {
    const fn limit(raw: DailyRate) -> Self {
        Self { kind: OfferKind::Limit, raw, period: None, expected: None }
    }
}

/// The quotes of a slice's rule for `rungs` offers, cheapest first: exactly `rungs` of them for a spread, else one.
/// The adaptive rule cuts the money itself: it is asked by [`adaptive::parts`] and not here.
///
/// # Errors
/// The reason to hold when the rule has nothing to go by; there is never a default price.
pub(super) fn quotes(
    slice: &Slice,
    rungs: u16,
    market: &MarketView<'_>,
    others: &Others,
    fee: Ratio,
) -> Result<Vec<Quote>, IdleReason> {
    match slice.rate {
        RateRule::Fixed { at } => Ok(vec![fixed::quote(at, fee)]),
        RateRule::Frr { offset, placed } => {
            frr::quote(offset, placed, slice.allow_below_floor_after_match, market.frr).map(|quote| vec![quote])
        }
        RateRule::Depth { amount } => depth::quote(amount, market, others).map(|quote| vec![quote]),
        RateRule::Adaptive => Err(IdleReason::StrategyHold),
        RateRule::Spread { from, to, .. } => spread::quotes(from, to, rungs, market, others),
    }
}

/// A depth in the lend entry's own currency.
fn depth_of(quantity: Quantity, market: &MarketView<'_>) -> Result<Amount, IdleReason> {
    quantity.resolve(Some(market.usd_price), Rounding::Down).ok_or(IdleReason::StaleData)
}
