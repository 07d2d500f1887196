//! `quantile`: a rank in the recent past.
//!
//! Of the trades: the rate that so much of the lent money was lent at or below, each candle's volume spread evenly over
//! its range. Of the candles: of the hours' highs, each hour counting once. Of the best offer: by how long it stood.
//! What bad prints are held within, and what is too little to say anything, stands in
//! [`History`](crate::strategy::stats::History).

use crate::domain::IdleReason;
use crate::strategy::profile::Quantile;
use crate::strategy::view::MarketView;

use super::Quote;

/// The rate at the rank.
///
/// # Errors
/// [`IdleReason::StaleData`] when too little of the window is known, or too little happened in it.
pub(super) fn quote(quantile: Quantile, market: &MarketView<'_>) -> Result<Quote, IdleReason> {
    let Quantile { rank, window, of } = quantile;
    market.history.quantile(market.now, of, rank, window).map(Quote::limit).ok_or(IdleReason::StaleData)
}
