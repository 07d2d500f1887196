//! What is remembered of a slice's money, told by hand.

use super::*;
use crate::domain::{DAY, OfferId};
use crate::strategy::{Bottom, Decay, Fall, MaxFall, Modifiers, Quantity, RateRule, Why, Wish};

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000).plus(MINUTE.times(minutes))
}

fn slice(modifiers: Modifiers) -> Slice {
    let rule = RateRule::Depth { amount: Quantity::Own(Amount::whole(100)) };
    Slice { modifiers, ..Slice::plain("core", rule) }
}

fn decaying() -> Slice {
    let decay = Decay { every: MINUTE, by: Fall::Part(Ratio::percent(5)), start: Ratio::ZERO, to: Bottom::Floor };
    slice(Modifiers { decay: Some(decay), ..Modifiers::default() })
}

fn money(target: i32, free: i32) -> SliceMoney {
    SliceMoney { slice: 0, target: Amount::whole(target), free: Amount::whole(free), joined: None }
}

/// Ages in minutes and whole amounts.
fn ages(memory: &SliceMemory, minutes: i64) -> Vec<(i64, Amount)> {
    let past = memory.past(at(minutes));
    past.ages.iter().map(|(age, amount)| (age.get() / MINUTE.get(), *amount)).collect()
}

fn whole(list: &[(i64, i32)]) -> Vec<(i64, Amount)> {
    list.iter().map(|(age, amount)| (*age, Amount::whole(*amount))).collect()
}

#[test]
fn money_ages_while_it_is_free_and_what_comes_back_is_new() {
    let (slice, mut memory) = (decaying(), SliceMemory::default());
    memory.told(at(0), &slice, &money(1_000, 600));
    memory.told(at(30), &slice, &money(1_000, 600));
    assert_eq!(ages(&memory, 30), whole(&[(30, 600)]), "whatever became of its offers");
    memory.told(at(40), &slice, &money(1_000, 1_000));
    assert_eq!(ages(&memory, 50), whole(&[(50, 600), (10, 400)]));
    // A fill takes the oldest, in part.
    memory.told(at(50), &slice, &money(1_000, 700));
    assert_eq!(ages(&memory, 60), whole(&[(60, 300), (20, 400)]));
    memory.told(at(60), &slice, &money(1_000, 200));
    assert_eq!(ages(&memory, 60), whole(&[(20, 200)]));
    // Asked again at the same time it knows the same.
    memory.told(at(60), &slice, &money(1_000, 200));
    assert_eq!(ages(&memory, 60), whole(&[(20, 200)]));
}

#[test]
fn a_trend_that_is_soon_back_finds_its_money_as_old_as_it_is_and_later_all_is_new() {
    let (there, mut memory) = (decaying(), SliceMemory::default());
    let away = Slice { share: Ratio::ZERO, ..there.clone() };
    memory.told(at(0), &there, &money(1_000, 600));
    memory.told(at(10), &away, &money(0, 0));
    memory.told(at(60), &away, &money(0, 0));
    memory.told(at(65), &there, &money(1_000, 600));
    assert_eq!(ages(&memory, 65), whole(&[(65, 600)]));
    memory.told(at(70), &away, &money(0, 0));
    memory.told(at(130), &away, &money(0, 0));
    memory.told(at(140), &there, &money(1_000, 600));
    assert_eq!(ages(&memory, 145), whole(&[(5, 600)]));
}

#[test]
fn money_that_flickers_keeps_its_age() {
    let (slice, mut memory) = (decaying(), SliceMemory::default());
    memory.told(at(0), &slice, &money(1_000, 600));
    memory.told(at(10), &slice, &money(1_000, 1_000));
    // Another slice's fill counts against all until its loan is linked.
    memory.told(at(30), &slice, &money(1_000, 300));
    memory.told(at(30).plus(SECOND.times(5)), &slice, &money(1_000, 1_000));
    assert_eq!(ages(&memory, 31), whole(&[(31, 600), (21, 400)]));
    // A minute later it was lent, and is new.
    memory.told(at(40), &slice, &money(1_000, 300));
    memory.told(at(42), &slice, &money(1_000, 1_000));
    assert_eq!(ages(&memory, 42), whole(&[(32, 300), (0, 700)]));
}

#[test]
fn a_slice_that_does_not_decay_remembers_no_ages() {
    let mut memory = SliceMemory::default();
    memory.told(at(0), &decaying(), &money(1_000, 600));
    memory.told(at(1), &slice(Modifiers::default()), &money(1_000, 600));
    assert_eq!(memory.past(at(1)), Past::default());
}

#[test]
fn ages_are_bounded() {
    let (slice, mut memory) = (decaying(), SliceMemory::default());
    for step in 1..200 {
        memory.told(at(i64::from(step) * 2), &slice, &money(1_000, step));
    }
    let past = memory.past(at(400));
    assert_eq!(past.ages.len(), MOST_AGES);
    assert_eq!(past.ages.iter().map(|(_, amount)| *amount).sum::<Total>(), Total::from(Amount::whole(199)));
}

