//! Gauges set from the engine's view. They remember which accounts and currencies they have shown, so that what has
//! left the configuration falls to zero instead of standing at its last value for ever. What the exchange has not told
//! yet is no number: an empty wallet and one that nobody has read are not the same, and the series are there either way.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{AccountName, Amount, Currency, DailyRate, GateVerdict, IdleReason, LinkState, Ratio, Total};
use crate::engine::{
    AccountPolicy, AccountStatus, Benchmark, BenchmarkStatus, CurrencyStatus, LendPolicy, MarketStatus, Policy, Scores,
    StatusView,
};

use super::super::catalogue as c;
use super::super::labels;
use super::{count, flag, float, set, total};

/// Sets the gauges; one for the whole process.
#[derive(Debug, Default)]
pub struct Gauges {
    accounts: BTreeMap<AccountName, BTreeMap<Currency, Configured>>,
    markets: BTreeSet<Currency>,
}

/// What of a currency makes series only when it is configured.
#[derive(Debug, Default)]
struct Configured {
    slices: BTreeSet<String>,
    shadow: bool,
}

impl Gauges {
    /// Sets every gauge that a view speaks of.
    pub fn view(&mut self, view: &StatusView) {
        set(&c::PAPER, &[], flag(view.paper));
        set(&c::DRAINING, &[], flag(view.draining));
        set(&c::EXCHANGE_OPERATIVE, &[], flag(view.operative));
        set(&c::CONFIG_GENERATION, &[], float(i64::try_from(view.generation).unwrap_or(i64::MAX)));
        self.markets.extend(view.markets.keys());
        let unknown = MarketStatus::default();
        for code in &self.markets {
            market(*code, view.markets.get(code).unwrap_or(&unknown));
        }
        for (name, status) in &view.accounts {
            // What is not configured makes no series: nobody could say beforehand which there will be.
            let known = self.accounts.entry(name.clone()).or_default();
            for (code, status) in status.currencies.iter().filter(|(_, status)| status.profile.is_some()) {
                let known = known.entry(*code).or_default();
                known.slices.extend(status.slices.iter().cloned());
                known.shadow |= status.shadow.is_some();
            }
        }
        // What has left holds nothing, and that is known.
        let nothing = CurrencyStatus { known: true, available: Some(Amount::ZERO), ..CurrencyStatus::default() };
        for (name, currencies) in &self.accounts {
            let status = view.accounts.get(name);
            account(name, status);
            for (code, configured) in currencies {
                let known = status.and_then(|status| status.currencies.get(code)).unwrap_or(&nothing);
                currency(name, *code, known);
                for which in Benchmark::ALL.into_iter().filter(|which| configured.shadow || *which != Benchmark::Shadow)
                {
                    benchmark(which, [name.as_str(), code.code()], known.benchmarks.get(&which));
                }
                for name_of_slice in &configured.slices {
                    slice([name.as_str(), code.code(), name_of_slice], known);
                }
            }
        }
    }
}

fn market(code: Currency, market: &MarketStatus) {
    let rates = [
        ("frr", market.frr),
        ("last", market.last),
        ("best_offer", market.best_offer),
        ("best_bid", market.best_bid.map(|(rate, _period)| rate)),
    ];
    for (kind, known) in rates {
        set(&c::MARKET_DAILY_RATE, &[code.code(), kind], rate(known));
    }
    set(&c::MARKET_FRESH, &[code.code()], flag(market.fresh));
}

fn account(name: &AccountName, status: Option<&AccountStatus>) {
    let holds = status.map(|status| labels::verdict(&status.gate));
    for verdict in labels::VERDICTS {
        set(&c::GATE, &[name.as_str(), verdict], flag(holds == Some(verdict)));
    }
    set(&c::ACCOUNT_ENABLED, &[name.as_str()], flag(status.is_some_and(|status| status.enabled)));
    let others = status.map_or(0, |status| {
        let held = |status: &&CurrencyStatus| status.profile.is_none() && status.balance.is_positive();
        status.currencies.values().filter(held).count()
    });
    set(&c::UNMANAGED_CURRENCIES, &[name.as_str()], count(others));
}

