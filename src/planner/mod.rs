//! From wishes to approved actions: what differs from what is live, and what may go.
//!
//! Pure and of one mind: the smallest change that serves the wishes (money rule 8), cancels before submits, nothing that
//! the limits have not approved. It never decides what to wish for, and never sees an offer that is not ours.

mod approved;
mod enforce;
mod limits;
mod matching;
mod situation;
mod surplus;
mod tag;
mod tolerance;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Action, Amount, Cancel, DailyRate, Intent, OfferId, Submit, Total};
use crate::strategy::Wish;

pub use approved::Approved;
pub use limits::{effective_rate, rate_limits};
pub use situation::{
    CancelReason, Headroom, Licence, LimitBreach, LiveOffer, Plan, PlannedCancel, PlannedSubmit, Rule, Situation,
    Standing,
};
pub use tolerance::least_raise;

use limits::Gauge;
use matching::Queues;

/// Plans one account's currency.
#[must_use]
pub fn plan(situation: &Situation<'_>) -> Plan {
    let mut plan = Planning::new(situation);
    let doomed = if situation.licence.enforce { enforce::breaking(situation) } else { BTreeMap::new() };
    for offer in situation.live {
        if let Some(rule) = doomed.get(&offer.id) {
            debug_assert!(offer.standing == Standing::Open, "{rule:?}");
            plan.cancel(offer, CancelReason::Limit, None);
        }
    }
    let count = situation.slices.len().max(1);
    for slice in 0..count {
        plan.serve(slice, &doomed);
    }
    plan.relieve(&doomed);
    plan.done
}

/// Cancels every own offer: the account is leaving, or the daemon stops with `offers = "cancel"`.
#[must_use]
pub fn leave(situation: &Situation<'_>) -> Plan {
    let mut plan = Planning::new(situation);
    for offer in situation.live.iter().filter(|offer| offer.standing == Standing::Open) {
        plan.cancel(offer, CancelReason::Leaving, None);
    }
    plan.done
}

/// A plan in the making.
struct Planning<'a> {
    situation: &'a Situation<'a>,
    gauge: Gauge,
    queues: Queues<'a>,
    taken: BTreeSet<Amount>,
    open_offers: usize,
    writes_left: usize,
    actions: usize,
    /// Wished, but under no cap that is left: another slice has more than it wishes.
    short: Amount,
    /// Offers that found no place among the open ones.
    places_short: usize,
    done: Plan,
}

impl<'a> Planning<'a> {
    fn new(situation: &'a Situation<'a>) -> Self {
        let gauge =
            Gauge { headroom: situation.headroom, bounds: situation.bounds, frr: situation.frr, last: situation.last };
        Self {
            situation,
            gauge,
            queues: Queues::of(situation.book),
            taken: situation.taken.clone(),
            open_offers: situation.live.len(),
            writes_left: situation.licence.writes,
            actions: 0,
            short: Amount::ZERO,
            places_short: 0,
            done: Plan::default(),
        }
    }

    /// Matches one slice's live offers with its wishes; cancels what strayed, submits what is open.
    fn serve(&mut self, slice: usize, doomed: &BTreeMap<OfferId, Rule>) {
        let situation = self.situation;
        let wishes: Vec<&Wish> = situation.wishes.iter().filter(|wish| wish.slice == slice).collect();
        let all: Vec<&LiveOffer> = situation.live.iter().filter(|offer| self.serves_slice(offer) == slice).collect();
        let standing: Vec<&LiveOffer> = all
            .iter()
            .copied()
            .filter(|offer| offer.standing == Standing::Open && !doomed.contains_key(&offer.id))
            .collect();
        let fit = matching::fit(&wishes, &standing, &mut self.queues);
        for (index, wish) in &fit.strays {
            if let (Some(offer), Some(wish)) = (standing.get(*index), wishes.get(*wish))
                && situation.licence.reprice
                && self.can_be_offered_again(offer)
            {
                self.cancel(offer, CancelReason::Reprice, Some(wish.effective));
            }
        }
        let total: Total = wishes.iter().map(|wish| wish.amount).sum();
        let live: Total = all.iter().map(|offer| offer.amount).sum();
        self.submit_open(&wishes, &fit.open, total.minus_total(live).at_least_zero());
    }

    /// The slice that a live offer serves; adopted ones serve the first.
    fn serves_slice(&self, offer: &LiveOffer) -> usize {
        offer.slice.filter(|slice| *slice < self.situation.slices.len()).unwrap_or(0)
    }

    /// Money rule 8: what is left of the offer, with the free money, must make up an offer again.
    fn can_be_offered_again(&self, offer: &LiveOffer) -> bool {
        let free = self.room();
        let together = Total::from(offer.amount).plus(free);
        together >= Total::from(self.situation.bounds.min_offer).plus(Amount::from_units(tag::MAX_TAG))
    }

    /// What may be committed right now.
    fn room(&self) -> Amount {
        self.room_under_caps().min(self.gauge.headroom.available)
    }

