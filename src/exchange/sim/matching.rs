//! Matching: the cheapest offer first, then the earliest; an offer of period P serves requests of P or shorter.

use super::agenda::Due;
use super::audit::Audit;
use super::core::{Core, Event};
use super::ledger::{HISTORY, Lending, SimOffer, SimTrade};
use super::orders::fixed;
use super::rows::{self, Channel};
use super::tape::Print;
use crate::domain::{Amount, Currency, DailyRate, Days, LentKind, Millis, OfferKind, Timestamp, Total};

/// Where an eligible amount stands.
#[derive(Debug, Clone, Copy)]
enum Source {
    /// An account's offer.
    Own { account: usize, id: i64 },
    /// A part of a background level: position of the level, place of the part.
    Level { entry: usize, place: u64 },
}

/// An eligible amount in the queue.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    rate: DailyRate,
    place: u64,
    amount: Amount,
    period: Days,
    source: Source,
}

/// A fill of an account's offer.
#[derive(Debug, Clone, Copy)]
struct Fill {
    account: usize,
    offer: i64,
    amount: Amount,
    /// Rate at which the public and the trade see it.
    rate: DailyRate,
    /// Rate of the loan: as good or better.
    lent_at: DailyRate,
    period: Days,
}

impl Core {
    /// A borrower takes up to `amount` at `limit` or less for `period`. Answers with how much he got.
    pub(super) fn borrow(&mut self, currency: Currency, amount: Amount, limit: DailyRate, period: Days) -> Amount {
        let mut left = amount;
        let queue = self.queue(currency, amount, limit, period);
        for candidate in queue {
            if !left.is_positive() {
                break;
            }
            let taken = candidate.amount.min(left);
            left = left.less(taken);
            match candidate.source {
                Source::Level { entry, place } => {
                    if let Some(market) = self.markets.get_mut(&currency) {
                        if let Some(level) = market.offers.get_mut(entry) {
                            level.eat(place, taken);
                        }
                        market.dirty = true;
                    }
                    self.print(currency, taken, candidate.rate, candidate.period, true);
                }
                Source::Own { account, id } => {
                    // Now and then a borrower pays more than was asked.
                    let better = if self.random.one_in(6) {
                        let extra = candidate.rate.units() / self.random.between(90, 400);
                        DailyRate::from_units(candidate.rate.units().saturating_add(extra)).min(limit)
                    } else {
                        candidate.rate
                    };
                    let (rate, period) = (candidate.rate, candidate.period);
                    self.fill(currency, Fill { account, offer: id, amount: taken, rate, lent_at: better, period });
                }
            }
        }
        if let Some(market) = self.markets.get_mut(&currency) {
            market.offers.retain(|entry| !entry.chunks.is_empty());
        }
        amount.less(left)
    }

    /// Eligible amounts in the order in which they are served; at least `amount` of them if there is as much.
    fn queue(&self, currency: Currency, amount: Amount, limit: DailyRate, period: Days) -> Vec<Candidate> {
        let Some(market) = self.market(currency) else { return Vec::new() };
        let frr = market.frr_rate();
        let mut queue = Vec::new();
        let (mut sum, mut reached) = (Total::ZERO, None);
        for (index, entry) in market.offers.iter().enumerate() {
            let rate = entry.key.rate;
            if rate > limit || reached.is_some_and(|enough| rate > enough) {
                break;
            }
            if entry.key.period < period {
                continue;
            }
            for chunk in &entry.chunks {
                let source = Source::Level { entry: index, place: chunk.place };
                let (place, amount, period) = (chunk.place, chunk.amount, entry.key.period);
                queue.push(Candidate { rate, place, amount, period, source });
                sum = sum.plus(chunk.amount);
            }
            if sum >= Total::from(amount) {
                reached = Some(rate);
            }
        }
        for (account, known) in self.books.accounts.iter().enumerate() {
            for offer in known.offers.values().filter(|o| o.currency == currency && o.period >= period) {
                let rate = offer.effective(frr);
                if rate <= limit && rate.is_positive() {
                    let source = Source::Own { account, id: offer.id };
                    let (place, amount, period) = (offer.place, offer.amount, offer.period);
                    queue.push(Candidate { rate, place, amount, period, source });
                }
            }
        }
        queue.sort_by_key(|candidate| (candidate.rate, candidate.place));
        queue
    }

