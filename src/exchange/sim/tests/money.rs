//! Money is conserved, interest is exact, payouts are one row a day.

use proptest::prelude::*;

use super::super::audit::{Actor, Audit};
use super::*;
use crate::domain::MINUTE;

#[test]
fn a_day_of_interest_is_paid_once_net_of_the_fee() {
    let mut desk = Desk::new(vec![(60, vec![borrow(10_000, "0.0003", 30)])]);
    desk.submit("10000", "0.0003", 30);
    desk.pass(HOUR.times(2));
    desk.pass(DAY);
    let rows: Vec<_> = desk.account().ledger().to_vec();
    assert_eq!(rows.len(), 2, "one row a day: {rows:?}");
    let last = &rows[1];
    assert_eq!((last.category, last.currency), (28, Currency::USD));
    let minute = last.at.millis().rem_euclid(86_400_000) / 60_000;
    assert!((83..=103).contains(&minute), "{minute}");
    let span = last.at.since(rows[0].at);
    let lent_at = desk.account().lent().next().unwrap().rate;
    let gross = lent_at.interest(usd(10_000), span, Rounding::Down);
    let net = gross.scale_by(85, 100, Rounding::Down);
    assert!(last.amount.units().abs_diff(net.units()) <= 2, "{} against {net}", last.amount);
    assert_eq!(desk.account().interest(Currency::USD).units(), rows.iter().map(|row| row.amount.units()).sum::<i64>());
    assert_eq!(last.balance, desk.account().balance(super::super::WalletName::Funding, Currency::USD));
    let read = desk.post("auth/r/ledgers/USD/hist", r#"{"category":28,"limit":2500}"#);
    assert_eq!(read[0][0], last.id);
    assert_eq!(read[0][8], "Margin Funding Payment on wallet funding");
    assert_eq!(desk.post("auth/r/ledgers/USD/hist", r#"{"category":5}"#), serde_json::json!([]));
}

#[test]
fn what_is_returned_at_once_still_pays_for_an_hour() {
    let mut desk = Desk::with_holds(vec![(60, vec![borrow(10_000, "0.0003", 30)])], vec![hold(MINUTE, None)]);
    desk.submit("10000", "0.0003", 30);
    desk.pass(MINUTE.times(5));
    assert_eq!(desk.account().lent().count(), 0);
    let lent_at = rate("0.0003");
    let least = lent_at.interest(usd(10_000), HOUR, Rounding::Down).scale_by(85, 100, Rounding::Down);
    assert!(desk.exchange.unpaid("main", Currency::USD) >= least);
    assert!(desk.exchange.unpaid("main", Currency::USD) <= least.scale_by(102, 100, Rounding::Up));
}

#[test]
fn hidden_offers_pay_a_higher_fee() {
    let earn = |flags: u32| {
        let mut desk = Desk::new(vec![(60, vec![borrow(1_000, "0.0003", 2)])]);
        desk.submit_body(&format!(
            r#"{{"type":"LIMIT","symbol":"fUSD","amount":"1000","rate":"0.0003","period":2,"flags":{flags}}}"#
        ));
        desk.pass(HOUR);
        desk.exchange.unpaid("main", Currency::USD).units()
    };
    let (open, hidden) = (earn(0), earn(64));
    assert!((open * 82 / 85).abs_diff(hidden) <= 2, "{open} {hidden}");
}

#[test]
fn what_follows_the_frr_earns_what_the_frr_was() {
    let twice = Move::Frr(Decimal::parse("0.0008").unwrap());
    let mut desk = Desk::new(vec![(0, vec![borrow(1_000, "0.0004", 2)]), (3_600, vec![twice])]);
    desk.submit_body(r#"{"type":"FRRDELTAVAR","symbol":"fUSD","amount":"1000","rate":"0","period":2,"flags":0}"#);
    desk.command(Command::Borrow { currency: Currency::USD, amount: usd(1_000), limit: rate("0.0004"), period: 2 });
    desk.pass(HOUR.times(2));
    // An hour at 0.0004 and an hour at 0.0008: 1000 × 0.0012 / 24 × 0.85.
    let earned = desk.exchange.unpaid("main", Currency::USD).units() + desk.account().interest(Currency::USD).units();
    assert!(earned.abs_diff(4_250_000) <= 1, "{earned}");
}

#[test]
fn auto_renew_offers_what_is_free_by_itself() {
    let mut account = lender(1_000);
    account.auto_renew = vec![Currency::USD];
    let mut desk = Desk::build(3, account, script(Vec::new(), Vec::new()), FaultDeck::default());
    desk.pass(MINUTE);
    let offers: Vec<_> = desk.account().offers().cloned().collect();
    assert_eq!(offers.len(), 1);
    assert_eq!((offers[0].amount, offers[0].by, offers[0].renew), (usd(1_000), Actor::AutoRenew, true));
    let status = desk.post("auth/r/funding/auto/status", r#"{"currency":"USD"}"#);
    assert_eq!(status, serde_json::json!(["USD", 2, 0.0004, 0]));
    let off = desk.post("auth/w/funding/auto", r#"{"status":0,"currency":"USD"}"#);
    assert_eq!(off[6], "SUCCESS");
    assert_eq!(desk.post("auth/r/funding/auto/status", r#"{"currency":"USD"}"#), Value::Null);
    let on = desk.post("auth/w/funding/auto", r#"{"status":1,"currency":"USD","amount":"0","rate":"0.1","period":2}"#);
    assert_eq!(on[4], serde_json::json!(["USD", 2, 0.001, 0]), "percent in, fraction out");
    desk.post("auth/w/funding/offer/cancel", &format!(r#"{{"id":{}}}"#, offers[0].id));
    desk.pass(MINUTE);
    assert_eq!(desk.account().offers().next().unwrap().rate, rate("0.001"));
}

#[test]
fn auditors_see_writes_fills_moves_returns_and_payouts() {
    let mut desk =
        Desk::with_holds(vec![(60, vec![borrow(300, "0.001", 2)])], vec![hold(HOUR.times(30), Some(MINUTE.times(2)))]);
    let id = desk.submit("300", "0.0003", 2);
    desk.refused(
        "auth/w/funding/offer/submit",
        r#"{"type":"LIMIT","symbol":"fUSD","amount":"-300","rate":"0.1","period":2}"#,
    );
    desk.pass(DAY.times(2));
    let audit = desk.exchange.take_audit();
    let has = |wanted: &dyn Fn(&Audit) -> bool| audit.iter().any(wanted);
    assert!(has(&|one| matches!(one, Audit::Fill { offer, amount, .. } if *offer == id && *amount == usd(300))));
    assert!(has(&|one| matches!(one, Audit::Returned { amount, .. } if *amount == usd(300))));
    assert!(has(&|one| matches!(one, Audit::Payout { .. })));
    let writes: Vec<_> =
        audit.iter().filter_map(|one| if let Audit::Write(write) = one { Some(write) } else { None }).collect();
    assert_eq!(writes.len(), 2);
    let (before, after) = (writes[0].before.as_ref().unwrap(), writes[0].after.as_ref().unwrap());
    assert_eq!((before.available, after.available, after.offered), (usd(10_000), usd(9_700), usd(300)));
    assert_eq!(writes[1].before, writes[1].after);
    assert!(desk.exchange.take_audit().is_empty());
}

#[derive(Debug, Clone)]
enum Step {
    Submit(i32, i64, u16),
    CancelFirst,
    Borrow(i32, i64, u16),
    ReturnFirst,
    Deposit(i32),
    Withdraw(i32),
    Levels(i32),
    Pass(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (100..4_000, 1_i64..90, 2_u16..121).prop_map(|(a, r, p)| Step::Submit(a, r, p)),
        1 => Just(Step::CancelFirst),
        3 => (50..5_000, 1_i64..100, 2_u16..121).prop_map(|(a, r, p)| Step::Borrow(a, r, p)),
        1 => Just(Step::ReturnFirst),
        1 => (1..500).prop_map(Step::Deposit),
        1 => (1..3_000).prop_map(Step::Withdraw),
        1 => (1..4_000).prop_map(Step::Levels),
        3 => (1_i64..200_000).prop_map(Step::Pass),
    ]
}

fn take(desk: &mut Desk, step: &Step) {
    let per_mille = |units: i64| DailyRate::from_units(units * 10_000_000);
    let main = || "main".to_owned();
    let first_offer = desk.account().offers().next().map(|offer| offer.id);
    let first_lent = desk.account().lent().next().map(|lent| lent.id.id);
    let command = match step {
        Step::Submit(amount, units, period) => {
            let (amount, at) = (usd(*amount), per_mille(*units));
            let offer = super::super::api::HandOffer { currency: Currency::USD, amount, rate: at, period: *period };
            Command::PlaceOffer { account: main(), offer }
        }
        Step::CancelFirst => Command::CancelOffer { account: main(), id: first_offer.unwrap_or(0) },
        Step::Borrow(amount, units, period) => {
            let (currency, limit) = (Currency::USD, per_mille(*units));
            Command::Borrow { currency, amount: usd(*amount), limit, period: *period }
        }
        Step::ReturnFirst => Command::Return { account: main(), id: first_lent.unwrap_or(0) },
        Step::Deposit(amount) => {
            let (wallet, currency) = ("funding".to_owned(), Currency::USD);
            Command::Deposit { account: main(), wallet, currency, amount: usd(*amount) }
        }
        Step::Withdraw(amount) => Command::Withdraw { account: main(), currency: Currency::USD, amount: usd(*amount) },
        Step::Levels(amount) => {
            let offer = super::super::api::HandOffer {
                currency: Currency::USD,
                amount: usd(*amount),
                rate: per_mille(1),
                period: 120,
            };
            Command::PlaceOffer { account: main(), offer }
        }
        Step::Pass(seconds) => return desk.pass(SECOND.times(*seconds)),
    };
    // A refusal is as good a step as any.
    let _ = desk.exchange.command(desk.now, command);
    desk.collect();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn money_is_conserved_whatever_happens(seed in any::<u64>(), steps in proptest::collection::vec(step(), 1..60)) {
        let levels = vec![offer("0.0002", 2, 3_000), offer("0.0004", 30, 3_000), bid("0.0006", 120, 2_000)];
        let holds = vec![hold(HOUR.times(3), Some(MINUTE)), hold(MINUTE, None), hold(DAY, Some(HOUR.times(2)))];
        let script = script(vec![(0, vec![Move::Levels(levels)])], holds);
        let mut desk = Desk::build(seed, lender(5_000), script, FaultDeck::default());
        let (mut moved, mut balance) = (0_i64, usd(5_000).units());
        for one in &steps {
            take(&mut desk, one);
            desk.assert_conserved();
            let rows = desk.account().ledger();
            balance = usd(5_000).units() + rows.iter().map(|row| row.amount.units()).sum::<i64>();
            moved += 1;
            let known = desk.account().balance(super::super::WalletName::Funding, Currency::USD);
            prop_assert_eq!(known.units(), balance, "the ledger explains the balance at step {}", moved);
        }
        prop_assert!(balance >= 0);
    }
}
