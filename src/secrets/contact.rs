//! Where messages go: the address, token and chat of a notifier, in a file encrypted like a key file.

use std::fmt;
use std::path::Path;

use thiserror::Error;
use zeroize::Zeroizing;

use super::files;
use super::identity::Identity;
use super::key_file::{KeyFileError, is_sealed, open};
use super::lines::{LineError, Lines};

/// What may stand in a contact file; no address or token that is in use is longer.
const LINES: Lines<3> =
    Lines {
        names: ["url", "token", "chat"], expected: "url = \"…\", token = \"…\" or chat = \"…\"", most: 2_048
    };

/// A notifier's address, token and chat, as far as its kind needs them. All of it is secret: whoever knows the address
/// of a webhook can write to it. No `Clone`; `Debug` shows nothing; the memory is overwritten when it is dropped.
#[derive(Default, PartialEq, Eq)]
pub struct Contact {
    url: Option<Zeroizing<Box<str>>>,
    token: Option<Zeroizing<Box<str>>>,
    chat: Option<Zeroizing<Box<str>>>,
}

/// Why a text is no contact. Never holds any of it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ContactError {
    /// A line or a value.
    #[error(transparent)]
    Line(#[from] LineError),
    /// Nothing stands in it.
    #[error("nothing stands in it; write url = \"…\", or what the notifier's kind needs")]
    Empty,
}

/// Why a contact file gives no contact. Never holds content of the file.
#[derive(Debug, Error)]
pub enum ContactFileError {
    /// It cannot be read or decrypted.
    #[error(transparent)]
    Sealed(#[from] KeyFileError),
    /// It is the plain text.
    #[error(
        "address and token lie here unencrypted: encrypt them with: age -r {recipient}; then make new ones, because \
         they were readable"
    )]
    Plain {
        /// The recipient of the identity in use.
        recipient: String,
    },
    /// It was decrypted, but its text is no contact.
    #[error("decrypted, but {0}")]
    Content(#[from] ContactError),
}

impl Contact {
    /// Reads the lines of a contact file.
    ///
    /// # Errors
    /// [`ContactError`], by line and name.
    pub fn parse(plaintext: &[u8]) -> Result<Self, ContactError> {
        let [url, token, chat] = LINES.read(plaintext)?;
        let contact = Self { url, token, chat };
        if contact == Self::default() { Err(ContactError::Empty) } else { Ok(contact) }
    }

    /// The address, for sending and nothing else.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        self.url.as_ref().map(|text| &***text)
    }

    /// The token, for sending and nothing else.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_ref().map(|text| &***text)
    }

    /// Whom it is for: a chat, a channel, a user.
    #[must_use]
    pub fn chat(&self) -> Option<&str> {
        self.chat.as_ref().map(|text| &***text)
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Contact(…)")
    }
}

/// Reads and decrypts a contact file. The file itself may be readable by others: it is ciphertext.
///
/// # Errors
/// [`ContactFileError`], without content.
pub fn read_contact_file(path: &Path, identity: &Identity) -> Result<Contact, ContactFileError> {
    let ciphertext = files::read(path, false).map_err(KeyFileError::from)?;
    if !is_sealed(&ciphertext) && Contact::parse(&ciphertext).is_ok() {
        return Err(ContactFileError::Plain { recipient: identity.recipient().to_string() });
    }
    Ok(Contact::parse(&open(&ciphertext, identity)?)?)
}

#[cfg(test)]
mod tests {
    use super::super::{Form, encrypt};
    use super::*;

    const TOKEN: &str = "sV9exampleTokenThatNobodyMaySee";

    #[test]
    fn lines_are_read_and_nothing_else() {
        let contact = Contact::parse(b"# made by hand\r\nurl=\"https://a.example/x\"\r\n\nchat = \"-1\"\n").unwrap();
        assert_eq!((contact.url(), contact.token(), contact.chat()), (Some("https://a.example/x"), None, Some("-1")));
        let cases = [
            ("", "nothing stands in it"),
            ("# url = \"x\"", "nothing stands in it"),
            ("token = x", "line 1: expected url"),
            ("token = \"x\"\ntoken = \"y\"", "line 2: token stands twice"),
            ("url = \"\"", "url is not 1 to"),
            ("url = \"a b\"", "url is not 1 to"),
            ("api_key = \"a\"", "line 1: expected url"),
        ];
        for (text, expected) in cases {
            let message = Contact::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(message.starts_with(expected), "{text:?}: {message}");
        }
    }

    #[test]
    fn a_contact_survives_the_way_through_a_file_and_shows_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("contact.age");
        let identity = Identity::generate();
        let text = format!("token = \"{TOKEN}\"\n");
        let message = |bytes: &[u8], identity: &Identity| {
            std::fs::write(&path, bytes).unwrap();
            match read_contact_file(&path, identity) {
                Ok(contact) => format!("{contact:?} {}", contact.token() == Some(TOKEN)),
                Err(error) => format!("{error} {error:?}"),
            }
        };
        for form in [Form::Binary, Form::Armored] {
            let sealed = encrypt(text.as_bytes(), &identity.recipient(), form).unwrap();
            assert_eq!(message(&sealed, &identity), "Contact(…) true");
            assert!(message(&sealed, &Identity::generate()).contains("another identity"));
        }
        let plain = message(text.as_bytes(), &identity);
        assert!(plain.contains("unencrypted") && !plain.contains(TOKEN), "{plain}");
        let odd = encrypt(format!("token {TOKEN}").as_bytes(), &identity.recipient(), Form::Binary).unwrap();
        let odd = message(&odd, &identity);
        assert!(odd.starts_with("decrypted, but line 1") && !odd.contains(TOKEN), "{odd}");
        assert!(message(b"hello", &identity).contains("not an age file"));
        std::fs::remove_file(&path).unwrap();
        assert!(read_contact_file(&path, &identity).unwrap_err().to_string().contains("no such file"));
    }
}
