use super::*;
use crate::domain::{Amount, DailyRate, Days, HOUR, OfferKind, Rounding};
use std::collections::BTreeSet;

fn submit(amount: &str, rate: &str) -> Submit {
    Submit {
        currency: Currency::USD,
        amount: Amount::parse(amount, Rounding::Nearest).unwrap(),
        rate: DailyRate::parse(rate, Rounding::Nearest).unwrap(),
        kind: OfferKind::Limit,
        period: Days::MIN,
        hidden: false,
    }
}

#[test]
fn a_submit_is_the_body_of_the_reference() {
    let call = Call::submit(&submit("150.5", "0.0004"));
    assert_eq!(call.path, "auth/w/funding/offer/submit");
    assert_eq!(call.body, r#"{"type":"LIMIT","symbol":"fUSD","amount":"150.5","rate":"0.0004","period":2,"flags":0}"#);
    let tiny = Submit { hidden: true, kind: OfferKind::FrrDeltaVariable, ..submit("0.00000001", "2e-8") };
    assert_eq!(
        Call::submit(&tiny).body,
        r#"{"type":"FRRDELTAVAR","symbol":"fUSD","amount":"0.00000001","rate":"0.00000002","period":2,"flags":64}"#
    );
}

#[test]
#[should_panic(expected = "an offer must lend")]
fn a_negative_amount_never_leaves() {
    let _ = Call::submit(&submit("-150", "0.0004"));
}

#[test]
#[should_panic(expected = "an offer must lend")]
fn nothing_is_never_offered() {
    let _ = Call::submit(&submit("0", "0.0004"));
}

#[test]
fn ids_leave_as_integers_and_ledgers_ask_for_interest() {
    let cancel = Cancel { currency: Currency::USD, offer: OfferId(2_704_213_067) };
    assert_eq!(Call::cancel(&cancel).body, r#"{"id":2704213067}"#);
    let (from, to) = (Timestamp::from_millis(1), Timestamp::from_millis(2));
    let ledger = Call::interest_ledger(Currency::USD, from, to);
    assert_eq!(ledger.path, "auth/r/ledgers/USD/hist");
    assert_eq!(ledger.body, r#"{"category":28,"start":1,"end":2,"limit":2500}"#);
    assert_eq!(Call::offers_history(from).body, r#"{"start":1,"limit":500}"#);
}

#[test]
fn reads_go_where_the_reference_says() {
    let ust = Currency::from_name("USDT").unwrap();
    assert_eq!(Call::wallets().body, "{}");
    assert_eq!(Call::usd_price(ust).body, r#"{"ccy1":"UST","ccy2":"USD"}"#);
    assert_eq!(Call::tickers(&[Currency::USD, ust]).path, "tickers?symbols=fUSD,fUST");
    assert_eq!(Call::book(ust, 100).path, "book/fUST/P0?len=100");
    assert_eq!(Call::trades(ust, None, 100).path, "trades/fUST/hist?limit=100");
    assert_eq!(Call::available(ust).body, r#"{"symbol":"fUST","type":"FUNDING"}"#);
    assert_eq!(
        Call::candles("trade:1h:fUSD:p2", Some(Timestamp::from_millis(5)), 10).path,
        "candles/trade:1h:fUSD:p2/hist?limit=10&start=5&sort=1"
    );
    let hours = CandleSeries { width: HOUR, from: Days::MIN, to: Days::MIN };
    assert_eq!(Call::series(ust, hours, 720).path, "candles/trade:1h:fUST:p2/hist?limit=720");
    assert!(Call::auto_status(ust).authenticated && !Call::usd_price(ust).authenticated);
}

#[test]
fn labels_are_unique() {
    let labels: BTreeSet<_> = Endpoint::ALL.iter().map(|endpoint| endpoint.label()).collect();
    assert_eq!(labels.len(), Endpoint::ALL.len());
    assert!(Endpoint::ALL.iter().all(|endpoint| (10..=240).contains(&endpoint.per_minute())));
}
