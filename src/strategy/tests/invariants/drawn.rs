//! Any slice, market and memory.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::*;
use crate::domain::{HOUR, MINUTE, Millis, Print};
use crate::strategy::stats::{BatchClock, Learned, QUARTER};

/// Offers as `(ticks, period) -> units`.
pub(super) type Levels = BTreeMap<(i64, u16), i64>;

pub(super) fn levels() -> impl Strategy<Value = Levels> {
    proptest::collection::btree_map((1_i64..8_000_000, 2_u16..=120), 1_i64..10_000_000_000_000, 0..40)
}

pub(super) fn book_of(levels: &Levels) -> Book {
    let mut book = Book::default();
    for (&(ticks, period), &units) in levels {
        let rate = DailyRate::from_units(ticks * DailyRate::TICK.units());
        let key = LevelKey { rate, period: Days::new(period), exact: Decimal::from_units(ticks, 8) };
        let amount = Amount::from_units(units);
        book.apply(&BookLevel { side: BookSide::Offers, key, count: 1, amount });
    }
    book
}

pub(super) fn rates() -> impl Strategy<Value = DailyRate> {
    prop_oneof![8 => 1_i64..2_000_000_000, 1 => 0_i64..70_000_000_000, 1 => any::<i64>()]
        .prop_map(DailyRate::from_units)
}

pub(super) fn specs() -> impl Strategy<Value = RateSpec> {
    (rates(), any::<bool>()).prop_map(|(rate, net)| RateSpec { rate, net })
}

pub(super) fn quantities() -> impl Strategy<Value = Quantity> {
    (0_i64..100_000_000_000_000, any::<bool>()).prop_map(|(units, own)| {
        let amount = Amount::from_units(units);
        if own { Quantity::Own(amount) } else { Quantity::Usd(amount) }
    })
}

pub(super) fn offsets() -> impl Strategy<Value = Offset> {
    prop_oneof![
        (-300_000_i64..=300_000).prop_map(|ppm| Offset::Relative(Ratio::from_ppm(ppm))),
        rates().prop_map(Offset::Absolute),
        rates().prop_map(|rate| Offset::Absolute(DailyRate::from_units(rate.units().saturating_neg()))),
    ]
}

/// What a mind makes of any prints beside any book.
pub(super) fn minds() -> impl Strategy<Value = Learned> {
    let prints = proptest::collection::vec((0_i64..3_000, rates(), any::<i64>(), 2_u16..=120), 0..80);
    (prints, levels(), levels()).prop_map(|(mut prints, offers, bids)| {
        let (book, clock) = (bids_in(book_of(&offers), &bids), BatchClock::default());
        let (now, mut mind) = (market(&Book::default()).now, Learned::default());
        mind.priced(Amount::whole(1));
        prints.sort_unstable_by_key(|(back, ..)| std::cmp::Reverse(*back));
        for (id, (back, rate, units, days)) in (1..).zip(prints) {
            let (at, amount) = (now.minus(MINUTE.times(back)), Amount::from_units(units));
            mind.tick(at, &clock, &book, &[]);
            mind.told(&Print { id, at, amount, taken: true, rate, period: Days::new(days) }, &clock);
        }
        mind.tick(now, &clock, &book, &[]);
        mind
    })
}

pub(super) fn seen<'a>(book: &'a Book, history: &'a History, learned: &'a Learned) -> MarketView<'a> {
    let (room, lot, holds) = (Amount::whole(4_000), Amount::whole(700), learned.lasts());
    let adaptive = AdaptiveView { learned, holds, term_room: room, long_room: room, lot, standing: &[], bids: true };
    MarketView { history, adaptive: Some(adaptive), ..market(book) }
}

