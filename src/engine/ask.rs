//! Asking the slices: who holds what, what each may have in offers, and what it wishes.

use std::borrow::Cow;

use crate::domain::{Amount, Currency, DAY, DailyRate, Days, IdleReason, Ratio, Rounding, Total};
use crate::planner::{LiveOffer, effective_rate};
use crate::strategy::{
    Answer, Bounds, MarketView, Others, Past, Profile, Slice, Trend, Wish, answer, keep_liquid, targets,
};

use super::account::Account;
use super::bounds::Caps;
use super::decide::Round;
use super::funding_wallet::Memories;
use super::policy::LendPolicy;

/// What the slices are asked with.
pub(super) struct Question<'a> {
    pub(super) lend: &'a LendPolicy,
    pub(super) caps: &'a Caps,
    pub(super) bounds: &'a Bounds,
    pub(super) view: &'a MarketView<'a>,
    /// Own offers, open, going and coming.
    pub(super) live: &'a [LiveOffer],
}

/// What is lent, by the slice that it counts against.
struct Held {
    /// In the profile's order.
    sums: Vec<Amount>,
    /// By period, in the same order.
    periods: Vec<Vec<(Days, Amount)>>,
    /// Of no slice: what is on its way, foreign, or not linked.
    unlinked: Total,
}

impl Round<'_> {
    /// Asks every slice what it wishes for its part of the money.
    pub(super) fn ask(&self, account: &Account, question: &Question<'_>, memories: &mut Memories) -> Vec<Answer> {
        let &Question { lend, caps, bounds, view, live } = question;
        let trend = lend.profile.asks_for_trend().then(|| Trend::of(view.history, view.now));
        let profile = trend.map_or(Cow::Borrowed(lend.profile.as_ref()), |trend| lend.profile.in_trend(trend));
        let profile = profile.as_ref();
        let held = self.held(account, profile);
        let shares = targets(profile, caps.base, &held.sums, held.unlinked.at_least_zero(), bounds.min_offer);
        memories.retain(|name, _| profile.slices.iter().any(|slice| slice.name == *name));
        let count = profile.slices.len();
        let offered: Total = live.iter().filter(|offer| offer.period > Days::MIN).map(|offer| offer.amount).sum();
        let mut room = self.long_room(account, lend).map(|room| room.minus_total(offered));
        let others = Others::of(view.book, view.own);
        let mut answers = Vec::with_capacity(profile.slices.len());
        for ((slice, money), periods) in profile.slices.iter().zip(&shares.slices).zip(held.periods) {
            let most = i64::from(bounds.max_offers).saturating_mul(slice.share.ppm()) / 1_000_000;
            let bounds = Bounds { max_offers: u16::try_from(most.max(1)).unwrap_or(1), ..*bounds };
            let memory = memories.entry(slice.name.clone()).or_default();
            memory.told(self.at, slice, money);
            // Its own offers may become what it wishes now.
            let own = long_offers(live, answers.len(), count);
            let long_room = room.map(|room| room.plus_total(own).at_least_zero());
            let past = Past { lent: periods, long_room, ..memory.past(self.at) };
            let answer = answer(slice, money.slice, money.free, view, &others, &bounds, &past);
            memory.answered(self.at, slice, &answer, live.iter().filter(|offer| offer.slice == Some(money.slice)));
            let more = long_wishes(&answer).minus_total(own).at_least_zero();
            room = room.map(|room| room.minus(more));
            answers.push(answer);
        }
        if let Some(first) = answers.first_mut() {
            first.held.push((IdleReason::Unallocated, shares.unallocated));
        }
        answers
    }

    /// Who holds what of the money that is lent.
    fn held(&self, account: &Account, profile: &Profile) -> Held {
        let slices = &profile.slices;
        let mut held = Held {
            sums: vec![Amount::ZERO; slices.len()],
            periods: vec![Vec::new(); slices.len()],
            unlinked: Total::ZERO,
        };
        let Some(wallet) = account.wallets.get(&self.currency) else { return held };
        held.unlinked = wallet.holdings.in_transit().plus_total(wallet.holdings.offered(|id| account.manages(id)).1);
        for out in wallet.lent() {
            let (period, amount) = (out.lent.period, out.lent.amount);
            // What a slice of another trend has lent counts against those that have a share now.
            let own = |slice: &Slice| slice.share > Ratio::ZERO && Some(&slice.name) == out.slice.as_ref();
            let slice = slices.iter().position(own);
            if let Some(sum) = slice.and_then(|slice| held.sums.get_mut(slice)) {
                *sum = sum.checked_add(amount).unwrap_or(Amount::MAX);
            } else {
                held.unlinked = held.unlinked.plus(amount);
            }
            for (place, periods) in held.periods.iter_mut().enumerate() {
                // Like its amount, the period of what is not linked counts by share.
                let share = slices.get(place).map_or(Ratio::ZERO, |slice| slice.share);
                match slice {
                    Some(own) if own == place => periods.push((period, amount)),
                    Some(_) => {}
                    None => periods.push((period, amount.share(share, Rounding::Down))),
                }
            }
        }
        held
    }

    /// What may be locked up for more than two days beside what is lent so; `None` where nothing limits it.
    fn long_room(&self, account: &Account, lend: &LendPolicy) -> Option<Total> {
        let (share, wallet) = (lend.min_liquid?, account.wallets.get(&self.currency)?);
        let allowed = wallet.holdings.balance.share(share.complement(), Rounding::Down);
        let soon = self.at.plus(DAY.times(2));
        let long = wallet.lent().filter(|out| out.lent.expires() > soon).map(|out| out.lent.amount);
        Some(Total::from(allowed).minus_total(long.sum()))
    }

    /// The wishes that are planned for: with `min_liquid`, what would lock up more than the rest is for two days. A slice's
    /// long offers that stand beyond its wishes may be taken too.
    pub(super) fn planned(
        &self,
        account: &Account,
        lend: &LendPolicy,
        answers: &[Answer],
        live: &[LiveOffer],
        bounds: &Bounds,
    ) -> Vec<Wish> {
        let wishes: Vec<Wish> = answers.iter().flat_map(|answer| answer.wishes.iter().cloned()).collect();
        let Some(room) = self.long_room(account, lend) else { return wishes };
        let beyond = |(slice, answer): (usize, &Answer)| {
            long_offers(live, slice, answers.len()).minus_total(long_wishes(answer)).at_least_zero()
        };
        let beyond: Total = answers.iter().enumerate().map(beyond).sum();
        // A loan that is told before its offer is told as filled is the same money.
        let twice = account.wallets.get(&self.currency).map_or(Total::ZERO, |wallet| wallet.holdings.told_twice());
        let beyond = beyond.minus_total(twice).at_least_zero();
        keep_liquid(wishes, room.minus(beyond), bounds)
    }
}

