//! The limits: the last gate before a write, which trusts nothing that was computed before it.

use crate::domain::{
    Amount, Cancel, Currency, DailyRate, Days, Intent, OfferId, OfferKind, Ratio, Rounding, Submit, Total,
};
use crate::strategy::Bounds;

use super::approved::Approved;
use super::situation::{Headroom, LimitBreach, Rule};

/// A rate is believed within this factor of FRR or of the last trade (money rule 2).
const DEVIATION_FACTOR: i64 = 10;

/// What the limits measure a submit against. Shrinks with every approval.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gauge {
    pub(super) headroom: Headroom,
    pub(super) bounds: Bounds,
    pub(super) frr: DailyRate,
    pub(super) last: DailyRate,
}

impl Gauge {
    /// Checks one submit against every limit and, if it passes, takes its amount out of the headroom.
    ///
    /// # Errors
    /// The first limit it breaks, with the numbers.
    pub(super) fn approve(&mut self, intent: Intent, submit: &Submit) -> Result<Approved<Intent>, LimitBreach> {
        self.money(submit.amount)?;
        self.terms(submit)?;
        let spend = Total::from(submit.amount);
        self.headroom.exposure = self.headroom.exposure.minus_total(spend);
        self.headroom.max_lent = self.headroom.max_lent.map(|left| left.minus_total(spend));
        self.headroom.available = self.headroom.available.less(submit.amount);
        assert!(self.headroom.exposure >= Total::ZERO, "money rule 1a is broken by an approval");
        assert!(self.headroom.max_lent.is_none_or(|left| left >= Total::ZERO), "max_lent is broken by an approval");
        Ok(Approved::new(intent))
    }

    /// Money rule 1.
    fn money(&self, amount: Amount) -> Result<(), LimitBreach> {
        assert!(amount.is_positive(), "an offer of nothing, or one that would borrow: {amount}");
        let room = &self.headroom;
        if Total::from(amount) > room.exposure {
            return Err(breach(Rule::Exposure, format!("{amount} over the {} that may be added", room.exposure)));
        }
        if let Some(left) = room.max_lent.filter(|left| Total::from(amount) > *left) {
            return Err(breach(Rule::MaxLent, format!("{amount} over the {left} left under max_lent")));
        }
        if amount > room.available {
            return Err(breach(Rule::Available, format!("{amount} over the available {}", room.available)));
        }
        Ok(())
    }

    /// Money rule 2.
    fn terms(&self, submit: &Submit) -> Result<(), LimitBreach> {
        let bounds = &self.bounds;
        if submit.amount < bounds.min_offer {
            return Err(breach(Rule::Minimum, format!("{} under the minimum {}", submit.amount, bounds.min_offer)));
        }
        if submit.period < Days::MIN || submit.period > bounds.max_period || submit.period > Days::MAX {
            return Err(breach(Rule::Period, format!("{} outside 2 d to {}", submit.period, bounds.max_period)));
        }
        let effective = effective_rate(submit.kind, submit.rate, self.frr);
        rate_limits(effective, bounds, self.frr, self.last)
    }
}

/// What an offer would earn per day if matched now: FRR offers count at FRR + delta (money rule 2).
#[must_use]
pub fn effective_rate(kind: OfferKind, rate: DailyRate, frr: DailyRate) -> DailyRate {
    match kind {
        OfferKind::Limit => rate,
        OfferKind::FrrDeltaFixed | OfferKind::FrrDeltaVariable => frr.checked_add(rate).unwrap_or(DailyRate::ZERO),
    }
}

/// Floor, ceiling and deviation of an effective rate.
///
/// # Errors
/// The limit it breaks, with the numbers.
pub fn rate_limits(rate: DailyRate, bounds: &Bounds, frr: DailyRate, last: DailyRate) -> Result<(), LimitBreach> {
    if rate < bounds.floor {
        return Err(breach(Rule::Floor, format!("{rate} under the floor {}", bounds.floor)));
    }
    if let Some(ceiling) = bounds.ceiling.filter(|ceiling| rate > *ceiling) {
        return Err(breach(Rule::Ceiling, format!("{rate} over the ceiling {ceiling}")));
    }
    if strays(rate, frr) && strays(rate, last) {
        return Err(breach(
            Rule::Deviation,
            format!("{rate} is not within a factor of {DEVIATION_FACTOR} of FRR {frr} or last {last}"),
        ));
    }
    Ok(())
}

/// True when `rate` is under a tenth or over ten times of `mark`.
fn strays(rate: DailyRate, mark: DailyRate) -> bool {
    let high = mark.times(Ratio::from_ppm(Ratio::ONE.ppm().saturating_mul(DEVIATION_FACTOR)), Rounding::Down);
    let low = mark.times(Ratio::from_ppm(Ratio::ONE.ppm() / DEVIATION_FACTOR), Rounding::Up);
    !mark.is_positive() || rate > high || rate < low
}

/// A cancel passes when the offer is ours: the caller hands over only offers of its own list.
#[must_use]
pub(super) fn approve_cancel(intent: Intent, currency: Currency, own: OfferId) -> Approved<Intent> {
    assert_eq!(
        intent.action,
        crate::domain::Action::Cancel(Cancel { currency, offer: own }),
        "a cancel for another offer than the own one it was decided for"
    );
    Approved::new(intent)
}

fn breach(rule: Rule, detail: String) -> LimitBreach {
    LimitBreach { rule, detail }
}
