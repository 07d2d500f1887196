//! What is remembered of a slice's money. The strategies keep nothing themselves: the engine does, and hands it in.

use crate::domain::{Amount, DailyRate, Days, Millis, Ratio};

/// A slice's past. The default knows of nothing: all money is new, depths are as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// How long the slice's money has been free, oldest first, where a decay needs it. What is missing from the whole is
    /// new.
    pub ages: Vec<(Millis, Amount)>,
    /// Depths are this many times what is written.
    pub depth: Ratio,
    /// The rule's rate per day when it last was its own, not held up by `max_fall`, and how long ago that was.
    pub high: Option<(DailyRate, Millis)>,
    /// Bids that an offer of ours at this rate and period has stood against without being taken.
    pub failed_bids: Vec<(DailyRate, Days)>,
    /// What the slice has lent, by the period it was lent for.
    pub lent: Vec<(Days, Amount)>,
    /// How much of the money may be lent for more than two days (`min_liquid`), where that is limited.
    pub long_room: Option<Amount>,
}

impl Default for Past {
    fn default() -> Self {
        Self {
            ages: Vec::new(),
            depth: Ratio::ONE,
            high: None,
            failed_bids: Vec::new(),
            lent: Vec::new(),
            long_room: None,
        }
    }
}
