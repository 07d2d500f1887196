//! What is remembered of a slice's money, at work: decay over re-pricing and fills, bids, pools, a wind-down.

use super::*;
use crate::engine::tests::desk::submit_of;

/// The standard slice with modifiers and a period rule.
fn modified(period: &PeriodRule, modifiers: &Modifiers) -> Profile {
    let mut profile = profile();
    profile.limits.max_offer = None;
    for slice in &mut profile.slices {
        slice.period = period.clone();
        slice.modifiers = modifiers.clone();
    }
    profile
}

fn decaying() -> Profile {
    let by = Fall::Part(Ratio::percent(50));
    let decay = Decay { every: HOUR, by, start: Ratio::percent(100), to: Bottom::Rule };
    modified(&PeriodRule::Fixed(Days::MIN), &Modifiers { decay: Some(decay), ..Modifiers::default() })
}

fn ready(profile: Profile, free: &str) -> Desk {
    Desk::ready(policy(profile, |_, _| {}), Restored::default(), snapshot(free, free, vec![], vec![]))
}

/// The exchange takes the only submit as this offer.
fn placed(desk: &mut Desk, acts: &[Intent], id: i64, rate: DailyRate) -> Amount {
    assert_eq!(acts.len(), 1, "{acts:?}");
    let amount = submit_of(&acts[0]).amount;
    let made = Offer { rate, ..offer(id, amount, amount, desk.at) };
    desk.accept(&acts[0], Some(made));
    amount
}

#[test]
fn a_rate_falls_with_the_age_of_the_money_over_re_pricing() {
    let mut desk = ready(decaying(), "1000");
    let acts = desk.tick(1);
    assert_eq!(submit_of(&acts[0]).rate, rate("0.0004"), "new money starts at the top");
    let made = placed(&mut desk, &acts, 7, rate("0.0004"));
    let left = Amount::whole(1_000).less(made);
    desk.private(AccountNews::Wallet(wallet(Amount::whole(1_000), Some(left))));
    assert!(desk.tick(1_800).is_empty(), "no step has passed");
    desk.market();
    let acts = desk.tick(1_801);
    assert!(matches!(acts[..], [Intent { action: Action::Cancel(_), .. }]), "{acts:?}");
    desk.accept(&acts[0], None);
    let gone = Offer { rate: rate("0.0004"), status: OfferStatus::Canceled, ..offer(7, made, made, desk.at) };
    desk.private(AccountNews::Offer(Change::Closed, gone));
    desk.private(AccountNews::Wallet(wallet(Amount::whole(1_000), Some(Amount::whole(1_000)))));
    let acts = desk.tick(1);
    assert_eq!(submit_of(&acts[0]).rate, rate("0.0002"), "half of it: the money is an hour old, the offer new");
    placed(&mut desk, &acts, 8, rate("0.0002"));
    for _ in 0..20 {
        assert!(desk.tick(600).is_empty(), "at the rule's rate it stays");
    }
}

#[test]
fn the_offers_of_a_slice_whose_trend_is_over_make_room_for_another() {
    // Be it room for its money, or a place among the open offers.
    for most in [20, 2] {
        let cancelled = cancelled_when_the_trend_turns(most);
        assert_eq!(cancelled, [OfferId(8)], "of {most} offers");
    }
}

