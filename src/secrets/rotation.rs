//! A new identity in the place of an old one, without a moment in which a key cannot be read.
//!
//! First every key file is encrypted to both identities, then the new identity takes the old one's place, then the key
//! files are encrypted to the new one alone. Each step replaces one file as a whole. Whoever has the identity file as it
//! lies on the disk, before the swap or after it, can read every key file at any time, however the work is cut off; so can
//! a daemon that still holds the old identity, until the last part, which may therefore be put off.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::identity::{Identity, IdentityError, Recipient};
use super::key_file::{KeyFileError, open_key_file, reseal};

/// Why a rotation stopped. Everything that was readable still is.
#[derive(Debug, Error)]
pub enum RotationError {
    /// The identity could not be replaced.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A key file cannot be read or written.
    #[error("{}: {cause}", path.display())]
    Key {
        /// The key file.
        path: PathBuf,
        /// Why.
        cause: KeyFileError,
    },
}

/// One step; each is whole or not done at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RotationStep {
    /// A key file is encrypted to both identities.
    Both(PathBuf),
    /// The new identity takes the old one's place.
    Swap,
    /// A key file is encrypted to the new identity alone.
    NewOnly(PathBuf),
}

/// A rotation under way.
#[derive(Debug)]
pub struct Rotation {
    place: PathBuf,
    old: Identity,
    new: Identity,
    keys: Vec<PathBuf>,
}

impl Rotation {
    /// Makes a new identity, in memory so far. `old` is what lies at `place`; it must open every one of `keys`.
    ///
    /// # Errors
    /// [`RotationError::Key`] names the first key file that cannot be read. Nothing is changed.
    pub fn new(place: &Path, old: Identity, keys: Vec<PathBuf>) -> Result<Self, RotationError> {
        for path in &keys {
            open_key_file(path, &old).map_err(|cause| RotationError::Key { path: path.clone(), cause })?;
        }
        Ok(Self { place: place.to_owned(), old, new: Identity::generate(), keys })
    }

    /// To whom key files are encrypted from now on.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        self.new.recipient()
    }

    /// The steps, in their order. Without `drop_old` the old identity can still open the key files at the end.
    #[must_use]
    pub fn steps(&self, drop_old: bool) -> Vec<RotationStep> {
        let both = self.keys.iter().cloned().map(RotationStep::Both);
        let last = self.keys.iter().filter(|_| drop_old).cloned().map(RotationStep::NewOnly);
        both.chain([RotationStep::Swap]).chain(last).collect()
    }

    /// Does one step.
    ///
    /// # Errors
    /// [`RotationError`]; then the step is not done.
    pub fn take(&self, step: &RotationStep) -> Result<(), RotationError> {
        match step {
            RotationStep::Both(path) => {
                let recipients = [&self.old.recipient(), &self.new.recipient()];
                rewrite(path, &self.old, &recipients)
            }
            RotationStep::Swap => Ok(self.new.replace(&self.place)?),
            RotationStep::NewOnly(path) => rewrite(path, &self.new, &[&self.new.recipient()]),
        }
    }
}

/// Encrypts key files to the first identity of `identity` alone: the end of a rotation that was cut off or put off.
///
/// # Errors
/// [`RotationError::Key`] names the key file that cannot be read or written; those before it are done.
pub fn narrow(identity: &Identity, keys: &[PathBuf]) -> Result<(), RotationError> {
    keys.iter().try_for_each(|path| rewrite(path, identity, &[&identity.recipient()]))
}

fn rewrite(path: &Path, identity: &Identity, recipients: &[&Recipient]) -> Result<(), RotationError> {
    let done = open_key_file(path, identity).and_then(|opened| reseal(path, &opened, recipients));
    done.map_err(|cause| RotationError::Key { path: path.to_owned(), cause })
}