pub(super) fn rules() -> impl Strategy<Value = RateRule> {
    let placed = prop_oneof![Just(FrrAs::Limit), Just(FrrAs::DeltaFixed), Just(FrrAs::DeltaVariable)];
    prop_oneof![
        specs().prop_map(|at| RateRule::Fixed { at }),
        (offsets(), placed).prop_map(|(offset, placed)| RateRule::Frr { offset, placed }),
        quantities().prop_map(|amount| RateRule::Depth { amount }),
        (quantities(), quantities(), 1_u16..30).prop_map(|(from, to, offers)| RateRule::Spread { from, to, offers }),
        Just(RateRule::Adaptive),
        (rates(), ratios()).prop_map(|(below, race_floor)| RateRule::Best { below, race_floor }),
        quantiles().prop_map(RateRule::Quantile),
        quantiles().prop_map(|Quantile { rank, window, of }| RateRule::Expected { of, window, least_chance: rank }),
        (1_u16..20, 1_i64..4, 1_i64..48, ratios()).prop_map(|(nth, quarters, hours, factor)| {
            let candle = QUARTER.times(quarters + quarters / 3);
            RateRule::CandleHigh { nth, candle, window: HOUR.times(hours), factor }
        }),
        (48_i64..80, 1_i64..100, 1_u16..9).prop_map(|(window, hold, hits)| {
            RateRule::Effective { window: HOUR.times(window), hold: HOUR.times(hold), hits }
        }),
        (1_i64..60, 1_i64..200, ratios()).prop_map(|(short, long, factor)| {
            let (short, long) = (MINUTE.times(short), MINUTE.times(long));
            RateRule::Average { short, long, factor }
        }),
    ]
}

pub(super) fn ratios() -> impl Strategy<Value = Ratio> {
    (0_i64..=2_000_000).prop_map(Ratio::from_ppm)
}

pub(super) fn quantiles() -> impl Strategy<Value = Quantile> {
    let of = prop_oneof![Just(QuantileOf::Trades), Just(QuantileOf::Candles), Just(QuantileOf::BestOffer)];
    (0_i64..=1_000_000, 10_i64..3_000, of).prop_map(|(rank, window, of)| Quantile {
        rank: Ratio::from_ppm(rank),
        window: MINUTE.times(window),
        of,
    })
}

pub(super) fn some_bounds() -> impl Strategy<Value = Bound> {
    prop_oneof![
        3 => specs().prop_map(Bound::Fixed),
        1 => offsets().prop_map(Bound::Frr),
        1 => quantiles().prop_map(Bound::Quantile),
        1 => (rates(), proptest::option::of(ratios())).prop_map(|(below, within)| Bound::Best { below, within }),
    ]
}

/// A past in which anything was printed and offered.
pub(super) fn pasts() -> impl Strategy<Value = History> {
    let prints = proptest::collection::vec((0_i64..300, rates(), any::<i64>()), 0..60);
    let looks = proptest::collection::vec((0_i64..300, proptest::option::of(rates())), 0..60);
    (any::<bool>(), prints, looks).prop_map(|(read, prints, looks)| {
        let (now, mut past) = (market(&Book::default()).now, History::default());
        if read {
            for (series, _) in History::SERIES {
                past.read(now, series, &[]);
            }
        }
        for (id, (back, rate, units)) in (1..).zip(prints) {
            let (at, amount) = (now.minus(MINUTE.times(back)), Amount::from_units(units));
            past.told(now, &Print { id, at, amount, taken: true, rate, period: Days::MIN });
        }
        let mut looks = looks;
        looks.sort_unstable_by_key(|(back, _)| std::cmp::Reverse(*back));
        for (back, best) in looks {
            past.offered(now.minus(MINUTE.times(back)), best);
        }
        past
    })
}

