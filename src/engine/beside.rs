//! What runs beside an account, on paper and for comparison only: the same money, the same window, another way to lend it.
//!
//! Three are rivals with a paper book of their own, decided by the very strategy and planner that decide for the account:
//! `frr_auto_renew` (everything in offers for two days that float with the FRR until they are taken), `best_offer` (the
//! cheapest offer of others less a tick, for two days, moved when the planner would move it) and the `shadow`, any profile
//! that the lend entry names. The fourth, `frr_bound`, is no order at all, see `earnings`.
//!
//! A rival lends min(BALANCE − keep, max lent) as it is at each tick, from nothing lent at its start. Its offers fill by
//! strict prints (`paper`), each rival in a world of its own: all of a trade's volume is there for it, and a trade that
//! the account's own offers made counts, since that borrower was there. Loans are held as the account's own: see `holds`.
//! What stands in the way of the account's writes alone (its key, its budget, an unknown write) does not hold a rival up;
//! what makes the market or the wallet unknown does.
//!
//! It writes nothing, remembers nothing, brings no decision forward and takes no number of an action: with rivals and
//! without, the engine answers the same but for the view. It ends with the process.

mod holds;
mod profiles;
mod tally;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::domain::{
    Action, Amount, Currency, DailyRate, Days, IdleReason, LinkState, Millis, Offer, OfferId, Print, Timestamp, Total,
};
use crate::planner::{CancelReason, Licence, Plan};
use crate::strategy::best_of_others;

use super::Engine;
use super::account::Account;
use super::bounds::Caps;
use super::decide::{Round, Worked};
use super::funding_wallet::FundingWallet;
use super::market::Market;
use super::mode::Mode;
use super::policy::LendPolicy;
use super::view::{Benchmark, BenchmarkStatus};

pub(super) use holds::Holds;
pub(super) use tally::Tally;

/// Without any cause of its own a benchmark decides no more often than this: well within the time before a batch in which
/// offers are moved.
const PACE: Millis = Millis::seconds(30);

/// The rivals of one currency.
pub(super) type Rivals = BTreeMap<Benchmark, Rival>;

/// One way to lend the account's money on paper.
#[derive(Debug, Clone)]
pub(super) struct Rival {
    /// The name of its profile: under another one it starts anew.
    profile: String,
    /// An account in paper mode that nobody serves: all its money is free or on paper.
    desk: Account,
    next_action: u64,
    /// Paper loans made so far: their ids count down from −1.
    loans: i64,
    tally: Tally,
    /// When it last decided and found nothing to do; none while there may be more to do.
    rests: Option<Timestamp>,
}

/// What the account itself shows its rivals at a tick.
struct Scene {
    mode: Mode,
    /// The whole wallet, while it is known.
    balance: Option<Amount>,
    caps: Option<Caps>,
    /// What the account has earned so far.
    earned: Total,
}

impl Scene {
    /// What there is to lend, while it is known.
    fn base(&self) -> Option<Amount> {
        self.caps.map(|caps| caps.base).filter(|_| self.balance.is_some())
    }
}

impl Engine {
    /// A public trade, told once, takes of the rivals' offers what they would have lent.
    pub(super) fn print_beside(&mut self, currency: Currency, print: &Print) {
        let frr = self.markets.get(&currency).and_then(Market::frr);
        for account in self.accounts.values_mut() {
            let paper = account.paper;
            let Some(wallet) = account.wallets.get_mut(&currency) else { continue };
            let FundingWallet { beside, holds, holdings, .. } = wallet;
            // In paper mode the account's own loans run for their whole period, and so do theirs.
            let hold = |period| {
                let open = holdings.lent.values().map(|out| &out.lent);
                (!paper).then(|| holds.expected(period, print.at, open))
            };
            for rival in beside.values_mut() {
                rival.trade(currency, print, frr, hold);
            }
        }
    }
}

