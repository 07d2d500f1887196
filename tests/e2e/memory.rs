//! The secret in the memory of a running daemon: it stands there once, where requests are signed, and nowhere else.
//!
//! How it is looked for: every readable mapping of the process, read through `/proc/PID/mem` as a debugger would, searched
//! for the secret's bytes. Who may not read another process skips this (the daemon itself forbids it to its own user).

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;

use super::bourse::{Bourse, Lender, MAIN};
use super::daemon::{Daemon, House};

const SECRETIVE: Lender = Lender { secret: "one-place-only-4c1d7e90b2a85f63", ..MAIN };

/// How often the bytes stand in the memory of the daemon; `None` when nobody may look.
fn found(daemon: &Daemon, secret: &[u8]) -> Option<usize> {
    let process = format!("/proc/{}", daemon.process.id());
    let memory = File::open(format!("{process}/mem")).ok()?;
    let maps = fs::read_to_string(format!("{process}/maps")).ok()?;
    let mut times = 0;
    let mut looked = 0_u64;
    for line in maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|rights| rights.starts_with('r'))) {
        let (from, to) = line.split(' ').next()?.split_once('-')?;
        let (from, to) = (u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?);
        let mut bytes = vec![0; usize::try_from(to - from).ok()?];
        // Some of the kernel's own mappings cannot be read.
        if memory.read_exact_at(&mut bytes, from).is_ok() {
            looked += to - from;
            times += bytes.windows(secret.len()).filter(|window| *window == secret).count();
        }
    }
    (looked > 0).then_some(times)
}

#[test]
fn the_secret_stands_once_in_memory_and_not_at_all_once_the_account_has_left() {
    let mut bourse = Bourse::open(&[SECRETIVE]);
    let house = House::build(&bourse, &[SECRETIVE]);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    let limits = fs::read_to_string(format!("/proc/{}/limits", daemon.process.id())).unwrap();
    let core = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().take(2).collect::<Vec<_>>(), ["0", "0"], "no core is written");
    let Some(times) = found(&daemon, SECRETIVE.secret.as_bytes()) else {
        eprintln!("skipped: the memory of another process cannot be read here");
        return;
    };
    assert_eq!(times, 1, "only where it signs");
    assert!(found(&daemon, SECRETIVE.key.as_bytes()).unwrap() > 0, "the search finds what is there");

    std::fs::remove_file(house.path("accounts/main.toml")).unwrap();
    daemon.reload();
    super::wait::until(30, || "the account to leave".to_owned(), || daemon.logged("account_left").pop());
    assert_eq!(found(&daemon, SECRETIVE.secret.as_bytes()), Some(0), "it is overwritten");
}
