//! Profiles for whole runs: every rule that there is, and everything that may stand beside a rule.

use std::sync::Arc;

use super::profile;
use crate::domain::{Amount, DailyRate, Days, HOUR, MINUTE, Ratio};
use crate::strategy::stats::QuantileOf;
use crate::strategy::{
    BidWorth, Bottom, Bound, Decay, Fall, FollowUse, FrrAs, LadderStep, MaxFall, Modifiers, Offset, PeriodRule,
    Profile, Quantile, Quantity, RateRule, RateSpec, Release, Shape, Slice, TakeBids, Trend,
};

const HALF: Ratio = Ratio::percent(50);

fn own(usd: i32) -> Quantity {
    Quantity::Own(Amount::whole(usd))
}

fn gross(units: i64) -> RateSpec {
    RateSpec { rate: DailyRate::from_units(units), net: false }
}

fn past(of: QuantileOf, hours: i64) -> Quantile {
    Quantile { rank: HALF, window: HOUR.times(hours), of }
}

/// Every rule that profiles have.
pub(super) fn rules() -> Vec<Arc<Profile>> {
    let at = gross(210_000_000);
    let plain = |name: &str, rule| Slice::plain(name, rule);
    let everything = Modifiers {
        decay: Some(Decay {
            every: HOUR,
            by: Fall::Part(Ratio::percent(5)),
            start: Ratio::percent(20),
            to: Bottom::Floor,
        }),
        max_fall: Some(MaxFall { by: Ratio::percent(20), every: HOUR }),
        take_bids: Some(TakeBids { at_least: BidWorth::Rule }),
        ..Modifiers::default()
    };
    let offset = Offset::Relative(Ratio::percent(-30));
    [
        plain("fixed", RateRule::Fixed { at }),
        plain("frr", RateRule::Frr { offset, placed: FrrAs::Limit }),
        plain("frr-delta", RateRule::Frr { offset, placed: FrrAs::DeltaFixed }),
        plain("depth", RateRule::Depth { amount: own(5_000) }),
        plain("spread", RateRule::Spread { from: own(1_000), to: own(20_000), offers: 4 }),
        plain("best", RateRule::Best { below: DailyRate::TICK, race_floor: HALF }),
        plain("quantile", RateRule::Quantile(past(QuantileOf::Trades, 6))),
        plain("quantile-of-highs", RateRule::Quantile(past(QuantileOf::Candles, 6))),
        plain("quantile-of-best", RateRule::Quantile(past(QuantileOf::BestOffer, 6))),
        plain("expected", RateRule::Expected { of: QuantileOf::Trades, window: HOUR.times(6), least_chance: HALF }),
        plain("candle_high", RateRule::CandleHigh { nth: 3, candle: HOUR, window: HOUR.times(6), factor: HALF }),
        plain("effective", RateRule::Effective { window: HOUR.times(48), hold: HOUR.times(20), hits: 3 }),
        plain("average", RateRule::Average { short: HOUR, long: HOUR.times(6), factor: Ratio::percent(98) }),
        plain("adaptive for two days", RateRule::Adaptive),
        Slice { period: PeriodRule::Adaptive, ..plain("adaptive", RateRule::Adaptive) },
        Slice {
            period: PeriodRule::ByRate(vec![(gross(220_000_000), Days::new(30))]),
            at_most: Some(Bound::Quantile(past(QuantileOf::Trades, 12))),
            modifiers: everything,
            ..plain("modified", RateRule::Depth { amount: own(5_000) })
        },
        Slice {
            period: PeriodRule::ByRank {
                steps: vec![(HALF, Days::new(30))],
                window: HOUR.times(6),
                of: QuantileOf::Trades,
            },
            at_least: Some(Bound::Best { below: DailyRate::TICK, within: Some(HALF) }),
            ..plain("long where dear", RateRule::Depth { amount: own(5_000) })
        },
        Slice {
            period: PeriodRule::AfterJump {
                steps: vec![(gross(200_000_000), Days::new(30))],
                jump: Ratio::percent(5),
                window: HOUR.times(6),
            },
            trend: Some(Trend::Stable),
            ..plain("long after a jump", RateRule::Depth { amount: own(5_000) })
        },
    ]
    .into_iter()
    .map(|slice| Arc::new(profile(slice)))
    .collect()
}

