//! `rate = { rule = …, … }`.

use crate::config::diagnose::{nearest, one_of, quoted};
use crate::config::document::Section;
use crate::config::keys::RULES;
use crate::config::raw::{Leaf, RawRate};
use crate::config::units::{self, Problem};
use crate::domain::{Amount, MINUTE, Ratio, Rounding};
use crate::strategy::{FollowUse, FrrAs, Offset, ProfileLimits, Quantity, RateRule};

use super::profile::above;
use super::{choice, looking_back};

/// A rule, the consent to a loan under the floor, and whether its depths follow the use of the money.
type Read = (RateRule, bool, Option<FollowUse>);

/// Reads the rule and what stands beside it.
pub(super) fn read(section: &Section<'_>, raw: &RawRate) -> Option<Read> {
    let help = format!("write rule = {}", one_of(RULES.iter().copied()).replace('`', "\""));
    let rule = section.require("rule", raw.rule.as_ref(), &help, rule_name)?;
    foreign_keys(section, raw, rule);
    let consent =
        section.read("allow_below_floor_after_match", raw.allow_below_floor_after_match.as_ref(), units::boolean);
    let read = match rule {
        "fixed" => fixed(section, raw),
        "frr" => frr(section, raw, consent),
        "depth" => depth(section, raw),
        "spread" => spread(section, raw),
        "best" => looking_back::best(section, raw),
        "quantile" => looking_back::quantile(section, raw),
        "expected" => looking_back::expected(section, raw),
        "candle_high" => looking_back::candle_high(section, raw),
        "effective" => looking_back::effective(section, raw),
        "adaptive" => Some(RateRule::Adaptive),
        _ => looking_back::average(section, raw),
    };
    let follow = follow_use(section, raw);
    Some((read?, consent?, follow?))
}

fn rule_name(leaf: &Leaf) -> Result<&'static str, Problem> {
    let text = units::text(leaf)?;
    if let Some(rule) = RULES.iter().find(|rule| **rule == text) {
        return Ok(rule);
    }
    let problem = Problem::new(format!("there is no rule {}", quoted(text)));
    Err(match nearest(text, RULES.iter().copied()) {
        Some(meant) => problem.help(format!("did you mean `{meant}`?")),
        None => problem.help(format!("use {}", one_of(RULES.iter().copied()))),
    })
}

/// Keys that belong to another rule would silently mean nothing.
fn foreign_keys(section: &Section<'_>, raw: &RawRate, rule: &str) {
    let keys: [(&str, &Option<Leaf>, &[&str]); 25] = [
        ("at", &raw.at, &["fixed"]),
        ("offset", &raw.offset, &["frr"]),
        ("as", &raw.placed, &["frr"]),
        ("allow_below_floor_after_match", &raw.allow_below_floor_after_match, &["frr"]),
        ("amount", &raw.amount, &["depth"]),
        ("from", &raw.from, &["spread"]),
        ("to", &raw.to, &["spread"]),
        ("offers", &raw.offers, &["spread"]),
        ("target_use", &raw.target_use, &["depth", "spread"]),
        ("adjust", &raw.adjust, &["depth", "spread"]),
        ("cycle", &raw.cycle, &["depth", "spread"]),
        ("within", &raw.within, &["depth", "spread"]),
        ("below", &raw.below, &["best"]),
        ("race_floor", &raw.race_floor, &["best"]),
        ("rank", &raw.rank, &["quantile"]),
        ("least_chance", &raw.least_chance, &["expected"]),
        ("of", &raw.of, &["quantile", "expected"]),
        ("window", &raw.window, &["quantile", "expected", "candle_high", "effective"]),
        ("nth", &raw.nth, &["candle_high"]),
        ("candle", &raw.candle, &["candle_high"]),
        ("hold", &raw.hold, &["effective"]),
        ("hits", &raw.hits, &["effective"]),
        ("factor", &raw.factor, &["candle_high", "average"]),
        ("short", &raw.short, &["average"]),
        ("long", &raw.long, &["average"]),
    ];
    let own = keys.iter().filter(|(_, _, owners)| owners.contains(&rule)).map(|(key, ..)| *key);
    let help = format!("`{rule}` knows {}", one_of(own));
    for (key, leaf, owners) in keys {
        if leaf.is_some() && !owners.contains(&rule) {
            let message =
                format!("`{key}` belongs to the rule {}, this one is `{rule}`", one_of(owners.iter().copied()));
            section.refuse_key(key, Problem::new(message).help(help.clone()));
        }
    }
}

fn fixed(section: &Section<'_>, raw: &RawRate) -> Option<RateRule> {
    let help = "write at = \"0.02 %/day\"";
    let at = section.require("at", raw.at.as_ref(), help, |leaf| units::rate(leaf, Rounding::Nearest))?;
    Some(RateRule::Fixed { at })
}

fn frr(section: &Section<'_>, raw: &RawRate, consent: Option<bool>) -> Option<RateRule> {
    let offset = section.read("offset", raw.offset.as_ref(), units::offset);
    let placed = section.read("as", raw.placed.as_ref(), |leaf| {
        let words =
            [("limit", FrrAs::Limit), ("delta-fixed", FrrAs::DeltaFixed), ("delta-variable", FrrAs::DeltaVariable)];
        choice(leaf, &words)
    })?;
    match (placed, consent) {
        (FrrAs::DeltaVariable, Some(false)) => {
            let problem =
                Problem::new("a delta-variable loan floats on after the match and may earn less than the floor");
            section.refuse(
                "as",
                problem.help("accept that with allow_below_floor_after_match = true, or use delta-fixed"),
            );
        }
        (FrrAs::Limit | FrrAs::DeltaFixed, Some(true)) => {
            let problem = Problem::new("only as = \"delta-variable\" can earn less than the floor after the match");
            section.refuse_key("allow_below_floor_after_match", problem.help("remove it"));
        }
        _ => {}
    }
    Some(RateRule::Frr { offset: offset?, placed })
}

