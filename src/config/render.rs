//! The effective configuration, key by key, and where each value came from.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::diagnose::Origin;
use super::document::Document;
use super::keys::{KEYS, Scope};
use super::raw::Leaf;
use super::settings::Config;
use super::validate::Parts;

/// What `check --print` shows.
#[derive(Debug, Clone, Default)]
pub(super) struct Listing {
    lines: Vec<Line>,
}

#[derive(Debug, Clone)]
enum Line {
    /// A file.
    File(String),
    /// A list's entry, such as `[[lend]]`.
    Entry(String),
    /// A key, its value, where it came from.
    Key(String, String, String),
}

impl Listing {
    /// Lists everything that was read; what has no value is left out.
    pub(super) fn of(parts: &Parts) -> Self {
        let mut listing = Self::default();
        listing.document(&parts.main.document, &parts.main.values);
        for file in &parts.accounts {
            listing.document(&file.document, &file.values);
        }
        for file in &parts.profiles {
            listing.document(&file.document, &file.values);
        }
        listing
    }

    /// Every effective key by file and place, with its value.
    pub(super) fn flat(&self) -> BTreeMap<String, &str> {
        let (mut file, mut entry, mut number) = ("", String::new(), 0_usize);
        let mut flat = BTreeMap::new();
        for line in &self.lines {
            match line {
                Line::File(name) => (file, entry, number) = (name, String::new(), 0),
                Line::Entry(list) => {
                    number = number.saturating_add(1);
                    entry = format!("{} {number}: ", list.trim_matches(['[', ']']));
                }
                Line::Key(key, value, _) => {
                    flat.insert(format!("{file}: {entry}{key}"), value.as_str());
                }
            }
        }
        flat
    }

    fn document(&mut self, document: &Document, values: &Leaf) {
        self.lines.push(Line::File(document.name().to_owned()));
        let keys: Vec<&str> = KEYS.iter().filter(|key| key.scope == document.scope()).map(|key| key.path).collect();
        for key in keys.iter().filter(|key| !key.contains("[]")) {
            self.key(document, values, &[], key);
        }
        let list = match document.scope() {
            Scope::Main => return,
            Scope::Account => "lend",
            Scope::Profile => "slice",
        };
        let Some(Leaf::List(entries)) = child(values, list) else { return };
        for (index, entry) in entries.iter().enumerate() {
            self.lines.push(Line::Entry(format!("[[{list}]]")));
            let parent = [list.to_owned(), index.to_string()];
            for key in keys.iter().filter_map(|key| key.strip_prefix(list)?.strip_prefix("[].")) {
                self.key(document, entry, &parent, key);
            }
        }
    }

    fn key(&mut self, document: &Document, values: &Leaf, parent: &[String], key: &str) {
        let relative: Vec<String> = key.split('.').map(str::to_owned).collect();
        let path: Vec<String> = parent.iter().chain(&relative).cloned().collect();
        let value = relative.iter().try_fold(values, |value, segment| child(value, segment));
        let generic = parent.first().map_or_else(|| key.to_owned(), |list| format!("{list}[].{key}"));
        let default = KEYS.iter().find(|known| known.scope == document.scope() && known.path == generic);
        // A default of a rule's key is shown only where that is the rule.
        let implied = match child(values, "rate").and_then(|rate| child(rate, "rule")) {
            Some(Leaf::Text(rule)) if key.starts_with("rate.") => {
                default.is_some_and(|key| key.about.starts_with(rule.as_str()))
            }
            _ => !key.starts_with("rate."),
        };
        let (shown, origin) = match (value, default.and_then(|known| known.default)) {
            (Some(value), _) => (written(value), document.source(&path).map_or_else(|| "default".to_owned(), from)),
            (None, Some(default)) if implied => (default.to_owned(), "default".to_owned()),
            (None, _) => return,
        };
        self.lines.push(Line::Key(key.to_owned(), shown, origin));
    }
}

fn from(origin: Origin) -> String {
    match origin {
        Origin::File(_, place) => format!("line {}", place.line),
        Origin::Variable(name) | Origin::Flag(name) => name,
    }
}

fn child<'a>(value: &'a Leaf, key: &str) -> Option<&'a Leaf> {
    if let Leaf::Table(table) = value { table.get(key) } else { None }
}

/// A value as TOML.
fn written(leaf: &Leaf) -> String {
    match leaf {
        Leaf::Text(text) => toml_edit::Value::from(text.as_str()).to_string().trim().to_owned(),
        Leaf::Integer(value) => value.to_string(),
        Leaf::Float(text) | Leaf::Date(text) => text.clone(),
        Leaf::Bool(value) => value.to_string(),
        Leaf::List(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", ")),
        Leaf::Table(table) => {
            let entries: Vec<_> = table.iter().map(|(key, value)| format!("{key} = {}", written(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

/// The effective configuration: every key with a value, and behind it where the value came from.
#[must_use]
pub fn render(config: &Config) -> String {
    let width = |line: &Line| match line {
        Line::Key(key, value, _) => key.chars().count().saturating_add(value.chars().count()).saturating_add(3),
        Line::File(_) | Line::Entry(_) => 0,
    };
    let widest = config.listing.lines.iter().map(width).max().unwrap_or(0).min(60);
    let mut out = String::new();
    for line in &config.listing.lines {
        let _ = match line {
            Line::File(name) => writeln!(out, "# {name}"),
            Line::Entry(name) => writeln!(out, "{name}"),
            Line::Key(key, value, origin) => writeln!(out, "{:widest$}  # {origin}", format!("{key} = {value}")),
        };
    }
    let _ = writeln!(out, "# state directory: {}", config.settings.state_directory.display());
    out
}
