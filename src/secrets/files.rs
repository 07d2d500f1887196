//! Small files with secrets in them.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use thiserror::Error;
use zeroize::Zeroizing;

/// Larger than any identity or key file.
pub(super) const MAX_BYTES: usize = 64 * 1024;

/// Why a file could not be read or written. Never holds content.
#[derive(Debug, Error)]
pub enum FileError {
    /// There is none.
    #[error("there is no such file, or no such folder")]
    Missing,
    /// There is one, and it is not to be overwritten.
    #[error("there is such a file already, and it is never overwritten")]
    Exists,
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
        if error.kind() == io::ErrorKind::NotFound {
            Self::Missing
        } else if error.kind() == io::ErrorKind::AlreadyExists {
            Self::Exists
        } else {
            Self::Io(error)
        }
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
    drain_about(file, usize::try_from(metadata.len()).unwrap_or(usize::MAX))
}

/// Everything up to 64 KiB. The buffer is as large as it may become from the start: one that grows would leave copies
/// behind.
///
/// # Errors
/// [`FileError::TooLarge`] for more, else as the source says.
pub fn drain(source: impl io::Read) -> Result<Zeroizing<Vec<u8>>, FileError> {
    drain_about(source, MAX_BYTES)
}

/// The same for a source that holds at most about `expected` bytes, so that less has to be overwritten.
pub(super) fn drain_about(source: impl io::Read, expected: usize) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let most = expected.clamp(4 * 1024, MAX_BYTES);
    let room = most.saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    source.take(u64::try_from(room).unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
    if bytes.len() > most { Err(FileError::TooLarge) } else { Ok(bytes) }
}

/// Writes a new file of mode 0600, whole or not at all.
///
/// # Errors
/// [`FileError`] when it exists already or cannot be written.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    put(path, bytes, Fate::New { ciphertext: false })
}

/// Writes a new file of ciphertext, whole or not at all. Root makes it readable for all (0644): the daemon runs under a
/// user of its own, and ciphertext hides what is in it. Anybody else's is 0600.
///
/// # Errors
/// [`FileError`] when it exists already or cannot be written.
pub(super) fn write_sealed(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    put(path, bytes, Fate::New { ciphertext: true })
}

/// Replaces a file, whole or not at all; owner and mode stay. A link is followed, not replaced.
///
/// # Errors
/// [`FileError`] when it is not there or cannot be written.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    put(&path.canonicalize()?, bytes, Fate::Replace)
}

/// Removes a file, seen by the disk.
///
/// # Errors
/// [`FileError`] when it is not there or cannot be removed.
pub fn remove(path: &Path) -> Result<(), FileError> {
    fs::remove_file(path)?;
    Ok(fs::File::open(folder_of(path))?.sync_all()?)
}

/// What becomes of a draft.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    New { ciphertext: bool },
    Replace,
}

/// A temporary file beside the real one, removed unless it takes its place.
struct Draft {
    path: PathBuf,
    file: fs::File,
}

impl Draft {
    /// The name holds the process's number: no two processes write one draft, and what lies there is an older one's.
    fn beside(path: &Path) -> io::Result<Self> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?.to_string_lossy();
        let draft = folder_of(path).join(format!(".{name}.{}.new", std::process::id()));
        match fs::remove_file(&draft) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        Ok(Self { path: draft, file })
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Once renamed there is none under this name.
        let _gone_already = fs::remove_file(&self.path);
    }
}

/// Draft, contents, disk, name, disk again: at no moment is there half a file under the name.
fn put(path: &Path, bytes: &[u8], fate: Fate) -> Result<(), FileError> {
    if fate != Fate::Replace && fs::symlink_metadata(path).is_ok() {
        return Err(FileError::Exists);
    }
    let mut draft = Draft::beside(path)?;
    draft.file.write_all(bytes)?;
    let own = draft.file.metadata()?;
    match fate {
        Fate::New { ciphertext } if ciphertext && own.uid() == 0 => {
            draft.file.set_permissions(Permissions::from_mode(0o644))?;
        }
        Fate::New { .. } => {}
        Fate::Replace => {
            let old = fs::metadata(path)?;
            if (own.uid(), own.gid()) != (old.uid(), old.gid()) {
                fchown(&draft.file, Some(old.uid()), Some(old.gid()))?;
            }
            draft.file.set_permissions(Permissions::from_mode(old.mode() & 0o777))?;
        }
    }
    draft.file.sync_all()?;
    match fate {
        Fate::New { .. } => renameat_with(CWD, &draft.path, CWD, path, RenameFlags::NOREPLACE)
            .map_err(|error| FileError::from(io::Error::from(error)))?,
        Fate::Replace => fs::rename(&draft.path, path)?,
    }
    Ok(fs::File::open(folder_of(path))?.sync_all()?)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}
