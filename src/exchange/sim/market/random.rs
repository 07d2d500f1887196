//! The background's own seeded generator (splitmix64) and the few distributions it draws from. State, not a source of
//! randomness: the same seed gives the same numbers. Never used for anything secret.

use super::numbers::float;

/// A seeded generator.
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Random {
    /// The generator number `index` of one `stream` of a seed. Every step of a market takes its own, so that what a
    /// lender does never shifts the numbers of later steps.
    #[must_use]
    pub fn at(seed: u64, stream: u64, index: u64) -> Self {
        let state = mix(seed.wrapping_add(GOLDEN)) ^ mix(stream.wrapping_mul(GOLDEN).wrapping_add(1));
        Self { state: mix(state).wrapping_add(mix(index.wrapping_add(GOLDEN))) }
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }

    /// Uniform in the open interval (0, 1).
    pub fn uniform(&mut self) -> f64 {
        // 53 bits fit an i64 and a float exactly.
        let bits = i64::try_from(self.bits() >> 11).unwrap_or(0);
        (float(bits) + 0.5) / 9_007_199_254_740_992.0
    }

    /// Uniform between two numbers.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// Standard normal (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Exponential with this mean.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * self.uniform().ln()
    }

    /// Lognormal with this median and log standard deviation.
    pub fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        median * (sigma * self.normal()).exp()
    }

    /// Pareto from `least` on with this tail exponent.
    pub fn pareto(&mut self, least: f64, alpha: f64) -> f64 {
        least * self.uniform().powf(-1.0 / alpha)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(mut draw: impl FnMut(&mut Random) -> f64) -> Vec<f64> {
        let mut random = Random::at(7, 3, 0);
        let mut all: Vec<f64> = (0..20_000).map(|_| draw(&mut random)).collect();
        all.sort_by(f64::total_cmp);
        all
    }

    fn mean(all: &[f64]) -> f64 {
        all.iter().sum::<f64>() / float(i64::try_from(all.len()).unwrap())
    }

    #[test]
    fn the_distributions_have_their_moments() {
        let uniform = draws(Random::uniform);
        assert!(uniform[0] > 0.0 && uniform[19_999] < 1.0 && (mean(&uniform) - 0.5).abs() < 0.01);
        let normal = draws(Random::normal);
        assert!(mean(&normal).abs() < 0.03 && (normal[16_827] - 1.0).abs() < 0.05, "{}", normal[16_827]);
        assert!((mean(&draws(|r| r.exponential(45.0))) - 45.0).abs() < 1.5);
        let lognormal = draws(|r| r.lognormal(1.8, 1.3));
        assert!((lognormal[10_000] - 1.8).abs() < 0.1);
        let pareto = draws(|r| r.pareto(1.5, 2.0));
        assert!(pareto[0] >= 1.5 && (pareto[10_000] - 1.5 * 2_f64.sqrt()).abs() < 0.05);
    }

    #[test]
    fn streams_repeat_and_differ() {
        let first = |seed, stream, index| Random::at(seed, stream, index).bits();
        assert_eq!(first(1, 2, 3), first(1, 2, 3));
        let others = [first(2, 2, 3), first(1, 3, 3), first(1, 2, 4)];
        assert!(others.iter().all(|other| *other != first(1, 2, 3)));
    }
}
