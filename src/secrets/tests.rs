use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::key_file::decrypt;
use super::*;

const ID: &str = "kQ7examplePublicIdentifier0123456789abcdefg";
const SECRET: &str = "sV9exampleSecretThatNobodyMaySee0123456789a";

fn key() -> ApiKey {
    ApiKey::new(ID, SECRET).unwrap()
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_key_survives_the_way_through_a_file_in_both_forms() {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::generate();
    for (name, form) in [("binary", Form::Binary), ("armored", Form::Armored)] {
        let path = folder.path().join(name);
        fs::write(&path, encrypt(&key().plaintext(), &identity.recipient(), form).unwrap()).unwrap();
        let back = read_key_file(&path, &identity).unwrap();
        assert_eq!((back.id(), back.secret()), (ID, SECRET.as_bytes()), "{name}");
    }
}

#[test]
fn nothing_of_a_key_is_shown() {
    let shown = format!("{:?} {:?} {}", key(), Identity::generate(), key().masked());
    assert!(shown.contains("kQ7e…"), "{shown}");
    assert!(!shown.contains("kQ7ex") && !shown.contains("sV9") && !shown.contains("AGE"), "{shown}");
    assert_eq!(ApiKey::new("short", "x").unwrap().masked(), "…");
}

#[test]
fn the_two_lines_are_read_and_nothing_else() {
    let good = "# made by hand\r\n\r\n  api_secret=\"s\" \r\napi_key  =  \"k\"\r\n";
    let key = ApiKey::parse(good.as_bytes()).unwrap();
    assert_eq!((key.id(), key.secret()), ("k", &b"s"[..]));
    let cases = [
        ("api_key = \"k\"", "api_secret is missing"),
        ("api_secret = \"k\"", "api_key is missing"),
        ("api_key = k\napi_secret = \"s\"", "line 1: expected"),
        ("api_key = \"k\"\napi_key = \"k\"", "line 2: api_key stands twice"),
        ("api_key = \"\"", "api_key is not 1 to 256"),
        ("api_key = \"a b\"", "api_key is not 1 to 256"),
        ("api_key = \"a\\n\"", "api_key is not 1 to 256"),
        ("api_key = \"k\"\nname = \"x\"", "line 2: expected"),
        ("api_key = \"k\" # mine", "line 1: expected"),
        ("api_key = \"", "line 1: expected"),
    ];
    for (text, expected) in cases {
        let message = ApiKey::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{text:?}: {message}");
    }
}

#[test]
fn each_wrong_key_file_has_its_own_message() {
    let identity = Identity::generate();
    let recipient = identity.recipient().to_string();
    let message = |bytes: &[u8]| decrypt(bytes, &identity).unwrap_err().to_string();
    assert!(message(&key().plaintext()).contains("unencrypted"));
    assert!(message(b"hello").contains(&format!("not an age file; encrypt its lines with: age -r {recipient}")));
    assert!(message(b"").contains("not an age file"));
    let other = encrypt(&key().plaintext(), &Identity::generate().recipient(), Form::Binary).unwrap();
    assert!(message(&other).contains("another identity"));
    let mut cut = encrypt(&key().plaintext(), &identity.recipient(), Form::Binary).unwrap();
    cut.truncate(cut.len() - 1);
    assert!(message(&cut).contains("damaged"));
    let odd = encrypt(b"nothing of use", &identity.recipient(), Form::Armored).unwrap();
    assert_eq!(message(&odd), "decrypted, but line 1: expected api_key = \"…\" or api_secret = \"…\"");
    let large = encrypt(&vec![b'#'; 70_000], &identity.recipient(), Form::Binary).unwrap();
    assert!(message(&large).contains("64 KiB"));
    let mut recipient = age::scrypt::Recipient::new("long enough".into());
    recipient.set_work_factor(2);
    assert!(message(&age::encrypt(&recipient, &key().plaintext()).unwrap()).contains("passphrase"));
}

#[test]
fn one_of_several_identities_is_enough() {
    let (first, second) = (tempfile::tempdir().unwrap(), Identity::generate());
    let (a, b) = (first.path().join("a"), first.path().join("b"));
    Identity::generate().write(&a).unwrap();
    second.write(&b).unwrap();
    let both = [fs::read(&a).unwrap(), b"\n# and\n".to_vec(), fs::read(&b).unwrap()].concat();
    let both = Identity::parse(&both, "both").unwrap();
    let bytes = encrypt(&key().plaintext(), &second.recipient(), Form::Binary).unwrap();
    assert_eq!(decrypt(&bytes, &both).unwrap().id(), ID);
}

#[test]
fn an_identity_that_others_may_read_is_refused_but_inside_the_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("age-identity");
    Identity::generate().write(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(Identity::generate().write(&path).is_err(), "an identity is never overwritten");
    let open = Place { path: path.clone(), guarded: false };
    assert!(Identity::load(&open).is_ok());
    for bits in [0o640, 0o604, 0o660, 0o644, 0o610] {
        mode(&path, bits);
        let message = Identity::load(&open).unwrap_err().to_string();
        assert!(message.contains(&format!("(mode {bits:04o})")) && message.contains("chmod 600 '"), "{message}");
    }
    let env = [("CREDENTIALS_DIRECTORY".to_owned(), folder.path().display().to_string())];
    let place = Lookup { env: &env, ..Lookup::default() }.find().unwrap();
    assert_eq!(place, Place { path, guarded: true });
    assert!(Identity::load(&place).is_ok());
}

#[test]
fn a_path_that_only_seems_to_lie_in_the_credentials_is_not_trusted() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("credentials")).unwrap();
    fs::write(folder.path().join("mine"), "").unwrap();
    let credentials = folder.path().join("credentials");
    let env = [("CREDENTIALS_DIRECTORY".to_owned(), credentials.display().to_string())];
    let outside = credentials.join("../mine");
    assert!(!Lookup { flag: Some(&outside), env: &env, ..Lookup::default() }.find().unwrap().guarded);
}

