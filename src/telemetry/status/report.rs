//! From the engine's view to what `/status` tells. Sums and shares are exact; they are cut only where they are shown.

use std::collections::BTreeMap;

use crate::domain::{
    Amount, Credited, Currency, DailyRate, Days, Decimal, IdleReason, LentKind, Millis, Ratio, Timestamp, Total,
    WireTime,
};
use crate::engine::{
    AccountStatus, BenchmarkStatus, Candidate, CurrencyStatus, Hit, LoanView, MarketStatus, OfferView, Prospect,
    Scores, SliceDecision, StatusView, Verdict,
};

use super::super::health::{self, AdminState};
use super::super::labels;
use super::{
    Account, BenchmarkReport, CandidateReport, CurrencyReport, Earned, ForecastReport, Limits, LoanReport, Market,
    OfferReport, Rate, SliceReport, Status, WeighedReport,
};

/// The status as of `now`.
#[must_use]
pub fn status(state: &AdminState, now: WireTime) -> Status {
    let checks = health::ready(state, now);
    let view = state.view.as_deref();
    Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        process_id: std::process::id(),
        uptime_seconds: now.since(state.started).get() / 1_000,
        ready: health::all_good(&checks),
        faults: health::faults(&checks),
        decided_at_unix_ms: view.map(|view| view.at.millis()),
        decided_ago_ms: view.and(state.last_tick).map(|tick| now.since(tick).get()),
        generation: view.map_or(0, |view| view.generation),
        reloads: state.reloads,
        reload_fault: state.config_fault.clone(),
        reload_changes: state.config_changes.clone(),
        without_key: state.without_key.iter().map(|(name, why)| (name.to_string(), why.clone())).collect(),
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
            .flat_map(|view| view.accounts.iter().map(|(name, account)| (*view, name, account)))
            .map(|(view, name, account)| (name.to_string(), account_report(view, account, state.interest.get(name))))
            .collect(),
    }
}

fn rate(rate: DailyRate) -> Rate {
    Rate { rate_per_day: rate.to_decimal().to_string(), percent_per_year: rate.percent_per_year().to_string() }
}

fn text(amount: Amount) -> String {
    amount.to_string()
}

fn seconds(span: Millis) -> i64 {
    span.get() / 1_000
}

fn by_reason<'a>(amounts: impl IntoIterator<Item = (&'a IdleReason, &'a Amount)>) -> BTreeMap<String, String> {
    amounts.into_iter().map(|(reason, amount)| (reason.to_string(), text(*amount))).collect()
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

fn account_report(
    view: &StatusView,
    account: &AccountStatus,
    credited: Option<&BTreeMap<Currency, Credited>>,
) -> Account {
    let report = |code: &Currency, status| {
        let best = view.markets.get(code).and_then(|market| market.best_offer);
        currency_report(view.at, status, best, credited.and_then(|known| known.get(code)))
    };
    Account {
        enabled: account.enabled,
        gate: labels::verdict(&account.gate).to_owned(),
        gate_detail: health::gate_text(&account.gate),
        stream: labels::link(account.link).to_owned(),
        synced: account.synced,
        currencies: account
            .currencies
            .iter()
            .map(|(code, status)| (code.code().to_owned(), report(code, status)))
            .collect(),
    }
}

fn currency_report(
    at: Timestamp,
    status: &CurrencyStatus,
    best: Option<DailyRate>,
    credited: Option<&Credited>,
) -> CurrencyReport {
    let known = |amount: String| status.known.then_some(amount);
    let lent_net = status.lent_rate.map(|rate| rate.net_of(status.fee));
    CurrencyReport {
        profile: status.profile.clone(),
        balance_amount: known(text(status.balance)),
        available_amount: status.available.map(text),
        lent_amount: known(text(status.lent)),
        offered_amount: known(text(status.offered)),
        foreign_amount: known(text(status.foreign)),
        keep_amount: known(text(status.keep)),
        max_lent_amount: status.max_lent.map(text),
        reserved_amount: text(status.reserved),
        in_flight_amount: text(status.in_flight),
        unknown_writes: status.unknown_writes,
        idle_amount: known(status.idle.values().copied().sum::<Total>().to_string()),
        idle_amounts: by_reason(&status.idle),
        lent_rate: status.lent_rate.map(rate),
        lent_net: lent_net.map(rate),
        balance_net: on_balance(lent_net, status.lent, status.balance).filter(|_| status.known).map(rate),
        fee_percent: percent(status.fee),
        floor: status.bounds.map(|bounds| rate(bounds.floor)),
        limits: limits(status),
        maturity_millidays: status.maturity_millidays,
        interest_credited_amount: credited.map(|credited| credited.total.to_string()),
        earned: credited.map(|credited| earned(credited, at)),
        interest_estimated_amount: status.interest_estimated.to_string(),
        benchmarks: status
            .benchmarks
            .iter()
            .map(|(which, status)| (which.label().to_owned(), benchmark_report(at, status)))
            .collect(),
        offers: status.offers.iter().map(|offer| offer_report(offer, at, best)).collect(),
        loans: status.loans.iter().map(|loan| loan_report(loan, at)).collect(),
        decisions: status.decisions.iter().map(ToString::to_string).collect(),
        slices: status.decisions.iter().map(slice_report).collect(),
        forecasts: forecast_report(&status.forecasts),
    }
}

