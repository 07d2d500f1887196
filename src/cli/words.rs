//! Numbers as people read them. Everything here is for the eye; programs read the JSON.

use crate::domain::{Amount, Currency, DailyRate, Decimal, Rounding};
use crate::telemetry::status::Rate;

/// A currency as people write it: `USD`, `USDT` or `UST`.
pub(super) fn currency(text: &str) -> Result<Currency, String> {
    Currency::from_name(text).map_err(|_no_code| format!("{text:?} is no currency: write USD, USDT, BTC"))
}

/// What stands where nothing is known.
pub(super) const UNKNOWN: &str = "-";

/// `2 d 3 h`, `1 h 12 min`, `5 s`.
pub(in crate::cli) fn spoken(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// An exact amount cut to as many decimals as tell something beside a sum of the size of `whole`; the sign stays.
pub(super) fn money(exact: &str, whole: Amount) -> String {
    let Ok(amount) = Amount::parse(exact, Rounding::Nearest) else { return UNKNOWN.to_owned() };
    let decimals: u8 = match whole.abs() {
        size if size >= Amount::whole(100) => 2,
        size if size >= Amount::whole(1) => 4,
        _ => 8,
    };
    fixed(amount.to_decimal(), decimals)
}

/// The same for an amount that may not be known.
pub(super) fn known(exact: Option<&String>, whole: Amount) -> String {
    exact.map_or_else(|| UNKNOWN.to_owned(), |exact| money(exact, whole))
}

/// A decimal with exactly so many decimals, cut towards zero, its thousands apart.
fn fixed(value: Decimal, decimals: u8) -> String {
    let scale = 10_i64.pow(u32::from(decimals));
    let Ok(units) = value.abs().to_units(decimals, Rounding::Down) else { return UNKNOWN.to_owned() };
    let sign = if value.is_negative() && units > 0 { "-" } else { "" };
    let digits = (units / scale).to_string();
    let mut whole = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && digits.len().saturating_sub(place) % 3 == 0 {
            whole.push(',');
        }
        whole.push(digit);
    }
    let rest = units % scale;
    if decimals == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{rest:0width$}", width = usize::from(decimals))
    }
}

/// A share in percent with one decimal; unknown of nothing.
pub(super) fn share(part: Option<&String>, whole: Amount) -> String {
    let Some(part) = part.and_then(|part| Amount::parse(part, Rounding::Nearest).ok()) else {
        return UNKNOWN.to_owned();
    };
    let tenths = i128::from(part.units()).saturating_mul(1_000).checked_div(i128::from(whole.units()));
    match tenths.and_then(|tenths| i64::try_from(tenths).ok()) {
        Some(tenths) => format!("{} %", fixed(Decimal::from_units(tenths, 1), 1)),
        None => UNKNOWN.to_owned(),
    }
}

/// Under 0.001 % a day two or three decimals say nothing.
const SMALL: DailyRate = DailyRate::from_units(10_000_000);

fn daily(rate: &Rate) -> Option<DailyRate> {
    DailyRate::parse(&rate.rate_per_day, Rounding::Nearest).ok()
}

/// A rate per year.
pub(super) fn yearly(rate: Option<&Rate>) -> String {
    let percent = rate.and_then(|rate| Decimal::parse(&rate.percent_per_year).ok());
    let decimals = if rate.and_then(daily).is_some_and(|daily| daily.abs() < SMALL) { 4 } else { 2 };
    percent.map_or_else(|| UNKNOWN.to_owned(), |percent| format!("{} %/year", fixed(percent, decimals)))
}

/// A rate per day and per year.
pub(super) fn both(rate: Option<&Rate>) -> String {
    let Some((rate, daily)) = rate.and_then(|rate| Some((rate, daily(rate)?))) else { return UNKNOWN.to_owned() };
    // A bitcoin's rate has its first digit far behind the point.
    let decimals = if daily.abs() >= SMALL { 5 } else { 8 };
    format!(
        "{} %/day = {}",
        fixed(Decimal::from_units(daily.units(), DailyRate::SCALE - 2), decimals),
        yearly(Some(rate))
    )
}

/// An age or a time that is left, at a glance.
pub(super) fn span(seconds: i64) -> String {
    spoken(seconds.max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(per_day: &str, per_year: &str) -> Rate {
        Rate { rate_per_day: per_day.to_owned(), percent_per_year: per_year.to_owned() }
    }

    #[test]
    fn times_are_told_at_a_glance() {
        assert_eq!(spoken(4_320), "1 h 12 min");
        assert_eq!(spoken(183_600), "2 d 3 h");
        assert_eq!(span(-5), "0 s");
    }

    #[test]
    fn money_shows_the_digits_that_matter_and_keeps_its_sign() {
        let (many, few, crumbs) = (Amount::whole(1_500), Amount::whole(3), Amount::from_units(9));
        assert_eq!(money("1234567.899", many), "1,234,567.89");
        assert_eq!(money("100", many), "100.00");
        assert_eq!(money("0.12345678", few), "0.1234");
        assert_eq!(money("0.00000009", crumbs), "0.00000009");
        assert_eq!(money("-12.345", many), "-12.34");
        assert_eq!(money("-0.001", many), "0.00");
        assert_eq!(money("what", many), "-");
    }

    #[test]
    fn what_is_not_known_is_a_dash() {
        assert_eq!((yearly(None).as_str(), both(None).as_str()), ("-", "-"));
        assert_eq!((known(None, Amount::ZERO).as_str(), share(None, Amount::whole(1)).as_str()), ("-", "-"));
        assert_eq!(share(Some(&"5".to_owned()), Amount::ZERO), "-");
        assert_eq!(share(Some(&"5".to_owned()), Amount::whole(3)), "166.6 %");
        assert_eq!(both(Some(&rate("0.0002", "7.3"))), "0.02000 %/day = 7.30 %/year");
        assert_eq!(both(Some(&rate("0.0000000179", "0.0007"))), "0.00000179 %/day = 0.0007 %/year");
    }
}
