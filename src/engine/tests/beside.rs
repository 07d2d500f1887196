//! What runs beside an account: its books worked by hand, and that nothing else is changed by it.

use std::sync::Arc;

use proptest::prelude::*;

use super::desk::*;
use crate::domain::*;
use crate::engine::*;
use crate::strategy::*;

fn with_shadow(mut policy: Policy, shadow: Option<Profile>) -> Policy {
    let shadow = shadow.map(Arc::new);
    for lend in policy.accounts.values_mut().flat_map(|account| account.lend.values_mut()) {
        lend.shadow.clone_from(&shadow);
    }
    policy
}

fn live() -> Policy {
    policy(profile(), |_, _| {})
}

/// 3000 USD, all free; the FRR at 0.0003, the cheapest offer of others at 0.00019.
fn ready(policy: Policy) -> Desk {
    let mut desk = Desk::ready(policy, Restored::default(), snapshot("3000", "3000", vec![], vec![]));
    desk.tick(1);
    desk.tick(1);
    desk
}

fn beside(desk: &Desk, which: Benchmark) -> &BenchmarkStatus {
    &desk.usd().benchmarks[&which]
}

fn print(desk: &mut Desk, id: i64, per_day: &str, whole: i32, period: u16) {
    desk.at = desk.at.plus(SECOND);
    let print = Print {
        id,
        at: desk.at,
        amount: Amount::whole(whole),
        taken: true,
        rate: rate(per_day),
        period: Days::new(period),
    };
    desk.feed(Body::Market(MarketNews::Prints(Currency::USD, vec![print, print])));
    desk.tick(1);
}

fn frr(desk: &mut Desk, per_day: &str) {
    let ticker = Ticker { frr: Some(rate(per_day)), last: Some(rate("0.0002")), ..Ticker::default() };
    desk.feed(Body::Market(MarketNews::Ticker(Currency::USD, ticker)));
}

fn level(rate: DailyRate, whole: i32) -> BookLevel {
    let key = LevelKey { rate, period: Days::MIN, exact: Decimal::from_units(rate.units(), 12) };
    BookLevel { side: BookSide::Offers, key, count: 1, amount: Amount::whole(whole) }
}

fn balance(desk: &mut Desk, whole: i32) {
    let whole = Amount::whole(whole);
    desk.private(AccountNews::Wallet(wallet(whole, Some(whole))));
}

#[test]
fn the_best_offer_stands_a_tick_under_the_others_and_lends_to_whoever_pays_more() {
    let mut desk = ready(live());
    let best = |desk: &Desk| (beside(desk, Benchmark::BestOffer).lent, beside(desk, Benchmark::BestOffer).offered);
    let (_, offered) = best(&desk);
    assert!(offered > amount("2999.99") && offered <= amount("3000"), "all of it in one offer: {offered}");
    // At its own rate, for longer than its period: nobody knows, or nobody would.
    print(&mut desk, 1, "0.00018999", 5_000, 2);
    print(&mut desk, 2, "0.0003", 5_000, 3);
    assert_eq!(best(&desk), (Amount::ZERO, offered));
    print(&mut desk, 3, "0.00019", 1_000, 2);
    assert_eq!(best(&desk), (Amount::whole(1_000), offered.less(Amount::whole(1_000))), "told twice, it is one trade");
    // Lent at 0.00018999 for 0.88 days, the prior of two days, less the fee of 15 %; counted to the second before.
    let opened = desk.at.minus(SECOND);
    desk.tick(76_030);
    assert_eq!(desk.at, opened.plus(Millis::seconds(76_031)));
    let interest = beside(&desk, Benchmark::BestOffer).interest;
    assert_eq!(interest.to_string(), "0.14211065", "1000 × 0.00018999 × 76031 / 86400 × 0.85, rounded down");
    assert_eq!(best(&desk).0, Amount::whole(1_000));
    desk.tick(1);
    desk.tick(1);
    let (lent, again) = best(&desk);
    assert_eq!(lent, Amount::ZERO);
    assert!(again > amount("2999.99"), "what comes back is offered again: {again}");
}

