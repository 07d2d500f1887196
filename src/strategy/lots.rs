//! Money cut by what it is: how long it has been free, and for which period it is meant.
//!
//! Both cut the same line of money, the oldest and the shortest first. A piece too small for an offer joins the next newer
//! one, the last the one before it: no coin is lost, and new money is not made older than it is.

use crate::domain::{Amount, Days, Millis, Total};

/// Money of one age for one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lot {
    /// How much.
    pub(super) money: Amount,
    /// How long it has been free.
    pub(super) age: Millis,
    /// The period that it is meant for, where the period rule has pools.
    pub(super) days: Option<Days>,
}

/// Cuts `money` at both partitions into at most `most` lots (at least one) of at least `least` each, where it suffices for
/// that. Amounts beyond `money` are passed over; what the ages lack is new.
pub(super) fn cut(
    money: Amount,
    ages: &[(Millis, Amount)],
    pools: &[(Option<Days>, Amount)],
    least: Amount,
    most: u16,
) -> Vec<Lot> {
    let mut ages = covering(money, ages.iter().copied(), Millis::new(0)).into_iter().peekable();
    let mut pools = covering(money, pools.iter().copied(), None).into_iter().peekable();
    let mut lots: Vec<Lot> = Vec::new();
    let mut small = Amount::ZERO;
    while let (Some((age, aged)), Some((days, meant))) = (ages.peek_mut(), pools.peek_mut()) {
        let piece = (*aged).min(*meant);
        let whole = small.checked_add(piece).unwrap_or(Amount::MAX);
        if whole >= least {
            lots.push(Lot { money: whole, age: *age, days: *days });
            small = Amount::ZERO;
        } else {
            small = whole;
        }
        (*aged, *meant) = (aged.less(piece), meant.less(piece));
        ages.next_if(|(_, left)| !left.is_positive());
        pools.next_if(|(_, left)| !left.is_positive());
    }
    if small.is_positive() {
        match lots.last_mut() {
            Some(newest) => newest.money = newest.money.checked_add(small).unwrap_or(Amount::MAX),
            None => lots.push(Lot { money: small, age: Millis::new(0), days: None }),
        }
    }
    while lots.len() > usize::from(most.max(1)) {
        let oldest = lots.remove(0);
        if let Some(next) = lots.first_mut() {
            next.money = next.money.checked_add(oldest.money).unwrap_or(Amount::MAX);
            next.days = oldest.days;
        }
    }
    lots
}

/// The parts in order, as far as the money goes; what they lack of it last, as `rest`.
fn covering<T: Copy>(money: Amount, parts: impl Iterator<Item = (T, Amount)>, rest: T) -> Vec<(T, Amount)> {
    let mut left = money;
    let mut out = Vec::new();
    for (of, amount) in parts {
        let taken = amount.min(left);
        if taken.is_positive() {
            out.push((of, taken));
            left = left.less(taken);
        }
    }
    if left.is_positive() {
        out.push((rest, left));
    }
    debug_assert_eq!(out.iter().map(|(_, amount)| *amount).sum::<Total>(), Total::from(money));
    out
}
