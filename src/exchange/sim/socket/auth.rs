//! Authentication of a connection, and the snapshots that follow it.

use serde_json::Value;

use super::super::api::ConnId;
use super::super::errors::ApiError;
use super::super::exchange::SimExchange;
use super::super::faults::Fault;
use super::super::ledger::{Account, WalletName};
use super::super::number::{self, quoted};
use super::super::rest::{signature_matches, take_nonce};
use super::super::rows::{self, Channel};
use super::{AUTHS, Numbers, Piece, Session, crowded};
use crate::domain::{Amount, Currency, LentKind, Rounding, Total};

impl SimExchange {
    pub(super) fn authorize(&mut self, id: ConnId, request: &Value) {
        let most = usize::try_from(AUTHS.0.saturating_mul(self.limits.scale())).unwrap_or(usize::MAX);
        let busy = crowded(&mut self.sockets.auths, self.now.wire, AUTHS.1, most);
        let result = if busy { Err(ApiError::rate_limit()) } else { self.check_auth(id, request) };
        match result {
            Ok(account) => {
                let filter = request
                    .get("filter")
                    .and_then(Value::as_array)
                    .map(|words| words.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<String>>());
                self.welcome(id, account, filter);
            }
            Err(error) => {
                let (code, text) = (error.code, quoted(&error.text));
                self.control(
                    id,
                    format!("{{\"event\":\"auth\",\"status\":\"FAILED\",\"chanId\":0,\"code\":{code},\"msg\":{text}}}"),
                );
            }
        }
    }

    fn check_auth(&mut self, id: ConnId, request: &Value) -> Result<usize, ApiError> {
        if self.sockets.conn(id).is_some_and(|conn| conn.session.is_some()) {
            return Err(ApiError::new(10100, "auth: dup"));
        }
        if self.core.maintenance {
            return Err(ApiError::new(11000, "ready: invalid"));
        }
        let text = |name: &str| request.get(name).and_then(Value::as_str);
        let nonce = match request.get("authNonce") {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => return Err(ApiError::new(10111, "nonce: invalid")),
        };
        let key = text("apiKey").ok_or_else(ApiError::key)?;
        let payload = text("authPayload").filter(|payload| payload.contains(&nonce));
        let payload = payload.ok_or_else(|| ApiError::new(10111, "auth payload: invalid"))?;
        let signature = text("authSig").ok_or_else(|| ApiError::new(10112, "auth sig: invalid"))?;
        if self.strikes(Fault::KeyRevoked) {
            self.revoke(key);
        }
        if self.strikes(Fault::NonceSmall) {
            return Err(ApiError::nonce());
        }
        let (index, account) = self.find_key(key)?;
        if !signature_matches(&account.secret, payload, signature) {
            return Err(ApiError::digest());
        }
        take_nonce(account, &nonce)?;
        Ok(index)
    }

    fn welcome(&mut self, id: ConnId, account: usize, filter: Option<Vec<String>>) {
        let as_text = self.wire_random.one_in(3);
        let Some(known) = self.core.account(account) else { return };
        let caps = caps(known, as_text);
        let (user, seed) = (known.user, self.wire_random.bits());
        let text = format!(
            "{{\"event\":\"auth\",\"status\":\"OK\",\"chanId\":0,\"userId\":{user},\"auth_id\":\"{:08x}-ef44-4671-be32-\
             {:012x}\",\"caps\":{caps}}}",
            seed >> 32,
            seed & 0xffff_ffff
        );
        self.control(id, text);
        if let Some(conn) = self.sockets.conn(id) {
            conn.session = Some(Session { account, filter });
            conn.syncing = true;
            conn.private = 0;
        }
        for (kind, body) in self.snapshots(account) {
            self.tell_conn(id, kind, &body);
        }
        // The first counted wallet comes in the sync or after it.
        let late = self.wire_random.one_in(2);
        if late && let Some(conn) = self.sockets.conn(id) {
            conn.syncing = false;
        }
        for body in self.wallets_known(account) {
            self.tell_conn(id, "wu", &body);
        }
        let total = self.worth(account);
        self.tell_conn(id, "bu", &format!("[{total},{total}]"));
        if let Some(conn) = self.sockets.conn(id) {
            conn.syncing = false;
        }
    }

