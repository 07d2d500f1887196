//! Whole runs: nobody beats foresight, the same run gives the same bytes.

mod flat;
mod future;
mod profiles;
mod tapes;

use self::profiles::rules;
use self::tapes::candles;
use super::fill::FillModel;
use super::report::{Summary, csv, html, json, table};
use super::*;
use crate::domain::{Amount, Currency, DAY, DailyRate, Days, HOUR, MINUTE, Ratio, Timestamp};
use crate::exchange::sim::market::Refinancing;
use crate::strategy::{Profile, ProfileLimits, Quantity, RateSpec, Slice};

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
