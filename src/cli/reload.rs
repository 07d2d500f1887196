//! `reload`: checks the configuration, asks the running daemon to read it, and waits for its verdict. A configuration that
//! this very program refuses is not even shown to the daemon.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

use crate::config::Config;
use crate::store::StateLock;
use crate::telemetry::status::Status;

use super::say::{self, Failure};
use super::status::{Where, ask};
use super::{asking, configured, exit};

/// By then the daemon has answered: it reads a few files and one row a key.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// Has the running daemon read its configuration again.
#[derive(Debug, Clone, Args)]
pub struct ReloadArgs {
    #[command(flatten)]
    at: Where,
}

/// Runs the command; `env` is the whole environment. Answers the exit code.
pub async fn run(args: ReloadArgs, env: &[(String, String)]) -> u8 {
    let told = reload(&args, env).await;
    told.map_or_else(|failure| failure.tell(), |()| exit::OK)
}

async fn reload(args: &ReloadArgs, env: &[(String, String)]) -> Result<(), Failure> {
    let config = configured::read(&args.at.config, env).map_err(|failure| {
        let last = "nothing was reloaded: the daemon was not asked to read this";
        Failure { text: format!("{}{last}", failure.text), ..failure }
    })?;
    for warning in &config.warnings {
        say::err(&format!("warning: {}", warning.line()));
    }
    let listens = args.at.address.unwrap_or(config.settings.listen);
    let before = ask(listens).await?;
    let daemon = ours(&config, listens, &before)?;
    signal(daemon)?;
    let after = tokio::time::timeout(PATIENCE, answer(listens, &before)).await.map_err(|_elapsed| {
        let text = format!(
            "the daemon (process {}) has not answered within {} s; its log tells more: journalctl -u yieldsforge",
            before.process_id,
            PATIENCE.as_secs()
        );
        Failure::new(exit::OTHER, text)
    })??;
    verdict(&after)
}

/// The process that serves this configuration's state directory, which must be the one that answered.
fn ours(config: &Config, listens: SocketAddr, status: &Status) -> Result<Pid, Failure> {
    let directory = &config.settings.state_directory;
    let shown = directory.display();
    let holder = StateLock::holder(directory)
        .map_err(|error| Failure::new(exit::IO, format!("{error}; run this as root, or as the daemon's own user")))?;
    let answers = status.process_id;
    let strange = |what: String| {
        let todo = "--config must name the configuration of the running daemon; a state.directory that was changed needs a \
                    restart";
        Failure::new(exit::UNREACHABLE, format!("{what}. {todo}"))
    };
    match holder {
        None => Err(strange(format!("process {answers} answers at {listens}, but no daemon holds {shown}"))),
        Some(holder) if holder != answers => {
            Err(strange(format!("process {answers} answers at {listens}, but process {holder} holds {shown}")))
        }
        Some(holder) => {
            let pid = i32::try_from(holder).ok().and_then(Pid::from_raw);
            pid.ok_or_else(|| strange(format!("{shown} is held by a process without a number")))
        }
    }
}

fn signal(daemon: Pid) -> Result<(), Failure> {
    kill_process(daemon, Signal::HUP).map_err(|error| {
        let number = daemon.as_raw_nonzero();
        match error {
            Errno::PERM => {
                let text =
                    format!("process {number} may not be signalled: run this as root, or as the daemon's own user");
                Failure::new(exit::KEY, text)
            }
            Errno::SRCH => Failure::new(exit::UNREACHABLE, format!("process {number} has just ended")),
            other => Failure::new(exit::OTHER, format!("process {number} could not be signalled: {other}")),
        }
    })
}

/// The first status after a reload that `before` does not know.
async fn answer(listens: SocketAddr, before: &Status) -> Result<Status, Failure> {
    loop {
        // One look may fail when many look; that the daemon is gone is told at once.
        let status = asking::status(listens).await.map_err(|why| {
            Failure::new(
                exit::UNREACHABLE,
                format!("{why}: the daemon ended while it was asked to reload; see its log"),
            )
        })?;
        if status.process_id != before.process_id {
            let text = "the daemon was started anew meanwhile: it has read the configuration as it is now";
            return Err(Failure::new(exit::OTHER, text));
        }
        if status.reloads > before.reloads {
            return Ok(status);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn verdict(status: &Status) -> Result<(), Failure> {
    if let Some(fault) = &status.reload_fault {
        let text = format!("the daemon refused the configuration, nothing has changed: {fault}");
        return Err(Failure::new(exit::CONFIG, text));
    }
    let changes = status.reload_changes.as_deref().unwrap_or("nothing");
    say::out(&format!("reloaded: {changes}"));
    for (account, why) in &status.without_key {
        say::err(&format!("warning: account {account} is off, its key cannot be read: {why}"));
    }
    Ok(())
}
