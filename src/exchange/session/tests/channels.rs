//! The channels of a public session: refused, silent, unreadable, and changed while it runs.

use super::*;

#[test]
fn a_book_is_asked_for_shorter_when_it_is_refused_and_a_refused_channel_holds_nobody_up() {
    let mut driver = Driver::public(vec![Subscription::Book(Currency::USD)]);
    driver.connect();
    let mut asked = sent(&driver.say(INFO))[1].to_owned();
    let refused = r#"{"event":"error","channel":"book","symbol":"fUSD","msg":"len: invalid","code":10012}"#;
    for length in ["250", "100", "25"] {
        assert!(asked.contains(&format!(r#""len":"{length}""#)), "{asked}");
        asked = sent(&driver.say(refused)).first().copied().unwrap_or_default().to_owned();
    }
    assert!(driver.session.is_up());
}

#[test]
fn a_channel_that_cannot_be_read_is_opened_anew_once_a_minute() {
    let mut driver = Driver::with_book();
    let again = [
        r#"{"event":"unsubscribe","chanId":7}"#,
        r#"{"event":"subscribe","channel":"book","symbol":"fUSD","prec":"P0","freq":"F0","len":"250"}"#,
    ];
    let outputs = driver.say(r#"[7,["?",2,1,5],2]"#);
    assert!(matches!(outputs[0], Output::Unreadable { .. }), "{outputs:?}");
    assert_eq!(sent(&outputs), again);
    assert_eq!(driver.say("[7,[0.0001,2,0,1],3]"), [Output::Ignored], "late news of the closed channel");
    driver.say(&subscribed("book", 8));
    assert!(matches!(driver.say("[8,[[0.0001,2,1,5]],4]").as_slice(), [Output::Market(MarketNews::Book(..))]));
    assert_eq!(sent(&driver.say(r#"[8,["?",2,1,5],5]"#)), [] as [&str; 0], "not twice in a minute");
    driver.pass(60);
    assert_eq!(sent(&driver.say(r#"[8,["?",2,1,5],6]"#)).len(), 2);
    // Refused after it was relied on: nothing may stand still unnoticed.
    let refused = r#"{"event":"error","code":10305,"msg":"limit","channel":"book","symbol":"fUSD"}"#;
    let outputs = driver.say(refused);
    assert!(outputs.contains(&Output::Close) && outputs.contains(&Output::Link(LinkState::Down)), "{outputs:?}");
}

#[test]
fn a_hole_in_the_book_within_a_minute_of_the_last_is_mended_when_the_minute_is_over() {
    let mut driver = Driver::with_book();
    driver.say(r#"[7,["?",2,1,5],2]"#);
    let renewed = driver.at();
    driver.say(&subscribed("book", 8));
    driver.say("[8,[[0.0001,2,1,5]],3]");
    driver.pass(20);
    assert_eq!(sent(&driver.say(r#"[8,["?",2,1,5],4]"#)), [] as [&str; 0], "not twice in a minute");
    // What goes on telling of other levels does not fill the hole.
    for sequence in 5..7 {
        driver.pass(15);
        driver.say(&format!("[8,[0.0002,2,1,5],{sequence}]"));
    }
    let outputs = driver.wait_for_timer();
    assert_eq!(driver.at(), renewed.plus(MINUTE));
    assert_eq!(sent(&outputs)[0], r#"{"event":"unsubscribe","chanId":8}"#);
    assert!(sent(&outputs)[1].contains(r#""channel":"book""#));
    driver.say(&subscribed("book", 9));
    driver.say("[9,[[0.0001,2,1,5]],7]");
    let next = driver.session.next_timer().unwrap();
    assert!(next > driver.at(), "it is whole again: nothing is due");
    assert_eq!(sent(&driver.wait_for_timer()), [r#"{"event":"ping","cid":1}"#]);
}

#[test]
fn a_channel_that_was_refused_is_asked_for_again_later() {
    let mut driver = Driver::public(vec![Subscription::Ticker(Currency::USD)]);
    driver.connect();
    driver.say(INFO);
    let refused = r#"{"event":"error","code":10300,"msg":"subscribe: unknown","channel":"ticker","symbol":"fUSD"}"#;
    assert!(matches!(
        driver.say(refused).as_slice(),
        [Output::SubscriptionRefused { .. }, Output::Link(LinkState::Up)]
    ));
    let mut asked = Vec::new();
    for minute in 1..=10 {
        for _ in 0..2 {
            driver.pass(30);
            driver.session.timer(driver.at());
            asked.extend(sent(&driver.outputs()).iter().filter(|text| text.contains("subscribe")).map(|_| minute));
            driver.say(r#"{"event":"pong","cid":1}"#);
        }
    }
    assert_eq!(asked, [10]);
    assert_eq!(driver.say(&subscribed("ticker", 5)), []);
}

#[test]
fn what_is_listened_to_changes_without_touching_the_rest() {
    let mut driver = Driver::with_book();
    let usd = Currency::USD;
    driver.session.set_subscriptions(driver.at(), vec![Subscription::Book(usd), Subscription::Ticker(usd)]);
    assert_eq!(sent(&driver.outputs()), [r#"{"event":"subscribe","channel":"ticker","symbol":"fUSD"}"#]);
    driver.session.set_subscriptions(driver.at(), vec![]);
    assert_eq!(sent(&driver.outputs()), [r#"{"event":"unsubscribe","chanId":7}"#]);
    // The ticker was asked for and is no longer wanted.
    assert_eq!(sent(&driver.say(&subscribed("ticker", 9))), [r#"{"event":"unsubscribe","chanId":9}"#]);
    let many: Vec<_> = (0..30).map(|at| Subscription::Candles(format!("k{at}"))).collect();
    assert_eq!(split(&many).iter().map(Vec::len).collect::<Vec<_>>(), [25, 5]);
    let fewer: Vec<_> = many.iter().skip(3).cloned().chain([Subscription::Ticker(usd)]).collect();
    let placed = place(&split(&many), &fewer);
    assert_eq!(placed.iter().map(Vec::len).collect::<Vec<_>>(), [23, 5], "what stays wanted stays where it is");
    assert_eq!(placed[0].last(), Some(&Subscription::Ticker(usd)));
    driver.session.set_subscriptions(driver.at(), many);
    let outputs = driver.outputs();
    let surplus = outputs.iter().filter(|output| matches!(output, Output::SubscriptionRefused { code: 10_305, .. }));
    assert_eq!((surplus.count(), sent(&outputs).len()), (5, 25));
}

#[test]
fn a_channel_that_falls_silent_alone_is_opened_anew() {
    let mut driver = Driver::with_book();
    for _ in 0..6 {
        driver.pass(10);
        driver.say(r#"{"event":"pong","cid":1}"#);
    }
    let outputs = driver.wait_for_timer();
    assert_eq!(sent(&outputs)[0], r#"{"event":"unsubscribe","chanId":7}"#);
    assert!(sent(&outputs)[1].contains(r#""channel":"book""#));
    // What still comes on the old channel is dropped, the new one counts.
    assert_eq!(driver.say("[7,[0.0001,2,0,1],2]"), [Output::Ignored]);
    driver.say(&subscribed("book", 8));
    assert!(matches!(driver.say("[8,[],3]").as_slice(), [Output::Market(MarketNews::Book(..))]));
    // The account's own channel has no other way than a new connection.
    let mut driver = Driver::with_account();
    for _ in 0..6 {
        driver.pass(9);
        driver.say(r#"{"event":"pong","cid":1}"#);
    }
    assert_eq!(driver.wait_for_timer()[0], Output::Close);
}
