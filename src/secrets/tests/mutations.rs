//! Ten thousand mutated key files and identities: a message each or the same content, never a panic, never another key,
//! never a partial write.

use std::sync::OnceLock;

use proptest::prelude::*;

use super::*;

/// One identity with what is encrypted to it, made once: a fixed one would have to lie in the repository.
struct Sealed {
    folder: tempfile::TempDir,
    identity: Identity,
    recipient: Recipient,
    text: Vec<u8>,
    binary: Vec<u8>,
    armored: Vec<u8>,
}

fn sealed() -> &'static Sealed {
    static SEALED: OnceLock<Sealed> = OnceLock::new();
    SEALED.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let identity = Identity::generate();
        let path = folder.path().join("identity");
        identity.write(&path).unwrap();
        let to = |form| encrypt(&key().plaintext(), &identity.recipient(), form).unwrap();
        let (binary, armored) = (to(Form::Binary), to(Form::Armored));
        Sealed { text: fs::read(&path).unwrap(), recipient: identity.recipient(), folder, identity, binary, armored }
    })
}

fn mutate(bytes: &mut Vec<u8>, mutations: &[(u8, usize, u8)]) {
    for &(kind, at, value) in mutations {
        let at = if bytes.is_empty() { 0 } else { at % bytes.len() };
        match kind % 5 {
            0 if !bytes.is_empty() => bytes[at] ^= value.max(1),
            1 => bytes.truncate(at),
            2 => bytes.insert(at, value),
            3 => bytes.extend_from_within(at..),
            _ if !bytes.is_empty() => drop(bytes.remove(at)),
            _ => {}
        }
    }
}

/// Writes it as a file, as a user's accident would.
fn spoilt(name: &str, bytes: &[u8], mutations: &[(u8, usize, u8)]) -> (std::path::PathBuf, Vec<u8>) {
    let path = sealed().folder.path().join(name);
    let mut bytes = bytes.to_vec();
    mutate(&mut bytes, mutations);
    fs::write(&path, &bytes).unwrap();
    mode(&path, 0o600);
    (path, bytes)
}

fn tells_nothing(message: &str) -> bool {
    let secret = String::from_utf8_lossy(&sealed().text).lines().last().unwrap_or_default().to_owned();
    !message.is_empty() && ![&SECRET[..8], &ID[..8], &secret[..24]].iter().any(|part| message.contains(part))
}

fn key_file(name: &str, bytes: &[u8], mutations: &[(u8, usize, u8)]) -> Result<(), TestCaseError> {
    let (path, before) = spoilt(name, bytes, mutations);
    // It reads the file, and would write it.
    match narrow(&sealed().identity, std::slice::from_ref(&path)) {
        // Armor tolerates some white space, and a mutation may undo another.
        Ok(()) => {
            let back = read_key_file(&path, &sealed().identity).unwrap();
            prop_assert!(back.id() == ID && back.secret() == SECRET.as_bytes());
        }
        Err(error) => {
            prop_assert!(tells_nothing(&error.to_string()), "{error}");
            prop_assert_eq!(fs::read(&path).unwrap(), before, "a file that cannot be read is not written");
        }
    }
    Ok(())
}

fn mutations() -> impl Strategy<Value = Vec<(u8, usize, u8)>> {
    prop::collection::vec((any::<u8>(), any::<usize>(), any::<u8>()), 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_500, ..ProptestConfig::default() })]

    #[test]
    fn of_binary_key_files(mutations in mutations()) {
        key_file("binary", &sealed().binary, &mutations)?;
    }

    #[test]
    fn of_armored_key_files(mutations in mutations()) {
        key_file("armored", &sealed().armored, &mutations)?;
    }

    #[test]
    fn of_plain_key_texts(mutations in mutations()) {
        let mut plain = key().plaintext().to_vec();
        mutate(&mut plain, &mutations);
        for read in [ApiKey::parse(&plain), ApiKey::from_two_lines(&plain)] {
            if let Err(error) = read {
                prop_assert!(tells_nothing(&error.to_string()), "{error}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, ..ProptestConfig::default() })]

    #[test]
    fn of_identities(mutations in mutations()) {
        let (path, before) = spoilt("spoilt", &sealed().text, &mutations);
        match Identity::load(&Place { path: path.clone(), guarded: false }) {
            // What was hit is a comment or the end of a line; a line may stand twice.
            Ok(identity) => prop_assert_eq!(identity.recipient(), sealed().recipient.clone()),
            Err(error) => prop_assert!(tells_nothing(&error.to_string()), "{}", error),
        }
        prop_assert!(write_private(&path, b"another").is_err(), "whatever it is, it is not overwritten");
        prop_assert_eq!(fs::read(&path).unwrap(), before);
    }
}
