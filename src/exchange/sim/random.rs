//! The exchange's own seeded generator: the same seed makes the same exchange.

/// xoshiro256** seeded by splitmix64.
#[derive(Debug, Clone)]
pub(super) struct Random {
    state: [u64; 4],
}

impl Random {
    /// A generator of its own for each `stream` of one seed.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut mix = seed ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut next = || {
            mix = mix.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = mix;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        Self { state: [next(), next(), next(), next()] }
    }

    /// The next 64 bits.
    pub(super) fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let (c2, d2) = (c ^ a, d ^ b);
        self.state = [a ^ d2, b ^ c2, c2 ^ (b << 17), d2.rotate_left(45)];
        result
    }

    /// Evenly drawn from `low..=high`; `low` when the range is empty.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high.saturating_sub(low)).unwrap_or(0).saturating_add(1);
        let offset = i64::try_from(self.bits() % width).unwrap_or(0);
        low.saturating_add(offset)
    }

    /// True in `per_million` of a million cases.
    pub(super) fn chance(&mut self, per_million: u32) -> bool {
        per_million > 0 && self.bits() % 1_000_000 < u64::from(per_million)
    }

    /// True in one of `n` cases.
    pub(super) fn one_in(&mut self, n: u64) -> bool {
        n > 0 && self.bits().is_multiple_of(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_row_and_streams_differ() {
        let row = |seed, stream| {
            let mut random = Random::new(seed, stream);
            [random.bits(), random.bits(), random.bits()]
        };
        assert_eq!(row(1, 0), row(1, 0));
        assert_ne!(row(1, 0), row(1, 1));
        assert_ne!(row(1, 0), row(2, 0));
    }

    #[test]
    fn draws_stay_in_their_range_and_reach_its_ends() {
        let mut random = Random::new(7, 7);
        let draws: Vec<i64> = (0..1000).map(|_| random.between(-2, 3)).collect();
        assert!(draws.iter().all(|draw| (-2..=3).contains(draw)));
        assert!(draws.contains(&-2) && draws.contains(&3));
        assert!((0..10_000).filter(|_| random.chance(500_000)).count().abs_diff(5_000) < 300);
        assert!(!random.chance(0) && random.chance(1_000_000));
        assert_eq!(random.between(5, 1), 5);
    }
}
