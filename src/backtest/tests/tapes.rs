//! Recordings with a planted future: the same rows whatever is planted, and from then on rows that no market would write.

use std::fmt::Write as _;

use crate::domain::{HOUR, MINUTE, Millis};
use crate::exchange::sim::market::Random;

/// A batch comes this often.
pub(super) const SLOT: Millis = MINUTE.times(20);

/// A folder with these files.
pub(super) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// A rate of the planted future: twenty times as high in every other stretch of time, next to nothing in those between.
/// `place` tells it from its neighbours there.
fn wild(stretch: i64, place: i32, rate: f64) -> f64 {
    if stretch % 2 == 0 { rate * 20.0 } else { 1e-8 * f64::from(1 + place) }
}

/// So many hours of candles; from hour `planted` on everything is different.
pub(super) fn candles(hours: i64, planted: i64) -> String {
    let mut random = Random::at(9, 9, 9);
    let mut text = String::from("mts,open,close,high,low,volume\n");
    let mut open = 2e-4;
    for hour in 0..hours {
        let close = 2e-4 * (0.15 * random.normal()).exp();
        let (high, low) = (f64::max(open, close) * (1.0 + 0.2 * random.uniform()), f64::min(open, close) * 0.95);
        let told = |rate: f64| if hour >= planted { wild(hour, 0, rate) } else { rate };
        let row = [open, close, high, low].map(|rate| format!("{:.10}", told(rate))).join(",");
        let volume = 2_000_000.0 * random.uniform() * if hour >= planted { 30.0 } else { 1.0 };
        let _infallible = writeln!(text, "{},{row},{volume}", hour * HOUR.get());
        open = close;
    }
    text
}

/// Trades, books and tickers of so many slots, the first of which begins at hour 1; from slot `planted` on everything is
/// different, with many more bids.
pub(super) fn recording(slots: i32, planted: i32) -> tempfile::TempDir {
    let mut random = Random::at(9, 9, 8);
    let mut trades = String::from("id,mts,amount,rate,period\n");
    let mut books = String::from("collected_at_ms,rate,period,count,amount\n");
    let mut tickers = String::from("collected_at_ms,frr\n");
    for number in 0..slots {
        // Now and then everybody is served.
        let dear: f64 = if number % 10 == 9 { 2.5 } else { 1.0 };
        let level = 2e-4 * dear * (0.15 * random.normal()).exp();
        let slot = Slot { number, level, planted: number >= planted };
        slot.trades(&mut trades);
        slot.book(&mut books, MINUTE.times(2));
        slot.book(&mut books, MINUTE.times(12));
        if number % 3 == 0 {
            slot.ticker(&mut tickers);
        }
    }
    folder(&[
        ("fUSD-trades_x.csv", trades.as_str()),
        ("fUSD-book_x.csv", books.as_str()),
        ("fUSD-ticker_x.csv", tickers.as_str()),
    ])
}

/// Twenty minutes of a recorded market.
struct Slot {
    number: i32,
    /// What its batch costs per day.
    level: f64,
    /// It belongs to the planted future.
    planted: bool,
}

impl Slot {
    /// A time of it.
    fn at(&self, after: Millis) -> i64 {
        HOUR.plus(SLOT.times(i64::from(self.number))).plus(after).get()
    }

    fn told(&self, rate: f64, place: i32) -> f64 {
        if self.planted { wild(i64::from(self.number), place, rate) } else { rate }
    }

    fn amount(&self, usd: i32) -> f64 {
        let times = match (self.planted, self.number % 2) {
            (false, _) => 1.0,
            (true, 0) => 1_000.0,
            (true, _) => 0.01,
        };
        f64::from(usd) * times
    }

    /// A batch, and a little between it and the next. What is traded last may be of one event with what comes then, which
    /// begins at once where it is planted.
    fn trades(&self, text: &mut String) {
        let mut row = |place: i32, after: Millis, over: f64, period: u16| {
            let (id, at) = (100 * self.number + place + 1, self.at(after));
            let (amount, rate) = (self.amount(-160 - 30 * place), self.told(self.level * over, place));
            let _infallible = writeln!(text, "{id},{at},{amount:.8},{rate:.10},{period}");
        };
        let opens = if self.planted { 0 } else { 60 };
        for place in 0..8 {
            let after = Millis::seconds(i64::from(opens + place));
            row(place, after, 0.95 + 0.03 * f64::from(place), if place == 3 { 30 } else { 2 });
        }
        row(8, MINUTE.times(10), 0.97, 2);
        row(9, Millis::seconds(1_180), 0.97, 2);
    }

    fn book(&self, text: &mut String, after: Millis) {
        let at = self.at(after);
        let mut row = |place: i32, over: f64, period: u16, usd: i32| {
            let (rate, amount) = (self.told(self.level * over, place), self.amount(usd));
            let _infallible = writeln!(text, "{at},{rate:.10},{period},1,{amount:.8}");
        };
        for (place, over, period, usd) in [(20, 1.2, 120, -500), (21, 0.9, 30, -700), (22, 0.8, 2, -1_500)] {
            row(place, over, period, usd);
        }
        let more = if self.planted { 40 } else { 0 };
        for (place, period) in (0..more).zip([2, 7, 30, 60, 120].into_iter().cycle()) {
            row(23 + place, 0.51 + 0.02 * f64::from(place), period, -900);
        }
        for place in 0..12 {
            row(place, 0.99 + 0.03 * f64::from(place), 2, 1_000 + 1_000 * place);
        }
        row(12, 1.7, 30, 3_000);
        row(13, 2.2, 120, 2_000);
    }

    fn ticker(&self, text: &mut String) {
        let frr = self.told(3.4e-4 + 1e-6 * f64::from(self.number % 7), 0);
        let _infallible = writeln!(text, "{},{frr:.10}", self.at(Millis::new(0)));
    }
}
