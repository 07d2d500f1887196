//! Connection attempts of all sockets of this process to one host, kept within what the exchange allows to an address.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::domain::{MINUTE, Millis, SECOND, WireTime};

/// The exchange counts what arrives, we count what leaves, and one may be longer under way than another.
const SLACK: Millis = SECOND;

/// Attempts to one host: public 20 a minute, authenticated 5 in 15 s (bitfinex-api.md 2.6). Shared by its sockets.
#[derive(Debug)]
pub struct Connects {
    count: usize,
    within: Millis,
    booked: Mutex<VecDeque<WireTime>>,
}

impl Connects {
    /// For the public host.
    #[must_use]
    pub fn public() -> Self {
        Self::new(20, MINUTE)
    }

    /// For the authenticated host.
    #[must_use]
    pub fn private() -> Self {
        Self::new(5, Millis::seconds(15))
    }

    fn new(count: usize, limit: Millis) -> Self {
        let within = Millis::new(limit.get().saturating_add(SLACK.get()));
        Self { count, within, booked: Mutex::new(VecDeque::new()) }
    }

    /// Books an attempt; it may be made at the time told, not before.
    pub fn book(&self, now: WireTime) -> WireTime {
        let mut booked = self.booked.lock().unwrap_or_else(PoisonError::into_inner);
        while booked.front().is_some_and(|at| at.plus(self.within) < now) {
            booked.pop_front();
        }
        // The attempt `count` places back has to be out of the window; one millisecond for its bound.
        let before = booked.len().checked_sub(self.count).and_then(|index| booked.get(index));
        let at = before.map_or(now, |at| at.plus(self.within).plus(Millis::new(1)).max(now));
        booked.push_back(at);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// In no window more than allowed, and no attempt later than it must be.
        #[test]
        fn attempts_keep_within_the_limit(steps in proptest::collection::vec(0u64..8_000, 1..100)) {
            let (connects, mut now, mut made) = (Connects::private(), 0, Vec::new());
            for step in steps {
                now += step;
                let at = connects.book(WireTime::from_millis(now)).millis();
                prop_assert!(at >= now);
                let recent = made.iter().filter(|other| at <= *other + 16_000).count();
                prop_assert!(recent < 5);
                if at > now {
                    let sooner = made.iter().filter(|other| at - 1 <= *other + 16_000).count();
                    prop_assert!(sooner >= 5);
                }
                made.push(at);
            }
        }
    }
}
