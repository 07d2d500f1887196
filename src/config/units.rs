//! From what stands in a file to a quantity in its unit. A number without its unit is refused with the fix.

mod time;

use std::path::PathBuf;

use crate::domain::{Amount, DAY, DailyRate, Decimal, HOUR, MINUTE, Millis, Ratio, Rounding, SECOND};
use crate::strategy::{Measure, Offset, Quantity, RateSpec};

use super::diagnose::quoted;
use super::raw::Leaf;

pub(super) use time::{duration, end_of_day, time_of_day};

/// Why a value is refused, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Problem {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Rates above this are a mistake between day and year: the highest print known is 7 % per day.
const MAX_RATE: DailyRate = DailyRate::from_units(100_000_000_000);

/// The exchange takes offsets up to 30 % of the FRR (its documents on FRR offers).
const MAX_OFFSET: Ratio = Ratio::percent(30);

/// The text of a leaf that must be a quoted quantity.
fn quantity_text<'a>(leaf: &'a Leaf, what: &str, examples: &str) -> Result<&'a str, Problem> {
    if let Leaf::Text(text) = leaf {
        return Ok(text.trim());
    }
    Err(if matches!(leaf, Leaf::Integer(_) | Leaf::Float(_)) {
        Problem::new(format!("{what} is a text with its unit, not a bare number"))
            .help(format!("write {examples}, in quotes"))
    } else {
        Problem::new(format!("expected {what}, found {}", leaf.kind())).help(format!("write {examples}"))
    })
}

/// Splits `12.5 %/day` into the number and the rest without spaces. A leading sign may stand apart from its number.
fn split_number(text: &str) -> (String, String) {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let end = compact.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-'))).unwrap_or(compact.len());
    let (number, unit) = compact.split_at(end);
    (number.to_owned(), unit.to_owned())
}

fn number(text: &str, whole: &str) -> Result<Decimal, Problem> {
    Decimal::parse(text).map_err(|_no_number| {
        Problem::new(format!("{} does not begin with a number", quoted(whole)))
            .help("write digits with a point, without thousands separators: \"1500.5\"")
    })
}

fn out_of_range(text: &str) -> Problem {
    Problem::new(format!("{} is out of range", quoted(text)))
}

const RATES: &str = "\"0.02 %/day\", \"7.5 %/year\" or \"6 %/year net\"";

/// A rate such as `"0.02 %/day"`, `"7.5 %/year"`, `"6 %/year net"`; above zero.
pub(super) fn rate(leaf: &Leaf, rounding: Rounding) -> Result<RateSpec, Problem> {
    let text = quantity_text(leaf, "a rate", RATES)?;
    if text.to_lowercase().starts_with("frr") {
        return Err(Problem::new("a rate relative to the FRR cannot stand here")
            .help("only the rule \"frr\" follows the FRR: rate = { rule = \"frr\", offset = \"+5 %\" }"));
    }
    let (digits, unit) = split_number(text);
    let value = number(&digits, text)?;
    let (unit, net) = unit.strip_suffix("net").map_or((unit.as_str(), false), |unit| (unit, true));
    let rate = daily(value, unit, text, rounding)?;
    if !rate.is_positive() {
        return Err(Problem::new(format!("{} is not above zero", quoted(text))).help("a rate must be above zero"));
    }
    Ok(RateSpec { rate, net })
}

/// `value` percent a day or a year, by `unit`.
fn daily(value: Decimal, unit: &str, text: &str, rounding: Rounding) -> Result<DailyRate, Problem> {
    let rate = match unit {
        "%/day" => DailyRate::from_percent_per_day(value, rounding),
        "%/year" => DailyRate::from_percent_per_year(value, rounding),
        "" => {
            return Err(Problem::new(format!("{} has no unit: per day or per year?", quoted(text)))
                .help(format!("write {RATES}")));
        }
        "%" => {
            return Err(Problem::new(format!("{} does not say whether per day or per year", quoted(text)))
                .help(format!("write \"{value} %/day\" or \"{value} %/year\"")));
        }
        comma if comma.starts_with(',') => {
            return Err(Problem::new(format!("{} is no number", quoted(text))).help("write a point, not a comma"));
        }
        _ => {
            return Err(Problem::new(format!("{} is no rate", quoted(text))).help(format!("write {RATES}")));
        }
    }
    .map_err(|_range| out_of_range(text))?;
    if rate.abs() > MAX_RATE {
        return Err(Problem::new(format!("{} is over 10 %/day: nobody has ever paid that", quoted(text)))
            .help("is it meant per year?"));
    }
    Ok(rate)
}

