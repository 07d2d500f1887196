//! Who asks: key, signature, nonce, permission.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha384;

use super::super::api::Request;
use super::super::errors::ApiError;
use super::super::exchange::SimExchange;
use super::super::faults::Fault;
use super::super::ledger::Account;

/// The largest nonce: 2^53 − 1.
const MAX_NONCE: u64 = 9_007_199_254_740_991;

impl SimExchange {
    /// The account that signed this request. Its nonce is used up when the signature is right.
    pub(super) fn authenticate(&mut self, path: &str, request: &Request<'_>) -> Result<usize, ApiError> {
        let (Some(key), Some(nonce), Some(signature)) = (request.key, request.nonce, request.signature) else {
            return Err(ApiError::key());
        };
        if self.strikes(Fault::KeyRevoked) {
            self.revoke(key);
        }
        if self.strikes(Fault::PermissionChanged) {
            self.change_permission(key);
        }
        let (index, account) = self.find_key(key)?;
        let payload = format!("/api/v2/{path}{nonce}{}", request.body);
        // The official Python client signs the empty text and sends nothing: both bodies of nothing are equal only to
        // themselves, so `""` signed and `{}` sent is a wrong digest.
        if !signature_matches(&account.secret, &payload, signature) {
            return Err(ApiError::digest());
        }
        take_nonce(account, nonce)?;
        let scope = scope_of(path);
        if scope.is_some_and(|(scope, write)| !allows(account, scope, write)) {
            return Err(ApiError::permission());
        }
        Ok(index)
    }

    /// The account of a key that is not revoked.
    pub(in super::super) fn find_key(&mut self, key: &str) -> Result<(usize, &mut Account), ApiError> {
        let found = self.core.books.accounts.iter_mut().enumerate().find(|(_, known)| known.key == key);
        found.filter(|(_, known)| !known.revoked).ok_or_else(ApiError::key)
    }
}

/// Uses up a nonce: strictly greater than the last of this key, over REST and websocket alike.
pub(in super::super) fn take_nonce(account: &mut Account, nonce: &str) -> Result<(), ApiError> {
    let value: u64 = nonce.parse().map_err(|_no_number| ApiError::params("nonce"))?;
    if value > MAX_NONCE {
        return Err(ApiError::params("nonce"));
    }
    if value <= account.nonce {
        return Err(ApiError::nonce());
    }
    account.nonce = value;
    Ok(())
}

/// True when `signature` is the lower-case hex HMAC-SHA384 of `payload` under `secret`.
pub(in super::super) fn signature_matches(secret: &str, payload: &str, signature: &str) -> bool {
    let Ok(mut mac) = Hmac::<Sha384>::new_from_slice(secret.as_bytes()) else { return false };
    mac.update(payload.as_bytes());
    let digest = mac.finalize().into_bytes();
    let nibbles = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let hex: String = nibbles.filter_map(|nibble| char::from_digit(u32::from(nibble), 16)).collect();
    hex == signature
}

/// The scope that a path needs, and whether to write. What only tells of the key itself needs none.
fn scope_of(path: &str) -> Option<(&'static str, bool)> {
    let write = path.starts_with("auth/w/");
    let inner = path.strip_prefix("auth/r/").or_else(|| path.strip_prefix("auth/w/")).unwrap_or(path);
    match inner {
        "permissions" => None,
        "transfer" => Some(("wallets", true)),
        _ if inner.starts_with("wallets") || inner.starts_with("auth/calc/") => Some(("wallets", false)),
        _ if inner.starts_with("ledgers") || inner.ends_with("/hist") => Some(("history", false)),
        _ if inner.starts_with("funding") || inner.starts_with("info/funding") => Some(("funding", write)),
        _ if inner.starts_with("info/user") || inner.starts_with("summary") => Some(("account", false)),
        _ if inner.starts_with("withdraw") => Some(("withdraw", true)),
        _ => Some(("orders", write)),
    }
}

fn allows(account: &Account, scope: &str, write: bool) -> bool {
    account.permissions.iter().any(|row| row.scope == scope && if write { row.write } else { row.read })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_match_the_reference_vectors() {
        // bitfinex-api.md 2.1.
        let good = "9e2593f0ef4057e835be71f29ac39427127861cd310cfd86e17a399a50a3d2494ef74444e145d5b726ca528bb34f61ce";
        let payload = "/api/v2/auth/r/wallets1700000000000000{}";
        assert!(signature_matches("test-secret-do-not-use", payload, good));
        assert!(!signature_matches("test-secret-do-not-use", "/api/v2/auth/r/wallets1700000000000000", good));
        assert!(!signature_matches("another", payload, good));
    }

    #[test]
    fn paths_need_their_scope() {
        assert_eq!(scope_of("auth/w/funding/offer/submit"), Some(("funding", true)));
        assert_eq!(scope_of("auth/r/funding/offers/fUSD"), Some(("funding", false)));
        assert_eq!(scope_of("auth/r/funding/offers/fUSD/hist"), Some(("history", false)));
        assert_eq!(scope_of("auth/r/ledgers/USD/hist"), Some(("history", false)));
        assert_eq!(scope_of("auth/calc/order/avail"), Some(("wallets", false)));
        assert_eq!(scope_of("auth/r/permissions"), None);
    }
}
