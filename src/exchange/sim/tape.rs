//! What was traded in public: prints, candles made of them, statistics of the FRR.

use std::collections::{BTreeMap, VecDeque};

use super::number::{self, Habit};
use crate::domain::{Amount, DAY, DailyRate, Days, Decimal, MINUTE, Millis, Timestamp, Total};

/// Prints kept for `trades/…/hist`.
const PRINTS: usize = 10_000;
/// Minute candles kept, over all periods.
const CANDLES: usize = 60_000;
/// Statistics kept: 250 is the most that one request gets.
const STATS: usize = 2_000;
/// The grid of `funding/stats`.
const STATS_GRID: i64 = 300_000;

/// A public trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Print {
    pub(super) id: i64,
    pub(super) at: Timestamp,
    pub(super) amount: Amount,
    /// True when a borrower took an offer: printed with a minus.
    pub(super) taken: bool,
    pub(super) rate: DailyRate,
    pub(super) period: Days,
}

impl Print {
    /// `[ID, MTS, AMOUNT, RATE, PERIOD]`; times in whole seconds, as mostly seen.
    pub(super) fn row(&self) -> String {
        let amount = if self.taken { number::minus(self.amount) } else { number::amount(self.amount) };
        let at = self.at.millis().div_euclid(1_000).saturating_mul(1_000);
        format!("[{},{at},{amount},{},{}]", self.id, number::rate(self.rate), self.period.get())
    }
}

/// A candle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candle {
    pub(super) at: Timestamp,
    pub(super) open: DailyRate,
    pub(super) close: DailyRate,
    pub(super) high: DailyRate,
    pub(super) low: DailyRate,
    pub(super) volume: Total,
}

impl Candle {
    fn absorb(&mut self, next: &Self) {
        self.close = next.close;
        self.high = self.high.max(next.high);
        self.low = self.low.min(next.low);
        self.volume = self.volume.plus_total(next.volume);
    }

    /// `[MTS, OPEN, CLOSE, HIGH, LOW, VOLUME]`: close before high and low.
    pub(super) fn row(&self) -> String {
        format!(
            "[{},{},{},{},{},{}]",
            self.at.millis(),
            number::rate(self.open),
            number::rate(self.close),
            number::rate(self.high),
            number::rate(self.low),
            number::amount(self.volume.clamp_amount()),
        )
    }
}

/// What a candle key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CandleKey {
    pub(super) frame: Millis,
    pub(super) shortest: Days,
    pub(super) longest: Days,
}

/// `(word, minutes)` of the timeframes.
const FRAMES: [(&str, i64); 12] = [
    ("1m", 1),
    ("5m", 5),
    ("15m", 15),
    ("30m", 30),
    ("1h", 60),
    ("3h", 180),
    ("6h", 360),
    ("12h", 720),
    ("1D", 1_440),
    ("1W", 10_080),
    ("14D", 20_160),
    ("1M", 43_200),
];

impl CandleKey {
    /// Reads `trade:1h:fUSD:p30` and `trade:1h:fUSD:a30:p2:p30`; the symbol apart.
    pub(super) fn parse(key: &str) -> Option<(&str, Self)> {
        let parts: Vec<&str> = key.split(':').collect();
        let period = |text: &str| text.strip_prefix('p')?.parse().ok().and_then(Days::valid);
        let (frame, symbol, shortest, longest) = match parts.as_slice() {
            ["trade", frame, symbol, only] => (frame, symbol, period(only)?, period(only)?),
            ["trade", frame, symbol, "a30" | "a10", from, to] => (frame, symbol, period(from)?, period(to)?),
            _ => return None,
        };
        let minutes = FRAMES.iter().find(|(word, _)| word == frame)?.1;
        Some((symbol, Self { frame: MINUTE.times(minutes), shortest, longest }))
    }

    fn bucket(self, at: Timestamp) -> Timestamp {
        let frame = self.frame.get().max(1);
        Timestamp::from_millis(at.millis().div_euclid(frame).saturating_mul(frame))
    }
}

/// One point of `funding/stats`.
#[derive(Debug, Clone, Copy)]
struct Stat {
    at: Timestamp,
    frr: Decimal,
    provided: Total,
    waiting: Total,
}

/// What happened in the last 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct DaySummary {
    pub(super) volume: Total,
    pub(super) high: DailyRate,
    pub(super) low: DailyRate,
    pub(super) first: DailyRate,
}

/// The public record of one currency.
#[derive(Debug, Default)]
pub(super) struct Tape {
    prints: VecDeque<Print>,
    minutes: BTreeMap<(Timestamp, Days), Candle>,
    stats: VecDeque<Stat>,
    provided: Total,
    day: Option<(Timestamp, DaySummary)>,
}

impl Tape {
    pub(super) fn add(&mut self, print: Print) {
        let at = Timestamp::from_millis(print.at.millis().div_euclid(60_000).saturating_mul(60_000));
        let (rate, volume) = (print.rate, Total::from(print.amount));
        let candle = Candle { at, open: rate, close: rate, high: rate, low: rate, volume };
        self.minutes.entry((at, print.period)).and_modify(|known| known.absorb(&candle)).or_insert(candle);
        while self.minutes.len() > CANDLES {
            self.minutes.pop_first();
        }
        self.provided = self.provided.plus(print.amount);
        self.prints.push_back(print);
        while self.prints.len() > PRINTS {
            self.prints.pop_front();
        }
        self.day = None;
    }

