//! `run`: the daemon.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::app::clock::HouseClock;
use crate::app::reload::Reread;
use crate::app::{self, RunError, Start};
use crate::config::{self, Config, Override, Sources};
use crate::domain::AccountName;
use crate::engine::StatusView;
use crate::exchange::bitfinex::tls::Tls;
use crate::secrets::{ApiKey, Lookup, read_key_file};
use crate::store::StoreError;
use crate::telemetry::log::{self, LogSettings};
use crate::telemetry::record::Metrics;

use super::exit;
use super::signals::Registered;
use super::terminal;

/// Runs the daemon.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// The configuration folder, or its yieldsforge.toml
    #[arg(long, value_name = "PATH", default_value = "/etc/yieldsforge")]
    pub config: PathBuf,
    /// Paper mode, whatever the configuration says: decides and explains, never writes
    #[arg(long)]
    pub paper: bool,
    /// The age identity that opens the key files
    #[arg(long, value_name = "FILE")]
    pub identity: Option<PathBuf>,
}

impl RunArgs {
    fn sources(&self, env: &[(String, String)]) -> Sources {
        let set = |flag: &str, key: &str, value: &str| Override {
            flag: flag.to_owned(),
            key: key.to_owned(),
            value: value.to_owned(),
        };
        let paper = self.paper.then(|| set("--paper", "mode", "paper"));
        Sources { path: self.config.clone(), env: env.to_vec(), flags: paper.into_iter().collect() }
    }
}

/// Runs the command; `env` is the whole environment. Answers the exit code.
pub async fn run(args: RunArgs, env: Vec<(String, String)>) -> u8 {
    let signals = match Registered::new() {
        Ok(signals) => signals,
        Err(error) => return tell(exit::OTHER, &format!("the signal handlers could not be set: {error}")),
    };
    let sources = args.sources(&env);
    let config = match config::load(&sources) {
        Ok(config) => config,
        Err(diagnostics) => return tell(exit::CONFIG, &diagnostics.to_string()),
    };
    if let Err(code) = set_up_log(&config, &env) {
        return code;
    }
    for warning in &config.warnings {
        tracing::warn!(event = "configuration", "{warning}");
    }
    let keys = match keys(&config, args.identity.as_deref(), &env) {
        Ok(keys) => keys,
        Err(why) => return complain(exit::KEY, &why),
    };
    let metrics = match Metrics::install() {
        Ok(metrics) => metrics,
        Err(error) => return complain(exit::OTHER, &error.to_string()),
    };
    let tls = match Tls::platform() {
        Ok(tls) => tls,
        Err(error) => return complain(exit::OTHER, &error.to_string()),
    };
    let (stop, (hup, hangup)) = (CancellationToken::new(), mpsc::channel(1));
    let (started, _nobody_waits) = oneshot::channel();
    let start = Start {
        config,
        keys,
        clock: HouseClock::real(),
        tls,
        metrics,
        stop: stop.clone(),
        hangup,
        reread: Reread::new(move || config::load(&sources)),
        started,
        view: watch::Sender::new(Arc::new(StatusView::default())),
    };
    let running = app::run(start);
    tokio::select! {
        biased;
        ended = running => verdict(&ended),
        () = signals.obey(stop, hup) => complain(exit::TASK_DIED, "the signal handler ended"),
    }
}

fn verdict(ended: &Result<(), RunError>) -> u8 {
    let Err(error) = ended else { return exit::OK };
    let code = match error {
        RunError::Store(StoreError::Held { .. }) => exit::HELD,
        RunError::Store(_) | RunError::Admin(_) => exit::IO,
        RunError::Client(_) | RunError::Tls(_) => exit::CONFIG,
        RunError::TaskDied(_) => exit::TASK_DIED,
    };
    complain(code, &error.to_string())
}

fn set_up_log(config: &Config, env: &[(String, String)]) -> Result<(), u8> {
    let format = match config.settings.log.format {
        config::LogFormat::Auto => log::LogFormat::Auto,
        config::LogFormat::Text => log::LogFormat::Text,
        config::LogFormat::Journald => log::LogFormat::Journald,
        config::LogFormat::Json => log::LogFormat::Json,
    };
    let settings = LogSettings {
        format,
        filter: config.settings.log.filter.clone(),
        journal: env.iter().any(|(name, _)| name == "JOURNAL_STREAM"),
        colour: log::on_terminal() && !env.iter().any(|(name, value)| name == "NO_COLOR" && !value.is_empty()),
    };
    log::install(&settings).map(|_control| ()).map_err(|error| tell(exit::CONFIG, &error.to_string()))
}

/// Reads the keys that can be read. An account whose key cannot is off, loudly; none left ends the start.
fn keys(
    config: &Config,
    flag: Option<&std::path::Path>,
    env: &[(String, String)],
) -> Result<BTreeMap<AccountName, ApiKey>, String> {
    if config.accounts.is_empty() {
        return Err(format!("there is no account: {}/accounts holds no file", config.folder.display()));
    }
    let lookup = Lookup { flag, configured: config.settings.identity.as_deref(), env };
    let place = lookup.find().map_err(|error| error.to_string())?;
    let identity = terminal::identity(&place).map_err(|error| error.to_string())?;
    let mut keys: BTreeMap<AccountName, ApiKey> = BTreeMap::new();
    for (name, account) in &config.accounts {
        match read_key_file(&account.key, &identity) {
            Ok(key) if keys.values().any(|other| other.id() == key.id()) => {
                return Err(format!(
                    "account {name} has the same API key as another account; one key serves one account"
                ));
            }
            Ok(key) => {
                tracing::info!(account = %name, event = "key_read", "key {} read", key.masked());
                keys.insert(name.clone(), key);
            }
            Err(error) => {
                let path = account.key.display();
                tracing::error!(account = %name, event = "account_off", "account {name} is off: {path}: {error}");
            }
        }
    }
    if keys.is_empty() { Err("no account has a key that can be read".to_owned()) } else { Ok(keys) }
}

/// Before the log is set up.
#[expect(clippy::print_stderr, reason = "there is no log yet")]
fn tell(code: u8, what: &str) -> u8 {
    eprintln!("{}", what.trim_end());
    code
}

fn complain(code: u8, what: &str) -> u8 {
    tracing::error!(event = "ended", code, "{what}");
    code
}
