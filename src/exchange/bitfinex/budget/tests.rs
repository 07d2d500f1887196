use super::*;
use proptest::prelude::*;

fn at(millis: i64) -> Moment {
    Moment {
        market: Timestamp::from_millis(1_700_000_000_000 + millis),
        wire: WireTime::from_millis(u64::try_from(millis).unwrap_or(0)),
    }
}

const WALLETS: Ask = Ask { endpoint: Some(("wallets", 90)), urgency: Urgency::Later, lane: Some(LaneId(1)) };
const SUBMIT: Ask = Ask { endpoint: Some(("submit", 90)), urgency: Urgency::First, lane: Some(LaneId(1)) };
const STATS: Ask = Ask { endpoint: Some(("stats", 3)), urgency: Urgency::Later, lane: None };
const AUTH: Ask = Ask { endpoint: None, urgency: Urgency::First, lane: Some(LaneId(1)) };

#[test]
fn writes_go_before_queued_reads_and_one_at_a_time() {
    let mut budget = Budget::new(at(0));
    let first = budget.enqueue(WALLETS);
    assert_eq!(budget.poll(at(0)), Some(first));
    let read = budget.enqueue(WALLETS);
    let write = budget.enqueue(SUBMIT);
    assert_eq!(budget.poll(at(0)), None, "the lane is busy");
    assert_eq!(budget.wait(at(0)), None);
    budget.done(first);
    assert_eq!(budget.poll(at(0)), Some(write));
    budget.done(write);
    assert_eq!(budget.poll(at(0)), Some(read));
    assert_eq!(budget.left(at(0)), BURST - 3);
}

#[test]
fn another_key_and_public_calls_do_not_wait_for_this_key() {
    let mut budget = Budget::new(at(0));
    budget.enqueue(WALLETS);
    budget.poll(at(0));
    budget.enqueue(SUBMIT);
    let other = budget.enqueue(Ask { lane: Some(LaneId(2)), ..WALLETS });
    assert_eq!(budget.poll(at(0)), Some(other));
    let public = budget.enqueue(STATS);
    assert_eq!(budget.poll(at(0)), Some(public));
}

#[test]
fn an_endpoint_at_its_cap_waits_alone() {
    let mut budget = Budget::new(at(0));
    for second in 0..3 {
        budget.enqueue(STATS);
        assert!(budget.poll(at(second * 1_000)).is_some());
    }
    let late = budget.enqueue(STATS);
    let other = budget.enqueue(WALLETS);
    assert_eq!(budget.poll(at(3_000)), Some(other));
    assert_eq!(budget.wait(at(3_000)), Some(Wait::Market(Millis::new(57_001))));
    assert_eq!(budget.poll(at(60_000)), None);
    assert_eq!(budget.poll(at(60_001)), Some(late));
}

#[test]
fn a_429_silences_all_requests_in_wire_time_but_not_the_lane() {
    let mut budget = Budget::new(at(0));
    budget.limited(at(0).wire, Millis::new(99_000));
    let read = budget.enqueue(WALLETS);
    // Market time runs a thousand times faster here: the silence does not shorten by it.
    let fast = Moment { market: at(60_000_000).market, wire: at(64_999).wire };
    assert_eq!(budget.poll(fast), None);
    assert_eq!(budget.wait(fast), Some(Wait::Wire(Millis::new(1))));
    assert_eq!(budget.left(fast), 0);
    let auth = budget.enqueue(AUTH);
    assert_eq!(budget.poll(fast), Some(auth), "a socket may authenticate");
    budget.done(auth);
    assert_eq!(budget.poll(at(65_000)), Some(read));
}

#[test]
fn who_gives_up_leaves_no_trace() {
    let mut budget = Budget::new(at(0));
    let gone = budget.enqueue(SUBMIT);
    let read = budget.enqueue(WALLETS);
    budget.done(gone);
    assert_eq!(budget.waiting(), 1);
    assert_eq!(budget.poll(at(0)), Some(read));
}

#[test]
fn a_clock_set_back_does_not_stop_an_endpoint_for_hours() {
    let mut budget = Budget::new(at(0));
    for _ in 0..3 {
        budget.enqueue(STATS);
        budget.poll(at(0));
    }
    let late = budget.enqueue(STATS);
    assert_eq!(budget.poll(at(-3_600_000)), None);
    assert_eq!(budget.poll(at(-3_600_000 + 60_001)), Some(late));
}

#[derive(Debug, Clone)]
enum Step {
    Ask(u8),
    Pass(i64),
    Done,
    Limited(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0u8..4).prop_map(Step::Ask),
        4 => (0i64..20_000).prop_map(Step::Pass),
        6 => Just(Step::Done),
        1 => (0i64..6_000).prop_map(Step::Limited),
    ]
}

proptest! {
    /// In no window more than allowed, nothing inside the silence, one at a time in a lane, whoever waits gets through.
    #[test]
    fn never_more_than_allowed(steps in proptest::collection::vec(step(), 1..400)) {
        let kinds = [WALLETS, SUBMIT, STATS, AUTH];
        let (mut budget, mut now, mut silent_until) = (Budget::new(at(0)), 0i64, 0i64);
        let mut left: Vec<(i64, Ask)> = Vec::new();
        let mut asks = BTreeMap::new();
        let mut open: Vec<Ticket> = Vec::new();
        for step in steps {
            match step {
                Step::Ask(kind) => {
                    let ask = kinds[usize::from(kind)];
                    asks.insert(budget.enqueue(ask), ask);
                }
                Step::Pass(span) => now += span,
                Step::Done => open.drain(..).for_each(|ticket| budget.done(ticket)),
                Step::Limited(jitter) => {
                    budget.limited(at(now).wire, Millis::new(jitter));
                    silent_until = silent_until.max(now + 60_000 + jitter.min(5_000));
                }
            }
            while let Some(ticket) = budget.poll(at(now)) {
                let ask = asks[&ticket];
                prop_assert!(ask.endpoint.is_none() || now >= silent_until);
                let same_lane = |other: &&Ticket| ask.lane.is_some() && asks[*other].lane == ask.lane;
                prop_assert_eq!(open.iter().filter(same_lane).count(), 0);
                left.push((now, ask));
                open.push(ticket);
            }
        }
        let requests: Vec<_> = left.iter().filter_map(|(at, ask)| ask.endpoint.map(|endpoint| (*at, endpoint))).collect();
        for (start, (from, _)) in requests.iter().enumerate() {
            for (count, (to, _)) in requests[start..].iter().enumerate() {
                prop_assert!(i64::try_from(count).unwrap() < i64::from(BURST) + (to - from) / 1_000 + 1);
            }
            for (label, cap) in [("wallets", 90), ("submit", 90), ("stats", 3)] {
                let inside = |(at, (other, _)): &&(i64, (&str, u32))| *other == label && (*from..=from + 60_000).contains(at);
                prop_assert!(requests.iter().filter(inside).count() <= cap);
            }
        }
        // Liveness: told to wait, it lets everyone through in the end.
        while budget.waiting() > 0 {
            open.drain(..).for_each(|ticket| budget.done(ticket));
            if let Some(ticket) = budget.poll(at(now)) {
                open.push(ticket);
            } else {
                let Some(Wait::Market(span) | Wait::Wire(span)) = budget.wait(at(now)) else {
                    return Err(TestCaseError::fail("somebody waits for nothing"));
                };
                prop_assert!(span.get() > 0);
                now += span.get();
            }
        }
    }
}
