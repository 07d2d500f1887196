//! `adopt`: asks the daemon to take hand-made or orphaned offers under management, at its next SIGHUP.

use std::path::PathBuf;

use clap::Args;

use crate::config::{self, Sources};
use crate::domain::{AccountName, OfferId};
use crate::store::requests::write_adopt_request;

use super::exit;

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
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks to its user")]
#[must_use]
pub fn run(args: &AdoptArgs, env: &[(String, String)]) -> u8 {
    let sources = Sources { path: args.config.clone(), env: env.to_vec(), flags: Vec::new() };
    let config = match config::load(&sources) {
        Ok(config) => config,
        Err(diagnostics) => {
            eprint!("{diagnostics}");
            return exit::CONFIG;
        }
    };
    let account = AccountName::new(&args.account).ok().filter(|name| config.accounts.contains_key(name));
    let Some(account) = account else {
        let known: Vec<&str> = config.accounts.keys().map(AccountName::as_str).collect();
        eprintln!("there is no account {:?}; there are: {}", args.account, known.join(", "));
        return exit::USAGE;
    };
    let offers: Vec<OfferId> = args.offers.iter().copied().map(OfferId).collect();
    match write_adopt_request(&config.settings.state_directory, &account, &offers) {
        Ok(path) => {
            println!("{} offers of account {account} are to be adopted: {}", offers.len(), path.display());
            println!("The daemon does it on SIGHUP: systemctl reload yieldsforge, or kill -HUP its process.");
            exit::OK
        }
        Err(error) => {
            eprintln!("{error}");
            exit::IO
        }
    }
}