fn following() -> Slice {
    let follow_use = FollowUse {
        target: Ratio::percent(98),
        adjust: Ratio::percent(10),
        cycle: HOUR,
        within: (Ratio::percent(85), Ratio::percent(115)),
    };
    slice(Modifiers { follow_use: Some(follow_use), ..Modifiers::default() })
}

/// The depth after so many hours with so much of 1000 free, told every five minutes.
fn depth_after(hours: i64, free: i32) -> Ratio {
    let mut memory = SliceMemory::default();
    for step in 0..=hours * 12 {
        memory.told(at(step * 5), &following(), &money(1_000, free));
    }
    memory.past(at(hours * 60)).depth
}

#[test]
fn depths_follow_the_use_once_a_cycle_and_stay_within() {
    assert_eq!(depth_after(0, 0), Ratio::ONE);
    assert_eq!(depth_after(1, 0), Ratio::percent(110), "all of it lent: ask for more");
    assert_eq!(depth_after(1, 20), Ratio::percent(110), "exactly the target");
    assert_eq!(depth_after(1, 21), Ratio::percent(90), "too much of it free: ask for less");
    assert_eq!((depth_after(2, 0), depth_after(2, 900)), (Ratio::percent(115), Ratio::percent(85)));
}

#[test]
fn use_is_weighted_by_time_and_a_long_silence_counts_for_little() {
    let mut memory = SliceMemory::default();
    let told = |memory: &mut SliceMemory, minute, free| memory.told(at(minute), &following(), &money(1_000, free));
    // All lent, then nobody tells for 50 minutes: ten of them count, and the last ten with all of it free.
    told(&mut memory, 0, 0);
    told(&mut memory, 50, 1_000);
    told(&mut memory, 60, 1_000);
    assert_eq!(memory.past(at(60)).depth, Ratio::percent(90));
    // Without a target nothing is learned.
    let mut empty = SliceMemory::default();
    for minute in 0..200 {
        empty.told(at(minute), &following(), &money(0, 0));
    }
    assert_eq!(empty.past(at(200)).depth, Ratio::ONE);
}

#[test]
fn the_last_rate_of_its_own_is_remembered_with_its_time() {
    let max_fall = Some(MaxFall { by: Ratio::percent(2), every: MINUTE.times(10) });
    let slice = slice(Modifiers { max_fall, ..Modifiers::default() });
    let mut memory = SliceMemory::default();
    let rate = DailyRate::from_units(200_000_000);
    memory.told(at(0), &slice, &money(1_000, 1_000));
    memory.answered(at(0), &slice, &Answer { high: Some(rate), ..Answer::default() }, std::iter::empty());
    memory.answered(at(7), &slice, &Answer::default(), std::iter::empty());
    assert_eq!(memory.past(at(7)).high, Some((rate, MINUTE.times(7))), "held up: the old one stays");
}

fn meeting(units: i64, period: u16) -> Wish {
    let rate = DailyRate::from_units(units);
    let why =
        Why { rule: "take_bids", raw: rate, frr: rate, last: rate, best_offer: None, floor: rate, expected: None };
    Wish {
        slice: 0,
        amount: Amount::whole(500),
        rate,
        kind: OfferKind::Limit,
        period: Days::new(period),
        hidden: false,
        meets_bid: true,
        effective: rate,
        why,
    }
}

fn stands(units: i64, period: u16, standing: Standing) -> LiveOffer {
    let rate = DailyRate::from_units(units);
    LiveOffer {
        id: OfferId(7),
        slice: Some(0),
        amount: Amount::whole(500),
        original: Amount::whole(500),
        kind: OfferKind::Limit,
        rate,
        effective: rate,
        period: Days::new(period),
        standing,
    }
}

#[test]
fn a_bid_that_does_not_take_our_offer_is_a_ghost_for_a_while() {
    let slice = slice(Modifiers::default());
    let answer = Answer { wishes: vec![meeting(300_000_000, 30)], ..Answer::default() };
    let after = |memory: &mut SliceMemory, seconds: i64, offers: &[LiveOffer]| {
        let now = at(0).plus(Millis::seconds(seconds));
        memory.told(now, &slice, &money(1_000, 1_000));
        memory.answered(now, &slice, &answer, offers.iter());
        memory.past(now).failed_bids
    };
    let bid = (DailyRate::from_units(300_000_000), Days::new(30));
    let open = [stands(300_000_000, 30, Standing::Open)];
    let mut memory = SliceMemory::default();
    // On its way it proves nothing; taken in time neither.
    assert!(after(&mut memory, 0, &[stands(300_000_000, 30, Standing::Coming)]).is_empty());
    assert!(after(&mut memory, 100, &open).is_empty());
    assert!(after(&mut memory, 129, &open).is_empty());
    assert!(after(&mut memory, 130, &[]).is_empty(), "taken");
    assert!(after(&mut memory, 200, &open).is_empty());
    assert!(after(&mut memory, 229, &[stands(300_000_000, 2, Standing::Open)]).is_empty(), "another period");
    // This one is not.
    assert!(after(&mut memory, 300, &open).is_empty());
    assert_eq!(after(&mut memory, 330, &open), [bid]);
    assert_eq!(after(&mut memory, 400, &[]), [bid]);
    let day = DAY.get() / 1_000;
    assert!(after(&mut memory, day, &[]).is_empty(), "it is believed once more");
}
