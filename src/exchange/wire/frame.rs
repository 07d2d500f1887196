//! Websocket frames: what comes in as events and data, what goes out as requests (bitfinex-api.md sections 5 and 6).

use crate::domain::{AccountNews, Candle, Change, Currency, LentKind, MarketNews, Scope};

use super::{BadRow, Json, Rows, WireError, account, gate, head, market};

/// The only configuration flag that we set: a sequence number on every data frame.
pub const SEQ_ALL: u32 = 65_536;

/// A public channel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subscription {
    /// The ticker of a currency.
    Ticker(Currency),
    /// Public trades of a currency.
    Trades(Currency),
    /// The book of a currency at full precision, in real time.
    Book(Currency),
    /// Candles by their key: `trade:1h:fUSD:a30:p2:p30`.
    Candles(String),
}

impl Subscription {
    /// The exchange's name of the channel.
    #[must_use]
    pub const fn channel(&self) -> &'static str {
        match self {
            Self::Ticker(_) => "ticker",
            Self::Trades(_) => "trades",
            Self::Book(_) => "book",
            Self::Candles(_) => "candles",
        }
    }

    /// What of the channel: the funding symbol or the candles' key.
    #[must_use]
    pub fn topic(&self) -> String {
        match self {
            Self::Ticker(currency) | Self::Trades(currency) | Self::Book(currency) => currency.symbol(),
            Self::Candles(key) => key.clone(),
        }
    }
}

/// A control message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The first frame, or a notice with a code.
    Info {
        /// Version of the interface, in the first frame.
        version: Option<i64>,
        /// Notice: 20051, 20060, 20061.
        code: Option<i64>,
        /// Platform status, in the first frame.
        operative: Option<bool>,
    },
    /// A channel is open.
    Subscribed {
        /// Its number on this connection.
        chan: i64,
        /// Channel name.
        channel: String,
        /// Symbol or key.
        topic: String,
    },
    /// A channel is closed.
    Unsubscribed {
        /// Its number.
        chan: i64,
    },
    /// The flags were taken, or not.
    Conf {
        /// Taken.
        ok: bool,
    },
    /// Authenticated, with what the key may do (nothing when that cannot be read).
    AuthOk(Option<Vec<Scope>>),
    /// Not authenticated.
    AuthFailed {
        /// Code; 0 when there is none.
        code: i64,
        /// The exchange's words, cut and cleaned.
        text: String,
    },
    /// The answer to a ping.
    Pong,
    /// Something that we sent was refused.
    Error {
        /// Code; 0 when there is none.
        code: i64,
        /// The exchange's words, cut and cleaned.
        text: String,
        /// Channel name, if it concerns one.
        channel: String,
        /// Symbol or key, if it concerns one.
        topic: String,
    },
    /// Anything else.
    Other,
}

/// A data frame: `[chanId, tag?, payload, numbers…]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Data<'a> {
    /// Channel; 0 is the account.
    pub chan: i64,
    /// The word after the channel, without quotes: `hb`, `fte`, `wu`; empty where there is none.
    pub tag: &'a str,
    /// What it carries; null for heartbeats.
    pub payload: Json<'a>,
    last: Option<i64>,
    before_last: Option<i64>,
}

/// Sequence numbers of a data frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    /// The connection's counter, where the frame carries it.
    pub public: Option<i64>,
    /// The account's counter, where the frame carries it; 0 during the initial sync.
    pub auth: Option<i64>,
}

impl Data<'_> {
    /// The frame's place in the sequence (bitfinex-api.md 6.6).
    #[must_use]
    pub fn numbers(&self) -> Numbers {
        if self.chan != 0 || self.tag == "hb" {
            return Numbers { public: self.last, auth: None };
        }
        let public = if self.is_request_notice() { None } else { self.before_last };
        Numbers { public, auth: self.last }
    }

    /// True when the connection's counter must be there: in all but notices of requests.
    #[must_use]
    pub fn is_numbered(&self) -> bool {
        !(self.chan == 0 && self.is_request_notice())
    }

    fn is_request_notice(&self) -> bool {
        self.tag == "n"
            && self.payload.row().and_then(|[_, kind]: [Json<'_>; 2]| kind.text()).is_some_and(|k| k.ends_with("-req"))
    }
}

/// A frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A control message.
    Event(Event),
    /// Data of a channel.
    Data(Data<'a>),
}

/// Reads a frame; nothing when it is neither an event nor data.
#[must_use]
pub fn read(text: &str) -> Option<Frame<'_>> {
    let json = Json::parse(text)?;
    let Some(mut items) = json.items() else {
        return read_event(json).map(Frame::Event);
    };
    let chan = items.next()?.int()?;
    let second = items.next()?;
    let tag = second.raw().strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or_default();
    let payload = match tag {
        "" => second,
        "hb" => Json::NULL,
        _ => items.next()?,
    };
    let (mut last, mut before_last) = (None, None);
    for item in items {
        before_last = last;
        last = item.int();
    }
    Some(Frame::Data(Data { chan, tag, payload, last, before_last }))
}

