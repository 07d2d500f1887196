//! What is learned of a market as bytes, for the next start, and back.
//!
//! What stood in the book and what was just decided is not kept: the market is looked at anew. Time in which nobody
//! watched does not count as waited.

use crate::domain::{Millis, Timestamp};

use super::batch_clock::BatchClock;
use super::bids::Bids;
use super::checkpoint::{Pack, Unpack};
use super::depth::{Trust, Volumes};
use super::learned::Learned;
use super::level::Level;
use super::numbers::span_days;
use super::parameters::{LOTS, PERIODS, Parameters};
use super::wait::Wait;

/// What is older than this is worth less than what candles say.
const KEEPS: Millis = Millis::seconds(2 * 86_400);

impl Learned {
    /// As bytes, with the batch clock that goes with it; nothing before anything was watched.
    #[must_use]
    pub fn checkpoint(&self, at: Timestamp, clock: &BatchClock) -> Option<Vec<u8>> {
        let waits = self.waits.as_deref()?;
        let mut pack = Pack::new();
        pack.signed(at.millis());
        clock.pack(&mut pack);
        self.level.pack(&mut pack);
        waits.iter().flatten().for_each(|wait| wait.pack(&mut pack));
        self.volumes.iter().for_each(|volumes| volumes.pack(&mut pack));
        self.trust.pack(&mut pack);
        self.bids.pack(&mut pack);
        for pair in [self.short, self.long_mean] {
            pack.maybe(pair.map(|(mean, _)| mean));
            pack.maybe(pair.map(|(_, at)| at));
        }
        pack.number(self.fills);
        pack.number(self.week);
        pack.maybe(self.since);
        pack.number(self.last_event);
        Some(pack.done())
    }

    /// From bytes that were written at an earlier `now`; nothing for what cannot be read or is too old.
    #[must_use]
    pub fn restore(bytes: &[u8], now: Timestamp, parameters: &Parameters) -> Option<(Self, BatchClock)> {
        let mut unpack = Unpack::new(bytes)?;
        let written = Timestamp::from_millis(unpack.signed()?);
        let age = now.since(written);
        if age < Millis::new(0) || age > KEEPS {
            return None;
        }
        let clock = BatchClock::unpack(&mut unpack)?;
        let mut learned = Self::new(parameters);
        learned.level = Level::unpack(&mut unpack)?;
        let mut waits = Vec::new();
        for _ in 0..PERIODS.len() {
            let tables: Option<Vec<Wait>> = (0..LOTS).map(|_| Wait::unpack(&mut unpack)).collect();
            waits.push(<[Wait; LOTS]>::try_from(tables?).ok()?);
        }
        learned.waits = Some(Box::new(waits.try_into().ok()?));
        for volumes in &mut learned.volumes {
            *volumes = Volumes::unpack(&mut unpack)?;
        }
        learned.trust = Trust::unpack(&mut unpack)?;
        learned.bids = Bids::unpack(&mut unpack)?;
        for pair in [&mut learned.short, &mut learned.long_mean] {
            let (mut mean, mut at) = (None, None);
            unpack.maybe(&mut mean)?;
            unpack.maybe(&mut at)?;
            *pair = mean.zip(at);
        }
        learned.fills = unpack.number()?;
        learned.week = unpack.number()?;
        unpack.maybe(&mut learned.since)?;
        learned.last_event = unpack.number()?;
        unpack.end()?;
        learned.pause(span_days(age));
        learned.remembered();
        Some((learned, clock))
    }
}

#[cfg(test)]
mod tests;
