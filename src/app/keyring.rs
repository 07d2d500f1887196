//! The keys of all accounts and the contacts of all notifiers, read at the start and again at each reload. It decides nothing: an account whose key cannot
//! be read is named with the reason, and whoever asked knows what that means.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

use crate::config::Config;
use crate::domain::AccountName;
use crate::secrets::{ApiKey, Contact, Identity, IdentityError, Lookup, Place, read_contact_file, read_key_file};

/// How the identity that opens the key files is found.
#[derive(Debug, Clone, Default)]
pub struct Keyring {
    /// `--identity`.
    pub flag: Option<PathBuf>,
    /// The whole environment.
    pub env: Vec<(String, String)>,
    /// An identity under a passphrase, as it was opened at the start: nobody can be asked again at a reload.
    pub unlocked: Option<Arc<Identity>>,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Keys {
    /// By account.
    pub read: BTreeMap<AccountName, ApiKey>,
    /// Accounts whose key cannot be read, with file and reason.
    pub unreadable: BTreeMap<AccountName, String>,
    /// The contact of each notifier, or file and reason why it cannot be read.
    pub contacts: BTreeMap<String, Result<Arc<Contact>, String>>,
}

/// Why no key can be used.
#[derive(Debug, Error)]
pub enum KeyringError {
    /// The identity.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Two accounts would spend each other's nonces and money.
    #[error(
        "accounts {first} and {second} have the same API key; one key serves one account: make a second key, or remove \
         one of the accounts"
    )]
    Shared {
        /// One of them.
        first: AccountName,
        /// The other.
        second: AccountName,
    },
}

impl Keyring {
    /// Where the identity lies.
    ///
    /// # Errors
    /// When nothing names one.
    pub fn place(&self, config: &Config) -> Result<Place, IdentityError> {
        let configured = config.settings.identity.as_deref();
        Lookup { flag: self.flag.as_deref(), configured, env: &self.env }.find()
    }

    /// Reads the key of every account and the contact of every notifier.
    ///
    /// # Errors
    /// [`KeyringError`]; that single files cannot be read is none.
    pub fn read(&self, config: &Config) -> Result<Keys, KeyringError> {
        let mut keys = Keys::default();
        if config.accounts.is_empty() && config.notify.is_empty() {
            return Ok(keys);
        }
        let identity = match Identity::load(&self.place(config)?) {
            Ok(identity) => Arc::new(identity),
            Err(IdentityError::Encrypted { path }) => self.unlocked.clone().ok_or(IdentityError::Encrypted { path })?,
            Err(error) => return Err(error.into()),
        };
        for (name, account) in &config.accounts {
            match read_key_file(&account.key, &identity) {
                Ok(key) => {
                    if let Some((first, _)) = keys.read.iter().find(|(_, other)| other.id() == key.id()) {
                        return Err(KeyringError::Shared { first: first.clone(), second: name.clone() });
                    }
                    keys.read.insert(name.clone(), key);
                }
                Err(error) => {
                    keys.unreadable.insert(name.clone(), format!("{}: {error}", account.key.display()));
                }
            }
        }
        for (name, notifier) in &config.notify {
            let read = read_contact_file(&notifier.contact, &identity);
            let told = |error| format!("{}: {error}", notifier.contact.display());
            keys.contacts.insert(name.clone(), read.map(Arc::new).map_err(told));
        }
        Ok(keys)
    }
}
