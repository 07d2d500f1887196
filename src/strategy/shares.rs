//! How slices share the money of one currency: `share × base`, less what each holds, and never another's.

use crate::domain::{Amount, Ratio, Rounding, Total};

use super::profile::Profile;

/// One slice's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SliceMoney {
    /// Index of the slice in its profile.
    pub slice: usize,
    /// Its part of the base, with what joined it; zero when it joined another.
    pub target: Amount,
    /// What it may have in new money: target − what it holds − its part of what belongs to no slice, at least zero.
    pub free: Amount,
    /// The slice that it joined, its own target being under the minimum offer.
    pub joined: Option<usize>,
}

/// How the base is shared out: targets and `unallocated` together are exactly the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shares {
    /// One entry a slice, in the profile's order.
    pub slices: Vec<SliceMoney>,
    /// What no slice has a share in.
    pub unallocated: Amount,
}

/// A slice while the sharing is worked out; what it holds and its part of the unlinked in one sum.
#[derive(Debug, Clone, Copy)]
struct Part {
    target: Amount,
    taken: Total,
    joined: Option<usize>,
}

/// Shares `base`, which is `min(BALANCE − keep, max lent)`, among the slices of `profile`.
///
/// `held_per_slice` is what counts against each slice's target, in the profile's order, a missing entry being nothing:
/// the loans linked to it when the answer is wanted for [`super::answer`]. `unlinked` is what belongs to no slice
/// (loans without a link, foreign offers): it is deducted from all slices in proportion to their targets. What one
/// slice holds beyond its target is not taken from another, and what it holds back is not lent by another.
///
/// A target under `min_offer` joins the largest slice, with what counts against it. A base that is not positive gives
/// nothing to anyone.
///
/// # Panics
/// When targets and rest would not make up the base: a bug here, and better a stop than money lent twice.
#[must_use]
pub fn targets(
    profile: &Profile,
    base: Amount,
    held_per_slice: &[Amount],
    unlinked: Amount,
    min_offer: Amount,
) -> Shares {
    let base = base.max(Amount::ZERO);
    let (shares, unallocated) = allot(profile, base);
    let largest = index_of_largest(&shares);
    let unlinked = deduct(unlinked.max(Amount::ZERO), &shares, largest);
    let held = held_per_slice.iter().copied().chain(std::iter::repeat(Amount::ZERO));
    let mut parts: Vec<Part> = shares
        .into_iter()
        .zip(held.zip(unlinked))
        .map(|(target, (held, unlinked))| Part { target, taken: Total::from(held).plus(unlinked), joined: None })
        .collect();
    join_small(&mut parts, largest, min_offer);
    let slices: Vec<SliceMoney> = parts
        .iter()
        .enumerate()
        .map(|(slice, part)| SliceMoney {
            slice,
            target: part.target,
            free: Total::from(part.target).minus_total(part.taken).at_least_zero(),
            joined: part.joined,
        })
        .collect();
    let sum: Total = slices.iter().map(|slice| slice.target).sum();
    assert_eq!(sum.plus(unallocated), Total::from(base), "targets and the unallocated rest must make up the base");
    Shares { slices, unallocated }
}

/// Every slice's target by its share, and the rest. Shares of 100 % leave no rest: what rounding left over goes to the
/// first slice.
fn allot(profile: &Profile, base: Amount) -> (Vec<Amount>, Amount) {
    let mut left = base;
    let mut whole = 0_i64;
    let mut shares: Vec<Amount> = profile
        .slices
        .iter()
        .map(|slice| {
            whole = whole.saturating_add(slice.share.ppm());
            let share = base.share(slice.share, Rounding::Down).max(Amount::ZERO).min(left);
            left = left.less(share);
            share
        })
        .collect();
    if whole >= Ratio::ONE.ppm()
        && let Some(first) = shares.iter_mut().zip(&profile.slices).find(|(_, slice)| slice.share > Ratio::ZERO)
    {
        *first.0 = first.0.checked_add(left).unwrap_or(*first.0);
        left = Amount::ZERO;
    }
    (shares, left)
}

/// The first of the largest targets.
fn index_of_largest(shares: &[Amount]) -> usize {
    let best = shares.iter().enumerate().max_by_key(|(index, share)| (**share, std::cmp::Reverse(*index)));
    best.map_or(0, |(index, _)| index)
}

/// `unlinked` in parts proportional to the targets, the rounding on the largest.
fn deduct(unlinked: Amount, shares: &[Amount], largest: usize) -> Vec<Amount> {
    let whole: Total = shares.iter().copied().sum();
    let whole = whole.at_least_zero().units();
    let mut parts: Vec<Amount> =
        shares.iter().map(|share| unlinked.scale_by(share.units(), whole, Rounding::Down)).collect();
    let sum: Total = parts.iter().copied().sum();
    let rest = Total::from(unlinked).minus_total(sum).at_least_zero();
    if let Some(part) = parts.get_mut(largest) {
        *part = part.checked_add(rest).unwrap_or(Amount::MAX);
    }
    parts
}

/// Moves targets under the minimum offer to the largest slice, with what counts against them.
fn join_small(parts: &mut [Part], largest: usize, min_offer: Amount) {
    let mut moved = Part { target: Amount::ZERO, taken: Total::ZERO, joined: None };
    for (index, part) in parts.iter_mut().enumerate() {
        if index != largest && part.target.is_positive() && part.target < min_offer {
            moved.target = moved.target.checked_add(part.target).unwrap_or(Amount::MAX);
            moved.taken = moved.taken.plus_total(part.taken);
            *part = Part { target: Amount::ZERO, taken: Total::ZERO, joined: Some(largest) };
        }
    }
    if let Some(part) = parts.get_mut(largest) {
        part.target = part.target.checked_add(moved.target).unwrap_or(Amount::MAX);
        part.taken = part.taken.plus_total(moved.taken);
    }
}
