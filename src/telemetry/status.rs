//! `/status`: the engine's view as JSON, for `yieldsforge status` and for scripts. Amounts and rates are exact decimal
//! texts and every field names its unit. Nothing secret can stand in here: the view holds none.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{Amount, Currency, DailyRate, LentKind, Total, WireTime};
use crate::engine::{AccountStatus, CurrencyStatus, LoanView, MarketStatus, OfferView};

use super::health::{self, AdminState};
use super::labels;

/// The whole answer.
#[expect(clippy::struct_excessive_bools, reason = "a report, not a state machine")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Version of the daemon.
    pub version: String,
    /// The verdict of `/readyz`.
    pub ready: bool,
    /// Its failed checks, in words.
    pub faults: Vec<String>,
    /// Market time of the last decision, milliseconds since 1970 UTC; `null` before the first.
    pub decided_at_unix_ms: Option<i64>,
    /// Number of the policy in force.
    pub generation: u64,
    /// Paper mode.
    pub paper: bool,
    /// Stopping.
    pub draining: bool,
    /// The exchange is up, as far as it says.
    pub operative: bool,
    /// Public stream: `up`, `down` or `stale`.
    pub market_stream: String,
    /// Markets by currency code.
    pub markets: BTreeMap<String, Market>,
    /// Accounts by name.
    pub accounts: BTreeMap<String, Account>,
}

/// A rate in both ways of saying it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Fraction per day, exact.
    pub rate_per_day: String,
    /// Percent per year, simple, for people.
    pub percent_per_year: String,
}

/// One market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Market {
    /// Flash return rate.
    pub frr: Option<Rate>,
    /// Last trade.
    pub last: Option<Rate>,
    /// Cheapest two-day offer.
    pub best_offer: Option<Rate>,
    /// Dearest bid.
    pub best_bid: Option<Rate>,
    /// Its period.
    pub best_bid_period_days: Option<u16>,
    /// Price of one unit.
    pub price_usd: Option<String>,
    /// Everything needed to decide is known and fresh.
    pub fresh: bool,
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Lends.
    pub enabled: bool,
    /// Verdict on the key, one word.
    pub gate: String,
    /// The verdict in words.
    pub gate_detail: String,
    /// Private stream: `up`, `down` or `stale`.
    pub stream: String,
    /// A reading that adds up was taken since the stream came up.
    pub synced: bool,
    /// Currencies by code.
    pub currencies: BTreeMap<String, CurrencyReport>,
}

/// One currency of an account; amounts in that currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrencyReport {
    /// The profile that lends it.
    pub profile: Option<String>,
    /// Whole funding wallet.
    pub balance_amount: String,
    /// Offerable now, as the exchange says; `null` while it does not.
    pub available_amount: Option<String>,
    /// Lent out.
    pub lent_amount: String,
    /// In own offers.
    pub offered_amount: String,
    /// In offers that are not ours.
    pub foreign_amount: String,
    /// Never lent.
    pub keep_amount: String,
    /// Held back for a release rate.
    pub reserved_amount: String,
    /// On its way.
    pub in_flight_amount: String,
    /// Writes whose outcome nobody knows.
    pub unknown_writes: u32,
    /// Idle money by reason.
    pub idle_amounts: BTreeMap<String, String>,
    /// Weighted rate of what is lent, before the fee.
    pub lent_rate: Option<Rate>,
    /// Floor, with the fee added.
    pub floor: Option<Rate>,
    /// Weighted time until what is lent ends, in thousandths of a day.
    pub maturity_millidays: i64,
    /// Interest credited as far as the ledger was read, after the fee.
    pub interest_credited_amount: Option<String>,
    /// Open offers.
    pub offers: Vec<OfferReport>,
    /// Loans and credits.
    pub loans: Vec<LoanReport>,
    /// The last decision of each slice, in words.
    pub decisions: Vec<String>,
}

/// An open offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferReport {
    /// The exchange's id; below zero in paper mode.
    pub id: i64,
    /// Ours.
    pub own: bool,
    /// The slice that wished it.
    pub slice: String,
    /// What is left of it.
    pub amount: String,
    /// Effective rate.
    pub rate: Rate,
    /// `limit`, `frr_delta_fixed` or `frr_delta_variable`.
    pub kind: String,
    /// Period.
    pub period_days: u16,
    /// Since when.
    pub created_unix_ms: i64,
}

