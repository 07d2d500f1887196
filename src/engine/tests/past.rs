//! Rules that look at the recent past: what the engine has told them, and what it does while they know nothing.

use super::*;
use crate::strategy::stats::{History, QUARTER};

/// An own offer of so much at so much, open since before.
fn open(dollars: i32, at: &str) -> (Restored, Offer) {
    let record = OwnRecord { slice: "core".into() };
    let restored = Restored { own: [(main(), [(OfferId(7), record)].into())].into(), ..Restored::default() };
    let whole = Amount::whole(dollars);
    let resting = Offer { rate: rate(at), ..offer(7, whole, whole, Timestamp::from_millis(START)) };
    (restored, resting)
}

fn lends_by(rule: RateRule) -> Policy {
    let mut profile = profile();
    profile.slices[0].rate = rule;
    policy(profile, |_, _| {})
}

/// The submits among the acts.
fn asked(acts: &[Intent]) -> Vec<DailyRate> {
    let submits = acts.iter().filter(|act| matches!(act.action, Action::Submit(_)));
    submits.map(|act| submit_of(act).rate).collect()
}

#[test]
fn a_rule_without_its_past_holds_and_what_is_open_stays() {
    let (restored, resting) = open(500, "0.0002");
    let rule = RateRule::Best { below: DailyRate::TICK, race_floor: Ratio::percent(85) };
    let mut desk = Desk::ready(lends_by(rule), restored, snapshot("3000", "2500", vec![resting], vec![]));
    for _ in 0..5 {
        assert!(desk.tick(10).is_empty());
    }
    assert_eq!(desk.idle(), [(IdleReason::StaleData, Amount::whole(2_500))]);

    let paid = rate("0.0002");
    let candle = |back: i64| Candle {
        at: desk.at.minus(QUARTER.times(back)),
        open: paid,
        close: paid,
        high: paid,
        low: paid,
        volume: Amount::whole(9_000),
    };
    let candles = [4, 3, 2].map(candle).to_vec();
    for (series, _) in History::SERIES {
        let candles = if series.width == QUARTER { candles.clone() } else { Vec::new() };
        desk.feed(Body::Market(MarketNews::Candles(Currency::USD, series, candles)));
    }
    assert!(desk.engine.next_wakeup() < desk.at.plus(SECOND), "what was read brings the next decision forward");
    let rates = asked(&desk.tick(1));
    assert!(!rates.is_empty() && rates.iter().all(|asked| *asked == rate("0.00018999")), "{rates:?}");
}

#[test]
fn own_offers_are_not_the_best_offer_of_others() {
    // Ours is the whole of the cheapest level; the next stands at 2.1 e-4.
    let (restored, resting) = open(10_000, "0.00019");
    let rule = RateRule::Average { short: MINUTE, long: MINUTE.times(10), factor: Ratio::ONE };
    let mut desk = Desk::ready(lends_by(rule), restored, snapshot("11000", "1000", vec![resting], vec![]));
    assert!(asked(&desk.tick(10)).is_empty(), "a minute and a half of ten must have been seen");
    let mut rates = Vec::new();
    for _ in 0..20 {
        rates.extend(asked(&desk.tick(10)));
    }
    assert_eq!(rates, [rate("0.00021")]);
}
