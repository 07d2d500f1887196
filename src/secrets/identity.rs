//! The age identity that opens the key files.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;
use zeroize::Zeroizing;

use super::files::{self, FileError};
use super::passphrase;

/// Where an identity may be named, in the order in which it is looked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lookup<'a> {
    /// `--identity`.
    pub flag: Option<&'a Path>,
    /// `keys.identity` of the configuration.
    pub configured: Option<&'a Path>,
    /// The environment: `YIELDSFORGE_IDENTITY` and `CREDENTIALS_DIRECTORY` are looked up.
    pub env: &'a [(String, String)],
}

/// Where the identity lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its file.
    pub path: PathBuf,
    /// True inside `$CREDENTIALS_DIRECTORY`: systemd guards it by its own means, not by mode bits.
    pub guarded: bool,
}

/// The credential's name under systemd (`LoadCredential=age-identity:…`).
const CREDENTIAL: &str = "age-identity";

impl Lookup<'_> {
    /// The first place that is named. Whether there is a file is found out by [`Identity::load`], but for the
    /// credential, which counts only when it is there.
    ///
    /// # Errors
    /// [`IdentityError::Unnamed`] when nothing names one.
    pub fn find(&self) -> Result<Place, IdentityError> {
        let variable = |name: &str| {
            self.env.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| PathBuf::from(value))
        };
        let credentials = variable("CREDENTIALS_DIRECTORY");
        let credential = credentials.as_ref().map(|folder| folder.join(CREDENTIAL)).filter(|path| path.exists());
        let named = self.flag.or(self.configured).map(Path::to_path_buf).or_else(|| variable("YIELDSFORGE_IDENTITY"));
        let path = named.or(credential).ok_or(IdentityError::Unnamed)?;
        let guarded = credentials.is_some_and(|folder| is_inside(&path, &folder));
        Ok(Place { path, guarded })
    }
}

/// True when the file really lies in the folder, whatever `..` or links its path holds.
fn is_inside(path: &Path, folder: &Path) -> bool {
    match (path.canonicalize(), folder.canonicalize()) {
        (Ok(path), Ok(folder)) => path.starts_with(folder),
        _ => false,
    }
}

/// Why there is no identity. Never holds content of a file.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// Nothing names one.
    #[error(
        "no age identity is named: give --identity, keys.identity in the configuration, $YIELDSFORGE_IDENTITY, or the \
         systemd credential age-identity; make one with yieldsforge key identity or age-keygen"
    )]
    Unnamed,
    /// The file cannot be read.
    #[error("identity {path}: {cause}")]
    File {
        /// Its path.
        path: String,
        /// Why.
        cause: FileError,
    },
    /// A line is no identity.
    #[error("identity {path}:{line}: not an age X25519 identity (AGE-SECRET-KEY-1…), as age-keygen writes it")]
    Line {
        /// The file.
        path: String,
        /// Which line, from 1.
        line: usize,
    },
    /// The file is itself encrypted.
    #[error(
        "identity {path}: protected by a passphrase, which can be asked for on a terminal only; for a daemon decrypt it \
         with age -d into a file of mode 0600"
    )]
    Encrypted {
        /// The file.
        path: String,
    },
    /// The file is encrypted, and not opened by the passphrase.
    #[error("identity {path}: {why}")]
    Locked {
        /// The file.
        path: String,
        /// What is wrong.
        why: &'static str,
    },
    /// No line but comments.
    #[error("identity {path}: the file holds no identity")]
    Empty {
        /// The file.
        path: String,
    },
}

/// One or more age X25519 identities. It has no `Clone`, and `Debug` shows nothing of it.
pub struct Identity {
    first: age::x25519::Identity,
    more: Vec<age::x25519::Identity>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Identity(…)")
    }
}

impl Identity {
    /// Reads an identity file as `age-keygen` writes it. Comments and empty lines are allowed.
    ///
    /// # Errors
    /// [`IdentityError`]; a file that others may read is refused with the command that mends it.
    pub fn load(place: &Place) -> Result<Self, IdentityError> {
        Self::parse(&Self::read(place)?, &place.path.display().to_string())
    }

    /// As [`Identity::load`], for a file that is protected by a passphrase.
    ///
    /// # Errors
    /// [`IdentityError::Locked`] for a wrong passphrase, and as [`Identity::load`].
    pub fn unlock(place: &Place, passphrase: SecretString) -> Result<Self, IdentityError> {
        let path = place.path.display().to_string();
        let text = passphrase::open(&Self::read(place)?, passphrase)
            .map_err(|why| IdentityError::Locked { path: path.clone(), why })?;
        Self::parse(&text, &path)
    }

    fn read(place: &Place) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
        files::read(&place.path, !place.guarded)
            .map_err(|cause| IdentityError::File { path: place.path.display().to_string(), cause })
    }

    /// Reads the text of an identity file; `path` is for messages.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn parse(bytes: &[u8], path: &str) -> Result<Self, IdentityError> {
        let path = || path.to_owned();
        if passphrase::is_sealed(bytes) {
            return Err(IdentityError::Encrypted { path: path() });
        }
        let mut found = Vec::new();
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let identity = std::str::from_utf8(line).ok().and_then(|text| text.parse().ok());
            let number = index.saturating_add(1);
            found.push(identity.ok_or_else(|| IdentityError::Line { path: path(), line: number })?);
        }
        let mut found = found.into_iter();
        let first = found.next().ok_or_else(|| IdentityError::Empty { path: path() })?;
        Ok(Self { first, more: found.collect() })
    }

    /// A new identity from the system's randomness, in memory only.
    #[must_use]
    pub fn generate() -> Self {
        Self { first: age::x25519::Identity::generate(), more: Vec::new() }
    }

    /// To whom key files for this identity are encrypted. Public.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        Recipient(self.first.to_public())
    }

    /// Writes the identity into a new file of mode 0600, in the form of `age-keygen`.
    ///
    /// # Errors
    /// [`IdentityError::File`] when the file exists already or cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), IdentityError> {
        self.put(path, files::write_private)
    }

    /// Puts the identity in the place of the one in this file, whole or not at all; owner and mode stay.
    pub(super) fn replace(&self, path: &Path) -> Result<(), IdentityError> {
        self.put(path, files::replace)
    }

    fn put(&self, path: &Path, how: fn(&Path, &[u8]) -> Result<(), FileError>) -> Result<(), IdentityError> {
        let mut text = Zeroizing::new(String::with_capacity(1024));
        for identity in self.all() {
            text.push_str("# public key: ");
            text.push_str(&identity.to_public().to_string());
            text.push('\n');
            text.push_str(identity.to_string().expose_secret());
            text.push('\n');
        }
        how(path, text.as_bytes()).map_err(|cause| IdentityError::File { path: path.display().to_string(), cause })
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &age::x25519::Identity> {
        std::iter::once(&self.first).chain(&self.more)
    }
}

/// The public half of an identity: `age1…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient(pub(super) age::x25519::Recipient);

/// The text is no recipient.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no age recipient: expected age1…")]
pub struct RecipientError;

impl FromStr for Recipient {
    type Err = RecipientError;

    fn from_str(text: &str) -> Result<Self, RecipientError> {
        text.trim().parse().map(Self).map_err(|_reason| RecipientError)
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}
