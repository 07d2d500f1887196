//! A market that has run before the exchange opened: what a client reads of it.

use super::*;
use crate::exchange::sim::market::MarketProfile;
use crate::exchange::sim::market::model::ModelledMarket;

fn desk() -> Desk {
    let start = Timestamp::from_millis(START);
    let setup = Setup {
        seed: 3,
        start,
        accounts: vec![lender(10_000)],
        markets: vec![Box::new(ModelledMarket::with_past(3, MarketProfile::usd(), start))],
        faults: FaultDeck::default(),
        rate_limit_scale: 1,
    };
    let now = Moment { market: start, wire: WireTime::default() };
    Desk { exchange: SimExchange::new(setup), now, nonce: 1_000, frames: Vec::new(), closes: Vec::new() }
}

#[test]
fn candles_of_two_days_newest_first() {
    let mut desk = desk();
    let starts =
        |rows: &Value| -> Vec<i64> { rows.as_array().unwrap().iter().map(|row| row[0].as_i64().unwrap()).collect() };
    let hours = starts(&desk.get("candles/trade:1h:fUSD:p2/hist?limit=720"));
    assert!((44..=49).contains(&hours.len()), "{}", hours.len());
    assert!(hours.windows(2).all(|pair| pair[0] > pair[1]) && hours[0] <= START, "newest first");
    let newest = starts(&desk.get("candles/trade:1h:fUSD:p2/hist?limit=5"));
    assert_eq!(newest, hours[..5]);
    for (frame, least) in [("1m", 100), ("15m", 100)] {
        let rows = starts(&desk.get(&format!("candles/trade:{frame}:fUSD:p2/hist?limit=720")));
        assert!(rows.len() > least, "{frame}: {}", rows.len());
    }
    let from = format!("candles/trade:1h:fUSD:p2/hist?limit=5&start={}&sort=1", hours[9]);
    assert_eq!(starts(&desk.get(&from)), [hours[9], hours[8], hours[7], hours[6], hours[5]]);
    assert_eq!(desk.get("candles/trade:2h:fUSD:p2/hist")[2], "key: invalid");
    assert_eq!(desk.get("candles/trade:1h:fUSD:p2/hist?limit=10001")[2], "limit: invalid");
}
