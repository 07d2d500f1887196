//! What the daemon or `record` has kept, as a tape: a tape is read from files, so the recorder's database is written out as
//! those of `export` into a folder that goes when the run is over.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::cli::exit;
use crate::cli::export;
use crate::cli::say::Failure;
use crate::domain::Currency;
use crate::store::market::{FILE, MarketReader};

/// With this every SQLite database begins.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// The paths to play, and the folders that must stay until they were.
#[derive(Debug, Default)]
pub(super) struct Tapes {
    pub(super) paths: Vec<PathBuf>,
    kept: Vec<TempDir>,
}

impl Tapes {
    /// `paths`, databases among them written out.
    pub(super) fn of(paths: &[PathBuf], currency: Currency) -> Result<Self, Failure> {
        let mut tapes = Self::default();
        for path in paths {
            match database(path) {
                Some(database) => tapes.write_out(&database, currency)?,
                None => tapes.paths.push(path.clone()),
            }
        }
        Ok(tapes)
    }

    fn write_out(&mut self, database: &Path, currency: Currency) -> Result<(), Failure> {
        let lost = |error| Failure::new(exit::IO, format!("a folder for what {} holds: {error}", database.display()));
        let reader = MarketReader::open_file(database)?;
        let folder = TempDir::with_prefix("yieldsforge-").map_err(lost)?;
        // The tape is named as the database.
        let path = folder.path().join(database.file_name().unwrap_or_else(|| FILE.as_ref()));
        fs::create_dir(&path).map_err(lost)?;
        export::tape(&reader, currency, &path)?;
        self.paths.push(path);
        self.kept.push(folder);
        Ok(())
    }
}

/// The recorder's database that a path means: the file itself, or the one in a state directory.
fn database(path: &Path) -> Option<PathBuf> {
    let path = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    let mut begins = [0; MAGIC.len()];
    File::open(&path).and_then(|mut file| file.read_exact(&mut begins)).ok()?;
    (begins == MAGIC).then_some(path)
}

#[cfg(test)]
mod tests;
