//! Times on the command line: days and moments in UTC, and days as people and files write them.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::{DAY, Timestamp};

/// The first moment of a day such as `2026-06-23`, or a moment such as `2026-06-23T04:00:00Z`.
pub(super) fn from(text: &str) -> Result<Timestamp, String> {
    moment(text).map(|(at, _)| at)
}

/// The first moment after a day, or a moment.
pub(super) fn to(text: &str) -> Result<Timestamp, String> {
    moment(text).map(|(at, day)| if day { at.plus(DAY) } else { at })
}

/// A moment, and whether it is a whole day.
fn moment(text: &str) -> Result<(Timestamp, bool), String> {
    let day = || text.parse::<Date>().ok().filter(|day| day.to_string() == text);
    if let Some(midnight) = day().and_then(|day| day.to_zoned(TimeZone::UTC).ok()) {
        return Ok((Timestamp::from_millis(midnight.timestamp().as_millisecond()), true));
    }
    let at = text.parse::<jiff::Timestamp>();
    at.map(|at| (Timestamp::from_millis(at.as_millisecond()), false)).map_err(|_no_time| {
        format!("{text:?} is no time: write a day as 2026-06-23 or a moment as 2026-06-23T04:00:00Z (UTC)")
    })
}

/// The UTC day of a time.
pub(super) fn day(at: Timestamp) -> Date {
    let at = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.to_zoned(TimeZone::UTC).date()
}

/// A time to the second, as `2026-06-23T04:00:00Z`.
pub(super) fn text(at: Timestamp) -> String {
    let seconds = at.millis().div_euclid(1_000);
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_whole_and_moments_are_moments() {
        assert_eq!(from("1970-01-02"), Ok(Timestamp::from_millis(DAY.get())));
        assert_eq!(to("1970-01-02"), Ok(Timestamp::from_millis(2 * DAY.get())));
        assert_eq!(to("1970-01-01T00:00:01Z"), Ok(Timestamp::from_millis(1_000)));
        for wrong in ["1970-1-2", "1970-02-30", "yesterday", "1970-01-02T00:00:00", ""] {
            assert!(from(wrong).is_err(), "{wrong}");
        }
        assert_eq!(text(Timestamp::from_millis(1_782_172_829_999)), "2026-06-23T00:00:29Z");
        assert_eq!(day(Timestamp::from_millis(-1)).to_string(), "1969-12-31");
    }
}