/// What an answer would lock up for more than two days.
fn long_wishes(answer: &Answer) -> Total {
    answer.wishes.iter().filter(|wish| wish.period > Days::MIN).map(|wish| wish.amount).sum()
}

/// What a slice's own offers would lock up; those of none are the first's, as in the planner.
fn long_offers(live: &[LiveOffer], slice: usize, slices: usize) -> Total {
    let of = |offer: &LiveOffer| offer.slice.filter(|slice| *slice < slices).unwrap_or(0);
    live.iter().filter(|offer| offer.period > Days::MIN && of(offer) == slice).map(|offer| offer.amount).sum()
}

impl Account {
    /// Own open offers by the rate that the book shows, so that a rule does not chase itself. Neither what is hidden nor
    /// what is on paper stands in the book.
    pub(super) fn own_levels(&self, currency: Currency, frr: DailyRate) -> Vec<(DailyRate, Days, Amount)> {
        let Some(wallet) = self.wallets.get(&currency) else { return Vec::new() };
        let resting = wallet.holdings.offers.values().map(|resting| &resting.offer);
        resting
            .filter(|offer| self.own.contains_key(&offer.id) && !offer.hidden)
            .map(|offer| (effective_rate(offer.kind, offer.rate, frr), offer.period, offer.amount))
            .collect()
    }
}

/// What the slices hold back for `reason` beyond what they have in offers already.
pub(super) fn held_back(answers: &[Answer], live: &[LiveOffer], reason: IdleReason) -> Amount {
    let mut total = Total::ZERO;
    for (slice, answer) in answers.iter().enumerate() {
        let held: Total = answer.held.iter().filter(|(why, _)| *why == reason).map(|(_, amount)| *amount).sum();
        let in_offers: Total = live.iter().filter(|offer| offer.slice == Some(slice)).map(|offer| offer.amount).sum();
        total = total.plus(held.minus_total(in_offers).at_least_zero());
    }
    total.at_least_zero()
}
