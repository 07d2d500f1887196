//! From files, variables and flags to a valid configuration. Only this file and `layers` know the library `figment`.
//!
//! Layers of `yieldsforge.toml`: defaults < file < variables `YIELDSFORGE_CFG__…` < flags; of accounts and profiles:
//! defaults < file < variables `YIELDSFORGE_CFG__ACCOUNTS__NAME__…`. A variable changes a file, it never makes one. Each file is read once, as text, so that a message shows exactly what was parsed; and no
//! folder is searched for it but the one that was named.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::error::{Actual, Error, Kind};
use figment::providers::{Format as _, Toml};
use figment::value::{Dict, Tag, Value};
use serde::de::DeserializeOwned;

use super::diagnose::{Diagnostic, Diagnostics, Origin, may_be_secret, nearest, one_of, quoted};
use super::document::Document;
use super::files::{self, Layout};
use super::keys::{KEYS, Scope};
use super::layers::{self, Setting, Variables};
use super::raw::Leaf;
use super::settings::Config;
use super::spans::Part;
use super::units::{Problem, is_name};
use super::validate::{self, Named, Parts};

/// Where a configuration comes from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The folder that holds `yieldsforge.toml`, or that file.
    pub path: PathBuf,
    /// The environment: all of it; what concerns us is picked out.
    pub env: Vec<(String, String)>,
    /// What flags set.
    pub flags: Vec<Override>,
}

/// A key of `yieldsforge.toml` set by a flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The flag as the user wrote it, such as `--paper`.
    pub flag: String,
    /// The key's path, such as `http.listen`.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// More complaints than this about the shape of one file help nobody.
const MAX_SHAPE_ERRORS: usize = 100;

/// Reads and checks everything.
///
/// # Errors
/// Every complaint about every file, variable and flag.
pub fn load(sources: &Sources) -> Result<Config, Diagnostics> {
    let layout = Layout::of(&sources.path);
    let mut variables = Variables::of(&sources.env);
    let mut lost = Vec::new();
    let main = match files::read(&layout.main) {
        Ok(text) => Some(main_file(&layout.main, text, std::mem::take(&mut variables.main), &sources.flags)),
        Err(diagnostic) => {
            lost.push(diagnostic);
            None
        }
    };
    let accounts = folder(&layout.folder.join("accounts"), Scope::Account, &variables.accounts, &mut lost);
    let profiles = folder(&layout.folder.join("profiles"), Scope::Profile, &variables.profiles, &mut lost);
    let Some(main) = main else { return Err(Diagnostics::new(lost)) };
    let mut refused = variables.refused;
    refused.extend(layers::lost(&variables.accounts, "account", accounts.iter().map(|file| file.name.as_str())));
    refused.extend(layers::lost(&variables.profiles, "profile", profiles.iter().map(|file| file.name.as_str())));
    for (origin, problem) in refused {
        main.document.push(origin, problem);
    }
    let variable = |name: &str| sources.env.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let parts = Parts { folder: layout.folder, state: variable("STATE_DIRECTORY"), main, accounts, profiles };
    validate::validate(parts, lost)
}

/// The files of `accounts/` or `profiles/`.
fn folder<T: DeserializeOwned + Default>(
    folder: &Path,
    scope: Scope,
    variables: &[(String, Setting)],
    lost: &mut Vec<Diagnostic>,
) -> Vec<Named<T>> {
    let mut named = Vec::new();
    let paths = files::list(folder).unwrap_or_else(|diagnostic| {
        lost.push(diagnostic);
        Vec::new()
    });
    for path in paths {
        let Some(name) = files::stem(&path).filter(|stem| is_name(stem)) else {
            let problem = Problem::new("the file's name before .toml cannot be used as a name")
                .help("use 1 to 32 letters, digits, '-' or '_'");
            lost.push(files::about(&path, problem));
            continue;
        };
        match files::read(&path) {
            Ok(text) => {
                let (mut document, sound) = Document::new(scope, path.display().to_string(), text);
                let mut figment = Figment::new();
                if sound {
                    figment = figment.merge(Toml::string(document.text()));
                    let over = layers::meant_for(variables, name);
                    figment = layers::laid_over(figment, "environment", over, &mut document);
                }
                let (raw, values) = extract(&figment, &document);
                named.push(Named { name: name.to_owned(), document, raw: sound.then_some(raw), values });
            }
            Err(diagnostic) => lost.push(diagnostic),
        }
    }
    named
}

/// `yieldsforge.toml` with its layers.
fn main_file<T: DeserializeOwned + Default>(
    path: &Path,
    text: String,
    variables: Vec<Setting>,
    flags: &[Override],
) -> Named<T> {
    let (mut document, sound) = Document::new(Scope::Main, path.display().to_string(), text);
    let mut figment = layers::defaults();
    if sound {
        figment = figment.merge(Toml::string(document.text()));
    }
    let flags = flags.iter().map(|given| Setting {
        path: given.key.split('.').map(str::to_owned).collect(),
        origin: Origin::Flag(given.flag.clone()),
        value: given.value.clone(),
    });
    for (name, settings) in [("environment", variables), ("flags", flags.collect())] {
        figment = layers::laid_over(figment, name, settings, &mut document);
    }
    // With a syntax error the layers are still read: their own mistakes are shown at once.
    let (raw, values) = extract(&figment, &document);
    Named { name: String::new(), document, raw: sound.then_some(raw), values }
}

