//! The only reader of clocks. Wire time is real and monotonic; market time is an origin plus scaled elapsed time, so it
//! never runs backwards. At scale 1 it is the wall clock as read once at the start.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::domain::{Millis, Moment, Timestamp, WireTime};
use crate::exchange::clock::Clock;

/// The clock of a process.
#[derive(Debug)]
pub struct HouseClock {
    origin: Timestamp,
    started: Instant,
    scale: u32,
}

impl HouseClock {
    /// The real one: market time is wall time.
    #[must_use]
    pub fn real() -> Arc<Self> {
        Arc::new(Self { origin: wall(), started: instant(), scale: 1 })
    }

    /// Market time begins at `origin` (now, when not given) and runs `scale` times as fast as real time. Only the demo
    /// and tests in one process with their exchange build one.
    #[must_use]
    pub fn scaled(origin: Option<Timestamp>, scale: u32) -> Arc<Self> {
        Arc::new(Self { origin: origin.unwrap_or_else(wall), started: instant(), scale: scale.max(1) })
    }

    /// Real time since the start, for measuring how long something took.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// How much faster than real time the market runs.
    #[must_use]
    pub const fn scale(&self) -> u32 {
        self.scale
    }

    /// Market time at the start.
    #[must_use]
    pub const fn origin(&self) -> Timestamp {
        self.origin
    }
}

impl Clock for HouseClock {
    fn now(&self) -> Moment {
        let elapsed = self.started.elapsed();
        let micros = i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX);
        let market = micros.saturating_mul(i64::from(self.scale)) / 1_000;
        Moment {
            market: self.origin.plus(Millis::new(market)),
            wire: WireTime::from_millis(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)),
        }
    }

    fn unix_micros(&self) -> u64 {
        system().duration_since(UNIX_EPOCH).ok().and_then(|since| u64::try_from(since.as_micros()).ok()).unwrap_or(0)
    }

    fn real(&self, span: Millis) -> Duration {
        let micros = u64::try_from(span.get()).unwrap_or(0).saturating_mul(1_000);
        Duration::from_micros(micros / u64::from(self.scale))
    }
}

fn wall() -> Timestamp {
    let since = system().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[expect(clippy::disallowed_methods, reason = "this file is the one that reads clocks")]
fn system() -> SystemTime {
    SystemTime::now()
}

#[expect(clippy::disallowed_methods, reason = "this file is the one that reads clocks")]
fn instant() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scaled_clock_runs_faster_and_never_back() {
        let clock = HouseClock::scaled(Some(Timestamp::from_millis(1_000)), 3_600);
        let mut last = clock.now();
        for _ in 0..1_000 {
            let now = clock.now();
            assert!(now.market >= last.market && now.wire >= last.wire);
            last = now;
        }
        assert_eq!(clock.real(Millis::seconds(3_600)), Duration::from_secs(1));
    }
}
