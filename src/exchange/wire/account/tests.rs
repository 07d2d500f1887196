use super::*;
use crate::domain::Rounding;

fn json(text: &str) -> Json<'_> {
    Json::parse(text).unwrap()
}

fn usd(text: &str) -> Amount {
    Amount::parse(text, Rounding::Nearest).unwrap()
}

const OFFER: &str = r#"[3854301834,"fUSD",1743656288000,1743656289000,492.94629809,886.7740565,"LIMIT",null,null,0,
    "PARTIALLY FILLED at 0.0384% (393.83)",null,null,null,0.00039459,6,false,0,null,false,null]"#;

#[test]
fn an_offer_is_read_by_index() {
    let read = offer(json(OFFER)).unwrap();
    assert_eq!(
        read,
        Offer {
            id: OfferId(3_854_301_834),
            currency: Currency::USD,
            created: Timestamp::from_millis(1_743_656_288_000),
            updated: Timestamp::from_millis(1_743_656_289_000),
            amount: usd("492.94629809"),
            original: usd("886.7740565"),
            kind: OfferKind::Limit,
            rate: DailyRate::parse("0.00039459", Rounding::Nearest).unwrap(),
            real_rate: None,
            period: Days::new(6),
            hidden: false,
            renew: false,
            status: OfferStatus::PartiallyFilled,
        }
    );
}

#[test]
fn offers_come_with_noise_nulls_exponents_and_more_or_fewer_elements() {
    let noisy = offer(json(
        r#"[1,"fUST",1575026670000,null,9.99999883788405e-7,5e3,"LIMIT",null,null,64,"ACTIVE",null,null,null,
            0.006000000000000001,30,0,"1",null,1,null,{"new":[1]},"more"]"#,
    ))
    .unwrap();
    assert_eq!((noisy.amount.units(), noisy.original), (100, usd("5000")));
    assert_eq!(noisy.rate.units(), 6_000_000_000);
    assert_eq!((noisy.hidden, noisy.renew, noisy.updated), (true, true, noisy.created));
    let short = r#"[1,"fUST",5,6,10,10,"LIMIT",null,null,64,"CANCELED was: x",null,null,null,0.001,2]"#;
    let short = offer(json(short)).unwrap();
    assert_eq!((short.hidden, short.renew, short.status), (true, false, OfferStatus::Canceled));
    // A plain FRR offer shows rate 0; a closed one comes without its type.
    let frr = r#"[1,"fUSD",5,6,10,10,"FRRDELTAVAR",null,null,null,"EXECUTED at FRR",null,null,null,null,2,null,null,null,null,0.0003]"#;
    let frr = offer(json(frr)).unwrap();
    assert_eq!((frr.kind, frr.rate, frr.real_rate.is_some()), (OfferKind::FrrDeltaVariable, DailyRate::ZERO, true));
    for (kind, rate, read) in [
        ("null", "0.000369", OfferKind::Limit),
        ("null", "0", OfferKind::FrrDeltaVariable),
        ("\"NEWKIND\"", "0.1", OfferKind::Limit),
    ] {
        let text = format!(r#"[6,"fUSD",5,6,0,-57.9,{kind},null,null,null,"EXPIRED",null,null,null,{rate},2]"#);
        let closed = offer(json(&text)).unwrap();
        assert_eq!((closed.kind, closed.status), (read, OfferStatus::Other));
        assert_eq!(closed.original, usd("-57.9"));
    }
}

#[test]
fn a_bad_row_is_dropped_and_the_others_stay() {
    let bad = r#"[null,{"a":1},[],["x"],[1,"tBTCUSD",5,6,1,1,"LIMIT",0,0,0,"",0,0,0,1,2],
        [1,"fUSD",5,6,1e99,1,"LIMIT",0,0,0,"",0,0,0,1,2],[1,"fUSD",5,6,1,1,"LIMIT",0,0,0,"",0,0,0,null,2]"#;
    let text = format!("{bad},{OFFER}]");
    let rows = offers(json(&text)).unwrap();
    assert_eq!((rows.rows.len(), rows.dropped), (1, 7));
    assert!(matches!(offers(json("{}")), Err(WireError::Shape { .. })));
    assert_eq!(offers(json("[]")).unwrap(), Rows { rows: vec![], dropped: 0 });
}

