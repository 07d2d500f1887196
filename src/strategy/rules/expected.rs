//! `expected`: the rate that is worth the most times its chance, by what was seen in the recent past.
//!
//! Of what [`quantile`](super::quantile) ranks, the part at a rate or above it is that rate's chance: at the rank of 70 %
//! it is 30 %. A dearer rate with half the chance must pay twice as much. Only rates with the least chance that the user
//! asks for come into question. What became of our own offers does not count: they are too few to tell.

use crate::domain::{DailyRate, IdleReason, Millis, Ratio};
use crate::strategy::stats::QuantileOf;
use crate::strategy::view::MarketView;

use super::Quote;

/// From one rank to the next that is tried.
const STEP: i64 = Ratio::percent(5).ppm();

/// The rate with the largest product of rate and chance, among those with at least `least_chance`.
///
/// # Errors
/// [`IdleReason::StaleData`] as for a quantile.
pub(super) fn quote(
    of: QuantileOf,
    window: Millis,
    least_chance: Ratio,
    market: &MarketView<'_>,
) -> Result<Quote, IdleReason> {
    let seen = market.history.by_rank(market.now, of, window).ok_or(IdleReason::StaleData)?;
    best(least_chance, |rank| seen.at(rank)).map(Quote::limit).ok_or(IdleReason::StaleData)
}

/// The best of the rates at the ranks 0 %, 5 %, 10 % … that leave `least_chance`; the lowest of equals.
fn best(least_chance: Ratio, at: impl Fn(Ratio) -> Option<DailyRate>) -> Option<DailyRate> {
    let mut found: Option<(DailyRate, i128)> = None;
    let mut rank = 0_i64;
    while rank <= least_chance.complement().ppm() {
        let rank_now = Ratio::from_ppm(rank);
        let rate = at(rank_now)?;
        let worth = i128::from(rate.units()) * i128::from(rank_now.complement().ppm());
        if found.is_none_or(|(_, most)| worth > most) {
            found = Some((rate, worth));
        }
        rank = rank.saturating_add(STEP);
    }
    found.map(|(rate, _)| rate)
}

#[cfg(test)]
mod tests;
