//! Identity files that are themselves encrypted, with a passphrase.

use age::armor::ArmoredReader;
use age::{DecryptError, Decryptor};
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::files;

/// The most work a passphrase may ask for: 2^20 blocks, one GiB of memory. The program `age` writes 2^18. A limit of our
/// own, since the library would measure the machine, and a busy one would refuse a good file.
const MOST_WORK: u8 = 20;

/// True for an age file, which an identity in clear never is.
pub(super) fn is_sealed(bytes: &[u8]) -> bool {
    let start = bytes.trim_ascii_start();
    start.starts_with(b"age-encryption.org/") || start.starts_with(b"-----BEGIN AGE ENCRYPTED FILE-----")
}

/// Opens a file that was encrypted with a passphrase; else says what is wrong.
pub(super) fn open(bytes: &[u8], passphrase: SecretString) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    const DAMAGED: &str = "the file is damaged: it was cut or changed";
    let told = |error: DecryptError| {
        if matches!(error, DecryptError::ExcessiveWork { .. }) {
            return "its passphrase asks for more than a GiB of memory (work factor over 20)";
        }
        let wrong = matches!(
            error,
            DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed | DecryptError::NoMatchingKeys
        );
        if wrong { "the passphrase is wrong" } else { DAMAGED }
    };
    let decryptor = Decryptor::new_buffered(ArmoredReader::new(bytes)).map_err(told)?;
    if !decryptor.is_scrypt() {
        return Err("it is encrypted, but not with a passphrase: an identity has to be in clear or under a passphrase");
    }
    let mut identity = age::scrypt::Identity::new(passphrase);
    identity.set_max_work_factor(MOST_WORK);
    let reader = decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)).map_err(told)?;
    files::drain(reader).map_err(|_cause| DAMAGED)
}
