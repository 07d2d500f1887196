//! A desk to try the engine at: it feeds inputs in sequence and keeps what comes out.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::*;
use crate::engine::*;
use crate::strategy::*;

pub(super) const START: i64 = 1_790_000_000_000;

pub(super) struct Desk {
    pub(super) engine: Engine,
    pub(super) at: Timestamp,
    seq: u64,
    pub(super) notes: Vec<Note>,
    pub(super) memories: Vec<Memory>,
    pub(super) kept: BTreeMap<String, Vec<u8>>,
    pub(super) readings: Vec<bool>,
    pub(super) view: Arc<StatusView>,
}

pub(super) fn main() -> AccountName {
    AccountName::new("main").unwrap()
}

pub(super) fn rate(text: &str) -> DailyRate {
    DailyRate::parse(text, Rounding::Nearest).unwrap()
}

pub(super) fn amount(text: &str) -> Amount {
    Amount::parse(text, Rounding::Nearest).unwrap()
}

pub(super) fn profile() -> Profile {
    Profile {
        name: "steady".into(),
        description: String::new(),
        limits: ProfileLimits {
            floor: RateSpec { rate: rate("0.00005"), net: false },
            ceiling: None,
            max_offer: Some(Quantity::Own(Amount::whole(1_000))),
            max_period: Days::new(30),
            max_offers: 20,
        },
        slices: vec![Slice::plain("core", RateRule::Fixed { at: RateSpec { rate: rate("0.0002"), net: false } })],
    }
}

pub(super) fn policy(profile: Profile, change: impl FnOnce(&mut AccountPolicy, &mut LendPolicy)) -> Policy {
    let mut lend = LendPolicy {
        profile: Arc::new(profile),
        keep: Measure::Amount(Quantity::Own(Amount::ZERO)),
        max_lent: None,
        min_liquid: None,
        shadow: None,
        wind_down: None,
    };
    let mut account = AccountPolicy { enabled: true, fee: None, active_until: None, lend: BTreeMap::new() };
    change(&mut account, &mut lend);
    account.lend.insert(Currency::USD, lend);
    Policy { generation: 1, paper: false, tick: SECOND.times(10), accounts: [(main(), account)].into() }
}

pub(super) fn offer(id: i64, original: Amount, left: Amount, at: Timestamp) -> Offer {
    Offer {
        id: OfferId(id),
        currency: Currency::USD,
        created: at,
        updated: at,
        amount: left,
        original,
        kind: OfferKind::Limit,
        rate: rate("0.0002"),
        real_rate: None,
        period: Days::MIN,
        hidden: false,
        renew: false,
        status: OfferStatus::Active,
    }
}

pub(super) fn lent(kind: LentKind, id: i64, amount: Amount, opened: Timestamp) -> Lent {
    Lent {
        id: LentId { kind, id },
        currency: Currency::USD,
        side: Side::Lender,
        created: opened,
        updated: opened,
        amount,
        status: LentStatus::Active,
        rate_type: RateType::Fixed,
        rate: rate("0.0002"),
        period: Days::MIN,
        opened,
        last_payout: None,
        pair: None,
    }
}

pub(super) fn wallet(balance: Amount, available: Option<Amount>) -> Wallet {
    Wallet { kind: WalletKind::Funding, currency: Currency::USD, balance, available }
}

impl Desk {
    pub(super) fn new() -> Self {
        Self {
            engine: Engine::new(),
            at: Timestamp::from_millis(START),
            seq: 0,
            notes: Vec::new(),
            memories: Vec::new(),
            kept: BTreeMap::new(),
            readings: Vec::new(),
            view: Arc::default(),
        }
    }

    /// A desk whose account has been read and whose market is known: 3000 USD, all free, unless `snapshot` says else.
    pub(super) fn ready(policy: Policy, restored: Restored, snapshot: AccountSnapshot) -> Self {
        let mut desk = Self::new();
        desk.feed(Body::Restored(Box::new(restored)));
        desk.start(policy, snapshot);
        desk
    }

