//! How long an offer waits, by its rate relative to the level: the mean residual wait from a random moment.
//!
//! For every bucket of relative rates two sums over the gaps between fills are kept, forgetting with a half-life of days,
//! and the gap that is still open. The mean of the gaps would understate the wait: a random moment falls into long gaps
//! more often than into short ones. The open gap is the bound that makes a change of the market felt (Lindy): what has
//! been waited for so long is expected to take at least as long again, and longer for the part of it in which others were served.
//!
//! Sums are kept at the scale of a reference time, so that time passing costs nothing and an event costs the buckets
//! that it hits.

use super::checkpoint::{Pack, Unpack};
use super::numbers::{count, fade};
use super::parameters::Parameters;

/// Number of buckets.
pub(super) const BUCKETS: usize = 160;
/// After so many half-lives the sums are brought back to the scale of the present.
const RESCALE: f64 = 40.0;

/// The relative rate of a bucket.
pub(super) fn relative(bucket: usize, parameters: &Parameters) -> f64 {
    parameters.first_bucket * (parameters.bucket_step * count(bucket)).exp()
}

/// One bucket; its sums at the scale of the reference time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Bucket {
    /// Sum of the gaps, days.
    gaps: f64,
    /// Sum of their squares.
    squares: f64,
    /// Last hit, days since 1970.
    last: f64,
}

/// The waits for one period class and one lot.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wait {
    buckets: Vec<Bucket>,
    reference: f64,
}

impl Wait {
    /// Knowing nothing; gaps are open since `now`, in days.
    pub(super) fn since(now: f64) -> Self {
        Self { buckets: vec![Bucket { last: now, ..Bucket::default() }; BUCKETS], reference: now }
    }

    /// An event at `now` whose fill level was `relative` times the level of before it. Answers how many buckets it hit.
    pub(super) fn hit(&mut self, now: f64, level: f64, parameters: &Parameters) -> usize {
        if (now - self.reference) / parameters.gap_half_life > RESCALE {
            let left = fade(now - self.reference, parameters.gap_half_life);
            self.scale(left);
            self.reference = now;
        }
        let weight = ((now - self.reference) / parameters.gap_half_life).exp2();
        let mut hits = 0;
        for (index, bucket) in self.buckets.iter_mut().enumerate() {
            if relative(index, parameters) >= level {
                break;
            }
            let gap = (now - bucket.last).max(0.0);
            bucket.gaps += gap * weight;
            bucket.squares += gap * gap * weight;
            bucket.last = bucket.last.max(now);
            hits += 1;
        }
        hits
    }

    /// Expected waits at `now` by bucket, days; infinite where nothing was ever filled. They never fall with the rate.
    pub(super) fn waits(&self, now: f64, parameters: &Parameters) -> Vec<f64> {
        let left = fade(now - self.reference, parameters.gap_half_life);
        let newest = self.buckets.first().map_or(now, |lowest| lowest.last);
        let mut longest = 0.0_f64;
        let one = |bucket: &Bucket| {
            if bucket.gaps <= 0.0 {
                return f64::INFINITY;
            }
            let open = (now - bucket.last).max(0.0);
            // Until the next event comes nobody is passed over.
            let passed_over = (newest - bucket.last).max(0.0);
            let at_least = open + (parameters.lindy - 1.0) * passed_over;
            longest = longest.max(residual(bucket, open, left).max(at_least));
            longest
        };
        self.buckets.iter().map(one).collect()
    }

    /// True when the open gap at this bucket is longer than what was learned can explain.
    pub(super) fn surprised(&self, now: f64, bucket: usize, parameters: &Parameters) -> bool {
        let Some(bucket) = self.buckets.get(bucket) else { return false };
        let left = fade(now - self.reference, parameters.gap_half_life);
        let open = (now - bucket.last).max(0.0);
        open > parameters.surprise * residual(bucket, open, left).max(parameters.surprise_least)
    }

    /// Forgets half of what was learned.
    pub(super) fn forget_half(&mut self) {
        self.scale(0.5);
    }

    /// The lowest bucket that was ever hit.
    pub(super) fn lowest_hit(&self) -> Option<usize> {
        self.buckets.iter().position(|bucket| bucket.gaps > 0.0)
    }

    /// `days` were not watched: no gap grew in them.
    pub(super) fn pause(&mut self, days: f64) {
        self.reference += days;
        for bucket in &mut self.buckets {
            bucket.last += days;
        }
    }

    fn scale(&mut self, by: f64) {
        for bucket in &mut self.buckets {
            bucket.gaps *= by;
            bucket.squares *= by;
        }
    }

    pub(super) fn pack(&self, pack: &mut Pack) {
        pack.number(self.reference);
        pack.list(self.buckets.iter(), |pack, bucket| {
            pack.number(bucket.gaps);
            pack.number(bucket.squares);
            pack.number(bucket.last);
        });
    }

    pub(super) fn unpack(unpack: &mut Unpack<'_>) -> Option<Self> {
        let reference = unpack.number()?;
        let buckets = unpack.list_of(BUCKETS, |unpack| {
            Some(Bucket { gaps: unpack.number()?, squares: unpack.number()?, last: unpack.number()? })
        })?;
        Some(Self { buckets, reference })
    }
}

/// The mean residual wait, the open gap among the gaps.
fn residual(bucket: &Bucket, open: f64, left: f64) -> f64 {
    (bucket.squares * left + open * open) / (2.0 * (bucket.gaps * left + open)).max(1e-12)
}

#[cfg(test)]
mod tests;
