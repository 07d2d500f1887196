//! `shape`, `decay`, `max_fall`, `take_bids`: what stands beside a slice's rate and period rule.

use std::collections::BTreeMap;

use crate::config::document::Section;
use crate::config::raw::{Leaf, RawSlice};
use crate::config::units::{self, Problem};
use crate::domain::{MINUTE, Millis, Ratio, Rounding, SECOND};
use crate::strategy::{
    BidWorth, Bottom, Bound, Decay, Fall, MaxFall, Modifiers, PeriodRule, ProfileLimits, RateRule, RateSpec, Release,
    Shape, Slice, TakeBids,
};

use super::profile::above;
use super::{shape, unknown_keys};

const DECAY: &str = "write decay = { every = \"10m\", by = \"5 %\", start = \"+20 %\", to = \"floor\" }";
const MAX_FALL: &str = "write max_fall = { by = \"2 %\", every = \"10m\" }";
const RELEASE: &str = "write release = \"0.05 %/day\", or { frr_above_middle = \"0.01 %/day\" }";
const TAKE_BIDS: &str = "write take_bids = { at_least = \"0.03 %/day\" }, or { at_least = \"rule\" }";

/// Everything but what stands in the rate rule's table.
pub(super) fn read(section: &Section<'_>, raw: &RawSlice) -> Option<Modifiers> {
    let shape = shape::read(section, raw.shape.as_ref());
    let decay = inline(section, "decay", raw.decay.as_ref(), DECAY, decay);
    let max_fall = inline(section, "max_fall", raw.max_fall.as_ref(), MAX_FALL, max_fall);
    let take_bids = inline(section, "take_bids", raw.take_bids.as_ref(), TAKE_BIDS, take_bids);
    Some(Modifiers { shape: shape?, decay: decay?, max_fall: max_fall?, take_bids: take_bids?, follow_use: None })
}

