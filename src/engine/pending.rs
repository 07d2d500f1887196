//! Writes that have left and are not settled: what they still reserve, and how an unknown one is settled (money rule 6).

use crate::domain::{
    AccountSnapshot, Action, Amount, HOUR, Intent, Lent, Millis, Offer, OfferId, SECOND, Submit, Timestamp,
    UnknownCause,
};

/// Absence counts as proof only when everything was read this long after the write had ended.
const ABSENCE_PROVES: Millis = Millis::seconds(120);
/// A cancel whose offer is still there this long after it ended was not executed.
const CANCEL_PROVES: Millis = Millis::seconds(15);
/// How far the exchange's clock may be behind ours. Wide, since the tag makes the content unique for a day (money rule 7).
const CLOCK_SLACK: Millis = HOUR;
/// First look after an unknown write, then further apart.
const FIRST_LOOK: Millis = Millis::seconds(3);
/// Between looks.
const LOOK_EVERY: Millis = Millis::seconds(30);

/// Where a write stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// On its way.
    Sent,
    /// It ended without anybody knowing how.
    Unknown {
        /// When it ended, market time.
        ended: Timestamp,
        /// Why nobody knows.
        cause: UnknownCause,
    },
}

/// A write that is not settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pending {
    pub(super) intent: Intent,
    pub(super) phase: Phase,
    /// The offer it made, when the stream was faster than the reply.
    pub(super) offer: Option<OfferId>,
    /// When its fate was last looked for.
    pub(super) looked: Option<Timestamp>,
}

/// What a reading proves about an unknown write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// It was done; for a submit by this offer, where one could be named.
    Done(Option<OfferId>),
    /// It was not done.
    NotDone,
    /// Not yet.
    Open,
}

impl Pending {
    pub(super) fn sent(intent: Intent) -> Self {
        Self { intent, phase: Phase::Sent, offer: None, looked: None }
    }

    pub(super) fn unknown(intent: Intent, ended: Timestamp, cause: UnknownCause) -> Self {
        Self { intent, phase: Phase::Unknown { ended, cause }, offer: None, looked: None }
    }

    pub(super) const fn is_unknown(&self) -> bool {
        matches!(self.phase, Phase::Unknown { .. })
    }

    pub(super) fn submit(&self) -> Option<&Submit> {
        match &self.intent.action {
            Action::Submit(submit) => Some(submit),
            Action::Cancel(_) => None,
        }
    }

    pub(super) fn cancels(&self) -> Option<OfferId> {
        match &self.intent.action {
            Action::Cancel(cancel) => Some(cancel.offer),
            Action::Submit(_) => None,
        }
    }

    /// What it may still add to what is committed: a submit whose offer nobody has seen.
    pub(super) fn reserves(&self) -> Amount {
        match (&self.offer, self.submit()) {
            (None, Some(submit)) => submit.amount,
            (Some(_), _) | (_, None) => Amount::ZERO,
        }
    }

    /// When its fate should next be looked for.
    pub(super) fn look_at(&self) -> Option<Timestamp> {
        let Phase::Unknown { ended, .. } = self.phase else { return None };
        let proof = if self.submit().is_some() { ABSENCE_PROVES } else { CANCEL_PROVES };
        let decisive = ended.plus(proof).plus(SECOND);
        Some(match self.looked {
            None => ended.plus(FIRST_LOOK),
            Some(looked) if looked < decisive => looked.plus(LOOK_EVERY).min(decisive),
            Some(looked) => looked.plus(LOOK_EVERY),
        })
    }

    /// What `reading` proves. `adds_up` says that the balance identity held for the currency.
    pub(super) fn proof(&self, reading: &AccountSnapshot, adds_up: bool, own: impl Fn(OfferId) -> bool) -> Proof {
        let Phase::Unknown { ended, .. } = self.phase else { return Proof::Open };
        if reading.started < ended {
            return Proof::Open;
        }
        match &self.intent.action {
            Action::Cancel(cancel) => {
                let there = reading.offers.iter().any(|offer| offer.id == cancel.offer);
                if !there && reading.dropped_rows == 0 && adds_up {
                    Proof::Done(None)
                } else if there && reading.started >= ended.plus(CANCEL_PROVES) {
                    Proof::NotDone
                } else {
                    Proof::Open
                }
            }
            Action::Submit(submit) => self.submit_proof(submit, reading, adds_up, ended, own),
        }
    }

    fn submit_proof(
        &self,
        submit: &Submit,
        reading: &AccountSnapshot,
        adds_up: bool,
        ended: Timestamp,
        own: impl Fn(OfferId) -> bool,
    ) -> Proof {
        let since = self.intent.at.minus(CLOCK_SLACK);
        let history = reading.history.as_ref();
        let closed = history.map(|past| past.offers.as_slice()).unwrap_or_default();
        let made = |offer: &&Offer| submit.made(offer) && offer.created >= since && !own(offer.id);
        if let Some(offer) = reading.offers.iter().find(made).or_else(|| closed.iter().find(made)) {
            return Proof::Done(Some(offer.id));
        }
        let past = history.map(|past| past.lent.as_slice()).unwrap_or_default();
        if reading.lent.iter().chain(past).any(|lent| lent_by(submit, lent, since)) {
            return Proof::Done(None);
        }
        let traded = history.is_some_and(|past| {
            past.trades.iter().any(|trade| {
                trade.currency == submit.currency
                    && trade.amount == submit.amount
                    && trade.at >= since
                    && !own(trade.offer)
            })
        });
        if traded {
            return Proof::Done(None);
        }
        let decisive = history.is_some() && reading.dropped_rows == 0 && adds_up;
        if decisive && reading.started >= ended.plus(ABSENCE_PROVES) { Proof::NotDone } else { Proof::Open }
    }
}

/// True when `lent` can be nothing but this submit, taken whole at once: its tagged amount, its period, after it left.
fn lent_by(submit: &Submit, lent: &Lent, since: Timestamp) -> bool {
    lent.currency == submit.currency
        && lent.amount == submit.amount
        && lent.period == submit.period
        && lent.opened >= since
}
