//! Parameters: from the query of a GET and the JSON of a POST.

use serde_json::Value;

use super::super::errors::ApiError;
use crate::domain::Timestamp;

/// A query string, read as `name=value` pairs. Bitfinex' own values need no decoding.
#[derive(Debug)]
pub(in super::super) struct Query<'a> {
    pairs: Vec<(&'a str, &'a str)>,
}

impl<'a> Query<'a> {
    pub(in super::super) fn new(text: &'a str) -> Self {
        Self { pairs: text.split('&').filter_map(|pair| pair.split_once('=')).collect() }
    }

    pub(in super::super) fn get(&self, name: &str) -> Option<&'a str> {
        self.pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    fn number(&self, name: &str) -> Result<Option<i64>, ApiError> {
        self.get(name).map(|text| text.parse().map_err(|_no_number| ApiError::params(name))).transpose()
    }

    pub(super) fn range(&self, default: i64, most: i64) -> Result<Range, ApiError> {
        let oldest_first = self.number("sort")? == Some(1);
        Range::new(self.number("start")?, self.number("end")?, self.number("limit")?, default, most, oldest_first)
    }
}

/// What part of a history is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) limit: usize,
    pub(super) oldest_first: bool,
}

impl Range {
    fn new(
        start: Option<i64>,
        end: Option<i64>,
        limit: Option<i64>,
        default: i64,
        most: i64,
        oldest_first: bool,
    ) -> Result<Self, ApiError> {
        let limit = limit.unwrap_or(default);
        if limit < 1 || limit > most {
            return Err(ApiError::params("limit"));
        }
        Ok(Self {
            start: Timestamp::from_millis(start.unwrap_or(0)),
            end: Timestamp::from_millis(end.unwrap_or(i64::MAX)),
            limit: usize::try_from(limit).unwrap_or(0),
            oldest_first,
        })
    }

    /// From a JSON body.
    pub(super) fn from_body(body: &Value, default: i64, most: i64) -> Result<Self, ApiError> {
        let number = |name: &str| match body.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or_else(|| ApiError::params(name)),
        };
        let oldest_first = number("sort")? == Some(1);
        Self::new(number("start")?, number("end")?, number("limit")?, default, most, oldest_first)
    }

    pub(super) fn holds(&self, at: Timestamp) -> bool {
        at >= self.start && at <= self.end
    }
}

/// The JSON of a body; nothing at all is an empty object.
pub(super) fn body(text: &str) -> Result<Value, ApiError> {
    if text.trim().is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    let value: Value = serde_json::from_str(text).map_err(|_no_json| ApiError::new(10001, "Invalid JSON"))?;
    if value.is_object() { Ok(value) } else { Err(ApiError::params("body")) }
}
