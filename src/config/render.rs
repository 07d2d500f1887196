//! The effective configuration, key by key, and where each value came from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::diagnose::Origin;
use super::document::{Document, default_leaf};
use super::keys::KEYS;
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
    /// A list's entry, such as `[[lend]]`, and its number from 0.
    Entry(String, usize),
    /// A key with its value.
    Key(Shown),
}

#[derive(Debug, Clone)]
struct Shown {
    key: String,
    value: Leaf,
    /// Where it came from; nothing for a default.
    origin: Option<Origin>,
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
    pub(super) fn flat(&self) -> BTreeMap<String, String> {
        let (mut file, mut entry) = ("", String::new());
        let mut flat = BTreeMap::new();
        for line in &self.lines {
            match line {
                Line::File(name) => (file, entry) = (name, String::new()),
                Line::Entry(list, index) => entry = format!("{list} {}: ", index.saturating_add(1)),
                Line::Key(shown) => {
                    flat.insert(format!("{file}: {entry}{}", shown.key), written(&shown.value));
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
        let lists: BTreeSet<&str> = keys.iter().filter_map(|key| Some(key.split_once("[].")?.0)).collect();
        for list in lists {
            let Some(Leaf::List(entries)) = child(values, list) else { continue };
            for (index, entry) in entries.iter().enumerate() {
                self.lines.push(Line::Entry(list.to_owned(), index));
                let parent = [list.to_owned(), index.to_string()];
                for key in keys.iter().filter_map(|key| key.strip_prefix(list)?.strip_prefix("[].")) {
                    self.key(document, entry, &parent, key);
                }
            }
        }
    }

    fn key(&mut self, document: &Document, values: &Leaf, parent: &[String], key: &str) {
        let relative: Vec<String> = key.split('.').map(str::to_owned).collect();
        let path: Vec<String> = parent.iter().chain(&relative).cloned().collect();
        let value = relative.iter().try_fold(values, |value, segment| child(value, segment));
        let generic = parent.first().map_or_else(|| key.to_owned(), |list| format!("{list}[].{key}"));
        let default = KEYS.iter().find(|known| known.scope == document.scope() && known.path == generic);
        let rule = match child(values, "rate").and_then(|rate| child(rate, "rule")) {
            Some(Leaf::Text(rule)) => rule.as_str(),
            _ => "",
        };
        // A default of a rule's key is shown only where that is the rule.
        let implied =
            !key.starts_with("rate.") || default.is_some_and(|known| known.owners().any(|owner| owner == rule));
        let adaptive = rule == "adaptive";
        // A ping tells nothing.
        let ping = matches!(child(values, "kind"), Some(Leaf::Text(kind)) if kind == "ping");
        let implied = implied && !(ping && generic.starts_with("notify[]."));
        let (value, origin) = match (value, default.and_then(|known| known.default_under(rule))) {
            (Some(value), _) => (value.clone(), document.source(&path)),
            // Without a period of its own the adaptive rule picks one.
            (None, Some(_)) if generic == "slice[].period" && adaptive => (Leaf::Text("adaptive".to_owned()), None),
            (None, Some(default)) if implied => (default_leaf(default), None),
            (None, _) => return,
        };
        self.lines.push(Line::Key(Shown { key: key.to_owned(), value, origin }));
    }
}

fn from(origin: Option<&Origin>) -> String {
    match origin {
        None => "default".to_owned(),
        Some(Origin::File(_, place)) => format!("line {}", place.line),
        Some(Origin::Variable(name) | Origin::Flag(name)) => name.clone(),
    }
}

fn child<'a>(value: &'a Leaf, key: &str) -> Option<&'a Leaf> {
    if let Leaf::Table(table) = value { table.get(key) } else { None }
}

/// A value as TOML.
fn written(leaf: &Leaf) -> String {
    match leaf {
        Leaf::Text(text) if is_identity(text) => HIDDEN.to_owned(),
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

/// No key holds a secret; but whoever pasted one into a description shall not read it here.
fn is_identity(text: &str) -> bool {
    text.to_uppercase().contains("AGE-SECRET-KEY")
}

const HIDDEN: &str = "\"(not shown)\"";

fn machine(leaf: &Leaf) -> Value {
    match leaf {
        Leaf::Text(text) if is_identity(text) => Value::Null,
        Leaf::Text(text) | Leaf::Float(text) | Leaf::Date(text) => Value::from(text.as_str()),
        Leaf::Integer(value) => i64::try_from(*value).map_or_else(|_wide| Value::from(value.to_string()), Value::from),
        Leaf::Bool(value) => Value::from(*value),
        Leaf::List(items) => items.iter().map(machine).collect(),
        Leaf::Table(table) => table.iter().map(|(key, value)| (key.clone(), machine(value))).collect(),
    }
}

/// The effective configuration: every key with a value, and behind it where the value came from.
#[must_use]
pub fn render(config: &Config) -> String {
    let shown = |line: &Line| match line {
        Line::Key(shown) => Some(format!("{} = {}", shown.key, written(&shown.value))),
        Line::File(_) | Line::Entry(..) => None,
    };
    let widths = config.listing.lines.iter().filter_map(shown).map(|text| text.chars().count());
    let widest = widths.max().unwrap_or(0).min(60);
    let mut out = String::new();
    for line in &config.listing.lines {
        let _ = match line {
            Line::File(name) => writeln!(out, "# {name}"),
            Line::Entry(list, _) => writeln!(out, "[[{list}]]"),
            Line::Key(key) => {
                writeln!(out, "{:widest$}  # {}", shown(line).unwrap_or_default(), from(key.origin.as_ref()))
            }
        };
    }
    let _ = writeln!(out, "# state directory: {}", config.settings.state_directory.display());
    out
}

/// The same for machines: a list of `file`, `key` (with the number of a list's entry), `value`, and `source`: `default`
/// or a place as in [`Diagnostic::json`](super::Diagnostic::json).
#[must_use]
pub fn values(config: &Config) -> Value {
    let (mut file, mut parent) = ("", String::new());
    let mut list = Vec::new();
    for line in &config.listing.lines {
        match line {
            Line::File(name) => (file, parent) = (name, String::new()),
            Line::Entry(name, index) => parent = format!("{name}[{index}]."),
            Line::Key(shown) => {
                let source =
                    shown.origin.as_ref().map_or_else(|| Value::from("default"), |origin| origin.json().into());
                let key = format!("{parent}{}", shown.key);
                list.push(json!({ "file": file, "key": key, "value": machine(&shown.value), "source": source }));
            }
        }
    }
    list.into()
}
