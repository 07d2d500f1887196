//! The period rule: how many days, from the rate that has been priced. The rate is not computed again.

use std::borrow::Cow;

use crate::domain::{Amount, DailyRate, Days, Millis, Ratio, Rounding, Total};

use super::profile::{PeriodRule, RateSpec};
use super::stats::QuantileOf;
use super::view::MarketView;

/// The rule as it stands at this moment: one that goes by the recent past becomes steps by rate, so that offers and bids
/// are held to the same ones. Where the past cannot tell there are no steps and the period is two days: what was lent too
/// short comes back, what was lent too long does not.
pub(super) fn settled<'a>(rule: &'a PeriodRule, market: &MarketView<'_>, fee: Ratio) -> Cow<'a, PeriodRule> {
    let steps = match rule {
        PeriodRule::ByRank { steps, window, of } => ranked(steps, *window, *of, market),
        PeriodRule::AfterJump { steps, jump, window } => jumped(steps, *jump, *window, market, fee),
        PeriodRule::Fixed(_)
        | PeriodRule::ByRate(_)
        | PeriodRule::Curve(_)
        | PeriodRule::Pools(_)
        | PeriodRule::Adaptive => return Cow::Borrowed(rule),
    };
    Cow::Owned(PeriodRule::ByRate(steps.unwrap_or_default()))
}

/// Each rank's step begins above it: where the market stands still at one rate, that rate is not dear.
fn ranked(
    steps: &[(Ratio, Days)],
    window: Millis,
    of: QuantileOf,
    market: &MarketView<'_>,
) -> Option<Vec<(RateSpec, Days)>> {
    let seen = market.history.by_rank(market.now, of, window)?;
    steps.iter().map(|(rank, days)| Some((above(seen.at(*rank)?)?, *days))).collect()
}

/// No step begins before the jump is over.
fn jumped(
    steps: &[(RateSpec, Days)],
    jump: Ratio,
    window: Millis,
    market: &MarketView<'_>,
    fee: Ratio,
) -> Option<Vec<(RateSpec, Days)>> {
    let median = market.history.quantile(market.now, QuantileOf::Trades, Ratio::percent(50), window)?;
    let far = above(median.checked_add(median.times(jump, Rounding::Down))?)?;
    Some(steps.iter().map(|(step, days)| (gross(step.gross(fee).max(far.rate)), *days)).collect())
}

/// The lowest rate in the exchange's digits that is above this one.
fn above(rate: DailyRate) -> Option<RateSpec> {
    rate.checked_add(DailyRate::from_units(1)).map(|more| gross(more.outbound(Rounding::Up)))
}

const fn gross(rate: DailyRate) -> RateSpec {
    RateSpec { rate, net: false }
}

/// The period for an offer at `effective` per day, never under two days and never over `longest`. `picked` is that of a
/// rate rule that picks one.
///
/// A step of `by_rate` counts as reached in the exchange's digits: a rate that had to be rounded down onto the step's
/// own digits has reached it.
pub(super) fn period(rule: &PeriodRule, picked: Option<Days>, effective: DailyRate, longest: Days, fee: Ratio) -> Days {
    wanted(rule, picked, effective, fee).min(longest).max(Days::MIN)
}

fn wanted(rule: &PeriodRule, picked: Option<Days>, effective: DailyRate, fee: Ratio) -> Days {
    match rule {
        PeriodRule::Fixed(days) => *days,
        PeriodRule::ByRate(steps) => steps
            .iter()
            .filter(|(step, _)| effective >= reached(step, fee))
            .map(|(_, days)| *days)
            .max()
            .unwrap_or(Days::MIN),
        PeriodRule::Curve(points) => along(points, effective, fee),
        // Money without a pool of its own stays short.
        PeriodRule::Pools(pools) => pools.first().map_or(Days::MIN, |(_, days)| *days),
        PeriodRule::Adaptive => picked.unwrap_or(Days::MIN),
        // Of a past that nobody was asked for.
        PeriodRule::ByRank { .. } | PeriodRule::AfterJump { .. } => Days::MIN,
    }
}

/// The rate from which a step counts.
fn reached(step: &RateSpec, fee: Ratio) -> DailyRate {
    step.gross(fee).outbound(Rounding::Down)
}

/// Evenly between the points, in whole days rounded down.
fn along(points: &[(RateSpec, Days)], effective: DailyRate, fee: Ratio) -> Days {
    let mut below: Option<(DailyRate, Days)> = None;
    for (spec, days) in points {
        let rate = reached(spec, fee);
        if effective < rate {
            let Some((low, short)) = below else { return Days::MIN };
            let way = i128::from(effective.units()).saturating_sub(i128::from(low.units()));
            let span = i128::from(rate.units()).saturating_sub(i128::from(low.units())).max(1);
            let more = i128::from(days.get().saturating_sub(short.get())).saturating_mul(way) / span;
            return Days::new(short.get().saturating_add(u16::try_from(more).unwrap_or(0)));
        }
        below = Some((rate, *days));
    }
    below.map_or(Days::MIN, |(_, days)| days)
}

/// True when the rule would lend for so long at `rate`: what binds the money no longer than the user wants.
pub(super) fn accepts(rule: &PeriodRule, rate: DailyRate, days: Days, fee: Ratio) -> bool {
    match rule {
        PeriodRule::Pools(pools) => pools.last().is_some_and(|(_, longest)| days <= *longest),
        // What the adaptive rule would lend for long it says itself, by its own bids.
        PeriodRule::Fixed(_)
        | PeriodRule::ByRate(_)
        | PeriodRule::ByRank { .. }
        | PeriodRule::AfterJump { .. }
        | PeriodRule::Curve(_)
        | PeriodRule::Adaptive => days <= wanted(rule, None, rate, fee),
    }
}

/// The pools' parts of `money`, the shortest first, after what each has lent already: `lent` counts in the first pool that
/// is as long. One part for all of it where the rule has no pools.
///
/// A pool that has lent more than its share gets nothing, and the others share what there is by what they lack.
pub(super) fn parts(rule: &PeriodRule, money: Amount, lent: &[(Days, Amount)]) -> Vec<(Option<Days>, Amount)> {
    let PeriodRule::Pools(pools) = rule else { return vec![(None, money)] };
    let base: Total = lent.iter().map(|(_, amount)| *amount).sum();
    let base = base.plus(money).at_least_zero();
    let lacks: Vec<Amount> = pools
        .iter()
        .enumerate()
        .map(|(place, (share, _))| {
            let held: Total =
                lent.iter().filter(|(days, _)| pool_of(pools, *days) == place).map(|(_, held)| *held).sum();
            Total::from(base.share(*share, Rounding::Down)).minus_total(held).at_least_zero()
        })
        .collect();
    let whole = lacks.iter().copied().sum::<Total>().at_least_zero().units();
    let mut parts: Vec<(Option<Days>, Amount)> = pools
        .iter()
        .zip(&lacks)
        .map(|((_, days), lack)| (Some(*days), money.scale_by(lack.units(), whole, Rounding::Down)))
        .collect();
    let sum: Total = parts.iter().map(|(_, part)| *part).sum();
    let rest = Total::from(money).minus_total(sum).at_least_zero();
    if let Some((_, first)) = parts.first_mut() {
        *first = first.checked_add(rest).unwrap_or(*first);
    }
    parts
}

/// The place of the first pool that is as long as `days`, else of the longest.
fn pool_of(pools: &[(Ratio, Days)], days: Days) -> usize {
    pools.iter().position(|(_, longest)| *longest >= days).unwrap_or(pools.len().saturating_sub(1))
}
