//! The exchange as one lender meets it: his wallet, offers and loans, without JSON, keys and faults.
//!
//! It takes no part in the market: what happens there has happened without him, and what he would have got of it is the fill
//! model's to say ([`super::fill`]). Rules, after strategy.md 4.2 and bitfinex-api.md:
//! - a write arrives after [`LATENCY`]; an offer has a part in an event only if it stood when the event began;
//! - money is lent from the end of the event on, at the offer's rate and for its period; a real bid of the book at or over an
//!   offer's rate and of its period or shorter takes it at once, at the bid's rate and period; ghosts never match;
//! - how long a borrower keeps it is drawn beforehand for every place of every event, so that all lenders meet the same
//!   borrowers ([`Need`]); one who pays too much against the moving level goes elsewhere ([`Refinancing`]);
//! - interest is exact, simple, by the millisecond, an hour at least, less the fee; it is not lent on;
//! - money that comes back can be lent again after [`REDEPLOY`]; until then it earns nothing.

mod fills;
mod level;
mod loans;
mod shown;

#[cfg(test)]
mod tests;

use crate::domain::{
    Amount, BookLevel, Change, Currency, DailyRate, FundingTrade, Lent, MINUTE, Millis, Offer, OfferId, OfferKind,
    Ratio, Refusal, Submit, Timestamp, Total,
};
use crate::engine::minimum_offer;
use crate::exchange::sim::market::{Need, Refinancing};

use super::fill::{FillModel, Queue};
use super::measure::{Standing, Tally};
pub use fills::is_ghost;
pub use level::MovingLevel;
use loans::Loan;

/// From the decision to the exchange.
pub const LATENCY: Millis = Millis::seconds(2);
/// From the return of money until it can be lent again.
pub const REDEPLOY: Millis = Millis::new(20 * MINUTE.get());
/// The exchange's share of the interest on hidden offers.
const FEE_HIDDEN: Ratio = Ratio::percent(18);

/// What holds for a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terms {
    /// What is lent.
    pub currency: Currency,
    /// The money.
    pub amount: Amount,
    /// The exchange's share of the interest.
    pub fee: Ratio,
    /// How offers are filled.
    pub fills: FillModel,
    /// Whether borrowers refinance.
    pub refinancing: Refinancing,
    /// Of the borrowers' needs.
    pub seed: u64,
    /// Price of a unit in 1e-8 USD where the tape tells none.
    pub usd_price: Amount,
}

impl Terms {
    /// The exchange's smallest offer.
    #[must_use]
    pub fn least(&self) -> Amount {
        minimum_offer(self.currency, self.usd_price)
    }
}

/// An own offer.
#[derive(Debug, Clone, PartialEq)]
struct Resting {
    offer: Offer,
    queue: Queue,
}

impl Resting {
    fn effective(&self, frr: DailyRate) -> DailyRate {
        match self.offer.kind {
            OfferKind::Limit => self.offer.rate,
            OfferKind::FrrDeltaFixed | OfferKind::FrrDeltaVariable => {
                frr.checked_add(self.offer.rate).unwrap_or(DailyRate::ZERO)
            }
        }
    }
}

/// News for the lender.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// An own offer.
    Offer(Change, Offer),
    /// A loan.
    Lent(Change, Lent),
    /// An execution.
    Trade(FundingTrade),
}

/// One lender's account.
#[derive(Debug)]
pub struct Venue {
    terms: Terms,
    now: Timestamp,
    /// In the wallet; nothing before the deposit.
    balance: Amount,
    offers: Vec<Resting>,
    loans: Vec<Loan>,
    next_id: i64,
    /// Number of the event that happened last, and how many of its borrowers were met.
    event: u64,
    slot: u64,
    frr: DailyRate,
    level: MovingLevel,
    /// When borrowers last compared their rates with the level.
    compared: Timestamp,
    book: Vec<BookLevel>,
    /// What was taken of bids that still stand.
    bitten: Vec<(crate::domain::LevelKey, Amount)>,
    told: Vec<Told>,
    tally: Tally,
    /// Something changed since the tally was told what stands.
    changed: bool,
}

impl Venue {
    /// An account without money yet.
    #[must_use]
    pub fn new(terms: Terms, tally: Tally) -> Self {
        Self {
            terms,
            now: Timestamp::default(),
            balance: Amount::ZERO,
            offers: Vec::new(),
            loans: Vec::new(),
            next_id: 1,
            event: 0,
            slot: 0,
            frr: DailyRate::ZERO,
            level: MovingLevel::default(),
            compared: Timestamp::default(),
            book: Vec::new(),
            bitten: Vec::new(),
            told: Vec::new(),
            tally,
            changed: true,
        }
    }

