//! Summaries of the market over time: candles of rates, and the exchange's statistics of all funding.

use super::currency::Currency;
use super::decimal::Decimal;
use super::money::Amount;
use super::rate::DailyRate;
use super::time::{Days, MINUTE, Millis, Timestamp};

/// One candle of funding rates (bitfinex-api.md 4.5). Intervals without a trade have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candle {
    /// Start of its interval.
    pub at: Timestamp,
    /// First rate per day.
    pub open: DailyRate,
    /// Last rate per day.
    pub close: DailyRate,
    /// Highest rate per day.
    pub high: DailyRate,
    /// Lowest rate per day.
    pub low: DailyRate,
    /// Traded, in the currency.
    pub volume: Amount,
}

/// Which trades candles sum up, and how long each is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CandleSeries {
    /// Length of a candle's interval.
    pub width: Millis,
    /// Shortest period of the trades that count.
    pub from: Days,
    /// Longest period of the trades that count.
    pub to: Days,
}

impl CandleSeries {
    /// The name that the exchange has for it: `trade:1h:fUSD:p2`, or `trade:1h:fUSD:a30:p2:p30` for a range of periods.
    #[must_use]
    pub fn key(&self, currency: Currency) -> String {
        let minutes = self.width.get() / MINUTE.get();
        let frame = match minutes {
            43_200 => "1M".to_owned(),
            10_080 => "1W".to_owned(),
            _ if minutes >= 1_440 && minutes % 1_440 == 0 => format!("{}D", minutes / 1_440),
            _ if minutes >= 60 && minutes % 60 == 0 => format!("{}h", minutes / 60),
            _ => format!("{minutes}m"),
        };
        let (symbol, from, to) = (currency.symbol(), self.from.get(), self.to.get());
        if from == to {
            format!("trade:{frame}:{symbol}:p{from}")
        } else {
            format!("trade:{frame}:{symbol}:a30:p{from}:p{to}")
        }
    }

    /// True when the interval that begins at `candle` has ended at `now`: a candle that is still forming says other
    /// things later.
    #[must_use]
    pub fn is_closed(&self, candle: Timestamp, now: Timestamp) -> bool {
        candle.plus(self.width) <= now
    }
}

/// What the exchange says of all funding in one currency (bitfinex-api.md 4.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FundingStats {
    /// When; a grid of five minutes in practice.
    pub at: Timestamp,
    /// Flash return rate per day: the wire's number times 365, coarse (steps of 3.65e-6).
    pub frr: DailyRate,
    /// Average period in days.
    pub average_period: Option<Decimal>,
    /// All that is provided.
    pub provided: Option<Amount>,
    /// What of it is used in positions.
    pub used: Option<Amount>,
    /// Open offers under 0.75 %.
    pub below_threshold: Option<Amount>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_has_the_exchanges_name_and_its_candles_an_end() {
        let series =
            |minutes, from, to| CandleSeries { width: MINUTE.times(minutes), from: Days::new(from), to: Days::new(to) };
        assert_eq!(series(1, 2, 2).key(Currency::USD), "trade:1m:fUSD:p2");
        assert_eq!(series(15, 2, 30).key(Currency::USD), "trade:15m:fUSD:a30:p2:p30");
        assert_eq!(series(60, 120, 120).key(Currency::USD), "trade:1h:fUSD:p120");
        assert_eq!(series(1_440, 2, 2).key(Currency::USD), "trade:1D:fUSD:p2");
        let hour = series(60, 2, 2);
        let at = |minutes: i64| Timestamp::from_millis(minutes * 60_000);
        assert!(!hour.is_closed(at(60), at(119)) && hour.is_closed(at(60), at(120)));
    }
}
