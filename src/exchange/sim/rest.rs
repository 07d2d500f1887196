//! HTTP: from a request to a reply. Signature, nonce, limits and faults here; what is answered in the rooms below.

mod auth;
mod limits;
mod params;
mod private;
mod public;
mod write;

use super::api::{Fate, Reply, Request};
use super::errors::ApiError;
use super::exchange::SimExchange;
use super::faults::Fault;
use crate::domain::{Millis, Moment};

pub(super) use auth::{signature_matches, take_nonce};
pub(super) use limits::Limits;
pub(super) use params::Query;
pub(super) use private::funding_info;
pub(super) use write::{OfferInput, read_id};

/// What a handler answers: a body, or a refusal.
pub(super) type Answer = Result<String, ApiError>;

/// A page of the CDN.
const CDN_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway\
                        </h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n";

impl SimExchange {
    /// Answers an HTTP request.
    pub fn request(&mut self, now: Moment, request: &Request<'_>) -> Reply {
        self.advance(now);
        let path = request.path.trim_start_matches('/');
        let path = path.strip_prefix("v2/").unwrap_or(path);
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let writes = path.starts_with("auth/w/");
        let mut reply = if let Err(stopped) = self.gate(now, path, request) {
            stopped
        } else {
            let answer = self.answer(path, query, request);
            let executed = writes && answer.is_ok();
            self.after(executed, reply_of(answer))
        };
        if self.strikes(Fault::Delay) && matches!(reply.fate, Fate::Send(_)) {
            reply.fate = Fate::Send(Millis::new(self.wire_random.between(500, 8_000)));
        }
        self.deliver(now);
        reply
    }

    /// What stops a request before it is read: the block, faults on the way in, maintenance.
    fn gate(&mut self, now: Moment, path: &str, request: &Request<'_>) -> Result<(), Reply> {
        let mut within = self.limits.count(path, now.wire).is_ok();
        if self.strikes(Fault::RateLimit) {
            self.limits.block(now.wire);
            within = false;
        }
        if !within {
            let error = ApiError::rate_limit();
            // Both shapes were seen.
            let body = if self.wire_random.one_in(2) { error.array() } else { "{\"error\":\"ERR_RATE_LIMIT\"}".into() };
            return Err(sent(429, body));
        }
        if self.strikes(Fault::ServerFault) {
            let status = [500, 502, 503, 504, 520].get(usize::try_from(self.wire_random.between(0, 4)).unwrap_or(0));
            return Err(sent(status.copied().unwrap_or(502), CDN_PAGE.to_owned()));
        }
        if self.strikes(Fault::Maintenance) {
            self.begin_maintenance(true);
        }
        if path.starts_with("auth/w/") && self.core.maintenance {
            let status = if self.wire_random.one_in(2) { 500 } else { 503 };
            return Err(sent(status, ApiError::maintenance().array()));
        }
        if request.key.is_some() && self.strikes(Fault::NonceSmall) {
            return Err(sent(500, ApiError::nonce().array()));
        }
        Ok(())
    }

    /// Faults on the way out. After an executed write the outcome may be lost.
    fn after(&mut self, executed: bool, reply: Reply) -> Reply {
        if executed {
            if self.strikes(Fault::FaultAfterAccept) {
                return sent(502, CDN_PAGE.to_owned());
            }
            if self.strikes(Fault::HangAfterAccept) {
                return Reply { fate: Fate::Hang, ..reply };
            }
            if self.strikes(Fault::CutAfterAccept) {
                return Reply { fate: Fate::Cut, ..reply };
            }
        }
        if self.strikes(Fault::Garbage) {
            let half = reply.body.chars().count() / 2;
            let body: String = reply.body.chars().take(half).chain("\u{fffd}<".chars()).collect();
            return Reply { body, ..reply };
        }
        reply
    }

    fn answer(&mut self, path: &str, query: &str, request: &Request<'_>) -> Answer {
        let parts: Vec<&str> = path.split('/').collect();
        if parts.first() == Some(&"auth") {
            let account = self.authenticate(path, request)?;
            return self.private(account, &parts, request.body);
        }
        self.public(&parts, &Query::new(query), request)
    }

    /// True when `fault` strikes at this occasion.
    pub(super) fn strikes(&mut self, fault: Fault) -> bool {
        self.faults.strikes(fault)
    }
}

fn reply_of(answer: Answer) -> Reply {
    match answer {
        Ok(body) => sent(200, body),
        Err(error) if error.code == 11010 => sent(429, error.array()),
        Err(error) => sent(500, error.array()),
    }
}

pub(super) const fn sent(status: u16, body: String) -> Reply {
    Reply { status, body, fate: Fate::Send(Millis::new(0)) }
}
