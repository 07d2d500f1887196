//! `explain`: one decision with everything that was thought of, and the reason of every idle coin. It changes nothing.
//!
//! While a daemon runs, its last decision is shown, as it tells it at `/status`. Without one the account and the market are
//! read and the very engine decides once; what it wishes is shown and goes nowhere (see `round`).

mod render;
mod round;

use std::path::PathBuf;

use clap::Args;

use crate::app::clock::HouseClock;
use crate::app::keyring::Keyring;
use crate::config::Config;
use crate::domain::AccountName;
use crate::exchange::clock::Clock as _;
use crate::store::{Store, StoreError};
use crate::telemetry::status::Status;

use super::paper::Paint;
use super::say::{self, Failure};
use super::status::{Where, ask};
use super::words::span;
use super::{configured, exit, terminal};
use render::render;
use round::Decided;

/// Explains one decision.
#[derive(Debug, Clone, Args)]
pub struct ExplainArgs {
    /// The account; all of them without
    #[arg(value_name = "ACCOUNT")]
    account: Option<String>,
    #[command(flatten)]
    at: Where,
    /// The age identity that opens the key files, where no daemon runs
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// As JSON: the accounts as in /status
    #[arg(long)]
    json: bool,
}

/// A decision, and where it comes from.
struct Source {
    decided: Decided,
    words: String,
}

/// Runs the command; `env` is the whole environment. Answers the exit code.
pub async fn run(args: ExplainArgs, env: &[(String, String)]) -> u8 {
    explain(&args, env).await.unwrap_or_else(|failure| failure.tell())
}

async fn explain(args: &ExplainArgs, env: &[(String, String)]) -> Result<u8, Failure> {
    let Source { decided, words } = match args.at.address {
        Some(_) => daemons(args, env).await?,
        None => decision(args, env).await?,
    };
    let Decided { mut status, acts, failures } = decided;
    keep(&mut status, args.account.as_deref())?;
    if args.json {
        say::json(&status.accounts)?;
    } else {
        say::out(&render(&status, &words, &acts, Paint::of(env)));
    }
    for failure in &failures {
        say::err(&failure.text);
    }
    Ok(failures.first().map_or(exit::OK, |failure| failure.code))
}

/// Only the account that was asked for.
fn keep(status: &mut Status, account: Option<&str>) -> Result<(), Failure> {
    let Some(wanted) = account else { return Ok(()) };
    if !status.accounts.contains_key(wanted) {
        return Err(Failure::unknown("account", wanted, status.accounts.keys().map(String::as_str)));
    }
    status.accounts.retain(|name, _| name == wanted);
    Ok(())
}

async fn daemons(args: &ExplainArgs, env: &[(String, String)]) -> Result<Source, Failure> {
    let status = ask(args.at.listens(env)?).await?;
    let ago = status
        .decided_ago_ms
        .map_or_else(|| "nothing was decided yet".to_owned(), |ago| format!("decided {} ago", span(ago / 1_000)));
    let words = format!("the running daemon (process {}): {ago}", status.process_id);
    Ok(Source { decided: Decided { status, acts: Vec::new(), failures: Vec::new() }, words })
}

/// By the daemon that holds the state directory; where none does, by ourselves.
async fn decision(args: &ExplainArgs, env: &[(String, String)]) -> Result<Source, Failure> {
    let config = configured::read(&args.at.config, env)?;
    let only = wanted(&config, args.account.as_deref())?;
    let clock = HouseClock::real();
    match Store::open(&config.settings.state_directory, clock.now().market).await {
        Ok((store, restored)) => {
            let mut keys = Keyring { flag: args.identity.clone(), env: env.to_vec(), unlocked: None };
            terminal::unlock(&mut keys, &config).map_err(|error| Failure::new(exit::KEY, error))?;
            say::err("no daemon runs here: the exchange is asked, and nothing is sent to it that changes anything");
            let decided = round::decide(&config, &keys, only.as_ref(), &store, restored, &clock).await;
            store.close().await.map_err(|error| Failure::new(exit::IO, error))?;
            Ok(Source { decided: decided?, words: "decided just now by this command; nothing was sent".to_owned() })
        }
        Err(StoreError::Held { .. }) => daemons(args, env).await,
        // Who may not look into the state directory may still ask the daemon.
        Err(error) => daemons(args, env).await.map_err(|_no_daemon| {
            Failure::new(exit::IO, format!("{error}; run this as root, or as the daemon's own user"))
        }),
    }
}

fn wanted(config: &Config, account: Option<&str>) -> Result<Option<AccountName>, Failure> {
    let Some(wanted) = account else { return Ok(None) };
    let known = || config.accounts.keys().map(AccountName::as_str);
    let account = config.accounts.keys().find(|name| name.as_str() == wanted).cloned();
    account.map(Some).ok_or_else(|| Failure::unknown("account", wanted, known()))
}
