use proptest::prelude::*;

use super::*;
use crate::domain::{
    Book, BookLevel, BookSide, Currency, Decimal, LevelKey, Millis, OfferKind, Print, Timestamp, Total,
};
use crate::strategy::profile::{RateRule, RateSpec};
use crate::strategy::stats::{BatchClock, History, HoldDays, Learned, Parameters};
use crate::strategy::{Answer, Past, answer};

fn rate(millionths: i64) -> DailyRate {
    DailyRate::from_units(millionths * 1_000_000)
}

fn slice(period: PeriodRule) -> Slice {
    Slice { period, ..Slice::plain("core", RateRule::Adaptive) }
}

fn bounds() -> Bounds {
    Bounds {
        floor: rate(50),
        ceiling: None,
        max_period: Days::MAX,
        min_offer: Amount::whole(150),
        max_offer: None,
        max_offers: 20,
        fee: Ratio::percent(15),
    }
}

fn level(side: BookSide, millionths: i64, period: u16, amount: i32) -> BookLevel {
    let rate = rate(millionths);
    let key = LevelKey { rate, period: Days::new(period), exact: Decimal::from_units(rate.units(), 12) };
    BookLevel { side, key, count: 1, amount: Amount::whole(amount) }
}

fn offers() -> Vec<BookLevel> {
    vec![level(BookSide::Offers, 150, 2, 10_000), level(BookSide::Offers, 160, 2, 10_000)]
}

/// A market in which every ten minutes a few are lent up to about 200 millionths a day, `small` of them at the top.
fn learned(book: &Book, small: i32) -> (Learned, Timestamp) {
    learned_by(&Parameters::default(), book, small)
}

fn learned_by(parameters: &Parameters, book: &Book, small: i32) -> (Learned, Timestamp) {
    let (mut learned, clock) = (Learned::new(parameters), BatchClock::default());
    learned.priced(Amount::whole(1));
    let mut now = Timestamp::from_millis(1_790_000_400_000);
    for batch in 0..60_i64 {
        learned.tick(now, &clock, book, &[]);
        for (part, (amount, millionths)) in [(50_000, 160), (1_500, 180), (small, 210)].into_iter().enumerate() {
            let id = batch * 10 + i64::try_from(part).unwrap();
            let (amount, rate, period) = (Amount::whole(amount), rate(millionths), Days::MIN);
            learned.told(&Print { id, at: now, amount, taken: true, rate, period }, &clock);
        }
        now = now.plus(Millis::seconds(600));
    }
    learned.tick(now, &clock, book, &[]);
    (learned, now)
}

fn asked(slice: &Slice, money: Amount, book: &Book, learned: &Learned, room: Amount, bounds: &Bounds) -> Answer {
    let rooms = Rooms { lot: Amount::MAX, term: Amount::whole(1_000_000), locked: room };
    asked_within(rooms, slice, money, book, learned, bounds)
}

/// The largest offer, and what may be lent for long periods and for what is expected to take long.
#[derive(Clone, Copy)]
struct Rooms {
    lot: Amount,
    term: Amount,
    locked: Amount,
}

fn asked_within(rooms: Rooms, slice: &Slice, money: Amount, book: &Book, learned: &Learned, bounds: &Bounds) -> Answer {
    let holds = HoldDays::prior(&Parameters::default());
    let adaptive = AdaptiveView {
        learned,
        holds: &holds,
        term_room: rooms.term,
        long_room: rooms.locked,
        lot: rooms.lot,
        standing: &[None],
        bids: true,
    };
    let market = MarketView {
        now: Timestamp::default(),
        currency: Currency::USD,
        book,
        frr: rate(250),
        last: rate(180),
        usd_price: Amount::whole(1),
        own: &[],
        history: &History::default(),
        adaptive: Some(adaptive),
    };
    answer(slice, 0, money, &market, &Others::of(market.book, market.own), bounds, &Past::default())
}

