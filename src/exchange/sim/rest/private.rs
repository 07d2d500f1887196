//! Reading an account.

use serde_json::Value;

use super::super::errors::ApiError;
use super::super::exchange::SimExchange;
use super::super::faults::Fault;
use super::super::ledger::{Account, WalletName};
use super::super::number;
use super::super::rows::{self, Channel};
use super::Answer;
use super::params::{Range, body};
use super::public::history;
use crate::domain::{Amount, Currency, DAY, DailyRate, LentKind, Millis, Timestamp, Total};

impl SimExchange {
    pub(super) fn private(&mut self, account: usize, parts: &[&str], text: &str) -> Answer {
        if parts.get(1) == Some(&"w") {
            return self.write(account, parts, text);
        }
        let body = body(text)?;
        match parts {
            ["auth", "r", "permissions"] => self.permissions(account),
            ["auth", "r", "wallets"] => Ok(self.wallets(account)),
            ["auth", "r", "funding", "offers" | "loans" | "credits" | "trades", "hist"] => {
                self.past(account, parts.get(3).unwrap_or(&""), None, &body)
            }
            ["auth", "r", "funding", list @ ("offers" | "loans" | "credits" | "trades"), symbol, "hist"] => {
                let currency = self.traded(symbol)?;
                self.past(account, list, Some(currency), &body)
            }
            ["auth", "r", "funding", list @ ("offers" | "loans" | "credits")] => self.open_rows(account, list, None),
            ["auth", "r", "funding", list @ ("offers" | "loans" | "credits"), symbol] => {
                let currency = self.traded(symbol)?;
                self.open_rows(account, list, Some(currency))
            }
            ["auth", "r", "funding", "auto", "status"] => self.auto_status(account, &body),
            ["auth", "r", "info", "funding", symbol] => {
                let currency = self.traded(symbol)?;
                let known = self.core.account(account).ok_or_else(ApiError::key)?;
                Ok(funding_info(known, currency, self.core.frr(currency), self.core.now))
            }
            ["auth", "r", "info", "user"] => self.user(account),
            ["auth", "r", "summary"] => self.summary(account),
            ["auth", "r", "ledgers", "hist"] => self.ledgers(account, None, &body),
            ["auth", "r", "ledgers", code, "hist"] => {
                let currency = Currency::from_code(code).map_err(|_no_code| ApiError::params("currency"))?;
                self.ledgers(account, Some(currency), &body)
            }
            ["auth", "calc", "order", "avail"] => self.available(account, &body),
            _ => Err(ApiError::params("path")),
        }
    }

    fn known(&self, account: usize) -> Result<&Account, ApiError> {
        self.core.account(account).ok_or_else(ApiError::key)
    }

    fn permissions(&mut self, account: usize) -> Answer {
        // Numbers mostly, numeric strings now and then.
        let quote = if self.wire_random.one_in(8) { "\"" } else { "" };
        let row = |scope: &str, read: bool, write: bool| {
            let (read, write) = (u8::from(read), u8::from(write));
            format!("[{},{quote}{read}{quote},{quote}{write}{quote}]", number::quoted(scope))
        };
        let known = self.known(account)?;
        Ok(rows::array(known.permissions.iter().map(|one| row(&one.scope, one.read, one.write))))
    }

    fn wallets(&mut self, account: usize) -> String {
        let keys: Vec<(WalletName, Currency)> =
            self.core.account(account).map_or_else(Vec::new, |known| known.wallets.keys().copied().collect());
        let mut out = Vec::new();
        for (name, currency) in keys {
            if name == WalletName::Funding {
                self.trouble_available(account, currency);
            }
            let null = self.wire_random.one_in(50);
            let hair = self.wire_random.one_in(16);
            let Some(known) = self.core.account(account) else { continue };
            let available = match name {
                WalletName::Funding => self.core.shown(account, currency).filter(|_| !null),
                WalletName::Exchange | WalletName::Margin => Some(known.balance(name, currency)),
            };
            let available =
                available.map(|amount| if hair { number::hair_under(amount) } else { number::amount(amount) });
            out.push(rows::wallet(known, name, currency, available, true));
        }
        rows::array(out)
    }

