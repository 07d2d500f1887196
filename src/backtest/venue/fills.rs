//! What the market does to the account: fills of offers by events and by books.

use crate::backtest::fill::{Demand, FillModel, Lot, demand, taken};
use crate::backtest::moment::{Book, Event};
use crate::domain::{
    Amount, BookLevel, BookSide, Change, DailyRate, LevelKey, Millis, OfferId, OfferKind, OfferStatus, Ticker,
    Timestamp, Total,
};

use super::{Resting, Told, Venue};

/// Whoever came this long after the last snapshot is taken to have stood since it (strategy.md 4.2).
const SNAPSHOT_GRACE: Millis = Millis::new(10 * 60_000);

impl Venue {
    /// Borrowing that was over at `at`.
    pub fn event(&mut self, at: Timestamp, event: &Event) {
        self.returns(at);
        self.pass(at);
        self.event = self.event.saturating_add(1);
        self.slot = 0;
        if let Some(price) = event.price {
            self.level.seen(at, price);
            self.tally.market(price);
        }
        self.refinance(at);
        if !self.offers.is_empty() {
            let demands = demand(self.terms.fills, event);
            self.fill_by(at, event.opens.plus(event.grace), &demands);
        }
    }

    /// The FRR changed.
    pub fn ticker(&mut self, at: Timestamp, ticker: &Ticker) {
        self.returns(at);
        self.pass(at);
        self.frr = ticker.frr.unwrap_or(self.frr);
        self.changed = true;
    }

    /// A book was seen.
    pub fn book(&mut self, at: Timestamp, book: &Book) {
        self.returns(at);
        self.pass(at);
        let offers = || book.levels.iter().filter(|level| level.side == BookSide::Offers);
        if let Some(since) = book.since {
            self.event = self.event.saturating_add(1);
            self.slot = 0;
            let best = offers().map(|level| level.key.rate).min();
            if let Some(best) = best {
                self.level.seen(at, best);
                self.tally.market(best);
                let all = self.offers.iter().map(|resting| resting.offer.amount).sum::<Total>().at_least_zero();
                let demands = [Demand { rate: best, period: crate::domain::Days::MIN, amount: all }];
                self.fill_by(at, since.plus(SNAPSHOT_GRACE), &demands);
            }
            self.refinance(at);
        }
        self.book = if book.real { book.levels.clone() } else { Vec::new() };
        let stands = |key: &LevelKey| self.book.iter().any(|level| level.side == BookSide::Bids && level.key == *key);
        let mut bitten = std::mem::take(&mut self.bitten);
        bitten.retain(|(key, _)| stands(key));
        self.bitten = bitten;
        let limits: Vec<OfferId> = self.offers.iter().map(|resting| resting.offer.id).collect();
        for id in limits {
            self.meet_bids(at, id);
        }
    }

    /// Fills what stood when the event began.
    fn fill_by(&mut self, at: Timestamp, stood: Timestamp, demands: &[Demand]) {
        let frr = self.frr;
        let mut order: Vec<(DailyRate, OfferId)> = self
            .offers
            .iter()
            .filter(|resting| resting.offer.created <= stood)
            .map(|resting| (resting.effective(frr), resting.offer.id))
            .collect();
        order.sort_unstable();
        let lots: Vec<Lot> = order.iter().filter_map(|(rate, id)| self.lot(*id, *rate)).collect();
        let mut parts = taken(demands, &lots, self.terms.least());
        if self.terms.fills == FillModel::Queue {
            self.queued(demands, &order, &mut parts);
        }
        for ((rate, id), part) in order.into_iter().zip(parts) {
            if part.is_positive() {
                let need = self.borrower(false);
                self.fill(at, id, part, rate, None, need);
            }
        }
    }