#[test]
fn a_small_lender_asks_for_what_a_small_lender_gets_and_a_large_one_for_less_behind_it() {
    let book = Book::from_levels(&offers());
    let (learned, _) = learned(&book, 600);
    let free = slice(PeriodRule::Adaptive);
    let small = asked(&free, Amount::whole(400), &book, &learned, Amount::ZERO, &bounds());
    assert_eq!(small.wishes.len(), 1);
    let wish = &small.wishes[0];
    assert_eq!((wish.period, wish.kind), (Days::MIN, OfferKind::Limit));
    assert!(wish.rate > rate(190) && wish.rate < rate(210), "{wish:?}");
    assert_eq!(wish.why.expected.map(|expected| expected.period), Some(Days::MIN));
    assert!(!small.weighed.is_empty());
    let large = asked(&free, Amount::whole(9_000), &book, &learned, Amount::ZERO, &bounds());
    assert_eq!(large.wishes.len(), 2, "{large:?}");
    // The cheapest first.
    assert_eq!(large.wishes[1].amount, Amount::whole(500));
    assert!(large.wishes[0].rate < rate(161) && large.wishes[1].rate > rate(190), "{large:?}");
}

#[test]
fn a_period_rule_of_the_slice_holds_and_the_two_day_offer_is_priced() {
    let book = Book::from_levels(&offers());
    let (learned, _) = learned(&book, 600);
    let steps = PeriodRule::ByRate(vec![(RateSpec { rate: rate(185), net: false }, Days::new(7))]);
    let answer = asked(&slice(steps), Amount::whole(400), &book, &learned, Amount::whole(400), &bounds());
    assert_eq!(answer.wishes[0].period, Days::new(7));
    assert!(answer.weighed.iter().all(|one| one.period == Days::MIN));
}

#[test]
fn long_money_needs_room_and_neither_part_is_too_small() {
    assert_eq!(whole_offers(Amount::whole(1_000), Amount::whole(1_000), Amount::whole(150)).1, Amount::ZERO);
    let cut = whole_offers(Amount::whole(1_000), Amount::whole(900), Amount::whole(150));
    assert_eq!(cut, (Amount::whole(850), Amount::whole(150)));
    assert_eq!(whole_offers(Amount::whole(250), Amount::whole(200), Amount::whole(150)).0, Amount::ZERO);
    let book = Book::from_levels(&offers());
    // All prints are of two days, so longer offers fill alike: with room they are longer, since they keep the rate, unless
    // what is ahead is thought to be worth more than what is now.
    let (learned, _) = learned_by(&Parameters { ahead: 1.0, ..Parameters::default() }, &book, 600);
    let free = slice(PeriodRule::Adaptive);
    let roomy = asked(&free, Amount::whole(400), &book, &learned, Amount::whole(200), &bounds());
    let long: Total = roomy.wishes.iter().filter(|wish| wish.period > Days::new(7)).map(|wish| wish.amount).sum();
    assert_eq!(long, Total::from(Amount::whole(200)), "{roomy:?}");
    // What is to stay liquid is lent for two days, whatever else there is room for.
    for (term, most) in [(0, 0), (160, 160), (1_000, 400)] {
        let within = Rooms { lot: Amount::MAX, term: Amount::whole(term), locked: Amount::whole(1_000) };
        let within = asked_within(within, &free, Amount::whole(400), &book, &learned, &bounds());
        let longer: Total = within.wishes.iter().filter(|wish| wish.period > Days::MIN).map(|wish| wish.amount).sum();
        assert_eq!(longer, Total::from(Amount::whole(most)), "{within:?}");
    }
    // What is expected back within a week needs no room of that kind, only what is not to stay liquid.
    let mut room = Room { term: Amount::whole(300), locked: Amount::whole(100) };
    assert_eq!((room.of(true), room.of(false)), (Amount::whole(100), Amount::whole(300)));
    room.take(Amount::whole(250), false);
    assert_eq!((room.of(true), room.of(false)), (Amount::whole(50), Amount::whole(50)));
    room.take(Amount::whole(20), true);
    assert_eq!((room.of(true), room.of(false)), (Amount::whole(30), Amount::whole(30)));
    let short = Bounds { max_period: Days::new(7), ..bounds() };
    let none = asked(&free, Amount::whole(400), &book, &learned, Amount::whole(400), &short);
    assert!(none.wishes.iter().all(|wish| wish.period <= Days::new(7)));
}

