//! What clients send.

use serde_json::Value;

use super::super::api::ConnId;
use super::super::audit::{Actor, Verdict, Write};
use super::super::errors::ApiError;
use super::super::exchange::SimExchange;
use super::super::rest::{OfferInput, funding_info, read_id};
use super::super::rows;
use super::{BULK_UPDATES, SEQ_ALL, TIMESTAMP};
use crate::domain::{Currency, Moment};

impl SimExchange {
    /// A text frame arrives.
    pub fn receive(&mut self, now: Moment, conn: ConnId, text: &str) {
        self.advance(now);
        if self.sockets.conn(conn).is_none_or(|conn| conn.silent) {
            return;
        }
        match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(object)) => self.control_input(conn, &Value::Object(object)),
            Ok(Value::Array(parts)) => self.account_input(conn, &parts),
            Ok(_) | Err(_) => self.control(conn, error(10000, "json: invalid")),
        }
        self.deliver(now);
    }

    fn control_input(&mut self, id: ConnId, request: &Value) {
        match request.get("event").and_then(Value::as_str) {
            Some("ping") => {
                let cid = request.get("cid").map_or_else(String::new, |cid| format!(",\"cid\":{cid}"));
                let at = self.now.market.millis();
                self.control(id, format!("{{\"event\":\"pong\",\"ts\":{at}{cid}}}"));
            }
            Some("conf") => self.conf_input(id, request),
            Some("subscribe") => self.subscribe(id, request),
            Some("unsubscribe") => self.unsubscribe(id, request),
            Some("auth") => self.authorize(id, request),
            Some("unauth") => self.control(id, error(10200, "unauth: failed")),
            _ => self.control(id, error(10000, "event: invalid")),
        }
    }

    fn conf_input(&mut self, id: ConnId, request: &Value) {
        let Some(flags) = request.get("flags").and_then(Value::as_u64) else {
            return self.control(id, error(10050, "conf: failed"));
        };
        if let Some(conn) = self.sockets.conn(id) {
            conn.flags = flags & (SEQ_ALL | TIMESTAMP | BULK_UPDATES);
        }
        self.control(id, format!("{{\"event\":\"conf\",\"status\":\"OK\",\"flags\":{flags}}}"));
    }

    fn account_input(&mut self, id: ConnId, parts: &[Value]) {
        let session = self.sockets.conn(id).and_then(|conn| conn.session.as_ref()).map(|session| session.account);
        let (Some(account), [Value::Number(zero), Value::String(kind), _, body]) = (session, parts) else {
            return self.control(id, error(10000, "input: invalid"));
        };
        if zero.as_u64() != Some(0) {
            return self.control(id, error(10000, "input: invalid"));
        }
        let result = match kind.as_str() {
            "fon" => self.offer_input(account, body),
            "foc" => self.cancel_input(account, body),
            "calc" => {
                self.calculate(account, body);
                Ok(())
            }
            _ => return self.control(id, error(10000, "input: unknown")),
        };
        if let Err(refusal) = result {
            let kind = format!("{kind}-req");
            let note = rows::notification(self.core.now, &kind, "null", "ERROR", &refusal.text);
            self.core.tell(account, "n", note, false);
        }
    }

    /// A write over the websocket needs what one over REST needs.
    fn may_write(&mut self, account: usize, path: &str) -> Result<(), ApiError> {
        let known = self.core.account(account).ok_or_else(ApiError::key)?;
        let error = if known.revoked {
            ApiError::key()
        } else if self.core.maintenance {
            ApiError::maintenance()
        } else if known.permissions.iter().any(|row| row.scope == "funding" && row.write) {
            return Ok(());
        } else {
            ApiError::permission()
        };
        self.note_malformed(account, path, &error);
        Err(error)
    }

    fn note_malformed(&mut self, account: usize, path: &str, error: &ApiError) {
        let verdict = Verdict::Refused(error.code, error.text.clone());
        self.core.note_write(account, Actor::Api, Write::Other { path: path.to_owned() }, verdict, None, None);
    }

    fn offer_input(&mut self, account: usize, body: &Value) -> Result<(), ApiError> {
        self.may_write(account, "fon")?;
        let new = OfferInput::read(body).inspect_err(|error| self.note_malformed(account, "fon", error))?;
        self.core.submit(account, Actor::Api, &new).map(|_offer| ())
    }

    fn cancel_input(&mut self, account: usize, body: &Value) -> Result<(), ApiError> {
        self.may_write(account, "foc")?;
        let id = read_id(body).inspect_err(|error| self.note_malformed(account, "foc", error))?;
        // With the id of a loan or credit nothing happens at all.
        if self.core.account(account).is_some_and(|known| known.lent().any(|lent| lent.id.id == id)) {
            return Ok(());
        }
        self.core.cancel(account, Actor::Api, id).map(|_offer| ())
    }

    /// `[["wallet_funding_USD"], ["funding_sym_fUSD"]]`: told as `wu` and `fiu`.
    fn calculate(&mut self, account: usize, body: &Value) {
        let wanted = body.as_array().map_or(&[] as &[Value], Vec::as_slice);
        for word in wanted.iter().take(30).filter_map(|one| one.get(0).and_then(Value::as_str)) {
            let wallet = word.strip_prefix("wallet_funding_").and_then(|code| Currency::from_code(code).ok());
            if let Some(currency) = wallet {
                self.trouble_available(account, currency);
                self.core.tell_wallet(account, currency, false, false);
            }
            let market = word.strip_prefix("funding_sym_").and_then(|symbol| Currency::from_symbol(symbol).ok());
            if let Some(currency) = market {
                let frr = self.core.frr(currency);
                let info = self.core.account(account).map(|known| funding_info(known, currency, frr, self.core.now));
                if let Some(info) = info {
                    self.core.tell(account, "fiu", info, false);
                }
            }
        }
    }
}

fn error(code: u32, text: &str) -> String {
    format!("{{\"event\":\"error\",\"msg\":\"{text}\",\"code\":{code}}}")
}
