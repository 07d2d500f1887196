//! One coin of the other bot: its profile and its `[[lend]]` entry.

mod period;
mod rate;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::domain::{Amount, Currency, DailyRate, Decimal, Rounding};

use super::Outcome;
use super::ini::Setting;
use super::mika::{canonical, number};

/// That bot's own default.
const FLOOR: &str = "0.005";

/// The name of a coin's profile.
pub(super) fn profile_name(currency: Currency) -> String {
    format!("imported-{}", currency.name().to_lowercase())
}

/// A coin with the settings that hold for it.
pub(super) struct Coin<'a> {
    currency: Currency,
    /// Its own section.
    section: String,
    /// By key: its own section before the others.
    settings: BTreeMap<&'a str, &'a Setting>,
}

/// What a coin's settings are turned into, piece by piece.
struct Draft<'a> {
    coin: &'a Coin<'a>,
    fates: &'a mut BTreeMap<usize, Outcome>,
    limits: String,
    core: String,
    /// The core's share where it is not all, and when the rest is offered, if ever.
    rest: Option<(Decimal, Option<String>)>,
    entry: String,
}

impl<'a> Coin<'a> {
    pub(super) fn of(settings: &'a [Setting], name: &str, currency: Currency) -> Self {
        let general = ["BOT", "BITFINEX", "MARKETANALYSIS", "DAILY_MIN"];
        let mut of: BTreeMap<&str, &Setting> = BTreeMap::new();
        for setting in settings.iter().filter(|setting| general.contains(&&*setting.section)) {
            of.insert(canonical(setting), setting);
        }
        let own: Vec<&Setting> = settings.iter().filter(|setting| setting.section == name).collect();
        // Gaps of a coin count only all together.
        let gaps = ["gapmode", "gapbottom", "gaptop"];
        let whole = gaps.iter().all(|gap| own.iter().any(|setting| setting.key == *gap));
        for setting in own.iter().filter(|setting| whole || !gaps.contains(&&*setting.key)) {
            of.insert(canonical(setting), setting);
        }
        Self { currency, section: name.to_owned(), settings: of }
    }

    fn number(&self, key: &str) -> Option<Decimal> {
        number(&self.settings.get(key)?.value)
    }

    fn text(&self, key: &str) -> Option<String> {
        Some(self.settings.get(key)?.value.trim().to_lowercase())
    }

    /// A whole number; what stands behind the point is cut.
    fn whole(&self, key: &str) -> Option<i64> {
        self.number(key)?.to_units(0, Rounding::Down).ok()
    }

    /// Yes or no, in the words that that bot knows.
    fn truth(&self, key: &str) -> Option<bool> {
        match self.text(key)?.as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" => Some(false),
            _ => None,
        }
    }

    /// A rate in percent per day; nothing for zero and less.
    fn rate(&self, key: &str) -> Option<DailyRate> {
        let rate = DailyRate::from_percent_per_day(self.number(key)?, Rounding::Nearest).ok()?;
        Some(rate).filter(|rate| rate.is_positive())
    }

    fn amount(&self, key: &str) -> Option<Amount> {
        Amount::from_decimal(self.number(key)?, Rounding::Down).ok().filter(|amount| amount.is_positive())
    }

    /// The most of it that is ever lent.
    fn most(&self) -> Option<Amount> {
        [self.amount("maxtolend"), self.amount("maxactiveamount")].into_iter().flatten().min()
    }

    /// The settings by which nothing of it is lent, and why.
    fn nothing_to_lend(&self) -> Option<(&'static [&'static str], String)> {
        let name = self.currency.name();
        if self.number("maxactiveamount").is_some_and(|most| most == Decimal::from_units(0, 0)) {
            return Some((&["maxactiveamount"], format!("{name} is not lent")));
        }
        let small = self.most().filter(|most| self.currency == Currency::USD && *most < Amount::whole(150));
        small.map(|_| (&["maxtolend", "maxactiveamount"][..], "under the exchange's minimum of 150 USD".to_owned()))
    }

    /// It is never lent under this.
    fn floor(&self) -> DailyRate {
        let default = number(FLOOR).and_then(|value| DailyRate::from_percent_per_day(value, Rounding::Up).ok());
        self.rate("mindailyrate").or(default).unwrap_or(DailyRate::TICK)
    }

    /// Its profile and its entry; nothing when it is not to be lent.
    pub(super) fn convert(&self, fates: &mut BTreeMap<usize, Outcome>) -> Option<(String, String)> {
        let (name, profile) = (self.currency.name(), profile_name(self.currency));
        let entry = format!("\n[[lend]]\ncurrency = \"{name}\"\nprofile = \"{profile}\"\n");
        let (limits, core) = (String::new(), String::new());
        let mut draft = Draft { coin: self, fates, limits, core, rest: None, entry };
        if let Some((keys, why)) = self.nothing_to_lend() {
            let all: Vec<&str> = self.settings.keys().copied().collect();
            let own = |key: &&str| self.settings.get(*key).is_some_and(|setting| setting.section == self.section);
            draft.nothing(&all.into_iter().filter(own).collect::<Vec<_>>(), &format!("{name} is not lent"));
            draft.became(keys, &format!("no [[lend]] entry: {why}"));
            return None;
        }
        draft.limit_rates();
        draft.rule();
        draft.bounds();
        draft.period();
        draft.caps();
        Some((draft.profile(name), draft.entry))
    }
}

