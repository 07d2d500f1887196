//! Numbers as the exchange prints them: shortest form, exponents for the tiny, float noise now and then.

use crate::domain::{Amount, DailyRate, Decimal};

/// Whose habit of writing exponents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    /// Under 1e-6, as `2e-8`.
    Script,
    /// Under 1e-4, as `3.7e-05`.
    Snake,
}

/// An amount.
pub(super) fn amount(value: Amount) -> String {
    units(value.units(), u32::from(Amount::SCALE), Habit::Script)
}

/// An amount with a minus before it.
pub(super) fn minus(value: Amount) -> String {
    units(value.units().saturating_neg(), u32::from(Amount::SCALE), Habit::Script)
}

/// A rate.
pub(super) fn rate(value: DailyRate) -> String {
    units(value.units(), u32::from(DailyRate::SCALE), Habit::Script)
}

/// A rate with the noise of a binary float, the same for the same `salt`: one in seven carries it.
pub(super) fn noisy_rate(value: DailyRate, salt: i64) -> String {
    if salt.rem_euclid(7) != 0 || value.units() <= 0 {
        return rate(value);
    }
    let digits = value.units().to_string();
    let fill = 16_usize.saturating_sub(digits.trim_end_matches('0').len());
    let trimmed = digits.trim_end_matches('0');
    let dropped = digits.len().saturating_sub(trimmed.len());
    let scale = usize::from(DailyRate::SCALE).saturating_sub(dropped.min(12)).saturating_add(fill);
    let noisy = format!("{trimmed}{}1", "0".repeat(fill.saturating_sub(1)));
    place(false, &noisy, i32::try_from(scale).unwrap_or(0), Habit::Script)
}

/// An available amount a hair under its value, as sums of floats leave it.
pub(super) fn hair_under(value: Amount) -> String {
    if value.units() < 2 {
        return amount(value);
    }
    let digits = format!("{}9999998", value.units().saturating_sub(1));
    place(false, &digits, 15, Habit::Script)
}

/// A decimal, exactly.
pub(super) fn decimal(value: Decimal, habit: Habit) -> String {
    let plain = value.abs().to_string();
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let digits = format!("{whole}{fraction}");
    place(value.is_negative(), digits.trim_start_matches('0'), i32::try_from(fraction.len()).unwrap_or(0), habit)
}

/// A count of `10^-scale`.
pub(super) fn units(value: i64, scale: u32, habit: Habit) -> String {
    let digits = value.unsigned_abs().to_string();
    place(value < 0, &digits, i32::try_from(scale).unwrap_or(0), habit)
}

/// `digits × 10^-scale` in its shortest form.
fn place(negative: bool, digits: &str, scale: i32, habit: Habit) -> String {
    let trimmed = digits.trim_end_matches('0');
    if trimmed.is_empty() {
        return "0".to_owned();
    }
    let length = |text: &str| i32::try_from(text.len()).unwrap_or(0);
    let scale = scale.saturating_sub(length(digits).saturating_sub(length(trimmed)));
    // Digits before the point; zero or less for a number under one.
    let before = length(trimmed).saturating_sub(scale);
    let mut out = String::with_capacity(24);
    if negative {
        out.push('-');
    }
    let smallest = if habit == Habit::Script { -5 } else { -3 };
    let count = |number: i32| usize::try_from(number).unwrap_or(0);
    if before < smallest {
        let (first, rest) = trimmed.split_at(1);
        out.push_str(first);
        if !rest.is_empty() {
            out.push('.');
            out.push_str(rest);
        }
        let exponent = (1_i32).saturating_sub(before);
        out.push_str("e-");
        if habit == Habit::Snake && exponent < 10 {
            out.push('0');
        }
        out.push_str(&exponent.to_string());
    } else if before <= 0 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', count(before.saturating_neg())));
        out.push_str(trimmed);
    } else if scale <= 0 {
        out.push_str(trimmed);
        out.extend(std::iter::repeat_n('0', count(scale.saturating_neg())));
    } else {
        let (whole, fraction) = trimmed.split_at(count(before));
        out.push_str(whole);
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// A JSON string.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Rounding;
    use proptest::prelude::*;

    fn dec(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn numbers_look_as_on_the_wire() {
        assert_eq!(amount(Amount::whole(150)), "150");
        assert_eq!(amount(Amount::from_units(2)), "2e-8");
        assert_eq!(amount(Amount::from_units(100)), "0.000001");
        assert_eq!(amount(Amount::from_units(-50_123_456_789)), "-501.23456789");
        assert_eq!(decimal(dec("3.711101095890411e-05"), Habit::Snake), "3.711101095890411e-05");
        assert_eq!(decimal(dec("0.00014901101069876116"), Habit::Script), "0.00014901101069876116");
        assert_eq!(decimal(dec("9.99999883788405e-7"), Habit::Script), "9.99999883788405e-7");
        assert_eq!(decimal(dec("-1200"), Habit::Script), "-1200");
        assert_eq!(noisy_rate(DailyRate::from_units(6_000_000_000), 0), "0.006000000000000001");
        assert_eq!(noisy_rate(DailyRate::from_units(6_000_000_000), 1), "0.006");
        assert_eq!(hair_under(Amount::from_units(1_648_000_112)), "16.480001119999998");
        assert_eq!(quoted("a\"b"), "\"a\\\"b\"");
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(units in any::<i64>(), salt in 0_i64..50) {
            let value = Amount::from_units(units);
            prop_assert_eq!(Amount::parse(&amount(value), Rounding::Nearest), Ok(value));
            let value = DailyRate::from_units(units.rem_euclid(1_000_000_000_000));
            prop_assert_eq!(DailyRate::parse(&noisy_rate(value, salt), Rounding::Nearest), Ok(value));
            let exact = value.to_decimal();
            prop_assert_eq!(Decimal::parse(&decimal(exact, Habit::Snake)), Ok(exact));
        }
    }
}
