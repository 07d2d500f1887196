//! Asking the slices: who holds what, what each may have in offers, and what it wishes.

use std::borrow::Cow;

use crate::domain::{Amount, Currency, DAY, DailyRate, Days, IdleReason, Ratio, Rounding, Total};
use crate::planner::{LiveOffer, Standing, effective_rate};
use crate::strategy::{Answer, Bounds, MarketView, Others, Past, Profile, Slice, Trend, Why, Wish, answer, targets};

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
        let mut room = self.long_room(account, lend, live);
        let others = Others::of(view.book, view.own);
        let mut answers = Vec::with_capacity(profile.slices.len());
        for ((slice, money), periods) in profile.slices.iter().zip(&shares.slices).zip(held.periods) {
            let most = i64::from(bounds.max_offers).saturating_mul(slice.share.ppm()) / 1_000_000;
            let bounds = Bounds { max_offers: u16::try_from(most.max(1)).unwrap_or(1), ..*bounds };
            let memory = memories.entry(slice.name.clone()).or_default();
            memory.told(self.at, slice, money);
            let long_room = room.map(Total::at_least_zero);
            let past = Past { lent: periods, long_room, ..memory.past(self.at) };
            let answer = answer(slice, money.slice, money.free, view, &others, &bounds, &past);
            memory.answered(self.at, slice, &answer, live.iter().filter(|offer| offer.slice == Some(money.slice)));
            let meets = answer.wishes.iter().filter(|wish| wish.period > Days::MIN);
            let locked: Total = meets.map(|wish| wish.amount).sum();
            room = room.map(|room| room.minus_total(locked));
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

    /// What may still be locked up for more than two days; `None` where nothing limits it.
    fn long_room(&self, account: &Account, lend: &LendPolicy, live: &[LiveOffer]) -> Option<Total> {
        let (share, wallet) = (lend.min_liquid?, account.wallets.get(&self.currency)?);
        let allowed = wallet.holdings.balance.share(share.complement(), Rounding::Down);
        let soon = self.at.plus(DAY.times(2));
        let long = wallet.lent().filter(|out| out.lent.expires() > soon).map(|out| out.lent.amount);
        // Offers on their way cannot be shortened any more.
        let coming = live
            .iter()
            .filter(|offer| offer.standing == Standing::Coming && offer.period > Days::MIN)
            .map(|offer| offer.amount);
        Some(Total::from(allowed).minus_total(long.chain(coming).sum()))
    }

    /// `min_liquid`: what would lock up more than the rest is offered for two days, a part of a wish where both parts make
    /// an offer of at least `minimum`.
    pub(super) fn keep_liquid(
        &self,
        account: &Account,
        lend: &LendPolicy,
        answers: &[Answer],
        live: &[LiveOffer],
        minimum: Amount,
    ) -> Vec<Wish> {
        let mut wishes: Vec<Wish> = answers.iter().flat_map(|answer| answer.wishes.iter().cloned()).collect();
        let Some(mut room) = self.long_room(account, lend, live) else { return wishes };
        // What meets a bid comes first: it was wished within this room, and makes no sense for two days.
        wishes.sort_by_key(|wish| !wish.meets_bid);
        let mut kept = Vec::with_capacity(wishes.len());
        for wish in wishes {
            if wish.period <= Days::MIN {
                kept.push(wish);
                continue;
            }
            let fits = wish.amount.min(room.at_least_zero());
            let beyond = wish.amount.less(fits);
            let fits = if beyond.is_positive() && fits.min(beyond) < minimum { Amount::ZERO } else { fits };
            room = room.minus(fits);
            let why = Why { expected: None, ..wish.why };
            let short =
                Wish { amount: wish.amount.less(fits), period: Days::MIN, meets_bid: false, why, ..wish.clone() };
            kept.extend([Wish { amount: fits, ..wish }, short].into_iter().filter(|wish| wish.amount.is_positive()));
        }
        kept
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
