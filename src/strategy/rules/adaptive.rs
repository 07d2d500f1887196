//! `adaptive`: the rate and the period that earn the most by what is learned of the market, of the book, of the requests
//! of borrowers, and of own loans.
//!
//! Money takes the rate that is best for its place: the first part what is best for a small lender, and only what is so
//! large that the market would feel it what is best behind that. The statistics are `stats`; here is what becomes of an
//! advice: parts of the money, each with its quote. Unlike the study (3.10), it quotes nothing while the market's stream is
//! stale, not even at a lower rate: what is stale is no price.

use crate::domain::{Amount, DailyRate, Days, IdleReason, Ratio, Rounding, Total};
use crate::strategy::others::Others;
use crate::strategy::profile::{PeriodRule, Slice};
use crate::strategy::split::{Sizes, whole_offers};
use crate::strategy::stats::{Advice, LOTS, Prospect, Terms};
use crate::strategy::view::{AdaptiveView, Bounds, MarketView};

use super::Quote;

/// Parts whose rates are no farther apart than this share are one: a step of the buckets.
const ONE_RATE: Ratio = Ratio::percent(2);
/// A dead currency is offered for this long, in one offer.
const DEAD_PERIOD: Days = Days::new(30);

/// What the rule answers: parts of the money with their quotes, cheapest first, and what was weighed, best first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::strategy) struct Parts {
    pub(in crate::strategy) parts: Vec<(Quote, Amount)>,
    pub(in crate::strategy) weighed: Vec<Prospect>,
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub(in crate::strategy) struct Asked<'a> {
    pub(in crate::strategy) slice: &'a Slice,
    /// Its place in the profile.
    pub(in crate::strategy) index: usize,
    pub(in crate::strategy) money: Amount,
    pub(in crate::strategy) sizes: Sizes,
    /// What may still be lent for more than two days, where `min_liquid` limits it.
    pub(in crate::strategy) room: Option<Amount>,
}

/// The parts of a slice's money.
///
/// # Errors
/// [`IdleReason::StaleData`] when nothing is learned yet and the book shows no offer of anybody else to stand beside.
pub(in crate::strategy) fn parts(
    asked: &Asked<'_>,
    market: &MarketView<'_>,
    others: &Others,
    bounds: &Bounds,
) -> Result<Parts, IdleReason> {
    let learned = market.adaptive.ok_or(IdleReason::StaleData)?;
    let ask = Asking { asked, bounds, learned, free_period: asked.slice.period == PeriodRule::Adaptive };
    let of_slice = |room: Amount| room.share(asked.slice.share, Rounding::Down);
    let term = of_slice(learned.term_room);
    let term = asked.room.map_or(term, |most| term.min(most));
    let mut room = Room { term, locked: of_slice(learned.long_room) };
    let mut answer = Parts::default();
    let mut size = Amount::ZERO;
    for part in cuts(asked.money, asked.sizes.least, learned.learned.sizes()) {
        size = size.checked_add(part).unwrap_or(Amount::MAX);
        let prospects = match ask.advice(size, part, room) {
            Advice::Decided(prospects) => prospects,
            other @ (Advice::Cold | Advice::Dead(_) | Advice::Silent(_)) => {
                // As much at a time was never lent: what is left of it stands beside the others.
                let quote = beside(&other, others)?;
                let long = quote.period.is_some_and(|period| ask.is_long(period));
                let fits = !long || part <= room.least();
                if long && fits {
                    room.take(part, true);
                }
                let period = if fits { quote.period } else { Some(Days::MIN) };
                answer.stand(Quote { period, ..quote }, part);
                continue;
            }
        };
        if answer.weighed.is_empty() {
            answer.weighed.clone_from(&prospects);
        }
        let Some(best) = prospects.first().copied() else { return Err(IdleReason::StrategyHold) };
        let locks = learned.learned.locks(&best);
        let long = if ask.is_long(best.period) { part.min(room.of(locks)) } else { Amount::ZERO };
        let (long, short) = whole_offers(part, long, asked.sizes.least);
        if long.is_positive() {
            room.take(long, locks);
            answer.add(best, long);
        }
        if short.is_positive() {
            match ask.next(best, size, short) {
                Some(next) => answer.add(next, short),
                None => answer.stand(beside(&Advice::Cold, others)?, short),
            }
        }
    }
    answer.few(bounds.max_offers);
    Ok(answer)
}

/// The money cut where the market would feel it: each part at least `least`.
fn cuts(money: Amount, least: Amount, sizes: [Amount; LOTS]) -> Vec<Amount> {
    let mut parts = Vec::new();
    let mut before = Amount::ZERO;
    for size in sizes.into_iter().take(LOTS - 1) {
        let part = size.less(before).min(money.less(before));
        if part >= least && money.less(before).less(part) >= least {
            parts.push(part);
            before = before.checked_add(part).unwrap_or(Amount::MAX);
        }
    }
    parts.push(money.less(before));
    parts
}

