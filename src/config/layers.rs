//! What lies over the files: variables `YIELDSFORGE_CFG__…` and flags, as layers.

use figment::value::{Dict, Map, Tag, Value};
use figment::{Error, Figment, Metadata, Profile, Provider};

use super::diagnose::{Origin, nearest, one_of};
use super::document::{Document, default_leaf};
use super::keys::{KEYS, Scope};
use super::raw::Leaf;
use super::units::Problem;

/// Variables with this beginning are configuration; `__` nests.
const PREFIX: &str = "YIELDSFORGE_CFG__";
/// What a slip of the first makes.
const NEAR_PREFIX: &str = "YIELDSFORGE_CFG";

/// A key with the value that a variable or a flag gives it.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    /// The key; entries of lists by their number from 0.
    pub(super) path: Vec<String>,
    /// The variable or the flag.
    pub(super) origin: Origin,
    /// As it was given.
    pub(super) value: String,
}

/// What the environment sets.
#[derive(Debug, Default)]
pub(super) struct Variables {
    /// Of `yieldsforge.toml`.
    pub(super) main: Vec<Setting>,
    /// Of accounts: `YIELDSFORGE_CFG__ACCOUNTS__NAME__KEY`, by name in small letters.
    pub(super) accounts: Vec<(String, Setting)>,
    /// Of profiles, in the same way.
    pub(super) profiles: Vec<(String, Setting)>,
    /// Names that lead nowhere.
    pub(super) refused: Vec<(Origin, Problem)>,
}

impl Variables {
    /// Picks out what concerns us.
    pub(super) fn of(env: &[(String, String)]) -> Self {
        let mut sorted: Vec<&(String, String)> = env.iter().filter(|(name, _)| name.starts_with(NEAR_PREFIX)).collect();
        sorted.sort();
        let mut variables = Self::default();
        for (name, value) in sorted {
            variables.sort_in(name, value);
        }
        variables
    }

    fn sort_in(&mut self, name: &str, value: &str) {
        let origin = Origin::Variable(name.to_owned());
        let path: Vec<String> =
            name.strip_prefix(PREFIX).unwrap_or_default().to_lowercase().split("__").map(str::to_owned).collect();
        if path.iter().any(String::is_empty) {
            let problem = Problem::new("this variable names no key")
                .help("two underscores stand before each part: YIELDSFORGE_CFG__HTTP__LISTEN");
            return self.refused.push((origin, problem));
        }
        let setting =
            |path: &[String]| Setting { path: path.to_vec(), origin: origin.clone(), value: value.to_owned() };
        match path.as_slice() {
            [folder, name, key @ ..] if folder == "accounts" && !key.is_empty() => {
                self.accounts.push((name.clone(), setting(key)));
            }
            [folder, name, key @ ..] if folder == "profiles" && !key.is_empty() => {
                self.profiles.push((name.clone(), setting(key)));
            }
            [folder, ..] if folder == "accounts" || folder == "profiles" => {
                let problem = Problem::new("this variable names no key of a file in that folder");
                let folder = folder.to_uppercase();
                self.refused.push((origin, problem.help(format!("write YIELDSFORGE_CFG__{folder}__NAME__KEY"))));
            }
            _ => self.main.push(setting(&path)),
        }
    }
}

/// A file's name as it stands in a variable's.
fn in_variable(stem: &str) -> String {
    stem.to_lowercase().replace('-', "_")
}

/// The settings that are for the file with this stem.
pub(super) fn meant_for(settings: &[(String, Setting)], stem: &str) -> Vec<Setting> {
    let stem = in_variable(stem);
    settings.iter().filter(|(name, _)| *name == stem).map(|(_, setting)| setting.clone()).collect()
}

/// Complaints about variables whose file is not there.
pub(super) fn lost<'a>(
    settings: &[(String, Setting)],
    what: &str,
    stems: impl Iterator<Item = &'a str> + Clone,
) -> Vec<(Origin, Problem)> {
    let known: Vec<String> = stems.map(in_variable).collect();
    let known = || known.iter().map(String::as_str);
    let lost = settings.iter().filter(|(name, _)| known().all(|stem| stem != name));
    lost.map(|(name, setting)| {
        let problem = Problem::new(format!("there is no {what} `{name}`"));
        let problem = match nearest(name, known()) {
            Some(meant) => problem.help(format!("did you mean `{meant}`?")),
            None if known().next().is_none() => problem,
            None => problem.help(format!("there is {}", one_of(known()))),
        };
        (setting.origin.clone(), problem)
    })
    .collect()
}

