//! The daemon as a child process: its configuration folder, its signals, what it shows.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;
use yieldsforge::domain::Amount;
use yieldsforge::secrets::{Form, Identity, encrypt};

use super::bourse::{Bourse, Lender, amount};
use super::child::Process;
use super::http;
use super::wait::until;

/// The daemon's price: under every other offer, over every bid.
pub(crate) const PROFILE: &str = "[limits]\nfloor = \"0.01 %/day\"\n\n[[slice]]\nname = \"all\"\nshare = \"100 %\"\n\
                                  rate = { rule = \"fixed\", at = \"0.025 %/day\" }\n";

/// A configuration folder with its keys and a place for the daemon's state.
pub(crate) struct House {
    folder: TempDir,
    identity: Identity,
    exchange: String,
}

impl House {
    /// For these accounts at this exchange; all lend dollars by [`PROFILE`].
    pub(crate) fn build(bourse: &Bourse, lenders: &[Lender]) -> Self {
        let folder = TempDir::new().unwrap();
        for name in ["accounts", "profiles", "keys", "state"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let identity = Identity::generate();
        identity.write(&folder.path().join("identity.txt")).unwrap();
        let house = Self { folder, identity, exchange: bourse.address.clone() };
        house.main_file("");
        house.write("profiles/plain.toml", PROFILE);
        for lender in lenders {
            house.account(lender, "");
            house.key(lender, lender.secret);
        }
        house
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes one of its files.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// `yieldsforge.toml`, with more at its end.
    pub(crate) fn main_file(&self, more: &str) {
        let (exchange, state) = (&self.exchange, self.path("state"));
        let text = format!(
            "mode = \"live\"\n[exchange]\nrest = \"http://{exchange}\"\nrest_public = \"http://{exchange}\"\n\
             ws = \"ws://{exchange}/ws/2\"\nws_public = \"ws://{exchange}/ws/2\"\n[keys]\nidentity = \"identity.txt\"\n\
             [http]\nlisten = \"127.0.0.1:0\"\n[state]\ndirectory = \"{}\"\n[engine]\ntick = \"1s\"\n\
             [log]\nformat = \"json\"\nfilter = \"debug\"\n{more}",
            state.display()
        );
        self.write("yieldsforge.toml", &text);
    }

    /// An account's file, with more above its lend entry.
    pub(crate) fn account(&self, lender: &Lender, more: &str) {
        let name = lender.name;
        let text = format!("key = \"keys/{name}.age\"\n{more}\n[[lend]]\ncurrency = \"USD\"\nprofile = \"plain\"\n");
        self.write(&format!("accounts/{name}.toml"), &text);
    }

    /// An account's key file, with this secret in it.
    pub(crate) fn key(&self, lender: &Lender, secret: &str) {
        let text = format!("api_key = \"{}\"\napi_secret = \"{secret}\"\n", lender.key);
        let ciphertext = encrypt(text.as_bytes(), &self.identity.recipient(), Form::Armored).unwrap();
        fs::write(self.path(&format!("keys/{}.age", lender.name)), ciphertext).unwrap();
    }

    /// A notifier's contact file with this text.
    pub(crate) fn contact(&self, name: &str, text: &str) {
        let ciphertext = encrypt(text.as_bytes(), &self.identity.recipient(), Form::Armored).unwrap();
        fs::write(self.path(&format!("keys/{name}.age")), ciphertext).unwrap();
    }

    fn config(&self) -> String {
        self.folder.path().to_str().unwrap().to_owned()
    }

    /// Starts the daemon without waiting for anything.
    pub(crate) fn launch(&self) -> Process {
        Process::start("daemon", &["run", "--config", &self.config()])
    }

    /// Starts the daemon and waits until it listens.
    pub(crate) fn start(&self) -> Daemon {
        self.start_with(&[])
    }

    /// The same, with these variables in its environment.
    pub(crate) fn start_with(&self, variables: &[(&str, &str)]) -> Daemon {
        let process = Process::start_with("daemon", &["run", "--config", &self.config()], variables);
        let admin = until(
            30,
            || "the daemon to say where it listens".to_owned(),
            || logged(&process, "started").first().and_then(|line| Some(line["listen"].as_str()?.to_owned())),
        );
        Daemon { process, admin }
    }

    /// Starts the daemon and waits until it serves.
    pub(crate) fn serve(&self) -> Daemon {
        let daemon = self.start();
        daemon.ready();
        daemon
    }

    /// Another command of the program on this folder.
    pub(crate) fn command(&self, command: &str, args: &[&str]) -> Output {
        let mut program = Command::new(env!("CARGO_BIN_EXE_yieldsforge"));
        program.env_clear().arg(command).args(["--config", &self.config()]).args(args).output().unwrap()
    }
}

/// What a process logged of one kind of event.
fn logged(process: &Process, event: &str) -> Vec<Value> {
    let lines = process.err.lines().into_iter().filter_map(|line| serde_json::from_str::<Value>(&line).ok());
    lines.filter(|line| line["event"] == event).collect()
}

/// A daemon that runs.
pub(crate) struct Daemon {
    pub(crate) process: Process,
    /// Where its admin server listens.
    pub(crate) admin: String,
}

impl Daemon {
    /// An admin page: status and body.
    pub(crate) fn page(&self, path: &str) -> (u16, String) {
        http::get(&self.admin, path).unwrap_or_else(|| panic!("{path}: nobody answers"))
    }

    /// What it logged of one kind of event.
    pub(crate) fn logged(&self, event: &str) -> Vec<Value> {
        logged(&self.process, event)
    }

    /// Waits until every account is served.
    pub(crate) fn ready(&self) {
        self.ready_within(30);
    }

    /// The same with a deadline of its own.
    pub(crate) fn ready_within(&self, seconds: u64) {
        until(
            seconds,
            || format!("/readyz: {}", self.page("/readyz").1),
            || (self.page("/readyz").0 == 200).then_some(()),
        );
    }

    /// Waits until `/readyz` fails with a line that begins and goes on so, while `/livez` does not; answers the line.
    pub(crate) fn unready(&self, check: &str, why: &str) -> String {
        self.unready_within(30, check, why)
    }

    /// The same with a deadline of its own.
    pub(crate) fn unready_within(&self, seconds: u64, check: &str, why: &str) -> String {
        let what = || format!("a failed {check:?} with {why:?}; /readyz: {}", self.page("/readyz").1);
        until(seconds, what, || {
            let (code, body) = self.page("/readyz");
            let line = body.lines().find(|line| line.starts_with(check) && line.contains(": failed: "))?;
            assert_eq!(code, 503, "{body}");
            // The engine ticks whatever the exchange does.
            (line.contains(why) && self.page("/livez").0 == 200).then(|| line.to_owned())
        })
    }

    /// `/status`.
    pub(crate) fn status(&self) -> Value {
        serde_json::from_str(&self.page("/status").1).unwrap()
    }

    /// An account's dollars in `/status`.
    pub(crate) fn dollars(&self, account: &str) -> Value {
        self.status()["accounts"][account]["currencies"]["USD"].clone()
    }

    /// Idle dollars of an account for one reason.
    pub(crate) fn idle(&self, account: &str, reason: &str) -> Amount {
        amount(&self.dollars(account)["idle_amounts"][reason])
    }

    /// The value of a series of `/metrics`, named as it stands there; `None` when there is none.
    pub(crate) fn metric(&self, series: &str) -> Option<f64> {
        let text = self.page("/metrics").1;
        text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
    }

    /// Reads the configuration again.
    pub(crate) fn reload(&self) {
        self.process.signal("HUP");
    }
}
