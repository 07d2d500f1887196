//! Every key of every file, as data: the table of the README, the defaults, and what a reload can change.

use std::fmt::Write as _;

/// The file a key stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// `yieldsforge.toml`.
    Main,
    /// `accounts/NAME.toml`.
    Account,
    /// `profiles/NAME.toml`.
    Profile,
}

impl Scope {
    /// The file's name, with a word where the user chooses.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Main => "yieldsforge.toml",
            Self::Account => "accounts/NAME.toml",
            Self::Profile => "profiles/NAME.toml",
        }
    }
}

/// One key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Where it stands.
    pub scope: Scope,
    /// Its path; `[]` marks a list of tables.
    pub path: &'static str,
    /// Type and unit.
    pub kind: &'static str,
    /// The default as it would be written, when there is one.
    pub default: Option<&'static str>,
    /// What holds when it is left out and there is no default: `required`, or in words.
    pub absent: &'static str,
    /// False when only a restart changes it.
    pub reloadable: bool,
    /// What it is for.
    pub about: &'static str,
}

const fn key(scope: Scope, path: &'static str, kind: &'static str, default: &'static str, about: &'static str) -> Key {
    Key { scope, path, kind, default: Some(default), absent: "", reloadable: true, about }
}

const fn open(scope: Scope, path: &'static str, kind: &'static str, absent: &'static str, about: &'static str) -> Key {
    Key { scope, path, kind, default: None, absent, reloadable: true, about }
}

const fn restart(key: Key) -> Key {
    Key { reloadable: false, ..key }
}

use Scope::{Account, Main, Profile};

const AMOUNT: &str = "amount: \"1500\" or \"5000 USD\"";
const MEASURE: &str = "amount or share: \"1500\", \"5000 USD\", \"10 %\"";
const RATE: &str = "rate: \"0.02 %/day\", \"7.5 %/year\", \"6 %/year net\"";
const SHARE: &str = "share: \"20 %\"";