fn read_event(json: Json<'_>) -> Option<Event> {
    let text = |name: &str| json.field(name).text().unwrap_or_default().into_owned();
    let code = json.field("code").int();
    let topic = || if json.field("key").is_null() { text("symbol") } else { text("key") };
    let chan = json.field("chanId").int();
    Some(match json.field("event").text()?.as_ref() {
        "info" => Event::Info {
            version: json.field("version").int(),
            code,
            operative: json.field("platform").field("status").int().map(|status| status == 1),
        },
        "subscribed" => Event::Subscribed { chan: chan?, channel: text("channel"), topic: topic() },
        "unsubscribed" => Event::Unsubscribed { chan: chan? },
        "conf" => Event::Conf { ok: text("status") == "OK" },
        "auth" if text("status") == "OK" => Event::AuthOk(gate::caps(json.field("caps"))),
        "auth" => Event::AuthFailed { code: code.unwrap_or(0), text: head(&text("msg")) },
        "pong" => Event::Pong,
        "error" => {
            Event::Error { code: code.unwrap_or(0), text: head(&text("msg")), channel: text("channel"), topic: topic() }
        }
        _ => Event::Other,
    })
}

/// What a data frame told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told<T> {
    /// The news, in order.
    pub news: Vec<T>,
    /// Rows that could not be read.
    pub dropped: u32,
}

impl<T> Told<T> {
    const NOTHING: Self = Self { news: Vec::new(), dropped: 0 };

    fn one(row: Result<T, BadRow>) -> Self {
        match row {
            Ok(news) => Self { news: vec![news], dropped: 0 },
            Err(BadRow) => Self { news: Vec::new(), dropped: 1 },
        }
    }

    fn many<R>(rows: Rows<R>, news: impl Fn(R) -> T) -> Self {
        Self { news: rows.rows.into_iter().map(news).collect(), dropped: rows.dropped }
    }
}

/// News of a public channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelNews {
    /// Ticker, book or trades.
    Market(MarketNews),
    /// Candles, oldest first.
    Candles(Vec<Candle>),
}

/// Reads data of a public channel. A payload that is empty or begins with an array is a snapshot. An unknown tag
/// (`cs`, …) tells nothing.
///
/// # Errors
/// [`WireError::Shape`] when the payload has not the channel's layout at all.
pub fn channel(subscription: &Subscription, data: &Data<'_>) -> Result<Told<ChannelNews>, WireError> {
    if !matches!(data.tag, "" | "fte" | "ftu") {
        return Ok(Told::NOTHING);
    }
    let payload = data.payload;
    let first = payload.items().ok_or_else(|| WireError::shape(subscription.channel(), payload))?.next();
    let snapshot = first.is_none_or(Json::is_array);
    let whole = |news, dropped| Told { news: vec![ChannelNews::Market(news)], dropped };
    Ok(match subscription {
        // Some servers wrap the first ticker once more.
        Subscription::Ticker(currency) => {
            let ticker = market::ticker(first.filter(|first| first.is_array()).unwrap_or(payload))?;
            whole(MarketNews::Ticker(*currency, ticker), 0)
        }
        Subscription::Book(currency) if snapshot => {
            let book = market::book(payload)?;
            whole(MarketNews::Book(*currency, book.rows), book.dropped)
        }
        Subscription::Book(currency) => {
            Told::one(market::level(payload).map(|level| ChannelNews::Market(MarketNews::Level(*currency, level))))
        }
        Subscription::Trades(currency) if snapshot => {
            let prints = market::prints(payload)?;
            whole(MarketNews::Prints(*currency, prints.rows), prints.dropped)
        }
        Subscription::Trades(currency) => Told::one(
            market::print(payload).map(|print| ChannelNews::Market(MarketNews::Prints(*currency, vec![print]))),
        ),
        Subscription::Candles(_) if snapshot => {
            let candles = market::candles(payload)?;
            Told { news: vec![ChannelNews::Candles(candles.rows)], dropped: candles.dropped }
        }
        Subscription::Candles(_) => Told::one(market::candle(payload).map(|candle| ChannelNews::Candles(vec![candle]))),
    })
}

