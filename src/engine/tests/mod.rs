//! The engine by example: one account, one currency, told by hand.

mod adaptive;
mod beside;
mod dated;
mod desk;
mod earnings;
mod keys;
mod modifiers;
mod paper;
mod past;
mod unknown;

use desk::*;

use crate::domain::*;
use crate::engine::*;
use crate::strategy::*;

#[test]
fn free_money_is_offered_and_not_twice() {
    let mut desk =
        Desk::ready(policy(profile(), |_, _| {}), Restored::default(), snapshot("3000", "3000", vec![], vec![]));
    let acts = desk.tick(1);
    assert_eq!(acts.len(), 3, "{acts:?}");
    assert!(acts.iter().all(|act| submit_of(act).rate == rate("0.0002")));
    // In flight they reserve; accepted but not yet reflected in AVAILABLE they still do.
    assert!(desk.tick(10).is_empty());
    for (number, act) in acts.iter().enumerate() {
        let id = 100 + i64::try_from(number).unwrap();
        desk.accept(act, Some(offer(id, submit_of(act).amount, submit_of(act).amount, desk.at)));
    }
    assert!(desk.tick(10).is_empty());
    assert_eq!(desk.idle()[0].0, IdleReason::BelowMinimum);
    assert_eq!(desk.memories.iter().filter(|memory| matches!(memory, Memory::Opened { .. })).count(), 3);
}

#[test]
fn an_offer_stays_whether_reply_or_stream_tells_of_it_first() {
    // What may come before the reply: nothing, the offer, the offer and the wallet.
    for before in 0..=2 {
        let mut desk =
            Desk::ready(policy(profile(), |_, _| {}), Restored::default(), snapshot("1000", "1000", vec![], vec![]));
        let acts = desk.tick(1);
        assert_eq!(acts.len(), 1);
        let whole = submit_of(&acts[0]).amount;
        let made = offer(7, whole, whole, desk.at);
        let left = amount("1000").less(whole);
        let news =
            [AccountNews::Offer(Change::Set, made.clone()), AccountNews::Wallet(wallet(amount("1000"), Some(left)))];
        for item in news.iter().take(before) {
            desk.private(item.clone());
            assert!(desk.tick(1).is_empty(), "{before} first");
        }
        desk.accept(&acts[0], Some(made));
        assert!(desk.tick(1).is_empty(), "{before} first");
        for item in news.iter().skip(before) {
            desk.private(item.clone());
            assert!(desk.tick(1).is_empty(), "{before} first");
        }
        assert!(desk.tick(10).is_empty(), "{before} first");
    }
}

#[test]
fn a_fill_is_lent_at_every_moment_whatever_comes_first() {
    // Orders in which the exchange may tell of one fill; None is the wallet.
    let mut desk = Desk::ready(
        policy(profile(), |_, lend| lend.max_lent = Some(Measure::Amount(Quantity::Own(Amount::whole(1_000))))),
        Restored::default(),
        snapshot("3000", "3000", vec![], vec![]),
    );
    let acts = desk.tick(1);
    assert_eq!(acts.len(), 1);
    let (whole, at) = (submit_of(&acts[0]).amount, desk.at);
    desk.accept(&acts[0], Some(offer(7, whole, whole, at)));
    let left = Total::from(amount("3000")).minus(whole).at_least_zero();
    // Executed before its loan is told, and before AVAILABLE is.
    let mut gone = offer(7, whole, Amount::ZERO, at);
    gone.status = OfferStatus::Executed;
    desk.private(AccountNews::Offer(Change::Closed, gone.clone()));
    assert!(desk.tick(2).is_empty(), "max_lent is full while the money is between the lists");
    assert_eq!(desk.usd().lent, whole);
    desk.private(AccountNews::Lent(Change::Set, lent(LentKind::Loan, 1, whole, at)));
    desk.private(AccountNews::Offer(Change::Closed, gone));
    desk.private(AccountNews::Wallet(wallet(amount("3000"), Some(left))));
    assert!(desk.tick(2).is_empty());
    assert_eq!(desk.usd().lent, whole);
    assert_eq!(
        desk.idle(),
        vec![(IdleReason::MaxLent, Amount::whole(2_000)), (IdleReason::BelowMinimum, left.less(Amount::whole(2_000)))]
            .into_iter()
            .filter(|(_, amount)| amount.is_positive())
            .collect::<Vec<_>>()
    );
    assert!(desk.notes.iter().any(|note| matches!(note, Note::Filled { amount, .. } if *amount == whole)));
}