    pub(super) fn last(&self) -> Option<&Print> {
        self.prints.back()
    }

    /// Newest first.
    pub(super) fn newest(&self) -> impl Iterator<Item = &Print> {
        self.prints.iter().rev()
    }

    /// Candles of a key within `[from, to]`, oldest first; intervals without a trade are absent.
    pub(super) fn candles(&self, key: CandleKey, from: Timestamp, to: Timestamp) -> Vec<Candle> {
        let mut candles: Vec<Candle> = Vec::new();
        for ((_, period), minute) in self.minutes.range((key.bucket(from), Days::new(0))..=(to, Days::new(u16::MAX))) {
            if *period < key.shortest || *period > key.longest {
                continue;
            }
            let at = key.bucket(minute.at);
            match candles.last_mut() {
                Some(last) if last.at == at => last.absorb(minute),
                _ => candles.push(Candle { at, ..*minute }),
            }
        }
        candles
    }

    /// The last 24 hours, looked through again when something was printed or five minutes have passed.
    pub(super) fn day(&mut self, now: Timestamp) -> DaySummary {
        if let Some((at, summary)) = self.day
            && now.since(at) < MINUTE.times(5)
        {
            return summary;
        }
        let mut summary = DaySummary::default();
        let mut first = true;
        for candle in self.minutes.range((now.minus(DAY), Days::new(0))..).map(|(_, candle)| candle) {
            if first {
                summary = DaySummary { first: candle.open, low: candle.low, ..summary };
                first = false;
            }
            summary.volume = summary.volume.plus_total(candle.volume);
            summary.high = summary.high.max(candle.high);
            summary.low = summary.low.min(candle.low);
        }
        self.day = Some((now, summary));
        summary
    }

    /// Notes the FRR on the five-minute grid.
    pub(super) fn note(&mut self, now: Timestamp, frr: Option<Decimal>, waiting: Total) {
        let at = Timestamp::from_millis(now.millis().div_euclid(STATS_GRID).saturating_mul(STATS_GRID));
        let Some(frr) = frr.filter(|_| self.stats.back().is_none_or(|last| last.at < at)) else { return };
        self.stats.push_back(Stat { at, frr, provided: self.provided, waiting });
        while self.stats.len() > STATS {
            self.stats.pop_front();
        }
    }

    /// Rows of `funding/stats`, newest first: the FRR there is 1/365 of the daily one, cut to 8 decimals.
    pub(super) fn stats(&self, from: Timestamp, to: Timestamp, limit: usize) -> Vec<String> {
        let wanted = self.stats.iter().rev().filter(|stat| stat.at >= from && stat.at <= to).take(limit);
        wanted.map(Stat::row).collect()
    }
}

impl Stat {
    fn row(&self) -> String {
        let daily = self.frr.to_units(DailyRate::SCALE, crate::domain::Rounding::Nearest).unwrap_or(0);
        let frr = number::units(daily.div_euclid(365).div_euclid(10_000), 8, Habit::Script);
        let provided = number::amount(self.provided.clamp_amount());
        let waiting = number::amount(self.waiting.clamp_amount());
        format!("[{},null,null,{frr},2,null,null,{provided},{provided},null,null,{waiting}]", self.at.millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(minute: i64, rate: i64, period: u16) -> Print {
        let at = Timestamp::from_millis(minute * 60_000);
        let rate = DailyRate::from_units(rate);
        Print { id: minute, at, amount: Amount::whole(10), taken: true, rate, period: Days::new(period) }
    }

    #[test]
    fn candles_fold_prints_by_frame_and_period() {
        let mut tape = Tape::default();
        for (minute, rate, period) in [(1, 300, 2), (5, 100, 30), (59, 200, 2), (61, 400, 2), (62, 900, 120)] {
            tape.add(print(minute, rate, period));
        }
        let (symbol, key) = CandleKey::parse("trade:1h:fUSD:a30:p2:p30").unwrap();
        assert_eq!(symbol, "fUSD");
        let all = tape.candles(key, Timestamp::from_millis(0), Timestamp::from_millis(i64::MAX));
        assert_eq!(all.len(), 2);
        let units = |rate: DailyRate| rate.units();
        let first = all[0];
        assert_eq!([first.open, first.close, first.high, first.low].map(units), [300, 200, 300, 100]);
        assert_eq!(first.volume, Total::from(Amount::whole(30)));
        assert_eq!(units(all[1].high), 400, "the 120-day print is out of the key's periods");
        assert_eq!(CandleKey::parse("trade:1h:fUSD"), None, "the period part is mandatory");
        assert_eq!(tape.day(Timestamp::from_millis(3_720_000)).volume, Total::from(Amount::whole(50)));
    }

    #[test]
    fn stats_show_a_365th_of_the_frr_with_eight_decimals() {
        let mut tape = Tape::default();
        let frr = Decimal::parse("0.0003715").ok();
        tape.note(Timestamp::from_millis(1_783_177_512_345), frr, Total::ZERO);
        tape.note(Timestamp::from_millis(1_783_177_512_999), frr, Total::ZERO);
        let rows = tape.stats(Timestamp::default(), Timestamp::from_millis(i64::MAX), 10);
        assert_eq!(rows, ["[1783177500000,null,null,0.00000101,2,null,null,0,0,null,null,0]"]);
    }
}
