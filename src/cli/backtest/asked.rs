//! What was asked: values of flags, and the same in words.

use super::BacktestArgs;
use crate::backtest::Plan;
use crate::backtest::fill::FillModel;
use crate::domain::{DAY, HOUR, MINUTE, Millis, SECOND, Timestamp};
use crate::exchange::sim::market::Refinancing;

/// More seeds than this are a slip.
const MOST_SEEDS: u64 = 1_000;

/// Reads `7` or `1..20`, both included.
pub(super) fn seeds(text: &str) -> Result<(u64, u64), String> {
    let wrong = || format!("{text:?} is no seed: write 7, or 1..20 for twenty of them");
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let first: u64 = first.parse().map_err(|_no_number| wrong())?;
    let last: u64 = last.parse().map_err(|_no_number| wrong())?;
    let number = last.checked_sub(first).ok_or_else(wrong)?;
    if number < MOST_SEEDS { Ok((first, last)) } else { Err(format!("{text:?}: at most {MOST_SEEDS} seeds")) }
}

/// Reads `30s`, `1m`, `2h`, `14d`.
pub(super) fn span(text: &str) -> Result<Millis, String> {
    let wrong = || format!("{text:?} is no time: write 30s, 1m, 2h or 14d");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number: i64 = text.strip_suffix(unit).and_then(|number| number.parse().ok()).ok_or_else(wrong)?;
    let one = match unit {
        's' => SECOND,
        'm' => MINUTE,
        'h' => HOUR,
        'd' => DAY,
        _ => return Err(wrong()),
    };
    Some(one.times(number)).filter(|span| span.get() > 0 && *span <= DAY.times(3_650)).ok_or_else(wrong)
}

/// Reads `2026-08-01` as its first moment.
pub(super) fn day(text: &str) -> Result<Timestamp, String> {
    let wrong = || format!("{text:?} is no day: write 2026-08-01");
    let date: jiff::civil::Date = text.parse().map_err(|_syntax| wrong())?;
    let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_range| wrong())?;
    Ok(Timestamp::from_millis(midnight.timestamp().as_millisecond()))
}

/// What was asked, for the head of the report.
pub(super) fn words(args: &BacktestArgs, plan: &Plan, tapes: usize, fills: &str) -> Vec<(String, String)> {
    let source = match args.model {
        Some((first, last)) if first == last => format!("modelled market, seed {first}, {} days", plan.days),
        Some((first, last)) => format!("modelled market, seeds {first} to {last}, {} days each", plan.days),
        None => {
            let paths: Vec<String> = args.data.iter().map(|path| path.display().to_string()).collect();
            format!("{} ({tapes} runs)", paths.join(", "))
        }
    };
    let refinancing = match plan.refinancing {
        Refinancing::None => "none: borrowers keep a loan as long as they need it",
        Refinancing::Mild => "mild: hazard 0.7 a day above 1.5 times the market's level, 2 a day above 3 times",
        Refinancing::Adverse => "adverse: hazard 2 a day above 1.2 times the market's level, 0.15 above 0.95 times",
    };
    let rule = FillModel::ALL.into_iter().find(|model| model.name() == fills).map_or("", meaning);
    let minutes = plan.every.get() / 60_000;
    let every = if minutes > 0 { format!("{minutes} min") } else { format!("{} s", plan.every.get() / 1_000) };
    [
        ("market", source),
        ("money", format!("{} {}, fee {}, simple interest", plan.amount, plan.currency, plan.fee)),
        ("fills", format!("{fills}: {rule}")),
        ("refinancing", refinancing.to_owned()),
        (
            "decisions",
            format!("every {every} at least; latency 2 s; money can be lent again 20 min after it came back"),
        ),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

fn meaning(model: FillModel) -> &'static str {
    match model {
        FillModel::Queue => "more was borrowed than stood before the offer in the book",
        FillModel::Prints => "enough was borrowed strictly above the offer",
        FillModel::Strict => "the first or the last rate of the hour is above the offer (a lower bound)",
        FillModel::Middle => "between strict and touch is above the offer",
        FillModel::Touch => "the highest rate of the hour is above the offer (an upper bound)",
        FillModel::Snapshot => "the best offer of the next book is above the offer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_spans_and_days_are_read() {
        assert_eq!(seeds("7"), Ok((7, 7)));
        assert_eq!(seeds("1..20"), Ok((1, 20)));
        assert!(["", "x", "5..3", "1..", "0..1000000"].iter().all(|text| seeds(text).is_err()));
        assert_eq!(span("14d"), Ok(DAY.times(14)));
        assert_eq!(span("90s"), Ok(SECOND.times(90)));
        assert!(["", "5", "0m", "-1h", "1y", "9999999d"].iter().all(|text| span(text).is_err()));
        assert_eq!(day("1970-01-02"), Ok(Timestamp::from_millis(86_400_000)));
        assert!(day("2026-02-30").is_err());
    }
}
