//! What good files mean.

use std::fs;
use std::path::Path;

use yieldsforge::cli::check::{CheckArgs, check};
use yieldsforge::config::{
    Config, KEYS, LogFormat, Mode, Override, Recorder, Scope, ShutdownOffers, Sources, difference, keys_table, load,
    render,
};
use yieldsforge::domain::{
    AccountName, Amount, Currency, DAY, DailyRate, Days, HOUR, MINUTE, Millis, Ratio, Timestamp,
};
use yieldsforge::strategy::stats::QuantileOf;
use yieldsforge::strategy::{Bound, FrrAs, Measure, Offset, PeriodRule, Quantile, Quantity, RateRule, RateSpec, Trend};

use super::corpus::compare;
use crate::{bad_root, copy, corpus_root, load_with};

fn good(name: &str) -> Config {
    load_with(&corpus_root().join("good").join(name), &[]).unwrap()
}

fn daily(units: i64, net: bool) -> RateSpec {
    RateSpec { rate: DailyRate::from_units(units), net }
}

#[test]
fn an_empty_file_has_every_default() {
    let config = good("plain");
    let settings = &config.settings;
    assert_eq!((settings.mode, config.policy.paper), (Mode::Paper, true));
    assert_eq!(settings.exchange.rest, "https://api.bitfinex.com");
    assert_eq!(settings.exchange.ws_public, "wss://api-pub.bitfinex.com/ws/2");
    assert_eq!(settings.listen.to_string(), "127.0.0.1:9736");
    assert_eq!(settings.state_directory, Path::new("/var/lib/yieldsforge"));
    assert_eq!((settings.identity.as_ref(), settings.tick), (None, Millis::seconds(10)));
    assert_eq!((settings.log.format, settings.log.filter.as_str()), (LogFormat::Auto, "info"));
    assert_eq!(settings.shutdown_offers, ShutdownOffers::Leave);
    assert_eq!(settings.recorder, Recorder { enabled: true, keep: DAY.times(400), max_size: 500_000_000 });
    let account = &config.policy.accounts[&AccountName::new("main").unwrap()];
    assert_eq!((account.enabled, account.fee, account.active_until), (true, None, None));
    let lend = &account.lend[&Currency::USD];
    assert_eq!(lend.keep, Measure::Amount(Quantity::Own(Amount::ZERO)));
    assert_eq!((lend.max_lent, lend.min_liquid), (None, None));
    let limits = lend.profile.limits;
    assert_eq!((limits.max_period.get(), limits.max_offers, limits.max_offer), (30, 20, None));
    let slice = &lend.profile.slices[0];
    assert_eq!(slice.rate, RateRule::Frr { offset: Offset::Relative(Ratio::ZERO), placed: FrrAs::Limit });
    assert_eq!(slice.period, PeriodRule::Fixed(Days::MIN));
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
}