fn cancelled_when_the_trend_turns(most: u16) -> Vec<OfferId> {
    let half = |name: &str, text: &str, trend| Slice {
        name: name.to_owned(),
        share: Ratio::percent(50),
        trend,
        ..Slice::plain("core", RateRule::Fixed { at: RateSpec { rate: rate(text), net: false } })
    };
    // Nobody has seen a trend: it counts as stable.
    let shared = |one, other| {
        let slices = vec![half("core", "0.0002", None), half("one", "0.00025", one), half("other", "0.0003", other)];
        let limits = ProfileLimits { max_offers: most, ..profile().limits };
        policy(Profile { limits, slices, ..profile() }, |_, _| {})
    };
    let (stable, rising) = (Some(Trend::Stable), Some(Trend::Rising));
    let mut desk = Desk::ready(shared(stable, rising), Restored::default(), snapshot("1000", "1000", vec![], vec![]));
    let acts = desk.tick(1);
    let rates = |acts: &[Intent]| acts.iter().map(|act| submit_of(act).rate).collect::<Vec<_>>();
    assert_eq!(rates(&acts), [rate("0.0002"), rate("0.00025")]);
    let mut left = Amount::whole(1_000);
    for (act, id) in acts.iter().zip(7..) {
        let sent = submit_of(act);
        left = left.less(sent.amount);
        desk.accept(act, Some(Offer { rate: sent.rate, ..offer(id, sent.amount, sent.amount, desk.at) }));
    }
    desk.private(AccountNews::Wallet(wallet(Amount::whole(1_000), Some(left))));
    assert!(desk.tick(1_800).is_empty(), "they stand");
    desk.market();
    desk.feed(Body::Policy(std::sync::Arc::new(shared(rising, stable))));
    let cancelled = |act: &Intent| match &act.action {
        Action::Cancel(cancel) => cancel.offer,
        Action::Submit(_) => panic!("{act:?}"),
    };
    desk.tick(1_801).iter().map(cancelled).collect()
}

#[test]
fn money_that_comes_later_starts_at_the_top() {
    let mut desk = ready(decaying(), "1000");
    let acts = desk.tick(1);
    placed(&mut desk, &acts, 7, rate("0.0004"));
    desk.private(AccountNews::Wallet(wallet(Amount::whole(3_000), Some(Amount::whole(2_000)))));
    let acts = desk.tick(4_000);
    // Money has no name: the offer that stands at the top serves the new money, and the old is offered lower.
    let told = |act: &Intent| (submit_of(act).rate, submit_of(act).amount.units() / 100_000_000);
    assert_eq!(acts.iter().map(told).collect::<Vec<_>>(), [(rate("0.0002"), 999), (rate("0.0004"), 1_000)]);
}

/// A bid of 0.0003 for 30 days among the market's news.
fn bid(desk: &mut Desk, amount: i32) {
    let exact = Decimal::parse("0.0003").unwrap();
    let key = LevelKey { rate: rate("0.0003"), period: Days::new(30), exact };
    let level = BookLevel { side: BookSide::Bids, key, count: 1, amount: Amount::whole(amount) };
    desk.feed(Body::Market(MarketNews::Level(Currency::USD, level)));
}

fn taking() -> Profile {
    let at_least = BidWorth::Rate(RateSpec { rate: rate("0.00025"), net: false });
    let modifiers = Modifiers { take_bids: Some(TakeBids { at_least }), ..Modifiers::default() };
    modified(&PeriodRule::ByRate(vec![(RateSpec { rate: rate("0.00025"), net: false }, Days::new(30))]), &modifiers)
}

#[test]
fn a_bid_is_met_and_one_that_fails_us_is_given_up() {
    let mut desk = ready(taking(), "1000");
    bid(&mut desk, 5_000);
    let acts = desk.tick(1);
    let submit = submit_of(&acts[0]);
    assert_eq!((submit.rate, submit.period), (rate("0.0003"), Days::new(30)));
    let amount = submit.amount;
    let made = Offer { rate: rate("0.0003"), period: Days::new(30), ..offer(7, amount, amount, desk.at) };
    desk.accept(&acts[0], Some(made));
    desk.private(AccountNews::Wallet(wallet(Amount::whole(1_000), Some(Amount::whole(1_000).less(amount)))));
    for _ in 0..3 {
        assert!(desk.tick(10).is_empty(), "it may still be taken");
    }
    let acts = desk.tick(10);
    assert!(acts.is_empty(), "given up, but moved only when offers may be moved: {acts:?}");
    let told = &desk.usd().decisions[0].candidates;
    assert!(told.iter().any(|candidate| candidate.why.rule == "take_bids"), "the last decision still met it");
    let acts = desk.tick(600);
    assert!(matches!(acts[..], [Intent { action: Action::Cancel(_), .. }]), "{acts:?}");
    assert!(desk.usd().decisions[0].candidates.iter().all(|candidate| candidate.why.rule != "take_bids"));
}

