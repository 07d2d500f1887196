//! Foresight and habits by hand.

use super::*;
use crate::backtest::fill::FillModel;
use crate::backtest::moment::{Event, Moment, What};
use crate::backtest::venue::Terms;
use crate::domain::{
    Amount, Currency, DailyRate, Days, HOUR, MINUTE, Millis, OfferKind, Print, Ratio, Ticker, Timestamp,
};
use crate::exchange::sim::market::{Need, Refinancing};

const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);

fn rate(millionths: i64) -> DailyRate {
    DailyRate::from_units(millionths * 1_000_000)
}

fn terms() -> Terms {
    Terms {
        currency: Currency::USD,
        amount: Amount::whole(1_000),
        fee: Ratio::percent(15),
        fills: FillModel::Prints,
        refinancing: Refinancing::None,
        seed: 1,
        usd_price: Amount::whole(1),
    }
}

fn traded(hour: i64, millionths: i64) -> Moment {
    let opens = START.plus(HOUR.times(hour));
    let print = Print {
        id: hour,
        at: opens,
        amount: Amount::whole(1_000),
        taken: true,
        rate: rate(millionths),
        period: Days::MIN,
    };
    Moment { at: opens.plus(MINUTE), what: What::Event(Event::of(opens, vec![print])) }
}

#[test]
fn with_two_events_foresight_takes_the_better_of_what_it_can() {
    let mut oracle = Oracle::new(terms(), START);
    oracle.moment(&traded(0, 200));
    oracle.moment(&traded(1, 300));
    let to = START.plus(HOUR.times(24 * 10));
    let mut expected = 0.0;
    for place in 0..3 {
        let needs = [1, 2].map(|event| Need::of(1, event, place, false).wanted.min(Days::MIN.span()));
        let [first, second] = needs.map(|need| crate::backtest::numbers::days(need.max(HOUR)));
        // Back from the first in time to stand before the second begins: both.
        let both = needs[0].plus(MINUTE.times(21)) <= HOUR;
        let (first, second) = (0.000_2 * first, 0.000_3 * second);
        expected += if both { first + second } else { f64::max(first, second) } / 3.0;
    }
    let foresight = oracle.solve(to, Reach::TwoDays);
    let found = foresight.gross_apr / 36_500.0 * 10.0;
    assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    assert!((foresight.net_apr - foresight.gross_apr * 0.85).abs() < 1e-9);
    assert!(oracle.solve(to, Reach::Full).gross_apr >= foresight.gross_apr);
}

#[test]
fn winsorised_foresight_does_not_see_a_spike() {
    let mut oracle = Oracle::new(terms(), START);
    for hour in 0..240 {
        oracle.moment(&traded(hour, if hour == 200 { 60_000 } else { 200 }));
    }
    let to = START.plus(HOUR.times(240));
    let (full, cut) = (oracle.solve(to, Reach::Full).gross_apr, oracle.solve(to, Reach::Winsorised).gross_apr);
    assert!(full > 1.5 * cut && cut > 7.0, "{full} {cut}");
}

#[test]
fn habits_quote_what_their_names_say() {
    let mut memory = Memory::default();
    for hour in 0..30 {
        memory.seen(&traded(hour, 200 + hour));
    }
    memory.seen(&Moment {
        at: START.plus(HOUR.times(30)),
        what: What::Ticker(Ticker { frr: Some(rate(400)), ..Ticker::default() }),
    });
    memory.best = Some(rate(150));
    let all = habits(true);
    let quote = |name: &str, rung: usize, free: Millis| {
        let habit = all.iter().find(|habit| habit.name == name).unwrap();
        habit.policy.quote(&memory, rung, free).map(|quote| (quote.rate.units(), quote.period.get(), quote.kind))
    };
    let limit = |millionths: i64, period: u16| Some((millionths * 1_000_000, period, OfferKind::Limit));
    assert_eq!(quote("frr-auto-renew", 0, HOUR), Some((0, 2, OfferKind::FrrDeltaFixed)));
    assert_eq!(quote("best-offer", 0, HOUR), Some((149_990_000, 2, OfferKind::Limit)));
    assert_eq!(quote("last-close", 0, HOUR), limit(229, 2));
    assert_eq!(quote("best-spread", 4, HOUR), limit(180, 2));
    assert_eq!(
        quote("cascade", 0, HOUR.times(2)),
        Some((286_250_000, 2, OfferKind::Limit)),
        "half of the half is left"
    );
    // The closed hours of the last day: 206 to 229.
    assert_eq!(quote("candle-high", 0, HOUR), limit(227, 2));
    assert_eq!(quote("quantile-ladder", 1, HOUR), limit(220, 2));
    assert_eq!(quote("long-bid", 0, HOUR), None, "there is no bid");
    assert_eq!(all.len(), 9);
    assert_eq!(habits(false).len(), 7);
}
