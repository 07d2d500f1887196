//! API keys, and the addresses and tokens of notifiers: encrypted on disk, held in memory only, shown to nobody.
//!
//! This room makes and reads age identities and the files encrypted to them, each written whole or not at all. It never
//! logs, never asks anybody for a passphrase, never decides whether a key may be used (that is the key gate's business,
//! which asks the exchange), and no message of its errors holds any content of a file. What it reads lives in memory that
//! is overwritten when it is dropped.

mod contact;
mod files;
mod identity;
mod key;
mod key_file;
mod lines;
mod passphrase;
mod process;
mod rotation;

pub use contact::{Contact, ContactError, ContactFileError, read_contact_file};
pub use files::{FileError, drain, remove, write_private};
pub use identity::{Identity, IdentityError, Lookup, Place, Recipient, RecipientError};
pub use key::{ApiKey, KeyError};
pub use key_file::{Form, KeyFileError, Opened, encrypt, open_key_file, read_key_file, write_key_file};
pub use lines::LineError;
pub use process::guard_process;
pub use rotation::{Rotation, RotationError, RotationStep, narrow};

#[cfg(test)]
mod tests;
