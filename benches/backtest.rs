//! How long a back-test takes: a year of hourly candles with one profile that reconsiders every minute (the bar is 5 s on one
//! core), the same with the habits and the foresight beside it, and a month of the modelled market.
//! `cargo bench --bench backtest`. No time is asserted: a figure is for people, a bar is not a test.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark is for people")]
#![expect(clippy::disallowed_methods, reason = "whoever measures time reads the clock")]

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use yieldsforge::backtest::fill::FillModel;
use yieldsforge::backtest::lender::{ByEngine, Lender};
use yieldsforge::backtest::measure::{Figures, Tally};
use yieldsforge::backtest::tape::{Recorded, Tape};
use yieldsforge::backtest::venue::{Terms, Venue};
use yieldsforge::backtest::{Plan, Unit, run};
use yieldsforge::domain::{AccountName, Amount, Currency, DAY, DailyRate, Days, HOUR, MINUTE, Ratio, Timestamp};
use yieldsforge::exchange::sim::market::{Random, Refinancing};
use yieldsforge::strategy::stats::Parameters;
use yieldsforge::strategy::{PeriodRule, Profile, ProfileLimits, Quantity, RateRule, RateSpec, Slice};

/// 2025-01-01 00:00 UTC.
const START: i64 = 1_735_689_600_000;

fn profile(rule: RateRule) -> Profile {
    let period = if rule == RateRule::Adaptive { PeriodRule::Adaptive } else { PeriodRule::Fixed(Days::MIN) };
    let slice = Slice { period, ..Slice::plain("core", rule) };
    let limits = ProfileLimits {
        floor: RateSpec { rate: DailyRate::from_units(10_000_000), net: false },
        ceiling: None,
        max_offer: None,
        max_period: Days::MAX,
        max_offers: 20,
    };
    Profile { name: "bench".to_owned(), description: String::new(), limits, slices: vec![slice] }
}

/// A year of hours around 7 % a year.
fn candles() -> String {
    let mut random = Random::at(1, 1, 1);
    let mut text = String::from("mts,open,close,high,low,volume\n");
    let (mut level, mut open) = (0.0_f64, 2e-4);
    for hour in 0..8_760 {
        level = 0.97 * level + 0.06 * random.normal();
        let close = 2e-4 * level.exp();
        let high = f64::max(open, close) * (0.12 * random.normal().abs()).exp();
        let low = f64::min(open, close) * 0.97;
        let at = START + hour * HOUR.get();
        let volume = random.lognormal(2.5e6, 0.7);
        writeln!(text, "{at},{open:.10},{close:.10},{high:.10},{low:.10},{volume:.0}").unwrap();
        open = close;
    }
    text
}

/// Lends over the candles without habits and foresight.
fn alone(path: &Path, rule: RateRule) {
    let from = Timestamp::from_millis(START);
    let to = from.plus(HOUR.times(8_760));
    let terms = Terms {
        currency: Currency::USD,
        amount: Amount::whole(10_000),
        fee: Ratio::percent(15),
        fills: FillModel::Strict,
        refinancing: Refinancing::Mild,
        seed: 1,
        usd_price: Amount::whole(1),
    };
    let name = AccountName::new("backtest").unwrap();
    let venue = Venue::new(terms, Tally::new(from, to));
    let lender = ByEngine::new(Arc::new(profile(rule)), MINUTE, name, venue);
    // As a back-test of candles has it.
    let adapts = rule == RateRule::Adaptive;
    let mut lender = Box::new(if adapts { lender.tuned(&Parameters::hourly()) } else { lender });
    let mut tape = Recorded::open(path, Currency::USD).unwrap();
    lender.deposit(from);
    while let Some(moment) = tape.next().unwrap() {
        lender.moment(&moment);
    }
    assert!(Figures::of(lender.end(to), terms.amount).net_apr > 0.0, "nothing was lent");
}

fn main() {
    let folder = std::env::temp_dir().join(format!("yieldsforge-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("fUSD-1h-p2_year.csv");
    std::fs::write(&path, candles()).unwrap();
    let plan = Plan {
        profiles: Vec::new(),
        currency: Currency::USD,
        amount: Amount::whole(10_000),
        usd_price: Amount::whole(1),
        fee: Ratio::percent(15),
        every: MINUTE,
        fills: None,
        refinancing: Refinancing::Mild,
        from: None,
        to: None,
        warm_up: DAY,
        days: 30,
    };
    let depth = RateRule::Depth { amount: Quantity::Own(Amount::whole(20_000)) };
    for (name, rule) in [("depth", depth), ("adaptive", RateRule::Adaptive)] {
        let began = Instant::now();
        alone(&path, rule);
        println!("a year of candles, {name}, nobody beside it: {:?}", began.elapsed());
        let tapes = [("a year of candles", Unit::Data(path.clone(), 1)), ("44 modelled days", Unit::Model(1))];
        for (what, unit) in tapes {
            let warm_up = if matches!(unit, Unit::Model(_)) { DAY.times(14) } else { DAY };
            let plan = Plan { warm_up, profiles: vec![Arc::new(profile(rule))], ..plan.clone() };
            let began = Instant::now();
            let result = run(&plan, &unit, &|_| ()).unwrap();
            println!("{what}, {name}, {} lenders in all, and foresight: {:?}", result.rows.len(), began.elapsed());
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
