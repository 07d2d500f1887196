//! One decision: for each account and currency, what to wish for, what differs, what may go, and why the rest is idle.

use std::collections::BTreeSet;

use crate::domain::{
    AccountName, Amount, Currency, DailyRate, Days, GateVerdict, IdleReason, LinkState, Ratio, Timestamp, Total,
};
use crate::planner::{self, Headroom, Licence, Plan, Situation, Standing};
use crate::strategy::stats::HoldDays;
use crate::strategy::{Bounds, MarketView};

use super::Engine;
use super::account::Account;
use super::ask::{Question, held_back};
use super::bounds::{Caps, bounds, caps, minimum_offer};
use super::decision::decisions;
use super::effect::Effect;
use super::experience::standing;
use super::funding_wallet::{Memories, Sums};
use super::idle::{Facts, Idle, Shortfalls};
use super::market::Market;
use super::mode::Mode;
use super::note::Note;
use super::paper::assert_on_paper;
use super::pending::Pending;
use super::policy::{AccountPolicy, LendPolicy};
use super::show::currency_status;
use super::view::{AccountStatus, CurrencyStatus, SliceDecision};

/// Most writes of one account that may be on their way at a time: the budget of requests is shared with reads.
const WRITES_AT_ONCE: usize = 6;

/// Everything one currency's decision reads beside the account.
#[derive(Clone, Copy)]
pub(super) struct Round<'a> {
    pub(super) at: Timestamp,
    pub(super) currency: Currency,
    pub(super) policy: Option<&'a AccountPolicy>,
    pub(super) lend: Option<&'a LendPolicy>,
    pub(super) market: Option<&'a Market>,
    pub(super) market_link: LinkState,
    pub(super) operative: bool,
    pub(super) draining: Option<bool>,
    pub(super) paper: bool,
    /// Own offers in the public book, when they are not those of the account that decides.
    pub(super) own: Option<&'a [(DailyRate, Days, Amount)]>,
    /// How long loans last, when it is not the account that decides which has learned it.
    pub(super) holds: Option<&'a HoldDays>,
    /// Somebody looks at what was decided.
    pub(super) seen: bool,
}

/// What a decision worked out, for the view.
#[derive(Debug, Default)]
pub(super) struct Worked {
    pub(super) caps: Option<Caps>,
    pub(super) bounds: Option<Bounds>,
    pub(super) reserved: Amount,
    pub(super) idle: Idle,
    pub(super) fee: Ratio,
    pub(super) decisions: Vec<SliceDecision>,
    /// Out of the wallet while the slices are asked.
    pub(super) memories: Memories,
}

impl Engine {
    /// Checks the sums of an account's currencies after a reading.
    pub(super) fn check_sums(&mut self, name: &AccountName, out: &mut Vec<Effect>) {
        let at = self.at;
        let Some(account) = self.accounts.get_mut(name) else { return };
        let unchecked: Vec<Currency> = account
            .wallets
            .iter()
            .filter(|(_, wallet)| matches!(wallet.sums, Sums::Unchecked | Sums::Asked))
            .map(|(currency, _)| *currency)
            .collect();
        for currency in unchecked {
            let price = self.markets.get(&currency).and_then(|market| market.usd_price(currency, at));
            // Without a price the minimum is not known: then it must add up to the digit.
            let tolerance = price.map_or(Amount::from_units(1_000), |price| minimum_offer(currency, price));
            account.check_identity(at, currency, tolerance, out);
        }
        account.close_missing(out);
    }