    /// What holds.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The money comes.
    pub fn deposit(&mut self, at: Timestamp) {
        self.pass(at);
        self.balance = self.terms.amount;
        self.tally.freed(at, self.balance);
        self.changed = true;
    }

    /// The price of a unit in 1e-8 USD.
    pub fn price(&mut self, price: Amount) {
        self.terms.usd_price = price;
    }

    /// Numbers that change whenever something happens to the account.
    #[must_use]
    pub fn counts(&self) -> (i64, usize, usize, usize) {
        (self.next_id, self.offers.len(), self.loans.len(), self.told.len())
    }

    /// What is in the wallet.
    #[must_use]
    pub fn balance(&self) -> Amount {
        self.balance
    }

    /// What is neither offered nor lent nor on its way back.
    #[must_use]
    pub fn available(&self) -> Amount {
        let offered: Total = self.offers.iter().map(|resting| resting.offer.amount).sum();
        let lent: Total = self.loans.iter().map(|loan| loan.amount).sum();
        Total::from(self.balance).minus_total(offered.plus_total(lent)).at_least_zero()
    }

    /// Own offers.
    pub fn offers(&self) -> impl Iterator<Item = &Offer> {
        self.offers.iter().map(|resting| &resting.offer)
    }

    /// What has happened since this was asked last.
    pub fn told(&mut self) -> Vec<Told> {
        std::mem::take(&mut self.told)
    }

    /// A new offer arrives.
    ///
    /// # Errors
    /// As the exchange refuses: too small, or more than there is.
    pub fn submit(&mut self, at: Timestamp, submit: &Submit) -> Result<Offer, Refusal> {
        self.pass(at);
        if submit.amount < self.terms.least() {
            return Err(Refusal::Minimum);
        }
        if submit.amount > self.available() {
            return Err(Refusal::Balance);
        }
        let id = OfferId(self.next_id());
        let offer = Offer::placed(id, submit, at);
        let mut resting = Resting { offer: offer.clone(), queue: Queue::behind(&[], DailyRate::ZERO) };
        if self.terms.fills == FillModel::Queue {
            resting.queue = Queue::behind(&self.book, resting.effective(self.frr));
        }
        self.offers.push(resting);
        self.changed = true;
        self.tally.submitted();
        self.meet_bids(at, id);
        Ok(offer)
    }

    /// An own offer goes.
    ///
    /// # Errors
    /// When it is not there any more.
    pub fn cancel(&mut self, at: Timestamp, id: OfferId) -> Result<(), Refusal> {
        self.pass(at);
        let Some(place) = self.offers.iter().position(|resting| resting.offer.id == id) else {
            return Err(Refusal::NotFound);
        };
        let gone = self.offers.remove(place).offer;
        self.tally.cancelled();
        self.changed = true;
        self.told.push(Told::Offer(Change::Closed, shown::cancelled(gone, at)));
        Ok(())
    }

    /// Time goes on: what stands earns until `at`.
    fn pass(&mut self, at: Timestamp) {
        if self.changed {
            self.tally.stands(self.standing());
            self.changed = false;
        }
        self.tally.pass(at);
        self.now = self.now.max(at);
    }

    /// What stands, summed up.
    fn standing(&self) -> Standing {
        let mut standing = Standing::new(self.balance);
        for loan in self.loans.iter().filter(|loan| loan.returned.is_none()) {
            let rate = if loan.variable { self.frr } else { loan.rate };
            let fee = if loan.hidden { FEE_HIDDEN } else { self.terms.fee };
            standing.lend(loan.amount, rate, loan.period, fee);
        }
        for resting in &self.offers {
            standing.offer(resting.offer.amount, resting.effective(self.frr));
        }
        standing
    }

    fn next_id(&mut self) -> i64 {
        let id = self.next_id;
        self.next_id = self.next_id.saturating_add(1);
        id
    }

    /// The next borrower of the event that happened last.
    fn borrower(&mut self, bidder: bool) -> Need {
        let need = Need::of(self.terms.seed, self.event, self.slot, bidder);
        self.slot = self.slot.saturating_add(1);
        need
    }

    /// Ends the account: everything until `at` counts.
    #[must_use]
    pub fn end(mut self, at: Timestamp) -> Tally {
        self.pass(at);
        self.tally
    }
}