#[test]
fn a_bid_is_met_within_min_liquid_and_never_for_two_days_instead() {
    let liquid = |percent| {
        let change = |_: &mut AccountPolicy, lend: &mut LendPolicy| lend.min_liquid = Some(Ratio::percent(percent));
        let reading = snapshot("1000", "1000", vec![], vec![]);
        let mut desk = Desk::ready(policy(taking(), change), Restored::default(), reading);
        bid(&mut desk, 5_000);
        let told = |act: &Intent| (submit_of(act).rate, submit_of(act).period.get());
        desk.tick(1).iter().map(told).collect::<Vec<_>>()
    };
    assert_eq!(liquid(50), [(rate("0.0003"), 30), (rate("0.0002"), 2)]);
    assert_eq!(liquid(90), [(rate("0.0002"), 2)]);
}

#[test]
fn within_min_liquid_money_is_offered_for_two_days_whatever_the_period() {
    let offered = |percent, loans: Vec<Lent>| {
        let change = |_: &mut AccountPolicy, lend: &mut LendPolicy| lend.min_liquid = Some(Ratio::percent(percent));
        let monthly = modified(&PeriodRule::Fixed(Days::new(30)), &Modifiers::default());
        let free = if loans.is_empty() { "1000" } else { "600" };
        let reading = snapshot("1000", free, vec![], loans);
        let mut desk = Desk::ready(policy(monthly, change), Restored::default(), reading);
        let told = |act: &Intent| (submit_of(act).period.get(), submit_of(act).amount.units() / 100_000_000);
        desk.tick(1).iter().map(told).collect::<Vec<_>>()
    };
    assert_eq!(offered(30, vec![]), [(30, 699), (2, 299)]);
    // 400 are out for a month already.
    let opened = Timestamp::from_millis(START);
    let loan = Lent { period: Days::new(30), ..lent(LentKind::Loan, 1, Amount::whole(400), opened) };
    assert_eq!(offered(30, vec![loan]), [(30, 299), (2, 299)]);
    assert_eq!(offered(90, vec![]), [(2, 999)], "a hundred are no offer");
}

/// Own offers of these periods and amounts, so much lent for two days, the rest of 10,000 free.
fn standing_within(profile: Profile, offers: &[(i64, &str, u16, i32)], lent_out: i32) -> Desk {
    let opened = Timestamp::from_millis(START);
    let made = |(id, _, days, left): &(i64, &str, u16, i32)| {
        let left = Amount::whole(*left);
        Offer { period: Days::new(*days), ..offer(*id, left, left, opened) }
    };
    let own = offers.iter().map(|(id, slice, ..)| (OfferId(*id), OwnRecord { slice: (*slice).to_owned() })).collect();
    let restored = Restored { own: [(main(), own)].into(), ..Restored::default() };
    let loans = if lent_out > 0 { vec![lent(LentKind::Loan, 1, Amount::whole(lent_out), opened)] } else { vec![] };
    let free = 10_000 - lent_out - offers.iter().map(|(.., left)| left).sum::<i32>();
    let reading = snapshot("10000", &free.to_string(), offers.iter().map(made).collect(), loans);
    let liquid = policy(profile, |_, lend| lend.min_liquid = Some(Ratio::percent(30)));
    Desk::ready(liquid, restored, reading)
}

/// What is done in the next half hour.
fn done(desk: &mut Desk) -> Vec<Intent> {
    let mut acts = desk.tick(1_800);
    desk.market();
    acts.extend(desk.tick(1));
    acts
}

#[test]
fn a_short_offer_that_is_taken_in_part_leaves_the_long_one_in_its_place() {
    let monthly = || modified(&PeriodRule::Fixed(Days::new(30)), &Modifiers::default());
    for left in [3_000, 1_000, 300, 100] {
        let offers = [(7, "core", 30, 7_000), (8, "core", 2, left)];
        let acts = done(&mut standing_within(monthly(), &offers, 3_000 - left));
        assert!(acts.is_empty(), "{left} left: {acts:?}");
    }
}

#[test]
fn a_loan_that_is_told_before_its_offer_is_told_as_filled_is_the_same_money() {
    let monthly = modified(&PeriodRule::Fixed(Days::new(30)), &Modifiers::default());
    let mut desk = standing_within(monthly, &[(7, "core", 30, 7_000), (8, "core", 2, 3_000)], 0);
    desk.tick(1_800);
    let loan = lent(LentKind::Loan, 1, Amount::whole(6_000), desk.at);
    desk.private(AccountNews::Lent(Change::Set, Lent { period: Days::new(30), ..loan }));
    desk.market();
    let acts = desk.tick(1);
    assert!(acts.is_empty(), "{acts:?}");
}

