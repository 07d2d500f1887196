//! The modelled market against the measured one (strategy.md 1 and 5.1), with wide bounds.

use proptest::prelude::*;

use super::super::numbers::{per_day, units};
use super::super::testbook::{TestBook, possible, quantile};
use super::super::{MarketProfile, is_ghost};
use super::*;
use crate::domain::{Amount, BookSide, DAY, Millis};

/// 2026-08-01 00:00 UTC.
const START: Timestamp = Timestamp::from_millis(1_785_542_400_000);

/// The dollar market at its usual level, without spikes: what the calibration weeks looked like.
fn usual() -> MarketProfile {
    MarketProfile { level_sigma: 0.0, spikes: 0.0, ..MarketProfile::usd() }
}

/// Runs for so many days and shows the book after every step.
fn run(profile: MarketProfile, seed: u64, days: i64, mut look: impl FnMut(Timestamp, &mut TestBook)) -> TestBook {
    let mut market = ModelledMarket::new(seed, profile, START);
    let mut book = TestBook::default();
    let end = START.plus(DAY.times(days));
    while market.next() < end {
        let now = market.next();
        book.step(&mut market);
        look(now, &mut book);
    }
    book
}

/// Best offer sampled every 20 s, with the second of the cycle counted from the window's end.
fn sampled(seed: u64, days: i64) -> Vec<(i64, f64)> {
    let mut samples = Vec::new();
    let mut clock = START;
    let mut last = None;
    run(usual(), seed, days, |now, book| {
        while clock < now {
            let phase = (clock.millis() / 1_000 - 645).rem_euclid(1_200);
            samples.extend(last.map(|best| (phase, best)));
            clock = clock.plus(Millis::seconds(20));
        }
        last = book.best();
    });
    samples
}

fn in_window(at: Timestamp) -> bool {
    (625..=690).contains(&(at.millis() / 1_000).rem_euclid(1_200))
}

fn near(name: &str, value: f64, expected: f64, tolerance: f64) {
    assert!((value / expected - 1.0).abs() <= tolerance, "{name}: {value:.3}, measured {expected}");
}

#[test]
fn the_best_offer_has_the_measured_quantiles_and_sawtooth() {
    let samples: Vec<(i64, f64)> = [3, 4].into_iter().flat_map(|seed| sampled(seed, 21)).collect();
    let all: Vec<f64> = samples.iter().map(|sample| sample.1).collect();
    for (share, apr) in [(0.01, 4.9), (0.05, 5.2), (0.25, 5.5), (0.5, 6.0), (0.75, 7.7), (0.95, 9.3), (0.99, 12.0)] {
        near(&format!("quantile {share}"), quantile(&all, share), apr, 0.16);
    }
    let phases =
        [(0, 60, 7.62), (60, 180, 6.33), (180, 420, 6.02), (420, 660, 6.09), (660, 900, 5.48), (900, 1_140, 5.75)];
    for (from, to, apr) in phases {
        let phase: Vec<f64> = samples.iter().filter(|s| (from..to).contains(&s.0)).map(|s| s.1).collect();
        near(&format!("phase {from}"), quantile(&phase, 0.5), apr, 0.12);
    }
}

#[test]
fn the_volume_comes_in_the_window_and_hourly_highs_are_the_measured_ones() {
    let days = 21;
    let book = run(usual(), 5, days, |_, _| ());
    let two: Vec<_> = book.prints.iter().filter(|print| print.period == 2).collect();
    let volume: f64 = two.iter().map(|print| print.usd).sum();
    let inside: f64 = two.iter().filter(|print| in_window(print.at)).map(|print| print.usd).sum();
    assert!((0.75..0.995).contains(&(inside / volume)), "{}", inside / volume);
    let mut hours = std::collections::BTreeMap::<i64, (f64, f64)>::new();
    for print in &two {
        let hour = hours.entry(print.at.millis() / 3_600_000).or_default();
        *hour = (hour.0 + print.usd, hour.1.max(print.apr));
    }
    let volumes: Vec<f64> = hours.values().map(|hour| hour.0).collect();
    near("hourly volume", quantile(&volumes, 0.5), 3.26e6, 0.5);
    let highs: Vec<f64> = hours.values().map(|hour| hour.1).collect();
    for (share, apr) in [(0.10, 8.0), (0.61, 9.0), (0.90, 9.5), (0.93, 10.0)] {
        near(&format!("high {share}"), quantile(&highs, share), apr, 0.14);
    }
    // Prints of one batch walk up.
    let sweeps = two.windows(2).filter(|pair| pair[0].at == pair[1].at).filter(|pair| pair[1].apr >= pair[0].apr);
    assert!(sweeps.count() > 2 * two.len() / 3);
}

