//! Files on this machine: who may read and change what.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::cli::{exit, terminal};
use crate::config::{Config, Settings};
use crate::secrets::{Identity, Lookup};

use super::finding::Finding;

/// Others may change it.
const OTHERS_WRITE: u32 = 0o022;
/// Others may do anything with it.
const OTHERS: u32 = 0o077;

fn mode(path: &Path) -> Option<u32> {
    Some(fs::metadata(path).ok()?.permissions().mode() & 0o7777)
}

/// Configuration and key files that others than their owner may change: they say what is done with the money.
pub(super) fn modes(config: &Config) -> Vec<Finding> {
    let mut paths = vec![config.folder.clone(), config.folder.join("yieldsforge.toml")];
    for name in ["accounts", "profiles", "keys"] {
        let folder = config.folder.join(name);
        paths.extend(fs::read_dir(&folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())));
        paths.push(folder);
    }
    paths.extend(config.accounts.values().map(|account| account.key.clone()));
    paths.sort();
    paths.dedup();
    let open: Vec<PathBuf> =
        paths.into_iter().filter(|path| mode(path).is_some_and(|mode| mode & OTHERS_WRITE != 0)).collect();
    if open.is_empty() {
        return vec![Finding::good("file modes", "nobody but the owner may change configuration and key files")];
    }
    open.iter()
        .map(|path| {
            let (shown, mode) = (path.display(), mode(path).unwrap_or_default());
            let detail = format!("others than its owner may change {shown} (mode {mode:04o})");
            Finding::warning("file modes", detail, format!("chmod go-w '{shown}'"))
        })
        .collect()
}

/// The identity: named, readable, for its owner alone.
pub(super) fn identity(config: &Config, flag: Option<&Path>, env: &[(String, String)]) -> (Option<Identity>, Finding) {
    let lookup = Lookup { flag, configured: config.settings.identity.as_deref(), env };
    match lookup.find().and_then(|place| Ok((terminal::identity(&place)?, place))) {
        Ok((identity, place)) => {
            let detail = format!("{} opens what is encrypted to {}", place.path.display(), identity.recipient());
            (Some(identity), Finding::good("identity", detail))
        }
        Err(error) => {
            let todo = "see the message; yieldsforge key identity makes a new one";
            (None, Finding::bad("identity", error.to_string(), todo, exit::KEY))
        }
    }
}

/// Where the daemon keeps what it must not forget.
pub(super) fn state_directory(settings: &Settings) -> Vec<Finding> {
    let path = &settings.state_directory;
    let shown = path.display();
    let Some(mode) = mode(path) else {
        return vec![Finding::good("state directory", format!("{shown} is not there yet; the first start makes it"))];
    };
    if !path.is_dir() {
        let todo = "name a folder by state.directory, or remove what lies there";
        return vec![Finding::bad("state directory", format!("{shown} is no folder"), todo, exit::IO)];
    }
    if mode & OTHERS != 0 {
        let detail = format!("others may look into {shown} (mode {mode:04o}): it shows what you own");
        return vec![Finding::warning("state directory", detail, format!("chmod 700 '{shown}'"))];
    }
    vec![Finding::good("state directory", format!("{shown} is its owner's alone"))]
}
