//! What a reply of the REST interface is before anyone reads its rows: an answer, or one of the exchange's errors.

use thiserror::Error;

use super::json::Json;

/// Why a reply carries no answer (bitfinex-api.md 2.3, 2.4).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WireError {
    /// `["error", code, text]`, whatever the HTTP status; the text is cut and cleaned.
    #[error("the exchange answered error {code}: {text}")]
    Api {
        /// The exchange's code; 0 when it gave none.
        code: i64,
        /// Its words, cut and cleaned.
        text: String,
    },
    /// 429, 11010 or `ERR_RATE_LIMIT`: every call from this address must rest for at least a minute.
    #[error("the exchange's rate limit is exceeded: no call may leave for at least 60 s")]
    RateLimited,
    /// 20060: maintenance.
    #[error("the exchange is under maintenance")]
    Maintenance,
    /// An error status or an error object, without the exchange's error array.
    #[error("the exchange is not available (HTTP status {status})")]
    Unavailable {
        /// HTTP status.
        status: u16,
    },
    /// No JSON: a page of the CDN, or a cut reply.
    #[error("the reply is no JSON (HTTP status {status}): {head}")]
    NotJson {
        /// HTTP status.
        status: u16,
        /// Its beginning, cut and cleaned.
        head: String,
    },
    /// JSON, but not in the layout that was asked for.
    #[error("the reply does not have the layout of {what}: {head}")]
    Shape {
        /// What was expected.
        what: &'static str,
        /// Its beginning, cut and cleaned.
        head: String,
    },
}

impl WireError {
    /// The reply to a request for `what` that reads as something else.
    #[must_use]
    pub fn shape(what: &'static str, json: Json<'_>) -> Self {
        Self::Shape { what, head: head(json.raw()) }
    }

    /// True when the exchange does not know the key, or its signature: 10100, 10111 to 10113, or the words for it.
    #[must_use]
    pub fn is_key_failure(&self) -> bool {
        matches!(self, Self::Api { code, text } if is_key_failure(*code, &text.to_ascii_lowercase()))
    }

    /// True for 10114: the nonce was not above the last one.
    #[must_use]
    pub const fn is_nonce_failure(&self) -> bool {
        matches!(self, Self::Api { code: 10_114, .. })
    }
}

/// A failure of the key itself, by code or by (lower-case) text: codes alone do not tell (bitfinex-api.md 2.5).
pub(super) fn is_key_failure(code: i64, text: &str) -> bool {
    matches!(code, 10_100 | 10_111 | 10_112 | 10_113)
        || ["apikey", "api_key", "permission", "token: invalid"].iter().any(|word| text.contains(word))
}

/// Sorts a reply in the order of bitfinex-api.md 2.3: the body decides, never the status alone.
///
/// # Errors
/// [`WireError`] for everything but JSON that may hold an answer.
pub fn decode(status: u16, body: &str) -> Result<Json<'_>, WireError> {
    let Some(json) = Json::parse(body) else {
        return Err(if status == 429 {
            WireError::RateLimited
        } else {
            WireError::NotJson { status, head: head(body) }
        });
    };
    if let Some([first, code, text]) = json.row()
        && first.raw() == "\"error\""
    {
        return Err(api_error(code.int().unwrap_or(0), &text.text().unwrap_or(text.raw().into())));
    }
    let error = json.field("error");
    if status == 429 || error.text().is_some_and(|text| is_rate_limit(&text)) {
        return Err(WireError::RateLimited);
    }
    if status >= 400 || !error.is_null() {
        return Err(WireError::Unavailable { status });
    }
    Ok(json)
}

fn api_error(code: i64, text: &str) -> WireError {
    match code {
        11_010 => WireError::RateLimited,
        20_060 => WireError::Maintenance,
        _ if is_rate_limit(text) => WireError::RateLimited,
        _ => WireError::Api { code, text: head(text) },
    }
}

fn is_rate_limit(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("err_rate_limit") || text.contains("ratelimit")
}

/// Characters that are kept of a foreign text.
const HEAD: usize = 80;
/// Runs of letters and digits of this length may be keys or signatures: never shown.
const KEY_LENGTH: usize = 24;
const CUT: &str = "[cut]";

