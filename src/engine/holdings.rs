//! What is known of one account's money in one currency: wallet, offers, loans and credits, and what is in between.
//!
//! Two pictures are kept of the same thing: our own (offers + lent + what is on its way from one to the other) and the
//! exchange's (BALANCE − AVAILABLE). Limits measure against the larger, so that a message that is late, lost or doubled
//! can make money look busier than it is, never freer (money rules 1 and 9).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::remembered::Remembered;
use crate::domain::{
    ActionId, Amount, Change, FundingTrade, Lent, LentId, LentKind, LentStatus, Millis, Offer, OfferId, OfferStatus,
    SECOND, Timestamp, Total, Wallet,
};

/// A record that closed may appear in the other list within this time: then nothing was returned.
const MOVES_WITHIN: Millis = Millis::seconds(10);
/// Digits that rounding may have cost between the two pictures.
pub(super) const DUST: Amount = Amount::from_units(1_000);
/// A trade and the record it made agree to this (bitfinex-api.md 3.9).
const TRADE_SLACK_MS: i64 = 2_000;

/// An open offer as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resting {
    pub(super) offer: Offer,
    /// When the exchange last said that it is there, in market time.
    pub(super) seen: Timestamp,
    /// Partly filled, as far as anybody said.
    pub(super) partly: bool,
}

/// Lent money as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Out {
    pub(super) lent: Lent,
    pub(super) seen: Timestamp,
    /// The slice whose offer was taken, where a trade tells.
    pub(super) slice: Option<String>,
    /// The loan closed as used, and its credit has not come yet: still lent.
    pub(super) moving: bool,
}

/// A fill that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fill {
    pub(super) offer: Offer,
    pub(super) amount: Amount,
}

/// What one event changed, for notes and for the pace of decisions.
#[derive(Debug, Default)]
pub(super) struct Changed {
    pub(super) filled: Option<Fill>,
    pub(super) gone: Option<OfferId>,
    pub(super) freed: bool,
}

/// One currency's money of one account.
#[derive(Debug, Clone, Default)]
pub(super) struct Holdings {
    pub(super) balance: Amount,
    /// As the exchange last said; `None` while it has said nothing that counts.
    pub(super) available: Option<Amount>,
    pub(super) offers: BTreeMap<OfferId, Resting>,
    pub(super) lent: BTreeMap<LentId, Out>,
    closed_offers: Remembered<OfferId>,
    closed_lent: Remembered<LentId>,
    /// Offers that a reading did not show any more; unlike closed ones they may come back.
    vanished: Remembered<OfferId>,
    /// Closed a moment ago, not yet known whether returned or moved to the other list.
    leaving: Vec<(Lent, Option<String>, Timestamp)>,
    /// Fills seen less loans and credits seen, since the last reading: what is on its way between the two lists.
    transit: Total,
    /// Accepted submits that AVAILABLE may not reflect yet.
    unreflected: BTreeMap<ActionId, Amount>,
    /// Trades whose loan or credit has not been seen, with the slice.
    trades: VecDeque<(FundingTrade, String)>,
    trade_ids: Remembered<i64>,
}

impl Holdings {
    /// Sum of what borrowers hold.
    pub(super) fn lent_total(&self) -> Total {
        self.lent.values().map(|out| out.lent.amount).sum::<Total>()
    }

    /// Sum of what rests in offers, by whether it is one of `own`.
    pub(super) fn offered(&self, own: impl Fn(OfferId) -> bool) -> (Total, Total) {
        let mut sums = (Total::ZERO, Total::ZERO);
        for (id, resting) in &self.offers {
            let amount = resting.offer.amount;
            if own(*id) {
                sums.0 = sums.0.plus(amount);
            } else {
                sums.1 = sums.1.plus(amount);
            }
        }
        sums
    }

    /// What is on its way from offers to loans; never negative: a loan that came before its fill is counted twice.
    pub(super) fn in_transit(&self) -> Total {
        self.transit.max(Total::ZERO)
    }

