//! The heart: accounts, markets and the agenda. Market time only; it knows neither sockets nor faults on the way.

use std::collections::{BTreeMap, VecDeque};

use super::agenda::{Agenda, Due};
use super::api::{AccountSetup, HandOffer};
use super::audit::{Actor, Audit};
use super::board::Market;
use super::ledger::{Account, AutoRenew, Books, Shown, WalletName};
use super::market::{Background, Move};
use super::orders::NewOffer;
use super::random::Random;
use super::rows;
use crate::domain::{Amount, Currency, DailyRate, Days, HOUR, LentKind, Millis, OfferKind, SECOND, Timestamp, Total};

/// Audit entries kept when nobody takes them.
const AUDITS: usize = 100_000;

/// Something that sockets tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// To every connection of an account.
    Private {
        account: usize,
        kind: &'static str,
        body: String,
        /// Delivered twice, as the real exchange often does.
        twice: bool,
        /// The funding wallet's currency, where the event is of one.
        wallet: Option<Currency>,
    },
    /// To every subscriber of a currency's trades.
    Trade { currency: Currency, kind: &'static str, row: String },
}

/// Id spaces: offers, loans, credits, trades, prints and ledger rows each have their own.
#[derive(Debug)]
pub(super) struct Ids {
    pub(super) offer: i64,
    pub(super) loan: i64,
    pub(super) credit: i64,
    pub(super) trade: i64,
    pub(super) print: i64,
    pub(super) ledger: i64,
}

/// The heart.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) now: Timestamp,
    pub(super) random: Random,
    pub(super) books: Books,
    pub(super) markets: BTreeMap<Currency, Market>,
    pub(super) agenda: Agenda,
    pub(super) ids: Ids,
    pub(super) events: Vec<Event>,
    pub(super) audit: VecDeque<Audit>,
    pub(super) maintenance: bool,
    place: u64,
}

impl Core {
    pub(super) fn new(
        seed: u64,
        start: Timestamp,
        accounts: Vec<AccountSetup>,
        models: Vec<Box<dyn Background>>,
    ) -> Self {
        let ids = Ids {
            offer: 4_960_000_000,
            loan: 15_042_000,
            credit: 402_617_000,
            trade: 356_904_000,
            print: 427_038_000,
            ledger: 9_784_673_000,
        };
        // A background that has begun earlier leaves its tape: candles and prints of a time without accounts.
        let begun = models.iter().map(|model| model.next()).min().map_or(start, |first| first.min(start));
        let markets = models.into_iter().map(|model| (model.currency(), Market::new(model))).collect();
        let mut core = Self {
            now: begun,
            random: Random::new(seed, 1),
            books: Books::default(),
            markets,
            agenda: Agenda::default(),
            ids,
            events: Vec::new(),
            audit: VecDeque::new(),
            maintenance: false,
            place: 0,
        };
        while let Some(due) = core.next_due(start) {
            core.step(due);
            if due < start {
                // Nobody was there to be told.
                core.events.clear();
            }
        }
        core.now = start;
        for setup in accounts {
            core.add_account(setup);
        }
        core.plan_payout();
        core.agenda.put(start.plus(HOUR.times(6)), Due::Touch);
        core
    }

