//! The place of an offer in the book's queue.

use crate::domain::{Amount, BookLevel, BookSide, DailyRate, Days, Total};

use super::Demand;

/// What stands before one of our offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    ahead: Total,
}

impl Queue {
    /// A new offer comes behind everything at its rate and under it that could serve a two-day request.
    #[must_use]
    pub fn behind(levels: &[BookLevel], rate: DailyRate) -> Self {
        let before = levels.iter().filter(|level| level.side == BookSide::Offers && level.key.rate <= rate);
        Self { ahead: before.map(|level| level.amount).sum() }
    }

    /// What was borrowed at `rate` and under uses up the queue; answers with how much of it reached beyond.
    pub fn advance(&mut self, demands: &[Demand], rate: DailyRate, period: Days) -> Amount {
        let served = demands.iter().filter(|demand| demand.rate <= rate && demand.period <= period);
        let served: Total = served.map(|demand| demand.amount).sum();
        let beyond = served.minus_total(self.ahead).at_least_zero();
        self.ahead = Total::from(self.ahead.minus_total(served).at_least_zero());
        beyond
    }
}
