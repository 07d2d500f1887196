//! The last things that happened, for the report of a failing seed.

use std::collections::VecDeque;
use std::fmt::Display;

use super::plan::START;

/// Lines kept.
const KEPT: usize = 60;

/// The last lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trail {
    lines: VecDeque<String>,
    aloud: bool,
}

impl Trail {
    /// A trail that also prints every line at once.
    pub(crate) fn new(aloud: bool) -> Self {
        Self { lines: VecDeque::new(), aloud }
    }

    /// One more line.
    pub(crate) fn line(&mut self, at_ms: i64, what: impl Display) {
        let line = format!("{} {what}", clock(at_ms));
        if self.aloud {
            println!("{line}");
        }
        if self.lines.len() >= KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    /// All lines.
    pub(crate) fn tell(&self) -> String {
        self.lines.iter().fold(String::new(), |all, line| all + "  " + line + "\n")
    }
}

/// `day 3 07:12:33.250`, from milliseconds since the start.
pub(crate) fn clock(ms: i64) -> String {
    let (day, rest) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60);
    format!("day {day} {hour:02}:{minute:02}:{second:02}.{:03}", rest % 1_000)
}

/// Milliseconds since the simulation's start.
pub(crate) fn since_start(at: yieldsforge::domain::Timestamp) -> i64 {
    at.millis() - START
}
