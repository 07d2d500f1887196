//! From what is written to what is meant. Everything is checked, in every file, before anything is refused.

mod account;
mod address;
mod cross;
mod lendable;
mod looking_back;
mod modifiers;
mod notify;
mod period;
mod profile;
mod remarks;
mod rule;
mod settings;
mod shape;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::engine::Policy;
use crate::strategy::Profile;

use super::diagnose::{Diagnostic, Diagnostics, nearest, one_of, quoted};
use super::document::{Document, Section};
use super::raw::{Leaf, RawAccount, RawMain, RawProfile};
use super::render::Listing;
use super::settings::{Config, Mode};
use super::units::{self, Problem};

/// A file with its name; without content when its syntax is broken.
#[derive(Debug)]
pub(super) struct Named<T> {
    /// The stem; empty for the main file.
    pub(super) name: String,
    /// The file.
    pub(super) document: Document,
    /// Its content.
    pub(super) raw: Option<T>,
    /// All its values under its layers, for showing.
    pub(super) values: Leaf,
}

/// Everything that was read.
#[derive(Debug)]
pub(super) struct Parts {
    /// The configuration folder.
    pub(super) folder: PathBuf,
    /// `$STATE_DIRECTORY`.
    pub(super) state: Option<String>,
    /// `yieldsforge.toml` under its layers.
    pub(super) main: Named<RawMain>,
    /// `accounts/*.toml`.
    pub(super) accounts: Vec<Named<RawAccount>>,
    /// `profiles/*.toml`.
    pub(super) profiles: Vec<Named<RawProfile>>,
}

/// Checks it all; `lost` are the complaints about files that could not be read.
pub(super) fn validate(parts: Parts, lost: Vec<Diagnostic>) -> Result<Config, Diagnostics> {
    let settings = parts
        .main
        .raw
        .as_ref()
        .and_then(|raw| settings::read(&parts.main.document.root(), raw, &parts.folder, parts.state.as_deref()));
    let main = &parts.main;
    let notify = main.raw.as_ref().map(|raw| notify::read(&main.document.root(), &raw.notify, &parts.folder));
    // A profile that is refused is still known by name: accounts that use it are not blamed.
    let profiles: BTreeMap<String, Option<Arc<Profile>>> = parts
        .profiles
        .iter()
        .map(|file| {
            let profile = file.raw.as_ref().and_then(|raw| profile::read(&file.document.root(), raw, &file.name));
            (file.name.clone(), profile.map(Arc::new))
        })
        .collect();
    let mut accounts = BTreeMap::new();
    let mut keys = BTreeMap::new();
    for file in &parts.accounts {
        let Some(raw) = &file.raw else { continue };
        if let Some(read) = account::read(&file.document.root(), raw, &file.name, &parts.folder, &profiles) {
            keys.insert(read.name.clone(), read.file);
            accounts.insert(read.name, read.policy);
        }
    }
    cross::check(&parts, &profiles);
    let mut warnings = remarks::remark(&parts, settings.as_ref(), &accounts, &profiles);
    let listing = Listing::of(&parts);
    let mut found = lost;
    let accounts_then_profiles = parts.accounts.into_iter().map(|file| file.document);
    let documents = accounts_then_profiles.chain(parts.profiles.into_iter().map(|file| file.document));
    for document in std::iter::once(parts.main.document).chain(documents) {
        let (complaints, remarks) = document.into_found();
        found.extend(complaints);
        warnings.extend(remarks);
    }
    match settings {
        Some(settings) if found.is_empty() => {
            let paper = settings.mode == Mode::Paper;
            let policy = Policy { generation: 1, paper, tick: settings.tick, accounts };
            let profiles = profiles.into_iter().filter_map(|(name, profile)| Some((name, profile?))).collect();
            let folder = parts.folder;
            let notify = notify.unwrap_or_default();
            Ok(Config { folder, settings, policy, accounts: keys, notify, profiles, warnings, listing })
        }
        _ => Err(Diagnostics::new(found)),
    }
}

/// Keys of an inline table that nobody reads would silently mean nothing.
fn unknown_keys(section: &Section<'_>, table: &BTreeMap<String, Leaf>, name: &str, known: &[&str]) {
    for key in table.keys().filter(|key| !known.contains(&key.as_str())) {
        let problem = Problem::new(format!("unknown key {} in `{name}`", quoted(key)));
        section.refuse_key(
            key,
            match nearest(key, known.iter().copied()) {
                Some(meant) => problem.help(format!("did you mean `{meant}`?")),
                None => problem.help(format!("known here: {}", one_of(known.iter().copied()))),
            },
        );
    }
}

/// Checks one profile without the rest of a configuration.
pub(super) fn lone_profile(document: &Document, raw: &RawProfile, name: &str) -> Option<Profile> {
    profile::read(&document.root(), raw, name)
}

/// One of a few words.
fn choice<T: Copy>(leaf: &Leaf, words: &[(&str, T)]) -> Result<T, Problem> {
    let names = || words.iter().map(|(word, _)| *word);
    let text = units::text(leaf).map_err(|problem| problem.help(format!("write {}", one_of(names()))))?;
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
        return Ok(*value);
    }
    let problem = Problem::new(format!("{} is not known here", quoted(text)));
    Err(match nearest(text, names()) {
        Some(meant) => problem.help(format!("did you mean `{meant}`?")),
        None => problem.help(format!("write {}", one_of(names()))),
    })
}

/// A name that may stand in labels and paths.
fn name(leaf: &Leaf) -> Result<String, Problem> {
    let text = units::text(leaf)?;
    if units::is_name(text) {
        Ok(text.to_owned())
    } else {
        Err(Problem::new(format!("{} cannot be used as a name", quoted(text)))
            .help("use 1 to 32 letters, digits, '-' or '_'"))
    }
}
