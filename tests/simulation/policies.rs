//! The configuration that a seed draws: profiles, limits, and how the user changes them.

use std::collections::BTreeMap;
use std::sync::Arc;

use yieldsforge::domain::{AccountName, Amount, DailyRate, Days, HOUR, MINUTE, Ratio, Rounding, SECOND};
use yieldsforge::engine::{AccountPolicy, LendPolicy, Policy};
use yieldsforge::strategy::stats::QuantileOf;
use yieldsforge::strategy::{
    BidWorth, Bottom, Bound, Decay, Fall, FollowUse, FrrAs, LadderStep, MaxFall, Measure, Modifiers, Offset,
    PeriodRule, Profile, ProfileLimits, Quantile, Quantity, RateRule, RateSpec, Release, Shape, Slice, TakeBids, Trend,
};

use super::dice::Dice;
use super::plan::{ACCOUNT, Lent, Plan};

/// The account's name.
pub(crate) fn account() -> AccountName {
    AccountName::new(ACCOUNT).unwrap()
}

/// `percent` of what two-day money usually costs, at least a tick.
pub(crate) fn rate(lent: &Lent, percent: i64) -> DailyRate {
    DailyRate::from_units(lent.anchor * percent / 100).outbound(Rounding::Down).max(DailyRate::TICK)
}

fn spec(lent: &Lent, percent: i64) -> RateSpec {
    RateSpec { rate: rate(lent, percent), net: false }
}

/// The first configuration of a seed.
pub(crate) fn first(plan: &Plan, dice: &mut Dice) -> Policy {
    let mut policy = Policy { generation: 1, paper: false, tick: SECOND.times(60), accounts: BTreeMap::new() };
    let fee = dice.percent(20).then(|| Ratio::percent(15));
    let lend = plan.lent.iter().map(|one| (one.currency, lend(one, dice))).collect();
    policy.accounts.insert(account(), AccountPolicy { enabled: true, fee, active_until: None, lend });
    policy
}

/// The configuration after an edit: limits tighter or wider, another profile, switched off or on.
pub(crate) fn edited(old: &Policy, plan: &Plan, dice: &mut Dice) -> Policy {
    let mut policy = old.clone();
    policy.generation += 1;
    let Some(account) = policy.accounts.get_mut(&account()) else { return policy };
    if !account.enabled || dice.percent(15) {
        account.enabled = !account.enabled;
        return policy;
    }
    for one in &plan.lent {
        if !dice.percent(60) {
            continue;
        }
        if dice.percent(10) {
            // The entry is taken out of the file; the next edit brings it back.
            account.lend.remove(&one.currency);
            continue;
        }
        let fresh = lend(one, dice);
        match account.lend.get_mut(&one.currency) {
            Some(lend) if dice.percent(70) => match dice.between(0, 3) {
                0 => lend.keep = fresh.keep,
                1 => lend.max_lent = fresh.max_lent,
                2 => lend.min_liquid = fresh.min_liquid,
                _ => {
                    let mut profile = Profile::clone(&lend.profile);
                    profile.limits = fresh.profile.limits;
                    lend.profile = Arc::new(profile);
                }
            },
            _ => {
                account.lend.insert(one.currency, fresh);
            }
        }
    }
    policy
}

fn lend(lent: &Lent, dice: &mut Dice) -> LendPolicy {
    let part = |dice: &mut Dice, low, high| {
        let percent = Ratio::percent(i32::try_from(dice.between(low, high)).unwrap());
        if dice.percent(50) {
            Measure::Share(percent)
        } else {
            Measure::Amount(Quantity::Own(lent.balance.share(percent, Rounding::Down)))
        }
    };
    LendPolicy {
        profile: Arc::new(profile(lent, dice)),
        keep: if dice.percent(50) { part(dice, 1, 50) } else { Measure::Amount(Quantity::Own(Amount::ZERO)) },
        max_lent: if dice.percent(40) { Some(part(dice, 20, 100)) } else { None },
        wind_down: None,
        min_liquid: if dice.percent(25) { Some(Ratio::percent(dice.pick(&[10, 20, 50]))) } else { None },
        shadow: None,
    }
}