/// A distance from the FRR: `"+10 %"` (of the FRR), `"-0.005 %/day"` (added), with or without `frr` before it.
pub(super) fn offset(leaf: &Leaf) -> Result<Offset, Problem> {
    const EXAMPLES: &str = "\"+10 %\" (of the FRR) or \"+0.005 %/day\" (added to it)";
    let text = quantity_text(leaf, "an offset", EXAMPLES)?;
    let bare = text.strip_prefix("frr").or_else(|| text.strip_prefix("FRR")).unwrap_or(text).trim();
    if bare.is_empty() && !text.is_empty() {
        return Ok(Offset::Relative(Ratio::ZERO));
    }
    let (digits, unit) = split_number(bare);
    let value = number(&digits, text)?;
    match unit.as_str() {
        "%" => {
            let ratio = Ratio::from_percent(value).map_err(|_range| out_of_range(text))?;
            if ratio > MAX_OFFSET || ratio < Ratio::percent(-30) {
                return Err(Problem::new(format!("{} is more than 30 % from the FRR", quoted(text)))
                    .help("the exchange takes offsets from -30 % to +30 %"));
            }
            Ok(Offset::Relative(ratio))
        }
        "" => Err(Problem::new(format!("{} has no unit", quoted(text))).help(format!("write {EXAMPLES}"))),
        unit => daily(value, unit, text, Rounding::Nearest).map(Offset::Absolute),
    }
}

/// A share of the whole: `"20 %"`, from 0 to 100.
pub(super) fn share(leaf: &Leaf) -> Result<Ratio, Problem> {
    const EXAMPLES: &str = "\"20 %\"";
    let text = quantity_text(leaf, "a share", EXAMPLES)?;
    let (digits, unit) = split_number(text);
    let value = number(&digits, text)?;
    if unit != "%" {
        return Err(Problem::new(format!("{} is no share", quoted(text))).help(format!("write percent: {EXAMPLES}")));
    }
    let ratio = Ratio::from_percent(value).map_err(|_range| out_of_range(text))?;
    if ratio < Ratio::ZERO || ratio > Ratio::ONE {
        return Err(Problem::new(format!("{} is not between 0 % and 100 %", quoted(text))));
    }
    Ok(ratio)
}

/// A factor: `"99 %"`, `"105 %"`; from 50 to 200.
pub(super) fn factor(leaf: &Leaf) -> Result<Ratio, Problem> {
    const EXAMPLES: &str = "\"99 %\" or \"105 %\"";
    let text = quantity_text(leaf, "a factor", EXAMPLES)?;
    let (digits, unit) = split_number(text);
    let value = number(&digits, text)?;
    if unit != "%" {
        return Err(Problem::new(format!("{} is no factor", quoted(text))).help(format!("write percent: {EXAMPLES}")));
    }
    let ratio = Ratio::from_percent(value).map_err(|_range| out_of_range(text))?;
    if ratio < Ratio::percent(50) || ratio > Ratio::percent(200) {
        return Err(Problem::new(format!("{} is not between 50 % and 200 %", quoted(text))));
    }
    Ok(ratio)
}

/// A step of the rate: `"tick"`, the smallest that the exchange knows, or `"0.0001 %/day"`.
pub(super) fn step(leaf: &Leaf) -> Result<DailyRate, Problem> {
    const EXAMPLES: &str = "\"tick\" (0.000001 %/day) or \"0.0001 %/day\"";
    let text = quantity_text(leaf, "a step of the rate", EXAMPLES)?;
    if text == "tick" {
        return Ok(DailyRate::TICK);
    }
    match rate(leaf, Rounding::Nearest) {
        Ok(RateSpec { rate, net: false }) => Ok(rate),
        Ok(_) => Err(Problem::new(format!("{} is net: a step is before the fee", quoted(text)))
            .help(format!("write {EXAMPLES}"))),
        Err(problem) => Err(problem.help(format!("write {EXAMPLES}"))),
    }
}

