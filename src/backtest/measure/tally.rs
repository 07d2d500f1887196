//! The books of a run, kept as time passes.

use crate::backtest::numbers::{apr, days, float, float_of_sum, per_day, ratio, units};
use crate::domain::{Amount, DAY, DailyRate, Days, HOUR, Millis, Ratio, Timestamp};
use crate::strategy::stats::Scores;

use super::waits::Waits;

/// Parts of the money lent, by period: two days, up to 29, up to 119, 120.
pub(super) const CLASSES: [&str; 4] = ["2 d", "3-29 d", "30-119 d", "120 d"];
/// Millionths in one.
const WHOLE: i128 = 1_000_000;
/// A run is drawn in this many points at most.
const POINTS: i64 = 400;

/// The class of a period.
#[must_use]
pub(super) fn class(period: Days) -> usize {
    match period.get() {
        0..=2 => 0,
        3..=29 => 1,
        30..=119 => 2,
        _ => 3,
    }
}

/// What stands at a moment, summed up.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Standing {
    balance: f64,
    lent: [f64; 4],
    offered: f64,
    offered_rate: f64,
    lent_rate: f64,
    /// Amount (1e-8) times rate (1e-12), and the same times what is kept of it in millionths.
    gross: i128,
    net: i128,
    records: i64,
}

impl Standing {
    /// A wallet with nothing lent.
    #[must_use]
    pub fn new(balance: Amount) -> Self {
        Self { balance: units(balance), ..Self::default() }
    }

    /// A loan, earning at `rate` less `fee`.
    pub fn lend(&mut self, amount: Amount, rate: DailyRate, period: Days, fee: Ratio) {
        if let Some(sum) = self.lent.get_mut(class(period)) {
            *sum += units(amount);
        }
        self.lent_rate += units(amount) * per_day(rate);
        let product = i128::from(amount.units()).saturating_mul(i128::from(rate.units()));
        self.gross = self.gross.saturating_add(product);
        self.net = self.net.saturating_add(product.saturating_mul(WHOLE.saturating_sub(i128::from(fee.ppm()))));
        self.records = self.records.saturating_add(1);
    }

    /// An offer.
    pub fn offer(&mut self, amount: Amount, rate: DailyRate) {
        self.offered += units(amount);
        self.offered_rate += units(amount) * per_day(rate);
        self.records = self.records.saturating_add(1);
    }
}

/// Means over a stretch of time, as integrals over days until they are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    span: f64,
    lent: [f64; 4],
    offered: f64,
    offered_rate: f64,
    lent_rate: f64,
    balance: f64,
    market: f64,
    market_seen: f64,
    /// Earned in it, net, in the currency.
    pub earned: f64,
}

impl Point {
    /// Percent a year that was asked for in offers; nothing while there were none.
    #[must_use]
    pub fn asked(&self) -> Option<f64> {
        (self.offered > 0.0).then(|| self.offered_rate / self.offered * 36_500.0)
    }

    /// Percent a year that loans paid.
    #[must_use]
    pub fn lent_at(&self) -> Option<f64> {
        let lent: f64 = self.lent.iter().sum();
        (lent > 0.0).then(|| self.lent_rate / lent * 36_500.0)
    }

    /// Percent a year that two-day money cost.
    #[must_use]
    pub fn market(&self) -> Option<f64> {
        (self.market_seen > 0.0).then(|| self.market / self.market_seen)
    }

    /// Money times days: lent by class, then offered.
    pub(super) fn held(&self) -> [f64; 5] {
        let [two, short, long, longest] = self.lent;
        [two, short, long, longest, self.offered]
    }

    /// Parts of the balance: lent by class, then offered; the rest lay idle.
    #[must_use]
    pub fn parts(&self) -> [f64; 5] {
        self.held().map(|sum| ratio(sum, self.balance))
    }
}

/// The books.
#[derive(Debug, Clone)]
pub struct Tally {
    from: Timestamp,
    to: Timestamp,
    bucket: Millis,
    at: Timestamp,
    standing: Standing,
    pub(super) points: Vec<Point>,
    /// Net earnings of each day: amount (1e-8) × rate (1e-12) × ms × millionths.
    pub(super) daily: Vec<i128>,
    pub(super) gross: i128,
    pub(super) fills: u64,
    pub(super) submits: u64,
    pub(super) cancels: u64,
    pub(super) lot_days: f64,
    pub(super) held: (f64, u64),
    pub(super) waits: Waits,
    free: std::collections::VecDeque<(Timestamp, Amount)>,
    pub(super) scores: Scores,
}

impl Tally {
    /// Counts what happens from `from` until `to`.
    #[must_use]
    pub fn new(from: Timestamp, to: Timestamp) -> Self {
        let span = to.since(from).get().max(1);
        let bucket = Millis::new(HOUR.get().max(span / POINTS + 1));
        Self {
            from,
            to,
            bucket,
            at: from,
            standing: Standing::default(),
            points: Vec::new(),
            daily: Vec::new(),
            gross: 0,
            fills: 0,
            submits: 0,
            cancels: 0,
            lot_days: 0.0,
            held: (0.0, 0),
            waits: Waits::default(),
            free: std::collections::VecDeque::new(),
            scores: Scores::default(),
        }
    }

