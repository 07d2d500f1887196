//! `doctor`: what keeps the daemon from lending, and what to do about it. It changes nothing.
//!
//! While a daemon runs, what only a signed call could tell is taken from the daemon's `/status`. The exit code is 0 when
//! all is good, 1 when something is worth a look, and the code of the first bad finding when something is in the way.

mod accounts;
mod daemon;
mod exchange;
mod files;
mod finding;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use crate::app::clock::HouseClock;
use crate::config::Config;
use crate::secrets::Identity;

use super::say::{self, Failure};
use super::signed::Desk;
use super::{configured, exit};
use finding::code;

pub(super) use finding::{Finding, code_of_bad, show};

/// Looks for what is in the way.
#[derive(Debug, Clone, Args)]
pub struct DoctorArgs {
    /// The configuration folder, or its yieldsforge.toml
    #[arg(long, value_name = "PATH", default_value = "/etc/yieldsforge")]
    pub config: PathBuf,
    /// The age identity that opens the key files
    #[arg(long, value_name = "FILE")]
    pub identity: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs the command; `env` is the whole environment. Answers the exit code.
pub async fn run(args: DoctorArgs, env: &[(String, String)]) -> u8 {
    let findings = examine(&args, env).await;
    if args.json {
        if let Err(failure) = say::json(&findings) {
            return failure.tell();
        }
    } else {
        say::out(&show(&findings));
    }
    code(&findings)
}

async fn examine(args: &DoctorArgs, env: &[(String, String)]) -> Vec<Finding> {
    let config = match configured::read(&args.config, env) {
        Ok(config) => config,
        Err(failure) => {
            let first = failure.text.lines().next().unwrap_or_default().to_owned();
            return vec![Finding::bad("configuration", first, "yieldsforge check shows every error", exit::CONFIG)];
        }
    };
    let clock = HouseClock::real();
    let mut findings = vec![Finding::good("configuration", format!("{} is valid", config.folder.display()))];
    findings.extend(
        config.warnings.iter().map(|found| Finding::warning("configuration", found.line(), "see yieldsforge check")),
    );
    findings.extend(files::modes(&config));
    let (identity, found) = files::identity(&config, args.identity.as_deref(), env);
    findings.push(found);
    findings.extend(files::state_directory(&config.settings));
    findings.extend(afar(&config, identity.as_ref(), &clock).await);
    findings
}

/// What of a configuration only the exchange can tell, or the daemon that serves it: for `check --online`.
pub(super) async fn online(config: &Config, identity: Option<&Path>, env: &[(String, String)]) -> Vec<Finding> {
    let (identity, found) = files::identity(config, identity, env);
    // That it is there was not asked; that it is not is why keys cannot be.
    let mut findings: Vec<Finding> = identity.is_none().then_some(found).into_iter().collect();
    findings.extend(afar(config, identity.as_ref(), &HouseClock::real()).await);
    findings
}

/// The exchange, its clock, what it lends, and what the keys have there.
async fn afar(config: &Config, identity: Option<&Identity>, clock: &Arc<HouseClock>) -> Vec<Finding> {
    let (reached, mut findings) = match exchange::reach(&config.settings, clock).await {
        Ok(found) => found,
        Err(failure) => (false, vec![Finding::failed("exchange", failure)]),
    };
    if reached {
        findings.extend(exchange::lent(config, clock).await);
    }
    findings.extend(money(config, identity, reached, clock).await);
    findings
}

/// What a key is needed for, or the daemon that has it.
async fn money(config: &Config, identity: Option<&Identity>, reached: bool, clock: &Arc<HouseClock>) -> Vec<Finding> {
    match Desk::take(&config.settings, clock).await {
        Err(failure) => vec![Finding::failed("state directory", failure)],
        Ok(Desk::Daemons) => daemon::look(config).await,
        Ok(desk @ Desk::Ours { .. }) => {
            let mut findings =
                vec![Finding::good("daemon", "none runs on this state directory; the exchange is asked")];
            findings.extend(accounts::keys(config, identity));
            if let (Some(identity), true) = (identity, reached) {
                findings.extend(accounts::look(config, identity, &desk, clock).await.unwrap_or_else(alone));
            }
            findings.extend(desk.leave().await.err().map(|failure| Finding::failed("state directory", failure)));
            findings
        }
    }
}

fn alone(failure: Failure) -> Vec<Finding> {
    vec![Finding::failed("exchange", failure)]
}
