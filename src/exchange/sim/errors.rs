//! The exchange's refusals: code and text as bitfinex-api.md 2.4 and 2.5 list them.

use super::number::quoted;
use crate::domain::Currency;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) code: u32,
    pub(super) text: String,
}

impl ApiError {
    pub(super) fn new(code: u32, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    /// A parameter is missing or malformed.
    pub(super) fn params(name: &str) -> Self {
        Self::new(10020, format!("{name}: invalid"))
    }

    pub(super) fn key() -> Self {
        Self::new(10100, "apikey: invalid")
    }

    pub(super) fn digest() -> Self {
        Self::new(10100, "apikey: digest invalid")
    }

    pub(super) fn nonce() -> Self {
        Self::new(10114, "nonce: small")
    }

    pub(super) fn permission() -> Self {
        Self::new(10001, "api_key: permission invalid")
    }

    pub(super) fn rate_limit() -> Self {
        Self::new(11010, "ratelimit: error")
    }

    pub(super) fn maintenance() -> Self {
        Self::new(20060, "maintenance")
    }

    pub(super) fn minimum(currency: Currency) -> Self {
        Self::new(
            10001,
            format!("Invalid offer: incorrect amount, minimum is 150.0 dollar or equivalent in {currency}"),
        )
    }

    pub(super) fn balance(currency: Currency) -> Self {
        Self::new(10001, format!("Invalid offer: not enough {currency} balance available in deposit wallet"))
    }

    pub(super) fn offer_cap() -> Self {
        Self::new(10001, "Limit: too many active offers")
    }

    pub(super) fn frr_offset() -> Self {
        Self::new(10001, "FRR offset larger than 30% of FRR, aborting.")
    }

    pub(super) fn not_found() -> Self {
        Self::new(10001, "Offer not found.")
    }

    /// The error array.
    pub(super) fn array(&self) -> String {
        format!("[\"error\",{},{}]", self.code, quoted(&self.text))
    }
}
