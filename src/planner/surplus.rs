//! When one slice has more in offers than it wishes while another finds no room under the caps, of money or of the number of
//! offers: a share was changed, a trend is over, or foreign offers shifted what is left. One surplus offer a plan is taken
//! back; whoever waits is served when it is gone.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Action, Amount, OfferId, Total};

use super::Planning;
use super::situation::{CancelReason, LiveOffer, Rule, Standing};

impl Planning<'_> {
    /// Takes back one offer that nobody wishes, if that serves a wish that the caps leave no room for.
    pub(super) fn relieve(&mut self, doomed: &BTreeMap<OfferId, Rule>) {
        if !self.situation.licence.reprice || (self.short == Amount::ZERO && self.places_short == 0) {
            return;
        }
        let minimum = self.situation.bounds.min_offer;
        let cancelled = self.done.cancels.iter().filter_map(|cancel| match &cancel.intent.get().action {
            Action::Cancel(cancel) => Some(cancel.offer),
            Action::Submit(_) => None,
        });
        let leaving =
            self.situation.live.iter().filter(|offer| offer.standing == Standing::Going).map(|offer| offer.id);
        let going: BTreeSet<OfferId> = cancelled.chain(leaving).collect();
        // What goes already makes room for whoever waits.
        let room: Total =
            self.situation.live.iter().filter(|offer| going.contains(&offer.id)).map(|offer| offer.amount).sum();
        let missing = Total::from(self.short).minus_total(room);
        let money = missing > Total::ZERO && missing >= Total::from(minimum) && !self.is_passing();
        let place = self.places_short > going.len() && !self.is_doubtful();
        if !money && !place {
            return;
        }
        let stands = |offer: &&LiveOffer| {
            offer.standing == Standing::Open && !doomed.contains_key(&offer.id) && !going.contains(&offer.id)
        };
        let count = self.situation.slices.len().max(1);
        let chosen = (0..count).find_map(|slice| {
            let surplus = self.surplus(slice, &going);
            let offers = self.situation.live.iter().filter(|offer| self.serves_slice(offer) == slice).filter(stands);
            choose(offers, surplus, minimum, money)
        });
        if let Some(offer) = chosen {
            self.cancel(offer, CancelReason::Unwished, None);
        }
    }

    /// True when there is room by what is certain: then the shortage is only news that is told twice while it moves.
    fn is_passing(&self) -> bool {
        let sent: Total = self
            .done
            .submits
            .iter()
            .filter_map(|submit| match &submit.intent.get().action {
                Action::Submit(submit) => Some(submit.amount),
                Action::Cancel(_) => None,
            })
            .sum();
        self.situation.headroom.certain.minus_total(sent) >= Total::from(self.short)
    }

    /// True while something is on its way or told twice: an offer that seems to be too much may be a good one then.
    fn is_doubtful(&self) -> bool {
        let room = &self.situation.headroom;
        room.certain > room.max_lent.map_or(room.exposure, |left| left.min(room.exposure))
    }

    /// What a slice has in offers beyond its wishes, without those that go already.
    fn surplus(&self, slice: usize, going: &BTreeSet<OfferId>) -> Amount {
        let live: Total = self
            .situation
            .live
            .iter()
            .filter(|offer| self.serves_slice(offer) == slice && !going.contains(&offer.id))
            .map(|offer| offer.amount)
            .sum();
        let wished: Total =
            self.situation.wishes.iter().filter(|wish| wish.slice == slice).map(|wish| wish.amount).sum();
        live.minus_total(wished).at_least_zero()
    }
}

/// The dearest offer that is surplus as a whole, it being last in the queue; else, where a part helps, the smallest of which
/// enough would be left to be offered again (money rule 8).
fn choose<'a>(
    offers: impl Iterator<Item = &'a LiveOffer> + Clone,
    surplus: Amount,
    minimum: Amount,
    part: bool,
) -> Option<&'a LiveOffer> {
    if surplus < minimum {
        return None;
    }
    let whole = offers.clone().filter(|offer| offer.amount <= surplus).max_by_key(|offer| (offer.effective, offer.id));
    whole.or_else(|| {
        offers
            .filter(|_| part)
            .filter(|offer| offer.amount.less(surplus) >= minimum)
            .min_by_key(|offer| (offer.amount, offer.id))
    })
}
