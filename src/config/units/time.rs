//! Spans, days and times of the day, as they stand in a file.

use crate::config::diagnose::quoted;
use crate::config::raw::Leaf;
use crate::domain::{DAY, HOUR, MINUTE, Millis, SECOND, Timestamp};

use super::{Problem, quantity_text, split_number};

/// A span of time: `"500ms"`, `"10s"`, `"30m"`, `"2h"`, `"1d"`; above zero.
pub(in crate::config) fn duration(leaf: &Leaf) -> Result<Millis, Problem> {
    const EXAMPLES: &str = "\"10s\", \"30m\" or \"2h\"";
    let text = quantity_text(leaf, "a span of time", EXAMPLES)?;
    let (digits, unit) = split_number(text);
    let count: i64 = digits.parse().map_err(|_no_integer| {
        Problem::new(format!("{} is no span of time", quoted(text))).help(format!("write {EXAMPLES}"))
    })?;
    let unit = match unit.as_str() {
        "ms" => Millis::new(1),
        "s" => SECOND,
        "m" | "min" => MINUTE,
        "h" => HOUR,
        "d" => DAY,
        _ => {
            return Err(Problem::new(format!("{} has no unit of time that is known", quoted(text)))
                .help(format!("write {EXAMPLES}")));
        }
    };
    if count <= 0 {
        return Err(Problem::new(format!("{} is not above zero", quoted(text))));
    }
    Ok(unit.times(count))
}

/// A day such as `"2027-06-30"`, as the first moment (UTC) after it.
pub(in crate::config) fn end_of_day(leaf: &Leaf) -> Result<Timestamp, Problem> {
    if let Leaf::Date(date) = leaf {
        return Err(Problem::new("a date is written in quotes").help(format!("write \"{date}\"")));
    }
    let text = quantity_text(leaf, "a date", "\"2027-06-30\"")?;
    let no_date = || Problem::new(format!("{} is no date", quoted(text))).help("write year-month-day: \"2027-06-30\"");
    let written: jiff::civil::Date = text.parse().map_err(|_syntax| no_date())?;
    // The library also reads times and other spellings; a day has one.
    if written.to_string() != text {
        return Err(no_date());
    }
    let next = written.tomorrow().map_err(|_range| no_date())?;
    let midnight = next.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_range| no_date())?;
    Ok(Timestamp::from_millis(midnight.timestamp().as_millisecond()))
}

/// A time of the day such as `"04:00"`, as the span since midnight.
pub(in crate::config) fn time_of_day(leaf: &Leaf) -> Result<Millis, Problem> {
    const EXAMPLES: &str = "\"04:00\" (UTC)";
    let text = if let Leaf::Date(bare) = leaf {
        return Err(Problem::new("a time is written in quotes").help(format!("write \"{bare}\"")));
    } else {
        quantity_text(leaf, "a time of the day", EXAMPLES)?
    };
    let part = |text: &str, below: i64| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i64>().ok().filter(|value| digits && *value < below)
    };
    let read = text.split_once(':').and_then(|(hour, minute)| Some((part(hour, 24)?, part(minute, 60)?)));
    let (hour, minute) = read.ok_or_else(|| {
        Problem::new(format!("{} is no time of the day", quoted(text))).help(format!("write {EXAMPLES}"))
    })?;
    Ok(HOUR.times(hour).plus(MINUTE.times(minute)))
}
