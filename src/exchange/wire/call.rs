//! Requests: every call that Yieldsforge may ever make, as path and body. A closed list, so that nothing else can leave.

use crate::domain::{Cancel, CandleSeries, Currency, OfferId, Submit, Timestamp};

/// HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Public reads.
    Get,
    /// Everything signed, and public calculations.
    Post,
}

macro_rules! endpoints {
    ($($(#[$doc:meta])* $name:ident => $label:literal, $per_minute:literal;)+) => {
        /// A kind of call: the exchange limits each by its path without symbols (bitfinex-api.md 2.6).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Endpoint {
            $($(#[$doc])* $name,)+
        }

        impl Endpoint {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The word in metrics and logs.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self {
                    $(Self::$name => $label,)+
                }
            }

            /// Requests a minute that the exchange allows to one address; 15 where it does not say.
            #[must_use]
            pub const fn per_minute(self) -> u32 {
                match self {
                    $(Self::$name => $per_minute,)+
                }
            }
        }
    };
}

endpoints! {
    /// Is the platform operative?
    PlatformStatus => "platform_status", 30;
    /// What may this key do?
    Permissions => "permissions", 90;
    /// Wallets.
    Wallets => "wallets", 90;
    /// Open offers.
    Offers => "offers", 90;
    /// Lent money not used in a position.
    Loans => "loans", 90;
    /// Lent money used in a position.
    Credits => "credits", 90;
    /// Closed offers.
    OffersHistory => "offers_history", 90;
    /// Closed loans.
    LoansHistory => "loans_history", 90;
    /// Closed credits.
    CreditsHistory => "credits_history", 90;
    /// Executions of offers.
    FundingTrades => "funding_trades", 90;
    /// A new offer.
    Submit => "submit", 90;
    /// The end of an offer.
    Cancel => "cancel", 90;
    /// The ledger.
    Ledgers => "ledgers", 90;
    /// Average rate and duration of what is lent.
    FundingInfo => "funding_info", 90;
    /// Available balance, calculated on request.
    Available => "available", 90;
    /// Is the exchange's auto-renew on? Undocumented.
    AutoStatus => "auto_status", 15;
    /// Price of one currency in another.
    Fx => "fx", 15;
    /// Lists that the platform keeps.
    Conf => "conf", 15;
    /// One ticker.
    Ticker => "ticker", 90;
    /// Several tickers.
    Tickers => "tickers", 30;
    /// The public book.
    Book => "book", 240;
    /// Public trades.
    Trades => "trades", 15;
    /// Candles.
    Candles => "candles", 30;
    /// Statistics of all funding.
    FundingStats => "funding_stats", 15;
}

impl Endpoint {
    /// True for calls that change something.
    #[must_use]
    pub const fn is_write(self) -> bool {
        matches!(self, Self::Submit | Self::Cancel)
    }
}

/// One request, ready to be signed (if it is to be) and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Kind.
    pub endpoint: Endpoint,
    /// Method.
    pub method: Method,
    /// What follows `v2/`, query included: `auth/r/wallets`, `trades/fUSD/hist?limit=100`.
    pub path: String,
    /// Body, exactly as it is signed and sent; empty for GET.
    pub body: String,
    /// Goes to the authenticated host, signed.
    pub authenticated: bool,
}

/// Rows asked for of a history: what clients have seen the exchange give (bitfinex-api.md 3.9).
pub const HISTORY_LIMIT: u32 = 500;
/// The ledger's category of interest earned.
const INTEREST: u32 = 28;
/// Most rows of the ledger in one reply.
pub const LEDGER_LIMIT: u32 = 2_500;

impl Call {
    fn get(endpoint: Endpoint, path: String) -> Self {
        Self { endpoint, method: Method::Get, path, body: String::new(), authenticated: false }
    }

    fn signed(endpoint: Endpoint, path: impl Into<String>, body: String) -> Self {
        Self { endpoint, method: Method::Post, path: path.into(), body, authenticated: true }
    }

    fn read(endpoint: Endpoint, path: &str) -> Self {
        Self::signed(endpoint, path, "{}".into())
    }

    fn history(endpoint: Endpoint, path: &str, since: Timestamp) -> Self {
        let body = format!(r#"{{"start":{},"limit":{HISTORY_LIMIT}}}"#, since.millis());
        Self::signed(endpoint, path, body)
    }

    /// Is the platform operative?
    #[must_use]
    pub fn platform_status() -> Self {
        Self::get(Endpoint::PlatformStatus, "platform/status".into())
    }

    /// What may this key do?
    #[must_use]
    pub fn permissions() -> Self {
        Self::read(Endpoint::Permissions, "auth/r/permissions")
    }

    /// Wallets of every kind and currency.
    #[must_use]
    pub fn wallets() -> Self {
        Self::read(Endpoint::Wallets, "auth/r/wallets")
    }

    /// Open offers of every currency.
    #[must_use]
    pub fn offers() -> Self {
        Self::read(Endpoint::Offers, "auth/r/funding/offers")
    }

    /// Loans of every currency.
    #[must_use]
    pub fn loans() -> Self {
        Self::read(Endpoint::Loans, "auth/r/funding/loans")
    }

    /// Credits of every currency.
    #[must_use]
    pub fn credits() -> Self {
        Self::read(Endpoint::Credits, "auth/r/funding/credits")
    }

    /// Offers closed since then, of every currency.
    #[must_use]
    pub fn offers_history(since: Timestamp) -> Self {
        Self::history(Endpoint::OffersHistory, "auth/r/funding/offers/hist", since)
    }

    /// Loans closed since then, of every currency.
    #[must_use]
    pub fn loans_history(since: Timestamp) -> Self {
        Self::history(Endpoint::LoansHistory, "auth/r/funding/loans/hist", since)
    }

    /// Credits closed since then, of every currency.
    #[must_use]
    pub fn credits_history(since: Timestamp) -> Self {
        Self::history(Endpoint::CreditsHistory, "auth/r/funding/credits/hist", since)
    }

    /// Executions since then, of every currency.
    #[must_use]
    pub fn funding_trades(since: Timestamp) -> Self {
        Self::history(Endpoint::FundingTrades, "auth/r/funding/trades/hist", since)
    }

    /// A new offer.
    ///
    /// # Panics
    /// When the amount is not above zero: a negative amount would *borrow* (bitfinex-api.md trap 33).
    #[must_use]
    pub fn submit(submit: &Submit) -> Self {
        assert!(submit.amount.is_positive(), "an offer must lend: its amount has to be above zero");
        let body = format!(
            r#"{{"type":"{}","symbol":"{}","amount":"{}","rate":"{}","period":{},"flags":{}}}"#,
            submit.kind.wire(),
            submit.currency.symbol(),
            submit.amount,
            submit.rate.to_decimal(),
            submit.period.get(),
            if submit.hidden { super::account::HIDDEN } else { 0 },
        );
        Self::signed(Endpoint::Submit, "auth/w/funding/offer/submit", body)
    }

    /// The end of one offer, by its id. There is no call to cancel all: offers made by hand are not ours.
    #[must_use]
    pub fn cancel(cancel: &Cancel) -> Self {
        let OfferId(id) = cancel.offer;
        Self::signed(Endpoint::Cancel, "auth/w/funding/offer/cancel", format!(r#"{{"id":{id}}}"#))
    }

    /// Interest credited between two times, both included, newest first; at most 2500 rows.
    #[must_use]
    pub fn interest_ledger(currency: Currency, from: Timestamp, to: Timestamp) -> Self {
        let body = format!(
            r#"{{"category":{INTEREST},"start":{},"end":{},"limit":{LEDGER_LIMIT}}}"#,
            from.millis(),
            to.millis()
        );
        Self::signed(Endpoint::Ledgers, format!("auth/r/ledgers/{currency}/hist"), body)
    }

    /// Average rate and duration of what is lent.
    #[must_use]
    pub fn funding_info(currency: Currency) -> Self {
        Self::read(Endpoint::FundingInfo, &format!("auth/r/info/funding/{}", currency.symbol()))
    }

    /// Available balance, calculated now: for when the wallet's is null or old.
    #[must_use]
    pub fn available(currency: Currency) -> Self {
        let body = format!(r#"{{"symbol":"{}","type":"FUNDING"}}"#, currency.symbol());
        Self::signed(Endpoint::Available, "auth/calc/order/avail", body)
    }

    /// Is the exchange's auto-renew on for this currency?
    #[must_use]
    pub fn auto_status(currency: Currency) -> Self {
        let body = format!(r#"{{"currency":"{currency}"}}"#);
        Self::signed(Endpoint::AutoStatus, "auth/r/funding/auto/status", body)
    }

    /// The currencies with a funding market: those that margin positions are financed in (bitfinex-api.md 4.9).
    #[must_use]
    pub fn lendable() -> Self {
        Self::get(Endpoint::Conf, "conf/pub:list:currency:margin".to_owned())
    }

    /// Price of one unit in USD.
    #[must_use]
    pub fn usd_price(currency: Currency) -> Self {
        let body = format!(r#"{{"ccy1":"{currency}","ccy2":"USD"}}"#);
        Self { endpoint: Endpoint::Fx, method: Method::Post, path: "calc/fx".into(), body, authenticated: false }
    }

    /// One ticker.
    #[must_use]
    pub fn ticker(currency: Currency) -> Self {
        Self::get(Endpoint::Ticker, format!("ticker/{}", currency.symbol()))
    }

    /// Several tickers in one call.
    #[must_use]
    pub fn tickers(currencies: &[Currency]) -> Self {
        let symbols: Vec<String> = currencies.iter().map(Currency::symbol).collect();
        Self::get(Endpoint::Tickers, format!("tickers?symbols={}", symbols.join(",")))
    }

    /// The book at full precision; `length` rows a side: 1, 25, 100 or 250.
    #[must_use]
    pub fn book(currency: Currency, length: u16) -> Self {
        Self::get(Endpoint::Book, format!("book/{}/P0?len={length}", currency.symbol()))
    }

    /// Public trades from `since` on, oldest first; without it the newest, newest first. `limit` up to 10000.
    #[must_use]
    pub fn trades(currency: Currency, since: Option<Timestamp>, limit: u32) -> Self {
        let since = since.map_or_else(String::new, |at| format!("&start={}&sort=1", at.millis()));
        Self::get(Endpoint::Trades, format!("trades/{}/hist?limit={limit}{since}", currency.symbol()))
    }

    /// Candles by their key (`trade:1h:fUSD:a30:p2:p30`), as [`Call::trades`].
    #[must_use]
    pub fn candles(key: &str, since: Option<Timestamp>, limit: u32) -> Self {
        let since = since.map_or_else(String::new, |at| format!("&start={}&sort=1", at.millis()));
        Self::get(Endpoint::Candles, format!("candles/{key}/hist?limit={limit}{since}"))
    }

    /// The newest `limit` candles of a series, newest first; up to 10000. The newest may still be forming.
    #[must_use]
    pub fn series(currency: Currency, series: CandleSeries, limit: u32) -> Self {
        Self::candles(&series.key(currency), None, limit)
    }

    /// Statistics of all funding, newest first; `limit` up to 250.
    #[must_use]
    pub fn funding_stats(currency: Currency, limit: u32) -> Self {
        Self::get(Endpoint::FundingStats, format!("funding/stats/{}/hist?limit={limit}", currency.symbol()))
    }
}

#[cfg(test)]
mod tests;
