//! `min_liquid`: what would lock up more than the room that is left is wished for two days.

use crate::domain::{Amount, Days, Total};

use super::split::{Sizes, whole_offers};
use super::view::{Bounds, Why, Wish};

/// The wishes with no more than `room` for more than two days. A wish that reaches beyond is cut in two while there is a
/// place for one offer more, neither part too small to be an offer; else all of it is for two days.
#[must_use]
pub fn keep_liquid(mut wishes: Vec<Wish>, mut room: Total, bounds: &Bounds) -> Vec<Wish> {
    let least = Sizes::of(bounds).roomy();
    let mut places = usize::from(bounds.max_offers).saturating_sub(wishes.len());
    // What meets a bid comes first: it was wished within this room, and makes no sense for two days.
    wishes.sort_by_key(|wish| !wish.meets_bid);
    let mut kept = Vec::with_capacity(wishes.len());
    for wish in wishes {
        if wish.period <= Days::MIN {
            kept.push(wish);
            continue;
        }
        let cut = whole_offers(wish.amount, wish.amount.min(room.at_least_zero()), least);
        let is_cut = cut.0.is_positive() && cut.1.is_positive();
        let (long, short) = if is_cut && places == 0 { (Amount::ZERO, wish.amount) } else { cut };
        if long.is_positive() && short.is_positive() {
            places = places.saturating_sub(1);
        }
        room = room.minus(long);
        let why = Why { expected: None, ..wish.why };
        let rest = Wish { amount: short, period: Days::MIN, meets_bid: false, why, ..wish.clone() };
        kept.extend([Wish { amount: long, ..wish }, rest].into_iter().filter(|part| part.amount.is_positive()));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DailyRate, OfferKind, Ratio};

    fn wish(amount: i32, days: u16) -> Wish {
        let rate = DailyRate::from_units(200_000_000);
        let why =
            Why { rule: "fixed", raw: rate, frr: rate, last: rate, best_offer: None, floor: rate, expected: None };
        Wish {
            slice: 0,
            amount: Amount::whole(amount),
            rate,
            kind: OfferKind::Limit,
            period: Days::new(days),
            hidden: false,
            meets_bid: false,
            effective: rate,
            why,
        }
    }

    fn kept(wishes: Vec<Wish>, room: i32, max_offers: u16) -> Vec<(u16, String)> {
        let bounds = Bounds {
            floor: DailyRate::TICK,
            ceiling: None,
            max_period: Days::MAX,
            min_offer: Amount::whole(150),
            max_offer: None,
            max_offers,
            fee: Ratio::percent(15),
        };
        let kept = keep_liquid(wishes, Total::from(Amount::whole(room)), &bounds);
        kept.iter().map(|wish| (wish.period.get(), wish.amount.to_string())).collect()
    }

    fn told(list: &[(u16, &str)]) -> Vec<(u16, String)> {
        list.iter().map(|(days, amount)| (*days, (*amount).to_owned())).collect()
    }

    #[test]
    fn what_reaches_beyond_the_room_is_cut() {
        assert_eq!(kept(vec![wish(1_000, 30)], 700, 20), told(&[(30, "700"), (2, "300")]));
        assert_eq!(kept(vec![wish(1_000, 30)], 1_000, 20), told(&[(30, "1000")]));
        assert_eq!(kept(vec![wish(1_000, 30)], 0, 20), told(&[(2, "1000")]));
        assert_eq!(kept(vec![wish(1_000, 30)], 100, 20), told(&[(2, "1000")]), "a hundred are no offer");
        let two = vec![wish(400, 2), wish(500, 30), wish(500, 120)];
        assert_eq!(kept(two, 700, 20), told(&[(2, "400"), (30, "500"), (120, "200"), (2, "300")]));
    }

    #[test]
    fn a_little_too_much_shortens_a_little_and_not_all() {
        // With room for a tag.
        assert_eq!(kept(vec![wish(7_100, 30)], 7_000, 20), told(&[(30, "6949.99999001"), (2, "150.00000999")]));
        assert_eq!(kept(vec![wish(250, 30)], 200, 20), told(&[(2, "250")]), "two parts of it are no offers");
    }

    #[test]
    fn where_there_is_no_place_for_one_offer_more_nothing_is_cut() {
        assert_eq!(kept(vec![wish(1_000, 30)], 700, 1), told(&[(2, "1000")]));
        assert_eq!(kept(vec![wish(500, 30), wish(500, 30)], 700, 2), told(&[(30, "500"), (2, "500")]));
    }
}
