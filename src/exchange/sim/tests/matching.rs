//! Who is served first, at what rate, and what becomes of it.

use super::*;
use crate::domain::{LentKind, MINUTE};

fn lent_total(desk: &Desk) -> Amount {
    desk.account().lent_out(Currency::USD)
}

#[test]
fn the_cheapest_offer_is_served_first_and_then_the_earliest() {
    let levels = vec![offer("0.0002", 2, 300), offer("0.0003", 2, 300)];
    let mut desk = Desk::new(vec![
        (1, vec![Move::Levels(levels)]),
        // 300 at 0.0002, then at 0.0003 the background's 300 stood before ours.
        (60, vec![borrow(700, "0.0003", 2)]),
    ]);
    desk.pass(SECOND.times(10));
    desk.submit("500", "0.0003", 2);
    desk.pass(MINUTE);
    assert_eq!(lent_total(&desk), usd(100));
    desk.assert_conserved();
}

#[test]
fn growth_of_a_level_queues_behind_us_and_what_stayed_before_us() {
    let mut desk = Desk::new(vec![
        (1, vec![Move::Levels(vec![offer("0.0003", 2, 300)])]),
        (30, vec![Move::Levels(vec![offer("0.0003", 2, 1_000)])]),
        (60, vec![borrow(500, "0.0003", 2)]),
        (90, vec![borrow(500, "0.0003", 2)]),
    ]);
    desk.pass(SECOND.times(10));
    desk.submit("200", "0.0003", 2);
    desk.pass(SECOND.times(55));
    assert_eq!(lent_total(&desk), usd(200), "300 before us, then we, then the growth");
    desk.pass(SECOND.times(30));
    assert_eq!(desk.account().offers().count(), 0);
}

#[test]
fn an_offer_serves_shorter_requests_and_never_longer_ones() {
    let mut desk = Desk::new(vec![
        (30, vec![borrow(500, "0.001", 31)]),
        (60, vec![borrow(200, "0.001", 2)]),
        (90, vec![borrow(100, "0.0002", 2)]),
    ]);
    desk.submit("500", "0.0003", 30);
    desk.pass(SECOND.times(40));
    assert_eq!(lent_total(&desk), Amount::ZERO, "31 days are longer than 30");
    desk.pass(SECOND.times(30));
    assert_eq!(lent_total(&desk), usd(200));
    let lent = desk.account().lent().next().unwrap();
    assert_eq!(lent.period, Days::new(30), "the offer's own period");
    desk.pass(SECOND.times(30));
    assert_eq!(lent_total(&desk), usd(200), "0.0002 is less than was asked");
}

#[test]
fn partial_fills_are_told_in_the_status_and_lent_as_good_or_better() {
    let mut desk = Desk::new(vec![(30, vec![borrow(200, "0.0005", 2)]), (60, vec![borrow(5_000, "0.0005", 2)])]);
    let id = desk.submit("500", "0.0003", 2);
    desk.pass(SECOND.times(40));
    let open = desk.account().offers().next().unwrap();
    assert!(open.status.starts_with("PARTIALLY FILLED "), "{}", open.status);
    assert!(open.status.ends_with("(200.00)"), "{}", open.status);
    assert_eq!((open.amount, open.original), (usd(300), usd(500)));
    desk.pass(SECOND.times(30));
    let history = desk.post("auth/r/funding/offers/fUSD/hist", "{}");
    assert_eq!(history[0][0], id);
    assert_eq!(history[0][4], 0);
    let status = history[0][10].as_str().unwrap();
    assert!(status.starts_with("EXECUTED ") && status.contains(" was: PARTIALLY FILLED "), "{status}");
    assert!(desk.account().lent().all(|lent| lent.rate >= rate("0.0003") && lent.rate <= rate("0.0005")));
    let trades = desk.post("auth/r/funding/trades/fUSD/hist", "{}");
    assert!(trades.as_array().unwrap().iter().all(|trade| trade[3] == id));
    desk.assert_conserved();
}

#[test]
fn a_borrower_now_and_then_pays_more_than_was_asked() {
    let moves = (1..60).map(|n| (n * 60, vec![borrow(150, "0.0009", 2)])).collect();
    let mut desk = Desk::new(moves);
    for _ in 0..59 {
        desk.submit("150", "0.0003", 2);
        desk.pass(MINUTE);
    }
    let better = desk.account().lent().filter(|lent| lent.rate > rate("0.0003")).count();
    assert!((3..30).contains(&better), "{better}");
}

