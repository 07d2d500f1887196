//! What stands beside a slice's rate and period rule.

use yieldsforge::config::Config;
use yieldsforge::domain::{AccountName, Amount, Currency, DailyRate, Days, HOUR, MINUTE, Ratio, Timestamp};
use yieldsforge::strategy::{
    BidWorth, Bottom, Decay, Fall, FollowUse, LadderStep, MaxFall, PeriodRule, Quantity, RateSpec, Release, Shape,
    Slice, TakeBids,
};

use crate::{corpus_root, load_with};

fn good() -> Config {
    load_with(&corpus_root().join("good/modifiers"), &[]).unwrap()
}

fn slice<'a>(config: &'a Config, name: &str) -> &'a Slice {
    config.profiles["shaped"].slices.iter().find(|slice| slice.name == name).unwrap()
}

fn daily(units: i64) -> RateSpec {
    RateSpec { rate: DailyRate::from_units(units), net: false }
}

fn ladder(steps: &[(i64, u32)]) -> Shape {
    let step = |(ppm, weight): &(i64, u32)| LadderStep { step: Ratio::from_ppm(*ppm), weight: *weight };
    Shape::Ladder(steps.iter().map(step).collect())
}

#[test]
fn every_shape_arrives() {
    let config = good();
    let shape = |name| slice(&config, name).modifiers.shape.clone();
    assert_eq!(shape("band"), ladder(&[(-100_000, 1), (0, 1), (100_000, 1), (200_000, 1)]));
    // Weights in thousandths.
    assert_eq!(shape("steps"), ladder(&[(0, 1_000), (40_000, 1_500), (450_000, 2_000)]));
    // Sixteenths of the band: 0, 1, 4, 9, 16.
    assert_eq!(shape("eased"), ladder(&[(-100_000, 1), (-87_500, 1), (-50_000, 1), (12_500, 1), (100_000, 1)]));
    let usd = |amount| Quantity::Usd(Amount::whole(amount));
    let (factor, step) = (Ratio::percent(140), Ratio::percent(10));
    assert_eq!(shape("growing"), Shape::Geometric { factor, first: usd(300), step });
    let third = |percent| LadderStep { step: Ratio::percent(percent), weight: 1 };
    let (by, most, window) = (Ratio::percent(50), Ratio::percent(40), HOUR.times(6));
    assert_eq!(shape("widening"), Shape::Widening { steps: [-2, 0, 2].map(third).to_vec(), by, most, window });
    let (by, most, window) = (Ratio::percent(25), Ratio::ONE, HOUR.times(24));
    assert_eq!(shape("plain-widening"), Shape::Widening { steps: [-2, 2].map(third).to_vec(), by, most, window });
    assert_eq!(shape("deep"), Shape::ByDepth { from: usd(0), to: usd(50_000), offers: 5 });
}

#[test]
fn every_modifier_arrives_with_its_defaults() {
    let config = good();
    let of = |name| &slice(&config, name).modifiers;
    let release = |name| slice(&config, name).release;
    assert_eq!(release("band"), None);
    assert_eq!(release("plain-widening"), Some(Release::Pays(daily(200_000_000))));
    assert_eq!(release("widening"), Some(Release::FrrAboveMiddle(DailyRate::from_units(100_000_000))));
    let every = MINUTE.times(10);
    let part = |percent| Fall::Part(Ratio::percent(percent));
    assert_eq!(of("band").decay, Some(Decay { every, by: part(5), start: Ratio::ZERO, to: Bottom::Floor }));
    let by = Fall::Rate(DailyRate::from_units(10_000_000));
    let start = Ratio::percent(20);
    assert_eq!(of("steps").decay, Some(Decay { every: HOUR, by, start, to: Bottom::Rule }));
    let to = Bottom::Rate(daily(50_000_000));
    assert_eq!(of("eased").decay, Some(Decay { every: HOUR, by: part(1), start: Ratio::ZERO, to }));
    assert_eq!(of("band").max_fall, Some(MaxFall { by: Ratio::percent(2), every }));
    assert_eq!(of("band").take_bids, Some(TakeBids { at_least: BidWorth::Rate(daily(300_000_000)) }));
    assert_eq!(of("steps").take_bids, Some(TakeBids { at_least: BidWorth::Rule }));
    let within = (Ratio::percent(10), Ratio::percent(1_000));
    let (target, adjust) = (Ratio::percent(98), Ratio::percent(10));
    assert_eq!(of("band").follow_use, Some(FollowUse { target, adjust, cycle: HOUR.times(8), within }));
    let (target, adjust) = (Ratio::percent(95), Ratio::percent(20));
    let within = (Ratio::percent(50), Ratio::percent(200));
    assert_eq!(of("steps").follow_use, Some(FollowUse { target, adjust, cycle: MINUTE.times(30), within }));
    assert_eq!((&of("growing").decay, &of("growing").follow_use), (&None, &None));
}

#[test]
fn periods_and_the_end_of_lending_arrive() {
    let config = good();
    let points = vec![(daily(300_000_000), Days::new(20)), (daily(600_000_000), Days::MAX)];
    assert_eq!(slice(&config, "eased").period, PeriodRule::Curve(points));
    let pools = [(50, 2), (35, 30), (15, 120)].map(|(share, days)| (Ratio::percent(share), Days::new(days)));
    assert_eq!(slice(&config, "growing").period, PeriodRule::Pools(pools.to_vec()));
    let lend = &config.policy.accounts[&AccountName::new("main").unwrap()].lend[&Currency::USD];
    // The first moment of 2027-07-01 UTC.
    assert_eq!(lend.wind_down, Some(Timestamp::from_millis(1_814_400_000_000)));
    assert_eq!(lend.days_left(Timestamp::from_millis(1_814_400_000_000 - 86_400_000 * 3 + 1)), Some(2));
}

#[test]
fn what_is_probably_not_meant_is_told() {
    let told: Vec<String> = good().warnings.iter().map(ToString::to_string).collect();
    let all = told.join("\n");
    for part in [
        "the shape replaces the spread's own offers",
        "3 of the 5 offers would stand under the floor",
        "under the floor: the decay ends at the floor",
        "under the floor: only bids at the floor or above are taken",
    ] {
        assert!(all.contains(part), "{part} in\n{all}");
    }
    assert_eq!(told.len(), 4, "{all}");
}
