//! When the background moves: the batch clock, the looks at the book between, the full hours.

use super::random::Random;
use crate::domain::{HOUR, Millis, Timestamp};

/// Seconds of a cycle: batches come every 20 minutes (strategy.md 1.2).
const CYCLE: i64 = 1_200_000;
/// The window opens some 10 min 30 s into the cycle and is 66 s long (1.2): main batch, then two stragglers.
const WINDOW_OPENS: i64 = 628_000;
const STRAGGLERS: u8 = 2;

/// What is due at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Due {
    /// A part of a batch, 0 being the main one.
    pub(super) batch: Option<u8>,
    /// The lenders look at the book.
    pub(super) look: bool,
    /// A full hour.
    pub(super) hour: bool,
}

/// The background's diary.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    batch: Timestamp,
    part: u8,
    look: Timestamp,
    hour: Timestamp,
    last_batch: Timestamp,
}

impl Schedule {
    /// Everything but batches is due at the start.
    pub(super) fn new(start: Timestamp, random: &mut Random) -> Self {
        let batch = next_window(start, random);
        Self { batch, part: 0, look: start, hour: start, last_batch: batch.minus(Millis::new(CYCLE)) }
    }

    /// The next thing's time.
    pub(super) fn next(&self) -> Timestamp {
        self.batch.min(self.look).min(self.hour)
    }

    /// Seconds since the last main batch.
    pub(super) fn since_batch(&self, now: Timestamp) -> i64 {
        (now.since(self.last_batch).get() / 1_000).max(0)
    }

    /// Takes what is due at `now` and enters what comes next, later than `now`.
    pub(super) fn take(&mut self, now: Timestamp, random: &mut Random) -> Due {
        let due =
            Due { batch: (self.batch <= now).then_some(self.part), look: self.look <= now, hour: self.hour <= now };
        if due.look {
            self.look = now.plus(random_span(random, 60_000.0, 120_000.0));
        }
        if let Some(part) = due.batch {
            if part == 0 {
                self.last_batch = now;
                // Bots look again soon after a batch.
                self.look = now.plus(random_span(random, 40_000.0, 60_000.0));
            }
            if part < STRAGGLERS {
                self.batch = now.plus(random_span(random, 5_000.0, 18_000.0));
                self.part = part.saturating_add(1);
            } else {
                self.batch = next_window(now, random);
                self.part = 0;
            }
        }
        if due.hour {
            let next = now.millis().div_euclid(HOUR.get()).saturating_add(1).saturating_mul(HOUR.get());
            self.hour = Timestamp::from_millis(next);
        }
        due
    }
}

fn random_span(random: &mut Random, low: f64, high: f64) -> Millis {
    Millis::new(super::numbers::integer(random.between(low, high)).max(1))
}

/// The main batch of the first window that opens after `now`.
fn next_window(now: Timestamp, random: &mut Random) -> Timestamp {
    let cycle = now.millis().saturating_sub(WINDOW_OPENS).div_euclid(CYCLE).saturating_add(1);
    let opens = Timestamp::from_millis(cycle.saturating_mul(CYCLE).saturating_add(WINDOW_OPENS));
    opens.plus(random_span(random, 0.0, 14_000.0))
}
