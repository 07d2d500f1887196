use super::*;

fn json(text: &str) -> Json<'_> {
    Json::parse(text).unwrap()
}

fn per_day(text: &str) -> DailyRate {
    DailyRate::parse(text, Rounding::Nearest).unwrap()
}

const TICKER: &str = "0.0003715,0.0003013,120,28731155.02,0.000149,2,5996865.89,0.00003788,0.1474,0.00029488,\
    263021222.26,0.00037104,0.00007945,null,null,60617019.59,1469734163000";

#[test]
fn a_ticker_has_the_period_before_the_size() {
    let read = ticker(json(&format!("[{TICKER}]"))).unwrap();
    assert_eq!(read.frr, Some(per_day("0.0003715")));
    assert_eq!(read.bid, Some((per_day("0.0003013"), Days::MAX)));
    assert_eq!(read.bid_size.unwrap().to_string(), "28731155.02");
    assert_eq!(read.offer, Some((per_day("0.000149"), Days::MIN)));
    assert_eq!(read.last, Some(per_day("0.00029488")));
    assert_eq!(read.frr_available.unwrap().to_string(), "60617019.59");
    let day = read.day.unwrap();
    assert_eq!((day.change, day.change_ratio), (per_day("0.00003788"), Ratio::from_ppm(147_400)));
    assert_eq!((day.high, day.low), (per_day("0.00037104"), per_day("0.00007945")));
}

#[test]
fn what_is_lent_is_a_list_in_a_list() {
    let read = lendable(json("[[\"USD\",\"UST\",\"not a code\",7]]")).unwrap();
    assert_eq!(read, BTreeSet::from([Currency::USD, Currency::from_code("UST").unwrap()]));
    for text in ["[[]]", "[]", "{}", "[null]", "[[\"?\"]]", "[\"error\",10020,\"x\"]"] {
        assert!(lendable(json(text)).is_err(), "{text}");
    }
}

#[test]
fn what_a_ticker_leaves_null_stays_unknown() {
    let read = ticker(json("[null,0.00071,null,5000,4e-7,2]")).unwrap();
    assert_eq!((read.frr, read.bid, read.last, read.day), (None, None, None, None));
    assert_eq!(read.offer, Some((per_day("0.0000004"), Days::MIN)));
    for text in ["{}", "[]", "[[1]]", "[\"x\",1,2]", "null"] {
        assert!(ticker(json(text)).is_err(), "{text}");
    }
}

#[test]
fn trading_tickers_are_told_apart_by_their_symbol() {
    let text = format!("[[\"tBTCUSD\",1,2,3,4,5,6,7,8,9,10],[\"fUSD\",{TICKER}],[\"fxx\",1],[\"fUST\",null],[]]");
    let read = tickers(json(&text)).unwrap();
    assert_eq!((read.rows.len(), read.dropped), (1, 3));
    assert_eq!(read.rows[0].1, ticker(json(&format!("[{TICKER}]"))).unwrap());
}

#[test]
fn a_positive_amount_is_an_offer_and_the_key_keeps_every_digit() {
    let text = "[[0.0003301,30,1,-3862.874],[0.00014901101069876116,2,1,25000],[2e-8,2,0,1]]";
    let read = book(json(text)).unwrap();
    assert_eq!(read.dropped, 0);
    let [bid, offer, gone] = read.rows.as_slice() else { panic!("three rows") };
    assert_eq!((bid.side, bid.amount.to_string()), (BookSide::Bids, "3862.874".to_owned()));
    assert_eq!((offer.side, offer.key.rate), (BookSide::Offers, per_day("0.000149011011")));
    assert_eq!(offer.key.exact, Decimal::parse("0.00014901101069876116").unwrap());
    assert_eq!((gone.side, gone.count, gone.key.rate), (BookSide::Offers, 0, per_day("0.00000002")));
}

#[test]
fn levels_out_of_range_are_dropped_and_counted() {
    let text = "[[0,2,1,5],[-0.1,2,1,5],[1e30,2,1,5],[0.1,2,-1,5],[0.1,-2,1,5],[0.1,2,1,0],[0.1,2,1,1e12],[0.1,2,1],7,\
        [0.1,2,1,5]]";
    let read = book(json(text)).unwrap();
    assert_eq!((read.rows.len(), read.dropped), (1, 9));
}

#[test]
fn trades_come_out_oldest_first_and_without_sign() {
    let newest_first = "[[427038382,1783180369000,150,0.00023466,120],[427038381,1783180369000,-59.84,0.00023647,2],\
        [427038380,1783180368000,1,1.5e-4,2],[1,2,null,3,4]]";
    let read = prints(json(newest_first)).unwrap();
    assert_eq!(read.rows.iter().map(|print| print.id).collect::<Vec<_>>(), [427_038_380, 427_038_381, 427_038_382]);
    assert_eq!((read.rows[1].amount.to_string(), read.dropped), ("59.84".to_owned(), 1));
}

#[test]
fn a_candle_has_its_close_before_its_extremes() {
    let read = candles(json(
        "[[1783180800000,1,1,1,1,0],[1783177200000,0.00024999,0.00023466,0.00031,0.0002,1234567.89],[1,2,3,4,5]]",
    ))
    .unwrap();
    let first = read.rows[0];
    assert_eq!((first.close, first.high, first.low), (per_day("0.00023466"), per_day("0.00031"), per_day("0.0002")));
    assert_eq!(read.dropped, 1);
}

#[test]
fn the_statistics_carry_a_365th_of_the_frr() {
    let nulls = ",null".repeat(12);
    let read = funding_stats(json(&format!(
        "[[1783177500000,null,null,1.02e-06,80.4,null,null,5986423138.37,5917128689.59,null,null,355454209.1{nulls}]]"
    )))
    .unwrap();
    assert_eq!(read.rows[0].frr, per_day("0.0003723"));
    assert_eq!(read.rows[0].provided.unwrap().to_string(), "5986423138.37");
    assert_eq!(read.rows[0].average_period, Decimal::parse("80.4").ok());
}

#[test]
fn there_is_no_default_price_and_no_default_status() {
    assert_eq!(usd_price(json("[0.99943]")).unwrap().to_string(), "0.99943");
    for text in ["[0]", "[null]", "[-1]", "[]", "{}", "1"] {
        assert!(usd_price(json(text)).is_err(), "{text}");
    }
    assert_eq!((platform_status(json("[1]")), platform_status(json("[0]"))), (Ok(true), Ok(false)));
    assert!(platform_status(json("[]")).is_err());
}