/// Lays settings over what is there. Later ones win.
pub(super) fn laid_over(
    figment: Figment,
    name: &'static str,
    settings: Vec<Setting>,
    document: &mut Document,
) -> Figment {
    let below = figment.find_value("").ok().and_then(Value::into_dict).unwrap_or_default();
    let mut layer = Layer { name, dict: Dict::new() };
    for Setting { path, origin, value } in settings {
        let value = typed(document.scope(), &path, &value);
        let inserted = insert(&mut layer.dict, Some(&below), &path, value);
        document.overridden(path, origin.clone());
        if let Err(problem) = inserted {
            document.push(origin, problem);
        }
    }
    figment.merge(layer)
}

/// The value in the type that the key wants.
fn typed(scope: Scope, path: &[String], text: &str) -> Value {
    let mut generic = String::new();
    for segment in path {
        if segment.parse::<usize>().is_ok() {
            generic.push_str("[]");
        } else {
            let dot = if generic.is_empty() { "" } else { "." };
            generic.push_str(dot);
            generic.push_str(segment);
        }
    }
    let kind = KEYS.iter().find(|key| key.scope == scope && key.path == generic).map(|key| key.kind);
    match kind.map(|kind| kind.value_of(text)) {
        Some(Leaf::Bool(value)) => Value::from(value),
        Some(Leaf::Integer(value)) => i64::try_from(value).map_or_else(|_wide| Value::from(text), Value::from),
        _ => Value::from(text),
    }
}

/// A layer that is no file.
struct Layer {
    name: &'static str,
    dict: Dict,
}

/// The defaults of `yieldsforge.toml`.
pub(super) fn defaults() -> Figment {
    let mut dict = Dict::new();
    // What the entries of a list default to is said where they are read.
    for key in KEYS.iter().filter(|key| key.scope == Scope::Main && !key.path.contains("[]")) {
        if let Some(Leaf::Text(value)) = key.default.map(default_leaf) {
            let path: Vec<String> = key.path.split('.').map(str::to_owned).collect();
            // The table's own keys do not stand in each other's way.
            let _fits = insert(&mut dict, None, &path, Value::from(value));
        }
    }
    Figment::from(Layer { name: "defaults", dict })
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Map::from([(Profile::Default, self.dict.clone())]))
    }
}

/// Puts a value at a path. A list would be replaced whole, so it starts as the one `below`.
fn insert(dict: &mut Dict, below: Option<&Dict>, path: &[String], value: Value) -> Result<(), Problem> {
    let both = || Problem::new("another one already sets this as a section, or as a value above it");
    let Some((first, rest)) = path.split_first() else { return Err(both()) };
    if rest.is_empty() {
        let before = dict.insert(first.clone(), value);
        return if matches!(before, Some(Value::Dict(..))) { Err(both()) } else { Ok(()) };
    }
    let below = below.and_then(|below| below.get(first));
    let no_entry = |index: &str, count: usize| {
        let problem = Problem::new(format!("`{first}` has no entry `{index}`"));
        Err(problem.help(format!("the file's entries are counted from 0; there are {count}")))
    };
    if let (Some(index), None | Some(Value::Dict(..))) =
        (rest.first().filter(|part| part.parse::<usize>().is_ok()), below)
    {
        return no_entry(index, 0);
    }
    let entry = dict.entry(first.clone()).or_insert_with(|| match below {
        Some(list @ Value::Array(..)) => list.clone(),
        _ => Value::Dict(Tag::Default, Dict::new()),
    });
    match (entry, rest) {
        (Value::Dict(_, inner), _) => insert(inner, below.and_then(Value::as_dict), rest, value),
        (Value::Array(_, items), [index, key @ ..]) if !key.is_empty() => {
            let count = items.len();
            match index.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                Some(Value::Dict(_, inner)) => insert(inner, None, key, value),
                _ => no_entry(index, count),
            }
        }
        _ => Err(both()),
    }
}
