//! `status`: how the running daemon stands, as it says itself at `/status`.

mod account;
mod head;

use std::io::{self, IsTerminal as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::config::Settings;
use crate::telemetry::status::Status;

use super::exit;
use super::paper::Paint;
use super::say::{self, Failure};
use super::{asking, configured};

pub(super) use account::whole;
pub(super) use head::name;

/// Between two looks of `--watch`.
const PAUSE: Duration = Duration::from_secs(2);
/// To the upper left, and everything below it gone.
const CLEAR: &str = "\u{1b}[H\u{1b}[2J\u{1b}[3J";

/// Which daemon is asked.
#[derive(Debug, Clone, Args)]
pub(super) struct Where {
    /// The configuration folder, or its yieldsforge.toml
    #[arg(long, value_name = "PATH", default_value = "/etc/yieldsforge")]
    pub(super) config: PathBuf,
    /// Ask the daemon that listens there, whatever the configuration says
    #[arg(long, value_name = "HOST:PORT")]
    pub(super) address: Option<SocketAddr>,
}

impl Where {
    /// The daemon's settings, as the files say them.
    pub(super) fn settings(&self, env: &[(String, String)]) -> Result<Settings, Failure> {
        configured::read(&self.config, env).map(|config| config.settings)
    }

    pub(super) fn listens(&self, env: &[(String, String)]) -> Result<SocketAddr, Failure> {
        match self.address {
            Some(address) => Ok(address),
            None => self.settings(env).map(|settings| settings.listen).map_err(|failure| {
                let hint = "the configuration does not tell where the daemon listens; --address HOST:PORT does";
                Failure { text: format!("{}{hint}", failure.text), ..failure }
            }),
        }
    }
}

/// Shows how the running daemon stands.
#[derive(Debug, Clone, Args)]
pub struct StatusArgs {
    #[command(flatten)]
    at: Where,
    /// As JSON, exact: what the daemon says at /status
    #[arg(long)]
    json: bool,
    /// Again every two seconds, until Ctrl-C
    #[arg(long)]
    watch: bool,
}

/// Runs the command; `env` is the whole environment. Answers the exit code.
pub async fn run(args: StatusArgs, env: &[(String, String)]) -> u8 {
    let shown = show(&args, env).await;
    shown.map_or_else(|failure| failure.tell(), |()| exit::OK)
}

async fn show(args: &StatusArgs, env: &[(String, String)]) -> Result<(), Failure> {
    let (listens, paint) = (args.at.listens(env)?, Paint::of(env));
    if !args.watch {
        return print(&ask(listens).await?, args.json, false, paint);
    }
    let redraws = io::stdout().is_terminal() && !args.json;
    loop {
        let status = ask(listens).await;
        if redraws {
            say::out_raw(CLEAR)?;
        }
        match status {
            Ok(status) => print(&status, args.json, true, paint)?,
            // It may be about to start again.
            Err(failure) => say::err(&failure.text),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The running daemon's status; without one, what to do.
pub(super) async fn ask(listens: SocketAddr) -> Result<Status, Failure> {
    asking::status(listens).await.map_err(|why| {
        let todo = "Does it run (systemctl status yieldsforge; by hand: yieldsforge run)? Another configuration: --config \
                    PATH; another address: --address HOST:PORT";
        Failure::new(exit::UNREACHABLE, format!("{why}\n{todo}"))
    })
}

fn print(status: &Status, json: bool, one_line: bool, paint: Paint) -> Result<(), Failure> {
    let failed = |error: serde_json::Error| Failure::new(exit::OTHER, error);
    let text = match (json, one_line) {
        (false, _) => render(status, paint),
        (true, false) => serde_json::to_string_pretty(status).map_err(failed)?,
        (true, true) => serde_json::to_string(status).map_err(failed)?,
    };
    say::out_raw(&format!("{}\n", text.trim_end()))?;
    Ok(())
}

/// All of it for people.
fn render(status: &Status, paint: Paint) -> String {
    let mut text = head::render(status, paint);
    for (name, account) in &status.accounts {
        text.push('\n');
        text.push_str(&account::render(name, account, paint));
    }
    text
}

#[cfg(test)]
mod tests;
