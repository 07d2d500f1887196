//! What the engine shows of itself: for `/status`, `/readyz`, `explain`, the gauges and the demo's screen. A value, made
//! once a decision; nobody reads the engine's state behind its back.

use std::collections::BTreeMap;

use crate::domain::{
    AccountName, Amount, Currency, DailyRate, Days, GateVerdict, IdleReason, LentId, LinkState, OfferId, OfferKind,
    Ratio, Timestamp, Total,
};
use crate::strategy::stats::{Prospect, Scores};
use crate::strategy::{Bounds, Why};

/// Everything there is to see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatusView {
    /// Market time of the decision.
    pub at: Timestamp,
    /// Policy in force.
    pub generation: u64,
    /// Paper mode.
    pub paper: bool,
    /// No new offers: stopping.
    pub draining: bool,
    /// The exchange is up, as far as it says.
    pub operative: bool,
    /// State of the public stream.
    pub market_link: Option<LinkState>,
    /// Markets by currency.
    pub markets: BTreeMap<Currency, MarketStatus>,
    /// Accounts by name.
    pub accounts: BTreeMap<AccountName, AccountStatus>,
}

/// One market.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MarketStatus {
    /// Flash return rate per day.
    pub frr: Option<DailyRate>,
    /// Last trade per day.
    pub last: Option<DailyRate>,
    /// Cheapest two-day offer per day.
    pub best_offer: Option<DailyRate>,
    /// Dearest bid of any period, per day, with its period.
    pub best_bid: Option<(DailyRate, Days)>,
    /// One unit in 1e-8 USD.
    pub usd_price: Option<Amount>,
    /// Everything needed to decide is known and fresh.
    pub fresh: bool,
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountStatus {
    /// Lends, as configured and as of now.
    pub enabled: bool,
    /// What the key may do.
    pub gate: GateVerdict,
    /// State of the private stream.
    pub link: LinkState,
    /// A snapshot that adds up has been taken since the link came up.
    pub synced: bool,
    /// Writes that have left and are not settled, unknown ones among them.
    pub writes_under_way: u32,
    /// Currencies by code.
    pub currencies: BTreeMap<Currency, CurrencyStatus>,
}

impl AccountStatus {
    /// Own offers that are open, in all currencies.
    #[must_use]
    pub fn own_open_offers(&self) -> usize {
        self.currencies.values().flat_map(|currency| &currency.offers).filter(|offer| offer.own).count()
    }
}

/// One currency of an account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CurrencyStatus {
    /// The profile that lends it; `None` when no `[[lend]]` names it.
    pub profile: Option<String>,
    /// The names of its slices.
    pub slices: Vec<String>,
    /// The profile that decides on paper beside it.
    pub shadow: Option<String>,
    /// The exchange has told of this money; before it did, the amounts are zero because nothing is known.
    pub known: bool,
    /// Whole funding wallet.
    pub balance: Amount,
    /// Free to offer, as the exchange says; in paper mode less what paper has used up.
    pub available: Option<Amount>,
    /// Lent out, on paper too.
    pub lent: Amount,
    /// In own offers, those on paper too.
    pub offered: Amount,
    /// In offers that are not ours.
    pub foreign: Amount,
    /// Never lent.
    pub keep: Amount,
    /// Held back by slices that wait for their `release`.
    pub reserved: Amount,
    /// Submits on their way.
    pub in_flight: Amount,
    /// Writes whose outcome is not known.
    pub unknown_writes: u32,
    /// What lies idle, by its one reason; sums to BALANCE − lent − offered − foreign.
    pub idle: BTreeMap<IdleReason, Amount>,
    /// Weighted gross rate per day of what is lent.
    pub lent_rate: Option<DailyRate>,
    /// What bound every wish of the last decision; `None` when it could not be made.
    pub bounds: Option<Bounds>,
    /// Cap on what is lent and offered, where there is one and it could be converted.
    pub max_lent: Option<Amount>,
    /// The exchange's share of the interest, as far as it is known.
    pub fee: Ratio,
    /// Weighted days until what is lent ends, in thousandths of a day.
    pub maturity_millidays: i64,
    /// Interest earned since the start of the engine, after the fee, paid out or not.
    pub interest_estimated: Total,
    /// What the same money would have earned otherwise.
    pub benchmarks: BTreeMap<Benchmark, BenchmarkStatus>,
    /// Open offers, own and foreign.
    pub offers: Vec<OfferView>,
    /// What is lent.
    pub loans: Vec<LoanView>,
    /// How well the forecasts of the adaptive rule have held.
    pub forecasts: Scores,
    /// The last decision of each slice; none while the whole currency holds.
    pub decisions: Vec<SliceDecision>,
}

