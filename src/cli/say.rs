//! How commands speak: results on standard output, everything else on standard error. An output that was closed is no
//! reason to stop.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use crate::store::StoreError;

use super::exit;

/// Why a command ends early.
#[derive(Debug)]
pub(super) struct Failure {
    /// The exit code.
    pub(super) code: u8,
    /// What happened, where, what to do.
    pub(super) text: String,
}

impl Failure {
    #[expect(clippy::needless_pass_by_value, reason = "an error is given away to be told")]
    pub(super) fn new(code: u8, text: impl ToString) -> Self {
        Self { code, text: text.to_string() }
    }

    /// The user named something that there is not; `known` are those that there are.
    pub(super) fn unknown<'a>(what: &str, wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Self::new(exit::USAGE, format!("there is no {what} {wanted:?}; there are: {known}"))
    }

    /// Tells it; answers its code.
    pub(super) fn tell(&self) -> u8 {
        err(&self.text);
        self.code
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(exit::IO, error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(exit::IO, error)
    }
}

/// A result.
pub(super) fn out(text: &str) {
    let _closed_output = writeln!(io::stdout().lock(), "{}", text.trim_end());
}

/// A result as it is; that nobody reads it any more is told, so that a command which repeats itself ends.
pub(super) fn out_raw(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Anything else.
pub(super) fn err(text: &str) {
    let _closed_output = writeln!(io::stderr().lock(), "{}", text.trim_end());
}

/// A result for machines.
pub(super) fn json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::new(exit::OTHER, error))?;
    out(&text);
    Ok(())
}

/// Rows under their heads, in columns as wide as they need; the last may be of any width.
pub(super) fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    let all = || std::iter::once(&heads).chain(rows);
    let width = |column: usize| all().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..heads.len()).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in all() {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            // Writing to a string cannot fail.
            let _ = write!(line, "{cell:width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