fn depth(section: &Section<'_>, raw: &RawRate) -> Option<RateRule> {
    let help = "write amount = \"20000 USD\"";
    let amount = section.require("amount", raw.amount.as_ref(), help, some_amount)?;
    Some(RateRule::Depth { amount })
}

fn some_amount(leaf: &Leaf) -> Result<Quantity, Problem> {
    let quantity = units::quantity(leaf, Rounding::Nearest)?;
    match quantity {
        Quantity::Own(Amount::ZERO) | Quantity::Usd(Amount::ZERO) => Err(Problem::new("the amount is zero")),
        Quantity::Own(_) | Quantity::Usd(_) => Ok(quantity),
    }
}

/// The keys of a depth that follows the use of the money; nothing wrong without them.
#[expect(clippy::option_option, reason = "absent and refused are two things")]
fn follow_use(section: &Section<'_>, raw: &RawRate) -> Option<Option<FollowUse>> {
    let Some(target) = &raw.target_use else {
        for (key, leaf) in [("adjust", &raw.adjust), ("cycle", &raw.cycle), ("within", &raw.within)] {
            if leaf.is_some() {
                let problem = Problem::new(format!("`{key}` means nothing without `target_use`"));
                section.refuse_key(key, problem.help("write target_use = \"98 %\", or remove it"));
            }
        }
        return Some(None);
    };
    let positive = |leaf: &Leaf| match units::share(leaf)? {
        Ratio::ZERO => Err(Problem::new("a share of nothing")),
        share => Ok(share),
    };
    let target = section.read("target_use", Some(target), positive);
    let adjust = section.read("adjust", raw.adjust.as_ref(), |leaf| match positive(leaf)? {
        whole if whole > Ratio::percent(50) => {
            Err(Problem::new("a change of more than half at a time would only swing").help("write adjust = \"10 %\""))
        }
        adjust => Ok(adjust),
    });
    let cycle = section.read("cycle", raw.cycle.as_ref(), |leaf| match units::duration(leaf)? {
        short if short < MINUTE.times(10) => {
            Err(Problem::new("a cycle under 10 minutes knows too little").help("write cycle = \"8h\""))
        }
        cycle => Ok(cycle),
    });
    let within = match &raw.within {
        None => Some((Ratio::percent(10), Ratio::percent(1_000))),
        Some(leaf) => section.read("within", Some(leaf), |leaf| match units::factors(leaf)? {
            (least, most) if least > Ratio::ONE || most < Ratio::ONE => {
                Err(Problem::new("what is written must lie within: 100 %")
                    .help("write within = [\"10 %\", \"1000 %\"]"))
            }
            within => Ok(within),
        }),
    };
    Some(Some(FollowUse { target: target?, adjust: adjust?, cycle: cycle?, within: within? }))
}

fn spread(section: &Section<'_>, raw: &RawRate) -> Option<RateRule> {
    let from = section.require("from", raw.from.as_ref(), "write from = \"5000 USD\"", |leaf| {
        units::quantity(leaf, Rounding::Nearest)
    });
    let to = section.require("to", raw.to.as_ref(), "write to = \"50000 USD\"", some_amount);
    let offers = section.require("offers", raw.offers.as_ref(), "write offers = 5", |leaf| units::count(leaf, 1, 100));
    let (from, to, offers) = (from?, to?, offers?);
    match (from, to) {
        (Quantity::Own(low), Quantity::Own(high)) | (Quantity::Usd(low), Quantity::Usd(high)) if low > high => {
            section.refuse("to", Problem::new("`to` is less deep than `from`").help("the cheapest offer comes first"));
            None
        }
        (Quantity::Own(_), Quantity::Usd(_)) | (Quantity::Usd(_), Quantity::Own(_)) => {
            section.refuse(
                "to",
                Problem::new("`from` and `to` are in different units").help("write both with USD or both without"),
            );
            None
        }
        _ => Some(RateRule::Spread { from, to, offers }),
    }
}

/// What a rule asks for must be possible under the limits.
pub(super) fn within(section: &Section<'_>, rule: &RateRule, limits: &ProfileLimits) {
    match *rule {
        RateRule::Fixed { at } if above(limits.floor, at) => {
            section.refuse("at", Problem::new("the rate is under the floor: this slice could never lend"));
        }
        RateRule::Fixed { at } if limits.ceiling.is_some_and(|ceiling| above(at, ceiling)) => {
            section.refuse("at", Problem::new("the rate is over the ceiling: this slice could never lend"));
        }
        RateRule::Spread { offers, .. } if offers > limits.max_offers => {
            let message = format!("more offers than max_offers, which is {}", limits.max_offers);
            section.refuse("offers", Problem::new(message).help("raise max_offers in [limits], or place fewer"));
        }
        RateRule::Frr { offset: Offset::Absolute(_) | Offset::Relative(_), .. }
        | RateRule::Fixed { .. }
        | RateRule::Depth { .. }
        | RateRule::Spread { .. }
        | RateRule::Best { .. }
        | RateRule::Quantile(_)
        | RateRule::Expected { .. }
        | RateRule::CandleHigh { .. }
        | RateRule::Effective { .. }
        | RateRule::Average { .. }
        | RateRule::Adaptive => {}
    }
}
