//! `/status`: the engine's view as JSON, for `yieldsforge status` and for scripts. Amounts and rates are exact decimal
//! texts and every field names its unit; what is not known is `null`, never zero. Nothing secret can stand in here: the view
//! holds none.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

mod report;

pub use report::status;

/// The whole answer.
#[expect(clippy::struct_excessive_bools, reason = "a report, not a state machine")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Version of the daemon.
    pub version: String,
    /// Its process id, as its own system counts.
    pub process_id: u32,
    /// For how long it runs.
    pub uptime_seconds: i64,
    /// The verdict of `/readyz`.
    pub ready: bool,
    /// Its failed checks, in words.
    pub faults: Vec<String>,
    /// Market time of the last decision, milliseconds since 1970 UTC; `null` before the first.
    pub decided_at_unix_ms: Option<i64>,
    /// How long ago that was, in real time.
    pub decided_ago_ms: Option<i64>,
    /// Number of the policy in force.
    pub generation: u64,
    /// How many reloads were answered, refused ones too.
    pub reloads: u64,
    /// Why the last one was refused; `null` when it was not, or there was none.
    pub reload_fault: Option<String>,
    /// What the last one changed, in words; `null` when it was refused, or there was none.
    pub reload_changes: Option<String>,
    /// Accounts that are off because their key cannot be read, with file and reason.
    pub without_key: BTreeMap<String, String>,
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

/// One currency of an account; amounts in that currency. The parts of the balance are `null` until the exchange has told of
/// them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrencyReport {
    /// The profile that lends it.
    pub profile: Option<String>,
    /// Whole funding wallet.
    pub balance_amount: Option<String>,
    /// Offerable now, as the exchange says; `null` while it does not.
    pub available_amount: Option<String>,
    /// Lent out.
    pub lent_amount: Option<String>,
    /// In own offers.
    pub offered_amount: Option<String>,
    /// In offers that are not ours.
    pub foreign_amount: Option<String>,
    /// Never lent.
    pub keep_amount: Option<String>,
    /// Most that may be lent and offered, where there is such a cap.
    pub max_lent_amount: Option<String>,
    /// Held back by slices that wait for their `release`.
    pub reserved_amount: String,
    /// On its way.
    pub in_flight_amount: String,
    /// Writes whose outcome nobody knows.
    pub unknown_writes: u32,
    /// Neither lent nor in an offer.
    pub idle_amount: Option<String>,
    /// The same by reason.
    pub idle_amounts: BTreeMap<String, String>,
    /// Weighted rate of what is lent, before the fee.
    pub lent_rate: Option<Rate>,
    /// The same after the fee: what the lent money earns.
    pub lent_net: Option<Rate>,
    /// What it makes of the whole balance, idle money and all, after the fee.
    pub balance_net: Option<Rate>,
    /// The exchange's share of the interest, in percent.
    pub fee_percent: String,
    /// Floor, with the fee added.
    pub floor: Option<Rate>,
    /// What bound every wish of the last decision.
    pub limits: Option<Limits>,
    /// Weighted time until what is lent ends, in thousandths of a day.
    pub maturity_millidays: i64,
    /// Interest credited as far as the ledger was read, after the fee.
    pub interest_credited_amount: Option<String>,
    /// The same by UTC days; `null` until the ledger was read.
    pub earned: Option<Earned>,
    /// Interest earned since the start of the daemon, paid out or not, after the fee.
    pub interest_estimated_amount: String,
    /// What the same money would have earned otherwise: `frr_auto_renew`, `best_offer`, `shadow`, `frr_bound`.
    pub benchmarks: BTreeMap<String, BenchmarkReport>,
    /// Open offers.
    pub offers: Vec<OfferReport>,
    /// Loans and credits.
    pub loans: Vec<LoanReport>,
    /// The last decision of each slice, in words.
    pub decisions: Vec<String>,
    /// The same in numbers.
    pub slices: Vec<SliceReport>,
    /// How the adaptive rule's forecasts have held; `null` before any was scored.
    pub forecasts: Option<ForecastReport>,
}

