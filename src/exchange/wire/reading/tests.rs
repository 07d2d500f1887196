use super::*;
use crate::domain::{Amount, LentId};
use proptest::prelude::*;

fn row(id: i64, amount: &str) -> String {
    format!(r#"[{id},"fUSD",1,1000000,1000000,{amount},0,"ACTIVE","FIXED",null,null,0.0002,2,1000000,null]"#)
}

fn read(loans: &[String], credits: &[String], wallet: &str) -> AccountSnapshot {
    let mut reading = AccountReading::new(Timestamp::from_millis(1), None);
    let mut paths = Vec::new();
    let list = |rows: &[String]| format!("[{}]", rows.join(","));
    let wallet = format!(r#"[["funding","USD",{wallet}]]"#);
    for body in [list(loans), list(credits), "[]".into(), wallet] {
        paths.push(reading.next_call().unwrap().path);
        reading.reply(200, &body).unwrap();
    }
    assert_eq!(paths, ["auth/r/funding/loans", "auth/r/funding/credits", "auth/r/funding/offers", "auth/r/wallets"]);
    assert_eq!(reading.next_call(), None);
    reading.finish(Timestamp::from_millis(9))
}

fn ids(snapshot: &AccountSnapshot) -> Vec<(LentKind, i64)> {
    snapshot.lent.iter().map(|lent| (lent.id.kind, lent.id.id)).collect()
}

#[test]
fn a_loan_that_became_a_credit_meanwhile_is_counted_once() {
    let snapshot = read(&[row(7, "150")], &[row(8, "150")], "150,0,0");
    assert_eq!(ids(&snapshot), [(LentKind::Credit, 8)]);
    // Not told what is free: the twin is believed to be the same money.
    assert_eq!(ids(&read(&[row(7, "150")], &[row(8, "150")], "300,0,null")), [(LentKind::Credit, 8)]);
    // The wallet holds both: two fills of one amount.
    assert_eq!(
        ids(&read(&[row(7, "150")], &[row(8, "150")], "300.1,0,0.1")),
        [(LentKind::Credit, 8), (LentKind::Loan, 7)]
    );
    // One credit is the twin of one loan only.
    let three = read(&[row(5, "150"), row(6, "150")], &[row(8, "150")], "300,0,0");
    assert_eq!(ids(&three), [(LentKind::Credit, 8), (LentKind::Loan, 6)]);
    assert_eq!(ids(&read(&[row(7, "151")], &[row(8, "150")], "301,0,0")).len(), 2);
}

#[test]
fn only_what_the_account_lends_counts() {
    let borrowed = row(7, "150").replace("\"fUSD\",1", "\"fUSD\",-1");
    let closed = row(8, "150").replace("ACTIVE", "CLOSED (expired)");
    let snapshot = read(&[borrowed], &[closed, row(9, "20")], "20,0,0");
    assert_eq!(ids(&snapshot), [(LentKind::Credit, 9)]);
    assert_eq!((snapshot.started.millis(), snapshot.ended.millis(), snapshot.dropped_rows), (1, 9, 0));
}

#[test]
fn the_past_is_read_when_asked_for() {
    let mut reading = AccountReading::new(Timestamp::from_millis(1), Some(Timestamp::from_millis(77)));
    let loan = row(7, "150").replace("ACTIVE", "CLOSED");
    let offer = r#"[6,"fUSD",5,6,0,57.9,null,null,null,null,"EXECUTED",null,null,null,0.1,2]"#;
    let trade = r#"[3,"fUSD",5,6,57.9,0.1,2]"#;
    let bodies =
        ["[]", "[]", "[]", "[]", &format!("[{offer},7]"), &format!("[{trade}]"), &format!("[{loan}]"), "[null]"];
    for (step, body) in bodies.into_iter().enumerate() {
        let call = reading.next_call().unwrap();
        assert_eq!(call.body.contains(r#""start":77,"limit":500"#), step > 3, "{call:?}");
        reading.reply(200, body).unwrap();
    }
    let snapshot = reading.finish(Timestamp::from_millis(2));
    let history = snapshot.history.unwrap();
    assert_eq!((history.offers.len(), history.trades.len(), snapshot.dropped_rows), (1, 1, 2));
    assert_eq!(history.lent[0].id, LentId { kind: LentKind::Loan, id: 7 });
    assert_eq!(history.lent[0].amount, Amount::whole(150));
}

#[test]
fn a_failed_call_stays_due() {
    let mut reading = AccountReading::new(Timestamp::from_millis(1), None);
    for (status, body) in [(500, r#"["error",10114,"nonce: small"]"#), (200, "{}"), (502, "<html>")] {
        reading.reply(status, body).unwrap_err();
        assert_eq!(reading.next_call(), Some(Call::loans()));
    }
    reading.reply(200, "[]").unwrap();
    assert_eq!(reading.next_call(), Some(Call::credits()));
    assert_eq!(reading.finish(Timestamp::from_millis(2)).history, None);
}

proptest! {
    /// Whatever moved from loans to credits while we read, the wallet says how much is lent, and so do we.
    #[test]
    fn the_sum_lent_is_what_the_wallet_says(rows in proptest::collection::vec((0_u32..3, 0_u8..3), 1..8)) {
        let (mut loans, mut credits, mut lent) = (Vec::new(), Vec::new(), 0);
        for (at, (size, place)) in rows.iter().enumerate() {
            let amount = 100 * 10_i64.pow(*size);
            let id = i64::try_from(at).unwrap();
            lent += amount;
            if *place != 1 {
                loans.push(row(id, &amount.to_string()));
            }
            if *place != 0 {
                credits.push(row(100 + id, &amount.to_string()));
            }
        }
        let snapshot = read(&loans, &credits, &format!("{lent},0,0"));
        let sum: Total = snapshot.lent.iter().map(|lent| lent.amount).sum();
        prop_assert_eq!(sum.units(), i128::from(lent) * 100_000_000);
    }
}
