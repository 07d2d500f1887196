//! What the engine shows of itself.

use std::collections::BTreeMap;

use crate::domain::{AccountName, Amount, Currency, DailyRate, GateVerdict, LinkState, OfferId, RateType, Total};
use crate::planner::effective_rate;
use crate::strategy::Answer;

use super::Engine;
use super::account::Account;
use super::decide::Worked;
use super::holdings::Holdings;
use super::policy::AccountPolicy;
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
    profile: Option<String>,
    frr: Option<DailyRate>,
    at: crate::domain::Timestamp,
    worked: Worked,
) -> CurrencyStatus {
    let nothing = Holdings::default();
    let holdings = account.wallets.get(&currency).map_or(&nothing, |wallet| &wallet.holdings);
    let (own, foreign) = holdings.offered(|id| account.own.contains_key(&id));
    let frr = frr.unwrap_or_default();
    let loans = loans(holdings, frr);
    CurrencyStatus {
        profile,
        balance: holdings.balance,
        available: holdings.available,
        lent: holdings.lent_total().plus_total(holdings.in_transit()).at_least_zero(),
        offered: own.at_least_zero(),
        foreign: foreign.at_least_zero(),
        keep: worked.caps.map_or(Amount::ZERO, |caps| caps.keep),
        reserved: worked.reserved,
        in_flight: account.reserves(currency),
        unknown_writes: unknown_writes(account, currency),
        idle: worked.idle.by_reason,
        lent_rate: mean_rate(&loans),
        floor: worked.bounds.map(|bounds| bounds.floor),
        maturity_millidays: mean_maturity(holdings, at),
        offers: offers(account, holdings, frr),
        loans,
        decisions: worked.decisions,
    }
}

fn unknown_writes(account: &Account, currency: Currency) -> u32 {
    let unknown =
        account.pending.values().filter(|pending| pending.is_unknown() && pending.intent.action.currency() == currency);
    u32::try_from(unknown.count()).unwrap_or(u32::MAX)
}

fn offers(account: &Account, holdings: &Holdings, frr: DailyRate) -> Vec<OfferView> {
    let slice = |id: &OfferId| account.own.get(id).map(|record| record.slice.clone()).unwrap_or_default();
    holdings
        .offers
        .iter()
        .map(|(id, resting)| OfferView {
            id: *id,
            own: account.own.contains_key(id),
            slice: slice(id),
            amount: resting.offer.amount,
            rate: effective_rate(resting.offer.kind, resting.offer.rate, frr),
            kind: resting.offer.kind,
            period: resting.offer.period,
            created: resting.offer.created,
        })
        .collect()
}

fn loans(holdings: &Holdings, frr: DailyRate) -> Vec<LoanView> {
    holdings
        .lent
        .values()
        .map(|out| LoanView {
            id: out.lent.id,
            amount: out.lent.amount,
            // FRR records show no rate of their own: the ticker's stands for it (bitfinex-api.md 3.0).
            rate: if out.lent.rate_type == RateType::Variable || !out.lent.rate.is_positive() {
                frr
            } else {
                out.lent.rate
            },
            period: out.lent.period,
            opened: out.lent.opened,
            slice: out.slice.clone().unwrap_or_default(),
        })
        .collect()
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
fn mean_maturity(holdings: &Holdings, at: crate::domain::Timestamp) -> i64 {
    let weight = holdings.lent_total().units();
    let sum: i128 = holdings
        .lent
        .values()
        .map(|out| {
            let left = out.lent.expires().since(at).get().max(0);
            i128::from(out.lent.amount.units()).saturating_mul(i128::from(left) / 86_400)
        })
        .fold(0, i128::saturating_add);
    sum.checked_div(weight).and_then(|mean| i64::try_from(mean).ok()).unwrap_or(0)
}

/// The slices' answers in words, for people.
pub(super) fn decisions(slices: &[String], answers: &[Answer]) -> Vec<String> {
    slices.iter().zip(answers).map(|(name, answer)| format!("{name}: {}", words(answer))).collect()
}

fn words(answer: &Answer) -> String {
    let mut parts = Vec::new();
    if let (Some(first), Some(last)) = (answer.wishes.first(), answer.wishes.last()) {
        let sum: Total = answer.wishes.iter().map(|wish| wish.amount).sum();
        let rates = if first.effective == last.effective {
            format!("{}", first.effective)
        } else {
            format!("{} to {}", first.effective, last.effective)
        };
        let (count, rule) = (answer.wishes.len(), first.why.rule);
        parts.push(format!("{sum} in {count} by {rule} at {rates} for {}", first.period));
    }
    for (reason, amount) in answer.held.iter().filter(|(_, amount)| amount.is_positive()) {
        parts.push(format!("{amount} held: {reason}"));
    }
    if parts.is_empty() { "nothing to offer".to_owned() } else { parts.join("; ") }
}
