//! JSON as borrowed text. Numbers are never turned into floats: a value is a slice of the message and is read into an
//! exact decimal from its own digits.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::domain::Decimal;

/// A JSON value: a slice of a text that is known to be well-formed, without surrounding spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// `null`; also what every absent element and field reads as.
    pub const NULL: Json<'static> = Json("null");

    /// The whole text as one value, or nothing when it is not well-formed JSON.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        serde_json::from_str::<&RawValue>(text).ok().map(|raw| Self(raw.get()))
    }

    /// The value's own text.
    #[must_use]
    pub const fn raw(self) -> &'a str {
        self.0
    }

    /// True for `null` and for what is absent.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.0 == "null"
    }

    /// True for arrays.
    #[must_use]
    pub fn is_array(self) -> bool {
        self.0.starts_with('[')
    }

    /// The elements of an array; nothing for any other value.
    #[must_use]
    pub fn items(self) -> Option<Items<'a>> {
        self.0.strip_prefix('[').map(Items)
    }

    /// The first `N` elements of an array, absent ones as `null`, surplus ones ignored: the exchange appends elements
    /// without notice and cuts trailing ones (bitfinex-api.md 1.5).
    #[must_use]
    pub fn row<const N: usize>(self) -> Option<[Self; N]> {
        let mut row = [Self::NULL; N];
        for (slot, item) in row.iter_mut().zip(self.items()?) {
            *slot = item;
        }
        Some(row)
    }

    /// Keys and values of an object; nothing for any other value.
    #[must_use]
    pub fn fields(self) -> Option<impl Iterator<Item = (Cow<'a, str>, Self)>> {
        let mut items = Items(self.0.strip_prefix('{')?);
        Some(std::iter::from_fn(move || {
            let key = items.next()?.text()?;
            Some((key, items.next()?))
        }))
    }

    /// A field of an object, `null` when absent or when this is no object.
    #[must_use]
    pub fn field(self, name: &str) -> Self {
        self.fields().and_then(|mut fields| fields.find(|(key, _)| key == name)).map_or(Self::NULL, |(_, value)| value)
    }

    /// The content of a string.
    #[must_use]
    pub fn text(self) -> Option<Cow<'a, str>> {
        let inner = self.0.strip_prefix('"')?.strip_suffix('"')?;
        if inner.contains('\\') {
            serde_json::from_str::<String>(self.0).ok().map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(inner))
        }
    }

    /// The exact number, whether written as a number or as a string of one.
    #[must_use]
    pub fn decimal(self) -> Option<Decimal> {
        let digits = self.0.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(self.0);
        Decimal::parse(digits).ok()
    }

    /// The exact whole number; `1.0` and `1e3` are whole, `1.5` is not.
    #[must_use]
    pub fn int(self) -> Option<i64> {
        if let Ok(int) = self.0.parse() {
            return Some(int);
        }
        let decimal = self.decimal()?;
        let int = decimal.to_units(0, crate::domain::Rounding::Nearest).ok()?;
        (Decimal::from_units(int, 0) == decimal).then_some(int)
    }

    /// False for `0`, `"0"`, `false`, `null` and what is absent; true for everything else, so that an unknown spelling
    /// of a permission counts as given (fail closed).
    #[must_use]
    pub fn truth(self) -> bool {
        match self.0 {
            "null" | "false" | "\"0\"" => false,
            text if text.starts_with('"') => true,
            _ => !self.decimal().is_some_and(Decimal::is_zero),
        }
    }
}

/// The elements of an array (or of an object, key and value in turn), as slices of its text.
#[derive(Debug, Clone)]
pub struct Items<'a>(&'a str);

impl<'a> Iterator for Items<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Json<'a>> {
        let skipped = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b':');
        let (_, rest) = self.0.split_at_checked(self.0.bytes().take_while(skipped).count())?;
        let length = value_length(rest.as_bytes());
        if length == 0 {
            self.0 = "";
            return None;
        }
        let (value, tail) = rest.split_at_checked(length)?;
        self.0 = tail;
        Some(Json(value))
    }
}