#[test]
fn auto_renew_waits_for_somebody_who_pays_more_than_the_frr_of_the_moment() {
    let mut desk = ready(live());
    print(&mut desk, 1, "0.0003", 5_000, 2);
    assert_eq!(beside(&desk, Benchmark::FrrAutoRenew).lent, Amount::ZERO);
    let offered = beside(&desk, Benchmark::FrrAutoRenew).offered;
    frr(&mut desk, "0.00025");
    print(&mut desk, 2, "0.0003", 5_000, 2);
    assert_eq!(beside(&desk, Benchmark::FrrAutoRenew).lent, offered);
    frr(&mut desk, "0.0009");
    let then = beside(&desk, Benchmark::FrrAutoRenew).interest;
    desk.tick(43_200);
    let half_a_day = beside(&desk, Benchmark::FrrAutoRenew).interest.minus_total(then);
    // 3000 (less a tag) × 0.00025 / 2 × 0.85.
    assert!(half_a_day > Total::from(amount("0.318749")) && half_a_day < Total::from(amount("0.318751")));
    let status = beside(&desk, Benchmark::FrrAutoRenew);
    assert_eq!((status.base, status.profile.as_ref()), (Amount::whole(3_000), None));
    assert!(status.net.unwrap() < rate("0.0002125") && status.net.unwrap() > rate("0.00021"), "{status:?}");
}

#[test]
fn own_offers_in_the_book_are_not_undercut() {
    let mut desk = ready(live());
    // The account's own offers become the cheapest: they stand where the best offer of others is taken to be.
    let own = offer(7, Amount::whole(500), Amount::whole(500), desk.at);
    let restored = Restored {
        own: [(main(), [(OfferId(7), OwnRecord { slice: "core".into() })].into())].into(),
        ..Restored::default()
    };
    desk.feed(Body::Restored(Box::new(restored)));
    desk.private(AccountNews::Offer(Change::Set, Offer { rate: rate("0.0001"), ..own }));
    desk.feed(Body::Market(MarketNews::Level(Currency::USD, level(rate("0.0001"), 500))));
    desk.tick(700);
    desk.tick(1);
    print(&mut desk, 1, "0.00018", 5_000, 2);
    assert_eq!(beside(&desk, Benchmark::BestOffer).lent, Amount::ZERO, "it still stands under 0.00019");
}

#[test]
fn deposits_are_followed_and_what_is_taken_out_lends_no_more() {
    let keep = |_: &mut AccountPolicy, lend: &mut LendPolicy| {
        lend.keep = Measure::Amount(Quantity::Own(Amount::whole(500)));
        lend.max_lent = Some(Measure::Amount(Quantity::Own(Amount::whole(4_000))));
    };
    let mut desk = ready(policy(profile(), keep));
    print(&mut desk, 1, "0.0009", 9_000, 2);
    for (whole, base) in [(3_000, 2_500), (4_000, 3_500), (9_000, 4_000), (1_500, 1_000), (0, 0)] {
        balance(&mut desk, whole);
        desk.tick(5);
        for which in [Benchmark::BestOffer, Benchmark::FrrAutoRenew] {
            let status = beside(&desk, which);
            assert_eq!(status.base, Amount::whole(base));
            let sum = status.lent.checked_add(status.offered).unwrap();
            let near = Amount::whole(base).less(amount("0.0001")).max(Amount::ZERO);
            assert!(sum >= near && sum <= Amount::whole(base), "{which:?} at {whole}: {sum}");
        }
    }
}

#[test]
fn a_shadow_comes_changes_and_goes_with_the_policy() {
    let mut desk = ready(live());
    assert!(!desk.usd().benchmarks.contains_key(&Benchmark::Shadow));
    let mut dear = profile();
    dear.name = "dear".into();
    dear.slices[0].rate = RateRule::Fixed { at: RateSpec { rate: rate("0.0004"), net: false } };
    desk.feed(Body::Policy(Arc::new(with_shadow(live(), Some(dear.clone())))));
    desk.tick(1);
    desk.tick(1);
    let began = beside(&desk, Benchmark::Shadow).since;
    assert_eq!(began, desk.at.minus(SECOND));
    assert_eq!(beside(&desk, Benchmark::Shadow).profile.as_deref(), Some("dear"));
    print(&mut desk, 1, "0.0003", 5_000, 2);
    assert_eq!(beside(&desk, Benchmark::Shadow).lent, Amount::ZERO);
    print(&mut desk, 2, "0.0005", 1_500, 2);
    assert_eq!(beside(&desk, Benchmark::Shadow).lent, Amount::whole(1_500));
    // The profile is edited: the books stay. Another profile starts anew.
    dear.limits.max_offers = 3;
    desk.feed(Body::Policy(Arc::new(with_shadow(live(), Some(dear.clone())))));
    desk.tick(1);
    assert_eq!(
        (beside(&desk, Benchmark::Shadow).since, beside(&desk, Benchmark::Shadow).lent),
        (began, Amount::whole(1_500))
    );
    dear.name = "dearer".into();
    desk.feed(Body::Policy(Arc::new(with_shadow(live(), Some(dear)))));
    desk.tick(1);
    assert_eq!(
        (beside(&desk, Benchmark::Shadow).since, beside(&desk, Benchmark::Shadow).lent),
        (desk.at, Amount::ZERO)
    );
    desk.feed(Body::Policy(Arc::new(live())));
    desk.tick(1);
    assert!(!desk.usd().benchmarks.contains_key(&Benchmark::Shadow));
    // An account that is switched off offers nothing beside either.
    desk.feed(Body::Policy(Arc::new(policy(profile(), |account, _| account.enabled = false))));
    desk.tick(1);
    assert_eq!(beside(&desk, Benchmark::BestOffer).offered, Amount::ZERO);
}