    /// ps, ws, os, fos, fcs, fls, in this order; wallets without AVAILABLE.
    fn snapshots(&self, account: usize) -> Vec<(&'static str, String)> {
        let Some(known) = self.core.account(account) else { return Vec::new() };
        let wallets = known.wallets().keys().map(|(name, currency)| rows::wallet(known, *name, *currency, None, false));
        let offers = known.offers().map(|o| rows::offer(o, self.core.frr(o.currency), Channel::Socket));
        let lent = |kind: LentKind| {
            let fitting = known.lent().filter(move |lent| lent.id.kind == kind);
            rows::array(fitting.map(|lent| rows::lent(lent, Channel::Socket)))
        };
        vec![
            ("ps", "[]".to_owned()),
            ("ws", rows::array(wallets)),
            ("os", "[]".to_owned()),
            ("fos", rows::array(offers)),
            ("fcs", lent(LentKind::Credit)),
            ("fls", lent(LentKind::Loan)),
        ]
    }

    /// Every wallet with what is shown as available.
    fn wallets_known(&self, account: usize) -> Vec<String> {
        let Some(known) = self.core.account(account) else { return Vec::new() };
        let keys = known.wallets().keys();
        keys.map(|(name, currency)| {
            let available = match name {
                WalletName::Funding => self.core.shown(account, *currency),
                WalletName::Exchange | WalletName::Margin => Some(known.balance(*name, *currency)),
            };
            rows::wallet(known, *name, *currency, available.map(number::amount), false)
        })
        .collect()
    }

    /// Everything that the account holds, in dollars.
    fn worth(&self, account: usize) -> String {
        let Some(known) = self.core.account(account) else { return "0".to_owned() };
        let price = |currency: Currency| {
            self.core
                .market(currency)
                .and_then(|market| market.usd_price)
                .unwrap_or_else(|| if currency == Currency::USD { Amount::whole(1) } else { Amount::ZERO })
        };
        let dollars = known.wallets().iter().map(|((_, currency), balance)| {
            balance.scale_by(price(*currency).units(), Amount::whole(1).units(), Rounding::Nearest)
        });
        number::amount(dollars.sum::<Total>().clamp_amount())
    }

    /// One message of channel 0 to one connection, if its filter lets it through.
    pub(super) fn tell_conn(&mut self, id: ConnId, kind: &str, body: &str) {
        let wanted = self.sockets.conn(id).and_then(|conn| conn.session.as_ref());
        if !wanted.is_some_and(|session| wants(session.filter.as_deref(), kind, body)) {
            return;
        }
        let numbers = if kind == "n" { Numbers::AuthOnly } else { Numbers::Both };
        let piece = Piece::Account(numbers, format!("\"{kind}\",{body}"));
        self.sockets.send(&mut self.faults, self.now, id, piece);
    }
}

/// True when a filter lets a message through; without a filter everything passes.
fn wants(filter: Option<&[String]>, kind: &str, body: &str) -> bool {
    let Some(words) = filter else { return true };
    let family = match kind {
        "ws" | "wu" => "wallet",
        "bu" => "balance",
        "n" => "notify",
        "ps" | "os" => "trading",
        _ => "funding",
    };
    words.iter().any(|word| {
        let Some(rest) = word.strip_prefix(family) else { return false };
        let mut parts = rest.split('-').skip(1);
        // `funding-fUSD`, `wallet-funding-USD`: every part must stand in the row. Snapshots pass whole.
        rest.is_empty() || body.starts_with("[[") || body == "[]" || parts.all(|part| body.contains(&quoted(part)))
    })
}

/// What the key may do: an object of numbers, or the text of an object of strings as older pages show.
fn caps(known: &Account, as_text: bool) -> String {
    let quote = if as_text { "\"" } else { "" };
    let entries: Vec<String> = known
        .permissions
        .iter()
        .map(|row| {
            let (read, write) = (u8::from(row.read), u8::from(row.write));
            let scope = quoted(&row.scope);
            format!("{scope}:{{\"read\":{quote}{read}{quote},\"write\":{quote}{write}{quote}}}")
        })
        .collect();
    let object = format!("{{{}}}", entries.join(","));
    if as_text { quoted(&object) } else { object }
}
