//! The keys of all accounts, read at the start and again at each reload. It decides nothing: an account whose key cannot
//! be read is named with the reason, and whoever asked knows what that means.

use std::collections::BTreeMap;
use std::path::PathBuf;

use thiserror::Error;

use crate::config::Config;
use crate::domain::AccountName;
use crate::secrets::{ApiKey, Identity, IdentityError, Lookup, Place, read_key_file};

/// How an identity that was found is read.
pub type ReadIdentity = fn(&Place) -> Result<Identity, IdentityError>;

/// How the identity that opens the key files is found.
#[derive(Debug, Clone)]
pub struct Keyring {
    /// `--identity`.
    pub flag: Option<PathBuf>,
    /// The whole environment.
    pub env: Vec<(String, String)>,
    /// How it is read: at the start somebody may be asked for a passphrase, at a reload nobody.
    pub identity: ReadIdentity,
}

impl Default for Keyring {
    fn default() -> Self {
        Self { flag: None, env: Vec::new(), identity: Identity::load }
    }
}

/// What was read.
#[derive(Debug, Default)]
pub struct Keys {
    /// By account.
    pub read: BTreeMap<AccountName, ApiKey>,
    /// Accounts whose key cannot be read, with file and reason.
    pub unreadable: BTreeMap<AccountName, String>,
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
    /// Reads the key of every account.
    ///
    /// # Errors
    /// [`KeyringError`]; that single keys cannot be read is none.
    pub fn read(&self, config: &Config) -> Result<Keys, KeyringError> {
        let mut keys = Keys::default();
        if config.accounts.is_empty() {
            return Ok(keys);
        }
        let lookup =
            Lookup { flag: self.flag.as_deref(), configured: config.settings.identity.as_deref(), env: &self.env };
        let identity = (self.identity)(&lookup.find()?)?;
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
        Ok(keys)
    }
}
