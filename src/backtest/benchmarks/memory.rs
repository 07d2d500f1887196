//! What the habits look at: the last rate, the best offer, the highs of the last day's hours, the best real bids.

use std::collections::VecDeque;

use crate::backtest::moment::{Moment, What};
use crate::backtest::venue::is_ghost;
use crate::domain::{BookSide, DAY, DailyRate, Days, HOUR, Timestamp};

/// Hours in the window.
const HOURS: usize = 24;

/// What has been seen.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Last two-day rate per day.
    pub last: Option<DailyRate>,
    /// Best offer of the last book.
    pub best: Option<DailyRate>,
    /// The FRR is known.
    pub frr: bool,
    /// Best real bids of 30 and of 120 days.
    pub bids: [Option<DailyRate>; 2],
    /// Closed hours with a two-day trade: when each began, and its high.
    highs: VecDeque<(i64, DailyRate)>,
    /// The hour that is going on.
    hour: Option<(i64, DailyRate)>,
    now: Timestamp,
    /// What [`Memory::highs`] answers, and the hour for which it was sorted.
    sorted: (i64, Vec<DailyRate>),
}

impl Memory {
    /// A moment.
    pub fn seen(&mut self, moment: &Moment) {
        self.now = moment.at;
        match &moment.what {
            What::Event(event) => {
                for print in event.prints.iter().filter(|print| print.period == Days::MIN) {
                    self.last = Some(print.rate);
                    self.print(print.at, print.rate);
                }
            }
            What::Book(book) => {
                let offers = book.levels.iter().filter(|level| level.side == BookSide::Offers);
                self.best = offers.map(|level| level.key.rate).min();
                // Where there is nothing but books, what stood under the best offer was borrowed.
                if let (Some(best), Some(_)) = (self.best, book.since) {
                    self.last = Some(best);
                    self.print(moment.at, best);
                }
                if book.real {
                    let best = |days: u16| {
                        let bids = book.levels.iter().filter(|bid| bid.side == BookSide::Bids);
                        let bids = bids.filter(|bid| bid.key.period == Days::new(days) && !is_ghost(bid, &book.levels));
                        bids.map(|bid| bid.key.rate).max()
                    };
                    self.bids = [best(30), best(120)];
                }
            }
            What::Ticker(ticker) => self.frr |= ticker.frr.is_some(),
            What::Price(_) => {}
        }
        // It changes with the hour alone: prints of a new hour close the one before.
        let hour = self.now.millis().div_euclid(HOUR.get());
        if self.sorted.0 != hour {
            self.sorted = (hour, self.sort());
        }
    }

    fn print(&mut self, at: Timestamp, rate: DailyRate) {
        let hour = at.millis().div_euclid(HOUR.get());
        match &mut self.hour {
            Some((current, high)) if *current == hour => *high = (*high).max(rate),
            current => {
                self.highs.extend(current.replace((hour, rate)));
                if self.highs.len() > HOURS {
                    self.highs.pop_front();
                }
            }
        }
    }

    /// Highs of the last day's closed hours, ascending. The hour that is going on counts once it is over.
    #[must_use]
    pub fn highs(&self) -> &[DailyRate] {
        &self.sorted.1
    }

    fn sort(&self) -> Vec<DailyRate> {
        let since = self.now.minus(DAY).millis().div_euclid(HOUR.get());
        let over = self.now.millis().div_euclid(HOUR.get());
        let closed = self.hour.iter().filter(|(hour, _)| *hour < over);
        let recent = self.highs.iter().chain(closed).filter(|(hour, _)| *hour >= since);
        let mut highs: Vec<DailyRate> = recent.map(|(_, high)| *high).collect();
        highs.sort_unstable();
        highs
    }
}
