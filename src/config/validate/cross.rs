//! What no file can know alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use crate::config::document::Section;
use crate::config::raw::{Leaf, RawAccount};
use crate::config::units::{self, Problem};
use crate::domain::{Amount, Currency};
use crate::strategy::{Profile, Quantity, RateRule, Shape};

use super::account::{self, Profiles};
use super::{Named, Parts, profile};

/// Complaints that need more than one file.
pub(super) fn check(parts: &Parts, profiles: &Profiles) {
    one_account_a_key(&parts.accounts, &parts.folder);
    let uses = uses(&parts.accounts);
    for file in &parts.profiles {
        if let (Some(Some(profile)), Some(currencies)) = (profiles.get(&file.name), uses.get(file.name.as_str())) {
            bare_amounts(&file.document.root(), profile, currencies);
        }
    }
}

/// Two accounts with one key would lend the same money twice and spoil each other's nonces.
fn one_account_a_key(accounts: &[Named<RawAccount>], folder: &Path) {
    let mut seen: BTreeMap<PathBuf, &str> = BTreeMap::new();
    for file in accounts {
        let Some(path) = file.raw.as_ref().and_then(|raw| units::path(raw.key.as_ref()?).ok()) else { continue };
        let path = plain(&folder.join(path));
        match seen.get(&path) {
            Some(first) => {
                let problem = Problem::new(format!("the account `{first}` uses the same key file"));
                file.document.root().refuse("key", problem.help("each account needs an API key of its own"));
            }
            None => {
                seen.insert(path, &file.name);
            }
        }
    }
}

/// A path without `.` and inner `..`, so that two spellings of one file meet.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir && plain.file_name().is_some() {
            plain.pop();
        } else if part != Component::CurDir {
            plain.push(part);
        }
    }
    plain
}

/// Which currencies each profile is used for.
fn uses(accounts: &[Named<RawAccount>]) -> BTreeMap<&str, BTreeSet<Currency>> {
    let mut uses: BTreeMap<&str, BTreeSet<Currency>> = BTreeMap::new();
    let entries = accounts.iter().filter_map(|file| file.raw.as_ref()).flat_map(|raw| &raw.lend);
    for entry in entries {
        let Some(Ok(currency)) = entry.currency.as_ref().map(account::currency) else { continue };
        for profile in [&entry.profile, &entry.shadow] {
            if let Some(Leaf::Text(profile)) = profile {
                uses.entry(profile).or_default().insert(currency);
            }
        }
    }
    uses
}

/// A bare amount is in the currency that is lent, so it cannot serve several.
fn bare_amounts(root: &Section<'_>, read: &Profile, currencies: &BTreeSet<Currency>) {
    let several = currencies.len() > 1;
    let limits = root.table("limits");
    if let Some(Quantity::Own(largest)) = read.limits.max_offer {
        if several {
            limits.refuse("max_offer", ambiguous(currencies));
        } else if currencies.contains(&Currency::USD) && largest < Amount::whole(150) {
            limits.refuse("max_offer", profile::under_minimum());
        }
    }
    if !several {
        return;
    }
    for (index, slice) in read.slices.iter().enumerate() {
        let rate = root.entry("slice", index).table("rate");
        let amounts = match slice.rate {
            RateRule::Depth { amount } => vec![("amount", amount)],
            RateRule::Spread { from, to, .. } => vec![("from", from), ("to", to)],
            RateRule::Fixed { .. }
            | RateRule::Frr { .. }
            | RateRule::Best { .. }
            | RateRule::Quantile(_)
            | RateRule::Expected { .. }
            | RateRule::CandleHigh { .. }
            | RateRule::Effective { .. }
            | RateRule::Average { .. }
            | RateRule::Adaptive => Vec::new(),
        };
        for (key, amount) in amounts {
            if matches!(amount, Quantity::Own(_)) {
                rate.refuse(key, ambiguous(currencies));
            }
        }
        let shape = root.entry("slice", index).table("shape");
        match slice.modifiers.shape {
            Shape::Geometric { first: Quantity::Own(_), .. } => shape.refuse("first", ambiguous(currencies)),
            Shape::ByDepth { to: Quantity::Own(_), .. } => shape.refuse("by_depth", ambiguous(currencies)),
            Shape::Equal
            | Shape::Ladder(_)
            | Shape::Widening { .. }
            | Shape::Geometric { .. }
            | Shape::ByDepth { .. } => {}
        }
    }
}

fn ambiguous(currencies: &BTreeSet<Currency>) -> Problem {
    let names: Vec<&str> = currencies.iter().map(Currency::name).collect();
    Problem::new(format!("a bare amount in a profile that is used for {}", names.join(", ")))
        .help("write it with USD, which is converted, or make a profile for each currency")
}
