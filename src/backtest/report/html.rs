//! A page of its own: the figures, and charts of the first tape. No script, nothing from elsewhere.

use std::fmt::Write as _;

use super::chart::{Axis, Chart, Series, Stroke, escaped};
use super::summary::{Entry, Summary};
use super::table::{difference, forecasts, wait};
use crate::backtest::measure::Figures;
use crate::backtest::numbers::count;
use crate::backtest::run::{Kind, Row, UnitResult};

const STYLE: &str = include_str!("page.css");

/// The page.
#[must_use]
pub fn html(summary: &Summary) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Backtest</title>\n\
         <meta name=\"viewport\" content=\"width=device-width\"><style>\n{STYLE}</style></head><body><main>\n<h1>Backtest</h1>\n<dl>\n"
    );
    for (name, value) in &summary.asked {
        let _infallible = writeln!(page, "<dt>{}</dt><dd>{}</dd>", escaped(name), escaped(value));
    }
    for note in summary.notes() {
        let _infallible = writeln!(page, "<dt>note</dt><dd>{}</dd>", escaped(note));
    }
    page.push_str("</dl>\n");
    page.push_str(&figures(summary));
    if let Some(unit) = summary.units.first() {
        page.push_str(&charts(unit));
    }
    page.push_str(
        "<p class=\"small\">A back-test shows what a rule would have done with the past or with a model, not what it will earn. \
         Fills are a model's guess; borrowers' holds are drawn from one law, the same for everyone; nothing here saw the \
         moment that it decided about.</p>\n</main></body></html>\n",
    );
    page
}

const HEADS: [&str; 13] = [
    "lender",
    "net %/year",
    "worst 30 d",
    "used",
    "gross %/year",
    "2 d / 3-29 / 30-119 / 120",
    "of foresight",
    "idle −",
    "price −",
    "waits 50 / 90 %",
    "moves",
    "forecasts 50 / 90 %, score",
    "first less it",
];

fn figures(summary: &Summary) -> String {
    let mut text = String::from("<div class=\"wide\"><table><thead><tr>");
    for head in HEADS {
        let _infallible = write!(text, "<th>{head}</th>");
    }
    text.push_str("</tr></thead><tbody>\n");
    for entry in &summary.entries {
        let class = if entry.kind == Kind::Profile { "profile" } else { "habit" };
        let _infallible =
            write!(text, "<tr class=\"{class}\"><td title=\"{}\">{}</td>", escaped(&entry.words), escaped(&entry.name));
        for cell in cells(entry) {
            let _infallible = write!(text, "<td>{}</td>", escaped(&cell));
        }
        text.push_str("</tr>\n");
    }
    let names = ["foresight, two days", "foresight, full", "foresight, winsorised"];
    for (name, net) in names.iter().zip(summary.oracle) {
        let _infallible =
            writeln!(text, "<tr class=\"habit\"><td>{name}</td><td>{net:.2}</td><td colspan=\"11\"></td></tr>");
    }
    text.push_str("</tbody></table></div>\n");
    text
}

fn cells(entry: &Entry) -> [String; 12] {
    let [two, full, _] = entry.of_oracle;
    [
        format!("{:.2}", entry.net),
        entry.worst.map_or_else(|| "–".to_owned(), |worst| format!("{worst:.2}")),
        format!("{:.1} %", entry.utilisation * 100.0),
        format!("{:.2}", entry.gross),
        entry.shares.map(|share| format!("{:.0} %", share * 100.0)).join(" / "),
        format!("{two:.2} / {full:.2}"),
        format!("{:.2}", entry.regret.idle),
        format!("{:.2}", entry.regret.price),
        format!("{} / {}", wait(entry.waits.0), wait(entry.waits.1)),
        format!("{:.2}", entry.replaces),
        forecasts(&entry.scores),
        entry.difference.as_ref().map_or_else(String::new, difference),
    ]
}

fn charts(unit: &UnitResult) -> String {
    let mut text = format!("<h2>{}</h2>\n", escaped(&unit.name));
    let mut add = |title: &str, words: &str, svg: &str| {
        let _infallible = writeln!(
            text,
            "<figure><figcaption><b>{}</b> {}</figcaption>{svg}</figure>",
            escaped(title),
            escaped(words)
        );
    };
    for row in unit.rows.iter().filter(|row| row.kind == Kind::Profile) {
        add(
            &format!("{}: its rate and the market's", row.name),
            "What its offers asked for and its loans paid, beside what two-day money cost.",
            &rates(row),
        );
        add(&format!("{}: where the money was", row.name), "Parts of the balance.", &balance(row));
    }
    add("Earnings", "After the fee, summed up; habits dashed.", &earnings(unit));
    add("Waits", "For how long money lay free before it was lent.", &waits(unit));
    text
}

/// Days from the start to the middle of each stretch, with a figure of it.
fn over_time(figures: &Figures, figure: impl Fn(&crate::backtest::measure::Point) -> Option<f64>) -> Vec<(f64, f64)> {
    let points = figures.points.iter().enumerate();
    points.filter_map(|(place, point)| Some(((count(place) + 0.5) * figures.stretch, figure(point)?))).collect()
}

