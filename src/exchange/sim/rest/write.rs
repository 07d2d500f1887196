//! Writing: submit, cancel, auto-renew. Everything else that writes is refused, and seen by the auditor.

use serde_json::Value;

use super::super::audit::{Actor, Verdict, Write};
use super::super::errors::ApiError;
use super::super::exchange::SimExchange;
use super::super::ledger::AutoRenew;
use super::super::number;
use super::super::orders::{NewOffer, cancelled, submitted};
use super::super::rows::{self, Channel};
use super::Answer;
use super::params::body;
use super::private::currency_of;
use crate::domain::{Amount, Currency, DailyRate, Days, Decimal, OfferKind, Rounding};

/// The body of a submit, read as strictly as the exchange does.
pub(in super::super) struct OfferInput;

impl OfferInput {
    /// Reads an offer; the symbol's currency need not be traded here.
    pub(in super::super) fn read(body: &Value) -> Result<NewOffer, ApiError> {
        let text = |name: &str| body.get(name).and_then(Value::as_str).ok_or_else(|| ApiError::params(name));
        let kind = OfferKind::from_wire(text("type")?).ok_or_else(|| ApiError::params("type"))?;
        let currency = Currency::from_symbol(text("symbol")?).map_err(|_no_symbol| ApiError::params("symbol"))?;
        let amount = Amount::from_decimal(plain(body, "amount")?, Rounding::Nearest)
            .map_err(|_out_of_range| ApiError::params("amount"))?;
        let rate = DailyRate::from_decimal(plain(body, "rate")?, Rounding::Down)
            .map_err(|_out_of_range| ApiError::params("rate"))?;
        let period = body.get("period").and_then(Value::as_u64).and_then(|days| u16::try_from(days).ok());
        let period = period.and_then(Days::valid).ok_or_else(|| ApiError::params("period"))?;
        let flags = match body.get("flags") {
            None | Some(Value::Null) => 0,
            Some(value) => value.as_u64().ok_or_else(|| ApiError::params("flags"))?,
        };
        if amount == Amount::ZERO {
            return Err(ApiError::params("amount"));
        }
        // Digits beyond the eighth decimal and the fifth significant one are cut.
        let rate = rate.outbound(Rounding::Down);
        Ok(NewOffer { currency, amount, rate, kind, period, hidden: flags & 64 != 0, renew: false })
    }
}

/// A number in plain decimal notation, as a string. Exponents are not understood.
fn plain(body: &Value, name: &str) -> Result<Decimal, ApiError> {
    let invalid = || ApiError::params(name);
    let text = match body.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => return Err(invalid()),
    };
    if text.contains(['e', 'E', '+']) {
        return Err(invalid());
    }
    Decimal::parse(&text).map_err(|_no_number| invalid())
}

/// The id of an offer: an integer, never a string.
pub(in super::super) fn read_id(body: &Value) -> Result<i64, ApiError> {
    body.get("id").and_then(Value::as_i64).ok_or_else(|| ApiError::params("id"))
}

impl SimExchange {
    pub(super) fn write(&mut self, account: usize, parts: &[&str], text: &str) -> Answer {
        let outcome = match (body(text), parts) {
            (Ok(body), ["auth", "w", "funding", "offer", "submit"]) => self.submit(account, &body),
            (Ok(body), ["auth", "w", "funding", "offer", "cancel"]) => self.cancel(account, &body),
            (Ok(body), ["auth", "w", "funding", "offer", "cancel", "all"]) => self.cancel_all(account, &body),
            (Ok(body), ["auth", "w", "funding", "auto"]) => self.auto(account, &body),
            (Ok(_), ["auth", "w", "funding", "close" | "keep"]) => {
                Err(Rejected::malformed(ApiError::new(10001, "Invalid funding id")))
            }
            (Ok(_), _) => Err(Rejected::malformed(ApiError::new(10001, "not available on this exchange"))),
            (Err(error), _) => Err(Rejected::malformed(error)),
        };
        outcome
            .map_err(|rejected| {
                if !rejected.audited {
                    let verdict = Verdict::Refused(rejected.error.code, rejected.error.text.clone());
                    let write = Write::Other { path: parts.join("/") };
                    self.core.note_write(account, Actor::Api, write, verdict, None, None);
                }
                rejected.error
            })
            .or_else(|error| self.perhaps_notified(parts, error))
    }

    /// A business rejection comes as an error array, or inside a notification with HTTP 200.
    fn perhaps_notified(&mut self, parts: &[&str], error: ApiError) -> Answer {
        if error.code != 10001 || !self.wire_random.one_in(4) {
            return Err(error);
        }
        let kind = if parts.last() == Some(&"submit") { "fon-req" } else { "foc-req" };
        let status = if self.wire_random.one_in(3) { "FAILURE" } else { "ERROR" };
        Ok(rows::notification(self.core.now, kind, "null", status, &error.text))
    }

