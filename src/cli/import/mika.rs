//! From the Mika lending bot's settings to our files.
//!
//! Its rates are percent per day. Settings of a coin's own section stand before those of `[BOT]` and `[BITFINEX]`. Each
//! coin becomes a profile, since its gaps are amounts of that coin.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::domain::{Currency, Decimal};

use super::coin::{self, Coin};
use super::ini::Setting;
use super::{Fate, Imported, Outcome};

/// Settings that have no equivalent, and why.
const NOTHING: &[(&str, &str)] = &[
    ("exchange", "Bitfinex is the only one"),
    ("sleeptimeactive", "it is told by the exchange's streams and need not poll; see engine.tick"),
    ("sleeptimeinactive", "it is told by the exchange's streams and need not poll; see engine.tick"),
    ("timeout", "timeouts are fixed"),
    ("keepstuckorders", "always so"),
    ("minloansize", "the exchange's minimum holds, 150 USD or its worth"),
    ("transferablecurrencies", "the key may not move money between wallets: move it to the Funding wallet yourself"),
    ("api_debug_log", "see log.filter"),
    ("ma_debug_log", "see log.filter"),
    ("label", "the account's name stands in logs and metrics"),
    ("outputcurrency", "every amount is shown in its own currency"),
    ("jsonfile", "see /status and /metrics"),
    ("jsonlogsize", "see /status and /metrics"),
    ("startwebserver", "see /status, /metrics and the dashboard for Grafana"),
    ("customwebserveraddress", "see http.listen"),
    ("customwebserverport", "see http.listen"),
    ("customwebservertemplate", "see the dashboard for Grafana"),
    ("plugins", "earnings and charts are built in"),
    ("analyseupdateinterval", "the book is followed as it changes"),
    ("keep_history_seconds", "the past is kept by itself"),
    ("recorded_levels", "the past is kept by itself"),
    ("delete_thread_sleep", "the past is kept by itself"),
    ("data_tolerance", "a rule waits until it has seen 15 % of its window, half an hour at most"),
    ("macd_long_win_seconds", "no floor follows two averages; rate = { rule = \"average\" } asks by them"),
    ("macd_short_win_seconds", "no floor follows two averages; rate = { rule = \"average\" } asks by them"),
    (
        "daily_min_multiplier",
        "no floor follows two averages; rate = { rule = \"average\", factor = \"105 %\" } asks by them",
    ),
];

/// Settings that stand in the profile or the account.
pub(super) const KNOWN: &[&str] = &[
    "all_currencies",
    "mindailyrate",
    "maxdailyrate",
    "frrasmin",
    "frrdelta",
    "hidecoins",
    "lending_strategy",
    "frrdelta_min",
    "frrdelta_max",
    "spreadlend",
    "gapmode",
    "gapbottom",
    "gaptop",
    "xdaythreshold",
    "xdays",
    "xdayspread",
    "enddate",
    "maxtolend",
    "maxpercenttolend",
    "maxtolendrate",
    "maxactiveamount",
    "analysecurrencies",
    "lendingstyle",
    "percentile_seconds",
    "daily_min_method",
];

/// Sections that are no coins.
const SECTIONS: [&str; 10] = [
    "API",
    "BITFINEX",
    "POLONIEX",
    "BOT",
    "NOTIFICATIONS",
    "MARKETANALYSIS",
    "DAILY_MIN",
    "ACCOUNTSTATS",
    "CHARTS",
    "PLUGINS",
];

/// Converts the settings.
///
/// # Errors
/// Why nothing can be made of them.
pub(super) fn convert(settings: &[Setting]) -> Result<Imported, String> {
    let coins = coins(settings);
    if coins.is_empty() {
        return Err("no currency is named: add a section such as [USD], or all_currencies to [BITFINEX]".to_owned());
    }
    let mut imported = Imported::default();
    let mut fates: BTreeMap<usize, Vec<(Currency, Outcome)>> = BTreeMap::new();
    let mut account = String::from(
        "# Imported from MikaLendingBot. Keep the key with `yieldsforge key add imported`.\nkey = \"keys/imported.age\"\n",
    );
    for (name, currency) in coins {
        let coin = Coin::of(settings, &name, currency);
        let mut own: BTreeMap<usize, Outcome> = BTreeMap::new();
        if let Some((profile, entry)) = coin.convert(&mut own) {
            account.push_str(&entry);
            let path = PathBuf::from(format!("profiles/{}.toml", coin::profile_name(currency)));
            imported.files.push((path, profile));
        }
        for (line, outcome) in own {
            fates.entry(line).or_default().push((currency, outcome));
        }
    }
    imported.files.push((PathBuf::from("accounts/imported.toml"), account));
    for setting in settings {
        let by_coin = fates.remove(&setting.line).unwrap_or_default();
        imported.fates.extend(fates_of(setting, by_coin));
    }
    Ok(imported)
}

