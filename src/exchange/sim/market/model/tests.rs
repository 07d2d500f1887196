//! The modelled market against the measured one (strategy.md 1 and 5.1), with wide bounds.

use proptest::prelude::*;

use super::super::numbers::{per_day, units};
use super::super::testbook::{TestBook, quantile};
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
    let mut seen = START;
    let mut last = None;
    run(usual(), seed, days, |now, book| {
        while seen < now {
            let phase = (seen.millis() / 1_000 - 645).rem_euclid(1_200);
            samples.extend(last.map(|best| (phase, best)));
            seen = seen.plus(Millis::seconds(20));
        }
        last = book.best();
    });
    samples
}

fn in_window(at: Timestamp) -> bool {
    (625..=690).contains(&(at.millis() / 1_000).rem_euclid(1_200))
}

#[test]
fn report() {
    let s = sampled(1, 28);
    let all: Vec<f64> = s.iter().map(|x| x.1).collect();
    println!("best {:?}", [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99].map(|q| quantile(&all, q)));
    for (lo, hi) in [(0, 60), (60, 180), (180, 420), (420, 660), (660, 900), (900, 1140), (1140, 1200)] {
        let v: Vec<f64> = s.iter().filter(|x| x.0 >= lo && x.0 < hi).map(|x| x.1).collect();
        println!("{lo} {:?}", [0.05, 0.25, 0.5, 0.75, 0.95].map(|q| quantile(&v, q)));
    }
    let mut depth = vec![vec![]; 4];
    let mut r25 = vec![];
    let mut n = vec![];
    let book = run(usual(), 1, 14, |_, b| {
        let Some(best) = b.best() else { return };
        let offers: Vec<&Level> = b.levels.iter().filter(|l| l.side == BookSide::Offers).collect();
        n.push(offers.len() as f64);
        for (i, lim) in [1.02, 1.05, 1.1, 1.2].iter().enumerate() {
            depth[i]
                .push(offers.iter().filter(|l| per_day(l.rate) * 36500.0 <= best * lim).map(|l| units(l.amount)).sum());
        }
        let mut r: Vec<f64> = offers.iter().map(|l| per_day(l.rate) * 36500.0 / best).collect();
        r.sort_by(f64::total_cmp);
        if r.len() > 24 {
            r25.push(r[24]);
        }
    });
    let q5 = |v: &[f64]| [0.05, 0.25, 0.5, 0.75, 0.95].map(|q| quantile(v, q));
    for d in &depth {
        println!("depth {:?}", q5(d));
    }
    println!("r25 {:?} n {:?}", q5(&r25), q5(&n));
    let total: f64 = book.prints.iter().map(|p| p.usd).sum();
    let win: f64 = book.prints.iter().filter(|p| in_window(p.at)).map(|p| p.usd).sum();
    println!("vol/h {} share {} prints {}", total / 14.0 / 24.0, win / total, book.prints.len());
    let mut hv = std::collections::BTreeMap::<i64, (f64, f64)>::new();
    for p in &book.prints {
        let e = hv.entry(p.at.millis() / 3_600_000).or_default();
        e.0 += p.usd;
        e.1 = e.1.max(p.apr);
    }
    println!("hv {:?}", q5(&hv.values().map(|x| x.0).collect::<Vec<_>>()));
    println!("hh {:?}", [0.1, 0.61, 0.9, 0.93].map(|q| quantile(&hv.values().map(|x| x.1).collect::<Vec<_>>(), q)));
}
