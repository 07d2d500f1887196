//! An API key in memory, and the two lines it is written as.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use super::lines::{LineError, Lines};

/// What stands in a key file; no key that the exchange gives out is longer.
const LINES: Lines<2> =
    Lines { names: ["api_key", "api_secret"], expected: "api_key = \"…\" or api_secret = \"…\"", most: 256 };

/// An API key: its id, which every request names, and the secret that signs. No `Clone`; `Debug` shows nothing; the
/// memory is overwritten when it is dropped.
pub struct ApiKey {
    id: Zeroizing<Box<str>>,
    secret: Zeroizing<Box<str>>,
}

/// Why a text is no API key. Never holds any of it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// A line or a value.
    #[error(transparent)]
    Line(#[from] LineError),
    /// A name does not stand at all.
    #[error("{name} is missing")]
    Missing {
        /// Which name.
        name: &'static str,
    },
    /// Not two lines.
    #[error("expected two lines: the API key, then its secret")]
    TwoLines,
}

impl ApiKey {
    /// From an id and its secret.
    ///
    /// # Errors
    /// [`LineError::Value`] when either cannot be one.
    pub fn new(id: &str, secret: &str) -> Result<Self, KeyError> {
        Self::from_bytes(id.as_bytes(), secret.as_bytes())
    }

    /// From an id and its secret as they were typed or pasted; white space around them is dropped.
    ///
    /// # Errors
    /// [`LineError::Value`] when either cannot be one.
    pub fn from_bytes(id: &[u8], secret: &[u8]) -> Result<Self, KeyError> {
        let value = |name, bytes: &[u8]| LINES.value(name, bytes.trim_ascii());
        Ok(Self { id: value("api_key", id)?, secret: value("api_secret", secret)? })
    }

    /// From two lines, the id and then its secret, bare.
    ///
    /// # Errors
    /// [`KeyError::TwoLines`] for more or fewer, [`LineError::Value`] when either cannot be one.
    pub fn from_two_lines(text: &[u8]) -> Result<Self, KeyError> {
        let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
        match (lines.next(), lines.next(), lines.next()) {
            (Some(id), Some(secret), None) => Self::from_bytes(id, secret),
            _ => Err(KeyError::TwoLines),
        }
    }

    /// Reads the two lines of a key file.
    ///
    /// # Errors
    /// [`KeyError`], by line and name.
    pub fn parse(plaintext: &[u8]) -> Result<Self, KeyError> {
        let [id, secret] = LINES.read(plaintext)?;
        Ok(Self {
            id: id.ok_or(KeyError::Missing { name: "api_key" })?,
            secret: secret.ok_or(KeyError::Missing { name: "api_secret" })?,
        })
    }

    /// The two lines, for encrypting.
    #[must_use]
    pub fn plaintext(&self) -> Zeroizing<Vec<u8>> {
        let mut text = Zeroizing::new(Vec::with_capacity(LINES.most.saturating_mul(3)));
        for part in ["api_key = \"", &self.id, "\"\napi_secret = \"", &self.secret, "\"\n"] {
            text.extend_from_slice(part.as_bytes());
        }
        text
    }

    /// The key's id, as it goes into the header of a request. Not for logs: see [`ApiKey::masked`].
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The secret, for signing and nothing else.
    #[must_use]
    pub fn secret(&self) -> &[u8] {
        self.secret.as_bytes()
    }

    /// The id as it may be shown: its first four characters, or none of a short one.
    #[must_use]
    pub fn masked(&self) -> String {
        let shown = self.id.get(..4).filter(|_| self.id.len() >= 12).unwrap_or_default();
        format!("{shown}…")
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ApiKey(…)")
    }
}