    /// What went beyond the queue before an offer is its own too.
    fn queued(&mut self, demands: &[Demand], order: &[(DailyRate, OfferId)], parts: &mut [Amount]) {
        let least = self.terms.least();
        let mut used = Total::ZERO;
        for ((rate, id), part) in order.iter().zip(parts) {
            let Some(resting) = self.offers.iter_mut().find(|resting| resting.offer.id == *id) else { continue };
            let beyond = resting.queue.advance(demands, *rate, resting.offer.period);
            let mine = Total::from(beyond).minus_total(used).at_least_zero().min(resting.offer.amount);
            if mine == resting.offer.amount || mine >= least {
                *part = mine.max(*part);
            }
            used = used.plus(*part);
        }
    }

    fn lot(&self, id: OfferId, rate: DailyRate) -> Option<Lot> {
        let resting = self.offers.iter().find(|resting| resting.offer.id == id)?;
        Some(Lot { rate, period: resting.offer.period, amount: resting.offer.amount })
    }

    /// A new offer, or one that stands when a bid comes, meets the dearest real bid that it serves; then the next.
    pub(super) fn meet_bids(&mut self, at: Timestamp, id: OfferId) {
        while let Some(resting) = self.offers.iter().find(|resting| resting.offer.id == id) {
            let Some((key, left)) = self.best_bid(resting) else { return };
            let part = left.min(resting.offer.amount);
            match self.bitten.iter_mut().find(|(bitten, _)| *bitten == key) {
                Some((_, sum)) => *sum = sum.checked_add(part).unwrap_or(Amount::MAX),
                None => self.bitten.push((key, part)),
            }
            let need = self.borrower(true);
            self.fill(at, id, part, key.rate, Some(key), need);
        }
    }

    /// The dearest real bid at or over this offer's rate and of its period or shorter, with what is left of it.
    fn best_bid(&self, resting: &Resting) -> Option<(LevelKey, Amount)> {
        let offer = &resting.offer;
        if offer.kind != OfferKind::Limit {
            return None;
        }
        let serves = |bid: &&BookLevel| {
            bid.side == BookSide::Bids && bid.key.rate >= offer.rate && bid.key.period <= offer.period
        };
        let left = |bid: &BookLevel| {
            let taken = self.bitten.iter().find(|(key, _)| *key == bid.key).map_or(Amount::ZERO, |(_, sum)| *sum);
            bid.amount.less(taken)
        };
        let real = |bid: &&BookLevel| left(bid).is_positive() && !is_ghost(bid, &self.book);
        let best = self.book.iter().filter(serves).filter(real).max_by_key(|bid| bid.key)?;
        Some((best.key, left(best)))
    }

    fn fill(
        &mut self,
        at: Timestamp,
        id: OfferId,
        part: Amount,
        rate: DailyRate,
        bid: Option<LevelKey>,
        need: crate::exchange::sim::market::Need,
    ) {
        let Some(place) = self.offers.iter().position(|resting| resting.offer.id == id) else { return };
        let Some(resting) = self.offers.get_mut(place) else { return };
        resting.offer.amount = resting.offer.amount.less(part);
        resting.offer.updated = at;
        let done = !resting.offer.amount.is_positive();
        resting.offer.status = if done { OfferStatus::Executed } else { OfferStatus::PartiallyFilled };
        let offer = resting.offer.clone();
        if done {
            self.offers.remove(place);
        }
        let change = if done { Change::Closed } else { Change::Set };
        self.told.push(Told::Offer(change, offer.clone()));
        let period = bid.map_or(offer.period, |bid| bid.period);
        self.lend(at, &offer, part, (rate, period), need);
    }
}

/// A bid that an offer in the same book would serve, and which therefore does not match (strategy.md 1.6).
#[must_use]
pub fn is_ghost(bid: &BookLevel, levels: &[BookLevel]) -> bool {
    let serves = |level: &BookLevel| {
        level.side == BookSide::Offers && level.key.period >= bid.key.period && level.key.rate <= bid.key.rate
    };
    levels.iter().any(serves)
}
