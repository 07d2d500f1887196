//! Names that come from files: the account, whose name is its file's stem.

use std::sync::Arc;
use thiserror::Error;

/// The name of an account: 1 to 32 letters, digits, `-` or `_`. It stands in labels, paths and logs, never a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountName(Arc<str>);

/// The text cannot be an account's name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("an account's name is 1 to 32 letters, digits, '-' or '_'")]
pub struct NameError;

impl AccountName {
    /// From a file's stem.
    ///
    /// # Errors
    /// [`NameError`] when the text holds anything but letters, digits, `-`, `_`, or is empty or over 32 characters.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let valid = (1..=32).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if valid { Ok(Self(Arc::from(text))) } else { Err(NameError) }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for AccountName {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.pad(&self.0)
    }
}