pub(super) fn periods() -> impl Strategy<Value = PeriodRule> {
    let days = || (2_u16..=120).prop_map(Days::new);
    let rising = proptest::collection::btree_map(rates(), 2_u16..=120, 1..4).prop_map(|points| {
        let mut days: Vec<u16> = points.values().copied().collect();
        days.sort_unstable();
        let specs = points.into_keys().map(|rate| RateSpec { rate, net: false });
        PeriodRule::Curve(specs.zip(days.into_iter().map(Days::new)).collect())
    });
    let pools = (1_i32..99, 2_u16..60, 61_u16..=120).prop_map(|(percent, short, long)| {
        let share = Ratio::percent(percent);
        PeriodRule::Pools(vec![(share, Days::new(short)), (share.complement(), Days::new(long))])
    });
    prop_oneof![
        days().prop_map(PeriodRule::Fixed),
        rising,
        pools,
        proptest::collection::vec((specs(), days()), 0..4).prop_map(PeriodRule::ByRate),
        (proptest::collection::vec((0_i64..=1_000_000, days()), 0..4), quantiles()).prop_map(|(steps, past)| {
            let steps = steps.into_iter().map(|(ppm, days)| (Ratio::from_ppm(ppm), days)).collect();
            PeriodRule::ByRank { steps, window: past.window, of: past.of }
        }),
        (proptest::collection::vec((specs(), days()), 0..4), 1_i64..3_000_000, 60_i64..3_000).prop_map(
            |(steps, jump, window)| {
                PeriodRule::AfterJump { steps, jump: Ratio::from_ppm(jump), window: MINUTE.times(window) }
            },
        ),
    ]
}

pub(super) fn shapes() -> impl Strategy<Value = Shape> {
    let steps = proptest::collection::vec((-990_000_i64..10_000_000, 1_u32..5_000), 1..12).prop_map(|mut steps| {
        steps.sort_unstable();
        let step = |(ppm, weight)| LadderStep { step: Ratio::from_ppm(ppm), weight };
        Shape::Ladder(steps.into_iter().map(step).collect())
    });
    let widening =
        (steps.clone(), 0_i64..=1_000_000, 0_i64..=1_000_000, 1_i64..1_440).prop_map(|(ladder, by, most, minutes)| {
            let Shape::Ladder(steps) = ladder else { unreachable!("drawn above") };
            let window = MINUTE.times(minutes);
            Shape::Widening { steps, by: Ratio::from_ppm(by), most: Ratio::from_ppm(most), window }
        });
    let geometric = (1_000_000_i64..5_000_000, quantities(), 0_i64..500_000).prop_map(|(factor, first, step)| {
        Shape::Geometric { factor: Ratio::from_ppm(factor), first, step: Ratio::from_ppm(step) }
    });
    let by_depth =
        (quantities(), quantities(), 1_u16..30).prop_map(|(from, to, offers)| Shape::ByDepth { from, to, offers });
    prop_oneof![3 => Just(Shape::Equal), 1 => steps, 1 => widening, 1 => geometric, 1 => by_depth]
}

prop_compose! {
    pub(super) fn decays()(
        every in 1_i64..10_000_000,
        by in prop_oneof![
            (1_000_i64..900_000).prop_map(|ppm| Fall::Part(Ratio::from_ppm(ppm))),
            rates().prop_map(Fall::Rate),
        ],
        start in 0_i64..3_000_000,
        to in prop_oneof![Just(Bottom::Floor), Just(Bottom::Rule), specs().prop_map(Bottom::Rate)],
    ) -> Decay {
        Decay { every: Millis::new(every), by, start: Ratio::from_ppm(start), to }
    }
}

prop_compose! {
    pub(super) fn modifiers()(
        shape in shapes(),
        decay in proptest::option::weighted(0.3, decays()),
        max_fall in proptest::option::weighted(0.3, (1_000_i64..900_000, 1_i64..10_000_000)),
        take_bids in proptest::option::weighted(0.4, prop_oneof![Just(BidWorth::Rule), specs().prop_map(BidWorth::Rate)]),
    ) -> Modifiers {
        let max_fall = max_fall.map(|(ppm, every)| MaxFall { by: Ratio::from_ppm(ppm), every: Millis::new(every) });
        let take_bids = take_bids.map(|at_least| TakeBids { at_least });
        Modifiers { shape, decay, max_fall, take_bids, follow_use: None }
    }
}

