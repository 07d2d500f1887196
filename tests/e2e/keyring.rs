//! `key`: from the first paste of a key to its end, against the embedded exchange.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use serde_json::json;
use yieldsforge::secrets::{Identity, Place, read_key_file};

use super::bourse::{Bourse, Lender, MAIN};
use super::commands::{finish, program, run};
use super::daemon::House;

const NEW: Lender =
    Lender { name: "fresh", key: "key-of-the-fresh-account", secret: "secret-of-the-fresh-account", dollars: "500" };
const LINES: &str = "key-of-the-fresh-account\nsecret-of-the-fresh-account\n";

/// Names under `keys/`, drafts too.
fn keys(house: &House) -> Vec<String> {
    let entries = fs::read_dir(house.path("keys")).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn identity(house: &House) -> Identity {
    Identity::load(&Place { path: house.path("identity.txt"), guarded: false }).unwrap()
}

/// A port that nobody has, for an admin server that commands must find.
pub(crate) fn settle(house: &House) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let text = fs::read_to_string(house.path("yieldsforge.toml")).unwrap();
    house.write(
        "yieldsforge.toml",
        &text.replace("listen = \"127.0.0.1:0\"", &format!("listen = \"127.0.0.1:{port}\"")),
    );
}

#[test]
fn an_identity_is_made_once_and_for_its_owner_alone() {
    let bourse = Bourse::open(&[NEW]);
    let house = House::build(&bourse, &[]);
    let path = house.path("second.txt");
    let flag = ["key", "identity", "--identity", path.to_str().unwrap()];
    let made = run(&house, &flag, "").ended(0, "key add NAME");
    let loaded = Identity::load(&Place { path: path.clone(), guarded: false }).unwrap();
    assert_eq!(made.out.trim(), loaded.recipient().to_string(), "only the recipient is a result");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    let text = fs::read(&path).unwrap();
    run(&house, &flag, "").ended(74, "never overwritten");
    run(&house, &["key", "identity"], "").ended(74, "never overwritten");
    assert_eq!(fs::read(&path).unwrap(), text);
}

#[test]
fn a_good_key_is_verified_then_kept_encrypted() {
    let bourse = Bourse::open(&[NEW]);
    let house = House::build(&bourse, &[]);
    let added = run(&house, &["key", "add", "fresh"], LINES).ended(0, "key-… added");
    for row in ["funding", "wallets", "history"] {
        assert!(added.out.lines().any(|line| line.starts_with(row) && line.ends_with("good: needed")), "{}", added.out);
    }
    assert!(added.out.contains("withdraw") && added.out.contains("key = \"keys/fresh.age\""), "{}", added.out);
    let key = read_key_file(&house.path("keys/fresh.age"), &identity(&house)).unwrap();
    assert_eq!((key.id(), key.secret()), (NEW.key, NEW.secret.as_bytes()));
    assert_eq!(keys(&house), ["fresh.age"], "no draft is left");

    run(&house, &["key", "add", "fresh"], LINES).ended(64, "not overwritten");
    run(&house, &["key", "add", "other"], LINES).ended(77, "already");
    run(&house, &["key", "add", "../up"], LINES).ended(64, "name");
    run(&house, &["key", "add", "other"], "only-one-line\n").ended(64, "two lines");
    assert_eq!(keys(&house), ["fresh.age"]);

    let listed = run(&house, &["key", "list"], "").ended(0, "nobody");
    assert!(listed.out.contains(&identity(&house).recipient().to_string()), "{}", listed.out);
    house.account(&NEW, "");
    let listed = run(&house, &["key", "list", "--json"], "").ended(0, "fresh").json();
    assert_eq!((&listed[0]["key"], &listed[0]["accounts"]), (&json!("key-…"), &json!(["fresh"])));
    let verified = run(&house, &["key", "verify", "--json"], "").ended(0, "exchange").json();
    assert_eq!(verified[0]["verdict"], "good");
    assert!(verified[0]["scopes"].as_array().unwrap().len() >= 3);
    run(&house, &["key", "verify", "nobodys"], "").ended(64, "there are: fresh");
}

