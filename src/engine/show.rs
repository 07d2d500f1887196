//! What the engine shows of itself.

use std::collections::BTreeMap;

use crate::domain::{AccountName, Amount, Currency, DailyRate, GateVerdict, Lent, LinkState, Offer, RateType, Total};
use crate::planner::effective_rate;

use super::Engine;
use super::account::Account;
use super::decide::Worked;
use super::funding_wallet::FundingWallet;
use super::policy::{AccountPolicy, LendPolicy};
use super::view::{AccountStatus, CurrencyStatus, LoanView, OfferView, StatusView};

impl Engine {
    pub(super) fn show(&self, accounts: BTreeMap<AccountName, AccountStatus>) -> StatusView {
        StatusView {
            at: self.at,
            generation: self.policy.generation,
            paper: self.policy.paper,
            draining: self.draining.is_some(),
            operative: self.operative,
            market_link: Some(self.market_link),
            markets: self
                .markets
                .iter()
                .map(|(currency, market)| (*currency, market.show(*currency, self.at)))
                .collect(),
            accounts,
        }
    }

    pub(super) fn show_account(
        &self,
        name: &AccountName,
        policy: Option<&AccountPolicy>,
        currencies: BTreeMap<Currency, CurrencyStatus>,
    ) -> AccountStatus {
        let account = self.accounts.get(name);
        let ended = policy.and_then(|policy| policy.active_until).is_some_and(|until| self.at >= until);
        AccountStatus {
            enabled: policy.is_some_and(|policy| policy.enabled) && !ended,
            gate: account.map_or(GateVerdict::Pending, |account| account.gate.clone()),
            link: account.map_or(LinkState::Down, |account| account.link),
            synced: account.is_some_and(|account| account.reading.is_settled() && account.link == LinkState::Up),
            writes_under_way: account.map_or(0, |account| u32::try_from(account.pending.len()).unwrap_or(u32::MAX)),
            currencies,
        }
    }
}

/// One currency as it is shown.
pub(super) fn currency_status(
    account: &Account,
    currency: Currency,
    lend: Option<&LendPolicy>,
    frr: Option<DailyRate>,
    at: crate::domain::Timestamp,
    worked: Worked,
) -> CurrencyStatus {
    let nothing = FundingWallet::default();
    let profile = lend.map(|lend| lend.profile.as_ref());
    let wallet = account.wallets.get(&currency).unwrap_or(&nothing);
    let (holdings, paper) = (&wallet.holdings, &wallet.paper);
    let (own, foreign) = holdings.offered(|id| account.own.contains_key(&id));
    let frr = frr.unwrap_or_default();
    let loans = loans(wallet, frr);
    CurrencyStatus {
        shadow: lend.and_then(|lend| lend.shadow.as_ref()).map(|profile| profile.name.clone()),
        profile: profile.map(|profile| profile.name.clone()),
        slices: profile.iter().flat_map(|profile| &profile.slices).map(|slice| slice.name.clone()).collect(),
        known: wallet.is_known(),
        balance: holdings.balance,
        available: holdings.available.map(|free| Total::from(free).minus_total(paper.committed()).at_least_zero()),
        lent: holdings.lent_total().plus_total(holdings.in_transit()).plus_total(paper.lent_total()).at_least_zero(),
        offered: own.plus_total(paper.offered()).at_least_zero(),
        foreign: foreign.at_least_zero(),
        keep: worked.caps.map_or(Amount::ZERO, |caps| caps.keep),
        reserved: worked.reserved,
        in_flight: account.reserves(currency),
        unknown_writes: unknown_writes(account, currency),
        idle: worked.idle.by_reason,
        lent_rate: mean_rate(&loans),
        bounds: worked.bounds,
        max_lent: worked.caps.and_then(|caps| caps.max_lent),
        fee: worked.fee,
        maturity_millidays: mean_maturity(wallet, at),
        interest_estimated: wallet.earnings.estimated(),
        benchmarks: wallet.benchmarks(),
        offers: offers(account, wallet, frr),
        loans,
        forecasts: account.scores(currency),
        decisions: worked.decisions,
    }
}

fn unknown_writes(account: &Account, currency: Currency) -> u32 {
    let unknown =
        account.pending.values().filter(|pending| pending.is_unknown() && pending.intent.action.currency() == currency);
    u32::try_from(unknown.count()).unwrap_or(u32::MAX)
}

fn offers(account: &Account, wallet: &FundingWallet, frr: DailyRate) -> Vec<OfferView> {
    let shown = |offer: &Offer, own: bool, slice: String| OfferView {
        id: offer.id,
        own,
        slice,
        amount: offer.amount,
        rate: effective_rate(offer.kind, offer.rate, frr),
        kind: offer.kind,
        period: offer.period,
        created: offer.created,
    };
    let resting = wallet.holdings.offers.iter().map(|(id, resting)| {
        let record = account.own.get(id);
        shown(&resting.offer, record.is_some(), record.map(|record| record.slice.clone()).unwrap_or_default())
    });
    let paper = wallet.paper.offers().map(|(offer, slice)| shown(offer, true, slice.to_owned()));
    resting.chain(paper).collect()
}

fn loans(wallet: &FundingWallet, frr: DailyRate) -> Vec<LoanView> {
    wallet
        .lent()
        .map(|out| LoanView {
            id: out.lent.id,
            amount: out.lent.amount,
            rate: lent_rate(&out.lent, frr),
            period: out.lent.period,
            opened: out.lent.opened,
            slice: out.slice.clone().unwrap_or_default(),
        })
        .collect()
}

/// FRR records show no rate of their own: the ticker's stands for it (bitfinex-api.md 3.0).
pub(super) fn lent_rate(lent: &Lent, frr: DailyRate) -> DailyRate {
    if lent.rate_type == RateType::Variable || !lent.rate.is_positive() { frr } else { lent.rate }
}

/// Mean rate per day, weighted by amount.
fn mean_rate(loans: &[LoanView]) -> Option<DailyRate> {
    let weight: i128 = loans.iter().map(|loan| i128::from(loan.amount.units())).sum();
    let sum: i128 = loans
        .iter()
        .map(|loan| i128::from(loan.amount.units()).saturating_mul(i128::from(loan.rate.units())))
        .fold(0, i128::saturating_add);
    let mean = sum.checked_div(weight)?;
    i64::try_from(mean).ok().map(DailyRate::from_units)
}

/// Mean time to the end of the period, weighted by amount, in thousandths of a day.
fn mean_maturity(wallet: &FundingWallet, at: crate::domain::Timestamp) -> i64 {
    let weight = wallet.lent().map(|out| out.lent.amount).sum::<Total>().units();
    let sum: i128 = wallet
        .lent()
        .map(|out| {
            let left = out.lent.expires().since(at).get().max(0);
            i128::from(out.lent.amount.units()).saturating_mul(i128::from(left) / 86_400)
        })
        .fold(0, i128::saturating_add);
    sum.checked_div(weight).and_then(|mean| i64::try_from(mean).ok()).unwrap_or(0)
}
