//! `key add NAME`: a new key, verified with the exchange before anything is written.
//!
//! Its key and secret are asked for without echo on a terminal, else read as two lines from standard input.
//!
//! While a daemon runs it holds the lock, and the rule is that nobody else signs: two programs that draw nonces for one key
//! spoil each other's. A key that lies in no key file yet is a key that the daemon does not have, so this one call disturbs
//! nobody; it is made without the lock, its nonce taken from the clock and kept nowhere. The daemon, when it is given the
//! key later, begins at a later clock. The same key under a second name is refused, running or not; and while a daemon
//! runs, a key file of an account that cannot be opened here is a reason to refuse too, since it might hold this very key.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use clap::Args;

use crate::app::lane;
use crate::cli::say::{self, Failure};
use crate::cli::signed::{self, Desk};
use crate::cli::{exit, terminal};
use crate::config::{Config, Mode};
use crate::domain::{AccountName, GateVerdict, Scope};
use crate::exchange::bitfinex::budget::LaneId;
use crate::secrets::{ApiKey, FileError, Identity, KeyFileError, open_key_file, write_key_file};

use super::ring::{self, ring};
use super::{Places, Scene, scopes};

/// Arguments of `key add`.
#[derive(Debug, Clone, Args)]
pub(super) struct AddArgs {
    /// A name for it: keys/NAME.age; best that of the account that will use it
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    places: Places,
}

pub(super) async fn run(args: &AddArgs, env: &[(String, String)]) -> Result<u8, Failure> {
    let name = AccountName::new(&args.name)
        .map_err(|_no_name| Failure::new(exit::USAGE, "a key's name is 1 to 32 letters, digits, '-' or '_'"))?;
    let scene = Scene::set(&args.places, env)?;
    let path = ring::folder(&scene.config).join(format!("{name}.age"));
    if path.symlink_metadata().is_ok() {
        let text = format!(
            "{} is there already and is not overwritten: take another name, or first: yieldsforge key remove {name}",
            path.display()
        );
        return Err(Failure::new(exit::USAGE, text));
    }
    let identity = scene.identity()?;
    let key = read_key()?;
    let unopened = refuse_twice(&scene.config, &identity, &key)?;
    let scopes = ask_exchange(&scene, &key, unopened).await?;
    judge(&scopes, scene.config.settings.mode == Mode::Paper)?;
    make_folder(path.parent().unwrap_or(&scene.config.folder))?;
    write_key_file(&path, &key, &identity.recipient())
        .map_err(|error| Failure::new(exit::IO, format!("{}: {error}", path.display())))?;
    say::out(&format!("key {} added: {}, encrypted to {}", key.masked(), path.display(), identity.recipient()));
    next_step(&scene.config, &name, &path)?;
    Ok(exit::OK)
}

fn read_key() -> Result<ApiKey, Failure> {
    let refused = |error: &dyn std::fmt::Display| Failure::new(exit::USAGE, format!("this is no API key: {error}"));
    if terminal::is_there() {
        say::err("Paste the key and its secret as Bitfinex shows them; they do not show here.");
        let id = terminal::hidden("API key: ")?;
        let secret = terminal::hidden("API secret: ")?;
        return ApiKey::from_bytes(&id, &secret).map_err(|error| refused(&error));
    }
    let text = terminal::piped().map_err(|error| refused(&error))?;
    ApiKey::from_two_lines(&text).map_err(|error| refused(&error))
}

/// One key serves one account. Answers a key file of an account that could not be opened, if there is one.
fn refuse_twice(config: &Config, identity: &Identity, key: &ApiKey) -> Result<Option<String>, Failure> {
    let mut unopened = None;
    for file in ring(config)? {
        let shown = file.path.display();
        match open_key_file(&file.path, identity) {
            Ok(opened) if opened.key.id() == key.id() => {
                let text = format!(
                    "this API key lies in {shown} already (used by {}): one key serves one account, since two programs \
                     or accounts with one key spoil each other's nonces; make another at Bitfinex",
                    file.users()
                );
                return Err(Failure::new(exit::KEY, text));
            }
            // One that an account only names yet holds no key.
            Ok(_) | Err(KeyFileError::File(FileError::Missing)) => {}
            Err(error) => {
                say::err(&format!("note: {shown} could not be compared with this key: {error}"));
                if !file.accounts.is_empty() {
                    unopened = Some(file.name);
                }
            }
        }
    }
    Ok(unopened)
}

