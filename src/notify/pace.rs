//! How often and how long it is tried to send a message.

use std::time::Duration;

/// The pace of one courier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Before the second try; doubled before each one after it.
    pub first: Duration,
    /// Never longer between two tries, unless the service asks for it.
    pub longest: Duration,
    /// A service that wants us to wait longer than this is not waited for.
    pub patience: Duration,
    /// So many tries, then it is given up.
    pub tries: u32,
}

impl Default for Pace {
    /// Eight tries within some five minutes.
    fn default() -> Self {
        Self {
            first: Duration::from_secs(2),
            longest: Duration::from_mins(2),
            patience: Duration::from_hours(1),
            tries: 8,
        }
    }
}

impl Pace {
    /// The wait after a number of failures, or nothing when it is time to give up: the upper half of each step at
    /// random by `seed`, and at least what the service `asked` for.
    #[must_use]
    pub fn wait(&self, failures: u32, asked: Option<Duration>, seed: u64) -> Option<Duration> {
        if failures >= self.tries || asked.is_some_and(|asked| asked > self.patience) {
            return None;
        }
        let doubled = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
        let step = self.first.saturating_mul(doubled).min(self.longest);
        let half = step / 2;
        let part = u32::try_from(mixed(seed.wrapping_add(u64::from(failures))) % 1_000).unwrap_or(0);
        let jittered = half.saturating_add(half.saturating_mul(part) / 1_000);
        Some(jittered.max(asked.unwrap_or_default()))
    }
}

/// Spreads a seed over all bits (splitmix64).
const fn mixed(seed: u64) -> u64 {
    let a = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let b = (a ^ (a >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let c = (b ^ (b >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    c ^ (c >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn waits_grow_within_their_bounds_and_end(failures in 1_u32..40, seed in any::<u64>(), asked in 0_u64..7_200) {
            let pace = Pace::default();
            let asked = Some(Duration::from_secs(asked)).filter(|asked| !asked.is_zero());
            match pace.wait(failures, asked, seed) {
                None => prop_assert!(failures >= pace.tries || asked.is_some_and(|asked| asked > pace.patience)),
                Some(wait) => {
                    prop_assert!(failures < pace.tries);
                    prop_assert!(wait >= asked.unwrap_or_default() && wait >= pace.first / 2);
                    prop_assert!(wait <= pace.longest.max(asked.unwrap_or_default()));
                }
            }
        }
    }

    #[test]
    fn two_channels_do_not_come_back_at_once() {
        let waits: std::collections::BTreeSet<_> = (0..20).map(|seed| Pace::default().wait(4, None, seed)).collect();
        assert!(waits.len() > 15, "{waits:?}");
    }
}
