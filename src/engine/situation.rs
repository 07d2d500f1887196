//! What the planner is told of an account's currency: own offers that stand, go and come, and what may still be committed.

use crate::domain::{Amount, DailyRate, OfferId, Total};
use crate::planner::{Headroom, LiveOffer, Standing, effective_rate};

use super::account::Account;
use super::bounds::Caps;
use super::decide::Round;

impl Round<'_> {
    /// Own offers, open, going and coming; in paper mode those on paper.
    pub(super) fn live(&self, account: &Account, slices: &[String], frr: DailyRate) -> Vec<LiveOffer> {
        let index = |name: &str| slices.iter().position(|slice| slice == name);
        let mut live = Vec::new();
        for (offer, slice) in account.managed(self.currency) {
            let standing = if account.is_cancelling(self.at, offer.id) { Standing::Going } else { Standing::Open };
            live.push(LiveOffer {
                id: offer.id,
                slice: index(slice),
                amount: offer.amount,
                original: offer.original,
                kind: offer.kind,
                rate: offer.rate,
                effective: effective_rate(offer.kind, offer.rate, frr),
                period: offer.period,
                standing,
            });
        }
        for pending in account.pending.values().filter(|pending| pending.reserves().is_positive()) {
            let Some(submit) = pending.submit().filter(|submit| submit.currency == self.currency) else { continue };
            live.push(LiveOffer {
                id: OfferId(i64::MAX),
                slice: index(&pending.intent.slice),
                amount: submit.amount,
                original: submit.amount,
                kind: submit.kind,
                rate: submit.rate,
                effective: effective_rate(submit.kind, submit.rate, frr),
                period: submit.period,
                standing: Standing::Coming,
            });
        }
        live
    }

    /// Money rule 1, both halves.
    pub(super) fn headroom(&self, account: &Account, caps: &Caps, reserved: Amount) -> Option<Headroom> {
        let wallet = account.wallets.get(&self.currency)?;
        let (holdings, paper) = (&wallet.holdings, wallet.paper.committed());
        let on_its_way = account.reserves(self.currency);
        let committed = holdings.committed().plus_total(paper).plus(on_its_way);
        let certain = holdings.certain().plus_total(paper);
        let lendable = Total::from(holdings.balance).minus(caps.keep).minus(reserved);
        Some(Headroom {
            exposure: lendable.minus_total(committed),
            max_lent: caps.max_lent.map(|cap| Total::from(cap).minus_total(committed)),
            certain: caps.max_lent.map_or(lendable, |cap| lendable.min(Total::from(cap))).minus_total(certain),
            available: Total::from(holdings.offerable()).minus_total(paper).minus(on_its_way).at_least_zero(),
        })
    }
}