/// All keys, in the order of the files.
pub const KEYS: &[Key] = &[
    restart(key(Main, "mode", "\"paper\" or \"live\"", "\"paper\"", "paper decides and explains, never writes")),
    restart(key(Main, "exchange.rest", "address", "\"https://api.bitfinex.com\"", "signed REST calls")),
    restart(key(Main, "exchange.rest_public", "address", "\"https://api-pub.bitfinex.com\"", "public REST calls")),
    restart(key(Main, "exchange.ws", "address", "\"wss://api.bitfinex.com/ws/2\"", "the account's socket")),
    restart(key(Main, "exchange.ws_public", "address", "\"wss://api-pub.bitfinex.com/ws/2\"", "the market's socket")),
    restart(open(
        Main,
        "keys.identity",
        "path",
        "$YIELDSFORGE_IDENTITY, else $CREDENTIALS_DIRECTORY/age-identity",
        "the age identity that opens the key files",
    )),
    restart(key(Main, "http.listen", "address:port", "\"127.0.0.1:9736\"", "/metrics /livez /readyz /status")),
    restart(open(
        Main,
        "state.directory",
        "path",
        "$STATE_DIRECTORY, else /var/lib/yieldsforge",
        "where the database and the lock lie",
    )),
    key(Main, "engine.tick", "span: \"1s\" to \"15s\"", "\"10s\"", "how often it reconsiders"),
    key(Main, "log.format", "\"auto\", \"text\", \"journald\" or \"json\"", "\"auto\"", "form of a log line"),
    key(Main, "log.filter", "level, then target=level after commas", "\"info\"", "how much is logged"),
    key(Main, "shutdown.offers", "\"leave\" or \"cancel\"", "\"leave\"", "what becomes of own offers at a stop"),
    open(Account, "key", "path", "required", "the encrypted key file, from the configuration folder"),
    key(Account, "enabled", "true or false", "true", "false: cancel own offers, let the loans run out"),
    open(Account, "fee", SHARE, "measured, 15 % until then", "the exchange's part of the interest"),
    open(Account, "active_until", "date: \"2027-06-30\"", "no end", "after that day the same as enabled = false"),
    open(Account, "lend[].currency", "USD, USDT, BTC, …", "required", "what is lent"),
    open(Account, "lend[].profile", "name", "required", "how: a file in profiles/"),
    key(Account, "lend[].keep", MEASURE, "\"0\"", "never lent"),
    open(Account, "lend[].max_lent", MEASURE, "no cap", "cap on what is lent and offered"),
    open(Account, "lend[].min_liquid", SHARE, "none", "share that is free or ends within 2 days"),
    key(Profile, "description", "text", "\"\"", "what it is for, in your words"),
    open(Profile, "limits.floor", RATE, "required", "nothing is lent under this"),
    open(Profile, "limits.ceiling", RATE, "none", "nothing is offered over this"),
    open(Profile, "limits.max_offer", AMOUNT, "no limit", "larger sums are split"),
    key(Profile, "limits.max_period", "days, 2 to 120", "30", "longest period"),
    key(Profile, "limits.max_offers", "count, 1 to 100", "20", "most open offers in one currency"),
    open(Profile, "slice[].name", "name", "required", "its name in logs and metrics"),
    open(Profile, "slice[].share", SHARE, "required", "its part of the money; all together at most 100 %"),
    open(
        Profile,
        "slice[].rate.rule",
        "\"fixed\", \"frr\", \"depth\" or \"spread\"",
        "required",
        "how it finds its rate",
    ),
    open(Profile, "slice[].rate.at", RATE, "required by fixed", "fixed: the rate"),
    key(
        Profile,
        "slice[].rate.offset",
        "offset: \"+10 %\", \"-0.005 %/day\"",
        "\"+0 %\"",
        "frr: distance from the FRR",
    ),
    key(
        Profile,
        "slice[].rate.as",
        "\"limit\", \"delta-fixed\" or \"delta-variable\"",
        "\"limit\"",
        "frr: a fixed price, or one that follows the FRR until or beyond the match",
    ),
    key(
        Profile,
        "slice[].rate.allow_below_floor_after_match",
        "true or false",
        "false",
        "frr as delta-variable: you accept that the loan may earn less than the floor",
    ),
    open(Profile, "slice[].rate.amount", AMOUNT, "required by depth", "depth: how deep in the offers"),
    open(Profile, "slice[].rate.from", AMOUNT, "required by spread", "spread: depth of the cheapest offer"),
    open(Profile, "slice[].rate.to", AMOUNT, "required by spread", "spread: depth of the dearest offer"),
    open(Profile, "slice[].rate.offers", "count, 1 to 100", "required by spread", "spread: how many offers"),
    key(
        Profile,
        "slice[].period",
        "days, or { by_rate = [[rate, days], …] }",
        "2",
        "fixed, or the longest whose rate is reached; below the first step 2 days",
    ),
    open(Profile, "slice[].release", RATE, "always offered", "a reserve: not offered until the market pays this"),
    open(Profile, "slice[].at_least", RATE, "none", "lifts the rule's rate to this"),
    open(Profile, "slice[].at_most", RATE, "none", "lowers the rule's rate to this"),
    key(
        Profile,
        "slice[].hidden",
        "true or false",
        "false",
        "hidden offers; the exchange takes 18 % of their interest",
    ),
];

/// The default of a key as it would be written; for the code that applies it.
pub(super) fn default_of(scope: Scope, path: &str) -> Option<&'static str> {
    KEYS.iter().find(|key| key.scope == scope && key.path == path).and_then(|key| key.default)
}

/// All keys as a Markdown table, for the README.
#[must_use]
pub fn keys_table() -> String {
    let mut out = String::from("| key | type and unit | default | reload |\n|---|---|---|---|\n");
    for scope in [Main, Account, Profile] {
        let _ = writeln!(out, "| **{}** | | | |", scope.file());
        for key in KEYS.iter().filter(|key| key.scope == scope) {
            let default = key.default.map_or_else(|| key.absent.to_owned(), |default| format!("`{default}`"));
            let reload = if key.reloadable { "yes" } else { "restart" };
            let path = key.path.replace("[]", "");
            let _ = writeln!(out, "| `{path}`: {} | {} | {default} | {reload} |", key.about, key.kind);
        }
    }
    out
}

#[cfg(test)]
mod tests;
