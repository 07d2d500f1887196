//! Money rule 6: a write whose reply is lost.

use super::desk::*;
use crate::domain::*;
use crate::engine::*;

fn lose_one() -> (Desk, Intent) {
    let mut desk =
        Desk::ready(policy(profile(), |_, _| {}), Restored::default(), snapshot("900", "900", vec![], vec![]));
    let mut acts = desk.tick(1);
    assert_eq!(acts.len(), 1);
    let act = acts.remove(0);
    desk.feed(Body::Outcome(main(), act.id, ActionResult::Unknown(UnknownCause::Timeout)));
    (desk, act)
}

fn with_history(mut reading: AccountSnapshot, offers: Vec<Offer>) -> AccountSnapshot {
    reading.history = Some(History { offers, ..History::default() });
    reading
}

#[test]
fn while_nobody_knows_nothing_else_is_submitted() {
    let (mut desk, _) = lose_one();
    for _ in 0..20 {
        assert!(desk.tick(5).is_empty());
        assert_eq!(desk.idle(), [(IdleReason::UnknownWrite, Amount::whole(900))]);
    }
    assert_eq!(desk.usd().unknown_writes, 1);
    assert_eq!(desk.readings, [false, true], "it is looked for, with the past, one reading at a time");
}

#[test]
fn found_by_its_content_it_is_ours() {
    let (mut desk, act) = lose_one();
    desk.tick(5);
    let amount = submit_of(&act).amount;
    let resting = offer(77, amount, amount, desk.at);
    desk.read(with_history(snapshot("900", "0.00000999", vec![resting], vec![]), vec![]));
    assert!(desk.memories.contains(&Memory::Settled { action: act.id, accepted: true }));
    assert!(desk.tick(5).is_empty());
    assert_eq!(desk.usd().offered, amount);
    assert_eq!(desk.usd().unknown_writes, 0);
}

#[test]
fn found_by_the_stream_it_is_ours() {
    let (mut desk, act) = lose_one();
    let amount = submit_of(&act).amount;
    desk.private(AccountNews::Offer(Change::Set, offer(77, amount, amount, desk.at)));
    desk.tick(5);
    assert_eq!(desk.usd().offered, amount);
    desk.read(with_history(snapshot("900", "0", vec![offer(77, amount, amount, desk.at)], vec![]), vec![]));
    assert!(desk.memories.contains(&Memory::Settled { action: act.id, accepted: true }));
}

#[test]
fn absence_proves_only_after_two_minutes_and_with_the_past() {
    let (mut desk, act) = lose_one();
    let empty = || with_history(snapshot("900", "900", vec![], vec![]), vec![]);
    desk.tick(5);
    desk.read(empty());
    assert!(desk.tick(100).is_empty(), "too early");
    desk.read(empty());
    assert!(desk.tick(1).is_empty(), "still too early");
    desk.tick(30);
    desk.read(snapshot("900", "900", vec![], vec![]));
    assert!(desk.tick(1).is_empty(), "without the past it proves nothing");
    desk.tick(31);
    desk.read(empty());
    assert!(desk.memories.contains(&Memory::Settled { action: act.id, accepted: false }));
    let again = desk.tick(1);
    assert_eq!(again.len(), 1);
    assert_ne!(submit_of(&again[0]).amount, submit_of(&act).amount, "a tag is not used again for a day");
}

#[test]
fn filled_while_nobody_knew_it_is_found_in_the_past() {
    let (mut desk, act) = lose_one();
    let amount = submit_of(&act).amount;
    desk.tick(5);
    let mut past = offer(77, amount, Amount::ZERO, desk.at);
    past.status = OfferStatus::Executed;
    let loan = lent(LentKind::Loan, 9, amount, desk.at);
    desk.read(with_history(snapshot("900", "0.00000999", vec![], vec![loan]), vec![past]));
    assert!(desk.memories.contains(&Memory::Settled { action: act.id, accepted: true }));
    assert!(desk.tick(5).is_empty());
    assert_eq!(desk.usd().lent, amount);
}

#[test]
fn after_a_crash_the_unsettled_are_unknown_and_the_own_are_ours() {
    let at = Timestamp::from_millis(START - 60_000);
    let submit = Submit {
        currency: Currency::USD,
        amount: amount("299.99999001"),
        rate: rate("0.0002"),
        kind: OfferKind::Limit,
        period: Days::MIN,
        hidden: false,
    };
    let intent =
        Intent { id: ActionId(41), account: main(), action: Action::Submit(submit.clone()), at, slice: "core".into() };
    let own = [(OfferId(5), OwnRecord { slice: "core".into() })].into();
    let restored = Restored {
        next_action: 42,
        own: [(main(), own)].into(),
        unsettled: vec![intent.clone()],
        recent: vec![intent],
        ..Restored::default()
    };
    let five = offer(5, amount("300.00000000"), amount("300"), at);
    let lost = offer(6, submit.amount, submit.amount, at);
    let reading = snapshot("900", "300.00000999", vec![five, lost], vec![]);
    let mut desk = Desk::ready(policy(profile(), |_, _| {}), restored, with_history(reading, vec![]));
    assert_eq!(desk.readings, [true], "the first reading brings the past along");
    assert!(desk.memories.contains(&Memory::Settled { action: ActionId(41), accepted: true }));
    let acts = desk.tick(1);
    assert_eq!(acts.len(), 1, "the rest is lent");
    assert_eq!(acts[0].id, ActionId(42));
    assert!(submit_of(&acts[0]).amount <= amount("300.00000999"));
    assert_eq!(desk.usd().foreign, Amount::ZERO);
}

#[test]
fn an_unknown_cancel_is_settled_by_the_offer() {
    let own = [(OfferId(5), OwnRecord { slice: "core".into() })].into();
    let restored = Restored { next_action: 9, own: [(main(), own)].into(), ..Restored::default() };
    let five = offer(5, amount("300"), amount("300"), Timestamp::from_millis(START));
    let reading = || snapshot("300", "0", vec![five.clone()], vec![]);
    let mut desk = Desk::ready(policy(profile(), |account, _| account.enabled = false), restored, reading());
    let acts = desk.tick(1);
    assert!(matches!(acts[0].action, Action::Cancel(Cancel { offer: OfferId(5), .. })));
    desk.feed(Body::Outcome(main(), acts[0].id, ActionResult::Unknown(UnknownCause::Cut)));
    assert!(desk.tick(5).is_empty());
    desk.read(reading());
    assert!(desk.tick(11).is_empty(), "it may still be on its way");
    desk.read(reading());
    assert!(desk.memories.contains(&Memory::Settled { action: acts[0].id, accepted: false }));
    assert_eq!(desk.tick(1).len(), 1, "and is tried again");
}