/// The values as raw structures. What does not fit is complained about and taken out, until the rest fits: so every
/// complaint is found, not only the first.
pub(super) fn extract<T: DeserializeOwned + Default>(figment: &Figment, document: &Document) -> (T, Leaf) {
    let mut value = figment.find_value("").unwrap_or_else(|error| {
        document.complain(&[], Part::Key, Problem::new(format!("cannot be read: {}", error.kind)));
        Value::Dict(Tag::Default, Dict::new())
    });
    let all = value.deserialize().unwrap_or_else(|_odd_value| Leaf::Table(BTreeMap::new()));
    (fitting(&mut value, document), all)
}

fn fitting<T: DeserializeOwned + Default>(value: &mut Value, document: &Document) -> T {
    for _ in 0..MAX_SHAPE_ERRORS {
        let error = match value.deserialize::<T>() {
            Ok(raw) => return raw,
            Err(error) => error,
        };
        shape_error(&error, document);
        if !prune(value, &error.path) {
            return T::default();
        }
    }
    document.complain(&[], Part::Key, Problem::new("there are more such mistakes; mend these first"));
    T::default()
}

/// Takes out the value at `path`; an entry of a list becomes empty, so that the others keep their numbers.
fn prune(value: &mut Value, path: &[String]) -> bool {
    let Some((first, rest)) = path.split_first() else { return false };
    if let Value::Dict(_, dict) = value {
        if rest.is_empty() {
            return dict.remove(first).is_some();
        }
        return dict.get_mut(first).is_some_and(|child| prune(child, rest));
    }
    let Value::Array(_, items) = value else { return false };
    let Some(child) = first.parse().ok().and_then(|index: usize| items.get_mut(index)) else { return false };
    if rest.is_empty() {
        *child = Value::Dict(Tag::Default, Dict::new());
        return true;
    }
    prune(child, rest)
}

fn shape_error(error: &Error, document: &Document) {
    if let Kind::UnknownField(name, known) = &error.kind {
        return unknown(name, known, &error.path, document);
    }
    let problem = if let Kind::InvalidType(actual, expected) = &error.kind {
        let problem = Problem::new(format!("expected {expected}, found {}", actual_kind(actual)));
        match (document.origin(&error.path, Part::Value), shape_help(&error.path)) {
            (Origin::Variable(name), _) => problem.help(format!("name a key in it: {name}__…")),
            (Origin::File(..), Some(help)) => problem.help(help),
            (Origin::File(..) | Origin::Flag(_), _) => problem,
        }
    } else {
        // Nothing else is expected; the library's own words may hold the value.
        Problem::new("this value does not fit here")
    };
    document.excuse(error.path.clone());
    document.complain(&error.path, Part::Value, problem);
}

fn shape_help(path: &[String]) -> Option<String> {
    match path.last().map(String::as_str)? {
        "rate" => Some("write rate = { rule = \"fixed\", at = \"0.02 %/day\" }, or another rule".to_owned()),
        list @ ("slice" | "lend" | "notify") => Some(format!("write [[{list}]] above each")),
        index if index.parse::<usize>().is_ok() => None,
        section => Some(format!("write [{section}] above its keys")),
    }
}

fn unknown(name: &str, known: &[&str], path: &[String], document: &Document) {
    let section = path.split_last().map_or(&[][..], |(_, section)| section);
    let place = section.iter().rfind(|part| part.parse::<usize>().is_err());
    let message = match place {
        Some(place) => format!("unknown key {} in `{place}`", shown_key(name)),
        None => format!("unknown key {}", shown_key(name)),
    };
    let elsewhere = KEYS.iter().filter(|key| key.scope == document.scope()).find_map(|key| {
        let (parent, last) = key.path.rsplit_once('.')?;
        (last == name).then(|| parent.replace("[]", ""))
    });
    let help = if may_be_secret(name) {
        "secrets are read from the encrypted key file only; remove this, and revoke what stood here".to_owned()
    } else if let Some(meant) = nearest(name, known.iter().copied()) {
        let mut excused = section.to_vec();
        excused.push(meant.to_owned());
        document.excuse(excused);
        format!("did you mean `{meant}`?")
    } else if let Some(parent) = elsewhere {
        format!("`{name}` belongs in `{parent}`")
    } else {
        format!("known here: {}", one_of(known.iter().copied()))
    };
    let problem = Problem::new(message).help(help);
    if section.first().is_some_and(|section| section == "notify") {
        // Whoever writes an address here by mistake does not read it in the log.
        return document.complain_unseen(path, Part::Key, problem);
    }
    document.complain(path, Part::Key, problem);
}

/// The name of a key in a message.
fn shown_key(name: &str) -> String {
    if may_be_secret(name) {
        format!("`{}`", name.chars().take(12).collect::<String>())
    } else {
        quoted(name).replace('"', "`")
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library's list of what serde may find is long and may grow")]
fn actual_kind(actual: &Actual) -> &'static str {
    match actual {
        Actual::Bool(_) => "true or false",
        Actual::Unsigned(_) | Actual::Signed(_) | Actual::Float(_) => "a number",
        Actual::Char(_) | Actual::Str(_) => "a text",
        Actual::Seq => "a list",
        Actual::Map => "a table",
        _ => "something else",
    }
}
