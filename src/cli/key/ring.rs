//! Which key files there are: those that accounts name, and those in `keys/` that nobody uses yet.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::cli::exit;
use crate::cli::say::Failure;
use crate::config::Config;
use crate::domain::AccountName;

/// A key file, which need not be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct KeyFile {
    /// Its file's name without the ending.
    pub(in crate::cli) name: String,
    /// Where it lies.
    pub(in crate::cli) path: PathBuf,
    /// The accounts that name it: none or one.
    pub(in crate::cli) accounts: Vec<AccountName>,
}

impl KeyFile {
    /// The accounts in words.
    pub(super) fn users(&self) -> String {
        let names: Vec<&str> = self.accounts.iter().map(AccountName::as_str).collect();
        if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
    }
}

/// The folder in which `key add` writes.
pub(super) fn folder(config: &Config) -> PathBuf {
    config.folder.join("keys")
}

/// All of them, by name.
pub(in crate::cli) fn ring(config: &Config) -> Result<Vec<KeyFile>, Failure> {
    let mut files: BTreeMap<PathBuf, KeyFile> = BTreeMap::new();
    let mut take = |path: PathBuf, account: Option<&AccountName>| {
        // Two ways to write a path are one file.
        let one = path.canonicalize().unwrap_or_else(|_missing| path.clone());
        let file = files.entry(one).or_insert_with(|| KeyFile { name: name(&path), path, accounts: Vec::new() });
        file.accounts.extend(account.cloned());
    };
    for (account, file) in &config.accounts {
        take(file.key.clone(), Some(account));
    }
    for path in in_folder(&folder(config))? {
        take(path, None);
    }
    let mut all: Vec<KeyFile> = files.into_values().collect();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

/// The file of that name, or that the account of that name uses.
pub(super) fn find(config: &Config, wanted: &str) -> Result<KeyFile, Failure> {
    let all = ring(config)?;
    let unknown = || Failure::unknown("key", wanted, all.iter().map(|file| file.name.as_str()));
    let used = |file: &&KeyFile| file.accounts.iter().any(|account| account.as_str() == wanted);
    let named = all.iter().find(|file| file.name == wanted).or_else(|| all.iter().find(used));
    named.cloned().ok_or_else(unknown)
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn in_folder(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error: &std::io::Error| Failure::new(exit::IO, format!("{}: {error}", folder.display()));
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(&error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(&error))?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.extension().is_some_and(|ending| ending == "age") {
            paths.push(path);
        }
    }
    Ok(paths)
}