/// Another way to lend the same money, on paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Benchmark {
    /// Offers at the FRR of the moment for two days, renewed.
    FrrAutoRenew,
    /// The cheapest offer of others less a tick, for two days.
    BestOffer,
    /// The profile that the lend entry names as its shadow.
    Shadow,
    /// All of it lent at the FRR of every moment: no order could do so, it is the most that the FRR could pay.
    FrrBound,
}

impl Benchmark {
    /// All, for initialising the metrics.
    pub const ALL: [Self; 4] = [Self::FrrAutoRenew, Self::BestOffer, Self::Shadow, Self::FrrBound];

    /// The word in metrics and `/status`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::FrrAutoRenew => "frr_auto_renew",
            Self::BestOffer => "best_offer",
            Self::Shadow => "shadow",
            Self::FrrBound => "frr_bound",
        }
    }
}

/// How another way to lend fared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BenchmarkStatus {
    /// The shadow's profile.
    pub profile: Option<String>,
    /// Since when it runs beside the account.
    pub since: Timestamp,
    /// Interest since then, after the fee.
    pub interest: Total,
    /// What the account itself earned since then, after the fee, as it is estimated.
    pub own_interest: Total,
    /// Its interest per day on all the money there was to lend; unknown at the start.
    pub net: Option<DailyRate>,
    /// The same of the account itself.
    pub own_net: Option<DailyRate>,
    /// The part of the money that was lent, over the whole time.
    pub utilisation: Option<Ratio>,
    /// The money there is to lend: the smaller of BALANCE − keep and max lent.
    pub base: Amount,
    /// Lent now.
    pub lent: Amount,
    /// In its offers now.
    pub offered: Amount,
}

/// What one slice decided.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SliceDecision {
    /// Its name.
    pub slice: String,
    /// The offers it wishes to have open, equal ones in one, then what a bound declined.
    pub candidates: Vec<Candidate>,
    /// What it holds back, and why.
    pub held: Vec<(IdleReason, Amount)>,
    /// What a rule that forecasts has weighed, best first.
    pub weighed: Vec<Prospect>,
}

/// An offer that was thought of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// How much in all.
    pub amount: Total,
    /// What became of the thought.
    pub verdict: Verdict,
    /// The numbers behind it.
    pub why: Why,
}

/// What became of a thought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// To be open.
    Wished {
        /// In so many offers.
        offers: u16,
        /// What it earns per day if matched now.
        rate: DailyRate,
        /// How its rate is meant.
        kind: OfferKind,
        /// Period.
        period: Days,
        /// Not shown in the book.
        hidden: bool,
    },
    /// A bound forbids it.
    Declined(IdleReason),
}

/// An open offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferView {
    /// Id; below zero on paper.
    pub id: OfferId,
    /// Ours. In paper mode also what a live run left, which is shown and not touched.
    pub own: bool,
    /// The slice that wished it; empty for adopted and foreign ones.
    pub slice: String,
    /// What is left of it.
    pub amount: Amount,
    /// Effective rate per day.
    pub rate: DailyRate,
    /// How its rate is meant.
    pub kind: OfferKind,
    /// Period.
    pub period: Days,
    /// Since when.
    pub created: Timestamp,
}

/// A loan or credit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoanView {
    /// Id; below zero on paper.
    pub id: LentId,
    /// Amount.
    pub amount: Amount,
    /// Effective rate per day.
    pub rate: DailyRate,
    /// Period.
    pub period: Days,
    /// Since when.
    pub opened: Timestamp,
    /// The slice it belongs to, where a trade links it; else empty.
    pub slice: String,
}
