//! One process per state directory: whoever signs calls with a key holds this lock (DESIGN.md section 6).

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use super::error::StoreError;

/// The lock on a state directory; let go when dropped, also by the kernel when the process dies.
#[derive(Debug)]
pub struct StateLock {
    _file: File,
}

impl StateLock {
    /// Takes the lock on `dir`, which is made (0700) if it is not there.
    ///
    /// # Errors
    /// [`StoreError::Held`] when another process has it, [`StoreError::Io`] when the directory cannot be used.
    pub fn take(dir: &Path) -> Result<Self, StoreError> {
        Self::take_named(dir, "lock")
    }

    /// The same for another file in the directory: for what only one process at a time may do without any key.
    ///
    /// # Errors
    /// As [`StateLock::take`].
    pub(super) fn take_named(dir: &Path, name: &str) -> Result<Self, StoreError> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(StoreError::io("create", dir))?;
        let path = dir.join(name);
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(StoreError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => {
                // Told to whoever wants to signal the holder; the lock itself does not depend on it.
                let text = format!("{}\n", std::process::id());
                let written = file.set_len(0).and_then(|()| file.write_all(text.as_bytes()));
                written.map_err(StoreError::io("write", &path))?;
                Ok(Self { _file: file })
            }
            Err(TryLockError::WouldBlock) => Err(StoreError::Held { dir: dir.to_owned() }),
            Err(TryLockError::Error(source)) => Err(StoreError::Io { doing: "lock", path, source }),
        }
    }
    /// The process that holds the lock on `dir`, 0 when it has not said which it is; `None` when nobody holds it. Nothing
    /// is made or kept.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the lock's file is there and cannot be read.
    pub fn holder(dir: &Path) -> Result<Option<u32>, StoreError> {
        let path = dir.join("lock");
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StoreError::Io { doing: "open", path, source }),
        };
        match file.try_lock_shared() {
            // Nobody has it; let go at once.
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                file.read_to_string(&mut text).map_err(StoreError::io("read", &path))?;
                Ok(Some(text.trim().parse().unwrap_or(0)))
            }
            Err(TryLockError::Error(source)) => Err(StoreError::Io { doing: "lock", path, source }),
        }
    }
}
