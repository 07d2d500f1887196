//! Whole runs: no rule sees the future, nobody beats foresight, the same run gives the same bytes.

use std::fmt::Write as _;
use std::sync::Arc;

use super::fill::FillModel;
use super::lender::{ByEngine, ByPolicy, Lender};
use super::measure::Tally;
use super::report::{Summary, csv, html, json, table};
use super::tape::{Recorded, Tape};
use super::venue::{Terms, Venue};
use super::*;
use crate::domain::{AccountName, Amount, Currency, DAY, DailyRate, Days, HOUR, MINUTE, Ratio, Timestamp};
use crate::exchange::sim::market::{Random, Refinancing};
use crate::strategy::stats::QuantileOf;
use crate::strategy::{
    BidWorth, Bottom, Bound, Decay, Fall, FrrAs, MaxFall, Modifiers, Offset, PeriodRule, Profile, ProfileLimits,
    Quantile, Quantity, RateRule, RateSpec, Slice, TakeBids, Trend,
};

/// A profile of one slice, named as it.
pub(super) fn profile(slice: Slice) -> Profile {
    let limits = ProfileLimits {
        floor: RateSpec { rate: DailyRate::from_units(10_000_000), net: false },
        ceiling: None,
        max_offer: Some(Quantity::Own(Amount::whole(1_000))),
        max_period: Days::MAX,
        max_offers: 20,
    };
    Profile { name: slice.name.clone(), description: format!("{} for a test", slice.name), limits, slices: vec![slice] }
}

/// Every rule that profiles have.
fn rules() -> Vec<Arc<Profile>> {
    let own = |usd| Quantity::Own(Amount::whole(usd));
    let gross = |units| RateSpec { rate: DailyRate::from_units(units), net: false };
    let at = gross(210_000_000);
    let plain = |name: &str, rule| Slice::plain(name, rule);
    let half = Ratio::percent(50);
    let past = |of, hours| Quantile { rank: half, window: HOUR.times(hours), of };
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
        plain("best", RateRule::Best { below: DailyRate::TICK, race_floor: half }),
        plain("quantile", RateRule::Quantile(past(QuantileOf::Trades, 6))),
        plain("quantile-of-highs", RateRule::Quantile(past(QuantileOf::Candles, 6))),
        plain("quantile-of-best", RateRule::Quantile(past(QuantileOf::BestOffer, 6))),
        plain("expected", RateRule::Expected { of: QuantileOf::Trades, window: HOUR.times(6), least_chance: half }),
        plain("candle_high", RateRule::CandleHigh { nth: 3, candle: HOUR, window: HOUR.times(6), factor: half }),
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
                steps: vec![(half, Days::new(30))],
                window: HOUR.times(6),
                of: QuantileOf::Trades,
            },
            at_least: Some(Bound::Best { below: DailyRate::TICK, within: Some(half) }),
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

/// So many hours of candles; from hour `planted` on everything is different.
fn candles(hours: i64, planted: i64) -> String {
    let mut random = Random::at(9, 9, 9);
    let mut text = String::from("mts,open,close,high,low,volume\n");
    let mut open = 2e-4;
    for hour in 0..hours {
        let close = 2e-4 * (0.15 * random.normal()).exp();
        let (high, low) = (f64::max(open, close) * (1.0 + 0.2 * random.uniform()), f64::min(open, close) * 0.95);
        let much = if hour >= planted { 40.0 } else { 1.0 };
        let row = [open, close, high, low].map(|rate| format!("{:.10}", rate * much)).join(",");
        let volume = 2_000_000.0 * random.uniform();
        let _infallible = writeln!(text, "{},{row},{volume}", hour * HOUR.get());
        open = close;
    }
    text
}

fn terms(fills: FillModel) -> Terms {
    Terms {
        currency: Currency::USD,
        amount: Amount::whole(8_000),
        fee: Ratio::percent(15),
        fills,
        refinancing: Refinancing::Adverse,
        seed: 3,
        usd_price: Amount::whole(1),
    }
}

/// Everybody, as they stand when all moments until `until` are over: every offer, loan and thought.
fn states(text: &str, until: Timestamp, fills: FillModel) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fUSD-1h-p2_x.csv");
    std::fs::write(&path, text).unwrap();
    let mut tape = Recorded::open(&path, Currency::USD).unwrap();
    let (from, to) = (Timestamp::from_millis(HOUR.get()), Timestamp::from_millis(HOUR.times(96).get()));
    let venue = || Venue::new(terms(fills), Tally::new(from, to));
    let mut all: Vec<(String, Box<dyn Lender>)> = Vec::new();
    for profile in rules() {
        let name = AccountName::new("test").unwrap();
        all.push((profile.name.clone(), Box::new(ByEngine::new(profile, MINUTE, name, venue()))));
    }
    for habit in benchmarks::habits(false) {
        all.push((habit.name.to_owned(), Box::new(ByPolicy::new(habit.policy, venue()))));
    }
    for (_, lender) in &mut all {
        lender.deposit(from);
    }
    while let Some(moment) = tape.next().unwrap().filter(|moment| moment.at <= until) {
        for (_, lender) in &mut all {
            lender.moment(&moment);
        }
    }
    all.into_iter().map(|(name, lender)| (name, format!("{lender:?}"))).collect()
}

