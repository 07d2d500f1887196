//! The planner by example and by property.

mod places;

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::domain::{
    AccountName, ActionId, Book, BookLevel, BookSide, Currency, Days, Decimal, LevelKey, OfferKind, Ratio, Timestamp,
};
use crate::strategy::{Bounds, Why};

fn rate(units: i64) -> DailyRate {
    DailyRate::from_units(units * 1_000_000)
}

fn why() -> Why {
    Why {
        rule: "test",
        raw: rate(200),
        frr: rate(200),
        last: rate(200),
        best_offer: None,
        floor: rate(100),
        expected: None,
    }
}

fn wish(slice: usize, amount: i32, units: i64) -> Wish {
    Wish {
        slice,
        amount: Amount::whole(amount),
        rate: rate(units),
        kind: OfferKind::Limit,
        period: Days::MIN,
        hidden: false,
        meets_bid: false,
        effective: rate(units),
        why: why(),
    }
}

fn live(id: i64, slice: usize, amount: i32, units: i64) -> LiveOffer {
    LiveOffer {
        id: OfferId(id),
        slice: Some(slice),
        amount: Amount::whole(amount),
        original: Amount::whole(amount),
        kind: OfferKind::Limit,
        rate: rate(units),
        effective: rate(units),
        period: Days::MIN,
        standing: Standing::Open,
    }
}

/// Owns what a situation borrows.
struct Stage {
    account: AccountName,
    wishes: Vec<Wish>,
    slices: Vec<String>,
    live: Vec<LiveOffer>,
    book: Book,
    headroom: Headroom,
    max_lent: Option<Amount>,
    licence: Licence,
    taken: BTreeSet<Amount>,
    max_offers: u16,
}

impl Stage {
    /// A wallet with `free` to offer beside what is in `live`.
    fn new(free: i32, wishes: Vec<Wish>, live: Vec<LiveOffer>) -> Self {
        let money = Amount::whole(free);
        Self {
            account: AccountName::new("main").unwrap(),
            wishes,
            slices: vec!["core".into(), "spike".into()],
            live,
            book: Book::default(),
            headroom: Headroom { exposure: Total::from(money), max_lent: None, certain: Total::ZERO, available: money },
            max_lent: None,
            licence: Licence { submit: true, reprice: true, enforce: true, writes: 100 },
            taken: BTreeSet::new(),
            max_offers: 20,
        }
    }

    fn plan(&self) -> Plan {
        plan(&Situation {
            account: &self.account,
            currency: Currency::USD,
            now: Timestamp::from_millis(1),
            wishes: &self.wishes,
            slices: &self.slices,
            live: &self.live,
            book: &self.book,
            headroom: Headroom { max_lent: self.max_lent.map(Total::from), ..self.headroom },
            bounds: Bounds {
                floor: rate(100),
                ceiling: Some(rate(5_000)),
                max_period: Days::new(30),
                min_offer: Amount::whole(150),
                max_offer: None,
                max_offers: 20,
                fee: Ratio::percent(15),
            },
            max_offers: self.max_offers,
            frr: rate(200),
            last: rate(200),
            taken: &self.taken,
            licence: self.licence,
            first_action: 1,
        })
    }

    /// What the exchange would make of the plan: cancelled offers are gone, submitted ones rest.
    fn apply(&mut self, plan: &Plan) {
        for cancel in &plan.cancels {
            let Action::Cancel(Cancel { offer, .. }) = &cancel.intent.get().action else { panic!("not a cancel") };
            let place = self.live.iter().position(|live| live.id == *offer).unwrap();
            let gone = self.live.remove(place);
            self.headroom.exposure = self.headroom.exposure.plus(gone.amount);
            self.max_lent = self.max_lent.and_then(|left| left.checked_add(gone.amount));
            self.headroom.available = self.headroom.available.checked_add(gone.amount).unwrap();
        }
        for submit in &plan.submits {
            let intent = submit.intent.get();
            let Action::Submit(submit) = &intent.action else { panic!("not a submit") };
            self.headroom.exposure = self.headroom.exposure.minus(submit.amount);
            self.max_lent = self.max_lent.map(|left| left.less(submit.amount));
            self.headroom.available = self.headroom.available.less(submit.amount);
            assert!(self.taken.insert(submit.amount), "an amount was used twice");
            self.live.push(LiveOffer {
                id: OfferId(
                    1_000_000 + i64::try_from(intent.id.0).unwrap() + i64::try_from(self.live.len()).unwrap() * 1_000,
                ),
                slice: self.slices.iter().position(|slice| *slice == intent.slice),
                amount: submit.amount,
                original: submit.amount,
                kind: submit.kind,
                rate: submit.rate,
                effective: submit.rate,
                period: submit.period,
                standing: Standing::Open,
            });
        }
    }
}