fn currency(name: &AccountName, code: Currency, status: &CurrencyStatus) {
    let of = [name.as_str(), code.code()];
    let [account, currency] = of;
    let told = |number: f64| if status.known { number } else { f64::NAN };
    let kinds = [
        ("total", told(amount(status.balance))),
        ("free", status.available.map_or(f64::NAN, amount)),
        ("lent", told(amount(status.lent))),
        ("offered", told(amount(status.offered))),
        ("foreign", told(amount(status.foreign))),
        ("kept", told(amount(status.keep))),
        ("reserved", told(amount(status.reserved))),
        // Our own doing, known from the start.
        ("in_flight", amount(status.in_flight)),
    ];
    for (kind, held) in kinds {
        set(&c::WALLET_AMOUNT, &[account, currency, kind], held);
    }
    for reason in IdleReason::ALL {
        let held = status.idle.get(&reason).copied().unwrap_or_default();
        set(&c::IDLE_AMOUNT, &[account, currency, reason.label()], told(amount(held)));
    }
    for (owner, own) in [("own", true), ("foreign", false)] {
        let open = status.offers.iter().filter(|offer| offer.own == own).count();
        set(&c::OPEN_OFFERS, &[account, currency, owner], told(count(open)));
    }
    set(&c::UNKNOWN_WRITES, &of, f64::from(status.unknown_writes));
    set(&c::LENT_DAILY_RATE, &of, rate(status.lent_rate));
    set(&c::OFFERED_DAILY_RATE, &of, offered_rate(status));
    set(&c::FLOOR_DAILY_RATE, &of, rate(status.bounds.map(|bounds| bounds.floor)));
    set(&c::UTILISATION, &of, quotient(status.lent, status.balance.less(status.keep)));
    set(&c::LENT_MATURITY, &of, told(float(status.maturity_millidays) * 86.4));
    forecasts(of, &status.forecasts);
    set(&c::INTEREST_ESTIMATED, &of, total(status.interest_estimated));
}

fn benchmark(which: Benchmark, [account, currency]: [&str; 2], status: Option<&BenchmarkStatus>) {
    let of = [account, currency, which.label()];
    set(&c::INTEREST_BENCHMARK, &of, status.map_or(f64::NAN, |status| total(status.interest)));
    if which != Benchmark::FrrBound {
        set(&c::BENCHMARK_UTILISATION, &of, status.map_or(f64::NAN, |status| quotient(status.lent, status.base)));
    }
}

fn forecasts(of: [&str; 2], scores: &Scores) {
    let [account, currency] = of;
    set(&c::FORECASTS_SCORED, &of, float(i64::try_from(scores.waits).unwrap_or(i64::MAX)));
    let (half, most) = scores.coverage().unzip();
    for (kind, covered) in [("half", half), ("most", most)] {
        set(&c::FORECAST_COVERAGE, &[account, currency, kind], part(covered));
    }
    set(&c::FORECAST_BRIER, &of, part(scores.brier()));
    set(&c::FORECAST_HOLD, &of, part(scores.hold_ratio()));
}

fn part(ratio: Option<Ratio>) -> f64 {
    ratio.map_or(f64::NAN, |ratio| float(ratio.ppm()) / 1e6)
}

/// What there is to show under `policy` before the engine has decided anything.
pub(super) fn unknown(policy: &Policy) -> StatusView {
    let currency = |(code, lend): (&Currency, &LendPolicy)| {
        let profile = Some(lend.profile.name.clone());
        let slices = lend.profile.slices.iter().map(|slice| slice.name.clone()).collect();
        let shadow = lend.shadow.as_ref().map(|shadow| shadow.name.clone());
        (*code, CurrencyStatus { profile, slices, shadow, ..CurrencyStatus::default() })
    };
    let account = |(name, account): (&AccountName, &AccountPolicy)| {
        let status = AccountStatus {
            enabled: account.enabled,
            gate: GateVerdict::Pending,
            link: LinkState::Down,
            synced: false,
            writes_under_way: 0,
            currencies: account.lend.iter().map(currency).collect(),
        };
        (name.clone(), status)
    };
    StatusView {
        generation: policy.generation,
        paper: policy.paper,
        // Until it says otherwise, as the engine takes it.
        operative: true,
        markets: policy.currencies().into_iter().map(|code| (code, MarketStatus::default())).collect(),
        accounts: policy.accounts.iter().map(account).collect(),
        ..StatusView::default()
    }
}

fn slice(of: [&str; 3], status: &CurrencyStatus) {
    let [account, currency, name] = of;
    let lent: Total = status.loans.iter().filter(|loan| loan.slice == name).map(|loan| loan.amount).sum();
    let own = status.offers.iter().filter(|offer| offer.own && offer.slice == name);
    for (kind, sum) in [("lent", lent), ("offered", own.map(|offer| offer.amount).sum())] {
        let sum = if status.known { total(sum) } else { f64::NAN };
        set(&c::SLICE_AMOUNT, &[account, currency, name, kind], sum);
    }
}

/// Of own offers, weighted by what is left of them.
fn offered_rate(status: &CurrencyStatus) -> f64 {
    let own = || status.offers.iter().filter(|offer| offer.own);
    let total = own().map(|offer| offer.amount).sum::<Total>().at_least_zero();
    let weighted: f64 = own().map(|offer| rate(Some(offer.rate)) * quotient(offer.amount, total)).sum();
    if total.is_positive() { weighted } else { f64::NAN }
}

fn quotient(part: Amount, whole: Amount) -> f64 {
    if whole.is_positive() { float(part.units()) / float(whole.units()) } else { f64::NAN }
}

fn amount(amount: Amount) -> f64 {
    float(amount.units()) / 1e8
}

/// What is not known is no number: a zero would lie.
fn rate(rate: Option<DailyRate>) -> f64 {
    rate.map_or(f64::NAN, |rate| float(rate.units()) / 1e12)
}