fn benchmark_report(at: Timestamp, status: &BenchmarkStatus) -> BenchmarkReport {
    BenchmarkReport {
        profile: status.profile.clone(),
        since_unix_ms: status.since.millis(),
        age_seconds: seconds(at.since(status.since)),
        interest_amount: status.interest.to_string(),
        own_interest_amount: status.own_interest.to_string(),
        net: status.net.map(rate),
        own_net: status.own_net.map(rate),
        utilisation_percent: status.utilisation.map(percent),
        base_amount: text(status.base),
        lent_amount: text(status.lent),
        offered_amount: text(status.offered),
    }
}

/// What the lent part earns, spread over the whole balance; unknown without a balance, and while it is not known what
/// the lent part earns.
fn on_balance(lent_net: Option<DailyRate>, lent: Amount, balance: Amount) -> Option<DailyRate> {
    if !balance.is_positive() {
        return None;
    }
    if !lent.is_positive() {
        return Some(DailyRate::ZERO);
    }
    let earned = i128::from(lent_net?.units()).saturating_mul(i128::from(lent.units()));
    i64::try_from(earned / i128::from(balance.units())).ok().map(DailyRate::from_units)
}

/// A ratio in percent, exact.
fn percent(ratio: Ratio) -> String {
    Decimal::from_units(ratio.ppm(), 4).to_string()
}

fn limits(status: &CurrencyStatus) -> Option<Limits> {
    let bounds = status.bounds?;
    Some(Limits {
        floor: rate(bounds.floor),
        ceiling: bounds.ceiling.map(rate),
        max_period_days: bounds.max_period.get(),
        min_offer_amount: text(bounds.min_offer),
        max_offer_amount: bounds.max_offer.map(text),
        max_offers: bounds.max_offers,
    })
}

fn earned(credited: &Credited, at: Timestamp) -> Earned {
    let days = |count| credited.before(at, count).to_string();
    Earned {
        today_amount: credited.today(at).to_string(),
        yesterday_amount: days(1),
        days_7_amount: days(7),
        days_30_amount: days(30),
        last_unix_ms: credited.last.map(Timestamp::millis),
    }
}

fn offer_report(offer: &OfferView, at: Timestamp, best: Option<DailyRate>) -> OfferReport {
    OfferReport {
        id: offer.id.0,
        own: offer.own,
        slice: offer.slice.clone(),
        amount: text(offer.amount),
        rate: rate(offer.rate),
        kind: labels::offer_kind(offer.kind).to_owned(),
        period_days: offer.period.get(),
        created_unix_ms: offer.created.millis(),
        age_seconds: seconds(at.since(offer.created)),
        above_best_percent: best.and_then(|best| above(offer.rate, best)),
    }
}

/// By how much `rate` is over `best`, in percent with two decimals.
fn above(rate: DailyRate, best: DailyRate) -> Option<String> {
    let distance = i128::from(rate.units()).saturating_sub(i128::from(best.units()));
    let hundredths = distance.saturating_mul(10_000).checked_div(i128::from(best.units()))?;
    i64::try_from(hundredths).ok().map(|hundredths| Decimal::from_units(hundredths, 2).to_string())
}

fn loan_report(loan: &LoanView, at: Timestamp) -> LoanReport {
    let kind = match loan.id.kind {
        LentKind::Loan => "loan",
        LentKind::Credit => "credit",
    };
    LoanReport {
        kind: kind.to_owned(),
        id: loan.id.id,
        amount: text(loan.amount),
        rate: rate(loan.rate),
        period_days: loan.period.get(),
        opened_unix_ms: loan.opened.millis(),
        left_seconds: seconds(loan.opened.plus(loan.period.span()).since(at)).max(0),
        slice: loan.slice.clone(),
    }
}