/// Reads data of channel 0. Messages that do not concern a lender, and unknown ones, tell nothing.
///
/// # Errors
/// [`WireError::Shape`] when a snapshot is no list.
pub fn account(data: &Data<'_>) -> Result<Told<AccountNews>, WireError> {
    let payload = data.payload;
    let offer = |change| Told::one(account::offer(payload).map(|offer| AccountNews::Offer(change, offer)));
    let lent = |kind, change| Told::one(account::lent(kind, payload).map(|lent| AccountNews::Lent(change, lent)));
    let lents =
        |kind| account::lents(kind, payload).map(|rows| Told::many(rows, |l| AccountNews::Lent(Change::Set, l)));
    Ok(match data.tag {
        "ws" => Told::many(account::wallets(payload)?, AccountNews::Wallet),
        "wu" => match account::wallet(payload) {
            Ok(None) => Told::NOTHING,
            Ok(Some(wallet)) => Told::one(Ok(AccountNews::Wallet(wallet))),
            Err(bad) => Told::one(Err(bad)),
        },
        "fos" => Told::many(account::offers(payload)?, |offer| AccountNews::Offer(Change::Set, offer)),
        "fon" | "fou" => offer(Change::Set),
        "foc" => offer(Change::Closed),
        "fls" => lents(LentKind::Loan)?,
        "fln" | "flu" => lent(LentKind::Loan, Change::Set),
        "flc" => lent(LentKind::Loan, Change::Closed),
        "fcs" => lents(LentKind::Credit)?,
        "fcn" | "fcu" => lent(LentKind::Credit, Change::Set),
        "fcc" => lent(LentKind::Credit, Change::Closed),
        "fte" | "ftu" => Told::one(account::trade(payload).map(AccountNews::Trade)),
        _ => Told::NOTHING,
    })
}

/// Asks for sequence numbers.
#[must_use]
pub fn conf() -> String {
    format!(r#"{{"event":"conf","flags":{SEQ_ALL}}}"#)
}

/// Asks whether the other side is there.
#[must_use]
pub fn ping(cid: u64) -> String {
    format!(r#"{{"event":"ping","cid":{cid}}}"#)
}

/// Opens a channel; `length` is the number of rows a side and only used for books.
#[must_use]
pub fn subscribe(subscription: &Subscription, length: u16) -> String {
    let (channel, topic) = (subscription.channel(), subscription.topic());
    match subscription {
        Subscription::Ticker(_) | Subscription::Trades(_) => {
            format!(r#"{{"event":"subscribe","channel":"{channel}","symbol":"{topic}"}}"#)
        }
        Subscription::Book(_) => format!(
            r#"{{"event":"subscribe","channel":"{channel}","symbol":"{topic}","prec":"P0","freq":"F0","len":"{length}"}}"#
        ),
        Subscription::Candles(_) => {
            let key = serde_json::Value::from(topic);
            format!(r#"{{"event":"subscribe","channel":"{channel}","key":{key}}}"#)
        }
    }
}

/// Closes a channel.
#[must_use]
pub fn unsubscribe(chan: i64) -> String {
    format!(r#"{{"event":"unsubscribe","chanId":{chan}}}"#)
}

/// What a key's owner signs to authenticate a socket.
#[must_use]
pub fn auth_payload(nonce: &str) -> String {
    format!("AUTH{nonce}")
}

/// Authenticates. No filter is set: whether filtered messages would leave gaps in the account's sequence is not known.
/// The text holds the key and a signature: it must never be logged.
#[must_use]
pub fn auth(key: &str, nonce: &str, signature: &str) -> String {
    let key = serde_json::Value::from(key);
    let payload = auth_payload(nonce);
    format!(
        r#"{{"event":"auth","apiKey":{key},"authNonce":"{nonce}","authPayload":"{payload}","authSig":"{signature}"}}"#
    )
}

#[cfg(test)]
mod tests;
