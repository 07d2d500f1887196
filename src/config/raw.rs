//! The files as they are written: every key there is, none of them checked yet.
//!
//! Serde decides here which keys exist and which hold tables; what a value means is `validate`'s business. So every
//! leaf takes anything, and a wrong type becomes a message that names the fix instead of serde's.

mod leaf;
mod notify;
mod rate;
mod recorder;

use std::collections::BTreeMap;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

pub(super) use notify::RawNotify;
pub(super) use rate::RawRate;
pub(super) use recorder::RawRecorder;

/// Any value of a file. Numbers keep their text: no float takes part in anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Leaf {
    /// `"…"`.
    Text(String),
    /// A whole number.
    Integer(i128),
    /// A number with a point, as text for messages only.
    Float(String),
    /// `true` or `false`.
    Bool(bool),
    /// A date or time without quotes.
    Date(String),
    /// `[…]`.
    List(Vec<Leaf>),
    /// `{…}` or a `[section]`.
    Table(BTreeMap<String, Leaf>),
}

/// `yieldsforge.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawMain {
    /// `paper` or `live`.
    pub(super) mode: Option<Leaf>,
    /// `[exchange]`.
    #[serde(deserialize_with = "table")]
    pub(super) exchange: RawExchange,
    /// `[keys]`.
    #[serde(deserialize_with = "table")]
    pub(super) keys: RawKeys,
    /// `[http]`.
    #[serde(deserialize_with = "table")]
    pub(super) http: RawHttp,
    /// `[state]`.
    #[serde(deserialize_with = "table")]
    pub(super) state: RawState,
    /// `[engine]`.
    #[serde(deserialize_with = "table")]
    pub(super) engine: RawEngine,
    /// `[log]`.
    #[serde(deserialize_with = "table")]
    pub(super) log: RawLog,
    /// `[shutdown]`.
    #[serde(deserialize_with = "table")]
    pub(super) shutdown: RawShutdown,
    /// `[recorder]`.
    #[serde(deserialize_with = "table")]
    pub(super) recorder: RawRecorder,
    /// `[[notify]]`, one a channel.
    #[serde(deserialize_with = "tables")]
    pub(super) notify: Vec<RawNotify>,
}

/// Addresses of the exchange.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawExchange {
    /// Signed REST calls.
    pub(super) rest: Option<Leaf>,
    /// Public REST calls.
    pub(super) rest_public: Option<Leaf>,
    /// The account's socket.
    pub(super) ws: Option<Leaf>,
    /// The market's socket.
    pub(super) ws_public: Option<Leaf>,
}

/// What opens the key files.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawKeys {
    /// Path of the age identity.
    pub(super) identity: Option<Leaf>,
}

/// The admin server.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawHttp {
    /// Address and port.
    pub(super) listen: Option<Leaf>,
}

/// Where state is kept.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawState {
    /// Path of a folder.
    pub(super) directory: Option<Leaf>,
}

/// The engine's pace.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawEngine {
    /// Time between two rounds.
    pub(super) tick: Option<Leaf>,
}

/// The log.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawLog {
    /// Form of a line.
    pub(super) format: Option<Leaf>,
    /// Levels.
    pub(super) filter: Option<Leaf>,
}

/// The stop.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawShutdown {
    /// `leave` or `cancel`.
    pub(super) offers: Option<Leaf>,
}

/// `accounts/NAME.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawAccount {
    /// Path of the encrypted key file.
    pub(super) key: Option<Leaf>,
    /// Whether it lends.
    pub(super) enabled: Option<Leaf>,
    /// The exchange's share of the interest.
    pub(super) fee: Option<Leaf>,
    /// Last day of lending.
    pub(super) active_until: Option<Leaf>,
    /// `[[lend]]`, one a currency.
    #[serde(deserialize_with = "tables")]
    pub(super) lend: Vec<RawLend>,
}

/// One currency of an account.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawLend {
    /// Market name or Bitfinex code.
    pub(super) currency: Option<Leaf>,
    /// Stem of a file in `profiles/`.
    pub(super) profile: Option<Leaf>,
    /// Never lent.
    pub(super) keep: Option<Leaf>,
    /// Cap.
    pub(super) max_lent: Option<Leaf>,
    /// Share that stays free or ends soon.
    pub(super) min_liquid: Option<Leaf>,
    /// Stem of a file in `profiles/` that decides on paper beside it.
    pub(super) shadow: Option<Leaf>,
    /// Day by which everything is back.
    pub(super) wind_down: Option<Leaf>,
}

/// `profiles/NAME.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawProfile {
    /// In the user's words.
    pub(super) description: Option<Leaf>,
    /// `[limits]`.
    #[serde(deserialize_with = "table")]
    pub(super) limits: RawLimits,
    /// `[[slice]]`.
    #[serde(deserialize_with = "tables")]
    pub(super) slice: Vec<RawSlice>,
}

/// Limits of a profile.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawLimits {
    /// Lowest rate.
    pub(super) floor: Option<Leaf>,
    /// Highest rate.
    pub(super) ceiling: Option<Leaf>,
    /// Largest offer.
    pub(super) max_offer: Option<Leaf>,
    /// Longest period.
    pub(super) max_period: Option<Leaf>,
    /// Most open offers.
    pub(super) max_offers: Option<Leaf>,
}

/// One slice of a profile.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawSlice {
    /// Its name.
    pub(super) name: Option<Leaf>,
    /// Its share of the money.
    pub(super) share: Option<Leaf>,
    /// The trend in which it has its share.
    pub(super) trend: Option<Leaf>,
    /// `{ rule = …, … }`.
    #[serde(deserialize_with = "maybe_table")]
    pub(super) rate: Option<RawRate>,
    /// Days, or `{ by_rate = […] }`.
    pub(super) period: Option<Leaf>,
    /// Rate from which it is offered at all.
    pub(super) release: Option<Leaf>,
    /// Lower bound of the rule's rate.
    pub(super) at_least: Option<Leaf>,
    /// Upper bound of the rule's rate.
    pub(super) at_most: Option<Leaf>,
    /// Hidden offers.
    pub(super) hidden: Option<Leaf>,
    /// How the money is cut into offers.
    pub(super) shape: Option<Leaf>,
    /// The rate falls with the age of the money.
    pub(super) decay: Option<Leaf>,
    /// The rule's rate falls no faster.
    pub(super) max_fall: Option<Leaf>,
    /// Bids that pay enough are taken.
    pub(super) take_bids: Option<Leaf>,
}

impl Leaf {
    /// What it is, for messages.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Integer(_) | Self::Float(_) => "a bare number",
            Self::Bool(_) => "true or false",
            Self::Date(_) => "a date without quotes",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// A section is a table and nothing else: left to itself, serde would also take a list, key by key in order.
struct Table<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Table<T> {
    type Value = T;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(entries))
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Table<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// A list of tables: `[[…]]`.
struct Tables<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Tables<T> {
    type Value = Vec<T>;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a list of tables")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Table(PhantomData))? {
            list.push(item);
        }
        Ok(list)
    }
}

fn table<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(Table(PhantomData))
}

fn maybe_table<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    table(deserializer).map(Some)
}

fn tables<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_any(Tables(PhantomData))
}
