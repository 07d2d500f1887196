//! `profiles/NAME.toml`: the limits, and what the slices must be together.

use std::collections::BTreeSet;

use crate::config::document::Section;
use crate::config::raw::{Leaf, RawLimits, RawProfile, RawSlice};
use crate::config::units::{self, Problem};
use crate::domain::{Amount, Days, Ratio, Rounding};
use crate::strategy::{
    Bound, Modifiers, PeriodRule, Profile, ProfileLimits, Quantity, RateRule, RateSpec, Slice, Trend,
};

use super::{choice, looking_back, modifiers, name, period, rule};

/// The fee under which gross and net rates are compared here; what an account really pays is applied by the core.
const FEE: Ratio = Ratio::percent(15);

/// The most offers that a profile may ask for in one currency.
const MAX_OFFERS: u16 = 100;

pub(super) fn read(root: &Section<'_>, raw: &RawProfile, file: &str) -> Option<Profile> {
    let description = root.read("description", raw.description.as_ref(), description);
    let limits = limits(&root.table("limits"), &raw.limits);
    if raw.slice.is_empty() {
        root.missing("slice", "write at least one [[slice]] with name, share and rate");
    }
    let mut names = BTreeSet::new();
    let mut slices = Vec::new();
    for (index, slice) in raw.slice.iter().enumerate() {
        let section = root.entry("slice", index);
        let read = slice_of(&section, slice, limits.as_ref());
        if let Some(read) = &read
            && !names.insert(read.name.clone())
        {
            let problem = Problem::new(format!("two slices are named `{}`", read.name));
            section.refuse("name", problem.help("each slice needs a name of its own"));
        }
        slices.push(read);
    }
    sums(root, raw);
    let slices = slices.into_iter().collect::<Option<Vec<_>>>()?;
    Some(Profile { name: file.to_owned(), description: description?, limits: limits?, slices })
}

/// In no trend may the slices share out more than there is.
fn sums(root: &Section<'_>, raw: &RawProfile) {
    let sum = |trend: Trend| {
        let there = |slice: &&RawSlice| slice.trend.as_ref().is_none_or(|leaf| self::trend(leaf) == Ok(trend));
        let shares = raw.slice.iter().filter(there).filter_map(|slice| units::share(slice.share.as_ref()?).ok());
        Ratio::from_ppm(shares.map(Ratio::ppm).fold(0, i64::saturating_add))
    };
    let all = raw.slice.iter().all(|slice| slice.trend.is_none());
    if let Some(trend) = Trend::ALL.into_iter().find(|trend| sum(*trend) > Ratio::ONE) {
        let when = if all { String::new() } else { format!(" in a {} market", trend.name()) };
        let last = root.entry("slice", raw.slice.len().saturating_sub(1));
        let message = format!("the shares of all slices sum to {}{when}", sum(trend));
        last.refuse("share", Problem::new(message).help("at most 100 %"));
    }
}

fn trend(leaf: &Leaf) -> Result<Trend, Problem> {
    choice(leaf, &Trend::ALL.map(|trend| (trend.name(), trend)))
}

fn description(leaf: &Leaf) -> Result<String, Problem> {
    let Leaf::Text(text) = leaf else {
        return Err(Problem::new(format!("expected a text in quotes, found {}", leaf.kind())));
    };
    Ok(text.clone())
}

fn limits(section: &Section<'_>, raw: &RawLimits) -> Option<ProfileLimits> {
    let help = "without a floor nothing is lent: write floor = \"3 %/year net\"";
    let floor = section.require("floor", raw.floor.as_ref(), help, |leaf| units::rate(leaf, Rounding::Up));
    let ceiling = section.read("ceiling", raw.ceiling.as_ref(), |leaf| units::rate(leaf, Rounding::Down));
    if let (Some(floor), Some(ceiling)) = (floor, ceiling)
        && above(floor, ceiling)
    {
        section.refuse("ceiling", Problem::new("the ceiling is under the floor: nothing could be lent"));
    }
    let max_offer = section.read("max_offer", raw.max_offer.as_ref(), |leaf| {
        let largest = units::quantity(leaf, Rounding::Down)?;
        match largest {
            Quantity::Usd(usd) if usd < Amount::whole(150) => Err(under_minimum()),
            Quantity::Own(Amount::ZERO) => Err(Problem::new("no offer can be of nothing")),
            Quantity::Own(_) | Quantity::Usd(_) => Ok(largest),
        }
    });
    let max_period = section.read("max_period", raw.max_period.as_ref(), days);
    let max_offers = section.read("max_offers", raw.max_offers.as_ref(), |leaf| units::count(leaf, 1, MAX_OFFERS));
    Some(ProfileLimits { floor: floor?, ceiling, max_offer, max_period: max_period?, max_offers: max_offers? })
}

