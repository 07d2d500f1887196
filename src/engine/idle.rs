//! Why money lies idle: every coin has exactly one reason, in the order of precedence, and they sum to what is idle.

use std::collections::BTreeMap;

use crate::domain::{Amount, IdleReason, Total};
use crate::planner::LiveOffer;
use crate::strategy::Answer;

use super::bounds::Caps;
use super::holdings::DUST;

/// What the planner could not place, and why.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shortfalls {
    /// Waits for money that is not available yet, or for the budget of writes.
    pub(super) waiting: Amount,
    /// Too small for an offer of its own.
    pub(super) too_small: Amount,
    /// The number of open offers is at its limit.
    pub(super) over_cap: Amount,
}

/// Claims on idle money by reason, and their settlement.
#[derive(Debug, Clone, Default)]
pub(super) struct Idle {
    claims: Vec<(IdleReason, Amount)>,
    /// The settled reasons; they sum to what is idle.
    pub(super) by_reason: BTreeMap<IdleReason, Amount>,
}

/// What the settlement reads of a currency.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    /// BALANCE less what is lent, offered, or on its way between the two.
    pub(super) idle: Amount,
    /// AVAILABLE as the exchange says.
    pub(super) available: Amount,
    /// Submits on their way or unknown.
    pub(super) on_its_way: Amount,
    pub(super) balance: Amount,
    pub(super) caps: Option<Caps>,
    pub(super) minimum: Amount,
}

impl Idle {
    /// What the slices hold back, less what they have in offers already: those are not idle.
    pub(super) fn from_answers(answers: &[Answer], live: &[LiveOffer]) -> Self {
        let mut claims = Vec::new();
        for (slice, answer) in answers.iter().enumerate() {
            let placed: Total = live.iter().filter(|offer| offer.slice == Some(slice)).map(|offer| offer.amount).sum();
            let wished: Total = answer.wishes.iter().map(|wish| wish.amount).sum();
            // Offers serve the wishes first; only what is beyond them eats into what is held back.
            let mut placed = placed.minus_total(wished).at_least_zero();
            for (reason, amount) in &answer.held {
                let free = if *reason == IdleReason::Unallocated { *amount } else { amount.less(placed) };
                if *reason != IdleReason::Unallocated {
                    placed = placed.less(*amount);
                }
                claims.push((*reason, free));
            }
        }
        Self { claims, by_reason: BTreeMap::new() }
    }

    /// Settles it: `whole` is a reason that holds the whole currency.
    pub(super) fn settle(&mut self, whole: Option<IdleReason>, facts: &Facts, short: &Shortfalls) {
        self.by_reason.clear();
        let mut left = facts.idle;
        if let Some(reason) = whole {
            self.give(reason, facts.idle, &mut left);
            return;
        }
        // A hair is rounding on the way, not money that is yet to come.
        let freed = Some(facts.idle.less(facts.available)).filter(|freed| *freed > DUST).unwrap_or_default();
        let mut claims = vec![
            (IdleReason::InFlight, facts.on_its_way),
            (IdleReason::InFlight, freed.less(facts.on_its_way)),
            (IdleReason::InFlight, short.waiting),
            (IdleReason::OfferCap, short.over_cap),
            (IdleReason::BelowMinimum, short.too_small),
        ];
        if let Some(caps) = &facts.caps {
            claims.push((IdleReason::Keep, caps.keep));
            claims.push((IdleReason::MaxLent, facts.balance.less(caps.keep).less(caps.base)));
        }
        claims.append(&mut self.claims);
        claims.sort_by_key(|(reason, _)| *reason);
        for (reason, amount) in claims {
            self.give(reason, amount, &mut left);
        }
        // What nobody claimed: dust, or offers that have just gone and are wished again at the next tick.
        let rest = if left < facts.minimum { IdleReason::BelowMinimum } else { IdleReason::StrategyHold };
        let all = left;
        self.give(rest, all, &mut left);
        let sum: Total = self.by_reason.values().copied().sum();
        assert_eq!(sum, Total::from(facts.idle), "the reasons do not sum to what is idle");
    }

    fn give(&mut self, reason: IdleReason, amount: Amount, left: &mut Amount) {
        let given = amount.min(*left).max(Amount::ZERO);
        if given.is_positive() {
            let sum = self.by_reason.entry(reason).or_default();
            *sum = sum.checked_add(given).unwrap_or(Amount::MAX);
            *left = left.less(given);
        }
    }

    /// The reason that holds the most.
    pub(super) fn main(&self) -> Option<(IdleReason, Amount)> {
        self.by_reason
            .iter()
            .max_by_key(|(reason, amount)| (**amount, std::cmp::Reverse(**reason)))
            .map(|(r, a)| (*r, *a))
    }
}