/// The share of 1 008 batches in which an offer, posted some minutes before at the best rate or at the FRR, is wholly taken.
fn served(usd: i32, at_frr: bool) -> f64 {
    let (mut batches, mut filled) = (0.0, 0.0);
    let mut posted = false;
    run(usual(), 6, 14, |now, book| {
        let phase = (now.millis() / 1_000 - 690).rem_euclid(1_200);
        if posted && phase < 300 {
            batches += 1.0;
            filled += f64::from(u8::from(book.own.is_none()));
            posted = false;
            book.own = None;
        } else if !posted && (900..1_135).contains(&phase) {
            let best = book.best().map(|apr| apr / 36_500.0);
            let rate = if at_frr { book.frr.last().map(|rate| per_day(*rate)) } else { best };
            book.own = rate.map(|rate| (rate, Amount::whole(usd)));
            posted = true;
        }
    });
    assert!(batches > 900.0);
    filled / batches
}

#[test]
fn an_offer_at_the_best_is_mostly_served_by_the_next_batch_and_one_at_the_frr_rarely() {
    // 1.9: 15 of 15 offers at the book's best filled, median 17 minutes.
    assert!(served(10_000, false) > 0.85, "{}", served(10_000, false));
    assert!(served(50_000, false) > 0.75, "{}", served(50_000, false));
    assert!(served(10_000, true) < 0.08, "{}", served(10_000, true));
}

#[test]
fn frr_price_and_bids_are_the_measured_ones() {
    let mut long = Vec::new();
    let (mut ghosts, mut shown) = (0_u32, 0_u32);
    let book = run(usual(), 8, 42, |_, book| {
        let bids = || book.levels.iter().filter(|level| level.side == BookSide::Bids);
        let best = bids().filter(|bid| bid.period == Days::MAX).map(|bid| per_day(bid.rate) * 36_500.0);
        long.extend(best.max_by(f64::total_cmp));
        ghosts += u32::from(bids().any(|bid| is_ghost(bid, &book.levels)));
        shown += 1;
    });
    let frr: Vec<f64> = book.frr.iter().map(|rate| per_day(*rate) * 36_500.0).collect();
    assert!(frr.iter().all(|apr| (9.0..14.0).contains(apr)), "{:?}", quantile(&frr, 0.5));
    assert!(book.frr.iter().all(|rate| rate.to_string().len() > 16), "FRR carries 16 digits");
    assert!(book.frr.windows(2).all(|pair| (per_day(pair[1]) / per_day(pair[0]) - 1.0).abs() < 0.01));
    assert!(book.waiting.iter().all(|waiting| (20e6..1_000e6).contains(&units(*waiting))));
    assert!(book.prices.iter().all(|price| *price == Amount::whole(1)));
    near("high 120-day bid", quantile(&long, 0.75), 10.25, 0.1);
    near("low 120-day bid", quantile(&long, 0.10), 6.6, 0.1);
    assert!((0.2..0.95).contains(&(f64::from(ghosts) / f64::from(shown))), "{ghosts} of {shown}");
}

#[test]
fn offers_are_mostly_for_two_days_and_the_book_is_a_hundred_levels() {
    let (mut two, mut all, mut sides) = (0.0, 0.0, Vec::new());
    run(MarketProfile::usd(), 9, 7, |_, book| {
        let offers = || book.levels.iter().filter(|level| level.side == BookSide::Offers);
        two += float(i64::try_from(offers().filter(|l| l.period == Days::MIN).count()).unwrap());
        all += float(i64::try_from(offers().count()).unwrap());
        sides.push(float(i64::try_from(offers().count()).unwrap()));
        sides.push(float(i64::try_from(book.levels.len() - offers().count()).unwrap()));
    });
    near("two-day levels", two / all, 0.85, 0.1);
    assert!(quantile(&sides, 0.05) >= 24.0 && quantile(&sides, 1.0) <= 135.0, "{:?}", quantile(&sides, 0.05));
}

#[test]
fn a_third_of_a_year_has_some_spikes() {
    let mut highs = std::collections::BTreeMap::<i64, f64>::new();
    let book = run(MarketProfile { level_sigma: 0.0, ..MarketProfile::usd() }, 10, 120, |_, book| {
        for print in book.prints.drain(..) {
            let day = highs.entry(print.at.day()).or_default();
            if print.period == 2 {
                *day = day.max(print.apr);
            }
        }
    });
    let spikes = highs.values().filter(|apr| **apr > 16.0).count();
    assert!((1..25).contains(&spikes), "{spikes} of {} days", highs.len());
    assert!(book.levels.iter().all(|level| per_day(level.rate) <= 0.07));
}

#[test]
fn thin_markets_are_quiet() {
    for (profile, low, high) in [(MarketProfile::btc(), 1e-8, 6e-8), (MarketProfile::eth(), 1e-7, 1e-5)] {
        let mut best = Vec::new();
        let book = run(profile, 11, 21, |_, book| best.extend(book.best().map(|apr| apr / 36_500.0)));
        assert!(quantile(&best, 0.05) > low && quantile(&best, 0.9) < high, "{:?}", quantile(&best, 0.5));
        let busy: std::collections::BTreeSet<i64> = book.prints.iter().map(|p| p.at.millis() / 3_600_000).collect();
        assert!((10..250).contains(&busy.len()), "{} of 504 hours", busy.len());
        assert!(book.prices.len() > 400 && book.prices.iter().all(|price| price.is_positive()));
    }
}

