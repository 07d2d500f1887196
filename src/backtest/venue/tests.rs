//! The account by hand: fills, interest, bids, returns.

use proptest::prelude::*;

use super::*;
use crate::backtest::moment::{Book, Event};
use crate::domain::{BookSide, DAY, Days, HOUR, LevelKey, Print, Rounding, SECOND};

const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);

fn terms() -> Terms {
    Terms {
        currency: Currency::USD,
        amount: Amount::whole(10_000),
        fee: Ratio::percent(15),
        fills: FillModel::Prints,
        refinancing: Refinancing::None,
        seed: 5,
        usd_price: Amount::whole(1),
    }
}

fn venue(terms: Terms) -> Venue {
    let mut venue = Venue::new(terms, Tally::new(START, START.plus(DAY.times(30))));
    venue.deposit(START);
    venue
}

fn rate(millionths: i64) -> DailyRate {
    DailyRate::from_units(millionths * 1_000_000)
}

fn offer(usd: i32, millionths: i64, period: u16) -> Submit {
    Submit {
        currency: Currency::USD,
        amount: Amount::whole(usd),
        rate: rate(millionths),
        kind: OfferKind::Limit,
        period: Days::new(period),
        hidden: false,
    }
}

fn after(seconds: i64) -> Timestamp {
    START.plus(SECOND.times(seconds))
}

/// Prints at `opens`: rates in 1e-6 a day, dollars.
fn event(opens: Timestamp, prints: &[(i64, i32)]) -> Event {
    let print = |(millionths, usd): &(i64, i32)| Print {
        id: 1,
        at: opens,
        amount: Amount::whole(*usd),
        taken: true,
        rate: rate(*millionths),
        period: Days::MIN,
    };
    Event::of(opens, prints.iter().map(print).collect())
}

/// Five prints: 1 500 USD in all, 700 of them above 170.
const FIVE: [(i64, i32); 5] = [(150, 300), (160, 200), (170, 300), (180, 400), (200, 300)];

fn lent(venue: &mut Venue) -> Vec<Lent> {
    let lent = |told| match told {
        Told::Lent(Change::Set, lent) => Some(lent),
        Told::Lent(Change::Closed, _) | Told::Offer(..) | Told::Trade(_) => None,
    };
    venue.told().into_iter().filter_map(lent).collect()
}

#[test]
fn five_prints_fill_by_hand_and_interest_is_exact() {
    let mut venue = venue(terms());
    venue.submit(after(2), &offer(500, 170, 2)).unwrap();
    venue.submit(after(2), &offer(1_000, 180, 2)).unwrap();
    venue.submit(after(20), &offer(500, 150, 2)).unwrap();
    venue.event(after(60), &event(after(10), &FIVE));
    // 700 above 170: the first whole; then 300 above 180, of which 500 are used; the third came too late.
    let loans = lent(&mut venue);
    assert_eq!(loans.len(), 1);
    assert_eq!((loans[0].amount, loans[0].rate, loans[0].opened), (Amount::whole(500), rate(170), after(60)));
    assert_eq!(venue.available(), Amount::whole(10_000 - 500 - 1_000 - 500));
    let need = Need::of(5, 1, 0, false).wanted.min(Days::MIN.span());
    let ends = after(60).plus(need);
    assert_eq!(venue.next_return(), Some(ends));
    venue.returns(ends.plus(REDEPLOY).minus(Millis::new(1)));
    assert_eq!(venue.available(), Amount::whole(8_000), "given back, but not here yet");
    venue.returns(ends.plus(REDEPLOY));
    assert_eq!(venue.available(), Amount::whole(8_500));
    let billed = need.max(HOUR);
    let expected = rate(170).interest(Amount::whole(500), billed, Rounding::Nearest).units() * 85 / 100;
    let figures = crate::backtest::measure::Figures::of(venue.end(START.plus(DAY.times(10))), Amount::whole(10_000));
    let earned = figures.net_apr / 36_500.0 * 10.0 * 10_000.0;
    assert!((earned - crate::backtest::numbers::float(expected) / 1e8).abs() < 2e-8, "{earned} {expected}");
}

#[test]
fn a_part_is_taken_and_the_rest_stays() {
    let mut venue = venue(terms());
    venue.submit(after(1), &offer(1_000, 175, 2)).unwrap();
    venue.event(after(60), &event(after(10), &FIVE));
    assert_eq!(lent(&mut venue)[0].amount, Amount::whole(700));
    assert_eq!(venue.offers().next().unwrap().amount, Amount::whole(300));
}

#[test]
fn what_the_exchange_refuses_is_refused() {
    let mut venue = venue(terms());
    assert_eq!(venue.submit(after(1), &offer(149, 100, 2)), Err(Refusal::Minimum));
    assert_eq!(venue.submit(after(1), &offer(10_001, 100, 2)), Err(Refusal::Balance));
    assert_eq!(venue.cancel(after(1), OfferId(7)), Err(Refusal::NotFound));
    let id = venue.submit(after(1), &offer(9_900, 100, 2)).unwrap().id;
    assert_eq!(venue.submit(after(1), &offer(150, 100, 2)), Err(Refusal::Balance));
    venue.cancel(after(2), id).unwrap();
    assert_eq!(venue.available(), Amount::whole(10_000));
}

