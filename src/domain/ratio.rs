//! Shares and percentages, exact to a millionth.

use super::decimal::{Decimal, DecimalError, Rounding};

/// A plain ratio in parts per million: `10 %` is 100 000. May be negative (an offset below).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Ratio(i64);

impl Ratio {
    /// 0 %.
    pub const ZERO: Self = Self(0);
    /// 100 %.
    pub const ONE: Self = Self(1_000_000);

    /// From parts per million.
    #[must_use]
    pub const fn from_ppm(ppm: i64) -> Self {
        Self(ppm)
    }

    /// From whole percents.
    #[must_use]
    pub const fn percent(percent: i32) -> Self {
        Self(percent as i64 * 10_000)
    }

    /// Parts per million.
    #[must_use]
    pub const fn ppm(self) -> i64 {
        self.0
    }

    /// From the number before a percent sign (`7.5` for 7.5 %), to the nearest millionth.
    ///
    /// # Errors
    /// [`DecimalError::Range`] when absurdly large.
    pub fn from_percent(percent: Decimal) -> Result<Self, DecimalError> {
        percent.to_units(4, Rounding::Nearest).map(Self)
    }

    /// What is left of the whole: `100 % − self`.
    #[must_use]
    pub fn complement(self) -> Self {
        Self(Self::ONE.0.saturating_sub(self.0))
    }
}

impl std::fmt::Display for Ratio {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} %", Decimal::from_units(self.0, 4))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_and_parts_per_million_agree() {
        assert_eq!(Ratio::from_percent(Decimal::parse("7.5").unwrap()), Ok(Ratio::from_ppm(75_000)));
        assert_eq!(Ratio::percent(-5).to_string(), "-5 %");
        assert_eq!(Ratio::percent(15).complement(), Ratio::percent(85));
    }
}
