use proptest::prelude::*;

use super::*;
use crate::domain::{Days, HOUR, LentId, LentKind, MINUTE, OfferId, SECOND};

const DAILY: Millis = HOUR.times(4);

fn name() -> AccountName {
    AccountName::new("main").unwrap()
}

fn everything() -> Tells {
    Tells {
        loan_made: true,
        loan_returned: true,
        idle_after: Some(HOUR),
        key_refused: true,
        not_ready_after: Some(MINUTE.times(5)),
        reload_refused: true,
        daily_at: Some(DAILY),
        rate_above: Some(DailyRate::from_units(500_000_000)),
    }
}

fn at(span: Millis) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000).plus(span)
}

fn watcher(tells: Tells) -> Watcher {
    Watcher::new(tells, None, at(Millis::new(0)))
}

fn look(span: Millis) -> Look {
    Look { at: at(span), ..Look::default() }
}

fn said(messages: &[Message]) -> Vec<(Event, Tone)> {
    messages.iter().map(|message| (message.event, message.tone)).collect()
}

fn filled(amount: i32) -> Note {
    Note::Filled {
        account: name(),
        currency: Currency::USD,
        offer: OfferId(7),
        amount: Amount::whole(amount),
        rate: DailyRate::from_units(200_000_000),
        period: Days::MIN,
        waited: MINUTE,
    }
}

#[test]
fn a_calm_house_is_not_spoken_of() {
    let mut watcher = watcher(everything());
    for minute in 0..600 {
        assert_eq!(watcher.look(&look(MINUTE.times(minute))), []);
    }
}

#[test]
fn readiness_is_told_after_a_while_and_its_return_at_once() {
    let mut watcher = watcher(everything());
    let bad = |minutes| Look { faults: vec!["account main stream: it is down".into()], ..look(MINUTE.times(minutes)) };
    assert_eq!(watcher.look(&bad(0)), []);
    assert_eq!(watcher.look(&bad(4)), []);
    // A blip is none.
    assert_eq!(watcher.look(&look(MINUTE.times(5))), []);
    assert_eq!(watcher.look(&bad(6)), []);
    let told = watcher.look(&bad(12));
    assert_eq!(said(&told), [(Event::NotReady, Tone::Trouble)]);
    assert_eq!(
        (told[0].title.as_str(), told[0].text.as_str()),
        ("Not ready for 6 min", "account main stream: it is down")
    );
    assert_eq!(watcher.look(&bad(900)), [], "once");
    assert_eq!(said(&watcher.look(&look(MINUTE.times(901)))), [(Event::NotReady, Tone::Over)]);
    assert_eq!(watcher.look(&look(MINUTE.times(902))), []);
}

#[test]
fn a_refused_reload_is_told_once_for_each_reason() {
    let mut watcher = watcher(everything());
    let refused = |why: &str| Look { config_fault: Some(why.into()), ..look(SECOND) };
    assert_eq!(said(&watcher.look(&refused("a"))), [(Event::ReloadRefused, Tone::Trouble)]);
    assert_eq!(watcher.look(&refused("a")), []);
    let told = watcher.look(&refused(&"b".repeat(5_000)));
    assert_eq!(said(&told), [(Event::ReloadRefused, Tone::Trouble)]);
    assert!(told[0].text.len() <= FAULT);
    assert_eq!(said(&watcher.look(&look(SECOND))), [(Event::ReloadRefused, Tone::Over)]);
}

#[test]
fn a_key_is_told_when_it_changes_and_waiting_changes_nothing() {
    let mut watcher = watcher(everything());
    let key = |fault: Option<&str>| Look { keys: [(name(), fault.map(str::to_owned))].into(), ..look(SECOND) };
    assert_eq!(watcher.look(&key(None)), [], "good from the start");
    let told = watcher.look(&key(Some("withdraw")));
    assert_eq!(said(&told), [(Event::KeyRefused, Tone::Trouble)]);
    assert_eq!(told[0].account, Some(name()));
    // The exchange is out of reach for a while: nobody knows better.
    assert_eq!(watcher.look(&look(SECOND)), []);
    assert_eq!(watcher.look(&key(Some("withdraw"))), []);
    assert_eq!(said(&watcher.look(&key(Some("revoked")))), [(Event::KeyRefused, Tone::Trouble)]);
    assert_eq!(said(&watcher.look(&key(None))), [(Event::KeyRefused, Tone::Over)]);
}

