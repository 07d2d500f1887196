//! From what the engine tells of its writes to the lives of own offers.

use std::collections::BTreeMap;

use crate::domain::{Action, ActionId, Amount, Currency, Intent, OfferId, OfferKind, Submit, Timestamp, Total};
use crate::engine::{Memory, Note, Outcome};
use crate::store::market::{OfferChange, OfferEvent, Terms};

/// Writes that may be open at once; the oldest is forgotten beyond.
const OPEN: usize = 1_000;

/// Writes whose outcome is open, and the currency of each offer that lives.
#[derive(Debug, Default)]
pub(super) struct Lives {
    placing: BTreeMap<ActionId, (Intent, Option<Total>)>,
    open: BTreeMap<(String, OfferId), Currency>,
}

impl Lives {
    /// What a note says of an own offer. `ahead` tells what stands before an offer now.
    #[expect(clippy::wildcard_enum_match_arm, reason = "few of the notes are about an own offer")]
    pub(super) fn note(
        &mut self,
        at: Timestamp,
        note: &Note,
        ahead: impl FnOnce(&Submit) -> Option<Total>,
    ) -> Option<OfferEvent> {
        match note {
            Note::Submitting { intent, .. } => {
                let Action::Submit(submit) = &intent.action else { return None };
                let before = if submit.kind == OfferKind::Limit { ahead(submit) } else { None };
                self.placing.insert(intent.id, (intent.clone(), before));
                if self.placing.len() > OPEN {
                    self.placing.pop_first();
                }
                None
            }
            Note::ActionEnded { intent, outcome: Outcome::Accepted, offer, .. } => match &intent.action {
                Action::Submit(_) => self.created(at, intent.id, (*offer)?),
                Action::Cancel(cancel) => {
                    self.open.remove(&(intent.account.as_str().to_owned(), cancel.offer));
                    Some(OfferEvent {
                        at,
                        account: intent.account.clone(),
                        currency: cancel.currency,
                        offer: cancel.offer,
                        change: OfferChange::Cancelled,
                        amount: Amount::ZERO,
                        terms: None,
                        ahead: None,
                    })
                }
            },
            Note::ActionEnded { intent, outcome: Outcome::Refused(_), .. } => {
                self.placing.remove(&intent.id);
                None
            }
            Note::Filled { account, currency, offer, amount, .. } => Some(OfferEvent {
                at,
                account: account.clone(),
                currency: *currency,
                offer: *offer,
                change: OfferChange::Filled,
                amount: *amount,
                terms: None,
                ahead: None,
            }),
            _ => None,
        }
    }

    /// What the engine wants remembered of an own offer.
    pub(super) fn memory(&mut self, at: Timestamp, memory: &Memory) -> Option<OfferEvent> {
        match memory {
            Memory::Opened { action, offer, .. } => self.created(at, *action, *offer),
            Memory::Closed { account, offer } => {
                let currency = self.open.remove(&(account.as_str().to_owned(), *offer))?;
                Some(OfferEvent {
                    at,
                    account: account.clone(),
                    currency,
                    offer: *offer,
                    change: OfferChange::Gone,
                    amount: Amount::ZERO,
                    terms: None,
                    ahead: None,
                })
            }
            Memory::Settled { .. } | Memory::Adopted { .. } => None,
        }
    }

    /// The first time that a submit is known to have become an offer.
    fn created(&mut self, at: Timestamp, action: ActionId, offer: OfferId) -> Option<OfferEvent> {
        let (intent, ahead) = self.placing.remove(&action)?;
        let Action::Submit(submit) = intent.action else { return None };
        self.open.insert((intent.account.as_str().to_owned(), offer), submit.currency);
        if self.open.len() > OPEN {
            self.open.pop_first();
        }
        let terms = Terms { slice: intent.slice, kind: submit.kind, rate: submit.rate, period: submit.period };
        Some(OfferEvent {
            at,
            account: intent.account,
            currency: submit.currency,
            offer,
            change: OfferChange::Created,
            amount: submit.amount,
            terms: Some(terms),
            ahead,
        })
    }
}
