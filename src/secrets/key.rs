//! An API key in memory, and the two lines it is written as.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

/// Longer than any key the exchange gives out.
const MAX_LENGTH: usize = 256;

/// An API key: its id, which every request names, and the secret that signs. No `Clone`; `Debug` shows nothing; the
/// memory is overwritten when it is dropped.
pub struct ApiKey {
    id: Zeroizing<Box<str>>,
    secret: Zeroizing<Box<str>>,
}

/// Why a text is no API key. Never holds any of it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// A line is neither `api_key = "…"` nor `api_secret = "…"`, nor empty, nor a comment.
    #[error("line {line}: expected api_key = \"…\" or api_secret = \"…\"")]
    Line {
        /// Which line, from 1.
        line: usize,
    },
    /// A name stands twice.
    #[error("line {line}: {name} stands twice")]
    Twice {
        /// Which line, from 1.
        line: usize,
        /// Which name.
        name: &'static str,
    },
    /// A name does not stand at all.
    #[error("{name} is missing")]
    Missing {
        /// Which name.
        name: &'static str,
    },
    /// Not two lines.
    #[error("expected two lines: the API key, then its secret")]
    TwoLines,
    /// A value is empty, too long, or holds characters that no key has.
    #[error("{name} is not 1 to 256 letters, digits and signs without quotes, backslashes or spaces")]
    Value {
        /// Which name.
        name: &'static str,
    },
}

impl ApiKey {
    /// From an id and its secret.
    ///
    /// # Errors
    /// [`KeyError::Value`] when either cannot be one.
    pub fn new(id: &str, secret: &str) -> Result<Self, KeyError> {
        Self::from_bytes(id.as_bytes(), secret.as_bytes())
    }

    /// From an id and its secret as they were typed or pasted; white space around them is dropped.
    ///
    /// # Errors
    /// [`KeyError::Value`] when either cannot be one.
    pub fn from_bytes(id: &[u8], secret: &[u8]) -> Result<Self, KeyError> {
        Ok(Self { id: value("api_key", id.trim_ascii())?, secret: value("api_secret", secret.trim_ascii())? })
    }

    /// From two lines, the id and then its secret, bare.
    ///
    /// # Errors
    /// [`KeyError::TwoLines`] for more or fewer, [`KeyError::Value`] when either cannot be one.
    pub fn from_two_lines(text: &[u8]) -> Result<Self, KeyError> {
        let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
        match (lines.next(), lines.next(), lines.next()) {
            (Some(id), Some(secret), None) => Self::from_bytes(id, secret),
            _ => Err(KeyError::TwoLines),
        }
    }

    /// Reads the two lines of a key file. No general parser: it would leave copies in memory.
    ///
    /// # Errors
    /// [`KeyError`], by line and name.
    pub fn parse(plaintext: &[u8]) -> Result<Self, KeyError> {
        let (mut id, mut secret) = (None, None);
        let text = plaintext.strip_prefix(b"\xef\xbb\xbf").unwrap_or(plaintext);
        for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let (line, number) = (line.trim_ascii(), index.saturating_add(1));
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let (name, quoted) = assignment(line).ok_or(KeyError::Line { line: number })?;
            let slot = match name {
                "api_key" => &mut id,
                _ => &mut secret,
            };
            if slot.is_some() {
                return Err(KeyError::Twice { line: number, name });
            }
            *slot = Some(value(name, quoted)?);
        }
        Ok(Self {
            id: id.ok_or(KeyError::Missing { name: "api_key" })?,
            secret: secret.ok_or(KeyError::Missing { name: "api_secret" })?,
        })
    }

    /// The two lines, for encrypting.
    #[must_use]
    pub fn plaintext(&self) -> Zeroizing<Vec<u8>> {
        let mut text = Zeroizing::new(Vec::with_capacity(MAX_LENGTH.saturating_mul(3)));
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

/// Splits `name = "value"`.
fn assignment(line: &[u8]) -> Option<(&'static str, &[u8])> {
    let at = line.iter().position(|byte| *byte == b'=')?;
    let (name, rest) = line.split_at(at);
    let name = match name.trim_ascii() {
        b"api_key" => "api_key",
        b"api_secret" => "api_secret",
        _ => return None,
    };
    let quoted = rest.strip_prefix(b"=")?.trim_ascii();
    Some((name, quoted.strip_prefix(b"\"")?.strip_suffix(b"\"")?))
}

fn value(name: &'static str, bytes: &[u8]) -> Result<Zeroizing<Box<str>>, KeyError> {
    let clean = |byte: &u8| byte.is_ascii_graphic() && *byte != b'"' && *byte != b'\\';
    let valid = (1..=MAX_LENGTH).contains(&bytes.len()) && bytes.iter().all(clean);
    let text = std::str::from_utf8(bytes).ok().filter(|_| valid).ok_or(KeyError::Value { name })?;
    Ok(Zeroizing::new(Box::from(text)))
}