#[test]
fn a_long_offer_that_nobody_wishes_any_more_takes_its_part_of_the_room() {
    let fixed = |name: &str, share| Slice {
        name: name.to_owned(),
        share: Ratio::percent(share),
        ..Slice::plain("", RateRule::Fixed { at: RateSpec { rate: rate("0.0002"), net: false } })
    };
    let never = Some(Release::FrrAboveMiddle(rate("0.05")));
    let spike = Slice { release: never, period: PeriodRule::Fixed(Days::new(30)), ..fixed("spike", 20) };
    let core = Slice { period: PeriodRule::Fixed(Days::new(30)), ..fixed("core", 80) };
    let limits = ProfileLimits { max_offer: None, ..profile().limits };
    let both = Profile { limits, slices: vec![spike, core], ..profile() };
    // 7,000 may be locked up: 2,000 stand for the spike, 5,000 for the core, whose other 3,000 are for two days.
    let acts = done(&mut standing_within(both, &[(7, "spike", 30, 2_000), (8, "core", 30, 5_000)], 0));
    let [act] = &acts[..] else { panic!("{acts:?}") };
    assert_eq!((submit_of(act).period, submit_of(act).amount.units() / 100_000_000), (Days::MIN, 2_999));
}

#[test]
fn what_is_lent_counts_in_its_pool_though_nobody_knows_its_slice() {
    let pools = vec![(Ratio::percent(50), Days::MIN), (Ratio::percent(50), Days::new(30))];
    let profile = modified(&PeriodRule::Pools(pools), &Modifiers::default());
    let loan = lent(LentKind::Loan, 1, Amount::whole(1_000), Timestamp::from_millis(START));
    assert_eq!(loan.period, Days::MIN);
    let reading = snapshot("2000", "1000", vec![], vec![loan]);
    let mut desk = Desk::ready(policy(profile, |_, _| {}), Restored::default(), reading);
    let acts = desk.tick(1);
    let days: Vec<u16> = acts.iter().map(|act| submit_of(act).period.get()).collect();
    assert_eq!(days, [30], "a thousand is out for two days already");
}

#[test]
fn nothing_is_lent_beyond_the_wind_down_and_nothing_new_in_its_last_days() {
    let monthly = modified(&PeriodRule::Fixed(Days::new(30)), &Modifiers::default());
    let end = Timestamp::from_millis(START).plus(DAY.times(10)).plus(HOUR);
    let winding = policy(monthly, |_, lend| lend.wind_down = Some(end));
    let mut desk = Desk::ready(winding, Restored::default(), snapshot("1000", "1000", vec![], vec![]));
    let acts = desk.tick(1);
    assert_eq!(submit_of(&acts[0]).period, Days::new(10));
    let amount = submit_of(&acts[0]).amount;
    let made = Offer { period: Days::new(10), ..offer(7, amount, amount, desk.at) };
    desk.accept(&acts[0], Some(made.clone()));
    desk.private(AccountNews::Wallet(wallet(Amount::whole(1_000), Some(Amount::whole(1_000).less(amount)))));
    // Two hours later it would come back too late.
    let acts = desk.tick(7_200);
    assert!(matches!(acts[..], [Intent { action: Action::Cancel(_), .. }]), "{acts:?}");
    desk.accept(&acts[0], None);
    desk.private(AccountNews::Offer(Change::Closed, Offer { status: OfferStatus::Canceled, ..made }));
    desk.private(AccountNews::Wallet(wallet(Amount::whole(1_000), Some(Amount::whole(1_000)))));
    let acts = desk.tick(1);
    assert_eq!(submit_of(&acts[0]).period, Days::new(9));
    desk.feed(Body::Outcome(main(), acts[0].id, ActionResult::Refused(Refusal::Other, String::new())));
    desk.at = end.minus(DAY.times(2)).plus(SECOND);
    desk.market();
    for _ in 0..5 {
        assert!(desk.tick(3_600).is_empty());
    }
    assert_eq!(desk.idle(), [(IdleReason::Disabled, Amount::whole(1_000))]);
}