fn slice_report(decision: &SliceDecision) -> SliceReport {
    SliceReport {
        slice: decision.slice.clone(),
        candidates: decision.candidates.iter().map(candidate_report).collect(),
        held_amounts: by_reason(decision.held.iter().map(|(reason, amount)| (reason, amount))),
        weighed: decision.weighed.iter().map(weighed_report).collect(),
    }
}

fn weighed_report(prospect: &Prospect) -> WeighedReport {
    WeighedReport {
        takes_bid: prospect.hit == Hit::Bid,
        rate: rate(prospect.rate),
        period_days: prospect.period.get(),
        wait_seconds: seconds(prospect.wait),
        fill_percent: percent(prospect.fill),
        hold_seconds: seconds(prospect.hold),
        net: rate(prospect.net),
    }
}

fn forecast_report(scores: &Scores) -> Option<ForecastReport> {
    let (half, most) = scores.coverage().unzip();
    let score = |brier: Ratio| Decimal::from_units(brier.ppm(), 6).to_string();
    let any = scores.waits > 0 || scores.fills > 0 || scores.holds > 0;
    any.then(|| ForecastReport {
        waits: scores.waits,
        within_half_percent: half.map(percent),
        within_most_percent: most.map(percent),
        fills: scores.fills,
        brier: scores.brier().map(score),
        holds: scores.holds,
        hold_percent: scores.hold_ratio().map(percent),
    })
}

fn candidate_report(candidate: &Candidate) -> CandidateReport {
    let why = candidate.why;
    let mut report = CandidateReport {
        rule: why.rule.to_owned(),
        raw: rate(why.raw),
        amount: candidate.amount.to_string(),
        declined: None,
        offers: 0,
        rate: None,
        kind: None,
        period_days: None,
        hidden: false,
        floor: rate(why.floor),
        frr: rate(why.frr),
        last: rate(why.last),
        best_offer: why.best_offer.map(rate),
    };
    match candidate.verdict {
        Verdict::Declined(reason) => report.declined = Some(reason.to_string()),
        Verdict::Wished { offers, rate: effective, kind, period, hidden } => {
            report.offers = offers;
            report.rate = Some(rate(effective));
            report.kind = Some(labels::offer_kind(kind).to_owned());
            report.period_days = Some(Days::get(period));
            report.hidden = hidden;
        }
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    fn per_day(millionths: i64) -> DailyRate {
        DailyRate::from_units(millionths * 1_000_000)
    }

    #[test]
    fn what_is_not_known_is_not_zero() {
        let nothing = currency_report(Timestamp::default(), &CurrencyStatus::default(), None, None);
        assert_eq!((nothing.balance_amount, nothing.lent_amount, nothing.idle_amount), (None, None, None));
        let status = CurrencyStatus {
            known: true,
            balance: Amount::whole(100),
            lent: Amount::whole(50),
            ..CurrencyStatus::default()
        };
        let report = currency_report(Timestamp::default(), &status, None, None);
        assert_eq!((report.lent_net, report.balance_net, report.earned, report.limits), (None, None, None, None));
        assert_eq!(
            on_balance(None, Amount::ZERO, Amount::whole(1)),
            Some(DailyRate::ZERO),
            "nothing lent earns nothing"
        );
        assert_eq!(on_balance(Some(per_day(200)), Amount::ZERO, Amount::ZERO), None);
    }

    #[test]
    fn the_whole_balance_earns_its_lent_part() {
        assert_eq!(on_balance(Some(per_day(200)), Amount::whole(250), Amount::whole(1_000)), Some(per_day(50)));
        assert_eq!(percent(Ratio::percent(15)), "15");
        assert_eq!(percent(Ratio::from_ppm(185_500)), "18.55");
    }

    #[test]
    fn the_distance_to_the_best_has_a_sign_and_two_decimals() {
        assert_eq!(above(per_day(210), per_day(200)).unwrap(), "5");
        assert_eq!(above(per_day(200), per_day(200)).unwrap(), "0");
        assert_eq!(above(per_day(197), per_day(200)).unwrap(), "-1.5");
        assert_eq!(above(per_day(200), DailyRate::ZERO), None);
    }
}
