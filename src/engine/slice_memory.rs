//! What has to be remembered of a slice's money from one decision to the next: the strategies keep nothing themselves.
//!
//! How long its money has been free, how deep its depths are by now, from where its rate may fall, and which bids are
//! ghosts. Kept by account, currency and slice, forgotten when the slice goes. None of it is stored: after a restart all
//! money is new, depths are as written, and every bid is believed once more. What that costs is one decay, and a probe.

use std::collections::BTreeMap;

use crate::domain::{Amount, DailyRate, Days, HOUR, MINUTE, Millis, OfferKind, Ratio, SECOND, Timestamp, Total};
use crate::planner::{LiveOffer, Standing};
use crate::strategy::{Answer, FollowUse, Past, Slice, SliceMoney};

/// Money that comes back within this time was never really gone: a fill told of in two messages, a loan not linked yet.
const COMES_BACK: Millis = MINUTE;
/// Money that became free within this time of other money is as old.
const SAME_AGE: Millis = MINUTE;
/// So many ages are told apart; then the oldest become one.
const MOST_AGES: usize = 64;
/// Between two decisions the use of the money is believed for this long at most.
const USE_COUNTS: Millis = MINUTE.times(10);
/// A real bid takes an offer that meets it at once; after this time it has failed.
const PROBE_FAILS: Millis = SECOND.times(30);
/// A bid that has failed is not tried again for so long.
const GHOST_FOR: Millis = HOUR.times(6);

/// The rate and period of a bid, as an offer of ours would meet it.
type Bid = (DailyRate, Days);

/// One slice's memory.
#[derive(Debug, Clone, Default)]
pub(super) struct SliceMemory {
    ages: Ages,
    /// Since when its trend is away.
    away: Option<Timestamp>,
    depth: Depth,
    high: Option<(DailyRate, Timestamp)>,
    /// Bids that an offer of ours stands against, since when.
    probes: BTreeMap<Bid, Timestamp>,
    /// Bids that have failed, until when that counts.
    ghosts: BTreeMap<Bid, Timestamp>,
}

/// How long money has been free.
#[derive(Debug, Clone, Default)]
struct Ages {
    /// Since when, oldest first.
    free: Vec<(Timestamp, Amount)>,
    /// Lent a moment ago: when, and since when it had been free.
    lent: Vec<(Timestamp, Timestamp, Amount)>,
}

/// How deep the depths are, and how much of the money was lent in this cycle.
#[derive(Debug, Clone, Default)]
struct Depth {
    factor: Option<Ratio>,
    /// Begin of the cycle.
    since: Option<Timestamp>,
    /// The use of the money as of the last decision.
    told: Option<(Timestamp, Ratio)>,
    /// Use in parts per million times milliseconds.
    used: i128,
    /// Milliseconds that it sums over.
    over: i64,
}

impl SliceMemory {
    /// Takes in what the slice has now.
    pub(super) fn told(&mut self, at: Timestamp, slice: &Slice, money: &SliceMoney) {
        match slice.modifiers.decay {
            Some(_) if slice.share > Ratio::ZERO => {
                self.away = None;
                self.ages.told(at, money.free);
            }
            // While its trend is away it has no money. What it had is as old as it is if the trend is soon back.
            Some(_) if at.since(*self.away.get_or_insert(at)) < HOUR => {}
            Some(_) | None => self.ages = Ages::default(),
        }
        match &slice.modifiers.follow_use {
            Some(follow) => self.depth.told(at, follow, money.target, money.free),
            None => self.depth = Depth::default(),
        }
        if slice.modifiers.max_fall.is_none() {
            self.high = None;
        }
        self.ghosts.retain(|_, until| at < *until);
    }

    /// What the strategy is told of it.
    pub(super) fn past(&self, at: Timestamp) -> Past {
        Past {
            ages: self.ages.free.iter().map(|(since, amount)| (at.since(*since), *amount)).collect(),
            depth: self.depth.factor.unwrap_or(Ratio::ONE),
            high: self.high.map(|(rate, when)| (rate, at.since(when))),
            failed_bids: self.ghosts.keys().copied().collect(),
            ..Past::default()
        }
    }