    /// An occasion for AVAILABLE to lag or to be null for a while; true when it does from now on.
    pub(in super::super) fn trouble_available(&mut self, account: usize, currency: Currency) -> bool {
        let mut troubled = false;
        for fault in [Fault::NullAvailable, Fault::StaleAvailable] {
            if self.strikes(fault) {
                self.core.freeze_available(account, currency, fault == Fault::NullAvailable);
                troubled = true;
            }
        }
        troubled
    }

    fn open_rows(&self, account: usize, list: &str, only: Option<Currency>) -> Answer {
        let known = self.known(account)?;
        let wanted = |currency: Currency| only.is_none_or(|only| only == currency);
        let kind = if list == "loans" { LentKind::Loan } else { LentKind::Credit };
        if list == "offers" {
            let offers = known.offers().filter(|offer| wanted(offer.currency));
            return Ok(rows::array(offers.map(|o| rows::offer(o, self.core.frr(o.currency), Channel::List))));
        }
        let lent = known.lent().filter(|lent| lent.id.kind == kind && wanted(lent.currency));
        Ok(rows::array(lent.map(|lent| rows::lent(lent, Channel::List))))
    }

    /// The histories, newest first; they lag behind when the fault strikes.
    fn past(&mut self, account: usize, list: &str, only: Option<Currency>, body: &Value) -> Answer {
        let range = history(body)?;
        let until = self.history_end();
        let known = self.known(account)?;
        let wanted = |currency: Currency, at: Timestamp, range: &Range| {
            only.is_none_or(|only| only == currency) && range.holds(at) && at <= until
        };
        let rows: Vec<String> = match list {
            "offers" => {
                let ids: Option<Vec<i64>> =
                    body.get("id").and_then(Value::as_array).map(|ids| ids.iter().filter_map(Value::as_i64).collect());
                let offers = known.closed_offers.iter().rev().filter(|offer| {
                    wanted(offer.currency, offer.updated, &range)
                        && ids.as_ref().is_none_or(|ids| ids.contains(&offer.id))
                });
                let frr = |currency| self.core.frr(currency);
                offers.take(range.limit).map(|o| rows::offer(o, frr(o.currency), Channel::List)).collect()
            }
            "trades" => {
                let trades = known.trades.iter().rev().filter(|trade| wanted(trade.currency, trade.at, &range));
                trades.take(range.limit).map(|trade| rows::trade(trade, Channel::List)).collect()
            }
            _ => {
                let kind = if list == "loans" { LentKind::Loan } else { LentKind::Credit };
                let closed = known.closed_lent.iter().rev();
                let fitting = closed.filter(|(at, lent)| lent.id.kind == kind && wanted(lent.currency, *at, &range));
                fitting.take(range.limit).map(|(_, lent)| rows::lent(lent, Channel::List)).collect()
            }
        };
        Ok(rows::array(rows))
    }

    /// Up to when the histories are told.
    fn history_end(&mut self) -> Timestamp {
        let late = self.strikes(Fault::LateHistory);
        let lag = if late { self.wire_random.between(5_000, 90_000) } else { 0 };
        self.core.now.minus(Millis::new(lag))
    }

    fn auto_status(&self, account: usize, body: &Value) -> Answer {
        let currency = currency_of(body)?;
        let Some(renew) = self.known(account)?.renew.get(&currency) else { return Ok("null".to_owned()) };
        let rate = renew.rate.unwrap_or_else(|| self.core.frr(currency));
        let (period, cap) = (renew.period.get(), number::amount(renew.amount));
        Ok(format!("[\"{currency}\",{period},{},{cap}]", number::rate(rate)))
    }

    fn user(&self, account: usize) -> Answer {
        let known = self.known(account)?;
        let user = known.user;
        Ok(format!(
            "[{user},\"{user}@example.org\",\"lender{user}\",1527691729000,1,3,null,\"UTC\",null,\"bitfinex\",1,null,null,\
             null,0,0,0,0,null,null,null,0,0,0,null,null,[\"otp\"]]"
        ))
    }

