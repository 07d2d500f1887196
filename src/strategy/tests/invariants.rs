//! What must hold for every rule in every market, however absurd.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::{HOUR, IdleReason, MINUTE, Millis, OfferKind, Print, Total};
use crate::strategy::stats::{BatchClock, Learned, QUARTER};

/// Offers as `(ticks, period) -> units`.
type Levels = BTreeMap<(i64, u16), i64>;

fn levels() -> impl Strategy<Value = Levels> {
    proptest::collection::btree_map((1_i64..8_000_000, 2_u16..=120), 1_i64..10_000_000_000_000, 0..40)
}

fn book_of(levels: &Levels) -> Book {
    let mut book = Book::default();
    for (&(ticks, period), &units) in levels {
        let rate = DailyRate::from_units(ticks * DailyRate::TICK.units());
        let key = LevelKey { rate, period: Days::new(period), exact: Decimal::from_units(ticks, 8) };
        let amount = Amount::from_units(units);
        book.apply(&BookLevel { side: BookSide::Offers, key, count: 1, amount });
    }
    book
}

fn rates() -> impl Strategy<Value = DailyRate> {
    prop_oneof![8 => 1_i64..2_000_000_000, 1 => 0_i64..70_000_000_000, 1 => any::<i64>()]
        .prop_map(DailyRate::from_units)
}

fn specs() -> impl Strategy<Value = RateSpec> {
    (rates(), any::<bool>()).prop_map(|(rate, net)| RateSpec { rate, net })
}

fn quantities() -> impl Strategy<Value = Quantity> {
    (0_i64..100_000_000_000_000, any::<bool>()).prop_map(|(units, own)| {
        let amount = Amount::from_units(units);
        if own { Quantity::Own(amount) } else { Quantity::Usd(amount) }
    })
}

fn offsets() -> impl Strategy<Value = Offset> {
    prop_oneof![
        (-300_000_i64..=300_000).prop_map(|ppm| Offset::Relative(Ratio::from_ppm(ppm))),
        rates().prop_map(Offset::Absolute),
        rates().prop_map(|rate| Offset::Absolute(DailyRate::from_units(rate.units().saturating_neg()))),
    ]
}

/// What a mind makes of any prints beside any book.
fn minds() -> impl Strategy<Value = Learned> {
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

fn seen<'a>(book: &'a Book, history: &'a History, learned: &'a Learned) -> MarketView<'a> {
    let (room, lot, holds) = (Amount::whole(4_000), Amount::whole(700), learned.lasts());
    let adaptive = AdaptiveView { learned, holds, term_room: room, long_room: room, lot, standing: &[], bids: true };
    MarketView { history, adaptive: Some(adaptive), ..market(book) }
}

fn rules() -> impl Strategy<Value = RateRule> {
    let placed = prop_oneof![Just(FrrAs::Limit), Just(FrrAs::DeltaFixed), Just(FrrAs::DeltaVariable)];
    prop_oneof![
        specs().prop_map(|at| RateRule::Fixed { at }),
        (offsets(), placed).prop_map(|(offset, placed)| RateRule::Frr { offset, placed }),
        quantities().prop_map(|amount| RateRule::Depth { amount }),
        (quantities(), quantities(), 1_u16..30).prop_map(|(from, to, offers)| RateRule::Spread { from, to, offers }),
        Just(RateRule::Adaptive),
        (rates(), ratios()).prop_map(|(below, race_floor)| RateRule::Best { below, race_floor }),
        quantiles().prop_map(RateRule::Quantile),
        (1_u16..20, 1_i64..4, 1_i64..48, ratios()).prop_map(|(nth, quarters, hours, factor)| {
            let candle = QUARTER.times(quarters + quarters / 3);
            RateRule::CandleHigh { nth, candle, window: HOUR.times(hours), factor }
        }),
        (1_i64..60, 1_i64..200, ratios()).prop_map(|(short, long, factor)| {
            let (short, long) = (MINUTE.times(short), MINUTE.times(long));
            RateRule::Average { short, long, factor }
        }),
    ]
}

fn ratios() -> impl Strategy<Value = Ratio> {
    (0_i64..=2_000_000).prop_map(Ratio::from_ppm)
}

fn quantiles() -> impl Strategy<Value = Quantile> {
    let of = prop_oneof![Just(QuantileOf::Trades), Just(QuantileOf::Candles), Just(QuantileOf::BestOffer)];
    (0_i64..=1_000_000, 10_i64..3_000, of).prop_map(|(rank, window, of)| Quantile {
        rank: Ratio::from_ppm(rank),
        window: MINUTE.times(window),
        of,
    })
}