    /// What counts in a loan and in its offer yet: the loan came before its fill.
    pub(super) fn told_twice(&self) -> Total {
        Total::ZERO.minus_total(self.transit).max(Total::ZERO)
    }

    /// Our own picture of what is committed.
    fn picture(&self) -> Total {
        // What is told of twice while it moves counts twice: then nothing new fits in its place.
        let certain = self.certain();
        certain.max(certain.minus_total(self.transit))
    }

    /// The least that is committed whatever comes late: a loan told of before its fill counts once.
    pub(super) fn certain(&self) -> Total {
        let offers: Total = self.offers.values().map(|resting| resting.offer.amount).sum();
        self.lent_total().plus_total(offers).plus_total(self.transit)
    }

    /// Submits that AVAILABLE may not reflect.
    pub(super) fn unreflected(&self) -> Total {
        self.unreflected.values().copied().sum()
    }

    /// The most that may be committed, by the larger of both pictures; without what is on its way to the exchange.
    pub(super) fn committed(&self) -> Total {
        let theirs = self
            .available
            .map_or(Total::ZERO, |available| Total::from(self.balance).minus(available))
            .plus_total(self.unreflected());
        self.picture().max(theirs)
    }

    /// What AVAILABLE allows, less what it does not reflect yet.
    pub(super) fn offerable(&self) -> Amount {
        self.available
            .map_or(Amount::ZERO, |available| Total::from(available).minus_total(self.unreflected()).at_least_zero())
    }

    /// BALANCE − AVAILABLE − offers − loans − credits: near zero when everything is known.
    pub(super) fn gap(&self) -> Option<Amount> {
        let available = self.available?;
        let known = self.picture().plus(available);
        Some(Total::from(self.balance).minus_total(known).clamp_amount())
    }

    /// A submit was accepted and its offer is in our picture: AVAILABLE as last told need not know of it, unless the
    /// stream was faster than the reply.
    pub(super) fn accepted(&mut self, action: ActionId, amount: Amount) {
        self.unreflected.insert(action, amount);
        if let Some(available) = self.available {
            self.reflected(available);
        }
    }

    /// Takes in a wallet row. A null AVAILABLE never overwrites a known number (bitfinex-api.md 6.3).
    pub(super) fn wallet(&mut self, wallet: &Wallet) -> Changed {
        let before = self.available;
        self.balance = wallet.balance;
        if let Some(available) = wallet.available {
            self.told_available(available);
        }
        Changed { freed: self.available > before, ..Changed::default() }
    }

    /// The exchange told AVAILABLE.
    pub(super) fn told_available(&mut self, available: Amount) {
        self.available = Some(available);
        self.reflected(available);
    }

    /// When the exchange's own picture covers everything that ours holds, nothing is unreflected any more.
    fn reflected(&mut self, available: Amount) {
        if Total::from(self.balance).minus(available).plus(DUST) >= self.picture() {
            self.unreflected.clear();
        }
    }

    /// Takes in an offer event.
    pub(super) fn offer(&mut self, at: Timestamp, change: Change, offer: &Offer) -> Changed {
        let mut changed = Changed::default();
        if self.closed_offers.contains(&offer.id) {
            return changed;
        }
        // What a reading has taken away was settled by it: its late event brings nothing new.
        let unknown = if self.vanished.contains(&offer.id) { offer.amount } else { offer.original };
        let before = self.offers.get(&offer.id).map_or(unknown, |resting| resting.offer.amount);
        let ended = change == Change::Closed || offer.status == OfferStatus::Executed;
        let filled = before.less(offer.amount);
        if filled.is_positive() {
            self.transit = self.transit.plus(filled);
            changed.filled = Some(Fill { offer: offer.clone(), amount: filled });
        }
        if ended {
            self.offers.remove(&offer.id);
            self.closed_offers.insert(offer.id);
            changed.gone = Some(offer.id);
            changed.freed = offer.amount.is_positive();
        } else if offer.amount.is_positive() {
            let partly = offer.amount < offer.original;
            self.offers.insert(offer.id, Resting { offer: offer.clone(), seen: at, partly });
        }
        changed
    }

