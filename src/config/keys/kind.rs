//! What a key's value is: in words for people, as a schema for editors, with an example of each.

mod inline;

use serde_json::{Value, json};

use crate::config::raw::Leaf;

/// Type and unit of a key's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A path; relative ones start at the configuration folder.
    Path,
    /// A name that may stand in labels.
    Name,
    /// `true` or `false`.
    Bool,
    /// One of a few words.
    Word(&'static [&'static str]),
    /// An address of the exchange, by its scheme.
    Address(&'static str),
    /// An address and a port to listen on.
    Listen,
    /// A span of time, with its bounds as they would be written.
    Span(&'static str, &'static str),
    /// A size on disk.
    Size,
    /// Levels of the log.
    Levels,
    /// A day.
    Date,
    /// A time of the day.
    Time,
    /// A currency, by its market name or its Bitfinex code.
    Currency,
    /// A part of a whole, in percent.
    Share,
    /// An amount of money.
    Amount,
    /// An amount of money, or a part of the balance.
    Measure,
    /// A rate per day or per year.
    Rate,
    /// A distance from the flash return rate.
    Offset,
    /// A part of a rate, above or under the whole.
    Factor,
    /// A step of the rate.
    Step,
    /// A rate: fixed, by the flash return rate, or by a rank in the recent past.
    Bound,
    /// A whole number of days.
    Days(u16, u16),
    /// A whole number.
    Count(u16, u16),
    /// Days, days by rate, or pools of days.
    Period,
    /// How money is cut into offers.
    Shape,
    /// From when a reserve is offered: a rate, or a jump of the flash return rate.
    Release,
    /// A rate that falls with the age of the money.
    Decay,
    /// How fast a rate may fall.
    MaxFall,
    /// Which bids are taken.
    TakeBids,
    /// Least and most, in percent.
    Band,
}

/// Digits, a point, and spaces, which `check` passes over.
const NUMBER: &str = r"[0-9.][0-9.\s]*";

