//! A JSON Schema of each kind of file, for editors: made from the table of keys, so that it cannot know less or more.
//!
//! Editors that speak TOML read it from a first line `#:schema PATH`. It marks unknown keys, wrong types and missing
//! units while one types; what only `check` can know (other files, limits against each other) it does not say.

use serde_json::{Map, Value, json};

use super::keys::{KEYS, Key, Scope};

/// The schema of a kind of file, as text.
#[must_use]
pub fn schema(scope: Scope) -> String {
    let mut root = table(scope.file());
    for key in KEYS.iter().filter(|key| key.scope == scope) {
        let segments: Vec<&str> = key.path.split('.').collect();
        insert(&mut root, &segments, key);
    }
    by_rule(&mut root, scope);
    if let Some(object) = root.as_object_mut() {
        object.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    }
    format!("{root:#}\n")
}

/// A table without keys yet.
fn table(title: &str) -> Value {
    json!({ "title": title, "type": "object", "additionalProperties": false, "properties": {} })
}

/// Puts a key where it belongs; the tables above it come into being on the way.
fn insert(parent: &mut Value, segments: &[&str], key: &Key) {
    let Some((first, rest)) = segments.split_first() else { return };
    // Keys of a list's entries may be required where the list is not: an account may lend nothing yet.
    if key.absent == "required" && (!first.ends_with("[]") || key.scope == Scope::Profile) {
        require(parent, first.trim_end_matches("[]"));
    }
    let Some(properties) = parent.get_mut("properties").and_then(Value::as_object_mut) else { return };
    if rest.is_empty() {
        properties.insert((*first).to_owned(), described(key));
        return;
    }
    match first.strip_suffix("[]") {
        Some(list) => {
            let items = || json!({ "type": "array", "items": table(&format!("[[{list}]]")) });
            let array = properties.entry(list.to_owned()).or_insert_with(items);
            if let Some(items) = array.get_mut("items") {
                insert(items, rest, key);
            }
        }
        None => insert(properties.entry((*first).to_owned()).or_insert_with(|| table(first)), rest, key),
    }
}

fn require(parent: &mut Value, name: &str) {
    let Some(object) = parent.as_object_mut() else { return };
    let Some(required) = object.entry("required").or_insert_with(|| json!([])).as_array_mut() else { return };
    if !required.contains(&json!(name)) {
        required.push(json!(name));
    }
}

/// The key's type with what it is for, its unit and its default.
fn described(key: &Key) -> Value {
    let mut schema = key.kind.schema();
    if let Some(object) = schema.as_object_mut() {
        let more = if key.more.is_empty() { String::new() } else { format!("\n\n{}", key.more) };
        let text = format!("{}\n\n{}{more}", key.about, key.terms());
        object.insert("description".to_owned(), json!(text));
        object.insert("examples".to_owned(), json!([example(key)]));
    }
    schema
}

fn example(key: &Key) -> Value {
    // TOML's literal text and its tables in a line are no JSON.
    serde_json::from_str(key.example).unwrap_or_else(|_no_json| match key.example.parse::<toml_edit::Value>() {
        Ok(value) => plain(&value),
        Err(_no_toml) => json!(key.example),
    })
}

/// A value of TOML as JSON.
fn plain(value: &toml_edit::Value) -> Value {
    if let Some(table) = value.as_inline_table() {
        return Value::Object(table.iter().map(|(key, value)| (key.to_owned(), plain(value))).collect());
    }
    if let Some(list) = value.as_array() {
        return list.iter().map(plain).collect();
    }
    let whole = value.as_integer().map(|whole| json!(whole));
    let bool = value.as_bool().map(|bool| json!(bool));
    whole.or(bool).unwrap_or_else(|| json!(value.as_str().unwrap_or_default()))
}

/// What each rate rule requires.
fn by_rule(root: &mut Value, scope: Scope) {
    let Some(rate) = root.pointer_mut("/properties/slice/items/properties/rate").and_then(Value::as_object_mut) else {
        return;
    };
    let mut needed: Map<String, Value> = Map::new();
    for key in KEYS.iter().filter(|key| key.scope == scope) {
        if let (Some(rule), Some(name)) = (key.absent.strip_prefix("required by "), key.path.rsplit('.').next()) {
            let names = needed.entry(rule.to_owned()).or_insert_with(|| json!([]));
            names.as_array_mut().into_iter().for_each(|names| names.push(json!(name)));
        }
    }
    let cases = needed.into_iter().map(|(rule, names)| {
        json!({
            "if": { "properties": { "rule": { "const": rule } }, "required": ["rule"] },
            "then": { "required": names },
        })
    });
    rate.insert("allOf".to_owned(), cases.collect());
}
