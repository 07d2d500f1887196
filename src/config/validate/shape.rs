//! `shape = …`: how a slice's money is cut into offers around the rule's rate.

use std::collections::BTreeMap;

use crate::config::diagnose::quoted;
use crate::config::document::{Section, default_leaf};
use crate::config::raw::Leaf;
use crate::config::units::{self, Problem};
use crate::domain::{Amount, Ratio, Rounding};
use crate::strategy::stats::QuantileOf;
use crate::strategy::{LadderStep, Quantity, Shape};

use super::looking_back::{DAY_BACK, window_of};
use super::{choice, unknown_keys};

const SHAPES: &str = "write shape = \"equal\", { ladder = [\"0 %\", \"+30 %\"], offers = 5 }, \
                      { geometric = \"1.4\", first = \"300 USD\" } or { by_depth = [\"5000 USD\", \"50000 USD\"], offers = 5 }";
/// The most offers of a shape.
const MOST: u16 = 100;
/// Weights are kept in thousandths.
const WEIGHT_DIGITS: u8 = 3;

/// How a band is divided: evenly, closer at its lower end, at its upper end, or at both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Easing {
    Linear,
    In,
    Out,
    InOut,
}

pub(super) fn read(section: &Section<'_>, leaf: Option<&Leaf>) -> Option<Shape> {
    let table = match leaf {
        None => return Some(Shape::Equal),
        Some(Leaf::Table(table)) => table,
        Some(Leaf::Text(word)) if word == "equal" => return Some(Shape::Equal),
        Some(Leaf::Text(word)) => {
            section.refuse("shape", Problem::new(format!("there is no shape {}", quoted(word))).help(SHAPES));
            return None;
        }
        Some(other) => {
            let problem = Problem::new(format!("expected a shape, found {}", other.kind()));
            section.refuse("shape", problem.help(SHAPES));
            return None;
        }
    };
    let inner = section.table("shape");
    let kinds = ["ladder", "geometric", "by_depth"];
    let mut found = kinds.iter().filter(|kind| table.contains_key(**kind));
    match (found.next(), found.next()) {
        (Some(_), Some(second)) => {
            inner.refuse_key(second, Problem::new("a slice has one shape: write one of them").help(SHAPES));
            None
        }
        (Some(&"ladder"), None) => ladder(&inner, table),
        (Some(&"geometric"), None) => geometric(&inner, table),
        (Some(_), None) => by_depth(&inner, table),
        (None, _) => {
            unknown_keys(&inner, table, "shape", &["ladder", "geometric", "by_depth"]);
            if table.is_empty() {
                inner.refuse_key("", Problem::new("an empty shape").help(SHAPES));
            }
            None
        }
    }
}

fn some_amount(leaf: &Leaf) -> Result<Quantity, Problem> {
    match units::quantity(leaf, Rounding::Nearest)? {
        Quantity::Own(Amount::ZERO) | Quantity::Usd(Amount::ZERO) => Err(Problem::new("the amount is zero")),
        quantity @ (Quantity::Own(_) | Quantity::Usd(_)) => Ok(quantity),
    }
}

fn geometric(inner: &Section<'_>, table: &BTreeMap<String, Leaf>) -> Option<Shape> {
    unknown_keys(inner, table, "shape", &["geometric", "first", "step"]);
    let factor = inner.read("geometric", table.get("geometric"), units::growth);
    let first = inner.require("first", table.get("first"), "write first = \"300 USD\"", some_amount);
    let step = match table.get("step") {
        None => Some(Ratio::ZERO),
        Some(leaf) => inner.read("step", Some(leaf), |leaf| match units::apart(leaf)? {
            low if low < Ratio::ZERO => {
                Err(Problem::new("each offer is dearer than the one before").help("write step = \"+10 %\""))
            }
            step => Ok(step),
        }),
    };
    Some(Shape::Geometric { factor: factor?, first: first?, step: step? })
}