/// Something that happens.
#[derive(Debug, Clone)]
enum Event {
    Print(i64, i32, u16),
    Frr(i64),
    Book(i64),
    Deposit(i32),
    Withdraw(i32),
    Down,
    Wait(i64),
}

fn events(withdrawals: bool) -> impl Strategy<Value = Vec<Event>> {
    let most = if withdrawals { 2_000 } else { 1 };
    let one = prop_oneof![
        4 => (100_i64..600, 100_i32..3_000, 2_u16..5).prop_map(|(rate, amount, period)| Event::Print(rate, amount, period)),
        1 => (150_i64..500).prop_map(Event::Frr),
        1 => (150_i64..400).prop_map(Event::Book),
        1 => (1_i32..2_000).prop_map(Event::Deposit),
        1 => (0_i32..most).prop_map(Event::Withdraw),
        1 => Just(Event::Down),
        3 => (1_i64..100_000).prop_map(Event::Wait),
    ];
    proptest::collection::vec(one, 1..40)
}

/// A desk to which events happen, each answered at once by an exchange that takes every write.
struct Course {
    desk: Desk,
    whole: i32,
    prints: i64,
    acts: Vec<Intent>,
    wakeups: Vec<Timestamp>,
    /// Nothing runs beside.
    alone: bool,
}

impl Course {
    fn new(policy: Policy, alone: bool) -> Self {
        let desk = Desk::ready(policy, Restored::default(), snapshot("3000", "3000", vec![], vec![]));
        let mut course = Self { desk, whole: 3_000, prints: 0, acts: Vec::new(), wakeups: Vec::new(), alone };
        course.tick(1);
        course
    }

    fn rates(units: i64) -> DailyRate {
        DailyRate::from_units(units * 1_000_000)
    }

    fn tick(&mut self, seconds: i64) {
        // What is decided at one tick is in the view of a later one; then nothing is left to decide.
        for pause in [seconds, 1, 1, 1] {
            self.forget();
            for act in self.desk.tick(pause) {
                self.answer(&act);
                self.acts.push(act);
            }
            self.wakeups.push(self.desk.engine.next_wakeup());
        }
    }

    fn answer(&mut self, act: &Intent) {
        let paper = self.desk.view.paper;
        let made = match &act.action {
            Action::Submit(submit) => {
                let number = i64::try_from(act.id.0).unwrap();
                Some(Offer::placed(OfferId(if paper { -number } else { number }), submit, self.desk.at))
            }
            Action::Cancel(_) => None,
        };
        self.desk.accept(act, made);
        if let (Action::Cancel(cancel), false) = (&act.action, paper) {
            let gone = Offer {
                id: cancel.offer,
                status: OfferStatus::Canceled,
                ..offer(1, Amount::ZERO, Amount::ZERO, self.desk.at)
            };
            self.desk.private(AccountNews::Offer(Change::Closed, gone));
        }
    }

    fn forget(&mut self) {
        if self.alone {
            let wallets = self.desk.engine.accounts.values_mut().flat_map(|account| account.wallets.values_mut());
            wallets.for_each(|wallet| wallet.beside.clear());
        }
    }