/// Profiles are solid; habits dashed, and dotted where the colours begin again.
fn stroke(place: usize, kind: Kind) -> Stroke {
    match kind {
        Kind::Profile => Stroke::Solid,
        Kind::Habit if place < 8 => Stroke::Dashed,
        Kind::Habit => Stroke::Dotted,
    }
}

fn length(figures: &Figures) -> f64 {
    count(figures.points.len().max(1)) * figures.stretch
}

fn time(figures: &Figures) -> Axis {
    Axis::linear("days from the start", 0.0, length(figures))
}

/// What nearly all values stay under, so that one spike does not flatten the rest.
fn most(series: &[Series]) -> f64 {
    let mut all: Vec<f64> = series.iter().flat_map(|one| one.points.iter().map(|point| point.1)).collect();
    all.sort_by(f64::total_cmp);
    let nearly = all.get(all.len().saturating_mul(98) / 100).or(all.last()).copied().unwrap_or(1.0);
    (nearly * 1.25).min(all.last().copied().unwrap_or(1.0) * 1.05).max(1e-6)
}

fn rates(row: &Row) -> String {
    let figures = &row.figures;
    let line = |name: &str, colour, points| Series { name: name.to_owned(), colour, points, stroke: Stroke::Solid };
    let series = [
        line("market, two days", 7, over_time(figures, crate::backtest::measure::Point::market)),
        line("its offers", 0, over_time(figures, crate::backtest::measure::Point::asked)),
        line("its loans", 1, over_time(figures, crate::backtest::measure::Point::lent_at)),
    ];
    let mut chart =
        Chart::new("rates over time", time(figures), Axis::linear("% a year, gross", 0.0, most(&series)), 3);
    for one in &series {
        chart.line(one);
    }
    chart.end()
}

fn balance(row: &Row) -> String {
    let figures = &row.figures;
    let mut chart = Chart::new("balance over time", time(figures), Axis::linear("% of the balance", 0.0, 100.0), 6);
    let names = ["lent, 2 d", "lent, 3–29 d", "lent, 30–119 d", "lent, 120 d", "offered", "idle"];
    let mut lower = over_time(figures, |_| Some(0.0));
    for (place, name) in names.iter().enumerate() {
        let upper: Vec<(f64, f64)> = lower
            .iter()
            .zip(&figures.points)
            .map(|((x, y), point)| (*x, point.parts().get(place).map_or(100.0, |part| y + part * 100.0)))
            .collect();
        chart.area(name, place, &lower, &upper);
        lower = upper;
    }
    chart.end()
}

fn earnings(unit: &UnitResult) -> String {
    let mut series = Vec::new();
    for (place, row) in unit.rows.iter().enumerate() {
        let mut sum = 0.0;
        let mut points = vec![(0.0, 0.0)];
        for (day, apr) in row.figures.daily.iter().enumerate() {
            sum += apr / 365.0;
            points.push((count(day.saturating_add(1)), sum));
        }
        series.push(Series { name: row.name.clone(), colour: place % 8, points, stroke: stroke(place, row.kind) });
    }
    let Some(first) = unit.rows.first() else { return String::new() };
    let top = series.iter().filter_map(|one| one.points.last()).map(|point| point.1).fold(1e-6, f64::max);
    let days = Axis::linear("days from the start", 0.0, count(first.figures.daily.len().max(1)));
    let mut chart =
        Chart::new("earnings", days, Axis::linear("% of the balance, net", 0.0, top * 1.05), unit.rows.len());
    for one in &series {
        chart.line(one);
    }
    chart.end()
}

/// Waits on a logarithmic axis from a minute to a month.
fn waits(unit: &UnitResult) -> String {
    let marks = [
        (1.0, "1 min"),
        (10.0, "10 min"),
        (60.0, "1 h"),
        (360.0, "6 h"),
        (1_440.0, "1 d"),
        (10_080.0, "7 d"),
        (43_200.0, "30 d"),
    ];
    let x = Axis {
        label: "time that money lay free (logarithmic)".to_owned(),
        from: 0.0,
        to: 43_200_f64.ln(),
        marks: marks.iter().map(|(minutes, text): &(f64, &str)| (minutes.ln(), (*text).to_owned())).collect(),
    };
    let mut chart = Chart::new("waits", x, Axis::linear("% of the money lent by then", 0.0, 100.0), unit.rows.len());
    for (place, row) in unit.rows.iter().enumerate() {
        let mut sum = 0.0;
        let mut points = Vec::new();
        for (minutes, share) in row.figures.histogram.shares().filter(|(minutes, _)| *minutes <= 43_200.0) {
            sum += share * 100.0;
            points.push((minutes.ln(), sum));
        }
        chart.line(&Series { name: row.name.clone(), colour: place % 8, points, stroke: stroke(place, row.kind) });
    }
    chart.end()
}
