//! For the tests of the shell: a configuration folder, and what accounts are built from, at an exchange that is not there.

use std::fs;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::config::{self, Config, Sources};
use crate::domain::{AccountName, Millis, WireTime};
use crate::engine::Policy;
use crate::exchange::bitfinex::calls::Rest;
use crate::exchange::bitfinex::client::{RestClient, Timeouts};
use crate::exchange::bitfinex::tls::Tls;
use crate::exchange::clock::Clock;
use crate::secrets::ApiKey;
use crate::store::Store;
use crate::telemetry::health::AdminState;

use super::accounts::Build;
use super::clock::HouseClock;
use super::grumbles::Grumbles;
use super::inbox::{self, Outlet};
use super::keyring::Keys;
use super::recorder;

/// Lends dollars at a fixed rate.
pub(super) const PROFILE: &str = "[limits]\nfloor = \"0.01 %/day\"\n\n[[slice]]\nname = \"all\"\nshare = \"100 %\"\n\
                                  rate = { rule = \"fixed\", at = \"0.025 %/day\" }\n";

/// A configuration folder with the account `main`, and a place for state.
pub(super) struct Folder(TempDir);

impl Folder {
    pub(super) fn new() -> Self {
        let folder = Self(TempDir::new().unwrap());
        for name in ["accounts", "profiles", "keys", "state"] {
            fs::create_dir(folder.0.path().join(name)).unwrap();
        }
        folder.main_file("");
        folder.write("profiles/plain.toml", PROFILE);
        folder.account("main", "main");
        folder
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).unwrap();
    }

    /// `yieldsforge.toml` for an exchange where nobody listens, with more at its end.
    pub(super) fn main_file(&self, more: &str) {
        let state = self.0.path().join("state");
        let text = format!(
            "mode = \"live\"\n[exchange]\nrest = \"http://127.0.0.1:9\"\nrest_public = \"http://127.0.0.1:9\"\n\
             ws = \"ws://127.0.0.1:9\"\nws_public = \"ws://127.0.0.1:9\"\n[state]\ndirectory = \"{}\"\n{more}",
            state.display()
        );
        self.write("yieldsforge.toml", &text);
    }

    /// An account with the key file of that name.
    pub(super) fn account(&self, name: &str, key: &str) {
        let text = format!("key = \"keys/{key}.age\"\n[[lend]]\ncurrency = \"USD\"\nprofile = \"plain\"\n");
        self.write(&format!("accounts/{name}.toml"), &text);
    }

    /// Where it lies, for those who read it again.
    pub(super) fn sources(&self) -> Sources {
        Sources { path: self.0.path().to_owned(), env: Vec::new(), flags: Vec::new() }
    }

    pub(super) fn load(&self) -> Config {
        config::load(&self.sources()).unwrap()
    }

    /// What accounts are built from, with the engine's end of the queue and the policy they see.
    pub(super) async fn build(&self) -> (Build, Outlet, watch::Sender<Arc<Policy>>) {
        let settings = self.load().settings;
        let (clock, tls) = (HouseClock::real(), Tls::loopback_only().unwrap());
        let exchange = &settings.exchange;
        let client = RestClient::new(&exchange.rest, &exchange.rest_public, &tls, Timeouts::default()).unwrap();
        let (store, _restored) = Store::open(&settings.state_directory, clock.now().market).await.unwrap();
        let (inbox, outlet) = inbox::queue();
        let nothing = Policy { generation: 0, paper: false, tick: Millis::seconds(1), accounts: [].into() };
        let (in_force, policy) = watch::channel(Arc::new(nothing));
        let rest = Rest::new(client, Arc::<HouseClock>::clone(&clock));
        let grumbles = Grumbles::new(Arc::clone(&clock));
        // Nobody listens to it: nothing is recorded.
        let (_desk, scribe) = recorder::Desk::new(recorder::Place {
            directory: settings.state_directory.clone(),
            settings: watch::channel(settings.recorder).1,
            rest: rest.clone(),
            clock: Arc::clone(&clock),
            grumbles: grumbles.clone(),
            shown: watch::Sender::new(Arc::default()),
        });
        let build = Build {
            rest,
            settings,
            tls,
            store,
            inbox,
            shown: watch::Sender::new(AdminState::new(WireTime::default(), Millis::seconds(1))),
            scribe,
            grumbles,
            clock,
            policy,
            closing: CancellationToken::new(),
            serving: CancellationToken::new(),
        };
        (build, outlet, in_force)
    }
}

pub(super) fn name(text: &str) -> AccountName {
    AccountName::new(text).unwrap()
}

/// Accounts with the names of their keys.
pub(super) fn keys(of: &[(&str, &str)]) -> Keys {
    let read = of.iter().map(|(account, id)| (name(account), ApiKey::new(id, "secret").unwrap()));
    Keys { read: read.collect(), ..Keys::default() }
}
