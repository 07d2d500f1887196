//! Rate rules that look at the recent past, and bounds that may.

use std::collections::BTreeMap;

use crate::config::diagnose::{nearest, one_of, quoted};
use crate::config::document::{Section, default_leaf};
use crate::config::keys::default_under;
use crate::config::raw::{Leaf, RawRate};
use crate::config::units::{self, Problem};
use crate::domain::{DAY, HOUR, MINUTE, Millis, Ratio, Rounding};
use crate::strategy::stats::{History, QUARTER, QuantileOf};
use crate::strategy::{Bound, Offset, Quantile, RateRule};

use super::choice;
use super::profile::above;

/// What a quantile may be taken of.
pub(super) const OF: [(&str, QuantileOf); 3] =
    [("trades", QuantileOf::Trades), ("candles", QuantileOf::Candles), ("best_offer", QuantileOf::BestOffer)];
/// The lengths of candles.
const CANDLES: [(&str, Millis); 3] = [("15m", QUARTER), ("30m", MINUTE.times(30)), ("1h", HOUR)];
/// The keys of a bound by rank, and of one by the best offer.
const BOUND: [&str; 5] = ["quantile", "window", "of", "best", "within"];
/// A bound's window where none is written; the rule `quantile` has the same.
pub(super) const DAY_BACK: &str = "24h";

pub(super) fn best(section: &Section<'_>, raw: &RawRate) -> Option<RateRule> {
    let below = section.read("below", raw.below.as_ref(), units::step);
    let race_floor = section.read("race_floor", raw.race_floor.as_ref(), units::share);
    if race_floor == Some(Ratio::ZERO) {
        let problem = Problem::new("nothing but the floor stops this slice from undercutting other bots without end");
        section.remark("race_floor", problem.help("\"85 %\" of the median of the last hours' trades is the default"));
    }
    Some(RateRule::Best { below: below?, race_floor: race_floor? })
}

pub(super) fn quantile(section: &Section<'_>, raw: &RawRate) -> Option<RateRule> {
    let rank = section.require("rank", raw.rank.as_ref(), "write rank = \"70 %\"", units::share);
    let of = section.read("of", raw.of.as_ref(), |leaf| choice(leaf, &OF));
    let window = section.read("window", raw.window.as_ref(), |leaf| window_of(leaf, of));
    Some(RateRule::Quantile(Quantile { rank: rank?, window: window?, of: of? }))
}

pub(super) fn expected(section: &Section<'_>, raw: &RawRate) -> Option<RateRule> {
    let least_chance = section.read("least_chance", raw.least_chance.as_ref(), |leaf| match units::share(leaf)? {
        Ratio::ZERO => Err(Problem::new("what has no chance is worth nothing").help("write least_chance = \"40 %\"")),
        chance => Ok(chance),
    });
    let of = section.read("of", raw.of.as_ref(), |leaf| choice(leaf, &OF));
    let window = section.read("window", raw.window.as_ref(), |leaf| window_of(leaf, of));
    Some(RateRule::Expected { of: of?, window: window?, least_chance: least_chance? })
}

pub(super) fn candle_high(section: &Section<'_>, raw: &RawRate) -> Option<RateRule> {
    let nth = section.require("nth", raw.nth.as_ref(), "write nth = 3", |leaf| units::count(leaf, 1, 500));
    let candle = section.read("candle", raw.candle.as_ref(), |leaf| choice(leaf, &CANDLES));
    let longest = candle.and_then(History::longest);
    let window = section.read("window", raw.window.as_ref(), |leaf| {
        units::window(leaf, candle.unwrap_or(QUARTER), longest.unwrap_or(QuantileOf::Candles.windows().1))
    });
    let factor = section.read("factor", raw.factor.as_ref(), units::factor);
    let (nth, candle, window) = (nth?, candle?, window?);
    let candles = window.get().div_euclid(candle.get());
    if i64::from(nth) > candles {
        let message = format!("`nth` is {nth}, but the window has only {candles} candles of {}", units::span(candle));
        section.refuse("nth", Problem::new(message).help("a longer window, shorter candles, or a smaller nth"));
        return None;
    }
    Some(RateRule::CandleHigh { nth, candle, window, factor: factor? })
}

pub(super) fn effective(section: &Section<'_>, raw: &RawRate) -> Option<RateRule> {
    let week = default_under("slice[].rate.window", "effective").map(default_leaf);
    let window = section.read("window", raw.window.as_ref().or(week.as_ref()), |leaf| {
        units::window(leaf, HOUR.times(48), QuantileOf::Candles.windows().1)
    });
    let hold = section.read("hold", raw.hold.as_ref(), |leaf| units::window(leaf, HOUR, DAY.times(120)));
    let hits = section.read("hits", raw.hits.as_ref(), |leaf| units::count(leaf, 1, 500));
    let (window, hits) = (window?, hits?);
    let hours = window.get().div_euclid(HOUR.get());
    if i64::from(hits) > hours {
        let message = format!("`hits` is {hits}, but the window has only {hours} hours");
        section.refuse("hits", Problem::new(message).help("a longer window, or fewer hits"));
        return None;
    }
    Some(RateRule::Effective { window, hold: hold?, hits })
}

