//! Tags: every amount is lowered by 0 to 999 units of 1e-8, so that an offer can be known again by its content
//! (money rule 7; there is no client id on funding offers).

use std::collections::BTreeSet;

use crate::domain::Amount;

/// Largest tag in units of 1e-8.
pub(super) const MAX_TAG: i64 = 999;

/// `amount` lowered by a tag so that it is in none of `taken` and not under `minimum`; `None` when no tag is left.
/// `turn` spreads successive amounts over the tags, so that neighbours differ also after a restart.
#[must_use]
pub(super) fn tagged(amount: Amount, minimum: Amount, taken: &BTreeSet<Amount>, turn: u64) -> Option<Amount> {
    let room = amount.less(minimum).units().min(MAX_TAG);
    if amount < minimum {
        return None;
    }
    let count = room.saturating_add(1);
    // 367 is prime to every count up to 1000 but its own multiples: successive turns land far apart.
    let start = i64::try_from(turn % 1_000_003).unwrap_or(0).saturating_mul(367) % count;
    (0..count)
        .map(|step| Amount::from_units(amount.units().saturating_sub(start.saturating_add(step) % count)))
        .find(|candidate| !taken.contains(candidate))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn exactly_the_minimum_can_be_offered_once() {
        let minimum = Amount::whole(150);
        let mut taken = BTreeSet::new();
        assert_eq!(tagged(minimum, minimum, &taken, 7), Some(minimum));
        taken.insert(minimum);
        assert_eq!(tagged(minimum, minimum, &taken, 8), None);
        assert_eq!(tagged(minimum.less(Amount::UNIT), minimum, &taken, 8), None);
    }

    proptest! {
        #[test]
        fn tags_are_unique_small_and_never_under_the_minimum(extra in 0_i64..2_000, turns in proptest::collection::vec(any::<u64>(), 1..60)) {
            let minimum = Amount::whole(150);
            let amount = minimum.checked_add(Amount::from_units(extra)).unwrap();
            let mut taken = BTreeSet::new();
            for turn in turns {
                if let Some(tagged) = tagged(amount, minimum, &taken, turn) {
                    prop_assert!(taken.insert(tagged));
                    prop_assert!(tagged >= minimum && tagged <= amount && amount.less(tagged).units() <= MAX_TAG);
                } else {
                    prop_assert!(i64::try_from(taken.len()).unwrap() > extra.min(MAX_TAG));
                }
            }
        }
    }
}