#[test]
fn knowing_nothing_it_stands_a_tick_before_the_others_and_without_others_it_holds() {
    let book = Book::from_levels(&offers());
    let cold = Learned::default();
    let free = slice(PeriodRule::Adaptive);
    let answer = asked(&free, Amount::whole(400), &book, &cold, Amount::whole(400), &bounds());
    let expected = rate(150).checked_sub(DailyRate::TICK).unwrap();
    assert_eq!((answer.wishes[0].rate, answer.wishes[0].period), (expected, Days::MIN));
    assert_eq!(answer.wishes[0].why.expected, None, "no forecast without knowledge");
    let nothing = asked(&free, Amount::whole(400), &Book::default(), &cold, Amount::ZERO, &bounds());
    assert_eq!(nothing.held, vec![(IdleReason::StaleData, Amount::whole(400))]);
}

#[test]
fn where_hardly_anything_is_lent_one_offer_stands_for_a_month_a_tick_before_the_others() {
    let book = Book::from_levels(&offers());
    let (mut learned, clock) = (Learned::default(), BatchClock::default());
    learned.priced(Amount::whole(1));
    for tick in 0..8 * 24 * 6_i64 {
        learned.tick(Timestamp::from_millis(1_790_000_400_000 + tick * 600_000), &clock, &book, &[]);
    }
    let money = Amount::whole(60_000);
    let free = slice(PeriodRule::Adaptive);
    let rooms = Rooms { lot: Amount::whole(500), term: Amount::whole(1_000_000), locked: money };
    let answer = asked_within(rooms, &free, money, &book, &learned, &bounds());
    let [wish] = answer.wishes.as_slice() else { panic!("{answer:?}") };
    assert_eq!((wish.amount, wish.period), (money, Days::new(30)));
    assert_eq!(wish.rate, DailyRate::from_units(rate(150).units() - DailyRate::TICK.units()));
    // Without room for long money it is two days.
    let rooms = Rooms { locked: Amount::ZERO, ..rooms };
    let short = asked_within(rooms, &free, money, &book, &learned, &bounds());
    assert!(matches!(short.wishes.as_slice(), [wish] if wish.period == Days::MIN && wish.amount == money), "{short:?}");
}

#[test]
fn a_wall_of_next_to_nothing_is_a_queue_and_not_a_price() {
    let mut levels = offers();
    levels.push(level(BookSide::Offers, 151, 2, 4_500_000));
    let (with, without) = (Book::from_levels(&levels), Book::from_levels(&offers()));
    let quote = |book: &Book| {
        let (learned, _) = learned(book, 600);
        let free = slice(PeriodRule::Adaptive);
        asked(&free, Amount::whole(400), book, &learned, Amount::ZERO, &bounds()).wishes[0].rate
    };
    assert_eq!(quote(&with), quote(&without));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn all_money_is_accounted_for_and_nothing_stands_under_the_floor(
        money in 1_i64..5_000_000, room in 0_i64..5_000_000, floor in 1_i64..400, most in 1_u16..30,
        longest in 2_u16..121, small in 1_i32..20_000, seven in proptest::bool::ANY,
    ) {
        let book = Book::from_levels(&offers());
        let (learned, _) = learned(&book, small);
        let bounds =
            Bounds { floor: rate(floor), max_offers: most, max_period: Days::new(longest), ..bounds() };
        let period = if seven { PeriodRule::Fixed(Days::new(7)) } else { PeriodRule::Adaptive };
        let cents = |cents: i64| Amount::from_units(cents * 1_000_000);
        let answer = asked(&slice(period), cents(money), &book, &learned, cents(room), &bounds);
        prop_assert_eq!(answer.total(), Total::from(cents(money)));
        prop_assert!(answer.wishes.len() <= usize::from(most));
        for wish in &answer.wishes {
            prop_assert!(wish.rate >= rate(floor) && wish.amount >= bounds.min_offer && wish.period.get() <= longest);
        }
        let long: Total = answer.wishes.iter().filter(|wish| wish.period > Days::new(7)).map(|wish| wish.amount).sum();
        prop_assert!(long <= Total::from(cents(room)), "{:?}", answer);
    }
}