#[test]
fn every_key_arrives_in_its_unit() {
    let config = good("everything");
    assert!(!config.policy.paper);
    assert_eq!(config.settings.log.filter, "info,yieldsforge::engine=debug");
    let keep = DAY.times(30);
    assert_eq!(config.settings.recorder, Recorder { enabled: false, keep, max_size: 2_000_000_000 });
    assert_eq!(config.settings.exchange.rest, "http://127.0.0.1:8080");
    assert_eq!(config.settings.identity.as_deref(), Some(&*config.folder.join("identity.txt")));
    let account = &config.policy.accounts[&AccountName::new("main").unwrap()];
    assert_eq!(account.fee, Some(Ratio::from_ppm(147_000)));
    // The first moment of 2027-07-01 UTC.
    assert_eq!(account.active_until, Some(Timestamp::from_millis(1_814_400_000_000)));
    let tether = &account.lend[&Currency::from_code("UST").unwrap()];
    assert_eq!(tether.shadow.as_ref().map(|shadow| shadow.name.as_str()), Some("steady"));
    assert_eq!(account.lend[&Currency::USD].shadow, None);
    assert_eq!(tether.keep, Measure::Share(Ratio::percent(10)));
    assert_eq!(tether.max_lent, Some(Measure::Amount(Quantity::Usd(Amount::whole(5000)))));
    let second = &config.accounts[&AccountName::new("second").unwrap()];
    assert_eq!(second.key, Path::new("/run/keys/second.age"));
    let profile = &config.profiles["steady"];
    // 3 % / 365 rounded up: a floor never sinks. 2 %/day is exact.
    assert_eq!(profile.limits.floor, daily(82_191_781, true));
    assert_eq!(profile.limits.ceiling, Some(daily(20_000_000_000, false)));
    let PeriodRule::ByRate(steps) = &profile.slices[0].period else { panic!("{:?}", profile.slices[0].period) };
    let steps: Vec<u16> = steps.iter().map(|(_, days)| days.get()).collect();
    assert_eq!(steps, [30, 30, 120]);
    let usd = |amount| Quantity::Usd(Amount::whole(amount));
    assert_eq!(profile.slices[0].rate, RateRule::Spread { from: usd(0), to: usd(50_000), offers: 5 });
    assert_eq!(profile.slices[1].rate, RateRule::Depth { amount: usd(20_000) });
    assert_eq!(profile.slices[2].rate, RateRule::Fixed { at: daily(300_000_000, false) });
    let offset = Offset::Absolute(DailyRate::from_units(-50_000_000));
    assert_eq!(profile.slices[3].rate, RateRule::Frr { offset, placed: FrrAs::DeltaVariable });
    assert!(profile.slices[3].allow_below_floor_after_match && profile.slices[0].hidden);
}

#[test]
fn rules_and_bounds_that_look_back_arrive_in_their_units() {
    let config = good("everything");
    let slices = &config.profiles["the_past"].slices;
    let (tick, percent) = (DailyRate::TICK, Ratio::percent);
    let ranked = |rank, window, of| Quantile { rank: percent(rank), window, of };
    let (trades, candles, offers) = (QuantileOf::Trades, QuantileOf::Candles, QuantileOf::BestOffer);
    let rules = [
        RateRule::Best { below: DailyRate::from_units(1_000_000), race_floor: percent(90) },
        RateRule::Best { below: tick, race_floor: percent(85) },
        RateRule::Quantile(ranked(70, DAY, trades)),
        RateRule::Quantile(ranked(75, MINUTE.times(10), offers)),
        RateRule::Expected { of: trades, window: DAY, least_chance: percent(40) },
        RateRule::Expected { of: offers, window: HOUR, least_chance: percent(70) },
        RateRule::Effective { window: DAY.times(7), hold: DAY.times(2), hits: 5 },
        RateRule::Effective { window: HOUR.times(48), hold: HOUR.times(20), hits: 3 },
        RateRule::CandleHigh { nth: 3, candle: HOUR, window: DAY.times(30), factor: percent(99) },
        RateRule::Average { short: MINUTE.times(2), long: HOUR, factor: percent(105) },
    ];
    assert_eq!(slices.iter().map(|slice| slice.rate).take(rules.len()).collect::<Vec<_>>(), rules);
    let trends: Vec<_> = slices.iter().filter_map(|slice| slice.trend).collect();
    assert_eq!(trends, [Trend::Falling, Trend::Rising, Trend::Stable]);
    let rank = |rank, days| (percent(rank), Days::new(days));
    let ranks = PeriodRule::ByRank { steps: vec![rank(85, 7), rank(95, 30)], window: DAY.times(30), of: trades };
    assert_eq!(slices[2].period, ranks);
    assert_eq!(slices[3].period, PeriodRule::ByRank { steps: vec![rank(60, 7)], window: DAY, of: offers });
    let steps = vec![(daily(500_000_000, false), Days::new(30))];
    assert_eq!(slices[4].period, PeriodRule::AfterJump { steps, jump: percent(200), window: DAY });
    assert_eq!(slices[0].at_least, Some(Bound::Frr(Offset::Relative(percent(-10)))));
    assert_eq!(slices[0].at_most, Some(Bound::Frr(Offset::Relative(Ratio::ZERO))));
    let by_book = |below, within| Some(Bound::Best { below, within });
    assert_eq!((slices[6].at_least, slices[6].at_most), (by_book(tick, None), by_book(tick, Some(percent(15)))));
    assert_eq!(slices[7].at_most, by_book(DailyRate::from_units(1_000_000), None));
    assert_eq!(slices[1].at_least, Some(Bound::Quantile(ranked(75, DAY, trades))));
    assert_eq!(slices[1].at_most, Some(Bound::Quantile(ranked(95, DAY.times(7), candles))));
}

