//! Rate limits: per endpoint and minute of wire time. One breach blocks everything for 60 s, and calls prolong it.

use std::collections::{BTreeMap, VecDeque};

use crate::domain::{MINUTE, WireTime};

/// Requests a minute by the beginning of the path; the first that fits counts (bitfinex-api.md 2.6).
const LIMITS: [(&str, u32); 18] = [
    ("platform/status", 30),
    ("tickers/hist", 30),
    ("tickers", 30),
    ("ticker/", 90),
    ("trades/", 15),
    ("book/", 240),
    ("stats1/", 15),
    ("candles/", 30),
    ("conf/", 90),
    ("funding/stats/", 15),
    ("calc/", 90),
    ("auth/r/alerts", 45),
    ("auth/w/alert", 45),
    ("auth/w/deposit", 10),
    ("auth/w/transfer", 15),
    ("auth/w/token", 15),
    ("auth/", 90),
    ("", 90),
];

/// Too many requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Blocked;

/// The counters of the one address that everybody here calls from.
#[derive(Debug)]
pub(in super::super) struct Limits {
    scale: u32,
    calls: BTreeMap<String, VecDeque<WireTime>>,
    blocked_until: Option<WireTime>,
    disregarded: u64,
}

impl Limits {
    pub(in super::super) fn new(scale: u32) -> Self {
        Self { scale: scale.max(1), calls: BTreeMap::new(), blocked_until: None, disregarded: 0 }
    }

    /// Blocks everything for a minute from now.
    pub(in super::super) fn block(&mut self, now: WireTime) {
        self.blocked_until = Some(now.plus(MINUTE));
    }

    /// How many requests came while everything was blocked.
    pub(in super::super) const fn disregarded(&self) -> u64 {
        self.disregarded
    }

    /// The limits' factor.
    pub(in super::super) const fn scale(&self) -> u32 {
        self.scale
    }

    /// Counts a request.
    ///
    /// # Errors
    /// [`Blocked`] when it comes during a block or begins one.
    pub(in super::super) fn count(&mut self, path: &str, now: WireTime) -> Result<(), Blocked> {
        if self.blocked_until.is_some_and(|until| now < until) {
            self.disregarded = self.disregarded.saturating_add(1);
            self.block(now);
            return Err(Blocked);
        }
        let limit = LIMITS.iter().find(|(start, _)| path.starts_with(start)).map_or(90, |(_, limit)| *limit);
        let limit = usize::try_from(limit.saturating_mul(self.scale)).unwrap_or(usize::MAX);
        let calls = self.calls.entry(template(path)).or_default();
        while calls.front().is_some_and(|first| now.since(*first) >= MINUTE) {
            calls.pop_front();
        }
        if calls.len() >= limit {
            self.block(now);
            return Err(Blocked);
        }
        calls.push_back(now);
        Ok(())
    }
}

/// The path without what names a currency or a key: all symbols share one limit.
fn template(path: &str) -> String {
    let named = |part: &&str| {
        // Symbols, currencies, precisions and keys have capitals or colons; the words of a path have neither.
        !part.contains(|c: char| c.is_ascii_uppercase() || c == ':')
    };
    path.split('/').filter(named).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SECOND;

    fn at(second: i64) -> WireTime {
        WireTime::default().plus(SECOND.times(second))
    }

    #[test]
    fn symbols_share_one_limit_and_endpoints_do_not() {
        assert_eq!(template("auth/r/funding/offers/fUSD"), template("auth/r/funding/offers/fBTC"));
        assert_eq!(template("book/fUSD/P0"), template("book/fUST/P2"));
        assert_ne!(template("auth/r/funding/offers/fUSD/hist"), template("auth/r/funding/offers/fUSD"));
        assert_ne!(template("auth/r/wallets"), template("auth/r/permissions"));
    }

    #[test]
    fn the_block_lasts_a_minute_and_calls_prolong_it() {
        let mut limits = Limits::new(1);
        for _ in 0..30 {
            assert_eq!(limits.count("platform/status", at(0)), Ok(()));
        }
        assert_eq!(limits.count("platform/status", at(1)), Err(Blocked));
        assert_eq!(limits.disregarded(), 0, "what begins a block does not disregard it");
        assert_eq!(limits.count("auth/r/wallets", at(50)), Err(Blocked), "everything is blocked, and prolonged");
        assert_eq!(limits.count("auth/r/wallets", at(100)), Err(Blocked));
        assert_eq!(limits.count("auth/r/wallets", at(161)), Ok(()));
        assert_eq!(limits.disregarded(), 2);
    }

    #[test]
    fn the_scale_widens_the_limits() {
        let mut limits = Limits::new(10);
        assert!((0..300).all(|_| limits.count("platform/status", at(0)).is_ok()));
        assert_eq!(limits.count("platform/status", at(0)), Err(Blocked));
    }
}