/// Everything that may stand beside a rule: periods, bounds, shapes, modifiers, more slices than one.
pub(super) fn beside_rules() -> Vec<Arc<Profile>> {
    let deep = |name: &str| Slice::plain(name, RateRule::Depth { amount: own(5_000) });
    let with = |name: &str, modifiers: Modifiers| Slice { modifiers, ..deep(name) };
    let shaped = |name: &str, shape: Shape| with(name, Modifiers { shape, ..Modifiers::default() });
    let of_frr = |percent: i32| Some(Bound::Frr(Offset::Relative(Ratio::percent(percent))));
    let max_fall = Some(MaxFall { by: Ratio::percent(5), every: HOUR });
    let follow_use = FollowUse {
        target: Ratio::percent(90),
        adjust: Ratio::percent(20),
        cycle: HOUR,
        within: (Ratio::percent(10), Ratio::percent(1_000)),
    };
    let everything = Modifiers {
        shape: ladder(),
        decay: Some(sinking()),
        max_fall,
        take_bids: Some(TakeBids { at_least: BidWorth::Rule }),
        follow_use: None,
    };
    let slices = [
        Slice { period: pools(), ..deep("in pools") },
        Slice {
            period: PeriodRule::Curve(vec![(gross(180_000_000), Days::MIN), (gross(300_000_000), Days::MAX)]),
            ..deep("along a curve")
        },
        shaped("growing", Shape::Geometric { factor: Ratio::percent(140), first: own(300), step: Ratio::percent(10) }),
        shaped("on a ladder", ladder()),
        shaped("widening", widening()),
        shaped("down the book", Shape::ByDepth { from: own(1_000), to: own(20_000), offers: 4 }),
        Slice { release: Some(Release::Pays(gross(200_000_000))), ..deep("in reserve") },
        Slice { at_least: of_frr(-30), ..deep("lifted to the FRR") },
        Slice {
            at_most: of_frr(-30),
            ..Slice::plain("lowered to the FRR", RateRule::Fixed { at: gross(900_000_000) })
        },
        Slice {
            period: PeriodRule::ByRate(vec![(gross(100_000_000), Days::MAX)]),
            ..with("for bids", Modifiers { take_bids: Some(some_bids()), ..Modifiers::default() })
        },
        with("sinking", Modifiers { decay: Some(sinking()), ..Modifiers::default() }),
        Slice {
            rate: RateRule::Quantile(past(QuantileOf::Trades, 6)),
            ..with("slow to fall", Modifiers { max_fall, ..Modifiers::default() })
        },
        Slice {
            rate: RateRule::Spread { from: own(1_000), to: own(20_000), offers: 4 },
            ..with("by use", Modifiers { follow_use: Some(follow_use), ..Modifiers::default() })
        },
        Slice {
            rate: RateRule::Adaptive,
            period: PeriodRule::ByRate(vec![(gross(220_000_000), Days::new(30))]),
            at_most: of_frr(30),
            ..with("adaptive with everything", everything)
        },
    ];
    slices.into_iter().map(profile).chain([mixed()]).map(Arc::new).collect()
}

/// Slices of many kinds in one profile; two of them have a share in one trend only.
fn mixed() -> Profile {
    let deep = RateRule::Depth { amount: own(5_000) };
    let follow = RateRule::Frr { offset: Offset::Relative(Ratio::percent(-30)), placed: FrrAs::DeltaFixed };
    let part =
        |name: &str, percent: i32, rate: RateRule| Slice { share: Ratio::percent(percent), ..Slice::plain(name, rate) };
    let modifiers = Modifiers { decay: Some(sinking()), take_bids: Some(some_bids()), ..Modifiers::default() };
    let slices = vec![
        Slice { period: pools(), modifiers, ..part("pools", 40, deep) },
        Slice { period: PeriodRule::Adaptive, ..part("adaptive", 30, RateRule::Adaptive) },
        Slice { release: Some(Release::Pays(gross(200_000_000))), ..part("reserve", 20, deep) },
        Slice {
            trend: Some(Trend::Rising),
            ..part("up", 10, RateRule::Best { below: DailyRate::TICK, race_floor: HALF })
        },
        Slice { trend: Some(Trend::Falling), ..part("down", 10, follow) },
    ];
    Profile { slices, ..profile(Slice::plain("mixed", deep)) }
}

fn pools() -> PeriodRule {
    let parts = [(50, 2), (35, 30), (15, 120)];
    PeriodRule::Pools(parts.map(|(percent, days)| (Ratio::percent(percent), Days::new(days))).to_vec())
}

fn ladder() -> Shape {
    let steps = [(-5, 1), (0, 1), (10, 2), (30, 1)];
    Shape::Ladder(steps.map(|(percent, weight)| LadderStep { step: Ratio::percent(percent), weight }).to_vec())
}

fn widening() -> Shape {
    let Shape::Ladder(steps) = ladder() else { unreachable!("it is one") };
    Shape::Widening { steps, by: HALF, most: HALF, window: HOUR.times(6) }
}

/// From half above the rule's rate down to it, in some ten hours.
fn sinking() -> Decay {
    Decay { every: MINUTE.times(30), by: Fall::Rate(DailyRate::from_units(5_000_000)), start: HALF, to: Bottom::Rule }
}

/// Bids that pay more than about half of what two days cost.
fn some_bids() -> TakeBids {
    TakeBids { at_least: BidWorth::Rate(gross(120_000_000)) }
}
