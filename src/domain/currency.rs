//! Currencies by their Bitfinex code, written as markets write them or as the exchange does.

use thiserror::Error;

/// A currency's Bitfinex code, such as `USD`, `UST`, `BTC`: 2 to 12 upper-case letters or digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    bytes: [u8; 12],
    len: u8,
}

/// The text is no currency code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no currency code: expected 2 to 12 upper-case letters or digits, such as USD, USDT or BTC")]
pub struct CurrencyError;

/// Market name and Bitfinex code where they differ (bitfinex-api.md 1.2). `USDT` is valid nowhere in the API.
const ALIASES: [(&str, &str); 7] = [
    ("USDT", "UST"),
    ("USDC", "UDC"),
    ("DASH", "DSH"),
    ("IOTA", "IOT"),
    ("ALGO", "ALG"),
    ("ATOM", "ATO"),
    ("EURT", "EUT"),
];

impl Currency {
    /// US dollars, in which the exchange states its minimum offer.
    pub const USD: Self = Self { bytes: *b"USD\0\0\0\0\0\0\0\0\0", len: 3 };

    /// From a Bitfinex code, as it stands on the wire.
    ///
    /// # Errors
    /// [`CurrencyError`] for anything but 2 to 12 upper-case letters or digits.
    pub fn from_code(code: &str) -> Result<Self, CurrencyError> {
        let valid =
            (2..=12).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !valid {
            return Err(CurrencyError);
        }
        let mut bytes = [0; 12];
        for (slot, byte) in bytes.iter_mut().zip(code.bytes()) {
            *slot = byte;
        }
        Ok(Self { bytes, len: u8::try_from(code.len()).map_err(|_too_long| CurrencyError)? })
    }

    /// From a market name or a Bitfinex code: `USDT` and `UST` are the same. For what people write.
    ///
    /// # Errors
    /// [`CurrencyError`] as [`Currency::from_code`].
    pub fn from_name(name: &str) -> Result<Self, CurrencyError> {
        let code = ALIASES.iter().find(|(market, _)| *market == name).map_or(name, |(_, code)| code);
        Self::from_code(code)
    }

    /// From a funding symbol such as `fUSD`.
    ///
    /// # Errors
    /// [`CurrencyError`] when the text is no funding symbol.
    pub fn from_symbol(symbol: &str) -> Result<Self, CurrencyError> {
        symbol.strip_prefix('f').ok_or(CurrencyError).and_then(Self::from_code)
    }

    /// The Bitfinex code, also used in labels.
    #[must_use]
    pub fn code(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.len)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// The name markets use: `USDT` for `UST`.
    #[must_use]
    pub fn name(&self) -> &str {
        let code = self.code();
        ALIASES.iter().find(|(_, other)| *other == code).map_or(code, |(market, _)| market)
    }

    /// The funding symbol: `fUSD`.
    #[must_use]
    pub fn symbol(&self) -> String {
        format!("f{}", self.code())
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.pad(self.code())
    }
}

impl std::fmt::Debug for Currency {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_meet() {
        assert_eq!(Currency::from_name("USDT"), Currency::from_code("UST"));
        assert_eq!(Currency::from_symbol("fUST").unwrap().name(), "USDT");
        assert_eq!(Currency::USD.symbol(), "fUSD");
        assert_eq!(Currency::from_code("USD"), Ok(Currency::USD));
    }

    #[test]
    fn what_the_exchange_would_refuse_is_refused() {
        for text in ["", "u", "usd", "US D", "fUSD", "TOOLONGNAMEXX", "ÜSD"] {
            assert_eq!(Currency::from_code(text), Err(CurrencyError), "{text:?}");
        }
        assert_eq!(Currency::from_symbol("tBTCUSD"), Err(CurrencyError));
    }
}