fn profile(lent: &Lent, dice: &mut Dice) -> Profile {
    let net = dice.percent(40);
    let floor = dice.pick(&[10, 30, 50, 70, 100, 130]);
    let limits = ProfileLimits {
        floor: RateSpec { rate: rate(lent, floor), net },
        ceiling: dice.percent(25).then(|| spec(lent, floor * 2 + dice.between(50, 400))),
        max_offer: dice.percent(60).then(|| dollars(lent, dice.between(160, 3_000))),
        max_period: Days::new(dice.pick(&[2, 30, 30, 120])),
        max_offers: u16::try_from(dice.between(2, 20)).unwrap(),
    };
    let shares: &[i32] = dice.pick(&[&[100], &[100], &[100], &[70, 30], &[50, 30], &[40, 40, 20]]);
    let slices = shares.iter().enumerate().map(|(at, share)| slice(lent, dice, at, *share)).collect();
    Profile { name: "drawn".into(), description: String::new(), limits, slices }
}

fn dollars(lent: &Lent, dollars: i64) -> Quantity {
    Quantity::Own(lent.dollar.scale_by(dollars, 1, Rounding::Down))
}

fn slice(lent: &Lent, dice: &mut Dice, at: usize, share: i32) -> Slice {
    let depth = |dice: &mut Dice| dollars(lent, dice.magnitude(100, 2_000_000));
    let mut floating = false;
    let rule = match dice.between(0, 9) {
        0 => RateRule::Fixed { at: spec(lent, dice.between(60, 250)) },
        1 => RateRule::Frr { offset: offset(lent, dice), placed: FrrAs::Limit },
        2 => RateRule::Frr { offset: offset(lent, dice), placed: FrrAs::DeltaFixed },
        3 => {
            floating = dice.percent(70);
            RateRule::Frr { offset: offset(lent, dice), placed: FrrAs::DeltaVariable }
        }
        4 => RateRule::Depth { amount: depth(dice) },
        5 | 6 => RateRule::Adaptive,
        7 => {
            RateRule::Spread { from: depth(dice), to: depth(dice), offers: u16::try_from(dice.between(1, 6)).unwrap() }
        }
        _ => by_the_past(dice),
    };
    let steps = |lent| vec![(spec(lent, 130), Days::new(7)), (spec(lent, 180), Days::new(30))];
    let period = match dice.between(0, 11) {
        0..6 => PeriodRule::Fixed(Days::new(dice.pick(&[2, 2, 3, 30, 120]))),
        6 => PeriodRule::Curve(steps(lent)),
        7 => PeriodRule::Pools(vec![(Ratio::percent(60), Days::MIN), (Ratio::percent(40), Days::new(30))]),
        8 => {
            let Quantile { rank, window, of } = quantile(dice);
            PeriodRule::ByRank { steps: vec![(rank, Days::new(30))], window, of }
        }
        9 => {
            let jump = Ratio::percent(dice.pick(&[5, 50]));
            PeriodRule::AfterJump { steps: steps(lent), jump, window: HOUR.times(dice.between(2, 48)) }
        }
        _ => PeriodRule::ByRate(steps(lent)),
    };
    // The adaptive rule's own period comes with its own rates: nothing is laid around them.
    let alone = rule == RateRule::Adaptive && dice.percent(70);
    let period = if alone { PeriodRule::Adaptive } else { period };
    Slice {
        name: format!("slice{at}"),
        share: Ratio::percent(share),
        rate: rule,
        period,
        release: dice.percent(15).then(|| release(lent, dice)),
        at_least: dice.percent(20).then(|| bound(lent, dice, (60, 120))),
        at_most: dice.percent(20).then(|| bound(lent, dice, (130, 300))),
        hidden: dice.percent(10),
        allow_below_floor_after_match: floating,
        trend: dice.percent(15).then(|| dice.pick(&Trend::ALL)),
        modifiers: if alone { Modifiers::default() } else { modifiers(lent, dice) },
    }
}