fn some_bounds() -> impl Strategy<Value = Bound> {
    prop_oneof![
        3 => specs().prop_map(Bound::Fixed),
        1 => offsets().prop_map(Bound::Frr),
        1 => quantiles().prop_map(Bound::Quantile),
    ]
}

/// A past in which anything was printed and offered.
fn pasts() -> impl Strategy<Value = History> {
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

fn periods() -> impl Strategy<Value = PeriodRule> {
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
    ]
}

fn shapes() -> impl Strategy<Value = Shape> {
    let steps = proptest::collection::vec((-990_000_i64..10_000_000, 1_u32..5_000), 1..12).prop_map(|mut steps| {
        steps.sort_unstable();
        let step = |(ppm, weight)| LadderStep { step: Ratio::from_ppm(ppm), weight };
        Shape::Ladder(steps.into_iter().map(step).collect())
    });
    let geometric = (1_000_000_i64..5_000_000, quantities(), 0_i64..500_000).prop_map(|(factor, first, step)| {
        Shape::Geometric { factor: Ratio::from_ppm(factor), first, step: Ratio::from_ppm(step) }
    });
    let by_depth =
        (quantities(), quantities(), 1_u16..30).prop_map(|(from, to, offers)| Shape::ByDepth { from, to, offers });
    prop_oneof![3 => Just(Shape::Equal), 1 => steps, 1 => geometric, 1 => by_depth]
}