impl Round<'_> {
    /// Lets everything that runs beside the account decide.
    pub(super) fn beside(&self, account: &mut Account, caps: Option<Caps>) {
        let Some(wallet) = account.wallets.get_mut(&self.currency) else { return };
        let mut rivals = std::mem::take(&mut wallet.beside);
        let scene = self.scene(account, caps);
        let wanted = self.wanted();
        rivals.retain(|which, rival| wanted.contains(&(*which, rival.profile.as_str())));
        for (which, profile) in wanted {
            let rival = rivals.entry(which).or_insert_with(|| Rival {
                profile: profile.to_owned(),
                desk: Account::new(account.name.clone(), true),
                next_action: 1,
                loans: 0,
                tally: Tally::default(),
                rests: None,
            });
            if which == Benchmark::Shadow {
                // It is to do what the account would.
                rival.rests = None;
            }
            if rival.passes(self, &scene) {
                self.decide_beside(which, rival, account, caps);
            }
            rival.fits(self.currency, &scene);
        }
        if let Some(wallet) = account.wallets.get_mut(&self.currency) {
            wallet.beside = rivals;
        }
    }

    fn scene(&self, account: &Account, caps: Option<Caps>) -> Scene {
        let wallet = account.wallets.get(&self.currency);
        Scene {
            mode: self.mode_beside(account),
            balance: wallet.filter(|wallet| wallet.is_known()).map(|wallet| wallet.holdings.balance),
            caps,
            earned: wallet.map_or(Total::ZERO, |wallet| wallet.earnings.estimated()),
        }
    }

    /// One rival decides. What it needs to know is looked up only now: most ticks pass without it.
    fn decide_beside(&self, which: Benchmark, rival: &mut Rival, account: &Account, caps: Option<Caps>) {
        let frr = self.market.and_then(Market::frr).unwrap_or_default();
        // The account's offers in the public book, which no rival takes for those of others.
        let own = account.own_levels(self.currency, frr);
        let Some(lend) = self.lends(which, &own) else { return };
        let holds = account.expected_holds(self.currency);
        rival.decide(&Round { lend: Some(&lend), paper: true, own: Some(&own), holds, ..*self }, caps);
    }

    /// As the account's own mode, but for what stands in the way of its writes alone.
    fn mode_beside(&self, account: &Account) -> Mode {
        if self.has_ended() {
            return Mode::Leave(IdleReason::Disabled);
        }
        let down = self.market_link != LinkState::Up || account.link != LinkState::Up;
        match self.missing(account) {
            _ if self.draining.is_some() => Mode::Hold(IdleReason::Disabled),
            _ if !self.operative => Mode::Hold(IdleReason::Maintenance),
            _ if down => Mode::Hold(IdleReason::Disconnected),
            Some(reason) => Mode::Hold(reason),
            None => Mode::Lend,
        }
    }

    /// Who runs beside this currency, by the names of their profiles.
    fn wanted(&self) -> Vec<(Benchmark, &str)> {
        let Some(lend) = self.lend else { return Vec::new() };
        let mut wanted =
            vec![(Benchmark::FrrAutoRenew, profiles::FRR_AUTO_RENEW), (Benchmark::BestOffer, profiles::BEST_OFFER)];
        wanted.extend(lend.shadow.iter().map(|shadow| (Benchmark::Shadow, shadow.name.as_str())));
        wanted
    }

    /// How one of them lends it at this moment.
    fn lends(&self, which: Benchmark, own: &[(DailyRate, Days, Amount)]) -> Option<LendPolicy> {
        let lend = self.lend?;
        let plain = |profile| LendPolicy { profile, min_liquid: None, shadow: None, ..lend.clone() };
        match which {
            Benchmark::FrrAutoRenew => Some(plain(profiles::frr_auto_renew())),
            Benchmark::BestOffer => {
                let best = self.market.and_then(|market| best_of_others(market.book(), own));
                Some(plain(profiles::best_offer(best)))
            }
            Benchmark::Shadow => {
                lend.shadow.clone().map(|profile| LendPolicy { profile, shadow: None, ..lend.clone() })
            }
            Benchmark::FrrBound => None,
        }
    }
}

impl Rival {
    /// Lends to whoever stands behind `print`; `hold` tells how long such a loan is held, if not for its period.
    fn trade(
        &mut self,
        currency: Currency,
        print: &Print,
        frr: Option<DailyRate>,
        hold: impl Fn(Days) -> Option<Millis>,
    ) {
        let Some(wallet) = self.desk.wallets.get_mut(&currency) else { return };
        let mut volume = print.amount.abs();
        for (rate, _, Reverse(id)) in wallet.paper.turns(print, frr) {
            let amount = wallet.paper.rests(id).min(volume);
            if !amount.is_positive() {
                return;
            }
            self.loans = self.loans.saturating_add(1);
            let Some(lent) = wallet.paper.fill(id, amount, rate, print, self.loans.saturating_neg()) else { continue };
            if let Some(held) = hold(lent.period) {
                wallet.paper.returns(lent.id, lent.opened.plus(held));
            }
            volume = volume.less(lent.amount);
        }
    }

