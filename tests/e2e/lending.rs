//! The daily round: offered, filled, returned, offered again.

use serde_json::Value;
use yieldsforge::domain::Amount;

use super::bourse::{Bourse, Lender, MAIN, amount, near};
use super::daemon::{Daemon, House};
use super::wait::until;

fn usd(units: i32) -> Amount {
    Amount::whole(units)
}

/// Waits until `/status` shows the books as they are at the exchange.
fn agrees(daemon: &Daemon, bourse: &mut Bourse) -> Value {
    until(
        30,
        || format!("/status to show the books: {}", daemon.dollars("main")),
        || {
            let (books, shown) = (bourse.books("main"), daemon.dollars("main"));
            let own: i64 = books.offers().iter().map(|(_, amount)| amount.units()).sum();
            let same = amount(&shown["balance_amount"]) == books.dollars("balance")
                && amount(&shown["lent_amount"]) == books.dollars("lent")
                && amount(&shown["offered_amount"]).units() == own;
            same.then_some(shown)
        },
    )
}

/// Every idle coin has a reason, and they sum up to what is idle.
fn idle_sums(shown: &Value) {
    let of = |field: &str| amount(&shown[field]).units();
    let idle = of("balance_amount") - of("lent_amount") - of("offered_amount") - of("foreign_amount");
    let reasons = shown["idle_amounts"].as_object().unwrap();
    assert_eq!(reasons.values().map(|text| amount(text).units()).sum::<i64>(), idle, "{shown}");
}

#[test]
fn money_is_offered_filled_returned_and_offered_again() {
    let mut bourse = Bourse::open(&[Lender { dollars: "1200", ..MAIN }]);
    let hand = bourse.hand_offer("main", "200");
    let house = House::build(&bourse, &[MAIN]);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    let shown = agrees(&daemon, &mut bourse);
    idle_sums(&shown);
    assert_eq!(amount(&shown["foreign_amount"]), usd(200));

    // In part.
    bourse.borrow("400");
    let shown = agrees(&daemon, &mut bourse);
    idle_sums(&shown);
    let books = bourse.books("main");
    assert_eq!(books.dollars("lent"), usd(400));
    assert_eq!(books.offers().len(), 1, "what is left of a partly filled offer keeps its place");
    // The rest.
    let rest = books.offers()[0].1;
    bourse.borrow(&rest.to_string());
    let shown = agrees(&daemon, &mut bourse);
    idle_sums(&shown);
    let books = bourse.books("main");
    assert!(books.offers().is_empty());
    assert!(near(books.dollars("lent"), usd(1_000)));

    // Back, and offered again.
    let loan = *books.loans().first().unwrap();
    bourse.give_back("main", loan);
    bourse.waits_for_offers("main", "400");
    let shown = agrees(&daemon, &mut bourse);
    idle_sums(&shown);

    let books = bourse.books("main");
    assert_eq!(books.hand_offers(), [(hand, usd(200))], "hand-made offers are left alone");
    assert_eq!((books.writes("submit").len(), books.writes("cancel").len()), (2, 0));
    books.check();
    assert_eq!(daemon.metric("yieldsforge_fills_total{account=\"main\",currency=\"USD\"}"), Some(2.0));
    until(
        30,
        || "the return to be counted".to_owned(),
        || {
            let returns = daemon.metric("yieldsforge_returns_total{account=\"main\",currency=\"USD\"}");
            (returns == Some(1.0)).then_some(())
        },
    );
    assert_eq!(daemon.metric("yieldsforge_ready"), Some(1.0));
    let text = daemon.page("/metrics").1;
    let sum = |name: &str| -> f64 {
        let series = format!("yieldsforge_{name}{{account=\"main\",currency=\"USD\",");
        text.lines()
            .filter(|line| line.starts_with(&series))
            .filter_map(|l| l.rsplit_once(' ')?.1.parse::<f64>().ok())
            .sum()
    };
    let kinds = |kind: &str| {
        daemon
            .metric(&format!("yieldsforge_wallet_amount{{account=\"main\",currency=\"USD\",kind=\"{kind}\"}}"))
            .unwrap()
    };
    let idle = kinds("total") - kinds("lent") - kinds("offered") - kinds("foreign");
    assert!((sum("idle_amount") - idle).abs() < 1e-6, "every idle coin has one reason: {text}");
}
