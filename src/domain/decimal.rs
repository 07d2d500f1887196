//! Exact decimals as they stand in a text: the bridge between JSON numbers and our fixed-point integers.

use thiserror::Error;

/// What happens to digits that the target cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest, ties away from zero: inbound amounts and rates (money rule 3).
    Nearest,
    /// Towards minus infinity: inbound balances, outbound amounts and rates.
    Down,
    /// Towards plus infinity: floors and minimums on their way out.
    Up,
}

/// Why a text is no decimal that we can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecimalError {
    /// The text is not a decimal number.
    #[error("not a decimal number")]
    Syntax,
    /// The number is a decimal, but out of the range of its target.
    #[error("number out of range")]
    Range,
}

/// A decimal number in canonical form: `mantissa × 10^-scale` with no trailing zero in the mantissa, so that two
/// texts of one number (`2e-8`, `0.00000002`, `0.000000020`) are equal, whatever their spelling.
///
/// More than 30 significant digits are cut: no exchange number carries as many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal {
    mantissa: i128,
    scale: i16,
}

/// Digits kept of the mantissa; 10^30 leaves room for scaling inside an `i128`.
const MAX_DIGITS: u32 = 30;
/// Exponents beyond this are nonsense for money and would only cost time.
const MAX_EXPONENT: i32 = 400;

impl Decimal {
    /// Reads `-12.5`, `2e-8`, `1E2`, `+3`; no spaces, no `_`, no `inf`.
    ///
    /// # Errors
    /// [`DecimalError::Syntax`] for anything that is no number, [`DecimalError::Range`] for absurd exponents.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        let bytes = text.as_bytes();
        let (negative, mut rest) = match bytes.split_first() {
            Some((b'-', rest)) => (true, rest),
            Some((b'+', rest)) => (false, rest),
            _ => (false, bytes),
        };
        let mut mantissa: i128 = 0;
        let mut scale: i32 = 0;
        let mut digits: u32 = 0;
        let mut seen_digit = false;
        let mut seen_point = false;
        while let Some((&byte, tail)) = rest.split_first() {
            match byte {
                b'0'..=b'9' => {
                    seen_digit = true;
                    if digits >= MAX_DIGITS {
                        // Surplus digits are cut; those before the point still count for the magnitude.
                        scale = if seen_point { scale } else { scale.saturating_sub(1) };
                    } else {
                        // At most 30 digits: cannot wrap, and an unchecked product is several times quicker.
                        mantissa = mantissa.wrapping_mul(10).wrapping_add(i128::from(byte - b'0'));
                        digits = if mantissa == 0 { 0 } else { digits.saturating_add(1) };
                        scale = if seen_point { scale.saturating_add(1) } else { scale };
                    }
                }
                b'.' if !seen_point => seen_point = true,
                b'e' | b'E' => break,
                _ => return Err(DecimalError::Syntax),
            }
            rest = tail;
        }
        if !seen_digit {
            return Err(DecimalError::Syntax);
        }
        if let Some((_, exponent)) = rest.split_first() {
            scale = scale.saturating_sub(parse_exponent(exponent)?);
        }
        if scale.abs() > MAX_EXPONENT {
            return if mantissa == 0 { Ok(Self::default()) } else { Err(DecimalError::Range) };
        }
        Self::new(if negative { mantissa.saturating_neg() } else { mantissa }, scale)
    }

    /// `mantissa × 10^-scale`, made canonical.
    fn new(mut mantissa: i128, mut scale: i32) -> Result<Self, DecimalError> {
        if mantissa == 0 {
            return Ok(Self::default());
        }
        // Most numbers fit an i64, whose division is many times quicker.
        if let Ok(mut small) = i64::try_from(mantissa) {
            while small % 10 == 0 {
                small /= 10;
                scale = scale.saturating_sub(1);
            }
            mantissa = i128::from(small);
        } else {
            while mantissa % 10 == 0 {
                mantissa /= 10;
                scale = scale.saturating_sub(1);
            }
        }
        let scale = i16::try_from(scale).map_err(|_out_of_range| DecimalError::Range)?;
        Ok(Self { mantissa, scale })
    }

    /// A count of `10^-scale` units as a decimal: the way out of a fixed-point integer.
    #[must_use]
    pub fn from_units(units: i64, scale: u8) -> Self {
        Self::new(i128::from(units), i32::from(scale)).unwrap_or_default()
    }

    /// This number in units of `10^-scale`, rounded as asked.
    ///
    /// # Errors
    /// [`DecimalError::Range`] when the result does not fit an `i64`.
    pub fn to_units(self, scale: u8, rounding: Rounding) -> Result<i64, DecimalError> {
        let shift = i32::from(scale) - i32::from(self.scale);
        let value = if shift >= 0 {
            let factor = pow10(shift.unsigned_abs()).ok_or(DecimalError::Range)?;
            if let (Ok(mantissa), Ok(factor)) = (i64::try_from(self.mantissa), i64::try_from(factor)) {
                return mantissa.checked_mul(factor).ok_or(DecimalError::Range);
            }
            self.mantissa.checked_mul(factor).ok_or(DecimalError::Range)?
        } else {
            match pow10(shift.unsigned_abs()) {
                Some(divisor) => divide(self.mantissa, divisor, rounding),
                // Smaller than any unit: only its sign can matter.
                None => match rounding {
                    Rounding::Nearest => 0,
                    Rounding::Down => -i128::from(self.mantissa < 0),
                    Rounding::Up => i128::from(self.mantissa > 0),
                },
            }
        };
        i64::try_from(value).map_err(|_out_of_range| DecimalError::Range)
    }

    /// True for numbers under zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    /// True for zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// The number without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self { mantissa: self.mantissa.saturating_abs(), scale: self.scale }
    }
}

