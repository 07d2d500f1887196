//! `spread`: several offers at evenly spaced depths between two, cheapest first.

use crate::domain::{IdleReason, Ratio};
use crate::strategy::others::Others;
use crate::strategy::profile::Quantity;
use crate::strategy::split::between;
use crate::strategy::view::MarketView;

use super::{Quote, depth_of};

/// `rungs` quotes at evenly spaced depths from `from` to `to`, both included; a single one stands at the shallow end.
/// Rates never fall from rung to rung. Both depths are `factor` times what is written.
///
/// # Errors
/// As the `depth` rule.
pub(super) fn quotes(
    from: Quantity,
    to: Quantity,
    rungs: u16,
    factor: Ratio,
    market: &MarketView<'_>,
    others: &Others,
) -> Result<Vec<Quote>, IdleReason> {
    let (one, other) = (depth_of(from, factor, market)?, depth_of(to, factor, market)?);
    let (shallow, deep) = (one.min(other), one.max(other));
    (0..rungs)
        .map(|rung| others.at_depth(between(shallow, deep, rung, rungs)).map(Quote::limit).ok_or(IdleReason::StaleData))
        .collect()
}