#[test]
fn no_rule_sees_a_future_that_is_planted_in_the_data() {
    // The candle of hour 60 closes at hour 61: until then nobody may know of it.
    let (planted, other) = (candles(96, 60), candles(96, 1_000));
    assert_ne!(planted, other);
    let before = Timestamp::from_millis(HOUR.times(61).get() - 1);
    let after = Timestamp::from_millis(HOUR.times(61).get());
    for fills in [FillModel::Strict, FillModel::Touch] {
        let (one, two) = (states(&planted, before, fills), states(&other, before, fills));
        assert_eq!(one.len(), 25);
        for ((name, one), (_, two)) in one.iter().zip(&two) {
            assert!(one == two, "{name} knew what was to come");
            // The last one: the engine has others.
            let tally = one.rsplit("Tally {").next().unwrap();
            let lent = !tally.split(" fills: ").nth(1).unwrap().starts_with("0,");
            let far = fills == FillModel::Strict || name == "frr-auto-renew";
            assert!(lent || far, "{name} has lent: the comparison means something");
        }
        let (one, two) = (states(&planted, after, fills), states(&other, after, fills));
        assert!(one.iter().zip(&two).all(|(one, two)| one.1 != two.1), "once it has closed everyone is told");
    }
}

fn plan() -> Plan {
    Plan {
        profiles: rules().into_iter().filter(|profile| ["depth", "spread"].contains(&profile.name.as_str())).collect(),
        currency: Currency::USD,
        amount: Amount::whole(5_000),
        usd_price: Amount::whole(1),
        fee: Ratio::percent(15),
        every: MINUTE,
        fills: None,
        refinancing: Refinancing::Mild,
        from: None,
        to: None,
        warm_up: DAY,
        days: 12,
    }
}

#[test]
fn nobody_beats_foresight_and_every_cent_missing_is_explained() {
    let results: Vec<UnitResult> = (1..4).map(|seed| run(&plan(), &Unit::Model(seed), &|_| ()).unwrap()).collect();
    for result in &results {
        let [two, full, cut] = result.oracle;
        assert!(full.net_apr >= two.net_apr && full.net_apr >= cut.net_apr);
        for row in &result.rows {
            assert!(row.figures.net_apr <= full.net_apr, "{} on {}", row.name, result.name);
            assert!((0.0..=1.0).contains(&row.figures.utilisation), "{}: {}", row.name, row.figures.utilisation);
        }
        let two_days = ["depth", "spread", "best-offer", "last-close", "cascade", "quantile-ladder"];
        for row in result.rows.iter().filter(|row| two_days.contains(&row.name.as_str())) {
            assert!(row.figures.net_apr <= two.net_apr, "{} on {}", row.name, result.name);
            assert!(row.figures.net_apr > 0.5 * two.net_apr, "{} earns: {}", row.name, row.figures.net_apr);
        }
    }
    let summary = Summary::of(results, &plan(), vec![]);
    for entry in &summary.entries {
        let missing = entry.regret.idle + entry.regret.price;
        assert!(
            (missing - (summary.oracle[1] - entry.net)).abs() < 0.02 * summary.oracle[1],
            "{}: {missing}",
            entry.name
        );
    }
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let once = || {
        let units = [1, 2].map(|seed| run(&plan(), &Unit::Model(seed), &|_| ()).unwrap());
        let summary = Summary::of(units.to_vec(), &plan(), vec![("market".to_owned(), "a <test>".to_owned())]);
        [table(&summary), json(&summary).to_string(), csv(&summary), html(&summary)]
    };
    let (first, again) = (once(), once());
    assert_eq!(first, again);
    for text in &first {
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
    }
    assert!(first[3].contains("<svg") && first[3].contains("a &lt;test&gt;") && !first[3].contains("<script"));
    // Two tapes, eleven lenders, twelve days, and the head.
    assert_eq!(first[2].lines().count(), 2 * 11 * 12 + 1);
}

#[test]
fn two_day_candles_judge_no_longer_periods_and_that_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let profiles = rules().into_iter().filter(|profile| profile.name == "adaptive").collect();
    let plan = Plan { profiles, warm_up: HOUR, ..plan() };
    let summary = |name: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, candles(24 * 14, 1_000)).unwrap();
        let draw = |draw| run(&plan, &Unit::Data(path.clone(), draw), &|_| ()).unwrap();
        Summary::of(vec![draw(1), draw(2)], &plan, vec![])
    };
    let (two, longer) = (summary("fUSD-1h-p2_x.csv"), summary("fUSD-1h-p30_x.csv"));
    let note = "adaptive: what leaves its period to the rule lends for two days; these candles tell of no other loans";
    assert_eq!(two.notes().into_iter().collect::<Vec<_>>(), [note]);
    for page in [table(&two), html(&two)] {
        assert_eq!(page.matches(note).count(), 1, "{page}");
    }
    assert!((two.entries[0].shares[0] - 1.0).abs() < 1e-9, "{:?}", two.entries[0].shares);
    assert!(longer.notes().is_empty() && longer.entries[0].shares[0] < 1.0, "{:?}", longer.entries[0].shares);
}

#[test]
fn what_the_data_do_not_allow_is_told() {
    let asked = Plan { fills: Some(FillModel::Strict), ..plan() };
    let error = run(&asked, &Unit::Model(1), &|_| ()).unwrap_err().to_string();
    assert!(error.starts_with("seed 1: the fill model `strict` needs candles"), "{error}");
    let late = Plan { to: Some(Timestamp::from_millis(0)), ..plan() };
    assert!(matches!(run(&late, &Unit::Model(1), &|_| ()), Err(BacktestError::Empty { .. })));
}
