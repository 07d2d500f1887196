//! A profile, lent by the very engine of the daemon on a virtual clock: it is told the news of the tape and of the venue, ticks
//! when it wants to, and what it wishes arrives at the venue after a latency.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Lender;
use super::own_levels::OwnLevels;
use crate::backtest::fill::{Demand, FillModel, demand};
use crate::backtest::measure::Tally;
use crate::backtest::moment::{Book, Event, Moment, What};
use crate::backtest::venue::{LATENCY, Told, Venue};
use crate::domain::{
    AccountName, AccountNews, Action, ActionId, ActionResult, Amount, BookSide, Currency, Days, GateVerdict, LinkState,
    MarketNews, Millis, Print, SECOND, Stream, Submit, Timestamp,
};
use crate::engine::{AccountPolicy, Body, Effect, Engine, Input, LendPolicy, Restored};
use crate::strategy::stats::{History, Parameters};
use crate::strategy::{Measure, Profile, Quantity};

/// A reading of the account takes this long …
const READING: Millis = SECOND;
/// … but one that nothing calls for, every five minutes, need not come at once: the venue loses no news.
const NO_HURRY: Millis = Millis::new(55 * 60_000);

/// Something that was sent and has not arrived yet.
#[derive(Debug)]
enum Due {
    Submit(ActionId, Submit),
    Cancel(ActionId, crate::domain::OfferId),
    Reading(Timestamp),
}

/// The engine with its account.
#[derive(Debug)]
pub struct ByEngine {
    engine: Engine,
    venue: Venue,
    name: AccountName,
    currency: Currency,
    now: Timestamp,
    seq: u64,
    started: bool,
    policy: Arc<crate::engine::Policy>,
    agenda: BTreeMap<(Timestamp, u64), Due>,
    sent: u64,
    /// The next reading is waited for.
    in_doubt: bool,
    levels: OwnLevels,
}

impl ByEngine {
    /// A lender with this profile, deciding at least `every` so often.
    #[must_use]
    pub fn new(profile: Arc<Profile>, every: Millis, name: AccountName, venue: Venue) -> Self {
        let terms = *venue.terms();
        let keep = Measure::Amount(Quantity::Own(Amount::ZERO));
        let engine = Engine::new().unseen();
        let engine = if profile.adapts() { engine } else { engine.unlearning() };
        let lend = BTreeMap::from([(
            terms.currency,
            LendPolicy { profile, keep, max_lent: None, min_liquid: None, wind_down: None, shadow: None },
        )]);
        let account = AccountPolicy { enabled: true, fee: Some(terms.fee), active_until: None, lend };
        let accounts = BTreeMap::from([(name.clone(), account)]);
        let policy = Arc::new(crate::engine::Policy { generation: 1, paper: false, tick: every, accounts });
        Self {
            engine,
            venue,
            name,
            currency: terms.currency,
            now: Timestamp::default(),
            seq: 0,
            started: false,
            policy,
            agenda: BTreeMap::new(),
            sent: 0,
            in_doubt: true,
            levels: OwnLevels::default(),
        }
    }

    /// The same with other numbers behind the adaptive rule.
    #[must_use]
    pub fn tuned(mut self, parameters: &Parameters) -> Self {
        self.engine = Engine::tuned(parameters).unseen();
        self
    }

    /// Everything that the daemon learns when it comes up.
    fn start(&mut self, at: Timestamp) {
        self.started = true;
        self.now = at;
        self.step(Body::Restored(Box::new(Restored { next_action: 1, ..Restored::default() })));
        self.step(Body::Policy(Arc::clone(&self.policy)));
        // The tape has no past to be read: a rule that looks back goes by what it has lived through.
        for (series, _) in History::SERIES {
            self.step(Body::Market(MarketNews::Candles(self.currency, series, Vec::new())));
        }
        self.step(Body::Link(Stream::Market, LinkState::Up));
        self.account(AccountNews::Gate(GateVerdict::Good));
        self.step(Body::Link(Stream::Account(self.name.clone()), LinkState::Up));
    }

    /// Own affairs until `to`: what arrives, what comes back, ticks, in the order of time.
    fn pass(&mut self, to: Timestamp) {
        loop {
            let due = self.agenda.first_key_value().map(|((at, _), _)| *at);
            let back = self.venue.next_return();
            let tick = self.engine.next_wakeup().max(self.now);
            let at = due.into_iter().chain(back).fold(tick, Timestamp::min).max(self.now);
            if at > to {
                break;
            }
            self.now = at;
            if due.is_some_and(|due| due <= at) {
                self.arrive();
            } else if back.is_some_and(|back| back <= at) {
                self.venue.returns(at);
                self.tell();
            } else {
                self.step(Body::Tick);
            }
        }
        self.now = self.now.max(to);
    }

    fn arrive(&mut self) {
        let Some((_, due)) = self.agenda.pop_first() else { return };
        let at = self.now;
        let (action, result) = match due {
            Due::Reading(started) => {
                let reading = self.venue.reading(started, at);
                return self.account(AccountNews::Snapshot(Box::new(reading)));
            }
            Due::Submit(action, submit) => {
                let answer = self.venue.submit(at, &submit).map(|offer| Some(Box::new(offer)));
                (action, answer)
            }
            Due::Cancel(action, offer) => (action, self.venue.cancel(at, offer).map(|()| None)),
        };
        let result = match result {
            Ok(offer) => ActionResult::Accepted(offer),
            Err(refusal) => {
                self.read_now();
                ActionResult::Refused(refusal, String::new())
            }
        };
        self.step(Body::Outcome(self.name.clone(), action, result));
        self.tell();
    }

