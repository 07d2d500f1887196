//! Public channels: subscribe, snapshot, unsubscribe.

use serde_json::Value;

use super::super::api::ConnId;
use super::super::depth::{Precision, Window};
use super::super::errors::ApiError;
use super::super::exchange::SimExchange;
use super::super::number::quoted;
use super::super::rows;
use super::super::tape::{Candle, CandleKey, Print};
use super::Piece;
use crate::domain::{Currency, Timestamp, WireTime};

/// Channels that one connection may have.
const CHANNELS: usize = 25;

/// What a channel tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Topic {
    Ticker(Currency),
    Trades(Currency),
    Book { currency: Currency, precision: Precision, len: usize, word: String },
    Candles { currency: Currency, key: CandleKey },
}

impl Topic {
    pub(super) const fn currency(&self) -> Currency {
        match self {
            Self::Ticker(currency)
            | Self::Trades(currency)
            | Self::Book { currency, .. }
            | Self::Candles { currency, .. } => *currency,
        }
    }
}

/// A subscription.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) topic: Topic,
    /// When it last said something.
    pub(super) last: WireTime,
    /// The book as the subscriber knows it.
    pub(super) window: Window,
    /// The ticker as the subscriber knows it.
    pub(super) ticker: String,
    /// The last print that a candle was told of.
    pub(super) print: i64,
}

impl SimExchange {
    pub(super) fn subscribe(&mut self, id: ConnId, request: &Value) {
        let topic = match self.topic(request) {
            Ok(topic) => topic,
            Err(error) => return self.refuse_subscription(id, request, &error),
        };
        let Some(conn) = self.sockets.conn(id) else { return };
        let error = if conn.channels.values().any(|channel| channel.topic == topic) {
            Some(ApiError::new(10301, "subscribe: dup"))
        } else if conn.channels.len() >= CHANNELS {
            Some(ApiError::new(10305, "subscribe: limit"))
        } else {
            None
        };
        if let Some(error) = error {
            return self.refuse_subscription(id, request, &error);
        }
        // Channel ids differ on every subscription.
        let step = u64::try_from(self.wire_random.between(1, 900)).unwrap_or(1);
        self.sockets.next_channel = self.sockets.next_channel.saturating_add(step);
        let channel = self.sockets.next_channel;
        let echoed = echo(request, &["channel", "symbol", "prec", "freq", "len", "key", "subId"]);
        let currency = topic.currency();
        self.control(
            id,
            format!("{{\"event\":\"subscribed\",\"chanId\":{channel}{echoed},\"currency\":\"{currency}\"}}"),
        );
        self.refresh(currency);
        let (state, snapshot) = self.begin(&topic);
        if let Some(conn) = self.sockets.conn(id) {
            conn.channels.insert(channel, state);
        }
        self.sockets.send(&mut self.faults, self.now, id, Piece::Data(channel, snapshot));
    }

    /// A channel's state and its first message.
    fn begin(&mut self, topic: &Topic) -> (Channel, String) {
        let now = self.core.now;
        let mut state = Channel {
            topic: topic.clone(),
            last: self.now.wire,
            window: Window::default(),
            ticker: String::new(),
            print: 0,
        };
        let accounts = &self.core.books.accounts;
        let Some(market) = self.core.markets.get_mut(&topic.currency()) else { return (state, "[]".to_owned()) };
        let snapshot = match topic {
            Topic::Ticker(_) => {
                state.ticker = market.ticker(now, false);
                format!("[{}]", state.ticker)
            }
            Topic::Trades(_) => rows::array(market.tape.newest().take(30).map(Print::row)),
            Topic::Book { precision, len, .. } => {
                state.window = Window::new(market, accounts, *precision, *len);
                rows::array(state.window.rows())
            }
            Topic::Candles { key, .. } => {
                let candles = market.tape.candles(*key, Timestamp::default(), now);
                rows::array(candles.iter().rev().take(240).map(Candle::row))
            }
        };
        (state, snapshot)
    }

    fn topic(&self, request: &Value) -> Result<Topic, ApiError> {
        let text = |name: &str| request.get(name).and_then(Value::as_str).unwrap_or("");
        let invalid = |_error| ApiError::new(10300, "symbol: invalid");
        match text("channel") {
            "ticker" => Ok(Topic::Ticker(self.traded(text("symbol")).map_err(invalid)?)),
            "trades" => Ok(Topic::Trades(self.traded(text("symbol")).map_err(invalid)?)),
            "book" => {
                let currency = self.traded(text("symbol")).map_err(invalid)?;
                let or = |name: &str, default: &'static str| match request.get(name) {
                    None => Some(default.to_owned()),
                    Some(Value::String(text)) => Some(text.clone()),
                    Some(Value::Number(number)) => Some(number.to_string()),
                    Some(_) => None,
                };
                let word = or("prec", "P0").unwrap_or_default();
                let precision = Precision::parse(&word).ok_or_else(|| ApiError::new(10011, "prec: invalid"))?;
                if !matches!(or("freq", "F0").as_deref(), Some("F0" | "F1")) {
                    return Err(ApiError::new(10300, "freq: invalid"));
                }
                let len = match or("len", "25").as_deref() {
                    Some("1") => 1,
                    Some("25") => 25,
                    Some("100") => 100,
                    Some("250") => 250,
                    _ => return Err(ApiError::new(10012, "len: invalid")),
                };
                Ok(Topic::Book { currency, precision, len, word })
            }
            "candles" => {
                let (symbol, key) =
                    CandleKey::parse(text("key")).ok_or_else(|| ApiError::new(10300, "key: invalid"))?;
                Ok(Topic::Candles { currency: self.traded(symbol).map_err(invalid)?, key })
            }
            _ => Err(ApiError::new(10302, "channel: unknown")),
        }
    }

    fn refuse_subscription(&mut self, id: ConnId, request: &Value, error: &ApiError) {
        let echoed = echo(request, &["channel", "symbol", "prec", "freq", "len", "key", "subId"]);
        let text = quoted(&error.text);
        self.control(id, format!("{{\"event\":\"error\"{echoed},\"msg\":{text},\"code\":{}}}", error.code));
    }

    pub(super) fn unsubscribe(&mut self, id: ConnId, request: &Value) {
        let channel = request.get("chanId").and_then(Value::as_u64);
        let Some(conn) = self.sockets.conn(id) else { return };
        let known = channel.and_then(|channel| conn.channels.remove(&channel));
        let text = match (channel, known) {
            (Some(channel), Some(_)) => {
                format!("{{\"event\":\"unsubscribed\",\"status\":\"OK\",\"chanId\":{channel}}}")
            }
            (Some(channel), None) => {
                format!("{{\"event\":\"error\",\"msg\":\"unsubscribe: invalid\",\"code\":10401,\"chanId\":{channel}}}")
            }
            (None, _) => "{\"event\":\"error\",\"msg\":\"unsubscribe: failed\",\"code\":10400}".to_owned(),
        };
        self.control(id, text);
    }
}

/// The named members of a request as they came, each with a comma before it.
fn echo(request: &Value, names: &[&str]) -> String {
    let mut out = String::new();
    for name in names {
        if let Some(value) = request.get(*name) {
            out.extend([",\"", name, "\":", &value.to_string()]);
        }
    }
    out
}