prop_compose! {
    fn decays()(
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
    fn modifiers()(
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

fn amounts() -> impl Strategy<Value = Amount> {
    (1_i64..2_000_000_000_000).prop_map(Amount::from_units)
}

prop_compose! {
    fn memories()(
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

fn bids_in(mut book: Book, levels: &Levels) -> Book {
    for (&(ticks, period), &units) in levels {
        let rate = DailyRate::from_units(ticks * DailyRate::TICK.units());
        let key = LevelKey { rate, period: Days::new(period), exact: Decimal::from_units(ticks, 8) };
        let amount = Amount::from_units(units);
        book.apply(&BookLevel { side: BookSide::Bids, key, count: 1, amount });
    }
    book
}

prop_compose! {
    fn slices()(
        rule in rules(),
        period in periods(),
        release in proptest::option::weighted(0.2, specs()),
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
    fn all_bounds()(
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

fn money() -> impl Strategy<Value = Amount> {
    prop_oneof![0_i64..2_000_000_000_000, any::<i64>()].prop_map(Amount::from_units)
}

/// Everything that the limits ask of one wish.
fn check(wish: &Wish, slice: &Slice, market: &MarketView<'_>, bounds: &Bounds) -> Result<(), TestCaseError> {
    prop_assert!(wish.effective >= bounds.floor && wish.effective.is_positive(), "under the floor: {:?}", wish);
    let at_most = match slice.at_most {
        Some(Bound::Fixed(spec)) => Some(spec.gross(bounds.fee)),
        Some(Bound::Frr(Offset::Relative(ratio))) => market.frr.checked_add(market.frr.times(ratio, Rounding::Up)),
        Some(Bound::Frr(Offset::Absolute(rate))) => market.frr.checked_add(rate),
        Some(Bound::Quantile(of)) => market.history.quantile(market.now, of.of, of.rank, of.window),
        None => None,
    };
    let highest = at_most.into_iter().chain(bounds.ceiling).min();
    prop_assert!(highest.is_none_or(|highest| wish.effective <= highest), "over the ceiling: {:?}", wish);
    prop_assert!(wish.period >= Days::MIN && wish.period <= bounds.max_period, "period: {:?}", wish);
    prop_assert!(wish.amount >= bounds.min_offer && wish.amount.is_positive(), "too small: {:?}", wish);
    prop_assert!(bounds.max_offer.is_none_or(|most| wish.amount <= most), "too large: {:?}", wish);
    prop_assert_eq!(wish.rate.outbound(Rounding::Down), wish.rate, "digits");
    if wish.kind == OfferKind::Limit {
        prop_assert_eq!(wish.rate, wish.effective);
    } else {
        prop_assert_eq!(market.frr.checked_add(wish.rate), Some(wish.effective));
        prop_assert!(wish.rate.abs() <= market.frr.times(Ratio::percent(30), Rounding::Down));
    }
    let near = |reference: DailyRate| {
        let (rate, reference) = (i128::from(wish.effective.units()), i128::from(reference.units()));
        rate * 10 >= reference && rate <= reference * 10
    };
    prop_assert!(near(market.frr) || near(market.last), "deviation: {:?}", wish);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_wish_keeps_the_limits_and_every_coin_is_accounted_for(
        levels in levels(),
        bids in levels(),
        slice in slices(),
        memory in memories(),
        bounds in all_bounds(),
        money in money(),
        frr in rates(),
        last in rates(),
        usd_price in prop_oneof![Just(100_000_000_i64), any::<i64>()].prop_map(Amount::from_units),
        past in pasts(),
        mind in minds(),
    ) {
        let book = bids_in(book_of(&levels), &bids);
        let view = MarketView { frr, last, usd_price, ..seen(&book, &past, &mind) };
        let answer = asked(&slice, 3, money, &view, &bounds, &memory);
        prop_assert_eq!(answer.total(), Total::from(money.max(Amount::ZERO)));
        prop_assert!(answer.wishes.len() <= usize::from(bounds.max_offers));
        for wish in &answer.wishes {
            check(wish, &slice, &view, &bounds)?;
            prop_assert_eq!((wish.slice, wish.hidden), (3, slice.hidden));
        }
        // The adaptive rule weighs bids with its offers, by what they yield.
        let first = |wish: &Wish| wish.meets_bid && slice.period != PeriodRule::Adaptive;
        let resting: Vec<&Wish> = answer.wishes.iter().skip_while(|wish| first(wish)).collect();
        prop_assert!(!resting.iter().any(|wish| first(wish)), "bids come first");
        let apart = matches!(slice.period, PeriodRule::Pools(_) | PeriodRule::Adaptive);
        for window in resting.windows(2) {
            prop_assert!(window[0].effective <= window[1].effective, "cheapest first");
            prop_assert!(apart || window[0].period <= window[1].period, "dearer never means shorter");
        }
        let locked: Total =
            answer.wishes.iter().filter(|wish| wish.meets_bid && wish.period > Days::MIN).map(|wish| wish.amount).sum();
        prop_assert!(memory.long_room.is_none_or(|room| locked <= Total::from(room)), "locked up: {locked}");
        let reasons: std::collections::BTreeSet<IdleReason> = answer.held.iter().map(|(reason, _)| *reason).collect();
        prop_assert_eq!(reasons.len(), answer.held.len(), "one sum a reason");
        prop_assert!(answer.held.iter().all(|(_, amount)| amount.is_positive()));
    }

    /// Our own offers in the book change nothing: asking again after offering gives the same answer.
    #[test]
    fn a_rule_does_not_chase_itself(
        others in levels(),
        bids in levels(),
        slice in slices(),
        memory in memories(),
        money in money(),
        past in pasts(),
        mind in minds(),
    ) {
        let answer = |view: &MarketView<'_>| asked(&slice, 0, money, view, &bounds(), &memory);
        let alone = bids_in(book_of(&others), &bids);
        let before = answer(&seen(&alone, &past, &mind));
        let mut all = others.clone();
        let mut own = Vec::new();
        for wish in before.wishes.iter().filter(|wish| !wish.hidden) {
            let ticks = wish.effective.units() / DailyRate::TICK.units();
            let level = all.entry((ticks, wish.period.get())).or_insert(0);
            *level = level.saturating_add(wish.amount.units());
            own.push((DailyRate::from_units(ticks * DailyRate::TICK.units()), wish.period, wish.amount));
        }
        prop_assume!(all.values().all(|units| *units < i64::MAX));
        let with_ours = bids_in(book_of(&all), &bids);
        let view = MarketView { own: &own, ..seen(&with_ours, &past, &mind) };
        prop_assert_eq!(answer(&view), before);
    }

    /// What we say for a price never rises by asking less deep.
    #[test]
    fn deeper_is_never_cheaper(levels in levels(), one in 0_i32..1_000_000, other in 0_i32..1_000_000) {
        let book = book_of(&levels);
        let open = Bounds { floor: DailyRate::TICK, ..bounds() };
        let price = |deep| {
            let view = MarketView { frr: rate("0.002"), last: rate("0.03"), ..market(&book) };
            answer(&depth(deep), 0, Amount::whole(1000), &view, &open).wishes.first().map(|wish| wish.rate)
        };
        if let (Some(shallow), Some(deep)) = (price(one.min(other)), price(one.max(other))) {
            prop_assert!(shallow <= deep);
        }
    }
}
