//! What other numbers would make of the adaptive rule: `cargo bench --bench tuning -- [SEEDS] [DAYS] [WORLD] NAME=VALUE…`, as in
//! `cargo bench --bench tuning -- 101..104 120 mild lindy=1.5 reversion=0.2,hold0=0.7`; CSV files in place of the seeds are
//! played one by one, three times each; `two` leaves the period out of it, which is two days then. Each setting lends beside the
//! shipped one over the modelled markets of the tuning seeds, with the same borrowers; what differs is told in points of net
//! yield a year, with the standard error over days. Seeds of 1000 and up are test seeds: they are judged once, by
//! `yieldsforge backtest`, and refused here.

#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::panic, reason = "a benchmark is for people")]
#![expect(
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "statistics for people"
)]

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use yieldsforge::backtest::fill::FillModel;
use yieldsforge::backtest::lender::{ByEngine, Lender};
use yieldsforge::backtest::measure::{Figures, Tally};
use yieldsforge::backtest::tape::{Modelled, Recorded, Tape};
use yieldsforge::backtest::venue::{Terms, Venue};
use yieldsforge::domain::{AccountName, Amount, Currency, DAY, DailyRate, Days, MINUTE, Ratio, Timestamp};
use yieldsforge::exchange::sim::market::{MarketProfile, Refinancing};
use yieldsforge::strategy::stats::Parameters;
use yieldsforge::strategy::{PeriodRule, Profile, ProfileLimits, RateRule, RateSpec, Slice};

/// 2026-01-01 00:00 UTC.
const FROM: Timestamp = Timestamp::from_millis(1_767_225_600_000);
const TEST_SEEDS: u64 = 1_000;

fn profile(two: bool) -> Arc<Profile> {
    let period = if two { PeriodRule::Fixed(Days::MIN) } else { PeriodRule::Adaptive };
    let slice = Slice { period, ..Slice::plain("all", RateRule::Adaptive) };
    let limits = ProfileLimits {
        floor: RateSpec { rate: DailyRate::from_units(27_000_000), net: false },
        ceiling: None,
        max_offer: None,
        max_period: Days::MAX,
        max_offers: 20,
    };
    Arc::new(Profile { name: "adaptive".to_owned(), description: String::new(), limits, slices: vec![slice] })
}

/// One change of a number.
fn set(parameters: &mut Parameters, name: &str, value: f64) {
    let to = match name {
        "level_half_life" => &mut parameters.level_half_life,
        "slow_half_life" => &mut parameters.slow_half_life,
        "day_half_life" => &mut parameters.day_half_life,
        "capital_lots" => &mut parameters.capital_lots,
        "ask_weight" => &mut parameters.ask_weight,
        "gap_half_life" => &mut parameters.gap_half_life,
        "lindy" => &mut parameters.lindy,
        "surprise" => &mut parameters.surprise,
        "surprise_least" => &mut parameters.surprise_least,
        "redeploy" => &mut parameters.redeploy,
        "hold0" => &mut parameters.hold[0],
        "hold1" => &mut parameters.hold[1],
        "hold2" => &mut parameters.hold[2],
        "hold3" => &mut parameters.hold[3],
        "hold_prior" => &mut parameters.hold_prior,
        "dear" => &mut parameters.dear,
        "refinancing" => &mut parameters.refinancing,
        "ahead" => &mut parameters.ahead,
        "soonest" => &mut parameters.soonest,
        "reversion" => &mut parameters.reversion,
        "long_half_life" => &mut parameters.long_half_life,
        "shade" => &mut parameters.shade,
        "hysteresis" => &mut parameters.hysteresis,
        "clip" => &mut parameters.clip,
        "lot0" => &mut parameters.lots_usd[0],
        "lot1" => &mut parameters.lots_usd[1],
        "lot2" => &mut parameters.lots_usd[2],
        "lots_least" => &mut parameters.lots_least,
        "queue_margin" => &mut parameters.queue_margin,
        "depth_half_life" => &mut parameters.depth_half_life,
        "depth_least" => &mut parameters.depth_least,
        "bid_lots" => &mut parameters.bid_lots,
        "bid_history" => &mut parameters.bid_history,
        "long_share" => &mut parameters.long_share,
        "long_daily" => &mut parameters.long_daily,
        "least_events" => &mut parameters.least_events,
        "bucket_step" => &mut parameters.bucket_step,
        other => panic!("no number {other} of the adaptive rule"),
    };
    *to = value;
}

fn setting(text: &str) -> Parameters {
    let mut parameters = Parameters::default();
    for part in text.split(',') {
        let (name, value) = part.split_once('=').unwrap();
        set(&mut parameters, name, value.parse().unwrap());
    }
    parameters
}

/// What is lent over.
#[derive(Debug, Clone)]
enum Over {
    Seed(u64),
    /// Recorded data, with the borrowers of a seed.
    File(PathBuf, u64),
}

