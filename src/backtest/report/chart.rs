//! Charts as SVG: lines, stacked areas, shares over a logarithmic axis. Colours and text come from the page's variables, so that
//! they fit a dark and a light page.

use std::fmt::Write as _;

use crate::backtest::numbers::{count, place};

/// Size of a chart, and what its axes and legend need.
const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 190.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 46.0;
/// Height of a line of the legend.
const LINE: f64 = 19.0;

/// A line of a chart.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub(super) name: String,
    /// Number of the page's colour, 0 to 7.
    pub(super) colour: usize,
    pub(super) points: Vec<(f64, f64)>,
    pub(super) stroke: Stroke,
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stroke {
    Solid,
    Dashed,
    Dotted,
}

impl Stroke {
    /// Its class on the page.
    const fn class(self) -> &'static str {
        match self {
            Self::Solid => "",
            Self::Dashed => " dashed",
            Self::Dotted => " dotted",
        }
    }
}

/// An axis.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    pub(super) label: String,
    pub(super) from: f64,
    pub(super) to: f64,
    /// Where it is marked, with what is written there.
    pub(super) marks: Vec<(f64, String)>,
}

impl Axis {
    /// From zero, or `from`, to a little more than `to`, with round marks.
    pub(super) fn linear(label: &str, from: f64, to: f64) -> Self {
        let span = (to - from).max(1e-9);
        let rough = span / 5.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step =
            [1.0, 2.0, 5.0, 10.0].into_iter().map(|part| part * power).find(|step| *step >= rough).unwrap_or(power);
        let digits = if step >= 1.0 { 0 } else { place((-step.log10()).ceil()) };
        let first = (from / step).ceil();
        let number = place(((to - first * step) / step).floor().max(0.0) + 0.000_1);
        let marks = (0..=number).map(|mark| {
            let at = (first + count(mark)) * step;
            (at, format!("{at:.digits$}"))
        });
        Self { label: label.to_owned(), from, to: from + span, marks: marks.collect() }
    }
}

/// A frame with its axes, to which lines or areas are added.
#[derive(Debug)]
pub(super) struct Chart {
    svg: String,
    x: Axis,
    y: Axis,
    legend: f64,
    /// Between two lines of the legend.
    spacing: f64,
}

impl Chart {
    pub(super) fn new(title: &str, x: Axis, y: Axis, entries: usize) -> Self {
        let mut svg = format!(
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\" xmlns=\"http://www.w3.org/2000/svg\">\n"
        );
        let (bottom, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
        for (value, text) in &y.marks {
            let at = scale(*value, &y, bottom, TOP);
            let _infallible = writeln!(
                svg,
                "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{at:.1}\" x2=\"{right}\" y2=\"{at:.1}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>",
                LEFT - 8.0,
                at + 4.0
            );
        }
        for (value, text) in &x.marks {
            let at = scale(*value, &x, LEFT, right);
            let _infallible = writeln!(
                svg,
                "<line class=\"axis\" x1=\"{at:.1}\" y1=\"{bottom}\" x2=\"{at:.1}\" y2=\"{:.1}\"/>\
                 <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{text}</text>",
                bottom + 5.0,
                bottom + 19.0
            );
        }
        let _infallible = writeln!(
            svg,
            "<line class=\"axis\" x1=\"{LEFT}\" y1=\"{bottom}\" x2=\"{right}\" y2=\"{bottom}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\
             <text transform=\"translate(14 {:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            f64::midpoint(LEFT, right),
            HEIGHT - 8.0,
            escaped(&x.label),
            f64::midpoint(TOP, bottom),
            escaped(&y.label)
        );
        let spacing = LINE.min((HEIGHT - 2.0 * TOP) / count(entries.max(1)));
        Self { svg, x, y, legend: TOP + 8.0, spacing }
    }

    fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let y = y.clamp(self.y.from, self.y.to);
        (scale(x, &self.x, LEFT, WIDTH - RIGHT), scale(y, &self.y, HEIGHT - BOTTOM, TOP))
    }

    fn named(&mut self, name: &str, colour: usize, stroke: Stroke) {
        let (x, y) = (WIDTH - RIGHT + 16.0, self.legend);
        self.legend += self.spacing;
        let dash = stroke.class();
        let _infallible = writeln!(
            self.svg,
            "<line class=\"line c{colour}{dash}\" x1=\"{x}\" y1=\"{y:.1}\" x2=\"{:.1}\" y2=\"{y:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            x + 18.0,
            x + 24.0,
            y + 4.0,
            escaped(name)
        );
    }

    /// Adds a line.
    pub(super) fn line(&mut self, series: &Series) {
        let dash = series.stroke.class();
        let mut path = String::new();
        for point in &series.points {
            let (x, y) = self.at(*point);
            let _infallible = write!(path, "{x:.1},{y:.1} ");
        }
        let _infallible =
            writeln!(self.svg, "<polyline class=\"line c{}{dash}\" points=\"{}\"/>", series.colour, path.trim_end());
        self.named(&series.name, series.colour, series.stroke);
    }

    /// Adds an area between two lines over the same places.
    pub(super) fn area(&mut self, name: &str, colour: usize, lower: &[(f64, f64)], upper: &[(f64, f64)]) {
        let mut path = String::new();
        for point in upper.iter().chain(lower.iter().rev()) {
            let (x, y) = self.at(*point);
            let _infallible = write!(path, "{x:.1},{y:.1} ");
        }
        let _infallible = writeln!(self.svg, "<polygon class=\"area c{colour}\" points=\"{}\"/>", path.trim_end());
        let (x, y) = (WIDTH - RIGHT + 16.0, self.legend);
        self.legend += self.spacing;
        let _infallible = writeln!(
            self.svg,
            "<rect class=\"area c{colour}\" x=\"{x}\" y=\"{:.1}\" width=\"18\" height=\"11\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            y - 5.0,
            x + 24.0,
            y + 4.0,
            escaped(name)
        );
    }

    pub(super) fn end(mut self) -> String {
        self.svg.push_str("</svg>\n");
        self.svg
    }
}

fn scale(value: f64, axis: &Axis, low: f64, high: f64) -> f64 {
    low + (value - axis.from) / (axis.to - axis.from) * (high - low)
}

/// Text in a page.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
