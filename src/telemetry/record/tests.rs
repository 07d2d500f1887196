use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::super::samples::{AT, USD, main_account, notes, policy, view};
use super::*;
use crate::domain::Amount;
use crate::engine::{Benchmark, BenchmarkStatus};

/// The exposition, read as strictly as we need it: samples by series, and what was said of each family.
#[derive(Debug, Default)]
struct Exposition {
    help: BTreeMap<String, String>,
    kind: BTreeMap<String, String>,
    /// By name with its labels, as written.
    samples: BTreeMap<String, f64>,
}

impl Exposition {
    fn parse(text: &str) -> Self {
        let mut all = Self::default();
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').unwrap();
                assert!(all.help.insert(name.to_owned(), help.to_owned()).is_none(), "HELP twice: {name}");
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').unwrap();
                assert!(all.kind.insert(name.to_owned(), kind.to_owned()).is_none(), "TYPE twice: {name}");
            } else {
                let (series, value) = line.rsplit_once(' ').unwrap();
                assert!(!series.starts_with('#'), "{line}");
                let value = value.parse().unwrap_or_else(|error| panic!("{line}: {error}"));
                assert!(all.samples.insert(series.to_owned(), value).is_none(), "series twice: {series}");
            }
        }
        all
    }

    fn value(&self, series: &str) -> f64 {
        *self.samples.get(series).unwrap_or_else(|| panic!("no series {series}"))
    }
}

/// Name and labels of a series; `family` is the name without the suffixes of a histogram.
fn split(series: &str) -> (&str, BTreeMap<&str, &str>) {
    let Some((name, rest)) = series.split_once('{') else { return (series, BTreeMap::new()) };
    let inside = rest.strip_suffix("\"}").unwrap();
    let labels = inside.split("\",").map(|pair| pair.split_once("=\"").unwrap());
    (name, labels.collect())
}

fn family(name: &str) -> &'static Metric {
    let stems = ["", "_bucket", "_sum", "_count"];
    c::ALL
        .iter()
        .find(|metric| {
            let stem = stems.iter().find(|stem| name.strip_suffix(**stem) == Some(metric.name));
            stem.is_some_and(|stem| stem.is_empty() != (metric.kind == Kind::Histogram))
        })
        .unwrap_or_else(|| panic!("{name} is not in the catalogue"))
}

/// What `work` makes of a fresh recorder that knows the sample policy.
fn recorded(work: impl FnOnce()) -> Exposition {
    let recorder = recorder().unwrap();
    let metrics = Metrics::of(&recorder);
    metrics::with_local_recorder(&recorder, || {
        begin(&policy());
        work();
    });
    metrics.upkeep();
    Exposition::parse(&metrics.render())
}

fn everything() {
    config_applied(AT, 77);
    config_refused();
    ready(true);
    for body in [Body::Tick, Body::Drain { cancel: false }] {
        step(&body, Duration::from_micros(70));
    }
    ticked(AT, 3);
    request(Endpoint::Submit, RequestOutcome::Ok, Duration::from_millis(80));
    requests(17, 2, true);
    clock_skew(Millis::new(-1_500));
    for of in [Stream::Market, Stream::Account(main_account())] {
        for event in [StreamEvent::Reconnect, StreamEvent::Gap, StreamEvent::Unreadable] {
            stream_event(&of, event);
        }
        stream_message(&of, AT);
    }
    interest(&main_account(), USD, Total::from(Amount::from_units(1_234_567_890)), Some(AT));
    for told in notes() {
        note(&told);
    }
    Gauges::default().view(&view());
}

#[test]
fn every_series_is_in_the_catalogue_with_its_help_type_and_labels_and_all_are_used() {
    let seen = recorded(everything);
    let mut used = BTreeSet::new();
    for series in seen.samples.keys() {
        let (name, mut labels) = split(series);
        let metric = family(name);
        used.insert(metric.name);
        labels.remove("le");
        let expected: BTreeSet<&str> = metric.labels.iter().copied().collect();
        assert_eq!(labels.keys().copied().collect::<BTreeSet<_>>(), expected, "{series}");
        assert_eq!(seen.kind.get(metric.name).map(String::as_str), Some(metric.kind.word()), "{series}");
        assert_eq!(seen.help.get(metric.name).map(String::as_str), Some(metric.help), "{series}");
    }
    let own: BTreeSet<&str> = c::ALL.iter().map(|metric| metric.name).filter(|n| !n.starts_with("process_")).collect();
    assert_eq!(used, own, "catalogue and record differ");
}

#[test]
fn one_account_with_four_currencies_stays_under_five_hundred_series() {
    let seen = recorded(everything);
    let process = c::ALL.iter().filter(|metric| metric.name.starts_with("process_")).count();
    let count = seen.samples.len() + process;
    assert!((300..500).contains(&count), "{count}");
}

