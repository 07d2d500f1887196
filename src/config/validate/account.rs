//! `accounts/NAME.toml`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::config::diagnose::{nearest, one_of, quoted};
use crate::config::document::Section;
use crate::config::raw::{Leaf, RawAccount, RawLend};
use crate::config::settings::AccountFile;
use crate::config::units::{self, Problem};
use crate::domain::{AccountName, Amount, Currency, Ratio, Rounding};
use crate::engine::{AccountPolicy, LendPolicy};
use crate::strategy::{Measure, Profile, Quantity};

use super::remarks::{SMALLEST, cap_in_dollars};

/// Profiles by name; nothing for one that was refused.
pub(super) type Profiles = BTreeMap<String, Option<Arc<Profile>>>;

/// An account as it was read.
pub(super) struct Account {
    pub(super) name: AccountName,
    pub(super) file: AccountFile,
    pub(super) policy: AccountPolicy,
}

pub(super) fn read(
    root: &Section<'_>,
    raw: &RawAccount,
    name: &str,
    folder: &Path,
    profiles: &Profiles,
) -> Option<Account> {
    let key = root.require("key", raw.key.as_ref(), "write key = \"keys/main.age\"", units::path);
    let enabled = root.read("enabled", raw.enabled.as_ref(), units::boolean);
    let fee = root.read("fee", raw.fee.as_ref(), fee);
    let active_until = root.read("active_until", raw.active_until.as_ref(), units::end_of_day);
    let mut lend = BTreeMap::new();
    let mut seen: BTreeMap<Currency, String> = BTreeMap::new();
    for (index, entry) in raw.lend.iter().enumerate() {
        let section = root.entry("lend", index);
        let currency = currency_once(&section, entry, &mut seen);
        let policy = lend_entry(&section, entry, profiles);
        if let (Some(currency), Some(policy)) = (currency, policy) {
            if cap_in_dollars(currency, &policy).is_some_and(|cap| cap < SMALLEST) {
                let problem =
                    Problem::new("the cap is under the exchange's smallest offer of 150 USD: nothing could be lent");
                section
                    .refuse("max_lent", problem.help("raise it, or remove the [[lend]] entry to lend nothing of this"));
            }
            lend.insert(currency, policy);
        }
    }
    let policy = AccountPolicy { enabled: enabled?, fee, active_until, lend };
    Some(Account { name: AccountName::new(name).ok()?, file: AccountFile { key: folder.join(key?) }, policy })
}

fn currency_once(section: &Section<'_>, raw: &RawLend, seen: &mut BTreeMap<Currency, String>) -> Option<Currency> {
    let currency = section.require("currency", raw.currency.as_ref(), "write currency = \"USD\"", currency)?;
    let written = match &raw.currency {
        Some(Leaf::Text(text)) => text.clone(),
        _ => currency.to_string(),
    };
    if let Some(first) = seen.get(&currency) {
        let message = if *first == written {
            format!("{written} is lent twice in this account")
        } else {
            format!("{written} is the same currency as {first}, which this account lends already")
        };
        section.refuse("currency", Problem::new(message).help("one [[lend]] a currency"));
        return None;
    }
    seen.insert(currency, written);
    Some(currency)
}

/// The currency of a `[[lend]]` entry.
pub(super) fn currency(leaf: &Leaf) -> Result<Currency, Problem> {
    let text = units::text(leaf)?;
    Currency::from_name(text).map_err(|error| {
        let problem = Problem::new(format!("{} is {error}", quoted(text)));
        let upper = text.strip_prefix('f').unwrap_or(text).to_uppercase();
        if Currency::from_name(&upper).is_ok() { problem.help(format!("did you mean `{upper}`?")) } else { problem }
    })
}

fn lend_entry(section: &Section<'_>, raw: &RawLend, profiles: &Profiles) -> Option<LendPolicy> {
    let known = |leaf: &Leaf| {
        let name = units::text(leaf)?;
        profiles.get(name).cloned().ok_or_else(|| unknown_profile(name, profiles))
    };
    let profile = section.require("profile", raw.profile.as_ref(), "name a file in profiles/, without .toml", known);
    let keep = section.read("keep", raw.keep.as_ref(), |leaf| units::measure(leaf, Rounding::Up));
    let max_lent = section.read("max_lent", raw.max_lent.as_ref(), |leaf| {
        let cap = units::measure(leaf, Rounding::Down)?;
        if is_nothing(&cap) {
            return Err(
                Problem::new("a cap of nothing").help("remove the [[lend]] entry to stop lending this currency")
            );
        }
        Ok(cap)
    });
    let min_liquid = section.read("min_liquid", raw.min_liquid.as_ref(), units::share);
    let wind_down = section.read("wind_down", raw.wind_down.as_ref(), units::end_of_day);
    let shadow = section.read("shadow", raw.shadow.as_ref(), known).flatten();
    Some(LendPolicy { profile: profile??, keep: keep?, max_lent, min_liquid, wind_down, shadow })
}

fn unknown_profile(name: &str, profiles: &Profiles) -> Problem {
    let problem = Problem::new(format!("there is no profile {}", quoted(name)));
    let names = || profiles.keys().map(String::as_str);
    if profiles.is_empty() {
        return problem.help("the folder profiles/ holds none; copy one that is shipped");
    }
    match nearest(name, names()) {
        Some(meant) => problem.help(format!("did you mean `{meant}`?")),
        None => problem.help(format!("profiles/ holds {}", one_of(names()))),
    }
}

fn is_nothing(measure: &Measure) -> bool {
    match measure {
        Measure::Amount(Quantity::Own(amount) | Quantity::Usd(amount)) => *amount == Amount::ZERO,
        Measure::Share(share) => *share == Ratio::ZERO,
    }
}

fn fee(leaf: &Leaf) -> Result<Ratio, Problem> {
    let fee = units::share(leaf)?;
    if fee > Ratio::percent(50) {
        return Err(Problem::new("a fee over 50 %").help("Bitfinex takes 15 %, 18 % for hidden offers"));
    }
    Ok(fee)
}
