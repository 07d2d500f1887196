//! The whole core against the embedded exchange, by seed: the real engine, sessions and decoding in virtual time, the
//! fault deck on for a week while a checker holds every write against the money rules; then the faults end, and what is
//! live must come to what is wished.
//!
//! `YIELDSFORGE_SEED=n cargo test --test simulation` runs the week of one seed and prints what happens in it.

#![expect(clippy::wildcard_enum_match_arm, reason = "a checker looks at a few kinds of event and passes the rest on")]

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

use std::sync::atomic::{AtomicU64, Ordering};

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
    let done = AtomicU64::new(0);
    let one = |seed| {
        let result = live(seed, Doctor::None, false);
        let count = done.fetch_add(1, Ordering::Relaxed) + 1;
        if count.is_multiple_of(50) {
            println!("{count} of {SEEDS} seeds are through");
        }
        result
    };
    let half = |first: u64| (first..SEEDS).step_by(2).map(one).collect::<Vec<_>>();
    let (even, odd) = std::thread::scope(|scope| {
        let (even, odd) = (scope.spawn(|| half(0)), scope.spawn(|| half(1)));
        (even.join().unwrap(), odd.join().unwrap())
    });
    let results: Vec<Result<Report, Failure>> = even.into_iter().chain(odd).collect();
    let failures: Vec<String> = results.iter().filter_map(|one| one.as_ref().err()).map(Failure::to_string).collect();
    assert!(failures.is_empty(), "{} of {SEEDS} seeds fail:\n{}", failures.len(), failures.join("\n"));
    let submits: u64 = results.iter().flatten().map(|report| report.submits).sum();
    assert!(submits > SEEDS * 50, "only {submits} offers in all: too little happened to prove anything");
}

/// So many seeds may pass until a canary is caught.
const CANARY_SEEDS: u64 = 40;

/// A broken daemon must be noticed, by the rule that it breaks.
fn caught(doctor: Doctor, rule: &str, first: u64) {
    let mut others = Vec::new();
    for seed in first..first + CANARY_SEEDS {
        match live(seed, doctor, false) {
            Err(failure) if failure.violation.rule == rule => return,
            Err(failure) => others.push(format!("seed {seed}: {}", failure.violation.rule)),
            Ok(_) => {}
        }
    }
    panic!("{doctor:?} was never caught by rule {rule}; others: {others:?}");
}

#[test]
fn a_daemon_that_lends_what_is_to_be_kept_is_caught() {
    caught(Doctor::NoKeep, "1 keep", 1_000);
}

#[test]
fn a_daemon_that_minds_no_cap_is_caught() {
    caught(Doctor::NoCap, "1 max_lent", 1_000);
}

#[test]
fn a_daemon_that_undercuts_the_floor_is_caught() {
    caught(Doctor::NoFloor, "2 floor", 1_000);
}

#[test]
fn a_daemon_that_lends_for_too_long_is_caught() {
    caught(Doctor::LongPeriods, "2 period", 1_000);
}

#[test]
fn a_daemon_that_cancels_what_is_not_its_own_is_caught() {
    caught(Doctor::OwnsAll, "5 own", 1_000);
}

#[test]
fn a_daemon_that_takes_silence_for_a_refusal_is_caught() {
    caught(Doctor::LostIsRefused, "6 unknown", 1_000);
}

#[test]
fn a_daemon_that_repeats_its_amounts_is_caught() {
    caught(Doctor::Forgetful, "7 tag", 1_009);
}

#[test]
fn a_daemon_that_trusts_every_key_is_caught() {
    caught(Doctor::BlindGate, "gate", 1_000);
}

#[test]
fn a_daemon_that_never_comes_to_rest_is_caught() {
    caught(Doctor::Deaf, "10 liveness", 1_000);
}

#[test]
fn one_seed_gives_one_run() {
    let run = || live(7, Doctor::None, false).map_err(|failure| failure.to_string());
    assert_eq!(run(), run());
}
