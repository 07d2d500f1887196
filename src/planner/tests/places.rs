//! Who makes room when no further offer may be open.

use super::*;

/// Of two places the first slice has both, one of them beyond what it wishes; there is money for the other slice.
fn crowded() -> Stage {
    let wishes = vec![wish(0, 300, 200), wish(1, 300, 220)];
    let mut stage = Stage::new(600, wishes, vec![live(1, 0, 300, 200), live(2, 0, 300, 200)]);
    stage.headroom.certain = Total::from(Amount::whole(600));
    stage.max_offers = 2;
    stage
}

#[test]
fn an_offer_that_nobody_wishes_makes_its_place_free() {
    let mut stage = crowded();
    let plan = stage.plan();
    assert_eq!((plan.cancels.len(), plan.submits.len()), (1, 0));
    assert_eq!(plan.cancels[0].reason, CancelReason::Unwished);
    // One place is what is missing: while it becomes free no further offer goes.
    stage.live.push(live(3, 0, 300, 200));
    stage.live[1].standing = Standing::Going;
    stage.max_offers = 3;
    assert!(stage.plan().cancels.is_empty());
}

#[test]
fn while_something_is_on_its_way_or_told_twice_no_place_is_taken_back() {
    let mut stage = crowded();
    // A loan is told, its offer not yet as filled.
    stage.headroom.exposure = Total::from(Amount::whole(300));
    assert!(stage.plan().cancels.is_empty());
}

#[test]
fn a_part_of_an_offer_makes_no_place_free() {
    let mut stage = crowded();
    stage.live = vec![live(1, 0, 450, 200), live(2, 0, 450, 200)];
    stage.wishes = vec![wish(0, 600, 200), wish(1, 300, 220)];
    assert!(stage.plan().cancels.is_empty(), "{:?}", stage.plan());
}
