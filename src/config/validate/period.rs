//! `period = …`: days, days by rate in steps or between them, days by rank, or pools of the money by days.

use std::collections::BTreeMap;

use crate::config::diagnose::one_of;
use crate::config::document::Section;
use crate::config::raw::Leaf;
use crate::config::units::{self, Problem};
use crate::domain::{Days, Millis, Ratio, Rounding};
use crate::strategy::stats::QuantileOf;
use crate::strategy::{PeriodRule, RateSpec};

use super::looking_back::{DAY_BACK, OF, window_of};
use super::profile::{above, days};
use super::{choice, unknown_keys};

pub(super) const STEPS: &str =
    "write period = 30, or period = { by_rate = [[\"0.06 %/day\", 30], [\"0.12 %/day\", 120]] }";
const RANKS: &str = "write period = { by_rank = [[\"85 %\", 30], [\"95 %\", 120]], window = \"30d\" }";
/// What a period may be chosen by, and what may stand beside each.
const WAYS: [&str; 3] = ["by_rate", "by_rank", "pools"];
const BESIDE: [(&str, &[&str]); 4] =
    [("interpolate", &["by_rate"]), ("jump", &["by_rate"]), ("window", &["by_rate", "by_rank"]), ("of", &["by_rank"])];
const POOLS: &str = "write period = { pools = [[\"50 %\", 2], [\"35 %\", 30], [\"15 %\", 120]] }";

pub(super) fn read(section: &Section<'_>, leaf: Option<&Leaf>) -> Option<PeriodRule> {
    let Some(Leaf::Table(table)) = leaf else {
        return section
            .read("period", leaf, |leaf| days(leaf).map_err(|problem| problem.help(STEPS)))
            .map(PeriodRule::Fixed);
    };
    let inner = section.table("period");
    let known: Vec<&str> = WAYS.into_iter().chain(BESIDE.map(|(key, _)| key)).collect();
    unknown_keys(&inner, table, "period", &known);
    let ways: Vec<(&str, &Leaf)> = WAYS.into_iter().filter_map(|way| Some((way, table.get(way)?))).collect();
    match ways.as_slice() {
        [(way, leaf)] => {
            foreign_keys(&inner, table, way);
            match *way {
                "by_rate" => by_rate(&inner, table, leaf),
                "by_rank" => by_rank(&inner, table, leaf),
                _ => pools(&inner, leaf),
            }
        }
        [(first, _), (second, _), ..] => {
            let message = format!("`{first}` and `{second}` are two ways to choose: write one of them");
            inner.refuse_key(second, Problem::new(message));
            None
        }
        [] => {
            if table.keys().all(|key| known.contains(&key.as_str())) {
                inner.refuse_key("", Problem::new("`by_rate` is missing").help(STEPS));
            }
            None
        }
    }
}

/// Keys beside another way to choose would silently mean nothing.
fn foreign_keys(inner: &Section<'_>, table: &BTreeMap<String, Leaf>, way: &str) {
    for (key, owners) in BESIDE.into_iter().filter(|(key, owners)| table.contains_key(*key) && !owners.contains(&way)) {
        let message = format!("`{key}` belongs to {}", one_of(owners.iter().copied()));
        inner.refuse_key(key, Problem::new(message).help("remove it"));
    }
}

/// The longest period that the rule may choose.
pub(super) fn longest(rule: &PeriodRule) -> Option<Days> {
    match rule {
        PeriodRule::Fixed(days) => Some(*days),
        PeriodRule::ByRank { steps, .. } => steps.iter().map(|(_, days)| *days).max(),
        PeriodRule::ByRate(steps) | PeriodRule::Curve(steps) | PeriodRule::AfterJump { steps, .. } => {
            steps.iter().map(|(_, days)| *days).max()
        }
        PeriodRule::Pools(pools) => pools.iter().map(|(_, days)| *days).max(),
        PeriodRule::Adaptive => None,
    }
}

