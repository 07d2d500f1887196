//! For how long a coin is lent: by one threshold, or by the pairs of rate and days that a fork of that bot has.

use std::fmt::Write as _;

use crate::domain::{DailyRate, Rounding};

use super::{Draft, daily, number};

/// The shortest and the longest period.
const DAYS: (i64, i64) = (2, 120);
/// Our files refuse rates above this, 10 % per day.
const MOST: DailyRate = DailyRate::from_units(100_000_000_000);

/// A rate, and the days at it.
type Rung = (DailyRate, i64);

impl Draft<'_> {
    /// How long it is lent.
    pub(super) fn period(&mut self) {
        match self.coin.text("xdaythreshold").filter(|text| text.contains(':')) {
            Some(pairs) => self.pairs(&pairs),
            None => self.threshold(),
        }
    }

    fn threshold(&mut self) {
        let keys = ["xdaythreshold", "xdays", "xdayspread"];
        let days = self.coin.whole("xdays").unwrap_or(60).clamp(DAYS.0, DAYS.1);
        let Some(from) = self.coin.rate("xdaythreshold").filter(|from| days > DAYS.0 && *from <= MOST) else {
            let _ = writeln!(self.limits, "max_period = {}", DAYS.0);
            return self.nothing(&keys, "two days always");
        };
        let rule = match self.low(from) {
            Some(low) => steps(&[(low, DAYS.0), (from, days)], ", interpolate = true"),
            None => steps(&[(from, days)], ""),
        };
        let _ = writeln!(self.limits, "max_period = {days}");
        let _ = writeln!(self.core, "{rule}");
        self.became(&keys, &rule);
    }

    /// Where the days begin to grow towards those at `from`; nothing when they jump there.
    fn low(&self, from: DailyRate) -> Option<DailyRate> {
        let spread = self.coin.number("xdayspread")?.to_units(6, Rounding::Down).ok()?;
        let low = i128::from(from.units()).saturating_mul(1_000_000).checked_div(i128::from(spread))?;
        let low = DailyRate::from_units(i64::try_from(low).ok()?);
        Some(low).filter(|low| *low < from && low.is_positive())
    }

    /// `rate:days, rate:days`, the days between two pairs in proportion.
    fn pairs(&mut self, text: &str) {
        let keys = ["xdaythreshold", "xdayspread"];
        let mut told = Vec::new();
        let mut rungs = rising(read(text, &mut told), &mut told);
        self.nothing(&["xdays"], "each pair has its own days");
        let (Some((from, _)), Some((_, longest))) = (rungs.first().copied(), rungs.last().copied()) else {
            let _ = writeln!(self.limits, "max_period = {}", DAYS.0);
            return self.nothing(&keys, &format!("two days always: {}", told.join("; ")));
        };
        match self.low(from) {
            Some(low) => rungs.insert(0, (low, DAYS.0)),
            None => told.push("under the first rate two days, where that bot takes the first pair's".to_owned()),
        }
        let rule = steps(&rungs, ", interpolate = true");
        let _ = writeln!(self.limits, "max_period = {longest}");
        let _ = writeln!(self.core, "{rule}");
        told.insert(0, rule);
        self.became(&keys, &told.join("; "));
    }
}

/// A period by these rungs, as it is written in our files.
fn steps(rungs: &[Rung], more: &str) -> String {
    let steps: Vec<String> = rungs.iter().map(|(rate, days)| format!("[\"{}\", {days}]", daily(*rate))).collect();
    format!("period = {{ by_rate = [{}]{more} }}", steps.join(", "))
}

/// The pairs that can be read. What is not as in the file is told by the pair's number: its value is not to be shown.
fn read(text: &str, told: &mut Vec<String>) -> Vec<Rung> {
    let mut rungs = Vec::new();
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    for (place, pair) in (1..).zip(pairs) {
        let Some((rate, days)) = rung(pair) else {
            told.push(format!("pair {place} is left out: no rate:days"));
            continue;
        };
        let within = days.clamp(DAYS.0, DAYS.1);
        if within != days {
            told.push(format!("pair {place} has {within} days here: loans last 2 to 120"));
        }
        rungs.push((rate, within));
    }
    rungs
}

fn rung(pair: &str) -> Option<Rung> {
    let (rate, days) = pair.split_once(':')?;
    let rate = DailyRate::from_percent_per_day(number(rate)?, Rounding::Nearest).ok()?;
    let days = number(days)?.to_units(0, Rounding::Down).ok()?;
    (rate.is_positive() && rate <= MOST).then_some((rate, days))
}

/// As our files ask for them: each at a higher rate than the one before, and for no fewer days. Where two are at odds the
/// fewer days stay: what was lent too short comes back.
fn rising(mut rungs: Vec<Rung>, told: &mut Vec<String>) -> Vec<Rung> {
    if !rungs.is_sorted_by_key(|(rate, _)| *rate) {
        told.push("sorted by rate".to_owned());
    }
    rungs.sort_unstable();
    let count = rungs.len();
    rungs.dedup_by_key(|(rate, _)| *rate);
    if rungs.len() < count {
        told.push("of two pairs at one rate the shorter stays".to_owned());
    }
    let mut fewest = DAYS.1;
    let mut falls = false;
    for (_, days) in rungs.iter_mut().rev() {
        falls |= *days > fewest;
        fewest = fewest.min(*days);
        *days = fewest;
    }
    if falls {
        told.push("no rate has more days than a higher one: shortened".to_owned());
    }
    rungs
}
