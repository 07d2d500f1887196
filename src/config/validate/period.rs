//! `period = …`: days, days by rate in steps or between them, or pools of the money by days.

use std::collections::BTreeMap;

use crate::config::document::Section;
use crate::config::raw::Leaf;
use crate::config::units::{self, Problem};
use crate::domain::{Days, Ratio, Rounding};
use crate::strategy::{PeriodRule, RateSpec};

use super::profile::{above, days};
use super::unknown_keys;

pub(super) const STEPS: &str =
    "write period = 30, or period = { by_rate = [[\"0.06 %/day\", 30], [\"0.12 %/day\", 120]] }";
const POOLS: &str = "write period = { pools = [[\"50 %\", 2], [\"35 %\", 30], [\"15 %\", 120]] }";

pub(super) fn read(section: &Section<'_>, leaf: Option<&Leaf>) -> Option<PeriodRule> {
    let Some(Leaf::Table(table)) = leaf else {
        return section
            .read("period", leaf, |leaf| days(leaf).map_err(|problem| problem.help(STEPS)))
            .map(PeriodRule::Fixed);
    };
    let inner = section.table("period");
    unknown_keys(&inner, table, "period", &["by_rate", "interpolate", "pools"]);
    match (table.get("by_rate"), table.get("pools")) {
        (Some(steps), None) => by_rate(&inner, table, steps),
        (None, Some(list)) => {
            if table.contains_key("interpolate") {
                inner.refuse_key("interpolate", Problem::new("`interpolate` belongs to `by_rate`").help("remove it"));
            }
            pools(&inner, list)
        }
        (Some(_), Some(_)) => {
            inner.refuse_key("pools", Problem::new("`by_rate` and `pools` are two ways to choose: write one of them"));
            None
        }
        (None, None) => {
            if table.is_empty() || table.contains_key("interpolate") {
                inner.refuse_key("", Problem::new("`by_rate` is missing").help(STEPS));
            }
            None
        }
    }
}

/// The longest period that the rule may choose.
pub(super) fn longest(rule: &PeriodRule) -> Option<Days> {
    match rule {
        PeriodRule::Fixed(days) => Some(*days),
        PeriodRule::ByRate(steps) | PeriodRule::Curve(steps) => steps.iter().map(|(_, days)| *days).max(),
        PeriodRule::Pools(pools) => pools.iter().map(|(_, days)| *days).max(),
        PeriodRule::Adaptive => None,
    }
}

fn by_rate(inner: &Section<'_>, table: &BTreeMap<String, Leaf>, leaf: &Leaf) -> Option<PeriodRule> {
    let smooth = match table.get("interpolate") {
        None => Some(false),
        Some(leaf) => inner.read("interpolate", Some(leaf), units::boolean),
    };
    let steps = list(inner, "by_rate", leaf, STEPS)?;
    let steps: Vec<_> =
        steps.iter().enumerate().map(|(index, leaf)| step(&inner.entry("by_rate", index), leaf)).collect();
    let steps = steps.into_iter().collect::<Option<Vec<_>>>()?;
    ascending(inner, &steps);
    Some(if smooth? { PeriodRule::Curve(steps) } else { PeriodRule::ByRate(steps) })
}

fn list<'a>(inner: &Section<'_>, key: &str, leaf: &'a Leaf, help: &str) -> Option<&'a [Leaf]> {
    if let Leaf::List(items) = leaf
        && !items.is_empty()
    {
        return Some(items);
    }
    inner.refuse(key, Problem::new(format!("{key} is a list of at least one step")).help(help));
    None
}

fn step(section: &Section<'_>, leaf: &Leaf) -> Option<(RateSpec, Days)> {
    let Leaf::List(pair) = leaf else {
        section.refuse("", Problem::new("a step is a rate and a number of days").help(STEPS));
        return None;
    };
    let [rate, period] = pair.as_slice() else {
        section.refuse("", Problem::new("a step is a rate and a number of days, two values").help(STEPS));
        return None;
    };
    let rate = section.read("0", Some(rate), |leaf| units::rate(leaf, Rounding::Up));
    let period = section.read("1", Some(period), days);
    Some((rate?, period?))
}

fn ascending(section: &Section<'_>, steps: &[(RateSpec, Days)]) {
    for (index, pair) in steps.windows(2).enumerate() {
        let [(low, short), (high, long)] = pair else { continue };
        let next = section.entry("by_rate", index.saturating_add(1));
        if !above(*high, *low) {
            next.refuse("0", Problem::new("the steps must rise in rate").help("write the lowest rate first"));
        } else if long < short {
            let problem = Problem::new("a higher rate with a shorter period: this step would never be taken");
            next.refuse("1", problem.help("the longest period whose rate is reached is taken"));
        }
    }
}

fn pools(inner: &Section<'_>, leaf: &Leaf) -> Option<PeriodRule> {
    let items = list(inner, "pools", leaf, POOLS)?;
    let pools: Vec<_> =
        items.iter().enumerate().map(|(index, leaf)| pool(&inner.entry("pools", index), leaf)).collect();
    let pools = pools.into_iter().collect::<Option<Vec<_>>>()?;
    for (index, pair) in pools.windows(2).enumerate() {
        let [(_, short), (_, long)] = pair else { continue };
        if long <= short {
            let next = inner.entry("pools", index.saturating_add(1));
            next.refuse("1", Problem::new("the pools must rise in days").help("write the shortest first"));
        }
    }
    let sum = pools.iter().fold(0_i64, |sum, (share, _)| sum.saturating_add(share.ppm()));
    if sum != Ratio::ONE.ppm() {
        let message = format!("the shares of the pools sum to {}", Ratio::from_ppm(sum));
        inner.refuse("pools", Problem::new(message).help("they share all of the slice's money: 100 %"));
    }
    Some(PeriodRule::Pools(pools))
}

fn pool(section: &Section<'_>, leaf: &Leaf) -> Option<(Ratio, Days)> {
    let pair = if let Leaf::List(pair) = leaf { pair.as_slice() } else { &[] };
    let [share, period] = pair else {
        section.refuse("", Problem::new("a pool is a share and a number of days, two values").help(POOLS));
        return None;
    };
    let share = section.read("0", Some(share), |leaf| match units::share(leaf)? {
        Ratio::ZERO => Err(Problem::new("a pool of nothing").help("remove it")),
        share => Ok(share),
    });
    let period = section.read("1", Some(period), days);
    Some((share?, period?))
}