/// A rule that asks what was seen of the market.
fn by_the_past(dice: &mut Dice) -> RateRule {
    let quantile = quantile(dice);
    match dice.between(0, 5) {
        0 => RateRule::Best { below: DailyRate::TICK, race_floor: Ratio::percent(dice.pick(&[50, 90])) },
        1 => RateRule::Quantile(quantile),
        2 => RateRule::Expected { of: quantile.of, window: quantile.window, least_chance: quantile.rank },
        3 => RateRule::CandleHigh { nth: 2, candle: HOUR, window: HOUR.times(6), factor: Ratio::percent(95) },
        4 => RateRule::Effective { window: HOUR.times(48), hold: HOUR.times(dice.between(2, 48)), hits: 3 },
        _ => RateRule::Average { short: MINUTE.times(10), long: HOUR.times(2), factor: Ratio::percent(100) },
    }
}

fn quantile(dice: &mut Dice) -> Quantile {
    Quantile {
        rank: Ratio::percent(dice.pick(&[20, 50, 85])),
        window: HOUR.times(dice.between(6, 24)),
        of: dice.pick(&[QuantileOf::Trades, QuantileOf::Candles, QuantileOf::BestOffer]),
    }
}

/// Where a rate is given it lies between so many percent of the usual one.
fn bound(lent: &Lent, dice: &mut Dice, (low, high): (i64, i64)) -> Bound {
    match dice.between(0, 4) {
        0 => Bound::Quantile(quantile(dice)),
        1 => Bound::Best { below: DailyRate::TICK, within: dice.percent(50).then(|| Ratio::percent(10)) },
        _ => Bound::Fixed(spec(lent, dice.between(low, high))),
    }
}

/// Now and then a modifier of each kind.
fn modifiers(lent: &Lent, dice: &mut Dice) -> Modifiers {
    let steps = |steps: &[i32]| {
        let step = |percent: &i32| LadderStep { step: Ratio::percent(*percent), weight: 1 };
        Shape::Ladder(steps.iter().map(step).collect())
    };
    let shape = match dice.between(0, 9) {
        0 => steps(&[-5, 5, 20]),
        1 => Shape::Geometric { factor: Ratio::percent(140), first: dollars(lent, 300), step: Ratio::percent(8) },
        3 => {
            let steps = [-10, 10].map(|step| LadderStep { step: Ratio::percent(step), weight: 1 }).to_vec();
            Shape::Widening { steps, by: Ratio::percent(50), most: Ratio::percent(80), window: HOUR }
        }
        2 => Shape::ByDepth { from: dollars(lent, 100), to: dollars(lent, 500_000), offers: 3 },
        _ => Shape::Equal,
    };
    let decay = dice.percent(10).then(|| Decay {
        every: MINUTE.times(dice.between(5, 60)),
        by: Fall::Part(Ratio::percent(10)),
        start: Ratio::percent(30),
        to: dice.pick(&[Bottom::Floor, Bottom::Rule]),
    });
    let max_fall = dice.percent(10).then_some(MaxFall { by: Ratio::percent(2), every: MINUTE.times(10) });
    let take_bids = dice.percent(15).then(|| TakeBids { at_least: BidWorth::Rate(spec(lent, dice.between(80, 200))) });
    let follow_use = dice.percent(10).then_some(FollowUse {
        target: Ratio::percent(95),
        adjust: Ratio::percent(10),
        cycle: MINUTE.times(30),
        within: (Ratio::percent(20), Ratio::percent(500)),
    });
    Modifiers { shape, decay, max_fall, take_bids, follow_use }
}

fn release(lent: &Lent, dice: &mut Dice) -> Release {
    if dice.percent(25) {
        return Release::FrrAboveMiddle(DailyRate::from_units(lent.anchor * dice.between(0, 30) / 100));
    }
    Release::Pays(spec(lent, dice.pick(&[100, 150, RELEASED_NEVER])))
}

/// A release rate, in percent of the usual, that no market of ours pays.
pub(crate) const RELEASED_NEVER: i64 = 100_000;

fn offset(lent: &Lent, dice: &mut Dice) -> Offset {
    if dice.percent(70) {
        Offset::Relative(Ratio::percent(i32::try_from(dice.between(-30, 30)).unwrap()))
    } else {
        Offset::Absolute(DailyRate::from_units(lent.anchor * dice.between(-20, 40) / 100))
    }
}
