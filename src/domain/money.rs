//! Amounts of a currency, exact to 1e-8, and sums of them.

use super::decimal::{Decimal, DecimalError, Rounding, divide};
use super::ratio::Ratio;

/// An amount of one currency in units of 1e-8 (money rule 3). Its currency is known from where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(i64);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The smallest amount that can be told apart: 1e-8.
    pub const UNIT: Self = Self(1);
    /// The largest amount an integer of 1e-8 holds, about 92 thousand million.
    pub const MAX: Self = Self(i64::MAX);
    /// Decimals of an amount on the wire.
    pub const SCALE: u8 = 8;

    /// From units of 1e-8.
    #[must_use]
    pub const fn from_units(units: i64) -> Self {
        Self(units)
    }

    /// From whole units of the currency; panics at compile time or in tests when absurd.
    #[must_use]
    pub const fn whole(units: i32) -> Self {
        Self(units as i64 * 100_000_000)
    }

    /// Units of 1e-8.
    #[must_use]
    pub const fn units(self) -> i64 {
        self.0
    }

    /// From a decimal, rounded as asked.
    ///
    /// # Errors
    /// [`DecimalError::Range`] beyond about ±92 thousand million.
    pub fn from_decimal(value: Decimal, rounding: Rounding) -> Result<Self, DecimalError> {
        value.to_units(Self::SCALE, rounding).map(Self)
    }

    /// From a text such as `150.5`.
    ///
    /// # Errors
    /// As [`Decimal::parse`] and [`Amount::from_decimal`].
    pub fn parse(text: &str, rounding: Rounding) -> Result<Self, DecimalError> {
        Self::from_decimal(Decimal::parse(text)?, rounding)
    }

    /// This amount as an exact decimal.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        Decimal::from_units(self.0, Self::SCALE)
    }

    /// Sum, or nothing on overflow.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Difference, or nothing on overflow.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// What is left of `self` after `other`, at least zero.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).max(0))
    }

    /// True when above zero.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// The size without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// `share` of this amount, rounded as asked.
    #[must_use]
    pub fn share(self, share: Ratio, rounding: Rounding) -> Self {
        Total::from(self).share(share, rounding).clamp_amount()
    }

    /// `self × numerator / denominator`, rounded as asked; clamped to the range of an amount. Zero for a denominator
    /// that is not positive.
    #[must_use]
    pub fn scale_by(self, numerator: i64, denominator: i64, rounding: Rounding) -> Self {
        if denominator <= 0 {
            return Self::ZERO;
        }
        // An i64 times an i64 always fits an i128.
        let product = i128::from(self.0) * i128::from(numerator);
        Total(divide(product, i128::from(denominator), rounding)).clamp_amount()
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.to_decimal().fmt(out)
    }
}

/// A sum of amounts of one currency: wide enough never to overflow by adding amounts, so that limits compare exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Total(i128);

impl Total {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The sum in units of 1e-8.
    #[must_use]
    pub const fn units(self) -> i128 {
        self.0
    }

    /// Adds an amount.
    #[must_use]
    pub fn plus(self, amount: Amount) -> Self {
        Self(self.0.saturating_add(i128::from(amount.0)))
    }

    /// Takes an amount away.
    #[must_use]
    pub fn minus(self, amount: Amount) -> Self {
        Self(self.0.saturating_sub(i128::from(amount.0)))
    }

    /// Adds another sum.
    #[must_use]
    pub fn plus_total(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Takes another sum away.
    #[must_use]
    pub fn minus_total(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// `share` of the sum, rounded as asked.
    #[must_use]
    pub fn share(self, share: Ratio, rounding: Rounding) -> Self {
        Self(divide(self.0.saturating_mul(i128::from(share.ppm())), i128::from(Ratio::ONE.ppm()), rounding))
    }

    /// The sum as an amount, never under zero and never over [`Amount::MAX`].
    #[must_use]
    pub fn at_least_zero(self) -> Amount {
        Amount(i64::try_from(self.0.max(0)).unwrap_or(i64::MAX))
    }

    /// The sum as an amount, clamped to its range on both sides.
    #[must_use]
    pub fn clamp_amount(self) -> Amount {
        Amount(i64::try_from(self.0).unwrap_or(if self.0 < 0 { i64::MIN } else { i64::MAX }))
    }
}

impl From<Amount> for Total {
    fn from(amount: Amount) -> Self {
        Self(i128::from(amount.0))
    }
}

impl std::iter::Sum<Amount> for Total {
    fn sum<I: Iterator<Item = Amount>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::plus)
    }
}

impl std::fmt::Display for Total {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.clamp_amount().fmt(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn balances_round_down_and_print_exactly() {
        let balance = Amount::parse("9.99999883788405e-7", Rounding::Down).unwrap();
        assert_eq!(balance.units(), 99);
        assert_eq!(balance.to_string(), "0.00000099");
        assert_eq!(Amount::whole(150).to_string(), "150");
        assert_eq!(Amount::parse("-0.000000001", Rounding::Down).unwrap().units(), -1);
    }

    #[test]
    fn a_total_outlives_the_range_of_its_parts() {
        let total: Total = [Amount::MAX, Amount::MAX].into_iter().sum();
        assert!(total > Total::from(Amount::MAX));
        assert_eq!(total.minus(Amount::MAX).at_least_zero(), Amount::MAX);
        assert_eq!(Total::ZERO.minus(Amount::UNIT).at_least_zero(), Amount::ZERO);
    }

    proptest! {
        #[test]
        fn text_and_amount_round_trip(units in any::<i64>()) {
            let amount = Amount::from_units(units);
            prop_assert_eq!(Amount::parse(&amount.to_string(), Rounding::Nearest), Ok(amount));
        }

        #[test]
        fn shares_never_add_up_to_more_than_the_whole(units in 0..i64::MAX, ppm in 0_i64..=1_000_000) {
            let whole = Amount::from_units(units);
            let part = whole.share(Ratio::from_ppm(ppm), Rounding::Down);
            let rest = whole.share(Ratio::from_ppm(1_000_000 - ppm), Rounding::Down);
            prop_assert!(Total::from(part).plus(rest) <= Total::from(whole));
        }
    }
}
