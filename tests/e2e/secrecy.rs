//! Nothing secret is written anywhere, whatever goes wrong.

use std::fs;
use std::path::Path;

use super::bourse::{Bourse, Lender, MAIN};
use super::daemon::{Daemon, House};
use super::wait::until;

const SECRETIVE: Lender = Lender { secret: "tell-nobody-0d9f2c7a1e", ..MAIN };

/// Every file under a folder with its bytes.
pub(crate) fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    found
}

/// Everything that others may see of a daemon.
fn visible(house: &House, daemon: &Daemon) -> Vec<(String, Vec<u8>)> {
    let process = Path::new("/proc").join(daemon.process.id().to_string());
    let mut seen = files(&house.path("state"));
    // The daemon shows its environment to root at most.
    let shown = |name: &str| Some((name.to_owned(), fs::read(process.join(name)).ok()?));
    seen.extend(["environ", "cmdline"].into_iter().filter_map(shown));
    let pages = ["/metrics", "/status", "/readyz"].map(|path| (path.to_owned(), daemon.page(path).1.into_bytes()));
    seen.extend(pages);
    let logs = [("stderr", &daemon.process.err), ("stdout", &daemon.process.out)];
    seen.extend(logs.map(|(name, said)| (name.to_owned(), said.lines().join("\n").into_bytes())));
    seen
}

/// No secret is in any of it: not as it is, not in capitals, not as hexadecimal digits.
pub(crate) fn hides(seen: &[(String, Vec<u8>)], secrets: &[&str]) {
    for (place, bytes) in seen {
        for secret in secrets {
            let digits = secret.bytes().flat_map(|byte| [byte >> 4, byte & 0x0f]);
            let hex: String = digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect();
            for form in [(*secret).to_owned(), secret.to_uppercase(), hex] {
                let there = bytes.windows(form.len()).any(|window| window == form.as_bytes());
                assert!(!there, "a secret is readable in {place}");
            }
        }
    }
}

#[test]
fn a_run_with_errors_shows_no_secret() {
    let mut bourse = Bourse::open(&[SECRETIVE]);
    let house = House::build(&bourse, &[SECRETIVE]);
    // With another secret than the exchange knows every signature is wrong.
    let wrong = "a-wrong-one-55aa77cc";
    house.key(&SECRETIVE, wrong);
    let daemon = house.start();
    daemon.unready("account main key", "");
    until(30, || "a complaint".to_owned(), || (!daemon.logged("auth_failed").is_empty()).then_some(()));
    hides(&visible(&house, &daemon), &[wrong, SECRETIVE.secret, SECRETIVE.key]);
    drop(daemon);

    house.key(&SECRETIVE, SECRETIVE.secret);
    let mut daemon = house.serve();
    for fault in ["server_fault", "garbage", "sequence_gap", "nonce_small", "fault_after_accept", "disconnect"] {
        bourse.fault(fault);
    }
    bourse.deposit("main", "500");
    bourse.disconnect();
    // A key file in plain text, and a secret where none belongs, are complained about without showing them.
    house.write("keys/main.age", &format!("api_key = \"k\"\napi_secret = \"{wrong}\"\n"));
    house.account(&SECRETIVE, &format!("api_secret = \"{wrong}\""));
    daemon.reload();
    daemon.unready("configuration", "accounts/main.toml");
    house.account(&SECRETIVE, "");
    daemon.reload();
    daemon.unready("account main key", "unencrypted");
    house.key(&SECRETIVE, SECRETIVE.secret);
    daemon.reload();
    daemon.ready_within(60);
    let identity = fs::read_to_string(house.path("identity.txt")).unwrap();
    let identity = identity.lines().find(|line| line.starts_with("AGE-SECRET-KEY")).unwrap();
    hides(&visible(&house, &daemon), &[wrong, SECRETIVE.secret, SECRETIVE.key, identity]);
    daemon.process.signal("TERM");
    assert_eq!(daemon.process.ended().code(), Some(0));
    hides(&files(&house.path("state")), &[SECRETIVE.secret, SECRETIVE.key, identity]);
}
