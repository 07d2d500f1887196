//! What becomes of our writes.

use crate::domain::{AccountName, ActionId, ActionResult, Change, Offer, Refusal, Timestamp};

use super::Engine;
use super::account::Account;
use super::effect::{Effect, Memory};
use super::input::OwnRecord;
use super::note::{Note, Outcome};
use super::pending::Pending;

impl Engine {
    /// Takes in the outcome of an action. Always reason to reconsider.
    pub(super) fn outcome(
        &mut self,
        name: &AccountName,
        action: ActionId,
        result: &ActionResult,
        out: &mut Vec<Effect>,
    ) -> bool {
        let at = self.at;
        let Some(account) = self.accounts.get_mut(name) else { return false };
        let Some(pending) = account.pending.get(&action).cloned() else { return false };
        let (outcome, text, offer) = match result {
            ActionResult::Accepted(offer) => {
                if account.paper {
                    account.on_paper(&pending, offer.as_deref());
                } else {
                    account.accepted(at, &pending, offer.as_deref(), out);
                }
                (Outcome::Accepted, String::new(), offer.as_ref().map(|offer| offer.id).or(pending.offer))
            }
            ActionResult::Refused(refusal, text) => {
                account.refused(at, &pending, *refusal, out);
                (Outcome::Refused(*refusal), text.clone(), None)
            }
            ActionResult::Unknown(cause) => {
                account.unknown(at, action, *cause);
                (Outcome::Unknown(*cause), String::new(), pending.offer)
            }
        };
        out.push(Effect::Note(Note::ActionEnded { intent: pending.intent, outcome, text, offer }));
        true
    }
}

impl Account {
    fn accepted(&mut self, at: Timestamp, pending: &Pending, offer: Option<&Offer>, out: &mut Vec<Effect>) {
        let action = pending.intent.id;
        let Some(submit) = pending.submit() else {
            self.pending.remove(&action);
            out.push(Effect::Remember(Memory::Settled { action, accepted: true }));
            if let Some(offer) = pending.cancels() {
                self.cancelled.insert(offer, at);
            }
            return;
        };
        let Some(id) = offer.map(|offer| offer.id).or(pending.offer) else {
            // Done, but nobody knows by which offer: it is looked for like an unknown one.
            self.unknown(at, action, crate::domain::UnknownCause::Unreadable);
            return;
        };
        self.pending.remove(&action);
        let came_and_went = self.wallets.entry(submit.currency).or_default().holdings.has_closed(id);
        if pending.offer.is_none() {
            let account = self.name.clone();
            out.push(Effect::Remember(Memory::Opened { account, action, offer: id }));
        }
        out.push(Effect::Remember(Memory::Settled { action, accepted: true }));
        self.own.entry(id).or_insert_with(|| OwnRecord { slice: pending.intent.slice.clone() });
        if came_and_went {
            self.gone(id, out);
        } else if let Some(offer) = offer {
            self.first_seen(at, submit.currency, offer, out);
        }
        if let Some(wallet) = self.wallets.get_mut(&submit.currency) {
            // Last, when the offer is in the picture.
            wallet.holdings.accepted(action, submit.amount);
            wallet.refusals.accepted();
        }
    }

    /// The offer as the reply showed it counts only when no event has told of it yet.
    fn first_seen(&mut self, at: Timestamp, currency: crate::domain::Currency, offer: &Offer, out: &mut Vec<Effect>) {
        let holdings = &mut self.wallets.entry(currency).or_default().holdings;
        if holdings.offers.contains_key(&offer.id) {
            return;
        }
        let changed = holdings.offer(at, Change::Set, offer);
        self.report(at, currency, changed, out);
    }

    fn refused(&mut self, at: Timestamp, pending: &Pending, refusal: Refusal, out: &mut Vec<Effect>) {
        self.pending.remove(&pending.intent.id);
        out.push(Effect::Remember(Memory::Settled { action: pending.intent.id, accepted: false }));
        let currency = pending.intent.action.currency();
        if let Some(offer) = pending.cancels() {
            // It rests like one that was accepted: refused again and again it would starve every other call.
            self.cancelled.insert(offer, at);
            self.reading.again_at(at);
        }
        let entry = self.wallets.entry(currency).or_default();
        match refusal {
            // The offer is gone, or AVAILABLE is not what we think: look before anything else.
            Refusal::NotFound | Refusal::Balance => self.reading.want(at),
            // Not done for a reason that passes: a parting offer is tried again.
            Refusal::RateLimited | Refusal::Maintenance | Refusal::NotSent => {
                if let Some(offer) = pending.cancels() {
                    self.parting.remove(&offer);
                }
            }
            Refusal::Permission => self.gate = crate::domain::GateVerdict::Pending,
            Refusal::Minimum | Refusal::OfferCap | Refusal::FrrOffset | Refusal::Malformed | Refusal::Other => {}
        }
        if let Some(submit) = pending.submit() {
            entry.refusals.refused(at, submit.amount, refusal);
        }
    }
}