#[test]
fn a_loan_that_becomes_a_credit_is_lent_once_in_either_order() {
    for credit_first in [true, false] {
        let opened = Timestamp::from_millis(START);
        let thousand = Amount::whole(1_000);
        let loan = lent(LentKind::Loan, 1, thousand, opened);
        let mut closed = loan.clone();
        closed.status = LentStatus::ClosedUsed;
        let credit = lent(LentKind::Credit, 2, thousand, opened.plus(Millis::new(700)));
        let mut desk =
            Desk::ready(policy(profile(), |_, _| {}), Restored::default(), snapshot("1000", "0", vec![], vec![loan]));
        let mut news = vec![AccountNews::Lent(Change::Set, credit), AccountNews::Lent(Change::Closed, closed)];
        if !credit_first {
            news.reverse();
        }
        for item in news {
            desk.private(item.clone());
            desk.private(item);
            assert!(desk.tick(2).is_empty());
            assert_eq!(desk.usd().lent, thousand);
        }
        assert!(desk.tick(60).is_empty());
        assert!(!desk.notes.iter().any(|note| matches!(note, Note::Returned { .. })), "nothing came back");
    }
}

#[test]
fn returned_money_is_lent_again_once_it_is_available() {
    let opened = Timestamp::from_millis(START);
    let loan = lent(LentKind::Loan, 1, Amount::whole(1_000), opened);
    let mut closed = loan.clone();
    closed.status = LentStatus::Closed;
    let mut desk =
        Desk::ready(policy(profile(), |_, _| {}), Restored::default(), snapshot("1000", "0", vec![], vec![loan]));
    desk.private(AccountNews::Lent(Change::Closed, closed));
    assert!(desk.tick(2).is_empty());
    assert_eq!(desk.idle(), [(IdleReason::InFlight, Amount::whole(1_000))]);
    desk.private(AccountNews::Wallet(wallet(Amount::whole(1_000), Some(Amount::whole(1_000)))));
    assert!(desk.engine.next_wakeup() <= desk.at.plus(SECOND), "money that came back brings the decision forward");
    assert_eq!(desk.tick(1).len(), 1);
    desk.tick(20);
    assert!(desk.notes.iter().any(|note| matches!(note, Note::Returned { .. })));
}

#[test]
fn hand_made_offers_count_and_are_never_touched() {
    let hand = offer(5, Amount::whole(600), Amount::whole(600), Timestamp::from_millis(START));
    let mut desk = Desk::ready(
        policy(profile(), |_, lend| lend.keep = Measure::Amount(Quantity::Own(Amount::whole(400)))),
        Restored::default(),
        snapshot("2000", "1400", vec![hand], vec![]),
    );
    let acts = desk.tick(1);
    let sum: Total = acts.iter().map(|act| submit_of(act).amount).sum();
    assert!(sum <= Total::from(Amount::whole(1_000)) && sum > Total::from(Amount::whole(999)), "{sum}");
    assert_eq!(desk.usd().foreign, Amount::whole(600));
    assert!(desk.notes.iter().any(|note| matches!(note, Note::Foreign { offer: OfferId(5), .. })));
    // Not even when the limits are tightened to nothing.
    desk.feed(Body::Policy(std::sync::Arc::new(policy(profile(), |account, _| account.enabled = false))));
    for act in &acts {
        desk.accept(
            act,
            Some(offer(50 + i64::try_from(act.id.0).unwrap(), submit_of(act).amount, submit_of(act).amount, desk.at)),
        );
    }
    for act in desk.tick(10) {
        assert!(matches!(act.action, Action::Cancel(Cancel { offer: OfferId(50..), .. })), "{act:?}");
    }
}

