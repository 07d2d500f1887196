//! Over all tapes: means, fractions of foresight, and differences to the first profile.

use std::collections::BTreeSet;

use crate::backtest::measure::{Interval, Regret, bootstrap_days, bootstrap_units, regret};
use crate::backtest::numbers::{count, ratio};
use crate::backtest::run::{Kind, Plan, Row, UnitResult};
use crate::strategy::stats::Scores;

/// One lender over all tapes.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Name.
    pub name: String,
    /// What it does.
    pub words: String,
    /// Who lent.
    pub kind: Kind,
    /// Percent a year after the fee: mean of the tapes.
    pub net: f64,
    /// Its geometric mean; zero when a tape earned nothing.
    pub geometric: f64,
    /// Its least and its most.
    pub range: (f64, f64),
    /// Means of the tapes, as in [`crate::backtest::measure::Figures`].
    pub utilisation: f64,
    /// See above.
    pub gross: f64,
    /// See above.
    pub fills: f64,
    /// See above.
    pub replaces: f64,
    /// See above.
    pub shares: [f64; 4],
    /// The worst 30 days of all.
    pub worst: Option<f64>,
    /// Minutes: mean of the medians and of the 90 % quantiles.
    pub waits: (Option<f64>, Option<f64>),
    /// Mean hold in days.
    pub held: f64,
    /// Net yield over that of foresight with two days, with all, winsorised: of the means.
    pub of_oracle: [f64; 3],
    /// What is missing to the full oracle.
    pub regret: Regret,
    /// Forecasts of all tapes against what came of them.
    pub scores: Scores,
    /// The first profile's net yield less this one's, percent a year; nothing for the first profile itself.
    pub difference: Option<Difference>,
}

/// A paired difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// The mean, percent a year.
    pub mean: f64,
    /// By tapes, where there are five or more.
    pub by_tapes: Option<Interval>,
    /// By days in blocks.
    pub by_days: Option<Interval>,
}

/// Everything.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Lenders in their order.
    pub entries: Vec<Entry>,
    /// Foresight's net percent a year: means.
    pub oracle: [f64; 3],
    /// The tapes' results.
    pub units: Vec<UnitResult>,
    /// What was asked, in words: name and value.
    pub asked: Vec<(String, String)>,
}

impl Summary {
    /// What the data of the tapes cannot tell, each once.
    #[must_use]
    pub fn notes(&self) -> BTreeSet<&str> {
        self.units.iter().flat_map(|unit| &unit.notes).map(String::as_str).collect()
    }

    /// Sums up; `asked` says in words what was asked.
    #[must_use]
    pub fn of(units: Vec<UnitResult>, plan: &Plan, asked: Vec<(String, String)>) -> Self {
        let lenders = units.first().map_or(0, |unit| unit.rows.len());
        let mean_oracle = [0, 1, 2]
            .map(|reach: usize| mean(units.iter().filter_map(|unit| unit.oracle.get(reach)).map(|one| one.net_apr)));
        let entries = (0..lenders).filter_map(|lender| entry(&units, lender, plan, mean_oracle)).collect();
        Self { entries, oracle: mean_oracle, units, asked }
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, number) = values.fold((0.0, 0_usize), |(sum, number), value| (sum + value, number.saturating_add(1)));
    ratio(sum, count(number))
}

fn entry(units: &[UnitResult], lender: usize, plan: &Plan, oracle: [f64; 3]) -> Option<Entry> {
    let rows: Vec<&Row> = units.iter().filter_map(|unit| unit.rows.get(lender)).collect();
    let first = rows.first()?;
    let of = |figure: fn(&Row) -> f64| mean(rows.iter().map(|row| figure(row)));
    let some = |figure: fn(&Row) -> Option<f64>| {
        let known: Vec<f64> = rows.iter().filter_map(|row| figure(row)).collect();
        (!known.is_empty()).then(|| mean(known.iter().copied()))
    };
    let nets = || rows.iter().map(|row| row.figures.net_apr);
    let net = of(|row| row.figures.net_apr);
    let regrets: Vec<Regret> = units
        .iter()
        .zip(&rows)
        .filter_map(|(unit, row)| Some(regret(&row.figures, unit.oracle.get(1)?.gross_apr, plan.fee)))
        .collect();
    let shares = |class: usize| mean(rows.iter().filter_map(|row| row.figures.shares.get(class).copied()));
    Some(Entry {
        name: first.name.clone(),
        words: first.words.clone(),
        kind: first.kind,
        net,
        geometric: if nets().all(|net| net > 0.0) { mean(nets().map(f64::ln)).exp() } else { 0.0 },
        range: (nets().fold(f64::MAX, f64::min), nets().fold(f64::MIN, f64::max)),
        utilisation: of(|row| row.figures.utilisation),
        gross: of(|row| row.figures.gross_rate),
        fills: of(|row| row.figures.fills),
        replaces: of(|row| row.figures.replaces),
        shares: [0, 1, 2, 3].map(shares),
        worst: rows.iter().filter_map(|row| row.figures.worst).min_by(f64::total_cmp),
        waits: (some(|row| row.figures.waits.0), some(|row| row.figures.waits.1)),
        held: of(|row| row.figures.held),
        of_oracle: oracle.map(|most| ratio(net, most)),
        regret: Regret {
            idle: mean(regrets.iter().map(|one| one.idle)),
            price: mean(regrets.iter().map(|one| one.price)),
        },
        scores: rows.iter().fold(Scores::default(), |sum, row| sum.and(&row.figures.scores)),
        difference: (lender > 0).then(|| difference(units, lender)),
    })
}

/// The first profile against another lender, on the same tapes and days.
fn difference(units: &[UnitResult], lender: usize) -> Difference {
    let pair = |unit: &'_ UnitResult| -> Option<(f64, Vec<f64>)> {
        let (first, other) = (&unit.rows.first()?.figures, &unit.rows.get(lender)?.figures);
        let days = first.daily.iter().zip(&other.daily).map(|(a, b)| a - b).collect();
        Some((first.net_apr - other.net_apr, days))
    };
    let pairs: Vec<(f64, Vec<f64>)> = units.iter().filter_map(pair).collect();
    let tapes: Vec<f64> = pairs.iter().map(|(net, _)| *net).collect();
    let days: Vec<f64> = pairs.into_iter().flat_map(|(_, days)| days).collect();
    Difference {
        mean: mean(tapes.iter().copied()),
        by_tapes: bootstrap_units(&tapes, 1),
        by_days: bootstrap_days(&days, 1),
    }
}