    /// Takes in a loan or credit event.
    pub(super) fn lent(&mut self, at: Timestamp, change: Change, lent: &Lent) -> Changed {
        let mut changed = Changed::default();
        if self.closed_lent.contains(&lent.id) {
            return changed;
        }
        if change == Change::Closed || lent.status != LentStatus::Active {
            changed.freed = self.close_lent(at, lent);
        } else if lent.counts() {
            self.open_lent(at, lent);
        }
        changed
    }

    fn close_lent(&mut self, at: Timestamp, lent: &Lent) -> bool {
        self.closed_lent.insert(lent.id);
        let Some(mut out) = self.lent.remove(&lent.id) else { return false };
        if lent.status == LentStatus::ClosedUsed && lent.id.kind == LentKind::Loan {
            // Its credit has not been seen, else this record would have been replaced by it.
            out.moving = true;
            out.seen = at;
            self.lent.insert(lent.id, out);
            return false;
        }
        self.leaving.push((out.lent, out.slice, at));
        true
    }

    fn open_lent(&mut self, at: Timestamp, lent: &Lent) {
        if let Some(out) = self.lent.get_mut(&lent.id) {
            out.lent = lent.clone();
            out.seen = at;
            return;
        }
        // The same lending in the other list: it moved, nothing new was lent (bitfinex-api.md 7.4).
        let twin = self.lent.values().find(|out| out.lent.is_same_lending(lent)).map(|out| out.lent.id);
        let mut slice = None;
        if let Some(old) = twin.and_then(|id| self.lent.remove(&id)) {
            self.closed_lent.insert(old.lent.id);
            slice = old.slice;
        } else if let Some(place) = self.leaving.iter().position(|(left, ..)| left.is_same_lending(lent)) {
            slice = self.leaving.swap_remove(place).1;
        } else {
            self.transit = self.transit.minus(lent.amount);
        }
        let slice = slice.or_else(|| self.slice_of(lent));
        self.lent.insert(lent.id, Out { lent: lent.clone(), seen: at, slice, moving: false });
    }

    /// Takes in an execution of an offer that `slice` wished; links it to the record that it made.
    pub(super) fn trade(&mut self, trade: &FundingTrade, slice: Option<&str>) {
        if !self.trade_ids.insert(trade.id) {
            return;
        }
        let Some(slice) = slice else { return };
        let made = self.lent.values_mut().find(|out| out.slice.is_none() && made_by(trade, &out.lent));
        if let Some(out) = made {
            out.slice = Some(slice.to_owned());
            return;
        }
        self.trades.push_back((trade.clone(), slice.to_owned()));
        if self.trades.len() > 256 {
            self.trades.pop_front();
        }
    }

    fn slice_of(&mut self, lent: &Lent) -> Option<String> {
        let place = self.trades.iter().position(|(trade, _)| made_by(trade, lent))?;
        self.trades.remove(place).map(|(_, slice)| slice)
    }

    /// Records that closed long enough ago to know that their money came back.
    pub(super) fn returned(&mut self, at: Timestamp) -> Vec<Lent> {
        let (back, rest) = std::mem::take(&mut self.leaving)
            .into_iter()
            .partition::<Vec<_>, _>(|(_, _, closed)| at.since(*closed) >= MOVES_WITHIN);
        self.leaving = rest;
        back.into_iter().map(|(lent, ..)| lent).collect()
    }

    /// When [`Holdings::returned`] has something to tell.
    pub(super) fn returns_at(&self) -> Option<Timestamp> {
        self.leaving.iter().map(|(_, _, closed)| closed.plus(MOVES_WITHIN)).min()
    }

