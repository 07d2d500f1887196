//! The figures of a run, made of its books.

use crate::backtest::numbers::{count, float, ratio, units};
use crate::domain::{Amount, Ratio};
use crate::strategy::stats::Scores;

use super::tally::{CLASSES, Point, Tally, in_units};
use super::waits::Waits;

/// Days in a month, for the worst one.
const MONTH: usize = 30;

/// What one lender's run came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Percent a year on the whole balance, after the fee, simple.
    pub net_apr: f64,
    /// Part of the balance that was lent, over time.
    pub utilisation: f64,
    /// Percent a year that loans paid, before the fee.
    pub gross_rate: f64,
    /// Fills, and offers taken back, for each offer or loan and day.
    pub fills: f64,
    /// See `fills`.
    pub replaces: f64,
    /// Parts of what was lent, by class of period.
    pub shares: [f64; 4],
    /// Percent a year of the worst 30 days; nothing for a shorter run.
    pub worst: Option<f64>,
    /// Minutes that half of the money, and nine tenths, lay free before each loan.
    pub waits: (Option<f64>, Option<f64>),
    /// Mean time that loans lasted, days.
    pub held: f64,
    /// Forecasts against what came of them; nothing was scored where the rule makes none.
    pub scores: Scores,
    /// Percent a year of each day.
    pub daily: Vec<f64>,
    /// How it went, in equal stretches of time.
    pub points: Vec<Point>,
    /// Length of a stretch in days.
    pub stretch: f64,
    /// All waits.
    pub histogram: Waits,
}

impl Figures {
    /// From the books of a run with so much money.
    #[must_use]
    pub fn of(tally: Tally, amount: Amount) -> Self {
        let (length, money) = (tally.length().max(f64::MIN_POSITIVE), units(amount));
        let stretch = crate::backtest::numbers::days(tally.bucket());
        let earned: f64 = tally.daily.iter().map(|day| in_units(*day)).sum();
        let apr = |earned: f64, days: f64| ratio(earned, money * days) * 36_500.0;
        let mut lent = [0.0; CLASSES.len()];
        let mut all = 0.0;
        for point in &tally.points {
            let [two, short, long, longest, _] = point.held();
            for (sum, part) in lent.iter_mut().zip([two, short, long, longest]) {
                *sum += part;
                all += part;
            }
        }
        // Gross earnings carry no millionths.
        let gross = in_units(tally.gross.saturating_mul(1_000_000));
        let daily: Vec<f64> = tally.daily.iter().map(|day| apr(in_units(*day), 1.0)).collect();
        let month = |days: &[f64]| days.iter().sum::<f64>() / count(days.len().max(1));
        let lot_days = tally.lot_days.max(f64::MIN_POSITIVE);
        let number = |count: u64| float(i64::try_from(count).unwrap_or(i64::MAX));
        Self {
            net_apr: apr(earned, length),
            utilisation: ratio(all, money * length),
            gross_rate: ratio(gross, all) * 36_500.0,
            fills: number(tally.fills) / lot_days,
            replaces: number(tally.cancels) / lot_days,
            shares: lent.map(|part| ratio(part, all)),
            worst: daily.windows(MONTH).map(month).min_by(f64::total_cmp),
            waits: (tally.waits.quantile(0.5), tally.waits.quantile(0.9)),
            held: ratio(tally.held.0, number(tally.held.1)),
            scores: tally.scores,
            daily,
            points: tally.points,
            stretch,
            histogram: tally.waits,
        }
    }
}

/// What a lender missed of the perfect foresight's yield, net percent a year.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Regret {
    /// Because money lay idle.
    pub idle: f64,
    /// Because it was lent for less.
    pub price: f64,
}

/// Splits what is missing to the gross yield `oracle`, percent a year on the whole balance: `(1 − u) g` idle, `u (g − rate)` price
/// (strategy.md 4.3); both after the fee, they sum to what is missing.
#[must_use]
pub fn regret(figures: &Figures, oracle: f64, fee: Ratio) -> Regret {
    let kept = 1.0 - float(fee.ppm()) / 1e6;
    let lent = figures.utilisation;
    Regret { idle: kept * (1.0 - lent) * oracle, price: kept * lent * (oracle - figures.gross_rate) }
}