    /// What may be committed once everything is available.
    fn room_under_caps(&self) -> Amount {
        let room = &self.gauge.headroom;
        room.max_lent.map_or(room.exposure, |left| left.min(room.exposure)).at_least_zero()
    }

    /// Places up to `money` where the wishes are open, cheapest wish first.
    fn submit_open(&mut self, wishes: &[&Wish], open: &[Amount], money: Amount) {
        let minimum = self.situation.bounds.min_offer;
        let mut left = money;
        for (wish, gap) in wishes.iter().zip(open) {
            let amount = (*gap).min(left);
            if amount >= minimum {
                left = left.less(self.submit(wish, amount));
            }
        }
        // Gaps too small one by one may make up an offer together.
        let widest = wishes.iter().zip(open).max_by_key(|(_, gap)| **gap).map(|(wish, _)| *wish);
        let together = self.situation.bounds.max_offer.map_or(left, |most| most.min(left));
        if let Some(wish) = widest.filter(|_| together >= minimum && open.iter().all(|gap| *gap < minimum)) {
            left = left.less(self.submit(wish, together));
        }
        if left < minimum {
            self.done.too_small = self.done.too_small.checked_add(left).unwrap_or(Amount::MAX);
        } else if self.is_full() {
            self.done.over_cap = self.done.over_cap.checked_add(left).unwrap_or(Amount::MAX);
        }
    }

    /// Submits one offer of at most `amount`. Answers what of `amount` is dealt with, be it by a submit or by a reason.
    fn submit(&mut self, wish: &Wish, amount: Amount) -> Amount {
        let situation = self.situation;
        if !situation.licence.submit {
            self.wait(amount);
            return amount;
        }
        if self.is_full() {
            self.done.over_cap = self.done.over_cap.checked_add(amount).unwrap_or(Amount::MAX);
            // Another slice may have more in offers than it wishes.
            self.places_short = self.places_short.saturating_add(1);
            return amount;
        }
        // What no cap has room for is not on its way: keep and max_lent tell why it lies idle.
        let allowed = amount.min(self.room_under_caps());
        self.short = self.short.checked_add(amount.less(allowed)).unwrap_or(Amount::MAX);
        let now = allowed.min(self.room());
        if self.writes_left == 0 || now < situation.bounds.min_offer {
            self.wait(if allowed < situation.bounds.min_offer { Amount::ZERO } else { allowed });
            return amount;
        }
        let turn = situation.first_action.wrapping_add(u64::try_from(self.actions).unwrap_or(0));
        let Some(tagged) = tag::tagged(now, situation.bounds.min_offer, &self.taken, turn) else {
            self.breach(Rule::Tag, format!("no unique amount left near {now}"));
            return amount;
        };
        self.approve(wish, tagged);
        self.wait(allowed.less(now));
        amount
    }

    /// No further offer may be open.
    fn is_full(&self) -> bool {
        self.open_offers >= usize::from(self.situation.max_offers)
    }

    fn wait(&mut self, amount: Amount) {
        self.done.waiting = self.done.waiting.checked_add(amount).unwrap_or(Amount::MAX);
    }

    fn approve(&mut self, wish: &Wish, amount: Amount) {
        let submit = Submit {
            currency: self.situation.currency,
            amount,
            rate: wish.rate,
            kind: wish.kind,
            period: wish.period,
            hidden: wish.hidden,
        };
        let slice = self.situation.slices.get(wish.slice).cloned().unwrap_or_default();
        let intent = self.intent(Action::Submit(submit.clone()), slice);
        match self.gauge.approve(intent, &submit) {
            Ok(intent) => {
                self.taken.insert(amount);
                self.open_offers = self.open_offers.saturating_add(1);
                self.writes_left = self.writes_left.saturating_sub(1);
                self.actions = self.actions.saturating_add(1);
                self.done.submits.push(PlannedSubmit { intent, why: wish.why });
            }
            Err(breach) => self.done.breaches.push(breach),
        }
    }

    fn cancel(&mut self, offer: &LiveOffer, reason: CancelReason, to: Option<DailyRate>) {
        if self.writes_left == 0 {
            return;
        }
        let currency = self.situation.currency;
        let slice = offer.slice.and_then(|slice| self.situation.slices.get(slice)).cloned().unwrap_or_default();
        let intent = self.intent(Action::Cancel(Cancel { currency, offer: offer.id }), slice);
        let intent = limits::approve_cancel(intent, currency, offer.id);
        self.writes_left = self.writes_left.saturating_sub(1);
        self.actions = self.actions.saturating_add(1);
        self.done.cancels.push(PlannedCancel { intent, reason, from: offer.effective, to });
    }

    fn intent(&self, action: Action, slice: String) -> Intent {
        Intent {
            id: situation::action_id(self.situation.first_action, self.actions),
            account: self.situation.account.clone(),
            action,
            at: self.situation.now,
            slice,
        }
    }

    fn breach(&mut self, rule: Rule, detail: String) {
        self.done.breaches.push(LimitBreach { rule, detail });
    }
}
