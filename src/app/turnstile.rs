//! The last look before a write leaves: what was decided in good faith may meanwhile be forbidden. Pure.

use std::collections::BTreeMap;

use crate::domain::{Action, ActionResult, Currency, Intent, Timestamp};

/// One account's turnstile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Turnstile {
    /// When a submit of this currency ended without anybody knowing how.
    doubtful: BTreeMap<Currency, Timestamp>,
}

impl Turnstile {
    /// Why `intent` may not leave any more, if so; `open` is the door of the key gate, `open` for a key that may lend.
    ///
    /// Cancels always may. A submit may not through a shut door, nor when it was decided before an earlier submit of
    /// its currency became unknown: while one is unknown nothing else is submitted (money rule 6), and several may have
    /// been decided at once.
    #[must_use]
    pub fn forbids(&self, intent: &Intent, open: bool) -> Option<&'static str> {
        let Action::Submit(submit) = &intent.action else { return None };
        if !open {
            return Some("the key may not lend any more");
        }
        let since = self.doubtful.get(&submit.currency)?;
        (intent.at <= *since).then_some("the outcome of an earlier offer is not known")
    }

    /// A write has ended at `at`, market time.
    pub fn ended(&mut self, at: Timestamp, intent: &Intent, result: &ActionResult) {
        if let (Action::Submit(submit), ActionResult::Unknown(_)) = (&intent.action, result) {
            self.doubtful.insert(submit.currency, at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        AccountName, ActionId, Amount, Cancel, DailyRate, Days, OfferId, OfferKind, Submit, UnknownCause,
    };

    fn intent(id: u64, at: i64, code: &str) -> Intent {
        Intent {
            id: ActionId(id),
            account: AccountName::new("main").unwrap(),
            action: Action::Submit(Submit {
                currency: Currency::from_code(code).unwrap(),
                amount: Amount::whole(150),
                rate: DailyRate::TICK,
                kind: OfferKind::Limit,
                period: Days::MIN,
                hidden: false,
            }),
            at: Timestamp::from_millis(at),
            slice: String::new(),
        }
    }

    #[test]
    fn what_was_decided_before_a_submit_became_unknown_stays_here() {
        let mut turnstile = Turnstile::default();
        let (first, second) = (intent(1, 100, "USD"), intent(2, 100, "USD"));
        assert_eq!(turnstile.forbids(&second, true), None);
        turnstile.ended(Timestamp::from_millis(90), &first, &ActionResult::Accepted(None));
        assert_eq!(turnstile.forbids(&second, true), None);
        turnstile.ended(Timestamp::from_millis(200), &first, &ActionResult::Unknown(UnknownCause::Cut));
        assert!(turnstile.forbids(&second, true).is_some());
        assert_eq!(turnstile.forbids(&intent(3, 100, "UST"), true), None, "another currency");
        assert_eq!(turnstile.forbids(&intent(4, 201, "USD"), true), None, "decided in full knowledge");
    }

    #[test]
    fn only_cancels_leave_through_a_shut_door() {
        let turnstile = Turnstile::default();
        let submit = intent(1, 100, "USD");
        let cancel = Action::Cancel(Cancel { currency: Currency::USD, offer: OfferId(7) });
        assert!(turnstile.forbids(&submit, false).is_some());
        assert_eq!(turnstile.forbids(&Intent { action: cancel, ..submit }, false), None);
    }
}
