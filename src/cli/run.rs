//! `run`: the daemon.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use tokio::sync::{oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::app::clock::HouseClock;
use crate::app::keyring::{Keyring, Keys};
use crate::app::orders::Orders;
use crate::app::reload::{Reread, log_format};
use crate::app::{self, RunError, Start};
use crate::config::{self, Config, Override, Sources};
use crate::engine::StatusView;
use crate::exchange::bitfinex::tls::Tls;
use crate::store::StoreError;
use crate::telemetry::log::{self, LogControl, LogSettings};
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

/// Runs the command; `env` is the whole environment, `unguarded` says what could not be done to keep secrets in memory.
/// Answers the exit code.
pub async fn run(args: RunArgs, env: Vec<(String, String)>, unguarded: Vec<String>) -> u8 {
    let signals = match Registered::new() {
        Ok(signals) => signals,
        Err(error) => return tell(exit::OTHER, &format!("the signal handlers could not be set: {error}")),
    };
    let sources = args.sources(&env);
    let config = match config::load(&sources) {
        Ok(config) => config,
        Err(diagnostics) => return tell(exit::CONFIG, &diagnostics.to_string()),
    };
    let control = match set_up_log(&config, &env) {
        Ok(control) => control,
        Err(code) => return code,
    };
    for open in unguarded {
        tracing::warn!(event = "memory", "{open}");
    }
    for warning in &config.warnings {
        tracing::warn!(event = "configuration", "{}", warning.line());
    }
    let mut keyring = Keyring { flag: args.identity.clone(), env: env.clone(), unlocked: None };
    let keys = match keys(&config, &mut keyring) {
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
    let (stop, orders) = (CancellationToken::new(), Arc::new(Orders::default()));
    let (started, _nobody_waits) = oneshot::channel();
    let start = Start {
        config,
        keys,
        clock: HouseClock::real(),
        tls,
        metrics,
        stop: stop.clone(),
        orders: Arc::clone(&orders),
        reread: Reread::new(move || {
            let config = config::load(&sources).map_err(|diagnostics| diagnostics.to_string())?;
            let keys = keyring.read(&config).map_err(|error| error.to_string())?;
            Ok((config, keys))
        }),
        log: Some(control),
        started,
        view: watch::Sender::new(Arc::new(StatusView::default())),
    };
    let running = app::run(start);
    tokio::select! {
        biased;
        ended = running => verdict(&ended),
        () = signals.obey(stop, orders) => complain(exit::TASK_DIED, "the signal handler ended"),
    }
}

fn verdict(ended: &Result<(), RunError>) -> u8 {
    let Err(error) = ended else { return exit::OK };
    let code = match error {
        RunError::Store(StoreError::Held { .. }) => exit::HELD,
        RunError::Store(_) | RunError::Admin(_) => exit::IO,
        RunError::Client(_) | RunError::Tls(_) => exit::CONFIG,
        RunError::KeyInUse { .. } => exit::KEY,
        RunError::TaskDied(_) => exit::TASK_DIED,
    };
    complain(code, &error.to_string())
}

fn set_up_log(config: &Config, env: &[(String, String)]) -> Result<LogControl, u8> {
    let settings = LogSettings {
        format: log_format(config.settings.log.format),
        filter: config.settings.log.filter.clone(),
        journal: env.iter().any(|(name, _)| name == "JOURNAL_STREAM"),
        colour: log::on_terminal() && !env.iter().any(|(name, value)| name == "NO_COLOR" && !value.is_empty()),
    };
    log::install(&settings).map_err(|error| tell(exit::CONFIG, &error.to_string()))
}

/// The keys that can be read, told by what may be shown of them. That none of the accounts has one ends the start.
fn keys(config: &Config, keyring: &mut Keyring) -> Result<Keys, String> {
    // A fresh installation has none yet: the daemon runs, says so at /readyz, and takes them at a reload.
    if config.accounts.is_empty() && config.notify.is_empty() {
        return Ok(Keys::default());
    }
    terminal::unlock(keyring, config).map_err(|error| error.to_string())?;
    let keys = keyring.read(config).map_err(|error| error.to_string())?;
    for (name, key) in &keys.read {
        tracing::info!(account = %name, event = "key_read", "key {} read", key.masked());
    }
    if keys.read.is_empty() && !config.accounts.is_empty() {
        let why: Vec<&str> = keys.unreadable.values().map(String::as_str).collect();
        return Err(format!("no account has a key that can be read: {}", why.join("; ")));
    }
    Ok(keys)
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
