//! Cutting money into offers: not too small for the exchange, not too large for the user, not too many.

use crate::domain::{Amount, IdleReason, Rounding};

use super::view::Bounds;

/// The largest tag that the planner takes off an amount, in units of 1e-8 (money rule 7).
const TAG: i64 = 999;

/// How large an offer must and may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    /// The exchange's minimum.
    pub(super) least: Amount,
    /// The user's maximum.
    pub(super) most: Amount,
}

impl Sizes {
    /// From the bounds of a currency.
    pub(super) fn of(bounds: &Bounds) -> Self {
        Self { least: bounds.min_offer.max(Amount::UNIT), most: bounds.max_offer.unwrap_or(Amount::MAX) }
    }

    /// No offer larger than `lot`, unless `part` would then take more than `offers`.
    pub(super) fn in_lots(self, lot: Amount, part: Amount, offers: u16) -> Self {
        let enough = even(part, offers).next().unwrap_or(part);
        let most = lot.max(enough).max(self.roomy());
        Self { most: self.most.min(most), ..self }
    }

    /// The minimum with room for a tag, where the maximum allows for it.
    pub(super) fn roomy(self) -> Amount {
        let roomy = self.least.checked_add(Amount::from_units(TAG)).unwrap_or(Amount::MAX);
        if roomy <= self.most { roomy } else { self.least }
    }
}

/// Money cut into offers of nearly equal size, and what could not be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    placed: Amount,
    offers: u16,
    /// What is left over, and why.
    pub(super) held: Option<(IdleReason, Amount)>,
}

impl Cut {
    /// The offers' amounts: equal but for single units, the first ones bearing the remainder.
    pub(super) fn parts(&self) -> impl Iterator<Item = Amount> {
        even(self.placed, self.offers)
    }
}

/// `long` of `part` lent for long, the rest not: neither too small to be an offer.
pub(super) fn whole_offers(part: Amount, long: Amount, least: Amount) -> (Amount, Amount) {
    let long = if part.less(long) >= least || long == part { long } else { part.less(least) };
    if long >= least { (long, part.less(long)) } else { (Amount::ZERO, part) }
}

/// `money` in `parts` parts that differ by at most one unit, the larger first; nothing for no parts.
pub(super) fn even(money: Amount, parts: u16) -> impl Iterator<Item = Amount> {
    let count = i64::from(parts.max(1));
    let (each, rest) = (money.units() / count, money.units() % count);
    (0..i64::from(parts)).map(move |part| Amount::from_units(each + i64::from(part < rest)))
}

/// The depth of `rung` of `rungs`, evenly from `shallow` to `deep`, both included; a single one is the shallow end.
pub(super) fn between(shallow: Amount, deep: Amount, rung: u16, rungs: u16) -> Amount {
    let gaps = i64::from(rungs.saturating_sub(1).max(1));
    let way = deep.less(shallow).scale_by(i64::from(rung), gaps, Rounding::Down);
    shallow.checked_add(way).unwrap_or(deep)
}

/// How many rungs `money` suffices for, of those wanted: each at least the minimum offer, at least one in all.
pub(super) fn rungs(money: Amount, sizes: Sizes, wanted: u16, max_offers: u16) -> u16 {
    let enough = u16::try_from(money.units() / sizes.roomy().units()).unwrap_or(u16::MAX);
    wanted.min(max_offers).min(enough).max(1)
}

/// Cuts `money` into as few offers as the sizes allow, at most `offers`.
///
/// Every part is at least the minimum with room for a tag, except where `money` itself lies between the two. What no
/// offer has room for is held as [`IdleReason::OfferCap`] when more offers would have held it, else as
/// [`IdleReason::BelowMinimum`].
pub(super) fn split(money: Amount, sizes: Sizes, offers: u16) -> Cut {
    let nothing = |reason| Cut { placed: Amount::ZERO, offers: 0, held: Some((reason, money)) };
    if money < sizes.least || sizes.most < sizes.least {
        return nothing(IdleReason::BelowMinimum);
    }
    if offers == 0 {
        return nothing(IdleReason::OfferCap);
    }
    let most = sizes.most.units();
    let needed = money.units() / most + i64::from(money.units() % most != 0);
    let roomy = (money.units() / sizes.roomy().units()).max(1);
    let count = needed.min(roomy).min(i64::from(offers));
    let placed = money.min(Amount::from_units(most.saturating_mul(count)));
    let rest = money.less(placed);
    let reason = if count < roomy { IdleReason::OfferCap } else { IdleReason::BelowMinimum };
    Cut { placed, offers: u16::try_from(count).unwrap_or(offers), held: rest.is_positive().then_some((reason, rest)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lots_are_small_unless_there_would_be_too_many() {
        let whole = |units: i32| Amount::whole(units);
        let sizes = Sizes { least: whole(150), most: whole(5_000) };
        let cut = |lot: i32, part: i32, offers: u16| sizes.in_lots(whole(lot), whole(part), offers).most;
        assert_eq!(cut(500, 10_000, 20), whole(500));
        // Four offers of 10 000 cannot be of 500 each; more than 5 000 the user does not want.
        assert_eq!(cut(500, 10_000, 4), whole(2_500));
        assert_eq!(cut(500, 10_000, 1), whole(5_000));
        // Never too small for an offer.
        assert_eq!(cut(100, 1_000, 20), sizes.roomy());
        let split = split(whole(10_000), sizes.in_lots(whole(500), whole(10_000), 20), 20);
        assert_eq!((split.parts().count(), split.held), (20, None));
    }
}
