//! The tapes, several at a time, with a bar on a terminal.

use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::backtest::{BacktestError, Plan, Unit, UnitResult, run};

use super::super::exit;
use super::super::say::Failure;

/// Steps of the bar for each tape.
const STEPS: u64 = 200;

/// Runs all tapes, `jobs` at a time; the results stand in the order of the tapes, whatever ended first.
pub(super) fn all(plan: &Plan, units: &[Unit], jobs: Option<usize>) -> Result<Vec<UnitResult>, Failure> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = jobs.unwrap_or(cores).clamp(1, units.len().max(1));
    let bar = bar(units.len())?;
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Result<UnitResult, BacktestError>)>> = Mutex::new(Vec::new());
    let work = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(unit) = units.get(place) else { return };
            let told = AtomicUsize::new(0);
            let progress = |part: f64| {
                let steps =
                    (0..STEPS).filter(|step| f64::from(u32::try_from(*step).unwrap_or(0)) < part * 200.0).count();
                let before = told.fetch_max(steps, Ordering::Relaxed);
                bar.inc(u64::try_from(steps.saturating_sub(before)).unwrap_or(0));
            };
            let result = run(plan, unit, &progress);
            progress(1.0);
            if let Ok(mut done) = done.lock() {
                done.push((place, result));
            }
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (1..jobs).map(|_| scope.spawn(work)).collect();
        work();
        // A worker that panicked leaves its tape without a result, which is told below.
        for worker in workers {
            drop(worker.join());
        }
    });
    bar.finish_and_clear();
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(place, _)| *place);
    let mut results = Vec::new();
    for (_, result) in done {
        results.push(result.map_err(|error| Failure::new(code(&error), error))?);
    }
    if results.len() < units.len() {
        return Err(Failure::new(exit::OTHER, "a run ended without a result; that is a bug, please report it"));
    }
    Ok(results)
}

fn code(error: &BacktestError) -> u8 {
    match error {
        BacktestError::Tape(_) => exit::IO,
        BacktestError::Fills { .. } | BacktestError::Empty { .. } => exit::USAGE,
    }
}

fn bar(tapes: usize) -> Result<ProgressBar, Failure> {
    let length = u64::try_from(tapes).unwrap_or(0).saturating_mul(STEPS);
    let shown = std::io::stderr().is_terminal();
    let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template("{bar:40} {percent:>3} %  {elapsed} of about {duration}")
        .map_err(|error| Failure::new(exit::OTHER, error))?;
    Ok(ProgressBar::with_draw_target(Some(length), target).with_style(style))
}
