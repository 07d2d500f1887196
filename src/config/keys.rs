//! Every key of every file, as data: the table of the README, the defaults, and what a reload can change.

mod kind;
mod modifiers;
mod rate;

use std::fmt::Write as _;

pub use kind::Kind;

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

    /// The name of its schema's file.
    #[must_use]
    pub const fn schema_file(self) -> &'static str {
        match self {
            Self::Main => "yieldsforge.json",
            Self::Account => "account.json",
            Self::Profile => "profile.json",
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
    pub kind: Kind,
    /// The default as it would be written, when there is one.
    pub default: Option<&'static str>,
    /// What holds when it is left out and there is no default: `required`, or in words.
    pub absent: &'static str,
    /// False when only a restart changes it.
    pub reloadable: bool,
    /// What it is for; a key of one rate rule begins with the rule's name and a colon.
    pub about: &'static str,
    /// Why one would change it, or what else to know: whole sentences, for the shipped examples.
    pub more: &'static str,
    /// How it would be written, where the default does not show it.
    pub example: &'static str,
    /// A rate rule with a default of its own, and that default as it would be written.
    pub by_rule: Option<(&'static str, &'static str)>,
}

const fn key(scope: Scope, path: &'static str, kind: Kind, default: &'static str, about: &'static str) -> Key {
    let (absent, more, example) = ("", "", default);
    Key { scope, path, kind, default: Some(default), absent, reloadable: true, about, more, example, by_rule: None }
}

const fn open(
    scope: Scope,
    path: &'static str,
    kind: Kind,
    absent: &'static str,
    example: &'static str,
    about: &'static str,
) -> Key {
    Key { scope, path, kind, default: None, absent, reloadable: true, about, more: "", example, by_rule: None }
}

impl Key {
    /// Only a restart changes it.
    const fn restart(self) -> Self {
        Self { reloadable: false, ..self }
    }

    const fn more(self, more: &'static str) -> Self {
        Self { more, ..self }
    }

    const fn under(self, rule: &'static str, default: &'static str) -> Self {
        Self { by_rule: Some((rule, default)), ..self }
    }

    /// The default of a key as it would be written, where the rate rule is `rule`.
    pub(super) fn default_under(&self, rule: &str) -> Option<&'static str> {
        self.by_rule.filter(|(owner, _)| *owner == rule).map(|(_, default)| default).or(self.default)
    }

    /// Unit, default and when a change takes effect, in one line.
    #[must_use]
    pub fn terms(&self) -> String {
        let missing = match self.default {
            Some(default) => {
                let own = self.by_rule.map_or_else(String::new, |(rule, own)| format!(", {rule} {own}"));
                format!("default {default}{own}")
            }
            None if self.absent.starts_with("required") => self.absent.to_owned(),
            None => format!("default: {}", self.absent),
        };
        let restart = if self.reloadable { "" } else { " · restart" };
        format!("{} · {missing}{restart}", self.kind.words())
    }

    /// The rate rules, or the kind of notifier, that it belongs to; none when it belongs to no single ones.
    pub(super) fn owners(&self) -> impl Iterator<Item = &'static str> + use<> {
        let (owners, _) = self.about.split_once(": ").unwrap_or_default();
        let rate = self.path.strip_prefix("slice[].rate.").is_some_and(|key| key != "rule");
        let notifier = self.path.starts_with("notify[].") && NOTIFY_KINDS.contains(&owners);
        let names = owners.split(", ").filter_map(|owner| owner.split(' ').next());
        names.filter(move |_| rate || notifier)
    }
}

use Kind::{
    Address, Amount, Bool, Count, Currency, Date, Days, Levels, Listen, Measure, Name, Offset, Path, Rate, Share, Size,
    Span, Text, Time, Word,
};
use Scope::{Account, Main, Profile};

/// The rate rules.
pub(super) const RULES: &[&str] = &[
    "fixed",
    "frr",
    "depth",
    "spread",
    "best",
    "quantile",
    "expected",
    "candle_high",
    "effective",
    "average",
    "adaptive",
];

