//! `take_bids`: borrowers' bids that pay enough are met at their own rate and period.
//!
//! A bid that an offer in the book could serve and did not is a ghost: had it been real it would have matched. So no bid is
//! believed at or above the cheapest offer of another lender for its period or longer. Our own offers prove nothing, for
//! they may be on their way out; that one of them stood against a bid and was not taken is what the engine remembers and
//! hands in.

use crate::domain::{Amount, DailyRate, Days, Rounding};

use super::modifiers::BidWorth;
use super::others::Others;
use super::past::Past;
use super::period::accepts;
use super::price::{Range, near};
use super::profile::Slice;
use super::split::Sizes;
use super::view::{Bounds, MarketView};

/// Bids that are met at a time: more would be stale by the time the first is taken.
const AT_ONCE: usize = 3;

/// A bid that is to be met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Met {
    /// Rate per day, in the exchange's digits, never above the bid's.
    pub(super) rate: DailyRate,
    /// The bid's period.
    pub(super) period: Days,
    /// How much, at most what it asks for.
    pub(super) amount: Amount,
}

/// A slice that looks for bids.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seeking<'a> {
    pub(super) slice: &'a Slice,
    /// What its rate rule asks for, per day.
    pub(super) rule: DailyRate,
    pub(super) money: Amount,
    pub(super) bounds: &'a Bounds,
    /// Between which rates it may lend.
    pub(super) range: Range,
    pub(super) past: &'a Past,
}

/// The bids that the slice takes with its money, dearest first.
#[must_use]
pub(super) fn met(seeking: &Seeking<'_>, market: &MarketView<'_>, others: &Others) -> Vec<Met> {
    let Seeking { slice, rule, money, bounds, range, past } = *seeking;
    let Some(take) = slice.modifiers.take_bids else { return Vec::new() };
    let worth = match take.at_least {
        BidWorth::Rule => rule,
        BidWorth::Rate(spec) => spec.gross(bounds.fee),
    };
    let sizes = Sizes::of(bounds);
    let most = AT_ONCE.min(usize::from(bounds.max_offers));
    let mut found: Vec<Met> = Vec::new();
    let (mut left, mut room) = (money, past.long_room);
    for (key, asked) in market.book.bids() {
        if found.len() >= most || key.rate < worth {
            break;
        }
        let (rate, period) = (key.rate.outbound(Rounding::Down), key.period);
        let believable = near(rate, market.frr) || near(rate, market.last);
        let pays = rate >= worth && range.allows(rate) && believable;
        let ghost = others.best_for(period).is_some_and(|offer| offer <= key.rate)
            || past.failed_bids.contains(&(rate, period))
            || found.iter().any(|met| (met.rate, met.period) == (rate, period));
        let suits = period >= Days::MIN && period <= bounds.max_period;
        if !pays || ghost || !suits || !accepts(&slice.period, rate, period, bounds.fee) {
            continue;
        }
        let long = if period > Days::MIN { room } else { None };
        let amount = left.min(asked).min(sizes.most).min(long.unwrap_or(Amount::MAX));
        // The last offer that is allowed is not spent on a part of the money: the rest would lie idle.
        let last = found.len().saturating_add(1) >= usize::from(bounds.max_offers);
        if amount < sizes.roomy() || (last && amount < left) {
            continue;
        }
        left = left.less(amount);
        room = room.map(|room| if period > Days::MIN { room.less(amount) } else { room });
        found.push(Met { rate, period, amount });
    }
    found
}

impl Range {
    /// True for a rate that the slice may lend at.
    fn allows(self, rate: DailyRate) -> bool {
        self.for_bids().limit(rate) == Ok(rate)
    }
}