    /// True when something has been between the lists for longer than events take.
    pub(super) fn is_stuck(&self, at: Timestamp) -> bool {
        let waits = |out: &Out| out.moving && at.since(out.seen) > SECOND.times(30);
        self.lent.values().any(waits)
    }

    /// Replaces the picture by a reading that began at `started`. What was told since then stays (money rule 9).
    /// Answers the fills and the closings that nobody had told.
    pub(super) fn replace(&mut self, started: Timestamp, offers: &[Offer], lent: &[Lent]) -> (Vec<Fill>, Vec<OfferId>) {
        let mut fills = Vec::new();
        let mut gone = Vec::new();
        let listed: BTreeSet<OfferId> = offers.iter().map(|offer| offer.id).collect();
        let absent: Vec<OfferId> = self
            .offers
            .iter()
            .filter(|(id, resting)| !listed.contains(id) && resting.seen < started)
            .map(|(id, _)| *id)
            .collect();
        for id in absent {
            self.offers.remove(&id);
            self.vanished.insert(id);
            gone.push(id);
        }
        for offer in offers.iter().filter(|offer| !self.closed_offers.contains(&offer.id) && offer.amount.is_positive())
        {
            let known = self.offers.get(&offer.id);
            if known.is_some_and(|resting| resting.seen >= started) {
                continue;
            }
            if let Some(resting) = known.filter(|resting| resting.offer.amount > offer.amount) {
                let amount = resting.offer.amount.less(offer.amount);
                fills.push(Fill { offer: offer.clone(), amount });
            }
            let partly = offer.amount < offer.original;
            self.offers.insert(offer.id, Resting { offer: offer.clone(), seen: started, partly });
        }
        self.replace_lent(started, lent);
        (fills, gone)
    }

    fn replace_lent(&mut self, started: Timestamp, lent: &[Lent]) {
        let mut now: BTreeMap<LentId, Out> = BTreeMap::new();
        let closed = |id: &LentId| self.closed_lent.contains(id);
        let active: Vec<&Lent> = lent.iter().filter(|record| record.counts() && !closed(&record.id)).collect();
        for record in active {
            // A record that moved between two reads stands in both lists: it counts once, in the later one.
            if let Some(twin) = now.values().find(|out| out.lent.is_same_lending(record)).map(|out| out.lent.id) {
                now.remove(&twin);
            }
            let slice = self
                .lent
                .values()
                .find(|out| out.lent.id == record.id || out.lent.is_same_lending(record))
                .and_then(|out| out.slice.clone())
                .or_else(|| self.slice_of(record));
            now.insert(record.id, Out { lent: record.clone(), seen: started, slice, moving: false });
        }
        for (id, out) in std::mem::take(&mut self.lent) {
            let twin_listed = now.values().any(|other| other.lent.is_same_lending(&out.lent));
            if out.seen >= started && !twin_listed && (!self.closed_lent.contains(&id) || out.moving) {
                now.insert(id, out);
            } else if !now.contains_key(&id) && !twin_listed && !out.moving && !self.closed_lent.contains(&id) {
                self.leaving.push((out.lent, out.slice, started));
            }
        }
        self.lent = now;
        self.transit = Total::ZERO;
    }

    /// A reading added up: whatever was in doubt is settled by it.
    pub(super) fn adds_up(&mut self) {
        self.transit = Total::ZERO;
        self.unreflected.clear();
        self.trades.clear();
    }

    /// True when an offer has been seen to close.
    pub(super) fn has_closed(&self, offer: OfferId) -> bool {
        self.closed_offers.contains(&offer)
    }
}

/// The only link between a trade and the record it made: currency, period, amount and moment (bitfinex-api.md 3.9).
fn made_by(trade: &FundingTrade, lent: &Lent) -> bool {
    trade.amount == lent.amount
        && trade.period == lent.period
        && trade.at.since(lent.opened).get().abs() <= TRADE_SLACK_MS
}
