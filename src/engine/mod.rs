//! The core: told the time and the news, it answers with wishes. Its only doors are `step`, `next_wakeup`, `digest`.
//!
//! It reads no clock, no file, no socket and no random source; the same inputs give the same effects in every run.
//! Decisions are made on ticks, never per message: news only brings the next tick forward.

mod account;
mod ask;
mod beside;
mod bounds;
mod decide;
mod decision;
mod earnings;
mod effect;
mod experience;
mod funding_wallet;
mod holdings;
mod idle;
mod input;
mod market;
mod mode;
mod note;
mod outcome;
mod paper;
mod pending;
mod policy;
mod reading;
mod refusals;
mod remembered;
mod show;
mod situation;
mod slice_memory;
mod view;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::domain::{AccountName, AccountNews, Currency, LinkState, MarketNews, Millis, SECOND, Stream, Timestamp};

pub use crate::planner::{CancelReason, Rule};
pub use crate::strategy::stats::{Hit, Prospect, Scores};
pub use bounds::{FEE, minimum_offer};
pub use effect::{Effect, Kept, Memory};
pub use input::{Body, Input, OwnRecord, Restored};
pub use note::{Note, Outcome};
pub use policy::{AccountPolicy, LendPolicy, Policy};
pub use view::{
    AccountStatus, Benchmark, BenchmarkStatus, Candidate, CurrencyStatus, LoanView, MarketStatus, OfferView,
    SliceDecision, StatusView, Verdict,
};

use account::{Account, not_adopted};
use market::Market;
use paper::Tape;

use crate::strategy::stats::Parameters;

/// News brings the next tick forward, but ticks keep this distance at least: bursts fold.
const TICKS_APART: Millis = Millis::new(100);

/// The engine.
#[derive(Debug)]
pub struct Engine {
    policy: Arc<Policy>,
    restored: Restored,
    accounts: BTreeMap<AccountName, Account>,
    markets: BTreeMap<Currency, Market>,
    market_link: LinkState,
    operative: bool,
    draining: Option<bool>,
    next_action: u64,
    seq: Option<u64>,
    at: Timestamp,
    ticked: Option<Timestamp>,
    /// Something happened that is worth a decision before the next tick is due.
    stirred: bool,
    beside: Beside,
    /// For what lies on paper.
    tape: Tape,
    /// Of the adaptive rule.
    parameters: Parameters,
    kept: Written,
}

/// What an engine does beside deciding.
#[derive(Debug, Clone, Copy)]
struct Beside {
    /// Shows what it decided, and lets rivals decide on the same.
    view: bool,
    /// Keeps up the markets' learned state.
    learning: bool,
}

