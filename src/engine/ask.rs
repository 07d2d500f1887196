//! Asking the slices: who holds what, what each may have in offers, and what it wishes.

use crate::domain::{Amount, Currency, DAY, DailyRate, Days, IdleReason, Rounding, Total};
use crate::planner::{LiveOffer, Standing, effective_rate};
use crate::strategy::{Answer, Bounds, MarketView, Wish, answer, targets};

use super::account::Account;
use super::bounds::Caps;
use super::decide::Round;
use super::policy::LendPolicy;

impl Round<'_> {
    /// Asks every slice what it wishes for its part of the money.
    pub(super) fn ask(
        &self,
        account: &Account,
        lend: &LendPolicy,
        caps: &Caps,
        bounds: &Bounds,
        view: &MarketView<'_>,
    ) -> Vec<Answer> {
        let profile = lend.profile.as_ref();
        let mut held = vec![Amount::ZERO; profile.slices.len()];
        let mut unlinked = Total::ZERO;
        if let Some(wallet) = account.wallets.get(&self.currency) {
            unlinked = wallet.holdings.in_transit().plus_total(wallet.holdings.offered(|id| account.manages(id)).1);
            for out in wallet.lent() {
                let slice = profile.slices.iter().position(|slice| Some(&slice.name) == out.slice.as_ref());
                match slice.and_then(|slice| held.get_mut(slice)) {
                    Some(sum) => *sum = sum.checked_add(out.lent.amount).unwrap_or(Amount::MAX),
                    None => unlinked = unlinked.plus(out.lent.amount),
                }
            }
        }
        let shares = targets(profile, caps.base, &held, unlinked.at_least_zero(), bounds.min_offer);
        let mut answers: Vec<Answer> = profile
            .slices
            .iter()
            .zip(&shares.slices)
            .map(|(slice, money)| {
                let most = i64::from(bounds.max_offers).saturating_mul(slice.share.ppm()) / 1_000_000;
                let bounds = Bounds { max_offers: u16::try_from(most.max(1)).unwrap_or(1), ..*bounds };
                answer(slice, money.slice, money.free, view, &bounds)
            })
            .collect();
        if let Some(first) = answers.first_mut() {
            first.held.push((IdleReason::Unallocated, shares.unallocated));
        }
        answers
    }

    /// `min_liquid`: what would lock up more than the rest is offered for two days.
    pub(super) fn keep_liquid(
        &self,
        account: &Account,
        lend: &LendPolicy,
        answers: &[Answer],
        live: &[LiveOffer],
    ) -> Vec<Wish> {
        let mut wishes: Vec<Wish> = answers.iter().flat_map(|answer| answer.wishes.iter().cloned()).collect();
        let (Some(share), Some(wallet)) = (lend.min_liquid, account.wallets.get(&self.currency)) else { return wishes };
        let allowed = wallet.holdings.balance.share(share.complement(), Rounding::Down);
        let soon = self.at.plus(DAY.times(2));
        let long = wallet.lent().filter(|out| out.lent.expires() > soon).map(|out| out.lent.amount);
        // Offers on their way cannot be shortened any more.
        let coming = live
            .iter()
            .filter(|offer| offer.standing == Standing::Coming && offer.period > Days::MIN)
            .map(|offer| offer.amount);
        let mut room = Total::from(allowed).minus_total(long.chain(coming).sum());
        for wish in wishes.iter_mut().filter(|wish| wish.period > Days::MIN) {
            let after = room.minus(wish.amount);
            if after >= Total::ZERO {
                room = after;
            } else {
                wish.period = Days::MIN;
            }
        }
        wishes
    }
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