/// The largest offer is one that the exchange would refuse.
pub(super) fn under_minimum() -> Problem {
    Problem::new("max_offer is under the exchange's smallest offer of 150 USD: nothing could be lent")
}

fn slice_of(section: &Section<'_>, raw: &RawSlice, limits: Option<&ProfileLimits>) -> Option<Slice> {
    let name = section.require("name", raw.name.as_ref(), "write name = \"core\"", name);
    let share = section.require("share", raw.share.as_ref(), "write share = \"100 %\"", |leaf| {
        let share = units::share(leaf)?;
        if share == Ratio::ZERO { Err(Problem::new("a slice of nothing").help("remove it")) } else { Ok(share) }
    });
    let in_trend = match &raw.trend {
        None => Some(None),
        written => section.read("trend", written.as_ref(), |leaf| trend(leaf).map(Some)),
    };
    if raw.rate.is_none() {
        section.missing("rate", "write rate = { rule = \"fixed\", at = \"0.02 %/day\" }, or another rule");
    }
    let rate = raw.rate.as_ref().and_then(|rate| rule::read(&section.table("rate"), rate));
    let adaptive = matches!(rate, Some((RateRule::Adaptive, ..)));
    let period = period_or_adaptive(section, raw.period.as_ref(), adaptive);
    let release = modifiers::release(section, raw.release.as_ref());
    let at_least = looking_back::bound(section, "at_least", raw.at_least.as_ref(), Rounding::Up);
    let at_most = looking_back::bound(section, "at_most", raw.at_most.as_ref(), Rounding::Down);
    let hidden = section.read("hidden", raw.hidden.as_ref(), units::boolean);
    if at_least.zip(at_most).is_some_and(|(least, most)| looking_back::crossed(least, most)) {
        section.refuse("at_most", Problem::new("at_most is under at_least"));
    }
    let modifiers = modifiers::read(section, raw);
    let (rule, allow_below_floor_after_match, follow_use) = rate?;
    let slice = Slice {
        name: name?,
        share: share?,
        trend: in_trend?,
        rate: rule,
        period: period?,
        release: release?,
        at_least,
        at_most,
        hidden: hidden?,
        allow_below_floor_after_match,
        modifiers: Modifiers { follow_use, ..modifiers? },
    };
    if let Some(limits) = limits {
        within(section, &slice, limits);
    }
    Some(slice)
}

/// What a slice asks for must be possible under the limits, else it would silently never lend.
fn within(section: &Section<'_>, slice: &Slice, limits: &ProfileLimits) {
    let floor = limits.floor;
    if let Some(Bound::Fixed(most)) = slice.at_most
        && above(floor, most)
    {
        section.refuse("at_most", Problem::new("at_most is under the floor: this slice could never lend"));
    }
    if let (Some(Bound::Fixed(least)), Some(ceiling)) = (slice.at_least, limits.ceiling)
        && above(least, ceiling)
    {
        section.refuse("at_least", Problem::new("at_least is over the ceiling: this slice could never lend"));
    }
    rule::within(&section.table("rate"), &slice.rate, limits);
    modifiers::within(section, slice, limits);
    if period::longest(&slice.period).is_some_and(|longest| longest > limits.max_period) {
        let message = format!("longer than max_period, which is {} days", limits.max_period.get());
        section.refuse("period", Problem::new(message).help("raise max_period in [limits], or shorten this"));
    }
}

/// True when `low` is above `high`. Two gross or two net rates compare as they are.
pub(super) fn above(low: RateSpec, high: RateSpec) -> bool {
    if low.net == high.net { low.rate > high.rate } else { low.gross(FEE) > high.gross(FEE) }
}

pub(super) fn days(leaf: &Leaf) -> Result<Days, Problem> {
    units::count(leaf, Days::MIN.get(), Days::MAX.get()).map(Days::new)
}

/// The rule `adaptive` picks the period with the rate where none is written, or `"adaptive"`.
fn period_or_adaptive(section: &Section<'_>, leaf: Option<&Leaf>, adaptive: bool) -> Option<PeriodRule> {
    let asked = matches!(leaf, Some(Leaf::Text(text)) if text == "adaptive");
    if asked && !adaptive {
        let problem = Problem::new("only the rule `adaptive` picks a period with its rate");
        section.refuse("period", problem.help(period::STEPS));
        return None;
    }
    if asked || adaptive && leaf.is_none() { Some(PeriodRule::Adaptive) } else { period::read(section, leaf) }
}
