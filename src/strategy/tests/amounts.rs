//! How a slice's money is cut into offers.

use proptest::prelude::*;

use super::*;
use crate::domain::{IdleReason, Total};
use crate::strategy::split::{Sizes, even, split};

fn sizes(least: i64, most: i64) -> Sizes {
    Sizes { least: Amount::from_units(least), most: Amount::from_units(most) }
}

fn cut(money: i64, least: i64, most: i64, offers: u16) -> (Vec<i64>, Option<(IdleReason, i64)>) {
    let cut = split(Amount::from_units(money), sizes(least, most), offers);
    (cut.parts().map(Amount::units).collect(), cut.held.map(|(reason, rest)| (reason, rest.units())))
}

#[test]
fn as_few_and_as_even_as_can_be() {
    assert_eq!(cut(100_000, 10_000, i64::MAX, 20), (vec![100_000], None));
    assert_eq!(cut(100_001, 10_000, 40_000, 20), (vec![33_334, 33_334, 33_333], None));
    assert_eq!(cut(100_000, 10_000, 50_000, 20), (vec![50_000, 50_000], None));
}

#[test]
fn too_little_too_much_too_many() {
    assert_eq!(cut(9_999, 10_000, 50_000, 20), (vec![], Some((IdleReason::BelowMinimum, 9_999))));
    assert_eq!(cut(20_000, 10_000, 5_000, 20), (vec![], Some((IdleReason::BelowMinimum, 20_000))));
    assert_eq!(cut(20_000, 10_000, 50_000, 0), (vec![], Some((IdleReason::OfferCap, 20_000))));
    assert_eq!(cut(90_000, 10_000, 40_000, 2), (vec![40_000, 40_000], Some((IdleReason::OfferCap, 10_000))));
}

#[test]
fn room_is_left_for_the_tag() {
    assert_eq!(cut(10_000, 10_000, 50_000, 20), (vec![10_000], None), "the exact minimum is still wished");
    // Two offers of 10 000 would have no room: one, and the rest waits.
    assert_eq!(cut(20_000, 10_000, 15_000, 20), (vec![15_000], Some((IdleReason::BelowMinimum, 5_000))));
    assert_eq!(cut(21_998, 10_000, 15_000, 20), (vec![10_999, 10_999], None));
}

#[test]
fn a_spread_splits_its_rungs_within_the_offer_cap() {
    let book = book(&[(10_000, 2, 100), (20_000, 2, 100)]);
    let tight = Bounds { max_offer: Some(Amount::whole(200)), max_offers: 3, ..bounds() };
    let answer = answer(&spread(0, 100, 2), 0, Amount::whole(1000), &market(&book), &tight);
    let wished: Vec<_> = answer.wishes.iter().map(|wish| (wish.rate, wish.amount)).collect();
    let (cheap, dear) = (rate("0.0001"), rate("0.0002"));
    let most = Amount::whole(200);
    assert_eq!(wished, [(cheap, most), (cheap, most), (dear, most)]);
    assert_eq!(answer.held, [(IdleReason::OfferCap, Amount::whole(400))]);
}

proptest! {
    #[test]
    fn parts_and_rest_are_the_money(
        money in 0_i64..10_000_000,
        least in 0_i64..100_000,
        most in -5_i64..1_000_000,
        offers in 0_u16..40,
    ) {
        let (parts, held) = cut(money, least, most, offers);
        let rest = held.map_or(0, |(_, rest)| rest);
        prop_assert_eq!(parts.iter().sum::<i64>() + rest, money);
        prop_assert!(parts.len() <= usize::from(offers));
        prop_assert!(parts.iter().all(|part| *part >= least && *part <= most && *part > 0));
        let roomy = least + 999;
        if money >= roomy && most >= roomy {
            prop_assert!(parts.iter().all(|part| *part >= roomy));
        }
        if let Some((IdleReason::BelowMinimum, rest)) = held {
            prop_assert!(rest < least.max(1) + 999 || most < least.max(1));
        }
    }

    #[test]
    fn even_parts_differ_by_one_unit_at_most(money in 0_i64..i64::MAX, parts in 1_u16..200) {
        let parts: Vec<Amount> = even(Amount::from_units(money), parts).collect();
        let sum: Total = parts.iter().copied().sum();
        prop_assert_eq!(sum, Total::from(Amount::from_units(money)));
        let spread = parts[0].units() - parts[parts.len() - 1].units();
        prop_assert!((0..=1).contains(&spread));
    }
}
