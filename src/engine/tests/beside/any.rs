//! Whatever happens to a market and a wallet: what runs beside an account changes nothing else, and nothing of it is lost.

use proptest::prelude::*;

use super::*;

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