/// A tape with what is measured of it, and how offers fill on it.
fn tape(over: &Over, days: i64) -> (Box<dyn Tape>, Timestamp, Timestamp, FillModel) {
    match over {
        Over::Seed(seed) => {
            let to = FROM.plus(DAY.times(days));
            let begin = Timestamp::from_millis(FROM.millis() - 14 * DAY.get());
            let market = MarketProfile::of(Currency::USD, Amount::whole(1));
            (Box::new(Modelled::new(*seed, market, begin, to)), FROM, to, FillModel::Prints)
        }
        Over::File(path, _) => {
            let open = || Recorded::open(path, Currency::USD).unwrap();
            let mut scout = open();
            let from = scout.begins().unwrap().plus(DAY);
            let mut to = from;
            while let Some(moment) = scout.next().unwrap() {
                to = moment.at;
            }
            let kinds = scout.kinds();
            let fills = if kinds.candles { FillModel::Strict } else { FillModel::Snapshot };
            (Box::new(open()), from, to, fills)
        }
    }
}

/// The books of every setting on one tape.
fn lend(over: &Over, days: i64, world: Refinancing, two: bool, settings: &[(String, Parameters)]) -> Vec<Figures> {
    let amount = Amount::whole(10_000);
    let (mut tape, from, to, fills) = tape(over, days);
    let (Over::Seed(seed) | Over::File(_, seed)) = over;
    let terms = Terms {
        currency: Currency::USD,
        amount,
        fee: Ratio::percent(15),
        fills,
        refinancing: world,
        seed: *seed,
        usd_price: Amount::whole(1),
    };
    let mut lenders: Vec<Box<ByEngine>> = settings
        .iter()
        .map(|(_, parameters)| {
            let name = AccountName::new("backtest").unwrap();
            let venue = Venue::new(terms, Tally::new(from, to));
            Box::new(ByEngine::new(profile(two), MINUTE, name, venue).tuned(parameters))
        })
        .collect();
    let mut paid = false;
    while let Some(moment) = tape.next().unwrap() {
        if moment.at >= to {
            break;
        }
        if !paid && moment.at >= from {
            paid = true;
            for lender in &mut lenders {
                lender.deposit(from);
            }
        }
        for lender in &mut lenders {
            lender.moment(&moment);
        }
    }
    lenders.into_iter().map(|lender| Figures::of(lender.end(to), amount)).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let (mut seeds, mut days, mut world, mut files) = (101..=104, 120, Refinancing::Mild, Vec::new());
    let mut two = false;
    let mut settings = vec![("as shipped".to_owned(), Parameters::default())];
    for arg in args {
        if arg.contains('=') {
            let parameters = setting(&arg);
            settings.push((arg, parameters));
        } else if std::path::Path::new(&arg).is_file() {
            files.extend((1..=3).map(|draw| Over::File(PathBuf::from(&arg), draw)));
        } else if let Some((first, last)) = arg.split_once("..") {
            seeds = first.parse().unwrap()..=last.parse().unwrap();
        } else if let Ok(number) = arg.parse() {
            days = number;
        } else if arg == "two" {
            two = true;
        } else {
            world = match arg.as_str() {
                "mild" => Refinancing::Mild,
                "adverse" => Refinancing::Adverse,
                other => panic!("no world {other}"),
            };
        }
    }
    assert!(*seeds.end() < TEST_SEEDS, "seeds from {TEST_SEEDS} on are for the test");
    let tapes = if files.is_empty() { seeds.map(Over::Seed).collect() } else { files };
    let work = Mutex::new(tapes.iter());
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some(over) = work.lock().unwrap().next() else { return };
                    let figures = lend(over, days, world, two, &settings);
                    done.lock().unwrap().push((format!("{over:?}"), figures));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by(|one, other| one.0.cmp(&other.0));
    println!(
        "{tapes:?}, {days} days, {world:?}: net %/y, against the shipped, used, held days, gross; geometric, each"
    );
    for (place, (name, _)) in settings.iter().enumerate() {
        let of = |what: fn(&Figures) -> f64| mean(&done.iter().map(|(_, all)| what(&all[place])).collect::<Vec<f64>>());
        let pairs = done.iter().flat_map(|(_, all)| all[place].daily.iter().zip(&all[0].daily));
        let differences: Vec<f64> = pairs.map(|(own, shipped)| own - shipped).collect();
        let middle = mean(&differences);
        let squares: Vec<f64> = differences.iter().map(|one| (one - middle).powi(2)).collect();
        let error = (mean(&squares) / differences.len() as f64).sqrt();
        let each: Vec<f64> = done.iter().map(|(_, all)| all[place].net_apr).collect();
        println!(
            "{:7.3}  {:+.3} +- {:.3}  {:5.1} %  {:5.2} d  {:6.2}  {name}  {:.3} {each:.2?}",
            of(|figures| figures.net_apr),
            middle,
            error,
            100.0 * of(|figures| figures.utilisation),
            of(|figures| figures.held),
            of(|figures| figures.gross_rate),
            of(|figures| figures.net_apr.max(0.01).ln()).exp(),
        );
    }
}
