//! What was earned, and what the FRR could have paid on the same money.

use super::*;

/// 1000 of 3000 USD lent at 0.0002 a day; 500 kept; the FRR stands at 0.0003.
fn lending(fee: Option<Ratio>) -> Desk {
    let loan = lent(LentKind::Loan, 1, Amount::whole(1_000), Timestamp::from_millis(START));
    let policy = policy(profile(), |account, lend| {
        account.fee = fee;
        lend.keep = Measure::Amount(Quantity::Own(Amount::whole(500)));
    });
    Desk::ready(policy, Restored::default(), snapshot("3000", "2000", vec![], vec![loan]))
}

fn earned(desk: &Desk) -> (String, String) {
    let bound = &desk.usd().benchmarks[&Benchmark::FrrBound];
    (desk.usd().interest_estimated.to_string(), bound.interest.to_string())
}

#[test]
fn a_day_earns_rate_times_amount_less_the_fee_however_often_it_ticks() {
    for (fee, expected) in [(None, ("0.17", "0.6375")), (Some(Ratio::percent(20)), ("0.16", "0.6"))] {
        for ticks in [1, 7, 1_440] {
            let mut desk = lending(fee);
            desk.tick(0);
            assert_eq!(earned(&desk), ("0".into(), "0".into()));
            let seconds = 86_400 / ticks;
            (0..ticks).for_each(|_| drop(desk.tick(seconds)));
            desk.tick(86_400 - seconds * ticks);
            // 1000 × 0.0002, and (3000 − 500) × 0.0003, both less the fee.
            let (estimated, benchmark) = expected;
            assert_eq!(earned(&desk), (estimated.into(), benchmark.into()), "{ticks} ticks");
        }
    }
}

#[test]
fn a_loan_counts_from_its_opening_and_no_longer_than_it_is_out() {
    let mut desk = lending(None);
    desk.tick(0);
    // Half of the day has passed when another thousand is lent; it is told of at the end of the day only.
    let second = lent(LentKind::Loan, 2, Amount::whole(1_000), desk.at.plus(HOUR.times(12)));
    desk.at = desk.at.plus(DAY);
    desk.private(AccountNews::Lent(Change::Set, second.clone()));
    desk.tick(0);
    assert_eq!(earned(&desk).0, "0.255");
    desk.private(AccountNews::Lent(Change::Closed, Lent { status: LentStatus::Closed, ..second }));
    desk.tick(0);
    desk.tick(86_400);
    assert_eq!(earned(&desk).0, "0.425", "only the first earns on");
}

#[test]
fn without_an_frr_the_benchmark_waits_and_the_loans_earn_on() {
    let mut desk = lending(None);
    desk.tick(0);
    desk.feed(Body::Link(Stream::Market, LinkState::Down));
    desk.tick(86_400);
    assert_eq!(earned(&desk), ("0.17".into(), "0".into()));
}
