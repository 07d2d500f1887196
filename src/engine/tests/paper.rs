//! Paper mode: offers and loans on paper, over a real wallet that they leave alone.

use proptest::prelude::*;

use super::desk::*;
use crate::domain::*;
use crate::engine::*;

fn on_paper(mut policy: Policy) -> Policy {
    policy.paper = true;
    policy
}

fn paper() -> Policy {
    on_paper(policy(profile(), |_, _| {}))
}

/// The recorder's answer, as the shell gives it.
fn record(desk: &mut Desk, intent: &Intent) {
    let offer = match &intent.action {
        Action::Submit(submit) => {
            let mut offer = offer(-i64::try_from(intent.id.0).unwrap(), submit.amount, submit.amount, desk.at);
            (offer.rate, offer.kind, offer.period) = (submit.rate, submit.kind, submit.period);
            Some(offer)
        }
        Action::Cancel(_) => None,
    };
    desk.accept(intent, offer);
}

/// A desk on paper with `balance`, all of it free, and everything offered.
fn lending(balance: &str) -> (Desk, Vec<Intent>) {
    lending_by(paper(), snapshot(balance, balance, vec![], vec![]))
}

fn lending_by(policy: Policy, reading: AccountSnapshot) -> (Desk, Vec<Intent>) {
    let mut desk = Desk::ready(policy, Restored::default(), reading);
    let acts = desk.tick(1);
    for act in &acts {
        record(&mut desk, act);
    }
    desk.tick(1);
    (desk, acts)
}

fn print(id: i64, at: Timestamp, per_day: &str, amount: Amount, period: u16) -> Print {
    Print { id, at, amount, taken: true, rate: rate(per_day), period: Days::new(period) }
}

fn tell(desk: &mut Desk, prints: Vec<Print>) {
    let acts = desk.feed(Body::Market(MarketNews::Prints(Currency::USD, prints)));
    assert!(acts.is_empty(), "decisions are made on ticks only");
}

/// Prints of two days a moment from now.
fn trade(desk: &mut Desk, id: i64, per_day: &str, whole: i32, period: u16) {
    desk.at = desk.at.plus(SECOND);
    tell(desk, vec![print(id, desk.at, per_day, Amount::whole(whole), period)]);
    desk.tick(1);
}

fn fills(desk: &Desk) -> Vec<(OfferId, Amount)> {
    let fill = |note: &Note| {
        if let Note::Filled { offer, amount, .. } = note { Some((*offer, *amount)) } else { None }
    };
    desk.notes.iter().filter_map(fill).collect()
}

#[test]
fn offers_on_paper_use_up_the_money_and_a_reading_does_not_disturb_them() {
    let (mut desk, acts) = lending("3000");
    assert_eq!(acts.len(), 3);
    let offered: Total = acts.iter().map(|act| submit_of(act).amount).sum();
    for _ in 0..3 {
        assert!(desk.tick(10).is_empty(), "nothing is offered twice");
        assert_eq!(Total::from(desk.usd().offered), offered);
        assert_eq!((desk.usd().lent, desk.usd().foreign), (Amount::ZERO, Amount::ZERO));
        assert_eq!(desk.usd().available, Some(Total::from(amount("3000")).minus_total(offered).at_least_zero()));
        assert!(desk.usd().offers.iter().all(|offer| offer.own && offer.id.0 < 0 && offer.slice == "core"));
        assert_eq!(desk.idle()[0].0, IdleReason::BelowMinimum);
        desk.read(snapshot("3000", "3000", vec![], vec![]));
        desk.private(AccountNews::Wallet(wallet(amount("3000"), Some(amount("3000")))));
    }
    assert!(!desk.notes.iter().any(|note| matches!(note, Note::SnapshotRefused { .. } | Note::Foreign { .. })));
    assert!(desk.view.paper);
    assert!(desk.memories.is_empty(), "paper is not remembered: {:?}", desk.memories);
}

