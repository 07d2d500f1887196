//! `best`: the first place in the queue, just under the cheapest two-day offer of the others.
//!
//! Bots that undercut each other race to nothing, and a single slip at 1e-8 would take everybody along. So the rate never
//! falls under a share of what money was really lent at: the volume-weighted median of the last hours' trades
//! ([`History::median`](crate::strategy::stats::History::median)). Where the race has gone below, the offer stands at
//! that floor and is met when the racers are served.

use crate::domain::{DailyRate, IdleReason, Ratio, Rounding};
use crate::strategy::others::Others;
use crate::strategy::view::MarketView;

use super::Quote;

/// The best offer of the others less `below`, but at least `race_floor` of the median.
///
/// # Errors
/// [`IdleReason::StaleData`] when the book shows no offer of anybody else, or when no trades are known.
pub(super) fn quote(
    below: DailyRate,
    race_floor: Ratio,
    market: &MarketView<'_>,
    others: &Others,
) -> Result<Quote, IdleReason> {
    let best = others.best().ok_or(IdleReason::StaleData)?;
    let median = market.history.median(market.now).ok_or(IdleReason::StaleData)?;
    let under = best.checked_sub(below).ok_or(IdleReason::Deviation)?;
    Ok(Quote::limit(under.max(median.times(race_floor, Rounding::Up))))
}