    fn submit(&mut self, account: usize, body: &Value) -> Result<String, Rejected> {
        let new = OfferInput::read(body).map_err(Rejected::malformed)?;
        let offer = self.core.submit(account, Actor::Api, &new).map_err(Rejected::refused)?;
        let mut row = rows::offer(&offer, self.core.frr(offer.currency), Channel::Reply);
        if self.wire_random.one_in(16) {
            row = format!("[{row}]");
        }
        Ok(rows::notification(self.core.now, "fon-req", &row, "SUCCESS", &submitted(&offer)))
    }

    fn cancel(&mut self, account: usize, body: &Value) -> Result<String, Rejected> {
        let id = read_id(body).map_err(Rejected::malformed)?;
        let offer = self.core.cancel(account, Actor::Api, id).map_err(Rejected::refused)?;
        // The reply shows the offer as it stood: ACTIVE mostly.
        let row = rows::offer(&offer, self.core.frr(offer.currency), Channel::List);
        Ok(rows::notification(self.core.now, "foc-req", &row, "SUCCESS", &cancelled(&offer)))
    }

    fn cancel_all(&mut self, account: usize, body: &Value) -> Result<String, Rejected> {
        let currency = match body.get("currency") {
            None => None,
            Some(_) => Some(currency_of(body).map_err(Rejected::malformed)?),
        };
        let count = self.core.cancel_all(account, Actor::Api, currency);
        let text = if count == 0 { "None to cancel" } else { "Cancelling all offers" };
        Ok(rows::notification(self.core.now, "foc_all-req", "null", "SUCCESS", text))
    }

    fn auto(&mut self, account: usize, body: &Value) -> Result<String, Rejected> {
        let (currency, renew) = read_auto(body).map_err(Rejected::malformed)?;
        self.core.market(currency).ok_or_else(|| Rejected::malformed(ApiError::params("currency")))?;
        let before = self.core.audited(account, currency);
        if let Some(known) = self.core.account_mut(account) {
            match renew {
                Some(renew) => known.renew.insert(currency, renew),
                None => known.renew.remove(&currency),
            };
        }
        self.core.plan_renew(account, currency);
        let write = Write::AutoRenew { currency, on: renew.is_some() };
        self.core.note_write(account, Actor::Api, write, Verdict::Accepted(None), before, Some(currency));
        let Some(renew) = renew else {
            let text = format!("Auto-renew of {currency} offers deactivated");
            return Ok(rows::notification(self.core.now, "fa-req", "null", "SUCCESS", &text));
        };
        let rate = renew.rate.unwrap_or_default();
        let percent = number::units(rate.units(), 10, number::Habit::Script);
        let data =
            format!("[\"{currency}\",{},{},{}]", renew.period.get(), number::rate(rate), number::amount(renew.amount));
        let days = renew.period.get();
        let text = format!("Auto-renew of {currency} offers activated at {percent}% a day for {days} days periods");
        Ok(rows::notification(self.core.now, "fa-req", &data, "SUCCESS", &text))
    }
}

/// Reads the switch of auto-renew. Its rate comes in percent per day, alone among all requests.
fn read_auto(body: &Value) -> Result<(Currency, Option<AutoRenew>), ApiError> {
    let currency = currency_of(body)?;
    match body.get("status").and_then(Value::as_u64) {
        Some(0) => return Ok((currency, None)),
        Some(1) => {}
        _ => return Err(ApiError::params("status")),
    }
    let optional = |name: &str| {
        if body.get(name).is_none_or(Value::is_null) { Ok(Decimal::default()) } else { plain(body, name) }
    };
    let rate = DailyRate::from_percent_per_day(optional("rate")?, Rounding::Down)
        .map_err(|_out_of_range| ApiError::params("rate"))?;
    let amount = Amount::from_decimal(optional("amount")?, Rounding::Nearest)
        .map_err(|_out_of_range| ApiError::params("amount"))?;
    let period = body.get("period").map_or(Some(2), Value::as_u64).and_then(|days| u16::try_from(days).ok());
    let period = period.and_then(Days::valid).ok_or_else(|| ApiError::params("period"))?;
    let renew = AutoRenew { period, rate: Some(rate).filter(|rate| rate.is_positive()), amount };
    Ok((currency, Some(renew)))
}

/// A write that was not done; the core has audited it already, or not.
struct Rejected {
    error: ApiError,
    audited: bool,
}

impl Rejected {
    const fn malformed(error: ApiError) -> Self {
        Self { error, audited: false }
    }

    const fn refused(error: ApiError) -> Self {
        Self { error, audited: true }
    }
}