fn idle(hours: i64, reasons: &[(IdleReason, i32)]) -> Look {
    let by_reason = reasons.iter().map(|(reason, amount)| (*reason, Amount::whole(*amount))).collect();
    let idle = Idle { balance: Amount::whole(1_000), by_reason };
    Look { idle: [((name(), Currency::USD), idle)].into(), ..look(HOUR.times(hours)) }
}

#[test]
fn idle_money_counts_unless_the_users_own_files_hold_it_back() {
    let mut watcher = watcher(everything());
    let own = [(IdleReason::Keep, 500), (IdleReason::Reserve, 300), (IdleReason::BelowFloor, 50)];
    for hour in 0..5 {
        assert_eq!(watcher.look(&idle(hour, &own)), [], "5 % is not over 5 %");
    }
    let much = [(IdleReason::Keep, 500), (IdleReason::BelowFloor, 30), (IdleReason::Disconnected, 40)];
    assert_eq!(watcher.look(&idle(5, &much)), []);
    let told = watcher.look(&idle(6, &much));
    assert_eq!(told[0].title, "70 USD of account main idle for 1 h 0 min");
    assert_eq!(told[0].text, "of 1000 USD, mostly for disconnected");
    assert_eq!(watcher.look(&idle(30, &much)), []);
    assert_eq!(said(&watcher.look(&idle(31, &own))), [(Event::Idle, Tone::Over)]);
}

#[test]
fn a_high_rate_is_told_again_only_after_it_was_well_below() {
    let mut watcher = watcher(everything());
    let mut told = |units: i64| {
        let rates = [(Currency::USD, DailyRate::from_units(units * 1_000_000))].into();
        watcher.look(&Look { rates, ..look(SECOND) }).pop().map(|message| message.title)
    };
    assert_eq!(told(499), None);
    assert_eq!(told(500).as_deref(), Some("USD: 0.05 %/day"));
    assert_eq!((told(900), told(451), told(900)), (None, None, None));
    assert_eq!(told(449), None);
    assert_eq!(told(700).as_deref(), Some("USD: 0.07 %/day"));
}

#[test]
fn loans_of_a_batch_are_told_together() {
    let mut watcher = watcher(everything());
    for _ in 0..25 {
        watcher.note(&filled(200), at(SECOND));
    }
    let back = Note::Returned {
        account: name(),
        currency: Currency::USD,
        lent: LentId { kind: LentKind::Loan, id: 3 },
        amount: Amount::whole(150),
        rate: DailyRate::from_units(200_000_000),
        period: Days::MIN,
        held: HOUR,
    };
    watcher.note(&back, at(SECOND));
    assert_eq!(watcher.look(&look(SECOND.times(10))), []);
    let told = watcher.look(&Look { paper: true, ..look(SECOND.times(11)) });
    assert_eq!(said(&told), [(Event::LoanMade, Tone::News), (Event::LoanReturned, Tone::News)]);
    assert_eq!(told[0].title, "On paper: Lent 5000 USD");
    assert_eq!(told[0].text.lines().count(), TOLD + 1);
    assert!(told[0].text.starts_with("main: 200 USD at 0.02 %/day (7.3 %/year) for 2 d\n"), "{}", told[0].text);
    assert!(told[0].text.ends_with("\nand 15 more"), "{}", told[0].text);
    assert_eq!(told[1].title, "On paper: Came back: 150 USD");
    assert_eq!(watcher.look(&look(MINUTE)), []);
}

