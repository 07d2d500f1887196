//! The whole core against the embedded exchange, by seed: the real engine, sessions and decoding in virtual time, the
//! fault deck on for a week while a checker holds every write against the money rules; then the faults end, and what is
//! live must come to what is wished.
//!
//! `YIELDSFORGE_SEED=n cargo test --test simulation` runs the week of one seed and prints what happens in it.

#[cfg(test)]
mod simulation {
    pub(crate) mod asker;
    pub(crate) mod calm;
    pub(crate) mod canary;
    pub(crate) mod checker;
    pub(crate) mod daemon;
    pub(crate) mod dice;
    pub(crate) mod lane;
    pub(crate) mod links;
    pub(crate) mod memory;
    pub(crate) mod owner;
    pub(crate) mod plan;
    pub(crate) mod policies;
    pub(crate) mod reader;
    pub(crate) mod trail;
    pub(crate) mod week;
    pub(crate) mod world;
}

use simulation::canary::Doctor;
use simulation::week::{Failure, Report, live};

/// Seeds of the great run.
const SEEDS: u64 = 200;

#[test]
fn every_seed_keeps_the_money_rules() {
    if let Some(seed) = std::env::var("YIELDSFORGE_SEED").ok().and_then(|text| text.parse().ok()) {
        let report = live(seed, Doctor::None, true).unwrap_or_else(|failure| panic!("{failure}"));
        println!("{report:?}");
        return;
    }
    let half = |first: u64| (first..SEEDS).step_by(2).map(|seed| live(seed, Doctor::None, false)).collect::<Vec<_>>();
    let (even, odd) = std::thread::scope(|scope| {
        let even = scope.spawn(|| half(0));
        let odd = scope.spawn(|| half(1));
        (even.join().unwrap(), odd.join().unwrap())
    });
    let results: Vec<Result<Report, Failure>> = even.into_iter().chain(odd).collect();
    let failures: Vec<String> = results.iter().filter_map(|one| one.as_ref().err()).map(Failure::to_string).collect();
    assert!(failures.is_empty(), "{} of {SEEDS} seeds fail:\n{}", failures.len(), failures.join("\n"));
    let submits: u64 = results.iter().flatten().map(|report| report.submits).sum();
    assert!(submits > SEEDS * 50, "only {submits} offers in all: too little happened to prove anything");
}