#[test]
fn a_new_offer_takes_real_bids_at_their_rate_but_no_ghosts() {
    // The two-day bid stands over a two-day offer: were it real, they would have matched.
    let levels =
        vec![offer("0.0002", 2, 300), bid("0.0003", 2, 5_000), bid("0.0005", 120, 400), bid("0.0004", 120, 100)];
    let mut desk = Desk::new(vec![(1, vec![Move::Levels(levels)])]);
    desk.pass(SECOND.times(5));
    desk.submit("200", "0.0002", 2);
    assert_eq!(lent_total(&desk), Amount::ZERO, "a ghost matches nobody");
    desk.submit("500", "0.0003", 120);
    assert_eq!(lent_total(&desk), usd(500));
    let rates: Vec<DailyRate> = desk.account().lent().map(|lent| lent.rate).collect();
    assert!(rates.contains(&rate("0.0005")) && rates.contains(&rate("0.0004")), "{rates:?}");
    desk.assert_conserved();
}

#[test]
fn frr_offers_stand_at_the_frr_and_follow_it_as_their_kind_says() {
    let up = Move::Frr(Decimal::parse("0.0008").unwrap());
    let mut desk =
        Desk::new(vec![(30, vec![borrow(1_000, "0.0003", 2)]), (60, vec![borrow(1_000, "0.0004", 2)]), (90, vec![up])]);
    let body =
        |kind: &str| format!(r#"{{"type":"{kind}","symbol":"fUSD","amount":"200","rate":"0","period":2,"flags":0}}"#);
    desk.submit_body(&body("FRRDELTAVAR"));
    desk.submit_body(&body("FRRDELTAFIX"));
    desk.pass(SECOND.times(40));
    assert_eq!(lent_total(&desk), Amount::ZERO, "0.0003 is under the FRR");
    desk.pass(SECOND.times(80));
    assert_eq!(lent_total(&desk), usd(400));
    let loans = desk.post("auth/r/funding/loans/fUSD", "{}");
    let credits = desk.post("auth/r/funding/credits/fUSD", "{}");
    let rows: Vec<&Value> = loans.as_array().unwrap().iter().chain(credits.as_array().unwrap()).collect();
    let variable = rows.iter().find(|row| row[8] == "VAR").unwrap();
    assert_eq!(variable[11], 0, "a record that follows the FRR shows no rate");
    assert!(rows.iter().any(|row| row[8] == "FIXED" && row[11].as_f64().unwrap() > 0.00039));
}

#[test]
fn a_loan_becomes_a_credit_under_a_new_id_and_comes_back() {
    let mut desk =
        Desk::with_holds(vec![(30, vec![borrow(500, "0.001", 2)])], vec![hold(HOUR.times(5), Some(MINUTE.times(6)))]);
    desk.submit("500", "0.0003", 2);
    desk.pass(SECOND.times(31));
    let first = desk.account().lent().next().unwrap().clone();
    desk.pass(MINUTE.times(7));
    let second = desk.account().lent().next().unwrap().clone();
    assert_eq!(second.id.kind, LentKind::Credit);
    assert_eq!((second.opened, second.amount, second.rate), (first.opened, first.amount, first.rate));
    assert_eq!(second.pair.as_deref(), Some("tBTCUSD"));
    if first.id.kind == LentKind::Loan {
        let closed = desk.post("auth/r/funding/loans/fUSD/hist", "{}");
        assert_eq!(closed[0][7], "CLOSED (used)");
        assert_eq!(closed[0][13], first.opened.millis() / 1_000 * 1_000);
    }
    desk.pass(HOUR.times(6));
    assert_eq!(lent_total(&desk), Amount::ZERO);
    let paid = desk.account().interest(Currency::USD);
    assert_eq!(desk.account().available(Currency::USD).checked_sub(paid), Some(usd(10_000)));
}

#[test]
fn lent_money_comes_back_at_the_end_of_its_period() {
    let mut desk = Desk::with_holds(vec![(30, vec![borrow(500, "0.001", 2)])], vec![hold(DAY.times(9), None)]);
    desk.submit("500", "0.0003", 2);
    desk.pass(DAY.times(2));
    desk.pass(SECOND.times(20));
    assert_eq!(lent_total(&desk), usd(500));
    desk.pass(SECOND.times(15));
    assert_eq!(lent_total(&desk), Amount::ZERO);
    let closed = desk.post("auth/r/funding/loans/hist", "{}");
    assert_eq!(closed[0][7], "CLOSED (expired)");
}