fn cancel_of(id: i64) -> Action {
    Action::Cancel(Cancel { currency: Currency::USD, offer: OfferId(id) })
}

fn amounts(plan: &Plan) -> Vec<Amount> {
    let amount = |planned: &PlannedSubmit| match &planned.intent.get().action {
        Action::Submit(submit) => submit.amount,
        Action::Cancel(_) => panic!("not a submit"),
    };
    plan.submits.iter().map(amount).collect()
}

#[test]
fn idle_money_is_offered_with_a_tag() {
    let plan = Stage::new(1_000, vec![wish(0, 400, 200), wish(0, 600, 220)], vec![]).plan();
    assert!(plan.cancels.is_empty() && plan.breaches.is_empty());
    let amounts = amounts(&plan);
    assert_eq!(amounts.len(), 2);
    assert!(amounts[0] <= Amount::whole(400) && Amount::whole(400).less(amounts[0]).units() <= 999);
    assert_eq!(plan.submits[0].intent.get().id, ActionId(1));
    assert_eq!(plan.submits[0].intent.get().slice, "core");
}

#[test]
fn an_offer_within_tolerance_keeps_its_place() {
    let stage = Stage::new(0, vec![wish(0, 400, 204)], vec![live(7, 0, 400, 200)]);
    assert!(stage.plan().is_empty());
}

#[test]
fn a_stray_is_cancelled_first_and_offered_again_once_it_is_gone() {
    let mut stage = Stage::new(0, vec![wish(0, 400, 300)], vec![live(7, 0, 400, 200)]);
    let first = stage.plan();
    assert_eq!((first.cancels.len(), first.submits.len()), (1, 0));
    assert_eq!(first.cancels[0].reason, CancelReason::Reprice);
    stage.apply(&first);
    let second = stage.plan();
    assert_eq!((second.cancels.len(), second.submits.len()), (0, 1));
    stage.apply(&second);
    assert!(stage.plan().is_empty());
}

#[test]
fn outside_its_time_nothing_is_moved() {
    let mut stage = Stage::new(0, vec![wish(0, 400, 300)], vec![live(7, 0, 400, 200)]);
    stage.licence.reprice = false;
    assert!(stage.plan().is_empty());
}

#[test]
fn a_remainder_that_could_not_be_offered_again_stays() {
    let mut remainder = live(7, 0, 100, 200);
    remainder.original = Amount::whole(400);
    let stage = Stage::new(20, vec![wish(0, 120, 300)], vec![remainder]);
    let plan = stage.plan();
    assert!(plan.is_empty(), "{plan:?}");
    assert_eq!(plan.too_small, Amount::whole(20));
}

#[test]
fn all_that_finds_no_place_among_the_open_offers_is_said_to_be_over_the_cap() {
    let wishes = vec![wish(0, 500, 200), wish(0, 500, 300), wish(0, 500, 400)];
    let standing = vec![live(7, 0, 100, 200), live(8, 0, 400, 300), live(9, 0, 400, 400)];
    let stage = Stage { max_offers: 3, ..Stage::new(600, wishes, standing) };
    let plan = stage.plan();
    // 400 for the first wish; 100 for each of the others, which would make up an offer together.
    assert!(plan.is_empty());
    assert_eq!((plan.over_cap, plan.too_small), (Amount::whole(600), Amount::ZERO));
}