fn by_rate(inner: &Section<'_>, table: &BTreeMap<String, Leaf>, leaf: &Leaf) -> Option<PeriodRule> {
    let smooth = match table.get("interpolate") {
        None => Some(false),
        Some(leaf) => inner.read("interpolate", Some(leaf), units::boolean),
    };
    let after = after_jump(inner, table);
    let steps = list(inner, "by_rate", leaf, STEPS)?;
    let steps: Vec<_> =
        steps.iter().enumerate().map(|(index, leaf)| step(&inner.entry("by_rate", index), leaf)).collect();
    let steps = steps.into_iter().collect::<Option<Vec<_>>>()?;
    ascending(inner, &steps);
    match after? {
        Some((jump, window)) => Some(PeriodRule::AfterJump { steps, jump, window }),
        None => Some(if smooth? { PeriodRule::Curve(steps) } else { PeriodRule::ByRate(steps) }),
    }
}

/// `jump` and its window; nothing wrong without them.
#[expect(clippy::option_option, reason = "absent and refused are two things")]
fn after_jump(inner: &Section<'_>, table: &BTreeMap<String, Leaf>) -> Option<Option<(Ratio, Millis)>> {
    let Some(jump) = table.get("jump") else {
        if table.contains_key("window") {
            let problem = Problem::new("`window` means nothing without `jump`");
            inner.refuse_key("window", problem.help("write jump = \"200 %\", or remove it"));
        }
        return Some(None);
    };
    if table.contains_key("interpolate") {
        let problem = Problem::new("`interpolate` beside `jump`: after a jump the period goes by steps");
        inner.refuse_key("interpolate", problem.help("remove it"));
    }
    let jump = inner.read("jump", Some(jump), |leaf| match units::apart(leaf)? {
        small if small <= Ratio::ZERO => Err(Problem::new("a jump goes up").help("write jump = \"200 %\"")),
        jump => Ok(jump),
    });
    let day = Leaf::Text(DAY_BACK.to_owned());
    let of = Some(QuantileOf::Trades);
    let window = inner.read("window", Some(table.get("window").unwrap_or(&day)), |leaf| window_of(leaf, of));
    Some(Some((jump?, window?)))
}

fn by_rank(inner: &Section<'_>, table: &BTreeMap<String, Leaf>, leaf: &Leaf) -> Option<PeriodRule> {
    let trades = Leaf::Text("trades".to_owned());
    let of = inner.read("of", Some(table.get("of").unwrap_or(&trades)), |leaf| choice(leaf, &OF));
    let window = match table.get("window") {
        None => of.map(|of| of.windows().1),
        written => inner.read("window", written, |leaf| window_of(leaf, of)),
    };
    let items = list(inner, "by_rank", leaf, RANKS)?;
    let steps: Vec<_> =
        items.iter().enumerate().map(|(index, leaf)| rank(&inner.entry("by_rank", index), leaf)).collect();
    let steps = steps.into_iter().collect::<Option<Vec<_>>>()?;
    for (index, pair) in steps.windows(2).enumerate() {
        let [(low, short), (high, long)] = pair else { continue };
        let next = inner.entry("by_rank", index.saturating_add(1));
        if high <= low {
            next.refuse("0", Problem::new("the steps must rise in rank").help("write the lowest rank first"));
        } else if long < short {
            let problem = Problem::new("a higher rank with a shorter period: this step would never be taken");
            next.refuse("1", problem.help("the longest period whose rank is passed is taken"));
        }
    }
    Some(PeriodRule::ByRank { steps, window: window?, of: of? })
}

fn rank(section: &Section<'_>, leaf: &Leaf) -> Option<(Ratio, Days)> {
    let pair = if let Leaf::List(pair) = leaf { pair.as_slice() } else { &[] };
    let [rank, period] = pair else {
        section.refuse("", Problem::new("a step is a rank and a number of days, two values").help(RANKS));
        return None;
    };
    let rank = section.read("0", Some(rank), units::share);
    let period = section.read("1", Some(period), days);
    Some((rank?, period?))
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