    /// A new offer meets the bids that stand: the dearest first, at the bid's own rate and period. Fixed-rate offers
    /// alone: those that follow the FRR do not meet fixed bids (bitfinex-api.md 7.1).
    pub(super) fn take_bids(&mut self, account: usize, id: i64) {
        loop {
            let Some(offer) = self.account(account).and_then(|known| known.offers.get(&id)) else { return };
            if offer.kind != OfferKind::Limit {
                return;
            }
            let (currency, wanted, rate, period) = (offer.currency, offer.amount, offer.rate, offer.period);
            let Some(market) = self.markets.get_mut(&currency) else { return };
            let Some(index) = market.best_bid(rate, period) else { return };
            let Some(bid) = market.bids.get_mut(index) else { return };
            let key = bid.key;
            let taken = wanted.min(bid.total);
            let places: Vec<(u64, Amount)> = bid.chunks.iter().map(|chunk| (chunk.place, chunk.amount)).collect();
            let mut left = taken;
            for (place, amount) in places {
                let part = amount.min(left);
                left = left.less(part);
                bid.eat(place, part);
            }
            market.bids.retain(|entry| !entry.chunks.is_empty());
            market.dirty = true;
            if !taken.is_positive() {
                return;
            }
            let (rate, period) = (key.rate, key.period);
            self.fill(currency, Fill { account, offer: id, amount: taken, rate, lent_at: rate, period });
        }
    }

    /// Prints a public trade and plans its confirmation.
    fn print(&mut self, currency: Currency, amount: Amount, rate: DailyRate, period: Days, taken: bool) {
        self.ids.print = self.ids.print.saturating_add(1);
        let print = Print { id: self.ids.print, at: self.now, amount, taken, rate, period };
        let row = print.row();
        if let Some(market) = self.markets.get_mut(&currency) {
            market.tape.add(print);
        }
        self.events.push(Event::Trade { currency, kind: "fte", row: row.clone() });
        let at = self.now.plus(Millis::new(self.random.between(1_000, 2_000)));
        self.agenda.put(at, Due::ConfirmPrint { currency, row });
    }

    fn fill(&mut self, currency: Currency, fill: Fill) {
        let Some(offer) = self.account_mut(fill.account).and_then(|known| known.offers.get_mut(&fill.offer)) else {
            return;
        };
        offer.amount = offer.amount.less(fill.amount);
        let bid_hit = fill.rate != offer.rate && offer.kind == OfferKind::Limit;
        let mut offer = offer.clone();
        offer.updated = self.now;
        let done = !offer.amount.is_positive();
        let shown_rate = if bid_hit { fill.rate } else { fill.lent_at };
        offer.status = filled_status(&offer, shown_rate, fill.amount, done);
        self.print(currency, fill.amount, fill.rate, fill.period, !bid_hit);
        let lending = self.lend(currency, &fill, &offer);
        let trade = self.trade(currency, &fill);
        let twice = self.random.one_in(2);
        let kind = if lending.id.kind == LentKind::Loan { "fln" } else { "fcn" };
        let offer_first = self.random.one_in(2);
        let trade_first = self.random.one_in(3);
        if trade_first {
            self.tell(fill.account, "fte", rows::trade(&trade, Channel::Socket), false);
        }
        if offer_first {
            self.settle_offer(fill.account, &offer, done, twice);
        }
        self.tell(fill.account, kind, rows::lent(&lending, Channel::Socket), false);
        if !trade_first {
            self.tell(fill.account, "fte", rows::trade(&trade, Channel::Socket), false);
        }
        if !offer_first {
            self.settle_offer(fill.account, &offer, done, twice);
        }
        self.tell_wallet(fill.account, currency, false, twice);
        let at = self.now.plus(Millis::new(self.random.between(1_000, 2_000)));
        let row = rows::trade(&trade, Channel::Socket);
        self.agenda.put(at, Due::ConfirmTrade { account: fill.account, currency, row });
        let (account, name) = (fill.account, self.name(fill.account));
        debug_assert!(self.account(account).is_none_or(|known| known.available(currency) >= Amount::ZERO));
        self.note(Audit::Fill {
            at: self.now,
            account: name,
            currency,
            offer: fill.offer,
            lent: lending.id,
            amount: fill.amount,
            rate: lending.rate,
            period: lending.period,
        });
    }

