//! Every rule but `adaptive` (see its own tests) in markets that were seen, or may be: nobody offers, a wall, a slip, absurd prices, thin trade, a cold start.
//!
//! What a rule asks is told in ticks of 1e-8 a day. The floor is 10,000, the FRR 20,000, the last trade 18,000; usually two-day
//! money was lent at 16,000 and the best offer of others was 15,000.

use super::*;
use crate::domain::{Candle, HOUR, MINUTE};
use crate::strategy::stats::QUARTER;

const SLIP: i64 = 1;
const SEVEN_PERCENT: i64 = 7_000_000;

/// Sixty candles of every width, the thirtieth at `bad` rates, each as much as the others; and half an hour of offers.
fn lived(bad: &[i64]) -> History {
    let now = market(&Book::default()).now;
    let mut past = History::default();
    for (series, _) in History::SERIES {
        let candle = |back: i64, ticks: i64| {
            let rate = DailyRate::from_units(ticks * DailyRate::TICK.units());
            let at = now.minus(series.width.times(back));
            Candle { at, open: rate, close: rate, high: rate, low: rate, volume: Amount::whole(1_000) }
        };
        let rows = (1..=60).map(|back| candle(back, 16_000));
        let bad = bad.iter().zip(30..).map(|(ticks, back)| candle(back, *ticks));
        let kept = rows.filter(|row| !bad.clone().any(|other| other.at == row.at));
        past.read(now, series, &kept.chain(bad.clone()).collect::<Vec<_>>());
    }
    for back in (1..=30).rev() {
        let ticks = bad.get(usize::try_from(back - 20).unwrap_or(usize::MAX)).copied().unwrap_or(15_000);
        past.offered(now.minus(MINUTE.times(back)), Some(DailyRate::from_units(ticks * DailyRate::TICK.units())));
    }
    past.offered(now, None);
    past
}

/// Two candles of every width, and a minute of offers: too little for anything.
fn thin() -> History {
    let now = market(&Book::default()).now;
    let mut past = History::default();
    for (series, _) in History::SERIES {
        let rate = rate("0.00016");
        let candle = |back: i64| Candle {
            at: now.minus(series.width.times(back)),
            open: rate,
            close: rate,
            high: rate,
            low: rate,
            volume: Amount::whole(1_000),
        };
        past.read(now, series, &[3, 2].map(candle));
    }
    past.offered(now.minus(MINUTE), Some(rate("0.00015")));
    past.offered(now, None);
    past
}

fn rules() -> Vec<RateRule> {
    let own = |amount| Quantity::Own(Amount::whole(amount));
    let half = |of| Quantile { rank: Ratio::percent(50), window: HOUR, of };
    let hours = |of| Quantile { window: HOUR.times(6), ..half(of) };
    vec![
        RateRule::Fixed { at: gross("0.00025") },
        RateRule::Frr { offset: Offset::Relative(Ratio::percent(10)), placed: FrrAs::Limit },
        RateRule::Depth { amount: own(600) },
        RateRule::Spread { from: own(0), to: own(600), offers: 2 },
        RateRule::Best { below: DailyRate::TICK, race_floor: Ratio::percent(85) },
        RateRule::Quantile(half(QuantileOf::Trades)),
        RateRule::Quantile(hours(QuantileOf::Candles)),
        RateRule::Quantile(half(QuantileOf::BestOffer)),
        RateRule::Expected { of: QuantileOf::Trades, window: HOUR, least_chance: Ratio::percent(20) },
        RateRule::CandleHigh { nth: 1, candle: QUARTER, window: HOUR.times(12), factor: Ratio::percent(100) },
        RateRule::Effective { window: HOUR.times(48), hold: HOUR.times(12), hits: 1 },
        RateRule::Average { short: MINUTE.times(10), long: MINUTE.times(30), factor: Ratio::percent(105) },
    ]
}

