use proptest::prelude::*;

use super::super::choice::{Hit, Terms};
use super::super::look::Advice;
use super::*;
use crate::domain::{BookLevel, BookSide, DAY, Decimal, LevelKey, Ratio};

/// The start of a cycle of twenty minutes.
const START: i64 = 1_790_000_400_000;

/// A market of our own: a batch of a minute every twenty minutes, sweeping from a low rate to a top.
pub(super) struct Tape {
    pub(super) learned: Learned,
    pub(super) clock: BatchClock,
    pub(super) now: Timestamp,
    id: i64,
    /// Dollars and a rate that are printed in the midst of the next batch.
    slip: Option<(i32, DailyRate)>,
}

pub(super) fn rate(millionths: i64) -> DailyRate {
    DailyRate::from_units(millionths * 1_000_000)
}

pub(super) fn book(best: i64, amount: i32) -> Book {
    let level = |step: i64| {
        let rate = rate(best + step * 2);
        let key = LevelKey { rate, period: Days::MIN, exact: Decimal::from_units(rate.units(), 12) };
        BookLevel { side: BookSide::Offers, key, count: 1, amount: Amount::whole(amount) }
    };
    Book::from_levels(&(0..50).map(level).collect::<Vec<_>>())
}

impl Tape {
    pub(super) fn new(parameters: &Parameters) -> Self {
        let mut learned = Learned::new(parameters);
        learned.priced(Amount::whole(1));
        let mut tape =
            Self { learned, clock: BatchClock::default(), now: Timestamp::from_millis(START), id: 0, slip: None };
        tape.tick(&book(150, 10_000));
        tape
    }

    fn print(&mut self, dollars: i32, millionths: i64, period: u16) {
        self.print_at(dollars, rate(millionths), period);
    }

    fn print_at(&mut self, dollars: i32, rate: DailyRate, period: u16) {
        self.id += 1;
        let (amount, period) = (Amount::whole(dollars), Days::new(period));
        let print = Print { id: self.id, at: self.now, amount, taken: true, rate, period };
        self.clock.told(print.at, print.amount);
        self.learned.told(&print, &self.clock);
    }

    pub(super) fn tick(&mut self, book: &Book) {
        self.tick_with(book, &[]);
    }

    fn tick_with(&mut self, book: &Book, own: &[(DailyRate, Days, Amount)]) {
        self.learned.tick(self.now, &self.clock, book, own);
    }

    /// A cycle whose batch lends up to `top`; the book is ticked every ten seconds.
    pub(super) fn cycle(&mut self, top: i64, volume: i32, book: &Book) {
        self.cycle_with(top, volume, book, &[]);
    }

    /// The same with offers of ours in the book.
    fn cycle_with(&mut self, top: i64, volume: i32, book: &Book, own: &[(DailyRate, Days, Amount)]) {
        for _ in 0..63 {
            self.now = self.now.plus(Millis::seconds(10));
            self.tick_with(book, own);
        }
        for step in 0..10_i64 {
            self.now = self.now.plus(SECOND);
            self.print(volume / 10, top - (9 - step) * 3, 2);
            if let Some((dollars, rate)) = self.slip.take_if(|_| step == 4) {
                self.print_at(dollars, rate, 2);
            }
        }
        for _ in 0..56 {
            self.now = self.now.plus(Millis::seconds(10));
            self.tick_with(book, own);
        }
    }

    /// Days of such cycles, the tops going round 190, 195 … 230 millionths a day.
    pub(super) fn days(&mut self, days: i32, book: &Book) {
        for cycle in 0..i64::from(days) * 72 {
            self.cycle(190 + cycle * 7 % 9 * 5, 100_000, book);
        }
    }

    pub(super) fn advice(&self) -> Advice {
        self.learned.advise(&terms(Days::MIN))
    }
}

pub(super) fn terms(longest: Days) -> Terms<'static> {
    let (size, fee) = (Amount::whole(500), Ratio::percent(15));
    let holds = Box::leak(Box::new(crate::strategy::stats::HoldDays::prior(&Parameters::default())));
    Terms { holds, longest, locks: true, size, lot: size, standing: None, bids: true, fee }
}

fn decided(advice: Advice) -> Vec<super::super::choice::Prospect> {
    match advice {
        Advice::Decided(prospects) => prospects,
        other @ (Advice::Cold | Advice::Dead(_) | Advice::Silent(_)) => panic!("nothing was decided: {other:?}"),
    }
}

#[test]
fn it_knows_nothing_then_decides_within_the_market() {
    let mut tape = Tape::new(&Parameters::default());
    assert_eq!(tape.advice(), Advice::Cold);
    let book = book(150, 10_000);
    tape.cycle(200, 100_000, &book);
    assert_eq!(tape.advice(), Advice::Cold, "one batch teaches nothing");
    tape.days(2, &book);
    let best = decided(tape.advice())[0];
    assert_eq!((best.hit, best.period), (Hit::Offer, Days::MIN));
    assert!(best.rate > rate(180) && best.rate < rate(230), "{best:?}");
    assert!(best.wait < HOUR.times(3) && best.net < best.rate, "{best:?}");
    assert_eq!(best.cycle, Millis::seconds(1_200), "the clock was learned");
}