/// What became of a setting, with the coins' names where it is not the same for all of them.
fn fates_of(setting: &Setting, by_coin: Vec<(Currency, Outcome)>) -> Vec<Fate> {
    let mut outcomes: Vec<(Outcome, Vec<String>)> = Vec::new();
    for (currency, outcome) in by_coin {
        let coin = currency.name().to_owned();
        match outcomes.iter_mut().find(|(other, _)| *other == outcome) {
            Some((_, coins)) => coins.push(coin),
            None => outcomes.push((outcome, vec![coin])),
        }
    }
    let fate_of = |name, outcome| Fate { line: setting.line, setting: name, outcome };
    let name = format!("[{}] {}", setting.section, setting.key);
    match outcomes.as_slice() {
        [] => vec![fate_of(name, fate(setting))],
        [(outcome, _)] => vec![fate_of(name, outcome.clone())],
        _ => outcomes
            .into_iter()
            .map(|(outcome, coins)| fate_of(format!("{name} for {}", coins.join(", ")), outcome))
            .collect(),
    }
}

/// A setting's name in this file's lists: forks and sections of that bot have other names for some.
pub(super) fn canonical(setting: &Setting) -> &str {
    match (setting.section.as_str(), setting.key.as_str()) {
        ("DAILY_MIN", "method") => "daily_min_method",
        ("DAILY_MIN", "multiplier") => "daily_min_multiplier",
        (_, "xday_threshold" | "xday_thresholds") => "xdaythreshold",
        (_, "frr_delta_min") => "frrdelta_min",
        (_, "frr_delta_max") => "frrdelta_max",
        (_, key) => key,
    }
}

/// That bot has a list for each exchange.
fn lists_coins(setting: &Setting) -> bool {
    setting.key == "all_currencies" && matches!(setting.section.as_str(), "BITFINEX" | "BOT")
}

/// The coins that it lends: those with a section of their own, and those listed.
fn coins(settings: &[Setting]) -> BTreeMap<String, Currency> {
    let sections = settings.iter().map(|setting| setting.section.clone()).filter(|name| !SECTIONS.contains(&&**name));
    let listed = settings
        .iter()
        .filter(|setting| lists_coins(setting))
        .flat_map(|setting| setting.value.split([',', ' ']).map(|name| name.trim().to_uppercase()).collect::<Vec<_>>());
    sections.chain(listed).filter_map(|name| Currency::from_name(&name).ok().map(|currency| (name, currency))).collect()
}

/// What becomes of a setting that no coin has used.
fn fate(setting: &Setting) -> Outcome {
    if setting.section == "POLONIEX" {
        return Outcome::Nothing("another exchange, ignored".to_owned());
    }
    let key = canonical(setting);
    if matches!(key, "apikey" | "secret") {
        return Outcome::Nothing("not read: `yieldsforge key add imported` keeps it encrypted".to_owned());
    }
    if setting.section == "NOTIFICATIONS" {
        return Outcome::Nothing("see [[notify]]; tokens belong into an encrypted contact file".to_owned());
    }
    if matches!(setting.section.as_str(), "ACCOUNTSTATS" | "CHARTS" | "PLUGINS") {
        return Outcome::Nothing("earnings and charts are built in".to_owned());
    }
    if let Some((_, why)) = NOTHING.iter().find(|(name, _)| *name == key) {
        return Outcome::Nothing((*why).to_owned());
    }
    if lists_coins(setting) {
        return Outcome::Became("one [[lend]] entry a currency".to_owned());
    }
    if key == "all_currencies" {
        return Outcome::Nothing("ignored: only that of [BITFINEX] or [BOT] counts".to_owned());
    }
    if KNOWN.contains(&key) {
        return Outcome::Nothing("every coin has its own, or it is at a value that changes nothing".to_owned());
    }
    let all = KNOWN.iter().chain(NOTHING.iter().map(|(name, _)| name)).copied();
    let near = all.map(|name| (strsim::damerau_levenshtein(name, key), name)).min();
    match near.filter(|(distance, _)| *distance <= 3) {
        Some((_, meant)) => Outcome::Unknown(format!(": did you mean {meant}?")),
        None => Outcome::Unknown(": nothing was made of it".to_owned()),
    }
}

/// A number, as that bot reads it.
pub(super) fn number(text: &str) -> Option<Decimal> {
    Decimal::parse(text.trim().trim_end_matches('%').trim()).ok()
}