#[test]
fn what_is_missing_or_stale_holds_with_its_reason() {
    let fresh =
        || Desk::ready(policy(profile(), |_, _| {}), Restored::default(), snapshot("3000", "3000", vec![], vec![]));
    let hold = |desk: &mut Desk, reason: IdleReason| {
        assert!(desk.tick(10).is_empty());
        assert_eq!(desk.idle(), [(reason, Amount::whole(3_000))]);
    };
    let mut desk = fresh();
    desk.feed(Body::Link(Stream::Market, LinkState::Stale));
    hold(&mut desk, IdleReason::Disconnected);
    desk.feed(Body::Link(Stream::Market, LinkState::Up));
    hold(&mut desk, IdleReason::StaleData);
    desk.market();
    desk.feed(Body::Market(MarketNews::Operative(false)));
    hold(&mut desk, IdleReason::Maintenance);
    desk.feed(Body::Market(MarketNews::Operative(true)));
    desk.private(AccountNews::Resync);
    hold(&mut desk, IdleReason::Reconciling);
    desk.read(snapshot("3000", "3000", vec![], vec![]));
    desk.private(AccountNews::AutoRenew(Currency::USD, true));
    hold(&mut desk, IdleReason::AutoRenew);
    desk.private(AccountNews::AutoRenew(Currency::USD, false));
    desk.feed(Body::Throttled(main(), desk.at.plus(MINUTE)));
    hold(&mut desk, IdleReason::RateLimited);
    assert_eq!(desk.tick(60).len(), 3);
}

#[test]
fn a_reading_that_does_not_add_up_is_read_again_and_holds() {
    let mut desk =
        Desk::ready(policy(profile(), |_, _| {}), Restored::default(), snapshot("3000", "1000", vec![], vec![]));
    for tries in 2..=3 {
        assert!(desk.tick(10).is_empty());
        assert_eq!(desk.idle()[0].0, IdleReason::Reconciling);
        assert_eq!(desk.readings.len(), tries);
        desk.read(snapshot("3000", "1000", vec![], vec![]));
    }
    assert!(desk.notes.iter().any(|note| matches!(note, Note::SnapshotRefused { tries: 3, .. })));
    assert!(desk.tick(60).is_empty());
    desk.read(snapshot("3000", "3000", vec![], vec![]));
    assert_eq!(desk.tick(1).len(), 3);
}

#[test]
fn the_same_inputs_give_the_same_engine() {
    let run = || {
        let mut desk =
            Desk::ready(policy(profile(), |_, _| {}), Restored::default(), snapshot("3000", "3000", vec![], vec![]));
        desk.tick(10);
        desk.engine.digest()
    };
    assert_eq!(run(), run());
}

#[test]
fn a_null_available_holds_nothing_up_while_the_known_one_adds_up() {
    let null = || {
        let mut reading = snapshot("3000", "0", vec![], vec![]);
        reading.wallets[0].available = None;
        reading
    };
    let fresh = policy(profile(), |_, _| {});
    let mut desk = Desk::ready(fresh, Restored::default(), null());
    assert!(desk.tick(1).is_empty(), "nothing was ever told: it is asked for");
    assert_eq!(desk.idle(), [(IdleReason::Reconciling, Amount::whole(3_000))]);
    desk.private(AccountNews::Available(Currency::USD, Amount::whole(3_000)));
    let acts = desk.tick(1);
    assert_eq!(acts.len(), 3);
    for act in &acts {
        desk.feed(Body::Outcome(main(), act.id, ActionResult::Refused(Refusal::Other, String::new())));
    }
    desk.read(null());
    assert_eq!(desk.tick(60).len(), 3, "the number known before still adds up");
}

