//! One seed: its week, then the calm.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::calm;
use super::canary::Doctor;
use super::checker::Violation;
use super::owner::WEEK;
use super::plan::Plan;
use super::trail::clock;
use super::world::World;

/// What a seed's run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) seed: u64,
    /// Equal for equal runs.
    pub(crate) digest: u64,
    /// Offers that the daemon placed.
    pub(crate) submits: u64,
    /// Its accepted writes.
    pub(crate) writes: u64,
    /// Writes of the busiest day.
    pub(crate) busiest: u64,
}

/// A seed that fails.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) seed: u64,
    pub(crate) violation: Violation,
    trail: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Violation { rule, at, detail } = &self.violation;
        writeln!(out, "seed {} at {}: rule {rule}: {detail}", self.seed, clock(*at))?;
        writeln!(out, "again: YIELDSFORGE_SEED={} cargo test --test simulation every_seed", self.seed)?;
        write!(out, "{}", self.trail)
    }
}

/// Runs a seed.
///
/// # Errors
/// The first rule that is broken, with what happened before it.
pub(crate) fn live(seed: u64, doctor: Doctor, aloud: bool) -> Result<Report, Failure> {
    let mut world = World::new(Plan::draw(seed), doctor, aloud);
    let run = catch_unwind(AssertUnwindSafe(|| run(&mut world)));
    let result = run.unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        let words = words.or_else(|| panic.downcast_ref::<&str>().map(|words| (*words).to_owned()));
        Err(super::checker::broken("no panic", world.at, words.unwrap_or_default()))
    });
    match result {
        Ok(()) => Ok(report(seed, &world)),
        Err(violation) => Err(Failure { seed, violation, trail: world.trail.tell() }),
    }
}

fn run(world: &mut World) -> Result<(), Violation> {
    world.run_until(WEEK)?;
    calm::settle(world)?;
    calm::watch(world)
}

fn report(seed: u64, world: &World) -> Report {
    let checker = &world.checker;
    let busiest = checker.purses.values().flat_map(|purse| purse.writes.iter().copied()).max();
    Report {
        seed,
        digest: checker.digest,
        submits: checker.submits,
        writes: checker.accepted,
        busiest: busiest.unwrap_or_default(),
    }
}
