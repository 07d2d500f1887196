//! What is allowed but probably not meant.

use std::collections::BTreeMap;

use crate::config::diagnose::{Diagnostic, nearest};
use crate::config::document::Section;
use crate::config::files;
use crate::config::raw::Leaf;
use crate::config::settings::Settings;
use crate::config::units::Problem;
use crate::domain::{AccountName, Amount, Currency, Ratio, Rounding};
use crate::engine::{AccountPolicy, LendPolicy};
use crate::strategy::{Measure, Profile, Quantity, Trend};

use super::account::{self, Profiles};
use super::{Parts, lendable, modifiers};

/// The exchange's smallest offer, in dollars (bitfinex-api.md 4.10).
pub(super) const SMALLEST: Amount = Amount::whole(150);

/// Remarks on all files; those with no place in a file are answered, the others gather in their documents.
pub(super) fn remark(
    parts: &Parts,
    settings: Option<&Settings>,
    accounts: &BTreeMap<AccountName, AccountPolicy>,
    profiles: &Profiles,
) -> Vec<Diagnostic> {
    if let Some(settings) = settings.filter(|settings| !settings.listen.ip().is_loopback()) {
        let message = format!("{}: status and metrics can be read from other machines", settings.listen);
        parts.main.document.root().table("http").remark("listen", Problem::new(message));
    }
    for file in &parts.accounts {
        let root = file.document.root();
        let policy = AccountName::new(&file.name).ok().and_then(|name| accounts.get(&name));
        if let Some(policy) = policy {
            whole_account(&root, &file.name, policy);
        }
        for (index, raw) in file.raw.iter().flat_map(|raw| raw.lend.iter().enumerate()) {
            let entry = root.entry("lend", index);
            let Some(Ok(currency)) = raw.currency.as_ref().map(account::currency) else { continue };
            unknown_currency(&entry, currency, raw.currency.as_ref());
            if let Some(lend) = policy.and_then(|policy| policy.lend.get(&currency)) {
                small_slices(&entry, currency, lend);
            }
        }
    }
    for file in &parts.profiles {
        if let Some(Some(profile)) = profiles.get(&file.name) {
            unallocated(&file.document.root(), profile);
            for (index, slice) in profile.slices.iter().enumerate() {
                modifiers::remark(&file.document.root().entry("slice", index), slice, &profile.limits);
            }
        }
    }
    if parts.accounts.is_empty() {
        let problem = Problem::new("there is no account: nothing will be lent");
        return vec![files::about(
            &parts.folder.join("accounts"),
            problem.help("copy main.toml.example to accounts/NAME.toml"),
        )];
    }
    Vec::new()
}

fn whole_account(root: &Section<'_>, name: &str, policy: &AccountPolicy) {
    if !policy.enabled {
        root.remark("enabled", Problem::new(format!("account {name} is off: own offers are cancelled, loans run out")));
    } else if policy.lend.is_empty() {
        let problem = Problem::new(format!("account {name} has no [[lend]] entry: nothing will be lent"));
        root.remark("key", problem.help("write one [[lend]] a currency, with currency and profile"));
    }
}

fn unknown_currency(entry: &Section<'_>, currency: Currency, written: Option<&Leaf>) {
    if lendable::is_known(currency) {
        return;
    }
    let Some(Leaf::Text(written)) = written else { return };
    let names = lendable::names();
    let problem = Problem::new(format!("{written} is not among the currencies known to be lent at Bitfinex"));
    let problem = match nearest(written, names.iter().map(String::as_str)) {
        Some(meant) => problem.help(format!("did you mean `{meant}`?")),
        None => problem.help("the exchange's own list: https://api-pub.bitfinex.com/v2/conf/pub:list:currency:margin"),
    };
    entry.remark("currency", problem);
}

/// The cap in dollars, where no price is needed to tell.
pub(super) fn cap_in_dollars(currency: Currency, lend: &LendPolicy) -> Option<Amount> {
    match lend.max_lent? {
        Measure::Amount(Quantity::Usd(cap)) => Some(cap),
        Measure::Amount(Quantity::Own(cap)) => (currency == Currency::USD).then_some(cap),
        Measure::Share(_) => None,
    }
}

/// Slices whose part of the cap can never make an offer.
fn small_slices(entry: &Section<'_>, currency: Currency, lend: &LendPolicy) {
    let Some(cap) = cap_in_dollars(currency, lend).filter(|cap| *cap >= SMALLEST) else { return };
    let largest = lend.profile.slices.iter().map(|slice| slice.share).max();
    for slice in &lend.profile.slices {
        let part = cap.share(slice.share, Rounding::Down);
        if part < SMALLEST && Some(slice.share) != largest {
            let message = format!(
                "the slice `{}` of the profile `{}` can have at most {part} USD of this, under the exchange's smallest \
                 offer of {SMALLEST} USD: its part goes to the largest slice",
                slice.name, lend.profile.name
            );
            entry.remark("max_lent", Problem::new(message).help("raise the cap, or the slice's share"));
        }
    }
}

fn unallocated(root: &Section<'_>, profile: &Profile) {
    let sum = |trend| -> i64 { profile.in_trend(trend).slices.iter().map(|slice| slice.share.ppm()).sum() };
    let lowest = Trend::ALL.into_iter().map(|trend| (sum(trend), trend)).min();
    if let Some((sum, trend)) = lowest.filter(|(sum, _)| *sum < Ratio::ONE.ppm()) {
        let rest = Ratio::from_ppm(sum).complement();
        let last = root.entry("slice", profile.slices.len().saturating_sub(1));
        let always = profile.slices.iter().all(|slice| slice.trend.is_none());
        let when = if always { String::new() } else { format!(" in a {} market", trend.name()) };
        let message = format!("the slices of profile {} leave {rest} of the money unallocated{when}", profile.name);
        let problem = Problem::new(message);
        last.remark("share", problem.help("shares that sum to 100 % lend all of it"));
    }
}
