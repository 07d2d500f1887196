//! For machines.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::summary::{Entry, Summary};
use crate::backtest::measure::Interval;
use crate::backtest::numbers::float;
use crate::backtest::run::{Kind, UnitResult};
use crate::domain::Ratio;
use crate::strategy::stats::Scores;

/// Everything but the daily series: what was asked, lenders over all tapes, and each tape.
#[must_use]
pub fn json(summary: &Summary) -> Value {
    let asked: serde_json::Map<String, Value> =
        summary.asked.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
    let [two, full, winsorised] = summary.oracle.map(rounded);
    json!({
        "asked": asked,
        "lenders": summary.entries.iter().map(entry).collect::<Vec<_>>(),
        "foresight_net_apr": { "two_days": two, "full": full, "winsorised": winsorised },
        "tapes": summary.units.iter().map(unit).collect::<Vec<_>>(),
    })
}

/// Six decimals: enough for every figure, and the same on every machine that rounds.
fn rounded(value: f64) -> Value {
    json!((value * 1e6).round() / 1e6)
}

fn entry(entry: &Entry) -> Value {
    let [two, full, winsorised] = entry.of_oracle.map(rounded);
    let interval = |interval: Option<Interval>| interval.map(|one| json!([rounded(one.low), rounded(one.high)]));
    json!({
        "name": entry.name,
        "kind": kind(entry.kind),
        "net_apr": rounded(entry.net),
        "net_apr_geometric": rounded(entry.geometric),
        "net_apr_least": rounded(entry.range.0),
        "net_apr_most": rounded(entry.range.1),
        "utilisation": rounded(entry.utilisation),
        "gross_rate_apr": rounded(entry.gross),
        "fills_per_lot_day": rounded(entry.fills),
        "replaces_per_lot_day": rounded(entry.replaces),
        "share_by_period": entry.shares.map(rounded),
        "worst_30_days_apr": entry.worst.map(rounded),
        "wait_minutes_median": entry.waits.0.map(rounded),
        "wait_minutes_p90": entry.waits.1.map(rounded),
        "mean_hold_days": rounded(entry.held),
        "of_foresight": { "two_days": two, "full": full, "winsorised": winsorised },
        "regret_idle": rounded(entry.regret.idle),
        "regret_price": rounded(entry.regret.price),
        "calibration": calibration(&entry.scores),
        "first_less_this": entry.difference.map(|difference| json!({
            "mean": rounded(difference.mean),
            "by_tapes_95": interval(difference.by_tapes),
            "by_days_95": interval(difference.by_days),
        })),
    })
}

/// How well forecasts have held; null where there were none.
fn calibration(scores: &Scores) -> Option<Value> {
    let part = |ratio: Ratio| rounded(float(ratio.ppm()) / 1e6);
    let (half, most) = scores.coverage()?;
    Some(json!({
        "waits": scores.waits,
        "covered_50": part(half),
        "covered_90": part(most),
        "brier": scores.brier().map(part),
        "held_of_expected": scores.hold_ratio().map(part),
    }))
}

fn unit(unit: &UnitResult) -> Value {
    let [two, full, winsorised] = unit.oracle.map(|one| rounded(one.net_apr));
    let row = |row: &crate::backtest::run::Row| {
        json!({
            "name": row.name,
            "net_apr": rounded(row.figures.net_apr),
            "utilisation": rounded(row.figures.utilisation),
            "gross_rate_apr": rounded(row.figures.gross_rate),
            "calibration": calibration(&row.figures.scores),
        })
    };
    json!({
        "name": unit.name,
        "from_ms": unit.from.millis(),
        "to_ms": unit.to.millis(),
        "fills": unit.fills.name(),
        "foresight_net_apr": { "two_days": two, "full": full, "winsorised": winsorised },
        "lenders": unit.rows.iter().map(row).collect::<Vec<_>>(),
        "notes": unit.notes,
    })
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Profile => "profile",
        Kind::Habit => "habit",
    }
}

/// One line a tape, lender and day: the day's net yield in percent a year.
#[must_use]
pub fn csv(summary: &Summary) -> String {
    let mut text = String::from("tape,lender,day_ms,net_apr_percent\n");
    for unit in &summary.units {
        for row in &unit.rows {
            for (day, apr) in (0_i64..).zip(&row.figures.daily) {
                let at = unit.from.plus(crate::domain::DAY.times(day)).millis();
                let name = unit.name.replace(',', ";");
                let _infallible = writeln!(text, "{name},{},{at},{apr:.6}", row.name);
            }
        }
    }
    text
}
