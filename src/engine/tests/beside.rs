//! What runs beside an account: its books worked by hand, and that nothing else is changed by it.

mod any;

use std::sync::Arc;

use super::desk::*;
use crate::domain::*;
use crate::engine::*;
use crate::strategy::*;

fn with_shadow(mut policy: Policy, shadow: Option<Profile>) -> Policy {
    let shadow = shadow.map(Arc::new);
    for lend in policy.accounts.values_mut().flat_map(|account| account.lend.values_mut()) {
        lend.shadow.clone_from(&shadow);
    }
    policy
}

fn live() -> Policy {
    policy(profile(), |_, _| {})
}

/// 3000 USD, all free; the FRR at 0.0003, the cheapest offer of others at 0.00019.
fn ready(policy: Policy) -> Desk {
    let mut desk = Desk::ready(policy, Restored::default(), snapshot("3000", "3000", vec![], vec![]));
    desk.tick(1);
    desk.tick(1);
    desk
}

fn beside(desk: &Desk, which: Benchmark) -> &BenchmarkStatus {
    &desk.usd().benchmarks[&which]
}

fn print(desk: &mut Desk, id: i64, per_day: &str, whole: i32, period: u16) {
    desk.at = desk.at.plus(SECOND);
    let print = Print {
        id,
        at: desk.at,
        amount: Amount::whole(whole),
        taken: true,
        rate: rate(per_day),
        period: Days::new(period),
    };
    desk.feed(Body::Market(MarketNews::Prints(Currency::USD, vec![print, print])));
    desk.tick(1);
}

fn frr(desk: &mut Desk, per_day: &str) {
    let ticker = Ticker { frr: Some(rate(per_day)), last: Some(rate("0.0002")), ..Ticker::default() };
    desk.feed(Body::Market(MarketNews::Ticker(Currency::USD, ticker)));
}

fn level(rate: DailyRate, whole: i32) -> BookLevel {
    let key = LevelKey { rate, period: Days::MIN, exact: Decimal::from_units(rate.units(), 12) };
    BookLevel { side: BookSide::Offers, key, count: 1, amount: Amount::whole(whole) }
}

fn balance(desk: &mut Desk, whole: i32) {
    let whole = Amount::whole(whole);
    desk.private(AccountNews::Wallet(wallet(whole, Some(whole))));
}

#[test]
fn the_best_offer_stands_a_tick_under_the_others_and_lends_to_whoever_pays_more() {
    let mut desk = ready(live());
    let best = |desk: &Desk| (beside(desk, Benchmark::BestOffer).lent, beside(desk, Benchmark::BestOffer).offered);
    let (_, offered) = best(&desk);
    assert!(offered > amount("2999.99") && offered <= amount("3000"), "all of it in one offer: {offered}");
    // At its own rate, for longer than its period: nobody knows, or nobody would.
    print(&mut desk, 1, "0.00018999", 5_000, 2);
    print(&mut desk, 2, "0.0003", 5_000, 3);
    assert_eq!(best(&desk), (Amount::ZERO, offered));
    print(&mut desk, 3, "0.00019", 1_000, 2);
    assert_eq!(best(&desk), (Amount::whole(1_000), offered.less(Amount::whole(1_000))), "told twice, it is one trade");
    // Lent at 0.00018999 for 0.88 days, the prior of two days, less the fee of 15 %; counted to the second before.
    let opened = desk.at.minus(SECOND);
    desk.tick(76_030);
    assert_eq!(desk.at, opened.plus(Millis::seconds(76_031)));
    let interest = beside(&desk, Benchmark::BestOffer).interest;
    assert_eq!(interest.to_string(), "0.14211065", "1000 × 0.00018999 × 76031 / 86400 × 0.85, rounded down");
    assert_eq!(best(&desk).0, Amount::whole(1_000));
    desk.tick(1);
    desk.tick(1);
    let (lent, again) = best(&desk);
    assert_eq!(lent, Amount::ZERO);
    assert!(again > amount("2999.99"), "what comes back is offered again: {again}");
}

#[test]
fn auto_renew_waits_for_somebody_who_pays_more_than_the_frr_of_the_moment() {
    let mut desk = ready(live());
    print(&mut desk, 1, "0.0003", 5_000, 2);
    assert_eq!(beside(&desk, Benchmark::FrrAutoRenew).lent, Amount::ZERO);
    let offered = beside(&desk, Benchmark::FrrAutoRenew).offered;
    frr(&mut desk, "0.00025");
    print(&mut desk, 2, "0.0003", 5_000, 2);
    assert_eq!(beside(&desk, Benchmark::FrrAutoRenew).lent, offered);
    frr(&mut desk, "0.0009");
    let then = beside(&desk, Benchmark::FrrAutoRenew).interest;
    desk.tick(43_200);
    let half_a_day = beside(&desk, Benchmark::FrrAutoRenew).interest.minus_total(then);
    // 3000 (less a tag) × 0.00025 / 2 × 0.85.
    assert!(half_a_day > Total::from(amount("0.318749")) && half_a_day < Total::from(amount("0.318751")));
    let status = beside(&desk, Benchmark::FrrAutoRenew);
    assert_eq!((status.base, status.profile.as_ref()), (Amount::whole(3_000), None));
    assert!(status.net.unwrap() < rate("0.0002125") && status.net.unwrap() > rate("0.00021"), "{status:?}");
}

