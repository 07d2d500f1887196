//! Key files: two lines, encrypted in the age format, binary or armored, so that `age` and `rage` read and write them.

use std::path::Path;

use age::armor::ArmoredReader;
use age::{DecryptError, Decryptor};
use thiserror::Error;
use zeroize::Zeroizing;

use super::files::{self, FileError};
use super::identity::{Identity, Recipient};
use super::key::{ApiKey, KeyError};

/// Why a key file gives no key. Never holds content of the file.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is not in the age format.
    #[error("not an age file; encrypt its lines with: age -r {recipient}")]
    NotAge {
        /// The recipient of the identity in use.
        recipient: String,
    },
    /// It is the plain text.
    #[error(
        "the key lies here unencrypted: encrypt it with: age -r {recipient}; then revoke this key at the exchange, \
         because it was readable"
    )]
    Plain {
        /// The recipient of the identity in use.
        recipient: String,
    },
    /// It is encrypted with a passphrase.
    #[error("encrypted with a passphrase, which a daemon cannot be asked for; encrypt it with: age -r {recipient}")]
    Passphrase {
        /// The recipient of the identity in use.
        recipient: String,
    },
    /// It is encrypted to somebody else.
    #[error("encrypted to another identity than the one in use; encrypt it with: age -r {recipient}")]
    OtherIdentity {
        /// The recipient of the identity in use.
        recipient: String,
    },
    /// It is an age file that was cut or changed.
    #[error("the age file is damaged: it was cut or changed; write it anew")]
    Damaged,
    /// It was decrypted, but its text is no key.
    #[error("decrypted, but {0}")]
    Content(#[from] KeyError),
    /// It could not be encrypted.
    #[error("cannot encrypt")]
    Encrypt,
}

/// How ciphertext is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Bytes.
    Binary,
    /// Text that can be copied: `-----BEGIN AGE ENCRYPTED FILE-----`.
    Armored,
}

/// Reads and decrypts a key file. The file itself may be readable by others: it is ciphertext.
///
/// # Errors
/// [`KeyFileError`], without content.
pub fn read_key_file(path: &Path, identity: &Identity) -> Result<ApiKey, KeyFileError> {
    let ciphertext = files::read(path, false)?;
    decrypt(&ciphertext, identity)
}

/// Decrypts the bytes of a key file.
pub(super) fn decrypt(ciphertext: &[u8], identity: &Identity) -> Result<ApiKey, KeyFileError> {
    let plain = || ApiKey::parse(ciphertext).is_ok() || ciphertext.trim_ascii_start().starts_with(b"api_");
    if !is_sealed(ciphertext) && plain() {
        return Err(KeyFileError::Plain { recipient: identity.recipient().to_string() });
    }
    Ok(ApiKey::parse(&open(ciphertext, identity)?)?)
}

/// True for what begins like an age file.
pub(super) fn is_sealed(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"-----BEGIN AGE") || bytes.starts_with(b"age-encryption.org/")
}

/// Decrypts what was encrypted to `identity`.
pub(super) fn open(ciphertext: &[u8], identity: &Identity) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let recipient = || identity.recipient().to_string();
    if !is_sealed(ciphertext) {
        return Err(KeyFileError::NotAge { recipient: recipient() });
    }
    let refused = |error: DecryptError| {
        if matches!(error, DecryptError::NoMatchingKeys) {
            return KeyFileError::OtherIdentity { recipient: recipient() };
        }
        // Everything else is one matter for the user, and age's own words are not ours to show.
        KeyFileError::Damaged
    };
    let decryptor = Decryptor::new_buffered(ArmoredReader::new(ciphertext)).map_err(refused)?;
    if decryptor.is_scrypt() {
        return Err(KeyFileError::Passphrase { recipient: recipient() });
    }
    let reader = decryptor.decrypt(identity.all().map(|one| one as &dyn age::Identity)).map_err(refused)?;
    files::drain(reader).map_err(|error| match error {
        FileError::TooLarge => KeyFileError::File(FileError::TooLarge),
        FileError::Missing | FileError::NotAFile | FileError::Exposed { .. } | FileError::Io(_) => {
            KeyFileError::Damaged
        }
    })
}

/// Encrypts `plaintext` to a recipient in the age format.
///
/// # Errors
/// [`KeyFileError::Encrypt`], which in memory does not happen.
pub fn encrypt(plaintext: &[u8], recipient: &Recipient, form: Form) -> Result<Vec<u8>, KeyFileError> {
    match form {
        Form::Binary => age::encrypt(&recipient.0, plaintext),
        Form::Armored => age::encrypt_and_armor(&recipient.0, plaintext).map(String::into_bytes),
    }
    .map_err(|_cause| KeyFileError::Encrypt)
}