    fn add_account(&mut self, setup: AccountSetup) {
        let index = self.books.accounts.len();
        let mut wallets = BTreeMap::new();
        for (word, currency, amount) in setup.wallets {
            let name = WalletName::from_word(&word).unwrap_or(WalletName::Funding);
            let balance: &mut Amount = wallets.entry((name, currency)).or_default();
            *balance = balance.checked_add(amount).unwrap_or(*balance);
        }
        let renew = |currency| (currency, AutoRenew { period: Days::MIN, rate: None, amount: Amount::ZERO });
        self.books.accounts.push(Account {
            name: setup.name,
            user: u64::try_from(index).unwrap_or(0).saturating_add(269_312),
            key: setup.key,
            secret: setup.secret,
            permissions: setup.permissions,
            revoked: false,
            nonce: 0,
            wallets,
            offers: BTreeMap::new(),
            lent: BTreeMap::new(),
            closed_offers: VecDeque::new(),
            closed_lent: VecDeque::new(),
            trades: VecDeque::new(),
            ledger: Vec::new(),
            pots: BTreeMap::new(),
            renew: setup.auto_renew.iter().copied().map(renew).collect(),
            shown: BTreeMap::new(),
            writes: VecDeque::new(),
        });
        for HandOffer { currency, amount, rate, period } in setup.offers {
            let offer = NewOffer {
                currency,
                amount,
                rate,
                kind: OfferKind::Limit,
                period: Days::new(period),
                hidden: false,
                renew: false,
            };
            // A hand offer that the exchange refuses is in the audit.
            let _ = self.submit(index, Actor::Hand, &offer);
        }
        for currency in setup.auto_renew {
            self.plan_renew(index, currency);
        }
    }

    /// When something happens by itself, if not after `until`.
    pub(super) fn next_due(&self, until: Timestamp) -> Option<Timestamp> {
        self.next().filter(|next| *next <= until)
    }

    /// When something next happens by itself.
    pub(super) fn next(&self) -> Option<Timestamp> {
        let markets = self.markets.values().map(|market| market.next).min();
        markets.into_iter().chain(self.agenda.next()).min()
    }

    /// Runs everything that is due at `at`, the markets first.
    pub(super) fn step(&mut self, at: Timestamp) {
        self.now = self.now.max(at);
        let due: Vec<Currency> = self.markets.values().filter(|m| m.next <= at).map(|m| m.currency).collect();
        for currency in due {
            self.move_market(currency);
        }
        while let Some(due) = self.agenda.take(at) {
            self.run(due);
        }
    }

    fn move_market(&mut self, currency: Currency) {
        let now = self.now;
        let moves = self.markets.get_mut(&currency).map(|market| market.step(now)).unwrap_or_default();
        for one in moves {
            let place = self.place();
            match one {
                Move::Borrow { amount, limit, period } => {
                    self.borrow(currency, amount, limit, period);
                }
                Move::Frr(frr) => self.set_frr(currency, frr),
                Move::Levels(levels) => {
                    self.market_mut(currency, |market| market.set_levels(levels, place));
                }
                Move::FrrWaiting(amount) => self.market_mut(currency, |market| market.frr_waiting = amount),
                Move::UsdPrice(price) => {
                    let price = Some(price).filter(|price| price.is_positive());
                    self.market_mut(currency, |market| market.usd_price = price);
                }
            }
        }
        if let Some(market) = self.markets.get_mut(&currency) {
            let waiting = market.offers.iter().map(|entry| entry.total).sum::<Total>();
            market.tape.note(now, market.frr, waiting);
        }
    }

    fn run(&mut self, due: Due) {
        match due {
            Due::Use { account, id } => self.use_loan(account, id),
            Due::Return { account, id } => {
                self.give_back(account, id, None);
            }
            Due::Payout => self.pay_out(),
            Due::ShowWallet { account, currency } => self.tell_wallet(account, currency, false, false),
            Due::ConfirmPrint { currency, row } => self.events.push(Event::Trade { currency, kind: "ftu", row }),
            Due::ConfirmTrade { account, row, .. } => self.tell(account, "ftu", row, false),
            Due::Renew { account, currency } => self.renew(account, currency),
            Due::Touch => self.touch(),
            Due::EndMaintenance => self.maintenance = false,
        }
    }

    /// The next place in the queue.
    pub(super) const fn place(&mut self) -> u64 {
        self.place = self.place.saturating_add(1);
        self.place
    }

    pub(super) fn account(&self, index: usize) -> Option<&Account> {
        self.books.accounts.get(index)
    }

    pub(super) fn account_mut(&mut self, index: usize) -> Option<&mut Account> {
        self.books.accounts.get_mut(index)
    }

