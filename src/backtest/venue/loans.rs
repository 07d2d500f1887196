//! Money that borrowers hold, and its coming back.

use crate::backtest::numbers::{days, per_day};
use crate::domain::{Amount, Change, DailyRate, Days, FundingTrade, HOUR, Offer, OfferKind, Timestamp};
use crate::exchange::sim::market::Need;

use super::{REDEPLOY, Told, Venue, shown};

/// A loan.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Loan {
    pub(super) id: i64,
    pub(super) amount: Amount,
    pub(super) rate: DailyRate,
    /// Follows the FRR.
    pub(super) variable: bool,
    pub(super) hidden: bool,
    pub(super) period: Days,
    pub(super) opened: Timestamp,
    /// When its borrower needs it no longer, or its period ends.
    pub(super) ends: Timestamp,
    /// What is left of his patience with a rate above the level.
    pub(super) patience: f64,
    /// When he gave it back; it is told a little later.
    pub(super) returned: Option<Timestamp>,
}

impl Venue {
    /// Lends a part of an offer that is told of as it is now.
    pub(super) fn lend(&mut self, at: Timestamp, offer: &Offer, amount: Amount, terms: (DailyRate, Days), need: Need) {
        let (rate, period) = terms;
        let id = self.next_id();
        let loan = Loan {
            id,
            amount,
            rate,
            variable: offer.kind == OfferKind::FrrDeltaVariable,
            hidden: offer.hidden,
            period,
            opened: at,
            ends: at.plus(need.wanted.min(period.span())),
            patience: need.patience,
            returned: None,
        };
        let trade = FundingTrade { id, currency: offer.currency, at, offer: offer.id, amount, rate, period };
        self.told.push(Told::Trade(trade));
        self.told.push(Told::Lent(Change::Set, shown::lent(&loan, offer.currency)));
        self.loans.push(loan);
        self.changed = true;
        self.tally.lent(at, amount, rate);
    }

    /// When the next loan ends by itself or is told of as ended.
    #[must_use]
    pub fn next_return(&self) -> Option<Timestamp> {
        self.loans.iter().map(|loan| loan.returned.map_or(loan.ends, |returned| returned.plus(REDEPLOY))).min()
    }

    /// Everything that comes back until `to`, each at its time.
    pub fn returns(&mut self, to: Timestamp) {
        while let Some(at) = self.next_return().filter(|at| *at <= to) {
            self.pass(at);
            let free = |loan: &Loan| loan.returned.is_some_and(|returned| returned.plus(REDEPLOY) <= at);
            let mut place = 0;
            while let Some(loan) = self.loans.get(place) {
                if free(loan) {
                    let loan = self.loans.remove(place);
                    self.tally.freed(at, loan.amount);
                    self.told.push(Told::Lent(Change::Closed, shown::returned(&loan, self.terms.currency, at)));
                } else {
                    if loan.returned.is_none() && loan.ends <= at {
                        self.give_back(place, at);
                    }
                    place = place.saturating_add(1);
                }
            }
            self.changed = true;
        }
    }

    /// Borrowers who pay too much against the level lose patience.
    pub(super) fn refinance(&mut self, at: Timestamp) {
        let Some(level) = self.level.get() else { return };
        let refinancing = self.terms.refinancing;
        let span = days(at.since(std::mem::replace(&mut self.compared, at)));
        for place in 0..self.loans.len() {
            let Some(loan) = self.loans.get_mut(place).filter(|loan| loan.returned.is_none()) else { continue };
            let since_opened = days(at.since(loan.opened)).min(span);
            loan.patience -= refinancing.hazard(per_day(loan.rate) / level) * since_opened;
            if loan.patience <= 0.0 {
                self.give_back(place, at);
            }
        }
    }

    /// A borrower returns what he holds: one hour is billed at least.
    fn give_back(&mut self, place: usize, at: Timestamp) {
        let Some(loan) = self.loans.get_mut(place) else { return };
        loan.returned = Some(at);
        let held = at.since(loan.opened);
        let (amount, rate, hidden) = (loan.amount, loan.rate, loan.hidden);
        self.changed = true;
        let missing = HOUR.get().saturating_sub(held.get());
        if missing > 0 {
            let fee = if hidden { super::FEE_HIDDEN } else { self.terms.fee };
            self.tally.billed(amount, rate, crate::domain::Millis::new(missing), fee);
        }
        self.tally.held(held);
    }
}