/// Each scope of the reference that could move money out, and each that writes what no lender writes.
#[test]
fn a_key_that_may_do_more_is_refused_and_nothing_is_written() {
    let mut bourse = Bourse::open(&[NEW]);
    let house = House::build(&bourse, &[]);
    let out = ["withdraw", "ui_withdraw", "eaas_withdraw", "Withdraw_Later"];
    let more = out.iter().flat_map(|scope| ["r", "w", "rw"].map(|rights| (*scope, rights)));
    let writes = [
        "account",
        "history",
        "orders",
        "positions",
        "settings",
        "wallets",
        "bfxpay",
        "eaas_agreement",
        "eaas_deposit",
        "eaas_brokerage",
        "something_new",
    ];
    for (scope, rights) in more.chain(writes.map(|scope| (scope, "rw"))) {
        bourse.permit("fresh", &[(scope, rights)]);
        let said = run(&house, &["key", "add", "fresh"], LINES).ended(77, "Nothing was written");
        assert!(
            said.out.lines().any(|line| line.starts_with(scope) && line.contains("refused: ")),
            "{scope}: {said:?}"
        );
        assert_eq!(keys(&house), Vec::<String>::new(), "{scope} {rights}");
    }
    bourse.permit("fresh", &[("funding", "r")]);
    run(&house, &["key", "add", "fresh"], LINES).ended(77, "funding write");
    assert_eq!(keys(&house), Vec::<String>::new());
    // On paper it is enough.
    let text = fs::read_to_string(house.path("yieldsforge.toml")).unwrap();
    house.write("yieldsforge.toml", &text.replace("\"live\"", "\"paper\""));
    run(&house, &["key", "add", "fresh"], LINES).ended(0, "enough for paper");
    bourse.permit("fresh", &[("withdraw", "w")]);
    let verified = run(&house, &["key", "verify", "fresh"], "").ended(77, "fresh (key-…): refused");
    assert!(verified.out.contains("refused: it could move money out"), "{}", verified.out);
}

#[test]
fn what_cannot_be_verified_is_not_written() {
    let mut bourse = Bourse::open(&[NEW]);
    let house = House::build(&bourse, &[]);
    run(&house, &["key", "add", "fresh"], "key-of-the-fresh-account\nanother-secret\n").ended(77, "secret is wrong");
    run(&house, &["key", "add", "fresh"], "no-such-key\nanother-secret\n").ended(77, "wrong");
    bourse.fault("nonce_small");
    run(&house, &["key", "add", "fresh"], LINES).ended(77, "another program uses this key");
    bourse.fault("garbage");
    run(&house, &["key", "add", "fresh"], LINES).ended(69, "no JSON");
    bourse.fault("rate_limit");
    run(&house, &["key", "add", "fresh"], LINES).ended(69, "rate limit");
    drop(bourse);
    run(&house, &["key", "add", "fresh"], LINES).ended(69, "out of reach");
    assert_eq!(keys(&house), Vec::<String>::new());
    fs::set_permissions(house.path("identity.txt"), fs::Permissions::from_mode(0o644)).unwrap();
    run(&house, &["key", "add", "fresh"], LINES).ended(77, "chmod 600");
}

#[test]
fn while_a_daemon_runs_its_keys_are_left_to_it() {
    let bourse = Bourse::open(&[MAIN, NEW]);
    let house = House::build(&bourse, &[MAIN]);
    settle(&house);
    let daemon = house.serve();
    let verified = run(&house, &["key", "verify", "--json"], "").ended(0, "main").json();
    assert_eq!((&verified[0]["asked"], &verified[0]["verdict"]), (&json!("daemon"), &json!("good")));
    // A new key disturbs nobody; the daemon's own is refused under another name.
    run(&house, &["key", "add", "fresh"], LINES).ended(0, "added");
    let own = format!("{}\n{}\n", MAIN.key, MAIN.secret);
    run(&house, &["key", "add", "again"], &own).ended(77, "already");
    run(&house, &["key", "verify", "fresh"], "").ended(0, "no account of the running daemon uses it");
    // A key file that cannot be opened might hold the very key.
    let sealed = fs::read(house.path("keys/main.age")).unwrap();
    house.write("keys/main.age", "not an age file");
    fs::remove_file(house.path("keys/fresh.age")).unwrap();
    run(&house, &["key", "add", "fresh"], LINES).ended(75, "this very key");
    fs::write(house.path("keys/main.age"), sealed).unwrap();

    let told = run(&house, &["key", "remove", "main"], "").ended(64, "--yes");
    assert!(told.err.contains("cancels its own at its next reload") && told.err.contains("USD: "), "{}", told.err);
    assert_eq!(keys(&house), ["main.age"]);
    run(&house, &["key", "remove", "main", "--yes"], "").ended(0, "removed");
    assert_eq!(keys(&house), Vec::<String>::new());
    run(&house, &["key", "remove", "main", "--yes"], "").ended(64, "not there");
    assert!(daemon.logged("auth_failed").is_empty());
}

#[test]
fn removing_says_what_becomes_of_the_money() {
    let bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[MAIN]);
    let told = run(&house, &["key", "remove", "main", "--yes"], "").ended(0, "removed");
    for words in ["nobody cancels them", "after 30 days at the latest", "revoke it there"] {
        assert!(told.err.contains(words), "{words}: {}", told.err);
    }
}

