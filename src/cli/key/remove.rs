//! `key remove NAME`: deletes a key file, after saying what becomes of the account's offers and loans.

use std::path::Path;

use clap::Args;

use crate::cli::say::{self, Failure};
use crate::cli::{asking, exit, terminal};
use crate::config::Config;
use crate::secrets;
use crate::store::{StateLock, StoreError};
use crate::telemetry::status::{Account, Status};

use super::ring::{self, KeyFile};
use super::{Places, Scene};

/// Arguments of `key remove`.
#[derive(Debug, Clone, Args)]
pub(super) struct RemoveArgs {
    /// The key
    #[arg(value_name = "NAME")]
    name: String,
    /// Without asking
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    places: Places,
}

pub(super) async fn run(args: &RemoveArgs, env: &[(String, String)]) -> Result<u8, Failure> {
    let scene = Scene::set(&args.places, env)?;
    let file = ring::find(&scene.config, &args.name)?;
    if !file.path.exists() {
        return Err(Failure::new(exit::USAGE, format!("{} is not there: nothing to remove", file.path.display())));
    }
    let runs = daemon_runs(&scene.config.settings.state_directory)?;
    let status = if runs { asking::status(scene.config.settings.listen).await.ok() } else { None };
    for line in consequences(&scene.config, &file, runs, status.as_ref()) {
        say::err(&line);
    }
    if !args.yes {
        if !terminal::is_there() {
            return Err(Failure::new(exit::USAGE, "nobody can be asked here: say --yes to remove it"));
        }
        if !terminal::agrees(&format!("Delete {}?", file.path.display()))? {
            return Err(Failure::new(exit::OTHER, "nothing was removed"));
        }
    }
    secrets::remove(&file.path).map_err(|error| Failure::new(exit::IO, format!("{}: {error}", file.path.display())))?;
    say::out(&format!("{} removed", file.path.display()));
    if runs && !file.accounts.is_empty() {
        say::err("next: yieldsforge reads it at SIGHUP: systemctl reload yieldsforge, or kill -HUP its process");
    }
    Ok(exit::OK)
}

/// Without making a state directory that is not there.
fn daemon_runs(state: &Path) -> Result<bool, Failure> {
    if !state.exists() {
        return Ok(false);
    }
    match StateLock::take(state) {
        Ok(_free) => Ok(false),
        Err(StoreError::Held { .. }) => Ok(true),
        Err(error) => Err(Failure::new(exit::IO, error)),
    }
}

/// What becomes of everything that hangs on the key.
fn consequences(config: &Config, file: &KeyFile, runs: bool, status: Option<&Status>) -> Vec<String> {
    let mut lines = Vec::new();
    let Some(name) = file.accounts.first() else {
        lines.push(format!("no account uses the key {}", file.name));
        lines.push(REVOKE.to_owned());
        return lines;
    };
    lines.push(format!("account {name} uses this key"));
    lines.push(if runs {
        "open offers: the running daemon cancels its own at its next reload, with the key it still has in memory, then \
         drops it. Offers made by hand stay open"
            .to_owned()
    } else {
        "open offers: no daemon runs, so nobody cancels them: they stay open and may still be taken. To have them cancelled, \
         start the daemon with enabled = false in the account's file first, or cancel them at Bitfinex"
            .to_owned()
    });
    if let Some(account) = status.and_then(|status| status.accounts.get(name.as_str())) {
        lines.extend(counted(account));
    }
    let longest = config.policy.accounts.get(name).into_iter().flat_map(|account| account.lend.values());
    let longest = longest.map(|lend| lend.profile.limits.max_period.get()).max();
    let within =
        longest.map_or_else(String::new, |days| format!(", after {days} days at the latest by today's profile"));
    lines.push(format!(
        "loans: nothing can call them back; each ends when the borrower returns it or its period is over{within}, and the \
         money then lies in your Funding wallet"
    ));
    lines.push(REVOKE.to_owned());
    lines
}

const REVOKE: &str = "the key itself lives on at Bitfinex: revoke it there when its offers are gone";

fn counted(account: &Account) -> Vec<String> {
    let currencies = account.currencies.iter();
    currencies
        .map(|(code, report)| {
            let own = report.offers.iter().filter(|offer| offer.own).count();
            format!(
                "{code}: {own} own offers over {}, {} loans over {}",
                report.offered_amount.as_deref().unwrap_or("an unknown amount"),
                report.loans.len(),
                report.lent_amount.as_deref().unwrap_or("an unknown amount")
            )
        })
        .collect()
}
