//! Candles made of the recorded trades, as the exchange makes them. An interval of which not all trades are recorded makes
//! none: it would look like a quiet one.

use std::io::Write;

use crate::cli::say::Failure;
use crate::domain::{Currency, DAY, DailyRate, Days, HOUR, MINUTE, Millis, Print, Timestamp, Total};
use crate::store::market::MarketReader;

use super::rows::Sheet;

/// How long a candle is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    /// As the exchange writes it.
    pub(super) name: &'static str,
    span: Millis,
}

/// The lengths that there are.
const FRAMES: [Frame; 9] = [
    Frame { name: "1m", span: MINUTE },
    Frame { name: "5m", span: MINUTE.times(5) },
    Frame { name: "15m", span: MINUTE.times(15) },
    Frame { name: "30m", span: MINUTE.times(30) },
    Frame::HOUR,
    Frame { name: "3h", span: HOUR.times(3) },
    Frame { name: "6h", span: HOUR.times(6) },
    Frame { name: "12h", span: HOUR.times(12) },
    Frame { name: "1D", span: DAY },
];

impl Frame {
    pub(super) const HOUR: Self = Self { name: "1h", span: HOUR };

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let found = FRAMES.into_iter().find(|frame| frame.name == text);
        found.ok_or_else(|| format!("{text:?} is no length of a candle: 1m, 5m, 15m, 30m, 1h, 3h, 6h, 12h, 1D"))
    }

    /// When the interval of a time begins.
    fn begin(self, at: Timestamp) -> Timestamp {
        Timestamp::from_millis(at.millis().div_euclid(self.span.get()).saturating_mul(self.span.get()))
    }
}

/// Whose trades make a candle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Periods {
    least: Days,
    most: Days,
}

impl Periods {
    /// `p2`, or `a30:p2:p30`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let day = |part: &str| part.strip_prefix('p')?.parse().ok().and_then(Days::valid);
        let parts: Vec<&str> = text.split(':').collect();
        let read = match parts.as_slice() {
            [one] => day(one).map(|day| (day, day)),
            [all, least, most] if all.starts_with('a') => day(least).zip(day(most)),
            _ => None,
        };
        let (least, most) = read.filter(|(least, most)| least <= most).ok_or_else(|| {
            format!("{text:?} names no periods: write p2 for trades of 2 days, a30:p2:p30 for all from 2 to 30 days")
        })?;
        Ok(Self { least, most })
    }

    /// As it stands in file names.
    pub(super) fn file_name(self) -> String {
        let (least, most) = (self.least.get(), self.most.get());
        if least == most { format!("p{least}") } else { format!("a{most}-p{least}-p{most}") }
    }

    fn hold(self, period: Days) -> bool {
        (self.least..=self.most).contains(&period)
    }
}

/// A candle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candle {
    /// When its interval begins.
    pub(super) at: Timestamp,
    pub(super) open: DailyRate,
    pub(super) close: DailyRate,
    pub(super) high: DailyRate,
    pub(super) low: DailyRate,
    pub(super) volume: Total,
}

impl Candle {
    fn new(at: Timestamp, print: &Print) -> Self {
        let rate = print.rate;
        Self { at, open: rate, close: rate, high: rate, low: rate, volume: Total::from(print.amount) }
    }

    fn add(&mut self, print: &Print) {
        self.close = print.rate;
        self.high = self.high.max(print.rate);
        self.low = self.low.min(print.rate);
        self.volume = self.volume.plus(print.amount);
    }
}

/// Writes the candles of whole intervals inside a span; answers how many are left out for a gap.
pub(super) fn write(
    reader: &MarketReader,
    currency: Currency,
    (from, to): (Timestamp, Timestamp),
    (frame, periods): (Frame, Option<Periods>),
    sheet: &mut Sheet<'_, impl Write>,
) -> Result<u64, Failure> {
    let gaps = reader.gaps(currency)?;
    let torn = |candle: &Candle| {
        let end = candle.at.plus(frame.span);
        gaps.iter().any(|(since, until)| *since < end && *until > candle.at)
    };
    // Intervals that the span cuts are not told by half.
    let begin = frame.begin(from);
    let from = if begin < from { begin.plus(frame.span) } else { from };
    let mut left_out = 0_u64;
    let mut open: Option<Candle> = None;
    let mut told = |candle: Candle| {
        if torn(&candle) {
            left_out = left_out.saturating_add(1);
            Ok(())
        } else if candle.at.plus(frame.span) > to {
            Ok(())
        } else {
            sheet.candle(&candle)
        }
    };
    reader.trades(currency, (from, to), |print| -> Result<(), Failure> {
        if !periods.is_none_or(|periods| periods.hold(print.period)) {
            return Ok(());
        }
        let at = frame.begin(print.at);
        match &mut open {
            Some(candle) if candle.at == at => candle.add(&print),
            _ => {
                if let Some(candle) = open.replace(Candle::new(at, &print)) {
                    told(candle)?;
                }
            }
        }
        Ok(())
    })?;
    if let Some(candle) = open {
        told(candle)?;
    }
    Ok(left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_periods_are_written_as_the_exchange_does() {
        let name = |text: &str| Periods::parse(text).map(Periods::file_name);
        assert_eq!(name("p2").unwrap(), "p2");
        assert_eq!(name("a30:p2:p30").unwrap(), "a30-p2-p30");
        for wrong in ["2", "p1", "p121", "a30:p30:p2", "p2:p30", ""] {
            assert!(name(wrong).is_err(), "{wrong}");
        }
        assert!(Frame::parse("2h").is_err());
        let hour = Frame::parse("1h").unwrap();
        assert_eq!(hour.begin(Timestamp::from_millis(HOUR.get() + 1)), Timestamp::from_millis(HOUR.get()));
    }
}