    /// The engine will want to look before anything else: what is on its way comes at once, and so does the next.
    fn read_now(&mut self) {
        self.in_doubt = true;
        let waiting = self.agenda.iter().find(|(_, due)| matches!(due, Due::Reading(_))).map(|(key, _)| *key);
        if let Some(due) = waiting.and_then(|key| self.agenda.remove(&key)) {
            self.send(READING, due);
        }
    }

    /// Tells what happened to the account.
    fn tell(&mut self) {
        for told in self.venue.told() {
            self.account(match told {
                Told::Offer(change, offer) => AccountNews::Offer(change, offer),
                Told::Lent(change, lent) => AccountNews::Lent(change, lent),
                Told::Trade(trade) => AccountNews::Trade(trade),
            });
        }
        self.account(AccountNews::Wallet(self.venue.wallet()));
        let news = self.levels.changes(self.venue.offers());
        for level in news {
            self.step(Body::Market(MarketNews::Level(self.currency, level)));
        }
    }

    fn account(&mut self, news: AccountNews) {
        self.step(Body::Account(self.name.clone(), news));
    }

    fn step(&mut self, body: Body) {
        self.seq = self.seq.saturating_add(1);
        let effects = self.engine.step(&Input { seq: self.seq, at: self.now, body });
        for effect in effects {
            match effect {
                Effect::Act(intent) => {
                    let intent = intent.get();
                    let due = match &intent.action {
                        Action::Submit(submit) => Due::Submit(intent.id, submit.clone()),
                        Action::Cancel(cancel) => Due::Cancel(intent.id, cancel.offer),
                    };
                    self.send(LATENCY, due);
                }
                Effect::ReadAccount { .. } => {
                    let after = if std::mem::take(&mut self.in_doubt) { READING } else { NO_HURRY };
                    self.send(after, Due::Reading(self.now));
                }
                // The wallet row always tells AVAILABLE.
                Effect::ReadAvailable { .. }
                | Effect::Remember(_)
                | Effect::Keep(_)
                | Effect::Note(_)
                | Effect::View(_) => {}
            }
        }
    }

    /// The trades that a book tells of where there is nothing but books: what stood under its best offer since the one
    /// before was borrowed, in any size that matters to us.
    fn made_of(&self, at: Timestamp, book: &Book) -> Vec<Print> {
        let offers = book.levels.iter().filter(|level| level.side == BookSide::Offers);
        let best = book.since.and(offers.map(|level| level.key.rate).min());
        let amount = self.venue.terms().amount;
        let print = |(rate, twin)| {
            let id = at.millis().saturating_mul(2).saturating_add(twin);
            Print { id, at, amount, taken: true, rate, period: Days::MIN }
        };
        best.into_iter().flat_map(|best| [(best, 0), (best, 1)]).map(print).collect()
    }

    fn send(&mut self, after: Millis, due: Due) {
        self.sent = self.sent.saturating_add(1);
        self.agenda.insert((self.now.plus(after), self.sent), due);
    }
}

impl Lender for ByEngine {
    fn deposit(&mut self, at: Timestamp) {
        if self.started {
            self.pass(at);
        }
        self.venue.returns(at);
        self.venue.deposit(at);
        if self.started {
            self.account(AccountNews::Wallet(self.venue.wallet()));
        }
    }

    fn moment(&mut self, moment: &Moment) {
        if !self.started {
            self.start(moment.at);
        }
        self.pass(moment.at);
        let before = self.venue.counts();
        let news = match &moment.what {
            What::Event(event) => {
                self.venue.event(moment.at, event);
                MarketNews::Prints(self.currency, lived_through(self.venue.terms().fills, event))
            }
            What::Book(book) => {
                self.venue.book(moment.at, book);
                let prints = self.made_of(moment.at, book);
                if !prints.is_empty() {
                    self.step(Body::Market(MarketNews::Prints(self.currency, prints)));
                }
                MarketNews::Book(self.currency, self.levels.book(&book.levels, self.venue.offers()))
            }
            What::Ticker(ticker) => {
                self.venue.ticker(moment.at, ticker);
                if self.currency != Currency::USD {
                    let price = self.venue.terms().usd_price;
                    self.step(Body::Market(MarketNews::UsdPrice(self.currency, price)));
                }
                MarketNews::Ticker(self.currency, *ticker)
            }
            What::Price(price) => {
                self.venue.price(*price);
                MarketNews::UsdPrice(self.currency, *price)
            }
        };
        if self.venue.counts() != before {
            self.tell();
        }
        self.step(Body::Market(news));
    }

    fn end(mut self: Box<Self>, at: Timestamp) -> Tally {
        if self.started {
            self.pass(at);
        }
        self.venue.returns(at);
        let scores = self.engine.scores(&self.name, self.currency);
        self.venue.end(at).scored(scores)
    }
}

/// The trades of an event. Where only its candle is known, the batch that the fill model takes for real stands among them: a
/// rule learns from the market in which it is filled.
pub(super) fn lived_through(fills: FillModel, event: &Event) -> Vec<Print> {
    let mut prints = event.prints.clone();
    let Some(last) = prints.pop() else { return prints };
    if event.candle.is_some() {
        prints.extend(demand(fills, event).into_iter().map(|Demand { rate, period, amount }| {
            let id = last.id.saturating_neg();
            Print { id, at: last.at.minus(SECOND), amount, taken: true, rate, period }
        }));
    }
    prints.push(last);
    prints
}
