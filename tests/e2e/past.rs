//! Rules that look at the recent past, from a cold start.

use super::bourse::{Bourse, Lender, MAIN, amount};
use super::commands::run;
use super::daemon::House;
use super::wait::until;

/// Every rule and bound that needs the candles of the past.
const PROFILE: &str = r#"
[limits]
floor = "0.0001 %/day"

[[slice]]
name = "best"
share = "34 %"
rate = { rule = "best" }
at_most = { quantile = "95 %", window = "24h" }

[[slice]]
name = "rank"
share = "33 %"
rate = { rule = "quantile", rank = "60 %" }

[[slice]]
name = "high"
share = "33 %"
rate = { rule = "candle_high", nth = 3, window = "12h", factor = "99 %" }
"#;

#[test]
fn a_cold_start_asks_the_exchange_for_the_past_and_lends() {
    let mut bourse = Bourse::busy(&[Lender { dollars: "3000", ..MAIN }]);
    let house = House::build(&bourse, &[MAIN]);
    house.write("profiles/plain.toml", PROFILE);
    let told = run(&house, &["explain"], "").ended(0, "").out;
    for rule in ["best", "quantile", "candle_high"] {
        assert!(told.contains(rule), "explain reads the past by itself: {told}");
    }
    assert!(!told.contains("stale_data"), "{told}");
    let daemon = house.serve();
    until(
        60,
        || format!("every slice to lend: {}", daemon.dollars("main")),
        || {
            let shown = daemon.dollars("main");
            let busy = amount(&shown["lent_amount"]).units() + amount(&shown["offered_amount"]).units();
            (busy > 299_900_000_000).then_some(())
        },
    );
    bourse.books("main").check();
}