/// When what is learned was last written down, and whether that was for the stop.
#[derive(Debug, Clone, Copy, Default)]
struct Written {
    at: Option<Timestamp>,
    for_stop: bool,
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine {
    /// An engine that knows nothing: it wants to be told its policy and what the store remembers.
    #[must_use]
    pub fn new() -> Self {
        Self::tuned(&Parameters::default())
    }

    /// One whose adaptive rule works with other parameters: for measuring what they are worth.
    #[must_use]
    pub fn tuned(parameters: &Parameters) -> Self {
        Self {
            policy: Arc::new(Policy { generation: 0, paper: true, tick: SECOND.times(10), accounts: BTreeMap::new() }),
            restored: Restored::default(),
            accounts: BTreeMap::new(),
            markets: BTreeMap::new(),
            market_link: LinkState::Down,
            operative: true,
            draining: None,
            next_action: 1,
            seq: None,
            at: Timestamp::default(),
            ticked: None,
            stirred: false,
            beside: Beside { view: true, learning: true },
            tape: Tape::default(),
            parameters: *parameters,
            kept: Written::default(),
        }
    }

    /// The same engine, but it shows no view after its decisions and writes nothing of what it learned down: for back-tests,
    /// where nobody looks at half a million of them.
    #[must_use]
    pub fn unseen(mut self) -> Self {
        self.beside.view = false;
        self
    }

    /// Does not learn what only the adaptive rule asks for: for profiles that never ask.
    #[must_use]
    pub fn unlearning(mut self) -> Self {
        self.beside.learning = false;
        self
    }

    /// Takes in one input, in the order of the queue, and answers with what is to be done, in this order.
    ///
    /// # Panics
    /// When inputs do not come in sequence or market time falls: then nothing that follows could be trusted.
    pub fn step(&mut self, input: &Input) -> Vec<Effect> {
        assert!(self.seq.is_none_or(|seq| input.seq == seq.wrapping_add(1)), "input {} out of sequence", input.seq);
        assert!(input.at >= self.at, "market time fell from {:?} to {:?}", self.at, input.at);
        self.seq = Some(input.seq);
        self.at = input.at;
        let mut out = Vec::new();
        let stirs = match &input.body {
            Body::Policy(policy) => self.take_policy(policy, &mut out),
            Body::Restored(restored) => self.restore(restored, &mut out),
            Body::Market(news) => self.market(news, &mut out),
            Body::Account(name, news) => self.account(name, news, &mut out),
            Body::Link(stream, state) => self.link(stream, *state, &mut out),
            Body::Outcome(name, action, result) => self.outcome(name, *action, result, &mut out),
            Body::Throttled(name, until) => {
                if let Some(account) = self.accounts.get_mut(name) {
                    account.throttled = Some(*until);
                }
                false
            }
            Body::Retired(name) => {
                let stays = self.policy.accounts.contains_key(name);
                if let Some(account) = self.accounts.get_mut(name) {
                    account.retire(stays);
                }
                true
            }
            Body::Adopt(name, ids) => {
                match self.accounts.get_mut(name) {
                    Some(account) => account.adopt(ids, &mut out),
                    None => out.extend(ids.iter().map(|id| not_adopted(name, *id))),
                }
                true
            }
            Body::Drain { cancel } => {
                self.draining = Some(*cancel);
                true
            }
            Body::Tick => {
                self.tick(&mut out);
                false
            }
        };
        self.stirred |= stirs;
        if self.policy.paper {
            // Paper ends with the process: it never touches what is remembered of real offers.
            out.retain(|effect| !matches!(effect, Effect::Remember(_)));
        }
        out
    }

    /// When silence becomes interesting: the market time of the next tick the engine wants.
    #[must_use]
    pub fn next_wakeup(&self) -> Timestamp {
        let Some(ticked) = self.ticked else { return self.at };
        let regular = ticked.plus(self.policy.tick);
        if self.stirred {
            return ticked.plus(TICKS_APART).min(regular);
        }
        let own = self.accounts.values().filter_map(Account::wakes_at).min();
        own.map_or(regular, |due| due.max(ticked.plus(TICKS_APART)).min(regular))
    }

    /// A number that is the same for engines that were told the same: for replays and for proving that a refused
    /// reload changed nothing.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        // The Debug form is complete and ordered (no hash maps anywhere); this is for tests and replays, not for pace.
        format!("{self:?}").hash(&mut hasher);
        hasher.finish()
    }

    fn take_policy(&mut self, policy: &Arc<Policy>, out: &mut Vec<Effect>) -> bool {
        let same_mode = self.policy.generation == 0 || self.policy.paper == policy.paper;
        assert!(same_mode, "the mode can only be changed by a restart");
        self.policy = Arc::clone(policy);
        let mut forgotten = Vec::new();
        for name in policy.accounts.keys() {
            if !self.accounts.contains_key(name) {
                let mut account = Account::new(name.clone(), policy.paper);
                account.restore(self.at, &self.restored);
                forgotten.append(&mut account.recall(&self.restored));
                self.accounts.insert(name.clone(), account);
            }
        }
        for currency in policy.currencies() {
            self.market_of(currency, out);
        }
        out.extend(forgotten.into_iter().map(|what| Effect::Note(Note::Forgotten { what })));
        out.push(Effect::Note(Note::Policy { generation: policy.generation }));
        true
    }