    /// How well the lender's forecasts have held.
    #[must_use]
    pub fn scored(mut self, scores: Scores) -> Self {
        self.scores = scores;
        self
    }

    /// What stands from now on.
    pub fn stands(&mut self, standing: Standing) {
        self.standing = standing;
    }

    /// Time passes until `to`.
    pub fn pass(&mut self, to: Timestamp) {
        let to = to.min(self.to);
        while self.at < to {
            let since = self.at.since(self.from).get();
            let (point, day) = (since / self.bucket.get(), since / DAY.get());
            let bucket_ends = point.saturating_add(1).saturating_mul(self.bucket.get());
            let day_ends = day.saturating_add(1).saturating_mul(DAY.get());
            let until = to.min(self.from.plus(Millis::new(bucket_ends.min(day_ends))));
            self.stretch(until.since(self.at), point, day);
            self.at = until;
        }
    }

    fn stretch(&mut self, span: Millis, point: i64, day: i64) {
        let (standing, length) = (self.standing, days(span));
        let earned = standing.net.saturating_mul(i128::from(span.get()));
        self.gross = self.gross.saturating_add(standing.gross.saturating_mul(i128::from(span.get())));
        self.earn(day, earned);
        self.lot_days += float(standing.records) * length;
        let Some(sum) = at_place(&mut self.points, point) else { return };
        sum.span += length;
        for (sum, lent) in sum.lent.iter_mut().zip(standing.lent) {
            *sum += lent * length;
        }
        sum.offered += standing.offered * length;
        sum.offered_rate += standing.offered_rate * length;
        sum.lent_rate += standing.lent_rate * length;
        sum.balance += standing.balance * length;
        sum.earned += in_units(earned);
    }

    fn earn(&mut self, day: i64, earned: i128) {
        if let Some(sum) = at_place(&mut self.daily, day) {
            *sum = sum.saturating_add(earned);
        }
    }

    /// An hour is billed at least: the rest of it.
    pub fn billed(&mut self, amount: Amount, rate: DailyRate, span: Millis, fee: Ratio) {
        if self.at >= self.to {
            return;
        }
        let product = i128::from(amount.units()).saturating_mul(i128::from(rate.units()));
        let gross = product.saturating_mul(i128::from(span.get()));
        self.gross = self.gross.saturating_add(gross);
        let day = self.at.since(self.from).get() / DAY.get();
        self.earn(day, gross.saturating_mul(WHOLE.saturating_sub(i128::from(fee.ppm()))));
    }

    /// Two-day money cost this much.
    pub fn market(&mut self, price: DailyRate) {
        if self.at >= self.from
            && self.at < self.to
            && let Some(sum) = at_place(&mut self.points, self.at.since(self.from).get() / self.bucket.get())
        {
            sum.market += apr(price);
            sum.market_seen += 1.0;
        }
    }

    /// Money came to lie free.
    pub fn freed(&mut self, at: Timestamp, amount: Amount) {
        self.free.push_back((at, amount));
    }

    /// Money was lent: that which had been free for longest.
    pub fn lent(&mut self, at: Timestamp, amount: Amount, _rate: DailyRate) {
        self.fills = self.fills.saturating_add(1);
        let mut left = amount;
        while let Some((since, free)) = self.free.front_mut().filter(|_| left.is_positive()) {
            let part = left.min(*free);
            self.waits.add(at.since(*since), part);
            *free = free.less(part);
            left = left.less(part);
            if !free.is_positive() {
                self.free.pop_front();
            }
        }
    }

    /// An offer was made.
    pub fn submitted(&mut self) {
        self.submits = self.submits.saturating_add(1);
    }

    /// An offer was taken back.
    pub fn cancelled(&mut self) {
        self.cancels = self.cancels.saturating_add(1);
    }

    /// A loan ended after this long.
    pub fn held(&mut self, span: Millis) {
        self.held = (self.held.0 + days(span), self.held.1.saturating_add(1));
    }

    /// Days that have passed.
    pub(super) fn length(&self) -> f64 {
        days(self.at.since(self.from))
    }

    /// How long a point lasts.
    #[must_use]
    pub fn bucket(&self) -> Millis {
        self.bucket
    }
}

/// A sum at a place of a list that grows as far as it is needed.
fn at_place<T: Default + Clone>(list: &mut Vec<T>, place: i64) -> Option<&mut T> {
    let place = usize::try_from(place).ok()?;
    if list.len() <= place {
        list.resize(place.saturating_add(1), T::default());
    }
    list.get_mut(place)
}

/// Exact earnings in units of the currency.
pub(super) fn in_units(earned: i128) -> f64 {
    // 1e-8 × 1e-12 × ms × 1e-6 a day.
    float_of_sum(earned) / 1e26 / 86_400_000.0
}