fn parse_exponent(text: &[u8]) -> Result<i32, DecimalError> {
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() {
        return Err(DecimalError::Syntax);
    }
    let mut value: i32 = 0;
    for &byte in digits {
        if !byte.is_ascii_digit() {
            return Err(DecimalError::Syntax);
        }
        value = value.saturating_mul(10).saturating_add(i32::from(byte - b'0'));
    }
    Ok(if negative { value.saturating_neg() } else { value })
}

/// Powers of ten that an `i128` holds.
const POWERS: [i128; 39] = {
    let mut powers = [1; 39];
    let mut rest: &mut [i128] = &mut powers;
    let mut power = 1;
    while let [first, tail @ ..] = rest {
        *first = power;
        power = power.wrapping_mul(10);
        rest = tail;
    }
    powers
};

fn pow10(exponent: u32) -> Option<i128> {
    POWERS.get(usize::try_from(exponent).ok()?).copied()
}

/// Integer division with the rounding spelled out; `divisor` is positive.
pub(super) fn divide(value: i128, divisor: i128, rounding: Rounding) -> i128 {
    debug_assert!(divisor > 0);
    let (floor, rest) = match (i64::try_from(value), i64::try_from(divisor)) {
        // The same in the width of the machine, many times quicker.
        (Ok(value), Ok(divisor)) => (i128::from(value.div_euclid(divisor)), i128::from(value.rem_euclid(divisor))),
        _ => (value.div_euclid(divisor), value.rem_euclid(divisor)),
    };
    match rounding {
        Rounding::Down => floor,
        Rounding::Up => floor.saturating_add(i128::from(rest != 0)),
        Rounding::Nearest => {
            let twice = rest.saturating_mul(2);
            let up = twice > divisor || (twice == divisor && value > 0);
            floor.saturating_add(i128::from(up))
        }
    }
}

impl std::fmt::Display for Decimal {
    /// Plain notation without an exponent, as the exchange wants it in requests.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let digits = self.mantissa.unsigned_abs().to_string();
        let text = if self.scale <= 0 {
            format!("{sign}{digits}{}", "0".repeat(usize::from(self.scale.unsigned_abs())))
        } else {
            let scale = usize::from(self.scale.unsigned_abs());
            let padded = format!("{digits:0>width$}", width = scale.saturating_add(1));
            let (whole, fraction) = padded.split_at(padded.len().saturating_sub(scale));
            format!("{sign}{whole}.{fraction}")
        };
        out.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_number_has_one_form_whatever_its_spelling() {
        for spellings in [["2e-8", "0.00000002", "0.000000020"], ["100", "1E2", "1.00e+2"], ["-0.5", "-5e-1", "-.5"]] {
            let first = Decimal::parse(spellings[0]).unwrap();
            assert!(spellings.iter().all(|text| Decimal::parse(text).unwrap() == first), "{spellings:?}");
        }
        assert_eq!(Decimal::parse("3.711101095890411e-05").unwrap().to_string(), "0.00003711101095890411");
        assert_eq!(Decimal::parse("0e99999999").unwrap(), Decimal::default());
    }

    #[test]
    fn narrow_and_wide_arithmetic_agree() {
        assert!((0..39).all(|exponent| pow10(exponent) == 10_i128.checked_pow(exponent)));
        assert_eq!(pow10(39), None);
        for value in [7, -7, i128::from(i64::MIN), i128::from(i64::MAX), i128::from(i64::MAX) + 1, 10_i128.pow(30) + 5]
        {
            for divisor in [1, 3, 10, 10_i128.pow(25)] {
                let floor = value.div_euclid(divisor);
                assert_eq!(divide(value, divisor, Rounding::Down), floor);
                assert_eq!(divide(value, divisor, Rounding::Up), floor + i128::from(value.rem_euclid(divisor) != 0));
            }
        }
        assert_eq!(Decimal::parse("120000000000000000000000000").unwrap(), Decimal::parse("12e25").unwrap());
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "-", ".", "1e", "1e+", "1_000", " 1", "0x1", "NaN", "inf", "1.2.3", "--1"] {
            assert_eq!(Decimal::parse(text), Err(DecimalError::Syntax), "{text:?}");
        }
        assert_eq!(Decimal::parse("1e999"), Err(DecimalError::Range));
    }

    #[test]
    fn rounding_is_as_named() {
        let cases =
            [("0.15", 2, 1, 2), ("0.14", 1, 1, 2), ("-0.15", -2, -2, -1), ("1e-300", 0, 0, 1), ("-1e-300", 0, -1, 0)];
        for (text, nearest, down, up) in cases {
            let value = Decimal::parse(text).unwrap();
            assert_eq!(value.to_units(1, Rounding::Nearest), Ok(nearest), "{text}");
            assert_eq!(value.to_units(1, Rounding::Down), Ok(down), "{text}");
            assert_eq!(value.to_units(1, Rounding::Up), Ok(up), "{text}");
        }
        assert_eq!(Decimal::parse("1e30").unwrap().to_units(8, Rounding::Down), Err(DecimalError::Range));
    }

    proptest! {
        #[test]
        fn units_survive_the_way_out_and_back(units in any::<i64>(), scale in 0_u8..13) {
            let text = Decimal::from_units(units, scale).to_string();
            let back = Decimal::parse(&text).unwrap();
            for rounding in [Rounding::Nearest, Rounding::Down, Rounding::Up] {
                prop_assert_eq!(back.to_units(scale, rounding), Ok(units));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "[-+0-9.eE]{0,60}") {
            if let Ok(value) = Decimal::parse(&text) {
                let _ = value.to_units(8, Rounding::Nearest);
                let _ = value.to_string();
            }
        }
    }
}