/// What every rule asks of a thousand.
fn asked(book: &Book, past: &History) -> String {
    let one = |rule: RateRule| {
        let name = rule.name();
        let answer =
            answer(&slice(rule), 0, Amount::whole(1_000), &MarketView { history: past, ..market(book) }, &bounds());
        let wishes = answer.wishes.iter().map(|wish| (wish.rate.units() / DailyRate::TICK.units()).to_string());
        let held = answer.held.iter().map(|(reason, _)| reason.to_string());
        format!("{name} {}", wishes.chain(held).collect::<Vec<_>>().join(" "))
    };
    rules().into_iter().map(one).collect::<Vec<_>>().join(" / ")
}

fn usual() -> Book {
    book(&[(15_000, 2, 500), (17_000, 2, 500)])
}

#[test]
fn in_a_usual_market() {
    // The FRR and a tenth; 600 deep is the second offer; a tick under the first; 105 % of the best offers.
    assert_eq!(
        asked(&usual(), &lived(&[])),
        "fixed 25000 / frr 22000 / depth 17000 / spread 15000 17000 / best 14999 / quantile 16000 / quantile 16000 / quantile 15000 / expected 16000 / candle_high 16000 / effective 16000 / average 15750"
    );
}

#[test]
fn where_nobody_else_offers() {
    // What asks by the book waits, what asks by the past does not.
    assert_eq!(
        asked(&Book::default(), &lived(&[])),
        "fixed 25000 / frr 22000 / depth stale_data / spread stale_data / best stale_data / quantile 16000 / quantile 16000 / quantile 15000 / expected 16000 / candle_high 16000 / effective 16000 / average stale_data"
    );
}

#[test]
fn before_a_wall() {
    // A wall is the place in the queue for every depth before it.
    assert_eq!(
        asked(&book(&[(15_000, 2, 4_500_000), (17_000, 2, 500)]), &lived(&[])),
        "fixed 25000 / frr 22000 / depth 15000 / spread 15000 15000 / best 14999 / quantile 16000 / quantile 16000 / quantile 15000 / expected 16000 / candle_high 16000 / effective 16000 / average 15750"
    );
}

#[test]
fn beside_a_slip_and_an_absurd_offer() {
    // 600 deep is the absurd offer, which is too far from the FRR; the race ends at 85 % of what was lent.
    assert_eq!(
        asked(&book(&[(SLIP, 2, 500), (SEVEN_PERCENT, 2, 500)]), &lived(&[])),
        "fixed 25000 / frr 22000 / depth deviation / spread below_floor deviation / best 13600 / quantile 16000 / quantile 16000 / quantile 15000 / expected 16000 / candle_high 16000 / effective 16000 / average 15750"
    );
}

#[test]
fn after_bad_prints() {
    // 28 minutes at 15,000, one counted as 3,000 and one as 75,000 (a fifth and five times): a mean of 16,600, and 105 % of it.
    // Nobody else's rank or high moves.
    assert_eq!(
        asked(&usual(), &lived(&[SLIP, SEVEN_PERCENT])),
        "fixed 25000 / frr 22000 / depth 17000 / spread 15000 17000 / best 14999 / quantile 16000 / quantile 16000 / quantile 15000 / expected 16000 / candle_high 16000 / effective 16000 / average 17430"
    );
}

#[test]
fn where_trade_is_thin() {
    // Two candles suffice for what reads candles; half an hour of trades and offers is not seen.
    assert_eq!(
        asked(&usual(), &thin()),
        "fixed 25000 / frr 22000 / depth 17000 / spread 15000 17000 / best 14999 / quantile stale_data / quantile 16000 / quantile stale_data / expected stale_data / candle_high 16000 / effective 16000 / average stale_data"
    );
}

#[test]
fn at_a_cold_start() {
    assert_eq!(
        asked(&usual(), &History::default()),
        "fixed 25000 / frr 22000 / depth 17000 / spread 15000 17000 / best stale_data / quantile stale_data / quantile stale_data / quantile stale_data / expected stale_data / candle_high stale_data / effective stale_data / average stale_data"
    );
}
