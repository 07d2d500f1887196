//! `candle_high`: a part of the n-th highest high among the closed candles of a window.
//!
//! Once an interval the market pays its high, if only for a moment: an offer there is taken when such a moment comes
//! again. Only candles count in which at least one offer of the smallest size was lent; and a high that is far beyond
//! the median of the highs is a bad print, or a moment that no window makes likely to return, and is passed over.

use crate::domain::{Amount, IdleReason, Millis, Ratio, Rounding};
use crate::strategy::view::MarketView;

use super::Quote;

/// Which high, and what part of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct High {
    /// From the highest: at least 1.
    pub(super) nth: u16,
    /// Length of a candle.
    pub(super) candle: Millis,
    /// How far back.
    pub(super) window: Millis,
    /// What part of it.
    pub(super) factor: Ratio,
}

/// The part of the high; `lot` is the smallest offer.
///
/// # Errors
/// [`IdleReason::StaleData`] when the window is not known, or has fewer than `nth` candles that count.
pub(super) fn quote(high: High, market: &MarketView<'_>, lot: Amount) -> Result<Quote, IdleReason> {
    let highs = market.history.highs(market.now, high.candle, high.window, lot).ok_or(IdleReason::StaleData)?;
    let place = usize::from(high.nth).saturating_sub(1);
    let rate = highs.get(place).ok_or(IdleReason::StaleData)?;
    Ok(Quote::limit(rate.times(high.factor, Rounding::Down)))
}
