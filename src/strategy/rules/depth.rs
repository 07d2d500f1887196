//! `depth`: the rate that lies a given amount deep in the offers of the other lenders.
//!
//! The queue before us is what a borrower's demand has to eat first: the deeper, the dearer and the later. Depth is
//! counted over the offers of the priced period, two days, and longer. Nothing is undercut.

use crate::domain::{IdleReason, Ratio};
use crate::strategy::others::Others;
use crate::strategy::profile::Quantity;
use crate::strategy::view::MarketView;

use super::{Quote, depth_of};

/// The rate `factor` times `amount` deep; the last visible one where the shown book is not that deep.
///
/// # Errors
/// [`IdleReason::StaleData`] when the book shows no offer of anybody else, or a dollar depth cannot be converted.
pub(super) fn quote(
    amount: Quantity,
    factor: Ratio,
    market: &MarketView<'_>,
    others: &Others,
) -> Result<Quote, IdleReason> {
    others.at_depth(depth_of(amount, factor, market)?).map(Quote::limit).ok_or(IdleReason::StaleData)
}
