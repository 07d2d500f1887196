//! The shape of a slice's offers: how a sum is cut into rungs around the rate that the rule answered.
//!
//! Money that does not suffice for every rung makes fewer of them: each has at least the minimum offer, and together they
//! are the sum exactly.

use std::borrow::Cow;

use crate::domain::{Amount, DailyRate, IdleReason, Ratio, Rounding, Total};

use super::decay::above;
use super::modifiers::{LadderStep, Shape};
use super::others::Others;
use super::rules::{Quote, depth_of};
use super::split::{self, Sizes};
use super::stats::QuantileOf;
use super::view::MarketView;

/// A step ends above −100 %, in millionths.
const LOWEST: i64 = -990_000;

/// A price with its part of the sum, cheapest first.
pub(super) type Rung = (Quote, Amount);

/// Lays out `money` around `base` in a shape that sets its own rates, on at most `offers` rungs. `None` for the equal
/// shape, whose rates are the rule's own.
///
/// # Errors
/// [`IdleReason::StaleData`] when a dollar amount cannot be converted.
pub(super) fn rungs(
    shape: &Shape,
    base: Quote,
    money: Amount,
    offers: u16,
    sizes: Sizes,
    market: &MarketView<'_>,
    others: &Others,
) -> Option<Result<Vec<Rung>, IdleReason>> {
    Some(match shape {
        Shape::Equal => return None,
        Shape::Geometric { factor, first, step } => depth_of(*first, Ratio::ONE, market)
            .map(|first| geometric(base, *step, &growing(money, first, *factor, offers, sizes))),
        Shape::Ladder(steps) | Shape::Widening { steps, .. } => Ok(ladder(steps, base, money, offers, sizes)),
        Shape::ByDepth { from, to, offers: wanted } => depth_of(*from, Ratio::ONE, market).and_then(|one| {
            let other = depth_of(*to, Ratio::ONE, market)?;
            let count = split::rungs(money, sizes, *wanted, offers);
            let rates = (0..count).map(|rung| {
                let deep = split::between(one.min(other), one.max(other), rung, count);
                at(base, others.beyond(base.raw, deep).map_or(base.raw, |rate| rate.max(base.raw)))
            });
            Ok(rates.zip(split::even(money, count)).collect())
        }),
    })
}

/// The shape as wide as the market makes it now; as it is written where the past cannot tell.
pub(super) fn settled<'a>(shape: &'a Shape, market: &MarketView<'_>) -> Cow<'a, Shape> {
    let Shape::Widening { steps, by, most, window } = shape else { return Cow::Borrowed(shape) };
    let lent = market.history.quantile(market.now, QuantileOf::Trades, Ratio::percent(50), *window);
    let whole = i128::from(Ratio::ONE.ppm());
    let apart = lent.map_or(0, |lent| {
        let apart = i128::from(market.frr.units()).saturating_sub(i128::from(lent.units())).abs();
        let parts = apart.saturating_mul(whole) / i128::from(lent.units().max(1));
        i64::try_from(parts).unwrap_or(i64::MAX).min(most.ppm())
    });
    let outwards = apart.saturating_mul(by.ppm()) / Ratio::ONE.ppm();
    Cow::Owned(Shape::Ladder(widened(steps, outwards)))
}

/// The steps with both ends moved outwards, in millionths, those between them in proportion.
fn widened(steps: &[LadderStep], outwards: i64) -> Vec<LadderStep> {
    let ends = steps.first().zip(steps.last()).map(|(low, high)| (low.step.ppm(), high.step.ppm()));
    let Some((low, high)) = ends.filter(|(low, high)| low < high) else { return steps.to_vec() };
    let moved = |step: Ratio| {
        let way = step.ppm().saturating_sub(low).saturating_mul(2).saturating_mul(outwards) / high.saturating_sub(low);
        Ratio::from_ppm(step.ppm().saturating_sub(outwards).saturating_add(way).max(LOWEST))
    };
    steps.iter().map(|step| LadderStep { step: moved(step.step), ..*step }).collect()
}

/// Amounts that grow by `factor` from `first`, as far as the money goes; the last takes what is left.
fn growing(money: Amount, first: Amount, factor: Ratio, offers: u16, sizes: Sizes) -> Vec<Amount> {
    let least = sizes.roomy();
    let (mut left, mut next) = (money, first.max(least));
    let mut parts = Vec::new();
    for rung in 1..=offers.max(1) {
        let rest = left.less(next);
        if rest < least || rung == offers.max(1) {
            break;
        }
        parts.push(next);
        left = rest;
        next = next.share(factor, Rounding::Down);
    }
    parts.push(left);
    parts
}

fn geometric(base: Quote, step: Ratio, parts: &[Amount]) -> Vec<Rung> {
    let mut rate = base.raw;
    let mut rungs = Vec::new();
    for part in parts {
        rungs.push((at(base, rate), *part));
        rate = rate.times(above(step), Rounding::Down);
    }
    rungs
}

/// As many of the steps as the money suffices for, spread over the band with both its ends; a single one is the lowest.
fn ladder(steps: &[LadderStep], base: Quote, money: Amount, offers: u16, sizes: Sizes) -> Vec<Rung> {
    let wanted = u16::try_from(steps.len()).unwrap_or(u16::MAX);
    let mut count = split::rungs(money, sizes, wanted, offers);
    loop {
        let chosen = choose(steps, count);
        let parts = weighted(money, &chosen);
        if count <= 1 || parts.iter().all(|part| *part >= sizes.roomy()) {
            let rates = chosen.iter().map(|step| at(base, base.raw.times(above(step.step), Rounding::Down)));
            return rates.zip(parts).collect();
        }
        count = count.saturating_sub(1);
    }
}

/// `count` of the steps at even distances, the first and the last among them.
fn choose(steps: &[LadderStep], count: u16) -> Vec<LadderStep> {
    let last = steps.len().saturating_sub(1);
    let gaps = usize::from(count.saturating_sub(1).max(1));
    let index = |rung: u16| usize::from(rung).saturating_mul(last).saturating_add(gaps / 2) / gaps;
    (0..count).filter_map(|rung| steps.get(index(rung)).copied()).collect()
}

/// The money by weight, what rounding leaves over with the first.
fn weighted(money: Amount, steps: &[LadderStep]) -> Vec<Amount> {
    let whole: i64 = steps.iter().map(|step| i64::from(step.weight)).sum();
    let mut parts: Vec<Amount> =
        steps.iter().map(|step| money.scale_by(i64::from(step.weight), whole, Rounding::Down)).collect();
    let sum: Total = parts.iter().copied().sum();
    let rest = Total::from(money).minus_total(sum).at_least_zero();
    if let Some(first) = parts.first_mut() {
        *first = first.checked_add(rest).unwrap_or(*first);
    }
    parts
}

/// The same way of placing it at another rate.
fn at(base: Quote, raw: DailyRate) -> Quote {
    base.moved(raw)
}