/// A span of time within bounds, in whole minutes.
pub(super) fn window(leaf: &Leaf, least: Millis, most: Millis) -> Result<Millis, Problem> {
    let window = duration(leaf)?;
    if window < least || window > most {
        let problem =
            Problem::new(format!("{} is too {}", span(window), if window < least { "short" } else { "long" }));
        return Err(problem.help(format!("write \"{}\" to \"{}\"", span(least), span(most))));
    }
    if window.get() % MINUTE.get() != 0 {
        return Err(Problem::new("not a whole number of minutes").help("write \"30m\", \"24h\" or \"7d\""));
    }
    Ok(window)
}

/// A span as one would write it.
pub(super) fn span(span: Millis) -> String {
    let units = [("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", SECOND)];
    let whole = units.into_iter().find(|(_, unit)| span.get() % unit.get() == 0 && (*unit != DAY || span > DAY));
    whole.map_or_else(|| format!("{}ms", span.get()), |(name, unit)| format!("{}{name}", span.get() / unit.get()))
}

/// A step from a rate: `"-10 %"`, `"+45 %"`; above −100 %, at most +1000 %.
pub(super) fn apart(leaf: &Leaf) -> Result<Ratio, Problem> {
    const EXAMPLES: &str = "\"+20 %\" or \"-10 %\"";
    let text = quantity_text(leaf, "a step", EXAMPLES)?;
    let (digits, unit) = split_number(text);
    let value = number(&digits, text)?;
    if unit != "%" {
        return Err(Problem::new(format!("{} is no step", quoted(text))).help(format!("write percent: {EXAMPLES}")));
    }
    let ratio = Ratio::from_percent(value).map_err(|_range| out_of_range(text))?;
    if ratio <= Ratio::percent(-100) || ratio > Ratio::percent(1_000) {
        return Err(Problem::new(format!("{} is not between -100 % and +1000 %", quoted(text))));
    }
    Ok(ratio)
}

/// A factor: `"1.4"`, from 1 to 10.
pub(super) fn growth(leaf: &Leaf) -> Result<Ratio, Problem> {
    const EXAMPLES: &str = "\"1.4\"";
    let text = quantity_text(leaf, "a factor", EXAMPLES)?;
    let value = number(text, text)?;
    let ratio = value.to_units(6, Rounding::Nearest).map(Ratio::from_ppm).map_err(|_range| out_of_range(text))?;
    if ratio < Ratio::ONE || ratio > Ratio::percent(1_000) {
        return Err(Problem::new(format!("{} is not between 1 and 10", quoted(text))).help(format!("write {EXAMPLES}")));
    }
    Ok(ratio)
}

/// Least and most in percent: `["10 %", "1000 %"]`, rising and above zero.
pub(super) fn factors(leaf: &Leaf) -> Result<(Ratio, Ratio), Problem> {
    let fix = "write [\"10 %\", \"1000 %\"]";
    let Leaf::List(pair) = leaf else {
        return Err(Problem::new(format!("expected least and most, found {}", leaf.kind())).help(fix));
    };
    let [least, most] = pair.as_slice() else {
        return Err(Problem::new("least and most are two values").help(fix));
    };
    let (least, most) = (apart(least)?, apart(most)?);
    if least <= Ratio::ZERO || most < least {
        return Err(Problem::new("least and most must be above zero and rise").help(fix));
    }
    Ok((least, most))
}

