//! Any course of events at all.

use super::*;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Pass(u64),
    Opened,
    Closed,
    Text(usize),
    Timer,
}

const TEXTS: [&str; 14] = [
    INFO,
    CONF,
    r#"{"event":"info","version":2,"platform":{"status":0}}"#,
    r#"{"event":"info","code":20051}"#,
    r#"{"event":"info","code":20060}"#,
    r#"{"event":"info","code":20061}"#,
    r#"{"event":"subscribed","channel":"book","chanId":7,"symbol":"fUSD"}"#,
    r#"{"event":"error","channel":"book","symbol":"fUSD","code":10012}"#,
    "[7,[0.0001,2,1,5],1]",
    r#"[0,"fos",[],1,0]"#,
    r#"{"event":"auth","status":"OK","caps":{}}"#,
    r#"{"event":"auth","status":"FAILED","code":10100,"msg":"x"}"#,
    r#"[7,"hb",2]"#,
    "junk",
];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(
        prop_oneof![
            3 => (0_u64..70_000).prop_map(Step::Pass),
            3 => Just(Step::Opened),
            2 => Just(Step::Closed),
            6 => (0..TEXTS.len()).prop_map(Step::Text),
            6 => Just(Step::Timer),
        ],
        0..300,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever happens, the exchange's limits on connections hold, the session never sends when it has no connection,
    /// says how its link stands only when that changes, and always has a next timer.
    #[test]
    fn limits_hold_over_any_course_of_events(private in any::<bool>(), seed in any::<u64>(), steps in steps()) {
        let role = if private { Role::Private } else { Role::Public(vec![Subscription::Book(Currency::USD)]) };
        let mut session = Session::new(role, seed);
        let (mut now, mut open, mut connecting) = (0_u64, false, false);
        let (mut connects, mut link) = (Vec::new(), LinkState::Down);
        for step in steps {
            let at = WireTime::from_millis(now);
            match step {
                Step::Pass(millis) => now += millis,
                Step::Opened if connecting => {
                    (open, connecting) = (true, false);
                    session.opened(at);
                }
                Step::Closed if open || connecting => {
                    (open, connecting) = (false, false);
                    session.closed(at);
                }
                Step::Text(which) if open => session.text(at, TEXTS[which]),
                Step::Timer => session.timer(at),
                Step::Opened | Step::Closed | Step::Text(_) => {}
            }
            while let Some(output) = session.poll() {
                if output == Output::Connect {
                    prop_assert!(!open && !connecting);
                    connecting = true;
                    connects.push(now);
                } else if output == Output::Close {
                    (open, connecting) = (false, false);
                } else if matches!(output, Output::Send(_) | Output::Authenticate) {
                    prop_assert!(open);
                } else if let Output::Link(new) = output {
                    prop_assert!(new != link);
                    link = new;
                }
            }
            prop_assert_eq!(session.is_up(), link == LinkState::Up);
            prop_assert!(open || link == LinkState::Down);
            prop_assert!(session.next_timer().is_some());
        }
        let (count, within) = if private { (5, 15_000) } else { (20, 60_000) };
        for window in connects.windows(count + 1) {
            prop_assert!(window[count] - window[0] > within);
        }
    }
}