#[test]
fn the_places_of_the_identity_have_their_order() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("age-identity"), "").unwrap();
    let credentials = ("CREDENTIALS_DIRECTORY".to_owned(), folder.path().display().to_string());
    let variable = ("YIELDSFORGE_IDENTITY".to_owned(), "/variable".to_owned());
    let env = [credentials, variable];
    let find = |flag: Option<&str>, configured: Option<&str>, env: &[(String, String)]| {
        let lookup = Lookup { flag: flag.map(Path::new), configured: configured.map(Path::new), env };
        lookup.find().map(|place| place.path.display().to_string()).map_err(|error| error.to_string())
    };
    assert_eq!(find(Some("/flag"), Some("/file"), &env).unwrap(), "/flag");
    assert_eq!(find(None, Some("/file"), &env).unwrap(), "/file");
    assert_eq!(find(None, None, &env).unwrap(), "/variable");
    assert!(find(None, None, &env[..1]).unwrap().ends_with("/age-identity"));
    assert!(find(None, None, &[]).unwrap_err().contains("age-keygen"));
}

#[test]
fn what_is_no_identity_file_is_refused_without_its_content() {
    let cases = [
        ("", "holds no identity"),
        ("# only a comment\n", "holds no identity"),
        ("# c\nAGE-SECRET-KEY-1QQQ", "x:2: not an age X25519 identity"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "x:1: not an age X25519 identity"),
        ("age-encryption.org/v1\n-> scrypt", "passphrase"),
        ("\u{fffd}", "x:1:"),
    ];
    for (text, expected) in cases {
        let message = Identity::parse(text.as_bytes(), "x").unwrap_err().to_string();
        assert!(message.contains(expected) && !message.contains("QQQ"), "{text:?}: {message}");
    }
    let folder = tempfile::tempdir().unwrap();
    let load =
        |path: &Path| Identity::load(&Place { path: path.to_path_buf(), guarded: false }).unwrap_err().to_string();
    assert!(load(folder.path()).contains("not a file"));
    assert!(load(&folder.path().join("none")).contains("no such file"));
}

