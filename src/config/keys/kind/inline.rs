//! The schemas of values that are tables in a line.

use serde_json::{Map, Value, json};

use super::{Kind, NUMBER};

/// A table of these keys, some of which are required.
fn object(keys: &[(&str, Value)], required: &[&str]) -> Value {
    let properties: Map<String, Value> = keys.iter().map(|(key, schema)| ((*key).to_owned(), schema.clone())).collect();
    json!({ "type": "object", "required": required, "additionalProperties": false, "properties": properties })
}

/// A list of a thing.
pub(super) fn list(of: &Value, least: u16, most: u16) -> Value {
    json!({ "type": "array", "minItems": least, "maxItems": most, "items": of })
}

/// A list of two different things.
fn pair(first: &Value, second: &Value) -> Value {
    json!({ "type": "array", "minItems": 2, "maxItems": 2, "items": [first, second] })
}

/// `"-10 %"`, `"+45 %"`.
pub(super) fn step() -> Value {
    json!({ "type": "string", "pattern": format!("^\\s*[+-]?\\s*{NUMBER}\\s*%\\s*$") })
}

fn span() -> Value {
    Kind::Span("", "").schema()
}

/// A rate, or one of these words.
fn rate_or(words: &[&str]) -> Value {
    json!({ "anyOf": [{ "enum": words }, Kind::Rate.schema()] })
}

/// `{ by_rate = [[rate, days], …], interpolate = true }`, or with `jump = share, window = span`.
pub(super) fn by_rate() -> Value {
    let steps =
        json!({ "type": "array", "minItems": 1, "items": pair(&Kind::Rate.schema(), &Kind::Days(2, 120).schema()) });
    let (smooth, jump) = (Kind::Bool.schema(), Kind::Share.schema());
    object(&[("by_rate", steps), ("interpolate", smooth), ("jump", jump), ("window", span())], &["by_rate"])
}

/// `{ by_rank = [[share, days], …], window = span, of = word }`.
pub(super) fn by_rank() -> Value {
    let steps =
        json!({ "type": "array", "minItems": 1, "items": pair(&Kind::Share.schema(), &Kind::Days(2, 120).schema()) });
    let of = Kind::Word(&["trades", "candles", "best_offer"]).schema();
    object(&[("by_rank", steps), ("window", span()), ("of", of)], &["by_rank"])
}

/// `{ best = step, within = share }`.
pub(super) fn by_best() -> Value {
    object(&[("best", Kind::Step.schema()), ("within", Kind::Share.schema())], &["best"])
}

/// `{ pools = [[share, days], …] }`.
pub(super) fn pools() -> Value {
    let pools =
        json!({ "type": "array", "minItems": 1, "items": pair(&Kind::Share.schema(), &Kind::Days(2, 120).schema()) });
    object(&[("pools", pools)], &["pools"])
}

/// `shape`.
pub(super) fn shape() -> Value {
    let offers = Kind::Count(1, 100).schema();
    let weight =
        json!({ "anyOf": [{ "type": "integer", "minimum": 1 }, { "type": "string", "pattern": "^[0-9. ]+$" }] });
    let ladder = object(
        &[
            ("ladder", list(&step(), 1, 100)),
            ("offers", offers.clone()),
            ("weights", list(&weight, 1, 100)),
            ("easing", json!({ "enum": ["linear", "in", "out", "in-out"] })),
            ("widen", Kind::Share.schema()),
            ("most", Kind::Share.schema()),
            ("window", span()),
        ],
        &["ladder"],
    );
    let factor = json!({ "type": "string", "pattern": "^\\s*\\+?[0-9.]+\\s*$" });
    let geometric =
        object(&[("geometric", factor), ("first", Kind::Amount.schema()), ("step", step())], &["geometric", "first"]);
    let by_depth =
        object(&[("by_depth", list(&Kind::Amount.schema(), 2, 2)), ("offers", offers)], &["by_depth", "offers"]);
    json!({ "anyOf": [{ "enum": ["equal"] }, ladder, geometric, by_depth] })
}

/// `release`.
pub(super) fn release() -> Value {
    let jump = object(&[("frr_above_middle", Kind::Step.schema())], &["frr_above_middle"]);
    json!({ "anyOf": [Kind::Rate.schema(), jump] })
}

/// `decay`.
pub(super) fn decay() -> Value {
    let by = json!({ "anyOf": [Kind::Share.schema(), Kind::Rate.schema()] });
    let to = rate_or(&["floor", "rule"]);
    object(&[("every", span()), ("by", by), ("start", step()), ("to", to)], &["every", "by"])
}

/// `max_fall`.
pub(super) fn max_fall() -> Value {
    object(&[("by", Kind::Share.schema()), ("every", span())], &["by", "every"])
}

/// `take_bids`.
pub(super) fn take_bids() -> Value {
    object(&[("at_least", rate_or(&["rule"]))], &["at_least"])
}