async fn ask_exchange(scene: &Scene<'_>, key: &ApiKey, unopened: Option<String>) -> Result<Vec<Scope>, Failure> {
    let rest = signed::rest(&scene.config.settings, &scene.clock)?;
    let desk = Desk::take(&scene.config.settings, &scene.clock).await?;
    let lane = match (&desk, unopened) {
        (Desk::Ours { store, .. }, _) => signed::lane(&rest, store, 0, key).await?,
        (Desk::Daemons, None) => lane::open_unused(&rest, LaneId(0), key).read_only(),
        (Desk::Daemons, Some(other)) => {
            let text = format!(
                "a daemon runs, and the key file {other} cannot be opened here: the daemon might be using this very key. \
                 Mend or remove that key file, or stop the daemon, then try again"
            );
            return Err(Failure::new(exit::HELD, text));
        }
    };
    let scopes = signed::permissions(&lane).await;
    desk.leave().await?;
    scopes.map_err(|failure| Failure { text: format!("{}. Nothing was written", failure.text), ..failure })
}

/// Shows the permissions; a key that a run is not served by goes no further.
fn judge(scopes: &[Scope], paper: bool) -> Result<(), Failure> {
    say::out(&scopes::table(&scopes::report(scopes)));
    let (verdict, serves, text) = scopes::verdict(scopes, paper);
    match verdict {
        GateVerdict::Good => {
            say::err(&format!("verdict: {text}"));
            Ok(())
        }
        GateVerdict::Insufficient(_) if serves => {
            say::err(&format!(
                "verdict: enough for paper mode; to lend, {text}: switch it on at Bitfinex before going live"
            ));
            Ok(())
        }
        GateVerdict::Insufficient(_) => {
            let what = "switch it on at Bitfinex (the key stays the same) and add the key again";
            Err(Failure::new(exit::KEY, format!("{text}; {what}. Nothing was written")))
        }
        GateVerdict::Refused(_) | GateVerdict::Pending | GateVerdict::Revoked => {
            let what = "Nothing was written. Delete this key at Bitfinex if you do not use it elsewhere";
            Err(Failure::new(exit::KEY, format!("{text}. {what}")))
        }
    }
}

/// As open as the configuration folder is meant to be: the daemon's user has to come in.
fn make_folder(folder: &Path) -> Result<(), Failure> {
    let made = DirBuilder::new().recursive(true).mode(0o755).create(folder);
    made.map_err(|error| Failure::new(exit::IO, format!("{}: {error}", folder.display())))
}

fn next_step(config: &Config, name: &AccountName, path: &Path) -> Result<(), Failure> {
    say::err("Now delete your note of the secret and clear the clipboard.");
    if let Some(account) = config.accounts.iter().find(|(_, file)| file.key == path).map(|(account, _)| account) {
        say::err(&format!("next: account {account} uses this key at the daemon's next reload or start"));
        return Ok(());
    }
    let file = config.folder.join("accounts").join(format!("{name}.toml"));
    say::err(&format!("next: say what to lend with it, in {}", file.display()));
    if !terminal::is_there() || terminal::agrees("Show the text of such a file?")? {
        say::out(&account_text(config, name));
    }
    Ok(())
}

fn account_text(config: &Config, name: &AccountName) -> String {
    let profile = config.profiles.keys().find(|known| *known == "steady").or_else(|| config.profiles.keys().next());
    let profile = profile.map_or("steady", String::as_str);
    format!(
        "# accounts/{name}.toml\nkey = \"keys/{name}.age\"\n\n[[lend]]\ncurrency = \"USD\"\nprofile = \"{profile}\"\n\
         keep = \"0\"        # never lent\n"
    )
}
