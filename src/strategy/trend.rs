//! Where the market is going, for slices that have a share only then.

use std::borrow::Cow;

use crate::domain::{HOUR, MINUTE, Millis, Ratio, Rounding, Timestamp};

use super::profile::Profile;
use super::stats::History;

/// What is compared: the mean best offer of others over the short span with that over the long one.
const SPANS: (Millis, Millis) = (MINUTE.times(10), HOUR);
/// Means that are no farther apart are no trend.
const APART: Ratio = Ratio::percent(1);

/// Where the best offer of others is going.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trend {
    /// Up.
    Rising,
    /// Nowhere, or nobody knows.
    Stable,
    /// Down.
    Falling,
}

impl Trend {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Rising, Self::Stable, Self::Falling];

    /// Its name, as files write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rising => "rising",
            Self::Stable => "stable",
            Self::Falling => "falling",
        }
    }

    /// The trend at `now`; stable where too little of the last hour was seen.
    #[must_use]
    pub fn of(history: &History, now: Timestamp) -> Self {
        let Some((short, long)) = history.averages(now, SPANS.0, SPANS.1) else { return Self::Stable };
        let apart = long.times(APART, Rounding::Down);
        match short.checked_sub(long) {
            Some(up) if up > apart => Self::Rising,
            Some(down) if down < apart && down.abs() > apart => Self::Falling,
            _ => Self::Stable,
        }
    }
}

impl Profile {
    /// True when a slice has a share in one trend only.
    #[must_use]
    pub fn asks_for_trend(&self) -> bool {
        self.slices.iter().any(|slice| slice.trend.is_some())
    }

    /// The profile while the market goes there: a slice of another trend keeps its place and has no share.
    #[must_use]
    pub fn in_trend(&self, trend: Trend) -> Cow<'_, Self> {
        if self.slices.iter().all(|slice| slice.trend.is_none_or(|own| own == trend)) {
            return Cow::Borrowed(self);
        }
        let mut now = self.clone();
        for slice in now.slices.iter_mut().filter(|slice| slice.trend.is_some_and(|own| own != trend)) {
            slice.share = Ratio::ZERO;
        }
        Cow::Owned(now)
    }
}