/// What may still be lent for long.
#[derive(Debug, Clone, Copy, Default)]
struct Room {
    /// By the period: what is not to stay liquid.
    term: Amount,
    /// Of that, for what is expected to take long, too.
    locked: Amount,
}

impl Room {
    fn least(self) -> Amount {
        self.term.min(self.locked)
    }

    /// For what `locks`, or is expected back soon.
    fn of(self, locks: bool) -> Amount {
        if locks { self.least() } else { self.term }
    }

    fn take(&mut self, amount: Amount, locks: bool) {
        self.term = self.term.less(amount);
        if locks {
            self.locked = self.locked.less(amount);
        }
    }
}

/// A question to what is learned.
struct Asking<'a> {
    asked: &'a Asked<'a>,
    bounds: &'a Bounds,
    learned: AdaptiveView<'a>,
    /// The rule picks the period; else it prices offers of two days.
    free_period: bool,
}

impl Asking<'_> {
    fn is_long(&self, period: Days) -> bool {
        period > self.learned.learned.long_period()
    }

    fn advice(&self, size: Amount, lot: Amount, room: Room) -> Advice {
        let longest = if !self.free_period {
            Days::MIN
        } else if room.term >= self.asked.sizes.least {
            self.bounds.max_period
        } else {
            self.bounds.max_period.min(self.learned.learned.long_period())
        };
        self.learned.learned.advise(&Terms {
            holds: self.learned.holds,
            longest,
            locks: room.locked >= self.asked.sizes.least,
            size,
            lot,
            standing: self.learned.standing.get(self.asked.index).copied().flatten(),
            bids: self.free_period && self.learned.bids,
            fee: self.bounds.fee,
        })
    }

    /// The best for what has no room to be lent for long.
    fn next(&self, best: Prospect, size: Amount, lot: Amount) -> Option<Prospect> {
        if !self.is_long(best.period) {
            return Some(best);
        }
        match self.advice(size, lot, Room::default()) {
            Advice::Decided(prospects) => prospects.first().copied(),
            Advice::Cold | Advice::Dead(_) | Advice::Silent(_) => None,
        }
    }
}

/// Where there is nothing to weigh: one tick before the cheapest offer of the others.
fn beside(advice: &Advice, others: &Others) -> Result<Quote, IdleReason> {
    let before = |best: DailyRate| best.checked_sub(DailyRate::TICK).unwrap_or(best);
    let (raw, period) = match advice {
        Advice::Silent(rate) => (*rate, Days::MIN),
        Advice::Dead(best) => (before(*best), DEAD_PERIOD),
        Advice::Cold | Advice::Decided(_) => (others.best().map(before).ok_or(IdleReason::StaleData)?, Days::MIN),
    };
    Ok(Quote { period: Some(period), whole: matches!(advice, Advice::Dead(_)), ..Quote::limit(raw) })
}

impl Parts {
    /// Adds a part of which nothing is forecast, to one at the same quote.
    fn stand(&mut self, quote: Quote, amount: Amount) {
        match self.parts.iter_mut().find(|(other, _)| *other == quote) {
            Some((_, sum)) => *sum = sum.checked_add(amount).unwrap_or(Amount::MAX),
            None => self.parts.push((quote, amount)),
        }
    }

    /// Adds a part; to one that stands at nearly the same rate, at the lower of both.
    fn add(&mut self, prospect: Prospect, amount: Amount) {
        let quote = Quote { period: Some(prospect.period), expected: Some(prospect), ..Quote::limit(prospect.rate) };
        let near = |other: &Quote| {
            let (low, high) = (other.raw.min(quote.raw), other.raw.max(quote.raw));
            let step = low.times(ONE_RATE, Rounding::Up);
            let same = other.expected.map(|expected| expected.hit) == Some(prospect.hit);
            same && other.period == quote.period && low.checked_add(step).is_some_and(|limit| high <= limit)
        };
        match self.parts.iter_mut().find(|(other, _)| near(other)) {
            Some((other, sum)) => {
                *sum = sum.checked_add(amount).unwrap_or(Amount::MAX);
                if quote.raw < other.raw {
                    *other = quote;
                }
            }
            None => self.parts.push((quote, amount)),
        }
    }

    /// No more parts than offers are allowed: the longest and dearest join the shortest and cheapest.
    fn few(&mut self, most: u16) {
        let most = usize::from(most.max(1));
        if self.parts.len() <= most {
            return;
        }
        self.parts.sort_by_key(|(quote, _)| (quote.period, quote.raw));
        let rest: Amount = self.parts.drain(most..).map(|(_, amount)| amount).sum::<Total>().clamp_amount();
        if let Some((_, sum)) = self.parts.first_mut() {
            *sum = sum.checked_add(rest).unwrap_or(Amount::MAX);
        }
    }
}

#[cfg(test)]
mod tests;
