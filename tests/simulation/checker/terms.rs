//! Money rule 2: at what terms an offer may leave.

use yieldsforge::domain::{Amount, Currency, DailyRate, Days, OfferKind, Rounding};
use yieldsforge::engine::{AccountPolicy, LendPolicy};
use yieldsforge::exchange::sim::SimExchange;
use yieldsforge::strategy::RateSpec;

use super::super::plan::ACCOUNT;
use super::super::policies::account;
use super::purse::Purse;
use super::{Checker, Violation, broken};

/// The exchange's share of interest, and of what hidden offers earn, in parts per million.
const FEE: i64 = 150_000;
const FEE_HIDDEN: i64 = 180_000;

/// An offer as it was accepted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    pub(super) currency: Currency,
    pub(super) amount: Amount,
    pub(super) rate: DailyRate,
    pub(super) kind: OfferKind,
    pub(super) period: Days,
    pub(super) hidden: bool,
}

impl Checker {
    /// An offer was accepted.
    pub(super) fn terms(&mut self, at: i64, terms: &Terms) -> Result<(), Violation> {
        let entries = self.entries(at, terms.currency);
        let Some(purse) = self.purses.get(&terms.currency) else { return Ok(()) };
        let (low, high) = effective(terms.kind, terms.rate, purse);
        let words = |what: &str| {
            let limits = entries.last().map(|(_, lend)| lend.profile.limits);
            format!("{terms:?} is {what} (effective {low} to {high}; {limits:?})")
        };
        let any =
            |good: &dyn Fn(&AccountPolicy, &LendPolicy) -> bool| entries.iter().any(|(one, lend)| good(one, lend));
        if !any(&|one, lend| pays(high, lend.profile.limits.floor, one, terms.hidden)) {
            return Err(broken("2 floor", at, words("under the floor")));
        }
        if !any(&|one, lend| lend.profile.limits.ceiling.is_none_or(|spec| !exceeds(low, spec, one, terms.hidden))) {
            return Err(broken("2 ceiling", at, words("over the ceiling")));
        }
        if terms.period < Days::MIN || !any(&|_, lend| terms.period <= lend.profile.limits.max_period) {
            return Err(broken("2 period", at, words("outside the period bounds")));
        }
        if !minimum(terms, purse) {
            return Err(broken("2 minimum", at, words("under the minimum")));
        }
        let marks = || purse.frr.values().chain(purse.last.values()).map(DailyRate::units);
        let near = |rate: i64| marks().any(|mark| rate <= mark * 10 && mark <= rate * 10);
        if !near(low.units()) && !near(high.units()) {
            return Err(broken("2 deviation", at, words("not within ten times of FRR or last trade")));
        }
        Ok(())
    }

    /// What stands though a limit forbids it, once everything is known: every own offer that surely breaks the floor,
    /// the ceiling or the period bounds of the configuration in force goes at the next tick (money rule 8).
    pub(crate) fn standing(&self, at: i64, sim: &SimExchange, currency: Currency) -> Option<String> {
        let (since, policy) = self.policies.back()?;
        let account = policy.accounts.get(&account()).filter(|_| *since <= at - super::PIPELINE)?;
        let limits = account.lend.get(&currency)?.profile.limits;
        let purse = self.purses.get(&currency)?;
        let offers = sim.books().account(ACCOUNT)?.offers();
        let mut mine = offers.filter(|one| one.currency == currency && self.ours.contains(&one.id));
        let bad = mine.find(|one| {
            let (low, high) = effective(one.kind, one.rate, purse);
            !pays(high, limits.floor, account, one.hidden)
                || limits.ceiling.is_some_and(|spec| exceeds(low, spec, account, true))
                || one.period > limits.max_period
                || !account.enabled
        })?;
        Some(format!("offer {bad:?} stands against {limits:?}, enabled: {}", account.enabled))
    }

    /// True when an open offer breaks no limit of any configuration that may be in force: then nothing demands its end.
    pub(super) fn is_good(
        &mut self,
        at: i64,
        currency: Currency,
        kind: OfferKind,
        rate: DailyRate,
        period: Days,
    ) -> bool {
        let entries = self.entries(at, currency);
        let Some(purse) = self.purses.get(&currency) else { return false };
        let frr = purse.frr.values().min().unwrap_or_default();
        // The auditor states the rate as it stands; under the lowest FRR of late an offer that follows it stands lower.
        let (low, high) = if kind == OfferKind::Limit { (rate, rate) } else { (rate.min(frr), rate) };
        !entries.is_empty()
            && entries.iter().all(|(one, lend)| {
                let limits = &lend.profile.limits;
                pays(low, limits.floor, one, true)
                    && limits.ceiling.is_none_or(|spec| !exceeds(high, spec, one, false))
                    && period <= limits.max_period
            })
    }
}

/// Between which rates per day an offer may be believed to stand: an FRR offer counts at FRR + delta.
fn effective(kind: OfferKind, rate: DailyRate, purse: &Purse) -> (DailyRate, DailyRate) {
    if kind == OfferKind::Limit {
        return (rate, rate);
    }
    let at = |frr: Option<DailyRate>| frr.unwrap_or_default().checked_add(rate).unwrap_or_default();
    (at(purse.frr.values().min()), at(purse.frr.values().max()))
}

fn fee(account: &AccountPolicy, hidden: bool) -> i64 {
    let fee = account.fee.map_or(FEE, yieldsforge::domain::Ratio::ppm);
    if hidden { fee.max(FEE_HIDDEN) } else { fee }
}

/// True when `rate` is at least `floor`, after the fee where the floor is net.
fn pays(rate: DailyRate, floor: RateSpec, account: &AccountPolicy, hidden: bool) -> bool {
    let fee = if floor.net { fee(account, hidden) } else { 0 };
    i128::from(rate.units()) * i128::from(1_000_000 - fee) >= i128::from(floor.rate.units()) * 1_000_000
}

/// True when `rate` is over `ceiling`. One hidden slice makes the dearer fee count for all, which lifts a net ceiling.
fn exceeds(rate: DailyRate, ceiling: RateSpec, account: &AccountPolicy, _hidden: bool) -> bool {
    let fee = if ceiling.net { fee(account, true) } else { 0 };
    i128::from(rate.units()) * i128::from(1_000_000 - fee) > i128::from(ceiling.rate.units() + 1) * 1_000_000
}

/// 150 dollars exactly for dollars; else 1 % more, by any price that still counts.
fn minimum(terms: &Terms, purse: &Purse) -> bool {
    if terms.currency == Currency::USD {
        return terms.amount >= Amount::whole(150);
    }
    let one = Amount::whole(1).units();
    purse.price.values().filter(|price| price.is_positive()).any(|price| {
        let least = Amount::whole(150).scale_by(one, price.units(), Rounding::Up).scale_by(101, 100, Rounding::Down);
        terms.amount >= least
    })
}
