//! How far an offer may stand from its wish before it is moved: its place in the queue is worth money (money rule 8).

use crate::domain::{DailyRate, Queue, Ratio, Rounding, Total};

/// A dearer wish must beat the live rate by this much at least; hysteresis of 5 % costs nothing (strategy.md 3.7).
const RAISE_AT_LEAST: Ratio = Ratio::percent(5);
/// What a first place in the queue adds to it.
const RAISE_FOR_PLACE: Ratio = Ratio::percent(5);
/// A cheaper wish must be lower by this much: being served later costs more than a little rate.
const LOWER_AT_LEAST: Ratio = Ratio::percent(2);

/// True when an offer at `live` serves a wish at `wish` (both effective rates per day) well enough to stay in `queue`, that
/// of its period.
///
/// Upwards the tolerance grows with what would be lost: an offer with little before it, compared with what would be before
/// it at the wished rate, has a good place. Downwards it stays when nobody stands between the two rates, since a lower
/// rate would then not be served any sooner.
#[must_use]
pub(super) fn stays(live: DailyRate, wish: DailyRate, queue: &Queue) -> bool {
    if live == wish {
        return true;
    }
    if wish > live {
        let raise = Raise { low: live, high: wish };
        // The queue is asked only where its answer matters: every offer is compared with every wish.
        let most = RAISE_AT_LEAST.ppm().saturating_add(RAISE_FOR_PLACE.ppm());
        return raise.within(RAISE_AT_LEAST.ppm())
            || raise.within(most)
                && raise.within(RAISE_AT_LEAST.ppm().saturating_add(place_premium(live, wish, queue)));
    }
    Raise { low: wish, high: live }.within(LOWER_AT_LEAST.ppm())
        || queue.before(live).minus_total(queue.before(wish)) <= Total::ZERO
}

/// From a rate to a dearer one, both per day.
#[derive(Debug, Clone, Copy)]
struct Raise {
    low: DailyRate,
    high: DailyRate,
}

impl Raise {
    /// True when it is at most so many parts per million of the lower rate, cut to whole ones; never from a rate that is
    /// none.
    fn within(self, ppm: i64) -> bool {
        let low = i128::from(self.low.units());
        let span = i128::from(self.high.units()).saturating_sub(low);
        low > 0
            && span.saturating_mul(i128::from(Ratio::ONE.ppm())) < i128::from(ppm).saturating_add(1).saturating_mul(low)
    }
}

/// Between nothing (as many before us here as there) and [`RAISE_FOR_PLACE`] (nobody before us here).
fn place_premium(live: DailyRate, wish: DailyRate, queue: &Queue) -> i64 {
    let here = queue.before(live).units();
    let there = queue.before(wish).units();
    if there <= 0 {
        return 0;
    }
    let better = there.saturating_sub(here).saturating_mul(i128::from(RAISE_FOR_PLACE.ppm())) / there;
    i64::try_from(better).unwrap_or(0).max(0)
}

/// The rate per day below which a wish is no improvement over `live`; for explanations.
#[must_use]
pub fn least_raise(live: DailyRate) -> DailyRate {
    live.checked_add(live.times(RAISE_AT_LEAST, Rounding::Up)).unwrap_or(live)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Amount, Book, BookLevel, BookSide, Days, Decimal, LevelKey};

    fn rate(units: i64) -> DailyRate {
        DailyRate::from_units(units * 1_000_000)
    }

    fn queue(levels: &[(i64, i32)]) -> Queue {
        let levels: Vec<_> = levels
            .iter()
            .map(|&(units, amount)| BookLevel {
                side: BookSide::Offers,
                key: LevelKey {
                    rate: rate(units),
                    period: Days::MIN,
                    exact: Decimal::from_units(rate(units).units(), 12),
                },
                count: 1,
                amount: Amount::whole(amount),
            })
            .collect();
        Book::from_levels(&levels).queue(Days::MIN)
    }

    #[test]
    fn a_small_raise_is_not_worth_the_place() {
        let empty = Book::default().queue(Days::MIN);
        assert!(stays(rate(100), rate(105), &empty));
        assert!(!stays(rate(100), rate(106), &empty));
        // First in the queue here, much before us there: 10 % are needed.
        let crowded = queue(&[(103, 10_000)]);
        assert!(stays(rate(100), rate(109), &crowded));
        assert!(!stays(rate(100), rate(111), &crowded));
    }

    #[test]
    fn going_down_needs_somebody_to_overtake() {
        let nobody = queue(&[(50, 1_000)]);
        assert!(stays(rate(100), rate(80), &nobody));
        let crowd = queue(&[(50, 1_000), (90, 1_000)]);
        assert!(!stays(rate(100), rate(80), &crowd));
        assert!(stays(rate(100), rate(99), &crowd));
    }
}