#[test]
fn every_lender_meets_the_same_borrowers() {
    let ends = |rate: i64, usd: i32| {
        let mut venue = venue(terms());
        let mut ends = Vec::new();
        for batch in 0..20 {
            let opens = after(1_200 * batch + 600);
            while venue.submit(after(1_200 * batch + 500), &offer(usd, rate, 2)).is_ok() && venue.offers.len() < 2 {}
            venue.event(opens.plus(MINUTE), &event(opens, &FIVE));
            ends.extend(
                venue.loans.iter().filter(|loan| loan.opened == opens.plus(MINUTE)).map(|loan| (batch, loan.ends)),
            );
        }
        ends
    };
    let (one, other) = (ends(150, 300), ends(178, 200));
    assert!(one.len() >= 38 && other.len() >= 38, "{} {}", one.len(), other.len());
    assert_eq!(one, other, "the same places of the same events, whoever lends and at whatever price");
}

#[test]
fn real_bids_take_offers_and_ghosts_do_not() {
    let level = |side, millionths, period, usd| crate::domain::BookLevel {
        side,
        key: LevelKey { rate: rate(millionths), period: Days::new(period), exact: rate(millionths).to_decimal() },
        count: 1,
        amount: Amount::whole(usd),
    };
    let levels = vec![
        level(BookSide::Offers, 150, 2, 5_000),
        level(BookSide::Bids, 240, 2, 50_000),
        level(BookSide::Bids, 280, 120, 1_000),
        level(BookSide::Bids, 200, 30, 700),
    ];
    let mut venue = venue(terms());
    venue.book(after(1), &Book { levels: levels.clone(), real: true, since: None });
    venue.submit(after(2), &offer(500, 230, 2)).unwrap();
    assert!(lent(&mut venue).is_empty(), "the two-day bid at 240 is a ghost: an offer at 150 would have served it");
    venue.submit(after(2), &offer(1_500, 190, 120)).unwrap();
    let terms_of = |lent: &Lent| (lent.amount, lent.rate, lent.period);
    let expected = [(Amount::whole(1_000), rate(280), Days::MAX), (Amount::whole(500), rate(200), Days::new(30))];
    assert_eq!(lent(&mut venue).iter().map(terms_of).collect::<Vec<_>>(), expected);
    // What was taken stays taken while the bid stands; the rest of the other goes to an offer that waits for it.
    venue.submit(after(3), &offer(300, 205, 120)).unwrap();
    venue.book(after(300), &Book { levels, real: true, since: None });
    assert!(lent(&mut venue).is_empty());
    let more = vec![level(BookSide::Offers, 150, 2, 5_000), level(BookSide::Bids, 206, 60, 200)];
    venue.book(after(600), &Book { levels: more, real: true, since: None });
    assert_eq!(
        lent(&mut venue).iter().map(terms_of).collect::<Vec<_>>(),
        [(Amount::whole(200), rate(206), Days::new(60))]
    );
}

#[test]
fn borrowers_who_pay_too_much_go_elsewhere_as_the_level_falls() {
    let lasts = |refinancing, later: i64| {
        let mut total = 0;
        for seed in 0..40 {
            let mut venue = venue(Terms { refinancing, seed, ..terms() });
            venue.submit(after(1), &offer(500, 190, 120)).unwrap();
            venue.event(after(60), &event(after(10), &FIVE));
            for hour in 1..24 * 20 {
                venue.event(after(3_600 * hour), &event(after(3_600 * hour - 30), &[(later, 500)]));
            }
            let loan = venue.loans.first();
            let returned =
                loan.map_or(0, |loan| loan.returned.unwrap_or(loan.ends.min(venue.now)).since(loan.opened).get());
            total += returned / 3_600_000;
        }
        total / 40
    };
    let (keeps, dear, cheap) =
        (lasts(Refinancing::None, 60), lasts(Refinancing::Mild, 60), lasts(Refinancing::Mild, 180));
    assert_eq!(keeps, cheap, "at the level nobody refinances in the mild world");
    assert!(dear < keeps / 2, "{dear} h instead of {keeps} h");
    assert!(lasts(Refinancing::Adverse, 180) < keeps);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Whatever happens: what is free, offered and lent is the balance, and nothing is ever below zero.
    #[test]
    fn money_is_conserved(
        steps in prop::collection::vec((0_u8..6, 100_i32..4_000, 100_i64..300, 1_i64..40_000), 1..80),
        queue in any::<bool>(),
    ) {
        let fills = if queue { FillModel::Queue } else { FillModel::Prints };
        let mut venue = venue(Terms { fills, refinancing: Refinancing::Adverse, ..terms() });
        let mut now = START;
        for (kind, usd, millionths, seconds) in steps {
            now = now.plus(SECOND.times(seconds));
            match kind {
                0 | 1 => drop(venue.submit(now, &offer(usd, millionths, if kind == 0 { 2 } else { 120 }))),
                2 => {
                    let id = venue.offers().next().map(|offer| offer.id);
                    let _gone = id.map(|id| venue.cancel(now, id));
                }
                3 | 4 => venue.event(now, &event(now.minus(SECOND), &[(millionths, usd), (millionths + 20, usd)])),
                _ => venue.returns(now),
            }
            let offered: i64 = venue.offers().map(|offer| offer.amount.units()).sum();
            let lent: i64 = venue.loans.iter().map(|loan| loan.amount.units()).sum();
            prop_assert_eq!(venue.available().units() + offered + lent, Amount::whole(10_000).units());
            prop_assert!(venue.offers().all(|offer| offer.amount.is_positive()));
            let reading = venue.reading(now, now);
            prop_assert_eq!(reading.wallets[0].balance, Amount::whole(10_000));
        }
    }
}