#[test]
fn only_a_trade_above_the_rate_and_of_no_longer_period_fills() {
    let mut week = profile();
    week.slices[0].period = crate::strategy::PeriodRule::Fixed(Days::new(7));
    let (mut desk, acts) = lending_by(on_paper(policy(week, |_, _| {})), snapshot("900", "900", vec![], vec![]));
    let whole = submit_of(&acts[0]).amount;
    trade(&mut desk, 1, "0.0002", 5_000, 2);
    trade(&mut desk, 2, "0.00019", 5_000, 2);
    trade(&mut desk, 3, "0.0003", 5_000, 8);
    let before = desk.at.minus(MINUTE);
    tell(&mut desk, vec![print(4, before, "0.0003", Amount::whole(5_000), 2)]);
    desk.tick(1);
    assert_eq!(fills(&desk), [], "at the rate, under it, for longer, before it was placed");
    assert_eq!(desk.usd().offered, whole);
    trade(&mut desk, 5, "0.00020001", 300, 2);
    assert_eq!(fills(&desk), [(OfferId(-1), Amount::whole(300))], "a shorter borrower takes a longer offer");
    assert_eq!(desk.usd().lent, Amount::whole(300));
    assert_eq!(desk.usd().offered, whole.less(Amount::whole(300)));
    trade(&mut desk, 6, "0.0003", 5_000, 7);
    assert_eq!((desk.usd().lent, desk.usd().offered), (whole, Amount::ZERO));
    assert_eq!(desk.usd().loans[0].id.to_string(), "loan -2 on paper");
    let loan = &desk.usd().loans[0];
    assert_eq!((loan.rate, loan.period.get(), loan.slice.as_str()), (rate("0.0002"), 7, "core"));
    assert!(desk.usd().loans.iter().all(|loan| loan.id.id < 0));
    assert_eq!(desk.usd().lent_rate, Some(rate("0.0002")));
    assert!(desk.usd().maturity_millidays > 6_990);
    desk.idle();
}

#[test]
fn the_volume_of_a_trade_is_used_once_cheapest_first_then_oldest() {
    let mut two = profile();
    two.slices[0].share = Ratio::percent(50);
    let mut dear = two.slices[0].clone();
    dear.name = "dear".into();
    dear.rate =
        crate::strategy::RateRule::Fixed { at: crate::strategy::RateSpec { rate: rate("0.00025"), net: false } };
    // The dearer slice comes first, so that its offers are the older ones.
    two.slices.insert(0, dear);
    let (mut desk, acts) = lending_by(on_paper(policy(two, |_, _| {})), snapshot("3000", "3000", vec![], vec![]));
    let ids = |per_day: &str| -> Vec<(OfferId, Amount)> {
        let of_rate = acts.iter().filter(|act| submit_of(act).rate == rate(per_day));
        of_rate.map(|act| (OfferId(-i64::try_from(act.id.0).unwrap()), submit_of(act).amount)).collect()
    };
    let (cheap, dear) = (ids("0.0002"), ids("0.00025"));
    assert!(cheap.len() == 2 && dear.len() == 2 && dear[0].0 > cheap[0].0, "{acts:?}");
    let whole: Total = cheap.iter().map(|(_, amount)| *amount).sum();
    desk.at = desk.at.plus(SECOND);
    let volume = whole.at_least_zero().checked_add(Amount::whole(100)).unwrap();
    let one = print(9, desk.at, "0.0004", volume, 2);
    tell(&mut desk, vec![one, one]);
    tell(&mut desk, vec![one]);
    let mut expected = cheap.clone();
    expected.push((dear[0].0, Amount::whole(100)));
    assert_eq!(fills(&desk), expected);
    desk.tick(1);
    assert_eq!(desk.usd().lent, volume);
    desk.idle();
}

#[test]
fn a_loan_on_paper_ends_with_its_period_and_its_money_is_offered_again() {
    let (mut desk, _) = lending("900");
    trade(&mut desk, 1, "0.0003", 5_000, 2);
    let lent = desk.usd().lent;
    assert!(lent > amount("899"));
    assert!(desk.tick(86_400).is_empty());
    desk.read(snapshot("900", "900", vec![], vec![]));
    assert_eq!(desk.usd().lent, lent, "the exchange knows of no such loan, and need not");
    let acts = desk.tick(86_400);
    assert_eq!(acts.len(), 1, "at its end the money is free again");
    assert!(desk.notes.iter().any(|note| matches!(note, Note::Returned { amount, .. } if *amount == lent)));
    assert_eq!(desk.usd().lent, Amount::ZERO);
    desk.idle();
}

