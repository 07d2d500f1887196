//! Small files with secrets in them.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use thiserror::Error;
use zeroize::Zeroizing;

/// Larger than any identity or key file.
pub(super) const MAX_BYTES: usize = 64 * 1024;

/// Why a file could not be read or written. Never holds content.
#[derive(Debug, Error)]
pub enum FileError {
    /// There is none.
    #[error("there is no such file")]
    Missing,
    /// A folder, a pipe, a device.
    #[error("this is not a file")]
    NotAFile,
    /// Over 64 KiB.
    #[error("the file is larger than 64 KiB: no key or identity is")]
    TooLarge,
    /// Others may read it.
    #[error("others than its owner may read or change it (mode {mode:04o}); mend it with: chmod 600 '{path}'")]
    Exposed {
        /// Its permission bits.
        mode: u32,
        /// Its path.
        path: String,
    },
    /// Anything else.
    #[error("{0}")]
    Io(io::Error),
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound { Self::Missing } else { Self::Io(error) }
    }
}

/// Reads a small file into memory that is overwritten when dropped. With `private`, refuses one that others than its
/// owner may read or change.
pub(super) fn read(path: &Path, private: bool) -> Result<Zeroizing<Vec<u8>>, FileError> {
    // Asked before it is opened: opening a pipe would wait for a writer.
    if !fs::metadata(path)?.is_file() {
        return Err(FileError::NotAFile);
    }
    let file = fs::File::open(path)?;
    // Asked again of what was really opened.
    let metadata = file.metadata()?;
    let mode = metadata.permissions().mode() & 0o7777;
    if !metadata.is_file() {
        return Err(FileError::NotAFile);
    }
    if private && mode & 0o077 != 0 {
        return Err(FileError::Exposed { mode, path: path.display().to_string() });
    }
    drain(file)
}

/// Everything up to the limit. The buffer is as large as it may become from the start: one that grows would leave
/// copies behind.
pub(super) fn drain(source: impl io::Read) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let room = MAX_BYTES.saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    source.take(u64::try_from(room).unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_BYTES { Err(FileError::TooLarge) } else { Ok(bytes) }
}

/// Writes a new file that only its owner can read, and sees it on the disk.
///
/// # Errors
/// [`FileError`] when it exists already or cannot be written.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(())
}