/// The kinds of notifiers.
pub(super) const NOTIFY_KINDS: &[&str] = &["webhook", "telegram", "discord", "slack", "ntfy", "ping"];

/// All keys, in the order of the files.
pub const KEYS: &[Key] = &[
    key(Main, "mode", Word(&["paper", "live"]), "\"paper\"", "paper decides and explains, never writes")
        .more("Paper works on the real market and wallet. Read what it would do for a day before you set it to live.")
        .restart(),
    key(Main, "exchange.rest", Address("https"), "\"https://api.bitfinex.com\"", "signed REST calls")
        .more("Plain http is for loopback addresses only, to try things out against `yieldsforge exchange`.")
        .restart(),
    key(Main, "exchange.rest_public", Address("https"), "\"https://api-pub.bitfinex.com\"", "public REST calls")
        .restart(),
    key(Main, "exchange.ws", Address("wss"), "\"wss://api.bitfinex.com/ws/2\"", "the account's socket").restart(),
    key(Main, "exchange.ws_public", Address("wss"), "\"wss://api-pub.bitfinex.com/ws/2\"", "the market's socket")
        .restart(),
    open(
        Main,
        "keys.identity",
        Path,
        "$YIELDSFORGE_IDENTITY, else $CREDENTIALS_DIRECTORY/age-identity",
        "\"identity.txt\"",
        "the age identity that opens the key files",
    )
    .more("From this folder unless it begins with /. Its mode must be 0600.")
    .restart(),
    key(Main, "http.listen", Listen, "\"127.0.0.1:9736\"", "/metrics /livez /readyz /status")
        .more("Loopback, since they show what you own. Nothing can be changed through them.")
        .restart(),
    open(
        Main,
        "state.directory",
        Path,
        "$STATE_DIRECTORY, else /var/lib/yieldsforge",
        "\"/var/lib/yieldsforge\"",
        "where the database and the lock lie",
    )
    .more("systemd sets $STATE_DIRECTORY.")
    .restart(),
    key(Main, "engine.tick", Span("1s", "15s"), "\"10s\"", "how often it reconsiders")
        .more("Events bring a round forward: this is the longest wait."),
    key(Main, "log.format", Word(&["auto", "text", "journald", "json"]), "\"auto\"", "form of a log line")
        .more("Auto is text on a terminal and the journal's priorities under systemd."),
    key(Main, "log.filter", Levels, "\"info\"", "how much is logged")
        .more("Levels: off, error, warn, info, debug, trace."),
    key(Main, "shutdown.offers", Word(&["leave", "cancel"]), "\"leave\"", "what becomes of own offers at a stop").more(
        "Leave keeps their places in the book. Loans run out by themselves either way; offers that the daemon did \
             not place are never touched.",
    ),
    key(
        Main,
        "recorder.enabled",
        Bool,
        "true",
        "keeps the market and the lives of own offers: for `export` and `backtest`",
    )
    .more("Trades, books around each batch, tickers; in market.sqlite3 of the state directory, in paper mode too."),
    key(Main, "recorder.keep", Span("1d", "3650d"), "\"400d\"", "for how long it is kept"),
    key(Main, "recorder.max_size", Size, "\"500 MB\"", "how large that file may become")
        .more("Beyond it the oldest trades, books and tickers go first. A currency takes about 1 MB a day."),
    open(Main, "notify[].name", Name, "required", "\"phone\"", "its name in the log")
        .more("One [[notify]] a channel: who is told, and of what."),
    open(Main, "notify[].kind", Word(NOTIFY_KINDS), "required", "\"webhook\"", "the service that is spoken to")
        .more("A ping is a dead man's switch: an address that is called while all is well, and tells nothing else."),
    open(
        Main,
        "notify[].contact",
        Path,
        "required",
        "\"keys/phone.age\"",
        "the encrypted file with its url, token and chat",
    )
    .more(
        "From the configuration folder, encrypted like a key file. Deleting it turns this notifier off, and no other.",
    ),
    key(Main, "notify[].loan_made", Bool, "false", "tells of offers that are taken"),
    key(Main, "notify[].loan_returned", Bool, "false", "tells of money that comes back"),
    open(
        Main,
        "notify[].idle_after",
        Span("1s", "30d"),
        "not told",
        "\"2h\"",
        "tells when over 5 % of a balance is idle for so long",
    )
    .more("What your own files hold back (keep, max_lent, min_liquid, a reserve, a disabled account) does not count."),
    key(Main, "notify[].key_refused", Bool, "true", "tells when a key may not be used, and when it may again"),
    key(Main, "notify[].not_ready", Bool, "true", "tells when /readyz fails, and when all is well again"),
    key(Main, "notify[].not_ready_after", Span("1s", "1d"), "\"5m\"", "for so long it must have failed"),
    key(Main, "notify[].reload_refused", Bool, "true", "tells when a changed configuration is refused"),
    open(Main, "notify[].daily_at", Time, "not told", "\"04:00\"", "tells once a day (UTC) what was earned")
        .more("Bitfinex credits interest around 01:30 UTC."),
    open(
        Main,
        "notify[].rate_above",
        Rate,
        "not told",
        "\"0.05 %/day\"",
        "tells when a market that you lend on pays this, before the fee",
    )
    .more("By the last trade or the FRR, whichever is higher; again once it was a tenth under it."),
    open(
        Main,
        "notify[].template",
        Text,
        "event, tone, account, at, title and text",
        "'{ \"message\": \"{title}: {text}\" }'",
        "webhook: the JSON that is posted",
    )
    .more("Words in braces are filled in: event, tone, account, at, title, text, and token, chat of the contact file."),
    open(Main, "notify[].every", Span("1s", "1d"), "5m", "\"5m\"", "ping: how often the address is called"),
    open(
        Account,
        "key",
        Path,
        "required",
        "\"keys/main.age\"",
        "the encrypted key file, from the configuration folder",
    )
    .more("Deleting that file turns this account off, and no other."),
    key(Account, "enabled", Bool, "true", "false: cancel own offers, let the loans run out"),
    open(Account, "fee", Share, "15 %; 18 % with a hidden slice", "\"15 %\"", "the exchange's part of the interest"),
    open(Account, "active_until", Date, "no end", "\"2027-06-30\"", "after that day (UTC) the same as enabled = false"),
    open(Account, "lend[].currency", Currency, "required", "\"USD\"", "what is lent")
        .more("As markets write it or as Bitfinex does: USDT and UST are the same. Others are left alone."),
    open(Account, "lend[].profile", Name, "required", "\"steady\"", "how: a file in profiles/").more("Without .toml."),
    key(Account, "lend[].keep", Measure, "\"0\"", "never lent"),
    open(Account, "lend[].max_lent", Measure, "no cap", "\"20000\"", "cap on what is lent and offered"),
    open(Account, "lend[].min_liquid", Share, "none", "\"20 %\"", "share that is free or ends within 2 days"),
    open(
        Account,
        "lend[].shadow",
        Name,
        "none",
        "\"ladder\"",
        "a profile that lends the same money on paper beside it",
    )
    .more("It writes nothing; `status` and the metrics show what it would have earned."),
    open(
        Account,
        "lend[].wind_down",
        Date,
        "none",
        "\"2027-06-30\"",
        "everything is back by the end of that day (UTC)",
    )
    .more("No period goes beyond it, and in its last two days nothing is offered."),
    key(Profile, "description", Text, "\"\"", "what it is for, in your words"),
    open(Profile, "limits.floor", Rate, "required", "\"3 %/year net\"", "nothing is lent under this")
        .more("Without a floor nothing is lent. Net is after the exchange's fee."),
    open(Profile, "limits.ceiling", Rate, "none", "\"2 %/day\"", "nothing is offered over this")
        .more("Against a slip of the market, not to earn less."),
    open(Profile, "limits.max_offer", Amount, "no limit", "\"5000 USD\"", "larger sums are split")
        .more("Small offers are taken one by one, and not all end on one day."),
    key(Profile, "limits.max_period", Days(2, 120), "30", "longest period"),
    key(Profile, "limits.max_offers", Count(1, 100), "20", "most open offers in one currency"),
    open(Profile, "slice[].name", Name, "required", "\"core\"", "its name in logs and metrics"),
    open(Profile, "slice[].share", Share, "required", "\"100 %\"", "its part of the money; all together at most 100 %"),
    modifiers::TREND,
    open(Profile, "slice[].rate.rule", Word(RULES), "required", "\"fixed\"", "how it finds its rate")
        .more("Also written rate = { rule = \"fixed\", at = \"0.02 %/day\" }. Each rule knows its own keys only."),
    open(Profile, "slice[].rate.at", Rate, "required by fixed", "\"0.02 %/day\"", "fixed: the rate"),
    key(Profile, "slice[].rate.offset", Offset, "\"+0 %\"", "frr: distance from the FRR"),
    key(
        Profile,
        "slice[].rate.as",
        Word(&["limit", "delta-fixed", "delta-variable"]),
        "\"limit\"",
        "frr: a fixed price, or one that follows the FRR until or beyond the match",
    ),
    key(
        Profile,
        "slice[].rate.allow_below_floor_after_match",
        Bool,
        "false",
        "frr as delta-variable: you accept that the loan may earn less than the floor",
    ),
    rate::AMOUNT,
    rate::FROM,
    rate::TO,
    rate::OFFERS,
    modifiers::TARGET_USE,
    modifiers::ADJUST,
    modifiers::CYCLE,
    modifiers::WITHIN,
    rate::BELOW,
    rate::RACE_FLOOR,
    rate::RANK,
    rate::LEAST_CHANCE,
    rate::OF,
    rate::WINDOW,
    rate::NTH,
    rate::CANDLE,
    rate::HOLD,
    rate::HITS,
    rate::FACTOR,
    rate::SHORT,
    rate::LONG,
    modifiers::PERIOD,
    modifiers::SHAPE,
    modifiers::DECAY,
    modifiers::MAX_FALL,
    modifiers::TAKE_BIDS,
    modifiers::RELEASE,
    rate::AT_LEAST,
    rate::AT_MOST,
    key(Profile, "slice[].hidden", Bool, "false", "hidden offers; the exchange takes 18 % of their interest"),
];