#[test]
fn a_rotation_replaces_the_identity_and_every_key_stays_readable() {
    let bourse = Bourse::open(&[MAIN, NEW]);
    let house = House::build(&bourse, &[MAIN]);
    settle(&house);
    run(&house, &["key", "add", "fresh"], LINES).ended(0, "added");
    let first = identity(&house);
    let readable = |identity: &Identity| {
        ["main", "fresh"].map(|name| read_key_file(&house.path(&format!("keys/{name}.age")), identity).is_ok())
    };
    let rotated = run(&house, &["key", "rotate"], "").ended(0, "its recipient");
    let second = identity(&house);
    assert!(rotated.out.contains(&second.recipient().to_string()));
    assert_eq!((readable(&first), readable(&second)), ([false; 2], [true; 2]));
    assert_eq!(fs::metadata(house.path("identity.txt")).unwrap().permissions().mode() & 0o7777, 0o600);

    // A running daemon may read them again with the identity it was given: that one is dropped later.
    let mut daemon = house.serve();
    run(&house, &["key", "rotate"], "").ended(0, "key rotate --finish");
    assert_eq!((readable(&second), readable(&identity(&house))), ([true; 2], [true; 2]));
    daemon.process.signal("TERM");
    assert_eq!(daemon.process.ended().code(), Some(0));
    let daemon = house.serve();
    run(&house, &["key", "rotate", "--finish"], "").ended(0, "2 key files");
    assert_eq!((readable(&second), readable(&identity(&house))), ([false; 2], [true; 2]));
    assert!(daemon.logged("account_off").is_empty());

    // One that cannot be read stops it before anything is changed.
    house.write("keys/odd.age", "not an age file");
    let before = fs::read(house.path("identity.txt")).unwrap();
    run(&house, &["key", "rotate"], "").ended(77, "Nothing was changed");
    assert_eq!(fs::read(house.path("identity.txt")).unwrap(), before);
}

/// Skipped with a message where the program `age` is not installed.
#[test]
fn the_age_program_and_the_key_commands_read_each_other() {
    if !Command::new("age-keygen").arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success())
    {
        println!("skipped: the programs age and age-keygen are not installed");
        return;
    }
    let bourse = Bourse::open(&[MAIN, NEW]);
    let house = House::build(&bourse, &[]);
    let identity = house.path("theirs.txt");
    assert!(Command::new("age-keygen").arg("-o").arg(&identity).stderr(Stdio::null()).status().unwrap().success());
    let flag = identity.to_str().unwrap();
    let recipient = Identity::load(&Place { path: identity.clone(), guarded: false }).unwrap().recipient().to_string();
    let plain = format!("api_key = \"{}\"\napi_secret = \"{}\"\n", MAIN.key, MAIN.secret);
    let opened = |name: &str| {
        let mut age = Command::new("age");
        age.arg("-d").arg("-i").arg(&identity).arg(house.path(&format!("keys/{name}.age")));
        finish(age, "").ended(0, "api_secret = ").out
    };
    for (name, armor) in [("main", &[][..]), ("armored", &["--armor"][..])] {
        let mut age = Command::new("age");
        age.args(armor).args(["-r", &recipient, "-o"]).arg(house.path(&format!("keys/{name}.age")));
        finish(age, &plain).ended(0, "");
        run(&house, &["key", "verify", name, "--identity", flag], "").ended(0, "good");
        if name == "main" {
            run(&house, &["key", "add", "fresh", "--identity", flag], LINES).ended(0, "added");
            assert_eq!(opened("fresh"), format!("api_key = \"{}\"\napi_secret = \"{}\"\n", NEW.key, NEW.secret));
        }
    }
    run(&house, &["key", "rotate", "--identity", flag], "").ended(0, "new");
    assert_eq!((opened("main"), opened("armored")), (plain.clone(), plain));
    assert!(fs::read(house.path("keys/main.age")).unwrap().starts_with(b"age-encryption.org/"), "binary stays binary");
    assert!(fs::read(house.path("keys/armored.age")).unwrap().starts_with(b"-----BEGIN AGE"));
    let mut by_variable = program(&house, &["key", "list"]);
    let text = fs::read_to_string(house.path("yieldsforge.toml")).unwrap();
    house.write("yieldsforge.toml", &text.replace("[keys]\nidentity = \"identity.txt\"\n", ""));
    by_variable.env("YIELDSFORGE_IDENTITY", &identity);
    finish(by_variable, "").ended(0, "armored");
    run(&house, &["key", "list"], "").ended(77, "no age identity is named");
}