    /// All that comes after what the store remembers.
    pub(super) fn start(&mut self, policy: Policy, snapshot: AccountSnapshot) {
        self.feed(Body::Policy(Arc::new(policy)));
        self.feed(Body::Link(Stream::Market, LinkState::Up));
        self.market();
        self.private(AccountNews::Gate(GateVerdict::Good));
        self.feed(Body::Link(Stream::Account(main()), LinkState::Up));
        self.feed(Body::Tick);
        assert_eq!(self.readings.len(), 1, "an account whose stream came up is read");
        self.read(snapshot);
    }

    pub(super) fn market(&mut self) {
        let level = |rate_text: &str| {
            let exact = Decimal::parse(rate_text).unwrap();
            let key = LevelKey { rate: rate(rate_text), period: Days::MIN, exact };
            BookLevel { side: BookSide::Offers, key, count: 1, amount: Amount::whole(10_000) }
        };
        let ticker = Ticker { frr: Some(rate("0.0003")), last: Some(rate("0.0002")), ..Ticker::default() };
        self.feed(Body::Market(MarketNews::Ticker(Currency::USD, ticker)));
        self.feed(Body::Market(MarketNews::Book(Currency::USD, vec![level("0.00019"), level("0.00021")])));
    }

    pub(super) fn feed(&mut self, body: Body) -> Vec<Intent> {
        self.seq += 1;
        let effects = self.engine.step(&Input { seq: self.seq, at: self.at, body });
        let mut acts = Vec::new();
        for effect in effects {
            match effect {
                Effect::Act(intent) => acts.push(intent.into_inner()),
                Effect::Keep(kept) => self.kept.extend(kept.into_iter().map(|one| (one.name, one.bytes))),
                Effect::Remember(memory) => self.memories.push(memory),
                Effect::ReadAccount { history, .. } => self.readings.push(history),
                Effect::ReadAvailable { .. } => {}
                Effect::Note(note) => self.notes.push(note),
                Effect::View(view) => self.view = view,
            }
        }
        acts
    }

    pub(super) fn private(&mut self, news: AccountNews) {
        let acts = self.feed(Body::Account(main(), news));
        assert!(acts.is_empty(), "decisions are made on ticks only");
    }

    pub(super) fn read(&mut self, mut snapshot: AccountSnapshot) {
        snapshot.started = self.at;
        snapshot.ended = self.at;
        self.private(AccountNews::Snapshot(Box::new(snapshot)));
    }

    /// Some time later, a tick.
    pub(super) fn tick(&mut self, seconds: i64) -> Vec<Intent> {
        self.at = self.at.plus(Millis::seconds(seconds));
        self.feed(Body::Tick)
    }

    pub(super) fn accept(&mut self, intent: &Intent, offer: Option<Offer>) {
        let result = ActionResult::Accepted(offer.map(Box::new));
        self.feed(Body::Outcome(main(), intent.id, result));
    }

    pub(super) fn usd(&self) -> &CurrencyStatus {
        &self.view.accounts[&main()].currencies[&Currency::USD]
    }

    /// The idle reasons, checked to sum to what is idle.
    pub(super) fn idle(&self) -> Vec<(IdleReason, Amount)> {
        let usd = self.usd();
        let busy: Total = [usd.lent, usd.offered, usd.foreign].into_iter().sum();
        let idle = Total::from(usd.balance).minus_total(busy).at_least_zero();
        assert_eq!(usd.idle.values().copied().sum::<Total>(), Total::from(idle), "{:?}", usd.idle);
        usd.idle.iter().map(|(reason, amount)| (*reason, *amount)).collect()
    }
}

pub(super) fn snapshot(balance: &str, available: &str, offers: Vec<Offer>, lent: Vec<Lent>) -> AccountSnapshot {
    AccountSnapshot {
        started: Timestamp::default(),
        ended: Timestamp::default(),
        lent,
        offers,
        wallets: vec![wallet(amount(balance), Some(amount(available)))],
        history: None,
        dropped_rows: 0,
    }
}

pub(super) fn submit_of(intent: &Intent) -> &Submit {
    match &intent.action {
        Action::Submit(submit) => submit,
        Action::Cancel(_) => panic!("not a submit: {intent:?}"),
    }
}
