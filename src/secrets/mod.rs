//! API keys, and the addresses and tokens of notifiers: encrypted on disk, held in memory only, shown to nobody.
//!
//! This room reads an age identity and the files encrypted to it. It never logs, never decides whether a key may be
//! used (that is the key gate's business, which asks the exchange), and no message of its errors holds any content of a
//! file. What it reads lives in memory that is overwritten when it is dropped.

mod contact;
mod files;
mod identity;
mod key;
mod key_file;
mod process;

pub use contact::{Contact, ContactError, ContactFileError, read_contact_file};
pub use files::{FileError, write_private};
pub use identity::{Identity, IdentityError, Lookup, Place, Recipient, RecipientError};
pub use key::{ApiKey, KeyError};
pub use key_file::{Form, KeyFileError, encrypt, read_key_file};
pub use process::guard_process;

#[cfg(test)]
mod tests;