    fn happen(&mut self, event: &Event) {
        self.forget();
        match *event {
            Event::Print(rate, amount, period) => {
                self.prints += 1;
                self.desk.at = self.desk.at.plus(SECOND);
                let (amount, rate, period) = (Amount::whole(amount), Self::rates(rate), Days::new(period));
                let print = Print { id: self.prints, at: self.desk.at, amount, taken: true, rate, period };
                self.desk.feed(Body::Market(MarketNews::Prints(Currency::USD, vec![print])));
            }
            Event::Frr(rate) => {
                let ticker = Ticker { frr: Some(Self::rates(rate)), last: Some(Self::rates(200)), ..Ticker::default() };
                self.desk.feed(Body::Market(MarketNews::Ticker(Currency::USD, ticker)));
            }
            Event::Book(rate) => {
                let level = level(Self::rates(rate), 700);
                self.desk.feed(Body::Market(MarketNews::Book(Currency::USD, vec![level])));
            }
            Event::Deposit(more) => self.wallet(self.whole + more),
            Event::Withdraw(less) => self.wallet((self.whole - less).max(0)),
            Event::Down => {
                self.desk.feed(Body::Link(Stream::Market, LinkState::Down));
                self.tick(60);
                self.desk.feed(Body::Link(Stream::Market, LinkState::Up));
                self.desk.market();
            }
            Event::Wait(seconds) => self.tick(seconds),
        }
        self.tick(1);
    }

    fn wallet(&mut self, whole: i32) {
        self.whole = whole;
        balance(&mut self.desk, whole);
    }
}

fn shadowy() -> Profile {
    let mut two = profile();
    two.name = "two".into();
    two.slices[0].share = Ratio::percent(60);
    let mut long = two.slices[0].clone();
    long.name = "long".into();
    long.share = Ratio::percent(40);
    long.period = PeriodRule::Fixed(Days::new(30));
    long.rate = RateRule::Depth { amount: Quantity::Own(Amount::whole(400)) };
    let by = Fall::Part(Ratio::percent(30));
    long.modifiers.decay = Some(Decay { every: HOUR, by, start: Ratio::percent(150), to: Bottom::Rule });
    two.slices.push(long);
    two
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn nobody_lends_more_than_there_is(course in events(true)) {
        let mut one = Course::new(with_shadow(live(), Some(shadowy())), false);
        let mut earned = Total::ZERO;
        for event in &course {
            one.happen(event);
            for which in [Benchmark::FrrAutoRenew, Benchmark::BestOffer, Benchmark::Shadow] {
                let status = beside(&one.desk, which);
                prop_assert_eq!(status.base, Amount::whole(one.whole));
                let used = Total::from(status.lent).plus(status.offered);
                prop_assert!(used <= Total::from(status.base), "{:?} after {:?}: {:?}", which, event, status);
            }
            let interest = beside(&one.desk, Benchmark::Shadow).interest;
            prop_assert!(interest >= earned, "nothing that was earned is lost");
            earned = interest;
        }
    }

    #[test]
    fn the_account_does_the_same_with_and_without(course in events(true), paper in any::<bool>()) {
        let policy = Policy { paper, ..live() };
        let mut plain = Course::new(policy.clone(), false);
        let mut shadowed = Course::new(with_shadow(policy.clone(), Some(shadowy())), false);
        let mut alone = Course::new(policy, true);
        for event in &course {
            for one in [&mut plain, &mut shadowed, &mut alone] {
                one.happen(event);
            }
        }
        for other in [&shadowed, &alone] {
            prop_assert_eq!(&plain.acts, &other.acts);
            prop_assert_eq!(&plain.wakeups, &other.wakeups);
            prop_assert_eq!(&plain.desk.notes, &other.desk.notes);
            prop_assert_eq!(&plain.desk.memories, &other.desk.memories);
            prop_assert_eq!(&plain.desk.readings, &other.desk.readings);
            let mut seen = other.desk.usd().clone();
            (seen.benchmarks, seen.shadow) = (plain.desk.usd().benchmarks.clone(), None);
            prop_assert_eq!(plain.desk.usd(), &seen);
        }
    }

    #[test]
    fn a_shadow_does_what_a_paper_account_does_with_the_same_profile(course in events(false)) {
        let policy = Policy { paper: true, ..policy(shadowy(), |_, _| {}) };
        let mut one = Course::new(with_shadow(policy, Some(shadowy())), false);
        for event in &course {
            one.happen(event);
            let (usd, shadow) = (one.desk.usd(), beside(&one.desk, Benchmark::Shadow));
            prop_assert_eq!((usd.lent, usd.offered), (shadow.lent, shadow.offered), "after {:?}", event);
            prop_assert_eq!(usd.interest_estimated, shadow.interest);
            prop_assert_eq!(shadow.own_interest, shadow.interest);
        }
    }

    #[test]
    fn the_same_events_give_the_same_books(course in events(true)) {
        let run = || {
            let mut one = Course::new(with_shadow(live(), Some(shadowy())), false);
            for event in &course {
                one.happen(event);
            }
            (one.desk.engine.digest(), one.desk.usd().benchmarks.clone())
        };
        prop_assert_eq!(run(), run());
    }
}