/// Reads an inline table where there is one: nothing when it is absent, `None` when it is refused.
#[expect(clippy::option_option, reason = "absent and refused are two things")]
fn inline<T>(
    section: &Section<'_>,
    key: &str,
    leaf: Option<&Leaf>,
    help: &str,
    read: impl FnOnce(&Section<'_>, &BTreeMap<String, Leaf>) -> Option<T>,
) -> Option<Option<T>> {
    match leaf {
        None => Some(None),
        Some(Leaf::Table(table)) => read(&section.table(key), table).map(Some),
        Some(other) => {
            let problem = Problem::new(format!("`{key}` is a table, found {}", other.kind()));
            section.refuse(key, problem.help(help));
            None
        }
    }
}

/// `release`: a rate, or a table that tells it of a jump of the flash return rate.
#[expect(clippy::option_option, reason = "absent and refused are two things")]
pub(super) fn release(section: &Section<'_>, leaf: Option<&Leaf>) -> Option<Option<Release>> {
    match leaf {
        None => Some(None),
        Some(Leaf::Table(table)) => {
            let inner = section.table("release");
            unknown_keys(&inner, table, "release", &["frr_above_middle"]);
            let far = inner.require("frr_above_middle", table.get("frr_above_middle"), RELEASE, units::step);
            far.map(|far| Some(Release::FrrAboveMiddle(far)))
        }
        Some(_) => {
            section.read("release", leaf, |leaf| units::rate(leaf, Rounding::Up)).map(|rate| Some(Release::Pays(rate)))
        }
    }
}

fn decay(inner: &Section<'_>, table: &BTreeMap<String, Leaf>) -> Option<Decay> {
    unknown_keys(inner, table, "decay", &["every", "by", "start", "to"]);
    let every = inner.require("every", table.get("every"), DECAY, |leaf| at_least(leaf, MINUTE));
    let by = inner.require("by", table.get("by"), DECAY, fall);
    let start = match table.get("start") {
        None => Some(Ratio::ZERO),
        Some(leaf) => inner.read("start", Some(leaf), |leaf| match units::apart(leaf)? {
            low if low < Ratio::ZERO => {
                Err(Problem::new("a decay starts at the rule's rate or above it").help("write start = \"+20 %\""))
            }
            start => Ok(start),
        }),
    };
    let to = match table.get("to") {
        None => Some(Bottom::Floor),
        Some(leaf) => inner.read("to", Some(leaf), |leaf| match word(leaf) {
            "floor" => Ok(Bottom::Floor),
            "rule" => Ok(Bottom::Rule),
            _ => units::rate(leaf, Rounding::Up)
                .map(Bottom::Rate)
                .map_err(|problem| problem.help("write \"floor\", \"rule\", or a rate such as \"0.02 %/day\"")),
        }),
    };
    let decay = Decay { every: every?, by: by?, start: start?, to: to? };
    if decay.start == Ratio::ZERO && decay.to == Bottom::Rule {
        let problem = Problem::new("from the rule's rate to the rule's rate nothing falls");
        inner.refuse("to", problem.help("write start = \"+20 %\", or to = \"floor\""));
    }
    Some(decay)
}

/// The word that stands there, if any.
fn word(leaf: &Leaf) -> &str {
    if let Leaf::Text(text) = leaf { text.trim() } else { "" }
}

/// One step down: a part, or a rate.
fn fall(leaf: &Leaf) -> Result<Fall, Problem> {
    if !word(leaf).contains('/') {
        return part(leaf).map(Fall::Part);
    }
    let spec = units::rate(leaf, Rounding::Nearest)?;
    if spec.net {
        return Err(Problem::new("a step down is no net rate").help("write by = \"0.001 %/day\""));
    }
    Ok(Fall::Rate(spec.rate))
}

/// A part that a rate falls by.
fn part(leaf: &Leaf) -> Result<Ratio, Problem> {
    let part = units::share(leaf)?;
    if part < Ratio::from_ppm(1_000) || part > Ratio::percent(90) {
        return Err(Problem::new(format!("{part} is not between 0.1 % and 90 %")));
    }
    Ok(part)
}

fn at_least(leaf: &Leaf, least: Millis) -> Result<Millis, Problem> {
    let span = units::duration(leaf)?;
    if span < least {
        let seconds = least.get() / SECOND.get();
        return Err(Problem::new(format!("under {seconds} seconds: offers cannot be moved so often")));
    }
    Ok(span)
}

fn max_fall(inner: &Section<'_>, table: &BTreeMap<String, Leaf>) -> Option<MaxFall> {
    unknown_keys(inner, table, "max_fall", &["by", "every"]);
    let by = inner.require("by", table.get("by"), MAX_FALL, part);
    let every = inner.require("every", table.get("every"), MAX_FALL, |leaf| at_least(leaf, MINUTE));
    Some(MaxFall { by: by?, every: every? })
}

fn take_bids(inner: &Section<'_>, table: &BTreeMap<String, Leaf>) -> Option<TakeBids> {
    unknown_keys(inner, table, "take_bids", &["at_least"]);
    let worth = inner.require("at_least", table.get("at_least"), TAKE_BIDS, |leaf| match word(leaf) {
        "rule" => Ok(BidWorth::Rule),
        _ => units::rate(leaf, Rounding::Up)
            .map(BidWorth::Rate)
            .map_err(|problem| problem.help("write \"rule\", or a rate such as \"0.03 %/day\"")),
    });
    Some(TakeBids { at_least: worth? })
}

/// What the modifiers ask for must be possible under the limits.
pub(super) fn within(section: &Section<'_>, slice: &Slice, limits: &ProfileLimits) {
    let over = |spec: RateSpec| limits.ceiling.is_some_and(|ceiling| above(spec, ceiling));
    if let Some(TakeBids { at_least: BidWorth::Rate(spec) }) = slice.modifiers.take_bids
        && over(spec)
    {
        let problem = Problem::new("the rate is over the ceiling: no bid could be taken");
        section.table("take_bids").refuse("at_least", problem);
    }
    comes_alone(section, slice);
    let offers = match &slice.modifiers.shape {
        Shape::Ladder(steps) | Shape::Widening { steps, .. } => steps.len(),
        Shape::ByDepth { offers, .. } => usize::from(*offers),
        Shape::Equal | Shape::Geometric { .. } => 1,
    };
    if offers > usize::from(limits.max_offers) {
        let message = format!("more offers than max_offers, which is {}", limits.max_offers);
        let help = "raise max_offers in [limits], or place fewer";
        section.refuse("shape", Problem::new(message).help(help));
    }
}

/// The period `adaptive` comes with rates, parts and bids of the rule's own: nothing can be laid around them.
fn comes_alone(section: &Section<'_>, slice: &Slice) {
    if slice.period != PeriodRule::Adaptive {
        return;
    }
    let modifiers = &slice.modifiers;
    let beside = [
        ("shape", modifiers.shape != Shape::Equal),
        ("decay", modifiers.decay.is_some()),
        ("max_fall", modifiers.max_fall.is_some()),
        ("take_bids", modifiers.take_bids.is_some()),
    ];
    for (key, _) in beside.into_iter().filter(|(_, is_there)| *is_there) {
        let problem = Problem::new(format!("`{key}` beside the rule `adaptive`, which picks the period with the rate"));
        section.refuse(key, problem.help("leave it out, or give the slice a period: period = 2"));
    }
}

/// What is allowed but probably not meant.
pub(super) fn remark(section: &Section<'_>, slice: &Slice, limits: &ProfileLimits) {
    if let Some(Decay { to: Bottom::Rate(spec), .. }) = slice.modifiers.decay
        && above(limits.floor, spec)
    {
        section.table("decay").remark("to", Problem::new("under the floor: the decay ends at the floor"));
    }
    if let Some(TakeBids { at_least: BidWorth::Rate(spec) }) = slice.modifiers.take_bids
        && above(limits.floor, spec)
    {
        let problem = Problem::new("under the floor: only bids at the floor or above are taken");
        section.table("take_bids").remark("at_least", problem);
    }
    if let Some(Bound::Best { within: None, .. }) = slice.at_most {
        let problem = Problem::new("nothing but the floor stops this slice from following other bots down without end");
        section.remark("at_most", problem.help("write at_most = { best = \"tick\", within = \"15 %\" }"));
    }
    let shapes_rates = !matches!(slice.modifiers.shape, Shape::Equal);
    if matches!(slice.rate, RateRule::Spread { .. }) && shapes_rates {
        let problem = Problem::new("the shape replaces the spread's own offers: it starts from the cheapest of them");
        section.remark("shape", problem.help("the rule `depth` with this shape says the same more plainly"));
    }
    if let (RateRule::Fixed { at }, Shape::Ladder(steps) | Shape::Widening { steps, .. }) =
        (slice.rate, &slice.modifiers.shape)
    {
        let step = |ratio: Ratio| Ratio::from_ppm(Ratio::ONE.ppm().saturating_add(ratio.ppm()));
        let rate = |ratio: Ratio| RateSpec { rate: at.rate.times(step(ratio), Rounding::Down), net: at.net };
        let low = steps.iter().filter(|rung| above(limits.floor, rate(rung.step))).count();
        if low > 0 {
            let message =
                format!("{low} of the {} offers would stand under the floor: their part is held back", steps.len());
            section.remark("shape", Problem::new(message).help("start the ladder higher, or lower the floor"));
        }
    }
}