#[test]
fn between_two_looks_the_same_is_answered_and_a_large_move_calls_for_a_look() {
    let mut tape = Tape::new(&Parameters::default());
    let calm = book(150, 10_000);
    tape.days(2, &calm);
    let before = tape.advice();
    let nearly = book(153, 10_000);
    for _ in 0..40 {
        tape.now = tape.now.plus(Millis::seconds(10));
        tape.tick(&nearly);
        assert_eq!(tape.advice(), before, "a small move of the book, no batch near");
    }
    tape.tick(&book(300, 10_000));
    assert_ne!(tape.advice(), before);
}

#[test]
fn a_day_without_a_trade_falls_to_what_was_always_lent() {
    let mut tape = Tape::new(&Parameters::default());
    let book = book(150, 10_000);
    tape.days(2, &book);
    for _ in 0..26 * 60 {
        tape.now = tape.now.plus(Millis::seconds(60));
        tape.tick(&book);
    }
    let Advice::Silent(quoted) = tape.advice() else { panic!("{:?}", tape.advice()) };
    // Half of the slow level, which is about 210.
    assert!(quoted > rate(90) && quoted < rate(120), "{quoted}");
}

#[test]
fn a_currency_in_which_hardly_anything_is_lent_is_dead_after_a_week() {
    let mut tape = Tape::new(&Parameters::default());
    let book = book(150, 10_000);
    for day in 0..8 {
        tape.cycle(200, 100_000, &book);
        let until = Timestamp::from_millis(START).plus(DAY.times(day + 1));
        while tape.now < until {
            tape.now = tape.now.plus(Millis::seconds(600));
            tape.tick(&book);
        }
    }
    let best = |tape: &Tape| match tape.advice() {
        Advice::Dead(best) => best,
        other @ (Advice::Cold | Advice::Decided(_) | Advice::Silent(_)) => panic!("it is dead: {other:?}"),
    };
    let (first, moved) = (best(&tape), self::book(140, 10_000));
    assert_eq!(first, rate(150));
    // What others ask is looked at every six hours, and no more often.
    let until = tape.now.plus(HOUR.times(6));
    let mut changes = 0;
    while tape.now < until {
        let before = best(&tape);
        tape.now = tape.now.plus(Millis::seconds(600));
        tape.tick(&moved);
        changes += u32::from(best(&tape) != before);
    }
    assert_eq!((best(&tape), changes), (rate(140), 1));
    // With nobody to stand beside it is dead all the same, and nothing is made up.
    for _ in 0..40 {
        tape.now = tape.now.plus(Millis::seconds(600));
        tape.tick(&Book::default());
    }
    assert!(matches!(tape.advice(), Advice::Cold), "{:?}", tape.advice());
}

#[test]
fn time_in_which_nobody_watched_changes_nothing_learned() {
    let mut tape = Tape::new(&Parameters::default());
    let book = book(150, 10_000);
    tape.days(2, &book);
    let before = decided(tape.advice())[0];
    tape.now = tape.now.plus(DAY.times(3));
    tape.tick(&book);
    let after = decided(tape.advice())[0];
    assert!(after.wait < HOUR.times(3), "{after:?}");
    assert!((before.rate.units() - after.rate.units()).abs() < before.rate.units() / 10, "{before:?} {after:?}");
}

#[test]
fn a_new_regime_is_felt_within_hours() {
    let mut tape = Tape::new(&Parameters::default());
    let book = book(60, 10_000);
    tape.days(4, &book);
    let before = decided(tape.advice())[0].rate;
    for _ in 0..36 {
        tape.cycle(80, 100_000, &book);
    }
    let after = decided(tape.advice())[0].rate;
    assert!(after < rate(85) && before > rate(180), "{before} then {after}");
}

#[test]
fn a_deep_queue_before_us_lowers_the_price() {
    let quote = |amount| {
        let mut tape = Tape::new(&Parameters::default());
        tape.days(3, &book(170, amount));
        decided(tape.advice())[0]
    };
    let (shallow, deep) = (quote(100), quote(1_000_000));
    assert!(deep.rate <= shallow.rate, "{deep:?} {shallow:?}");
}