#[test]
fn a_replaced_key_leaves_the_paper_book_alone_and_an_account_that_leaves_takes_it_along() {
    let (mut desk, _) = lending("3000");
    trade(&mut desk, 1, "0.0003", 1_200, 2);
    desk.tick(3_600);
    let bound = |usd: &CurrencyStatus| usd.benchmarks[&Benchmark::FrrBound].interest;
    let before = desk.usd().clone();
    assert!(before.lent.is_positive() && before.offered.is_positive());
    assert!(before.interest_estimated > Total::ZERO && bound(&before) > Total::ZERO);
    desk.feed(Body::Link(Stream::Account(main()), LinkState::Down));
    desk.feed(Body::Retired(main()));
    desk.tick(1);
    assert!(!desk.usd().known, "what the exchange told of the other key's money counts no more");
    desk.private(AccountNews::Gate(GateVerdict::Good));
    desk.feed(Body::Link(Stream::Account(main()), LinkState::Up));
    desk.tick(1);
    desk.read(snapshot("3000", "3000", vec![], vec![]));
    assert!(desk.tick(1).is_empty(), "everything is in use on paper still");
    let after = desk.usd().clone();
    assert_eq!((after.lent, after.offered, &after.offers), (before.lent, before.offered, &before.offers));
    assert!(after.interest_estimated >= before.interest_estimated);
    assert!(bound(&after) >= bound(&before));

    let mut gone = paper();
    let whole = gone.clone();
    gone.accounts.clear();
    desk.feed(Body::Policy(std::sync::Arc::new(gone)));
    desk.feed(Body::Link(Stream::Account(main()), LinkState::Down));
    desk.feed(Body::Retired(main()));
    desk.feed(Body::Policy(std::sync::Arc::new(whole)));
    desk.tick(1);
    assert_eq!((desk.usd().lent, desk.usd().offered), (Amount::ZERO, Amount::ZERO));
    assert_eq!(desk.usd().interest_estimated, Total::ZERO, "whoever comes back starts afresh");
}

#[test]
fn cancels_take_effect_on_paper_alone_and_what_a_live_run_left_is_only_shown() {
    let left = offer(5, Amount::whole(600), Amount::whole(600), Timestamp::from_millis(START));
    let own = [(OfferId(5), OwnRecord { slice: "core".into() })].into();
    let lost = Intent {
        id: ActionId(40),
        account: main(),
        action: Action::Submit(Submit {
            currency: Currency::USD,
            amount: Amount::whole(600),
            rate: rate("0.0002"),
            kind: OfferKind::Limit,
            period: Days::MIN,
            hidden: false,
        }),
        at: Timestamp::from_millis(START),
        slice: "core".into(),
    };
    let restored = Restored {
        next_action: 41,
        own: [(main(), own)].into(),
        unsettled: vec![lost.clone()],
        recent: vec![lost],
        ..Restored::default()
    };
    let reading = || snapshot("2000", "1400", vec![left.clone()], vec![]);
    let mut desk = Desk::ready(paper(), restored, reading());
    let acts = desk.tick(1);
    let sum: Total = acts.iter().map(|act| submit_of(act).amount).sum();
    assert!(sum <= Total::from(Amount::whole(1_400)) && sum > Total::from(Amount::whole(1_399)), "{sum}");
    for act in &acts {
        record(&mut desk, act);
    }
    desk.tick(1);
    let real = desk.usd().offers.iter().find(|offer| offer.id == OfferId(5)).unwrap();
    assert!(real.own && real.slice == "core");
    assert_eq!((desk.usd().foreign, Total::from(desk.usd().offered)), (Amount::ZERO, sum.plus(Amount::whole(600))));
    desk.idle();
    // Not adopted either: that would put it under management.
    desk.feed(Body::Adopt(main(), vec![OfferId(5)]));
    assert!(desk.notes.iter().any(|note| matches!(note, Note::NotAdopted { offer: OfferId(5), .. })));
    desk.feed(Body::Policy(std::sync::Arc::new(on_paper(policy(profile(), |account, _| account.enabled = false)))));
    let cancels = desk.tick(10);
    assert_eq!(cancels.len(), acts.len());
    for cancel in &cancels {
        assert!(matches!(cancel.action, Action::Cancel(Cancel { offer: OfferId(..0), .. })), "{cancel:?}");
        record(&mut desk, cancel);
    }
    desk.tick(1);
    desk.read(reading());
    assert!(desk.tick(1).is_empty());
    assert_eq!(desk.usd().offered, Amount::whole(600));
    assert!(desk.memories.is_empty(), "{:?}", desk.memories);
}

#[test]
fn a_key_that_may_not_write_is_enough_and_winds_down_as_well() {
    let (mut desk, _) = lending("900");
    desk.private(AccountNews::Gate(GateVerdict::Insufficient(vec![MissingScope::FundingWrite])));
    desk.private(AccountNews::Wallet(wallet(amount("1900"), Some(amount("1900")))));
    assert!(
        desk.notes
            .iter()
            .any(|note| matches!(note, Note::Gate { serves: true, verdict, .. } if *verdict != GateVerdict::Good))
    );
    assert_eq!(desk.tick(10).len(), 1);
    desk.feed(Body::Drain { cancel: true });
    assert_eq!(desk.tick(1).len(), 1, "the one that stands; the other is on its way");
}

