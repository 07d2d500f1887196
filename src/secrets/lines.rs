//! The lines of a decrypted file: `name = "value"`, comments and empty lines. No general parser: it would leave copies of
//! secrets in memory.

use thiserror::Error;
use zeroize::Zeroizing;

/// Why a text is not made of such lines. Never holds any of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LineError {
    /// A line is no assignment that is known, nor empty, nor a comment.
    #[error("line {line}: expected {expected}")]
    Unknown {
        /// Which line, from 1.
        line: usize,
        /// What may stand there.
        expected: &'static str,
    },
    /// A name stands twice.
    #[error("line {line}: {name} stands twice")]
    Twice {
        /// Which line, from 1.
        line: usize,
        /// Which name.
        name: &'static str,
    },
    /// A value is empty, too long, or holds characters that none has.
    #[error("{name} is not 1 to {most} letters, digits and signs without quotes, backslashes or spaces")]
    Value {
        /// Which name.
        name: &'static str,
        /// The longest that is taken, in bytes.
        most: usize,
    },
}

/// What may stand in a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines<const N: usize> {
    /// The names.
    pub(super) names: [&'static str; N],
    /// The same in words, for messages.
    pub(super) expected: &'static str,
    /// The longest value, in bytes.
    pub(super) most: usize,
}

impl<const N: usize> Lines<N> {
    /// The values, in the order of the names; those that do not stand there are missing.
    ///
    /// # Errors
    /// [`LineError`], by line and name.
    pub(super) fn read(&self, plaintext: &[u8]) -> Result<[Option<Zeroizing<Box<str>>>; N], LineError> {
        let mut values = std::array::from_fn(|_| None);
        let text = plaintext.strip_prefix(b"\xef\xbb\xbf").unwrap_or(plaintext);
        for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let (line, number) = (line.trim_ascii(), index.saturating_add(1));
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let found = assignment(line).and_then(|(name, quoted)| {
                let place = self.names.iter().position(|known| known.as_bytes() == name)?;
                Some((*self.names.get(place)?, values.get_mut(place)?, quoted))
            });
            let (name, slot, quoted) = found.ok_or(LineError::Unknown { line: number, expected: self.expected })?;
            if slot.is_some() {
                return Err(LineError::Twice { line: number, name });
            }
            *slot = Some(self.value(name, quoted)?);
        }
        Ok(values)
    }

    /// One value, if it can be one.
    ///
    /// # Errors
    /// [`LineError::Value`].
    pub(super) fn value(&self, name: &'static str, bytes: &[u8]) -> Result<Zeroizing<Box<str>>, LineError> {
        let clean = |byte: &u8| byte.is_ascii_graphic() && *byte != b'"' && *byte != b'\\';
        let valid = (1..=self.most).contains(&bytes.len()) && bytes.iter().all(clean);
        let text = std::str::from_utf8(bytes).ok().filter(|_| valid);
        Ok(Zeroizing::new(Box::from(text.ok_or(LineError::Value { name, most: self.most })?)))
    }
}

/// Splits `name = "value"`.
fn assignment(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, rest) = line.split_at(line.iter().position(|byte| *byte == b'=')?);
    let quoted = rest.strip_prefix(b"=")?.trim_ascii();
    Some((name.trim_ascii(), quoted.strip_prefix(b"\"")?.strip_suffix(b"\"")?))
}
