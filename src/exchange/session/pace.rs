//! When a socket may connect again: backoff with jitter, inside the exchange's limits on connections.

use std::collections::VecDeque;

use crate::domain::{Millis, SECOND, WireTime};

/// At most this many connects within that span (bitfinex-api.md 2.6).
#[derive(Debug, Clone, Copy)]
pub(super) struct ConnectLimit {
    pub(super) count: usize,
    pub(super) within: Millis,
}

const FIRST: u64 = 1_000;
const LONGEST: u64 = 60_000;

/// The pace of connecting. Its jitter is a seeded generator: state, not a source of randomness.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    limit: ConnectLimit,
    connects: VecDeque<WireTime>,
    failures: u32,
    seed: u64,
}

impl Pace {
    pub(super) fn new(limit: ConnectLimit, seed: u64) -> Self {
        Self { limit, connects: VecDeque::new(), failures: 0, seed }
    }

    /// Notes a connect.
    pub(super) fn connected(&mut self, now: WireTime) {
        self.connects.push_back(now);
        while self.connects.len() > self.limit.count {
            self.connects.pop_front();
        }
    }

    /// The connection proved good: the next failure starts from the shortest wait.
    pub(super) fn proved_good(&mut self) {
        self.failures = 0;
    }

    /// When to connect after a failure now: 1 to 60 s later, doubling, the upper half of each step at random; at least
    /// `at_least` later; and never beyond the limit.
    pub(super) fn next(&mut self, now: WireTime, at_least: Millis) -> WireTime {
        let step = FIRST.saturating_mul(1 << self.failures.min(6)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        let wait = (step / 2).saturating_add(self.random(step / 2)).max(FIRST);
        // A longer wait is stretched by up to a tenth, so that many clients do not come back at once.
        let floor = u64::try_from(at_least.get()).unwrap_or(0);
        let floor = floor.saturating_add(if floor > wait { self.random(floor / 10) } else { 0 });
        let at = WireTime::from_millis(now.millis().saturating_add(wait.max(floor)));
        at.max(self.allowed_at())
    }

    /// The earliest time of a connect within the limit.
    fn allowed_at(&self) -> WireTime {
        match self.connects.front() {
            Some(oldest) if self.connects.len() >= self.limit.count => oldest.plus(self.limit.within).plus(SECOND),
            _ => WireTime::from_millis(0),
        }
    }

    /// A number from 0 to `most` (splitmix64).
    fn random(&mut self, most: u64) -> u64 {
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % most.saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::MINUTE;
    use proptest::prelude::*;

    const AUTH: ConnectLimit = ConnectLimit { count: 5, within: Millis::seconds(15) };

    #[test]
    fn waits_grow_to_a_minute_and_start_over_once_good() {
        let now = WireTime::from_millis(0);
        let mut pace = Pace::new(AUTH, 7);
        let waits: Vec<u64> = (0..12).map(|_| pace.next(now, Millis::new(0)).millis()).collect();
        assert!(waits.iter().all(|wait| (1_000..=60_000).contains(wait)), "{waits:?}");
        assert!(waits.iter().skip(6).all(|wait| *wait >= 30_000), "{waits:?}");
        pace.proved_good();
        assert_eq!(pace.next(now, Millis::new(0)).millis(), 1_000);
        assert!(pace.next(now, MINUTE).millis() >= 60_000);
    }

    proptest! {
        #[test]
        fn connects_stay_within_the_limit(seed in any::<u64>(), good in proptest::collection::vec(any::<bool>(), 1..60)) {
            let mut pace = Pace::new(AUTH, seed);
            let mut now = WireTime::from_millis(1);
            let mut connects = Vec::new();
            for good in good {
                pace.connected(now);
                connects.push(now);
                if good {
                    pace.proved_good();
                }
                now = pace.next(now, Millis::new(0));
            }
            for window in connects.windows(6) {
                prop_assert!(window[5].since(window[0]).get() > 15_000);
            }
        }
    }
}