fn by_depth(inner: &Section<'_>, table: &BTreeMap<String, Leaf>) -> Option<Shape> {
    unknown_keys(inner, table, "shape", &["by_depth", "offers"]);
    let offers = inner.require("offers", table.get("offers"), "write offers = 5", |leaf| units::count(leaf, 1, MOST));
    let Some(Leaf::List(pair)) = table.get("by_depth") else {
        inner.refuse("by_depth", Problem::new("two depths are needed").help(SHAPES));
        return None;
    };
    let [from, to] = pair.as_slice() else {
        inner.refuse("by_depth", Problem::new("two depths are needed").help(SHAPES));
        return None;
    };
    let place = inner.table("by_depth");
    let from = place.read("0", Some(from), |leaf| units::quantity(leaf, Rounding::Nearest));
    let to = place.read("1", Some(to), some_amount);
    let (from, to) = (from?, to?);
    match (from, to) {
        (Quantity::Own(low), Quantity::Own(high)) | (Quantity::Usd(low), Quantity::Usd(high)) if low > high => {
            place.refuse("1", Problem::new("less deep than the first").help("the cheapest offer comes first"));
            None
        }
        (Quantity::Own(_), Quantity::Usd(_)) | (Quantity::Usd(_), Quantity::Own(_)) => {
            place.refuse(
                "1",
                Problem::new("in another unit than the first").help("write both with USD or both without"),
            );
            None
        }
        _ => Some(Shape::ByDepth { from, to, offers: offers? }),
    }
}

/// A band of two ends with a number of offers, or each step by itself.
fn ladder(inner: &Section<'_>, table: &BTreeMap<String, Leaf>) -> Option<Shape> {
    unknown_keys(inner, table, "shape", &["ladder", "offers", "weights", "easing", "widen", "most", "window"]);
    let Some(Leaf::List(list)) =
        table.get("ladder").filter(|leaf| matches!(leaf, Leaf::List(list) if !list.is_empty()))
    else {
        inner.refuse("ladder", Problem::new("a ladder is a list of steps").help(SHAPES));
        return None;
    };
    let place = inner.table("ladder");
    let steps: Vec<_> =
        list.iter().enumerate().map(|(index, leaf)| place.read(&index.to_string(), Some(leaf), units::apart)).collect();
    let steps = steps.into_iter().collect::<Option<Vec<_>>>()?;
    if let Some(index) = steps.windows(2).position(|pair| pair.first() > pair.last()) {
        let index = index.saturating_add(1).to_string();
        place.refuse(&index, Problem::new("the steps must rise").help("write the lowest first"));
        return None;
    }
    let offers = match table.get("offers") {
        None => None,
        Some(leaf) => Some(inner.read("offers", Some(leaf), |leaf| units::count(leaf, 1, MOST))?),
    };
    let easing = match table.get("easing") {
        None => Easing::Linear,
        Some(leaf) => inner.read("easing", Some(leaf), |leaf| {
            let words =
                [("linear", Easing::Linear), ("in", Easing::In), ("out", Easing::Out), ("in-out", Easing::InOut)];
            choice(leaf, &words)
        })?,
    };
    let steps = match (steps.as_slice(), offers) {
        ([low, high], Some(offers)) => band(*low, *high, offers, easing),
        (_, Some(_)) => {
            let problem = Problem::new("every step is written already: `offers` divides a band of two ends");
            inner.refuse_key("offers", problem.help("remove it, or write two steps"));
            return None;
        }
        (_, None) if table.contains_key("easing") => {
            let problem = Problem::new("`easing` divides a band of two ends: how many offers?");
            inner.refuse_key("easing", problem.help("write offers = 5"));
            return None;
        }
        (steps, None) => steps.to_vec(),
    };
    let weights = weights(inner, table, steps.len())?;
    let steps = steps.into_iter().zip(weights).map(|(step, weight)| LadderStep { step, weight }).collect();
    widening(inner, table, steps)
}

