//! `check`: reads and validates everything, without the exchange and without any secret.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use crate::config::{self, Config, Sources};

/// Reads and checks the configuration.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// The configuration folder, or its yieldsforge.toml.
    #[arg(long, value_name = "PATH", default_value = "/etc/yieldsforge")]
    pub config: PathBuf,
    /// Print the effective configuration and where each value came from.
    #[arg(long)]
    pub print: bool,
}

/// Exit code: all is well.
const OK: u8 = 0;
/// Exit code: the output could not be written.
const IO: u8 = 74;
/// Exit code: the configuration has errors.
const CONFIG: u8 = 78;

/// Runs the command: every error goes to stderr with file, line and column, the summary or the listing to stdout.
/// `env` is the whole environment. Answers the exit code.
#[must_use]
pub fn run(args: &CheckArgs, env: &[(String, String)]) -> u8 {
    check(args, env, &mut io::stdout().lock(), &mut io::stderr().lock()).unwrap_or(IO)
}

/// [`run`] with its outputs given.
///
/// # Errors
/// When an output cannot be written to.
pub fn check(args: &CheckArgs, env: &[(String, String)], out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    let sources = Sources { path: args.config.clone(), env: env.to_vec(), flags: Vec::new() };
    let config = match config::load(&sources) {
        Ok(config) => config,
        Err(diagnostics) => {
            write!(err, "{diagnostics}")?;
            let count = diagnostics.all().len();
            writeln!(err, "{count} error{}", if count == 1 { "" } else { "s" })?;
            return Ok(CONFIG);
        }
    };
    for warning in &config.warnings {
        writeln!(err, "warning: {warning}")?;
    }
    for (name, account) in &config.accounts {
        if !account.key.is_file() {
            writeln!(err, "warning: account {name} is off until its key file is there: {}", account.key.display())?;
        }
    }
    if args.print {
        write!(out, "{}", config::render(&config))?;
    } else {
        writeln!(out, "{}", summary(&config))?;
    }
    out.flush()?;
    Ok(OK)
}

/// One line on what was found good.
fn summary(config: &Config) -> String {
    let entries: usize = config.policy.accounts.values().map(|account| account.lend.len()).sum();
    let mode = if config.policy.paper { "paper: nothing is written to the exchange" } else { "live" };
    let counted = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    format!(
        "ok: {}, {}, {}; {mode}",
        counted(config.accounts.len(), "account", "accounts"),
        counted(entries, "currency lent", "currencies lent"),
        counted(config.profiles.len(), "profile", "profiles"),
    )
}
