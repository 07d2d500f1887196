//! What one currency's modelled market looks like. Every number names its source: sections of strategy.md, or the
//! recorded books of 2026-07-21..08-11 (*books*), of which these are the quantiles.

use super::hold::Refinancing;
use super::numbers::apr;
use crate::domain::{Amount, Currency};

/// The character of a modelled market.
#[derive(Debug, Clone, PartialEq)]
pub struct MarketProfile {
    pub(super) currency: Currency,
    /// Price of a unit in USD at the start, and the log standard deviation of its daily change.
    pub(super) usd_price: f64,
    pub(super) price_sigma: f64,
    /// A price that returns to where it started.
    pub(super) pegged: bool,
    /// Rate per day at which undercutting usually ends.
    pub(super) anchor: f64,
    /// Stationary log standard deviation of the slow level.
    pub(super) level_sigma: f64,
    /// Decimals of the rates that bots write.
    pub(super) digits: u8,
    /// FRR over the anchor, and the median amount waiting at it.
    pub(super) frr_over: f64,
    pub(super) frr_waiting: f64,
    /// The smallest usual lot, in units of the currency.
    pub(super) lot: f64,
    /// Offer levels that the crowd keeps up, and the mean log distance over the best of those
    /// lots that do not crowd at it.
    pub(super) levels: usize,
    pub(super) spread: f64,
    /// Offers that join between two looks at the book, in the quiet part of the cycle.
    pub(super) joining: f64,
    /// Chance of a change in the book at a look.
    pub(super) activity: f64,
    /// Median of a large lender's level, and how many of them stand where batches end.
    pub(super) wall: f64,
    pub(super) walls: usize,
    /// Chance that a cycle's batch comes at all.
    pub(super) batch_chance: f64,
    /// Median two-day demand of a batch, and its log standard deviation.
    pub(super) demand: f64,
    pub(super) demand_sigma: f64,
    /// Mean log distance from the anchor to the dearest print of a batch, and its spread.
    pub(super) reach: f64,
    pub(super) reach_sigma: f64,
    /// Spikes in a year.
    pub(super) spikes: f64,
    /// Scale of the bids' amounts; under 1e-6 of the dollar market the bid side is a single small bid.
    pub(super) bids: f64,
    /// The standing 120-day bid over the anchor, in its high and its low state.
    pub(super) long_bid: (f64, f64),
    pub(super) refinancing: Refinancing,
}

impl MarketProfile {
    /// The dollar market.
    #[must_use]
    pub fn usd() -> Self {
        Self {
            currency: Currency::USD,
            usd_price: 1.0,
            price_sigma: 0.0,
            pegged: true,
            // Best two-day offer before a batch, 1.2: 5.48 % a year; lower quartile of all books 5.46 %.
            anchor: apr(5.3),
            // 5.1: Ornstein-Uhlenbeck level, log standard deviation 0.45.
            level_sigma: 0.45,
            digits: 8,
            // 1.7: FRR 11.3 to 13.6 % a year against a best offer of 5.0 to 5.5 %; 60.6 and 287 M USD waiting.
            frr_over: 2.05,
            frr_waiting: 180e6,
            // 1.2: half of the swept lots are 150 to 152 USD.
            lot: 150.0,
            // The one 100-level book: 100 levels reach 1.8 times the best; books: 25 levels reach 1.15 times (median).
            levels: 85,
            spread: 0.30,
            joining: 4.0,
            activity: 1.0,
            // Books: 2 % of the visible levels exceed 50 000 USD; 1.3: 3 to 15 M USD an hour trade, far more than the crowd
            // offers.
            wall: 1_100_000.0,
            walls: 3,
            batch_chance: 1.0,
            // 1.3 and the candles of 2026-08: median 3.3 M USD an hour, three batches, most of it two-day.
            demand: 2_800_000.0,
            demand_sigma: 0.75,
            // 1.3: hourly high at least 8 % in 0.90, 9 % in 0.39, 9.5 % in 0.10, 10 % in 0.07 of the hours.
            reach: 0.455,
            reach_sigma: 0.08,
            // 5.1.
            spikes: 12.0,
            bids: 1.0,
            // 1.6: 10.25 % and 6.6 % a year.
            long_bid: (1.93, 1.245),
            refinancing: Refinancing::None,
        }
    }

