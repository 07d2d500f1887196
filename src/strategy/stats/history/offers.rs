//! The best offer of others over time, in minutes.

use std::collections::VecDeque;

use crate::domain::{DailyRate, MINUTE, Millis, Timestamp};

/// What is seen at one moment stands until the next look, but no longer than this: then nobody looked.
const STANDS: Millis = MINUTE.times(2);

/// One minute, as far as it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Minute {
    index: i64,
    /// Rate × milliseconds.
    sum: i128,
    /// Milliseconds seen.
    seen: i64,
}

/// The best offer, weighted by how long it stood, minute by minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offers {
    kept: i64,
    minutes: VecDeque<Minute>,
    /// What stands, and since when.
    standing: Option<(DailyRate, Timestamp)>,
}

impl Offers {
    /// Kept for `kept`.
    pub(super) fn new(kept: Millis) -> Self {
        Self { kept: kept.get() / MINUTE.get(), minutes: VecDeque::new(), standing: None }
    }

    /// What is the best offer from `now` on; nothing where that is not known.
    pub(super) fn stands(&mut self, now: Timestamp, best: Option<DailyRate>) {
        if let Some((rate, since)) = self.standing.take() {
            let until = now.min(since.plus(STANDS));
            let mut from = since;
            while from < until {
                let index = from.millis().div_euclid(MINUTE.get());
                let ends = Timestamp::from_millis(index.saturating_add(1).saturating_mul(MINUTE.get()));
                let to = ends.min(until);
                self.add(index, rate, to.since(from).get());
                from = to;
            }
        }
        let oldest = now.millis().div_euclid(MINUTE.get()).saturating_sub(self.kept);
        while self.minutes.front().is_some_and(|minute| minute.index < oldest) {
            self.minutes.pop_front();
        }
        self.standing = best.filter(|rate| rate.is_positive()).map(|rate| (rate, now));
    }

    fn add(&mut self, index: i64, rate: DailyRate, millis: i64) {
        let sum = i128::from(rate.units()) * i128::from(millis);
        match self.minutes.back_mut().filter(|last| last.index == index) {
            Some(last) => {
                last.sum = last.sum.saturating_add(sum);
                last.seen = last.seen.saturating_add(millis);
            }
            None => self.minutes.push_back(Minute { index, sum, seen: millis }),
        }
    }

    /// Mean rate and milliseconds seen of the whole minutes of the last `span`, oldest first.
    pub(super) fn closed(&self, now: Timestamp, span: Millis) -> impl Iterator<Item = (DailyRate, i64)> {
        let end = now.millis().div_euclid(MINUTE.get());
        let begin = end.saturating_sub(span.get().div_euclid(MINUTE.get()));
        let from = self.minutes.partition_point(|minute| minute.index < begin);
        let minutes = self.minutes.iter().skip(from).take_while(move |minute| minute.index < end);
        minutes.filter_map(|minute| {
            let mean = i64::try_from(minute.sum.checked_div(i128::from(minute.seen))?).ok()?;
            Some((DailyRate::from_units(mean), minute.seen))
        })
    }
}