/// How forecasts have held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForecastReport {
    /// Waits scored.
    pub waits: u64,
    /// Percent of them within the time expected of half.
    pub within_half_percent: Option<String>,
    /// Percent of them within the time expected of nine in ten.
    pub within_most_percent: Option<String>,
    /// Forecasts of a fill within one cycle that were scored.
    pub fills: u64,
    /// Their mean squared error: 0 is perfect, 0.25 a coin.
    pub brier: Option<String>,
    /// Holds scored.
    pub holds: u64,
    /// How long loans lasted, in percent of what was expected.
    pub hold_percent: Option<String>,
}

/// Interest by the UTC day of its payment, after the fee; every payment of the ledger counts once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earned {
    /// Today so far. The exchange pays once a day, early in the morning, for the day before.
    pub today_amount: String,
    /// The day before today.
    pub yesterday_amount: String,
    /// The seven days before today.
    pub days_7_amount: String,
    /// The thirty days before today.
    pub days_30_amount: String,
    /// The last payment.
    pub last_unix_ms: Option<i64>,
}

/// What binds every wish in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Nothing under it.
    pub floor: Rate,
    /// Nothing over it.
    pub ceiling: Option<Rate>,
    /// Longest period.
    pub max_period_days: u16,
    /// The exchange's minimum, with a margin where it is converted.
    pub min_offer_amount: String,
    /// Larger sums are split.
    pub max_offer_amount: Option<String>,
    /// Most offers at a time.
    pub max_offers: u16,
}

/// Another way to lend the same money, on paper, beside what the account itself did in the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BenchmarkReport {
    /// The shadow's profile.
    pub profile: Option<String>,
    /// Since when.
    pub since_unix_ms: i64,
    /// For how long.
    pub age_seconds: i64,
    /// Interest since then, after the fee.
    pub interest_amount: String,
    /// What the account itself earned since then, after the fee, as it is estimated.
    pub own_interest_amount: String,
    /// Its interest on all the money there was to lend; `null` at the start.
    pub net: Option<Rate>,
    /// The same of the account itself.
    pub own_net: Option<Rate>,
    /// The part of the money that was lent, over the whole time.
    pub utilisation_percent: Option<String>,
    /// The money there is to lend now.
    pub base_amount: String,
    /// Lent now.
    pub lent_amount: String,
    /// In its offers now.
    pub offered_amount: String,
}

/// The last decision of a slice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SliceReport {
    /// Its name.
    pub slice: String,
    /// What it thought of: wishes, then what a bound declined.
    pub candidates: Vec<CandidateReport>,
    /// What it holds back, by reason.
    pub held_amounts: BTreeMap<String, String>,
    /// What the adaptive rule has weighed, best first.
    pub weighed: Vec<WeighedReport>,
}

/// A rate and period that the adaptive rule has weighed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeighedReport {
    /// Takes a request of a borrower that stands in the book.
    pub takes_bid: bool,
    /// Rate before bounds and rounding.
    pub rate: Rate,
    /// Period.
    pub period_days: u16,
    /// Expected wait until it is lent.
    pub wait_seconds: i64,
    /// Probability that it is lent within one cycle of borrowing, in percent.
    pub fill_percent: String,
    /// Expected time until it comes back.
    pub hold_seconds: i64,
    /// Expected yield after the fee of all the time from one free moment to the next.
    pub net: Rate,
}

/// A price with an amount that a slice thought of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CandidateReport {
    /// Its rate rule.
    pub rule: String,
    /// What the rule itself answered.
    pub raw: Rate,
    /// How much.
    pub amount: String,
    /// Why there is to be no such offer; `null` when it is wished.
    pub declined: Option<String>,
    /// In how many offers.
    pub offers: u16,
    /// Effective rate after bounds and rounding.
    pub rate: Option<Rate>,
    /// `limit`, `frr_delta_fixed` or `frr_delta_variable`.
    pub kind: Option<String>,
    /// Period.
    pub period_days: Option<u16>,
    /// Not shown in the book.
    pub hidden: bool,
    /// The floor then.
    pub floor: Rate,
    /// The FRR then.
    pub frr: Rate,
    /// The last trade then.
    pub last: Rate,
    /// The cheapest two-day offer of others then.
    pub best_offer: Option<Rate>,
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
    /// For how long.
    pub age_seconds: i64,
    /// How much dearer it is than the cheapest two-day offer in the book, in percent of that; zero for the cheapest.
    pub above_best_percent: Option<String>,
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
    /// Until it ends, if it is not returned before.
    pub left_seconds: i64,
    /// The slice it belongs to, where that is known.
    pub slice: String,
}