#[test]
fn what_is_held_back_leaves_standing_offers_alone() {
    let stage = Stage::new(500, vec![], vec![live(7, 0, 400, 200)]);
    assert!(stage.plan().is_empty());
}

#[test]
fn a_tightened_limit_cancels_what_breaks_it_and_no_more() {
    let mut stage = Stage::new(0, vec![], vec![live(1, 0, 200, 200), live(2, 0, 200, 300), live(3, 1, 200, 90)]);
    stage.headroom.exposure = Total::ZERO.minus(Amount::whole(250));
    stage.headroom.certain = stage.headroom.exposure;
    let plan = stage.plan();
    let gone: Vec<i64> = plan
        .cancels
        .iter()
        .map(|cancel| match &cancel.intent.get().action {
            Action::Cancel(cancel) => cancel.offer.0,
            Action::Submit(_) => panic!("not a cancel"),
        })
        .collect();
    // 3 is under the floor; the dearest of the rest covers what is left of the overdraft.
    assert_eq!(gone, [2, 3]);
    assert!(plan.cancels.iter().all(|cancel| cancel.reason == CancelReason::Limit));
}

#[test]
fn a_slice_gives_back_what_it_no_longer_wishes_when_another_finds_no_room() {
    // 900 rest for a slice that wishes 300 since its share was cut; the other wishes 600 and the cap is reached.
    let wishes = vec![wish(0, 300, 200), wish(1, 600, 220)];
    let mut stage = Stage::new(2_000, wishes, vec![live(1, 0, 300, 200), live(2, 0, 600, 200)]);
    stage.max_lent = Some(Amount::whole(2));
    let first = stage.plan();
    assert_eq!((first.cancels.len(), first.submits.len()), (1, 0));
    assert_eq!(first.cancels[0].reason, CancelReason::Unwished);
    assert_eq!(first.cancels[0].intent.get().action, cancel_of(2));
    assert_eq!(first.waiting, Amount::ZERO, "what the cap forbids is not on its way");
    // Accepted, but still seen in the book: nothing more is taken back meanwhile.
    stage.live[1].standing = Standing::Going;
    assert!(stage.plan().is_empty(), "{:?}", stage.plan());
    stage.live[1].standing = Standing::Open;
    stage.apply(&first);
    let second = stage.plan();
    assert!(second.cancels.is_empty());
    assert!(
        amounts(&second).iter().all(|amount| Amount::whole(600).less(*amount).units() <= 999)
            && second.submits.len() == 1
    );
    stage.apply(&second);
    assert!(stage.plan().is_empty(), "{:?}", stage.plan());
}

#[test]
fn a_surplus_that_is_in_nobodys_way_keeps_its_place() {
    let mut stage = Stage::new(2_000, vec![wish(0, 300, 200), wish(1, 600, 220)], vec![live(2, 0, 900, 200)]);
    let plan = stage.plan();
    assert_eq!((plan.cancels.len(), plan.submits.len()), (0, 1));
    // Out of its time, or while news is told twice, nothing moves either.
    stage.max_lent = Some(Amount::whole(2));
    stage.licence.reprice = false;
    assert!(stage.plan().is_empty());
    stage.licence.reprice = true;
    stage.headroom.certain = Total::from(Amount::whole(700));
    assert!(stage.plan().is_empty());
}

#[test]
fn an_offer_on_its_way_is_not_wished_again() {
    let mut coming = live(i64::MAX, 0, 400, 200);
    coming.standing = Standing::Coming;
    let stage = Stage::new(600, vec![wish(0, 400, 200)], vec![coming]);
    assert!(stage.plan().is_empty());
}

#[test]
fn a_wish_that_breaks_a_limit_is_refused_with_its_numbers() {
    for (units, rule) in [(50, Rule::Floor), (6_000, Rule::Ceiling), (2_100, Rule::Deviation)] {
        let plan = Stage::new(1_000, vec![wish(0, 400, units)], vec![]).plan();
        assert!(plan.submits.is_empty());
        assert_eq!(plan.breaches[0].rule, rule, "{:?}", plan.breaches);
        assert!(plan.breaches[0].detail.contains("%/day"), "{}", plan.breaches[0].detail);
    }
}