#[test]
fn when_the_real_wallet_shrinks_paper_offers_give_way() {
    let (mut desk, _) = lending("2000");
    desk.private(AccountNews::Wallet(wallet(amount("2000"), Some(amount("1400")))));
    let hand = offer(9, Amount::whole(600), Amount::whole(600), desk.at);
    desk.private(AccountNews::Offer(Change::Set, hand));
    let acts = desk.tick(10);
    assert!(matches!(acts.as_slice(), [Intent { action: Action::Cancel(_), .. }]), "{acts:?}");
    record(&mut desk, &acts[0]);
    desk.tick(1);
    assert_eq!(desk.usd().foreign, Amount::whole(600));
    desk.idle();
}

#[test]
fn a_paper_submit_does_not_claim_a_real_offer_that_looks_the_same() {
    let mut desk = Desk::ready(paper(), Restored::default(), snapshot("900", "900", vec![], vec![]));
    let acts = desk.tick(1);
    let same = submit_of(&acts[0]).amount;
    desk.private(AccountNews::Offer(Change::Set, offer(77, same, same, desk.at)));
    desk.private(AccountNews::Wallet(wallet(amount("900"), Some(amount("900").less(same)))));
    record(&mut desk, &acts[0]);
    desk.tick(1);
    assert_eq!(desk.usd().foreign, same, "it is the owner's");
}

#[test]
fn a_restart_forgets_paper() {
    let (desk, _) = lending("900");
    assert!(desk.usd().offered.is_positive());
    // All that a new start has is what was remembered, and that is nothing.
    assert!(desk.memories.is_empty());
    let mut again = Desk::ready(paper(), Restored::default(), snapshot("900", "900", vec![], vec![]));
    assert_eq!(again.tick(1).len(), 1);
    assert_eq!((again.usd().offered, again.usd().lent), (Amount::ZERO, Amount::ZERO));
}

#[test]
#[should_panic(expected = "the mode can only be changed by a restart")]
fn the_mode_cannot_change() {
    let (mut desk, _) = lending("900");
    desk.feed(Body::Policy(std::sync::Arc::new(policy(profile(), |_, _| {}))));
}

#[test]
fn in_a_live_run_trades_fill_nothing() {
    let mut desk =
        Desk::ready(policy(profile(), |_, _| {}), Restored::default(), snapshot("900", "900", vec![], vec![]));
    let acts = desk.tick(1);
    record(&mut desk, &acts[0]);
    trade(&mut desk, 1, "0.0003", 5_000, 2);
    assert_eq!(fills(&desk), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is traded: the money on paper is never more than the wallet, a trade lends no more than its volume, and
    /// the reasons of what is idle add up (which the engine asserts at every tick).
    #[test]
    fn paper_never_lends_more_than_there_is(
        trades in proptest::collection::vec((1_i64..40, 15_i64..30, 1_i32..2_000, 2_u16..40, 0_i64..90_000), 1..30),
    ) {
        let (mut desk, _) = lending("3000");
        let mut told = std::collections::BTreeSet::new();
        for (id, per_day, whole, period, seconds) in trades {
            let acts = desk.tick(seconds + 1);
            for act in &acts {
        record(&mut desk, act);
    }
            let per_day = DailyRate::from_units(per_day * 10_000_000);
            let volume = Amount::whole(whole);
            let print = Print { id, at: desk.at, amount: volume, taken: true, rate: per_day, period: Days::new(period) };
            let before = fills(&desk).len();
            tell(&mut desk, vec![print]);
            let taken: Total = fills(&desk)[before..].iter().map(|(_, amount)| *amount).sum();
            let volume = if told.insert(id) { print.amount } else { Amount::ZERO };
            prop_assert!(taken <= Total::from(volume));
            prop_assert!(taken == Total::ZERO || (print.rate > rate("0.0002") && period == 2));
            desk.read(snapshot("3000", "3000", vec![], vec![]));
            desk.tick(1).iter().for_each(|act| record(&mut desk, act));
            let usd = desk.usd();
            let busy: Total = [usd.lent, usd.offered, usd.in_flight].into_iter().sum();
            prop_assert!(busy <= Total::from(amount("3000")), "{busy}");
            desk.idle();
        }
        prop_assert!(desk.memories.is_empty());
    }
}