/// Lent money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanReport {
    /// `loan` or `credit`.
    pub kind: String,
    /// Id in that list.
    pub id: i64,
    /// How much.
    pub amount: String,
    /// Effective rate.
    pub rate: Rate,
    /// Period.
    pub period_days: u16,
    /// Since when.
    pub opened_unix_ms: i64,
    /// The slice it belongs to, where that is known.
    pub slice: String,
}

/// The status as of `now`.
#[must_use]
pub fn status(state: &AdminState, now: WireTime) -> Status {
    let checks = health::ready(state, now);
    let faults = checks.iter().filter_map(|check| check.fault.as_ref().map(|why| format!("{}: {why}", check.name)));
    let view = state.view.as_deref();
    Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ready: health::all_good(&checks),
        faults: faults.collect(),
        decided_at_unix_ms: view.map(|view| view.at.millis()),
        generation: view.map_or(0, |view| view.generation),
        paper: view.is_some_and(|view| view.paper),
        draining: view.is_some_and(|view| view.draining),
        operative: view.is_some_and(|view| view.operative),
        market_stream: view.and_then(|view| view.market_link).map_or("down", labels::link).to_owned(),
        markets: view
            .iter()
            .flat_map(|view| &view.markets)
            .map(|(code, market)| (code.code().to_owned(), market_report(market)))
            .collect(),
        accounts: view
            .iter()
            .flat_map(|view| &view.accounts)
            .map(|(name, account)| (name.to_string(), account_report(account, state.interest.get(name))))
            .collect(),
    }
}

fn rate(rate: DailyRate) -> Rate {
    Rate { rate_per_day: rate.to_decimal().to_string(), percent_per_year: rate.percent_per_year().to_string() }
}

fn market_report(market: &MarketStatus) -> Market {
    Market {
        frr: market.frr.map(rate),
        last: market.last.map(rate),
        best_offer: market.best_offer.map(rate),
        best_bid: market.best_bid.map(|(bid, _period)| rate(bid)),
        best_bid_period_days: market.best_bid.map(|(_bid, period)| period.get()),
        price_usd: market.usd_price.map(|price| price.to_string()),
        fresh: market.fresh,
    }
}

fn account_report(account: &AccountStatus, credited: Option<&BTreeMap<Currency, Total>>) -> Account {
    let currencies = account.currencies.iter();
    Account {
        enabled: account.enabled,
        gate: labels::verdict(&account.gate).to_owned(),
        gate_detail: health::gate_text(&account.gate),
        stream: labels::link(account.link).to_owned(),
        synced: account.synced,
        currencies: currencies
            .map(|(code, status)| {
                (code.code().to_owned(), currency_report(status, credited.and_then(|totals| totals.get(code)).copied()))
            })
            .collect(),
    }
}

fn currency_report(status: &CurrencyStatus, credited: Option<Total>) -> CurrencyReport {
    let text = |amount: Amount| amount.to_string();
    CurrencyReport {
        profile: status.profile.clone(),
        balance_amount: text(status.balance),
        available_amount: status.available.map(text),
        lent_amount: text(status.lent),
        offered_amount: text(status.offered),
        foreign_amount: text(status.foreign),
        keep_amount: text(status.keep),
        reserved_amount: text(status.reserved),
        in_flight_amount: text(status.in_flight),
        unknown_writes: status.unknown_writes,
        idle_amounts: status.idle.iter().map(|(reason, amount)| (reason.to_string(), text(*amount))).collect(),
        lent_rate: status.lent_rate.map(rate),
        floor: status.floor.map(rate),
        maturity_millidays: status.maturity_millidays,
        interest_credited_amount: credited.map(|total| total.to_string()),
        offers: status.offers.iter().map(offer_report).collect(),
        loans: status.loans.iter().map(loan_report).collect(),
        decisions: status.decisions.clone(),
    }
}

fn offer_report(offer: &OfferView) -> OfferReport {
    OfferReport {
        id: offer.id.0,
        own: offer.own,
        slice: offer.slice.clone(),
        amount: offer.amount.to_string(),
        rate: rate(offer.rate),
        kind: labels::offer_kind(offer.kind).to_owned(),
        period_days: offer.period.get(),
        created_unix_ms: offer.created.millis(),
    }
}

fn loan_report(loan: &LoanView) -> LoanReport {
    let kind = match loan.id.kind {
        LentKind::Loan => "loan",
        LentKind::Credit => "credit",
    };
    LoanReport {
        kind: kind.to_owned(),
        id: loan.id.id,
        amount: loan.amount.to_string(),
        rate: rate(loan.rate),
        period_days: loan.period.get(),
        opened_unix_ms: loan.opened.millis(),
        slice: loan.slice.clone(),
    }
}
