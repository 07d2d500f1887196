//! A policy, a view and one note of every kind, for the tests in here.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{
    AccountName, Action, ActionId, Amount, Cancel, Currency, DailyRate, Days, GateVerdict, IdleReason, Intent, LentId,
    LentKind, LinkState, Millis, OfferId, OfferKind, Ratio, Refusal, Stream, Submit, Timestamp, Total, UnknownCause,
};
use crate::engine::{
    AccountPolicy, AccountStatus, Benchmark, BenchmarkStatus, CancelReason, Candidate, CurrencyStatus, LendPolicy,
    LoanView, MarketStatus, Note, OfferView, Outcome, Policy, Rule, SliceDecision, StatusView, Verdict,
};
use crate::strategy::stats::Scores;
use crate::strategy::{Bounds, Measure, Profile, ProfileLimits, Quantity, RateRule, RateSpec, Slice, Why};

pub(super) const USD: Currency = Currency::USD;
pub(super) const AT: Timestamp = Timestamp::from_millis(1_790_000_000_123);

pub(super) fn main_account() -> AccountName {
    AccountName::new("main").unwrap()
}

pub(super) fn currencies() -> [Currency; 4] {
    ["USD", "UST", "BTC", "ETH"].map(|code| Currency::from_code(code).unwrap())
}

pub(super) fn rate(millionths_per_day: i64) -> DailyRate {
    DailyRate::from_units(millionths_per_day * 1_000_000)
}

pub(super) fn policy() -> Policy {
    let spec = RateSpec { rate: rate(100), net: false };
    let slice = Slice::plain("core", RateRule::Fixed { at: spec });
    let limits =
        ProfileLimits { floor: spec, ceiling: None, max_offer: None, max_period: Days::new(30), max_offers: 20 };
    let profile =
        Arc::new(Profile { name: "steady".to_owned(), description: String::new(), limits, slices: vec![slice] });
    let lend = LendPolicy {
        profile,
        keep: Measure::Amount(Quantity::Own(Amount::ZERO)),
        max_lent: None,
        min_liquid: None,
        shadow: None,
        wind_down: None,
    };
    let account = AccountPolicy {
        enabled: true,
        fee: None,
        active_until: None,
        lend: currencies().into_iter().map(|currency| (currency, lend.clone())).collect(),
    };
    Policy {
        generation: 1,
        paper: false,
        tick: Millis::seconds(10),
        accounts: BTreeMap::from([(main_account(), account)]),
    }
}

fn benchmark() -> BenchmarkStatus {
    BenchmarkStatus {
        since: AT,
        interest: Total::from(Amount::from_units(275_000_000)),
        own_interest: Total::from(Amount::from_units(250_000_000)),
        net: Some(rate(110)),
        own_net: Some(rate(100)),
        utilisation: Some(Ratio::percent(75)),
        base: Amount::whole(1_250),
        lent: Amount::whole(1_000),
        ..BenchmarkStatus::default()
    }
}

/// Everything well: 1000 lent of 1500, an own and a foreign offer; and some euros that no file speaks of.
pub(super) fn view() -> StatusView {
    let offer = |id, own, amount, at| OfferView {
        id: OfferId(id),
        own,
        slice: "core".to_owned(),
        amount: Amount::whole(amount),
        rate: rate(at),
        kind: OfferKind::Limit,
        period: Days::MIN,
        created: AT,
    };
    let loan = LoanView {
        id: LentId { kind: LentKind::Credit, id: 9 },
        amount: Amount::whole(1_000),
        rate: rate(200),
        period: Days::new(30),
        opened: AT,
        slice: String::new(),
    };
    let empty = nothing_yet();
    let usd = CurrencyStatus {
        balance: Amount::whole(1_500),
        available: Some(Amount::whole(50)),
        lent: Amount::whole(1_000),
        offered: Amount::whole(300),
        foreign: Amount::whole(150),
        keep: Amount::whole(250),
        idle: BTreeMap::from([(IdleReason::BelowMinimum, Amount::whole(50))]),
        lent_rate: Some(rate(200)),
        bounds: Some(bounds()),
        fee: Ratio::percent(15),
        maturity_millidays: 2_500,
        interest_estimated: Total::from(Amount::from_units(250_000_000)),
        benchmarks: BTreeMap::from([(Benchmark::BestOffer, benchmark())]),
        offers: vec![offer(1, true, 100, 300), offer(2, true, 200, 150), offer(3, false, 150, 900)],
        loans: vec![loan],
        decisions: vec![decision()],
        forecasts: scores(),
        ..empty.clone()
    };
    let market = MarketStatus {
        frr: Some(rate(210)),
        last: Some(rate(190)),
        best_offer: Some(rate(180)),
        best_bid: None,
        usd_price: Some(Amount::whole(1)),
        fresh: true,
    };
    let euros = CurrencyStatus { known: true, balance: Amount::whole(3), ..CurrencyStatus::default() };
    let others = currencies().into_iter().skip(1).map(|currency| (currency, empty.clone()));
    let others = others.chain([(Currency::from_code("EUR").unwrap(), euros)]);
    let account = account(others.chain([(USD, usd)]).collect());
    StatusView {
        at: AT,
        generation: 1,
        paper: false,
        draining: false,
        operative: true,
        market_link: Some(LinkState::Up),
        markets: currencies().into_iter().map(|currency| (currency, market.clone())).collect(),
        accounts: BTreeMap::from([(main_account(), account)]),
    }
}

fn nothing_yet() -> CurrencyStatus {
    let (profile, slices) = (Some("steady".to_owned()), vec!["core".to_owned()]);
    CurrencyStatus { profile, slices, known: true, ..CurrencyStatus::default() }
}

