//! `active_until`: a day after which an account winds itself down, without anybody editing a file.

use super::*;

/// Lends until a minute after the start; a loan of 1000 is out, 1000 are free.
fn desk() -> (Desk, Amount) {
    let opened = Timestamp::from_millis(START);
    let until = opened.plus(MINUTE);
    let dated = policy(profile(), |account, _| account.active_until = Some(until));
    let loan = lent(LentKind::Loan, 1, Amount::whole(1_000), opened);
    let mut desk = Desk::ready(dated, Restored::default(), snapshot("2000", "1000", vec![], vec![loan]));
    let acts = desk.tick(1);
    assert_eq!(acts.len(), 1, "before that day it lends: {acts:?}");
    let made = submit_of(&acts[0]).amount;
    desk.accept(&acts[0], Some(offer(7, made, made, desk.at)));
    desk.private(AccountNews::Wallet(wallet(Amount::whole(2_000), Some(Amount::whole(1_000).less(made)))));
    (desk, made)
}

/// The exchange has cancelled the offer: nothing of it was taken.
fn cancelled(desk: &mut Desk, act: &Intent, made: Amount) {
    assert!(matches!(act.action, Action::Cancel(Cancel { offer: OfferId(7), .. })), "{act:?}");
    desk.accept(act, None);
    let gone = Offer { status: OfferStatus::Canceled, ..offer(7, made, made, desk.at) };
    desk.private(AccountNews::Offer(Change::Closed, gone));
    desk.private(AccountNews::Wallet(wallet(Amount::whole(2_000), Some(Amount::whole(1_000)))));
}

#[test]
fn an_account_whose_day_has_passed_cancels_its_offers_and_lends_nothing_more() {
    let (mut desk, made) = desk();
    assert!(desk.tick(58).is_empty(), "a second before, nothing changes");
    assert!(desk.view.accounts[&main()].enabled);
    // The very moment counts as after it: the last day has ended.
    let acts = desk.tick(1);
    assert_eq!(acts.len(), 1, "{acts:?}");
    assert!(!desk.view.accounts[&main()].enabled, "it is shown as off");
    cancelled(&mut desk, &acts[0], made);
    // The loan runs out by itself, and what comes back is not lent again.
    let opened = Timestamp::from_millis(START);
    let mut back = lent(LentKind::Loan, 1, Amount::whole(1_000), opened);
    back.status = LentStatus::Closed;
    desk.private(AccountNews::Lent(Change::Closed, back));
    desk.private(AccountNews::Wallet(wallet(Amount::whole(2_000), Some(Amount::whole(2_000)))));
    for _ in 0..20 {
        assert!(desk.tick(60).is_empty());
        desk.market();
    }
    assert_eq!(desk.idle(), [(IdleReason::Disabled, Amount::whole(2_000))]);
}

#[test]
fn a_later_day_brings_it_back() {
    let (mut desk, made) = desk();
    let acts = desk.tick(120);
    cancelled(&mut desk, &acts[0], made);
    assert!(desk.tick(60).is_empty());
    let later = desk.at.plus(DAY);
    let longer = policy(profile(), |account, _| account.active_until = Some(later));
    desk.feed(Body::Policy(std::sync::Arc::new(longer)));
    desk.market();
    let acts = desk.tick(60);
    assert_eq!(acts.iter().map(submit_of).count(), 1, "it lends again at once");
    assert!(desk.view.accounts[&main()].enabled);
}
