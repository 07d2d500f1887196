//! The profiles of the benchmarks that every currency has. They have no floor, no ceiling and no cap on an offer: who does
//! not think about it has none either.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{Amount, Book, DailyRate, Days, Ratio, Total};
use crate::strategy::{FrrAs, Modifiers, Offset, PeriodRule, Profile, ProfileLimits, RateRule, RateSpec, Slice};

/// What comes back is offered at once, as one more offer.
const OFFERS: u16 = 100;

/// The exchange's own auto-renew: offers at the FRR of the moment, for two days. The rate is that of the match.
pub(super) fn frr_auto_renew() -> Arc<Profile> {
    plain("frr_auto_renew", RateRule::Frr { offset: Offset::Absolute(DailyRate::ZERO), placed: FrrAs::DeltaFixed })
}

/// A tick under the cheapest offer of others; where there is none, at a rate that no limit lets pass.
pub(super) fn best_offer(best: Option<DailyRate>) -> Arc<Profile> {
    let under = best.and_then(|best| best.checked_sub(DailyRate::TICK)).filter(|rate| rate.is_positive());
    let at = RateSpec { rate: under.unwrap_or(DailyRate::ZERO), net: false };
    plain("best_offer", RateRule::Fixed { at })
}

/// The cheapest offer of any period in which more than `own` stands: what competes for a borrower of two days.
pub(super) fn best_of_others(book: &Book, own: &[(DailyRate, Days, Amount)]) -> Option<DailyRate> {
    let mut ours: BTreeMap<(DailyRate, Days), Total> = BTreeMap::new();
    for (rate, period, amount) in own {
        let sum = ours.entry((*rate, *period)).or_default();
        *sum = sum.plus(*amount);
    }
    let mut others = book.offers().filter(|(key, amount)| {
        let own = ours.get(&(key.rate, key.period)).copied().unwrap_or_default();
        Total::from(*amount) > own
    });
    others.next().map(|(key, _)| key.rate)
}

fn plain(name: &str, rate: RateRule) -> Arc<Profile> {
    Arc::new(Profile {
        name: name.to_owned(),
        description: String::new(),
        limits: ProfileLimits {
            floor: RateSpec { rate: DailyRate::ZERO, net: false },
            ceiling: None,
            max_offer: None,
            max_period: Days::MIN,
            max_offers: OFFERS,
        },
        slices: vec![Slice {
            name: "all".to_owned(),
            share: Ratio::ONE,
            rate,
            period: PeriodRule::Fixed(Days::MIN),
            release: None,
            at_least: None,
            at_most: None,
            hidden: false,
            allow_below_floor_after_match: false,
            modifiers: Modifiers::default(),
        }],
    })
}
