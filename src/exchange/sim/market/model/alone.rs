//! The market by itself, without an exchange around it: it eats its own offers. For whoever wants to know quickly what would
//! have happened without him, a year at a time.

use super::super::climate::Conditions;
use super::super::numbers::{float, per_day};
use super::super::{Level, Move};
use super::{BOOK, Guide, ModelledMarket, WEATHER};
use crate::domain::{Amount, DailyRate, Days, Decimal, Rounding, Timestamp};
use crate::exchange::sim::market::random::Random;

/// A bite that a borrower took of the offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Eaten {
    /// Rate per day.
    pub rate: DailyRate,
    /// Period of the offer.
    pub period: Days,
    /// How much.
    pub amount: Amount,
}

/// What one step brought beside the bites.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// When.
    pub at: Timestamp,
    /// The main part of a batch came.
    pub batch: bool,
    /// The lenders looked at the book: it may have changed.
    pub looked: bool,
    /// At a full hour: FRR per day, and the price of a unit in 1e-8 USD.
    pub hour: Option<(Decimal, Amount)>,
}

impl ModelledMarket {
    /// The next step, with nobody else in the market: the same that [`super::Background::step`] makes when all that it asks for is
    /// eaten from its own offers. Bites are added to `eaten`, in order.
    pub fn pass(&mut self, eaten: &mut Vec<Eaten>) -> Passed {
        let at = self.schedule.next();
        self.steps = self.steps.saturating_add(1);
        let mut weather = Random::at(self.seed, WEATHER, self.steps);
        let mut book = Random::at(self.seed, BOOK, self.steps);
        let due = self.schedule.take(at, &mut weather);
        self.climate.advance(at, &self.profile, &mut weather);
        let now: Conditions = self.climate.conditions(&self.profile);
        if due.look && self.announced {
            self.look(&now, at, &mut book);
        }
        self.announced = true;
        let mut hour = None;
        if due.hour {
            for one in self.hourly() {
                match (one, &mut hour) {
                    (Move::Frr(frr), _) => hour = Some((frr, Amount::ZERO)),
                    (Move::UsdPrice(price), Some(told)) => told.1 = price,
                    (Move::UsdPrice(_) | Move::FrrWaiting(_) | Move::Levels(_) | Move::Borrow { .. }, _) => {}
                }
            }
        }
        for one in self.borrowers(due, &now, &Guide::default(), &mut weather) {
            let Move::Borrow { amount, limit, period } = one else { continue };
            self.offers.eat(amount, float(limit.units()) * 1e-12, period, |level, taken| {
                eaten.push(Eaten { rate: shown(level), period: level.period, amount: taken });
            });
        }
        self.last_step = at;
        Passed { at, batch: due.batch == Some(0) && self.batch_comes, looked: due.look, hour }
    }

    /// When the next step is due.
    #[must_use]
    pub fn due(&self) -> Timestamp {
        self.schedule.next()
    }

    /// What stands in the book, both sides, ghosts too.
    pub fn levels(&self) -> impl Iterator<Item = Level> {
        self.offers.levels().chain(self.bids.levels())
    }
}

fn shown(level: &Level) -> DailyRate {
    DailyRate::from_decimal(level.rate, Rounding::Nearest)
        .unwrap_or_else(|_no_rate| DailyRate::from_units(super::super::numbers::integer(per_day(level.rate) * 1e12)))
}