#[test]
fn layers_lie_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    copy(&corpus_root().join("good/plain"), folder.path());
    let main = folder.path().join("yieldsforge.toml");
    fs::write(&main, "[engine]\ntick = \"3s\"\n").unwrap();
    let env = vec![
        ("STATE_DIRECTORY".to_owned(), "/run/first:/run/second".to_owned()),
        ("YIELDSFORGE_CFG__ENGINE__TICK".to_owned(), "4s".to_owned()),
        ("YIELDSFORGE_DATA".to_owned(), "is no configuration".to_owned()),
    ];
    let flag = Override { flag: "--tick".to_owned(), key: "engine.tick".to_owned(), value: "5s".to_owned() };
    // The main file's path says the same as the folder's.
    let mut sources = Sources { path: main, env: Vec::new(), flags: Vec::new() };
    assert_eq!(load(&sources).unwrap().settings.tick, Millis::seconds(3));
    sources.env = env;
    let config = load(&sources).unwrap();
    assert_eq!(config.settings.tick, Millis::seconds(4));
    assert_eq!(config.settings.state_directory, Path::new("/run/first"));
    assert!(render(&config).contains("YIELDSFORGE_CFG__ENGINE__TICK"), "{}", render(&config));
    sources.flags.push(flag);
    let config = load(&sources).unwrap();
    assert_eq!((config.settings.tick, config.policy.tick), (Millis::seconds(5), Millis::seconds(5)));
    sources.flags[0].value = "5".to_owned();
    assert!(load(&sources).unwrap_err().to_string().starts_with("--tick: "));
}

#[test]
fn the_adaptive_rule_picks_the_period_unless_one_is_written() {
    let plain = corpus_root().join("good/plain");
    let rule = ("YIELDSFORGE_CFG__PROFILES__STEADY__SLICE__0__RATE__RULE", "adaptive");
    let period = "YIELDSFORGE_CFG__PROFILES__STEADY__SLICE__0__PERIOD";
    for (set, expected) in [
        (vec![rule], PeriodRule::Adaptive),
        (vec![rule, (period, "adaptive")], PeriodRule::Adaptive),
        (vec![rule, (period, "7")], PeriodRule::Fixed(Days::new(7))),
    ] {
        let config = load_with(&plain, &set).unwrap();
        let slice = &config.profiles["steady"].slices[0];
        assert_eq!((slice.rate, &slice.period), (RateRule::Adaptive, &expected), "{set:?}");
    }
}

#[test]
fn variables_lie_over_accounts_and_profiles_too() {
    let plain = corpus_root().join("good/plain");
    let set = [
        ("YIELDSFORGE_CFG__ACCOUNTS__MAIN__ENABLED", "false"),
        ("YIELDSFORGE_CFG__ACCOUNTS__MAIN__LEND__0__KEEP", "250"),
        ("YIELDSFORGE_CFG__PROFILES__STEADY__LIMITS__MAX_PERIOD", "60"),
        ("YIELDSFORGE_CFG__PROFILES__STEADY__SLICE__0__RATE__OFFSET", "-5 %"),
        ("YIELDSFORGE_CFG__PROFILES__STEADY__SLICE__0__PERIOD", "45"),
    ];
    let config = load_with(&plain, &set).unwrap();
    let account = &config.policy.accounts[&AccountName::new("main").unwrap()];
    let lend = &account.lend[&Currency::USD];
    assert_eq!((account.enabled, lend.keep), (false, Measure::Amount(Quantity::Own(Amount::whole(250)))));
    assert_eq!(lend.profile.limits.max_period, Days::new(60));
    let slice = &lend.profile.slices[0];
    assert_eq!(slice.rate, RateRule::Frr { offset: Offset::Relative(Ratio::percent(-5)), placed: FrrAs::Limit });
    assert_eq!((&slice.period, &*slice.name), (&PeriodRule::Fixed(Days::new(45)), "core"));
    for (name, _) in set {
        assert!(render(&config).contains(name), "{name} in\n{}", render(&config));
    }
}

