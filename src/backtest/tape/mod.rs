//! Sources of moments in the order of time. Every one streams: what it holds does not grow with the length of the data.
//!
//! - [`Modelled`]: the modelled market by itself, as prints of each batch, books around it, FRR by the hour.
//! - [`Recorded`]: CSV files in the layouts of the recorder's export, any of them together, merged by time: `trades` as
//!   prints, `candles` as hours that are told of when they have closed, `book` snapshots, `ticker` and `stats` for the FRR.
//!
//! Where a recording has no FRR, a stand-in is told, made of what has been seen (`frr`). Where it has no book, a thin one is
//! made of the last closed candle or the last prints (`thin`): enough for rules that look at the best offer; what depth
//! means in it is a convention.

mod candles;
mod csv;
mod frr;
mod modelled;
mod recorded;
mod snapshots;
mod thin;
mod trades;

#[cfg(test)]
mod tests;

use thiserror::Error;

pub use modelled::Modelled;
pub use recorded::{Kinds, Recorded};

use super::moment::Moment;

/// Why a recording cannot be played.
#[derive(Debug, Error)]
pub enum TapeError {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A line is no good. Lines count from 1, the header.
    #[error("{path}:{line}: {problem}")]
    Line {
        /// Which file.
        path: String,
        /// Which line.
        line: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// Nothing in it can be played.
    #[error("{path}: {problem}")]
    Nothing {
        /// Which file or folder.
        path: String,
        /// What was looked for.
        problem: String,
    },
}

/// A source of moments; their times never fall.
pub trait Tape: std::fmt::Debug {
    /// The next moment; nothing at the end.
    ///
    /// # Errors
    /// [`TapeError`] for what cannot be read.
    fn next(&mut self) -> Result<Option<Moment>, TapeError>;
}
