//! How slices share a currency's money.

use proptest::prelude::*;

use super::looking_back::offered;
use super::*;
use crate::domain::Total;

const MINIMUM: Amount = Amount::whole(150);

fn profile(shares: &[i64]) -> Profile {
    let slices = shares.iter().map(|ppm| Slice { share: Ratio::from_ppm(*ppm), ..fixed("0.0002") }).collect();
    let limits = ProfileLimits {
        floor: gross("0.0001"),
        ceiling: None,
        max_offer: None,
        max_period: Days::new(30),
        max_offers: 20,
    };
    Profile { name: "p".to_owned(), description: String::new(), limits, slices }
}

fn wholes(amounts: &[i32]) -> Vec<Amount> {
    amounts.iter().map(|amount| Amount::whole(*amount)).collect()
}

fn shared(shares: &[i64], base: i32, held: &[i32], unlinked: i32) -> Shares {
    targets(&profile(shares), Amount::whole(base), &wholes(held), Amount::whole(unlinked), MINIMUM)
}

fn free(shares: &Shares) -> Vec<Amount> {
    shares.slices.iter().map(|slice| slice.free).collect()
}

#[test]
fn a_slice_of_another_trend_keeps_its_place_and_has_no_share() {
    let mut profile = profile(&[500_000, 500_000, 300_000]);
    profile.slices[0].trend = Some(Trend::Rising);
    profile.slices[2].trend = Some(Trend::Falling);
    let shared = |trend, base| {
        let now = profile.in_trend(trend);
        let shares = targets(&now, base, &wholes(&[0, 100, 0]), Amount::whole(100), MINIMUM);
        (shares.slices.iter().map(|slice| slice.free).collect::<Vec<_>>(), shares.unallocated)
    };
    let whole = Amount::whole;
    // What belongs to no slice counts against those that have a share: 50 and 50, all of it, 62.5 and 37.5.
    assert_eq!(shared(Trend::Rising, whole(1_000)), (wholes(&[450, 350, 0]), Amount::ZERO));
    assert_eq!(shared(Trend::Stable, whole(1_000)), (wholes(&[0, 300, 0]), whole(500)));
    let parts = vec![Amount::ZERO, Amount::from_units(33_750_000_000), Amount::from_units(26_250_000_000)];
    assert_eq!(shared(Trend::Falling, whole(1_000)), (parts, whole(200)));
    profile.slices[1].trend = Some(Trend::Falling);
    (profile.slices[1].share, profile.slices[2].share) = (Ratio::from_ppm(333_333), Ratio::from_ppm(666_667));
    let odd = Amount::from_units(100_000_000_001);
    let falling = targets(&profile.in_trend(Trend::Falling), odd, &[], Amount::ZERO, MINIMUM);
    let units = [0, 33_333_300_001, 66_666_700_000].map(Amount::from_units);
    assert_eq!(free(&falling), units, "what rounding leaves goes to the first that has a share");
}

#[test]
fn a_trend_is_more_than_a_percent_between_ten_minutes_and_the_hour() {
    let now = market(&Book::default()).now;
    let trend = |stretches: &[(i64, i64)]| Trend::of(&offered(stretches), now);
    // 50 minutes at 1.0 e-4, then ten at 1.0121: that is 1.006 % above the hour's mean; 1.0120 is 0.998 % above it.
    assert_eq!(trend(&[(50, 10_000), (10, 10_121)]), Trend::Rising);
    assert_eq!(trend(&[(50, 10_000), (10, 10_120)]), Trend::Stable);
    // 0.9880 is 1.002 % under the mean, 0.9881 is 0.994 % under it.
    assert_eq!(trend(&[(50, 10_000), (10, 9_880)]), Trend::Falling);
    assert_eq!(trend(&[(50, 10_000), (10, 9_881)]), Trend::Stable);
    assert_eq!(trend(&[(4, 10_000), (4, 20_000)]), Trend::Stable, "eight minutes of an hour are too few");
    assert_eq!(Trend::of(&History::default(), now), Trend::Stable);
}

#[test]
fn what_one_slice_holds_is_not_lent_by_another() {
    let shares = shared(&[800_000, 200_000], 10_000, &[9_000, 500], 0);
    assert_eq!(free(&shares), wholes(&[0, 1_500]));
    assert_eq!(shares.unallocated, Amount::ZERO);
}

#[test]
fn what_belongs_to_no_slice_is_deducted_by_share() {
    let shares = shared(&[600_000, 200_000], 10_000, &[1_000], 4_000);
    assert_eq!(free(&shares), wholes(&[2_000, 1_000]));
    assert_eq!(shares.unallocated, Amount::whole(2_000), "the unallocated rest lends nothing");
}

#[test]
fn a_small_target_joins_the_largest_slice_with_all_it_holds() {
    let shares = shared(&[100_000, 500_000, 400_000], 1_000, &[50, 100, 0], 0);
    let targets: Vec<_> = shares.slices.iter().map(|slice| (slice.target, slice.joined)).collect();
    let whole = Amount::whole;
    assert_eq!(targets, [(Amount::ZERO, Some(1)), (whole(600), None), (whole(400), None)]);
    assert_eq!(free(&shares), wholes(&[0, 450, 400]));
}

#[test]
fn equal_small_slices_gather_in_the_first() {
    let shares = shared(&[500_000, 500_000], 200, &[], 0);
    let targets: Vec<_> = shares.slices.iter().map(|slice| (slice.target, slice.joined)).collect();
    assert_eq!(targets, [(Amount::whole(200), None), (Amount::ZERO, Some(0))]);
}

#[test]
fn nothing_to_share_is_shared_out_as_nothing() {
    let shares = shared(&[500_000, 500_000], -5, &[100], 100);
    assert_eq!(free(&shares), wholes(&[0, 0]));
    assert!(shares.slices.iter().all(|slice| slice.joined.is_none()));
    assert_eq!(targets(&profile(&[]), MINIMUM, &[], Amount::ZERO, MINIMUM).unallocated, MINIMUM);
}

proptest! {
    #[test]
    fn the_sums_add_up(
        weights in proptest::collection::vec(1_i64..1000, 1..8),
        whole in 1_i64..=1_000_000,
        base in -10_i64..i64::MAX,
        held in proptest::collection::vec(0_i64..i64::MAX, 0..8),
        unlinked in 0_i64..i64::MAX,
        least in 0_i64..i64::MAX / 4,
    ) {
        let sum: i64 = weights.iter().sum();
        let ppm: Vec<i64> = weights.iter().map(|weight| weight * whole / sum).collect();
        let held: Vec<Amount> = held.into_iter().map(Amount::from_units).collect();
        let (base, unlinked) = (Amount::from_units(base), Amount::from_units(unlinked));
        let shares = targets(&profile(&ppm), base, &held, unlinked, Amount::from_units(least));
        let total: Total = shares.slices.iter().map(|slice| slice.target).sum();
        prop_assert_eq!(total.plus(shares.unallocated), Total::from(base.max(Amount::ZERO)));
        for slice in &shares.slices {
            prop_assert!(slice.free >= Amount::ZERO && slice.free <= slice.target);
            prop_assert!(slice.joined.is_none() || slice.target == Amount::ZERO);
        }
        // Under-full slices leave exactly what is neither held nor unlinked.
        let taken: Total = held.iter().take(ppm.len()).copied().sum::<Total>().plus(unlinked);
        let free: Total = shares.slices.iter().map(|slice| slice.free).sum();
        prop_assert!(free.plus_total(taken) >= total, "no more is deducted than there is");
    }
}