    /// Takes in what the slice answered, and its own open offers.
    pub(super) fn answered<'a>(
        &mut self,
        at: Timestamp,
        slice: &Slice,
        answer: &Answer,
        live: impl Iterator<Item = &'a LiveOffer>,
    ) {
        if slice.modifiers.max_fall.is_some()
            && let Some(high) = answer.high
        {
            self.high = Some((high, at));
        }
        let stands: Vec<Bid> = live
            .filter(|offer| offer.standing == Standing::Open && offer.kind == OfferKind::Limit)
            .map(|offer| (offer.rate, offer.period))
            .collect();
        let meets = answer.wishes.iter().filter(|wish| wish.meets_bid).map(|wish| (wish.rate, wish.period));
        let open: Vec<Bid> = meets.filter(|bid| stands.contains(bid)).collect();
        self.probes.retain(|bid, _| open.contains(bid));
        for bid in open {
            let since = *self.probes.entry(bid).or_insert(at);
            if at.since(since) >= PROBE_FAILS {
                self.probes.remove(&bid);
                self.ghosts.insert(bid, at.plus(GHOST_FOR));
            }
        }
    }
}

impl Ages {
    /// So much is free now. What is lent is taken to be the oldest.
    fn told(&mut self, at: Timestamp, free: Amount) {
        self.lent.retain(|(when, ..)| at.since(*when) < COMES_BACK);
        let known: Total = self.free.iter().map(|(_, amount)| *amount).sum();
        self.frees(at, Total::from(free).minus_total(known).at_least_zero());
        self.lends(at, known.minus(free).at_least_zero());
    }

    fn frees(&mut self, at: Timestamp, mut amount: Amount) {
        while amount.is_positive() {
            let Some((when, since, lent)) = self.lent.pop() else {
                self.add(at, amount);
                break;
            };
            let back = lent.min(amount);
            self.add(since, back);
            amount = amount.less(back);
            if lent > back {
                self.lent.push((when, since, lent.less(back)));
            }
        }
    }

    fn add(&mut self, since: Timestamp, amount: Amount) {
        let place = self.free.partition_point(|(older, _)| *older <= since);
        let before = place.checked_sub(1).and_then(|before| self.free.get_mut(before));
        match before.filter(|(older, _)| since.since(*older) < SAME_AGE) {
            Some((_, sum)) => *sum = sum.checked_add(amount).unwrap_or(Amount::MAX),
            None => self.free.insert(place, (since, amount)),
        }
        while self.free.len() > MOST_AGES {
            let (_, oldest) = self.free.remove(0);
            if let Some((_, next)) = self.free.first_mut() {
                *next = next.checked_add(oldest).unwrap_or(Amount::MAX);
            }
        }
    }

    fn lends(&mut self, at: Timestamp, mut amount: Amount) {
        while amount.is_positive() {
            let Some((since, free)) = self.free.first_mut() else { break };
            let gone = amount.min(*free);
            self.lent.push((at, *since, gone));
            *free = free.less(gone);
            amount = amount.less(gone);
            if !free.is_positive() {
                self.free.remove(0);
            }
        }
    }
}

impl Depth {
    /// So much of the target is free now. Once a cycle the depths follow its use.
    fn told(&mut self, at: Timestamp, follow: &FollowUse, target: Amount, free: Amount) {
        if let Some((when, part)) = self.told {
            let span = at.since(when).min(USE_COUNTS).get().max(0);
            self.used = self.used.saturating_add(i128::from(part.ppm()).saturating_mul(i128::from(span)));
            self.over = self.over.saturating_add(span);
        }
        let lent = target.less(free);
        // An unknown use is none: without a target nothing is learned.
        self.told = target.is_positive().then(|| {
            let whole = i128::from(target.units());
            let ppm = i128::from(lent.units()).saturating_mul(i128::from(Ratio::ONE.ppm())) / whole;
            (at, Ratio::from_ppm(i64::try_from(ppm).unwrap_or(0)))
        });
        let since = *self.since.get_or_insert(at);
        if at.since(since) < follow.cycle {
            return;
        }
        if let Some(mean) = self.used.checked_div(i128::from(self.over)) {
            let change = if mean >= i128::from(follow.target.ppm()) {
                Ratio::ONE.ppm().saturating_add(follow.adjust.ppm())
            } else {
                Ratio::ONE.ppm().saturating_sub(follow.adjust.ppm())
            };
            let factor = self.factor.unwrap_or(Ratio::ONE).ppm().saturating_mul(change) / Ratio::ONE.ppm();
            let (least, most) = follow.within;
            self.factor = Some(Ratio::from_ppm(factor).min(most).max(least));
        }
        (self.since, self.used, self.over) = (Some(at), 0, 0);
    }
}

#[cfg(test)]
mod tests;
