//! What the exchange's refusals of offers teach about one currency: to rest, and what is too small.

use crate::domain::{Amount, HOUR, Millis, Ratio, Refusal, Rounding, Timestamp};

/// Prices in dollars are asked for every hour: so long may the minimum be another than the one reckoned with.
const PRICE_LASTS: Millis = HOUR;
/// What was too small is tried again this much larger, at least.
const LARGER: Ratio = Ratio::from_ppm(1_020_000);
/// A minimum is not raised, and a price does not move, by more than this factor at a time.
const FAR: Ratio = Ratio::percent(400);

/// The refusals since an offer was last accepted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Refusals {
    /// Nothing is submitted before this time.
    rest_until: Timestamp,
    count: u32,
    /// The largest amount that was said to be below the minimum, and when.
    too_small: Option<(Amount, Timestamp)>,
}

impl Refusals {
    /// An offer of `amount` was refused.
    pub(super) fn refused(&mut self, at: Timestamp, amount: Amount, why: Refusal) {
        self.rest_until = at.plus(rest_after(self.count));
        self.count = self.count.saturating_add(1);
        if why == Refusal::Minimum {
            let known = self.too_small(at);
            let (low, high) = (known.min(amount), known.max(amount));
            // Of two that are far apart the larger one meant something else.
            let apart = low.is_positive() && high > low.share(FAR, Rounding::Down);
            if !apart {
                self.too_small = Some((high, at));
            } else if low == amount {
                self.too_small = Some((low, at));
            }
        }
    }

    /// An offer was accepted. What was too small stays so: a larger one tells nothing of it.
    pub(super) const fn accepted(&mut self) {
        self.count = 0;
    }

    /// Nothing may be submitted at `at`.
    pub(super) fn rests(&self, at: Timestamp) -> bool {
        at < self.rest_until
    }

    /// The smallest amount worth a try where `minimum` is reckoned with. What is far larger than that is not too small:
    /// whatever was meant then, it tells nothing of others.
    pub(super) fn least(&self, at: Timestamp, minimum: Amount) -> Amount {
        let least = self.too_small(at).share(LARGER, Rounding::Up);
        if least <= minimum.share(FAR, Rounding::Down) { least.max(minimum) } else { minimum }
    }

    fn too_small(&self, at: Timestamp) -> Amount {
        self.too_small.filter(|(_, then)| at.since(*then) < PRICE_LASTS).map_or(Amount::ZERO, |(amount, _)| amount)
    }
}

/// How long submits rest after so many refusals; doubles with each, up to ten minutes.
fn rest_after(count: u32) -> Millis {
    Millis::seconds(15_i64.saturating_mul(1_i64.checked_shl(count.min(6)).unwrap_or(64)).min(600))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn each_refusal_rests_twice_as_long_as_the_one_before_up_to_ten_minutes() {
        let mut refusals = Refusals::default();
        let rests = [15, 30, 60, 120, 240, 480, 600, 600].map(|rest| {
            refusals.refused(at(0), Amount::whole(200), Refusal::Other);
            assert!(refusals.rests(at(rest - 1)) && !refusals.rests(at(rest)), "{rest}");
            rest
        });
        let least = refusals.least(at(rests[0]), Amount::whole(150));
        assert_eq!(least, Amount::whole(150), "only what is said to be too small is");
        refusals.accepted();
        refusals.refused(at(0), Amount::whole(200), Refusal::Other);
        assert!(!refusals.rests(at(15)));
    }

    #[test]
    fn what_was_too_small_is_not_tried_again_before_prices_are_asked_for() {
        let mut refusals = Refusals::default();
        refusals.refused(at(0), Amount::whole(150), Refusal::Minimum);
        let least = |refusals: &Refusals, now| refusals.least(at(now), Amount::whole(150));
        assert_eq!(least(&refusals, 60), Amount::whole(153));
        assert_eq!(refusals.least(at(60), Amount::whole(200)), Amount::whole(200), "what is reckoned is more");
        refusals.refused(at(60), Amount::whole(160), Refusal::Minimum);
        refusals.refused(at(90), Amount::whole(151), Refusal::Minimum);
        refusals.accepted();
        assert_eq!(least(&refusals, 90).to_string(), "163.2");
        assert_eq!(least(&refusals, 90 + 3_600), Amount::whole(150));
    }

    #[test]
    fn what_is_far_too_large_to_be_too_small_teaches_nothing() {
        let mut refusals = Refusals::default();
        let least = |refusals: &Refusals| refusals.least(at(100), Amount::whole(150)).to_string();
        refusals.refused(at(0), Amount::whole(100_000), Refusal::Minimum);
        assert_eq!(least(&refusals), "150");
        refusals.refused(at(10), Amount::whole(160), Refusal::Minimum);
        assert_eq!(least(&refusals), "163.2", "the smaller one is believed");
        refusals.refused(at(20), Amount::whole(100_000), Refusal::Minimum);
        assert_eq!(least(&refusals), "163.2");
        // A minimum that was doubled is found, step by step.
        for amount in [250, 255, 261, 267, 273, 279, 285, 291, 297] {
            refusals.refused(at(30), Amount::whole(amount), Refusal::Minimum);
        }
        assert_eq!(least(&refusals), "302.94");
    }
}