    /// Time has come to that of `round`: takes back what is due, and earns. True when it is to decide.
    fn passes(&mut self, round: &Round<'_>, scene: &Scene) -> bool {
        let balance = scene.balance;
        let wallet = self.desk.wallets.entry(round.currency).or_default();
        let changed = !wallet.paper.ended(round.at).is_empty() || Some(wallet.holdings.balance) != balance;
        self.rests = self.rests.filter(|since| !changed && round.at.since(*since) < PACE);
        let frr = round.market.and_then(Market::frr).unwrap_or_default();
        self.tally.pass(round.at, scene.base(), scene.earned, round.fee(), wallet.paper.accruing(frr));
        if let Some(balance) = balance {
            wallet.holdings.balance = balance;
            wallet.holdings.available = Some(balance);
        }
        match scene.mode {
            Mode::Lend => self.rests.is_none(),
            Mode::Leave(_) => {
                wallet.paper.withdraw_all();
                self.rests = None;
                false
            }
            Mode::Hold(_) | Mode::Enforce(_) => false,
        }
    }

    /// Decides by `round`, which is this rival's own, and does at once what it decided.
    fn decide(&mut self, round: &Round<'_>, caps: Option<Caps>) {
        let Some(wallet) = self.desk.wallets.get_mut(&round.currency) else { return };
        let memories = std::mem::take(&mut wallet.memories);
        let mut worked = Worked { caps, memories, ..Worked::default() };
        let plan = round.plan(&self.desk, self.next_action, Licence::lending(), &mut worked);
        if let Some(wallet) = self.desk.wallets.get_mut(&round.currency) {
            wallet.memories = worked.memories;
        }
        if let Some(plan) = plan {
            self.rests = Some(round.at).filter(|_| plan.cancels.is_empty() && plan.submits.is_empty());
            self.carry_out(round, plan);
        }
    }

    /// It holds no more than there is.
    fn fits(&mut self, currency: Currency, scene: &Scene) {
        if let (Some(base), Some(wallet)) = (scene.base(), self.desk.wallets.get_mut(&currency)) {
            wallet.paper.fit(base);
        }
    }

    fn carry_out(&mut self, round: &Round<'_>, plan: Plan) {
        let (at, currency) = (round.at, round.currency);
        for cancel in plan.cancels {
            let moves = matches!(cancel.reason, CancelReason::Reprice | CancelReason::Unwished);
            let intent = cancel.intent.into_inner();
            self.next_action = self.next_action.max(intent.id.0.saturating_add(1));
            if let (Action::Cancel(cancel), Some(wallet)) = (intent.action, self.desk.wallets.get_mut(&currency)) {
                wallet.paper.withdraw(cancel.offer);
                wallet.moved = if moves { Some(at) } else { wallet.moved };
            }
        }
        for submit in plan.submits {
            let intent = submit.intent.into_inner();
            self.next_action = self.next_action.max(intent.id.0.saturating_add(1));
            let Action::Submit(submit) = intent.action else { continue };
            let id = OfferId(i64::try_from(intent.id.0).unwrap_or(i64::MAX).saturating_neg());
            self.desk.leaves(at, currency, submit.amount);
            if let Some(wallet) = self.desk.wallets.get_mut(&currency) {
                wallet.paper.place(Offer::placed(id, &submit, at), intent.slice);
            }
        }
    }
}

impl FundingWallet {
    /// All that is compared with what the account earns itself.
    pub(super) fn benchmarks(&self) -> BTreeMap<Benchmark, BenchmarkStatus> {
        let earned = self.earnings.estimated();
        let mut shown: BTreeMap<Benchmark, BenchmarkStatus> = BTreeMap::new();
        if let Some(bound) = self.earnings.frr_bound().show(earned) {
            shown.insert(Benchmark::FrrBound, BenchmarkStatus { lent: bound.base, ..bound });
        }
        for (which, rival) in &self.beside {
            let Some(status) = rival.tally.show(earned) else { continue };
            let paper = || rival.desk.wallets.values().map(|wallet| &wallet.paper);
            let profile = (*which == Benchmark::Shadow).then(|| rival.profile.clone());
            let lent = paper().map(super::paper::Overlay::lent_total).fold(Total::ZERO, Total::plus_total);
            let offered = paper().map(super::paper::Overlay::offered).fold(Total::ZERO, Total::plus_total);
            let (lent, offered) = (lent.at_least_zero(), offered.at_least_zero());
            shown.insert(*which, BenchmarkStatus { profile, lent, offered, ..status });
        }
        shown
    }
}