    /// The tether market: as the dollar at one fifth of its size (1.10), FRR 8.8 % and 57.6 M waiting (ticker of
    /// 2026-09-05), best 120-day bid 9.75 %.
    #[must_use]
    pub fn ust() -> Self {
        let usd = Self::usd();
        Self {
            currency: Currency::from_code("UST").unwrap_or(Currency::USD),
            price_sigma: 0.000_6,
            anchor: apr(5.4),
            frr_over: 1.63,
            frr_waiting: 57e6,
            levels: 65,
            joining: 3.0,
            wall: usd.wall / 5.0,
            demand: usd.demand / 5.0,
            bids: 0.2,
            long_bid: (1.8, 1.21),
            ..usd
        }
    }

    /// The bitcoin market: idle; offers of 1e-8 to 4.5e-8 per day, 1 000 BTC in 25 levels, next to no demand (1.10).
    #[must_use]
    pub fn btc() -> Self {
        Self {
            currency: Currency::from_code("BTC").unwrap_or(Currency::USD),
            usd_price: 60_000.0,
            // A usual daily move; nothing in our material fixes it.
            price_sigma: 0.025,
            pegged: false,
            anchor: 3.0e-8,
            level_sigma: 0.2,
            digits: 12,
            frr_over: 100.0,
            frr_waiting: 500.0,
            lot: 0.02,
            levels: 30,
            spread: 0.15,
            wall: 80.0,
            demand: 0.4,
            ..Self::thin()
        }
    }

    /// The ether market: best offer 0.05 % a year (median), 25th level 0.55 % (1.10), 6 000 ETH in 25 levels.
    #[must_use]
    pub fn eth() -> Self {
        Self {
            currency: Currency::from_code("ETH").unwrap_or(Currency::USD),
            usd_price: 3_000.0,
            price_sigma: 0.035,
            pegged: false,
            anchor: apr(0.05),
            frr_over: 30.0,
            frr_waiting: 2_000.0,
            lot: 0.1,
            levels: 35,
            spread: 1.0,
            wall: 800.0,
            demand: 3.0,
            ..Self::thin()
        }
    }

    /// Any other currency: a thin market at dollar rates, sized by its price. The price is what one unit costs in USD.
    #[must_use]
    pub fn generic(currency: Currency, usd_price: Amount) -> Self {
        let price = super::numbers::units(usd_price).max(1e-8);
        Self {
            currency,
            usd_price: price,
            price_sigma: 0.03,
            pegged: false,
            lot: 150.0 / price,
            wall: 20_000.0 / price,
            demand: 3_000.0 / price,
            frr_waiting: 100_000.0 / price,
            ..Self::thin()
        }
    }

    /// The profile of a currency that has one of its own, else the generic one at this price in USD.
    #[must_use]
    pub fn of(currency: Currency, usd_price: Amount) -> Self {
        match currency.code() {
            "USD" => Self::usd(),
            "UST" => Self::ust(),
            "BTC" => Self::btc(),
            "ETH" => Self::eth(),
            _ => Self::generic(currency, usd_price),
        }
    }

    /// The same market with borrowers who refinance.
    #[must_use]
    pub fn with_refinancing(self, refinancing: Refinancing) -> Self {
        Self { refinancing, ..self }
    }

    /// The same market with a crowd of at most `levels` offer levels: as many batches and as much demand, but a smaller
    /// and calmer book, for runs that must be quick.
    #[must_use]
    pub fn with_levels(self, levels: usize) -> Self {
        let levels = levels.min(self.levels).max(1);
        let part = super::numbers::float(i64::try_from(levels).unwrap_or(1))
            / super::numbers::float(i64::try_from(self.levels.max(1)).unwrap_or(1));
        Self { levels, joining: self.joining * part, ..self }
    }

    /// Whose market this is.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// 5.1, thin market: trades in 15 % of the hours, which is a batch in 5 % of the cycles; no spikes to speak of.
    fn thin() -> Self {
        Self {
            levels: 30,
            joining: 0.5,
            activity: 0.1,
            walls: 2,
            batch_chance: 0.05,
            demand_sigma: 1.0,
            spikes: 4.0,
            bids: 0.0,
            ..Self::usd()
        }
    }
}