#[test]
fn our_own_offers_are_no_market() {
    // A wall of ours, far under the others and in their midst: we must neither wait behind it nor be drawn to it.
    let others = book(170, 10_000);
    let ours = [(rate(120), 500_000), (rate(171), 500_000), (rate(190), 70_000)];
    let mut all = others.clone();
    let mut own = Vec::new();
    for (rate, dollars) in ours {
        let key = LevelKey { rate, period: Days::MIN, exact: Decimal::from_units(rate.units(), 12) };
        let stands = others.offers().find(|(other, _)| **other == key).map_or(Amount::ZERO, |(_, amount)| amount);
        let amount = Amount::whole(dollars).checked_add(stands).unwrap();
        all.apply(&BookLevel { side: BookSide::Offers, key, count: 1, amount });
        own.push((rate, Days::MIN, Amount::whole(dollars)));
    }
    let run = |book: &Book, own: &[(DailyRate, Days, Amount)]| {
        let mut tape = Tape::new(&Parameters::default());
        for cycle in 0..3 * 72 {
            tape.cycle_with(190 + cycle * 7 % 9 * 5, 100_000, book, own);
        }
        (tape.advice(), tape.learned.shown())
    };
    assert_eq!(run(&all, &own), run(&others, &[]));
    assert_ne!(run(&all, &[]), run(&others, &[]), "they would be felt");
}

fn candles(period: u16, hours: i64, open: i64, high: i64) -> (CandleSeries, Vec<Candle>) {
    let series = CandleSeries { width: HOUR, from: Days::new(period), to: Days::new(period) };
    let candle = |hour: i64| Candle {
        at: Timestamp::from_millis(START).minus(HOUR.times(hours - hour + 1)),
        open: rate(open),
        close: rate(open - 10),
        high: rate(high),
        low: rate(open - 20),
        volume: Amount::whole(5_000_000),
    };
    (series, (0..hours).map(candle).collect())
}

#[test]
fn a_cold_start_takes_every_hour_of_candles_for_an_event() {
    let mut tape = Tape::new(&Parameters::default());
    let (series, hours) = candles(2, 240, 180, 245);
    tape.learned.candles(series, &hours);
    tape.tick(&book(170, 10_000));
    let best = decided(tape.advice())[0];
    // The geometric mean of 180 and 245 is 210: what lies under it was lent every hour.
    assert!(best.rate > rate(190) && best.rate < rate(210), "{best:?}");
    assert!(best.wait <= HOUR, "{best:?}");
    // Long candles stand for requests: with 30 days at twice the rate, free money hopes for more than two-day offers.
    let (series, hours) = candles(30, 240, 400, 420);
    tape.learned.candles(series, &hours);
    tape.tick(&book(190, 10_000));
    let (fills, level, mean) = tape.learned.shown();
    assert!(fills >= 240.0 && level.is_some() && mean.unwrap() > rate(250), "{fills} {mean:?}");
}

#[test]
fn candles_that_come_late_do_not_undo_what_was_watched() {
    let mut tape = Tape::new(&Parameters::default());
    tape.days(1, &book(150, 10_000));
    let before = tape.advice();
    let (series, hours) = candles(2, 240, 1_800, 2_450);
    tape.learned.candles(series, &hours);
    assert_eq!(tape.advice(), before);
}

#[test]
fn bad_prints_move_next_to_nothing() {
    let book = book(150, 10_000);
    let (slip, absurd) = (DailyRate::TICK, rate(70_000));
    // Between two batches, and in the midst of the next ones.
    let quote = |between: &[(i32, DailyRate)], within: &[(i32, DailyRate)]| {
        let mut tape = Tape::new(&Parameters::default());
        tape.days(2, &book);
        for place in 0..2 {
            tape.now = tape.now.plus(Millis::seconds(120));
            if let Some((dollars, rate)) = between.get(place) {
                tape.print_at(*dollars, *rate, 2);
            }
        }
        for place in 0..3 {
            tape.slip = within.get(place).copied();
            tape.cycle(200, 100_000, &book);
        }
        decided(tape.advice())[0].rate
    };
    let clean = quote(&[], &[]);
    let bad = [(1_000_000, absurd), (3_000, slip)];
    for (told, quote) in [("between", quote(&bad, &[])), ("within", quote(&[], &bad)), ("slip", quote(&[], &bad[1..]))]
    {
        assert!((clean.units() - quote.units()).abs() < clean.units() / 20, "{told}: {clean} {quote}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_told_an_answer_is_a_rate_and_the_same_is_answered_twice(
        prints in proptest::collection::vec(
            (0_i64..4_000, 1_i32..100_000, 0_i64..80_000, 1_u16..130), 1..200),
        best in 1_i64..5_000, longest in 2_u16..121,
    ) {
        let mut tape = Tape::new(&Parameters::default());
        for (after, dollars, millionths, period) in prints {
            tape.now = tape.now.plus(SECOND.times(after));
            tape.print(dollars, millionths, period);
            tape.tick(&book(best, 10_000));
        }
        let terms = terms(Days::new(longest));
        let advice = tape.learned.advise(&terms);
        prop_assert_eq!(&advice, &tape.learned.advise(&terms));
        if let Advice::Decided(prospects) = advice {
            for one in &prospects {
                prop_assert!(one.rate.is_positive() && one.period.get() <= longest && one.net <= one.rate, "{:?}", one);
                prop_assert!(one.wait >= Millis::new(0) && one.hold > Millis::new(0), "{:?}", one);
            }
        }
    }
}