impl Draft<'_> {
    fn set(&mut self, keys: &[&str], outcome: &Outcome) {
        for key in keys {
            if let Some(setting) = self.coin.settings.get(key) {
                self.fates.insert(setting.line, outcome.clone());
            }
        }
    }

    fn became(&mut self, keys: &[&str], text: &str) {
        self.set(keys, &Outcome::Became(text.to_owned()));
    }

    fn nothing(&mut self, keys: &[&str], text: &str) {
        self.set(keys, &Outcome::Nothing(text.to_owned()));
    }

    fn limit_rates(&mut self) {
        let floor = self.coin.floor();
        let text = format!("floor = \"{}\"", daily(floor));
        let _ = writeln!(self.limits, "{text}");
        self.became(&["mindailyrate"], &format!("limits.{text}"));
        match self.coin.rate("maxdailyrate").filter(|most| *most >= floor) {
            Some(most) => {
                let text = format!("ceiling = \"{}\"", daily(most));
                let _ = writeln!(self.limits, "{text}");
                self.became(&["maxdailyrate"], &format!("limits.{text}"));
            }
            None => self.nothing(&["maxdailyrate"], "no rate above the floor: there is no ceiling"),
        }
    }

    /// A cap, a reserve, and the end.
    fn caps(&mut self) {
        let percent = self.coin.number("maxpercenttolend").filter(is_percent);
        let most = self.coin.most();
        let keys = ["maxtolend", "maxpercenttolend", "maxtolendrate"];
        match (percent, self.coin.rate("maxtolendrate"), most) {
            (Some(percent), Some(rate), _) => {
                let slice = format!("release = \"{}\"", daily(rate));
                self.became(&keys, &format!("a slice that waits: {slice}"));
                self.rest = Some((percent, Some(slice)));
            }
            (Some(percent), None, Some(_)) => {
                self.became(&keys, &format!("share = \"{percent} %\", beside the cap"));
                self.rest = Some((percent, None));
            }
            (Some(percent), None, None) => self.cap(&keys, &format!("{percent} %")),
            (None, Some(_), Some(_)) => self.nothing(
                &["maxtolendrate"],
                "an amount is capped at any rate; a slice with release holds a share back",
            ),
            (None, _, _) => {}
        }
        if let Some(most) = most {
            self.cap(&["maxtolend", "maxactiveamount"], &most.to_string());
        }
        let end = self.coin.settings.get("enddate").map(|setting| date(&setting.value));
        match end {
            Some(Some(day)) => {
                let _ = writeln!(self.entry, "wind_down = \"{day}\"");
                self.became(&["enddate"], &format!("wind_down = \"{day}\""));
            }
            Some(None) => self.nothing(&["enddate"], "no date: write wind_down = \"2027-06-30\" in [[lend]]"),
            None => {}
        }
    }

    fn cap(&mut self, keys: &[&str], most: &str) {
        let text = format!("max_lent = \"{most}\"");
        let _ = writeln!(self.entry, "{text}");
        self.became(keys, &format!("{text}, a hard cap"));
    }

    fn profile(&self, name: &str) -> String {
        let mut out = format!("description = \"{name}, imported from MikaLendingBot.\"\n\n[limits]\n{}", self.limits);
        let share = self.rest.as_ref().map_or_else(|| "100".to_owned(), |(percent, _)| percent.to_string());
        let _ = write!(out, "\n[[slice]]\nname = \"core\"\nshare = \"{share} %\"\n{}", self.core);
        if let Some((percent, Some(release))) = &self.rest {
            let rest = percent.to_units(4, Rounding::Up).map_or(0, |part| 1_000_000_i64.saturating_sub(part));
            let rest = Decimal::from_units(rest, 4);
            let _ = write!(out, "\n[[slice]]\nname = \"reserve\"\nshare = \"{rest} %\"\n{release}\n{}", self.core);
        }
        out
    }
}

/// A share that is neither nothing nor all.
fn is_percent(value: &Decimal) -> bool {
    value.to_units(4, Rounding::Down).is_ok_and(|part| part > 0 && part < 1_000_000)
}

/// A rate as it is written in our files.
fn daily(rate: DailyRate) -> String {
    format!("{} %/day", Decimal::from_units(rate.units(), 10))
}

/// `2027,6,30` and `2027-06-30` as a date of ours.
fn date(text: &str) -> Option<String> {
    let parts: Option<Vec<i16>> = text.split([',', '-', '/']).map(|part| part.trim().parse().ok()).collect();
    let parts = parts?;
    let [year, month, day] = parts.as_slice() else { return None };
    let date = jiff::civil::Date::new(*year, i8::try_from(*month).ok()?, i8::try_from(*day).ok()?).ok()?;
    Some(date.to_string())
}
