//! A profile as the strategies read it: validated, with every quantity in its unit. Built by `config` only.

use crate::domain::{Amount, DailyRate, Days, Millis, Ratio, Rounding};

use super::stats::QuantileOf;

use super::modifiers::{Modifiers, Shape};
use super::trend::Trend;

/// A rate from a file, gross or net of the exchange's fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateSpec {
    /// Rate per day, as written.
    pub rate: DailyRate,
    /// True when written `net`: what is left after the fee.
    pub net: bool,
}

impl RateSpec {
    /// The gross rate per day under a fee of `fee` on interest, rounded up where the fee has to be added.
    #[must_use]
    pub fn gross(&self, fee: Ratio) -> DailyRate {
        if self.net { self.rate.gross_of(fee) } else { self.rate }
    }
}

/// An amount from a file: in the lend entry's own currency, or in dollars to be converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// `"1500"`: in the lend entry's currency.
    Own(Amount),
    /// `"5000 USD"`: converted at the exchange's price.
    Usd(Amount),
}

impl Quantity {
    /// In the currency whose unit costs `usd_price` (units of 1e-8 USD), rounded as asked. `None` when a conversion is
    /// needed and the price is unknown or not positive: never a default price (money rule 4).
    #[must_use]
    pub fn resolve(&self, usd_price: Option<Amount>, rounding: Rounding) -> Option<Amount> {
        match *self {
            Self::Own(amount) => Some(amount),
            Self::Usd(usd) => {
                let price = usd_price.filter(|price| price.is_positive())?;
                Some(usd.scale_by(Amount::whole(1).units(), price.units(), rounding))
            }
        }
    }
}

/// An amount or a share of BALANCE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// An amount.
    Amount(Quantity),
    /// A share of BALANCE.
    Share(Ratio),
}

impl Measure {
    /// As an amount, measured on `balance`, rounded as asked; `None` as [`Quantity::resolve`].
    #[must_use]
    pub fn resolve(&self, balance: Amount, usd_price: Option<Amount>, rounding: Rounding) -> Option<Amount> {
        match self {
            Self::Amount(quantity) => quantity.resolve(usd_price, rounding),
            Self::Share(share) => Some(balance.share(*share, rounding)),
        }
    }
}

/// Distance from the FRR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offset {
    /// `"+5 %"`: FRR × 1.05. Within ±30 % (the exchange refuses more).
    Relative(Ratio),
    /// `"+0.005 %/day"`: added to the FRR.
    Absolute(DailyRate),
}

/// How an `frr` rule's offer is placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrrAs {
    /// A limit offer at the FRR of the moment, with offset.
    Limit,
    /// `FRRDELTAFIX`: follows the FRR until matched, then frozen.
    DeltaFixed,
    /// `FRRDELTAVAR`: follows the FRR also after the match; needs `allow_below_floor_after_match`.
    DeltaVariable,
}

/// A rank in what was seen in a window of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantile {
    /// The part of it that lies at or below.
    pub rank: Ratio,
    /// How far back; within [`QuantileOf::windows`].
    pub window: Millis,
    /// What is ranked.
    pub of: QuantileOf,
}

/// A lower or upper bound of a rule's rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Always this rate.
    Fixed(RateSpec),
    /// The flash return rate of the moment, with an offset.
    Frr(Offset),
    /// A rank in the recent past.
    Quantile(Quantile),
    /// Under the cheapest two-day offer of the others; for offers only, not for the bids that are taken.
    Best {
        /// By so much.
        below: DailyRate,
        /// It moves a rate by at most this part of it; a rate that lies farther off stays as it is. Always where absent.
        within: Option<Ratio>,
    },
}

/// How a slice finds its rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateRule {
    /// Always this rate.
    Fixed {
        /// The rate.
        at: RateSpec,
    },
    /// At the flash return rate.
    Frr {
        /// Distance from it.
        offset: Offset,
        /// How it is placed.
        placed: FrrAs,
    },
    /// The rate that lies `amount` deep in the offers.
    Depth {
        /// How deep.
        amount: Quantity,
    },
    /// `offers` offers between two depths.
    Spread {
        /// Depth of the cheapest.
        from: Quantity,
        /// Depth of the dearest.
        to: Quantity,
        /// How many; at least 1.
        offers: u16,
    },
    /// Under the cheapest two-day offer of the others.
    Best {
        /// By so much.
        below: DailyRate,
        /// But never under this share of the median of the last hours' trades.
        race_floor: Ratio,
    },
    /// A rank in the recent past.
    Quantile(Quantile),
    /// The rate whose chance in the recent past makes it worth the most.
    Expected {
        /// What is ranked.
        of: QuantileOf,
        /// How far back; within [`QuantileOf::windows`].
        window: Millis,
        /// The least part of it that must lie at the rate or above.
        least_chance: Ratio,
    },
    /// A high of the recent past.
    CandleHigh {
        /// Which one, from the highest: at least 1.
        nth: u16,
        /// Length of a candle: 15 minutes, 30 minutes or an hour.
        candle: Millis,
        /// How far back.
        window: Millis,
        /// The rate is this part of the high.
        factor: Ratio,
    },
    /// The high that earns the most with the wait for it counted in.
    Effective {
        /// How far back, in whole hours.
        window: Millis,
        /// How long loans last.
        hold: Millis,
        /// The least number of hours that reached it; at least 1.
        hits: u16,
    },
    /// Moving averages of the best offer.
    Average {
        /// The short one.
        short: Millis,
        /// The long one.
        long: Millis,
        /// The rate is this part of what they say.
        factor: Ratio,
    },
    /// What earns the most by what is learned of the market.
    Adaptive,
}