#[test]
fn credits_and_loans_are_read_so_that_money_counts() {
    let credit = r#"[402617569,"fUST",1,1743411047000,1743411048000,1027.10723507,0,"ACTIVE","VAR",null,null,0,2,
        1743411046000,1743411099000,0,0,null,0,null,0,"tBTCUST"]"#;
    let credit = lent(LentKind::Credit, json(credit)).unwrap();
    assert_eq!(credit.id, LentId { kind: LentKind::Credit, id: 402_617_569 });
    assert_eq!((credit.side, credit.status, credit.rate_type), (Side::Lender, LentStatus::Active, RateType::Variable));
    assert_eq!((credit.rate, credit.pair.as_deref()), (DailyRate::ZERO, Some("tBTCUST")));
    assert_eq!(credit.opened.millis(), 1_743_411_046_000);
    assert_eq!(credit.last_payout, Some(Timestamp::from_millis(1_743_411_099_000)));
    for (side, status, read_side, read_status) in [
        ("0", "\"CLOSED (used)\"", Side::Both, LentStatus::ClosedUsed),
        ("-1", "\"CLOSED (no more position)\"", Side::Borrower, LentStatus::Closed),
        ("\"Lend\"", "\"Closed\"", Side::Lender, LentStatus::Closed),
        ("\"Loan\"", "null", Side::Borrower, LentStatus::Active),
        ("null", "\"SOMETHING\"", Side::Both, LentStatus::Active),
    ] {
        let text = format!(r#"[7,"fUSD",{side},5,6,820,0,{status},null,null,null,0.002,7,null,null]"#);
        let loan = lent(LentKind::Loan, json(&text)).unwrap();
        assert_eq!((loan.side, loan.status), (read_side, read_status), "{text}");
        assert_eq!((loan.opened.millis(), loan.last_payout, loan.rate_type), (5, None, RateType::Unknown));
    }
    assert_eq!(lent(LentKind::Loan, json(r#"[7,"fUSD",1,5,6,null,0,"ACTIVE"]"#)), Err(BadRow));
}

#[test]
fn available_null_is_unknown_and_balances_round_down() {
    let rows = wallets(json(
        r#"[["funding","USD",10016.114205139,0,16.480001129,"x",null],["funding","UST",1.5,0,null,null,null],
            ["funding","BTC",1],["exchange","weird ccy",0.1,0,0.1],["exchange","TRX",1,0,1e30],["new","USD",5,0,5],
            ["funding","UST",null,0,null],["funding","UST",1,0,1e99],["funding","usd",1,0,1]]"#,
    ))
    .unwrap();
    let read: Vec<_> = rows.rows.iter().map(|w| (w.kind, w.balance.to_string(), w.available)).collect();
    assert_eq!(
        read,
        [
            (WalletKind::Funding, "10016.11420513".to_owned(), Some(Amount::from_units(1_648_000_112))),
            (WalletKind::Funding, "1.5".to_owned(), None),
            (WalletKind::Funding, "1".to_owned(), None),
            (WalletKind::Other, "5".to_owned(), Some(Amount::whole(5))),
        ]
    );
    assert_eq!(rows.dropped, 3);
}

#[test]
fn executions_and_ledger_rows_are_read() {
    let text = r#"[[356904509,"fUST",1743411047000,3850654061,-1027.10723507,0.00019958,2,null]]"#;
    let read = trades(json(text)).unwrap();
    assert_eq!((read.rows[0].offer, read.rows[0].amount), (OfferId(3_850_654_061), usd("1027.10723507")));
    let text = r#"[[9784673670,"USD","funding",1743384613000,null,0.20089545,1009.893930769,null,
        "Margin Funding Payment on wallet funding"],[1,"USD",null,5,null,-3,null,null,null],[2,"USD"]]"#;
    let read = ledger(json(text)).unwrap();
    assert_eq!((read.rows.len(), read.dropped), (2, 1));
    assert_eq!((read.rows[0].wallet, read.rows[0].amount), (Some(WalletKind::Funding), usd("0.20089545")));
    assert_eq!(read.rows[0].balance, Some(usd("1009.89393076")));
    assert_eq!((read.rows[1].wallet, read.rows[1].balance, read.rows[1].amount), (None, None, usd("-3")));
}

#[test]
fn single_answers_are_read_or_refused() {
    let info = funding_info(json(r#"["sym","fUSD",[0,0.0003429817, 0, 41.2231]]"#)).unwrap();
    assert_eq!((info.currency, info.rate.unwrap().units()), (Currency::USD, 342_981_700));
    assert_eq!(available(json("[344.120389999]")).unwrap(), usd("344.12038999"));
    assert!(available(json("[null]")).is_err());
    assert_eq!(auto_renew(json("null")), Ok(false));
    assert_eq!(auto_renew(json("[]")), Ok(false));
    assert_eq!(auto_renew(json(r#"["USD", 5, 0.00034405, 0]"#)), Ok(true));
    assert!(auto_renew(json("[7]")).is_err());
    assert!(auto_renew(json("{}")).is_err());
}
