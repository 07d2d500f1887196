//! `effective`: the hourly high that earns the most from the moment the money is free, the wait for it counted in.
//!
//! An offer at a dearer rate waits longer. Whoever had offered at a rate in some hour of the window would have waited
//! for the next hour whose high reached it; over all hours that makes a mean wait, and a loan that lasts so long then
//! earns `rate × hold / (wait + hold)` a day. The mean has its hours after the last hit in it, with the time that was
//! left: an offer there was still waiting, so the wait of what is reached seldom is told too short rather than too
//! long, which is why a rate counts only where enough hours reached it.

use std::collections::BTreeSet;

use crate::domain::{Amount, DailyRate, HOUR, IdleReason, Millis};
use crate::strategy::view::MarketView;

use super::Quote;

/// The high of the hours of `window` that earns the most where loans last `hold`; `lot` is the smallest offer.
///
/// # Errors
/// [`IdleReason::StaleData`] when the window is not known, or no rate was reached in `hits` hours.
pub(super) fn quote(
    window: Millis,
    hold: Millis,
    hits: u16,
    market: &MarketView<'_>,
    lot: Amount,
) -> Result<Quote, IdleReason> {
    let highs = market.history.hourly(market.now, window, lot).ok_or(IdleReason::StaleData)?;
    best(&highs, hold, usize::from(hits)).map(Quote::limit).ok_or(IdleReason::StaleData)
}

/// Of the highs, one an hour and oldest first, that which earns the most; the lower of two that earn the same.
///
/// The start hour counts as half an hour of waiting, each one after it as a whole: in half hours the starts before a hit
/// that ends a gap of g hours wait 1 + 3 + … = g², those after the last one 2 + 4 + … = t (t + 1). From the highest rate
/// down every hour cuts one gap in two, so all rates together take the time of sorting them.
pub(super) fn best(highs: &[Option<DailyRate>], hold: Millis, hits: usize) -> Option<DailyRate> {
    let hours = i64::try_from(highs.len()).ok()?;
    let mut by_rate: Vec<(DailyRate, i64)> =
        (0..hours).zip(highs).filter_map(|(hour, high)| Some(((*high)?, hour))).collect();
    by_rate.sort_unstable_by(|one, other| other.cmp(one));
    let mut reached: BTreeSet<i64> = BTreeSet::new();
    // Nothing reached yet: all hours stand after the last hit.
    let mut waited = tail(hours);
    let mut found: Option<(DailyRate, i128)> = None;
    for (place, (rate, hour)) in by_rate.iter().enumerate() {
        let before = reached.range(..hour).next_back().map_or(-1, |before| *before);
        let whole = reached.range(hour..).next().map_or_else(|| tail(hours - 1 - before), |after| gap(after - before));
        let rest = reached.range(hour..).next().map_or_else(|| tail(hours - 1 - hour), |after| gap(after - hour));
        waited += gap(hour - before) + rest - whole;
        reached.insert(*hour);
        let last_of_it = by_rate.get(place.saturating_add(1)).is_none_or(|(next, _)| next < rate);
        if !last_of_it || reached.len() < hits.max(1) {
            continue;
        }
        // The mean wait and the hold, both times the hours there are.
        let cycle = waited * i128::from(HOUR.get() / 2) + i128::from(hold.get()) * i128::from(hours);
        let pays = |rate: DailyRate, cycle: i128| i128::from(rate.units()).saturating_mul(cycle);
        if found.is_none_or(|(best, its_cycle)| pays(*rate, its_cycle) >= pays(best, cycle)) {
            found = Some((*rate, cycle));
        }
    }
    found.map(|(rate, _)| rate)
}

/// What the starts of a gap that ends with a hit wait, in half hours.
fn gap(hours: i64) -> i128 {
    i128::from(hours) * i128::from(hours)
}

/// What the starts after the last hit have waited by the end of the window, in half hours.
fn tail(hours: i64) -> i128 {
    i128::from(hours) * (i128::from(hours) + 1)
}

#[cfg(test)]
mod tests;
