//! Interest rates: a fraction per day, exact to 1e-12, with named conversions to and from the year.

use super::decimal::{Decimal, DecimalError, Rounding, divide};
use super::money::Amount;
use super::ratio::Ratio;
use super::time::Millis;

/// A rate as a fraction **per day** in units of 1e-12 (money rule 3). 0.02 % per day is 200 000 000 units.
/// May be negative where it is an offset from the FRR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct DailyRate(i64);

/// Days of interest in a year, as the exchange and its lenders count them (no compounding).
const DAYS_PER_YEAR: i128 = 365;

impl DailyRate {
    /// No interest.
    pub const ZERO: Self = Self(0);
    /// Decimals that an `i64` of ours carries.
    pub const SCALE: u8 = 12;
    /// The smallest step the exchange takes on a rate: 1e-8 per day, one tick.
    pub const TICK: Self = Self(10_000);

    /// From units of 1e-12 per day.
    #[must_use]
    pub const fn from_units(units: i64) -> Self {
        Self(units)
    }

    /// Units of 1e-12 per day.
    #[must_use]
    pub const fn units(self) -> i64 {
        self.0
    }

    /// From a decimal fraction per day (`0.0002`).
    ///
    /// # Errors
    /// [`DecimalError::Range`] beyond about ±9.2 million per day.
    pub fn from_decimal(value: Decimal, rounding: Rounding) -> Result<Self, DecimalError> {
        value.to_units(Self::SCALE, rounding).map(Self)
    }

    /// From the text of a fraction per day.
    ///
    /// # Errors
    /// As [`Decimal::parse`] and [`DailyRate::from_decimal`].
    pub fn parse(text: &str, rounding: Rounding) -> Result<Self, DecimalError> {
        Self::from_decimal(Decimal::parse(text)?, rounding)
    }

    /// From percent per day: `0.02` is 0.02 %/day.
    ///
    /// # Errors
    /// [`DecimalError::Range`] when absurdly large.
    pub fn from_percent_per_day(percent: Decimal, rounding: Rounding) -> Result<Self, DecimalError> {
        percent.to_units(Self::SCALE - 2, rounding).map(Self)
    }

    /// From percent per year, simple interest over 365 days.
    ///
    /// # Errors
    /// [`DecimalError::Range`] when absurdly large.
    pub fn from_percent_per_year(percent: Decimal, rounding: Rounding) -> Result<Self, DecimalError> {
        let yearly = percent.to_units(Self::SCALE - 2, Rounding::Nearest)?;
        i64::try_from(divide(i128::from(yearly), DAYS_PER_YEAR, rounding))
            .map(Self)
            .map_err(|_out_of_range| DecimalError::Range)
    }

    /// This rate as an exact decimal fraction per day.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        Decimal::from_units(self.0, Self::SCALE)
    }

    /// Percent per year as a decimal, simple interest; for people, not for money.
    #[must_use]
    pub fn percent_per_year(self) -> Decimal {
        let yearly = i128::from(self.0).saturating_mul(DAYS_PER_YEAR);
        // Cut to 1e-4 percent: nobody reads more.
        let cut = divide(yearly, 1_000_000, Rounding::Nearest);
        Decimal::from_units(i64::try_from(cut).unwrap_or(i64::MAX), 4)
    }

    /// Sum; nothing on overflow.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Difference; nothing on overflow.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// `self × ratio`, rounded as asked, clamped to the range of a rate.
    #[must_use]
    pub fn times(self, ratio: Ratio, rounding: Rounding) -> Self {
        let product = i128::from(self.0) * i128::from(ratio.ppm());
        clamp(divide(product, i128::from(Ratio::ONE.ppm()), rounding))
    }

    /// The gross rate that leaves `self` after a fee of `fee` on the interest, rounded up: a net floor stays a floor.
    /// A fee of the whole interest leaves nothing and is answered with the largest rate.
    #[must_use]
    pub fn gross_of(self, fee: Ratio) -> Self {
        let kept = fee.complement().ppm();
        if kept <= 0 {
            return Self(i64::MAX);
        }
        let scaled = i128::from(self.0) * i128::from(Ratio::ONE.ppm());
        clamp(divide(scaled, i128::from(kept), Rounding::Up))
    }

    /// What a gross rate leaves after a fee of `fee` on the interest, rounded down.
    #[must_use]
    pub fn net_of(self, fee: Ratio) -> Self {
        self.times(fee.complement(), Rounding::Down)
    }

    /// Linear interpolation at `step` of `steps` between two rates, rounded down. `steps` of zero gives `self`.
    #[must_use]
    pub fn between(self, other: Self, step: u32, steps: u32) -> Self {
        if steps == 0 {
            return self;
        }
        let span = i128::from(other.0) - i128::from(self.0);
        clamp(i128::from(self.0) + divide(span * i128::from(step), i128::from(steps), Rounding::Down))
    }

    /// The rate as it may leave for the exchange: at most 8 decimals and 5 significant digits, rounded as asked
    /// (down for prices, up for floors and minimums). A rate under one tick rounds to zero when rounded down.
    #[must_use]
    pub fn outbound(self, rounding: Rounding) -> Self {
        let mut step = i128::from(Self::TICK.0);
        let size = i128::from(self.0).abs();
        while size / step >= 100_000 {
            step *= 10;
        }
        clamp(divide(i128::from(self.0), step, rounding).saturating_mul(step))
    }

    /// Interest of `amount` lent at this rate for `held`, before the fee, rounded as asked.
    #[must_use]
    pub fn interest(self, amount: Amount, held: Millis, rounding: Rounding) -> Amount {
        let product = i128::from(amount.units()) * i128::from(self.0);
        let per_day = 1_000_000_000_000_i128 * i128::from(super::time::DAY.get());
        let total = divide(product.saturating_mul(i128::from(held.get())), per_day, rounding);
        Amount::from_units(i64::try_from(total).unwrap_or(if total < 0 { i64::MIN } else { i64::MAX }))
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
}

