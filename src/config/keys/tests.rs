use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use super::*;
use crate::config::raw::{RawAccount, RawLend, RawLimits, RawMain, RawNotify, RawProfile, RawRate, RawSlice};

/// The keys that serde knows, read off its complaint about one that it does not know.
fn known<T: DeserializeOwned + std::fmt::Debug>(json: &str) -> BTreeSet<String> {
    let error = serde_json::from_str::<T>(json).unwrap_err().to_string();
    error.split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

fn listed(scope: Scope, parent: &str) -> BTreeSet<String> {
    let keys = KEYS.iter().filter(|key| key.scope == scope).filter_map(|key| key.path.strip_prefix(parent));
    keys.map(|path| path.split(['.', '[']).next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_table_and_the_reader_know_the_same_keys() {
    let unknown = "{\"?\": 1}";
    assert_eq!(known::<RawMain>(unknown), listed(Scope::Main, ""));
    for section in ["exchange", "keys", "http", "state", "engine", "log", "shutdown"] {
        let inside = format!("{{\"{section}\": {unknown}}}");
        assert_eq!(known::<RawMain>(&inside), listed(Scope::Main, &format!("{section}.")), "{section}");
    }
    assert_eq!(known::<RawNotify>(unknown), listed(Scope::Main, "notify[]."));
    assert_eq!(known::<RawAccount>(unknown), listed(Scope::Account, ""));
    assert_eq!(known::<RawLend>(unknown), listed(Scope::Account, "lend[]."));
    assert_eq!(known::<RawProfile>(unknown), listed(Scope::Profile, ""));
    assert_eq!(known::<RawLimits>(unknown), listed(Scope::Profile, "limits."));
    assert_eq!(known::<RawSlice>(unknown), listed(Scope::Profile, "slice[]."));
    assert_eq!(known::<RawRate>(unknown), listed(Scope::Profile, "slice[].rate."));
}