    fn summary(&self, account: usize) -> Answer {
        let known = self.known(account)?;
        let since = self.core.now.minus(DAY.times(30));
        let mut earned: std::collections::BTreeMap<Currency, Total> = std::collections::BTreeMap::new();
        for row in known.ledger().iter().filter(|row| row.category == 28 && row.at >= since) {
            let sum = earned.entry(row.currency).or_default();
            *sum = sum.plus(row.amount);
        }
        let mut dollars = Total::ZERO;
        let mut entries = Vec::new();
        for (currency, sum) in &earned {
            let price = self.core.market(*currency).and_then(|market| market.usd_price).unwrap_or_default();
            let amount = sum.clamp_amount();
            dollars = dollars.plus(amount.scale_by(
                price.units(),
                Amount::whole(1).units(),
                crate::domain::Rounding::Nearest,
            ));
            entries.push(format!("\"{currency}\":{}", number::amount(amount)));
        }
        Ok(format!(
            "[null,null,null,null,[[0.001,0.001,0.001,null,null,-0.0002],[0.002,0.002,0.002,null,null,0.00065]],\
             [[],{{}},0],[null,{{{}}},{}],null,null,{{\"leo_lev\":0,\"leo_amount_avg\":0}}]",
            entries.join(","),
            number::amount(dollars.clamp_amount()),
        ))
    }

    fn ledgers(&mut self, account: usize, only: Option<Currency>, body: &Value) -> Answer {
        let range = Range::from_body(body, 25, 2_500)?;
        let category = match body.get("category") {
            None | Some(Value::Null) => None,
            Some(value) => Some(value.as_u64().ok_or_else(|| ApiError::params("category"))?),
        };
        let until = self.history_end();
        let fitting = self.known(account)?.ledger().iter().rev().filter(|row| {
            only.is_none_or(|only| only == row.currency)
                && category.is_none_or(|category| category == u64::from(row.category))
                && range.holds(row.at)
                && row.at <= until
        });
        Ok(rows::array(fitting.take(range.limit).map(rows::ledger)))
    }

    fn available(&self, account: usize, body: &Value) -> Answer {
        let symbol = body.get("symbol").and_then(Value::as_str).ok_or_else(|| ApiError::params("symbol"))?;
        if body.get("type").and_then(Value::as_str) != Some("FUNDING") {
            return Err(ApiError::params("type"));
        }
        let currency = self.traded(symbol)?;
        Ok(format!("[{}]", number::amount(self.known(account)?.available(currency))))
    }
}

/// The bare currency of a body.
pub(super) fn currency_of(body: &Value) -> Result<Currency, ApiError> {
    let code = body.get("currency").and_then(Value::as_str).ok_or_else(|| ApiError::params("currency"))?;
    Currency::from_code(code).map_err(|_no_code| ApiError::params("currency"))
}

/// `["sym", SYMBOL, [YIELD_LOAN, YIELD_LEND, DURATION_LOAN, DURATION_LEND]]`: averages weighted by amount.
pub(in super::super) fn funding_info(known: &Account, currency: Currency, frr: DailyRate, now: Timestamp) -> String {
    let (mut sum, mut yields, mut spans) = (0_i128, 0_i128, 0_i128);
    for lent in known.lent().filter(|lent| lent.currency == currency) {
        let amount = i128::from(lent.amount.units());
        let rate = if lent.variable { frr } else { lent.rate };
        sum = sum.saturating_add(amount);
        yields = yields.saturating_add(amount.saturating_mul(i128::from(rate.units())));
        let left = lent.opened.plus(lent.period.span()).since(now).get();
        spans = spans.saturating_add(amount.saturating_mul(i128::from(left)));
    }
    let mean = |total: i128| i64::try_from(total.checked_div(sum).unwrap_or(0)).unwrap_or(0);
    let days = mean(spans.saturating_mul(10_000) / i128::from(DAY.get()));
    let days = number::units(days, 4, number::Habit::Script);
    format!("[\"sym\",\"{}\",[0,{},0,{days}]]", currency.symbol(), number::rate(DailyRate::from_units(mean(yields))))
}
