//! What systemd hears of the daemon, on a real datagram socket; and the signals that an operator sends.

use std::os::unix::net::UnixDatagram;
use std::sync::{Arc, Mutex};
use std::thread;

use tempfile::TempDir;

use super::bourse::{Bourse, MAIN};
use super::daemon::{Daemon, House};
use super::wait::until;

/// The service manager's end: everything that it was told, one datagram an entry.
struct Manager {
    heard: Arc<Mutex<Vec<String>>>,
    folder: TempDir,
}

impl Manager {
    fn listen() -> Self {
        let folder = TempDir::new().unwrap();
        let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&heard);
        thread::spawn(move || {
            let mut bytes = [0; 4_096];
            while let Ok(length) = socket.recv(&mut bytes) {
                told.lock().unwrap().push(String::from_utf8_lossy(&bytes[..length]).into_owned());
            }
        });
        Self { heard, folder }
    }

    fn start(&self, house: &House) -> Daemon {
        let socket = self.folder.path().join("notify");
        house.start_with(&[("NOTIFY_SOCKET", socket.to_str().unwrap()), ("WATCHDOG_USEC", "60000000")])
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    /// Waits for a datagram with this in it, at place `from` or later; answers its place and its text.
    fn waits_for(&self, from: usize, text: &str) -> (usize, String) {
        until(
            30,
            || format!("{text:?}; heard: {:?}", self.heard()),
            || {
                let heard = self.heard();
                let place = heard.iter().skip(from).position(|told| told.contains(text))? + from;
                Some((place, heard[place].clone()))
            },
        )
    }
}

#[test]
fn systemd_hears_ready_status_reloading_and_stopping_in_their_order() {
    let mut bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[MAIN]);
    let manager = Manager::listen();
    let mut daemon = manager.start(&house);
    let (ready, _) = manager.waits_for(0, "READY=1");
    bourse.waits_for_offers("main", "1000");
    let (_, status) = manager.waits_for(ready, "STATUS=lending: USD 0 % lent, 99 % offered");
    assert!(!status.trim_end().contains('\n'), "{status}");

    daemon.reload();
    let (reloading, told) = manager.waits_for(ready + 1, "RELOADING=1");
    assert!(told.contains("MONOTONIC_USEC="), "in one datagram with its time: {told:?}");
    let (again, _) = manager.waits_for(reloading + 1, "READY=1");

    house.write("profiles/plain.toml", "nonsense");
    daemon.reload();
    let (refused, _) = manager.waits_for(again + 1, "RELOADING=1");
    manager.waits_for(refused + 1, "READY=1");
    manager.waits_for(refused + 1, "STATUS=not ready: configuration: the last reload was refused: ");

    daemon.process.signal("QUIT");
    manager.waits_for(refused + 1, "STOPPING=1");
    assert_eq!(daemon.process.ended().code(), Some(0));
}

#[test]
fn the_watchdog_is_fed_by_ticks_and_by_nothing_else() {
    let bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[MAIN]);
    let manager = Manager::listen();
    let daemon = manager.start(&house);
    daemon.ready();
    let fed = || manager.heard().iter().filter(|told| told.contains("WATCHDOG=1")).count();
    let ticks = || daemon.metric("yieldsforge_engine_steps_total{input=\"tick\"}").unwrap();
    until(30, || "some ticks".to_owned(), || (ticks() > 5.0).then_some(()));
    // Between two looks at the ticks the meals lie in between.
    let (before, meals, after) = (ticks(), fed(), ticks());
    let meals = f64::from(u32::try_from(meals).unwrap());
    assert!(before - 1.0 <= meals && meals <= after + 1.0, "{before} ticks, {meals} meals, {after} ticks");
    // An engine that is stuck feeds nobody: here the whole process stands still, and its last meal is the last.
    daemon.process.signal("STOP");
    let stuck = until(
        30,
        || "the last datagram to arrive".to_owned(),
        || {
            let before = fed();
            thread::sleep(std::time::Duration::from_millis(300));
            (fed() == before).then_some(before)
        },
    );
    daemon.process.signal("CONT");
    until(30, || "the next tick".to_owned(), || (fed() > stuck).then_some(()));
}

#[test]
fn the_status_is_told_in_the_log_on_request() {
    let mut bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[MAIN]);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    let shown = || daemon.dollars("main")["offers"].as_array().is_some_and(|offers| !offers.is_empty());
    until(30, || "the offer to be known".to_owned(), || shown().then_some(()));
    daemon.process.signal("USR1");
    let told = until(
        30,
        || "the status".to_owned(),
        || {
            let lines: Vec<String> =
                daemon.logged("status").iter().map(|line| line["message"].as_str().unwrap().to_owned()).collect();
            (lines.len() >= 3).then_some(lines)
        },
    );
    assert!(told[0].starts_with("lending: USD "), "{told:?}");
    assert!(told[1].starts_with("account main: key good, stream up, "), "{told:?}");
    assert!(told[2].starts_with("account main USD: balance 1000, lent 0 in 0 loans, offered 999.9999"), "{told:?}");
}
