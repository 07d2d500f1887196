//! Key files: two lines, encrypted in the age format, binary or armored, so that `age` and `rage` read and write them.

use std::io::{self, Write as _};
use std::path::Path;

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::{DecryptError, Decryptor, Encryptor};
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
    #[error("not an age file; encrypt the two lines with: age -r {recipient}")]
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
    open_key_file(path, identity).map(|opened| opened.key)
}

/// A key file that was opened.
#[derive(Debug)]
pub struct Opened {
    /// The key in it.
    pub key: ApiKey,
    /// The recipient whose identity opened it.
    pub recipient: Recipient,
    /// How it is written.
    pub form: Form,
}

/// As [`read_key_file`], and tells who could read it and how it is written.
///
/// # Errors
/// [`KeyFileError`], without content.
pub fn open_key_file(path: &Path, identity: &Identity) -> Result<Opened, KeyFileError> {
    let ciphertext = files::read(path, false)?;
    let form = if is_armored(&ciphertext) { Form::Armored } else { Form::Binary };
    let mut unfit = None;
    for one in identity.all() {
        match decrypt_as(&ciphertext, identity, &mut std::iter::once(one as &dyn age::Identity)) {
            Ok(key) => return Ok(Opened { key, recipient: Recipient(one.to_public()), form }),
            Err(error @ KeyFileError::OtherIdentity { .. }) => unfit = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(unfit.unwrap_or(KeyFileError::Damaged))
}

/// Writes a new key file that `recipient` can open, whole or not at all.
///
/// # Errors
/// [`KeyFileError`] when it exists already or cannot be written.
pub fn write_key_file(path: &Path, key: &ApiKey, recipient: &Recipient) -> Result<(), KeyFileError> {
    let sealed = encrypt(&key.plaintext(), recipient, Form::Armored)?;
    Ok(files::write_sealed(path, &sealed)?)
}

/// Writes a key file anew for these recipients, whole or not at all, in the form it had.
pub(super) fn reseal(path: &Path, opened: &Opened, recipients: &[&Recipient]) -> Result<(), KeyFileError> {
    let sealed = seal(&opened.key.plaintext(), recipients, opened.form)?;
    Ok(files::replace(path, &sealed)?)
}

fn is_armored(ciphertext: &[u8]) -> bool {
    ciphertext.trim_ascii_start().starts_with(b"-----BEGIN AGE")
}

/// Decrypts the bytes of a key file.
#[cfg(test)]
pub(super) fn decrypt(ciphertext: &[u8], identity: &Identity) -> Result<ApiKey, KeyFileError> {
    decrypt_as(ciphertext, identity, &mut identity.all().map(|one| one as &dyn age::Identity))
}

/// Decrypts with `keys`, which are of `identity`.
fn decrypt_as(
    ciphertext: &[u8],
    identity: &Identity,
    keys: &mut dyn Iterator<Item = &dyn age::Identity>,
) -> Result<ApiKey, KeyFileError> {
    let recipient = || identity.recipient().to_string();
    let start = ciphertext.trim_ascii_start();
    if !is_armored(ciphertext) && !ciphertext.starts_with(b"age-encryption.org/") {
        let plain = ApiKey::parse(ciphertext).is_ok() || start.starts_with(b"api_");
        let recipient = recipient();
        return Err(if plain { KeyFileError::Plain { recipient } } else { KeyFileError::NotAge { recipient } });
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
    let reader = decryptor.decrypt(keys).map_err(refused)?;
    let plaintext: Zeroizing<Vec<u8>> = files::drain_about(reader, ciphertext.len()).map_err(|error| match error {
        FileError::TooLarge => KeyFileError::File(FileError::TooLarge),
        FileError::Missing | FileError::Exists | FileError::NotAFile | FileError::Exposed { .. } | FileError::Io(_) => {
            KeyFileError::Damaged
        }
    })?;
    Ok(ApiKey::parse(&plaintext)?)
}

/// Encrypts `plaintext` to a recipient in the age format.
///
/// # Errors
/// [`KeyFileError::Encrypt`], which in memory does not happen.
pub fn encrypt(plaintext: &[u8], recipient: &Recipient, form: Form) -> Result<Vec<u8>, KeyFileError> {
    seal(plaintext, &[recipient], form)
}

fn seal(plaintext: &[u8], recipients: &[&Recipient], form: Form) -> Result<Vec<u8>, KeyFileError> {
    let recipients = recipients.iter().map(|recipient| &recipient.0 as &dyn age::Recipient);
    let encryptor = Encryptor::with_recipients(recipients).map_err(|_cause| KeyFileError::Encrypt)?;
    let format = match form {
        Form::Binary => Format::Binary,
        Form::Armored => Format::AsciiArmor,
    };
    let write = || {
        let mut sealed = Vec::new();
        let mut writer = encryptor.wrap_output(ArmoredWriter::wrap_output(&mut sealed, format)?)?;
        writer.write_all(plaintext)?;
        writer.finish()?.finish()?;
        Ok(sealed)
    };
    write().map_err(|_cause: io::Error| KeyFileError::Encrypt)
}
