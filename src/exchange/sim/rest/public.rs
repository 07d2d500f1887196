//! Public endpoints.

use serde_json::Value;

use super::super::api::Request;
use super::super::depth::{Precision, Window};
use super::super::errors::ApiError;
use super::super::exchange::SimExchange;
use super::super::number;
use super::super::rows;
use super::super::tape::{Candle, CandleKey, Print};
use super::Answer;
use super::params::{Query, Range, body};
use crate::domain::{Amount, Currency};

impl SimExchange {
    pub(super) fn public(&mut self, parts: &[&str], query: &Query<'_>, request: &Request<'_>) -> Answer {
        match parts {
            ["platform", "status"] => Ok(if self.core.maintenance { "[0]" } else { "[1]" }.to_owned()),
            ["ticker", symbol] => {
                let currency = self.traded(symbol)?;
                self.ticker_row(currency).map(|row| format!("[{row}]"))
            }
            ["tickers"] => self.tickers(query),
            ["book", symbol, precision] => self.book(symbol, precision, query),
            ["trades", symbol, "hist"] => self.trades(symbol, query),
            ["candles", key, section] => self.candles(key, section, query),
            ["funding", "stats", symbol, "hist"] => {
                let range = query.range(100, 250)?;
                let market = self.traded(symbol).map(|currency| self.core.market(currency))?;
                let stats = market.map(|market| market.tape.stats(range.start, range.end, range.limit));
                Ok(rows::array(stats.unwrap_or_default()))
            }
            ["conf", keys] => Ok(self.conf(keys)),
            ["calc", "fx"] => self.exchange_rate(&body(request.body)?),
            _ => Err(ApiError::params("path")),
        }
    }

    /// The currency of a funding symbol that is traded here.
    pub(in super::super) fn traded(&self, symbol: &str) -> Result<Currency, ApiError> {
        let currency = Currency::from_symbol(symbol).map_err(|_no_symbol| ApiError::params("symbol"))?;
        self.core.market(currency).map(|_| currency).ok_or_else(|| ApiError::params("symbol"))
    }

    fn ticker_row(&mut self, currency: Currency) -> Answer {
        self.refresh(currency);
        let now = self.core.now;
        let market = self.core.markets.get_mut(&currency).ok_or_else(|| ApiError::params("symbol"))?;
        Ok(market.ticker(now, true))
    }

    fn tickers(&mut self, query: &Query<'_>) -> Answer {
        let wanted = query.get("symbols").ok_or_else(|| ApiError::params("symbols"))?;
        let all: Vec<Currency> = self.core.markets.keys().copied().collect();
        let now = self.core.now;
        let mut out = Vec::new();
        for currency in all {
            let symbol = currency.symbol();
            if wanted != "ALL" && !wanted.split(',').any(|one| one == symbol) {
                continue;
            }
            self.refresh(currency);
            if let Some(market) = self.core.markets.get_mut(&currency) {
                out.push(format!("[\"{symbol}\",{}]", market.ticker(now, false)));
            }
        }
        Ok(rows::array(out))
    }

    fn book(&mut self, symbol: &str, precision: &str, query: &Query<'_>) -> Answer {
        let currency = self.traded(symbol)?;
        let precision = Precision::parse(precision).ok_or_else(|| ApiError::params("prec"))?;
        let len = match query.get("len").unwrap_or("25") {
            "1" => 1,
            "25" => 25,
            "100" => 100,
            "250" => 250,
            _ => return Err(ApiError::params("len")),
        };
        self.refresh(currency);
        let market = self.core.market(currency).ok_or_else(|| ApiError::params("symbol"))?;
        Ok(rows::array(Window::new(market, self.core.books.accounts(), precision, len).rows()))
    }

    fn trades(&self, symbol: &str, query: &Query<'_>) -> Answer {
        let currency = self.traded(symbol)?;
        let range = query.range(125, 10_000)?;
        let market = self.core.market(currency).ok_or_else(|| ApiError::params("symbol"))?;
        let fitting = market.tape.newest().filter(|print| range.holds(print.at));
        let rows: Vec<String> = if range.oldest_first {
            let mut all: Vec<&Print> = fitting.collect();
            all.reverse();
            all.into_iter().take(range.limit).map(Print::row).collect()
        } else {
            fitting.take(range.limit).map(Print::row).collect()
        };
        Ok(rows::array(rows))
    }

    fn candles(&self, key: &str, section: &str, query: &Query<'_>) -> Answer {
        let (symbol, key) = CandleKey::parse(key).ok_or_else(|| ApiError::params("key"))?;
        let currency = self.traded(symbol)?;
        let range = query.range(100, 10_000)?;
        let market = self.core.market(currency).ok_or_else(|| ApiError::params("symbol"))?;
        let mut candles = market.tape.candles(key, range.start, range.end.min(self.core.now));
        match section {
            "last" => Ok(candles.last().map_or_else(|| "[]".to_owned(), Candle::row)),
            "hist" => {
                if !range.oldest_first {
                    candles.reverse();
                }
                Ok(rows::array(candles.iter().take(range.limit).map(Candle::row)))
            }
            _ => Err(ApiError::params("section")),
        }
    }

    /// The few configuration keys that a lender asks for; others are empty lists.
    fn conf(&self, keys: &str) -> String {
        let codes = || self.core.markets.keys();
        rows::array(keys.split(',').map(|key| match key {
            "pub:list:currency" | "pub:list:currency:margin" => {
                rows::array(codes().map(|currency| number::quoted(currency.code())))
            }
            "pub:map:currency:sym" => {
                let differing = codes().filter(|currency| currency.name() != currency.code());
                rows::array(differing.map(|currency| format!("[\"{}\",\"{}\"]", currency, symbol_name(*currency))))
            }
            _ => "[]".to_owned(),
        }))
    }

    fn exchange_rate(&self, body: &Value) -> Answer {
        let price = |name: &str| {
            let code = body.get(name).and_then(Value::as_str).ok_or_else(|| ApiError::params(name))?;
            let currency = Currency::from_code(code).map_err(|_no_code| ApiError::params(name))?;
            if currency == Currency::USD {
                return Ok(Amount::whole(1));
            }
            self.core.market(currency).and_then(|market| market.usd_price).ok_or_else(|| ApiError::params(name))
        };
        let (from, to) = (price("ccy1")?, price("ccy2")?);
        let rate = from.scale_by(Amount::whole(1).units(), to.units(), crate::domain::Rounding::Nearest);
        Ok(format!("[{}]", number::amount(rate)))
    }
}

/// The name in `pub:map:currency:sym`: Tether is spelt its own way there.
fn symbol_name(currency: Currency) -> String {
    if currency.code() == "UST" { "USDt".to_owned() } else { currency.name().to_owned() }
}

/// The range of an account's history: 25 rows by default, 500 at most.
pub(super) fn history(body: &Value) -> Result<Range, ApiError> {
    Range::from_body(body, 25, 500)
}