#[test]
fn what_the_exchange_says_is_too_small_waits_until_prices_are_asked_for_again() {
    let mut desk =
        Desk::ready(policy(profile(), |_, _| {}), Restored::default(), snapshot("200", "200", vec![], vec![]));
    let acts = desk.tick(1);
    assert_eq!(acts.len(), 1);
    desk.feed(Body::Outcome(main(), acts[0].id, ActionResult::Refused(Refusal::Minimum, String::new())));
    let minute = |desk: &mut Desk| {
        desk.market();
        desk.read(snapshot("200", "200", vec![], vec![]));
        desk.tick(60).len()
    };
    for _ in 0..59 {
        assert_eq!(minute(&mut desk), 0, "as large as before it would be refused as before");
        assert_eq!(desk.idle(), [(IdleReason::BelowMinimum, Amount::whole(200))]);
    }
    let tried: usize = (0..3).map(|_| minute(&mut desk)).sum();
    assert_eq!(tried, 1);
}

#[test]
fn a_hair_of_rounding_is_not_money_in_flight() {
    // Balances are rounded down on their way: AVAILABLE may come a digit short of what is idle, and stay so.
    let keep = |_: &mut AccountPolicy, lend: &mut LendPolicy| {
        lend.keep = Measure::Amount(Quantity::Own(Amount::whole(1_000)));
    };
    let mut desk =
        Desk::ready(policy(profile(), keep), Restored::default(), snapshot("1000", "999.99999999", vec![], vec![]));
    assert!(desk.tick(10).is_empty());
    assert_eq!(desk.idle(), [(IdleReason::Keep, Amount::whole(1_000))]);
}

#[test]
fn a_loan_told_of_before_its_fill_costs_no_offer_its_place() {
    let cap = Measure::Amount(Quantity::Own(Amount::whole(2_000)));
    let policy = policy(profile(), |_, lend| lend.max_lent = Some(cap));
    let mut desk = Desk::ready(policy, Restored::default(), snapshot("3000", "3000", vec![], vec![]));
    let acts = desk.tick(1);
    assert_eq!(acts.len(), 2);
    for (act, id) in acts.iter().zip([7, 8]) {
        desk.accept(act, Some(offer(id, submit_of(act).amount, submit_of(act).amount, desk.at)));
    }
    desk.private(AccountNews::Lent(Change::Set, lent(LentKind::Loan, 1, submit_of(&acts[0]).amount, desk.at)));
    assert!(desk.tick(1).is_empty(), "counted twice it allows nothing new, but cancels nothing either");
}

#[test]
fn a_row_that_can_never_be_read_holds_no_other_currency_up() {
    let mut desk =
        Desk::ready(policy(profile(), |_, _| {}), Restored::default(), snapshot("900", "900", vec![], vec![]));
    desk.private(AccountNews::Resync);
    let unreadable = || AccountSnapshot { dropped_rows: 1, ..snapshot("900", "900", vec![], vec![]) };
    for _ in 0..2 {
        desk.tick(10);
        desk.read(unreadable());
        assert!(desk.tick(1).is_empty(), "a reading with a row that nobody could read proves nothing");
    }
    desk.tick(10);
    desk.read(unreadable());
    assert_eq!(desk.tick(1).len(), 1, "the sums of this currency are right");
    // A wallet's row that cannot be read is not an empty wallet.
    desk.private(AccountNews::Resync);
    for _ in 0..3 {
        desk.tick(10);
        desk.read(AccountSnapshot { wallets: vec![], ..unreadable() });
    }
    desk.tick(1);
    assert_eq!(desk.usd().balance, Amount::whole(900));
}
