//! The profiles of the benchmarks that every currency has. They have no floor, no ceiling and no cap on an offer: who does
//! not think about it has none either.

use std::sync::Arc;

use crate::domain::{DailyRate, Days};
use crate::strategy::{FrrAs, Offset, Profile, ProfileLimits, RateRule, RateSpec, Slice};

/// The names of the benchmarks' profiles.
pub(super) const FRR_AUTO_RENEW: &str = "frr_auto_renew";
pub(super) const BEST_OFFER: &str = "best_offer";

/// What comes back is offered at once, as one more offer.
const OFFERS: u16 = 100;

/// The exchange's own auto-renew: offers at the FRR of the moment, for two days. The rate is that of the match.
pub(super) fn frr_auto_renew() -> Arc<Profile> {
    plain(FRR_AUTO_RENEW, RateRule::Frr { offset: Offset::Absolute(DailyRate::ZERO), placed: FrrAs::DeltaFixed })
}

/// A tick under the cheapest offer of others; where there is none, at a rate that no limit lets pass.
pub(super) fn best_offer(best: Option<DailyRate>) -> Arc<Profile> {
    let under = best.and_then(|best| best.checked_sub(DailyRate::TICK)).filter(|rate| rate.is_positive());
    let at = RateSpec { rate: under.unwrap_or(DailyRate::ZERO), net: false };
    plain(BEST_OFFER, RateRule::Fixed { at })
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
        slices: vec![Slice::plain("all", rate)],
    })
}
