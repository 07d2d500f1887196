//! `spread`: several offers at evenly spaced depths between two, cheapest first.

use crate::domain::{Amount, IdleReason, Rounding};
use crate::strategy::others::Others;
use crate::strategy::profile::Quantity;
use crate::strategy::view::MarketView;

use super::{Quote, depth_of};

/// `rungs` quotes at evenly spaced depths from `from` to `to`, both included; a single one stands at the shallow end.
/// Rates never fall from rung to rung.
///
/// # Errors
/// As the `depth` rule.
pub(super) fn quotes(
    from: Quantity,
    to: Quantity,
    rungs: u16,
    market: &MarketView<'_>,
    others: &Others,
) -> Result<Vec<Quote>, IdleReason> {
    let (one, other) = (depth_of(from, market)?, depth_of(to, market)?);
    let (shallow, deep) = (one.min(other), one.max(other));
    (0..rungs)
        .map(|rung| others.at_depth(between(shallow, deep, rung, rungs)).map(Quote::limit).ok_or(IdleReason::StaleData))
        .collect()
}

/// The depth of `rung` of `rungs`.
fn between(shallow: Amount, deep: Amount, rung: u16, rungs: u16) -> Amount {
    let gaps = i64::from(rungs.saturating_sub(1).max(1));
    let span = deep.less(shallow);
    let way = span.scale_by(i64::from(rung), gaps, Rounding::Down);
    shallow.checked_add(way).unwrap_or(deep)
}
