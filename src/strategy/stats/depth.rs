//! The book before us as a forecast: with how much before an offer the next batch still reaches it.
//!
//! A histogram of the logarithm of batch volumes, forgetting with a half-life of days, says how likely a batch takes the
//! queue and our offer; the waits learned from the tape say the same in their way. Both are mixed in log odds, with
//! weights by how well each did on what came.

use super::checkpoint::{Pack, Unpack};
use super::numbers::{count, fade, index};
use super::parameters::Parameters;

/// Bins of batch volume: under the first edge, then in steps.
const BINS: usize = 32;
/// Width of a bin in the logarithm.
const WIDTH: f64 = 0.5;
/// No forecast is surer than this.
const SUREST: f64 = 0.995;

/// The volumes of batches.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Volumes {
    bins: Vec<f64>,
    at: f64,
}

impl Default for Volumes {
    fn default() -> Self {
        Self { bins: vec![0.0; BINS], at: 0.0 }
    }
}

impl Volumes {
    /// A batch of `volume` at `now` days; `unit` is the smallest lot. A batch in which nothing was lent counts too.
    pub(super) fn told(&mut self, now: f64, volume: f64, unit: f64, parameters: &Parameters) {
        let left = fade(now - self.at, parameters.depth_half_life);
        self.at = self.at.max(now);
        self.bins.iter_mut().for_each(|bin| *bin *= left);
        if let Some(bin) = self.bins.get_mut(place(volume, unit).map_or(0, index)) {
            *bin += 1.0;
        }
    }

    /// To be asked how deep batches go; nothing while too few were seen.
    pub(super) fn ready(&self, parameters: &Parameters) -> Option<Depths<'_>> {
        let mut above = [0.0; BINS];
        let mut all = 0.0;
        for (sum, mass) in above.iter_mut().zip(&self.bins).rev() {
            *sum = all;
            all += mass;
        }
        (all >= parameters.depth_least).then_some(Depths { bins: &self.bins, above, all })
    }

    /// `days` were not watched.
    pub(super) fn pause(&mut self, days: f64) {
        self.at += days;
    }

    pub(super) fn pack(&self, pack: &mut Pack) {
        pack.number(self.at);
        pack.list(self.bins.iter(), |pack, bin| pack.number(*bin));
    }

    pub(super) fn unpack(unpack: &mut Unpack<'_>) -> Option<Self> {
        Some(Self { at: unpack.number()?, bins: unpack.list_of(BINS, Unpack::number)? })
    }
}

/// Volumes summed up: many queues are held against them.
#[derive(Debug)]
pub(super) struct Depths<'a> {
    bins: &'a [f64],
    /// What lies in the bins above each.
    above: [f64; BINS],
    all: f64,
}

impl Depths<'_> {
    /// The probability that a batch is larger than `queue`.
    pub(super) fn beyond(&self, queue: f64, unit: f64) -> f64 {
        // A queue under the first edge: every batch that was any counts.
        let place = place(queue, unit).unwrap_or(1.0);
        let (bin, part) = (index(place), place - place.floor());
        let within = self.bins.get(bin).map_or(0.0, |mass| mass * (1.0 - part));
        let above = self.above.get(bin).copied().unwrap_or(0.0);
        ((within + above) / self.all).clamp(0.0, 1.0)
    }
}

/// Where a volume lies, in bins; nothing under the first edge.
fn place(volume: f64, unit: f64) -> Option<f64> {
    let place = (volume / unit.max(1e-12)).ln() / WIDTH + 1.0;
    (place >= 1.0).then(|| place.min(count(BINS) - 1e-9))
}

/// How well either forecast did: decayed sums of the logarithmic loss.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Trust {
    depth: f64,
    tape: f64,
    at: f64,
}

impl Trust {
    /// At `now` days it came out whether the offer that both spoke of would have been filled.
    pub(super) fn told(&mut self, now: f64, depth: f64, tape: f64, filled: bool, parameters: &Parameters) {
        let left = fade(now - self.at, parameters.depth_half_life);
        self.at = self.at.max(now);
        self.depth = self.depth * left + loss(depth, filled);
        self.tape = self.tape * left + loss(tape, filled);
    }

    /// The weight of the book's forecast; the tape has the rest. Neither is ever dropped.
    pub(super) fn weight(&self) -> f64 {
        (1.0 / (1.0 + (self.depth - self.tape).exp())).clamp(0.05, 0.95)
    }

