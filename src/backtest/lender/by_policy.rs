//! A small policy that lends by itself: equal lots, each priced by the policy at every moment, replaced when its price has moved.
//! For comparison only; it goes through the same venue, with the same latency, minimum and borrowers as a profile.

use std::collections::BTreeMap;

use super::Lender;
use crate::backtest::benchmarks::Memory;
use crate::backtest::measure::Tally;
use crate::backtest::moment::{Moment, What};
use crate::backtest::numbers::{float, per_day};
use crate::backtest::venue::{LATENCY, Told, Venue};
use crate::domain::{Amount, Change, DailyRate, Days, Millis, OfferId, OfferKind, Ratio, Rounding, Submit, Timestamp};

/// Lots that the money is cut into, where the smallest offer allows it.
const LOTS: i64 = 20;
/// A price that has moved by more than this moves the offer.
const MOVED: f64 = 0.01;

/// A price for a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// Rate per day; for an offer at the FRR the distance from it.
    pub rate: DailyRate,
    /// Period.
    pub period: Days,
    /// How the rate is meant.
    pub kind: OfferKind,
}

impl Quote {
    /// A fixed rate.
    #[must_use]
    pub fn limit(rate: DailyRate, period: Days) -> Self {
        Self { rate: rate.outbound(Rounding::Down).max(DailyRate::TICK), period, kind: OfferKind::Limit }
    }
}

/// What a lot should ask for.
pub trait Policy: std::fmt::Debug + Send {
    /// How many lots are priced apart from each other, in turn.
    fn rungs(&self) -> usize {
        1
    }
    /// The price of a lot on this rung, whose money has been free for so long; nothing: it waits.
    fn quote(&self, memory: &Memory, rung: usize, free_for: Millis) -> Option<Quote>;
}

/// An open lot.
#[derive(Debug, Clone, Copy)]
struct Lot {
    rung: usize,
    since: Timestamp,
    quote: Quote,
}

/// The lender.
#[derive(Debug)]
pub struct ByPolicy {
    policy: Box<dyn Policy>,
    venue: Venue,
    memory: Memory,
    lots: BTreeMap<OfferId, Lot>,
    next: usize,
    /// Since when the free money has been free.
    free_since: Option<Timestamp>,
}

impl ByPolicy {
    /// A lender with this policy.
    #[must_use]
    pub fn new(policy: Box<dyn Policy>, venue: Venue) -> Self {
        Self { policy, venue, memory: Memory::default(), lots: BTreeMap::new(), next: 0, free_since: None }
    }

    fn read(&mut self, at: Timestamp) {
        for told in self.venue.told() {
            match told {
                Told::Offer(Change::Closed, offer) => drop(self.lots.remove(&offer.id)),
                Told::Lent(Change::Closed, _) => self.free_since = Some(at),
                Told::Offer(Change::Set, _) | Told::Lent(Change::Set, _) | Told::Trade(_) => {}
            }
        }
    }

    /// Moves what has moved, offers what is free.
    fn decide(&mut self, at: Timestamp) {
        let arrives = at.plus(LATENCY);
        for (id, lot) in self.lots.clone() {
            let wanted = self.policy.quote(&self.memory, lot.rung, at.since(lot.since));
            if wanted.is_some_and(|wanted| !moved(&lot.quote, &wanted)) {
                continue;
            }
            let left = self.venue.offers().find(|offer| offer.id == id).map_or(Amount::ZERO, |offer| offer.amount);
            if wanted.is_some() && left < self.venue.terms().least() {
                continue;
            }
            if self.venue.cancel(arrives, id).is_ok() {
                self.lots.remove(&id);
                if let Some(quote) = wanted {
                    self.offer(arrives, left, Lot { quote, ..lot });
                }
            }
        }
        let terms = *self.venue.terms();
        let least = terms.least();
        let lot =
            terms.amount.scale_by(1, LOTS, Rounding::Down).max(least.share(Ratio::from_ppm(1_020_000), Rounding::Up));
        let since = self.free_since.unwrap_or(at);
        while self.venue.available() >= least {
            let rung = self.next.checked_rem(self.policy.rungs()).unwrap_or(0);
            let Some(quote) = self.policy.quote(&self.memory, rung, at.since(since)) else { return };
            // The last lot takes what would be too little by itself.
            let free = self.venue.available();
            let amount = if free.less(lot) < least { free } else { lot };
            self.next = self.next.saturating_add(1);
            if !self.offer(arrives, amount, Lot { rung, since, quote }) {
                return;
            }
        }
    }

    fn offer(&mut self, at: Timestamp, amount: Amount, lot: Lot) -> bool {
        let Quote { rate, period, kind } = lot.quote;
        let currency = self.venue.terms().currency;
        let submit = Submit { currency, amount, rate, kind, period, hidden: false };
        let Ok(offer) = self.venue.submit(at, &submit) else { return false };
        self.lots.insert(offer.id, lot);
        self.read(at);
        true
    }
}

fn moved(is: &Quote, wanted: &Quote) -> bool {
    let span = (per_day(wanted.rate).max(1e-12) / per_day(is.rate).max(1e-12)).ln().abs();
    is.kind != wanted.kind || is.period != wanted.period || span > MOVED
}

impl Lender for ByPolicy {
    fn deposit(&mut self, at: Timestamp) {
        self.venue.returns(at);
        self.venue.deposit(at);
        self.free_since = Some(at);
        self.decide(at);
    }

    fn moment(&mut self, moment: &Moment) {
        let at = moment.at;
        match &moment.what {
            What::Event(event) => self.venue.event(at, event),
            What::Book(book) => self.venue.book(at, book),
            What::Ticker(ticker) => self.venue.ticker(at, ticker),
            What::Price(price) => self.venue.price(*price),
        }
        self.read(at);
        self.memory.seen(moment);
        if float(self.venue.balance().units()) > 0.0 && !matches!(moment.what, What::Price(_)) {
            self.decide(at);
        }
    }

    fn end(mut self: Box<Self>, at: Timestamp) -> Tally {
        self.venue.returns(at);
        self.venue.end(at)
    }
}