/// The ladder, which may be wider while the market is unusual.
fn widening(inner: &Section<'_>, table: &BTreeMap<String, Leaf>, steps: Vec<LadderStep>) -> Option<Shape> {
    let Some(by) = table.get("widen") else {
        if let Some(key) = ["most", "window"].into_iter().find(|key| table.contains_key(*key)) {
            let problem = Problem::new(format!("`{key}` means nothing without `widen`"));
            inner.refuse_key(key, problem.help("write widen = \"50 %\", or remove it"));
            return None;
        }
        return Some(Shape::Ladder(steps));
    };
    if steps.first().map(|step| step.step) == steps.last().map(|step| step.step) {
        let problem = Problem::new("a ladder of one rate has no width");
        inner.refuse("widen", problem.help("write two ends: ladder = [\"-5 %\", \"+5 %\"], offers = 6"));
        return None;
    }
    let by = inner.read("widen", Some(by), units::share);
    let most = table.get("most").map_or(Some(Ratio::ONE), |leaf| inner.read("most", Some(leaf), units::share));
    let day = default_leaf(DAY_BACK);
    let window = table.get("window").unwrap_or(&day);
    let window = inner.read("window", Some(window), |leaf| window_of(leaf, Some(QuantileOf::Trades)));
    Some(Shape::Widening { steps, by: by?, most: most?, window: window? })
}

/// `offers` steps from `low` to `high`, both included.
fn band(low: Ratio, high: Ratio, offers: u16, easing: Easing) -> Vec<Ratio> {
    let gaps = i64::from(offers.saturating_sub(1).max(1));
    let span = high.ppm().saturating_sub(low.ppm());
    let whole = gaps.saturating_mul(gaps);
    (0..i64::from(offers))
        .map(|rung| {
            let left = gaps.saturating_sub(rung);
            let way = match easing {
                Easing::Linear => rung.saturating_mul(gaps),
                Easing::In => rung.saturating_mul(rung),
                Easing::Out => whole.saturating_sub(left.saturating_mul(left)),
                Easing::InOut if rung.saturating_mul(2) <= gaps => rung.saturating_mul(rung).saturating_mul(2),
                Easing::InOut => whole.saturating_sub(left.saturating_mul(left).saturating_mul(2)),
            };
            Ratio::from_ppm(low.ppm().saturating_add(span.saturating_mul(way) / whole))
        })
        .collect()
}

/// One weight a step: whole numbers, or numbers with a point in quotes.
fn weights(inner: &Section<'_>, table: &BTreeMap<String, Leaf>, steps: usize) -> Option<Vec<u32>> {
    let fix = "write weights = [1, 2, 2, 1], or with points in quotes: [\"1\", \"1.5\"]";
    let list = match table.get("weights") {
        None => return Some(vec![1; steps]),
        Some(Leaf::List(list)) => list,
        Some(_) => {
            inner.refuse("weights", Problem::new("weights is a list of numbers").help(fix));
            return None;
        }
    };
    if list.len() != steps {
        let message = format!("{} weights for {steps} offers", list.len());
        inner.refuse("weights", Problem::new(message).help("one weight an offer"));
        return None;
    }
    let place = inner.table("weights");
    let read = |(index, leaf): (usize, &Leaf)| place.read(&index.to_string(), Some(leaf), |leaf| weight(leaf, fix));
    list.iter().enumerate().map(read).collect::<Vec<_>>().into_iter().collect()
}

fn weight(leaf: &Leaf, fix: &str) -> Result<u32, Problem> {
    let whole = if let Leaf::Integer(whole) = leaf { Some(whole.to_string()) } else { None };
    let written = if let Leaf::Text(text) = leaf { Some(text.trim().to_owned()) } else { None };
    let Some(text) = whole.or(written) else {
        return Err(Problem::new(format!("expected a weight, found {}", leaf.kind())).help(fix));
    };
    let units = crate::domain::Decimal::parse(&text).and_then(|value| value.to_units(WEIGHT_DIGITS, Rounding::Nearest));
    match units.ok().and_then(|units| u32::try_from(units).ok()) {
        Some(weight @ 1..=1_000_000) => Ok(weight),
        _ => Err(Problem::new(format!("{} is no weight from 0.001 to 1000", quoted(&text))).help(fix)),
    }
}