impl Kind {
    /// Type and unit in words, with examples.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Path => "path".to_owned(),
            Self::Name => "name".to_owned(),
            Self::Bool => "true or false".to_owned(),
            Self::Word(words) => {
                let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
                match quoted.split_last() {
                    Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
                    _ => quoted.concat(),
                }
            }
            Self::Address(_) => "address".to_owned(),
            Self::Listen => "address:port".to_owned(),
            Self::Span(least, most) => format!("span: \"{least}\" to \"{most}\""),
            Self::Size => "size: \"500 MB\", \"2 GB\"".to_owned(),
            Self::Levels => "level, then target=level after commas".to_owned(),
            Self::Date => "date: \"2027-06-30\"".to_owned(),
            Self::Time => "time: \"04:00\"".to_owned(),
            Self::Currency => "USD, USDT, BTC, …".to_owned(),
            Self::Share => "share: \"20 %\"".to_owned(),
            Self::Amount => "amount: \"1500\" or \"5000 USD\"".to_owned(),
            Self::Measure => "amount or share: \"1500\", \"5000 USD\", \"10 %\"".to_owned(),
            Self::Rate => "rate: \"0.02 %/day\", \"7.5 %/year\", \"6 %/year net\"".to_owned(),
            Self::Offset => "offset: \"+10 %\", \"-0.005 %/day\"".to_owned(),
            Self::Factor => "factor: \"99 %\", \"105 %\"".to_owned(),
            Self::Step => "\"tick\" or rate: \"0.0001 %/day\"".to_owned(),
            Self::Bound => {
                "rate, \"frr + 5 %\", { quantile = \"75 %\", window = \"24h\", of = \"trades\" }, or { best = \"tick\", \
                 within = \"15 %\" }"
                    .to_owned()
            }
            Self::Days(least, most) => format!("days, {least} to {most}"),
            Self::Count(least, most) => format!("count, {least} to {most}"),
            Self::Period => {
                "days, { by_rate = [[rate, days], …], interpolate, jump, window }, { by_rank = [[share, days], …], window, \
                 of }, { pools = [[share, days], …] }, or \"adaptive\""
                    .to_owned()
            }
            Self::Shape => "\"equal\", { ladder, … }, { geometric, … } or { by_depth, … }".to_owned(),
            Self::Release => "rate: \"0.05 %/day\", or { frr_above_middle }".to_owned(),
            Self::Decay => "{ every, by, start, to }".to_owned(),
            Self::MaxFall => "{ by, every }".to_owned(),
            Self::TakeBids => "{ at_least }".to_owned(),
            Self::Band => "least and most: [\"10 %\", \"1000 %\"]".to_owned(),
        }
    }

    /// The type as JSON Schema. It may be laxer than `check`, never stricter: what it refuses is wrong.
    #[must_use]
    pub fn schema(self) -> Value {
        let text = |pattern: &str| json!({ "type": "string", "pattern": format!("^\\s*{pattern}\\s*$") });
        let whole = |least: u16, most: u16| json!({ "type": "integer", "minimum": least, "maximum": most });
        let amount = || format!(r"\+?\s*{NUMBER}\s*(USD)?");
        let share = || format!(r"[+-]?\s*{NUMBER}\s*%");
        match self {
            Self::Text => json!({ "type": "string" }),
            Self::Path | Self::Levels => json!({ "type": "string", "minLength": 1 }),
            Self::Name => json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,32}$" }),
            Self::Bool => json!({ "type": "boolean" }),
            Self::Word(words) => json!({ "enum": words }),
            Self::Address(scheme) => {
                let plain = scheme.strip_suffix('s').unwrap_or(scheme);
                json!({ "type": "string", "pattern": format!("^({scheme}|{plain})://") })
            }
            Self::Listen => json!({ "type": "string", "pattern": ":[0-9]+$" }),
            Self::Span(..) => text(r"\+?\s*[0-9]+\s*(ms|s|m|min|h|d)"),
            Self::Size => text(r"\+?\s*[0-9]+\s*(MB|GB)"),
            Self::Date => json!({ "type": "string", "pattern": "^\\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\\s*$" }),
            Self::Time => json!({ "type": "string", "pattern": "^\\s*[0-2][0-9]:[0-5][0-9]\\s*$" }),
            Self::Currency => json!({ "type": "string", "pattern": "^[A-Z0-9]{2,12}$" }),
            Self::Share | Self::Factor => text(&share()),
            Self::Amount => text(&amount()),
            Self::Measure => text(&format!("({}|{})", amount(), share())),
            Self::Rate => text(&format!(r"\+?\s*{NUMBER}\s*%\s*/\s*(day|year)\s*(net)?")),
            Self::Offset => text(&format!(r"([fF][rR][rR]\s*)?([+-]?\s*{NUMBER}\s*%\s*(/\s*(day|year))?)?")),
            Self::Step => text(&format!(r"(tick|\+?\s*{NUMBER}\s*%\s*/\s*(day|year))")),
            Self::Bound => json!({ "anyOf": [Self::Rate.schema(), by_frr(), by_quantile(), inline::by_best()] }),
            Self::Days(least, most) | Self::Count(least, most) => whole(least, most),
            Self::Period => {
                let tables = [inline::by_rate(), inline::by_rank(), inline::pools()];
                let [by_rate, by_rank, pools] = tables;
                json!({ "anyOf": [whole(2, 120), by_rate, by_rank, pools, { "const": "adaptive" }] })
            }
            Self::Shape => inline::shape(),
            Self::Release => inline::release(),
            Self::Decay => inline::decay(),
            Self::MaxFall => inline::max_fall(),
            Self::TakeBids => inline::take_bids(),
            Self::Band => inline::list(&inline::step(), 2, 2),
        }
    }

    /// What a text from a variable stands for: a number or a truth value where the key wants one, else the text.
    pub(in crate::config) fn value_of(self, text: &str) -> Leaf {
        let parsed = match self {
            Self::Bool => text.parse().ok().map(Leaf::Bool),
            Self::Days(..) | Self::Count(..) | Self::Period => text.parse().ok().map(Leaf::Integer),
            Self::Text
            | Self::Path
            | Self::Name
            | Self::Word(_)
            | Self::Address(_)
            | Self::Listen
            | Self::Span(..)
            | Self::Size
            | Self::Levels
            | Self::Date
            | Self::Time
            | Self::Currency
            | Self::Share
            | Self::Amount
            | Self::Measure
            | Self::Rate
            | Self::Offset
            | Self::Shape
            | Self::Release
            | Self::Decay
            | Self::MaxFall
            | Self::TakeBids
            | Self::Band
            | Self::Factor
            | Self::Step
            | Self::Bound => None,
        };
        parsed.unwrap_or_else(|| Leaf::Text(text.to_owned()))
    }
}

/// `"frr + 5 %"`.
fn by_frr() -> Value {
    json!({ "type": "string", "pattern": "^\\s*[fF][rR][rR]" })
}

/// `{ quantile = share, window = span, of = word }`.
fn by_quantile() -> Value {
    json!({
        "type": "object", "required": ["quantile"], "additionalProperties": false,
        "properties": {
            "quantile": Kind::Share.schema(),
            "window": Kind::Span("10m", "30d").schema(),
            "of": Kind::Word(&["trades", "candles", "best_offer"]).schema(),
        },
    })
}