#[test]
fn tether_stays_near_a_dollar_and_differs_from_the_dollar() {
    let tether = run(MarketProfile::ust(), 12, 7, |_, _| ());
    assert!(tether.prices.iter().all(|price| (0.99..1.01).contains(&units(*price))));
    assert!(tether.prices.windows(2).any(|pair| pair[0] != pair[1]));
    let dollar = run(MarketProfile::usd(), 12, 7, |_, _| ());
    let sum = |book: &TestBook| book.prints.iter().map(|print| print.usd).sum::<f64>();
    near("size against the dollar", sum(&dollar) / sum(&tether), 5.0, 0.5);
}

#[test]
fn the_same_seed_makes_the_same_market_and_lenders_do_not_change_the_weather() {
    let moves = |seed, own: bool| {
        let mut market = ModelledMarket::new(seed, MarketProfile::usd(), START);
        let mut book = TestBook::default();
        let mut all = Vec::new();
        while market.next() < START.plus(DAY.times(2)) {
            if own {
                book.own = Some((1e-5, Amount::whole(5_000)));
                market.hold(Days::MIN, DailyRate::from_units(1));
            }
            all.push((market.next(), book.step(&mut market)));
        }
        all.push((market.next(), vec![]));
        (all, market.hold(Days::MAX, DailyRate::from_units(1)))
    };
    assert_eq!(moves(1, false), moves(1, false));
    assert_ne!(moves(1, false).0, moves(2, false).0);
    let weather = |all: Vec<(Timestamp, Vec<Move>)>| {
        let keeps = |one: &Move| matches!(one, Move::Frr(_) | Move::FrrWaiting(_));
        all.into_iter().map(|(at, moves)| (at, moves.into_iter().filter(keeps).collect())).collect::<Vec<(_, Vec<_>)>>()
    };
    assert_eq!(weather(moves(1, false).0), weather(moves(1, true).0));
    assert_ne!(moves(1, false).0, moves(1, true).0);
}

#[test]
fn alone_it_does_what_it_does_when_nobody_else_lends() {
    let mut market = ModelledMarket::new(21, MarketProfile::usd(), START);
    let mut alone = market.clone();
    let (mut book, mut eaten) = (TestBook::default(), Vec::new());
    while market.next() < START.plus(DAY.times(3)) {
        book.step(&mut market);
        eaten.clear();
        let passed = alone.pass(&mut eaten);
        assert_eq!(alone.due(), market.next(), "{passed:?}");
        let sum = |amounts: &[f64]| amounts.iter().sum::<f64>();
        let theirs: Vec<f64> = book.prints.drain(..).map(|print| print.usd * print.apr).collect();
        let ours: Vec<f64> =
            eaten.iter().map(|bite| units(bite.amount) * per_day(bite.rate.to_decimal()) * 36_500.0).collect();
        assert!((sum(&theirs) - sum(&ours)).abs() <= 1e-5 * sum(&ours), "{} {}", sum(&theirs), sum(&ours));
    }
    let best =
        alone.levels().filter(|level| level.side == BookSide::Offers).map(|level| per_day(level.rate) * 36_500.0);
    assert_eq!(best.min_by(f64::total_cmp), book.best());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn moves_are_always_possible(
        seed in any::<u64>(),
        kind in 0_usize..5,
        eaten in any::<u64>(),
        late in 0_i64..200_000,
    ) {
        let gold = Currency::from_code("XAUT").unwrap();
        let profiles = [
            MarketProfile::usd(), MarketProfile::ust(), MarketProfile::btc(), MarketProfile::eth(),
            MarketProfile::generic(gold, Amount::whole(4_000)),
        ];
        let mut market = ModelledMarket::new(seed, profiles[kind].clone(), START);
        let mut chaos = Random::at(eaten, 9, 9);
        let mut levels: Vec<Level> = Vec::new();
        for _ in 0..300 {
            let now = market.next().plus(Millis::new(late));
            levels.retain(|_| chaos.chance(0.95));
            let moves = market.step(Remaining { levels: &levels, now });
            prop_assert!(market.next() > now);
            for one in moves {
                prop_assert!(possible(&one), "{one:?}");
                if let Move::Levels(new) = one {
                    let mut keys: Vec<_> = new.iter().map(|l| (l.side, l.rate, l.period)).collect();
                    keys.sort();
                    keys.dedup();
                    prop_assert_eq!(keys.len(), new.len(), "a level stands twice");
                    levels = new;
                }
            }
            let hold = market.hold(Days::new(30), DailyRate::from_units(200_000_000));
            prop_assert!(hold.returned_after > Millis::new(0) && hold.returned_after <= Days::new(30).span());
        }
    }
}