pub(super) fn average(section: &Section<'_>, raw: &RawRate) -> Option<RateRule> {
    let longest = QuantileOf::BestOffer.windows().1;
    let short = section.read("short", raw.short.as_ref(), |leaf| units::window(leaf, MINUTE, HOUR.times(12)));
    let long = section.read("long", raw.long.as_ref(), |leaf| units::window(leaf, MINUTE.times(2), longest));
    let factor = section.read("factor", raw.factor.as_ref(), units::factor);
    let (short, long) = (short?, long?);
    if short >= long {
        let message =
            format!("`short` is {}, not shorter than `long`, which is {}", units::span(short), units::span(long));
        let key = if raw.short.is_some() { "short" } else { "long" };
        section.refuse(key, Problem::new(message).help("write short = \"3m\", long = \"30m\""));
        return None;
    }
    Some(RateRule::Average { short, long, factor: factor? })
}

/// A window that what is ranked can answer.
pub(super) fn window_of(leaf: &Leaf, of: Option<QuantileOf>) -> Result<Millis, Problem> {
    let (least, most) = of.map_or((MINUTE, QuantileOf::Trades.windows().1), QuantileOf::windows);
    units::window(leaf, least, most)
}

/// `at_least`, `at_most`: a rate, `"frr + 5 %"`, `{ quantile = "75 %", window = "24h" }`, or `{ best = "tick" }`.
pub(super) fn bound(section: &Section<'_>, key: &str, leaf: Option<&Leaf>, rounding: Rounding) -> Option<Bound> {
    match leaf? {
        Leaf::Text(text) if text.trim().to_lowercase().starts_with("frr") => {
            section.read(key, leaf, units::offset).map(Bound::Frr)
        }
        Leaf::Table(table) => table_of(&section.table(key), table),
        Leaf::Text(_) | Leaf::Integer(_) | Leaf::Float(_) | Leaf::Bool(_) | Leaf::Date(_) | Leaf::List(_) => {
            section.read(key, leaf, |leaf| units::rate(leaf, rounding)).map(Bound::Fixed)
        }
    }
}

/// True for a lower bound that is always above the upper one.
pub(super) fn crossed(least: Bound, most: Bound) -> bool {
    match (least, most) {
        (Bound::Fixed(least), Bound::Fixed(most)) => above(least, most),
        (Bound::Frr(Offset::Relative(least)), Bound::Frr(Offset::Relative(most))) => least > most,
        (Bound::Frr(Offset::Absolute(least)), Bound::Frr(Offset::Absolute(most))) => least > most,
        (Bound::Quantile(least), Bound::Quantile(most)) => {
            (least.of, least.window) == (most.of, most.window) && least.rank > most.rank
        }
        (Bound::Best { below: least, .. }, Bound::Best { below: most, .. }) => least < most,
        _ => false,
    }
}

/// A bound that is a table.
fn table_of(section: &Section<'_>, table: &BTreeMap<String, Leaf>) -> Option<Bound> {
    unknown_bound_keys(section, table);
    if !["best", "within"].into_iter().any(|key| table.contains_key(key)) {
        return ranked(section, table).map(Bound::Quantile);
    }
    for key in ["quantile", "window", "of"].into_iter().filter(|key| table.contains_key(*key)) {
        let problem = Problem::new(format!("`{key}` beside `best`: a bound goes by one of `quantile` and `best`"));
        section.refuse_key(key, problem.help("remove it"));
    }
    let help = "write { best = \"tick\", within = \"15 %\" }";
    let below = match table.get("best") {
        None => {
            section.refuse_key("", Problem::new("`best` is missing").help(help));
            None
        }
        best => section.read("best", best, units::step),
    };
    let within = match table.get("within") {
        None => Some(None),
        part => section.read("within", part, |leaf| match units::share(leaf)? {
            Ratio::ZERO => Err(Problem::new("a bound that moves nothing").help(help)),
            part => Ok(Some(part)),
        }),
    };
    Some(Bound::Best { below: below?, within: within? })
}

fn unknown_bound_keys(section: &Section<'_>, table: &BTreeMap<String, Leaf>) {
    for key in table.keys().filter(|key| !BOUND.contains(&key.as_str())) {
        let problem = Problem::new(format!("unknown key {} in a bound", quoted(key)));
        let help = match nearest(key, BOUND) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("known here: {}", one_of(BOUND)),
        };
        section.refuse_key(key, problem.help(help));
    }
}

fn ranked(section: &Section<'_>, table: &BTreeMap<String, Leaf>) -> Option<Quantile> {
    let help = "write { quantile = \"75 %\", window = \"24h\" }";
    let rank = match table.get("quantile") {
        None => {
            section.refuse_key("", Problem::new("`quantile` is missing").help(help));
            None
        }
        rank => section.read("quantile", rank, units::share),
    };
    let (trades, day) = (Leaf::Text("trades".to_owned()), Leaf::Text(DAY_BACK.to_owned()));
    let of = section.read("of", Some(table.get("of").unwrap_or(&trades)), |leaf| choice(leaf, &OF));
    let window = section.read("window", Some(table.get("window").unwrap_or(&day)), |leaf| window_of(leaf, of));
    Some(Quantile { rank: rank?, window: window?, of: of? })
}