#[test]
fn what_is_probably_not_meant_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    copy(&corpus_root().join("good/everything"), folder.path());
    let set = [
        ("YIELDSFORGE_CFG__HTTP__LISTEN", "0.0.0.0:9736"),
        ("YIELDSFORGE_CFG__ACCOUNTS__SECOND__ENABLED", "false"),
        ("YIELDSFORGE_CFG__ACCOUNTS__MAIN__LEND__1__CURRENCY", "UDST"),
    ];
    let account = folder.path().join("accounts/main.toml");
    fs::write(&account, fs::read_to_string(&account).unwrap().replace("20000", "1000")).unwrap();
    fs::write(folder.path().join("accounts/third.toml"), "key = \"keys/third.age\"\n").unwrap();
    let warnings = load_with(folder.path(), &set).unwrap().warnings;
    let told: String = warnings.iter().map(ToString::to_string).collect();
    let told = told.replace(&format!("{}/", folder.path().display()), "");
    let wrong = compare(Path::new("warnings"), &corpus_root().join("warnings.txt"), &told);
    assert!(wrong.is_none(), "{}", wrong.unwrap_or_default());
}

#[test]
fn the_listing_names_values_and_where_they_come_from() {
    let shown = render(&good("everything"));
    for line in ["mode = \"live\"", "limits.floor = \"3 %/year net\"", "rate.offset = \"+10 %\"", "[[lend]]"] {
        assert!(shown.contains(line), "{line} in\n{shown}");
    }
    let line = |text: &str, key: &str| {
        let found = text.lines().find(|line| line.starts_with(key)).unwrap_or_default();
        found.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line(&shown, "engine.tick"), "engine.tick = \"2s\" # line 19");
    assert_eq!(line(&render(&good("plain")), "engine.tick"), "engine.tick = \"10s\" # default");
    assert_eq!(line(&render(&good("plain")), "limits.max_period"), "limits.max_period = 30 # default");
    assert_eq!(line(&render(&good("plain")), "rate.as"), "rate.as = \"limit\" # default");
    assert_eq!(shown.matches("rate.as").count(), 2, "a default of one rule is not shown for another");
}

#[test]
fn a_reload_knows_what_it_may_change() {
    let folder = tempfile::tempdir().unwrap();
    copy(&corpus_root().join("good/everything"), folder.path());
    let before = load_with(folder.path(), &[]).unwrap();
    assert!(difference(&before, &load_with(folder.path(), &[]).unwrap()).is_empty());
    let edit = |file: &str, from: &str, to: &str| {
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(path, text.replace(from, to)).unwrap();
    };
    edit("accounts/main.toml", "500\"", "600\"");
    edit("profiles/steady.toml", "3 %/year", "4 %/year");
    fs::remove_file(folder.path().join("accounts/second.toml")).unwrap();
    let change = difference(&before, &load_with(folder.path(), &[]).unwrap());
    assert_eq!(change.restart_only, [] as [&str; 0]);
    assert_eq!(change.reloadable, ["accounts.main", "accounts.second", "profiles.steady"]);
    fs::write(folder.path().join("yieldsforge.toml"), "").unwrap();
    let change = difference(&before, &load_with(folder.path(), &[]).unwrap());
    let restart: Vec<&str> = KEYS.iter().filter(|key| !key.reloadable).map(|key| key.path).collect();
    // The fourth address is written as its default in that file.
    let expected: Vec<&str> = restart.into_iter().filter(|key| *key != "exchange.ws_public").collect();
    assert_eq!(change.restart_only, expected);
}

