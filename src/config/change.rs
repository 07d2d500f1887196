//! What differs between two configurations, by the names of the keys.

use std::collections::{BTreeMap, BTreeSet};

use super::settings::Config;

/// Differences that one line of the log tells.
const TOLD: usize = 20;

/// What a reload would change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// Keys that only a restart changes: a reload with any of these is refused by their names.
    pub restart_only: Vec<&'static str>,
    /// What a reload changes: keys, `accounts.NAME`, `profiles.NAME`, `notify.NAME`.
    pub reloadable: Vec<String>,
    /// Every effective value that differs, as `FILE: KEY old -> new`.
    pub values: Vec<String>,
}

impl Change {
    /// True when nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.restart_only.is_empty() && self.reloadable.is_empty()
    }

    /// What changes, in plain words on one line.
    #[must_use]
    pub fn words(&self) -> String {
        if self.is_empty() && self.values.is_empty() {
            return "nothing differs".to_owned();
        }
        if self.values.is_empty() {
            return self.reloadable.join(", ");
        }
        let more = self.values.len().saturating_sub(TOLD);
        let rest = if more > 0 { format!("; and {more} more") } else { String::new() };
        let told: Vec<&str> = self.values.iter().take(TOLD).map(String::as_str).collect();
        format!("{}{rest}", told.join("; "))
    }
}

/// What differs from `old` to `new`.
#[must_use]
pub fn difference(old: &Config, new: &Config) -> Change {
    let (a, b) = (&old.settings, &new.settings);
    let restart = [
        ("mode", a.mode != b.mode),
        ("exchange.rest", a.exchange.rest != b.exchange.rest),
        ("exchange.rest_public", a.exchange.rest_public != b.exchange.rest_public),
        ("exchange.ws", a.exchange.ws != b.exchange.ws),
        ("exchange.ws_public", a.exchange.ws_public != b.exchange.ws_public),
        ("keys.identity", a.identity != b.identity),
        ("http.listen", a.listen != b.listen),
        ("state.directory", a.state_directory != b.state_directory),
    ];
    let settings = [
        ("engine.tick", a.tick != b.tick),
        ("log.format", a.log.format != b.log.format),
        ("log.filter", a.log.filter != b.log.filter),
        ("shutdown.offers", a.shutdown_offers != b.shutdown_offers),
        ("recorder.enabled", a.recorder.enabled != b.recorder.enabled),
        ("recorder.keep", a.recorder.keep != b.recorder.keep),
        ("recorder.max_size", a.recorder.max_size != b.recorder.max_size),
    ];
    let mut reloadable: Vec<String> = changed(&settings).map(str::to_owned).collect();
    // A profile's edit is the profile's change, not that of every account that uses it.
    let accounts = |config: &Config| -> BTreeMap<_, _> {
        let named = config.policy.accounts.iter();
        named.map(|(name, account)| (name.clone(), (own_part(account), config.accounts.get(name).cloned()))).collect()
    };
    reloadable.extend(differing(&accounts(old), &accounts(new)).map(|name| format!("accounts.{name}")));
    reloadable.extend(differing(&old.profiles, &new.profiles).map(|name| format!("profiles.{name}")));
    reloadable.extend(differing(&old.notify, &new.notify).map(|name| format!("notify.{name}")));
    Change { restart_only: changed(&restart).collect(), reloadable, values: values(old, new) }
}

fn values(old: &Config, new: &Config) -> Vec<String> {
    let (before, after) = (old.listing.flat(), new.listing.flat());
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let told = keys.into_iter().filter_map(|key| match (before.get(key), after.get(key)) {
        (Some(was), Some(is)) if was == is => None,
        (Some(was), Some(is)) => Some(format!("{key} {was} -> {is}")),
        (None, Some(is)) => Some(format!("{key} {is} (new)")),
        (Some(was), None) => Some(format!("{key} {was} (gone)")),
        (None, None) => None,
    });
    told.collect()
}

fn changed(keys: &[(&'static str, bool)]) -> impl Iterator<Item = &'static str> {
    keys.iter().filter(|(_, changed)| *changed).map(|(name, _)| *name)
}

/// What an account's own file says: its profiles by name only.
fn own_part(account: &crate::engine::AccountPolicy) -> impl PartialEq + use<> {
    let lend: Vec<_> = account
        .lend
        .iter()
        .map(|(currency, lend)| {
            let shadow = lend.shadow.as_ref().map(|profile| profile.name.clone());
            (*currency, lend.profile.name.clone(), lend.keep, lend.max_lent, lend.min_liquid, lend.wind_down, shadow)
        })
        .collect();
    (account.enabled, account.fee, account.active_until, lend)
}

/// Names that were added, removed or changed.
fn differing<K: Ord + Clone, V: PartialEq>(
    old: &BTreeMap<K, V>,
    new: &BTreeMap<K, V>,
) -> impl Iterator<Item = K> + use<K, V> {
    let names: BTreeSet<K> =
        old.keys().chain(new.keys()).filter(|name| old.get(name) != new.get(name)).cloned().collect();
    names.into_iter()
}