    pub(super) fn pause(&mut self, days: f64) {
        self.at += days;
    }

    pub(super) fn pack(&self, pack: &mut Pack) {
        pack.number(self.depth);
        pack.number(self.tape);
        pack.number(self.at);
    }

    pub(super) fn unpack(unpack: &mut Unpack<'_>) -> Option<Self> {
        Some(Self { depth: unpack.number()?, tape: unpack.number()?, at: unpack.number()? })
    }
}

fn loss(forecast: f64, filled: bool) -> f64 {
    let sure = sane(forecast);
    -(if filled { sure } else { 1.0 - sure }).ln()
}

fn sane(probability: f64) -> f64 {
    probability.clamp(1.0 - SUREST, SUREST)
}

/// Both forecasts in one, in log odds; `weight` is that of the first.
pub(super) fn mix(depth: f64, tape: f64, weight: f64) -> f64 {
    let odds = |probability: f64| {
        let sure = sane(probability);
        (sure / (1.0 - sure)).ln()
    };
    1.0 / (1.0 + (-(weight * odds(depth) + (1.0 - weight) * odds(tape))).exp())
}

/// The probability of a fill within one cycle that a mean wait of `wait` days means, and back: in each cycle the offer is
/// filled or not, and a random moment lies half a cycle before a batch.
pub(super) fn within(cycle: f64, wait: f64) -> f64 {
    (cycle / (wait + cycle / 2.0)).clamp(0.0, 1.0)
}

/// The mean wait in days that a probability a cycle means.
pub(super) fn wait(cycle: f64, probability: f64) -> f64 {
    cycle * (1.0 / probability.max(1e-9) - 0.5)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_batch_larger_than_the_queue_is_as_likely_as_it_was_often() {
        let parameters = Parameters::default();
        let mut volumes = Volumes::default();
        for _ in 0..6 {
            volumes.told(1.0, 1_000.0, 500.0, &parameters);
        }
        assert!(volumes.ready(&parameters).is_none(), "six are too few");
        for _ in 0..6 {
            volumes.told(1.0, 100_000.0, 500.0, &parameters);
        }
        assert!((volumes.ready(&parameters).unwrap().beyond(10_000.0, 500.0) - 0.5).abs() < 1e-9);
        assert!(volumes.ready(&parameters).unwrap().beyond(0.0, 500.0) > 0.99);
        assert!(volumes.ready(&parameters).unwrap().beyond(1e9, 500.0) < 1e-9);
        // A batch of nothing is one that reaches nobody.
        for _ in 0..12 {
            volumes.told(1.0, 0.0, 500.0, &parameters);
        }
        assert!((volumes.ready(&parameters).unwrap().beyond(0.0, 500.0) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn whoever_was_right_gets_the_weight() {
        let parameters = Parameters::default();
        let mut trust = Trust::default();
        assert!((trust.weight() - 0.5).abs() < 1e-12);
        for _ in 0..5 {
            trust.told(1.0, 0.9, 0.2, true, &parameters);
        }
        assert!(trust.weight() > 0.9);
        for _ in 0..20 {
            trust.told(1.0, 0.9, 0.2, false, &parameters);
        }
        assert!(trust.weight() < 0.1);
    }

    proptest! {
        #[test]
        fn a_deeper_queue_never_fills_more_likely(
            batches in proptest::collection::vec(0.0_f64..1e8, 12..60), one in 0.0_f64..1e8, more in 0.0_f64..1e8,
        ) {
            let parameters = Parameters::default();
            let mut volumes = Volumes::default();
            for (index, volume) in batches.iter().enumerate() {
                volumes.told(count(index) / 72.0, *volume, 500.0, &parameters);
            }
            let near = volumes.ready(&parameters).unwrap().beyond(one, 500.0);
            let far = volumes.ready(&parameters).unwrap().beyond(one + more, 500.0);
            prop_assert!(far <= near + 1e-12);
            prop_assert!(mix(far, 0.3, 0.5) <= mix(near, 0.3, 0.5) + 1e-12);
        }

        #[test]
        fn waits_and_probabilities_are_two_words_for_one_thing(wait_days in 0.01_f64..50.0) {
            let cycle = 1.0 / 72.0;
            prop_assert!((wait(cycle, within(cycle, wait_days)) / wait_days - 1.0).abs() < 1e-9);
        }
    }
}
