//! What must hold for every rule in every market, however absurd.

mod drawn;

use proptest::prelude::*;

use super::*;
use crate::domain::{IdleReason, OfferKind, Total};

use drawn::{all_bounds, bids_in, book_of, levels, memories, minds, money, pasts, rates, seen, slices};

/// Everything that the limits ask of one wish.
fn check(wish: &Wish, slice: &Slice, market: &MarketView<'_>, bounds: &Bounds) -> Result<(), TestCaseError> {
    prop_assert!(wish.effective >= bounds.floor && wish.effective.is_positive(), "under the floor: {:?}", wish);
    let at_most = match slice.at_most {
        Some(Bound::Fixed(spec)) => Some(spec.gross(bounds.fee)),
        Some(Bound::Frr(Offset::Relative(ratio))) => market.frr.checked_add(market.frr.times(ratio, Rounding::Up)),
        Some(Bound::Frr(Offset::Absolute(rate))) => market.frr.checked_add(rate),
        Some(Bound::Quantile(of)) => market.history.quantile(market.now, of.of, of.rank, of.window),
        Some(Bound::Best { below, within: None }) if !wish.meets_bid => {
            best_of_others(market.book, market.own).and_then(|best| best.checked_sub(below))
        }
        Some(Bound::Best { .. }) | None => None,
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