impl RateRule {
    /// The rule's name, as files and log lines write it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Fixed { .. } => "fixed",
            Self::Frr { .. } => "frr",
            Self::Depth { .. } => "depth",
            Self::Spread { .. } => "spread",
            Self::Best { .. } => "best",
            Self::Quantile(_) => "quantile",
            Self::Expected { .. } => "expected",
            Self::CandleHigh { .. } => "candle_high",
            Self::Effective { .. } => "effective",
            Self::Average { .. } => "average",
            Self::Adaptive => "adaptive",
        }
    }

    /// True when it needs the candles of the past.
    #[must_use]
    pub const fn looks_back(&self) -> bool {
        match self {
            Self::Best { .. }
            | Self::Quantile(_)
            | Self::Expected { .. }
            | Self::CandleHigh { .. }
            | Self::Effective { .. }
            | Self::Adaptive => true,
            Self::Fixed { .. } | Self::Frr { .. } | Self::Depth { .. } | Self::Spread { .. } | Self::Average { .. } => {
                false
            }
        }
    }
}

/// How a slice finds its period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeriodRule {
    /// Always this many days.
    Fixed(Days),
    /// The longest period whose rate is reached; below the first step two days. Ascending by rate.
    ByRate(Vec<(RateSpec, Days)>),
    /// The longest period with so much of a window of the past below the rate; below the first step two days. Ascending
    /// by rank.
    ByRank {
        /// Ranks and days.
        steps: Vec<(Ratio, Days)>,
        /// How far back; within [`QuantileOf::windows`].
        window: Millis,
        /// What is ranked.
        of: QuantileOf,
    },
    /// As by rate, but only while the rate is above what money was lent at by more than a part of it; else two days.
    AfterJump {
        /// Rates and days, ascending by rate.
        steps: Vec<(RateSpec, Days)>,
        /// By more than this part of the window's median.
        jump: Ratio,
        /// How far back; within the windows of [`QuantileOf::Trades`].
        window: Millis,
    },
    /// Between points: evenly from one to the next, in whole days; below the first two days, above the last its own.
    /// Ascending by rate and by days.
    Curve(Vec<(RateSpec, Days)>),
    /// Shares of the slice's money, what it has lent counted, by period; ascending by days, shares summing to 100 %.
    Pools(Vec<(Ratio, Days)>),
    /// The period that the adaptive rate rule picks with its rate.
    Adaptive,
}

/// A share of the money with its own rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// Its name, unique in the profile.
    pub name: String,
    /// Its share of `min(BALANCE − keep, max lent)`.
    pub share: Ratio,
    /// It has that share only while the market trends so.
    pub trend: Option<Trend>,
    /// Rate.
    pub rate: RateRule,
    /// Period.
    pub period: PeriodRule,
    /// Not offered until the market pays this (a reserve).
    pub release: Option<Release>,
    /// Lifts the rule's rate to this: offers wait there.
    pub at_least: Option<Bound>,
    /// Lowers the rule's rate to this.
    pub at_most: Option<Bound>,
    /// Hidden offers (higher fee).
    pub hidden: bool,
    /// The user has accepted that an FRRDELTAVAR offer may earn less than the floor once matched.
    pub allow_below_floor_after_match: bool,
    /// Everything else that shapes its offers.
    pub modifiers: Modifiers,
}

impl Slice {
    /// A slice of all the money by this rule, in plain offers for two days.
    #[must_use]
    pub fn plain(name: &str, rate: RateRule) -> Self {
        Self {
            name: name.to_owned(),
            share: Ratio::ONE,
            trend: None,
            rate,
            period: PeriodRule::Fixed(Days::MIN),
            release: None,
            at_least: None,
            at_most: None,
            hidden: false,
            allow_below_floor_after_match: false,
            modifiers: Modifiers::default(),
        }
    }

    /// True when one of its rules or bounds needs the candles of the past.
    #[must_use]
    pub fn looks_back(&self) -> bool {
        let bounds = self.at_least.into_iter().chain(self.at_most);
        let period = matches!(self.period, PeriodRule::ByRank { .. } | PeriodRule::AfterJump { .. });
        let shape = matches!(self.modifiers.shape, Shape::Widening { .. });
        period || shape || self.rate.looks_back() || bounds.into_iter().any(|bound| matches!(bound, Bound::Quantile(_)))
    }
}

/// When a reserve is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// While the last trade and the cheapest two-day offer of others agree on paying this.
    Pays(RateSpec),
    /// While the flash return rate is more than this, per day, above the middle between the best bid and the best offer.
    FrrAboveMiddle(DailyRate),
}

/// Limits that hold for every slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProfileLimits {
    /// Nothing is lent under this; mandatory.
    pub floor: RateSpec,
    /// Nothing is offered over this.
    pub ceiling: Option<RateSpec>,
    /// Larger sums are split.
    pub max_offer: Option<Quantity>,
    /// Longest period.
    pub max_period: Days,
    /// Most open offers of ours in one currency.
    pub max_offers: u16,
}

/// A strategy profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The file's stem.
    pub name: String,
    /// What it is for, in the user's words.
    pub description: String,
    /// Limits.
    pub limits: ProfileLimits,
    /// At least one; shares sum to at most 100 % in every trend.
    pub slices: Vec<Slice>,
}

impl Profile {
    /// True when one of its slices goes by what is learned of the market.
    #[must_use]
    pub fn adapts(&self) -> bool {
        self.slices.iter().any(|slice| slice.rate == RateRule::Adaptive)
    }
}
