//! The table on a terminal.

use std::fmt::Write as _;

use super::summary::{Difference, Entry, Summary};
use crate::backtest::numbers::float;
use crate::backtest::run::Kind;
use crate::domain::Ratio;
use crate::strategy::stats::Scores;

const HEADS: [&str; 16] = [
    "lender",
    "net %/y",
    "range",
    "worst",
    "used",
    "gross %/y",
    "by period",
    "of 2 d",
    "of full",
    "idle -",
    "price -",
    "waits",
    "held",
    "moves",
    "forecasts",
    "first less it",
];

/// The whole table, with what was asked above it and what the columns mean below.
#[must_use]
pub fn table(summary: &Summary) -> String {
    let mut text = String::new();
    for (name, value) in &summary.asked {
        let _infallible = writeln!(text, "{name:<12} {value}");
    }
    for note in summary.notes() {
        let _infallible = writeln!(text, "note         {note}");
    }
    text.push('\n');
    let rows: Vec<Vec<String>> = std::iter::once(HEADS.iter().map(|head| (*head).to_owned()).collect())
        .chain(summary.entries.iter().map(row))
        .chain(foresight(summary))
        .collect();
    let widths: Vec<usize> = (0..HEADS.len())
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0))
        .collect();
    for row in &rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            // Names to the left, figures to the right.
            let _infallible =
                if column == 0 { write!(line, "{cell:<width$}") } else { write!(line, "  {cell:>width$}") };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push_str(LEGEND);
    text
}

const LEGEND: &str = "
net %/y   percent a year on the whole balance, after the fee, simple interest, idle money counted; mean of the tapes
worst     the same of the worst 30 days;  by period: per cent of what was lent for 2, 3 to 29, 30 to 119, 120 days
of 2 d    part of what perfect foresight would have earned with two-day offers; of full: with all periods and bids
idle -    points of net yield missing to full foresight because money lay idle; price -: because it was lent for less
waits     for how long half and nine tenths of the money lay free before each loan;  held: mean time a loan lasted
moves     offers taken back, for each offer or loan and day
forecasts per cent of waits within what was expected of one in two, and of nine in ten; score of a fill within a cycle (0 is best)
first     the first lender's net yield less this one's, with the middle 95 % of resampled tapes (t) or blocks of days (d)
";

fn row(entry: &Entry) -> Vec<String> {
    let [two, full, _] = entry.of_oracle;
    let mark = if entry.kind == Kind::Profile { "* " } else { "" };
    vec![
        format!("{mark}{}", entry.name),
        format!("{:.2}", entry.net),
        format!("{:.1}..{:.1}", entry.range.0, entry.range.1),
        entry.worst.map_or_else(|| "-".to_owned(), |worst| format!("{worst:.2}")),
        format!("{:.1} %", entry.utilisation * 100.0),
        format!("{:.2}", entry.gross),
        entry.shares.map(|share| format!("{:.0}", share * 100.0)).join("/"),
        format!("{two:.2}"),
        format!("{full:.2}"),
        format!("{:.2}", entry.regret.idle),
        format!("{:.2}", entry.regret.price),
        format!("{} / {}", wait(entry.waits.0), wait(entry.waits.1)),
        format!("{:.2} d", entry.held),
        format!("{:.2}", entry.replaces),
        forecasts(&entry.scores),
        entry.difference.as_ref().map_or_else(String::new, difference),
    ]
}

fn foresight(summary: &Summary) -> impl Iterator<Item = Vec<String>> {
    let names = ["foresight, two days", "foresight, full", "foresight, winsorised"];
    let row = |(name, net): (&str, f64)| vec![name.to_owned(), format!("{net:.2}")];
    names.into_iter().zip(summary.oracle).map(row).collect::<Vec<_>>().into_iter()
}

/// A difference with its interval: by tapes where there are enough of them.
#[must_use]
pub(super) fn difference(difference: &Difference) -> String {
    let of = difference.by_tapes.map(|interval| (interval, 't')).or(difference.by_days.map(|interval| (interval, 'd')));
    let mean = difference.mean;
    of.map_or_else(
        || format!("{mean:+.2}"),
        |(interval, kind)| format!("{mean:+.2} [{:+.2}, {:+.2}] {kind}", interval.low, interval.high),
    )
}

/// How well forecasts have held: per cent of the waits within their half and nine tenths, and the score of a fill.
pub(super) fn forecasts(scores: &Scores) -> String {
    let Some((half, most)) = scores.coverage() else { return "-".to_owned() };
    let part = |ratio: Ratio| float(ratio.ppm()) / 1e6;
    let brier = scores.brier().map_or_else(String::new, |brier| format!(", {:.2}", part(brier)));
    format!("{:.0}/{:.0} %{brier}", part(half) * 100.0, part(most) * 100.0)
}

/// A wait in words.
pub(super) fn wait(minutes: Option<f64>) -> String {
    match minutes {
        None => "-".to_owned(),
        Some(minutes) if minutes < 100.0 => format!("{minutes:.0} min"),
        Some(minutes) if minutes < 2_880.0 => format!("{:.1} h", minutes / 60.0),
        Some(minutes) => format!("{:.1} d", minutes / 1_440.0),
    }
}
