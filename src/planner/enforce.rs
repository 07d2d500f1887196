//! Own offers that break a limit are cancelled at the next tick (money rule 8): floor, ceiling, period, keep, cap.

use std::collections::BTreeMap;

use crate::domain::{OfferId, Total};

use super::limits::rate_limits;
use super::situation::{Rule, Situation, Standing};

/// The offers that must go, each with the first rule it breaks.
#[must_use]
pub(super) fn breaking(situation: &Situation<'_>) -> BTreeMap<OfferId, Rule> {
    let mut doomed = BTreeMap::new();
    for offer in situation.live.iter().filter(|offer| offer.standing == Standing::Open) {
        if let Some(rule) = broken_terms(situation, offer) {
            doomed.insert(offer.id, rule);
        }
    }
    relieve(situation, &mut doomed);
    doomed
}

fn broken_terms(situation: &Situation<'_>, offer: &super::LiveOffer) -> Option<Rule> {
    if offer.period > situation.bounds.max_period {
        return Some(Rule::Period);
    }
    match rate_limits(offer.effective, &situation.bounds, situation.frr, situation.last) {
        // The market moved away from an offer that was good when it was sent: that breaks no limit of the user's.
        Err(breach) if breach.rule != Rule::Deviation => Some(breach.rule),
        Err(_) | Ok(()) => None,
    }
}

/// When more is committed than may be, the dearest own offers go until it fits: they would be taken last.
fn relieve(situation: &Situation<'_>, doomed: &mut BTreeMap<OfferId, Rule>) {
    let going: Total = situation
        .live
        .iter()
        .filter(|offer| offer.standing == Standing::Going || doomed.contains_key(&offer.id))
        .map(|offer| offer.amount)
        .sum();
    let mut left = situation.headroom.certain.plus_total(going);
    let mut dearest: Vec<_> = situation
        .live
        .iter()
        .filter(|offer| offer.standing == Standing::Open && !doomed.contains_key(&offer.id))
        .collect();
    dearest.sort_by_key(|offer| std::cmp::Reverse((offer.effective, offer.id)));
    for offer in dearest {
        if left >= Total::ZERO {
            break;
        }
        doomed.insert(offer.id, Rule::Exposure);
        left = left.plus(offer.amount);
    }
}