    /// Decides for all currencies of an account.
    pub(super) fn decide(&mut self, name: &AccountName, out: &mut Vec<Effect>) -> AccountStatus {
        let policy = std::sync::Arc::clone(&self.policy);
        let account_policy = policy.accounts.get(name);
        let currencies: BTreeSet<Currency> = account_policy
            .iter()
            .flat_map(|policy| policy.lend.keys())
            .chain(self.accounts.get(name).iter().flat_map(|account| account.wallets.keys()))
            .copied()
            .collect();
        let mut shown = std::collections::BTreeMap::new();
        for currency in currencies {
            let round = Round {
                at: self.at,
                currency,
                policy: account_policy,
                lend: account_policy.and_then(|policy| policy.lend.get(&currency)),
                market: self.markets.get(&currency),
                market_link: self.market_link,
                operative: self.operative,
                draining: self.draining,
                paper: policy.paper,
                own: None,
                holds: None,
                seen: self.beside.view,
            };
            if let Some(account) = self.accounts.get_mut(name) {
                shown.insert(currency, round.run(account, &mut self.next_action, out));
            }
        }
        self.show_account(name, account_policy, shown)
    }
}

impl Round<'_> {
    fn run(&self, account: &mut Account, next_action: &mut u64, out: &mut Vec<Effect>) -> CurrencyStatus {
        let wallet = account.wallets.entry(self.currency).or_default();
        let mut back = wallet.holdings.returned(self.at);
        wallet.holds.closed(self.at, &back);
        let real = back.clone();
        back.append(&mut wallet.paper.ended(self.at));
        for lent in back {
            out.push(Effect::Note(Note::Returned {
                account: account.name.clone(),
                currency: self.currency,
                lent: lent.id,
                amount: lent.amount,
                rate: lent.rate,
                period: lent.period,
                held: self.at.since(lent.opened),
            }));
        }
        account.learn_returns(self.at, self.currency, &real);
        if let Some(market) = self.market {
            account.look_back(self.at, self.currency, market.learned());
        }
        self.tell_foreign(account, out);
        let mode = self.mode(account);
        let mut worked = Worked::default();
        let balance = account.wallets.get(&self.currency).map_or(Amount::ZERO, |wallet| wallet.holdings.balance);
        let price = self.market.and_then(|market| market.usd_price(self.currency, self.at));
        worked.caps = self.lend.and_then(|lend| caps(lend, balance, price));
        worked.fee = self.fee();
        self.earn(account, worked.caps);
        if self.seen {
            self.beside(account, worked.caps);
        }
        worked.memories = account
            .wallets
            .get_mut(&self.currency)
            .map(|wallet| std::mem::take(&mut wallet.memories))
            .unwrap_or_default();
        let plan = match mode {
            Mode::Lend => self.plan(account, *next_action, Licence::lending(), &mut worked),
            Mode::Enforce(_) => self.plan(account, *next_action, Licence::enforcing(), &mut worked),
            Mode::Hold(_) => None,
            Mode::Leave(_) => Some(self.leave(account, *next_action)),
        };
        if let Some(wallet) = account.wallets.get_mut(&self.currency) {
            wallet.memories = std::mem::take(&mut worked.memories);
        }
        let mut shortfalls = Shortfalls::default();
        if let Some(plan) = plan {
            shortfalls = Shortfalls { waiting: plan.waiting, too_small: plan.too_small, over_cap: plan.over_cap };
            self.carry_out(account, plan, next_action, out);
        }
        let reason = match mode {
            Mode::Lend => None,
            Mode::Enforce(reason) | Mode::Hold(reason) | Mode::Leave(reason) => Some(reason),
        };
        self.explain_idle(account, reason, &shortfalls, &mut worked, out);
        if !self.seen {
            return CurrencyStatus::default();
        }
        let frr = self.market.and_then(Market::frr);
        currency_status(account, self.currency, self.lend, frr, self.at, worked)
    }

    /// Gives every idle coin its reason, and tells when the main one changed.
    fn explain_idle(
        &self,
        account: &mut Account,
        whole: Option<IdleReason>,
        short: &Shortfalls,
        worked: &mut Worked,
        out: &mut Vec<Effect>,
    ) {
        let on_its_way = account.reserves(self.currency);
        let name = account.name.clone();
        let Some(wallet) = account.wallets.get_mut(&self.currency) else { return };
        let holdings = &wallet.holdings;
        let offered: Total = holdings.offers.values().map(|resting| resting.offer.amount).sum();
        let paper = wallet.paper.committed();
        let busy = holdings.lent_total().plus_total(offered).plus_total(holdings.in_transit()).plus_total(paper);
        let facts = Facts {
            idle: Total::from(holdings.balance).minus_total(busy).at_least_zero(),
            available: Total::from(holdings.available.unwrap_or_default()).minus_total(paper).at_least_zero(),
            on_its_way,
            balance: holdings.balance,
            caps: worked.caps,
            minimum: worked.bounds.map_or(Amount::ZERO, |bounds| bounds.min_offer),
        };
        worked.idle.settle(whole, &facts, short);
        let main = worked.idle.main();
        let reason = main.map(|(reason, _)| reason);
        if wallet.idle.is_news(self.at, reason) {
            let amount = main.map_or(Amount::ZERO, |(_, amount)| amount);
            out.push(Effect::Note(Note::Idle { account: name, currency: self.currency, reason, amount }));
        }
    }

    /// Tells once of each offer that is not ours, when nothing on its way could have made it.
    fn tell_foreign(&self, account: &mut Account, out: &mut Vec<Effect>) {
        if !account.knows_all(self.currency) {
            return;
        }
        let (own, name) = (&account.own, account.name.clone());
        let Some(wallet) = account.wallets.get_mut(&self.currency) else { return };
        for (id, resting) in &wallet.holdings.offers {
            if !own.contains_key(id) && wallet.foreign.insert(*id) {
                let (account, amount) = (name.clone(), resting.offer.amount);
                out.push(Effect::Note(Note::Foreign { account, currency: self.currency, offer: *id, amount }));
            }
        }
    }

    /// What differs from the wishes, within the limits.
    pub(super) fn plan(
        &self,
        account: &Account,
        first_action: u64,
        licence: Licence,
        worked: &mut Worked,
    ) -> Option<Plan> {
        let (lend, policy, market) = (self.lend?, self.policy?, self.market?);
        let (frr, last, price) = market.fresh(self.currency, self.at)?;
        let profile = lend.profile.as_ref();
        let mut bounds = bounds(policy, profile, self.currency, price)?;
        bounds.min_offer = account.least_to_offer(self.currency, self.at, bounds.min_offer);
        bounds.max_period =
            lend.days_left(self.at).map_or(bounds.max_period, |left| bounds.max_period.min(Days::new(left)));
        let limits = worked.caps?;
        let slices: Vec<String> = profile.slices.iter().map(|slice| slice.name.clone()).collect();
        let live = self.live(account, &slices, frr);
        let own = if self.own.is_some() { Vec::new() } else { account.own_levels(self.currency, frr) };
        let adaptive = profile.adapts();
        let standing = if adaptive { standing(profile, &live) } else { Vec::new() };
        let view = MarketView {
            now: self.at,
            currency: self.currency,
            book: market.book(),
            frr,
            last,
            usd_price: price,
            own: self.own.unwrap_or(&own),
            history: market.history(),
            adaptive: adaptive.then(|| self.adaptive(account, limits.base, market, &standing)),
        };
        let question = Question { lend, caps: &limits, bounds: &bounds, view: &view, live: &live };
        let answers = self.ask(account, &question, &mut worked.memories);
        let wishes = self.planned(account, lend, &answers, &live, &bounds);
        worked.reserved = held_back(&answers, &live, IdleReason::Reserve);
        worked.idle = Idle::from_answers(&answers, &live);
        if self.seen {
            worked.decisions = decisions(&slices, &answers, &wishes);
        }
        let headroom = self.headroom(account, &limits, worked.reserved)?;
        worked.bounds = Some(bounds);
        // Where nothing can be submitted no tag is looked for.
        let submits = headroom.available >= bounds.min_offer;
        let taken = if submits { account.taken(self.currency) } else { BTreeSet::new() };
        let moved = account.wallets.get(&self.currency).and_then(|wallet| wallet.moved);
        let busy = account.pending.len();
        let licence = Licence {
            reprice: licence.reprice && market.may_reprice(self.at, moved),
            writes: WRITES_AT_ONCE.saturating_sub(busy),
            ..licence
        };
        let situation = Situation {
            account: &account.name,
            currency: self.currency,
            now: self.at,
            wishes: &wishes,
            slices: &slices,
            live: &live,
            book: market.book(),
            headroom,
            bounds,
            max_offers: bounds.max_offers,
            frr,
            last,
            taken: &taken,
            licence,
            first_action,
        };
        Some(planner::plan(&situation))
    }

    /// Own offers go. A refused key cancels each once.
    fn leave(&self, account: &mut Account, first_action: u64) -> Plan {
        let mut live = self.live(account, &[], DailyRate::ZERO);
        live.retain(|offer| offer.standing == Standing::Open && !account.parting.contains(&offer.id));
        let writes = WRITES_AT_ONCE.saturating_sub(account.pending.len());
        if matches!(account.gate, GateVerdict::Refused(_)) {
            account.parting.extend(live.iter().take(writes).map(|offer| offer.id));
        }
        let situation = Situation {
            account: &account.name,
            currency: self.currency,
            now: self.at,
            wishes: &[],
            slices: &[],
            live: &live,
            book: &crate::domain::Book::default(),
            headroom: Headroom::default(),
            bounds: Bounds {
                floor: DailyRate::ZERO,
                ceiling: None,
                max_period: Days::MAX,
                min_offer: Amount::ZERO,
                max_offer: None,
                max_offers: 0,
                fee: super::bounds::FEE,
            },
            max_offers: 0,
            frr: DailyRate::ZERO,
            last: DailyRate::ZERO,
            taken: &BTreeSet::new(),
            licence: Licence { writes, ..Licence::enforcing() },
            first_action,
        };
        planner::leave(&situation)
    }

    /// Hands the plan over: notes first, so that the log tells what is about to leave.
    fn carry_out(&self, account: &mut Account, plan: Plan, next_action: &mut u64, out: &mut Vec<Effect>) {
        for breach in plan.breaches {
            let (name, currency) = (account.name.clone(), self.currency);
            out.push(Effect::Note(Note::Refused { account: name, currency, rule: breach.rule, detail: breach.detail }));
        }
        for cancel in plan.cancels {
            let intent = cancel.intent.get().clone();
            assert_on_paper(self.paper, &intent);
            *next_action = (*next_action).max(intent.id.0.saturating_add(1));
            if let Some(wallet) = account.wallets.get_mut(&self.currency)
                && matches!(cancel.reason, planner::CancelReason::Reprice | planner::CancelReason::Unwished)
            {
                wallet.moved = Some(self.at);
            }
            if let Some(offer) = Pending::sent(intent.clone()).cancels() {
                account.learn_cancel(self.at, self.currency, offer);
            }
            account.pending.insert(intent.id, Pending::sent(intent.clone()));
            let rates = (cancel.from, cancel.to);
            out.push(Effect::Note(Note::Cancelling { intent, reason: cancel.reason, rates }));
            out.push(Effect::Act(cancel.intent));
        }
        for submit in plan.submits {
            let intent = submit.intent.get().clone();
            *next_action = (*next_action).max(intent.id.0.saturating_add(1));
            let pending = Pending::sent(intent.clone());
            account.leaves(self.at, self.currency, pending.reserves());
            if let Some(expected) = submit.why.expected {
                let experience = account.experience.entry(self.currency).or_default();
                experience.offered(self.at, pending.reserves(), expected);
            }
            account.pending.insert(intent.id, pending);
            out.push(Effect::Note(Note::Submitting { intent, why: submit.why }));
            out.push(Effect::Act(submit.intent));
        }
    }
}

impl Licence {
    /// Everything.
    pub(super) const fn lending() -> Self {
        Self { submit: true, reprice: true, enforce: true, writes: 0 }
    }

    /// Only what limits demand.
    const fn enforcing() -> Self {
        Self { submit: false, reprice: false, enforce: true, writes: 0 }
    }
}
