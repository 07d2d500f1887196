//! From the Mika lending bot's settings to our files.
//!
//! Its rates are percent per day. Settings of a coin's own section stand before those of `[BOT]`. Each coin becomes a
//! profile, since its gaps are amounts of that coin.

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
    ("hidecoins", "always so: under the floor nothing is offered"),
    ("keepstuckorders", "always so"),
    ("minloansize", "the exchange's minimum holds, 150 USD or its worth"),
    ("transferablecurrencies", "the key may not move money between wallets: move it to the Funding wallet yourself"),
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
const SECTIONS: [&str; 8] =
    ["API", "BOT", "NOTIFICATIONS", "MARKETANALYSIS", "DAILY_MIN", "ACCOUNTSTATS", "CHARTS", "PLUGINS"];

/// Converts the settings.
///
/// # Errors
/// Why nothing can be made of them.
pub(super) fn convert(settings: &[Setting]) -> Result<Imported, String> {
    let coins = coins(settings);
    if coins.is_empty() {
        return Err("no currency is named: add a section such as [USD], or all_currencies".to_owned());
    }
    let mut imported = Imported::default();
    let mut fates: BTreeMap<usize, Outcome> = BTreeMap::new();
    let mut account = String::from(
        "# Imported from MikaLendingBot. Keep the key with `yieldsforge key add imported`.\nkey = \"keys/imported.age\"\n",
    );
    for (name, currency) in coins {
        let coin = Coin::of(settings, &name, currency);
        if let Some((profile, entry)) = coin.convert(&mut fates) {
            account.push_str(&entry);
            let path = PathBuf::from(format!("profiles/{}.toml", coin::profile_name(currency)));
            imported.files.push((path, profile));
        }
    }
    imported.files.push((PathBuf::from("accounts/imported.toml"), account));
    for setting in settings {
        let outcome = fates.remove(&setting.line).unwrap_or_else(|| fate(setting));
        let name = format!("[{}] {}", setting.section, setting.key);
        imported.fates.push(Fate { line: setting.line, setting: name, outcome });
    }
    Ok(imported)
}

/// The coins that it lends: those with a section of their own, and those listed.
fn coins(settings: &[Setting]) -> BTreeMap<String, Currency> {
    let sections = settings.iter().map(|setting| setting.section.clone()).filter(|name| !SECTIONS.contains(&&**name));
    let listed = settings
        .iter()
        .filter(|setting| setting.key == "all_currencies")
        .flat_map(|setting| setting.value.split([',', ' ']).map(|name| name.trim().to_uppercase()).collect::<Vec<_>>());
    sections.chain(listed).filter_map(|name| Currency::from_name(&name).ok().map(|currency| (name, currency))).collect()
}

/// What becomes of a setting that no coin has used.
fn fate(setting: &Setting) -> Outcome {
    let key = setting.key.as_str();
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
    if key == "all_currencies" {
        return Outcome::Became("one [[lend]] entry a currency".to_owned());
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