#[test]
fn each_switch_is_its_own() {
    let mut silent = watcher(Tells::default());
    silent.note(&filled(200), at(SECOND));
    let mut bad = idle(100, &[(IdleReason::BelowFloor, 900)]);
    bad.faults = vec!["engine: stuck".into()];
    bad.config_fault = Some("line 3".into());
    bad.keys = [(name(), Some("withdraw".into()))].into();
    bad.rates = [(Currency::USD, DailyRate::from_units(i64::MAX))].into();
    for _ in 0..3 {
        assert_eq!(silent.look(&bad), []);
        bad.at = bad.at.plus(DAY);
    }
    assert_eq!(silent.look(&look(DAY.times(200))), []);
    assert_eq!(silent.daily_due(bad.at), None);
}

#[test]
fn a_new_time_for_the_daily_message_waits_for_its_turn() {
    let noon = Timestamp::from_millis(0).plus(DAY.times(20_000)).plus(HOUR.times(12));
    let mut watcher = Watcher::new(everything(), Some(noon.minus(HOUR.times(8))), noon);
    assert_eq!(watcher.daily_due(noon), None);
    watcher.change(Tells { daily_at: Some(HOUR.times(11)), ..everything() }, noon);
    assert_eq!(watcher.daily_due(noon), None, "today had its message");
    let tomorrow = noon.plus(DAY);
    assert_eq!(watcher.daily_due(tomorrow), Some(tomorrow.minus(HOUR)));
    // What it has told of the house is not told anew.
    let bad = Look { config_fault: Some("a".into()), at: noon, ..Look::default() };
    assert_eq!(watcher.look(&bad).len(), 1);
    watcher.change(everything(), noon);
    assert_eq!(watcher.look(&bad), []);
}

proptest! {
    /// Whatever happens, trouble and its end are told in turns, trouble first, and never within the patience.
    #[test]
    fn trouble_and_its_end_take_turns(steps in prop::collection::vec((any::<bool>(), 1_i64..400), 1..200)) {
        let mut watcher = watcher(everything());
        let (mut now, mut told, mut since) = (Millis::new(0), false, None);
        for (bad, seconds) in steps {
            now = now.plus(SECOND.times(seconds));
            let faults = if bad { vec!["x".to_owned()] } else { Vec::new() };
            since = if bad { since.or(Some(now)) } else { None };
            for (_, tone) in said(&watcher.look(&Look { faults, ..look(now) })) {
                match tone {
                    Tone::Trouble => prop_assert!(!told && bad && now.get() - since.unwrap().get() >= 300_000),
                    Tone::Over => prop_assert!(told && !bad),
                    Tone::News => prop_assert!(false),
                }
                told = tone == Tone::Trouble;
            }
            let lasts = since.is_some_and(|since: Millis| now.get() - since.get() >= 300_000);
            prop_assert_eq!(told, told && bad || lasts, "trouble that lasts is told");
        }
    }

    /// The daily message comes once for each day that has somebody looking, whatever the restarts, and at its time.
    #[test]
    fn earnings_are_told_once_a_day(
        time in 0_i64..86_400,
        steps in prop::collection::vec((1_i64..200_000, any::<bool>()), 1..120),
    ) {
        let tells = Tells { daily_at: Some(SECOND.times(time)), ..Tells::default() };
        let mut kept = None;
        let start = at(Millis::new(0));
        let (mut now, mut watcher) = (start, Watcher::new(tells.clone(), None, start));
        let mut days = BTreeSet::new();
        for (seconds, restart) in steps {
            now = now.plus(SECOND.times(seconds));
            if restart {
                // One that never told begins with the next: the first may be lost with it.
                watcher = Watcher::new(tells.clone(), kept, now);
            }
            if let Some(due) = watcher.daily_due(now) {
                prop_assert!(due > start && due <= now && now.since(due) < DAY);
                prop_assert_eq!(due.millis().rem_euclid(DAY.get()), time * 1_000);
                prop_assert!(days.insert(due.day()), "twice");
                watcher.daily_told(due);
                kept = Some(due);
            } else {
                prop_assert!(kept.is_none_or(|told| now.since(told) < DAY), "missed");
            }
            prop_assert_eq!(watcher.daily_due(now), None);
        }
    }
}
