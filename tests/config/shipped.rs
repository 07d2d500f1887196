//! What is shipped under `config/`: made from the table of keys, and good as it lies there.

use std::fs;
use std::path::Path;

use yieldsforge::config::{KEYS, Scope, difference, example, schema};

use crate::{copy, load_with, top};

const SCOPES: [(Scope, &str); 3] = [
    (Scope::Main, "yieldsforge.toml"),
    (Scope::Account, "accounts/main.toml.example"),
    (Scope::Profile, "profiles/every-key.toml.example"),
];

/// Compares a shipped file with what the code makes, or writes it.
fn compare(name: &str, made: &str) -> Option<String> {
    let path = top().join("config").join(name);
    if std::env::var_os("YIELDSFORGE_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, made).unwrap();
        return None;
    }
    let old = fs::read_to_string(&path).unwrap_or_default() != made;
    old.then(|| format!("config/{name} is old: YIELDSFORGE_BLESS=1 cargo test --test config"))
}

#[test]
fn the_examples_and_schemas_are_the_codes_own() {
    let examples = SCOPES.iter().filter_map(|(scope, name)| compare(name, &example(*scope)));
    let schemas =
        SCOPES.iter().filter_map(|(scope, _)| compare(&format!("schema/{}", scope.schema_file()), &schema(*scope)));
    let old: Vec<String> = examples.chain(schemas).collect();
    assert!(old.is_empty(), "{}", old.join("\n"));
}

#[test]
fn what_is_shipped_is_valid_and_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    copy(&top().join("config"), folder.path());
    let config = load_with(folder.path(), &[]).unwrap();
    assert!(config.policy.accounts.is_empty() && config.policy.paper);
    assert!(config.profiles.len() >= 2, "{:?}", config.profiles.keys());
    // Copied as its first lines say, each example is a whole file.
    let copied = |from: &str, to: &str| fs::copy(folder.path().join(from), folder.path().join(to)).unwrap();
    copied("accounts/main.toml.example", "accounts/main.toml");
    copied("profiles/every-key.toml.example", "profiles/mine.toml");
    let config = load_with(folder.path(), &[]).unwrap();
    assert_eq!(config.policy.currencies().len(), 1);
    assert!(config.warnings.is_empty() && config.profiles.contains_key("mine"), "{:?}", config.warnings);
}

/// The file with every `#key = …` put in force, but for what `leave` says.
fn uncommented(text: &str, leave: impl Fn(&str) -> bool) -> String {
    let line = |line: &str| {
        let key = line
            .strip_prefix('#')
            .filter(|rest| rest.starts_with(|first: char| first.is_ascii_lowercase() || first == '['));
        key.filter(|key| !leave(key)).unwrap_or(line).to_owned() + "\n"
    };
    text.lines().map(line).collect()
}

fn set(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).unwrap();
}

#[test]
fn what_is_commented_out_shows_what_holds() {
    let folder = tempfile::tempdir().unwrap();
    copy(&top().join("config"), folder.path());
    let before = load_with(folder.path(), &[]).unwrap();
    let no_default = |line: &str| {
        let key = |name: &&str| line.starts_with(&format!("{name} = "));
        ["identity", "directory"].iter().any(key)
    };
    // An entry of a list is no default.
    let (main, notify) =
        example(Scope::Main).split_once("#[[notify]]").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    set(folder.path(), "yieldsforge.toml", &uncommented(&main, no_default));
    let after = load_with(folder.path(), &[]).unwrap();
    assert!(difference(&before, &after).is_empty(), "{:?}", difference(&before, &after));
    // Everything may be put in force at once, but for keys of rate rules and kinds other than the example's.
    let other_kind = |line: &str| line.starts_with("every = ");
    set(folder.path(), "yieldsforge.toml", &uncommented(&format!("{main}#[[notify]]{notify}"), other_kind));
    set(folder.path(), "accounts/main.toml", &uncommented(&example(Scope::Account), |_| false));
    let other_rule = |line: &str| line.starts_with("rate.");
    set(folder.path(), "profiles/mine.toml", &uncommented(&example(Scope::Profile), other_rule));
    let config = load_with(folder.path(), &[]).unwrap();
    assert!(config.settings.identity.is_some());
    assert!(config.notify["phone"].template.is_some() && config.notify["phone"].daily_at.is_some());
    assert!(config.profiles["mine"].slices[0].at_most.is_some());
}

/// The entry of a key in its schema.
fn entry<'a>(schema: &'a serde_json::Value, path: &str) -> &'a serde_json::Value {
    path.split('.').fold(schema, |table, segment| match segment.strip_suffix("[]") {
        Some(list) => &table["properties"][list]["items"],
        None => &table["properties"][segment],
    })
}

#[test]
fn a_schema_knows_every_key_and_no_other() {
    for (scope, _) in SCOPES {
        let schema: serde_json::Value = serde_json::from_str(&schema(scope)).unwrap();
        let keys: Vec<_> = KEYS.iter().filter(|key| key.scope == scope).collect();
        for key in &keys {
            let found = entry(&schema, key.path);
            assert!(found["description"].as_str().is_some_and(|text| text.starts_with(key.about)), "{}", key.path);
        }
        assert_eq!(schema.to_string().matches("\"description\":\"").count(), keys.len());
        let tables = schema.to_string().matches("\"type\":\"object\"").count();
        assert_eq!(schema.to_string().matches("\"additionalProperties\":false").count(), tables);
    }
    let profile: serde_json::Value = serde_json::from_str(&schema(Scope::Profile)).unwrap();
    assert_eq!(profile["required"], serde_json::json!(["limits", "slice"]));
    assert_eq!(profile["properties"]["slice"]["items"]["required"], serde_json::json!(["name", "share", "rate"]));
    let main: serde_json::Value = serde_json::from_str(&schema(Scope::Main)).unwrap();
    assert!(main.get("required").is_none(), "no key of it is needed");
    let notify = &main["properties"]["notify"]["items"]["required"];
    assert_eq!(
        (notify, main.to_string().matches("\"required\"").count()),
        (&serde_json::json!(["name", "kind", "contact"]), 1)
    );
}
