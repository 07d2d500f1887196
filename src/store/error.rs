//! What can go wrong with the state directory, and what to do about it.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::domain::ActionId;

/// Why the store could not do as asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Another process holds the lock: exit 75 at the edge.
    #[error(
        "another yieldsforge holds the state directory {}: stop it, or give this one its own state.directory",
        dir.display()
    )]
    Held {
        /// The state directory.
        dir: PathBuf,
    },
    /// A file or folder could not be used.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was tried, such as `create`.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file is no database of ours, or its pages or rows do not make sense.
    #[error(
        "the database {} is damaged ({detail}): move it away together with its -wal and -shm files and start again; \
         what it knew of own offers is then lost: every live offer counts as foreign until `yieldsforge adopt`",
        path.display()
    )]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// The database was written by a newer program.
    #[error(
        "the database {} has schema {found}, this program knows up to {known}: run the newer program again, or restore \
         the copy made before the upgrade",
        path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// An action number was used before: recording it could hide the earlier write.
    #[error("action {0} was recorded before; a number is never used twice, so this plan may not be sent")]
    Reused(ActionId),
    /// SQLite refused.
    #[error("cannot {doing} in the database {}: {source}", path.display())]
    Sqlite {
        /// What was tried.
        doing: &'static str,
        /// The database.
        path: PathBuf,
        /// SQLite's answer.
        source: rusqlite::Error,
    },
    /// A request file makes no sense.
    #[error("the request file {} cannot be used: {detail}", path.display())]
    Request {
        /// The file, under the name it was set aside by.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// The store has been closed, or its thread has died.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// A failed file operation.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }

    /// SQLite's error told apart: damage needs other measures than a full disk.
    pub(super) fn sqlite(doing: &'static str, path: &Path, source: rusqlite::Error) -> Self {
        use rusqlite::{Error, ErrorCode};
        let damaged = matches!(
            source.sqlite_error_code(),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::TypeMismatch)
        ) || matches!(
            source,
            Error::FromSqlConversionFailure(..) | Error::InvalidColumnType(..) | Error::IntegralValueOutOfRange(..)
        );
        if damaged {
            Self::Damaged { path: path.to_owned(), detail: source.to_string() }
        } else {
            Self::Sqlite { doing, path: path.to_owned(), source }
        }
    }
}
