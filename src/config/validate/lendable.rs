//! Which currencies Bitfinex lends, as far as is known.

use crate::domain::Currency;

/// Codes of currencies with a funding market: those that margin positions are financed in.
///
/// The exchange publishes its list at `conf/pub:list:currency:margin` (bitfinex-api.md 4.9 and 4.10) and changes it: what
/// stands here was put together without asking it. So a currency that is not here is remarked on, never refused; the
/// exchange has the last word.
const KNOWN: [&str; 56] = [
    "AAVE", "ADA", "ALG", "AMP", "APE", "APT", "ATO", "AVAX", "AXS", "BCHN", "BTC", "COMP", "DAI", "DOGE", "DOT",
    "DSH", "EGLD", "EOS", "ETC", "ETH", "EUR", "FIL", "FTM", "GBP", "GRT", "ICP", "IOT", "JPY", "LEO", "LINK", "LTC",
    "MATIC", "MKR", "NEAR", "NEO", "OMG", "POL", "SAND", "SHIB", "SOL", "SUI", "SUSHI", "TESTBTC", "TESTUSD",
    "TESTUSDT", "TRX", "UNI", "USD", "UST", "XAUT", "XLM", "XMR", "XRP", "XTZ", "ZEC", "ZRX",
];

/// True when the currency is known to be lent.
pub(super) fn is_known(currency: Currency) -> bool {
    KNOWN.contains(&currency.code())
}

/// The names under which the known ones are written.
pub(super) fn names() -> Vec<String> {
    KNOWN.iter().filter_map(|code| Currency::from_code(code).ok()).map(|currency| currency.name().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_one_and_stands_in_order() {
        assert_eq!(names().len(), KNOWN.len());
        assert!(KNOWN.is_sorted() && names().contains(&"USDT".to_owned()));
        assert!(is_known(Currency::USD) && !is_known(Currency::from_code("USDT").unwrap()));
    }
}
