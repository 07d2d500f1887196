//! Summaries of the market over time: candles of rates, and the exchange's statistics of all funding.

use super::decimal::Decimal;
use super::money::Amount;
use super::rate::DailyRate;
use super::time::{Days, Millis, Timestamp};

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