/// Bytes of the value that stands first in a well-formed rest; 0 at the end of the array or object.
fn value_length(bytes: &[u8]) -> usize {
    match bytes.first() {
        Some(b'"') => string_length(bytes),
        Some(b'[' | b'{') => nested_length(bytes),
        _ => bytes
            .iter()
            .position(|byte| matches!(byte, b',' | b']' | b'}' | b':' | b' ' | b'\t' | b'\r' | b'\n'))
            .unwrap_or(bytes.len()),
    }
}

/// Bytes of the string that stands first, with its quotes.
fn string_length(bytes: &[u8]) -> usize {
    let mut escaped = false;
    for (index, byte) in bytes.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return index.saturating_add(1),
            _ => {}
        }
    }
    bytes.len()
}

/// Bytes of the array or object that stands first, with its brackets.
fn nested_length(bytes: &[u8]) -> usize {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => depth = depth.saturating_add(1),
            b']' | b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return index.saturating_add(1);
                }
            }
            _ => {}
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn raws(text: &str) -> Vec<&str> {
        Json::parse(text).unwrap().items().unwrap().map(Json::raw).collect()
    }

    #[test]
    fn elements_are_cut_where_they_end() {
        assert_eq!(
            raws(r#" [1, "a,]\"[" ,[[],{"x":[1]}],null , -2e-8]"#),
            ["1", r#""a,]\"[""#, r#"[[],{"x":[1]}]"#, "null", "-2e-8"]
        );
        assert_eq!(raws("[ ]"), [""; 0]);
        let object = Json::parse(r#"{"a" : 1, "b":{"a":2},"\u0063":"x\ny"}"#).unwrap();
        assert_eq!(object.field("b").field("a").int(), Some(2));
        assert_eq!(object.field("c").text().unwrap(), "x\ny");
        assert!(object.field("d").is_null());
        assert!(Json::parse("[1,2").is_none());
        assert!(Json::parse("[NaN]").is_none());
    }

    #[test]
    fn absent_reads_as_null_and_surplus_is_ignored() {
        let [a, b, c] = Json::parse("[1]").unwrap().row().unwrap();
        assert_eq!((a.int(), b.is_null(), c.is_null()), (Some(1), true, true));
        let [first] = Json::parse("[1,2,3]").unwrap().row().unwrap();
        assert_eq!(first.int(), Some(1));
        assert!(Json::parse("{}").unwrap().row::<1>().is_none());
    }

    #[test]
    fn truth_and_whole_numbers_in_every_spelling() {
        for (text, truth) in [
            ("0", false),
            ("0.0", false),
            ("\"0\"", false),
            ("false", false),
            ("null", false),
            ("1", true),
            ("\"1\"", true),
            ("true", true),
            ("2", true),
            ("\"yes\"", true),
            ("[]", true),
        ] {
            assert_eq!(Json::parse(text).unwrap().truth(), truth, "{text}");
        }
        let int = |text| Json::parse(text).unwrap().int();
        assert_eq!(
            [int("1.7e3"), int("\"12\""), int("1.5"), int("null"), int("1e40")],
            [Some(1700), Some(12), None, None, None]
        );
    }

    proptest! {
        #[test]
        fn elements_join_to_the_array_they_came_from(values in proptest::collection::vec(
            prop_oneof![
                any::<i64>().prop_map(|n| n.to_string()),
                any::<String>().prop_map(|s| serde_json::to_string(&s).unwrap()),
                proptest::collection::vec(any::<String>(), 0..3).prop_map(|v| serde_json::to_string(&v).unwrap()),
            ], 0..6)) {
            let text = format!("[{}]", values.join(" , "));
            prop_assert_eq!(raws(&text), values);
        }
    }
}