/// The default of a key as it would be written; for the code that applies it.
pub(super) fn default_of(scope: Scope, path: &str) -> Option<&'static str> {
    KEYS.iter().find(|key| key.scope == scope && key.path == path).and_then(|key| key.default)
}

/// The default that a key has under one rate rule, as it would be written.
pub(super) fn default_under(path: &str, rule: &str) -> Option<&'static str> {
    KEYS.iter().find(|key| key.path == path).and_then(|key| key.default_under(rule))
}

/// All keys as a Markdown table, for the README.
#[must_use]
pub fn keys_table() -> String {
    let mut out = String::from("| key | type and unit | default | reload |\n|---|---|---|---|\n");
    for scope in [Main, Account, Profile] {
        let _ = writeln!(out, "| **{}** | | | |", scope.file());
        for key in KEYS.iter().filter(|key| key.scope == scope) {
            let own = key.by_rule.map_or_else(String::new, |(rule, own)| format!(", {rule} `{own}`"));
            let default = key.default.map_or_else(|| key.absent.to_owned(), |default| format!("`{default}`{own}"));
            let reload = if key.reloadable { "yes" } else { "restart" };
            let path = key.path.replace("[]", "");
            let _ = writeln!(out, "| `{path}`: {} | {} | {default} | {reload} |", key.about, key.kind.words());
        }
    }
    out
}

#[cfg(test)]
mod tests;