    fn restore(&mut self, restored: &Restored, out: &mut Vec<Effect>) -> bool {
        self.next_action = self.next_action.max(restored.next_action);
        self.restored = restored.clone();
        for account in self.accounts.values_mut() {
            account.restore(self.at, restored);
            let forgotten = account.recall(restored);
            out.extend(forgotten.into_iter().map(|what| Effect::Note(Note::Forgotten { what })));
        }
        true
    }

    fn market(&mut self, news: &MarketNews, out: &mut Vec<Effect>) -> bool {
        let at = self.at;
        let currency = match news {
            MarketNews::Operative(operative) => {
                if self.operative != *operative {
                    self.operative = *operative;
                    out.push(Effect::Note(Note::Operative(*operative)));
                }
                return true;
            }
            MarketNews::Ticker(currency, _)
            | MarketNews::Book(currency, _)
            | MarketNews::Level(currency, _)
            | MarketNews::Prints(currency, _)
            | MarketNews::Candles(currency, ..)
            | MarketNews::UsdPrice(currency, _) => *currency,
        };
        let stirs = self.market_of(currency, out).apply(at, news);
        if let MarketNews::Prints(_, prints) = news {
            return self.paper_prints(currency, prints, out) || stirs;
        }
        stirs
    }

    fn account(&mut self, name: &AccountName, news: &AccountNews, out: &mut Vec<Effect>) -> bool {
        let Some(account) = self.accounts.get_mut(name) else { return false };
        let stirs = account.apply(self.at, news, out);
        if matches!(news, AccountNews::Snapshot(_) | AccountNews::Available(..) | AccountNews::Wallet(_)) {
            self.check_sums(name, out);
        }
        // What nobody lends need not be known to the digit.
        let policy = self.policy.accounts.get(name);
        let lent = |currency: &Currency| policy.is_some_and(|policy| policy.lend.contains_key(currency));
        out.retain(|effect| !matches!(effect, Effect::ReadAvailable { currency, .. } if !lent(currency)));
        stirs
    }

    fn link(&mut self, stream: &Stream, state: LinkState, out: &mut Vec<Effect>) -> bool {
        match stream {
            Stream::Market => {
                self.market_link = state;
                if state != LinkState::Up {
                    self.markets.values_mut().for_each(Market::forget_stream);
                }
            }
            Stream::Account(name) => {
                if let Some(account) = self.accounts.get_mut(name) {
                    let same = account.link == state;
                    account.link(self.at, state);
                    if same && state == LinkState::Down {
                        return true;
                    }
                }
            }
        }
        out.push(Effect::Note(Note::Link { stream: stream.clone(), state }));
        true
    }

    fn tick(&mut self, out: &mut Vec<Effect>) {
        self.ticked = Some(self.at);
        self.stirred = false;
        self.watch();
        // Who has left is not shown any more.
        let stays =
            |(name, account): &(&AccountName, &Account)| !account.retired || self.policy.accounts.contains_key(*name);
        let names: Vec<AccountName> = self.accounts.iter().filter(stays).map(|(name, _)| name.clone()).collect();
        let mut accounts = BTreeMap::new();
        for name in names {
            self.ask_for_reading(&name, out);
            let status = self.decide(&name, out);
            accounts.insert(name, status);
        }
        self.markets.values_mut().for_each(Market::decided);
        self.keep(out);
        if self.beside.view {
            let view = self.show(accounts);
            out.push(Effect::View(Arc::new(view)));
        }
    }

    /// Reads an account when its schedule says so. Without a stream or a key there is nothing to read.
    fn ask_for_reading(&mut self, name: &AccountName, out: &mut Vec<Effect>) {
        let at = self.at;
        let Some(account) = self.accounts.get_mut(name) else { return };
        let readable = account.link == LinkState::Up && !matches!(account.gate, crate::domain::GateVerdict::Revoked);
        let due = account.reading_due(at);
        if readable && self.operative && account.reading.start(at, due) {
            let history = account.needs_history();
            out.push(Effect::ReadAccount { account: name.clone(), history });
        }
    }
}
