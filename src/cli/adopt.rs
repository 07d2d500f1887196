//! `adopt`: asks the daemon to take hand-made or orphaned offers under management, at its next SIGHUP.

use std::path::PathBuf;

use clap::Args;

use crate::domain::{AccountName, OfferId};
use crate::store::requests::write_adopt_request;

use super::say::{self, Failure};
use super::{configured, exit};

/// Takes offers under management.
#[derive(Debug, Clone, Args)]
pub struct AdoptArgs {
    /// The account whose offers they are
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
    /// The ids of the offers, as the exchange or /status shows them
    #[arg(value_name = "ID", required = true, value_parser = clap::value_parser!(i64).range(1..))]
    pub offers: Vec<i64>,
    /// The configuration folder, or its yieldsforge.toml
    #[arg(long, value_name = "PATH", default_value = "/etc/yieldsforge")]
    pub config: PathBuf,
}

/// Runs the command. Answers the exit code.
#[must_use]
pub fn run(args: &AdoptArgs, env: &[(String, String)]) -> u8 {
    adopt(args, env).map_or_else(|failure| failure.tell(), |()| exit::OK)
}

fn adopt(args: &AdoptArgs, env: &[(String, String)]) -> Result<(), Failure> {
    let config = configured::read(&args.config, env)?;
    let account = AccountName::new(&args.account).ok().filter(|name| config.accounts.contains_key(name));
    let known = config.accounts.keys().map(AccountName::as_str);
    let account = account.ok_or_else(|| Failure::unknown("account", &args.account, known))?;
    let offers: Vec<OfferId> = args.offers.iter().copied().map(OfferId).collect();
    let path = write_adopt_request(&config.settings.state_directory, &account, &offers)
        .map_err(|error| Failure::new(exit::IO, error))?;
    say::out(&format!(
        "{} offers of account {account} are to be adopted: {}\n\
         The daemon does it on SIGHUP: systemctl reload yieldsforge, or kill -HUP its process.",
        offers.len(),
        path.display()
    ));
    Ok(())
}