    pub(super) fn market(&self, currency: Currency) -> Option<&Market> {
        self.markets.get(&currency)
    }

    fn market_mut(&mut self, currency: Currency, change: impl FnOnce(&mut Market)) {
        if let Some(market) = self.markets.get_mut(&currency) {
            change(market);
        }
    }

    pub(super) fn frr(&self, currency: Currency) -> DailyRate {
        self.market(currency).map(Market::frr_rate).unwrap_or_default()
    }

    /// The name of an account, for audits.
    pub(super) fn name(&self, index: usize) -> String {
        self.account(index).map(|account| account.name.clone()).unwrap_or_default()
    }

    pub(super) fn note(&mut self, audit: Audit) {
        while self.audit.len() >= AUDITS {
            self.audit.pop_front();
        }
        self.audit.push_back(audit);
    }

    pub(super) fn tell(&mut self, account: usize, kind: &'static str, body: String, twice: bool) {
        self.events.push(Event::Private { account, kind, body, twice, wallet: None });
    }

    /// Tells the funding wallet of a currency: `wu`, with null when it is not calculated yet.
    pub(super) fn tell_wallet(&mut self, account: usize, currency: Currency, null: bool, twice: bool) {
        let body = self.wallet_row(account, currency, null);
        self.events.push(Event::Private { account, kind: "wu", body, twice, wallet: Some(currency) });
    }

    /// The row of the funding wallet as a websocket tells it now.
    pub(super) fn wallet_row(&self, account: usize, currency: Currency, null: bool) -> String {
        let available = if null { None } else { self.shown(account, currency).map(super::number::amount) };
        let row = |known| rows::wallet(known, WalletName::Funding, currency, available, false);
        self.account(account).map(row).unwrap_or_default()
    }

    /// AVAILABLE as the wire shows it: late, frozen or null; never more than the truth but when frozen.
    pub(super) fn shown(&self, account: usize, currency: Currency) -> Option<Amount> {
        let known = self.account(account)?;
        let truth = known.available(currency);
        let Some(shown) = known.shown.get(&currency) else { return Some(truth) };
        if shown.null_until.is_some_and(|until| self.now < until) {
            return None;
        }
        if let Some((_, amount)) = shown.frozen.filter(|(until, _)| self.now < *until) {
            return Some(amount);
        }
        let late = shown.pending.iter().filter(|(until, _)| self.now < *until).map(|(_, amount)| *amount);
        Some(truth.less(late.sum::<Total>().clamp_amount()))
    }

    pub(super) fn shown_mut(&mut self, account: usize, currency: Currency) -> Option<&mut Shown> {
        let now = self.now;
        let shown = self.account_mut(account)?.shown.entry(currency).or_default();
        shown.pending.retain(|(until, _)| now < *until);
        Some(shown)
    }

    /// Tells the wallet again after `low` to `high` milliseconds.
    pub(super) fn wallet_later(&mut self, account: usize, currency: Currency, low: i64, high: i64) -> Timestamp {
        let at = self.now.plus(Millis::new(self.random.between(low, high)));
        self.agenda.put(at, Due::ShowWallet { account, currency });
        at
    }

    /// A new id of the list `kind`.
    pub(super) fn lent_id(&mut self, kind: LentKind) -> crate::domain::LentId {
        let step = self.random.between(1, 9);
        let id = match kind {
            LentKind::Loan => &mut self.ids.loan,
            LentKind::Credit => &mut self.ids.credit,
        };
        *id = id.saturating_add(step);
        crate::domain::LentId { kind, id: *id }
    }

    /// Looks for free money to renew in a few seconds, where auto-renew is on.
    pub(super) fn plan_renew(&mut self, account: usize, currency: Currency) {
        if self.account(account).is_some_and(|known| known.renew.contains_key(&currency)) {
            let at = self.now.plus(SECOND.times(self.random.between(2, 30)));
            self.agenda.put(at, Due::Renew { account, currency });
        }
    }
}