#[test]
fn own_offers_in_the_book_are_not_undercut() {
    let mut desk = ready(live());
    // The account's own offers become the cheapest: they stand where the best offer of others is taken to be.
    let own = offer(7, Amount::whole(500), Amount::whole(500), desk.at);
    let restored = Restored {
        own: [(main(), [(OfferId(7), OwnRecord { slice: "core".into() })].into())].into(),
        ..Restored::default()
    };
    desk.feed(Body::Restored(Box::new(restored)));
    desk.private(AccountNews::Offer(Change::Set, Offer { rate: rate("0.0001"), ..own }));
    desk.feed(Body::Market(MarketNews::Level(Currency::USD, level(rate("0.0001"), 500))));
    desk.tick(700);
    desk.tick(1);
    print(&mut desk, 1, "0.00018", 5_000, 2);
    assert_eq!(beside(&desk, Benchmark::BestOffer).lent, Amount::ZERO, "it still stands under 0.00019");
}

#[test]
fn deposits_are_followed_and_what_is_taken_out_lends_no_more() {
    let keep = |_: &mut AccountPolicy, lend: &mut LendPolicy| {
        lend.keep = Measure::Amount(Quantity::Own(Amount::whole(500)));
        lend.max_lent = Some(Measure::Amount(Quantity::Own(Amount::whole(4_000))));
    };
    let mut desk = ready(policy(profile(), keep));
    print(&mut desk, 1, "0.0009", 9_000, 2);
    for (whole, base) in [(3_000, 2_500), (4_000, 3_500), (9_000, 4_000), (1_500, 1_000), (0, 0)] {
        balance(&mut desk, whole);
        desk.tick(5);
        for which in [Benchmark::BestOffer, Benchmark::FrrAutoRenew] {
            let status = beside(&desk, which);
            assert_eq!(status.base, Amount::whole(base));
            let sum = status.lent.checked_add(status.offered).unwrap();
            let near = Amount::whole(base).less(amount("0.0001")).max(Amount::ZERO);
            assert!(sum >= near && sum <= Amount::whole(base), "{which:?} at {whole}: {sum}");
        }
    }
}

#[test]
fn a_shadow_comes_changes_and_goes_with_the_policy() {
    let mut desk = ready(live());
    assert!(!desk.usd().benchmarks.contains_key(&Benchmark::Shadow));
    let mut dear = profile();
    dear.name = "dear".into();
    dear.slices[0].rate = RateRule::Fixed { at: RateSpec { rate: rate("0.0004"), net: false } };
    desk.feed(Body::Policy(Arc::new(with_shadow(live(), Some(dear.clone())))));
    desk.tick(1);
    desk.tick(1);
    let began = beside(&desk, Benchmark::Shadow).since;
    assert_eq!(began, desk.at.minus(SECOND));
    assert_eq!(beside(&desk, Benchmark::Shadow).profile.as_deref(), Some("dear"));
    print(&mut desk, 1, "0.0003", 5_000, 2);
    assert_eq!(beside(&desk, Benchmark::Shadow).lent, Amount::ZERO);
    print(&mut desk, 2, "0.0005", 1_500, 2);
    assert_eq!(beside(&desk, Benchmark::Shadow).lent, Amount::whole(1_500));
    // The profile is edited: the books stay. Another profile starts anew.
    dear.limits.max_offers = 3;
    desk.feed(Body::Policy(Arc::new(with_shadow(live(), Some(dear.clone())))));
    desk.tick(1);
    assert_eq!(
        (beside(&desk, Benchmark::Shadow).since, beside(&desk, Benchmark::Shadow).lent),
        (began, Amount::whole(1_500))
    );
    dear.name = "dearer".into();
    desk.feed(Body::Policy(Arc::new(with_shadow(live(), Some(dear)))));
    desk.tick(1);
    assert_eq!(
        (beside(&desk, Benchmark::Shadow).since, beside(&desk, Benchmark::Shadow).lent),
        (desk.at, Amount::ZERO)
    );
    desk.feed(Body::Policy(Arc::new(live())));
    desk.tick(1);
    assert!(!desk.usd().benchmarks.contains_key(&Benchmark::Shadow));
    // An account that is switched off offers nothing beside either.
    desk.feed(Body::Policy(Arc::new(policy(profile(), |account, _| account.enabled = false))));
    desk.tick(1);
    assert_eq!(beside(&desk, Benchmark::BestOffer).offered, Amount::ZERO);
}