/// The beginning of a foreign text for people: at most 80 printable ASCII characters, without anything that looks like
/// a key, a secret or a signature.
#[must_use]
pub fn head(text: &str) -> String {
    let mut out = String::with_capacity(HEAD);
    let mut rest = text;
    let mut named_key = false;
    while !rest.is_empty() && out.len() < HEAD {
        let length = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(length);
        let (between, next) = tail.split_at(tail.find(is_word).unwrap_or(tail.len()));
        if !word.is_empty() {
            out.push_str(if word.len() >= KEY_LENGTH || named_key { CUT } else { word });
            // `"apiKey":"…"` names a key, `apikey: invalid` is a message.
            named_key = names_a_key(word) && between.contains(['"', '=']);
        }
        out.extend(between.chars().take(HEAD).map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }));
        rest = next;
    }
    out.truncate(HEAD);
    out
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

fn names_a_key(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    ["key", "secret", "sig", "signature", "token", "payload"].iter().any(|end| word.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_body_decides_before_the_status() {
        let api = |code, text: &str| WireError::Api { code, text: text.into() };
        let cases = [
            (500, r#"["error",10001,"Invalid offer"]"#, api(10_001, "Invalid offer")),
            (200, r#"["error",10020,"symbol: invalid"]"#, api(10_020, "symbol: invalid")),
            (200, r#"["error",null,null]"#, api(0, "null")),
            (429, r#"{"error":"ERR_RATE_LIMIT"}"#, WireError::RateLimited),
            (200, r#"{"error":"ERR_RATE_LIMIT"}"#, WireError::RateLimited),
            (500, r#"["error",11010,"ratelimit: error"]"#, WireError::RateLimited),
            (429, "<html>slow down", WireError::RateLimited),
            (500, r#"["error",20060,"maintenance"]"#, WireError::Maintenance),
            (
                503,
                r#"{"code":503,"error":"temporarily_unavailable","error_description":"x"}"#,
                WireError::Unavailable { status: 503 },
            ),
            (502, "[]", WireError::Unavailable { status: 502 }),
            (502, "<html>\n", WireError::NotJson { status: 502, head: "<html>?".into() }),
            (200, "", WireError::NotJson { status: 200, head: String::new() }),
        ];
        for (status, body, error) in cases {
            assert_eq!(decode(status, body), Err(error), "{body}");
        }
        assert_eq!(decode(200, " [1]").unwrap().raw(), "[1]");
        assert_eq!(decode(200, "null").unwrap().raw(), "null");
    }

    #[test]
    fn heads_show_no_key() {
        assert_eq!(head("apikey: invalid"), "apikey: invalid");
        assert_eq!(head(r#"{"apiKey":"abc","x":1}"#), r#"{"apiKey":"[cut]","x":1}"#);
        let long = format!("{} end", "aB3".repeat(15));
        assert_eq!(head(&long), "[cut] end");
        assert_eq!(head(&"é".repeat(500)).len(), 80);
    }

    #[test]
    fn key_failures_are_told_from_others_by_code_and_text() {
        assert!(WireError::Api { code: 10_100, text: "apikey: digest invalid".into() }.is_key_failure());
        assert!(WireError::Api { code: 10_001, text: "api_key: permission invalid".into() }.is_key_failure());
        assert!(!WireError::Api { code: 10_001, text: "not enough USD balance".into() }.is_key_failure());
        assert!(WireError::Api { code: 10_114, text: "nonce: small".into() }.is_nonce_failure());
    }

    proptest! {
        #[test]
        fn heads_are_short_and_printable(text in any::<String>()) {
            let head = head(&text);
            prop_assert!(head.len() <= 80);
            prop_assert!(head.bytes().all(|b| b.is_ascii_graphic() || b == b' '));
        }

        #[test]
        fn any_key_in_any_place_is_cut(before in "[ -~]{0,60} ", key in "[A-Za-z0-9]{43}") {
            let head = head(&format!("{before}{key}"));
            prop_assert!(!key.get(..8).is_some_and(|part| head.contains(part)), "{}", head);
        }

        #[test]
        fn no_reply_makes_it_panic(status in any::<u16>(), body in any::<String>()) {
            let _ = decode(status, &body);
        }
    }
}