fn clamp(value: i128) -> DailyRate {
    DailyRate(i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX }))
}

impl std::fmt::Display for DailyRate {
    /// `0.02 %/day (7.3 %/year)`: a rate is never shown without its unit.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let daily = Decimal::from_units(self.0, Self::SCALE - 2);
        write!(out, "{daily} %/day ({} %/year)", self.percent_per_year())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rate(text: &str) -> DailyRate {
        DailyRate::parse(text, Rounding::Nearest).unwrap()
    }

    #[test]
    fn outbound_keeps_eight_decimals_and_five_digits() {
        assert_eq!(rate("0.00014901101069876").outbound(Rounding::Down), rate("0.00014901"));
        assert_eq!(rate("0.0123456789").outbound(Rounding::Down), rate("0.012345"));
        assert_eq!(rate("0.0123456789").outbound(Rounding::Up), rate("0.012346"));
        assert_eq!(rate("0.000000009").outbound(Rounding::Down), DailyRate::ZERO);
        assert_eq!(rate("-0.0123456789").outbound(Rounding::Down), rate("-0.012346"));
    }

    #[test]
    fn year_and_day_and_fee_agree_with_the_reference_table() {
        // bitfinex-api.md 1.3: 0.0002 a day is 7.30 % a year, 6.21 % after 15 %.
        assert_eq!(rate("0.0002").percent_per_year().to_string(), "7.3");
        assert_eq!(rate("0.0002").net_of(Ratio::percent(15)).percent_per_year().to_string(), "6.205");
        let floor = DailyRate::from_percent_per_year(Decimal::parse("3").unwrap(), Rounding::Up).unwrap();
        assert!(floor.gross_of(Ratio::percent(15)).net_of(Ratio::percent(15)) >= floor);
        assert_eq!(rate("0.0002").to_string(), "0.02 %/day (7.3 %/year)");
    }

    #[test]
    fn a_day_of_interest_is_amount_times_rate() {
        let interest = rate("0.0002").interest(Amount::whole(1000), super::super::time::DAY, Rounding::Down);
        assert_eq!(interest.to_string(), "0.2");
    }

    proptest! {
        #[test]
        fn rates_round_trip_through_text(units in any::<i64>()) {
            let rate = DailyRate::from_units(units);
            prop_assert_eq!(DailyRate::parse(&rate.to_decimal().to_string(), Rounding::Nearest), Ok(rate));
        }

        #[test]
        fn outbound_never_lifts_a_price_nor_lowers_a_floor(units in 0_i64..1_000_000_000_000) {
            let rate = DailyRate::from_units(units);
            prop_assert!(rate.outbound(Rounding::Down) <= rate);
            prop_assert!(rate.outbound(Rounding::Up) >= rate);
            prop_assert_eq!(rate.outbound(Rounding::Down).outbound(Rounding::Down), rate.outbound(Rounding::Down));
            prop_assert!(rate.outbound(Rounding::Down).outbound(Rounding::Up) <= rate);
        }

        #[test]
        fn a_net_floor_survives_the_fee(units in 0_i64..1_000_000_000_000, fee in 0_i64..999_999) {
            let (floor, fee) = (DailyRate::from_units(units), Ratio::from_ppm(fee));
            prop_assert!(floor.gross_of(fee).net_of(fee) >= floor);
        }
    }
}
