//! Secrets typed on a terminal: they do not show on it. The terminal is a pseudo-terminal of this test.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use yieldsforge::secrets::{Identity, Place, read_key_file};

use super::bourse::{Bourse, Lender, MAIN};
use super::commands::{program, run};
use super::daemon::House;
use super::wait::until;

const NEW: Lender = Lender { dollars: "500", ..MAIN };

/// A command on a terminal, and everything that showed on it.
struct Terminal {
    keyboard: File,
    shown: Arc<Mutex<Vec<u8>>>,
    child: Child,
}

impl Terminal {
    fn start(house: &House, args: &[&str]) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let path = ptsname(&ours, Vec::new()).unwrap().into_string().unwrap();
        let theirs = || Stdio::from(File::options().read(true).write(true).open(&path).unwrap());
        let child = program(house, args).stdin(theirs()).stdout(theirs()).stderr(theirs()).spawn().unwrap();
        let keyboard = File::from(ours);
        let mut screen = keyboard.try_clone().unwrap();
        let shown = Arc::new(Mutex::new(Vec::new()));
        let writer = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut bytes = [0; 1024];
            // It fails when nobody holds the other side any more.
            while let Ok(count @ 1..) = screen.read(&mut bytes) {
                writer.lock().unwrap().extend_from_slice(&bytes[..count]);
            }
        });
        Self { keyboard, shown, child }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned()
    }

    /// Waits for a prompt at the end of what shows, then types a line.
    fn answer(&mut self, prompt: &str, line: &str) {
        until(30, || format!("{prompt:?} in {:?}", self.text()), || self.text().ends_with(prompt).then_some(()));
        self.keyboard.write_all(line.as_bytes()).unwrap();
        self.keyboard.write_all(b"\r").unwrap();
    }

    /// Waits for its end; what showed by then.
    fn ended(mut self) -> (i32, String) {
        let child = &mut self.child;
        let code = until(30, || "the command to end".to_owned(), || child.try_wait().unwrap());
        (code.code().unwrap(), self.text())
    }
}

#[test]
fn a_key_is_typed_unseen_and_its_account_file_shown_on_request() {
    let bourse = Bourse::open(&[NEW]);
    let house = House::build(&bourse, &[]);
    let mut terminal = Terminal::start(&house, &["key", "add", "main"]);
    terminal.answer("API key: ", NEW.key);
    // A slip of the finger is taken back.
    terminal.answer("API secret: ", &format!("{}xy\u{7f}\u{7f}", NEW.secret));
    terminal.answer("[y/N] ", "yes");
    let (code, shown) = terminal.ended();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("good: needed") && shown.contains("key = \"keys/main.age\""), "{shown}");
    assert!(!shown.contains(NEW.key) && !shown.contains(NEW.secret) && !shown.contains("of-the-main"), "{shown}");
    let identity = Identity::load(&Place { path: house.path("identity.txt"), guarded: false }).unwrap();
    assert_eq!(read_key_file(&house.path("keys/main.age"), &identity).unwrap().secret(), NEW.secret.as_bytes());

    let mut terminal = Terminal::start(&house, &["key", "remove", "main"]);
    terminal.answer("[y/N] ", "");
    assert_eq!(terminal.ended().0, 1);
    assert!(house.path("keys/main.age").exists());
    let mut terminal = Terminal::start(&house, &["key", "remove", "main"]);
    terminal.answer("[y/N] ", "y");
    assert_eq!(terminal.ended().0, 0);
    assert!(!house.path("keys/main.age").exists());
}

#[test]
fn ctrl_c_leaves_without_writing_anything() {
    let bourse = Bourse::open(&[NEW]);
    let house = House::build(&bourse, &[]);
    let mut terminal = Terminal::start(&house, &["key", "add", "main"]);
    terminal.answer("API key: ", NEW.key);
    terminal.answer("API secret: ", "half\u{3}");
    let (code, shown) = terminal.ended();
    assert!(code != 0 && shown.contains("interrupted"), "{code} {shown}");
    assert_eq!(fs::read_dir(house.path("keys")).unwrap().count(), 0);
}

#[test]
fn a_passphrase_is_asked_for_on_a_terminal_and_nowhere_else() {
    let bourse = Bourse::open(&[NEW]);
    let house = House::build(&bourse, &[NEW]);
    let path = house.path("identity.txt");
    let mut recipient = age::scrypt::Recipient::new("open sesame".into());
    recipient.set_work_factor(4);
    let clear = fs::read(&path).unwrap();
    fs::write(&path, age::encrypt_and_armor(&recipient, &clear).unwrap()).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();

    for args in [&["key", "verify"][..], &["key", "list"], &["doctor"], &["run"]] {
        run(&house, args, "open sesame\n").ended(77, "on a terminal only");
    }
    run(&house, &["key", "rotate"], "").ended(64, "in clear");
    let mut terminal = Terminal::start(&house, &["key", "list"]);
    terminal.answer("identity.txt: ", "open simsim");
    let (code, shown) = terminal.ended();
    assert!(code == 77 && shown.contains("the passphrase is wrong"), "{code} {shown}");
    let mut terminal = Terminal::start(&house, &["key", "verify"]);
    terminal.answer("identity.txt: ", "open sesame");
    let (code, shown) = terminal.ended();
    assert!(code == 0 && shown.contains("good: needed") && !shown.contains("sesame"), "{code} {shown}");
}