#[test]
fn every_series_is_there_before_anything_happens_and_nothing_makes_a_new_one() {
    let before = recorded(|| {
        // The shell knows these two at the start.
        config_applied(AT, 77);
        requests(20, 0, false);
    });
    for series in before.samples.keys().filter(|series| family(split(series).0).kind != Kind::Gauge) {
        let applied = u8::from(series == r#"yieldsforge_config_reloads_total{result="applied"}"#);
        assert!((before.value(series) - f64::from(applied)).abs() < f64::EPSILON, "{series}");
    }
    let names = |seen: &Exposition| seen.samples.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&before), names(&recorded(everything)));
}

#[test]
fn a_second_policy_keeps_what_was_counted() {
    let seen = recorded(|| {
        stream_message(&Stream::Market, AT);
        config_refused();
        initialise(&policy());
    });
    assert!(seen.value(r#"yieldsforge_stream_last_message_timestamp_seconds{stream="market",account=""}"#) > 1e9);
    assert!((seen.value(r#"yieldsforge_config_reloads_total{result="refused"}"#) - 1.0).abs() < f64::EPSILON);
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= expected.abs() * 1e-12
}

#[test]
fn values_are_in_the_units_of_their_names() {
    let seen = recorded(everything);
    for (series, expected) in [
        (r#"yieldsforge_wallet_amount{account="main",currency="USD",kind="total"}"#, 1_500.0),
        (r#"yieldsforge_wallet_amount{account="main",currency="USD",kind="free"}"#, 50.0),
        (r#"yieldsforge_idle_amount{account="main",currency="USD",reason="below_minimum"}"#, 50.0),
        (r#"yieldsforge_idle_amount{account="main",currency="USD",reason="keep"}"#, 0.0),
        (r#"yieldsforge_utilisation_ratio{account="main",currency="USD"}"#, 0.8),
        (r#"yieldsforge_lent_maturity_seconds{account="main",currency="USD"}"#, 216_000.0),
        (r#"yieldsforge_offered_daily_rate_ratio{account="main",currency="USD"}"#, 0.0002),
        (r#"yieldsforge_market_daily_rate_ratio{currency="USD",kind="frr"}"#, 0.000_21),
        (r#"yieldsforge_open_offers{account="main",currency="USD",owner="own"}"#, 2.0),
        (r#"yieldsforge_interest_credited_amount{account="main",currency="USD"}"#, 12.345_678_9),
        (r#"yieldsforge_interest_last_payout_timestamp_seconds{account="main",currency="USD"}"#, 1_790_000_000.123),
        (r#"yieldsforge_forecasts_scored{account="main",currency="USD"}"#, 10.0),
        (r#"yieldsforge_forecast_coverage_ratio{account="main",currency="USD",kind="half"}"#, 0.7),
        (r#"yieldsforge_forecast_coverage_ratio{account="main",currency="USD",kind="most"}"#, 0.9),
        (r#"yieldsforge_forecast_brier_score{account="main",currency="USD"}"#, 0.125),
        (r#"yieldsforge_forecast_hold_ratio{account="main",currency="USD"}"#, 0.8),
        (r#"yieldsforge_interest_estimated_amount{account="main",currency="USD"}"#, 2.5),
        (r#"yieldsforge_interest_benchmark_amount{account="main",currency="USD",benchmark="best_offer"}"#, 2.75),
        (r#"yieldsforge_benchmark_utilisation_ratio{account="main",currency="USD",benchmark="best_offer"}"#, 0.8),
        (r#"yieldsforge_slice_amount{account="main",currency="USD",slice="core",kind="offered"}"#, 300.0),
        (r#"yieldsforge_slice_amount{account="main",currency="USD",slice="core",kind="lent"}"#, 0.0),
        (r#"yieldsforge_unmanaged_currencies{account="main"}"#, 1.0),
        ("yieldsforge_engine_queue_length", 3.0),
        ("yieldsforge_exchange_budget_tokens", 17.0),
        ("yieldsforge_exchange_requests_waiting", 2.0),
        ("yieldsforge_exchange_blocked", 1.0),
        (r#"yieldsforge_gate{account="main",verdict="good"}"#, 1.0),
        (r#"yieldsforge_gate{account="main",verdict="revoked"}"#, 0.0),
        ("yieldsforge_exchange_clock_skew_seconds", -1.5),
        ("yieldsforge_engine_last_tick_timestamp_seconds", 1_790_000_000.123),
        (r#"yieldsforge_exchange_requests_total{endpoint="submit",outcome="ok"}"#, 1.0),
        (r#"yieldsforge_exchange_request_duration_seconds_bucket{class="write",le="0.1"}"#, 1.0),
        (r#"yieldsforge_exchange_request_duration_seconds_bucket{class="write",le="0.05"}"#, 0.0),
        (r#"yieldsforge_fill_wait_seconds_bucket{le="1200"}"#, 1.0),
        (r#"yieldsforge_actions_total{account="main",action="submit",outcome="refused"}"#, 2.0),
        (r#"yieldsforge_action_refusals_total{reason="permission"}"#, 1.0),
        (r#"yieldsforge_limit_refusals_total{account="main",rule="deviation"}"#, 1.0),
    ] {
        assert!(close(seen.value(series), expected), "{series}: {} is not {expected}", seen.value(series));
    }
    for unknown in [
        r#"yieldsforge_market_daily_rate_ratio{currency="USD",kind="best_bid"}"#,
        r#"yieldsforge_lent_daily_rate_ratio{account="main",currency="BTC"}"#,
        r#"yieldsforge_utilisation_ratio{account="main",currency="BTC"}"#,
        r#"yieldsforge_interest_benchmark_amount{account="main",currency="USD",benchmark="frr_bound"}"#,
        r#"yieldsforge_forecast_brier_score{account="main",currency="BTC"}"#,
    ] {
        assert!(seen.value(unknown).is_nan(), "{unknown}: what is not known is no number");
    }
}

#[test]
fn a_shadow_has_its_series_as_soon_as_it_is_configured_and_keeps_them() {
    let shadow = |seen: &Exposition| {
        let mine = |series: &&String| series.contains(r#"account="main",currency="USD",benchmark="shadow""#);
        seen.samples.keys().filter(mine).cloned().collect::<Vec<_>>()
    };
    assert!(shadow(&recorded(everything)).is_empty(), "most have none");
    let mut with = policy();
    let lend = with.accounts.get_mut(&main_account()).unwrap().lend.get_mut(&USD).unwrap();
    lend.shadow = Some(std::sync::Arc::clone(&lend.profile));
    let begun = recorded(|| begin(&with));
    let series = shadow(&begun);
    assert_eq!(series.len(), 2, "{series:?}");
    assert!(series.iter().all(|series| begun.value(series).is_nan()), "it has not begun");
    let gone = recorded(|| {
        let mut gauges = Gauges::default();
        let mut view = view();
        let usd = view.accounts.get_mut(&main_account()).unwrap().currencies.get_mut(&USD).unwrap();
        usd.shadow = Some("steady".to_owned());
        usd.benchmarks.insert(Benchmark::Shadow, BenchmarkStatus::default());
        gauges.view(&view);
        let usd = view.accounts.get_mut(&main_account()).unwrap().currencies.get_mut(&USD).unwrap();
        usd.shadow = None;
        usd.benchmarks.remove(&Benchmark::Shadow);
        gauges.view(&view);
    });
    assert_eq!(shadow(&gone), series);
    assert!(series.iter().all(|series| gone.value(series).is_nan()), "it earns no more");
}

#[test]
fn a_wallet_that_was_never_read_is_not_an_empty_one() {
    let unread = recorded(|| {
        let mut view = view();
        let account = view.accounts.get_mut(&main_account()).unwrap();
        for status in account.currencies.values_mut() {
            (status.known, status.available) = (false, None);
        }
        Gauges::default().view(&view);
    });
    let empty = recorded(everything);
    for (name, more) in [
        ("wallet_amount", r#",kind="total""#),
        ("wallet_amount", r#",kind="free""#),
        ("wallet_amount", r#",kind="lent""#),
        ("idle_amount", r#",reason="key""#),
        ("open_offers", r#",owner="own""#),
        ("slice_amount", r#",slice="core",kind="lent""#),
        ("lent_maturity_seconds", ""),
    ] {
        let series = format!(r#"yieldsforge_{name}{{account="main",currency="BTC"{more}}}"#);
        assert!(unread.value(&series).is_nan(), "{series}");
        let expected = if more.contains("free") { f64::NAN } else { 0.0 };
        assert!(empty.value(&series).to_bits() == f64::to_bits(expected), "{series}: {}", empty.value(&series));
    }
    assert!(unread.value(r#"yieldsforge_wallet_amount{account="main",currency="BTC",kind="in_flight"}"#).abs() < 1e-9);
}

#[test]
fn what_leaves_the_configuration_falls_to_zero() {
    let seen = recorded(|| {
        let mut gauges = Gauges::default();
        gauges.view(&view());
        let mut without = view();
        without.accounts.clear();
        without.markets.clear();
        gauges.view(&without);
    });
    for series in [
        r#"yieldsforge_wallet_amount{account="main",currency="USD",kind="total"}"#,
        r#"yieldsforge_idle_amount{account="main",currency="USD",reason="below_minimum"}"#,
        r#"yieldsforge_slice_amount{account="main",currency="USD",slice="core",kind="offered"}"#,
        r#"yieldsforge_gate{account="main",verdict="good"}"#,
        r#"yieldsforge_account_enabled{account="main"}"#,
        r#"yieldsforge_market_fresh{currency="USD"}"#,
    ] {
        assert!(seen.value(series).abs() < f64::EPSILON, "{series}");
    }
    assert!(seen.value(r#"yieldsforge_market_daily_rate_ratio{currency="USD",kind="frr"}"#).is_nan());
}

#[test]
fn there_is_one_recorder_in_a_process() {
    let installed = Metrics::install().unwrap();
    assert!(matches!(Metrics::install(), Err(RecordError::Installed)));
    ready(true);
    assert!(close(Exposition::parse(&installed.render()).value("yieldsforge_ready"), 1.0));
}
