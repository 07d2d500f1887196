//! A market that stands still: one book, one rate, no borrower but those whom the operator sends. For trying a client
//! step by step, where a modelled market would interfere.

use super::{Background, Hold, Level, Move, Remaining};
use crate::domain::{Amount, BookSide, Currency, DAY, DailyRate, Days, Decimal, HOUR, Rounding, Timestamp};

/// Offers for two days and 30, bids for two: rate per day in 1e-6, period, amount in dollars. Between the best offer and
/// the best bid there is room for an offer that neither meets a bid nor stands behind anybody.
const LEVELS: [(BookSide, i64, u16, i64); 7] = [
    (BookSide::Offers, 300, 2, 40_000),
    (BookSide::Offers, 320, 2, 60_000),
    (BookSide::Offers, 350, 30, 80_000),
    (BookSide::Offers, 400, 2, 200_000),
    (BookSide::Offers, 600, 120, 300_000),
    (BookSide::Bids, 100, 2, 50_000),
    (BookSide::Bids, 80, 2, 90_000),
];
/// Flash return rate, per day in 1e-6.
const FRR: i64 = 300;

/// The background of one currency.
#[derive(Debug, Clone)]
pub struct StillMarket {
    currency: Currency,
    usd_price: Amount,
    next: Timestamp,
    traded: bool,
}

impl StillMarket {
    /// From `start` on; one unit is worth `usd_price`.
    #[must_use]
    pub const fn new(currency: Currency, usd_price: Amount, start: Timestamp) -> Self {
        Self { currency, usd_price, next: start, traded: false }
    }

    /// So many dollars in this currency; nothing for a currency without a price.
    fn worth(&self, dollars: i64) -> Amount {
        let units = Amount::whole(1).units();
        let worth = i128::from(dollars) * i128::from(units) * i128::from(units);
        let amount = worth.checked_div(i128::from(self.usd_price.units())).unwrap_or_default();
        Amount::from_units(i64::try_from(amount).unwrap_or(i64::MAX))
    }
}

/// A rate per day given in 1e-6.
fn per_day(micros: i64) -> Decimal {
    DailyRate::from_units(micros.saturating_mul(1_000_000)).to_decimal()
}

impl Background for StillMarket {
    fn currency(&self) -> Currency {
        self.currency
    }

    fn next(&self) -> Timestamp {
        self.next
    }

    /// What was eaten grows again every hour. The first step also makes the trade that a last price needs.
    fn step(&mut self, remaining: Remaining<'_>) -> Vec<Move> {
        self.next = remaining.now.plus(HOUR);
        let level = |(side, rate, period, dollars): (BookSide, i64, u16, i64)| Level {
            side,
            rate: per_day(rate),
            period: Days::new(period),
            count: 3,
            amount: self.worth(dollars),
        };
        let mut moves = vec![
            Move::UsdPrice(self.usd_price),
            Move::Frr(per_day(FRR)),
            Move::FrrWaiting(self.worth(1_000_000)),
            Move::Levels(LEVELS.into_iter().map(level).collect()),
        ];
        if !self.traded {
            self.traded = true;
            let limit = DailyRate::from_decimal(per_day(FRR), Rounding::Nearest).unwrap_or_default();
            moves.push(Move::Borrow { amount: self.worth(1_000), limit, period: Days::MIN });
        }
        moves
    }

    /// Borrowers keep what they took for the whole period and do not use it.
    fn hold(&mut self, period: Days, _rate: DailyRate) -> Hold {
        Hold { returned_after: DAY.times(i64::from(period.get())), used_after: None }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testbook::{TestBook, possible};
    use super::*;

    #[test]
    fn it_trades_once_and_then_stands_still() {
        let price = Amount::from_units(200_000_000);
        let mut market = StillMarket::new(Currency::USD, price, Timestamp::from_millis(1_000));
        let mut book = TestBook::default();
        assert!(book.step(&mut market).iter().all(possible));
        assert_eq!(book.prints.len(), 1, "a last price");
        assert_eq!(
            book.levels.iter().map(|level| level.amount).max(),
            Some(Amount::whole(150_000)),
            "in its own units"
        );
        for _ in 0..48 {
            assert!(book.step(&mut market).iter().all(possible));
        }
        assert_eq!((book.prints.len(), book.levels.len()), (1, LEVELS.len()));
        assert_eq!(market.hold(Days::MIN, DailyRate::ZERO).returned_after, DAY.times(2));
    }
}
