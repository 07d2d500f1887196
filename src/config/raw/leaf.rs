//! Any value, as the reader of a file hands it over.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::Leaf;

/// The key under which the TOML reader hides a bare date.
const DATE_MARK: &str = "$__toml_private_datetime";

impl<'de> Deserialize<'de> for Leaf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LeafVisitor)
    }
}

struct LeafVisitor;

impl<'de> Visitor<'de> for LeafVisitor {
    type Value = Leaf;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Leaf, E> {
        Ok(Leaf::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Leaf, E> {
        Ok(Leaf::Integer(i128::from(value)))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Leaf, E> {
        Ok(Leaf::Integer(i128::from(value)))
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Leaf, E> {
        Ok(Leaf::Integer(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Leaf, E> {
        Ok(Leaf::Float(value.to_string()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Leaf, E> {
        Ok(Leaf::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Leaf, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Leaf::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Leaf, A::Error> {
        let mut table = BTreeMap::new();
        while let Some((key, value)) = entries.next_entry::<String, Leaf>()? {
            table.insert(key, value);
        }
        match table.get(DATE_MARK) {
            Some(Leaf::Text(date)) if table.len() == 1 => Ok(Leaf::Date(date.clone())),
            _ => Ok(Leaf::Table(table)),
        }
    }
}