prop_compose! {
    fn any_wish()(slice in 0_usize..2, amount in 150_i32..900, units in 60_i64..2_500) -> Wish { wish(slice, amount, units) }
}

prop_compose! {
    fn any_live()(id in 1_i64..1_000_000, slice in 0_usize..2, amount in 1_i32..900, units in 60_i64..2_500,
                  going in any::<bool>()) -> LiveOffer {
        let standing = if going { Standing::Going } else { Standing::Open };
        LiveOffer { standing, ..live(id, slice, amount, units) }
    }
}

fn any_book() -> impl Strategy<Value = Book> {
    proptest::collection::vec((60_i64..2_500, 1_i32..5_000), 0..30).prop_map(|levels| {
        let levels: Vec<_> = levels
            .into_iter()
            .map(|(units, amount)| BookLevel {
                side: BookSide::Offers,
                key: LevelKey {
                    rate: rate(units),
                    period: Days::MIN,
                    exact: Decimal::from_units(rate(units).units(), 12),
                },
                count: 1,
                amount: Amount::whole(amount),
            })
            .collect();
        Book::from_levels(&levels)
    })
}

proptest! {
    #[test]
    fn whatever_the_state_the_limits_hold(
        wishes in proptest::collection::vec(any_wish(), 0..8),
        live in proptest::collection::vec(any_live(), 0..8),
        book in any_book(),
        exposure in -2_000_i32..4_000, available in 0_i32..4_000, max_lent in proptest::option::of(-500_i32..4_000),
    ) {
        let mut stage = Stage::new(0, wishes, live);
        stage.book = book;
        stage.headroom = Headroom {
            exposure: Total::from(Amount::whole(exposure)),
            available: Amount::whole(available),
            certain: Total::from(Amount::whole(exposure)),
            max_lent: None,
        };
        stage.max_lent = max_lent.map(Amount::whole);
        let plan = stage.plan();
        let sum: Total = amounts(&plan).into_iter().sum();
        prop_assert!(sum <= Total::from(Amount::whole(exposure.max(0))));
        prop_assert!(sum <= Total::from(Amount::whole(available)));
        if let Some(most) = max_lent {
            prop_assert!(sum <= Total::from(Amount::whole(most.max(0))));
        }
        for submit in &plan.submits {
            let Action::Submit(submit) = &submit.intent.get().action else { panic!("not a submit") };
            prop_assert!(submit.amount >= Amount::whole(150));
            prop_assert!(submit.rate >= rate(100) && submit.rate <= rate(5_000) && submit.rate <= rate(2_000));
        }
        let unique: BTreeSet<Amount> = amounts(&plan).into_iter().collect();
        prop_assert_eq!(unique.len(), plan.submits.len());
        let known: BTreeSet<OfferId> = stage.live.iter().map(|live| live.id).collect();
        for cancel in &plan.cancels {
            let Action::Cancel(cancel) = &cancel.intent.get().action else { panic!("not a cancel") };
            prop_assert!(known.contains(&cancel.offer));
        }
    }

    /// Carrying plans out comes to rest, and what rests is not touched again.
    #[test]
    fn plans_come_to_rest(
        wishes in proptest::collection::vec(any_wish(), 0..6),
        live in proptest::collection::btree_map(1_i64..1_000, any_live(), 0..6),
        book in any_book(),
        free in 0_i32..3_000,
    ) {
        let live = live.into_iter().map(|(id, offer)| LiveOffer { id: OfferId(id), standing: Standing::Open, ..offer }).collect();
        let mut stage = Stage::new(free, wishes, live);
        stage.book = book;
        // One surplus offer a plan goes back, and there may be as many as there are offers.
        for _ in 0..10 {
            let plan = stage.plan();
            stage.apply(&plan);
        }
        let rest = stage.plan();
        prop_assert!(rest.is_empty(), "still moving: {rest:?}");
    }
}
