//! Deliberately broken daemons, broken from outside: what it is told, or what it believes of its limits, is false. The
//! checker knows nothing of it and must notice.

use std::sync::Arc;

use yieldsforge::domain::{ActionResult, Amount, DailyRate, Days, GateVerdict, OfferId, Refusal};
use yieldsforge::engine::{Body, OwnRecord, Policy, Restored};
use yieldsforge::strategy::{Measure, Profile, Quantity, RateSpec};

use super::policies::account;

/// What is wrong with the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doctor {
    /// Nothing.
    None,
    /// Believes that nothing is to be kept.
    NoKeep,
    /// Believes that there is no cap.
    NoCap,
    /// Believes in a floor of a tick.
    NoFloor,
    /// Believes that 120 days are allowed.
    LongPeriods,
    /// Takes the offers that its owner places by hand for its own.
    OwnsAll,
    /// Takes a lost reply for a refusal.
    LostIsRefused,
    /// Forgets its numbers and the amounts it has offered with every start.
    Forgetful,
    /// Takes every key for good.
    BlindGate,
    /// Is never told what became of its writes.
    Deaf,
}

impl Doctor {
    /// The configuration as the daemon gets it.
    pub(crate) fn policy(self, mut policy: Policy) -> Policy {
        for lend in policy.accounts.values_mut().flat_map(|account| account.lend.values_mut()) {
            let mut profile = Profile::clone(&lend.profile);
            match self {
                Self::NoKeep => lend.keep = Measure::Amount(Quantity::Own(Amount::ZERO)),
                Self::NoCap => lend.max_lent = None,
                Self::NoFloor => profile.limits.floor = RateSpec { rate: DailyRate::TICK, net: false },
                Self::LongPeriods => profile.limits.max_period = Days::MAX,
                _ => {}
            }
            lend.profile = Arc::new(profile);
        }
        policy
    }

    /// What the store tells the daemon.
    pub(crate) fn restored(self, mut restored: Restored) -> Restored {
        match self {
            Self::Forgetful => {
                restored.recent.clear();
            }
            Self::OwnsAll => {
                let every = (4_960_000_000..4_960_000_200).map(|id| (OfferId(id), OwnRecord::default()));
                restored.own.entry(account()).or_default().extend(every);
            }
            _ => {}
        }
        restored
    }

    /// What the daemon is told of a write.
    pub(crate) fn outcome(self, result: ActionResult) -> ActionResult {
        match (self, result) {
            (Self::LostIsRefused, ActionResult::Unknown(_)) => {
                ActionResult::Refused(Refusal::Other, "no answer".to_owned())
            }
            (_, result) => result,
        }
    }

    /// What the daemon is told of its key.
    pub(crate) fn verdict(self, verdict: GateVerdict) -> GateVerdict {
        match (self, verdict) {
            (Self::BlindGate, GateVerdict::Refused(_)) => GateVerdict::Good,
            (_, verdict) => verdict,
        }
    }

    /// Anything else that the daemon is told; nothing when it does not hear it.
    pub(crate) fn body(self, body: Body) -> Option<Body> {
        match (self, body) {
            (Self::Deaf, Body::Outcome(..)) => None,
            (_, body) => Some(body),
        }
    }
}
