//! `average`: moving averages of the best offer of the others, short over long.
//!
//! While the short average is above the long one the market rises: the rate is the higher of the short average and the
//! best offer of the moment. Else it is the long average, which sits a dip out. Either times the factor. Averages are of
//! whole minutes, weighted by how long an offer stood; rates far from the window's median are held within reach of it.

use crate::domain::{IdleReason, Millis, Ratio, Rounding};
use crate::strategy::others::Others;
use crate::strategy::view::MarketView;

use super::Quote;

/// The higher of short average and best offer, or the long average; times `factor`.
///
/// # Errors
/// [`IdleReason::StaleData`] when the book shows no offer of anybody else, or too little of the window was seen.
pub(super) fn quote(
    short: Millis,
    long: Millis,
    factor: Ratio,
    market: &MarketView<'_>,
    others: &Others,
) -> Result<Quote, IdleReason> {
    let latest = others.best().ok_or(IdleReason::StaleData)?;
    let (short, long) = market.history.averages(market.now, short, long).ok_or(IdleReason::StaleData)?;
    let rate = if short > long { short.max(latest) } else { long };
    Ok(Quote::limit(rate.times(factor, Rounding::Down)))
}
