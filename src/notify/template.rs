//! The JSON of a generic webhook: a text of the user's with words in braces.

use serde_json::{Map, Value, json};

/// What stands for the words of a template; nothing for a word that there is not.
pub(super) trait Words {
    /// What `{name}` stands for.
    fn word(&self, name: &str) -> Option<&str>;
}

/// What is sent when the user gives no template.
pub(super) fn usual() -> Value {
    json!({
        "event": "{event}", "tone": "{tone}", "account": "{account}", "at": "{at}", "title": "{title}", "text": "{text}",
    })
}

/// The template with its words filled in. Only texts are touched, so the result is JSON whatever the words hold.
pub(super) fn filled(template: &Value, words: &impl Words) -> Value {
    match template {
        Value::String(text) => Value::String(text_filled(text, words)),
        Value::Array(items) => items.iter().map(|item| filled(item, words)).collect(),
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| (key.clone(), filled(value, words)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => template.clone(),
    }
}

/// One pass: what a word brings is not looked at again. Braces around anything else stay as they are.
fn text_filled(text: &str, words: &impl Words) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let known = after.split_once('}').and_then(|(name, after)| Some((words.word(name)?, after)));
        let (value, after) = known.unwrap_or(("{", after));
        out.push_str(value);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// True when the template asks for this word.
pub(super) fn asks_for(template: &Value, name: &str) -> bool {
    match template {
        Value::String(text) => text.contains(&format!("{{{name}}}")),
        Value::Array(items) => items.iter().any(|item| asks_for(item, name)),
        Value::Object(entries) => entries.values().any(|value| asks_for(value, name)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Two(String, String);

    impl Words for Two {
        fn word(&self, name: &str) -> Option<&str> {
            match name {
                "title" => Some(&self.0),
                "text" => Some(&self.1),
                _ => None,
            }
        }
    }

    #[test]
    fn words_are_filled_in_once_and_other_braces_stay() {
        let words = Two("{text}".to_owned(), "a \"quoted\"\nline".to_owned());
        let template = json!({ "a": ["{title}: {text}", "{other} {", 7, null], "{title}": true });
        let expected = json!({ "a": ["{text}: a \"quoted\"\nline", "{other} {", 7, null], "{title}": true });
        assert_eq!(filled(&template, &words), expected);
        assert!(asks_for(&template, "text") && !asks_for(&template, "token"));
    }

    proptest! {
        #[test]
        fn whatever_the_words_hold_the_shape_stays(title in any::<String>(), text in any::<String>()) {
            let made = filled(&json!({ "x": { "y": "<{title}>" }, "z": "{text}" }), &Two(title.clone(), text.clone()));
            let back: Value = serde_json::from_str(&made.to_string()).unwrap();
            prop_assert_eq!(back, json!({ "x": { "y": format!("<{title}>") }, "z": text }));
        }
    }
}