/// An account with which all is well.
pub(crate) fn account(currencies: BTreeMap<Currency, CurrencyStatus>) -> AccountStatus {
    AccountStatus {
        enabled: true,
        gate: GateVerdict::Good,
        link: LinkState::Up,
        synced: true,
        writes_under_way: 0,
        currencies,
    }
}

/// Ten waits, four fills and two loans that were forecast.
pub(crate) fn scores() -> Scores {
    Scores {
        waits: 10,
        within_half: 7,
        within_most: 9,
        fills: 4,
        squared_errors: 500_000,
        holds: 2,
        hold_expected: Millis::seconds(1_000),
        held: Millis::seconds(800),
    }
}

fn bounds() -> Bounds {
    Bounds {
        floor: rate(100),
        ceiling: None,
        max_period: Days::new(30),
        min_offer: Amount::whole(150),
        max_offer: None,
        max_offers: 20,
        fee: Ratio::percent(15),
    }
}

/// 300 wished; 50 declined under the floor.
fn decision() -> SliceDecision {
    let why = |raw| Why {
        rule: "frr",
        raw: rate(raw),
        frr: rate(210),
        last: rate(190),
        best_offer: None,
        floor: rate(100),
        expected: None,
    };
    let (kind, period) = (OfferKind::Limit, Days::MIN);
    let wished = Verdict::Wished { offers: 2, rate: rate(200), kind, period, hidden: false };
    let declined = Verdict::Declined(IdleReason::BelowFloor);
    let candidate =
        |dollars, verdict, raw| Candidate { amount: Total::from(Amount::whole(dollars)), verdict, why: why(raw) };
    SliceDecision {
        slice: "core".to_owned(),
        candidates: vec![candidate(300, wished, 200), candidate(50, declined, 90)],
        weighed: Vec::new(),
        held: vec![(IdleReason::BelowFloor, Amount::whole(50))],
    }
}

pub(super) fn submit() -> Intent {
    let action = Action::Submit(Submit {
        currency: USD,
        amount: Amount::from_units(15_000_000_123),
        rate: rate(312),
        kind: OfferKind::Limit,
        period: Days::MIN,
        hidden: false,
    });
    Intent { id: ActionId(7), account: main_account(), action, at: AT, slice: "core".to_owned() }
}

fn cancel() -> Intent {
    let action = Action::Cancel(Cancel { currency: USD, offer: OfferId(11) });
    Intent { id: ActionId(8), account: main_account(), action, at: AT, slice: String::new() }
}

pub(super) fn ended(outcome: Outcome) -> Note {
    Note::ActionEnded { intent: submit(), outcome, text: "Invalid offer: not enough".to_owned(), offer: None }
}

pub(super) fn refused(rule: Rule) -> Note {
    Note::Refused { account: main_account(), currency: USD, rule, detail: "0.5 %/day against 0.02 %/day".to_owned() }
}

/// One of each kind, and of the kinds that differ by content.
pub(super) fn notes() -> Vec<Note> {
    let account = main_account;
    let why = Why {
        rule: "depth",
        raw: rate(313),
        frr: rate(300),
        last: rate(305),
        best_offer: None,
        floor: rate(100),
        expected: None,
    };
    let (lent, amount) = (LentId { kind: LentKind::Loan, id: 5 }, Amount::whole(100));
    let gate = |verdict: GateVerdict| Note::Gate { account: account(), serves: verdict.serves(false), verdict };
    vec![
        Note::Submitting { intent: submit(), why },
        Note::Cancelling { intent: cancel(), reason: CancelReason::Reprice, rates: (rate(312), Some(rate(250))) },
        ended(Outcome::Accepted),
        ended(Outcome::Refused(Refusal::Balance)),
        ended(Outcome::Refused(Refusal::Permission)),
        ended(Outcome::Unknown(UnknownCause::Timeout)),
        Note::UnknownSettled { account: account(), action: ActionId(7), accepted: true, after: Millis::seconds(130) },
        refused(Rule::Deviation),
        refused(Rule::Floor),
        Note::Filled {
            account: account(),
            currency: USD,
            offer: OfferId(11),
            amount,
            rate: rate(312),
            period: Days::MIN,
            waited: Millis::seconds(600),
        },
        Note::Returned {
            account: account(),
            currency: USD,
            lent,
            amount,
            rate: rate(312),
            period: Days::MIN,
            held: Millis::seconds(90_000),
        },
        Note::Foreign { account: account(), currency: USD, offer: OfferId(12), amount },
        Note::Adopted { account: account(), offer: OfferId(12), on_request: true },
        Note::NotAdopted { account: account(), offer: OfferId(13) },
        Note::Link { stream: Stream::Market, state: LinkState::Down },
        Note::Link { stream: Stream::Account(account()), state: LinkState::Up },
        Note::Snapshot { account: account(), took: Millis::new(420) },
        Note::SnapshotRefused { account: account(), currency: USD, off_by: amount, tries: 1 },
        Note::SnapshotRefused { account: account(), currency: USD, off_by: amount, tries: 3 },
        gate(GateVerdict::Good),
        gate(GateVerdict::Refused(vec!["withdraw".to_owned()])),
        gate(GateVerdict::Revoked),
        Note::Idle { account: account(), currency: USD, reason: Some(IdleReason::BelowFloor), amount },
        Note::AutoRenew { account: account(), currency: USD, on: true },
        Note::AutoRenew { account: account(), currency: USD, on: false },
        Note::Forgotten { what: "market/USD".to_owned() },
        Note::Operative(false),
        Note::Operative(true),
        Note::Policy { generation: 3 },
    ]
}
