//! The key gate, leaving, adopting.

use super::desk::*;
use crate::domain::*;
use crate::engine::*;

fn lending() -> (Desk, OfferId) {
    let mut desk =
        Desk::ready(policy(profile(), |_, _| {}), Restored::default(), snapshot("900", "900", vec![], vec![]));
    let acts = desk.tick(1);
    let amount = submit_of(&acts[0]).amount;
    desk.accept(&acts[0], Some(offer(7, amount, amount, desk.at)));
    (desk, OfferId(7))
}

#[test]
fn a_key_that_may_withdraw_cancels_its_offers_once_and_submits_no_more() {
    let (mut desk, id) = lending();
    desk.private(AccountNews::Gate(GateVerdict::Refused(vec!["withdraw".into()])));
    let acts = desk.tick(1);
    assert_eq!(acts.len(), 1);
    assert!(matches!(&acts[0].action, Action::Cancel(cancel) if cancel.offer == id));
    desk.feed(Body::Outcome(main(), acts[0].id, ActionResult::Refused(Refusal::Other, "no".into())));
    assert!(desk.tick(10).is_empty(), "once each");
    assert_eq!(desk.idle()[0].0, IdleReason::Key);
    desk.private(AccountNews::Gate(GateVerdict::Good));
    desk.private(AccountNews::Offer(Change::Closed, offer(7, amount("899"), amount("899"), desk.at)));
    desk.read(snapshot("900", "900", vec![], vec![]));
    assert_eq!(desk.tick(1).len(), 1, "good again, it resumes by itself");
}

#[test]
fn a_key_that_is_pending_or_revoked_writes_nothing() {
    for verdict in
        [GateVerdict::Pending, GateVerdict::Revoked, GateVerdict::Insufficient(vec![MissingScope::FundingWrite])]
    {
        let (mut desk, _) = lending();
        desk.private(AccountNews::Gate(verdict));
        desk.private(AccountNews::Wallet(wallet(amount("1900"), Some(amount("1000")))));
        assert!(desk.tick(10).is_empty());
        assert_eq!(desk.idle()[0].0, IdleReason::Key);
    }
}

#[test]
fn a_removed_account_winds_itself_down() {
    let (mut desk, id) = lending();
    let mut gone = policy(profile(), |_, _| {});
    gone.accounts.clear();
    desk.feed(Body::Policy(std::sync::Arc::new(gone)));
    let acts = desk.tick(1);
    assert!(matches!(&acts[0].action, Action::Cancel(cancel) if cancel.offer == id), "{acts:?}");
}

#[test]
fn stopping_leaves_or_cancels_own_offers_as_asked() {
    for cancel in [false, true] {
        let (mut desk, _) = lending();
        desk.feed(Body::Drain { cancel });
        assert_eq!(desk.tick(1).len(), usize::from(cancel));
        assert!(desk.view.draining);
    }
}

#[test]
fn adopted_offers_are_managed_and_others_named() {
    let hand = offer(5, Amount::whole(600), Amount::whole(600), Timestamp::from_millis(START));
    let mut desk =
        Desk::ready(policy(profile(), |_, _| {}), Restored::default(), snapshot("600", "0", vec![hand], vec![]));
    desk.tick(1);
    assert_eq!(desk.usd().foreign, Amount::whole(600));
    desk.feed(Body::Adopt(main(), vec![OfferId(5), OfferId(6)]));
    desk.tick(1);
    assert_eq!((desk.usd().foreign, desk.usd().offered), (Amount::ZERO, Amount::whole(600)));
    assert!(desk.memories.contains(&Memory::Adopted { account: main(), offer: OfferId(5) }));
    assert!(desk.notes.contains(&Note::NotAdopted { account: main(), offer: OfferId(6) }));
}

#[test]
fn what_is_to_be_adopted_waits_for_the_account_to_be_read() {
    let mut desk = Desk::new();
    desk.feed(Body::Adopt(main(), vec![OfferId(5)]));
    assert_eq!(desk.notes.pop(), Some(Note::NotAdopted { account: main(), offer: OfferId(5) }), "no such account");
    desk.feed(Body::Policy(std::sync::Arc::new(policy(profile(), |_, _| {}))));
    desk.feed(Body::Adopt(main(), vec![OfferId(5), OfferId(6)]));
    desk.private(AccountNews::Gate(GateVerdict::Good));
    desk.feed(Body::Link(Stream::Account(main()), LinkState::Up));
    desk.feed(Body::Tick);
    let about_adopting = |note: &Note| matches!(note, Note::Adopted { .. } | Note::NotAdopted { .. });
    assert!(!desk.notes.iter().any(about_adopting), "nobody knows yet which offers there are");
    let hand = offer(5, Amount::whole(600), Amount::whole(600), desk.at);
    desk.read(snapshot("600", "0", vec![hand], vec![]));
    let told: Vec<&Note> = desk.notes.iter().filter(|note| about_adopting(note)).collect();
    assert_eq!(
        told,
        [
            &Note::Adopted { account: main(), offer: OfferId(5), on_request: true },
            &Note::NotAdopted { account: main(), offer: OfferId(6) }
        ]
    );
    assert_eq!(desk.memories, [Memory::Adopted { account: main(), offer: OfferId(5) }]);
}

#[test]
fn an_account_that_leaves_goes_on_cancelling_while_the_daemon_stops() {
    for removed in [true, false] {
        let (mut desk, id) = lending();
        let mut without = policy(profile(), |account, _| account.enabled = false);
        if removed {
            without.accounts.clear();
        }
        desk.feed(Body::Policy(std::sync::Arc::new(without)));
        // The stop comes before the next tick, and leaves the offers of those that stay.
        desk.feed(Body::Drain { cancel: false });
        let acts = desk.tick(1);
        assert!(matches!(&acts[..], [one] if matches!(&one.action, Action::Cancel(cancel) if cancel.offer == id)));
        assert!(!desk.view.accounts[&main()].enabled);
        assert_eq!(desk.view.accounts[&main()].own_open_offers(), 1, "until it is seen to go");
    }
}

#[test]
fn an_accepted_cancel_is_seen_out_not_sent_again() {
    let (mut desk, _) = lending();
    desk.feed(Body::Policy(std::sync::Arc::new(policy(profile(), |account, _| account.enabled = false))));
    let acts = desk.tick(1);
    assert_eq!(acts.len(), 1);
    desk.accept(&acts[0], None);
    assert!(desk.tick(1).is_empty() && desk.tick(20).is_empty(), "its event is on the way");
    assert_eq!(desk.tick(20).len(), 1, "nothing came of it: again");
}

#[test]
fn offers_of_earlier_runs_are_welcomed_back_or_closed() {
    let own = [5, 6].map(|id| (OfferId(id), OwnRecord { slice: "core".into() })).into();
    let restored = Restored { next_action: 9, own: [(main(), own)].into(), ..Restored::default() };
    let five = offer(5, amount("300"), amount("300"), Timestamp::from_millis(START));
    let desk = Desk::ready(policy(profile(), |_, _| {}), restored, snapshot("300", "0", vec![five], vec![]));
    assert!(desk.notes.contains(&Note::Adopted { account: main(), offer: OfferId(5), on_request: false }));
    assert!(desk.memories.contains(&Memory::Closed { account: main(), offer: OfferId(6) }));
}
