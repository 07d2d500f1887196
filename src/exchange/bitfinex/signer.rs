//! Signatures: HMAC-SHA384 over the text that leaves, keyed by the API secret (bitfinex-api.md 2.1, 6.1).
//!
//! The secret stays in here and is wiped when the signer is dropped. It is in no error, no log and no `Debug`.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha384;

/// A key's identity and secret: all that is needed to speak for it.
#[derive(Clone)]
pub struct Signer {
    key: SecretString,
    secret: SecretString,
}

impl Signer {
    /// For this API key and its secret, exactly as the exchange gave them.
    #[must_use]
    pub fn new(key: &str, secret: &SecretString) -> Self {
        Self { key: SecretString::from(key), secret: secret.clone() }
    }

    /// The API key, which is sent in clear beside every signature.
    pub(super) fn key(&self) -> &str {
        self.key.expose_secret()
    }

    /// Signs a REST call: `path` without leading slash and without query (`auth/r/wallets`), `body` byte for byte as
    /// it is sent. Lower-case hex.
    #[must_use]
    pub fn rest(&self, path: &str, nonce: u64, body: &str) -> String {
        self.sign(&["/api/v2/", path, &nonce.to_string(), body])
    }

    /// Signs a socket's authentication payload, `AUTH` and the nonce. Lower-case hex.
    #[must_use]
    pub fn socket(&self, nonce: u64) -> String {
        self.sign(&["AUTH", &nonce.to_string()])
    }

    fn sign(&self, parts: &[&str]) -> String {
        // Any length makes an HMAC key, so this never fails; were it to, an empty signature is refused by the exchange.
        let Ok(mut mac) = Hmac::<Sha384>::new_from_slice(self.secret.expose_secret().as_bytes()) else {
            return String::new();
        };
        for part in parts {
            mac.update(part.as_bytes());
        }
        let mut hex = String::with_capacity(96);
        for byte in mac.finalize().into_bytes() {
            for nibble in [byte >> 4, byte & 0x0f] {
                hex.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            }
        }
        hex
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Signer(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> Signer {
        Signer::new("some-key", &SecretString::from("test-secret-do-not-use"))
    }

    #[test]
    fn the_reference_vectors_hold() {
        assert_eq!(
            signer().rest("auth/r/wallets", 1_700_000_000_000_000, "{}"),
            "9e2593f0ef4057e835be71f29ac39427127861cd310cfd86e17a399a50a3d2494ef74444e145d5b726ca528bb34f61ce"
        );
        assert_eq!(
            signer().rest(
                "auth/w/funding/offer/submit",
                1_700_000_000_000_001,
                r#"{"type":"LIMIT","symbol":"fUSD","amount":"150.5","rate":"0.0004","period":2,"flags":0}"#
            ),
            "9ec6967ad128c33332a0c3aef53d46c7c400dc4aacc3b50bb7c6d39e5c3215f8e7f99758cf9edb931c831b514f92a07f"
        );
        assert_eq!(
            signer().socket(1_700_000_000_000_002),
            "59e3773bed8662906bc56611f25bb9743b8c80dd7a956ac4d85fb0786afce7b39d8a2fa6e2d84baa1763ed779591eaac"
        );
    }

    #[test]
    fn nothing_secret_shows() {
        let shown = format!("{:?} {:#?}", signer(), signer());
        assert!(!shown.contains("some-key") && !shown.contains("do-not-use"), "{shown}");
    }
}
