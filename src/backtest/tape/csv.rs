//! Rows of a CSV file, one at a time, by the names of their columns.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use super::TapeError;
use crate::domain::{Amount, DailyRate, Days, Decimal, Rounding, Timestamp};

/// A file that is read row by row.
#[derive(Debug)]
pub(super) struct Rows {
    path: PathBuf,
    reader: BufReader<File>,
    header: Vec<String>,
    /// The number of the line that was read last, from 1.
    line: u64,
    text: String,
    last: Option<Timestamp>,
}

impl Rows {
    /// Opens a file and reads its header.
    pub(super) fn open(path: &Path) -> Result<Self, TapeError> {
        let lost = |source| TapeError::Read { path: path.display().to_string(), source };
        let mut reader = BufReader::new(File::open(path).map_err(lost)?);
        let mut text = String::new();
        reader.read_line(&mut text).map_err(lost)?;
        let header = text.trim().split(',').map(str::to_owned).collect();
        Ok(Self { path: path.to_path_buf(), reader, header, line: 1, text, last: None })
    }

    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Goes on to the next row; false at the end.
    pub(super) fn advance(&mut self) -> Result<bool, TapeError> {
        loop {
            self.text.clear();
            let read = self.reader.read_line(&mut self.text);
            let read = read.map_err(|source| TapeError::Read { path: self.path.display().to_string(), source })?;
            self.line = self.line.saturating_add(1);
            if read == 0 || !self.text.trim().is_empty() {
                return Ok(read > 0);
            }
        }
    }

    /// An error about the row.
    pub(super) fn wrong(&self, problem: impl Into<String>) -> TapeError {
        TapeError::Line { path: self.path.display().to_string(), line: self.line, problem: problem.into() }
    }

    /// A field of the row; `None` when the file has no such column.
    fn field(&self, column: &str) -> Option<&str> {
        let place = self.header.iter().position(|name| name == column)?;
        self.text.trim_end().split(',').nth(place)
    }

    fn parse<T>(&self, column: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, TapeError> {
        let text = self.field(column).unwrap_or_default();
        parse(text).ok_or_else(|| self.wrong(format!("`{text}` is no good {column}; correct or remove the line")))
    }

    /// The time of the row; times never fall.
    pub(super) fn time(&mut self, column: &str) -> Result<Timestamp, TapeError> {
        let at = self.parse(column, |text| text.parse().ok().filter(|at| *at >= 0).map(Timestamp::from_millis))?;
        if self.last.is_some_and(|last| at < last) {
            return Err(self.wrong("earlier than the line before; sort the file by time"));
        }
        self.last = Some(at);
        Ok(at)
    }

    pub(super) fn rate(&self, column: &str) -> Result<DailyRate, TapeError> {
        let positive = |rate: &DailyRate| rate.is_positive();
        self.parse(column, |text| DailyRate::parse(text, Rounding::Nearest).ok().filter(positive))
    }

    pub(super) fn exact(&self, column: &str) -> Result<Decimal, TapeError> {
        self.parse(column, |text| Decimal::parse(text).ok())
    }

    pub(super) fn amount(&self, column: &str) -> Result<Amount, TapeError> {
        self.parse(column, |text| Amount::parse(text, Rounding::Nearest).ok())
    }

    pub(super) fn days(&self, column: &str) -> Result<Days, TapeError> {
        self.parse(column, |text| text.parse().ok().and_then(Days::valid))
    }

    pub(super) fn count(&self, column: &str) -> Result<u32, TapeError> {
        self.parse(column, |text| text.parse().ok().filter(|count| *count > 0))
    }

    pub(super) fn id(&self, column: &str) -> Result<i64, TapeError> {
        self.parse(column, |text| text.parse().ok())
    }
}