/// The programs that users have: skipped with a message where they are not installed.
#[test]
fn files_of_the_age_program_are_read_and_ours_by_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("identity.txt");
    let made = Command::new("age-keygen").arg("-o").arg(&path).stderr(Stdio::null()).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: the programs age and age-keygen are not installed");
        return;
    }
    let identity = Identity::load(&Place { path: path.clone(), guarded: false }).unwrap();
    let plain = folder.path().join("plain");
    write_private(&plain, &key().plaintext()).unwrap();
    for armor in [&[][..], &["--armor"][..]] {
        let sealed = folder.path().join(format!("sealed{}", armor.len()));
        let mut age = Command::new("age");
        age.args(armor).arg("-r").arg(identity.recipient().to_string()).arg("-o").arg(&sealed).arg(&plain);
        assert!(age.status().unwrap().success());
        assert_eq!(read_key_file(&sealed, &identity).unwrap().secret(), SECRET.as_bytes());
    }
    let ours = folder.path().join("ours");
    fs::write(&ours, encrypt(&key().plaintext(), &identity.recipient(), Form::Armored).unwrap()).unwrap();
    let output = Command::new("age").arg("-d").arg("-i").arg(&path).arg(&ours).output().unwrap();
    assert_eq!(output.stdout, *key().plaintext());
}

/// Both forms of protection that the program `age` writes, here with little work.
#[test]
fn an_identity_under_a_passphrase_is_opened_by_it_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("identity.age");
    let clear = folder.path().join("clear");
    let identity = Identity::generate();
    identity.write(&clear).unwrap();
    let mut recipient = age::scrypt::Recipient::new("open sesame".into());
    recipient.set_work_factor(4);
    let place = Place { path: path.clone(), guarded: false };
    let text = fs::read(&clear).unwrap();
    let armored = age::encrypt_and_armor(&recipient, &text).unwrap().into_bytes();
    for sealed in [age::encrypt(&recipient, &text).unwrap(), armored] {
        fs::write(&path, sealed).unwrap();
        mode(&path, 0o600);
        assert!(Identity::load(&place).unwrap_err().to_string().contains("on a terminal only"));
        assert_eq!(Identity::unlock(&place, "open sesame".into()).unwrap().recipient(), identity.recipient());
        let message = Identity::unlock(&place, "open simsim".into()).unwrap_err().to_string();
        assert!(message.ends_with("the passphrase is wrong"), "{message}");
    }
    // Work that nobody should do is told by the header alone.
    let header =
        b"age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 30\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n\
                   --- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n0123456789abcdef0123456789abcdef";
    fs::write(&path, header).unwrap();
    let message = Identity::unlock(&place, "x".into()).unwrap_err().to_string();
    assert!(message.contains("work factor over 20"), "{message}");
    let sealed = age::encrypt(&Identity::generate().recipient().0, &text).unwrap();
    fs::write(&path, sealed).unwrap();
    assert!(Identity::unlock(&place, "x".into()).unwrap_err().to_string().contains("not with a passphrase"));
}

#[test]
fn two_bare_lines_make_a_key_and_nothing_else_does() {
    let key = ApiKey::from_two_lines(b"\n  id-of-it \r\n\nits-secret").unwrap();
    assert_eq!((key.id(), key.secret()), ("id-of-it", &b"its-secret"[..]));
    for text in ["", "id", "id\nsecret\nmore"] {
        assert_eq!(ApiKey::from_two_lines(text.as_bytes()).unwrap_err(), KeyError::TwoLines, "{text:?}");
    }
    assert!(matches!(
        ApiKey::from_two_lines(b"i d\nsecret"),
        Err(KeyError::Line(LineError::Value { name: "api_key", .. }))
    ));
}

#[test]
fn a_new_file_never_takes_the_place_of_another_and_leaves_no_draft() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.age");
    write_key_file(&path, &key(), &Identity::generate().recipient()).unwrap();
    let before = fs::read(&path).unwrap();
    let error = write_key_file(&path, &key(), &Identity::generate().recipient()).unwrap_err();
    assert!(error.to_string().contains("never overwritten"), "{error}");
    let nowhere = folder.path().join("none/main.age");
    assert!(write_key_file(&nowhere, &key(), &Identity::generate().recipient()).is_err());
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
    remove(&path).unwrap();
    assert!(remove(&path).is_err());
}

mod mutations;
mod rotations;