    fn settle_offer(&mut self, account: usize, offer: &SimOffer, done: bool, twice: bool) {
        if done {
            if let Some(known) = self.account_mut(account) {
                known.offers.remove(&offer.id);
            }
            self.close_offer(account, offer.clone(), twice);
        } else {
            let row = rows::offer(offer, self.frr(offer.currency), Channel::Socket);
            self.tell(account, "fou", row, false);
            if let Some(known) = self.account_mut(account) {
                known.offers.insert(offer.id, offer.clone());
            }
        }
        self.mark_dirty(offer.currency);
    }

    /// The loan, or straight away the credit, that a fill makes; with its end planned.
    fn lend(&mut self, currency: Currency, fill: &Fill, offer: &SimOffer) -> Lending {
        let now = self.now;
        let drawn = self.markets.get_mut(&currency).map(|market| market.model.hold(fill.period, fill.lent_at));
        let longest = fill.period.span();
        let kept = drawn.map_or(longest, |hold| hold.returned_after.clamp(Millis::new(0), longest));
        let used = drawn.and_then(|hold| hold.used_after).filter(|used| *used < kept);
        let at_once = used.is_some() && self.random.one_in(6);
        let id = self.lent_id(if at_once { LentKind::Credit } else { LentKind::Loan });
        let lending = Lending {
            id,
            currency,
            created: now,
            updated: now,
            amount: fill.amount,
            status: "ACTIVE".to_owned(),
            rate: fill.lent_at,
            variable: offer.kind == OfferKind::FrrDeltaVariable,
            period: fill.period,
            opened: now,
            last_payout: None,
            hidden: offer.hidden,
            pair: at_once.then(|| pair(currency)),
            accrued: now,
            returns: now.plus(kept),
            offer: offer.id,
        };
        let account = fill.account;
        if let Some(used) = used.filter(|_| !at_once) {
            self.agenda.put(now.plus(used), Due::Use { account, id });
        }
        self.agenda.put(lending.returns, Due::Return { account, id });
        if let Some(known) = self.account_mut(account) {
            known.lent.insert(id, lending.clone());
        }
        lending
    }

    fn trade(&mut self, currency: Currency, fill: &Fill) -> SimTrade {
        self.ids.trade = self.ids.trade.saturating_add(self.random.between(1, 5));
        let trade = SimTrade {
            id: self.ids.trade,
            currency,
            at: self.now,
            offer: fill.offer,
            amount: fill.amount,
            rate: fill.rate,
            period: fill.period,
        };
        if let Some(known) = self.account_mut(fill.account) {
            known.trades.push_back(trade.clone());
            if known.trades.len() > HISTORY {
                known.trades.pop_front();
            }
        }
        trade
    }
}

/// The position that a credit of `currency` backs.
pub(super) fn pair(currency: Currency) -> String {
    match currency.code() {
        "BTC" | "ETH" => format!("t{currency}USD"),
        _ => format!("tBTC{currency}"),
    }
}

/// `PARTIALLY FILLED at 0.0384% (393.83)`, `EXECUTED at 0.038% (492.95) was: PARTIALLY FILLED at 0.0384% (393.83)`.
fn filled_status(offer: &SimOffer, rate: DailyRate, amount: Amount, done: bool) -> String {
    let at = match offer.kind {
        OfferKind::FrrDeltaVariable | OfferKind::FrrDeltaFixed if offer.rate == DailyRate::ZERO => "FRR".to_owned(),
        OfferKind::Limit | OfferKind::FrrDeltaVariable | OfferKind::FrrDeltaFixed => {
            let percent = fixed(rate.units(), 10, 4);
            format!("{}% ({})", percent.trim_end_matches('0').trim_end_matches('.'), fixed(amount.units(), 8, 2))
        }
    };
    let sign = if offer.id % 5 == 0 { '@' } else { 'a' };
    let word = if done { "EXECUTED" } else { "PARTIALLY FILLED" };
    let now = if sign == '@' { format!("{word} @ {at}") } else { format!("{word} at {at}") };
    // Many fills are not all listed.
    match (offer.status.get(..300).unwrap_or(&offer.status), done) {
        ("ACTIVE", _) => now,
        (earlier, true) => format!("{now} was: {earlier}"),
        (earlier, false) => format!("{now}, {earlier}"),
    }
}

/// True when `at` is the end of the period of what opened at `opened`.
pub(super) fn is_expiry(opened: Timestamp, period: Days, at: Timestamp) -> bool {
    at >= opened.plus(period.span())
}
