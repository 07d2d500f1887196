//! Which live offer serves which wish, and what of the wishes is still open.

use std::collections::BTreeMap;

use crate::domain::{Amount, Book, Days, Queue};
use crate::strategy::Wish;

use super::situation::LiveOffer;
use super::tolerance::stays;

/// How the live offers of one slice serve its wishes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fit {
    /// Live offers (by index) that serve no wish within tolerance, with the wish (by index) that they would serve best.
    pub(super) strays: Vec<(usize, usize)>,
    /// What of each wish no live offer covers.
    pub(super) open: Vec<Amount>,
}

/// The queues of a book, each summed up once: an offer is compared with every wish, of every slice.
#[derive(Debug)]
pub(super) struct Queues<'a> {
    book: &'a Book,
    known: BTreeMap<Days, Queue>,
}

impl<'a> Queues<'a> {
    /// Of a book; none is summed up yet.
    pub(super) const fn of(book: &'a Book) -> Self {
        Self { book, known: BTreeMap::new() }
    }

    fn queue(&mut self, period: Days) -> &Queue {
        self.known.entry(period).or_insert_with(|| self.book.queue(period))
    }
}

/// Assigns each live offer to the nearest wish that it serves within tolerance, open wishes first.
///
/// Without wishes there are no strays: an offer that stands stays, a slice that holds back just adds none.
#[must_use]
pub(super) fn fit(wishes: &[&Wish], live: &[&LiveOffer], queues: &mut Queues<'_>) -> Fit {
    let mut open: Vec<Amount> = wishes.iter().map(|wish| wish.amount).collect();
    let mut strays = Vec::new();
    let mut order: Vec<usize> = (0..live.len()).collect();
    order.sort_by_key(|&index| live.get(index).map(|offer| (offer.effective, offer.id)));
    for index in order {
        let Some(offer) = live.get(index) else { continue };
        let queue = queues.queue(offer.period);
        let serves = |wish: &Wish| {
            // A bid is met by what asks no more than it pays.
            let meets = !wish.meets_bid || offer.effective <= wish.effective;
            meets
                && wish.kind == offer.kind
                && wish.period == offer.period
                && stays(offer.effective, wish.effective, queue)
        };
        match nearest(wishes, &open, offer, serves) {
            Some(wish) => cover(&mut open, wish, offer.amount),
            None => {
                if let Some(wish) = nearest(wishes, &open, offer, |_| true) {
                    strays.push((index, wish));
                }
            }
        }
    }
    Fit { strays, open }
}

/// The wish nearest in rate among those that `serves` allows; one that is still open before one that is not.
fn nearest(wishes: &[&Wish], open: &[Amount], offer: &LiveOffer, serves: impl Fn(&Wish) -> bool) -> Option<usize> {
    let mut best: Option<((bool, u64), usize)> = None;
    for (index, (wish, left)) in wishes.iter().zip(open).enumerate() {
        let rank = (!left.is_positive(), wish.effective.units().abs_diff(offer.effective.units()));
        // Whether it serves is the dearer question.
        if best.is_none_or(|(known, _)| rank < known) && serves(wish) {
            best = Some((rank, index));
        }
    }
    best.map(|(_, index)| index)
}

fn cover(open: &mut [Amount], wish: usize, amount: Amount) {
    if let Some(left) = open.get_mut(wish) {
        *left = left.less(amount);
    }
}