#[test]
fn every_key_of_the_main_file_is_compared() {
    let plain = good("plain");
    let keys = KEYS.iter().filter(|key| key.scope == Scope::Main && !key.path.contains("[]"));
    for key in keys {
        let other = match key.path {
            "mode" => "live",
            "exchange.rest" | "exchange.rest_public" => "https://example.com",
            "exchange.ws" | "exchange.ws_public" => "wss://example.com",
            "http.listen" => "127.0.0.1:1",
            "engine.tick" => "1s",
            "log.format" => "json",
            "log.filter" => "warn",
            "shutdown.offers" => "cancel",
            "recorder.enabled" => "false",
            "recorder.keep" => "30d",
            "recorder.max_size" => "1 GB",
            _ => "/elsewhere",
        };
        let variable = format!("YIELDSFORGE_CFG__{}", key.path.replace('.', "__").to_uppercase());
        let changed = load_with(&corpus_root().join("good/plain"), &[(&variable, other)]).unwrap();
        let change = difference(&plain, &changed);
        let names = if key.reloadable {
            change.reloadable
        } else {
            change.restart_only.into_iter().map(str::to_owned).collect()
        };
        assert_eq!(names, [key.path]);
    }
}

#[test]
fn the_table_of_keys_has_every_key() {
    let table = keys_table();
    for key in KEYS {
        assert!(table.contains(&format!("`{}`", key.path.replace("[]", ""))), "{}", key.path);
    }
    assert!(table.lines().all(|line| line.matches('|').count() == 5), "{table}");
}

fn args(path: &Path, print: bool, json: bool) -> CheckArgs {
    CheckArgs { config: path.to_path_buf(), print, json, online: false, identity: None, schema: None }
}

#[test]
fn check_speaks_on_the_right_stream_with_the_right_code() {
    let run = |path: &Path, print: bool| {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = check(&args(path, print, false), &[], &mut out, &mut err).unwrap();
        (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    };
    let (code, out, err) = run(&corpus_root().join("good/plain"), false);
    assert_eq!(
        (code, &*out),
        (0, "ok: 1 account, 1 currency lent, 1 profile; paper: nothing is written to the exchange\n")
    );
    assert!(err.contains("account main is off until its key file is there"), "{err}");
    let (code, out, _) = run(&corpus_root().join("good/plain"), true);
    assert!(code == 0 && out.contains("engine.tick = \"10s\""), "{out}");
    let (code, out, err) = run(&bad_root().join("folder/errors_in_every_file"), false);
    assert_eq!((code, &*out), (78, ""));
    assert!(err.contains("yieldsforge.toml:1:1: ") && err.ends_with("6 errors\n"), "{err}");
    let (code, _, err) = run(Path::new("/nonexistent"), false);
    assert!(code == 78 && err.starts_with("/nonexistent/yieldsforge.toml:1:1: there is no such file"), "{err}");
}

#[test]
fn check_speaks_to_machines_too() {
    let json = |path: &Path| {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = check(&args(path, false, true), &[], &mut out, &mut err).unwrap();
        assert_eq!(err, [] as [u8; 0], "all of it is on one stream");
        (code, serde_json::from_slice::<serde_json::Value>(&out).unwrap())
    };
    let (code, bad) = json(&bad_root().join("folder/errors_in_every_file"));
    assert_eq!((code, &bad["ok"], bad["errors"].as_array().unwrap().len()), (78, &false.into(), 6));
    let first = &bad["errors"][0];
    assert!(first["file"].as_str().unwrap().ends_with("yieldsforge.toml"), "{first}");
    assert_eq!((&first["line"], &first["column"]), (&1.into(), &1.into()));
    assert!(first["message"].is_string() && first["help"].is_string(), "{first}");
    let (code, good) = json(&corpus_root().join("good/everything"));
    assert_eq!((code, &good["ok"]), (0, &true.into()));
    let value = |key: &str| {
        let values = good["values"].as_array().unwrap();
        values.iter().find(|value| value["key"] == key).unwrap_or_else(|| panic!("{key} in {values:?}")).clone()
    };
    assert_eq!((&value("engine.tick")["value"], &value("engine.tick")["source"]["line"]), (&"2s".into(), &19.into()));
    assert_eq!(value("slice[0].hidden")["value"], true);
    assert_eq!(value("slice[2].hidden")["source"], "default");
    assert!(
        good["warnings"].as_array().unwrap().iter().any(|one| one["message"].as_str().unwrap().contains("key file"))
    );
}