pub(super) fn amounts() -> impl Strategy<Value = Amount> {
    (1_i64..2_000_000_000_000).prop_map(Amount::from_units)
}

prop_compose! {
    pub(super) fn memories()(
        ages in proptest::collection::vec((-10_i64..1_000_000_000, amounts()), 0..6),
        depth in 0_i64..10_000_000,
        high in proptest::option::of((rates(), 0_i64..1_000_000_000)),
        failed_bids in proptest::collection::vec((rates(), 2_u16..=120), 0..3),
        lent in proptest::collection::vec((2_u16..=120, amounts()), 0..4),
        long_room in proptest::option::weighted(0.3, amounts()),
    ) -> Past {
        let mut ages: Vec<(Millis, Amount)> = ages.into_iter().map(|(age, amount)| (Millis::new(age), amount)).collect();
        ages.sort_by_key(|(age, _)| std::cmp::Reverse(*age));
        Past {
            ages,
            depth: Ratio::from_ppm(depth),
            high: high.map(|(rate, ago)| (rate, Millis::new(ago))),
            failed_bids: failed_bids.into_iter().map(|(rate, days)| (rate, Days::new(days))).collect(),
            lent: lent.into_iter().map(|(days, amount)| (Days::new(days), amount)).collect(),
            long_room,
        }
    }
}

pub(super) fn bids_in(mut book: Book, levels: &Levels) -> Book {
    for (&(ticks, period), &units) in levels {
        let rate = DailyRate::from_units(ticks * DailyRate::TICK.units());
        let key = LevelKey { rate, period: Days::new(period), exact: Decimal::from_units(ticks, 8) };
        let amount = Amount::from_units(units);
        book.apply(&BookLevel { side: BookSide::Bids, key, count: 1, amount });
    }
    book
}

fn releases() -> impl Strategy<Value = Release> {
    let jump = (0_i64..50_000)
        .prop_map(|ticks| Release::FrrAboveMiddle(DailyRate::from_units(ticks * DailyRate::TICK.units())));
    prop_oneof![3 => specs().prop_map(Release::Pays), 1 => jump]
}

prop_compose! {
    pub(super) fn slices()(
        rule in rules(),
        period in periods(),
        release in proptest::option::weighted(0.2, releases()),
        at_least in proptest::option::weighted(0.3, some_bounds()),
        at_most in proptest::option::weighted(0.3, some_bounds()),
        hidden in any::<bool>(),
        allow_below_floor_after_match in any::<bool>(),
        modifiers in modifiers(),
        free in any::<bool>(),
    ) -> Slice {
        // Who leaves the period to the adaptive rule says nothing beside it.
        if rule == RateRule::Adaptive && free {
            return Slice { period: PeriodRule::Adaptive, release, at_least, at_most, hidden, ..slice(rule) };
        }
        Slice { period, release, at_least, at_most, hidden, allow_below_floor_after_match, modifiers, ..slice(rule) }
    }
}

prop_compose! {
    pub(super) fn all_bounds()(
        floor in 0_i64..1_000_000_000,
        ceiling in proptest::option::of(rates()),
        max_period in 2_u16..=120,
        min_offer in 0_i64..50_000_000_000,
        max_offer in proptest::option::of(0_i64..500_000_000_000),
        max_offers in 0_u16..30,
        fee in 0_i64..=1_000_000,
    ) -> Bounds {
        Bounds {
            floor: DailyRate::from_units(floor),
            ceiling,
            max_period: Days::new(max_period),
            min_offer: Amount::from_units(min_offer),
            max_offer: max_offer.map(Amount::from_units),
            max_offers,
            fee: Ratio::from_ppm(fee),
        }
    }
}

pub(super) fn money() -> impl Strategy<Value = Amount> {
    prop_oneof![0_i64..2_000_000_000_000, any::<i64>()].prop_map(Amount::from_units)
}
