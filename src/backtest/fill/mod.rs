//! Fill models: which of our offers would have been taken by what happened. From strict to generous (strategy.md 4.1):
//!
//! | model | needs | an offer at rate `r` for `p` days is taken when | bias |
//! |---|---|---|---|
//! | `queue` | trades, books | more was borrowed at `r` or under, by eligible trades, than stood before it in the book when it came; or as `prints` | needs the whole depth; hidden and FRR offers are missing in it |
//! | `prints` | trades | enough was borrowed strictly above `r` for `p` days or shorter: everything at or under `r` was used up by then, so that ours would have gone first | conservative: no fills at an equal rate |
//! | `strict` | candles | the first or the last rate of the hour is above `r`: two prints are certain | a lower bound |
//! | `middle` | candles | the geometric mean of that and the hour's high is above `r` | ad hoc |
//! | `touch` | candles | the high is above `r` | an upper bound: the high may be one print of 150 USD |
//! | `snapshot` | books | the best eligible offer of the next snapshot is above `r` | blind to sweeps between, and takes cancels for trades |
//!
//! In all of them our offers share what was borrowed: the cheapest of ours first, and what it takes is missing for the next,
//! so that a large lender meets his own size. Of an hour's candle at most a twentieth of the volume is ours (4.2: beyond that
//! nobody knows). What is less than the smallest offer and not the whole rest of ours is not taken. Snapshots have no volume.

mod queue;

use crate::domain::{Amount, DailyRate, Days, Ratio, Rounding, Total};

use super::moment::Event;
use super::numbers::{daily, per_day};

pub use queue::Queue;

/// The part of a candle's volume that may be ours.
const OURS_OF_CANDLE: Ratio = Ratio::percent(5);

/// A fill model; see the table above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FillModel {
    /// By the queue in the book.
    Queue,
    /// By trades strictly above.
    Prints,
    /// By the candle's first and last rate.
    Strict,
    /// Between strict and touch.
    Middle,
    /// By the candle's high.
    Touch,
    /// By the next book.
    Snapshot,
}

impl FillModel {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Queue, Self::Prints, Self::Strict, Self::Middle, Self::Touch, Self::Snapshot];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Prints => "prints",
            Self::Strict => "strict",
            Self::Middle => "middle",
            Self::Touch => "touch",
            Self::Snapshot => "snapshot",
        }
    }
}

/// What was borrowed at one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// Rate per day.
    pub rate: DailyRate,
    /// Longest period that was accepted for it.
    pub period: Days,
    /// How much.
    pub amount: Amount,
}

/// What an event's borrowers would have taken from us, by a fill model.
#[must_use]
pub fn demand(model: FillModel, event: &Event) -> Vec<Demand> {
    let Some((candle, period)) = &event.candle else {
        let print =
            |print: &crate::domain::Print| Demand { rate: print.rate, period: print.period, amount: print.amount };
        return event.prints.iter().map(print).collect();
    };
    let certain = candle.open.max(candle.close);
    let rate = match model {
        FillModel::Middle => daily((per_day(certain) * per_day(candle.high)).sqrt()),
        FillModel::Touch => candle.high,
        FillModel::Strict | FillModel::Prints | FillModel::Queue | FillModel::Snapshot => certain,
    };
    let amount = candle.volume.share(OURS_OF_CANDLE, Rounding::Down);
    vec![Demand { rate, period: *period, amount }]
}

/// The highest rate at which an offer of `period` and `amount` would have been taken whole: nothing strictly above which as much
/// was borrowed. An offer must stay under it.
#[must_use]
pub fn fill_level(demands: &[Demand], period: Days, amount: Amount) -> Option<DailyRate> {
    let mut eligible: Vec<&Demand> = demands.iter().filter(|demand| demand.period <= period).collect();
    eligible.sort_by_key(|demand| std::cmp::Reverse(demand.rate));
    let mut sum = Total::ZERO;
    for demand in eligible {
        sum = sum.plus(demand.amount);
        if sum >= Total::from(amount) {
            return Some(demand.rate);
        }
    }
    None
}

/// An offer of ours, as a fill model sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lot {
    /// Effective rate per day.
    pub rate: DailyRate,
    /// Period.
    pub period: Days,
    /// What is left of it.
    pub amount: Amount,
}

/// How much of each lot is taken, in the order given, which must be ascending by rate. `least` is the smallest part that is
/// taken of a larger offer.
#[must_use]
pub fn taken(demands: &[Demand], lots: &[Lot], least: Amount) -> Vec<Amount> {
    let mut used = Total::ZERO;
    let top = demands.iter().map(|demand| demand.rate).max().unwrap_or_default();
    let take = |lot: &Lot| {
        if lot.rate >= top {
            return Amount::ZERO;
        }
        let eligible = demands.iter().filter(|demand| demand.rate > lot.rate && demand.period <= lot.period);
        let above: Total = eligible.map(|demand| demand.amount).sum();
        let part = above.minus_total(used).at_least_zero().min(lot.amount);
        if part < lot.amount && part < least {
            return Amount::ZERO;
        }
        used = used.plus(part);
        part
    };
    lots.iter().map(take).collect()
}

#[cfg(test)]
mod tests;