/// An amount: `"1500"` in the lend entry's currency, `"5000 USD"` converted; not negative.
pub(super) fn quantity(leaf: &Leaf, rounding: Rounding) -> Result<Quantity, Problem> {
    const EXAMPLES: &str = "\"1500\" (in the currency that is lent) or \"5000 USD\" (converted)";
    let text = quantity_text(leaf, "an amount", EXAMPLES)?;
    let (digits, unit) = split_number(text);
    if unit.starts_with([',', '_', '\'']) {
        return Err(Problem::new(format!("{} is no number", quoted(text)))
            .help("write digits with a point, without thousands separators: \"1500.5\""));
    }
    let amount = Amount::from_decimal(number(&digits, text)?, rounding).map_err(|_range| out_of_range(text))?;
    if amount < Amount::ZERO {
        return Err(Problem::new(format!("{} is negative", quoted(text))));
    }
    match unit.as_str() {
        "" => Ok(Quantity::Own(amount)),
        "USD" => Ok(Quantity::Usd(amount)),
        "%" => Err(Problem::new(format!("{} is a share; an amount is needed here", quoted(text)))
            .help(format!("write {EXAMPLES}"))),
        _ => Err(Problem::new(format!("{}: only USD can stand behind an amount", quoted(text)))
            .help(format!("write {EXAMPLES}"))),
    }
}

/// An amount or a share of BALANCE.
pub(super) fn measure(leaf: &Leaf, rounding: Rounding) -> Result<Measure, Problem> {
    let text = quantity_text(leaf, "an amount or a share", "\"1500\", \"5000 USD\" or \"10 %\"")?;
    if text.ends_with('%') { share(leaf).map(Measure::Share) } else { quantity(leaf, rounding).map(Measure::Amount) }
}

/// A size on disk: `"500 MB"`, `"2 GB"`; in bytes, 10 MB to 100 GB.
pub(super) fn size(leaf: &Leaf) -> Result<u64, Problem> {
    const EXAMPLES: &str = "\"500 MB\" or \"2 GB\"";
    let text = quantity_text(leaf, "a size on disk", EXAMPLES)?;
    let (digits, unit) = split_number(text);
    let wrong = |why: &str| Problem::new(format!("{} {why}", quoted(text))).help(format!("write {EXAMPLES}"));
    let count: u64 = digits.parse().map_err(|_no_integer| wrong("is no size on disk"))?;
    let megabytes = match unit.as_str() {
        "MB" => count,
        "GB" => count.saturating_mul(1_000),
        _ => return Err(wrong("has no unit of size that is known")),
    };
    if !(10..=100_000).contains(&megabytes) {
        return Err(wrong("is not between 10 MB and 100 GB"));
    }
    Ok(megabytes.saturating_mul(1_000_000))
}

/// `true` or `false`.
pub(super) fn boolean(leaf: &Leaf) -> Result<bool, Problem> {
    let Leaf::Bool(value) = leaf else {
        return Err(Problem::new(format!("expected true or false, found {}", leaf.kind()))
            .help("write true or false, without quotes"));
    };
    Ok(*value)
}

/// A whole number from `least` to `most`, without quotes.
pub(super) fn count(leaf: &Leaf, least: u16, most: u16) -> Result<u16, Problem> {
    let fix = || format!("write a whole number from {least} to {most}, without quotes");
    let Leaf::Integer(value) = leaf else {
        let found = if matches!(leaf, Leaf::Float(_)) { "one with a point" } else { leaf.kind() };
        return Err(Problem::new(format!("expected a whole number, found {found}")).help(fix()));
    };
    let fits = u16::try_from(*value).ok().filter(|value| (least..=most).contains(value));
    fits.ok_or_else(|| Problem::new(format!("{value} is not between {least} and {most}")).help(fix()))
}

/// A text that is not empty.
pub(super) fn text(leaf: &Leaf) -> Result<&str, Problem> {
    let Leaf::Text(text) = leaf else {
        return Err(Problem::new(format!("expected a text in quotes, found {}", leaf.kind())));
    };
    if text.trim().is_empty() { Err(Problem::new("the text is empty")) } else { Ok(text) }
}

/// A path that is not empty.
pub(super) fn path(leaf: &Leaf) -> Result<PathBuf, Problem> {
    let text = text(leaf)?;
    if text.to_uppercase().contains("AGE-SECRET-KEY") {
        return Err(Problem::new("this is an age identity itself, not the path of a file that holds one").help(
            "put it into a file of mode 0600, name that file here, and make a new identity: this one was exposed",
        ));
    }
    if text.contains('\0') {
        return Err(Problem::new("a path cannot hold a zero byte"));
    }
    Ok(PathBuf::from(text))
}

/// A name that may stand in labels and paths: 1 to 32 letters, digits, `-`, `_`.
pub(super) fn is_name(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests;
